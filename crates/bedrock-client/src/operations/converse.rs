//! Converse: one question to any chat model, its answer whole.
//!
//! Not for the shapes of request and answer, which are `bedrock_formats::converse`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{
    ConverseRequest, ConverseResponse, GuardrailTrace, InferenceConfiguration, Message, OutputConfig,
    PerformanceConfigLatency, PerformanceConfiguration, PromptVariableValues, ServiceTier, ServiceTierType,
    SystemContentBlock, Tool, ToolChoice,
};
use serde_json::Value;

use crate::call::{Call, Options, json, sealed, to_json, to_model};
use crate::response::Response;
use crate::{Client, Error};

/// The operation Converse: see [`Client::converse`].
#[derive(Debug, Clone)]
pub struct Converse {
    pub(super) model_id: String,
    pub(super) request: ConverseRequest,
}

impl Client {
    /// Asks a model, and gives its answer when it is complete.
    ///
    /// The request is a text, a message, the messages of a conversation, or a whole [`ConverseRequest`]; the settings of
    /// [`Call<Converse>`](Call#impl-Call<Converse>) add to it. A model works for minutes at times, and is paid for what
    /// it does even if the caller has stopped waiting: [`converse_stream`](Self::converse_stream) shows that it is alive.
    ///
    /// ```no_run
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let response = client
    ///     .converse("us.amazon.nova-lite-v1:0", "Why is the sky blue?")
    ///     .system_text("Answer in one sentence.")
    ///     .max_tokens(200)
    ///     .await?;
    /// println!("{}", response.text());
    /// println!("{:?}", response.usage);
    /// # Ok(()) }
    /// ```
    pub fn converse(
        &self,
        model_id: impl Into<String>,
        request: impl Into<ConverseRequest>,
    ) -> Call<Converse> {
        Call::new(self, Converse { model_id: model_id.into(), request: request.into() })
    }
}

#[codegen_at_use]
impl sealed::Run for Converse {
    type Output = Response<ConverseResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let request = to_model("Converse", &self.model_id, "converse")?.json(to_json(&self.request)?);
        json(&client, &options, request).await
    }
}

/// The settings that Converse and ConverseStream share, all of which end up in the request's body.
macro_rules! conversation_settings {
    ($operation:ident, $request:ident) => {
        #[doc = concat!("The settings of ", stringify!($operation), ". Each adds to the request that it was given.")]
        #[codegen_at_use]
        impl Call<$operation> {
            /// Changes the request itself: for what has no setting of its own here.
            pub fn request(self, change: impl FnOnce($request) -> $request) -> Self {
                self.set(|operation| operation.request = change(std::mem::take(&mut operation.request)))
            }

            /// Adds a message at the end of the conversation.
            pub fn message(self, message: impl Into<Message>) -> Self {
                self.request(|request| request.message(message))
            }

            /// Adds a text to the instructions that stand over the whole conversation.
            pub fn system_text(self, text: impl Into<String>) -> Self {
                self.request(|request| request.system_text(text))
            }

            /// Sets the instructions that stand over the whole conversation.
            pub fn system(self, blocks: impl IntoIterator<Item = impl Into<SystemContentBlock>>) -> Self {
                let blocks: Vec<_> = blocks.into_iter().map(Into::into).collect();
                self.request(|request| request.system(blocks))
            }

            /// Sets how much to say and how freely, all at once.
            pub fn inference_config(self, config: InferenceConfiguration) -> Self {
                self.request(|request| request.inference_config(config))
            }

            /// The most tokens to generate, at least 1.
            pub fn max_tokens(self, tokens: u64) -> Self {
                self.request(|request| request.max_tokens(tokens))
            }

            /// How freely the next word is chosen: 0 (always the likeliest) to 1.
            pub fn temperature(self, temperature: f64) -> Self {
                self.request(|request| request.temperature(temperature))
            }

            /// Choose among the likeliest words whose probabilities add up to this: 0 to 1.
            pub fn top_p(self, top_p: f64) -> Self {
                self.request(|request| request.top_p(top_p))
            }

            /// Adds a text that ends the answer where the model writes it.
            pub fn stop_sequence(self, text: impl Into<String>) -> Self {
                self.request(|request| request.stop_sequence(text))
            }

            /// Adds a tool that the model may call.
            pub fn tool(self, tool: impl Into<Tool>) -> Self {
                self.request(|request| request.tool(tool))
            }

            /// Sets which tool the model is to call.
            pub fn tool_choice(self, choice: ToolChoice) -> Self {
                self.request(|request| request.tool_choice(choice))
            }

            /// Has a guardrail look at question and answer: its id or ARN, and its version (a number or `DRAFT`).
            pub fn guardrail(self, identifier: impl Into<String>, version: impl Into<String>) -> Self {
                self.request(|request| request.guardrail(identifier, version))
            }

            /// Whether the answer says what the guardrail found.
            pub fn guardrail_trace(self, trace: GuardrailTrace) -> Self {
                self.set(|operation| {
                    operation.request.guardrail_config.get_or_insert_default().trace = Some(trace);
                })
            }

            /// Sets one field of the model's own request format, such as `top_k`. A field that the model does not know is
            /// refused.
            pub fn additional_field(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
                self.request(|request| request.additional_field(name, value))
            }

            /// Sets the fields of the model's own request format, all at once: a JSON object.
            pub fn additional_fields(self, fields: Value) -> Self {
                self.request(|request| request.additional_model_request_fields(fields))
            }

            /// Has the answer bring what a JSON pointer, such as `/stop_sequence`, finds in the model's own answer. At most
            /// 10, each at most 256 characters.
            pub fn response_field(self, pointer: impl Into<String>) -> Self {
                let pointer = pointer.into();
                self.set(|operation| {
                    let paths = &mut operation.request.additional_model_response_field_paths;
                    paths.get_or_insert_default().push(pointer);
                })
            }

            /// Sets a variable of a stored prompt, whose ARN stands for the model.
            pub fn prompt_variable(self, name: impl Into<String>, text: impl Into<String>) -> Self {
                let (name, text) = (name.into(), text.into());
                self.set(|operation| {
                    let variables = operation.request.prompt_variables.get_or_insert_default();
                    variables.insert(name, PromptVariableValues::Text(text));
                })
            }

            /// Adds a label for the invocation log: a name of 1 to 256 characters, a value of at most 256.
            pub fn metadata(self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.request(|request| request.metadata(name, value))
            }

            /// Which latency the model runs at.
            pub fn latency(self, latency: PerformanceConfigLatency) -> Self {
                self.request(|request| request.performance_config(PerformanceConfiguration::from(latency)))
            }

            /// Which tier the request is served in.
            pub fn service_tier(self, tier: ServiceTierType) -> Self {
                self.request(|request| request.service_tier(ServiceTier::from(tier)))
            }

            /// Has the answer's text be JSON of this schema, where the model supports it. Objects in the schema need
            /// `additionalProperties: false`.
            pub fn json_schema(self, name: impl Into<String>, schema: &Value) -> Self {
                self.request(|request| request.json_schema(name, schema))
            }

            /// How hard the model thinks, `low` to `max`; each model has its own list.
            pub fn effort(self, effort: impl Into<String>) -> Self {
                let effort = effort.into();
                self.set(|operation| {
                    let config: &mut OutputConfig = operation.request.output_config.get_or_insert_default();
                    config.effort = Some(effort);
                })
            }
        }
    };
}

pub(super) use conversation_settings;

conversation_settings!(Converse, ConverseRequest);
