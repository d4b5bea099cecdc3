//! TwelveLabs Marengo's embeddings: 2.7, whose request is flat, and 3.0, whose request is nested by type.
//! Not for: Pegasus, which answers questions; see `pegasus`.
//!
//! InvokeModel takes texts and images; video and sound are embedded by asynchronous calls, with the same body.

use bedrock_codegen::codegen_at_use;

use crate::wire::Blob;

// Nothing of it is recorded.
wire_struct! {
    /// The body of a request to Marengo 2.7.
    pub struct Request27 {
        /// `text`, `image`, `video` or `audio`.
        "inputType" input_type: String,
        /// The text.
        "inputText" input_text: Option<String>,
        /// The image, video or recording.
        "mediaSource" media_source: Option<MediaSource>,
        /// Whether a text that is too long is cut at its `end`, or (`none`) refused.
        "textTruncate" text_truncate: Option<String>,
        /// Where to begin: seconds.
        "startSec" start_sec: Option<f64>,
        /// How much: seconds.
        "lengthSec" length_sec: Option<f64>,
        /// The length of every clip: seconds, 2 to 10.
        "useFixedLengthSec" use_fixed_length_sec: Option<f64>,
        /// The shortest clip: seconds, 1 to 5, default 4.
        "minClipSec" min_clip_sec: Option<f64>,
        /// `visual-text`, `visual-image`, `audio`.
        "embeddingOption" embedding_option: Option<Vec<String>>,
    }

    /// The body of a request to Marengo 3.0: what `inputType` names is there.
    pub struct Request30 {
        /// `text`, `image`, `text_image`, `multi_input`, `video` or `audio`.
        "inputType" input_type: String,
        /// A text.
        "text" text: Option<TextInput>,
        /// An image.
        "image" image: Option<ImageInput>,
        /// A text and an image.
        "text_image" text_image: Option<TextImageInput>,
        /// A text and several images.
        "multi_input" multi_input: Option<MultiInput>,
        /// A video.
        "video" video: Option<ClipInput>,
        /// A recording.
        "audio" audio: Option<ClipInput>,
    }

    /// A text.
    pub struct TextInput {
        /// The text.
        "inputText" input_text: String,
    }

    /// An image.
    pub struct ImageInput {
        /// Where it is.
        "mediaSource" media_source: MediaSource,
    }

    /// A text and an image.
    pub struct TextImageInput {
        /// The text.
        "inputText" input_text: String,
        /// Where the image is.
        "mediaSource" media_source: MediaSource,
    }

    /// A text and several images, which it names.
    pub struct MultiInput {
        /// The text.
        "inputText" input_text: Option<String>,
        /// The images.
        "mediaSources" media_sources: Option<Vec<NamedSource>>,
    }

    /// One image of several: its name and type stand beside where it is.
    pub struct NamedSource {
        /// The name that the text uses.
        "name" name: Option<String>,
        /// `image`.
        "mediaType" media_type: Option<String>,
        /// Here, as base64.
        "base64String" base64_string: Option<Blob>,
        /// In S3.
        "s3Location" s3_location: Option<S3Location>,
    }

    /// A video or a recording.
    pub struct ClipInput {
        /// Where it is.
        "mediaSource" media_source: MediaSource,
        /// Where to begin: seconds.
        "startSec" start_sec: Option<f64>,
        /// Where to end: seconds.
        "endSec" end_sec: Option<f64>,
        /// How to cut it into clips.
        "segmentation" segmentation: Option<Segmentation>,
        /// `visual`, `audio`, `transcription`.
        "embeddingOption" embedding_option: Option<Vec<String>>,
        /// `separate_embedding`, `fused_embedding`.
        "embeddingType" embedding_type: Option<Vec<String>>,
        /// `clip`, `asset`.
        "embeddingScope" embedding_scope: Option<Vec<String>>,
    }

    /// How to cut a video or recording into clips.
    pub struct Segmentation {
        /// `fixed` or `dynamic`.
        "method" method: String,
        /// Clips of one length.
        "fixed" fixed: Option<FixedSegmentation>,
        /// Clips along the scenes.
        "dynamic" dynamic: Option<DynamicSegmentation>,
    }

    /// Clips of one length.
    pub struct FixedSegmentation {
        /// Their length: seconds.
        "durationSec" duration_sec: Option<f64>,
    }

    /// Clips along the scenes.
    pub struct DynamicSegmentation {
        /// The shortest: seconds.
        "minDurationSec" min_duration_sec: Option<f64>,
    }

    /// An object in S3.
    pub struct S3Location {
        /// `s3://…`
        "uri" uri: String,
        /// The account that owns the bucket.
        "bucketOwner" bucket_owner: Option<String>,
    }

    /// The answer of both.
    pub struct Response {
        /// The vectors: one for a text or an image, one a clip for video and sound.
        "data" data: Option<Vec<Embedding>>,
        /// The vector, with some versions alone.
        "embedding" embedding: Option<Vec<f64>>,
    }

    /// One vector.
    pub struct Embedding {
        /// The vector.
        "embedding" embedding: Option<Vec<f64>>,
        /// Of what it is: `visual-text`, `visual-image`, `audio`, …
        "embeddingOption" embedding_option: Option<String>,
        /// Where its clip begins: seconds.
        "startSec" start_sec: Option<f64>,
        /// Where its clip ends: seconds.
        "endSec" end_sec: Option<f64>,
    }
}

wire_union! {
    /// Where an image, video or recording is.
    pub enum MediaSource {
        /// Here, as base64.
        "base64String" => Base64(Blob),
        /// In S3.
        "s3Location" => S3Location(S3Location),
    }
}

impl Request27 {
    /// A request for the vector of a text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::default().input_type("text").input_text(text.into())
    }
}

impl Request30 {
    /// A request for the vector of a text.
    #[must_use]
    pub fn text_only(text: impl Into<String>) -> Self {
        Self::default().input_type("text").text(TextInput::default().input_text(text.into()))
    }
}

#[codegen_at_use]
impl Response {
    /// The vectors.
    #[must_use]
    pub fn vectors(&self) -> Vec<&[f64]> {
        let data = self.data.iter().flatten().filter_map(|embedding| embedding.embedding.as_deref());
        data.chain(self.embedding.as_deref()).collect()
    }
}
