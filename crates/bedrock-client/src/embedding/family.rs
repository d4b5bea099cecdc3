//! The families of embedding models: how many texts one request of each takes, how it is written, how its answer is read.
//!
//! Not for sending: see `operations/embed.rs`. Not for pictures, sound and video, whose bodies `bedrock_formats::embeddings`
//! has, for [`Client::invoke_model`](crate::Client::invoke_model).

use bedrock_codegen::codegen_at_use;
use bedrock_formats::embeddings::{cohere, marengo, nova, titan};
use bedrock_formats::model_id::{Family, ModelId};
use serde::de::DeserializeOwned;
use serde_json::Error as JsonError;

use crate::{Error, NativeBody};

/// The families of embedding models: those that take and give the same bodies.
///
/// ```
/// use bedrock_client::EmbeddingFamily;
///
/// let family = EmbeddingFamily::of_model("us.cohere.embed-v4:0");
/// assert_eq!(family, Some(EmbeddingFamily::CohereV4));
/// assert_eq!(EmbeddingFamily::CohereV4.texts_per_request(), 96);
/// assert_eq!(EmbeddingFamily::of_model("amazon.nova-lite-v1:0"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmbeddingFamily {
    /// Amazon Titan Text Embeddings, both versions; only the second takes a number of dimensions.
    TitanText,
    /// Amazon Titan Multimodal Embeddings.
    TitanMultimodal,
    /// Cohere Embed English and Multilingual, version 3.
    CohereV3,
    /// Cohere Embed, version 4.
    CohereV4,
    /// Amazon Nova Multimodal Embeddings.
    Nova,
    /// TwelveLabs Marengo 2.7.
    Marengo27,
    /// TwelveLabs Marengo 3.0.
    Marengo30,
}

/// What vectors are for: those of texts to be found, and of the questions that find them, lie near each other. Titan and
/// Marengo make no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum EmbeddingPurpose {
    /// The text is to be found.
    #[default]
    Document,
    /// The text is a question that is to find others.
    Query,
    /// To sort into classes.
    Classification,
    /// To be grouped.
    Clustering,
}

/// What is done with a text that is too long for the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Truncation {
    /// The request is refused, so that nothing is left out unnoticed.
    #[default]
    Refuse,
    /// Its beginning is left out.
    Start,
    /// Its end is left out.
    End,
}

/// How texts are to be embedded.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EmbeddingSettings {
    pub(crate) purpose: EmbeddingPurpose,
    pub(crate) dimensions: Option<u64>,
    pub(crate) truncation: Truncation,
}

/// A vector as an answer has it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) vectors: Vec<Vec<f64>>,
    /// Tokens of all of them, where the body says so.
    pub(crate) tokens: Option<u64>,
    /// How many characters were left of a text that was cut.
    pub(crate) truncated_to: Option<u64>,
}

#[codegen_at_use]
impl EmbeddingFamily {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::TitanText,
        Self::TitanMultimodal,
        Self::CohereV3,
        Self::CohereV4,
        Self::Nova,
        Self::Marengo27,
        Self::Marengo30,
    ];

    /// The family that an id or ARN names; `None` for a model that does not embed, and for an ARN that names no model.
    #[must_use]
    pub fn of_model(model_id: &str) -> Option<Self> {
        let id = ModelId::parse(model_id);
        let name = id.base()?.to_ascii_lowercase();
        Some(match id.family() {
            Family::TitanEmbeddingsV1 | Family::TitanEmbeddingsV2 => Self::TitanText,
            Family::TitanEmbeddingsMultimodal => Self::TitanMultimodal,
            Family::CohereEmbeddings if name.contains("-v3") => Self::CohereV3,
            // A version that is not known yet is taken for the newest, here and for Marengo.
            Family::CohereEmbeddings => Self::CohereV4,
            Family::NovaEmbeddings => Self::Nova,
            Family::Marengo if name.contains("-2-") => Self::Marengo27,
            Family::Marengo => Self::Marengo30,
            _ => return None,
        })
    }

    /// Its name, as in `cohere-v4`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TitanText => "titan-text",
            Self::TitanMultimodal => "titan-multimodal",
            Self::CohereV3 => "cohere-v3",
            Self::CohereV4 => "cohere-v4",
            Self::Nova => "nova",
            Self::Marengo27 => "marengo-2-7",
            Self::Marengo30 => "marengo-3-0",
        }
    }

    /// The most texts that one request takes: 96 for Cohere's, one for all others.
    #[must_use]
    pub fn texts_per_request(self) -> usize {
        match self {
            Self::CohereV3 | Self::CohereV4 => 96,
            _ => 1,
        }
    }

    /// Refuses what the family has no setting for, before anything is sent.
    pub(crate) fn check(self, settings: &EmbeddingSettings) -> Result<(), Error> {
        // Titan's first version is fixed too, but of the same family: refusing
        // is left to the service.
        let fixed = matches!(self, Self::CohereV3 | Self::Marengo27 | Self::Marengo30);
        if settings.dimensions.is_some() && fixed {
            return Err(Error::usage(format!("{} models have vectors of one length only", self.name())));
        }
        let cuts = match (self, settings.truncation) {
            (_, Truncation::Refuse) | (Self::CohereV3 | Self::CohereV4 | Self::Nova, _) => true,
            (Self::Marengo27, cut) => cut == Truncation::End,
            _ => false,
        };
        if !cuts {
            let cut = settings.truncation;
            return Err(Error::usage(format!(
                "{} models have no setting for cutting a text ({cut:?}): cut it before",
                self.name()
            )));
        }
        Ok(())
    }

    /// The body of a request for these texts, of which there are as many as it takes at most.
    pub(crate) fn body(self, settings: &EmbeddingSettings, texts: &[String]) -> NativeBody {
        let first = || texts.first().cloned().unwrap_or_default();
        match self {
            Self::TitanText => titan::TextRequest::new(first()).dimensions(settings.dimensions).into(),
            Self::TitanMultimodal => {
                let request = titan::ImageRequest::default().input_text(first());
                let config = |length| titan::EmbeddingConfig::default().output_embedding_length(length);
                request.embedding_config(settings.dimensions.map(config)).into()
            }
            Self::CohereV3 | Self::CohereV4 => {
                cohere::Request::texts_for(cohere_type(settings.purpose), texts.iter().cloned())
                    .truncate(cut_word(settings.truncation))
                    .output_dimension(settings.dimensions)
                    .into()
            }
            Self::Nova => {
                let text =
                    nova::TextInput::default().truncation_mode(cut_word(settings.truncation)).value(first());
                let params = nova::EmbeddingParams::default()
                    .embedding_purpose(nova_purpose(settings.purpose))
                    .embedding_dimension(settings.dimensions)
                    .text(text);
                nova::Request::single(params).into()
            }
            Self::Marengo27 => {
                let cut = if settings.truncation == Truncation::End { "end" } else { "none" };
                marengo::Request27::text(first()).text_truncate(cut).into()
            }
            Self::Marengo30 => marengo::Request30::text_only(first()).into(),
        }
    }

    /// What an answer says.
    pub(crate) fn read(self, body: &[u8]) -> Result<Read, JsonError> {
        let owned = |vectors: Vec<&[f64]>| vectors.into_iter().map(<[f64]>::to_vec).collect();
        Ok(match self {
            Self::TitanText | Self::TitanMultimodal => {
                let response: titan::Response = json(body)?;
                let tokens = response.input_text_token_count;
                Read { vectors: owned(response.vectors()), tokens, truncated_to: None }
            }
            Self::CohereV3 | Self::CohereV4 => {
                // A list, or lists by type: which of them depends on version and request, so the
                // type reads both. Tokens stand in a header only.
                Read { vectors: owned(json::<cohere::Response>(body)?.vectors()), ..Read::default() }
            }
            Self::Nova => {
                let response: nova::Response = json(body)?;
                let first = response.embeddings.as_ref().and_then(|all| all.first());
                let truncated_to = first.and_then(|embedding| embedding.truncated_char_length);
                Read { vectors: owned(response.vectors()), tokens: None, truncated_to }
            }
            Self::Marengo27 | Self::Marengo30 => {
                Read { vectors: owned(json::<marengo::Response>(body)?.vectors()), ..Read::default() }
            }
        })
    }
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, JsonError> {
    serde_json::from_slice(body)
}

#[codegen_at_use]
fn cut_word(truncation: Truncation) -> &'static str {
    match truncation {
        Truncation::Refuse => "NONE",
        Truncation::Start => "START",
        Truncation::End => "END",
    }
}

#[codegen_at_use]
fn cohere_type(purpose: EmbeddingPurpose) -> cohere::InputType {
    match purpose {
        EmbeddingPurpose::Document => cohere::InputType::SearchDocument,
        EmbeddingPurpose::Query => cohere::InputType::SearchQuery,
        EmbeddingPurpose::Classification => cohere::InputType::Classification,
        EmbeddingPurpose::Clustering => cohere::InputType::Clustering,
    }
}

#[codegen_at_use]
fn nova_purpose(purpose: EmbeddingPurpose) -> nova::EmbeddingPurpose {
    match purpose {
        // Nova has one purpose for all that is stored, and one for each kind that is looked for.
        EmbeddingPurpose::Document => nova::EmbeddingPurpose::GenericIndex,
        EmbeddingPurpose::Query => nova::EmbeddingPurpose::TextRetrieval,
        EmbeddingPurpose::Classification => nova::EmbeddingPurpose::Classification,
        EmbeddingPurpose::Clustering => nova::EmbeddingPurpose::Clustering,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn families_by_id() {
        use EmbeddingFamily::{CohereV3, CohereV4, Marengo27, Marengo30, Nova, TitanMultimodal, TitanText};
        for (id, family) in [
            ("amazon.titan-embed-text-v1", Some(TitanText)),
            ("amazon.titan-embed-g1-text-02", Some(TitanText)),
            ("amazon.titan-embed-text-v2:0", Some(TitanText)),
            ("amazon.titan-embed-image-v1", Some(TitanMultimodal)),
            ("cohere.embed-english-v3", Some(CohereV3)),
            ("cohere.embed-multilingual-v3:0:512", Some(CohereV3)),
            ("global.cohere.embed-v4:0", Some(CohereV4)),
            ("amazon.nova-2-multimodal-embeddings-v1:0", Some(Nova)),
            ("us.twelvelabs.marengo-embed-2-7-v1:0", Some(Marengo27)),
            ("twelvelabs.marengo-embed-3-0-v1:0", Some(Marengo30)),
            ("arn:aws:bedrock:us-east-1::foundation-model/cohere.embed-v4:0", Some(CohereV4)),
            ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", None),
            ("amazon.nova-lite-v1:0", None),
            ("cohere.rerank-v3-5:0", None),
            ("", None),
        ] {
            assert_eq!(EmbeddingFamily::of_model(id), family, "{id}");
        }
    }

    #[test]
    fn bodies() {
        let texts = ["a".to_owned(), "b".to_owned()];
        let settings = EmbeddingSettings {
            purpose: EmbeddingPurpose::Query,
            dimensions: Some(256),
            truncation: Truncation::Start,
        };
        let bare = EmbeddingSettings { truncation: Truncation::End, ..EmbeddingSettings::default() };
        let rows: [(EmbeddingFamily, &EmbeddingSettings, Value); 10] = [
            (EmbeddingFamily::TitanText, &settings, json!({"inputText": "a", "dimensions": 256})),
            (EmbeddingFamily::TitanText, &bare, json!({"inputText": "a"})),
            (
                EmbeddingFamily::TitanMultimodal,
                &settings,
                json!({"inputText": "a", "embeddingConfig": {"outputEmbeddingLength": 256}}),
            ),
            (EmbeddingFamily::TitanMultimodal, &bare, json!({"inputText": "a"})),
            (
                EmbeddingFamily::CohereV3,
                &bare,
                json!({"texts": texts, "input_type": "search_document", "truncate": "END"}),
            ),
            (
                EmbeddingFamily::CohereV4,
                &settings,
                json!({"texts": texts, "input_type": "search_query", "truncate": "START", "output_dimension": 256}),
            ),
            (
                EmbeddingFamily::Nova,
                &settings,
                json!({"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"embeddingPurpose": "TEXT_RETRIEVAL",
                    "embeddingDimension": 256, "text": {"truncationMode": "START", "value": "a"}}}),
            ),
            (
                EmbeddingFamily::Marengo27,
                &bare,
                json!({"inputType": "text", "inputText": "a", "textTruncate": "end"}),
            ),
            (
                EmbeddingFamily::Marengo27,
                &EmbeddingSettings::default(),
                json!({"inputType": "text", "inputText": "a", "textTruncate": "none"}),
            ),
            (EmbeddingFamily::Marengo30, &bare, json!({"inputType": "text", "text": {"inputText": "a"}})),
        ];
        for (family, settings, want) in rows {
            let body = family.body(settings, &texts).into_bytes().unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), want, "{family:?}");
        }
    }

    #[test]
    fn what_a_family_cannot_be_told() {
        let sized = EmbeddingSettings { dimensions: Some(256), ..EmbeddingSettings::default() };
        let cut = |truncation| EmbeddingSettings { truncation, ..EmbeddingSettings::default() };
        for family in EmbeddingFamily::ALL {
            assert!(family.check(&EmbeddingSettings::default()).is_ok(), "{family:?}");
            let fixed = matches!(
                family,
                EmbeddingFamily::CohereV3 | EmbeddingFamily::Marengo27 | EmbeddingFamily::Marengo30
            );
            assert_eq!(family.check(&sized).is_err(), fixed, "{family:?}");
            let cuts = |cut: &EmbeddingSettings| family.check(cut).is_ok();
            let (start, end) = (cuts(&cut(Truncation::Start)), cuts(&cut(Truncation::End)));
            let want = match family {
                EmbeddingFamily::CohereV3 | EmbeddingFamily::CohereV4 | EmbeddingFamily::Nova => (true, true),
                EmbeddingFamily::Marengo27 => (false, true),
                _ => (false, false),
            };
            assert_eq!((start, end), want, "{family:?}");
        }
    }

    #[test]
    fn answers() {
        let one = |tokens, truncated_to| Read { vectors: vec![vec![0.5]], tokens, truncated_to };
        let rows: [(EmbeddingFamily, Value, Read); 6] = [
            (
                EmbeddingFamily::TitanText,
                json!({"embedding": [0.5], "inputTextTokenCount": 3}),
                one(Some(3), None),
            ),
            (
                EmbeddingFamily::CohereV3,
                json!({"response_type": "embeddings_floats", "embeddings": [[0.5], [1.0]], "texts": ["a", "b"]}),
                Read { vectors: vec![vec![0.5], vec![1.0]], ..Read::default() },
            ),
            (EmbeddingFamily::CohereV4, json!({"embeddings": {"float": [[0.5]]}}), one(None, None)),
            (
                EmbeddingFamily::Nova,
                json!({"embeddings": [{"embeddingType": "TEXT", "embedding": [0.5], "truncatedCharLength": 9}]}),
                one(None, Some(9)),
            ),
            (EmbeddingFamily::Marengo27, json!({"data": [{"embedding": [0.5]}]}), one(None, None)),
            (EmbeddingFamily::Marengo30, json!({"embedding": [0.5]}), one(None, None)),
        ];
        for (family, body, want) in rows {
            assert_eq!(family.read(body.to_string().as_bytes()).unwrap(), want, "{family:?}");
        }
        assert!(EmbeddingFamily::Nova.read(b"{").is_err());
    }
}
