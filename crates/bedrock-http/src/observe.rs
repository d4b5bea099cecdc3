//! Observers and interceptors: each attempt, wait, first byte and end of a call can be watched, and headers changed before
//! they are signed.
//!
//! Not for tokens, events and costs of a model: the layer above knows these, and has observers of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use crate::Error;
use crate::policy::BreakerState;
use crate::request::{HeaderNames, Request, Service};

/// Which call an event is about.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallInfo {
    /// A number of its own within this process.
    pub id: u64,
    /// Where it goes.
    pub service: Service,
    /// The operation, when the request names it.
    pub operation: Option<&'static str>,
    /// The model, when the request names it.
    pub model: Option<String>,
}

impl CallInfo {
    pub(crate) fn of(request: &Request) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            // Only to be unique: nothing else is ordered by it.
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            service: request.service,
            operation: request.operation,
            model: request.model.clone(),
        }
    }
}

/// Something that happened in a call. Durations count from the start of the call unless they say otherwise. New kinds
/// of events may be added.
#[derive(Debug)]
#[non_exhaustive]
pub enum TransportEvent<'a> {
    /// The call waited for its turn under the limits, so long.
    Admitted {
        /// How long it waited.
        waited: Duration,
        /// How many tokens it reserved.
        reserved: u64,
    },
    /// The call said how many tokens it really used; what it had reserved beyond is free for others.
    Settled {
        /// How many it had reserved.
        reserved: u64,
        /// How many of the quota it used: output counts as [`Limits::output_weight`](crate::Limits::output_weight) says.
        used: u64,
    },
    /// A request is about to be sent.
    Attempt {
        /// Which one, from 1.
        number: u32,
        /// How many bytes its body has; 0 where it is streamed.
        bytes: usize,
    },
    /// The response's status and headers came, and it is a success.
    Headers {
        /// The HTTP status.
        status: StatusCode,
        /// The service's id of the request.
        request_id: Option<&'a str>,
        /// Since the attempt began.
        elapsed: Duration,
    },
    /// An attempt failed: no response, or an error as the response.
    Failed {
        /// Which one, from 1.
        number: u32,
        /// Why.
        error: &'a Error,
        /// Since the attempt began.
        elapsed: Duration,
    },
    /// The request will be sent again after a wait.
    Retry {
        /// How long the wait is.
        delay: Duration,
    },
    /// The first piece of the body came.
    FirstPiece {
        /// Since the call began.
        elapsed: Duration,
    },
    /// The body has ended, or was dropped before its end.
    BodyEnd {
        /// How it ended.
        end: BodyEnd,
        /// How many bytes of it had come.
        bytes: u64,
        /// Since the call began.
        elapsed: Duration,
    },
    /// The circuit breaker of this call's endpoint and model changed its state.
    Breaker {
        /// What it is now.
        state: BreakerState,
    },
}

/// How the reading of a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd {
    /// At its end, as HTTP says it.
    Complete,
    /// By an error.
    Failed,
    /// The caller dropped it before.
    Abandoned,
}

/// Receives the events of calls. It is called from within them, so it must not block.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use bedrock_http::{CallInfo, Observer, TransportEvent};
///
/// #[derive(Default)]
/// struct CountRetries(AtomicU32);
///
/// impl Observer for CountRetries {
///     fn observe(&self, _call: &CallInfo, event: &TransportEvent<'_>) {
///         if let TransportEvent::Retry { .. } = event {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
/// # let _ = CountRetries::default();
/// ```
pub trait Observer: Send + Sync {
    /// Something happened in a call.
    fn observe(&self, call: &CallInfo, event: &TransportEvent<'_>);
}

/// Changes or inspects requests before they are sent.
///
/// ```
/// use bedrock_http::{CallInfo, Error, Interceptor};
/// use http::{HeaderMap, HeaderValue};
///
/// struct Tenant;
///
/// impl Interceptor for Tenant {
///     fn before_signing(&self, _call: &CallInfo, headers: &mut HeaderMap) -> Result<(), Error> {
///         headers.insert("x-tenant", HeaderValue::from_static("blue"));
///         Ok(())
///     }
/// }
/// # let _ = Tenant;
/// ```
pub trait Interceptor: Send + Sync {
    /// Changes the headers of an attempt before they are signed.
    ///
    /// # Errors
    ///
    /// An error ends the call; nothing is sent.
    fn before_signing(&self, _call: &CallInfo, _headers: &mut HeaderMap) -> Result<(), Error> {
        Ok(())
    }

    /// Sees the request exactly as it will be sent.
    fn signed(&self, _call: &CallInfo, _request: &SignedRequest<'_>) {}
}

/// A request exactly as it will be sent. The headers hold the signature or the bearer token; these are marked as
/// sensitive and do not print, nor does the body.
#[non_exhaustive]
pub struct SignedRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// The whole URL.
    pub url: &'a str,
    /// All headers that this crate sets. `host` and `content-length` follow from the URL and the body.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a Bytes,
}

impl std::fmt::Debug for SignedRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedRequest")
            .field("method", self.method)
            .field("url", &self.url)
            .field("headers", &HeaderNames(self.headers))
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
