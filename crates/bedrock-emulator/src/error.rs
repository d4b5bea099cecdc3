//! Errors as the service writes them: a status, a type in `x-amzn-errortype`, a JSON body with a message. The errors that
//! a test scripts are in `script`.

use bedrock_formats::exceptions;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

/// An error on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceError {
    pub(crate) status: StatusCode,
    pub(crate) error_type: String,
    pub(crate) message: String,
    pub(crate) body: ErrorBody,
    pub(crate) type_location: ErrorTypeLocation,
    pub(crate) retry_after: Option<u32>,
}

/// The body of an error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorBody {
    /// `{"message": …}`, as the service writes it.
    #[default]
    Json,
    /// No body at all.
    Empty,
    /// A page of HTML, as proxies write.
    Html,
    /// `{"type":"error","error":{"type": …,"message": …}}`, as Anthropic writes it.
    Anthropic,
}

/// Where the type of an error stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorTypeLocation {
    /// In the header `x-amzn-errortype`, as the service writes it.
    #[default]
    Header,
    /// In the body, as `__type`.
    Body,
    /// In both.
    Both,
}

impl ServiceError {
    /// An error of this type, with the status that the service has for it.
    pub(crate) fn new(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        let error_type = error_type.into();
        Self {
            status: status_of(&error_type),
            error_type,
            message: message.into(),
            body: ErrorBody::Json,
            type_location: ErrorTypeLocation::Header,
            retry_after: None,
        }
    }

    /// A request with invalid content.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).unwrap_or(self.status);
        self
    }

    /// The media type and the bytes of the body. Callers on the OpenAI paths get their own envelope.
    pub(crate) fn body(&self, dialect: Dialect) -> (&'static str, Bytes) {
        let json = |value: &Value| ("application/json", Bytes::from(value.to_string()));
        match (self.body, dialect) {
            (ErrorBody::Empty, _) => ("application/json", Bytes::new()),
            (ErrorBody::Html, _) => {
                let reason = self.status.canonical_reason().unwrap_or("Error");
                let page = format!("<html><body><h1>{} {reason}</h1></body></html>", self.status.as_u16());
                ("text/html", Bytes::from(page))
            }
            (ErrorBody::Anthropic, _) | (ErrorBody::Json, Dialect::Anthropic) => {
                json(&json!({"type": "error", "error": {"type": self.error_type, "message": self.message}}))
            }
            // The name twice: which of the two Bedrock fills with what is not recorded.
            (ErrorBody::Json, Dialect::OpenAi) => json(&json!({"error": {
                "message": self.message, "type": self.error_type, "param": null, "code": self.error_type,
            }})),
            (ErrorBody::Json, Dialect::Aws) if self.type_location == ErrorTypeLocation::Header => {
                json(&json!({"message": self.message}))
            }
            (ErrorBody::Json, Dialect::Aws) => {
                json(&json!({"__type": self.error_type, "message": self.message}))
            }
        }
    }

    /// The value of `x-amzn-errortype`, if the error has that header. The service adds where the type is defined: callers
    /// must cut at the colon.
    pub(crate) fn type_header(&self) -> Option<String> {
        let foreign = matches!(self.body, ErrorBody::Html | ErrorBody::Anthropic);
        if foreign || self.type_location == ErrorTypeLocation::Body {
            return None;
        }
        // Recorded: errors of authentication come from `com.amazon.coral.service`,
        // all others from Bedrock.
        let by_front = IN_FRONT.iter().any(|(name, _)| *name == self.error_type)
            || exceptions::lookup(&self.error_type).is_some_and(|row| row.fault == exceptions::Fault::Auth);
        let home = if by_front { "com.amazon.coral.service" } else { "com.amazon.bedrock" };
        Some(format!("{}:http://internal.amazon.com/coral/{home}/", self.error_type))
    }
}

/// In which envelope an address writes its errors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[default]
    Aws,
    OpenAi,
    Anthropic,
}

/// Types that the table of the service's errors does not have, because something in front of the service writes them.
const IN_FRONT: &[(&str, u16)] = &[
    ("IncompleteSignatureException", 400),
    ("MethodNotAllowedException", 405),
    ("RequestEntityTooLargeException", 413),
    ("SerializationException", 400),
    ("UnknownOperationException", 404),
];

/// The status that goes with a type; 400 for an unknown one. Names are written with a small first letter in frames and
/// with a capital elsewhere, so case does not matter.
fn status_of(error_type: &str) -> StatusCode {
    let in_front = || IN_FRONT.iter().find(|(name, _)| *name == error_type).map(|(_, status)| *status);
    let status = exceptions::lookup(error_type).map(|row| row.status).or_else(in_front);
    status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::BAD_REQUEST)
}

/// The message that goes with a type where no other is given.
pub(crate) fn default_message(error_type: &str) -> &'static str {
    const MESSAGES: &[(&str, &str)] = &[
        ("AccessDeniedException", "You don't have access to the model with the specified model ID."),
        (
            "InternalServerException",
            "The system encountered an unexpected error during processing. Try your request again.",
        ),
        ("ModelErrorException", "The model returned an error while processing the request."),
        ("ModelNotReadyException", "The model is not ready for inference. Wait and try your request again."),
        ("ModelStreamErrorException", "An error occurred while streaming the response."),
        ("ModelTimeoutException", "Model has timed out in processing the request. Try your request again."),
        (
            "ResourceNotFoundException",
            "Could not resolve the foundation model from the provided model identifier.",
        ),
        ("ServiceQuotaExceededException", "Your request exceeds the service quota for your account."),
        ("ServiceUnavailableException", "Bedrock is unable to process your request."),
        ("ThrottlingException", "Too many requests, please wait before trying again."),
        ("ValidationException", "The provided request is not valid"),
    ];
    let row = MESSAGES.iter().find(|(name, _)| name.eq_ignore_ascii_case(error_type));
    row.map_or("The request failed.", |(_, message)| message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_like_the_service() {
        let error = ServiceError::new("throttlingException", "slow down");
        assert_eq!(error.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(error.body(Dialect::Aws).1, r#"{"message":"slow down"}"#);
        assert_eq!(
            error.type_header().unwrap(),
            "throttlingException:http://internal.amazon.com/coral/com.amazon.bedrock/"
        );
    }

    #[test]
    fn type_locations_and_bodies() {
        let check = |body, type_location, header: bool, text: &str| {
            let error = ServiceError { body, type_location, ..ServiceError::new("NewException", "m") };
            assert_eq!(error.type_header().is_some(), header, "{body:?} {type_location:?}");
            assert_eq!(error.body(Dialect::Aws).1, text);
        };
        check(ErrorBody::Json, ErrorTypeLocation::Both, true, r#"{"__type":"NewException","message":"m"}"#);
        check(ErrorBody::Json, ErrorTypeLocation::Body, false, r#"{"__type":"NewException","message":"m"}"#);
        check(ErrorBody::Empty, ErrorTypeLocation::Header, true, "");
        check(
            ErrorBody::Html,
            ErrorTypeLocation::Header,
            false,
            "<html><body><h1>400 Bad Request</h1></body></html>",
        );
        check(
            ErrorBody::Anthropic,
            ErrorTypeLocation::Header,
            false,
            r#"{"type":"error","error":{"type":"NewException","message":"m"}}"#,
        );
    }
}
