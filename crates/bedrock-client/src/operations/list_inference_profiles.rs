//! ListInferenceProfiles: the profiles that models are called through, across regions or for one application.
//!
//! Not for the models behind them.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::catalog::{
    InferenceProfileType, ListInferenceProfilesRequest, ListInferenceProfilesResponse,
};
use bedrock_http::{Path, Request, Service};

use crate::call::Paged;
use crate::call::{Call, Options, json, sealed};
use crate::response::Response;
use crate::{Client, Error};

/// The operation ListInferenceProfiles: see [`Client::list_inference_profiles`].
#[derive(Debug, Clone, Default)]
pub struct ListInferenceProfiles {
    request: ListInferenceProfilesRequest,
}

#[codegen_at_use]
impl Client {
    /// Lists inference profiles, page by page.
    ///
    /// ```no_run
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let mut pages = client.list_inference_profiles().pages();
    /// while let Some(page) = pages.next().await {
    ///     for profile in page?.inference_profile_summaries.iter().flatten() {
    ///         println!("{}", profile.inference_profile_id);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_inference_profiles(&self) -> Call<ListInferenceProfiles> {
        Call::new(self, ListInferenceProfiles::default())
    }
}

#[codegen_at_use]
impl Call<ListInferenceProfiles> {
    /// Changes the request itself: for what has no setting of its own here.
    pub fn request(
        self,
        change: impl FnOnce(ListInferenceProfilesRequest) -> ListInferenceProfilesRequest,
    ) -> Self {
        self.set(|operation| operation.request = change(std::mem::take(&mut operation.request)))
    }

    /// Only profiles made by these.
    pub fn kind(self, kind: InferenceProfileType) -> Self {
        self.request(|request| request.kind(kind))
    }

    /// At most so many on one page, 1 to 1000.
    pub fn page_size(self, most: u64) -> Self {
        self.request(|request| request.max_results(most))
    }

    /// Goes on from a page that was got earlier.
    pub fn next_token(self, token: impl Into<String>) -> Self {
        self.request(|request| request.next_token(token.into()))
    }
}

#[codegen_at_use]
impl sealed::Run for ListInferenceProfiles {
    type Output = Response<ListInferenceProfilesResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let path = Path::new().segment("inference-profiles");
        let request = Request::get(Service::ControlPlane, path).operation("ListInferenceProfiles");
        let query = self.request.query();
        let request = query.iter().fold(request, |request, (name, value)| request.query(name, value));
        json(&client, &options, request).await
    }
}

#[codegen_at_use]
impl Paged for ListInferenceProfiles {
    fn next_token(page: &Self::Output) -> Option<&str> {
        page.next_token.as_deref()
    }

    fn go_on(&mut self, token: String) {
        self.request.next_token = Some(token);
    }
}
