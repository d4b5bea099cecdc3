//! Converse, InvokeModel, their streams, and CountTokens. What the model says is decided in `model`; its words are those of
//! `formats`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::Product;
use crate::answer::{Answer, Verbatim};
use crate::auth::sha256;
use crate::error::ServiceError;
use crate::formats::{self, converse};
use crate::frames::Framing;
use crate::model;
use crate::operation::Operation;
use crate::service::Call;

/// Settings that an answer repeats, by their headers.
const ECHOED: &[&str] = &["x-amzn-bedrock-performanceconfig-latency", "x-amzn-bedrock-service-tier"];

/// Answers one of the four.
pub(super) fn answer(call: &Call, answer: &Answer) -> Result<Product, ServiceError> {
    let streamed =
        matches!(call.operation, Operation::ConverseStream | Operation::InvokeModelWithResponseStream);
    let is_converse = matches!(call.operation, Operation::Converse | Operation::ConverseStream);
    let framing = if is_converse { Framing::Converse } else { Framing::Invoke };
    let mut product = match (&answer.verbatim, streamed) {
        (Some(Verbatim::Chunks(chunks)), true) => stream(call, framing, chunks)?,
        (Some(Verbatim::Body(body)), true) => stream(call, framing, std::slice::from_ref(body))?,
        (Some(Verbatim::Chunks(chunks)), false) => {
            Product::json(chunks.first().cloned().unwrap_or(Value::Null))
        }
        (Some(Verbatim::Body(body)), false) => Product::json(body.clone()),
        (None, _) if is_converse => by_converse(call, answer, streamed)?,
        (None, _) => by_invoke(call, answer, streamed)?,
    };
    if !is_converse {
        let echoed = ECHOED.iter().filter_map(|name| Some((*name, call.head.headers.get(*name)?.clone())));
        product.headers_mut().extend(echoed.map(|(name, value)| (HeaderName::from_static(name), value)));
    }
    Ok(product)
}

/// CountTokens, in either of its two forms.
pub(super) fn count_tokens(call: &Call) -> Result<Value, ServiceError> {
    let input = &call.json["input"];
    let count = match (input.get("converse"), input.get("invokeModel")) {
        (Some(body), None) => converse::read(body)?.input_tokens,
        (None, Some(invoke)) => {
            let bytes = invoke["body"].as_str().and_then(|body| STANDARD.decode(body).ok());
            let body: Option<Value> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let body = body
                .ok_or_else(|| ServiceError::validation("input.invokeModel.body must be JSON in base64."))?;
            let format = formats::of_model(call.model_id(), &body);
            let format = format.ok_or_else(|| {
                ServiceError::validation("The provided model doesn't support counting tokens.")
            })?;
            (format.read)(&body)?.input_tokens
        }
        _ => return Err(ServiceError::validation("input must have one of converse and invokeModel.")),
    };
    Ok(json!({"inputTokens": count}))
}

fn by_converse(call: &Call, answer: &Answer, streamed: bool) -> Result<Product, ServiceError> {
    let ask = converse::read(&call.json)?;
    let reply = model::reply(&ask, answer, call.model_id(), &call.body);
    let settings = ["performanceConfig", "serviceTier"];
    let settings = settings.iter().filter_map(|key| Some(((*key).to_owned(), call.json.get(key)?.clone())));
    if streamed {
        let mut events = converse::chunks(&reply, call.model_id());
        if let Some(Value::Object(metadata)) = events.last_mut().and_then(|event| event.get_mut("metadata")) {
            metadata.extend(settings);
        }
        return stream(call, Framing::Converse, &events);
    }
    let mut whole = converse::whole(&reply, call.model_id());
    if let Value::Object(members) = &mut whole {
        members.extend(settings);
    }
    Ok(Product::json(whole))
}

fn by_invoke(call: &Call, answer: &Answer, streamed: bool) -> Result<Product, ServiceError> {
    if let Some(numbers) = formats::vectors::answer(call.model_id(), &call.json) {
        return if streamed {
            Err(ServiceError::validation("The model is unsupported for streaming."))
        } else {
            numbers.map(numbers_product)
        };
    }
    let format = formats::of_model(call.model_id(), &call.json);
    let format =
        format.ok_or_else(|| ServiceError::validation("The provided model identifier is invalid."))?;
    let ask = (format.read)(&call.json)?;
    let reply = model::reply(&ask, answer, call.model_id(), &call.body);
    if streamed {
        return stream(call, Framing::Invoke, &(format.chunks)(&reply, call.model_id()));
    }
    let mut product = Product::json((format.whole)(&reply, call.model_id()));
    for (name, count) in [
        ("x-amzn-bedrock-input-token-count", reply.input_tokens),
        ("x-amzn-bedrock-output-token-count", reply.output_tokens),
        ("x-amzn-bedrock-invocation-latency", reply.latency()),
    ] {
        product.headers_mut().insert(name, HeaderValue::from(count));
    }
    Ok(product)
}

fn numbers_product(numbers: formats::vectors::Numbers) -> Product {
    let mut product = Product::json(numbers.body);
    let headers = product.headers_mut();
    headers.insert("x-amzn-bedrock-invocation-latency", HeaderValue::from(40));
    if let Some(count) = numbers.input_tokens {
        headers.insert("x-amzn-bedrock-input-token-count", HeaderValue::from(count));
    }
    product
}

fn stream(call: &Call, framing: Framing, chunks: &[Value]) -> Result<Product, ServiceError> {
    Ok(Product::stream(framing.frames(chunks, &sha256(&call.body))?, framing))
}
