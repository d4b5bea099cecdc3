//! Batch jobs: many requests in a file in S3, their answers in another.
//!
//! For: CreateModelInvocationJob (`POST /model-invocation-job`), GetModelInvocationJob (`GET /model-invocation-job/{job}`),
//! StopModelInvocationJob (`POST /model-invocation-job/{job}/stop`) and ListModelInvocationJobs
//! (`GET /model-invocation-jobs`) of the control plane; and the lines of the files.
//! Not for: one call whose answer lands in S3; see `async_invoke`.
//!
//! ```
//! use bedrock_formats::batch::{BatchInputRecord, BatchOutputRecord, CreateModelInvocationJobRequest};
//! use serde_json::json;
//!
//! let job = CreateModelInvocationJobRequest::new("night", "arn:aws:iam::111122223333:role/batch", "amazon.nova-lite-v1:0")
//!     .input("s3://questions/all.jsonl")
//!     .output("s3://answers/");
//! assert_eq!(job.output_data_config.s3_output_data_config.as_ref().unwrap().s3_uri, "s3://answers/");
//!
//! let line = BatchInputRecord::new("A1", json!({"messages": []}));
//! assert_eq!(serde_json::to_string(&line)?, r#"{"recordId":"A1","modelInput":{"messages":[]}}"#);
//!
//! // Answers come in any order: join them by their id.
//! let line: BatchOutputRecord = serde_json::from_str(
//!     r#"{"modelInput":{},"error":{"errorCode":400,"errorMessage":"bad request"},"recordId":"A1"}"#)?;
//! assert_eq!(line.error.unwrap().error_code, Some(400));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::async_invoke::{SortOrder, Tag};

// The control plane's service model. The files' lines are by AWS's guide: none is recorded.
wire_struct! {
    /// What CreateModelInvocationJob is asked.
    pub struct CreateModelInvocationJobRequest {
        /// Its name, at most 63 characters.
        "jobName" job_name: String,
        /// The role that reads the questions and writes the answers.
        "roleArn" role_arn: String,
        /// A second job of the same token starts nothing.
        "clientRequestToken" client_request_token: Option<String>,
        /// The model's or system inference profile's id or ARN; provisioned throughput is not taken.
        "modelId" model_id: String,
        /// Where the questions are.
        "inputDataConfig" input_data_config: ModelInvocationJobInputDataConfig,
        /// Where the answers go.
        "outputDataConfig" output_data_config: ModelInvocationJobOutputDataConfig,
        /// The network to reach the buckets from.
        "vpcConfig" vpc_config: Option<VpcConfig>,
        /// How long it may take: 24 to 168 hours.
        "timeoutDurationInHours" timeout_duration_in_hours: Option<u64>,
        /// Labels.
        "tags" tags: Option<Vec<Tag>>,
        /// Which operation each line is for; `InvokeModel` where it is not said.
        "modelInvocationType" model_invocation_type: Option<ModelInvocationType>,
    }
    /// What CreateModelInvocationJob answers.
    pub struct CreateModelInvocationJobResponse {
        /// The job's ARN.
        "jobArn" job_arn: String,
    }
    /// Where questions are: exactly one place.
    pub struct ModelInvocationJobInputDataConfig {
        /// In S3.
        "s3InputDataConfig" s3_input_data_config: Option<ModelInvocationJobS3InputDataConfig>,
    }
    /// A place of questions in S3.
    pub struct ModelInvocationJobS3InputDataConfig {
        /// What the files are.
        "s3InputFormat" s3_input_format: Option<S3InputFormat>,
        /// A file, or a prefix for all files below.
        "s3Uri" s3_uri: String,
        /// The account that owns the bucket, where it is not the caller's.
        "s3BucketOwner" s3_bucket_owner: Option<String>,
    }
    /// Where answers go: exactly one place.
    pub struct ModelInvocationJobOutputDataConfig {
        /// To S3.
        "s3OutputDataConfig" s3_output_data_config: Option<ModelInvocationJobS3OutputDataConfig>,
    }
    /// A place for answers in S3. A job writes to a folder of its own in it, for each input file one with `.out` at its
    /// end, and a manifest.
    pub struct ModelInvocationJobS3OutputDataConfig {
        /// `s3://bucket/prefix/`.
        "s3Uri" s3_uri: String,
        /// The key to encrypt with.
        "s3EncryptionKeyId" s3_encryption_key_id: Option<String>,
        /// The account that owns the bucket, where it is not the caller's.
        "s3BucketOwner" s3_bucket_owner: Option<String>,
    }
    /// A network.
    pub struct VpcConfig {
        /// Its subnets.
        "subnetIds" subnet_ids: Vec<String>,
        /// Its security groups.
        "securityGroupIds" security_group_ids: Vec<String>,
    }
    /// What StopModelInvocationJob answers: nothing.
    pub struct StopModelInvocationJobResponse {}
    /// What ListModelInvocationJobs is asked. It travels in the query of the URL: see [`query`](Self::query).
    pub struct ListModelInvocationJobsRequest {
        /// Only jobs made after this time, ISO 8601.
        "submitTimeAfter" submit_time_after: Option<String>,
        /// Only jobs made before this time, ISO 8601.
        "submitTimeBefore" submit_time_before: Option<String>,
        /// Only jobs that stand so.
        "statusEquals" status_equals: Option<ModelInvocationJobStatus>,
        /// Only jobs whose name has this in it.
        "nameContains" name_contains: Option<String>,
        /// At most so many in one answer, 1 to 1000.
        "maxResults" max_results: Option<u64>,
        /// What the answer before gave, to go on from there.
        "nextToken" next_token: Option<String>,
        /// By what to sort.
        "sortBy" sort_by: Option<SortJobsBy>,
        /// Which way.
        "sortOrder" sort_order: Option<SortOrder>,
    }
    /// What ListModelInvocationJobs answers.
    pub struct ListModelInvocationJobsResponse {
        /// Present where there is more: to be sent with the next request.
        "nextToken" next_token: Option<String>,
        /// The jobs.
        "invocationJobSummaries" invocation_job_summaries: Option<Vec<ModelInvocationJobSummary>>,
    }
    /// A question: a line of an input file.
    pub struct BatchInputRecord {
        /// The question's id; the service gives one where there is none.
        "recordId" record_id: Option<String>,
        /// The request: a native body, or a Converse body in a job of that kind.
        "modelInput" model_input: Value,
    }
    /// An answer: a line of an output file.
    pub struct BatchOutputRecord {
        /// The question's id.
        "recordId" record_id: Option<String>,
        /// The request.
        "modelInput" model_input: Option<Value>,
        /// The model's answer, in its own format.
        "modelOutput" model_output: Option<Value>,
        /// What went wrong, where there is no answer.
        "error" error: Option<BatchRecordError>,
    }
    /// Why a question has no answer.
    pub struct BatchRecordError {
        /// As an HTTP status.
        "errorCode" error_code: Option<u32>,
        /// In words.
        "errorMessage" error_message: Option<String>,
    }
    /// The file `manifest.json.out` of a job.
    pub struct BatchManifest {
        /// How many questions there were.
        "totalRecordCount" total_record_count: Option<u64>,
        /// How many were tried.
        "processedRecordCount" processed_record_count: Option<u64>,
        /// How many have an answer.
        "successRecordCount" success_record_count: Option<u64>,
        /// How many have none.
        "errorRecordCount" error_record_count: Option<u64>,
        /// Tokens of all questions.
        "inputTokenCount" input_token_count: Option<u64>,
        /// Tokens of all answers.
        "outputTokenCount" output_token_count: Option<u64>,
    }
}

macro_rules! job {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        wire_struct! {$(
            $(#[$meta])*
            pub struct $name {
                /// Its ARN.
                "jobArn" job_arn: String,
                /// Its name.
                "jobName" job_name: Option<String>,
                /// The model's id or ARN.
                "modelId" model_id: String,
                /// The token it was made with.
                "clientRequestToken" client_request_token: Option<String>,
                /// The role that reads the questions and writes the answers.
                "roleArn" role_arn: String,
                /// How it stands.
                "status" status: Option<ModelInvocationJobStatus>,
                /// What there is to say of that.
                "message" message: Option<String>,
                /// When it was made.
                "submitTime" submit_time: String,
                /// When its status last changed.
                "lastModifiedTime" last_modified_time: Option<String>,
                /// When it ended.
                "endTime" end_time: Option<String>,
                /// Where the questions are.
                "inputDataConfig" input_data_config: ModelInvocationJobInputDataConfig,
                /// Where the answers go.
                "outputDataConfig" output_data_config: ModelInvocationJobOutputDataConfig,
                /// The network to reach the buckets from.
                "vpcConfig" vpc_config: Option<VpcConfig>,
                /// How long it may take, in hours.
                "timeoutDurationInHours" timeout_duration_in_hours: Option<u64>,
                /// When its time is up.
                "jobExpirationTime" job_expiration_time: Option<String>,
                /// Which operation each line is for.
                "modelInvocationType" model_invocation_type: Option<ModelInvocationType>,
                /// How many questions there are.
                "totalRecordCount" total_record_count: Option<u64>,
                /// How many were tried.
                "processedRecordCount" processed_record_count: Option<u64>,
                /// How many have an answer.
                "successRecordCount" success_record_count: Option<u64>,
                /// How many have none.
                "errorRecordCount" error_record_count: Option<u64>,
            }
        )*}
    };
}

job! {
    /// How a job stands. Times are ISO 8601 text.
    GetModelInvocationJobResponse,
    /// How one of many jobs stands. Times are ISO 8601 text.
    ModelInvocationJobSummary,
}

wire_enum! {
    /// Which operation each line of a job is for.
    pub enum ModelInvocationType {
        /// A native body.
        "InvokeModel" => InvokeModel,
        /// A Converse body.
        "Converse" => Converse,
    }
    /// What input files are.
    pub enum S3InputFormat {
        /// One question a line, as JSON.
        "JSONL" => Jsonl,
    }
    /// How a job stands.
    pub enum ModelInvocationJobStatus {
        /// It was made.
        "Submitted" => Submitted,
        /// Its questions are being looked at.
        "Validating" => Validating,
        /// It waits for its turn.
        "Scheduled" => Scheduled,
        /// It runs.
        "InProgress" => InProgress,
        /// Every question was tried.
        "Completed" => Completed,
        /// Some questions were not tried in time.
        "PartiallyCompleted" => PartiallyCompleted,
        /// It failed.
        "Failed" => Failed,
        /// It is being stopped.
        "Stopping" => Stopping,
        /// It was stopped.
        "Stopped" => Stopped,
        /// Its time was up before it ran.
        "Expired" => Expired,
    }
    /// By what jobs are sorted.
    pub enum SortJobsBy {
        /// When they were made.
        "CreationTime" => CreationTime,
    }
}

impl CreateModelInvocationJobRequest {
    /// A job of this name, by this role, for this model. Where its files are is still to be said.
    #[must_use]
    pub fn new(name: impl Into<String>, role_arn: impl Into<String>, model_id: impl Into<String>) -> Self {
        Self::default().job_name(name.into()).role_arn(role_arn.into()).model_id(model_id.into())
    }

    /// Takes the questions from this file in S3, or from all files below this prefix: JSON lines.
    #[must_use]
    pub fn input(mut self, s3_uri: impl Into<String>) -> Self {
        let place = ModelInvocationJobS3InputDataConfig::default().s3_input_format(S3InputFormat::Jsonl);
        self.input_data_config.s3_input_data_config = Some(place.s3_uri(s3_uri.into()));
        self
    }

    /// Writes the answers to this place in S3.
    #[must_use]
    pub fn output(mut self, s3_uri: impl Into<String>) -> Self {
        let place = ModelInvocationJobS3OutputDataConfig::default().s3_uri(s3_uri.into());
        self.output_data_config.s3_output_data_config = Some(place);
        self
    }
}

#[codegen_at_use]
impl ModelInvocationJobStatus {
    /// Whether the job will not change any more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Completed | Self::PartiallyCompleted | Self::Failed | Self::Stopped | Self::Expired
        )
    }
}

impl BatchInputRecord {
    /// A question with an id of the caller's.
    #[must_use]
    pub fn new(record_id: impl Into<String>, model_input: impl Into<Value>) -> Self {
        Self { record_id: Some(record_id.into()), model_input: model_input.into(), ..Self::default() }
    }
}

#[codegen_at_use]
impl BatchOutputRecord {
    /// Whether a document is such a record: it has the model's answer, or a question with an id or an error beside it.
    #[must_use]
    pub fn is_record(document: &Value) -> bool {
        let has = |name| document.get(name).is_some();
        has("modelOutput") || (has("modelInput") && (has("recordId") || has("error")))
    }
}

#[codegen_at_use]
impl ListModelInvocationJobsRequest {
    /// The query's names and values, not yet percent-encoded.
    #[must_use]
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let values = [
            ("submitTimeAfter", self.submit_time_after.clone()),
            ("submitTimeBefore", self.submit_time_before.clone()),
            ("statusEquals", self.status_equals.as_ref().map(ToString::to_string)),
            ("nameContains", self.name_contains.clone()),
            ("maxResults", self.max_results.map(|most| most.to_string())),
            ("nextToken", self.next_token.clone()),
            ("sortBy", self.sort_by.as_ref().map(ToString::to_string)),
            ("sortOrder", self.sort_order.as_ref().map(ToString::to_string)),
        ];
        values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_written_back() {
        let wire = serde_json::json!({
            "jobArn": "arn:aws:bedrock:us-east-1:1:model-invocation-job/abc", "jobName": "night",
            "modelId": "amazon.nova-lite-v1:0", "roleArn": "arn:aws:iam::1:role/batch", "status": "PartiallyCompleted",
            "submitTime": "2026-11-01T00:00:00Z", "message": null, "totalRecordCount": 100, "errorRecordCount": 3,
            "inputDataConfig": {"s3InputDataConfig": {"s3InputFormat": "JSONL", "s3Uri": "s3://a/b.jsonl"}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://c/"}}, "new": 1,
        });
        let job: GetModelInvocationJobResponse = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(serde_json::to_value(&job).unwrap(), wire);
        assert!(job.status.unwrap().is_final());
    }

    #[test]
    fn a_record_of_output_is_known() {
        use serde_json::json;
        for (document, is_record) in [
            (json!({"modelInput": {}, "modelOutput": {}, "recordId": "a"}), true),
            (json!({"error": {"errorCode": 400}, "modelInput": {}}), true),
            (json!({"modelInput": {}, "recordId": "a"}), true),
            (json!({"error": {"message": "m"}}), false),
            (json!({"recordId": "a"}), false),
            (json!([]), false),
        ] {
            assert_eq!(BatchOutputRecord::is_record(&document), is_record, "{document}");
        }
    }

    #[test]
    fn a_query_holds_what_is_set() {
        let request = ListModelInvocationJobsRequest::default()
            .status_equals(ModelInvocationJobStatus::Failed)
            .sort_order(SortOrder::Descending);
        let want = [("statusEquals", "Failed".to_owned()), ("sortOrder", "Descending".to_owned())];
        assert_eq!(request.query(), want);
    }
}
