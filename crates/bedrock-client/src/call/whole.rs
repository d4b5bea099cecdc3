//! Sending a request whose answer comes whole, and reading that.
//!
//! Not for streamed answers; see `stream`.

use std::time::Instant;

use bedrock_http::{ErrorKind as HttpErrorKind, Request};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::{Options, tokens};
use crate::client::Watch;
use crate::error::excerpt;
use crate::gate::clean_body;
use crate::response::{Head, Response};
use crate::{Client, Error};

/// How many bytes a response that comes whole may have unless another limit is set: images come so.
const MAX_RESPONSE_BYTES: u64 = 64 << 20;

/// Sends a request and takes the whole response, through the gate.
pub(crate) async fn whole(
    client: &Client,
    options: &Options,
    request: Request,
) -> Result<(Head, Bytes), Error> {
    let limit = options.max_response_bytes.or(client.inner.max_response_bytes).unwrap_or(MAX_RESPONSE_BYTES);
    let request = options.apply(request)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    // After the settings: a reservation of the caller's own goes before the guess.
    let mut call = client.transport.call(&tokens::reserving(&client.transport, &request));
    let started = Instant::now();
    loop {
        let response = call.send().await?;
        let head = Head::of(&response);
        let mut body = response.into_body();
        let error = match body.bytes(limit).await {
            Ok(mut bytes) => {
                let watch = Watch::of_whole(&client.inner.observers, &call, started, &head);
                // Usage is read out of the body only where somebody wants it: that is
                // a parse of all of it.
                if watch.is_some() || body.reserved_tokens().is_some() {
                    let usage = tokens::usage_of(&head, &bytes);
                    tokens::settle(&mut body, usage.as_ref());
                    watch.into_iter().for_each(|watch| watch.whole(usage, bytes.len()));
                }
                // Last: counts are read from what came, callers get what is clean.
                clean_body(&head.redactor, head.header("content-type"), &mut bytes);
                return Ok((head, bytes));
            }
            Err(error) => error,
        };
        if error.kind() != HttpErrorKind::Transport {
            return Err(Error::from(error).sent(head.attempts));
        }
        // It broke off half-way, and the caller has been given nothing of it.
        call.retry(error).await?;
    }
}

/// Sends a request and reads the whole response as JSON.
pub(crate) async fn json<T: DeserializeOwned>(
    client: &Client,
    options: &Options,
    request: Request,
) -> Result<Response<T>, Error> {
    let (head, body) = whole(client, options, request).await?;
    let answer = read_json(&head, &body)?;
    Ok(Response::new(answer, head))
}

/// Reads a body as JSON.
pub(crate) fn read_json<T: DeserializeOwned>(head: &Head, body: &Bytes) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("the response cannot be read: {error}; it begins: {}", excerpt(body));
        Error::malformed(message, body.clone()).with_source(error).of_response(head)
    })
}
