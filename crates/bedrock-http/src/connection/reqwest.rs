//! Requests over `reqwest` clients that the user gives, with whatever proxies, TLS and middleware they have.
//!
//! What is above the connections stays as it is: signatures, limits on time, retries, limits on sizes, redaction. What lies
//! below is the client's: how connections are made and pooled, and how strictly HTTP/1.1 is read (by `hyper`, which knows a cut
//! body as such). Not for making clients.

use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use ::reqwest::{Client, Url};
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, Request, Response, StatusCode, Version};
use http_body::{Body as _, Frame};
use tokio::runtime::Handle;

use super::failure::{Cause, ClientLimit, Failure};
use super::origin::address;
use super::outgoing::Outgoing;
use super::per_runtime::PerRuntime;
use super::transfer_coding::is_chunked;

/// The longest head of a response, as on connections of this crate's own.
const LONGEST_HEAD: usize = 64 << 10;

/// What is wrong where a second runtime asks for the one client.
const ELSEWHERE: &str = "the reqwest client is in use on another runtime, which drives its connections (that of blocking calls is \
                         one of its own): give a factory of clients (`reqwest_clients`)";

type Factory = dyn Fn() -> Result<Client, Cause> + Send + Sync;

/// Where clients come from.
#[derive(Clone)]
pub(crate) enum Source {
    One(Client),
    Factory(Arc<Factory>),
}

/// A client for each runtime: it is the runtime of its first request that drives the connections of a client.
#[derive(Clone)]
pub(crate) struct Clients {
    source: Source,
    made: Arc<PerRuntime<Client>>,
    /// Held while a runtime takes the one client that there is.
    sole: Arc<Mutex<()>>,
}

impl Clients {
    pub(super) fn new(source: Source) -> Self {
        Self { source, made: Arc::default(), sole: Arc::default() }
    }

    fn of_this_runtime(&self) -> Result<Arc<Client>, Failure> {
        let until_the_runtime_ends = |_| std::future::pending();
        let client = match &self.source {
            Source::Factory(factory) => {
                let make = || factory().map_err(Failure::Request);
                return self.made.of_this_runtime(make, until_the_runtime_ends);
            }
            Source::One(client) => client,
        };
        // Of two runtimes that ask at the same moment one is the first.
        let _sole = self.sole.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || match self.made.is_used() {
            true => Err(Failure::Request(ELSEWHERE.into())),
            false => Ok(client.clone()),
        };
        self.made.of_this_runtime(make, until_the_runtime_ends)
    }

    /// Sends a request and reads the head of its response.
    pub(super) async fn send(&self, request: Request<Outgoing>) -> Result<Response<Body>, Failure> {
        let client = self.of_this_runtime()?;
        let (parts, body) = request.into_parts();
        let text = parts.uri.to_string();
        let url = Url::parse(&text).map_err(|error| Failure::Request(error.into()))?;
        if url.as_str() != text {
            // A signature is over the URL as it was.
            let message = format!("reqwest would rewrite the URL, to {:?}", url.as_str());
            return Err(Failure::Request(message.into()));
        }
        let mut sent = ::reqwest::Request::new(parts.method, url.clone());
        *sent.headers_mut() = parts.headers;
        *sent.body_mut() = Some(match body {
            Outgoing::Whole(bytes) => bytes.into(),
            Outgoing::Stream(stream) => {
                *sent.version_mut() = Version::HTTP_2;
                ::reqwest::Body::wrap(Streamed(Mutex::new(stream)))
            }
        });
        // What came unasked on an idle connection closes it once its task has looked, and the runtime lets it look before this
        // task ends. What it cannot see (a part of a record of TLS), or sees at the same moment on another thread, is taken for
        // the answer, as by any client that does not ask the kernel. A task, since this future may be polled inside of another
        // runtime, which would be the one to let others have their turn.
        let _ = Handle::current().spawn(tokio::task::yield_now()).await;
        let response = client.execute(sent).await.map_err(failure)?;
        // Only after the fact: a client does not say whether it follows redirects.
        if *response.url() != url {
            let to = response.url().as_str().parse().map_or_else(|_| String::new(), |uri| address(&uri));
            return Err(Failure::Redirected(format!("it was redirected to {to}").into()));
        }
        check(&response).map_err(Failure::Exchange)?;
        Ok(Response::<::reqwest::Body>::from(response).map(Body))
    }
}

/// Refuses what connections of this crate's own refuse, and this client does not.
fn check(response: &::reqwest::Response) -> Result<(), Cause> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err("the server switches to a protocol that was not requested".into());
    }
    if size(response.headers()) > LONGEST_HEAD {
        return Err("the head of the response is longer than 64 KiB".into());
    }
    is_chunked(response.headers(), response.version()).map(drop)
}

/// How long the headers are, as HTTP/1.1 writes them.
fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

fn failure(error: ::reqwest::Error) -> Failure {
    // The URL is in the message above already.
    let error = error.without_url();
    if error.is_builder() {
        return Failure::Request(error.into());
    }
    if error.is_redirect() {
        return Failure::Redirected(error.into());
    }
    // hyper-util has no question for it; its kind shows in the words alone.
    if has_cause(&error, |cause| cause.to_string().contains("UserUnsupportedVersion")) {
        return Failure::Request(
            "a request whose body is a stream needs HTTP/2, which was not agreed on".into(),
        );
    }
    let is_connect = error.is_connect();
    let cause = cause(error);
    if is_connect { Failure::Connect(cause) } else { Failure::Exchange(cause) }
}

/// An error of the client, which says whether it was one of the client's own limits.
fn cause(error: ::reqwest::Error) -> Cause {
    // A connection that died is no limit: the kernel gave up, or nothing answered a ping of HTTP/2.
    let is_dead = |cause: &(dyn StdError + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.raw_os_error().is_some())
            || cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_timeout)
    };
    let is_limit = error.is_timeout() && !has_cause(&error, is_dead);
    if is_limit { Box::new(ClientLimit(error.into())) } else { error.into() }
}

fn has_cause(error: &(dyn StdError + 'static), is: impl Fn(&(dyn StdError + 'static)) -> bool) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if is(error) {
            return true;
        }
        next = error.source();
    }
    false
}

/// The body of a response.
pub(crate) struct Body(::reqwest::Body);

impl Body {
    pub(super) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cause>>> {
        loop {
            return Poll::Ready(match std::task::ready!(Pin::new(&mut self.0).poll_frame(cx)) {
                None => None,
                Some(Err(error)) => Some(Err(cause(error.without_url()))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(piece) if !piece.is_empty() => Some(Ok(piece)),
                    // Trailers and empty pieces say nothing to the reader.
                    _ => continue,
                },
            });
        }
    }

    pub(super) fn announced(&self) -> Option<u64> {
        self.0.size_hint().exact()
    }
}

/// A stream as a body that several threads may hold, though one at a time reads it.
struct Streamed(Mutex<Pin<Box<dyn Stream<Item = Bytes> + Send>>>);

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        // `&mut` needs no locking: the mutex only makes the stream `Sync`,
        // which `reqwest` asks for.
        let stream = self.get_mut().0.get_mut().unwrap_or_else(PoisonError::into_inner);
        stream.as_mut().poll_next(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
