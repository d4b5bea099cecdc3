//! GetModelInvocationJob: how a batch job stands.
//!
//! Not for its answers, which land in S3.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::batch::GetModelInvocationJobResponse;
use bedrock_http::{Path, Request, Service};

use crate::call::{Call, Options, json, sealed};
use crate::response::Response;
use crate::{Client, Error};

/// The operation GetModelInvocationJob: see [`Client::get_model_invocation_job`].
#[derive(Debug, Clone)]
pub struct GetModelInvocationJob {
    identifier: String,
}

impl Client {
    /// Asks how a batch job stands, by its ARN or id: see [`create_model_invocation_job`](Self::create_model_invocation_job).
    pub fn get_model_invocation_job(&self, job: impl Into<String>) -> Call<GetModelInvocationJob> {
        Call::new(self, GetModelInvocationJob { identifier: job.into() })
    }
}

#[codegen_at_use]
impl sealed::Run for GetModelInvocationJob {
    type Output = Response<GetModelInvocationJobResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let path = Path::new().segment("model-invocation-job").label("job", &self.identifier)?;
        json(&client, &options, Request::get(Service::ControlPlane, path).operation("GetModelInvocationJob"))
            .await
    }
}
