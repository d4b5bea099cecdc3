//! ConverseStream: one question to any chat model, its answer as it is written.
//!
//! Not for the shapes of request and events, which are `bedrock_formats::converse`, nor for reading the stream.

use bedrock_aggregate::{Format, Framing};
use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{
    ConverseStreamRequest, GuardrailStreamProcessingMode, GuardrailTrace, InferenceConfiguration, Message,
    OutputConfig, PerformanceConfigLatency, PerformanceConfiguration, PromptVariableValues, ServiceTier,
    ServiceTierType, SystemContentBlock, Tool, ToolChoice,
};
use serde_json::Value;

use super::converse::conversation_settings;
use crate::call::{Call, Options, sealed, to_json, to_model};
use crate::stream::{AnswerStream, ReadSettings, open};
use crate::{Client, Error};

/// The operation ConverseStream: see [`Client::converse_stream`].
#[derive(Debug, Clone)]
pub struct ConverseStream {
    model_id: String,
    request: ConverseStreamRequest,
    stop_at_malformed: bool,
}

impl Client {
    /// Asks a model, and gives its answer while the model writes it.
    ///
    /// The request is a text, a message, the messages of a conversation, or a whole [`ConverseStreamRequest`] (or a
    /// `ConverseRequest` turned into one); the settings of [`Call<ConverseStream>`](Call#impl-Call<ConverseStream>) add to
    /// it.
    ///
    /// The stream is there when more than its [announcement](bedrock_aggregate::Reader::has_arrived) is. Until then it may be
    /// asked for again, also when the service brings its refusal in the first frame ([what is sent again](crate::retry_class));
    /// from then on what arrived is yours, and an error brings it along ([`Error::partial`]).
    ///
    /// ```no_run
    /// use std::io::Write;
    /// # use bedrock_client::Event;
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let mut answer = client
    ///     .converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?")
    ///     .max_tokens(500)
    ///     .idle_timeout(std::time::Duration::from_secs(60))
    ///     .await?;
    /// while let Some(event) = answer.next().await {
    ///     if let Event::TextDelta(text) = event? {
    ///         print!("{text}");
    ///         std::io::stdout().flush().ok();
    ///     }
    /// }
    /// let message = answer.finish()?;
    /// # let _ = message; Ok(()) }
    /// ```
    pub fn converse_stream(
        &self,
        model_id: impl Into<String>,
        request: impl Into<ConverseStreamRequest>,
    ) -> Call<ConverseStream> {
        Call::new(self, ConverseStream::new(model_id.into(), request.into()))
    }
}

#[codegen_at_use]
impl ConverseStream {
    pub(super) fn new(model_id: String, request: ConverseStreamRequest) -> Self {
        Self { model_id, request, stop_at_malformed: false }
    }
}

#[codegen_at_use]
impl sealed::Run for ConverseStream {
    type Output = AnswerStream;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let request =
            to_model("ConverseStream", &self.model_id, "converse-stream")?.json(to_json(&self.request)?);
        let settings = ReadSettings {
            format: Some(Format::CONVERSE.name().to_owned()),
            registry: client.registry_of(Format::CONVERSE),
            model_id: self.model_id,
            stop_at_malformed: self.stop_at_malformed,
            max_bytes: options.max_response_bytes,
            max_held: options.max_answer_bytes,
        };
        open(&client, &options.apply(request)?, Framing::EventStream, &settings).await
    }
}

conversation_settings!(ConverseStream, ConverseStreamRequest);

/// The settings of ConverseStream alone.
#[codegen_at_use]
impl Call<ConverseStream> {
    /// Whether text waits for the guardrail.
    pub fn guardrail_mode(self, mode: GuardrailStreamProcessingMode) -> Self {
        self.set(|operation| {
            operation.request.guardrail_config.get_or_insert_default().stream_processing_mode = Some(mode);
        })
    }

    /// Makes an event that cannot be parsed the end of the stream. Otherwise it is kept in the answer, which is then not
    /// complete, and the stream goes on.
    pub fn stop_at_malformed(self) -> Self {
        self.set(|operation| operation.stop_at_malformed = true)
    }
}
