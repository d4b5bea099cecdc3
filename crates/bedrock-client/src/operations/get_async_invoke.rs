//! GetAsyncInvoke: how an asynchronous call stands.
//!
//! Not for its answer, which lands in S3.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::async_invoke::GetAsyncInvokeResponse;
use bedrock_http::{Path, Request, Service};

use crate::call::{Call, Options, json, sealed};
use crate::response::Response;
use crate::{Client, Error};

/// The operation GetAsyncInvoke: see [`Client::get_async_invoke`].
#[derive(Debug, Clone)]
pub struct GetAsyncInvoke {
    invocation_arn: String,
}

impl Client {
    /// Asks how an asynchronous call stands, by the ARN that it was given when it started: see
    /// [`start_async_invoke`](Self::start_async_invoke).
    pub fn get_async_invoke(&self, invocation_arn: impl Into<String>) -> Call<GetAsyncInvoke> {
        Call::new(self, GetAsyncInvoke { invocation_arn: invocation_arn.into() })
    }
}

#[codegen_at_use]
impl sealed::Run for GetAsyncInvoke {
    type Output = Response<GetAsyncInvokeResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let path = Path::new().segment("async-invoke").label("invocationArn", &self.invocation_arn)?;
        json(&client, &options, Request::get(Service::Runtime, path).operation("GetAsyncInvoke")).await
    }
}
