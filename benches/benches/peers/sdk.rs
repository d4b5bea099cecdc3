//! AWS's SDK, as a program that knows it well would use it: the peer of the benches on whole messages.

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
pub(crate) async fn collect(stream: &mut ConverseReceiver, mut hear: impl FnMut(&str)) -> Collected {
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
                    hear(&text);
                    message.text.push_str(&text);
                }
                Some(ContentBlockDelta::ToolUse(delta)) => {
                    hear(&delta.input);
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

/// Reads an answer of Claude to its end. The SDK leaves the chunks as bytes: one flat struct for all of them is the
/// fastest that serde offers.
pub(crate) async fn collect_claude(stream: &mut InvokeReceiver, mut hear: impl FnMut(&str)) -> (String, u64) {
    #[derive(serde::Deserialize)]
    struct Chunk<'a> {
        #[serde(rename = "type", borrow)]
        _kind: std::borrow::Cow<'a, str>,
        #[serde(borrow)]
        delta: Option<Delta<'a>>,
        usage: Option<Usage>,
    }
    #[derive(serde::Deserialize)]
    struct Delta<'a> {
        #[serde(borrow)]
        text: Option<std::borrow::Cow<'a, str>>,
    }
    #[derive(serde::Deserialize)]
    struct Usage {
        output_tokens: u64,
    }
    let mut text = String::new();
    let mut tokens = 0;
    while let Some(event) = stream.recv().await.expect("the workload is sound") {
        let ResponseStream::Chunk(part) = event else { continue };
        let Some(bytes) = part.bytes else { continue };
        let chunk: Chunk<'_> = serde_json::from_slice(bytes.as_ref()).expect("the workload is JSON");
        if let Some(piece) = chunk.delta.and_then(|delta| delta.text) {
            hear(&piece);
            text.push_str(&piece);
        }
        tokens = chunk.usage.map_or(tokens, |usage| usage.output_tokens);
    }
    (text, tokens)
}
