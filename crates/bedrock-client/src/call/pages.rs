//! Lists that come in pages.
//!
//! Not for any one list: each is an operation of its own.

use super::{Call, Operation, sealed};
use crate::{Client, Error};

/// An operation that answers in pages.
pub trait Paged: Operation + sealed::Run + Clone {
    /// What the next page is asked for with.
    #[doc(hidden)]
    fn next_token(page: &Self::Output) -> Option<&str>;

    /// Goes on from there.
    #[doc(hidden)]
    fn go_on(&mut self, token: String);
}

/// The pages of a list, one after the other: see [`Call::pages`].
#[derive(Debug)]
pub struct Pages<O> {
    call: Option<Call<O>>,
    token: Option<String>,
}

impl<O: Paged> Call<O> {
    /// All pages, one after the other, each asked for when it is wanted. Awaiting the call itself gives the first one.
    pub fn pages(self) -> Pages<O> {
        Pages { call: Some(self), token: None }
    }
}

impl<O: Paged> Pages<O> {
    /// The client that asks, while there is more to ask for.
    pub(crate) fn client_mut(&mut self) -> Option<&mut Client> {
        self.call.as_mut().map(|call| &mut call.client)
    }

    /// Asks for no more.
    pub(crate) fn end(&mut self) {
        self.call = None;
    }

    /// The next page; `None` after the last one, and after an error.
    ///
    /// # Errors
    ///
    /// As those of the operation; [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) when the service gives the same
    /// page for the next one, which would have no end.
    pub async fn next(&mut self) -> Option<Result<O::Output, Error>> {
        // Taken first, so that an error ends the list. Doubtful: dropped while it waits, `next`
        // ends it as well, and that looks like the last page.
        let call = self.call.take()?;
        let page = match call.clone().send().await {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        if let Some(token) = O::next_token(&page).filter(|token| !token.is_empty()) {
            // Only a token that repeats at once is seen: a circle of several pages is not.
            if self.token.as_deref() == Some(token) {
                let message = "the service gives the same page for the next one";
                return Some(Err(Error::malformed(message, bytes::Bytes::copy_from_slice(token.as_bytes()))));
            }
            self.token = Some(token.to_owned());
            self.call = Some(call.set(|operation| operation.go_on(token.to_owned())));
        }
        Some(Ok(page))
    }
}
