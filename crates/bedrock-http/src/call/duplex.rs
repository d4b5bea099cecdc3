//! A call whose request body is a stream: HTTP/2, both directions at once, sent once.
//!
//! Not for frames or their signatures: the caller's stream gives finished bytes, and gets an [`EventSigner`] to make them.

use bytes::Bytes;
use futures_core::Stream;
use http::header::AUTHORIZATION;
use tokio::time::Instant;

use super::identity::Identity;
use super::{Call, Response};
use crate::connection::Outgoing;
use crate::observe::TransportEvent;
use crate::policy::Permit;
use crate::{Error, EventSigner};

impl Call {
    /// See [`Transport::duplex`](crate::Transport::duplex).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); [`ErrorKind::Usage`](crate::ErrorKind::Usage) when the request has a body already.
    pub async fn duplex<S>(&mut self, input: impl FnOnce(Option<EventSigner>) -> S) -> Result<Response, Error>
    where
        S: Stream<Item = Bytes> + Send + 'static,
    {
        if !self.request.body.is_empty() {
            return Err(Error::usage("a request whose body is a stream cannot have another one"));
        }
        let shared = self.shared.clone();
        // Before a place under the limits is taken: nothing can be sent without it.
        let client = shared.http2_client()?;
        let permit = self.admitted(&shared).await?;
        let (guard, mut request, identity) = match self.ready(&shared).await {
            Ok(ready) => ready,
            Err(error) => {
                permit.into_iter().for_each(Permit::unused);
                return Err(error);
            }
        };
        // The request was signed over an empty body, as the Rust SDK does it. AWS's general
        // rule is the text `STREAMING-AWS4-HMAC-SHA256-EVENTS` in place of a hash; not
        // tried on the live service.
        let signer = self.event_signer(&request, &identity)?;
        let body = Outgoing::Stream(Box::pin(input(signer)));
        *request.body_mut() = body;

        let number = self.session.attempt();
        let began = Instant::now();
        self.emit(&TransportEvent::Attempt { number, bytes: self.request.body.len() });
        self.remember_secrets(&request, &identity);
        let sent = self.exchange(&shared, client, request, permit).await;
        let sent = self.verdict(sent, guard);
        let elapsed = began.elapsed();
        match &sent {
            Ok(response) => {
                self.session.succeeded();
                let (status, request_id) = (response.status(), response.request_id());
                self.emit(&TransportEvent::Headers { status, request_id, elapsed });
            }
            Err(error) => self.emit(&TransportEvent::Failed { number, error, elapsed }),
        }
        sent.map_err(|error| error.with_attempts(number))
    }

    /// The chain of signatures that begins with the one in this request.
    fn event_signer(
        &self,
        request: &http::Request<Outgoing>,
        identity: &Identity,
    ) -> Result<Option<EventSigner>, Error> {
        let Identity::Keys(_, keys) = identity else { return Ok(None) };
        let seed = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.rsplit_once("Signature="))
            .map(|(_, digits)| digits.to_owned())
            .ok_or_else(|| Error::usage("the request has no signature to go on from"))?;
        // There is one: without it the request could not have been signed.
        let region = self.shared.region.clone().unwrap_or_default();
        let service = self.request.service.signing_name();
        Ok(Some(EventSigner::new(keys.clone(), region, service, seed)))
    }
}
