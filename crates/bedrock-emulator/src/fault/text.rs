//! Faults as text, read and written. The names and keys are those of the project's interoperability server, so that one list
//! of scenarios runs against both.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Checksum, Fault, Refusal};
use crate::error::{ErrorBody, ErrorPlace};
use crate::spec::{Spec, SpecError, quoted};

/// Events before a fault, where the text does not say.
const AFTER: usize = 2;
const MAX_BIG: usize = 16 << 20;
const MAX_MANY: usize = 200_000;

pub(super) const HELP: &str = "\
before the answer:
  throttle n=1 key=K [type= status= message= retryafter=]   the first n requests with that key fail, then answers
  error type=ValidationException [status= message= body=json|empty|html|anthropic where=header|body|both retryafter=S]
  hang                          accept, never answer
  rst0 | close0                 reset or close the connection before any byte
in the answer (after=K events):
  exception type=throttlingException after=2 [message=]     an exception frame, then the end
  errorframe code=InternalFailure after=2 [message=]        an error frame, then the end
  truncate after=2 [bytes=9]    part of the next frame, then a clean end
  truncate at=N                 a clean end after N bytes
  eof after=2                   a clean end between frames
  close after=2 [bytes=0]       the connection closed without an end
  reset after=2                 the connection reset
  crc after=2 [which=message|prelude]                       a bit of a checksum wrong
  badlen after=2 [len=2147483647]                           an absurd length
  stall after=2 [ms=600000]     silence, then the rest
  drip [ms=1] | split [size=7] | coalesce                   one byte, seven bytes, everything at a time
  unknown | badjson | emptypayload | headers   after=2      an odd event, then the rest
  garbage                       bytes behind the last frame
of the answer:
  nometa | nostop | dupstop | textstart | malformedtool | big size=1000000 | many n=10000
";

impl FromStr for Fault {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let spec = Spec::parse(text)?;
        let fault = Self::from_spec(&spec)?;
        let fault = fault.ok_or_else(|| SpecError::new(0, format!("there is no fault `{}`", spec.name())))?;
        spec.finish()?;
        Ok(fault)
    }
}

impl Fault {
    /// Whether a fault has this name.
    pub(crate) fn is_name(name: &str) -> bool {
        const NAMES: &str = "throttle error hang rst0 close0 exception errorframe truncate eof close reset crc badlen stall \
                             drip split coalesce unknown badjson emptypayload headers garbage nometa nostop dupstop \
                             textstart big many malformedtool";
        NAMES.split_whitespace().any(|known| known == name)
    }

    /// The fault that a text names; `None` for the ordinary answer.
    pub(crate) fn from_spec(spec: &Spec) -> Result<Option<Self>, SpecError> {
        let after = || Ok::<_, SpecError>(spec.value("after")?.unwrap_or(AFTER));
        let milliseconds = |usual: u64| Ok(Duration::from_millis(spec.value("ms")?.unwrap_or(usual)));
        let bounded = |key: &str, usual: usize, most: usize| match spec.value(key)?.unwrap_or(usual) {
            value if value <= most => Ok(value),
            value => Err(spec.wrong(key, &value.to_string())),
        };
        Ok(Some(match spec.name() {
            "throttle" => Self::Throttle {
                times: spec.value("n")?.unwrap_or(1),
                key: spec.text("key").unwrap_or_else(|| "default".into()),
                refusal: refusal(spec, "ThrottlingException")?,
            },
            "error" => Self::Error(refusal(spec, "ValidationException")?),
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
            other => return Err(SpecError::new(0, format!("there is no fault `{other}`"))),
        }))
    }
}

fn refusal(spec: &Spec, usual: &str) -> Result<Refusal, SpecError> {
    let status = spec.value::<u16>("status")?;
    if let Some(status) = status.filter(|status| !(100..=999).contains(status)) {
        return Err(spec.wrong("status", &status.to_string()));
    }
    let body = spec.text("body").map(|text| match text.as_str() {
        "json" => Ok(ErrorBody::Json),
        "empty" => Ok(ErrorBody::Empty),
        "html" => Ok(ErrorBody::Html),
        "anthropic" => Ok(ErrorBody::Anthropic),
        other => Err(spec.wrong("body", other)),
    });
    let place = spec.text("where").map(|text| match text.as_str() {
        "header" => Ok(ErrorPlace::Header),
        "body" => Ok(ErrorPlace::Body),
        "both" => Ok(ErrorPlace::Both),
        other => Err(spec.wrong("where", other)),
    });
    Ok(Refusal {
        error_type: spec.text("type").unwrap_or_else(|| usual.into()),
        status,
        message: spec.text("message"),
        body: body.transpose()?.unwrap_or_default(),
        place: place.transpose()?.unwrap_or_default(),
        retry_after: spec.value("retryafter")?,
    })
}

fn checksum(spec: &Spec) -> Result<Checksum, SpecError> {
    match spec.text("which").as_deref() {
        None | Some("message") => Ok(Checksum::Message),
        Some("prelude") => Ok(Checksum::Prelude),
        Some(other) => Err(spec.wrong("which", other)),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let after = match self {
            Self::Throttle { times, key, refusal } => {
                write!(f, " n={times} key={}", quoted(key))?;
                return write_refusal(f, refusal);
            }
            Self::Error(refusal) => return write_refusal(f, refusal),
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

fn write_refusal(f: &mut fmt::Formatter<'_>, refusal: &Refusal) -> fmt::Result {
    write!(f, " type={}", quoted(&refusal.error_type))?;
    if let Some(status) = refusal.status {
        write!(f, " status={status}")?;
    }
    if let Some(message) = &refusal.message {
        write!(f, " message={}", quoted(message))?;
    }
    match refusal.body {
        ErrorBody::Json => {}
        ErrorBody::Empty => f.write_str(" body=empty")?,
        ErrorBody::Html => f.write_str(" body=html")?,
        ErrorBody::Anthropic => f.write_str(" body=anthropic")?,
    }
    match refusal.place {
        ErrorPlace::Header => {}
        ErrorPlace::Body => f.write_str(" where=body")?,
        ErrorPlace::Both => f.write_str(" where=both")?,
    }
    match refusal.retry_after {
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
    fn mistakes_are_told() {
        for (text, complaint) in [
            ("nonsense", "there is no fault `nonsense`"),
            ("plain", "there is no fault `plain`"),
            ("hang after=2", "byte 5: `hang` has no `after`"),
            ("reset after=x", "byte 6: `after` cannot be `x`"),
            ("error body=xml", "byte 6: `body` cannot be `xml`"),
            ("error status=99", "byte 6: `status` cannot be `99`"),
            ("many n=900000000", "byte 5: `n` cannot be `900000000`"),
        ] {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(complaint), "{error}");
        }
    }

    #[test]
    fn the_help_names_every_fault() {
        for name in ["throttle", "error", "hang", "rst0", "exception", "crc", "many", "garbage"] {
            assert!(HELP.contains(name), "{name}");
        }
    }
}
