//! The errors that Bedrock answers with: their names, what they mean, and the members of their bodies.
//!
//! For: everything that has a name and a JSON body, whether it comes with an HTTP status of its own or inside a stream,
//! after a 200.
//! Not for: deciding when to try again and how long to wait (the client does), and errors in OpenAI's or Anthropic's own
//! shapes, which some endpoints answer with.
//!
//! ```
//! use bedrock_formats::exceptions::{Exception, lookup};
//!
//! // A frame writes the name with a small letter, a header with a large one and sometimes more behind it.
//! let row = lookup("throttlingException").unwrap();
//! assert_eq!(Some(row), lookup("com.amazon.coral#ThrottlingException:http://internal.amazon.com/"));
//! assert_eq!((row.status, row.retryable, row.throttling), (429, true, true));
//!
//! let body: Exception = serde_json::from_str(r#"{"Message":"slow down"}"#)?;
//! assert_eq!(body.text(), Some("slow down"));
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::wire::Extra;

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The request is wrong, too much, or not allowed.
    Client,
    /// The service or the model failed.
    Server,
    /// The caller could not be identified: the credentials, their signature or the clock are wrong.
    Auth,
}

/// What is known about an error by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ExceptionInfo {
    /// The name as the service model writes it.
    pub name: &'static str,
    /// The HTTP status it comes with. Inside a stream there is none, and this one stands for it.
    pub status: u16,
    /// Whose fault it is.
    pub fault: Fault,
    /// Whether the same request may do better later.
    pub retryable: bool,
    /// Whether it means that too much was asked for, so that the wait before the next attempt should be long.
    pub throttling: bool,
    /// What the body may hold beside the message.
    pub members: &'static [&'static str],
}

const fn row(
    name: &'static str,
    status: u16,
    fault: Fault,
    retryable: bool,
    throttling: bool,
    members: &'static [&'static str],
) -> ExceptionInfo {
    ExceptionInfo { name, status, fault, retryable, throttling, members }
}

/// Every known error, sorted by name.
///
/// Retryable are those that AWS's own SDKs retry, and the stream error and the bad gateway, for which the whole request
/// may be sent once more. `ModelErrorException` and `DependencyFailedException` depend on what failed behind them and
/// count as final.
pub const EXCEPTIONS: &[ExceptionInfo] = {
    use Fault::{Auth, Client, Server};
    &[
        // Status and members are those of the service models (bedrock-runtime,
        // bedrock-agent-runtime) where an error is in one; else AWS's guide has it, or its SDKs.
        row("AccessDeniedException", 403, Client, false, false, &[]),
        row("BadGatewayException", 502, Server, true, false, &["resourceName"]),
        row("ConflictException", 400, Client, false, false, &[]),
        row("DependencyFailedException", 424, Client, false, false, &["resourceName"]),
        row("ExpiredToken", 403, Auth, false, false, &[]),
        row("ExpiredTokenException", 403, Auth, false, false, &[]),
        row("FTUFormNotFilled", 404, Client, false, false, &[]),
        row("IncompleteSignature", 400, Auth, false, false, &[]),
        row("InternalFailure", 500, Server, true, false, &[]),
        row("InternalServerException", 500, Server, true, false, &["reason"]),
        row("InvalidClientTokenId", 403, Auth, false, false, &[]),
        row("InvalidSignatureException", 403, Auth, false, false, &[]),
        row("MissingAuthenticationToken", 403, Auth, false, false, &[]),
        row("MissingAuthenticationTokenException", 403, Auth, false, false, &[]),
        row("ModelErrorException", 424, Client, false, false, &["originalStatusCode", "resourceName"]),
        // Its model is being loaded: the service model calls it retryable, and no throttling.
        row("ModelNotReadyException", 429, Client, true, false, &[]),
        row(
            "ModelStreamErrorException",
            424,
            Client,
            true,
            false,
            &["originalStatusCode", "originalMessage"],
        ),
        row("ModelTimeoutException", 408, Client, false, false, &[]),
        row("OptInRequired", 403, Auth, false, false, &[]),
        row("RequestExpired", 400, Auth, false, false, &[]),
        row("RequestTimeout", 400, Client, true, false, &[]),
        row("RequestTimeoutException", 400, Client, true, false, &[]),
        row("ResourceNotFoundException", 404, Client, false, false, &[]),
        row("ServiceQuotaExceededException", 400, Client, false, false, &[]),
        row("ServiceUnavailable", 503, Server, true, false, &[]),
        row("ServiceUnavailableException", 503, Server, true, false, &[]),
        row("SignatureDoesNotMatch", 403, Auth, false, false, &[]),
        row("Throttling", 429, Client, true, true, &[]),
        row("ThrottlingException", 429, Client, true, true, &[]),
        row("TooManyRequestsException", 429, Client, true, true, &[]),
        row("UnrecognizedClientException", 403, Auth, false, false, &[]),
        row("ValidationException", 400, Client, false, false, &[]),
    ]
};

/// The row of an error by its name, without regard to case.
///
/// It takes the name as a frame's `:exception-type`, the `x-amzn-ErrorType` header or a body's `__type` or `code` gives
/// it: what stands before a `#` and after a `:` is left off. `None` for a name that is not known.
#[must_use]
pub fn lookup(name: &str) -> Option<&'static ExceptionInfo> {
    let name = bare_name(name);
    EXCEPTIONS.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// The bare name of an error: what stands after the last `#` and before the first `:`.
///
/// ```
/// use bedrock_formats::exceptions::bare_name;
///
/// assert_eq!(bare_name("aws.api#ValidationException:http://internal.amazon.com/coral/"), "ValidationException");
/// ```
#[must_use]
pub fn bare_name(name: &str) -> &str {
    let name = name.split(':').next().unwrap_or(name);
    name.rsplit('#').next().unwrap_or(name).trim()
}

/// Whether a `ValidationException`'s message says that question and history were too long for the model. Each model says
/// so in its own words, so this goes by fragments that were met and may miss a new one.
///
/// ```
/// use bedrock_formats::exceptions::is_context_overflow;
///
/// assert!(is_context_overflow("The model returned the following errors: Input is too long for requested model."));
/// // This one is throttling.
/// assert!(!is_context_overflow("Too many tokens, please wait before trying again."));
/// ```
#[must_use]
pub fn is_context_overflow(message: &str) -> bool {
    // As other clients match them: AWS documents none.
    const FRAGMENTS: &[&str] = &[
        "input is too long",
        "prompt is too long",
        "input tokens exceeded",
        "maximum context length",
        "context_length_exceeded",
        "exceeds the context window",
        "input tokens exceed the configured limit",
        "exceed model maximum",
        "too many input tokens",
    ];
    let message = message.to_ascii_lowercase();
    FRAGMENTS.iter().any(|fragment| message.contains(fragment))
}

/// The body of an error, whichever it is: the message under any of the keys it comes under, and every other member.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Exception {
    /// The body's object.
    pub members: Extra,
}

impl Exception {
    /// The message, under `message`, `Message` or `errorMessage`.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        ["message", "Message", "errorMessage"].iter().find_map(|key| self.members.get(*key)?.as_str())
    }

    /// The error's name where the body has it, under `code` or `__type`, bare.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        ["code", "__type"].iter().find_map(|key| self.members.get(*key)?.as_str()).map(bare_name)
    }

    /// The status the model itself answered with, for errors that pass one on.
    #[must_use]
    pub fn original_status_code(&self) -> Option<u16> {
        self.members.get("originalStatusCode")?.as_u64()?.try_into().ok()
    }

    /// The message the model itself answered with, for errors that pass one on.
    #[must_use]
    pub fn original_message(&self) -> Option<&str> {
        self.members.get("originalMessage")?.as_str()
    }
}

macro_rules! message_only {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        wire_struct! {$(
            $(#[$meta])*
            pub struct $name {
                /// What the service says about it.
                "message" message: Option<String>,
            }
        )*}
    };
}

message_only! {
    /// The caller may not do this, or has no access to the model.
    AccessDeniedException,
    /// Another request with the same token is under way, or the thing is in the wrong state.
    ConflictException,
    /// The service failed.
    InternalServerException,
    /// The model is being loaded; the same request may do better later.
    ModelNotReadyException,
    /// The model took too long.
    ModelTimeoutException,
    /// There is no such model, guardrail or job.
    ResourceNotFoundException,
    /// A limit of the account is reached that waiting does not lift.
    ServiceQuotaExceededException,
    /// The service is overloaded.
    ServiceUnavailableException,
    /// Too many requests, or too many tokens, in too short a time.
    ThrottlingException,
    /// The request is wrong; an unknown model id is one way to be.
    ValidationException,
}

wire_struct! {
    /// The model failed.
    pub struct ModelErrorException {
        /// What the service says about it.
        "message" message: Option<String>,
        /// The HTTP status of the model's own error.
        "originalStatusCode" original_status_code: Option<u32>,
        /// The model or what it depends on.
        "resourceName" resource_name: Option<String>,
    }
    /// The model failed in the middle of a stream.
    pub struct ModelStreamErrorException {
        /// What the service says about it.
        "message" message: Option<String>,
        /// The HTTP status of the model's own error.
        "originalStatusCode" original_status_code: Option<u32>,
        /// What the model says about it.
        "originalMessage" original_message: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_name_is_found_however_it_is_written() {
        assert!(EXCEPTIONS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for row in EXCEPTIONS {
            let lower_camel = format!("{}{}", row.name[..1].to_lowercase(), &row.name[1..]);
            let header = format!("{}:http://internal.amazon.com/coral/com.amazon.bedrock/", row.name);
            for name in [row.name, &lower_camel, &header, &format!("ns.of#{}", row.name)] {
                assert_eq!(lookup(name), Some(row), "{name}");
            }
            assert!(!row.throttling || row.retryable, "{}", row.name);
            assert_eq!(row.fault == Fault::Server, row.status >= 500, "{}", row.name);
        }
        assert_eq!((lookup(""), lookup("#"), lookup("TeapotException")), (None, None, None));
    }

    #[test]
    fn a_body_is_read_whatever_its_keys() {
        for (body, text, name) in [
            (r#"{"message":"a"}"#, Some("a"), None),
            (r#"{"Message":"a","__type":"x#B"}"#, Some("a"), Some("B")),
            (r#"{"message":null,"errorMessage":"a","code":"C:1"}"#, Some("a"), Some("C")),
            (r#"{"message":5}"#, None, None),
            ("{}", None, None),
        ] {
            let exception: Exception = serde_json::from_str(body).unwrap();
            assert_eq!((exception.text(), exception.name()), (text, name), "{body}");
            assert_eq!(serde_json::to_string(&exception).unwrap(), body);
        }
    }
}
