//! Ranking models' own bodies, which InvokeModel takes: Cohere Rerank and Amazon Rerank.
//!
//! For: `cohere.rerank-*` and `amazon.rerank-*` through InvokeModel.
//! Not for: the operation Rerank of the agent runtime; see `rerank`.
//!
//! ```
//! use bedrock_formats::rerank_model::{Request, Response};
//!
//! let request = Request::cohere("capital of Norway", ["Bergen is rainy.", "Oslo is a city."]).top_n(1u64);
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "api_version": 2, "query": "capital of Norway",
//!     "documents": ["Bergen is rainy.", "Oslo is a city."], "top_n": 1}));
//!
//! let response: Response = serde_json::from_str(r#"{"results": [{"index": 1, "relevance_score": 0.87}]}"#)?;
//! assert_eq!(response.results.unwrap_or_default()[0].index, Some(1));
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde_json::Value;

use crate::wire::TextOr;

// Cohere's is recorded, in a test of another project; that Amazon's answers alike is not.
wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// 2, for Cohere; Amazon's takes none.
        "api_version" api_version: Option<u64>,
        /// The question.
        "query" query: String,
        /// The documents: texts, or objects of texts; to 1000.
        "documents" documents: Vec<TextOr<Value>>,
        /// How many results, the best first; default all.
        "top_n" top_n: Option<u64>,
        /// The most tokens of each document that count.
        "max_tokens_per_doc" max_tokens_per_doc: Option<u64>,
    }

    /// The answer.
    pub struct Response {
        /// The documents, the best first.
        "results" results: Option<Vec<RerankResult>>,
        /// The answer's id.
        "id" id: Option<String>,
    }

    /// One document.
    pub struct RerankResult {
        /// Which of the request's documents, from 0.
        "index" index: Option<u64>,
        /// How well it fits, 0 to 1.
        "relevance_score" relevance_score: Option<f64>,
        /// The document, where the request asked for it.
        "document" document: Option<Value>,
    }
}

impl Request {
    /// A request to Cohere Rerank.
    #[must_use]
    pub fn cohere(query: impl Into<String>, documents: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::amazon(query, documents).api_version(2u64)
    }

    /// A request to Amazon Rerank.
    #[must_use]
    pub fn amazon(query: impl Into<String>, documents: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let documents: Vec<_> = documents.into_iter().map(|text| TextOr::Text(text.into())).collect();
        Self::default().query(query.into()).documents(documents)
    }
}
