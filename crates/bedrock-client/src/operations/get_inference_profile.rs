//! GetInferenceProfile: which models an inference profile leads to.
//!
//! Not for calling them.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::catalog::GetInferenceProfileResponse;
use bedrock_http::{Path, Request, Service};

use crate::call::{Call, Options, json, sealed};
use crate::response::Response;
use crate::{Client, Error};

/// The operation GetInferenceProfile: see [`Client::get_inference_profile`].
#[derive(Debug, Clone)]
pub struct GetInferenceProfile {
    identifier: String,
}

impl Client {
    /// Asks which models an inference profile leads to, by its id or ARN.
    pub fn get_inference_profile(&self, profile_id: impl Into<String>) -> Call<GetInferenceProfile> {
        Call::new(self, GetInferenceProfile { identifier: profile_id.into() })
    }
}

#[codegen_at_use]
impl sealed::Run for GetInferenceProfile {
    type Output = Response<GetInferenceProfileResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let path = Path::new().segment("inference-profiles").label("profile_id", &self.identifier)?;
        json(&client, &options, Request::get(Service::ControlPlane, path).operation("GetInferenceProfile"))
            .await
    }
}
