//! The headers of a frame: the ten value types, reading them lazily, and the one check that a whole block of them passes
//! before a frame is handed out. What a header means (`:event-type` and so on) is said in `kind`.

use super::error::HeaderFault;

/// One header: a name and a typed value, both borrowed from the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// At most 255 bytes of UTF-8. Names that begin with a colon are those of the protocol.
    pub name: &'a str,
    /// The value.
    pub value: HeaderValue<'a>,
}

impl<'a> Header<'a> {
    /// A header made of a name and anything that is a value.
    ///
    /// ```
    /// use bedrock_eventstream::frame::{Header, HeaderValue};
    ///
    /// assert_eq!(Header::new(":event-type", "chunk").value, HeaderValue::String("chunk"));
    /// ```
    pub fn new(name: &'a str, value: impl Into<HeaderValue<'a>>) -> Self {
        Self { name, value: value.into() }
    }
}

/// The value of a header. The format has ten types; true and false are two of them.
///
/// ```
/// use bedrock_eventstream::frame::HeaderValue;
///
/// assert_eq!(HeaderValue::from("chunk").as_str(), Some("chunk"));
/// assert_eq!(HeaderValue::Timestamp(1_760_000_000_000).as_str(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderValue<'a> {
    /// Types 0 (true) and 1 (false).
    Bool(bool),
    /// Type 2, one byte.
    Byte(i8),
    /// Type 3, two bytes.
    Short(i16),
    /// Type 4, four bytes.
    Integer(i32),
    /// Type 5, eight bytes.
    Long(i64),
    /// Type 6, bytes without a meaning of their own, at most 65,535 (and no more than 32,767 are ever written).
    Bytes(&'a [u8]),
    /// Type 7, UTF-8 of the same length.
    String(&'a str),
    /// Type 8, milliseconds since the beginning of 1970, UTC.
    Timestamp(i64),
    /// Type 9, the sixteen bytes of a UUID.
    Uuid([u8; 16]),
}

impl<'a> HeaderValue<'a> {
    /// The text, if the value is a string. All headers of Bedrock's answers seen so far are strings.
    pub const fn as_str(self) -> Option<&'a str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number of the type on the wire, 0 to 9.
    pub const fn wire_type(self) -> u8 {
        match self {
            Self::Bool(true) => 0,
            Self::Bool(false) => 1,
            Self::Byte(_) => 2,
            Self::Short(_) => 3,
            Self::Integer(_) => 4,
            Self::Long(_) => 5,
            Self::Bytes(_) => BYTES,
            Self::String(_) => STRING,
            Self::Timestamp(_) => 8,
            Self::Uuid(_) => 9,
        }
    }
}

macro_rules! from_for_header_value {
    ($($from:ty => $variant:ident),*) => {$(
        impl<'a> From<$from> for HeaderValue<'a> {
            fn from(value: $from) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}

from_for_header_value! {
    bool => Bool, i8 => Byte, i16 => Short, i32 => Integer, i64 => Long, &'a [u8] => Bytes, &'a str => String
}

/// The headers of a frame, read one by one as they are asked for.
///
/// Reading cannot fail: a decoder checks the whole block once, before it hands out the frame.
///
/// ```
/// use bedrock_eventstream::frame::FrameBuilder;
///
/// let frame = FrameBuilder::event("chunk").build(b"{}").unwrap();
/// let names: Vec<_> = frame.headers().map(|header| header.name).collect();
/// assert_eq!(names, [":event-type", ":content-type", ":message-type"]);
/// ```
#[derive(Debug, Clone)]
pub struct Headers<'a> {
    rest: &'a [u8],
}

impl<'a> Headers<'a> {
    pub(crate) const fn new(block: &'a [u8]) -> Self {
        Self { rest: block }
    }

    /// The value of the header of this name, among those not read yet.
    #[inline]
    pub fn find(&self, name: &str) -> Option<HeaderValue<'a>> {
        // Names are compared as bytes: only the value found is looked at as UTF-8.
        self.raw().find(|header| header.name == name.as_bytes())?.value().ok()
    }

    /// The same headers, with their values unread.
    #[inline]
    pub(super) fn raw(&self) -> impl Iterator<Item = RawHeader<'a>> + use<'a> {
        let mut rest = self.rest;
        std::iter::from_fn(move || RawHeader::split(&mut rest).ok())
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    #[inline]
    fn next(&mut self) -> Option<Header<'a>> {
        let header = RawHeader::split(&mut self.rest).ok()?;
        Some(Header { name: std::str::from_utf8(header.name).ok()?, value: header.value().ok()? })
    }
}

impl std::iter::FusedIterator for Headers<'_> {}

/// Refuses a block of headers that cannot be read to its end, or that names something twice; says at which byte.
///
/// Twice the same name is refused, as botocore does: two readers of such a frame, one taking the first value and one the
/// last, would see two different events, and no recorded frame of the service has it.
pub(crate) fn check(block: &[u8]) -> Result<(), (usize, HeaderFault)> {
    let mut rest = block;
    let mut count = 0;
    while !rest.is_empty() {
        let at = block.len() - rest.len();
        let header = RawHeader::split(&mut rest).map_err(|fault| (at, fault))?;
        std::str::from_utf8(header.name).map_err(|_| (at, HeaderFault::NameNotUtf8))?;
        header.value().map_err(|fault| (at, fault))?;
        if count < FEW && names_before(block, at).any(|(_, name)| name == header.name) {
            return Err((at, HeaderFault::Duplicate));
        }
        count += 1;
    }
    if count > FEW { check_many_names(block) } else { Ok(()) }
}

/// Up to here every name is compared with those before it. A frame may hold 65,536 headers of two bytes: comparing each
/// with each would then be a way to stop a reader.
const FEW: usize = 16;

fn check_many_names(block: &[u8]) -> Result<(), (usize, HeaderFault)> {
    let mut names: Vec<(&[u8], usize)> =
        names_before(block, block.len()).map(|(at, name)| (name, at)).collect();
    // Equal names are sorted by their place, so the
    // second of two is the one reported, as among few.
    names.sort_unstable();
    let repeated = names.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1).min();
    repeated.map_or(Ok(()), |at| Err((at, HeaderFault::Duplicate)))
}

/// Positions and names of the headers that begin before byte `end`.
fn names_before(block: &[u8], end: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = block;
    std::iter::from_fn(move || {
        let at = block.len() - rest.len();
        if at >= end {
            return None;
        }
        RawHeader::split(&mut rest).ok().map(|header| (at, header.name))
    })
}

const BYTES: u8 = 6;
const STRING: u8 = 7;

/// A header of which only the lengths are checked.
pub(super) struct RawHeader<'a> {
    pub(super) name: &'a [u8],
    wire_type: u8,
    value: &'a [u8],
}

impl<'a> RawHeader<'a> {
    /// Takes the first header off `rest`.
    #[inline]
    fn split(rest: &mut &'a [u8]) -> Result<Self, HeaderFault> {
        let (&name_length, after) = rest.split_first().ok_or(HeaderFault::Cut)?;
        let (name, after) = after.split_at_checked(name_length.into()).ok_or(HeaderFault::Cut)?;
        let (&wire_type, after) = after.split_first().ok_or(HeaderFault::Cut)?;
        let (length, after) = match wire_type {
            BYTES | STRING => {
                let (length, after) = after.split_first_chunk().ok_or(HeaderFault::Cut)?;
                (u16::from_be_bytes(*length).into(), after)
            }
            0 | 1 => (0, after),
            2 => (1, after),
            3 => (2, after),
            4 => (4, after),
            5 | 8 => (8, after),
            9 => (16, after),
            other => return Err(HeaderFault::UnknownType(other)),
        };
        // A value of no bytes is one too, also at the very
        // end of the headers; smithy-rs refuses it there.
        let (value, after) = after.split_at_checked(length).ok_or(HeaderFault::Cut)?;
        *rest = after;
        Ok(Self { name, wire_type, value })
    }

    /// The value, if its type is that of a string.
    #[inline]
    pub(super) fn string(&self) -> Option<&'a [u8]> {
        (self.wire_type == STRING).then_some(self.value)
    }

    #[inline]
    fn value(&self) -> Result<HeaderValue<'a>, HeaderFault> {
        fn number<const N: usize>(value: &[u8]) -> Result<[u8; N], HeaderFault> {
            value.try_into().map_err(|_| HeaderFault::Cut)
        }
        Ok(match self.wire_type {
            0 => HeaderValue::Bool(true),
            1 => HeaderValue::Bool(false),
            2 => HeaderValue::Byte(i8::from_be_bytes(number(self.value)?)),
            3 => HeaderValue::Short(i16::from_be_bytes(number(self.value)?)),
            4 => HeaderValue::Integer(i32::from_be_bytes(number(self.value)?)),
            5 => HeaderValue::Long(i64::from_be_bytes(number(self.value)?)),
            BYTES => HeaderValue::Bytes(self.value),
            STRING => {
                HeaderValue::String(std::str::from_utf8(self.value).map_err(|_| HeaderFault::ValueNotUtf8)?)
            }
            8 => HeaderValue::Timestamp(i64::from_be_bytes(number(self.value)?)),
            9 => HeaderValue::Uuid(number(self.value)?),
            other => return Err(HeaderFault::UnknownType(other)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(block: &[u8]) -> Option<(usize, HeaderFault)> {
        check(block).err()
    }

    #[test]
    fn faults_are_named_with_their_place() {
        for (block, expected) in [
            (&b"\x01a\x00"[..], None),
            (b"", None),
            // A name of no bytes and a string of no bytes are legal, also as the very last bytes.
            (b"\x00\x07\x00\x00", None),
            (b"\x05abc", Some((0, HeaderFault::Cut))),
            (b"\x01a", Some((0, HeaderFault::Cut))),
            (b"\x01a\x00\x01b\x07\x00", Some((3, HeaderFault::Cut))),
            (b"\x01a\x00\x01b\x07\x00\x05abcd", Some((3, HeaderFault::Cut))),
            (b"\x01a\x09\x00", Some((0, HeaderFault::Cut))),
            (b"\x01a\x0a", Some((0, HeaderFault::UnknownType(10)))),
            (b"\x01\xff\x00", Some((0, HeaderFault::NameNotUtf8))),
            (b"\x01a\x07\x00\x01\xff", Some((0, HeaderFault::ValueNotUtf8))),
            (b"\x01a\x06\x00\x01\xff", None),
            (b"\x01a\x00\x01b\x00\x01a\x01", Some((6, HeaderFault::Duplicate))),
        ] {
            assert_eq!(refused(block), expected, "{block:02x?}");
        }
    }

    #[test]
    fn a_repeated_name_is_found_among_few_and_among_many() {
        for count in [2, 15, 16, 17, 18, 300] {
            let mut block = Vec::new();
            for number in 0..count {
                let name = number.to_string();
                block.push(name.len() as u8);
                block.extend_from_slice(name.as_bytes());
                block.push(0);
            }
            assert_eq!(refused(&block), None, "{count} different names");
            let at = block.len();
            block.extend_from_slice(b"\x011\x00");
            assert_eq!(refused(&block), Some((at, HeaderFault::Duplicate)), "one more among {count}");
        }
    }

    #[test]
    fn very_many_headers_are_checked() {
        // All names empty: the worst case for a comparison of each with each.
        assert_eq!(refused(&[0u8; 128 * 1024]), Some((2, HeaderFault::Duplicate)));
        let mut block = Vec::new();
        for number in 0..128 * 128_u16 {
            block.extend_from_slice(&[2, (number % 128) as u8, (number / 128) as u8, 0]);
        }
        assert_eq!(refused(&block), None);
    }
}
