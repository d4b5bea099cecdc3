//! Amazon Titan's embeddings: Text v1 and v2, and Multimodal.
//! Not for: Nova's; see the file beside this.

use bedrock_codegen::codegen_at_use;

use crate::wire::Blob;

// Recorded: 13 answers.
wire_struct! {
    /// The body of a request to `amazon.titan-embed-text-*` and `amazon.titan-embed-g1-text-02`.
    pub struct TextRequest {
        /// The text: to 8192 tokens.
        "inputText" input_text: String,
        /// How many numbers, 1024 (default), 512 or 256; v2 only, v1 gives 1536.
        "dimensions" dimensions: Option<u64>,
        /// Whether the vector has length 1, default true; v2 only.
        "normalize" normalize: Option<bool>,
        /// `float`, `binary` or both; v2 only.
        "embeddingTypes" embedding_types: Option<Vec<String>>,
    }

    /// The body of a request to `amazon.titan-embed-image-v1`: a text, an image, or both as one vector.
    pub struct ImageRequest {
        /// The text: to 256 tokens.
        "inputText" input_text: Option<String>,
        /// The image.
        "inputImage" input_image: Option<Blob>,
        /// How to embed.
        "embeddingConfig" embedding_config: Option<EmbeddingConfig>,
    }

    /// How to embed.
    pub struct EmbeddingConfig {
        /// How many numbers: 256, 384 or 1024 (default).
        "outputEmbeddingLength" output_embedding_length: Option<u64>,
    }

    /// The answer of all three.
    pub struct Response {
        /// The vector.
        "embedding" embedding: Option<Vec<f64>>,
        /// The vector, by type.
        "embeddingsByType" embeddings_by_type: Option<EmbeddingsByType>,
        /// Tokens of the text.
        "inputTextTokenCount" input_text_token_count: Option<u64>,
        /// What went wrong (Multimodal).
        "message" message: Option<String>,
    }

    /// The vector, by type.
    pub struct EmbeddingsByType {
        /// Floats.
        "float" float: Option<Vec<f64>>,
        /// One bit each.
        "binary" binary: Option<Vec<i64>>,
    }
}

impl TextRequest {
    /// A request for the vector of a text.
    #[must_use]
    pub fn new(input_text: impl Into<String>) -> Self {
        Self::default().input_text(input_text.into())
    }
}

impl ImageRequest {
    /// A request for the vector of an image.
    #[must_use]
    pub fn image(bytes: impl AsRef<[u8]>) -> Self {
        Self::default().input_image(Blob::from_bytes(bytes))
    }
}

#[codegen_at_use]
impl Response {
    /// The vector of floats: one, or none where only bits were asked for.
    #[must_use]
    pub fn vectors(&self) -> Vec<&[f64]> {
        let by_type = || self.embeddings_by_type.as_ref().and_then(|types| types.float.as_ref());
        self.embedding.as_ref().or_else(by_type).map(Vec::as_slice).into_iter().collect()
    }
}
