//! Models that answer with numbers: embeddings and rankings. Texts that share words have vectors that point the same way, so
//! that a search over them finds something.

use serde_json::{Value, json};

use crate::digest::{sha256, uuid};
use crate::error::ServiceError;
use crate::model::rank;
use crate::model::tokens;

/// The most numbers that any model gives.
const MAX_DIMENSIONS: u64 = 3_072;

/// An answer of numbers, and how many tokens went into it where the service says so.
pub(crate) struct Numbers {
    pub(crate) body: Value,
    pub(crate) input_tokens: Option<u64>,
}

/// One row for each kind of body.
type Row = (fn(&str) -> bool, fn(&str, &Value) -> Result<Numbers, ServiceError>);

// Asked before the formats of texts: `amazon.nova` is in the ids of both.
const ROWS: &[Row] = &[
    (|id| id.contains("amazon.titan-embed"), titan),
    (|id| id.contains("cohere.embed"), cohere),
    (|id| id.contains("amazon.nova") && id.contains("embed"), nova),
    (|id| id.contains("twelvelabs.marengo"), marengo),
    (|id| id.contains("rerank"), rerank),
];

/// The answer of a model that answers with numbers; `None` for all others.
pub(crate) fn answer(model_id: &str, body: &Value) -> Option<Result<Numbers, ServiceError>> {
    let id = model_id.to_lowercase();
    ROWS.iter().find(|(is, _)| is(&id)).map(|(_, answer)| answer(&id, body))
}

fn titan(id: &str, body: &Value) -> Result<Numbers, ServiceError> {
    let text = body["inputText"].as_str();
    if text.is_none() && body["inputImage"].is_null() {
        return Err(missing("inputText"));
    }
    let text = text.unwrap_or_default();
    let wanted = body.get("dimensions").or_else(|| body["embeddingConfig"].get("outputEmbeddingLength"));
    let is_first = id.contains("embed-text-v1") || id.contains("embed-g1");
    let vector = embed(text, dimensions(wanted, if is_first { 1_536 } else { 1_024 })?);
    let tokens = tokens::count(text);
    let mut answer = json!({"embedding": vector, "inputTextTokenCount": tokens});
    if let Some(kinds) = body["embeddingTypes"].as_array() {
        answer["embeddingsByType"] = kinds.iter().filter_map(|kind| by_type(kind, &vector)).collect();
        if !kinds.iter().any(|kind| kind == "float")
            && let Value::Object(members) = &mut answer
        {
            // Doubtful: that it is left out where only bits are asked for was not seen.
            members.shift_remove("embedding");
        }
    }
    Ok(Numbers { body: answer, input_tokens: Some(tokens) })
}

fn cohere(id: &str, body: &Value) -> Result<Numbers, ServiceError> {
    if body["input_type"].as_str().is_none() {
        return Err(missing("input_type"));
    }
    let texts: Vec<String> = ["texts", "images", "inputs"]
        .iter()
        .filter_map(|key| body[*key].as_array())
        .flatten()
        .map(|text| text.as_str().map_or_else(|| text.to_string(), str::to_lowercase))
        .collect();
    if !(1..=96).contains(&texts.len()) {
        return Err(ServiceError::validation("texts must hold 1 to 96 texts."));
    }
    let is_v3 = id.contains("-v3");
    let size = dimensions(body.get("output_dimension"), if is_v3 { 1_024 } else { 1_536 })?;
    let vectors: Vec<Vec<f64>> = texts.iter().map(|text| embed(text, size)).collect();
    let tokens = texts.iter().map(|text| tokens::count(text)).sum();
    let mut answer = json!({"id": uuid(&sha256(body.to_string().as_bytes())), "texts": texts});
    // Version 4 answers by type also where nobody has asked for it.
    let floats = vec![json!("float")];
    match body["embedding_types"].as_array().or(if is_v3 { None } else { Some(&floats) }) {
        None => {
            answer["response_type"] = json!("embeddings_floats");
            answer["embeddings"] = json!(vectors);
        }
        Some(kinds) => {
            answer["response_type"] = json!("embeddings_by_type");
            let rows = kinds.iter().filter_map(|kind| {
                let rows: Vec<Value> =
                    vectors.iter().filter_map(|vector| Some(by_type(kind, vector)?.1)).collect();
                Some((kind.as_str()?.to_owned(), json!(rows)))
            });
            answer["embeddings"] = rows.collect();
        }
    }
    Ok(Numbers { body: answer, input_tokens: Some(tokens) })
}

fn nova(_id: &str, body: &Value) -> Result<Numbers, ServiceError> {
    let parameters = &body["singleEmbeddingParams"];
    let kind = ["text", "image", "video", "audio"].into_iter().find(|kind| parameters.get(kind).is_some());
    let kind = kind.ok_or_else(|| missing("singleEmbeddingParams"))?;
    let text = parameters[kind]["value"].as_str().unwrap_or_default();
    let vector = embed(text, dimensions(parameters.get("embeddingDimension"), 3_072)?);
    let answer = json!({"embeddings": [{"embeddingType": kind.to_uppercase(), "embedding": vector}]});
    Ok(Numbers { body: answer, input_tokens: Some(tokens::count(text)) })
}

fn marengo(_id: &str, body: &Value) -> Result<Numbers, ServiceError> {
    let kind = body["inputType"].as_str().ok_or_else(|| missing("inputType"))?;
    let text = body["inputText"].as_str().or_else(|| body[kind]["inputText"].as_str()).unwrap_or_default();
    Ok(Numbers { body: json!({"data": [{"embedding": embed(text, 1_024)}]}), input_tokens: None })
}

fn rerank(_id: &str, body: &Value) -> Result<Numbers, ServiceError> {
    let query = body["query"].as_str().ok_or_else(|| missing("query"))?;
    let documents = body["documents"]
        .as_array()
        .filter(|documents| !documents.is_empty())
        .ok_or_else(|| missing("documents"))?;
    let texts: Vec<String> = documents
        .iter()
        .map(|document| document.as_str().map_or_else(|| document.to_string(), str::to_owned))
        .collect();
    let wanted = body["top_n"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(texts.len());
    let ranked = rank(query, texts.iter().map(String::as_str)).into_iter().take(wanted);
    let results: Vec<Value> =
        ranked.map(|(index, score)| json!({"index": index, "relevance_score": score})).collect();
    Ok(Numbers { body: json!({"results": results}), input_tokens: None })
}

/// The sum of a direction for each word, made one long. The same text has the same vector.
fn embed(text: &str, dimensions: usize) -> Vec<f64> {
    let mut sum = vec![0.0; dimensions];
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    // A text without words points somewhere, too.
    for word in words.map(str::to_lowercase).chain([String::new()]) {
        let weight = if word.is_empty() { 0.1 } else { 1.0 };
        // Odd, so never zero: xorshift does not leave zero.
        let mut state = sha256(word.as_bytes()).chunks(8).fold(0_u64, |state, part| {
            part.iter().fold(state.rotate_left(7), |state, byte| {
                state.wrapping_mul(257).wrapping_add(u64::from(*byte))
            })
        }) | 1;
        for number in &mut sum {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *number += weight * ((state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0);
        }
    }
    let length = sum.iter().map(|number| number * number).sum::<f64>().sqrt();
    // Six digits, as a service would send them.
    sum.iter().map(|number| (number / length * 1e6).round() / 1e6).collect()
}

fn by_type(kind: &Value, vector: &[f64]) -> Option<(String, Value)> {
    let numbers = match kind.as_str()? {
        "float" => json!(vector),
        // A number for each bit, as Titan sends them. Doubtful for Cohere,
        // whose bits may be packed.
        "binary" | "ubinary" => vector.iter().map(|number| u8::from(*number > 0.0)).collect(),
        "int8" => vector.iter().map(|number| (number * 127.0) as i8).collect(),
        "uint8" => vector.iter().map(|number| (number * 127.0 + 128.0) as u8).collect(),
        _ => return None,
    };
    Some((kind.as_str()?.to_owned(), numbers))
}

fn dimensions(wanted: Option<&Value>, usual: u64) -> Result<usize, ServiceError> {
    let wanted =
        wanted.map_or(Some(usual), Value::as_u64).filter(|wanted| (1..=MAX_DIMENSIONS).contains(wanted));
    let wanted = wanted.and_then(|wanted| usize::try_from(wanted).ok());
    wanted.ok_or_else(|| ServiceError::validation(format!("The dimensions must be 1 to {MAX_DIMENSIONS}.")))
}

fn missing(key: &str) -> ServiceError {
    ServiceError::validation(format!(
        "Malformed input request: #: required key [{key}] not found, please reformat your input and try again."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(a: &str, b: &str) -> f64 {
        embed(a, 256).iter().zip(embed(b, 256)).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn near_texts_have_near_vectors() {
        assert!((cosine("rain in Oslo", "rain in Oslo") - 1.0).abs() < 1e-3);
        assert!(cosine("rain in Oslo", "Oslo has rain") > 0.5);
        assert!(cosine("rain in Oslo", "buy cheap shoes").abs() < 0.4);
        assert!((cosine("", "") - 1.0).abs() < 1e-3);
    }

    #[test]
    fn shapes_of_the_models() {
        let ask = |id: &str, body: Value| answer(id, &body).unwrap().map(|numbers| numbers.body);
        let titan = ask(
            "amazon.titan-embed-text-v2:0",
            json!({"inputText": "a", "dimensions": 4, "embeddingTypes": ["binary"]}),
        );
        let titan = titan.unwrap();
        assert!(
            titan.get("embedding").is_none()
                && titan["embeddingsByType"]["binary"].as_array().unwrap().len() == 4
        );
        let cohere = json!({"texts": ["A", "b"], "input_type": "search_query"});
        let cohere = ask("cohere.embed-english-v3", cohere).unwrap();
        assert_eq!((&cohere["texts"][0], cohere["embeddings"].as_array().unwrap().len()), (&json!("a"), 2));
        let cohere =
            json!({"texts": ["a"], "input_type": "search_query", "embedding_types": ["int8", "float"]});
        let cohere = ask("us.cohere.embed-v4:0", cohere).unwrap();
        assert_eq!(cohere["embeddings"]["int8"][0].as_array().unwrap().len(), 1_536);
        let v4 = ask("cohere.embed-v4:0", json!({"texts": ["a"], "input_type": "search_query"})).unwrap();
        assert_eq!(v4["response_type"], "embeddings_by_type");
        assert_eq!(v4["embeddings"]["float"][0].as_array().unwrap().len(), 1_536);
        let nova = json!({"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"embeddingDimension": 256, "text": {"value": "a"}}});
        let nova = ask("amazon.nova-2-multimodal-embeddings-v1:0", nova).unwrap();
        assert_eq!(nova["embeddings"][0]["embeddingType"], "TEXT");
        let ranked =
            ask("cohere.rerank-v3-5:0", json!({"query": "oslo", "documents": ["x", "Oslo"], "top_n": 1}))
                .unwrap();
        assert_eq!(ranked["results"][0]["index"], 1);
        for (id, body) in [
            ("amazon.titan-embed-text-v1", json!({})),
            ("amazon.titan-embed-text-v2:0", json!({"inputText": "a", "dimensions": 1_000_000})),
            ("cohere.embed-english-v3", json!({"texts": [], "input_type": "x"})),
            ("cohere.rerank-v3-5:0", json!({"query": "a"})),
        ] {
            assert!(ask(id, body).is_err(), "{id}");
        }
        assert!(answer("amazon.nova-lite-v1:0", &json!({})).is_none());
    }
}
