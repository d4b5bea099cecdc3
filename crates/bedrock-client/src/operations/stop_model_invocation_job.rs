//! StopModelInvocationJob: ends a batch job before its end.
//!
//! Not for what it has done by then, which stays in S3.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::batch::StopModelInvocationJobResponse;
use bedrock_http::{Path, Request, Service};

use crate::call::{Call, Options, json, sealed};
use crate::response::Response;
use crate::{Client, Error};

/// The operation StopModelInvocationJob: see [`Client::stop_model_invocation_job`].
#[derive(Debug, Clone)]
pub struct StopModelInvocationJob {
    identifier: String,
}

impl Client {
    /// Stops a batch job, by its ARN or id. What it has done by then stays, and is paid for.
    pub fn stop_model_invocation_job(&self, job: impl Into<String>) -> Call<StopModelInvocationJob> {
        Call::new(self, StopModelInvocationJob { identifier: job.into() })
    }
}

#[codegen_at_use]
impl sealed::Run for StopModelInvocationJob {
    type Output = Response<StopModelInvocationJobResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let path =
            Path::new().segment("model-invocation-job").label("job", &self.identifier)?.segment("stop");
        json(
            &client,
            &options,
            Request::post(Service::ControlPlane, path).operation("StopModelInvocationJob"),
        )
        .await
    }
}
