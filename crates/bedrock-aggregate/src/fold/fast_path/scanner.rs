//! Reads the few layouts in which the service writes nearly all of its chunks, byte for byte, without a JSON parser.
//!
//! For: deltas of text, reasoning and tool input, which are nineteen chunks in twenty.
//! Not for: anything else. Whatever differs from a template by one byte is `None` here and goes to serde; a property test
//! holds the two to the same result.

/// What is left to be scanned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scan<'a> {
    rest: &'a [u8],
}

/// The inside of a JSON string, as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawStr<'a> {
    text: &'a str,
    escaped: bool,
}

/// The padding that hides a chunk's length is the beginning of this text.
// All of some 5,000 recorded frames of Bedrock that have padding have this one. Any other is
// serde's.
const PADDING: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

impl<'a> Scan<'a> {
    pub(crate) const fn new(json: &'a [u8]) -> Self {
        Self { rest: json }
    }

    /// Steps over a literal.
    #[inline]
    pub(crate) fn literal(&mut self, literal: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(literal)?;
        Some(())
    }

    /// Steps over the first of some literals that stands here, and returns which it was.
    #[inline]
    pub(crate) fn one_of(&mut self, literals: &[&[u8]]) -> Option<usize> {
        literals.iter().position(|literal| self.literal(literal).is_some())
    }

    /// An index: a JSON integer of at most nine digits.
    #[inline]
    pub(crate) fn index(&mut self) -> Option<u64> {
        let digits = self.rest.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
        // Nine digits cannot overflow the sum below. Serde refuses leading zeros.
        if digits == 0 || digits > 9 || (digits > 1 && self.rest[0] == b'0') {
            return None;
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        Some(number.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0')))
    }

    /// The inside of a string whose opening quote has been stepped over; steps over the closing one.
    #[inline(always)]
    pub(crate) fn string(&mut self) -> Option<RawStr<'a>> {
        /// Most deltas are a word: a loop over so few bytes is done before a search of whole registers has begun.
        const SHORT: usize = 16;
        for (at, &byte) in self.rest.iter().enumerate().take(SHORT) {
            match byte {
                b'"' => {
                    let (inside, rest) = self.rest.split_at(at);
                    self.rest = &rest[1..];
                    // Only ASCII has come by.
                    return Some(RawStr { text: std::str::from_utf8(inside).ok()?, escaped: false });
                }
                b'\\' | 0..0x20 | 0x80.. => break,
                _ => {}
            }
        }
        self.long_string()
    }

    /// A string that is long, or has something in it besides plain characters.
    fn long_string(&mut self) -> Option<RawStr<'a>> {
        let mut escaped = false;
        let mut from = 0;
        let end = loop {
            let at = from + memchr::memchr2(b'"', b'\\', &self.rest[from..])?;
            if self.rest[at] == b'"' {
                break at;
            }
            escaped = true;
            // Whatever is escaped, it does not end the string. `unescape` judges it.
            from = at + 2;
            if from > self.rest.len() {
                return None;
            }
        };
        let (inside, rest) = self.rest.split_at(end);
        // A fold without an early exit, so that it is done many bytes at a time. JSON allows no control characters here.
        if inside.iter().fold(false, |found, &byte| found | (byte < 0x20)) {
            return None;
        }
        let text = std::str::from_utf8(inside).ok()?;
        self.rest = &rest[1..];
        Some(RawStr { text, escaped })
    }

    /// The bytes of a string without escapes, as base64 is; steps over the closing quote.
    #[inline]
    pub(crate) fn plain_string(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr2(b'"', b'\\', self.rest)?;
        if self.rest[end] != b'"' {
            return None;
        }
        let (inside, rest) = self.rest.split_at(end);
        self.rest = &rest[1..];
        Some(inside)
    }

    /// What stands before the next quote, which need not be the end of a string; steps over the quote.
    #[inline]
    pub(crate) fn until_quote(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(b'"', self.rest)?;
        let (inside, rest) = self.rest.split_at(end);
        self.rest = &rest[1..];
        Some(inside)
    }

    /// The padding that ends a frame's payload, if there is any, and then the closing brace and the end.
    #[inline]
    pub(crate) fn padding_and_end(mut self) -> Option<()> {
        if self.rest == b"}" {
            return Some(());
        }
        self.literal(br#","p":""#)?;
        // Compared with the alphabet at once: to search for the quote instead took the scan of a
        // delta from 18 ns to 50.
        let length = self.rest.len().checked_sub(2)?;
        let (padding, end) = self.rest.split_at(length);
        (end == b"\"}" && padding == PADDING.get(..length)?).then_some(())
    }

    /// How many bytes are left.
    pub(crate) const fn rest_len(self) -> usize {
        self.rest.len()
    }

    /// Steps over blanks: Anthropic's own endpoint pads its events with them.
    #[inline]
    pub(crate) fn blanks(&mut self) {
        let blanks = self.rest.iter().take_while(|&&byte| byte == b' ').count();
        self.rest = &self.rest[blanks..];
    }

    /// The end of the text.
    #[inline]
    pub(crate) fn end(self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}

impl<'a> RawStr<'a> {
    pub(crate) fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    /// Appends the text to `to`, unescaped, and gives what was appended; `None`, with `to` as it was, where an escape is
    /// not JSON's.
    #[inline]
    pub(crate) fn append_to<'b>(self, to: &'b mut String) -> Option<&'b str>
    where
        'a: 'b,
    {
        if !self.escaped {
            to.push_str(self.text);
            return Some(self.text);
        }
        let start = to.len();
        if unescape(self.text, to).is_none() {
            to.truncate(start);
            return None;
        }
        Some(&to[start..])
    }
}

/// Appends the meaning of a JSON string's inside.
fn unescape(text: &str, to: &mut String) -> Option<()> {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        to.push_str(&rest[..at]);
        // ASCII alone: the slice below must begin with a character.
        let escape = rest.as_bytes().get(at + 1).copied().filter(u8::is_ascii)?;
        rest = &rest[at + 2..];
        to.push(match escape {
            b'n' => '\n',
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let (character, after) = unicode_escape(rest)?;
                rest = after;
                character
            }
            _ => return None,
        });
    }
    to.push_str(rest);
    Some(())
}

/// The character of `\uXXXX`, or of a pair of them, after the first `\u`.
fn unicode_escape(rest: &str) -> Option<(char, &str)> {
    let high = four_hex(rest)?;
    let rest = &rest[4..];
    if !(0xD800..0xDC00).contains(&high) {
        // The second half of a pair without the first is none: serde_json has it so.
        return Some((char::from_u32(high)?, rest));
    }
    let rest = rest.strip_prefix("\\u")?;
    let low = four_hex(rest)?;
    if !(0xDC00..0xE000).contains(&low) {
        return None;
    }
    Some((char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))?, &rest[4..]))
}

fn four_hex(text: &str) -> Option<u32> {
    let digits = text.as_bytes().get(..4)?;
    // Not `from_str_radix`, which takes a sign: `\u+123` is no escape.
    digits.iter().try_fold(0, |value, &digit| Some(value * 16 + char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Scans a whole JSON string; serde must say the same, or the scan must say nothing.
    fn check(json: &str) {
        let mut scan = Scan::new(json.as_bytes());
        let mut text = String::from("before ");
        let scanned = scan
            .literal(b"\"")
            .and_then(|()| scan.string())
            .and_then(|raw| raw.append_to(&mut text).map(str::to_owned))
            .filter(|_| scan.end().is_some());
        let parsed: Option<String> = serde_json::from_str(json).ok();
        assert_eq!(scanned, parsed, "{json:?}");
        if let Some(scanned) = scanned {
            assert_eq!(text, format!("before {scanned}"));
        } else {
            assert!(text.starts_with("before "));
        }
    }

    #[test]
    fn strings_read_as_serde_reads_them() {
        for json in [
            r#""""#,
            r#""a""#,
            r#""\n\t\r\b\f\/\\\"""#,
            r#""é日👩‍💻""#,
            r#""\u00e9\u65E5""#,
            r#""\ud83d\ude00!""#,
            r#""\ud83d""#,
            r#""\ud83dx""#,
            r#""\ude00""#,
            r#""\ud83d\u0041""#,
            r#""\u12""#,
            r#""\u12g4""#,
            r#""\x""#,
            r#""\""#,
            r#""\\""#,
            "\"a",
            "\"a\nb\"",
            "\"\u{1}\"",
            r#""a"b"#,
            "\"\\u00e\u{e9}\"",
            r#""\u+123""#,
            "\"\\",
            // Once read as the middle of a character.
            r#""\é""#,
        ] {
            check(json);
        }
    }

    proptest! {
        #[test]
        fn any_string_reads_as_serde_reads_it(text in ".{0,40}") {
            check(&serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn any_damaged_string_reads_as_serde_reads_it(inside in r#"([a-e"\\]|\\[a-z]|\\u[dD][89abc-f0-9]{3}|\\u[0-9a-f]{4}|[\x00-\x1f]|é){0,12}"#) {
            check(&format!("\"{inside}\""));
        }

        #[test]
        fn any_number_reads_as_serde_reads_it(text in "[0-9]{0,12}") {
            let mut scan = Scan::new(text.as_bytes());
            let scanned = scan.index().filter(|_| scan.end().is_some());
            let parsed = serde_json::from_str::<u64>(&text).ok().filter(|_| text.len() <= 9);
            prop_assert_eq!(scanned, parsed);
        }
    }

    #[test]
    fn padding_is_the_known_alphabet_or_nothing() {
        let whole = String::from_utf8(PADDING.to_vec()).unwrap();
        for (text, fits) in [
            ("}".to_owned(), true),
            (r#","p":"abc"}"#.to_owned(), true),
            (r#","p":""}"#.to_owned(), true),
            (format!(r#","p":"{whole}"}}"#), true),
            (format!(r#","p":"{whole}a"}}"#), false),
            (r#","p":"abd"}"#.to_owned(), false),
            (r#","p":"abc","q":1}"#.to_owned(), false),
            (r#","p":"}"#.to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(Scan::new(text.as_bytes()).padding_and_end().is_some(), fits, "{text}");
        }
    }
}
