//! Asynchronous calls: start one whose answer lands in S3, ask how it stands, list them.
//!
//! For: StartAsyncInvoke (`POST /async-invoke`), GetAsyncInvoke (`GET /async-invoke/{invocationArn}`) and
//! ListAsyncInvokes (`GET /async-invoke` with a query).
//! Not for: batch jobs, which belong to another service.
//!
//! ```
//! use bedrock_formats::async_invoke::StartAsyncInvokeRequest;
//! use serde_json::json;
//!
//! let request = StartAsyncInvokeRequest::new("amazon.nova-reel-v1:1", json!({"taskType": "TEXT_VIDEO"}), "s3://films/");
//! assert_eq!(
//!     serde_json::to_string(&request)?,
//!     r#"{"modelId":"amazon.nova-reel-v1:1","modelInput":{"taskType":"TEXT_VIDEO"},"outputDataConfig":{"s3OutputDataConfig":{"s3Uri":"s3://films/"}}}"#,
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

// The service model of bedrock-runtime.
wire_struct! {
    /// What StartAsyncInvoke is asked.
    pub struct StartAsyncInvokeRequest {
        /// 1 to 256 characters that name this call: a second one of the same token starts nothing.
        "clientRequestToken" client_request_token: Option<String>,
        /// The model's id or ARN, at most 256 characters. Here it travels in the body.
        "modelId" model_id: String,
        /// The request in the model's own format.
        "modelInput" model_input: Value,
        /// Where the answer goes.
        "outputDataConfig" output_data_config: AsyncInvokeOutputDataConfig,
        /// Labels, at most 200.
        "tags" tags: Option<Vec<Tag>>,
    }
    /// A label.
    pub struct Tag {
        /// 1 to 128 characters.
        "key" key: String,
        /// At most 256 characters.
        "value" value: String,
    }
    /// A place in S3 for an answer.
    pub struct AsyncInvokeS3OutputDataConfig {
        /// `s3://bucket/prefix/`, at most 1024 characters; the answer gets a folder of its own in it.
        "s3Uri" s3_uri: String,
        /// The ARN of the KMS key to encrypt with.
        "kmsKeyId" kms_key_id: Option<String>,
        /// The account that owns the bucket (12 digits), where it is not the caller's.
        "bucketOwner" bucket_owner: Option<String>,
    }
    /// What StartAsyncInvoke answers.
    pub struct StartAsyncInvokeResponse {
        /// The call's ARN.
        "invocationArn" invocation_arn: String,
    }
    /// How a call stands. Times are ISO 8601 text.
    pub struct GetAsyncInvokeResponse {
        /// The call's ARN.
        "invocationArn" invocation_arn: String,
        /// The model's ARN.
        "modelArn" model_arn: String,
        /// The token it was started with.
        "clientRequestToken" client_request_token: Option<String>,
        /// How it stands.
        "status" status: AsyncInvokeStatus,
        /// Why it failed, at most 2048 characters.
        "failureMessage" failure_message: Option<String>,
        /// When it was started.
        "submitTime" submit_time: String,
        /// When its status last changed.
        "lastModifiedTime" last_modified_time: Option<String>,
        /// When it ended.
        "endTime" end_time: Option<String>,
        /// Where the answer goes.
        "outputDataConfig" output_data_config: AsyncInvokeOutputDataConfig,
    }
    /// What ListAsyncInvokes answers.
    pub struct ListAsyncInvokesResponse {
        /// Present where there is more: to be sent with the next request.
        "nextToken" next_token: Option<String>,
        /// The calls.
        "asyncInvokeSummaries" async_invoke_summaries: Option<Vec<AsyncInvokeSummary>>,
    }
    /// How one of many calls stands. Times are ISO 8601 text.
    pub struct AsyncInvokeSummary {
        /// The call's ARN.
        "invocationArn" invocation_arn: String,
        /// The model's ARN.
        "modelArn" model_arn: String,
        /// The token it was started with.
        "clientRequestToken" client_request_token: Option<String>,
        /// How it stands.
        "status" status: Option<AsyncInvokeStatus>,
        /// Why it failed, at most 2048 characters.
        "failureMessage" failure_message: Option<String>,
        /// When it was started.
        "submitTime" submit_time: String,
        /// When its status last changed.
        "lastModifiedTime" last_modified_time: Option<String>,
        /// When it ended.
        "endTime" end_time: Option<String>,
        /// Where the answer goes.
        "outputDataConfig" output_data_config: AsyncInvokeOutputDataConfig,
    }
    /// What ListAsyncInvokes is asked. It travels in the query of the URL: see [`query`](Self::query).
    pub struct ListAsyncInvokesRequest {
        /// Only calls started after this time, ISO 8601.
        "submitTimeAfter" submit_time_after: Option<String>,
        /// Only calls started before this time, ISO 8601.
        "submitTimeBefore" submit_time_before: Option<String>,
        /// Only calls that stand so.
        "statusEquals" status_equals: Option<AsyncInvokeStatus>,
        /// At most so many in one answer, 1 to 1000.
        "maxResults" max_results: Option<u64>,
        /// What the answer before gave, to go on from there.
        "nextToken" next_token: Option<String>,
        /// By what to sort.
        "sortBy" sort_by: Option<SortAsyncInvocationBy>,
        /// Which way.
        "sortOrder" sort_order: Option<SortOrder>,
    }
}

wire_union! {
    /// Where an answer goes.
    pub enum AsyncInvokeOutputDataConfig {
        /// To S3.
        "s3OutputDataConfig" => S3OutputDataConfig(AsyncInvokeS3OutputDataConfig),
    }
}

wire_enum! {
    /// How a call stands.
    pub enum AsyncInvokeStatus {
        /// It runs.
        "InProgress" => InProgress,
        /// Its answer lies in S3.
        "Completed" => Completed,
        /// It failed.
        "Failed" => Failed,
    }
    /// By what calls are sorted.
    pub enum SortAsyncInvocationBy {
        /// When they were started.
        "SubmissionTime" => SubmissionTime,
    }
    /// Which way a list is sorted.
    pub enum SortOrder {
        /// Oldest first.
        "Ascending" => Ascending,
        /// Newest first.
        "Descending" => Descending,
    }
}

impl StartAsyncInvokeRequest {
    /// A call of this model with this input, whose answer goes to this place in S3.
    #[must_use]
    pub fn new(model_id: impl Into<String>, model_input: Value, s3_uri: impl Into<String>) -> Self {
        let place = AsyncInvokeS3OutputDataConfig {
            s3_uri: s3_uri.into(),
            ..AsyncInvokeS3OutputDataConfig::default()
        };
        Self {
            model_id: model_id.into(),
            model_input,
            output_data_config: AsyncInvokeOutputDataConfig::S3OutputDataConfig(place),
            ..Self::default()
        }
    }
}

#[codegen_at_use]
impl ListAsyncInvokesRequest {
    /// The query's names and values, not yet percent-encoded.
    ///
    /// ```
    /// use bedrock_formats::async_invoke::{AsyncInvokeStatus, ListAsyncInvokesRequest};
    ///
    /// let request = ListAsyncInvokesRequest::default().status_equals(AsyncInvokeStatus::Failed).max_results(5);
    /// assert_eq!(request.query(), [("statusEquals", "Failed".to_owned()), ("maxResults", "5".to_owned())]);
    /// ```
    #[must_use]
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let values = [
            ("submitTimeAfter", self.submit_time_after.clone()),
            ("submitTimeBefore", self.submit_time_before.clone()),
            ("statusEquals", self.status_equals.as_ref().map(ToString::to_string)),
            ("maxResults", self.max_results.map(|most| most.to_string())),
            ("nextToken", self.next_token.clone()),
            ("sortBy", self.sort_by.as_ref().map(ToString::to_string)),
            ("sortOrder", self.sort_order.as_ref().map(ToString::to_string)),
        ];
        values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
