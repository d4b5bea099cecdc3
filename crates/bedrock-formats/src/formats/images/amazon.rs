//! Amazon's image and video models: Titan Image v1 and v2, Nova Canvas, Nova Reel.
//! Not for: Stability's; see the file beside this.

use serde_json::Value;

use crate::wire::Blob;

// AWS's guide: nothing of it is recorded. One client writes `inpaintingParams`; the guide's
// spelling is sent.
wire_struct! {
    /// The body of a request: the parameters of the one task that `taskType` names.
    pub struct Request {
        /// What to do.
        "taskType" task_type: TaskType,
        /// For `TEXT_IMAGE`.
        "textToImageParams" text_to_image_params: Option<TextToImageParams>,
        /// For `COLOR_GUIDED_GENERATION`.
        "colorGuidedGenerationParams" color_guided_generation_params: Option<ColorGuidedGenerationParams>,
        /// For `IMAGE_VARIATION`.
        "imageVariationParams" image_variation_params: Option<ImageVariationParams>,
        /// For `INPAINTING`.
        "inPaintingParams" in_painting_params: Option<PaintingParams>,
        /// For `OUTPAINTING`.
        "outPaintingParams" out_painting_params: Option<PaintingParams>,
        /// For `BACKGROUND_REMOVAL`.
        "backgroundRemovalParams" background_removal_params: Option<BackgroundRemovalParams>,
        /// For `VIRTUAL_TRY_ON` (Canvas): images of person and garment, and how to mask.
        "virtualTryOnParams" virtual_try_on_params: Option<Value>,
        /// How many images, and how.
        "imageGenerationConfig" image_generation_config: Option<ImageGenerationConfig>,
    }

    /// An image from words.
    pub struct TextToImageParams {
        /// What to show: to 1024 characters (Titan: 512).
        "text" text: Option<String>,
        /// What not to show.
        "negativeText" negative_text: Option<String>,
        /// An image to follow.
        "conditionImage" condition_image: Option<Blob>,
        /// By its edges, `CANNY_EDIT`, or its parts, `SEGMENTATION`.
        "controlMode" control_mode: Option<String>,
        /// How closely, 0 to 1, default 0.7.
        "controlStrength" control_strength: Option<f64>,
        /// A style with a name (Canvas).
        "style" style: Option<String>,
    }

    /// An image from words in given colours.
    pub struct ColorGuidedGenerationParams {
        /// What to show.
        "text" text: Option<String>,
        /// What not to show.
        "negativeText" negative_text: Option<String>,
        /// An image to follow.
        "referenceImage" reference_image: Option<Blob>,
        /// The colours, 1 to 10: `#rrggbb`.
        "colors" colors: Vec<String>,
    }

    /// An image like others.
    pub struct ImageVariationParams {
        /// The others: 1 to 5.
        "images" images: Vec<Blob>,
        /// What to show.
        "text" text: Option<String>,
        /// What not to show.
        "negativeText" negative_text: Option<String>,
        /// How alike, 0.2 to 1, default 0.7.
        "similarityStrength" similarity_strength: Option<f64>,
    }

    /// A change inside or outside of a mask.
    pub struct PaintingParams {
        /// The image to change.
        "image" image: Blob,
        /// The mask, in words.
        "maskPrompt" mask_prompt: Option<String>,
        /// The mask, as an image: black is changed (outpainting: kept).
        "maskImage" mask_image: Option<Blob>,
        /// What to show there; without it, what is there is taken away.
        "text" text: Option<String>,
        /// What not to show.
        "negativeText" negative_text: Option<String>,
        /// `DEFAULT` lets the edge of the mask change, `PRECISE` does not (outpainting).
        "outPaintingMode" out_painting_mode: Option<String>,
    }

    /// Takes the background away.
    pub struct BackgroundRemovalParams {
        /// The image.
        "image" image: Blob,
    }

    /// How many images, and how.
    pub struct ImageGenerationConfig {
        /// Points across: 320 to 4096, a multiple of 16 (Canvas); default 1024.
        "width" width: Option<u64>,
        /// Points down: 320 to 4096, a multiple of 16 (Canvas); default 1024.
        "height" height: Option<u64>,
        /// How many, 1 to 5, default 1.
        "numberOfImages" number_of_images: Option<u64>,
        /// `standard` or `premium`.
        "quality" quality: Option<String>,
        /// How closely to follow the words, 1.1 to 10, default 6.5 (Titan 8).
        "cfgScale" cfg_scale: Option<f64>,
        /// For images that repeat: 0 to 858,993,459 (Titan 2,147,483,646), default 12.
        "seed" seed: Option<u64>,
    }

    /// The answer.
    pub struct Response {
        /// The images; fewer than asked for where some were withheld.
        "images" images: Option<Vec<Blob>>,
        /// Why some or all are missing.
        "error" error: Option<String>,
        /// The mask that was used.
        "maskImage" mask_image: Option<Blob>,
    }

    /// What an asynchronous call to Nova Reel takes; the video lands in S3.
    pub struct VideoRequest {
        /// `TEXT_VIDEO`, `MULTI_SHOT_AUTOMATED` or `MULTI_SHOT_MANUAL`.
        "taskType" task_type: String,
        /// For `TEXT_VIDEO`: `{text, images}`.
        "textToVideoParams" text_to_video_params: Option<Value>,
        /// For `MULTI_SHOT_AUTOMATED`: `{text}`.
        "multiShotAutomatedParams" multi_shot_automated_params: Option<Value>,
        /// For `MULTI_SHOT_MANUAL`: `{shots}`.
        "multiShotManualParams" multi_shot_manual_params: Option<Value>,
        /// How long, and how.
        "videoGenerationConfig" video_generation_config: Option<VideoGenerationConfig>,
    }

    /// How long a video, and how.
    pub struct VideoGenerationConfig {
        /// Seconds: 6; several shots 12 to 120, a multiple of 6.
        "durationSeconds" duration_seconds: Option<u64>,
        /// Frames a second: 24.
        "fps" fps: Option<u64>,
        /// `1280x720`.
        "dimension" dimension: Option<String>,
        /// For videos that repeat.
        "seed" seed: Option<u64>,
    }
}

wire_enum! {
    /// What to do.
    pub enum TaskType {
        /// An image from words.
        "TEXT_IMAGE" => TextImage,
        /// An image from words in given colours.
        "COLOR_GUIDED_GENERATION" => ColorGuidedGeneration,
        /// An image like others.
        "IMAGE_VARIATION" => ImageVariation,
        /// A change inside of a mask.
        "INPAINTING" => Inpainting,
        /// A change outside of a mask.
        "OUTPAINTING" => Outpainting,
        /// The background taken away.
        "BACKGROUND_REMOVAL" => BackgroundRemoval,
        /// A garment put on a person (Canvas).
        "VIRTUAL_TRY_ON" => VirtualTryOn,
    }
}

impl Request {
    /// A request for an image from words.
    #[must_use]
    pub fn text_to_image(text: impl Into<String>) -> Self {
        let params = TextToImageParams::default().text(text.into());
        Self::default().task_type(TaskType::TextImage).text_to_image_params(params)
    }

    /// A request to take an image's background away.
    #[must_use]
    pub fn background_removal(image: impl AsRef<[u8]>) -> Self {
        let params = BackgroundRemovalParams::default().image(Blob::from_bytes(image));
        Self::default().task_type(TaskType::BackgroundRemoval).background_removal_params(params)
    }
}
