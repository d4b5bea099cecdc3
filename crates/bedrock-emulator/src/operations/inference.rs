//! Converse, InvokeModel, their streams, and CountTokens. What the model says is decided in `model`, how it is written in
//! `formats`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::digest::sha256;
use crate::error::ServiceError;
use crate::exchange::Call;
use crate::formats::vectors::Numbers;
use crate::formats::{self, Format, converse};
use crate::model::{self, Reply};
use crate::script::Answer;
use crate::sending::{Framing, Product};

/// Headers of a request that the answer repeats.
const ECHOED_HEADERS: &[&str] = &["x-amzn-bedrock-performanceconfig-latency", "x-amzn-bedrock-service-tier"];

/// Members of a request that the answer repeats.
const ECHOED_MEMBERS: &[&str] = &["performanceConfig", "serviceTier"];

/// Converse.
pub(super) fn converse(call: &Call, answer: &Answer) -> Result<Product, ServiceError> {
    if let Some(verbatim) = &answer.verbatim {
        return Ok(Product::json(verbatim.whole()));
    }
    let reply = converse_reply(call, answer)?;
    let mut whole = converse::whole(&reply, &call.model_id);
    if let Value::Object(members) = &mut whole {
        members.extend(echoed_members(call));
    }
    Ok(Product::json(whole))
}

/// ConverseStream.
pub(super) fn converse_stream(call: &Call, answer: &Answer) -> Result<Product, ServiceError> {
    if let Some(verbatim) = &answer.verbatim {
        return stream(call, Framing::Converse, verbatim.chunks());
    }
    let reply = converse_reply(call, answer)?;
    let mut events = converse::chunks(&reply, &call.model_id);
    // Streams have them in their last event, whole answers at the top.
    if let Some(Value::Object(metadata)) = events.last_mut().and_then(|event| event.get_mut("metadata")) {
        metadata.extend(echoed_members(call));
    }
    stream(call, Framing::Converse, &events)
}

/// InvokeModel.
pub(super) fn invoke(call: &Call, answer: &Answer) -> Result<Product, ServiceError> {
    let product = if let Some(verbatim) = &answer.verbatim {
        Product::json(verbatim.whole())
    } else if let Some(numbers) = formats::vectors::answer(&call.model_id, &call.json) {
        numbers_product(numbers?)
    } else {
        let format = format_of(call)?;
        let reply = model::reply(&(format.read)(&call.json)?, answer, &call.model_id, &call.body);
        reply_product(&reply, (format.whole)(&reply, &call.model_id))
    };
    Ok(with_echoed_headers(call, product))
}

/// InvokeModelWithResponseStream.
pub(super) fn invoke_stream(call: &Call, answer: &Answer) -> Result<Product, ServiceError> {
    let product = if let Some(verbatim) = &answer.verbatim {
        stream(call, Framing::Invoke, verbatim.chunks())?
    } else if formats::vectors::answer(&call.model_id, &call.json).is_some() {
        return Err(ServiceError::validation("The model is unsupported for streaming."));
    } else {
        let format = format_of(call)?;
        let reply = model::reply(&(format.read)(&call.json)?, answer, &call.model_id, &call.body);
        stream(call, Framing::Invoke, &(format.chunks)(&reply, &call.model_id))?
    };
    Ok(with_echoed_headers(call, product))
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
            let format = formats::of_model(&call.model_id, &body);
            let format = format.ok_or_else(|| {
                ServiceError::validation("The provided model doesn't support counting tokens.")
            })?;
            (format.read)(&body)?.input_tokens
        }
        _ => return Err(ServiceError::validation("input must have one of converse and invokeModel.")),
    };
    Ok(json!({"inputTokens": count}))
}

fn converse_reply(call: &Call, answer: &Answer) -> Result<Reply, ServiceError> {
    Ok(model::reply(&converse::read(&call.json)?, answer, &call.model_id, &call.body))
}

fn echoed_members(call: &Call) -> impl Iterator<Item = (String, Value)> {
    ECHOED_MEMBERS.iter().filter_map(|key| Some(((*key).to_owned(), call.json.get(key)?.clone())))
}

fn with_echoed_headers(call: &Call, mut product: Product) -> Product {
    let echoed =
        ECHOED_HEADERS.iter().filter_map(|name| Some((*name, call.head.headers.get(*name)?.clone())));
    product.headers_mut().extend(echoed.map(|(name, value)| (HeaderName::from_static(name), value)));
    product
}

fn format_of(call: &Call) -> Result<&'static Format, ServiceError> {
    let format = formats::of_model(&call.model_id, &call.json);
    format.ok_or_else(|| ServiceError::validation("The provided model identifier is invalid."))
}

fn reply_product(reply: &Reply, whole: Value) -> Product {
    let mut product = Product::json(whole);
    for (name, count) in [
        // Of InvokeModel alone: streams and Converse were never recorded with counts in headers.
        ("x-amzn-bedrock-input-token-count", reply.input_tokens),
        ("x-amzn-bedrock-output-token-count", reply.output_tokens),
        ("x-amzn-bedrock-invocation-latency", reply.latency()),
    ] {
        product.headers_mut().insert(name, HeaderValue::from(count));
    }
    product
}

fn numbers_product(numbers: Numbers) -> Product {
    let mut product = Product::json(numbers.body);
    let headers = product.headers_mut();
    // Rankings have this header alone, as recorded.
    headers.insert("x-amzn-bedrock-invocation-latency", HeaderValue::from(40));
    if let Some(count) = numbers.input_tokens {
        headers.insert("x-amzn-bedrock-input-token-count", HeaderValue::from(count));
    }
    product
}

fn stream(call: &Call, framing: Framing, chunks: &[Value]) -> Result<Product, ServiceError> {
    Product::chunks(chunks, framing, &sha256(&call.body))
}
