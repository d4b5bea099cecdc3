//! Rerank: which of many documents answer a question best.
//!
//! For: `POST /rerank` of the agent runtime, which takes a model by its ARN.
//! Not for: the rerank models' own bodies, which InvokeModel takes.
//!
//! ```
//! use bedrock_formats::rerank::{RerankRequest, RerankResponse};
//!
//! let arn = "arn:aws:bedrock:us-west-2::foundation-model/cohere.rerank-v3-5:0";
//! let request = RerankRequest::new(arn, "capital of Norway", ["Oslo is a city.", "Bergen is rainy."]).top(1);
//! assert_eq!(request.sources.len(), 2);
//!
//! let response: RerankResponse = serde_json::from_str(r#"{"results":[{"index":0,"relevanceScore":0.91}]}"#)?;
//! assert_eq!(response.results[0].relevance_score, Some(0.91));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::collections::BTreeMap;

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

// The service model of bedrock-agent-runtime: names in camelCase, unlike those of the models' own
// bodies.
wire_struct! {
    /// What Rerank is asked.
    pub struct RerankRequest {
        /// What the answer before gave, to go on from there.
        "nextToken" next_token: Option<String>,
        /// The question: exactly one.
        "queries" queries: Vec<RerankQuery>,
        /// Which model, and how many results.
        "rerankingConfiguration" reranking_configuration: RerankingConfiguration,
        /// The documents: 1 to 1000.
        "sources" sources: Vec<RerankSource>,
    }
    /// A question.
    pub struct RerankQuery {
        /// The question's text.
        "textQuery" text_query: RerankTextDocument,
        /// The kind of question.
        "type" kind: RerankQueryContentType,
    }
    /// A text.
    pub struct RerankTextDocument {
        /// 1 to 32,000 characters.
        "text" text: Option<String>,
    }
    /// Who ranks.
    pub struct RerankingConfiguration {
        /// A model, and how it is to rank.
        "bedrockRerankingConfiguration" bedrock_reranking_configuration: BedrockRerankingConfiguration,
        /// The kind of ranker.
        "type" kind: RerankingConfigurationType,
    }
    /// How a model is to rank.
    pub struct BedrockRerankingConfiguration {
        /// Which model.
        "modelConfiguration" model_configuration: BedrockRerankingModelConfiguration,
        /// At most so many results, 1 to 1000.
        "numberOfResults" number_of_results: Option<u64>,
    }
    /// A model that ranks.
    pub struct BedrockRerankingModelConfiguration {
        /// Fields of the model's own request format.
        "additionalModelRequestFields" additional_model_request_fields: Option<BTreeMap<String, Value>>,
        /// The model's ARN; a bare id is not taken.
        "modelArn" model_arn: String,
    }
    /// Something to rank.
    pub struct RerankSource {
        /// The document.
        "inlineDocumentSource" inline_document_source: RerankDocument,
        /// Where it is.
        "type" kind: RerankSourceType,
    }
    /// A document.
    pub struct RerankDocument {
        /// A document of type `JSON`.
        "jsonDocument" json_document: Option<Value>,
        /// A document of type `TEXT`.
        "textDocument" text_document: Option<RerankTextDocument>,
        /// The kind of document.
        "type" kind: RerankDocumentType,
    }
    /// What Rerank answers.
    pub struct RerankResponse {
        /// Present where there is more: to be sent with the next request.
        "nextToken" next_token: Option<String>,
        /// The documents, the best first.
        "results" results: Vec<RerankResult>,
    }
    /// A ranked document.
    pub struct RerankResult {
        /// The document, where it is given back.
        "document" document: Option<RerankDocument>,
        /// Its place among the request's sources, counted from 0.
        "index" index: u64,
        /// How well it answers the question; higher is better, and scores of different questions do not compare.
        "relevanceScore" relevance_score: Option<f64>,
    }
}

wire_enum! {
    /// The kinds of question.
    pub enum RerankQueryContentType {
        /// Text.
        "TEXT" => Text,
    }
    /// The kinds of ranker.
    pub enum RerankingConfigurationType {
        /// A model on Bedrock.
        "BEDROCK_RERANKING_MODEL" => BedrockRerankingModel,
    }
    /// Where a document is.
    pub enum RerankSourceType {
        /// In the request.
        "INLINE" => Inline,
    }
    /// The kinds of document.
    pub enum RerankDocumentType {
        /// Text.
        "TEXT" => Text,
        /// JSON.
        "JSON" => Json,
    }
}

#[codegen_at_use]
impl RerankRequest {
    /// Ranks these documents, by the model of this ARN.
    #[must_use]
    pub fn new<D: Into<RerankDocument>>(
        model_arn: impl Into<String>,
        question: impl Into<String>,
        documents: impl IntoIterator<Item = D>,
    ) -> Self {
        let question = RerankTextDocument { text: Some(question.into()), ..RerankTextDocument::default() };
        let model = BedrockRerankingModelConfiguration::default().model_arn(model_arn.into());
        Self {
            queries: vec![RerankQuery::default().text_query(question).kind(RerankQueryContentType::Text)],
            reranking_configuration: RerankingConfiguration::default()
                .bedrock_reranking_configuration(
                    BedrockRerankingConfiguration::default().model_configuration(model),
                )
                .kind(RerankingConfigurationType::BedrockRerankingModel),
            sources: documents.into_iter().map(Into::into).map(RerankSource::from).collect(),
            ..Self::default()
        }
    }

    /// Asks for at most so many results, 1 to 1000.
    #[must_use]
    pub fn top(mut self, results: u64) -> Self {
        self.reranking_configuration.bedrock_reranking_configuration.number_of_results = Some(results);
        self
    }
}

#[codegen_at_use]
impl From<RerankDocument> for RerankSource {
    fn from(document: RerankDocument) -> Self {
        Self { inline_document_source: document, kind: RerankSourceType::Inline, ..Self::default() }
    }
}

#[codegen_at_use]
impl From<&str> for RerankDocument {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

#[codegen_at_use]
impl From<String> for RerankDocument {
    fn from(text: String) -> Self {
        let text = RerankTextDocument { text: Some(text), ..RerankTextDocument::default() };
        Self { text_document: Some(text), kind: RerankDocumentType::Text, ..Self::default() }
    }
}

#[codegen_at_use]
impl From<Value> for RerankDocument {
    fn from(json: Value) -> Self {
        Self { json_document: Some(json), kind: RerankDocumentType::Json, ..Self::default() }
    }
}
