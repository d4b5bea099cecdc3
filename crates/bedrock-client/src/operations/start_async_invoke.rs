//! StartAsyncInvoke: a call whose answer lands in S3.
//!
//! Not for many calls in one job: see the batch jobs.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::async_invoke::{StartAsyncInvokeRequest, StartAsyncInvokeResponse, Tag};
use bedrock_http::{Path, Request, Service};

use crate::call::{Call, Options, json, one_time_token, sealed, to_json};
use crate::response::Response;
use crate::{Client, Error};

/// The operation StartAsyncInvoke: see [`Client::start_async_invoke`].
#[derive(Debug, Clone)]
pub struct StartAsyncInvoke {
    request: StartAsyncInvokeRequest,
}

impl Client {
    /// Starts a call whose answer lands in S3.
    ///
    /// A request without a `clientRequestToken` gets one, so that the same call sent again starts nothing twice.
    ///
    /// ```no_run
    /// use bedrock_client::formats::async_invoke::StartAsyncInvokeRequest;
    /// use serde_json::json;
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let input = json!({"taskType": "TEXT_VIDEO", "textToVideoParams": {"text": "Rain over Bergen."}});
    /// let request = StartAsyncInvokeRequest::new("amazon.nova-reel-v1:1", input, "s3://films/");
    /// let started = client.start_async_invoke(request).await?;
    /// let now = client.get_async_invoke(&started.invocation_arn).await?;
    /// println!("{}", now.status);
    /// # Ok(()) }
    /// ```
    pub fn start_async_invoke(&self, request: impl Into<StartAsyncInvokeRequest>) -> Call<StartAsyncInvoke> {
        Call::new(self, StartAsyncInvoke { request: request.into() })
    }
}

impl Call<StartAsyncInvoke> {
    /// The token that names this call: a second call of the same token starts nothing.
    pub fn client_request_token(self, token: impl Into<String>) -> Self {
        self.set(|operation| operation.request.client_request_token = Some(token.into()))
    }

    /// Adds a label: a key of 1 to 128 characters, a value of at most 256.
    pub fn tag(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let tag = Tag::default().key(key.into()).value(value.into());
        self.set(|operation| operation.request.tags.get_or_insert_default().push(tag))
    }
}

#[codegen_at_use]
impl sealed::Run for StartAsyncInvoke {
    type Output = Response<StartAsyncInvokeResponse>;

    async fn run(mut self, client: Client, options: Options) -> Result<Self::Output, Error> {
        // Before the first attempt, so that all of them have the same.
        self.request.client_request_token.get_or_insert_with(one_time_token);
        let request = Request::post(Service::Runtime, Path::new().segment("async-invoke"))
            .operation("StartAsyncInvoke")
            .model(&self.request.model_id)
            .json(to_json(&self.request)?);
        json(&client, &options, request).await
    }
}
