//! Takes the chunked transfer coding of HTTP/1.1 off a body (RFC 9112, section 7.1), at any split of the bytes.
//!
//! What several chunks carried comes out as one run of bytes: a service that puts every frame into a chunk of its own costs
//! the reader no more than one that does not. Not for reading sockets.

use bytes::BytesMut;

/// How long extensions and trailers, which are skipped, may be in all of a body: they are rare, and mean nothing here.
const PATIENCE: u32 = 16 << 10;

/// Where in the coding the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In the digits of a size; how many have been read.
    Size(u8),
    /// After the size and a blank: nothing but more of them, or an extension.
    Blank,
    /// Up to the line's end.
    Extension,
    SizeEnd,
    /// In the data; `left` counts down.
    Data,
    DataEnd,
    DataEndLf,
    /// At the start of a line after the last chunk.
    Trailer,
    /// In the name of a field: what has none is no trailer, but perhaps the next answer.
    Name,
    InTrailer,
    TrailerEnd,
    LastLf,
    Done,
}

/// What broke the rules of the coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChunkError {
    #[error("a chunk of the body has no size")]
    NoSize,
    #[error("a chunk of the body has a size that is not a number of 64 bits")]
    Size,
    #[error("a chunk of the body does not end where its size says")]
    End,
    #[error("the body has more than 16 KiB of chunk extensions and trailers")]
    TooMuch,
}

/// A decoder, one a body.
#[derive(Debug)]
pub(super) struct Chunked {
    state: State,
    left: u64,
    patience: u32,
}

impl Chunked {
    pub(super) fn new() -> Self {
        Self { state: State::Size(0), left: 0, patience: PATIENCE }
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Passes over the next bytes, so many, if they are data and nothing else; whether they are.
    pub(super) fn skip_data(&mut self, bytes: usize) -> bool {
        let all = self.state == State::Data && bytes as u64 <= self.left;
        if all {
            self.left -= bytes as u64;
            if self.left == 0 {
                self.state = State::DataEnd;
            }
        }
        all
    }

    /// Appends what `input` carries to `out`; how much of `input` belongs to this body. Less than all of it only at the
    /// body's end.
    pub(super) fn decode(&mut self, input: &[u8], out: &mut BytesMut) -> Result<usize, ChunkError> {
        let mut at = 0;
        while at < input.len() && self.state != State::Done {
            if self.state == State::Data {
                let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len() - at);
                out.extend_from_slice(&input[at..at + here]);
                at += here;
                self.left -= here as u64;
                if self.left == 0 {
                    self.state = State::DataEnd;
                }
                continue;
            }
            self.state = self.step(input[at])?;
            at += 1;
        }
        Ok(at)
    }

    /// One byte outside of the data.
    fn step(&mut self, byte: u8) -> Result<State, ChunkError> {
        Ok(match (self.state, byte) {
            (State::Size(digits), _) => match (char::from(byte).to_digit(16), byte) {
                // Leading zeros count: sixteen digits fill the 64 bits.
                (Some(_), _) if digits == 16 => return Err(ChunkError::Size),
                (Some(digit), _) => {
                    self.left = self.left << 4 | u64::from(digit);
                    State::Size(digits + 1)
                }
                _ if digits == 0 => return Err(ChunkError::NoSize),
                (None, b'\r') => State::SizeEnd,
                (None, b';') => State::Extension,
                (None, b' ' | b'\t') => State::Blank,
                _ => return Err(ChunkError::Size),
            },
            (State::Blank | State::Extension, b'\r') => State::SizeEnd,
            // Blanks at the end of the line are no part of the grammar; hyper takes them too.
            (State::Blank, b' ' | b'\t') => self.skip(State::Blank)?,
            (State::Blank, b';') => State::Extension,
            (State::Blank, _) => return Err(ChunkError::Size),
            (State::InTrailer, b'\r') => State::TrailerEnd,
            // A line that ends otherwise than the next reader on the way believes is how requests are smuggled.
            (State::Extension | State::InTrailer, _) if byte.is_ascii_control() && byte != b'\t' => {
                return Err(ChunkError::End);
            }
            (State::Extension | State::InTrailer, _) => self.skip(self.state)?,
            // `left` was built up from zero: at the end of a chunk it has counted down to it.
            (State::SizeEnd, b'\n') if self.left == 0 => State::Trailer,
            (State::SizeEnd, b'\n') => State::Data,
            (State::DataEnd, b'\r') => State::DataEndLf,
            (State::DataEndLf, b'\n') => State::Size(0),
            (State::Trailer, b'\r') => State::LastLf,
            (State::Name, b':') => State::InTrailer,
            (State::Trailer | State::Name, _) if is_token(&byte) => self.skip(State::Name)?,
            (State::TrailerEnd, b'\n') => State::Trailer,
            (State::LastLf, b'\n') => State::Done,
            _ => return Err(ChunkError::End),
        })
    }

    fn skip(&mut self, next: State) -> Result<State, ChunkError> {
        self.patience = self.patience.checked_sub(1).ok_or(ChunkError::TooMuch)?;
        Ok(next)
    }
}

/// Whether a byte may stand in a name (RFC 9110, section 5.6.2).
pub(super) fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The data, how many bytes are beyond the end, and whether the end was seen; in pieces of `size`.
    fn decode(input: &[u8], size: usize) -> Result<(Vec<u8>, usize, bool), ChunkError> {
        let (mut chunked, mut out, mut read) = (Chunked::new(), BytesMut::new(), 0);
        for piece in input.chunks(size) {
            if chunked.skip_data(piece.len()) {
                out.extend_from_slice(piece);
                read += piece.len();
                continue;
            }
            let used = chunked.decode(piece, &mut out)?;
            read += used;
            if used < piece.len() {
                break;
            }
        }
        Ok((out.to_vec(), input.len() - read, chunked.is_done()))
    }

    #[test]
    fn bodies_at_every_split() {
        let long = format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(PATIENCE as usize + 1));
        type Row<'a> = (&'a str, Result<(&'a str, usize, bool), ChunkError>);
        let rows: &[Row<'_>] = &[
            ("0\r\n\r\n", Ok(("", 0, true))),
            ("5\r\nhello\r\n1\r\n \r\n00A\r\n0123456789\r\n0\r\n\r\n", Ok(("hello 0123456789", 0, true))),
            ("3;a=\"b\";c\r\nabc\r\n0 \r\n\r\nHTTP", Ok(("abc", 4, true))),
            ("1\r\na\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", Ok(("a", 0, true))),
            ("1 \t;x\r\na\r\n0\t\r\nX:\t\r\n\r\n", Ok(("a", 0, true))),
            ("1 1\r\na\r\n", Err(ChunkError::Size)),
            ("1\u{b}\r\na\r\n", Err(ChunkError::Size)),
            ("1\u{85}\r\na\r\n", Err(ChunkError::Size)),
            (" 1\r\na\r\n", Err(ChunkError::NoSize)),
            ("+1\r\na\r\n", Err(ChunkError::NoSize)),
            ("0x1\r\na\r\n", Err(ChunkError::Size)),
            ("1;\0\r\na\r\n", Err(ChunkError::End)),
            ("0\r\nHTTP/1.1 204 No Content\r\n\r\n", Err(ChunkError::End)),
            ("0\r\n: x\r\n\r\n", Err(ChunkError::End)),
            ("0\r\nX\r\n\r\n", Err(ChunkError::End)),
            ("0\r\n X: folded\r\n\r\n", Err(ChunkError::End)),
            ("0\r\nX: \0\r\n\r\n", Err(ChunkError::End)),
            ("5\r\nhel", Ok(("hel", 0, false))),
            ("5\r\nhello\r\n0\r\n", Ok(("hello", 0, false))),
            ("ffffffffffffffff\r\nx", Ok(("x", 0, false))),
            ("00000000000000001\r\nx\r\n", Err(ChunkError::Size)),
            ("-1\r\n", Err(ChunkError::NoSize)),
            ("\r\n", Err(ChunkError::NoSize)),
            ("1x\r\n", Err(ChunkError::Size)),
            ("1\na\r\n", Err(ChunkError::Size)),
            ("1;x\na\r\n", Err(ChunkError::End)),
            ("1\r\nab\r\n", Err(ChunkError::End)),
            ("1\r\na\n", Err(ChunkError::End)),
            ("0\r\n\n", Err(ChunkError::End)),
            ("0\r\nX: 1\n\r\n", Err(ChunkError::End)),
            (&long, Err(ChunkError::TooMuch)),
        ];
        for (input, want) in rows {
            let want = want.map(|(data, beyond, done)| (data.as_bytes().to_vec(), beyond, done));
            let sizes = if input.len() < 100 { 1..=input.len() } else { input.len()..=input.len() };
            for size in sizes {
                assert_eq!(decode(input.as_bytes(), size), want, "{input:?} in pieces of {size}");
            }
        }
    }

    proptest! {
        /// Whatever is encoded comes back, and nothing of what follows.
        #[test]
        fn encode_then_decode(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..8),
            size in 1_usize..80,
        ) {
            let mut wire = Vec::new();
            for part in &parts {
                wire.extend(format!("{:X}\r\n", part.len()).into_bytes());
                wire.extend(part);
                wire.extend(b"\r\n");
            }
            wire.extend(b"0\r\n\r\nrest");
            prop_assert_eq!(decode(&wire, size), Ok((parts.concat(), 4, true)));
        }

        #[test]
        fn no_bytes_make_it_panic(input in proptest::collection::vec(any::<u8>(), 0..200), size in 1_usize..200) {
            let _ = decode(&input, size);
        }
    }
}
