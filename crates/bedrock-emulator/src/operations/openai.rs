//! Chat Completions, Responses and Messages by the addresses that OpenAI and Anthropic gave them: on the runtime and on
//! Mantle. Streams are server-sent events.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::digest::sha256;
use crate::error::ServiceError;
use crate::exchange::Call;
use crate::formats::{self, openai_chat, openai_responses};
use crate::model::{self, ModelRequest, Reply};
use crate::script::Answer;
use crate::sending::{Framing, Product};

/// Chat Completions.
pub(super) fn chat_completions(call: &Call, answer: &Answer) -> Result<Product, ServiceError> {
    if let Some(product) = verbatim(call, answer, Framing::OpenAiEvents) {
        return product;
    }
    let model_id = model_of(call)?;
    let reply = reply(call, answer, &openai_chat::read(&call.json)?);
    if !is_streamed(call) {
        return Ok(Product::json(openai_chat::whole(&reply, model_id)));
    }
    let mut chunks = openai_chat::chunks(&reply, model_id);
    if call.json["stream_options"]["include_usage"] == true && !reply.quirks.no_metadata {
        chunks.push(openai_chat::usage_chunk(&reply, model_id));
    }
    let mut product = stream(call, Framing::OpenAiEvents, &chunks)?;
    if let Product::Stream { frames, .. } = &mut product {
        // Chat Completions end so; Messages and Responses do not. Scripted
        // chunks go out without it.
        frames.push(Bytes::from_static(b"data: [DONE]\n\n"));
    }
    Ok(product)
}

/// Responses.
pub(super) fn responses(call: &Call, answer: &Answer) -> Result<Product, ServiceError> {
    if let Some(product) = verbatim(call, answer, Framing::OpenAiEvents) {
        return product;
    }
    let model_id = model_of(call)?;
    let reply = reply(call, answer, &openai_responses::read(&call.json)?);
    if is_streamed(call) {
        return stream(call, Framing::OpenAiEvents, &openai_responses::events(&reply, model_id));
    }
    Ok(Product::json(openai_responses::whole(&reply, model_id)))
}

/// Messages.
pub(super) fn messages(call: &Call, answer: &Answer) -> Result<Product, ServiceError> {
    if let Some(product) = verbatim(call, answer, Framing::AnthropicEvents) {
        return product;
    }
    let model_id = model_of(call)?;
    let body = as_invoked(&call.json);
    // By its vendor, since ids on Mantle have no version, and may be anything in a test.
    let format = formats::of_model("anthropic.", &body);
    let format =
        format.ok_or_else(|| ServiceError::new("InternalFailure", "There is no format for messages."))?;
    let reply = reply(call, answer, &(format.read)(&body)?);
    if !is_streamed(call) {
        return Ok(Product::json((format.whole)(&reply, model_id)));
    }
    let mut chunks = (format.chunks)(&reply, model_id);
    // Only InvokeModel adds metrics.
    if let Some(Value::Object(last)) = chunks.last_mut() {
        last.shift_remove(formats::METRICS);
    }
    stream(call, Framing::AnthropicEvents, &chunks)
}

/// The answer as it is scripted, if it is scripted whole.
fn verbatim(call: &Call, answer: &Answer, framing: Framing) -> Option<Result<Product, ServiceError>> {
    let verbatim = answer.verbatim.as_ref()?;
    Some(if is_streamed(call) {
        stream(call, framing, verbatim.chunks())
    } else {
        Ok(Product::json(verbatim.whole()))
    })
}

fn is_streamed(call: &Call) -> bool {
    call.json["stream"] == true
}

fn model_of(call: &Call) -> Result<&str, ServiceError> {
    if call.model_id.is_empty() {
        return Err(ServiceError::validation("model: Field required"));
    }
    Ok(&call.model_id)
}

fn reply(call: &Call, answer: &Answer, request: &ModelRequest) -> Reply {
    model::reply(request, answer, &call.model_id, &call.body)
}

fn stream(call: &Call, framing: Framing, chunks: &[Value]) -> Result<Product, ServiceError> {
    Product::chunks(chunks, framing, &sha256(&call.body))
}

/// The body as InvokeModel takes it: without model and `stream`, which its address says, and with a version.
fn as_invoked(body: &Value) -> Value {
    let mut body = body.clone();
    if let Value::Object(members) = &mut body {
        members.shift_remove("model");
        members.shift_remove("stream");
        members.entry("anthropic_version").or_insert(json!("bedrock-2023-05-31"));
    }
    body
}
