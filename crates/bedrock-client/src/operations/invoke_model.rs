//! InvokeModel: one request in the model's own format, its answer whole.
//!
//! Not for the formats themselves; `bedrock_formats` has the types of many.

use std::sync::Arc;
use std::time::Duration;

use bedrock_aggregate::{Answer, EventSink, Framing, Reader, Registry};
use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{PerformanceConfigLatency, ServiceTierType};
use bedrock_formats::invoke::{InvokeModelRequest, InvokeModelResponse, Trace};
use bedrock_formats::reply::Usage;
use bedrock_http::RetryClass;
use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::call::{Call, Options, read_json, sealed, to_model, whole};
use crate::error::excerpt;
use crate::gate::clean_answer;
use crate::native::NativeBody;
use crate::response::Head;
use crate::{Client, Error, ErrorKind};

/// The operation InvokeModel: see [`Client::invoke_model`].
#[derive(Debug, Clone)]
pub struct InvokeModel {
    model_id: String,
    body: NativeBody,
    headers: InvokeModelRequest,
    format: Option<String>,
}

impl Client {
    /// Sends a model a request in its own format, and gives its answer when it is complete.
    ///
    /// ```no_run
    /// use bedrock_client::formats::anthropic::{Message, MessagesRequest};
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let request = MessagesRequest::user("Why is the sky blue?").max_tokens(500);
    /// let response = client.invoke_model("anthropic.claude-3-haiku-20240307-v1:0", request).await?;
    ///
    /// let message: Message = response.json()?; // the model's own answer
    /// let answer = response.answer()?;         // the same in the vocabulary that all models share
    /// println!("{}", answer.text());
    /// # let _ = message; Ok(()) }
    /// ```
    pub fn invoke_model(
        &self,
        model_id: impl Into<String>,
        body: impl Into<NativeBody>,
    ) -> Call<InvokeModel> {
        // botocore sends none unless asked; models of JSON want one.
        let headers = InvokeModelRequest::default().content_type("application/json");
        Call::new(self, InvokeModel { model_id: model_id.into(), body: body.into(), headers, format: None })
    }
}

#[codegen_at_use]
impl sealed::Run for InvokeModel {
    type Output = ModelResponse;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let mut request = to_model("InvokeModel", &self.model_id, "invoke")?.body(self.body.into_bytes()?);
        for (name, value) in self.headers.headers() {
            request = request.header(name, value)?;
        }
        let (head, body) = whole(&client, &options, request).await?;
        let headers = InvokeModelResponse::from_headers(|name| head.header(name));
        let registry = client.registry().clone();
        Ok(ModelResponse { body, head, headers, model_id: self.model_id, format: self.format, registry })
    }
}

/// The settings that both native operations share: what travels in headers, and how the answer is read.
macro_rules! native_settings {
    ($operation:ident) => {
        #[doc = concat!("The settings of ", stringify!($operation), ", which travel in headers.")]
        #[codegen_at_use]
        impl Call<$operation> {
            /// What the body is. Default `application/json`.
            pub fn content_type(self, media_type: impl Into<String>) -> Self {
                self.set(|operation| operation.headers.content_type = Some(media_type.into()))
            }

            /// What the answer is to be, as `image/png`.
            pub fn accept(self, media_type: impl Into<String>) -> Self {
                self.set(|operation| operation.headers.accept = Some(media_type.into()))
            }

            /// Whether the answer says what the guardrail found.
            pub fn trace(self, trace: Trace) -> Self {
                self.set(|operation| operation.headers.trace = Some(trace))
            }

            /// Has a guardrail look at question and answer: its id or ARN, and its version (a number or `DRAFT`).
            pub fn guardrail(self, identifier: impl Into<String>, version: impl Into<String>) -> Self {
                self.set(|operation| {
                    operation.headers.guardrail_identifier = Some(identifier.into());
                    operation.headers.guardrail_version = Some(version.into());
                })
            }

            /// Which latency the model runs at.
            pub fn latency(self, latency: PerformanceConfigLatency) -> Self {
                self.set(|operation| operation.headers.performance_config_latency = Some(latency))
            }

            /// Which tier the request is served in.
            pub fn service_tier(self, tier: ServiceTierType) -> Self {
                self.set(|operation| operation.headers.service_tier = Some(tier))
            }

            /// Sets the labels for the invocation log: names and values. As JSON they may have 8500 characters, of which one
            /// outside of ASCII takes six.
            pub fn metadata<K: Into<String>, V: Into<String>>(
                self,
                labels: impl IntoIterator<Item = (K, V)>,
            ) -> Self {
                let labels = labels.into_iter().map(|(name, value)| (name.into(), value.into().into()));
                let labels: serde_json::Map<String, serde_json::Value> = labels.collect();
                let text = crate::call::in_ascii(&serde_json::Value::Object(labels).to_string());
                self.set(|operation| operation.headers.request_metadata = Some(text))
            }

            /// Says which format the answer is in, by its name in the registry. Otherwise it is found out by the model id
            /// and by what arrives.
            pub fn format(self, name: impl Into<String>) -> Self {
                self.set(|operation| operation.format = Some(name.into()))
            }
        }
    };
}

pub(super) use native_settings;

native_settings!(InvokeModel);

/// A model's own answer, as it came, unless it quotes what was sent as a secret: that is masked in errors and counts, for which
/// the JSON is written anew, and anywhere in a body that is no JSON. Pictures, sounds, films and bytes are not looked at.
///
/// ```no_run
/// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
/// use serde_json::{Value, json};
///
/// let body = json!({"inputText": "Why is the sky blue?"});
/// let response = client.invoke_model("amazon.titan-embed-text-v2:0", body).await?;
/// let embedding: Value = response.json()?;
/// println!("{} after {:?}", embedding["embedding"], response.invocation_latency());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct ModelResponse {
    body: Bytes,
    head: Head,
    headers: InvokeModelResponse,
    model_id: String,
    format: Option<String>,
    registry: Registry,
}

#[codegen_at_use]
impl ModelResponse {
    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body alone.
    #[must_use]
    pub fn into_body(self) -> Bytes {
        self.body
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Malformed`] when it is not JSON, or not of this type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        read_json(&self.head, &self.body)
    }

    /// The answer in its format's own type and in the vocabulary that all formats share.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownFormat`] when no format recognises it, as the answers of models that do not chat;
    /// [`ErrorKind::Malformed`] when it is not JSON; [`ErrorKind::Usage`] when the format that the call asked for is not
    /// known.
    pub fn answer(&self) -> Result<Answer, Error> {
        let of_this = |error: Error| error.of_response(&self.head);
        let mut reader =
            Reader::of(Framing::Json, self.registry.clone()).with_model_id(self.model_id.as_str());
        if let Some(format) = &self.format {
            reader = reader.with_format(format).map_err(|error| of_this(Error::usage(error.to_string())))?;
        }
        // A document is read when it has ended: pushing only collects it.
        // The body is in memory already: its limit was that of the response.
        let mut reader = reader.with_max_bytes(u64::MAX).with_max_held(usize::MAX);
        let pushed = reader.push(&self.body, &mut EventSink::none());
        let answer = match reader.finish(&mut EventSink::none()) {
            Ok(mut answer) => {
                clean_answer(&self.head.redactor, &self.registry, &mut answer);
                answer
            }
            Err(undecided) => {
                let answer = Arc::new(Answer::from(undecided.clone()));
                let error = Error::new(ErrorKind::UnknownFormat, RetryClass::Final, undecided.to_string());
                return Err(of_this(error.with_source(undecided).with_partial(answer)));
            }
        };
        match answer.completeness.missing() {
            None if pushed.is_ok() => Ok(answer),
            missing => {
                let what = missing.map_or_else(|| "it breaks off".to_owned(), ToString::to_string);
                let message =
                    format!("the response is no answer ({what}); it begins: {}", excerpt(&self.body));
                Err(of_this(Error::malformed(message, self.body.clone()).with_partial(Arc::new(answer))))
            }
        }
    }

    /// The head of the HTTP response.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The service's id of the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.head.request_id.as_deref()
    }

    /// How many requests were sent to get this response.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.head.attempts
    }

    /// What the body is.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.headers.content_type.as_deref()
    }

    /// Which latency the model ran at.
    #[must_use]
    pub fn latency(&self) -> Option<&PerformanceConfigLatency> {
        self.headers.performance_config_latency.as_ref()
    }

    /// Which tier the request was served in.
    #[must_use]
    pub fn service_tier(&self) -> Option<&ServiceTierType> {
        self.headers.service_tier.as_ref()
    }

    /// How long the model worked, as Bedrock measured it.
    #[must_use]
    pub fn invocation_latency(&self) -> Option<Duration> {
        self.head.number("x-amzn-bedrock-invocation-latency").map(Duration::from_millis)
    }

    /// The token counts that Bedrock gives in headers, beside those in the body: all of them for models that write text,
    /// the input alone for embeddings, none for reranking.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let mut usage = Usage::default();
        usage.input_tokens = self.head.number("x-amzn-bedrock-input-token-count");
        usage.output_tokens = self.head.number("x-amzn-bedrock-output-token-count");
        usage.cache_read_input_tokens = self.head.number("x-amzn-bedrock-cache-read-input-token-count");
        usage.cache_write_input_tokens = self.head.number("x-amzn-bedrock-cache-write-input-token-count");
        usage.some()
    }
}
