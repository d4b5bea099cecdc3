//! The transport itself: what all calls share.
//!
//! Not for one call's life (that is [`crate::Call`]).

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::Stream;

use crate::call::{Call, Response, Shared};
use crate::policy::{Gates, Limits, RetryConfig, RetryQuota, Timeouts};
use crate::{Error, EventSigner, Request, Service};

/// Sends requests to Bedrock: signed or with a bearer token, within limits of time, retried where that makes sense.
///
/// Cloning is cheap; clones share connections, the retry quota, circuit breakers and limits. See the crate's page for a
/// tour.
///
/// ```no_run
/// # async fn example() -> Result<(), bedrock_http::Error> {
/// use bedrock_http::{Path, Request, Service, Transport};
///
/// let transport = Transport::from_env()?;
/// let path = Path::new().segment("model").label("modelId", "amazon.nova-lite-v1:0")?.segment("converse");
/// let request = Request::post(Service::Runtime, path)
///     .json(r#"{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}"#);
/// let answer = transport.send(&request).await?.into_body().bytes(1 << 20).await?;
/// println!("{}", String::from_utf8_lossy(&answer));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Transport {
    pub(crate) shared: Arc<Shared>,
}

impl Transport {
    /// Sends a request, again where that makes sense, until its response begins.
    ///
    /// # Errors
    ///
    /// An answer other than 2xx is an error of kind [`ErrorKind::Service`](crate::ErrorKind::Service); the other kinds
    /// say what else went wrong.
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        self.call(request).send().await
    }

    /// Begins a call that the caller may continue after its response has begun: see [`Call`].
    pub fn call(&self, request: &Request) -> Call {
        Call::new(self.shared.clone(), request.clone())
    }

    /// Sends a request whose body is a stream, over HTTP/2, and gives the response when its head comes; both directions
    /// flow at once. Once: what was streamed cannot be sent again.
    ///
    /// The request is signed over an empty body. `input` gets the [`EventSigner`] that carries this signature on from
    /// frame to frame (none when the request goes out unsigned or with a bearer token), and gives the stream of encoded,
    /// signed frames. Dropping the response closes both directions.
    ///
    /// ```no_run
    /// # use bedrock_http::{Error, EventSigner, Request, Transport};
    /// # use bytes::Bytes;
    /// # use futures_core::Stream;
    /// # fn signed_frames(_: Option<EventSigner>) -> impl Stream<Item = Bytes> + Send + 'static { empty() }
    /// # fn empty() -> std::pin::Pin<Box<dyn Stream<Item = Bytes> + Send>> { unimplemented!() }
    /// # async fn example(transport: Transport, request: Request) -> Result<(), Error> {
    /// let mut response = transport.duplex(&request, |signer| signed_frames(signer)).await?;
    /// while let Some(piece) = response.body_mut().next().await {
    ///     println!("{} bytes", piece?.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn duplex<S>(
        &self,
        request: &Request,
        input: impl FnOnce(Option<EventSigner>) -> S,
    ) -> Result<Response, Error>
    where
        S: Stream<Item = Bytes> + Send + 'static,
    {
        self.call(request).duplex(input).await
    }

    /// The region in URLs and signatures.
    pub fn region(&self) -> Option<&str> {
        self.shared.region.as_deref()
    }

    /// The URL below which requests to a service go.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when the settings give none for this service.
    pub fn endpoint(&self, service: Service) -> Result<&str, Error> {
        self.shared.base(service)
    }

    /// Whether requests to a service can be read on their way: over plain `http://` to another machine, or by way of a proxy
    /// on one. See [`allow_insecure_bearer`](crate::TransportBuilder::allow_insecure_bearer).
    ///
    /// ```
    /// # use bedrock_http::{Auth, Service, Transport};
    /// let at = |url: &str| Transport::builder().endpoint(url).auth(Auth::Anonymous).build();
    /// assert!(at("http://gateway.example")?.is_exposed(Service::Runtime)?);
    /// assert!(!at("http://127.0.0.1:4600")?.is_exposed(Service::Runtime)?);
    /// # Ok::<(), bedrock_http::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when the settings give this service no endpoint.
    pub fn is_exposed(&self, service: Service) -> Result<bool, Error> {
        let base = self.shared.base(service)?;
        let uri = base.parse().map_err(|error| Error::usage("the endpoint is not a URL").with_source(error));
        uri.map(|uri| self.shared.client.exposed_to(&uri).is_some())
    }

    /// The retries of calls that bring none of their own.
    pub fn retry_config(&self) -> &RetryConfig {
        &self.shared.retry
    }

    /// The limits on time of calls that bring none of their own.
    pub fn timeouts(&self) -> &Timeouts {
        &self.shared.timeouts
    }

    /// The limits on calls, requests and tokens, where there are any.
    pub fn limits(&self) -> Option<&Limits> {
        self.shared.gates.as_ref().map(Gates::limits)
    }

    /// The bucket that pays for the retries of all calls.
    pub fn retry_quota(&self) -> &RetryQuota {
        &self.shared.quota
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.fmt(f)
    }
}
