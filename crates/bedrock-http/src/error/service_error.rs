//! What the service said went wrong: its name for it, its message, status and request id, and the raw body.
//!
//! Reads the error bodies of all surfaces (AWS JSON, OpenAI and Anthropic envelopes) and never fails: what it cannot
//! read stays in the raw body. Not for deciding what to do about it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::redact::Redactor;

/// An error that the service reported.
///
/// Where its parts come from: the type from the header `x-amzn-errortype`, else the body's `code`, else its `__type`,
/// cut at the first `:` and kept after the last `#`; the message from `message`, `Message` or `errorMessage`. The
/// envelopes `{"error": {…}}` of the OpenAI- and Anthropic-shaped surfaces are read too.
///
/// ```
/// use bedrock_http::ServiceError;
/// use http::{HeaderMap, StatusCode};
///
/// let mut headers = HeaderMap::new();
/// headers.insert("x-amzn-errortype", "ValidationException:http://internal.amazon.com/".parse()?);
/// headers.insert("x-amzn-requestid", "cf5b7a1e".parse()?);
/// let body = br#"{"message":"The provided model identifier is invalid."}"#;
/// let error = ServiceError::from_response(StatusCode::BAD_REQUEST, headers, &body[..]);
///
/// assert_eq!(error.error_type(), Some("ValidationException"));
/// assert_eq!(error.message(), Some("The provided model identifier is invalid."));
/// assert_eq!(error.request_id(), Some("cf5b7a1e"));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[derive(Clone)]
pub struct ServiceError {
    status: Option<StatusCode>,
    error_type: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    headers: HeaderMap,
    body: Bytes,
    truncated: bool,
}

impl ServiceError {
    /// Reads an error response.
    pub fn from_response(status: StatusCode, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let json: Option<Value> = serde_json::from_slice(&body).ok();
        let envelope = json.as_ref().map(Envelope::of).unwrap_or_default();
        let header_type = header(&headers, "x-amzn-errortype").map(str::to_owned);
        Self {
            status: Some(status),
            // Header, then `code`, then `__type`: the order of the AWS SDKs. In some recordings the
            // header is missing, as behind proxies; then only the status says what it is.
            error_type: header_type.or(envelope.error_type).and_then(|name| bare_name(&name)),
            message: envelope.message,
            request_id: request_id(&headers).or(envelope.request_id),
            headers,
            body,
            truncated: false,
        }
    }

    /// An exception or error frame inside a stream that had begun with status 200: its `:exception-type` or
    /// `:error-code`, its message and its raw payload.
    pub fn in_stream(
        error_type: impl Into<String>,
        message: impl Into<String>,
        body: impl Into<Bytes>,
    ) -> Self {
        let message = message.into();
        Self {
            status: None,
            error_type: bare_name(&error_type.into()),
            message: (!message.is_empty()).then_some(message),
            request_id: None,
            headers: HeaderMap::new(),
            body: body.into(),
            truncated: false,
        }
    }

    /// Sets the request id of the response in whose stream this error came.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<&str>) -> Self {
        self.request_id = request_id.map(str::to_owned);
        self
    }

    /// Sets the HTTP status that the service's model gives to this exception (a frame of a stream carries none).
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn mark_truncated(mut self, truncated: bool) -> Self {
        self.truncated = truncated;
        self
    }

    /// Masks the secrets that were sent, where the service quotes them.
    #[must_use]
    pub fn redacted(mut self, redactor: &Redactor) -> Self {
        redactor.string(&mut self.error_type);
        redactor.string(&mut self.message);
        redactor.string(&mut self.request_id);
        redactor.headers(&mut self.headers);
        if let Cow::Owned(clean) = redactor.bytes(&self.body) {
            self.body = clean.into();
        }
        self
    }

    /// The HTTP status; `None` for an error inside a stream whose status nobody set.
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// The service's name for the error, without namespace: `ValidationException`.
    pub fn error_type(&self) -> Option<&str> {
        self.error_type.as_deref()
    }

    /// The service's message, as it wrote it.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The service's id of the request (`x-amzn-requestid`).
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The headers of the error response; empty for an error inside a stream.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The raw body, as far as it was read.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether [`body`](Self::body) is not the whole body: it was larger than the limit, or broke off.
    pub fn is_body_truncated(&self) -> bool {
        self.truncated
    }

    /// The body as JSON, when it is JSON: for members like `originalStatusCode` or `resourceName`.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// How long the service asks to wait: `x-amz-retry-after`, in milliseconds, or `retry-after`, in seconds.
    pub fn retry_after(&self) -> Option<Duration> {
        let number = |name| header(&self.headers, name)?.trim().parse::<u64>().ok();
        // The first is the one that botocore reads, in milliseconds. No recorded error of Bedrock
        // has either, and dates are not read.
        number("x-amz-retry-after")
            .map(Duration::from_millis)
            .or_else(|| number("retry-after").map(Duration::from_secs))
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.error_type, self.status) {
            (Some(name), _) => f.write_str(name)?,
            (None, Some(status)) => write!(f, "HTTP status {status}")?,
            (None, None) => f.write_str("error of the service")?,
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        } else if !self.body.is_empty() {
            write!(f, ": {}", excerpt(&self.body))?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceError")
            .field("status", &self.status)
            .field("error_type", &self.error_type)
            .field("message", &self.message)
            .field("request_id", &self.request_id)
            .field("body", &excerpt(&self.body))
            .field("truncated", &self.truncated)
            .finish_non_exhaustive()
    }
}

/// The request id of a response. Bedrock sends `x-amzn-requestid`; the other two are what proxies and the Anthropic-
/// and OpenAI-shaped surfaces send.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    // Recorded: the first of all of Bedrock, `request-id` of Anthropic, `x-request-id` of OpenAI.
    ["x-amzn-requestid", "x-amz-request-id", "request-id", "x-request-id"]
        .into_iter()
        .find_map(|name| header(headers, name))
        .map(str::to_owned)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty())
}

/// `ns#Name:http://…` becomes `Name`.
fn bare_name(name: &str) -> Option<String> {
    // Behind the colon stands where the type is defined, as `:http://internal.amazon.com/coral/…`.
    let name = name.split(':').next().unwrap_or_default();
    let name = name.rsplit('#').next().unwrap_or_default().trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[derive(Default)]
struct Envelope {
    error_type: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

impl Envelope {
    fn of(body: &Value) -> Self {
        let request_id = text(body, &["request_id"]);
        match body.get("error") {
            Some(inner @ Value::Object(_)) => Self {
                // `type` first: `code` may be a number, null, or repeat the status.
                error_type: text(inner, &["type", "code", "__type"]),
                message: text(inner, &["message", "Message"]),
                request_id,
            },
            Some(Value::String(message)) => Self {
                error_type: text(body, &["code", "__type"]),
                message: Some(message.clone()),
                request_id,
            },
            _ => Self {
                error_type: text(body, &["code", "__type"]),
                message: text(body, &["message", "Message", "errorMessage"]),
                request_id,
            },
        }
    }
}

/// The first of these members that holds a non-empty text or a number.
fn text(object: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match object.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    })
}

/// The beginning of a body, on one line, for people.
fn excerpt(body: &[u8]) -> String {
    const LONGEST: usize = 200;
    let start = String::from_utf8_lossy(&body[..body.len().min(LONGEST)]);
    let mut out: String = start.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if body.len() > LONGEST {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (status, error-type header, body) → (type, message)
    type Row = (u16, Option<&'static str>, &'static str, Option<&'static str>, Option<&'static str>);

    const BODIES: &[Row] = &[
        (
            400,
            Some("ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/"),
            r#"{"message":"bad"}"#,
            Some("ValidationException"),
            Some("bad"),
        ),
        (400, Some("ns#Thing"), r#"{"Message":"m"}"#, Some("Thing"), Some("m")),
        (400, Some("H"), r#"{"code":"B","message":"m"}"#, Some("H"), Some("m")),
        (400, None, r#"{"code":"B","__type":"C","message":"m"}"#, Some("B"), Some("m")),
        (400, None, r#"{"__type":"com.amazon#C:x","errorMessage":"m"}"#, Some("C"), Some("m")),
        (400, None, r#"{"message":"only"}"#, None, Some("only")),
        (400, None, r#"{"code":17,"message":"m"}"#, Some("17"), Some("m")),
        (
            404,
            None,
            r#"{"error":{"code":"model_not_found","message":"no","param":null,"type":"invalid_request_error"}}"#,
            Some("invalid_request_error"),
            Some("no"),
        ),
        (
            429,
            None,
            r#"{"error":{"code":"rate_limit_exceeded","message":"no","type":null}}"#,
            Some("rate_limit_exceeded"),
            Some("no"),
        ),
        (
            529,
            None,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
            Some("overloaded_error"),
            Some("Overloaded"),
        ),
        (400, None, r#"{"error":"plain text"}"#, None, Some("plain text")),
        (502, None, "<html>Bad Gateway</html>", None, None),
        (403, Some(""), "", None, None),
        (500, None, "[1,2]", None, None),
        (500, None, "null", None, None),
        (500, Some(":"), r#"{"message":null}"#, None, None),
    ];

    fn check(&(status, errortype, body, want_type, want_message): &Row) {
        let mut headers = HeaderMap::new();
        if let Some(value) = errortype {
            headers.insert("x-amzn-errortype", value.parse().unwrap());
        }
        let error = ServiceError::from_response(StatusCode::from_u16(status).unwrap(), headers, body);
        assert_eq!(error.error_type(), want_type, "type of {body}");
        assert_eq!(error.message(), want_message, "message of {body}");
        assert_eq!(error.body(), body.as_bytes());
        let shown = error.to_string();
        for part in [want_type, want_message].into_iter().flatten() {
            assert!(shown.contains(part), "{shown}");
        }
    }

    #[test]
    fn reads_every_shape_of_body() {
        BODIES.iter().for_each(check);
    }

    #[test]
    fn waits_are_read_in_their_units() {
        type Row = (&'static [(&'static str, &'static str)], Option<u64>);
        let rows: [Row; 6] = [
            (&[("x-amz-retry-after", "1500")], Some(1500)),
            (&[("retry-after", "2")], Some(2000)),
            (&[("x-amz-retry-after", "10"), ("retry-after", "2")], Some(10)),
            (&[("x-amz-retry-after", "-1")], None),
            (&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")], None),
            (&[], None),
        ];
        for (pairs, want) in rows {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            let error = ServiceError::from_response(StatusCode::TOO_MANY_REQUESTS, headers, "");
            assert_eq!(error.retry_after(), want.map(Duration::from_millis), "{pairs:?}");
        }
    }

    #[test]
    fn secrets_that_the_service_quotes_are_taken_out() {
        let redactor = Redactor::of_token(&crate::BearerToken::new("SESSIONTOKEN"));
        let mut headers = HeaderMap::new();
        for name in ["x-amzn-errortype", "x-amzn-requestid", "x-other"] {
            headers.insert(name, "SESSIONTOKEN".parse().unwrap());
        }
        for body in [
            &br#"{"message":"canonical: x-amz-security-token:SESSIONTOKEN end"}"#[..],
            br#"{"message":"SESSION\u0054OKEN"}"#,
            b"\xFFcanonical: SESSIONTOKEN",
        ] {
            let error =
                ServiceError::from_response(StatusCode::FORBIDDEN, headers.clone(), body).redacted(&redactor);
            let body = String::from_utf8_lossy(error.body());
            let all = format!("{error} {error:?} {body} {:?} {:?}", error.headers(), error.json());
            assert!(!all.contains("SESSIONTOKEN") && all.contains("***"), "{all}");
        }
        let frame = ServiceError::in_stream("SESSIONTOKEN", "a SESSIONTOKEN", &b"SESSIONTOKEN"[..]);
        let frame = frame.with_request_id(Some("SESSIONTOKEN")).redacted(&redactor);
        assert_eq!(frame.to_string(), "***: a *** (request id ***)");
    }
}
