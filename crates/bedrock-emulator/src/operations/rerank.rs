//! Rerank: sources are ranked by how many words of the query they hold.

use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::exchange::Call;
use crate::model::rank;

/// The ranking, best first; equals in their order.
pub(super) fn answer(call: &Call) -> Result<Value, ServiceError> {
    let query = call.json["queries"].as_array().filter(|queries| queries.len() == 1);
    let query = query.and_then(|queries| queries[0]["textQuery"]["text"].as_str());
    let query = query.ok_or_else(|| ServiceError::validation("queries must hold exactly one text."))?;
    let sources = call.json["sources"].as_array().filter(|sources| (1..=1_000).contains(&sources.len()));
    let sources =
        sources.ok_or_else(|| ServiceError::validation("sources must hold 1 to 1000 documents."))?;
    let configuration = &call.json["rerankingConfiguration"]["bedrockRerankingConfiguration"];
    let model = configuration["modelConfiguration"]["modelArn"].as_str().unwrap_or_default();
    if model.is_empty() {
        return Err(ServiceError::validation("rerankingConfiguration must name a model by its ARN."));
    }
    let wanted = configuration["numberOfResults"]
        .as_u64()
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(sources.len());
    let documents: Vec<String> = sources.iter().map(text).collect();
    let ranked = rank(query, documents.iter().map(String::as_str)).into_iter().take(wanted);
    let results: Vec<Value> =
        ranked.map(|(index, score)| json!({"index": index, "relevanceScore": score})).collect();
    Ok(json!({"results": results}))
}

fn text(source: &Value) -> String {
    let document = &source["inlineDocumentSource"];
    match document["textDocument"]["text"].as_str() {
        Some(text) => text.to_owned(),
        None => document["jsonDocument"].to_string(),
    }
}
