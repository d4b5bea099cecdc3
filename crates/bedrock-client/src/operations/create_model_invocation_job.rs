//! CreateModelInvocationJob: many requests in a file in S3, their answers in another.
//!
//! Not for one call whose answer lands in S3: see `start_async_invoke.rs`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::async_invoke::Tag;
use bedrock_formats::batch::{
    CreateModelInvocationJobRequest, CreateModelInvocationJobResponse, ModelInvocationType,
};
use bedrock_http::{Path, Request, Service};

use crate::call::{Call, Options, json, one_time_token, sealed, to_json};
use crate::response::Response;
use crate::{Client, Error};

/// The operation CreateModelInvocationJob: see [`Client::create_model_invocation_job`].
#[derive(Debug, Clone)]
pub struct CreateModelInvocationJob {
    request: CreateModelInvocationJobRequest,
}

impl Client {
    /// Starts a batch job. A request without a `clientRequestToken` gets one, so that the same call sent again starts
    /// nothing twice.
    ///
    /// ```no_run
    /// use bedrock_client::formats::batch::CreateModelInvocationJobRequest;
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let role = "arn:aws:iam::111122223333:role/batch";
    /// let job = CreateModelInvocationJobRequest::new("night", role, "amazon.nova-lite-v1:0")
    ///     .input("s3://questions/all.jsonl")
    ///     .output("s3://answers/");
    /// let job = client.create_model_invocation_job(job).await?;
    /// let now = client.get_model_invocation_job(&job.job_arn).await?;
    /// println!("{:?}", now.status);
    /// # Ok(()) }
    /// ```
    pub fn create_model_invocation_job(
        &self,
        request: impl Into<CreateModelInvocationJobRequest>,
    ) -> Call<CreateModelInvocationJob> {
        Call::new(self, CreateModelInvocationJob { request: request.into() })
    }
}

#[codegen_at_use]
impl Call<CreateModelInvocationJob> {
    /// The token that names this job: a second one of the same token starts nothing.
    pub fn client_request_token(self, token: impl Into<String>) -> Self {
        self.set(|operation| operation.request.client_request_token = Some(token.into()))
    }

    /// Which operation each line is for; `InvokeModel` where it is not said.
    pub fn invocation_type(self, kind: ModelInvocationType) -> Self {
        self.set(|operation| operation.request.model_invocation_type = Some(kind))
    }

    /// How long the job may take: 24 to 168 hours.
    pub fn timeout_hours(self, hours: u64) -> Self {
        self.set(|operation| operation.request.timeout_duration_in_hours = Some(hours))
    }

    /// Adds a label: a key of 1 to 128 characters, a value of at most 256.
    pub fn tag(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let tag = Tag::default().key(key.into()).value(value.into());
        self.set(|operation| operation.request.tags.get_or_insert_default().push(tag))
    }
}

#[codegen_at_use]
impl sealed::Run for CreateModelInvocationJob {
    type Output = Response<CreateModelInvocationJobResponse>;

    async fn run(mut self, client: Client, options: Options) -> Result<Self::Output, Error> {
        // Before the first attempt, so that all have the same: a retry without a token would start
        // and bill a second job.
        self.request.client_request_token.get_or_insert_with(one_time_token);
        let request = Request::post(Service::ControlPlane, Path::new().segment("model-invocation-job"))
            .operation("CreateModelInvocationJob")
            .model(&self.request.model_id)
            .json(to_json(&self.request)?);
        json(&client, &options, request).await
    }
}
