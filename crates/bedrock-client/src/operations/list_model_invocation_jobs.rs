//! ListModelInvocationJobs: the batch jobs of an account.
//!
//! Not for one of them: see `get_model_invocation_job.rs`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::async_invoke::SortOrder;
use bedrock_formats::batch::{
    ListModelInvocationJobsRequest, ListModelInvocationJobsResponse, ModelInvocationJobStatus,
};
use bedrock_http::{Path, Request, Service};

use crate::call::Paged;
use crate::call::{Call, Options, json, sealed};
use crate::response::Response;
use crate::{Client, Error};

/// The operation ListModelInvocationJobs: see [`Client::list_model_invocation_jobs`].
#[derive(Debug, Clone, Default)]
pub struct ListModelInvocationJobs {
    request: ListModelInvocationJobsRequest,
}

#[codegen_at_use]
impl Client {
    /// Lists batch jobs, page by page.
    ///
    /// ```no_run
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let mut pages = client.list_model_invocation_jobs().name_contains("night").pages();
    /// while let Some(page) = pages.next().await {
    ///     for job in page?.invocation_job_summaries.iter().flatten() {
    ///         println!("{}: {:?}", job.job_arn, job.status);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_model_invocation_jobs(&self) -> Call<ListModelInvocationJobs> {
        Call::new(self, ListModelInvocationJobs::default())
    }
}

#[codegen_at_use]
impl Call<ListModelInvocationJobs> {
    /// Changes the request itself: for what has no setting of its own here.
    pub fn request(
        self,
        change: impl FnOnce(ListModelInvocationJobsRequest) -> ListModelInvocationJobsRequest,
    ) -> Self {
        self.set(|operation| operation.request = change(std::mem::take(&mut operation.request)))
    }

    /// Only jobs that stand so.
    pub fn status(self, status: ModelInvocationJobStatus) -> Self {
        self.request(|request| request.status_equals(status))
    }

    /// Only jobs whose name has this in it.
    pub fn name_contains(self, part: impl Into<String>) -> Self {
        self.request(|request| request.name_contains(part.into()))
    }

    /// Only jobs made after this time, ISO 8601.
    pub fn submitted_after(self, time: impl Into<String>) -> Self {
        self.request(|request| request.submit_time_after(time.into()))
    }

    /// Only jobs made before this time, ISO 8601.
    pub fn submitted_before(self, time: impl Into<String>) -> Self {
        self.request(|request| request.submit_time_before(time.into()))
    }

    /// Which way to sort.
    pub fn sort_order(self, order: SortOrder) -> Self {
        self.request(|request| request.sort_order(order))
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
impl sealed::Run for ListModelInvocationJobs {
    type Output = Response<ListModelInvocationJobsResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let path = Path::new().segment("model-invocation-jobs");
        let request = Request::get(Service::ControlPlane, path).operation("ListModelInvocationJobs");
        let query = self.request.query();
        let request = query.iter().fold(request, |request, (name, value)| request.query(name, value));
        json(&client, &options, request).await
    }
}

#[codegen_at_use]
impl Paged for ListModelInvocationJobs {
    fn next_token(page: &Self::Output) -> Option<&str> {
        page.next_token.as_deref()
    }

    fn go_on(&mut self, token: String) {
        self.request.next_token = Some(token);
    }
}
