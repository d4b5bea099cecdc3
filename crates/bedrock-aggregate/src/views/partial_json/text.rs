//! Strings that are still being written: their characters, and escapes cut anywhere.
//! Not for: what stands around them; see [`PartialJson`].

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use super::state::{Escape, Input, Next, open_member_mut};
use super::{PartialJson, PartialJsonError};

#[codegen_at_use]
impl PartialJson {
    /// Takes a run of a string up to its end, an escape, or the end of the piece.
    pub(super) fn text(
        &mut self,
        node: &mut Value,
        key: bool,
        escape: Escape,
        input: &mut Input<'_>,
    ) -> Result<(), PartialJsonError> {
        if escape != Escape::None {
            return self.escape(node, key, escape, input);
        }
        let rest = input.rest();
        let length = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        let run = &rest[..length];
        self.step(length + 1);
        let is_over = length < rest.len();
        // A control character ends what can be text, so that what is before it is judged first.
        let control = run.iter().position(|byte| *byte < 0x20);
        let run = &run[..control.unwrap_or(length)];
        let offset = input.offset();
        let (text, error) = self.characters(run, is_over || control.is_some(), offset);
        self.append(node, key, &text);
        if let Some(error) = error {
            return Err(error);
        }
        if let Some(at) = control {
            let expected = "an escaped control character";
            return Err(PartialJsonError::Syntax { offset: offset + at, expected });
        }
        input.at += length;
        match rest.get(length) {
            Some(b'"') => self.next = if key { Next::Colon } else { Next::Comma },
            Some(_) => self.next = Next::Text { key, escape: Escape::Begun { high: 0 } },
            None => return Ok(()),
        }
        input.at += 1;
        Ok(())
    }

    /// The characters of a run, with the one that the run before was cut in; a character cut at the run's own end is kept for
    /// the next, unless the run `is_over`. What is no character is an error at its first byte, and ends the text.
    fn characters<'r>(
        &mut self,
        mut run: &'r [u8],
        is_over: bool,
        offset: usize,
    ) -> (Cow<'r, str>, Option<PartialJsonError>) {
        let end = offset + run.len();
        let mut first = String::new();
        while !self.cut.is_empty() {
            // Where the bytes in `cut` begin.
            let start = end - run.len() - self.cut.len();
            let wrong = PartialJsonError::Utf8 { offset: start };
            match std::str::from_utf8(&self.cut) {
                Ok(character) => {
                    first.push_str(character);
                    self.cut.clear();
                }
                Err(error) if error.error_len().is_some() => return (first.into(), Some(wrong)),
                Err(_) => match run.split_first() {
                    Some((byte, rest)) => {
                        self.cut.push(*byte);
                        run = rest;
                    }
                    None if is_over => return (first.into(), Some(wrong)),
                    None => break,
                },
            }
        }
        let (text, error) = match std::str::from_utf8(run) {
            Ok(text) => (text, None),
            Err(error) => {
                let (text, rest) = run.split_at(error.valid_up_to());
                let is_wrong = error.error_len().is_some() || is_over;
                let wrong = PartialJsonError::Utf8 { offset: end - rest.len() };
                if !is_wrong {
                    self.cut.extend_from_slice(rest);
                }
                (std::str::from_utf8(text).unwrap_or_default(), is_wrong.then_some(wrong))
            }
        };
        (if first.is_empty() { text.into() } else { (first + text).into() }, error)
    }

    /// Takes one byte of an escape.
    fn escape(
        &mut self,
        node: &mut Value,
        key: bool,
        escape: Escape,
        input: &mut Input<'_>,
    ) -> Result<(), PartialJsonError> {
        self.step(1);
        let offset = input.offset();
        let expected = |expected| PartialJsonError::Syntax { offset, expected };
        let byte = input.rest().first().copied().unwrap_or_default();
        let escape = match escape {
            Escape::Half { high } if byte == b'\\' => Escape::Begun { high },
            Escape::Begun { high } if byte == b'u' => Escape::Digits { high, have: 0, code: 0 },
            Escape::Half { .. } | Escape::Begun { high: 1.. } => {
                return Err(expected("the second half of a surrogate pair"));
            }
            Escape::Begun { .. } => {
                let character = escaped(byte).ok_or(expected("an escape"))?;
                self.append(node, key, character);
                Escape::None
            }
            Escape::Digits { high, have, code } => {
                let digit = char::from(byte).to_digit(16).ok_or(expected("a hexadecimal digit"))?;
                // A hexadecimal digit has four bits.
                let code = (code << 4) | u16::try_from(digit).unwrap_or_default();
                if have < 3 {
                    Escape::Digits { high, have: have + 1, code }
                } else {
                    self.unit(node, key, high, code).ok_or(expected("a character"))?
                }
            }
            Escape::None => Escape::None,
        };
        input.at += 1;
        self.next = Next::Text { key, escape };
        Ok(())
    }

    /// Takes a UTF-16 unit: a character, or half of one. `None` where the halves do not fit.
    fn unit(&mut self, node: &mut Value, key: bool, high: u16, code: u16) -> Option<Escape> {
        if high == 0 && (0xD800..0xDC00).contains(&code) {
            return Some(Escape::Half { high: code });
        }
        let units: &[u16] = if high == 0 { &[code] } else { &[high, code] };
        let mut characters = char::decode_utf16(units.iter().copied());
        let character = characters.next()?.ok()?;
        // Behind a first half that stands alone the second unit would be left over.
        if characters.next().is_some() {
            return None;
        }
        self.append(node, key, character.encode_utf8(&mut [0; 4]));
        Some(Escape::None)
    }

    fn append(&mut self, node: &mut Value, key: bool, text: &str) {
        if key {
            self.key.push_str(text);
        } else if let Some(Value::String(string)) = open_member_mut(&self.again, node, self.depth) {
            string.push_str(text);
        }
    }
}

/// What a letter behind a backslash means.
#[codegen_at_use]
fn escaped(letter: u8) -> Option<&'static str> {
    Some(match letter {
        b'"' => "\"",
        b'\\' => "\\",
        b'/' => "/",
        b'b' => "\u{8}",
        b'f' => "\u{c}",
        b'n' => "\n",
        b'r' => "\r",
        b't' => "\t",
        _ => return None,
    })
}
