//! Chat Completions, Responses and Messages by the addresses that OpenAI and Anthropic gave them: on the runtime and on
//! Mantle. Streams are server-sent events.

use bytes::Bytes;
use serde_json::{Value, json};

use super::Product;
use crate::answer::{Answer, Verbatim};
use crate::auth::sha256;
use crate::error::ServiceError;
use crate::formats::{self, openai_chat, openai_responses};
use crate::frames::Framing;
use crate::model;
use crate::operation::Operation;
use crate::service::Call;

/// Answers one of the three.
pub(super) fn answer(call: &Call, answer: &Answer) -> Result<Product, ServiceError> {
    let streamed = call.json["stream"] == true;
    let framing =
        if call.operation == Operation::Messages { Framing::AnthropicEvents } else { Framing::OpenAiEvents };
    match (&answer.verbatim, streamed) {
        (Some(Verbatim::Chunks(chunks)), true) => return stream(call, framing, chunks),
        (Some(Verbatim::Body(body)), true) => return stream(call, framing, std::slice::from_ref(body)),
        (Some(Verbatim::Chunks(chunks)), false) => {
            return Ok(Product::json(chunks.first().cloned().unwrap_or(Value::Null)));
        }
        (Some(Verbatim::Body(body)), false) => return Ok(Product::json(body.clone())),
        (None, _) => {}
    }
    let model_id = call.model_id();
    if model_id.is_empty() {
        return Err(ServiceError::validation("model: Field required"));
    }
    let reply = |ask: &model::Ask| model::reply(ask, answer, model_id, &call.body);
    match call.operation {
        Operation::Responses => {
            let reply = reply(&openai_responses::read(&call.json)?);
            if streamed {
                return stream(call, framing, &openai_responses::events(&reply, model_id));
            }
            Ok(Product::json(openai_responses::whole(&reply, model_id)))
        }
        Operation::Messages => {
            let body = as_invoked(&call.json);
            let format = formats::of_model("anthropic.", &body);
            let format = format
                .ok_or_else(|| ServiceError::new("InternalFailure", "There is no format for messages."))?;
            let reply = reply(&(format.read)(&body)?);
            if streamed {
                let mut chunks = (format.chunks)(&reply, model_id);
                // Metrics are a habit of InvokeModel.
                if let Some(Value::Object(last)) = chunks.last_mut() {
                    last.shift_remove(formats::METRICS);
                }
                return stream(call, framing, &chunks);
            }
            Ok(Product::json((format.whole)(&reply, model_id)))
        }
        _ => {
            let reply = reply(&openai_chat::read(&call.json)?);
            if !streamed {
                return Ok(Product::json(openai_chat::whole(&reply, model_id)));
            }
            let mut chunks = openai_chat::chunks(&reply, model_id);
            if call.json["stream_options"]["include_usage"] == true && !reply.shape.no_metadata {
                chunks.push(openai_chat::usage_chunk(&reply, model_id));
            }
            let mut product = stream(call, framing, &chunks)?;
            if let Product::Stream { frames, .. } = &mut product {
                frames.push(Bytes::from_static(b"data: [DONE]\n\n"));
            }
            Ok(product)
        }
    }
}

fn stream(call: &Call, framing: Framing, chunks: &[Value]) -> Result<Product, ServiceError> {
    Ok(Product::stream(framing.frames(chunks, &sha256(&call.body))?, framing))
}

/// The body as InvokeModel would have it: the model and the wish for a stream are said elsewhere there, and the version here.
fn as_invoked(body: &Value) -> Value {
    let mut body = body.clone();
    if let Value::Object(members) = &mut body {
        members.shift_remove("model");
        members.shift_remove("stream");
        members.entry("anthropic_version").or_insert(json!("bedrock-2023-05-31"));
    }
    body
}
