//! Records of model invocation logging: one call of the runtime, with its request and its answer, as Bedrock writes it to
//! CloudWatch Logs and to S3.
//!
//! For: reading such records. In S3 they lie one a line, in files compressed with gzip; in CloudWatch a log event is one.
//! Not for: fetching or unpacking them, nor folding the chunks that a streamed answer is logged as (`bedrock-aggregate`).
//!
//! A body that is large, or that is not JSON, does not stand in its record but in S3, and the record says where. Media in a
//! request are replaced by where they lie, in a shape that no request has (`"source": {"s3Uri": …}`): typed requests keep it
//! as they keep anything unknown.
//!
//! ```
//! use bedrock_formats::converse::ConverseRequest;
//! use bedrock_formats::invocation_log::{Operation, Record};
//!
//! let line = r#"{"schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": "2026-11-01T12:00:00Z",
//!     "accountId": "111122223333", "region": "us-east-2", "requestId": "r1", "operation": "Converse",
//!     "modelId": "us.amazon.nova-lite-v1:0", "identity": {"arn": "arn:aws:iam::111122223333:user/u"},
//!     "input": {"inputContentType": "application/json", "inputTokenCount": 3,
//!         "inputBodyJson": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}},
//!     "output": {"outputContentType": "application/json", "outputTokenCount": 2,
//!         "outputBodyJson": {"output": {"message": {"role": "assistant", "content": [{"text": "Hello."}]}},
//!             "stopReason": "end_turn"}}}"#;
//! let record: Record = serde_json::from_str(line)?;
//! assert!(record.is_invocation() && !record.is_chunked());
//! assert_eq!(record.operation, Operation::Converse);
//! assert_eq!(record.usage().output_tokens, Some(2));
//!
//! let request: ConverseRequest = record.request().expect("it is in the record")?;
//! assert_eq!(request.messages.map(|messages| messages.len()), Some(1));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::collections::BTreeMap;

use bedrock_codegen::codegen_at_use;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::reply::Usage;

// Records that a public test suite keeps, and AWS's guide; there is no service model of them.
wire_struct! {
    /// One call.
    pub struct Record {
        /// `ModelInvocationLog`.
        "schemaType" schema_type: String,
        /// `1.0`.
        "schemaVersion" schema_version: Option<String>,
        /// When it was made: ISO 8601.
        "timestamp" timestamp: Option<String>,
        /// The account that made it.
        "accountId" account_id: Option<String>,
        /// The region that it was made in.
        "region" region: Option<String>,
        /// The id of the request.
        "requestId" request_id: Option<String>,
        /// The operation.
        "operation" operation: Operation,
        /// The model as it was called: an id, or the ARN of a profile, which may be opaque.
        "modelId" model_id: Option<String>,
        /// Who made it.
        "identity" identity: Option<Identity>,
        /// Where a call across regions was answered.
        "inferenceRegion" inference_region: Option<String>,
        /// The error it ended in: an exception's name, or OpenAI's word for it. Input, output or both can then be absent.
        "errorCode" error_code: Option<String>,
        /// The caller's own pairs.
        "requestMetadata" request_metadata: Option<BTreeMap<String, String>>,
        /// The latency that was asked for.
        "performanceConfig" performance_config: Option<Value>,
        /// The tier that was asked for.
        "serviceTier" service_tier: Option<Value>,
        /// What was sent.
        "input" input: Option<Input>,
        /// What was answered.
        "output" output: Option<Output>,
    }

    /// Who made a call.
    pub struct Identity {
        /// The ARN of the user or role.
        "arn" arn: Option<String>,
    }

    /// What was sent.
    pub struct Input {
        /// Its media type.
        "inputContentType" input_content_type: Option<String>,
        /// The body, where it stands in the record.
        "inputBodyJson" input_body_json: Option<Value>,
        /// The body, where it lies in S3.
        "inputBodyS3Path" input_body_s3_path: Option<String>,
        /// Tokens of the input: without cached ones, but with them for the operations of OpenAI's APIs.
        "inputTokenCount" input_token_count: Option<u64>,
        /// Tokens read from the prompt cache.
        "cacheReadInputTokenCount" cache_read_input_token_count: Option<u64>,
        /// Tokens written to the prompt cache.
        "cacheWriteInputTokenCount" cache_write_input_token_count: Option<u64>,
    }

    /// What was answered.
    pub struct Output {
        /// Its media type.
        "outputContentType" output_content_type: Option<String>,
        /// The body, where it stands in the record: an object for a whole answer, an array for the chunks of a streamed one.
        "outputBodyJson" output_body_json: Option<Value>,
        /// The body, where it lies in S3.
        "outputBodyS3Path" output_body_s3_path: Option<String>,
        /// Tokens of the output.
        "outputTokenCount" output_token_count: Option<u64>,
    }
}

wire_enum! {
    /// The operation of a logged call.
    pub enum Operation {
        /// InvokeModel.
        "InvokeModel" => InvokeModel,
        /// InvokeModelWithResponseStream: the answer is an array of chunks.
        "InvokeModelWithResponseStream" => InvokeModelWithResponseStream,
        /// Converse.
        "Converse" => Converse,
        /// ConverseStream: the answer is the one object that Converse would have given.
        "ConverseStream" => ConverseStream,
        /// OpenAI's Chat Completions, whole or streamed.
        "ChatCompletions" => ChatCompletions,
        /// OpenAI's Responses, whole or streamed.
        "Responses" => Responses,
    }
}

#[codegen_at_use]
impl Record {
    /// What `schema_type` is.
    pub const SCHEMA_TYPE: &'static str = "ModelInvocationLog";

    /// Whether a document is such a record.
    #[must_use]
    pub fn is_record(document: &Value) -> bool {
        document.get("schemaType").is_some_and(|kind| kind == Self::SCHEMA_TYPE)
    }

    /// Whether it says that it is one.
    #[must_use]
    pub fn is_invocation(&self) -> bool {
        self.schema_type == Self::SCHEMA_TYPE
    }

    /// The answer: an object, or the array of chunks. `None` where there is none or it lies in S3.
    #[must_use]
    pub fn answer(&self) -> Option<&Value> {
        self.output.as_ref()?.output_body_json.as_ref()
    }

    /// Whether the answer is an array of chunks.
    #[must_use]
    pub fn is_chunked(&self) -> bool {
        self.answer().is_some_and(Value::is_array)
    }

    /// The request as a type of its format. `None` where there is none or it lies in S3.
    ///
    /// # Errors
    ///
    /// When the request is not of that shape.
    #[must_use]
    pub fn request<T: DeserializeOwned>(&self) -> Option<Result<T, serde_json::Error>> {
        let body = self.input.as_ref()?.input_body_json.as_ref()?;
        Some(T::deserialize(body))
    }

    /// The counts of the record itself, which come from a better source than the measurements inside a stream.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let input = self.input.clone().unwrap_or_default();
        let read = input.cache_read_input_token_count;
        let write = input.cache_write_input_token_count;
        // As logged: these two count cached tokens in the input, as OpenAI does, and no other
        // operation does.
        let counts_cached = matches!(self.operation, Operation::ChatCompletions | Operation::Responses);
        Usage {
            input_tokens: if counts_cached {
                Usage::without_cached(input.input_token_count, read, write)
            } else {
                input.input_token_count
            },
            output_tokens: self.output.as_ref().and_then(|output| output.output_token_count),
            cache_read_input_tokens: read,
            cache_write_input_tokens: write,
            ..Usage::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{anthropic, converse};

    #[test]
    fn a_record_comes_back_with_all_that_is_in_it() {
        let wire = json!({
            "schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "operation": "NewOperation", "errorCode": null,
            "modelId": "m", "requestMetadata": {"team": "a"}, "serviceTier": {"type": "flex"}, "status": "ok",
            "input": {"inputContentType": "application/json", "inputBodyS3Path": "s3://b/data/r_input.json.gz", "inputTokenCount": 9},
            "output": {"outputBodyJson": [{"a": null}], "outputTokenCount": 2.0, "new": [1]},
        });
        let record: Record = serde_json::from_value(wire.clone()).unwrap();
        assert!(record.is_chunked() && record.request::<Value>().is_none() && record.error_code.is_none());
        assert_eq!(record.operation, Operation::Other("NewOperation".to_owned()));
        let back = serde_json::to_value(&record).unwrap();
        assert_eq!(back["output"]["outputTokenCount"], 2);
        assert_eq!(
            (&back["status"], &back["errorCode"], &back["output"]["new"]),
            (&wire["status"], &Value::Null, &wire["output"]["new"])
        );
    }

    #[test]
    fn cached_tokens_are_counted_apart_whatever_the_operation() {
        for (operation, input) in
            [("Responses", 2), ("ChatCompletions", 2), ("Converse", 9), ("InvokeModel", 9)]
        {
            let record: Record = serde_json::from_value(json!({"operation": operation,
                "input": {"inputTokenCount": 9, "cacheReadInputTokenCount": 7, "cacheWriteInputTokenCount": 0}})).unwrap();
            let usage = record.usage();
            assert_eq!(
                (usage.input_tokens, usage.cache_read_input_tokens),
                (Some(input), Some(7)),
                "{operation}"
            );
        }
    }

    #[test]
    fn media_that_were_moved_away_stay_in_the_typed_request() {
        let source = json!({"s3Uri": "s3://b/data/r_input_media_01.png"});
        let image = json!({"messages": [{"role": "user", "content": [{"image": {"format": "png", "source": source}}]}]});
        let record = |body: Value| -> Record {
            serde_json::from_value(json!({"input": {"inputBodyJson": body}})).unwrap()
        };
        let request: converse::ConverseRequest = record(image.clone()).request().unwrap().unwrap();
        assert_eq!(serde_json::to_value(&request).unwrap(), image);
        let image = json!({"max_tokens": 9, "anthropic_version": "bedrock-2023-05-31",
            "messages": [{"role": "user", "content": [{"type": "image", "source": source}]}]});
        let request: anthropic::MessagesRequest = record(image.clone()).request().unwrap().unwrap();
        assert_eq!(serde_json::to_value(&request).unwrap(), image);
    }
}
