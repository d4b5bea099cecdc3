//! InvokeModelWithResponseStream: one request in the model's own format, its answer as it is written.
//!
//! Not for the formats themselves, nor for reading the stream.

use bedrock_aggregate::Framing;
use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{PerformanceConfigLatency, ServiceTierType};
use bedrock_formats::invoke::{InvokeModelWithResponseStreamRequest, Trace};

use super::invoke_model::native_settings;
use crate::call::{Call, Options, sealed, to_model};
use crate::native::NativeBody;
use crate::stream::{AnswerStream, ReadSettings, open};
use crate::{Client, Error};

/// The operation InvokeModelWithResponseStream: see [`Client::invoke_model_with_response_stream`].
#[derive(Debug, Clone)]
pub struct InvokeModelWithResponseStream {
    model_id: String,
    body: NativeBody,
    headers: InvokeModelWithResponseStreamRequest,
    format: Option<String>,
    stop_at_malformed: bool,
}

impl Client {
    /// Sends a model a request in its own format, and gives its answer while the model writes it.
    ///
    /// Events are the same for every format. Which format it is, is found out by the model id and by what arrives, or
    /// said with [`format`](Call::format). When the stream is there, and what happens when it breaks off, is as for
    /// [`converse_stream`](Self::converse_stream).
    ///
    /// ```no_run
    /// use std::io::Write;
    /// # use bedrock_client::Event;
    /// use bedrock_client::formats::anthropic::Message;
    /// use serde_json::json;
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let body = json!({
    ///     "anthropic_version": "bedrock-2023-05-31",
    ///     "max_tokens": 500,
    ///     "messages": [{"role": "user", "content": "Why is the sky blue?"}],
    /// });
    /// let model = "anthropic.claude-3-haiku-20240307-v1:0";
    /// let mut answer = client.invoke_model_with_response_stream(model, body).await?;
    /// while let Some(event) = answer.next().await {
    ///     if let Event::TextDelta(text) = event? {
    ///         print!("{text}");
    ///         std::io::stdout().flush().ok();
    ///     }
    /// }
    /// let answer = answer.finish()?;
    /// let message: Option<&Message> = answer.native_as(); // what InvokeModel would have answered
    /// # let _ = message; Ok(()) }
    /// ```
    pub fn invoke_model_with_response_stream(
        &self,
        model_id: impl Into<String>,
        body: impl Into<NativeBody>,
    ) -> Call<InvokeModelWithResponseStream> {
        let operation = InvokeModelWithResponseStream {
            model_id: model_id.into(),
            body: body.into(),
            headers: InvokeModelWithResponseStreamRequest::default().content_type("application/json"),
            format: None,
            stop_at_malformed: false,
        };
        Call::new(self, operation)
    }
}

#[codegen_at_use]
impl sealed::Run for InvokeModelWithResponseStream {
    type Output = AnswerStream;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let request =
            to_model("InvokeModelWithResponseStream", &self.model_id, "invoke-with-response-stream")?;
        let mut request = request.body(self.body.into_bytes()?);
        for (name, value) in self.headers.headers() {
            request = request.header(name, value)?;
        }
        let settings = ReadSettings {
            format: self.format,
            registry: client.registry().clone(),
            model_id: self.model_id,
            stop_at_malformed: self.stop_at_malformed,
            max_bytes: options.max_response_bytes,
            max_held: options.max_answer_bytes,
        };
        open(&client, &options.apply(request)?, Framing::EventStream, &settings).await
    }
}

native_settings!(InvokeModelWithResponseStream);

/// The settings of InvokeModelWithResponseStream alone.
#[codegen_at_use]
impl Call<InvokeModelWithResponseStream> {
    /// Makes a chunk that cannot be parsed the end of the stream. Otherwise it is kept in the answer, which is then not
    /// complete, and the stream goes on.
    pub fn stop_at_malformed(self) -> Self {
        self.set(|operation| operation.stop_at_malformed = true)
    }
}
