//! Amazon Nova's embeddings: texts, images, video and sound in one space.
//! Not for: Nova's answers; see the module `nova` beside `embeddings`.

use bedrock_codegen::codegen_at_use;

use crate::wire::Blob;

// Recorded: eight answers, of single embeddings.
wire_struct! {
    /// The body of a request. One input at once by InvokeModel; a long one in segments by an asynchronous call.
    pub struct Request {
        /// The version of the schema: [`Request::SCHEMA_VERSION`]; it may be left out.
        "schemaVersion" schema_version: Option<String>,
        /// Which of the two.
        "taskType" task_type: TaskType,
        /// One input.
        "singleEmbeddingParams" single_embedding_params: Option<EmbeddingParams>,
        /// A long input, in segments.
        "segmentedEmbeddingParams" segmented_embedding_params: Option<EmbeddingParams>,
    }

    /// What to embed: one of text, image, video and audio.
    pub struct EmbeddingParams {
        /// What the vectors are for.
        "embeddingPurpose" embedding_purpose: EmbeddingPurpose,
        /// How many numbers: 256, 384, 1024 or 3072 (default).
        "embeddingDimension" embedding_dimension: Option<u64>,
        /// A text.
        "text" text: Option<TextInput>,
        /// An image.
        "image" image: Option<ImageInput>,
        /// A video.
        "video" video: Option<VideoInput>,
        /// A recording.
        "audio" audio: Option<AudioInput>,
    }

    /// A text.
    pub struct TextInput {
        /// Which end of a text that is too long to cut: `START`, `END` or `NONE` (refuse).
        "truncationMode" truncation_mode: Option<String>,
        /// The text.
        "value" value: Option<String>,
        /// Where the text is.
        "source" source: Option<Source>,
        /// How to cut it into segments.
        "segmentationConfig" segmentation_config: Option<SegmentationConfig>,
    }

    /// An image.
    pub struct ImageInput {
        /// `png`, `jpeg`, `gif` or `webp`.
        "format" format: Option<String>,
        /// Where it is.
        "source" source: Option<Source>,
        /// `STANDARD_IMAGE` or `DOCUMENT_IMAGE`.
        "detailLevel" detail_level: Option<String>,
    }

    /// A video.
    pub struct VideoInput {
        /// `mp4`, `mov`, `mkv`, `webm`, …
        "format" format: Option<String>,
        /// Where it is.
        "source" source: Option<Source>,
        /// `AUDIO_VIDEO_COMBINED` or `AUDIO_VIDEO_SEPARATE`.
        "embeddingMode" embedding_mode: Option<String>,
        /// How to cut it into segments.
        "segmentationConfig" segmentation_config: Option<SegmentationConfig>,
    }

    /// A recording.
    pub struct AudioInput {
        /// `mp3`, `wav` or `ogg`.
        "format" format: Option<String>,
        /// Where it is.
        "source" source: Option<Source>,
        /// How to cut it into segments.
        "segmentationConfig" segmentation_config: Option<SegmentationConfig>,
    }

    /// How to cut an input into segments.
    pub struct SegmentationConfig {
        /// The most characters of a text's segment: 800 to 50,000.
        "maxLengthChars" max_length_chars: Option<u64>,
        /// The seconds of a video's or recording's segment: 1 to 30.
        "durationSeconds" duration_seconds: Option<u64>,
    }

    /// An object in S3.
    pub struct S3Location {
        /// `s3://…`
        "uri" uri: String,
        /// The account that owns the bucket.
        "bucketOwner" bucket_owner: Option<String>,
    }

    /// The answer.
    pub struct Response {
        /// The vectors.
        "embeddings" embeddings: Option<Vec<Embedding>>,
    }

    /// One vector.
    pub struct Embedding {
        /// `TEXT`, `IMAGE`, `VIDEO`, `AUDIO` or `AUDIO_VIDEO_COMBINED`.
        "embeddingType" embedding_type: Option<String>,
        /// The vector.
        "embedding" embedding: Option<Vec<f64>>,
        /// How many characters were left of a text that was cut.
        "truncatedCharLength" truncated_char_length: Option<u64>,
    }
}

wire_union! {
    /// Where an input is.
    pub enum Source {
        /// Here, as base64.
        "bytes" => Bytes(Blob),
        /// In S3.
        "s3Location" => S3Location(S3Location),
    }
}

wire_enum! {
    /// One input, or a long one in segments.
    pub enum TaskType {
        /// One input.
        "SINGLE_EMBEDDING" => SingleEmbedding,
        /// In segments, by an asynchronous call.
        "SEGMENTED_EMBEDDING" => SegmentedEmbedding,
    }

    /// What the vectors are for.
    pub enum EmbeddingPurpose {
        /// To be found.
        "GENERIC_INDEX" => GenericIndex,
        /// To find among inputs of every kind.
        "GENERIC_RETRIEVAL" => GenericRetrieval,
        /// To find texts.
        "TEXT_RETRIEVAL" => TextRetrieval,
        /// To find images.
        "IMAGE_RETRIEVAL" => ImageRetrieval,
        /// To find videos.
        "VIDEO_RETRIEVAL" => VideoRetrieval,
        /// To find documents.
        "DOCUMENT_RETRIEVAL" => DocumentRetrieval,
        /// To find recordings.
        "AUDIO_RETRIEVAL" => AudioRetrieval,
        /// To sort into classes.
        "CLASSIFICATION" => Classification,
        /// To be grouped.
        "CLUSTERING" => Clustering,
    }
}

#[codegen_at_use]
impl Request {
    /// The version of the schema.
    pub const SCHEMA_VERSION: &'static str = "nova-multimodal-embed-v1";

    /// A request for the vector of a text; one that is too long is cut at its end.
    #[must_use]
    pub fn text(purpose: EmbeddingPurpose, text: impl Into<String>) -> Self {
        let input = TextInput::default().truncation_mode("END").value(text.into());
        Self::single(EmbeddingParams::default().embedding_purpose(purpose).text(input))
    }

    /// A request for the vector of one input.
    #[must_use]
    pub fn single(params: EmbeddingParams) -> Self {
        Self::default().task_type(TaskType::SingleEmbedding).single_embedding_params(params)
    }
}

#[codegen_at_use]
impl Response {
    /// The vectors.
    #[must_use]
    pub fn vectors(&self) -> Vec<&[f64]> {
        self.embeddings.iter().flatten().filter_map(|embedding| embedding.embedding.as_deref()).collect()
    }
}
