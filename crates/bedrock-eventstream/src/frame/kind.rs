//! What a frame is, by the headers of the protocol. Which events and exceptions a service has is not known here.

use super::Headers;

/// What a frame is, from `:message-type` and the headers that go with it.
///
/// A name that should be there and is not reads as the empty string: a failure that does not say which is still a failure.
///
/// ```
/// use bedrock_eventstream::frame::{FrameBuilder, FrameKind};
///
/// let frame = FrameBuilder::exception("throttlingException").build(br#"{"message":"slow down"}"#)?;
/// assert_eq!(frame.kind(), FrameKind::Exception { exception_type: "throttlingException" });
/// assert_eq!(frame.kind().exception_type(), Some("throttlingException"));
/// # Ok::<(), bedrock_eventstream::frame::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameKind<'a> {
    /// `event`: the payload is what `:event-type` names. Unknown event types are to be ignored, says the protocol.
    Event {
        /// The name of the event, e.g. `contentBlockDelta`.
        event_type: &'a str,
    },
    /// `exception`: a failure that the service's model describes; the payload is its JSON.
    Exception {
        /// The name of the failure, e.g. `throttlingException`.
        exception_type: &'a str,
    },
    /// `error`: a failure that the model does not describe; all of it is in these two headers.
    Error {
        /// From `:error-code`.
        code: &'a str,
        /// From `:error-message`.
        message: &'a str,
    },
    /// An event of the type `initial-response`, with which RPC protocols begin a stream. To be skipped where none is
    /// expected.
    InitialResponse,
    /// A `:message-type` that is none of these, or no `:message-type` at all.
    Other {
        /// The type, if there is one.
        message_type: Option<&'a str>,
    },
}

impl<'a> FrameKind<'a> {
    /// One walk over the headers, in which only names are compared; then the one or two values that count are read.
    pub(crate) fn of(headers: Headers<'a>) -> Self {
        let mut message_type = None;
        let (mut event_type, mut exception_type, mut code, mut message) = (None, None, None, None);
        for header in headers.raw() {
            match header.name {
                b":message-type" => message_type = header.string(),
                b":event-type" => event_type = header.string(),
                b":exception-type" => exception_type = header.string(),
                b":error-code" => code = header.string(),
                b":error-message" => message = header.string(),
                _ => {}
            }
        }
        let text = |value: Option<&'a [u8]>| value.and_then(|value| std::str::from_utf8(value).ok());
        match message_type {
            // Bedrock speaks REST-JSON, whose streams have none; no recording has one.
            Some(b"event") if event_type == Some(b"initial-response") => Self::InitialResponse,
            Some(b"event") => Self::Event { event_type: text(event_type).unwrap_or_default() },
            Some(b"exception") => {
                Self::Exception { exception_type: text(exception_type).unwrap_or_default() }
            }
            Some(b"error") => Self::Error {
                code: text(code).unwrap_or_default(),
                message: text(message).unwrap_or_default(),
            },
            other => Self::Other { message_type: text(other) },
        }
    }

    /// The name of the exception that the frame carries, whichever way it is marked.
    ///
    /// Some senders mark a failure as an ordinary event and only its name says what it is: `:message-type: event` with
    /// `:event-type: throttlingException`. Here both are the same. Names are given as sent; compare them without regard to
    /// case, for the service writes them with a small first letter in frames and with a capital elsewhere.
    ///
    /// ```
    /// use bedrock_eventstream::frame::FrameKind;
    ///
    /// let disguised = FrameKind::Event { event_type: "throttlingException" };
    /// assert_eq!(disguised.exception_type(), Some("throttlingException"));
    /// assert_eq!(FrameKind::Event { event_type: "chunk" }.exception_type(), None);
    /// ```
    pub fn exception_type(self) -> Option<&'a str> {
        match self {
            Self::Exception { exception_type } => Some(exception_type),
            Self::Event { event_type } if ends_with_exception(event_type) => Some(event_type),
            _ => None,
        }
    }
}

/// All failures in the service's models end so, and none of the events does.
fn ends_with_exception(name: &str) -> bool {
    const END: &[u8] = b"exception";
    let start = name.len().saturating_sub(END.len());
    // Bytes and not text: `start` may lie inside of a character.
    name.as_bytes()[start..].eq_ignore_ascii_case(END)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::FrameBuilder;

    fn check(headers: &[(&str, &str)], expected: FrameKind<'_>) {
        let builder = headers.iter().fold(FrameBuilder::new(), |all, (name, value)| all.header(name, *value));
        let frame = builder.build(b"").unwrap();
        assert_eq!(frame.kind(), expected, "{headers:?}");
    }

    #[test]
    fn kinds_by_headers() {
        let event = (":message-type", "event");
        check(&[event, (":event-type", "chunk")], FrameKind::Event { event_type: "chunk" });
        check(&[(":event-type", "chunk"), event], FrameKind::Event { event_type: "chunk" });
        check(&[event], FrameKind::Event { event_type: "" });
        check(&[event, (":event-type", "initial-response")], FrameKind::InitialResponse);
        check(
            &[(":message-type", "exception"), (":exception-type", "validationException")],
            FrameKind::Exception { exception_type: "validationException" },
        );
        check(&[(":message-type", "exception")], FrameKind::Exception { exception_type: "" });
        check(
            &[(":message-type", "error"), (":error-code", "500"), (":error-message", "oh")],
            FrameKind::Error { code: "500", message: "oh" },
        );
        check(&[(":message-type", "error")], FrameKind::Error { code: "", message: "" });
        check(&[(":message-type", "trailer")], FrameKind::Other { message_type: Some("trailer") });
        check(&[(":event-type", "chunk")], FrameKind::Other { message_type: None });
    }

    #[test]
    fn a_type_that_is_no_string_is_no_type() {
        let frame = FrameBuilder::new().header(":message-type", true).build(b"").unwrap();
        assert_eq!(frame.kind(), FrameKind::Other { message_type: None });
    }

    #[test]
    fn exceptions_by_name() {
        for (kind, expected) in [
            (FrameKind::Exception { exception_type: "x" }, Some("x")),
            (FrameKind::Event { event_type: "ThrottlingException" }, Some("ThrottlingException")),
            (FrameKind::Event { event_type: "exception" }, Some("exception")),
            (FrameKind::Event { event_type: "é" }, None),
            (FrameKind::Event { event_type: "messageStop" }, None),
            (FrameKind::InitialResponse, None),
        ] {
            assert_eq!(kind.exception_type(), expected, "{kind:?}");
        }
    }
}
