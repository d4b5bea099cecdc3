//! Writing frames. Signing them is not done here: a signed frame is a frame whose payload is a frame.

use std::collections::BTreeSet;

use bytes::{BufMut, Bytes, BytesMut};

use super::view::{CHECKSUM_LENGTH, PRELUDE_LENGTH};
use super::{Frame, Header, HeaderValue, Headers, Limits};

/// Longest value of a header that is written. The length field could say twice as much, but decoders of other languages
/// read it as a signed number.
const MAX_VALUE_BYTES: usize = i16::MAX as usize;

/// Collects the headers of a frame; one builder then writes any number of frames with these headers.
///
/// What exceeds the limits of the format is refused when a frame is written, and nothing of that frame is.
///
/// ```
/// use bedrock_eventstream::frame::FrameBuilder;
///
/// let chunk = FrameBuilder::event("chunk");
/// let mut out = Vec::new();
/// chunk.encode(br#"{"bytes":"e30="}"#, &mut out)?;
/// chunk.encode(br#"{"bytes":"e30="}"#, &mut out)?;
/// assert_eq!(out.len(), 2 * (12 + 75 + 16 + 4));
/// # Ok::<(), bedrock_eventstream::frame::EncodeError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct FrameBuilder {
    headers: Vec<u8>,
    /// Their names, once there are many: to look for each new one among all others would take the square of their number.
    names: BTreeSet<Box<str>>,
    limits: Limits,
    fault: Option<EncodeError>,
}

/// How many bytes of headers are searched for a name sooner than remembered.
const FEW_BYTES: usize = 1024;

impl FrameBuilder {
    /// A frame without headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The headers of an event with a JSON payload, in the order in which the service writes them: `:event-type`,
    /// `:content-type` and `:message-type`.
    pub fn event(event_type: &str) -> Self {
        Self::new()
            .header(":event-type", event_type)
            .header(":content-type", "application/json")
            .header(":message-type", "event")
    }

    /// The headers of an exception with a JSON payload: `:exception-type`, `:content-type` and `:message-type`.
    pub fn exception(exception_type: &str) -> Self {
        Self::new()
            .header(":exception-type", exception_type)
            .header(":content-type", "application/json")
            .header(":message-type", "exception")
    }

    /// The headers of an error that no model describes; its payload is usually empty.
    ///
    /// ```
    /// use bedrock_eventstream::frame::{FrameBuilder, FrameKind};
    ///
    /// let frame = FrameBuilder::error("InternalError", "it broke").build(b"")?;
    /// assert_eq!(frame.kind(), FrameKind::Error { code: "InternalError", message: "it broke" });
    /// # Ok::<(), bedrock_eventstream::frame::EncodeError>(())
    /// ```
    pub fn error(code: &str, message: &str) -> Self {
        Self::new()
            // Recordings have no such frame, so this order is a guess; readers go by name.
            .header(":message-type", "error")
            .header(":error-code", code)
            .header(":error-message", message)
    }

    /// Adds a header. A name or value that is too long, or a name given twice, is reported when a frame is written.
    ///
    /// ```
    /// use bedrock_eventstream::frame::{FrameBuilder, HeaderValue};
    ///
    /// let frame = FrameBuilder::new()
    ///     .header(":chunk-signature", &[0x20_u8; 32][..])
    ///     .header(":date", HeaderValue::Timestamp(1_760_000_000_000))
    ///     .build(b"the inner frame")?;
    /// assert_eq!(frame.headers().count(), 2);
    /// # Ok::<(), bedrock_eventstream::frame::EncodeError>(())
    /// ```
    #[must_use]
    pub fn header<'h>(mut self, name: &str, value: impl Into<HeaderValue<'h>>) -> Self {
        if let Err(fault) = self.add(name, value.into()) {
            self.fault.get_or_insert(fault);
        }
        self
    }

    /// Sets other limits than those of [`Limits::new`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Writes a frame with this payload behind what is in `out` (a `Vec<u8>` or a `BytesMut`, say) and returns its length
    /// in bytes.
    ///
    /// # Errors
    ///
    /// The first header that could not be added, or a length beyond the limits, or an `out` that cannot grow and has too
    /// little room. Nothing is written then.
    pub fn encode(&self, payload: &[u8], out: &mut impl BufMut) -> Result<usize, EncodeError> {
        let (total, prelude) = self.prelude(payload.len())?;
        // `put_slice` panics where there is no room, with half of the frame written.
        if out.remaining_mut() < total {
            return Err(EncodeError::NoRoom { length: total, room: out.remaining_mut() });
        }
        let mut checksum = crc32fast::Hasher::new();
        for part in [&prelude[..], &self.headers, payload] {
            checksum.update(part);
            out.put_slice(part);
        }
        out.put_u32(checksum.finalize());
        Ok(total)
    }

    /// The frame with this payload, as one that owns its bytes.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub fn build(&self, payload: &[u8]) -> Result<Frame, EncodeError> {
        let (total, _) = self.prelude(payload.len())?;
        let mut out = BytesMut::with_capacity(total);
        self.encode(payload, &mut out)?;
        Ok(Frame::new(Bytes::from(out), self.headers.len(), 0))
    }

    /// The lengths, checked against the limits, and the twelve bytes that state them.
    fn prelude(&self, payload_length: usize) -> Result<(usize, [u8; PRELUDE_LENGTH]), EncodeError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let headers_length = within(self.headers.len(), self.limits.max_headers_bytes())
            .map_err(|(length, limit)| EncodeError::HeadersTooLong { length, limit })?;
        let total = PRELUDE_LENGTH
            .saturating_add(self.headers.len())
            .saturating_add(payload_length)
            .saturating_add(CHECKSUM_LENGTH);
        let total_length = within(total, self.limits.max_frame_bytes())
            .map_err(|(length, limit)| EncodeError::FrameTooLong { length, limit })?;
        let mut prelude = [0; PRELUDE_LENGTH];
        prelude[..4].copy_from_slice(&total_length.to_be_bytes());
        prelude[4..8].copy_from_slice(&headers_length.to_be_bytes());
        let checksum = crc32fast::hash(&prelude[..8]);
        prelude[8..].copy_from_slice(&checksum.to_be_bytes());
        Ok((total, prelude))
    }

    fn add(&mut self, name: &str, value: HeaderValue<'_>) -> Result<(), EncodeError> {
        let name_length =
            u8::try_from(name.len()).map_err(|_| EncodeError::NameTooLong { length: name.len() })?;
        if self.has(name) {
            return Err(EncodeError::DuplicateHeader { name: name.into() });
        }
        let bytes = match value {
            HeaderValue::Bytes(bytes) => bytes,
            HeaderValue::String(text) => text.as_bytes(),
            _ => &[],
        };
        if bytes.len() > MAX_VALUE_BYTES {
            return Err(EncodeError::ValueTooLong { name: name.into(), length: bytes.len() });
        }
        // Empty until a name is looked for in more than `FEW_BYTES`; `has` has filled it by then.
        if !self.names.is_empty() {
            self.names.insert(name.into());
        }
        self.headers.push(name_length);
        self.headers.extend_from_slice(name.as_bytes());
        self.headers.push(value.wire_type());
        match value {
            HeaderValue::Bool(_) => {}
            HeaderValue::Byte(number) => self.headers.put_i8(number),
            HeaderValue::Short(number) => self.headers.put_i16(number),
            HeaderValue::Integer(number) => self.headers.put_i32(number),
            HeaderValue::Long(number) | HeaderValue::Timestamp(number) => self.headers.put_i64(number),
            HeaderValue::Uuid(bytes) => self.headers.extend_from_slice(&bytes),
            HeaderValue::Bytes(_) | HeaderValue::String(_) => {
                // At most `MAX_VALUE_BYTES`, as checked above.
                self.headers.put_u16(bytes.len() as u16);
                self.headers.extend_from_slice(bytes);
            }
        }
        Ok(())
    }

    /// Whether there is a header of this name.
    fn has(&mut self, name: &str) -> bool {
        if self.headers.len() < FEW_BYTES {
            return Headers::new(&self.headers).find(name).is_some();
        }
        if self.names.is_empty() {
            self.names = Headers::new(&self.headers).map(|header| header.name.into()).collect();
        }
        self.names.contains(name)
    }
}

/// Takes over the headers of another frame.
///
/// ```
/// # use bedrock_eventstream::frame::FrameBuilder;
/// let frame = FrameBuilder::event("chunk").build(b"{}").unwrap();
/// let same: FrameBuilder = frame.headers().collect();
/// assert_eq!(same.build(frame.payload()).unwrap(), frame);
/// ```
impl<'h> FromIterator<Header<'h>> for FrameBuilder {
    fn from_iter<I: IntoIterator<Item = Header<'h>>>(headers: I) -> Self {
        headers.into_iter().fold(Self::new(), |builder, header| builder.header(header.name, header.value))
    }
}

/// `length` in 32 bits, unless it is beyond the limit.
fn within(length: usize, limit: u32) -> Result<u32, (usize, u32)> {
    u32::try_from(length).ok().filter(|&length| length <= limit).ok_or((length, limit))
}

/// Why a frame cannot be written. Lengths are in bytes.
///
/// ```
/// use bedrock_eventstream::frame::{EncodeError, FrameBuilder};
///
/// let refused = FrameBuilder::new().header("a", true).header("a", false).build(b"");
/// assert_eq!(refused.unwrap_err(), EncodeError::DuplicateHeader { name: "a".into() });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The length of a name is written in one byte.
    #[error("name of a header has {length} bytes, more than 255")]
    NameTooLong {
        /// The length of the name.
        length: usize,
    },
    /// Strings and byte values end at 32,767 bytes, so that every decoder can read them.
    #[error("value of the header {name:?} has {length} bytes, more than 32767")]
    ValueTooLong {
        /// The name of the header.
        name: String,
        /// The length of its value.
        length: usize,
    },
    /// A decoder would refuse the frame.
    #[error("header {name:?} is given twice")]
    DuplicateHeader {
        /// The name of the header.
        name: String,
    },
    /// More than [`Limits::max_headers_bytes`].
    #[error("headers of {length} bytes are longer than the limit of {limit}")]
    HeadersTooLong {
        /// The length of the headers.
        length: usize,
        /// The limit in force.
        limit: u32,
    },
    /// More than [`Limits::max_frame_bytes`].
    #[error("frame of {length} bytes is longer than the limit of {limit}")]
    FrameTooLong {
        /// The length of the frame.
        length: usize,
        /// The limit in force.
        limit: u32,
    },
    /// The buffer to be written to cannot grow.
    #[error("frame of {length} bytes does not fit into the {room} bytes left in the buffer")]
    NoRoom {
        /// The length of the frame.
        length: usize,
        /// What is left.
        room: usize,
    },
    /// A value that the frame format has no type for (from the message type of another library).
    #[error("value of the header {name:?} cannot be written: {reason}")]
    Value {
        /// The name of the header.
        name: String,
        /// Why not.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_at_and_behind_their_bounds() {
        let name = |length| FrameBuilder::new().header(&"n".repeat(length), true).build(b"").map(|_| ());
        assert_eq!(name(255), Ok(()));
        assert_eq!(name(256), Err(EncodeError::NameTooLong { length: 256 }));

        let long = "v".repeat(32_768);
        let text = |length| FrameBuilder::new().header("a", &long[..length]).build(b"").map(|_| ());
        assert_eq!(text(32_767), Ok(()));
        let too_long = EncodeError::ValueTooLong { name: "a".into(), length: 32_768 };
        assert_eq!(text(32_768), Err(too_long.clone()));
        let bytes =
            |length| FrameBuilder::new().header("a", &long.as_bytes()[..length]).build(b"").map(|_| ());
        assert_eq!(bytes(32_767), Ok(()));
        assert_eq!(bytes(32_768), Err(too_long));

        let small = FrameBuilder::new()
            .header("ab", true)
            .limits(Limits::new().with_max_headers_bytes(4).with_max_frame_bytes(25));
        assert_eq!(small.build(b"12345").map(|frame| frame.len()), Ok(25));
        assert_eq!(small.build(b"123456"), Err(EncodeError::FrameTooLong { length: 26, limit: 25 }));
        let more = small.header("c", true).build(b"");
        assert_eq!(more, Err(EncodeError::HeadersTooLong { length: 7, limit: 4 }));
    }

    #[test]
    fn the_first_fault_is_the_one_reported_and_nothing_is_written() {
        let builder = FrameBuilder::new().header(&"n".repeat(300), 1_i32).header("a", true).header("a", true);
        let mut out = vec![7];
        assert_eq!(builder.encode(b"x", &mut out), Err(EncodeError::NameTooLong { length: 300 }));
        assert_eq!(out, [7]);
    }

    #[test]
    fn a_name_is_given_once_among_few_and_among_many() {
        for count in [2, 100, 1_000] {
            let names: Vec<String> = (0..count).map(|n| format!("name-{n}")).collect();
            let all = || names.iter().fold(FrameBuilder::new(), |builder, name| builder.header(name, true));
            let frame = all().build(b"").unwrap();
            assert_eq!(frame.headers().map(|header| header.name).collect::<Vec<_>>(), names);
            for again in [&names[0], &names[count - 1]] {
                let twice = all().header(again, true).build(b"");
                assert_eq!(twice, Err(EncodeError::DuplicateHeader { name: again.clone() }));
            }
        }
    }

    #[test]
    fn a_buffer_that_cannot_grow_is_not_overrun() {
        let mut room = [0_u8; 20];
        let mut out = &mut room[..];
        assert_eq!(
            FrameBuilder::new().encode(b"12345", &mut out),
            Err(EncodeError::NoRoom { length: 21, room: 20 })
        );
        assert_eq!(FrameBuilder::new().encode(b"1234", &mut out), Ok(20));
    }
}
