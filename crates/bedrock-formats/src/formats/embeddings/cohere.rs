//! Cohere's embeddings: English v3, Multilingual v3 and v4.
//! Not for: Cohere's reranking; see `rerank_model`.

use bedrock_codegen::codegen_at_use;

use crate::wire::{self, Aside, Misfit, TextOr, View, Wire};

// Recorded: 15 answers.
wire_struct! {
    /// The body of a request: texts, images, or (v4) inputs that mix both.
    pub struct Request {
        /// Texts: to 96.
        "texts" texts: Option<Vec<String>>,
        /// Images as `data:` URLs: one.
        "images" images: Option<Vec<String>>,
        /// Texts and images together (v4).
        "inputs" inputs: Option<Vec<Input>>,
        /// What the vectors are for; they can only be compared with those of the fitting type.
        "input_type" input_type: InputType,
        /// Which end of a text that is too long to cut: `NONE` (refuse), `START` or `END`.
        "truncate" truncate: Option<String>,
        /// `float`, `int8`, `uint8`, `binary`, `ubinary`: with it the vectors come by type.
        "embedding_types" embedding_types: Option<Vec<String>>,
        /// How many numbers: 256, 512, 1024 or 1536 (v4).
        "output_dimension" output_dimension: Option<u64>,
        /// The most tokens of each input (v4).
        "max_tokens" max_tokens: Option<u64>,
    }

    /// Texts and images that make one vector.
    pub struct Input {
        /// The parts.
        "content" content: Vec<InputPart>,
    }

    /// Text.
    pub struct TextPart {
        /// The text.
        "text" text: String,
    }

    /// An image.
    pub struct ImageUrlPart {
        /// Where it is.
        "image_url" image_url: TextOr<ImageUrl>,
    }

    /// Where an image is.
    pub struct ImageUrl {
        /// `data:…`.
        "url" url: String,
    }

    /// The answer.
    pub struct Response {
        /// Its id.
        "id" id: Option<String>,
        /// `embeddings_floats` or `embeddings_by_type`.
        "response_type" response_type: Option<String>,
        /// The vectors, in the order of the inputs.
        "embeddings" embeddings: Option<Embeddings>,
        /// The texts, which v3 writes in lower case.
        "texts" texts: Option<Vec<String>>,
    }

    /// The vectors, by type.
    pub struct EmbeddingsByType {
        /// Floats.
        "float" float: Option<Vec<Vec<f64>>>,
        /// Bytes, -128 to 127.
        "int8" int8: Option<Vec<Vec<i64>>>,
        /// Bytes, 0 to 255.
        "uint8" uint8: Option<Vec<Vec<i64>>>,
        /// Eight bits a number, -128 to 127.
        "binary" binary: Option<Vec<Vec<i64>>>,
        /// Eight bits a number, 0 to 255.
        "ubinary" ubinary: Option<Vec<Vec<i64>>>,
    }
}

wire_tagged! {
    /// One part of an input.
    pub enum InputPart {
        /// Text.
        "text" => Text(TextPart),
        /// An image.
        "image_url" => ImageUrl(ImageUrlPart),
    }
}

wire_enum! {
    /// What the vectors are for.
    pub enum InputType {
        /// To be found.
        "search_document" => SearchDocument,
        /// To find.
        "search_query" => SearchQuery,
        /// To sort into classes.
        "classification" => Classification,
        /// To be grouped.
        "clustering" => Clustering,
        /// The input is an image.
        "image" => Image,
    }
}

/// The vectors: a list of them, or lists by type. Which of the two the answer holds depends on the request and the model.
#[derive(Debug, Clone, PartialEq)]
pub enum Embeddings {
    /// A list of vectors of floats.
    Floats(Vec<Vec<f64>>),
    /// Lists by type.
    ByType(EmbeddingsByType),
}

impl Request {
    /// A request for the vectors of texts.
    #[must_use]
    pub fn texts_for(input_type: InputType, texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let texts: Vec<String> = texts.into_iter().map(Into::into).collect();
        Self::default().texts(texts).input_type(input_type)
    }
}

#[codegen_at_use]
impl Response {
    /// The vectors of floats, in the order of the inputs; none where only other types were asked for.
    #[must_use]
    pub fn vectors(&self) -> Vec<&[f64]> {
        let vectors = match &self.embeddings {
            Some(Embeddings::Floats(vectors)) => Some(vectors),
            Some(Embeddings::ByType(types)) => types.float.as_ref(),
            None => None,
        };
        vectors.into_iter().flatten().map(Vec::as_slice).collect()
    }
}

#[codegen_at_use]
impl Default for Embeddings {
    fn default() -> Self {
        Self::Floats(Vec::new())
    }
}

#[codegen_at_use]
impl Wire for Embeddings {
    fn fill<'a>(&mut self, input: wire::Input<'a>, aside: &mut Aside) -> Result<(), Misfit<'a>> {
        // By what comes, not by the model: v3 sends either, as it is asked; v4 sends the second.
        if let wire::Input::List(_) = input {
            let mut vectors = Vec::new();
            vectors.fill(input, aside)?;
            *self = Self::Floats(vectors);
        } else {
            let mut types = EmbeddingsByType::default();
            types.fill(input, aside)?;
            *self = Self::ByType(types);
        }
        Ok(())
    }

    fn view(&self) -> View<'_> {
        match self {
            Self::Floats(vectors) => vectors.view(),
            Self::ByType(types) => types.view(),
        }
    }

    fn is_default(&self) -> bool {
        matches!(self, Self::Floats(vectors) if vectors.is_empty())
    }
}
