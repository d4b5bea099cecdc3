//! AWS's SDK, as a program that knows it well would use it: the peer of the benches on whole messages. It collects what a
//! message has, no more and no less than ours.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;

use aws_sdk_bedrockruntime::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_bedrockruntime::primitives::event_stream::EventReceiver;
use aws_sdk_bedrockruntime::types::error::{ConverseStreamOutputError, ResponseStreamError};
use aws_sdk_bedrockruntime::types::{
    ContentBlockDelta, ContentBlockStart, ConversationRole, ConverseStreamOutput, Message, ResponseStream,
    StopReason, TokenUsage,
};
use aws_sdk_bedrockruntime::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::StreamBody;

/// Answers every request with the same pieces, out of memory.
#[derive(Clone)]
pub(crate) struct InMemory(pub(crate) Vec<Bytes>);

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InMemory")
    }
}

impl HttpConnector for InMemory {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        let frames =
            self.0.clone().into_iter().map(|piece| Ok::<_, Infallible>(http_body::Frame::data(piece)));
        let body = SdkBody::from_body_1_x(StreamBody::new(stream::iter(frames)));
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().expect("a status"), body)))
    }
}

impl HttpClient for InMemory {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The SDK's client, which gets these pieces for an answer.
pub(crate) fn in_memory(pieces: Vec<Bytes>) -> Client {
    Client::from_conf(config().http_client(InMemory(pieces)).build())
}

/// The SDK's client of an endpoint, over the HTTP client that it brings by default; the endpoint needs no TLS.
pub(crate) fn over_http(url: &str) -> Client {
    let http = aws_smithy_http_client::Builder::new().build_http();
    Client::from_conf(config().endpoint_url(url).http_client(http).build())
}

fn config() -> Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE", None, None, "bench"))
}

/// A message as it is put together by hand from the SDK's events.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) role: Option<ConversationRole>,
    pub(crate) text: String,
    pub(crate) tools: Vec<(String, String, serde_json::Value)>,
    pub(crate) stop: Option<StopReason>,
    pub(crate) usage: Option<TokenUsage>,
}

pub(crate) type ConverseReceiver = EventReceiver<ConverseStreamOutput, ConverseStreamOutputError>;

/// Begins to converse; the response's head has arrived.
pub(crate) async fn converse(client: &Client, model_id: &str) -> ConverseReceiver {
    let question = aws_sdk_bedrockruntime::types::ContentBlock::Text("Why is the sky blue?".to_owned());
    let message =
        Message::builder().role(ConversationRole::User).content(question).build().expect("a whole message");
    let answer = client.converse_stream().model_id(model_id).messages(message).send().await;
    answer.expect("an answer").stream
}

/// Reads an answer of ConverseStream to its end.
pub(crate) async fn collect(stream: &mut ConverseReceiver, mut on_event: impl FnMut(&str)) -> Collected {
    let mut message = Collected::default();
    let mut input = String::new();
    while let Some(event) = stream.recv().await.expect("the workload is sound") {
        match event {
            ConverseStreamOutput::MessageStart(start) => message.role = Some(start.role),
            ConverseStreamOutput::ContentBlockStart(start) => {
                if let Some(ContentBlockStart::ToolUse(call)) = start.start {
                    message.tools.push((call.tool_use_id, call.name, serde_json::Value::Null));
                }
            }
            ConverseStreamOutput::ContentBlockDelta(delta) => match delta.delta {
                Some(ContentBlockDelta::Text(text)) => {
                    on_event(&text);
                    message.text.push_str(&text);
                }
                Some(ContentBlockDelta::ToolUse(delta)) => {
                    on_event(&delta.input);
                    input.push_str(&delta.input);
                }
                _ => {}
            },
            ConverseStreamOutput::ContentBlockStop(_) => {
                if let Some(call) = message.tools.last_mut() {
                    call.2 = serde_json::from_str(&input).expect("the workload's input is JSON");
                    input.clear();
                }
            }
            ConverseStreamOutput::MessageStop(stop) => message.stop = Some(stop.stop_reason),
            ConverseStreamOutput::Metadata(metadata) => message.usage = metadata.usage,
            _ => {}
        }
    }
    message
}

pub(crate) type InvokeReceiver = EventReceiver<ResponseStream, ResponseStreamError>;

/// Begins to invoke Claude; the response's head has arrived.
pub(crate) async fn invoke(client: &Client) -> InvokeReceiver {
    let call = client.invoke_model_with_response_stream().model_id("anthropic.claude-v2");
    call.body(aws_sdk_bedrockruntime::primitives::Blob::new("{}")).send().await.expect("an answer").body
}

/// A message of Claude's as it is put together by hand.
#[derive(Debug, Default)]
pub(crate) struct ClaudeMessage {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) text: String,
    pub(crate) thinking: String,
    pub(crate) signature: String,
    pub(crate) tools: Vec<(String, String, String)>,
    pub(crate) stop_reason: Option<String>,
    pub(crate) stop_sequence: Option<String>,
    pub(crate) usage: ClaudeUsage,
    pub(crate) metrics: Option<serde_json::Value>,
}

#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct ClaudeUsage {
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    pub(crate) cache_creation_input_tokens: Option<u64>,
    pub(crate) cache_read_input_tokens: Option<u64>,
}

/// Reads an answer of Claude to its end. The SDK leaves the chunks as bytes: one flat struct for all that they may say,
/// borrowing its strings, is the fastest that serde offers.
pub(crate) async fn collect_claude(
    stream: &mut InvokeReceiver,
    mut on_event: impl FnMut(&str),
) -> ClaudeMessage {
    let mut message = ClaudeMessage::default();
    while let Some(event) = stream.recv().await.expect("the workload is sound") {
        let ResponseStream::Chunk(part) = event else { continue };
        let Some(bytes) = part.bytes else { continue };
        let chunk: ClaudeChunk<'_> = serde_json::from_slice(bytes.as_ref()).expect("the workload is JSON");
        if let Some(start) = chunk.message {
            message.id = start.id.into_owned();
            message.model = start.model.into_owned();
            message.usage = start.usage;
        }
        if let Some(block) = chunk.content_block
            && block.kind == "tool_use"
        {
            let text = |text: Option<Text<'_>>| text.unwrap_or_default().0.into_owned();
            message.tools.push((text(block.id), text(block.name), String::new()));
        }
        if let Some(delta) = chunk.delta {
            collect_delta(&mut message, delta, &mut on_event);
        }
        if let Some(usage) = chunk.usage {
            message.usage.input_tokens = usage.input_tokens.or(message.usage.input_tokens);
            message.usage.output_tokens = usage.output_tokens.or(message.usage.output_tokens);
        }
        message.metrics = chunk.metrics.or(message.metrics);
    }
    message
}

fn collect_delta(message: &mut ClaudeMessage, delta: ClaudeDelta<'_>, mut on_event: impl FnMut(&str)) {
    if let Some(piece) = delta.text {
        on_event(&piece.0);
        message.text.push_str(&piece.0);
    } else if let Some(piece) = delta.partial_json {
        on_event(&piece.0);
        message.tools.iter_mut().last().into_iter().for_each(|(.., input)| input.push_str(&piece.0));
    } else if let Some(piece) = delta.thinking {
        on_event(&piece.0);
        message.thinking.push_str(&piece.0);
    } else if let Some(signature) = delta.signature {
        message.signature = signature.0.into_owned();
    } else {
        message.stop_reason = delta.stop_reason.map(|text| text.0.into_owned());
        message.stop_sequence = delta.stop_sequence.map(|text| text.0.into_owned());
    }
}

/// In an `Option`, serde borrows a text only where it stands in a type of its own.
#[derive(Default, serde::Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(serde::Deserialize)]
struct ClaudeChunk<'a> {
    #[serde(rename = "type", borrow)]
    _kind: Cow<'a, str>,
    #[serde(rename = "index")]
    _index: Option<u64>,
    #[serde(borrow)]
    message: Option<ClaudeStart<'a>>,
    #[serde(borrow)]
    content_block: Option<ClaudeBlock<'a>>,
    #[serde(borrow)]
    delta: Option<ClaudeDelta<'a>>,
    usage: Option<ClaudeUsage>,
    #[serde(rename = "amazon-bedrock-invocationMetrics")]
    metrics: Option<serde_json::Value>,
}

#[derive(serde::Deserialize)]
struct ClaudeStart<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    model: Cow<'a, str>,
    usage: ClaudeUsage,
}

#[derive(serde::Deserialize)]
struct ClaudeBlock<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

#[derive(serde::Deserialize)]
struct ClaudeDelta<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    partial_json: Option<Text<'a>>,
    #[serde(borrow)]
    thinking: Option<Text<'a>>,
    #[serde(borrow)]
    signature: Option<Text<'a>>,
    #[serde(borrow)]
    stop_reason: Option<Text<'a>>,
    #[serde(borrow)]
    stop_sequence: Option<Text<'a>>,
}
