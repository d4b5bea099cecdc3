//! The keys that Bedrock itself adds to a model's own JSON on InvokeModel: measurements and guardrail results.
//! Not for: the model's own usage counts, which stand in the file of its format.
//!
//! Any response and any chunk, of any format, may carry them, so every format declares its top-level objects with the
//! three fields, and [`BedrockKeys`] reads them from any of them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::reply::{self, Reply};
use crate::wire::{self, Wire};

wire_struct! {
    /// What Bedrock measured: sent with the last chunk that carries content.
    ///
    /// The counts can be wrong (zeros beside parallel tool calls of Nova, low counts of old Claude models with tools), so
    /// that the format's own usage takes precedence. `input_token_count` counts no cached tokens.
    pub struct InvocationMetrics {
        /// Tokens of the prompt, without those read from or written to the cache.
        "inputTokenCount" input_token_count: Option<u64>,
        /// Tokens of the answer.
        "outputTokenCount" output_token_count: Option<u64>,
        /// Milliseconds from the request to the end of the answer.
        "invocationLatency" invocation_latency: Option<u64>,
        /// Milliseconds from the request to the first byte of the answer.
        "firstByteLatency" first_byte_latency: Option<u64>,
        /// Tokens read from the prompt cache.
        "cacheReadInputTokenCount" cache_read_input_token_count: Option<u64>,
        /// Tokens written to the prompt cache.
        "cacheWriteInputTokenCount" cache_write_input_token_count: Option<u64>,
    }

    /// How the guardrail of an InvokeModel call treats a stream, sent inside the body beside the model's own fields.
    pub struct GuardrailConfig {
        /// The suffix of the tags around the text that the guardrail is to judge.
        "tagSuffix" tag_suffix: Option<String>,
        /// Whether chunks are held back until they are judged.
        "streamProcessingMode" stream_processing_mode: Option<StreamProcessingMode>,
    }
}

wire_enum! {
    /// Whether a guardrail changed or stopped the answer.
    pub enum GuardrailAction {
        /// It did.
        "INTERVENED" => Intervened,
        /// It did not.
        "NONE" => None,
    }

    /// Whether chunks wait for the guardrail.
    pub enum StreamProcessingMode {
        /// Chunks are judged before they are sent: the default.
        "SYNCHRONOUS" => Synchronous,
        /// Chunks are sent at once and judged later; masking does not work so.
        "ASYNCHRONOUS" => Asynchronous,
    }
}

/// The keys that Bedrock added to one response or chunk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BedrockKeys<'a> {
    /// `amazon-bedrock-invocationMetrics`.
    pub invocation_metrics: Option<Cow<'a, InvocationMetrics>>,
    /// `amazon-bedrock-guardrailAction`.
    pub guardrail_action: Option<Cow<'a, GuardrailAction>>,
    /// `amazon-bedrock-trace`: what the guardrail found, in InvokeModel's spelling (`input`, `outputs`).
    pub trace: Option<&'a Value>,
}

impl<'a> BedrockKeys<'a> {
    /// The name of the measurements on the wire.
    pub const INVOCATION_METRICS: &'static str = "amazon-bedrock-invocationMetrics";
    /// The name of the guardrail's verdict on the wire.
    pub const GUARDRAIL_ACTION: &'static str = "amazon-bedrock-guardrailAction";
    /// The name of the guardrail's trace on the wire.
    pub const TRACE: &'static str = "amazon-bedrock-trace";

    /// Reads the keys from an object that is otherwise not understood. A key whose value is not what it should be counts
    /// as absent; it stays in the object.
    ///
    /// ```
    /// use bedrock_formats::invocation_metrics::BedrockKeys;
    ///
    /// let chunk = serde_json::json!({"amazon-bedrock-invocationMetrics": {"outputTokenCount": 7}});
    /// let keys = BedrockKeys::from_object(chunk.as_object().expect("an object"));
    /// assert_eq!(keys.invocation_metrics.and_then(|metrics| metrics.output_token_count), Some(7));
    /// ```
    #[must_use]
    pub fn from_object(object: &'a Map<String, Value>) -> Self {
        fn read<T: Wire + Default>(object: &Map<String, Value>, key: &str) -> Option<T> {
            let mut found = T::default();
            wire::fill(&mut found, object.get(key)?.into()).ok().map(|()| found)
        }
        Self {
            invocation_metrics: read(object, Self::INVOCATION_METRICS).map(Cow::Owned),
            guardrail_action: read(object, Self::GUARDRAIL_ACTION).map(Cow::Owned),
            trace: object.get(Self::TRACE).filter(|trace| !trace.is_null()),
        }
    }
}

/// A response or chunk to which Bedrock may have added its own keys.
///
/// A type of your own, whose [`extra`](crate::wire::Extra) has them, reads them from there:
///
/// ```
/// use bedrock_formats::invocation_metrics::{BedrockKeys, HasBedrockKeys};
/// use bedrock_formats::wire_struct;
///
/// wire_struct! {
///     /// A chunk of our model's.
///     pub struct Chunk {
///         /// Some text.
///         "says" says: Option<String>,
///     }
/// }
///
/// impl HasBedrockKeys for Chunk {
///     fn bedrock_keys(&self) -> BedrockKeys<'_> {
///         BedrockKeys::from_object(&self.extra)
///     }
/// }
///
/// let chunk: Chunk = serde_json::from_str(r#"{"amazon-bedrock-invocationMetrics":{"outputTokenCount":7}}"#)?;
/// let keys = chunk.bedrock_keys();
/// assert_eq!(keys.invocation_metrics.and_then(|metrics| metrics.output_token_count), Some(7));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait HasBedrockKeys {
    /// The keys that it added; those that are absent are `None`.
    fn bedrock_keys(&self) -> BedrockKeys<'_>;
}

impl InvocationMetrics {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::Usage {
        reply::Usage {
            input_tokens: self.input_token_count,
            output_tokens: self.output_token_count,
            cache_read_input_tokens: self.cache_read_input_token_count,
            cache_write_input_tokens: self.cache_write_input_token_count,
            ..reply::Usage::default()
        }
    }
}

/// Completes a reply with what Bedrock added to the body: counts that the body itself lacks, and a guardrail's verdict.
///
/// A guardrail that only masked has not stopped the answer: the model's own reason stays.
pub(crate) fn complete(reply: &mut Reply, body: &impl HasBedrockKeys) {
    let keys = body.bedrock_keys();
    if let Some(metrics) = &keys.invocation_metrics {
        let mut usage = reply.usage.unwrap_or_default();
        usage.fill(&metrics.to_reply());
        reply.usage = usage.some();
    }
    if keys.guardrail_action.as_deref() == Some(&GuardrailAction::Intervened) && !only_masked(keys.trace) {
        reply.stop_reason = Some(reply::StopReason::GuardrailIntervened);
    }
}

/// Whether the trace says that nothing was blocked.
fn only_masked(trace: Option<&Value>) -> bool {
    trace
        .and_then(|trace| trace.pointer("/guardrail/actionReason"))
        .and_then(Value::as_str)
        // Doubtful: recorded reasons are "Guardrail blocked." and "No action."; none is of an
        // answer that was only masked.
        .is_some_and(|reason| reason.to_ascii_lowercase().contains("masked"))
}

/// `wire_struct!` for an object to which Bedrock may add its keys.
macro_rules! bedrock_struct {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident { $($fields:tt)* }
    )+) => {$(
        wire_struct! {
            $(#[$meta])*
            pub struct $name {
                $($fields)*
                /// What Bedrock measured.
                "amazon-bedrock-invocationMetrics" invocation_metrics: Option<$crate::invocation_metrics::InvocationMetrics>,
                // This and the trace by AWS's guide: no recording of InvokeModel has a guardrail.
                /// Whether a guardrail intervened.
                "amazon-bedrock-guardrailAction" guardrail_action: Option<$crate::invocation_metrics::GuardrailAction>,
                /// What the guardrail found.
                "amazon-bedrock-trace" guardrail_trace: Option<::serde_json::Value>,
            }
        }

        impl $crate::invocation_metrics::HasBedrockKeys for $name {
            fn bedrock_keys(&self) -> $crate::invocation_metrics::BedrockKeys<'_> {
                $crate::invocation_metrics::BedrockKeys {
                    invocation_metrics: self.invocation_metrics.as_ref().map(::std::borrow::Cow::Borrowed),
                    guardrail_action: self.guardrail_action.as_ref().map(::std::borrow::Cow::Borrowed),
                    trace: self.guardrail_trace.as_ref(),
                }
            }
        }
    )+};
}

pub(crate) use bedrock_struct;

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares public types")]
mod tests {
    use serde_json::json;

    use super::*;

    bedrock_struct! {
        /// A chunk.
        pub struct Chunk {
            /// Its text.
            "text" text: Option<String>,
        }
    }

    #[test]
    fn the_keys_are_read_from_a_type_and_from_a_raw_object_alike() {
        let wire = json!({
            "text": "a",
            "amazon-bedrock-invocationMetrics": {"inputTokenCount": 28.0, "outputTokenCount": 3, "new": 1},
            "amazon-bedrock-guardrailAction": "INTERVENED",
            "amazon-bedrock-trace": {"guardrail": {}},
        });
        let chunk: Chunk = serde_json::from_value(wire.clone()).unwrap();
        let keys = chunk.bedrock_keys();
        assert_eq!(keys.invocation_metrics.as_ref().and_then(|metrics| metrics.input_token_count), Some(28));
        assert_eq!(keys.guardrail_action.as_deref(), Some(&GuardrailAction::Intervened));
        assert_eq!(keys, BedrockKeys::from_object(wire.as_object().unwrap()));
        assert_eq!(Chunk::default().bedrock_keys(), BedrockKeys::default());
    }

    #[test]
    fn a_key_of_another_type_counts_as_absent() {
        let wire = json!({"amazon-bedrock-invocationMetrics": [], "amazon-bedrock-guardrailAction": 1, "amazon-bedrock-trace": null});
        assert_eq!(BedrockKeys::from_object(wire.as_object().unwrap()), BedrockKeys::default());
    }
}
