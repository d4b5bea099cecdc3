//! What can go wrong with an answer on purpose. Each fault has a name, by which text selects it (see `fault_text`); how it
//! comes about on the wire is said in `sending`.

use std::time::Duration;

use crate::error::{ErrorBody, ErrorTypeLocation, ServiceError, default_message};

/// One way in which the service, or the network, fails a caller.
///
/// As text a fault is a name and pairs: `exception type=throttlingException after=3`. [`FromStr`](std::str::FromStr) reads
/// it and [`Display`](std::fmt::Display) writes it. `after` counts the events of a stream (or, for an answer that is not
/// streamed, its one body) that are sent before; it is 2 where the text does not say.
///
/// ```
/// use bedrock_emulator::Fault;
///
/// let fault: Fault = "truncate after=3 bytes=9".parse()?;
/// assert_eq!(fault, Fault::CutFrame { after: 3, bytes: Some(9) });
/// assert_eq!(fault.to_string(), "truncate after=3 bytes=9");
/// # Ok::<(), bedrock_emulator::SpecError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// `throttle n=1 key=default`: this many requests with this key fail, later ones are answered. Takes all keys of
    /// [`Fault::Error`]; without them, 429 with `ThrottlingException`.
    Throttle {
        /// How many fail.
        times: u32,
        /// Requests are counted by key, so that tests can share a server.
        key: String,
        /// How they fail.
        response: ErrorResponse,
    },
    /// `error type=ValidationException status=400 message="…" body=json|empty|html|anthropic where=header|body|both
    /// retryafter=1`: an HTTP error instead of an answer.
    Error(ErrorResponse),
    /// `hang`: the request is taken and never answered.
    Hang,
    /// `rst0`: the connection is reset before a byte of an answer.
    ResetAtOnce,
    /// `close0`: the connection is closed before a byte of an answer.
    CloseAtOnce,

    /// `exception type=throttlingException after=2 message="…"`: an exception frame ends the stream.
    Exception {
        /// As the service writes it in frames, with a small first letter.
        error_type: String,
        /// Events sent before.
        after: usize,
        /// The service's own message, if `None`.
        message: Option<String>,
    },
    /// `errorframe code=InternalFailure after=2 message="…"`: a frame of the kind `error` ends the stream.
    ErrorFrame {
        /// The value of `:error-code`.
        code: String,
        /// Events sent before.
        after: usize,
        /// The value of `:error-message`.
        message: String,
    },
    /// `truncate after=2 bytes=9`: the next frame is cut, and the body ends as if that were all.
    CutFrame {
        /// Events sent before.
        after: usize,
        /// How much of the next frame is sent; half of it, if `None`.
        bytes: Option<usize>,
    },
    /// `truncate at=100`: the body ends after this many bytes, as if that were all.
    CutAt {
        /// Counted from the beginning of the body.
        byte: usize,
    },
    /// `eof after=2`: the body ends between two frames, as if that were all.
    EndEarly {
        /// Events sent before.
        after: usize,
    },
    /// `close after=2 bytes=0`: the connection is closed mid-answer, without the end that HTTP requires.
    Close {
        /// Events sent before.
        after: usize,
        /// How much of the next frame is sent.
        bytes: usize,
    },
    /// `reset after=2`: the connection is reset mid-answer.
    Reset {
        /// Events sent before.
        after: usize,
    },
    /// `crc after=2 which=message|prelude`: one bit of a checksum is wrong.
    BadChecksum {
        /// Events sent before.
        after: usize,
        /// Which of the two.
        which: Checksum,
    },
    /// `badlen after=2 len=2147483647`: a frame claims this length; the checksum of its prelude is right.
    BadLength {
        /// Events sent before.
        after: usize,
        /// The claimed length, in bytes.
        length: u32,
    },
    /// `stall after=2 ms=600000`: silence, then the rest.
    Stall {
        /// Events sent before.
        after: usize,
        /// How long.
        silence: Duration,
    },
    /// `drip ms=1`: one byte at a time.
    Drip {
        /// Between two bytes.
        gap: Duration,
    },
    /// `split size=7`: the body comes in pieces of this size, wherever the frames are.
    Split {
        /// Bytes a piece.
        size: usize,
    },
    /// `coalesce`: the body comes in one piece.
    Coalesce,
    /// `unknown after=1`: an event, a member and a delta of unknown names; then the rest.
    Unknown {
        /// Events sent before.
        after: usize,
    },
    /// `badjson after=1`: an event whose payload is not JSON; then the rest.
    BadJson {
        /// Events sent before.
        after: usize,
    },
    /// `emptypayload after=1`: an event without a payload; then the rest.
    EmptyPayload {
        /// Events sent before.
        after: usize,
    },
    /// `headers after=1`: an event with a header of each type; then the rest.
    TypedHeaders {
        /// Events sent before.
        after: usize,
    },
    /// `garbage`: bytes after the last frame that are no frame.
    Garbage,

    /// `nometa`: no usage and no metrics at the end.
    NoMetadata,
    /// `nostop`: no stop reason.
    NoStop,
    /// `dupstop`: the stop reason twice.
    DoubleStop,
    /// `textstart`: a start event for text too, which some imitations of the service send.
    TextStart,
    /// `big size=1000000`: one delta of text of this size.
    Big {
        /// Characters; 16 MiB at most.
        size: usize,
    },
    /// `many n=10000`: this many deltas of text.
    Many {
        /// Deltas; 200,000 at most.
        count: usize,
    },
    /// `malformedtool`: a tool call whose input ends too early, and the stop reason that says so.
    MalformedTool,
}

/// Which checksum of a frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Checksum {
    /// The last four bytes, over the whole frame.
    #[default]
    Message,
    /// Bytes eight to eleven, over the two lengths.
    Prelude,
}

/// An HTTP error instead of an answer.
///
/// ```
/// use bedrock_emulator::{ErrorBody, Fault, ErrorResponse};
///
/// let response = ErrorResponse::new("ModelTimeoutException").with_body(ErrorBody::Empty);
/// assert_eq!(Fault::Error(response).to_string(), "error type=ModelTimeoutException body=empty");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorResponse {
    pub(crate) error_type: String,
    pub(crate) status: Option<u16>,
    pub(crate) message: Option<String>,
    pub(crate) body: ErrorBody,
    pub(crate) type_location: ErrorTypeLocation,
    pub(crate) retry_after: Option<u32>,
}

impl ErrorResponse {
    /// With this type, and the status and message that the service has for it (status 400, if it has none).
    pub fn new(error_type: impl Into<String>) -> Self {
        Self {
            error_type: error_type.into(),
            status: None,
            message: None,
            body: ErrorBody::default(),
            type_location: ErrorTypeLocation::default(),
            retry_after: None,
        }
    }

    /// With this status, 100 to 999.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// With this message.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// With this body.
    #[must_use]
    pub fn with_body(mut self, body: ErrorBody) -> Self {
        self.body = body;
        self
    }

    /// With the type elsewhere.
    #[must_use]
    pub fn with_type_location(mut self, location: ErrorTypeLocation) -> Self {
        self.type_location = location;
        self
    }

    /// With a header `retry-after`, in seconds; the service sends none.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn to_error(&self) -> ServiceError {
        let message = self.message.clone().unwrap_or_else(|| default_message(&self.error_type).to_owned());
        let error = ServiceError::new(self.error_type.clone(), message);
        let error = ServiceError {
            body: self.body,
            type_location: self.type_location,
            retry_after: self.retry_after,
            ..error
        };
        match self.status {
            Some(status) => error.with_status(status),
            None => error,
        }
    }
}

impl Fault {
    /// The name by which text selects the fault.
    ///
    /// ```
    /// assert_eq!(bedrock_emulator::Fault::Hang.name(), "hang");
    /// ```
    pub fn name(&self) -> &'static str {
        match self {
            Self::Throttle { .. } => "throttle",
            Self::Error(_) => "error",
            Self::Hang => "hang",
            Self::ResetAtOnce => "rst0",
            Self::CloseAtOnce => "close0",
            Self::Exception { .. } => "exception",
            Self::ErrorFrame { .. } => "errorframe",
            Self::CutFrame { .. } | Self::CutAt { .. } => "truncate",
            Self::EndEarly { .. } => "eof",
            Self::Close { .. } => "close",
            Self::Reset { .. } => "reset",
            Self::BadChecksum { .. } => "crc",
            Self::BadLength { .. } => "badlen",
            Self::Stall { .. } => "stall",
            Self::Drip { .. } => "drip",
            Self::Split { .. } => "split",
            Self::Coalesce => "coalesce",
            Self::Unknown { .. } => "unknown",
            Self::BadJson { .. } => "badjson",
            Self::EmptyPayload { .. } => "emptypayload",
            Self::TypedHeaders { .. } => "headers",
            Self::Garbage => "garbage",
            Self::NoMetadata => "nometa",
            Self::NoStop => "nostop",
            Self::DoubleStop => "dupstop",
            Self::TextStart => "textstart",
            Self::Big { .. } => "big",
            Self::Many { .. } => "many",
            Self::MalformedTool => "malformedtool",
        }
    }
}
