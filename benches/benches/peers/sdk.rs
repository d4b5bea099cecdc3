//! AWS's SDK, as a program that knows it well would use it: the peer of the benches on whole messages. What it leaves as bytes
//! is read as `typed` does.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

pub(crate) use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::Config;
use aws_sdk_bedrockruntime::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_bedrockruntime::primitives::event_stream::EventReceiver;
use aws_sdk_bedrockruntime::types::error::{ConverseStreamOutputError, ResponseStreamError};
use aws_sdk_bedrockruntime::types::{
    ContentBlockDelta, ContentBlockStart, ConversationRole, ConverseStreamOutput, Message, ResponseStream,
    StopReason, TokenUsage,
};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::StreamBody;

use super::typed::Typed;

/// The pieces of a body, one after the other.
pub(crate) type Pieces = Box<dyn Iterator<Item = Bytes> + Send + Sync>;

/// Answers every request with the same pieces, without a socket.
#[derive(Clone)]
struct InMemory(Arc<dyn Fn() -> Pieces + Send + Sync>);

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InMemory")
    }
}

impl HttpConnector for InMemory {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        let frames = (self.0)().map(|piece| Ok::<_, Infallible>(http_body::Frame::data(piece)));
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
    reading(move || Box::new(pieces.clone().into_iter()))
}

/// The SDK's client, which gets for an answer what this makes anew for each.
pub(crate) fn reading(pieces: impl Fn() -> Pieces + Send + Sync + 'static) -> Client {
    Client::from_conf(config().http_client(InMemory(Arc::new(pieces))).build())
}

/// The SDK's client of an endpoint, over the HTTP client that it brings by default; with a certificate it speaks TLS, on the
/// same implementation as ours.
pub(crate) fn over_http(url: &str, certificate: Option<&str>) -> Client {
    let builder = aws_smithy_http_client::Builder::new();
    let http = match certificate {
        None => builder.build_http(),
        Some(pem) => {
            let trusted = TrustStore::empty().with_pem_certificate(pem.as_bytes());
            let context = TlsContext::builder().with_trust_store(trusted).build().expect("a certificate");
            builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context).build_https()
        }
    };
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
pub(crate) async fn collect(
    stream: &mut ConverseReceiver,
    mut on_event: impl FnMut(&str),
) -> Result<Collected, String> {
    let mut message = Collected::default();
    let mut input = String::new();
    while let Some(event) = stream.recv().await.map_err(|error| error.to_string())? {
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
            ConverseStreamOutput::ContentBlockStop(_) if !input.is_empty() => {
                if let Some(call) = message.tools.last_mut() {
                    call.2 = serde_json::from_str(&input).map_err(|error| error.to_string())?;
                    input.clear();
                }
            }
            ConverseStreamOutput::MessageStop(stop) => message.stop = Some(stop.stop_reason),
            ConverseStreamOutput::Metadata(metadata) => message.usage = metadata.usage,
            _ => {}
        }
    }
    Ok(message)
}

pub(crate) type InvokeReceiver = EventReceiver<ResponseStream, ResponseStreamError>;

/// Begins to invoke a model; the response's head has arrived.
pub(crate) async fn invoke(client: &Client) -> InvokeReceiver {
    let call = client.invoke_model_with_response_stream().model_id("anthropic.claude-v2");
    call.body(aws_sdk_bedrockruntime::primitives::Blob::new("{}")).send().await.expect("an answer").body
}

/// Reads an answer of InvokeModelWithResponseStream to its end.
pub(crate) async fn collect_typed<M: Typed>(
    stream: &mut InvokeReceiver,
    mut on_event: impl FnMut(&str),
) -> Result<M, String> {
    let mut message = M::default();
    while let Some(event) = stream.recv().await.map_err(|error| error.to_string())? {
        let ResponseStream::Chunk(part) = event else { continue };
        if let Some(bytes) = part.bytes {
            message.fold(bytes.as_ref(), &mut on_event).map_err(|error| error.to_string())?;
        }
    }
    Ok(message)
}
