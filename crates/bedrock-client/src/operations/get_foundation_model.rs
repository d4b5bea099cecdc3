//! GetFoundationModel: what a model takes and gives.
//!
//! Not for calling it.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::catalog::GetFoundationModelResponse;
use bedrock_http::{Path, Request, Service};

use crate::call::{Call, Options, json, sealed};
use crate::response::Response;
use crate::{Client, Error};

/// The operation GetFoundationModel: see [`Client::get_foundation_model`].
#[derive(Debug, Clone)]
pub struct GetFoundationModel {
    identifier: String,
}

impl Client {
    /// Asks what a model takes and gives, by its id or ARN.
    pub fn get_foundation_model(&self, model_id: impl Into<String>) -> Call<GetFoundationModel> {
        Call::new(self, GetFoundationModel { identifier: model_id.into() })
    }
}

#[codegen_at_use]
impl sealed::Run for GetFoundationModel {
    type Output = Response<GetFoundationModelResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let path = Path::new().segment("foundation-models").label("model_id", &self.identifier)?;
        json(&client, &options, Request::get(Service::ControlPlane, path).operation("GetFoundationModel"))
            .await
    }
}
