//! A request as it goes out: headers, URL and signature.
//!
//! Not for sending it.

use http::Uri;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderValue, TRANSFER_ENCODING, USER_AGENT};

use super::identity::{Identity, identify};
use super::shared::Shared;
use crate::auth::{BearerToken, Scope, Signable, signature_headers};
use crate::connection::Outgoing;
use crate::observe::{CallInfo, SignedRequest};
use crate::{Error, Request};

/// The request with its proof of identity, exactly as it goes out.
pub(super) async fn prepare(
    shared: &Shared,
    call: &CallInfo,
    request: &Request,
    endpoint: &str,
) -> Result<(http::Request<Outgoing>, Identity), Error> {
    // The order: what interceptors change is trimmed, then signed, then shown as it goes out. A
    // header changed later would break the signature.
    let mut headers = request.headers.clone();
    for interceptor in &shared.interceptors {
        interceptor.before_signing(call, &mut headers)?;
    }
    // They follow from the body; what a caller set could say otherwise.
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    trim(&mut headers);
    // Not signed (`UNSIGNED`), so it may be the caller's.
    headers.entry(USER_AGENT).or_insert_with(|| shared.user_agent.clone());

    let text = format!("{endpoint}{}", request.target);
    let uri = as_it_is_sent(&text)?;
    // By the URL that is sent, and for each attempt: proxies may be chosen by host.
    let exposed = shared.client.exposed_to(&uri);
    let identity = identify(shared, request.service, exposed.as_deref()).await?;
    match &identity {
        Identity::Anonymous => {}
        Identity::Token(_, token) => {
            headers.insert(AUTHORIZATION, bearer_header(token)?);
        }
        Identity::Keys(_, keys) => {
            let region = shared.region.as_deref().ok_or_else(|| {
                Error::usage(
                    "a signature needs a region, also when the endpoint is a custom one: set `region`, or AWS_REGION in the \
                     environment",
                )
            })?;
            let time = shared.service_time();
            let service = request.service.signing_name();
            let scope = Scope { credentials: keys, region, service, time };
            let method = request.method.as_str();
            let signable = Signable { method, url: &text, headers: &headers, body: &request.body };
            let made = signature_headers(&signable, &scope)?;
            headers.extend(made);
        }
    }
    let signed =
        SignedRequest { method: &request.method, url: &text, headers: &headers, body: &request.body };
    for interceptor in &shared.interceptors {
        interceptor.signed(call, &signed);
    }
    let mut out = http::Request::new(Outgoing::Whole(request.body.clone()));
    *out.method_mut() = request.method.clone();
    *out.uri_mut() = uri;
    *out.headers_mut() = headers;
    Ok((out, identity))
}

/// Takes the blanks off both ends of values. They mean nothing, and over HTTP/2 a server may drop such a header as malformed
/// (RFC 9113, 8.2.1): a signature over it would then be wrong.
fn trim(headers: &mut HeaderMap) {
    for value in headers.values_mut() {
        let bare = value.as_bytes().trim_ascii();
        if bare.len() < value.len()
            && let Ok(mut trimmed) = HeaderValue::from_bytes(bare)
        {
            trimmed.set_sensitive(value.is_sensitive());
            *value = trimmed;
        }
    }
}

/// A URL that goes out to the byte as it is signed: nothing on the way may have a reason to rewrite it.
fn as_it_is_sent(text: &str) -> Result<Uri, Error> {
    let refused = |why: &str| Error::usage(format!("the URL {text:?} cannot be sent: {why}"));
    let uri: Uri = text.parse().map_err(|error| refused("it is not a URL").with_source(error))?;
    let sent = uri.to_string();
    // `http::Uri` drops a fragment without a word.
    if sent != text {
        return Err(refused("it has a part that is not sent"));
    }
    let plain = |c: u8| c.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&c);
    if !text.bytes().all(plain) {
        return Err(refused("it has characters that must be encoded"));
    }
    let climbs =
        |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if uri.path().split('/').any(climbs) {
        return Err(refused("it has a segment `.` or `..`"));
    }
    Ok(uri)
}

fn bearer_header(token: &BearerToken) -> Result<HeaderValue, Error> {
    let text = zeroize::Zeroizing::new(format!("Bearer {}", token.token()));
    let mut value = HeaderValue::from_str(&text).map_err(|error| {
        Error::credentials("the bearer token holds characters that no header can carry").with_source(error)
    })?;
    value.set_sensitive(true);
    Ok(value)
}
