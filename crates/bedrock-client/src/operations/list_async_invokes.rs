//! ListAsyncInvokes: the asynchronous calls of an account.
//!
//! Not for one of them: see `get_async_invoke.rs`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::async_invoke::{
    AsyncInvokeStatus, ListAsyncInvokesRequest, ListAsyncInvokesResponse, SortOrder,
};
use bedrock_http::{Path, Request, Service};

use crate::call::Paged;
use crate::call::{Call, Options, json, sealed};
use crate::response::Response;
use crate::{Client, Error};

/// The operation ListAsyncInvokes: see [`Client::list_async_invokes`].
#[derive(Debug, Clone, Default)]
pub struct ListAsyncInvokes {
    request: ListAsyncInvokesRequest,
}

#[codegen_at_use]
impl Client {
    /// Lists asynchronous calls, page by page.
    ///
    /// ```no_run
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// use bedrock_client::formats::async_invoke::AsyncInvokeStatus;
    ///
    /// let mut pages = client.list_async_invokes().status(AsyncInvokeStatus::Failed).pages();
    /// while let Some(page) = pages.next().await {
    ///     for call in page?.async_invoke_summaries.iter().flatten() {
    ///         println!("{}: {:?}", call.invocation_arn, call.failure_message);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_async_invokes(&self) -> Call<ListAsyncInvokes> {
        Call::new(self, ListAsyncInvokes::default())
    }
}

#[codegen_at_use]
impl Call<ListAsyncInvokes> {
    /// Changes the request itself: for what has no setting of its own here.
    pub fn request(self, change: impl FnOnce(ListAsyncInvokesRequest) -> ListAsyncInvokesRequest) -> Self {
        self.set(|operation| operation.request = change(std::mem::take(&mut operation.request)))
    }

    /// Only calls that stand so.
    pub fn status(self, status: AsyncInvokeStatus) -> Self {
        self.request(|request| request.status_equals(status))
    }

    /// Only calls started after this time, ISO 8601.
    pub fn submitted_after(self, time: impl Into<String>) -> Self {
        self.request(|request| request.submit_time_after(time.into()))
    }

    /// Only calls started before this time, ISO 8601.
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
impl sealed::Run for ListAsyncInvokes {
    type Output = Response<ListAsyncInvokesResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let path = Path::new().segment("async-invoke");
        let request = Request::get(Service::Runtime, path).operation("ListAsyncInvokes");
        let query = self.request.query();
        let request = query.iter().fold(request, |request, (name, value)| request.query(name, value));
        json(&client, &options, request).await
    }
}

#[codegen_at_use]
impl Paged for ListAsyncInvokes {
    fn next_token(page: &Self::Output) -> Option<&str> {
        page.next_token.as_deref()
    }

    fn go_on(&mut self, token: String) {
        self.request.next_token = Some(token);
    }
}
