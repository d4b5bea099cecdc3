//! Short cuts for both request types: what most requests set, in one call each.
//! Not for: the fields themselves; see `request`.

use serde_json::Value;

use super::{
    ConverseRequest, ConverseStreamRequest, JsonSchemaDefinition, Message, OutputFormat,
    OutputFormatStructure, OutputFormatType, SystemContentBlock, Tool, ToolChoice,
};

/// The same short cuts for both request types.
macro_rules! short_cuts {
    ($($request:ident, $example:literal);* $(;)?) => {$(
        #[doc = concat!("Short cuts for what most requests set. Each adds to what is there.\n\n```\nuse bedrock_formats::converse::", stringify!($request), ";\n\n", $example, "\n```")]
        impl $request {
            /// A request with this conversation and nothing else.
            #[must_use]
            pub fn new<M: Into<Message>>(messages: impl IntoIterator<Item = M>) -> Self {
                Self { messages: Some(messages.into_iter().map(Into::into).collect()), ..Self::default() }
            }

            /// Adds a message at the end of the conversation.
            #[must_use]
            pub fn message(mut self, message: impl Into<Message>) -> Self {
                self.messages.get_or_insert_default().push(message.into());
                self
            }

            /// Adds a text to the instructions.
            #[must_use]
            pub fn system_text(mut self, text: impl Into<String>) -> Self {
                self.system.get_or_insert_default().push(SystemContentBlock::Text(text.into()));
                self
            }

            /// Adds a tool.
            #[must_use]
            pub fn tool(mut self, tool: impl Into<Tool>) -> Self {
                self.tool_config.get_or_insert_default().tools.push(tool.into());
                self
            }

            /// Sets which tool the model is to call.
            #[must_use]
            pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
                self.tool_config.get_or_insert_default().tool_choice = Some(choice);
                self
            }

            /// Sets the most tokens to generate, at least 1.
            #[must_use]
            pub fn max_tokens(mut self, tokens: u64) -> Self {
                self.inference_config.get_or_insert_default().max_tokens = Some(tokens);
                self
            }

            /// Sets how freely the next word is chosen: 0 (always the likeliest) to 1.
            #[must_use]
            pub fn temperature(mut self, temperature: f64) -> Self {
                self.inference_config.get_or_insert_default().temperature = Some(temperature);
                self
            }

            /// Lets the model choose among the likeliest words whose probabilities add up to this: 0 to 1.
            #[must_use]
            pub fn top_p(mut self, top_p: f64) -> Self {
                self.inference_config.get_or_insert_default().top_p = Some(top_p);
                self
            }

            /// Adds a text that ends the answer where the model writes it.
            #[must_use]
            pub fn stop_sequence(mut self, text: impl Into<String>) -> Self {
                self.inference_config.get_or_insert_default().stop_sequences.get_or_insert_default().push(text.into());
                self
            }

            /// Sets the guardrail: its id or ARN, and its version (a number or `DRAFT`).
            #[must_use]
            pub fn guardrail(mut self, identifier: impl Into<String>, version: impl Into<String>) -> Self {
                let guardrail = self.guardrail_config.get_or_insert_default();
                guardrail.guardrail_identifier = Some(identifier.into());
                guardrail.guardrail_version = Some(version.into());
                self
            }

            /// Sets one field of the model's own request format, such as `top_k`. Whatever stood in
            /// `additionalModelRequestFields` and is not an object gives way to one.
            #[must_use]
            pub fn additional_field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
                let fields = self.additional_model_request_fields.get_or_insert_default();
                if !fields.is_object() {
                    *fields = Value::Object(serde_json::Map::new());
                }
                if let Value::Object(fields) = fields {
                    fields.insert(name.into(), value.into());
                }
                self
            }

            /// Adds a label for the invocation log: a name of 1 to 256 characters, a value of at most 256.
            #[must_use]
            pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.request_metadata.get_or_insert_default().insert(name.into(), value.into());
                self
            }

            /// Has the answer's text be JSON of this schema, where the model supports it. Objects in the schema need
            /// `additionalProperties: false`.
            #[must_use]
            pub fn json_schema(mut self, name: impl Into<String>, schema: &Value) -> Self {
                let definition = JsonSchemaDefinition {
                    schema: schema.to_string(),
                    name: Some(name.into()),
                    ..JsonSchemaDefinition::default()
                };
                self.output_config.get_or_insert_default().text_format = Some(OutputFormat {
                    kind: OutputFormatType::JsonSchema,
                    structure: OutputFormatStructure::JsonSchema(definition),
                    ..OutputFormat::default()
                });
                self
            }
        }

        /// One question of the user's.
        impl From<&str> for $request {
            fn from(question: &str) -> Self {
                Self::new([question])
            }
        }

        /// One question of the user's.
        impl From<&String> for $request {
            fn from(question: &String) -> Self {
                Self::new([question.as_str()])
            }
        }

        /// One question of the user's.
        impl From<String> for $request {
            fn from(question: String) -> Self {
                Self::new([question])
            }
        }

        impl From<Message> for $request {
            fn from(message: Message) -> Self {
                Self::new([message])
            }
        }

        impl From<Vec<Message>> for $request {
            fn from(messages: Vec<Message>) -> Self {
                Self::new(messages)
            }
        }

        impl From<&[Message]> for $request {
            fn from(messages: &[Message]) -> Self {
                Self::new(messages.iter().cloned())
            }
        }

        impl<const N: usize> From<[Message; N]> for $request {
            fn from(messages: [Message; N]) -> Self {
                Self::new(messages)
            }
        }
    )*};
}

short_cuts! {
    ConverseRequest, "let request = ConverseRequest::from(\"Why?\").system_text(\"Be brief.\").max_tokens(200).temperature(0.2);\nassert_eq!(request.inference_config.unwrap().max_tokens, Some(200));";
    ConverseStreamRequest, "let request = ConverseStreamRequest::from(\"Why?\").guardrail(\"abc123\", \"DRAFT\").stop_sequence(\"END\");\nassert_eq!(request.guardrail_config.unwrap().guardrail_version.as_deref(), Some(\"DRAFT\"));";
}
