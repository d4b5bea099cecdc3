//! Stability's image models: SD3, Core, Ultra, the edit services, and the older SDXL.
//! Not for: Amazon's; see the file beside this.

use bedrock_codegen::codegen_at_use;

use crate::wire::Blob;

// As another client has it: nothing of it is recorded.
wire_struct! {
    /// The body of a request to SD3, Core, Ultra and the edit services; options of single services go into `extra`.
    pub struct Request {
        /// What to show: to 10,000 characters.
        "prompt" prompt: Option<String>,
        /// What not to show.
        "negative_prompt" negative_prompt: Option<String>,
        /// `text-to-image` or `image-to-image` (SD3).
        "mode" mode: Option<String>,
        /// The image to begin from or to change.
        "image" image: Option<Blob>,
        /// The mask of the change.
        "mask" mask: Option<Blob>,
        /// How far to go from the image, 0 to 1.
        "strength" strength: Option<f64>,
        /// `16:9`, `1:1` (default), `21:9`, `2:3`, `3:2`, `4:5`, `5:4`, `9:16` or `9:21`.
        "aspect_ratio" aspect_ratio: Option<String>,
        /// For images that repeat: 0 to 4,294,967,294; 0 is random.
        "seed" seed: Option<u64>,
        /// `png` (default), `jpeg` or `webp`.
        "output_format" output_format: Option<String>,
    }

    /// The answer.
    pub struct Response {
        /// The images; one that was blocked can be missing.
        "images" images: Option<Vec<Blob>>,
        /// The seed of each.
        "seeds" seeds: Option<Vec<u64>>,
        /// For each `null`, or why it was blocked: `Filter reason: prompt`, …
        "finish_reasons" finish_reasons: Option<Vec<Option<String>>>,
    }

    /// The body of a request to SDXL.
    pub struct SdxlRequest {
        /// What to show and, with a negative weight, what not.
        "text_prompts" text_prompts: Vec<TextPrompt>,
        /// How closely to follow the words, 0 to 35, default 7.
        "cfg_scale" cfg_scale: Option<f64>,
        /// How many steps, 10 to 50, default 30.
        "steps" steps: Option<u64>,
        /// For images that repeat: 0 to 4,294,967,295; 0 is random.
        "seed" seed: Option<u64>,
        /// Points across.
        "width" width: Option<u64>,
        /// Points down.
        "height" height: Option<u64>,
        /// The image to begin from.
        "init_image" init_image: Option<Blob>,
        /// A style with a name.
        "style_preset" style_preset: Option<String>,
    }

    /// Words with a weight.
    pub struct TextPrompt {
        /// The words.
        "text" text: String,
        /// Their weight, default 1.
        "weight" weight: Option<f64>,
    }

    /// The answer of SDXL.
    pub struct SdxlResponse {
        /// `success`.
        "result" result: Option<String>,
        /// The images.
        "artifacts" artifacts: Option<Vec<Artifact>>,
    }

    /// One image of SDXL.
    pub struct Artifact {
        /// Its seed.
        "seed" seed: Option<u64>,
        /// The image.
        "base64" base64: Option<Blob>,
        /// `SUCCESS`, `ERROR` or `CONTENT_FILTERED`.
        "finishReason" finish_reason: Option<String>,
    }
}

impl Request {
    /// A request for an image from words.
    #[must_use]
    pub fn text_to_image(prompt: impl Into<String>) -> Self {
        Self::default().prompt(prompt.into())
    }
}

#[codegen_at_use]
impl Response {
    /// Why images were blocked, where some were.
    pub fn blocked(&self) -> impl Iterator<Item = &str> {
        self.finish_reasons.iter().flatten().filter_map(Option::as_deref)
    }
}

impl SdxlRequest {
    /// A request for an image from words.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self::default().text_prompts(vec![TextPrompt::default().text(text.into())])
    }
}
