//! ListFoundationModels: the models that a region has.
//!
//! Not for inference profiles, which many models are called through.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::catalog::{
    InferenceType, ListFoundationModelsRequest, ListFoundationModelsResponse, ModelCustomization,
    ModelModality,
};
use bedrock_http::{Path, Request, Service};

use crate::call::{Call, Options, json, sealed};
use crate::response::Response;
use crate::{Client, Error};

/// The operation ListFoundationModels: see [`Client::list_foundation_models`].
#[derive(Debug, Clone, Default)]
pub struct ListFoundationModels {
    request: ListFoundationModelsRequest,
}

#[codegen_at_use]
impl Client {
    /// Lists the models of the region.
    ///
    /// ```no_run
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let models = client.list_foundation_models().provider("Amazon").await?;
    /// for model in models.model_summaries.iter().flatten() {
    ///     println!("{}", model.model_id);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_foundation_models(&self) -> Call<ListFoundationModels> {
        Call::new(self, ListFoundationModels::default())
    }
}

#[codegen_at_use]
impl Call<ListFoundationModels> {
    /// Changes the request itself: for what has no setting of its own here.
    pub fn request(
        self,
        change: impl FnOnce(ListFoundationModelsRequest) -> ListFoundationModelsRequest,
    ) -> Self {
        self.set(|operation| operation.request = change(std::mem::take(&mut operation.request)))
    }

    /// Only models of this provider.
    pub fn provider(self, name: impl Into<String>) -> Self {
        self.request(|request| request.by_provider(name.into()))
    }

    /// Only models that give this.
    pub fn output(self, modality: ModelModality) -> Self {
        self.request(|request| request.by_output_modality(modality))
    }

    /// Only models that can be adapted so.
    pub fn customization(self, kind: ModelCustomization) -> Self {
        self.request(|request| request.by_customization_type(kind))
    }

    /// Only models that can be called so.
    pub fn inference_type(self, kind: InferenceType) -> Self {
        self.request(|request| request.by_inference_type(kind))
    }
}

#[codegen_at_use]
impl sealed::Run for ListFoundationModels {
    type Output = Response<ListFoundationModelsResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let path = Path::new().segment("foundation-models");
        let request = Request::get(Service::ControlPlane, path).operation("ListFoundationModels");
        let query = self.request.query();
        let request = query.iter().fold(request, |request, (name, value)| request.query(name, value));
        json(&client, &options, request).await
    }
}
