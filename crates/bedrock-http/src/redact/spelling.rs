//! In which spellings a secret can stand in a text, and where it does.
//!
//! Not for which texts are searched, nor for what stands there afterwards.

use zeroize::Zeroizing;

/// Secrets shorter than this are masked behind the name of a scheme only (`Bearer test`): a word like `test` stands in
/// messages for other reasons, and hiding its letters would hide nothing. Those of the service have forty and more.
pub(super) const SHORTEST: usize = 8;

/// Secrets shorter than this are not looked for across line ends and other bytes that no secret has.
const SHORTEST_IN_PIECES: usize = 16;

/// How many bytes in a row that no secret has may stand between two of its characters.
const LONGEST_GAP: usize = 8;

/// How many signs one character may be escaped with: those of five escapes, one in the other. A text of nothing but such
/// signs would else be read to its end at each of them.
const LONGEST_ESCAPE: usize = 32;

/// Where in a text.
pub(super) type Span = (usize, usize);

/// Finds a short secret where the word before says that it is one.
pub(super) fn find_behind_scheme(text: &[u8], secret: &[u8], spans: &mut Vec<Span>) {
    for scheme in [&b"Bearer"[..], b"bearer", b"Basic"] {
        for start in (0..text.len()).filter(|start| text[*start..].starts_with(scheme)) {
            let mut at = start + scheme.len();
            while let Some(next) = unit(text, at, b' ').or_else(|| unit(text, at, b'+')) {
                at = next;
            }
            let is_token = |byte: &u8| byte.is_ascii_alphanumeric();
            if let Spelled::Whole(end) = spelled(text, at, secret)
                && !text.get(end).is_some_and(is_token)
            {
                spans.push((at, end));
            }
        }
    }
}

/// Finds a secret as it is or escaped, also where the text ends inside of it.
pub(super) fn find_spelled(text: &[u8], secret: &[u8], spans: &mut Vec<Span>) {
    let Some(&first) = secret.first() else { return };
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        if byte != first && !matches!(byte, b'%' | b'\\' | b'&') {
            at += 1;
            continue;
        }
        match spelled(text, at, secret) {
            Spelled::Whole(end) => {
                spans.push((at, end));
                at = end;
            }
            // Bodies are kept up to a limit, and excerpts are cut: the end may fall into a secret.
            Spelled::Cut { length } if length >= SHORTEST => return spans.push((at, text.len())),
            _ => at += 1,
        }
    }
}

/// Finds the end of a secret that the text before began with.
pub(super) fn find_rest(text: &[u8], secret: &[u8], spans: &mut Vec<Span>) {
    let rests = (1..=secret.len() - SHORTEST).map(|start| &secret[start..]);
    // The first byte alone says of nearly all that they are not there.
    if let Some(rest) = rests.into_iter().find(|rest| rest.first() == text.first() && text.starts_with(rest))
    {
        spans.push((0, rest.len()));
    }
}

enum Spelled {
    /// It ends here.
    Whole(usize),
    /// The text ends behind so many of its characters.
    Cut {
        length: usize,
    },
    Not,
}

/// Reads a secret from here on.
fn spelled(text: &[u8], mut at: usize, secret: &[u8]) -> Spelled {
    let gaps = if secret.len() < SHORTEST_IN_PIECES { 0 } else { LONGEST_GAP };
    for (length, &byte) in secret.iter().enumerate() {
        let mut skipped = 0;
        at = loop {
            if let Some(next) = unit(text, at, byte) {
                break next;
            }
            if at >= text.len() {
                return Spelled::Cut { length };
            }
            if length == 0 || skipped == gaps {
                return Spelled::Not;
            }
            let Some(next) = gap(text, at) else { return Spelled::Not };
            (at, skipped) = (next, skipped + 1);
        };
    }
    Spelled::Whole(at)
}

/// Where the text goes on behind this byte, as it is or escaped; `None` where another stands here.
fn unit(text: &[u8], at: usize, byte: u8) -> Option<usize> {
    let rest = text.get(at..)?;
    match rest.first()? {
        first if *first == byte => Some(at + 1),
        b'%' => {
            // Encoded again, the sign itself is `%25`.
            let again = rest[1..].chunks(2).take(LONGEST_ESCAPE).take_while(|pair| *pair == b"25").count();
            (0..=again)
                .find(|again| hex(rest.get(1 + 2 * again..3 + 2 * again)) == Some(u32::from(byte)))
                .map(|again| at + 3 + 2 * again)
        }
        b'\\' => {
            let slashes = slashes(rest);
            let digits = match rest.get(slashes)? {
                b'u' => 4,
                b'x' => 2,
                other => {
                    return (*other == byte && !byte.is_ascii_alphanumeric()).then_some(at + slashes + 1);
                }
            };
            let end = slashes + 1 + digits;
            (hex(rest.get(slashes + 1..end)) == Some(u32::from(byte))).then_some(at + end)
        }
        b'&' => {
            let end = rest.iter().take(10).position(|byte| *byte == b';')?;
            let is_this = match &rest[1..end] {
                b"amp" => byte == b'&',
                b"lt" => byte == b'<',
                b"gt" => byte == b'>',
                b"quot" => byte == b'"',
                b"apos" => byte == b'\'',
                [b'#', b'x' | b'X', digits @ ..] => hex(Some(digits)) == Some(u32::from(byte)),
                [b'#', digits @ ..] => {
                    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()) == Some(byte)
                }
                _ => false,
            };
            is_this.then_some(at + end + 1)
        }
        _ => None,
    }
}

/// How many backslashes a text begins with.
fn slashes(text: &[u8]) -> usize {
    text.iter().take(LONGEST_ESCAPE).take_while(|byte| **byte == b'\\').count()
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits?).ok()?, 16).ok()
}

/// Where the text goes on behind something that no secret has: a blank, a line end, also escaped, a byte that is no ASCII.
fn gap(text: &[u8], at: usize) -> Option<usize> {
    let first = *text.get(at)?;
    if !first.is_ascii_graphic() {
        return Some(at + 1);
    }
    let slashes = slashes(&text[at..]);
    if slashes > 0 && matches!(text.get(at + slashes), Some(b'n' | b'r' | b't')) {
        return Some(at + slashes + 1);
    }
    [b'\n', b'\r', b'\t', b' '].into_iter().find_map(|byte| unit(text, at, byte))
}

/// A secret in base64, in both alphabets and wherever in a group of three bytes it begins, and in hexadecimal digits.
pub(super) fn encodings(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut all = Vec::new();
    // Three bytes are four characters: where in the three it begins changes all of them.
    for before in 0..3 {
        let bytes = Zeroizing::new([&[0; 3][..before], secret].concat());
        let text = Zeroizing::new(aws_smithy_types::base64::encode(bytes.as_slice()));
        // The characters that hold bits of the secret alone.
        let core = &text.as_bytes()[(before * 8).div_ceil(6)..bytes.len() * 8 / 6];
        let in_urls = core.iter().map(|byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        });
        all.push(Zeroizing::new(in_urls.collect()));
        all.push(Zeroizing::new(core.to_vec()));
    }
    for digits in [b"0123456789ABCDEF", b"0123456789abcdef"] {
        let digit = |four: u8| digits[usize::from(four)];
        all.push(Zeroizing::new(
            secret.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect(),
        ));
    }
    all
}
