//! Faults as text, read and written. The names and keys are those of the project's interoperability server, so that one list
//! of scenarios runs against both.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::fault::{Checksum, ErrorResponse, Fault};
use super::spec::{Spec, SpecError, quoted};
use crate::error::{ErrorBody, ErrorTypeLocation};

/// Events before a fault, where the text does not say.
// Behind the announcement and the first content: something has arrived by then.
const AFTER: usize = 2;
const MAX_BIG: usize = 16 << 20;
const MAX_MANY: usize = 200_000;

const HELP: &str = "\
before the answer:
  throttle n=1 key=K [type= status= message= retryafter=]   the first n requests with that key fail, then answers
  error type=ValidationException [status= message= body=json|empty|html|anthropic where=header|body|both retryafter=S]
  hang                          accept the request, never answer
  rst0 | close0                 reset or close the connection before any byte
in the answer (after=K events):
  exception type=throttlingException after=2 [message=]     an exception frame, then the end
  errorframe code=InternalFailure after=2 [message=]        an error frame, then the end
  truncate after=2 [bytes=9]    part of the next frame, then a clean end
  truncate at=N                 a clean end after N bytes
  eof after=2                   a clean end between frames
  close after=2 [bytes=0]       the connection closed mid-answer
  reset after=2                 the connection reset mid-answer
  crc after=2 [which=message|prelude]                       one bit of a checksum wrong
  badlen after=2 [len=2147483647]                           an absurd frame length
  stall after=2 [ms=600000]     silence, then the rest
  drip [ms=1] | split [size=7] | coalesce                   one byte, seven bytes, everything at a time
  unknown | badjson | emptypayload | headers   after=2      an odd event, then the rest
  garbage                       bytes after the last frame
of the answer:
  nometa | nostop | dupstop | textstart | malformedtool | big size=1000000 | many n=10000
";

impl FromStr for Fault {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let spec = Spec::parse(text)?;
        let fault = Self::from_spec(&spec)?;
        let fault = fault.ok_or_else(|| unknown(spec.name()))?;
        spec.finish()?;
        Ok(fault)
    }
}

impl Fault {
    /// A line for each fault, as a command's help shows them.
    ///
    /// ```
    /// assert!(bedrock_emulator::Fault::help().contains("throttle n=1"));
    /// ```
    pub fn help() -> &'static str {
        HELP
    }

    /// Whether a fault has this name.
    pub(crate) fn is_name(name: &str) -> bool {
        // Every key of every fault may be left out.
        Spec::parse(name).and_then(|spec| Self::from_spec(&spec)).is_ok_and(|fault| fault.is_some())
    }

    /// The fault that a text names; `None` for the ordinary answer.
    pub(crate) fn from_spec(spec: &Spec) -> Result<Option<Self>, SpecError> {
        let after = || Ok::<_, SpecError>(spec.value("after")?.unwrap_or(AFTER));
        let milliseconds = |default: u64| Ok(Duration::from_millis(spec.value("ms")?.unwrap_or(default)));
        let bounded = |key: &str, default: usize, max: usize| match spec.value(key)?.unwrap_or(default) {
            value if value <= max => Ok(value),
            value => Err(spec.invalid(key, &value.to_string())),
        };
        Ok(Some(match spec.name() {
            "throttle" => Self::Throttle {
                times: spec.value("n")?.unwrap_or(1),
                key: spec.text("key").unwrap_or_else(|| "default".into()),
                response: error_response(spec, "ThrottlingException")?,
            },
            "error" => Self::Error(error_response(spec, "ValidationException")?),
            "hang" => Self::Hang,
            "rst0" => Self::ResetAtOnce,
            "close0" => Self::CloseAtOnce,
            "exception" => Self::Exception {
                error_type: spec.text("type").unwrap_or_else(|| "throttlingException".into()),
                after: after()?,
                message: spec.text("message"),
            },
            "errorframe" => Self::ErrorFrame {
                code: spec.text("code").unwrap_or_else(|| "InternalFailure".into()),
                after: after()?,
                message: spec.text("message").unwrap_or_else(|| "An internal error".into()),
            },
            "truncate" => match spec.value("at")? {
                Some(byte) => Self::CutAt { byte },
                None => Self::CutFrame { after: after()?, bytes: spec.value("bytes")? },
            },
            "eof" => Self::EndEarly { after: after()? },
            "close" => Self::Close { after: after()?, bytes: spec.value("bytes")?.unwrap_or(0) },
            "reset" => Self::Reset { after: after()? },
            "crc" => Self::BadChecksum { after: after()?, which: checksum(spec)? },
            "badlen" => {
                // The largest that a signed length can say: a reader that
                // believes it waits for ever.
                Self::BadLength { after: after()?, length: spec.value("len")?.unwrap_or(0x7fff_ffff) }
            }
            "stall" => Self::Stall { after: after()?, silence: milliseconds(600_000)? },
            "drip" => Self::Drip { gap: milliseconds(1)? },
            "split" => Self::Split { size: spec.value("size")?.unwrap_or(7) },
            "coalesce" => Self::Coalesce,
            "unknown" => Self::Unknown { after: after()? },
            "badjson" => Self::BadJson { after: after()? },
            "emptypayload" => Self::EmptyPayload { after: after()? },
            "headers" => Self::TypedHeaders { after: after()? },
            "garbage" => Self::Garbage,
            "nometa" => Self::NoMetadata,
            "nostop" => Self::NoStop,
            "dupstop" => Self::DoubleStop,
            "textstart" => Self::TextStart,
            "big" => Self::Big { size: bounded("size", 1_000_000, MAX_BIG)? },
            "many" => Self::Many { count: bounded("n", 10_000, MAX_MANY)? },
            "malformedtool" => Self::MalformedTool,
            "plain" => return Ok(None),
            other => return Err(unknown(other)),
        }))
    }
}

fn unknown(name: &str) -> SpecError {
    SpecError::new(0, format!("unknown fault `{name}`; `Fault::help()` lists them"))
}

fn error_response(spec: &Spec, default_type: &str) -> Result<ErrorResponse, SpecError> {
    let status = spec.value::<u16>("status")?;
    if let Some(status) = status.filter(|status| !(100..=999).contains(status)) {
        return Err(spec.invalid("status", &status.to_string()));
    }
    let body = spec.text("body").map(|text| match text.as_str() {
        "json" => Ok(ErrorBody::Json),
        "empty" => Ok(ErrorBody::Empty),
        "html" => Ok(ErrorBody::Html),
        "anthropic" => Ok(ErrorBody::Anthropic),
        other => Err(spec.invalid("body", other)),
    });
    let location = spec.text("where").map(|text| match text.as_str() {
        "header" => Ok(ErrorTypeLocation::Header),
        "body" => Ok(ErrorTypeLocation::Body),
        "both" => Ok(ErrorTypeLocation::Both),
        other => Err(spec.invalid("where", other)),
    });
    Ok(ErrorResponse {
        error_type: spec.text("type").unwrap_or_else(|| default_type.into()),
        status,
        message: spec.text("message"),
        body: body.transpose()?.unwrap_or_default(),
        type_location: location.transpose()?.unwrap_or_default(),
        retry_after: spec.value("retryafter")?,
    })
}

fn checksum(spec: &Spec) -> Result<Checksum, SpecError> {
    match spec.text("which").as_deref() {
        None | Some("message") => Ok(Checksum::Message),
        Some("prelude") => Ok(Checksum::Prelude),
        Some(other) => Err(spec.invalid("which", other)),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let after = match self {
            Self::Throttle { times, key, response } => {
                write!(f, " n={times} key={}", quoted(key))?;
                return write_error_response(f, response);
            }
            Self::Error(response) => return write_error_response(f, response),
            Self::CutAt { byte } => return write!(f, " at={byte}"),
            Self::Drip { gap } => return write!(f, " ms={}", gap.as_millis()),
            Self::Split { size } | Self::Big { size } => return write!(f, " size={size}"),
            Self::Many { count } => return write!(f, " n={count}"),
            Self::Exception { error_type, after, .. } => {
                write!(f, " type={}", quoted(error_type))?;
                after
            }
            Self::ErrorFrame { code, after, .. } => {
                write!(f, " code={}", quoted(code))?;
                after
            }
            Self::CutFrame { after, .. }
            | Self::EndEarly { after }
            | Self::Close { after, .. }
            | Self::Reset { after }
            | Self::BadChecksum { after, .. }
            | Self::BadLength { after, .. }
            | Self::Stall { after, .. }
            | Self::Unknown { after }
            | Self::BadJson { after }
            | Self::EmptyPayload { after }
            | Self::TypedHeaders { after } => after,
            _ => return Ok(()),
        };
        write!(f, " after={after}")?;
        match self {
            Self::Exception { message: Some(message), .. } | Self::ErrorFrame { message, .. } => {
                write!(f, " message={}", quoted(message))
            }
            Self::CutFrame { bytes: Some(bytes), .. } | Self::Close { bytes, .. } => {
                write!(f, " bytes={bytes}")
            }
            Self::BadChecksum { which: Checksum::Prelude, .. } => f.write_str(" which=prelude"),
            Self::BadLength { length, .. } => write!(f, " len={length}"),
            Self::Stall { silence, .. } => write!(f, " ms={}", silence.as_millis()),
            _ => Ok(()),
        }
    }
}

fn write_error_response(f: &mut fmt::Formatter<'_>, response: &ErrorResponse) -> fmt::Result {
    write!(f, " type={}", quoted(&response.error_type))?;
    if let Some(status) = response.status {
        write!(f, " status={status}")?;
    }
    if let Some(message) = &response.message {
        write!(f, " message={}", quoted(message))?;
    }
    match response.body {
        ErrorBody::Json => {}
        ErrorBody::Empty => f.write_str(" body=empty")?,
        ErrorBody::Html => f.write_str(" body=html")?,
        ErrorBody::Anthropic => f.write_str(" body=anthropic")?,
    }
    match response.type_location {
        ErrorTypeLocation::Header => {}
        ErrorTypeLocation::Body => f.write_str(" where=body")?,
        ErrorTypeLocation::Both => f.write_str(" where=both")?,
    }
    match response.retry_after {
        Some(seconds) => write!(f, " retryafter={seconds}"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text and what it is written as again, which must read as the same fault.
    fn check(text: &str, written: &str) {
        let fault: Fault = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(fault.to_string(), written);
        assert_eq!(written.parse::<Fault>().unwrap(), fault);
        assert!(Fault::is_name(fault.name()), "{text}");
    }

    #[test]
    fn every_fault_is_read_and_written() {
        for (text, written) in [
            ("throttle", "throttle n=1 key=default type=ThrottlingException"),
            (
                "throttle n=3 key=\"a b\" status=503",
                "throttle n=3 key=\"a b\" type=ThrottlingException status=503",
            ),
            ("error", "error type=ValidationException"),
            (
                "error type=X message=\"a b\" body=html where=both retryafter=2",
                "error type=X message=\"a b\" body=html where=both retryafter=2",
            ),
            ("exception", "exception type=throttlingException after=2"),
            ("exception message=m after=0", "exception type=throttlingException after=0 message=m"),
            ("errorframe", "errorframe code=InternalFailure after=2 message=\"An internal error\""),
            ("truncate", "truncate after=2"),
            ("truncate after=1 bytes=9", "truncate after=1 bytes=9"),
            ("truncate at=100", "truncate at=100"),
            ("eof after=1", "eof after=1"),
            ("close", "close after=2 bytes=0"),
            ("reset after=4", "reset after=4"),
            ("crc", "crc after=2"),
            ("crc which=prelude", "crc after=2 which=prelude"),
            ("badlen", "badlen after=2 len=2147483647"),
            ("stall ms=5", "stall after=2 ms=5"),
            ("drip", "drip ms=1"),
            ("split size=3", "split size=3"),
            ("unknown", "unknown after=2"),
            ("badjson", "badjson after=2"),
            ("emptypayload", "emptypayload after=2"),
            ("headers", "headers after=2"),
            ("big", "big size=1000000"),
            ("many n=5", "many n=5"),
        ] {
            check(text, written);
        }
        for name in [
            "hang",
            "rst0",
            "close0",
            "coalesce",
            "garbage",
            "nometa",
            "nostop",
            "dupstop",
            "textstart",
            "malformedtool",
        ] {
            check(name, name);
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, complaint) in [
            ("nonsense", "unknown fault `nonsense`; `Fault::help()` lists them"),
            ("plain", "unknown fault `plain`"),
            ("hang after=2", "byte 5: `hang` does not take `after`"),
            ("reset after=x", "byte 6: invalid value `x` for `after`"),
            ("error body=xml", "byte 6: invalid value `xml` for `body`"),
            ("error status=99", "byte 6: invalid value `99` for `status`"),
            ("many n=900000000", "byte 5: invalid value `900000000` for `n`"),
        ] {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(complaint), "{error}");
        }
    }

    #[test]
    fn the_help_names_every_fault() {
        let names = "throttle error hang rst0 close0 exception errorframe truncate eof close reset crc badlen stall drip \
                     split coalesce unknown badjson emptypayload headers garbage nometa nostop dupstop textstart big \
                     many malformedtool";
        for name in names.split(' ').filter(|name| !name.is_empty()) {
            assert!(Fault::is_name(name), "{name}");
            assert!(HELP.contains(name), "{name}");
        }
    }
}
