//! The gate for text that leaves this library and that a server may have put a secret of ours into: errors, their bodies,
//! headers, traces.
//!
//! For: what was sent as a secret and comes back, in the spellings that [`Redactor`] lists, whatever bytes stand around it.
//! Not for: what a model says. An answer is the caller's, and is given as it came, with the members that nobody knows; which
//! of its members are errors, the layer above knows.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use http::header::{AUTHORIZATION, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// What stands where a secret stood.
const MASK: &[u8] = b"***";

/// Secrets shorter than this are masked behind the name of a scheme only (`Bearer test`): a word like `test` stands in
/// messages for other reasons, and hiding its letters would hide nothing. Those of the service have forty and more.
const SHORTEST: usize = 8;

/// Secrets shorter than this are not looked for across line ends and other bytes that no secret has.
const SHORTEST_IN_PIECES: usize = 16;

/// How many bytes in a row that no secret has may stand between two of its characters.
const LONGEST_GAP: usize = 8;

/// How many signs one character may be escaped with: those of five escapes, one in the other. A text of nothing but such
/// signs would else be read to its end at each of them.
const LONGEST_ESCAPE: usize = 32;

/// Takes the secrets that a request was sent with out of texts: the bearer token, or the secret access key, the session
/// token and the signature.
///
/// They are found
/// - as they are;
/// - percent-encoded or escaped as in JSON, each of these also repeatedly, or escaped as in HTML once, but not one kind within
///   another;
/// - broken over lines or by bytes that are no text, if they have 16 characters or more;
/// - in base64 once, or in hexadecimal digits of one case;
/// - cut at the end of the text or, written plainly, at its beginning, if eight characters of them are left.
///
/// A secret of less than eight characters is found behind the name of its scheme only, as in `Bearer test`.
///
/// All errors of this crate have been through it, and the headers of responses. A layer above asks the
/// [`Response`](crate::Response::redactor) for it before it tells what it could not read.
///
/// ```
/// use bedrock_http::{BearerToken, Redactor};
///
/// let redactor = Redactor::of_token(&BearerToken::new("ABSKEXAMPLE/1="));
/// assert_eq!(redactor.text("denied: ABSKEXAMPLE\\/1\\u003d, sorry"), "denied: ***, sorry");
/// assert_eq!(redactor.bytes(b"\xFF ABSKEXAMPLE%2F1%3D"), &b"\xFF ***"[..]);
/// ```
#[derive(Clone, Default)]
pub struct Redactor(Option<Arc<[Known]>>);

/// A secret, and its encodings once they have been asked for: a response has many headers.
struct Known {
    secret: Secret,
    encodings: OnceLock<Vec<Zeroizing<Vec<u8>>>>,
}

impl Known {
    fn new(secret: &str) -> Self {
        Self { secret: Secret::new(secret), encodings: OnceLock::new() }
    }

    fn encodings(&self) -> &[Zeroizing<Vec<u8>>] {
        self.encodings.get_or_init(|| encodings(self.secret.expose().as_bytes()))
    }
}

impl Redactor {
    /// For what is sent with this token.
    pub fn of_token(token: &crate::BearerToken) -> Self {
        Self::new([token.token()])
    }

    fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let secrets: Arc<[Known]> =
            secrets.into_iter().filter(|secret| !secret.is_empty()).map(Known::new).collect();
        Self((!secrets.is_empty()).then_some(secrets))
    }

    /// For a request: the secrets it was made with, and what its headers hold of such.
    pub(crate) fn of_request<'s>(secrets: impl IntoIterator<Item = &'s str>, headers: &'s HeaderMap) -> Self {
        let kept =
            [AUTHORIZATION.as_str(), PROXY_AUTHORIZATION.as_str(), "x-api-key", "x-amz-security-token"];
        let values = kept.into_iter().filter_map(|name| headers.get(name)?.to_str().ok());
        // Of a signature the rest is public: the key's id, the scope, the names of headers.
        let secret_of = |value: &'s str| match value.rsplit_once("Signature=") {
            Some((_, signature)) => signature,
            None => value.split_once(' ').map_or(value, |(_, rest)| rest).trim(),
        };
        let mut all: Vec<&str> = secrets.into_iter().collect();
        for secret in values.map(secret_of) {
            if !all.contains(&secret) {
                all.push(secret);
            }
        }
        Self::new(all)
    }

    /// A text without the secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// Bytes without the secrets, whether they are text or not.
    pub fn bytes<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let mut spans = Vec::new();
        for secret in self.0.iter().flat_map(|secrets| secrets.iter()) {
            find(text, secret, &mut spans);
        }
        if spans.is_empty() {
            return Cow::Borrowed(text);
        }
        spans.sort_unstable();
        let (mut out, mut done) = (Vec::with_capacity(text.len()), 0);
        for (start, end) in spans {
            if start >= done {
                out.extend_from_slice(&text[done..start]);
                out.extend_from_slice(MASK);
            }
            done = done.max(end);
        }
        out.extend_from_slice(&text[done..]);
        Cow::Owned(out)
    }

    /// The words of an error and of all below it, where one of them says or shows a secret; `None` where none does.
    pub fn cause(&self, error: &(dyn std::error::Error + 'static)) -> Option<String> {
        self.0.as_ref()?;
        let (mut said, mut next, mut is_clean) = (Vec::new(), Some(error), true);
        while let Some(error) = next {
            let words = error.to_string();
            is_clean &= matches!(self.text(&words), Cow::Borrowed(_))
                && matches!(self.text(&format!("{error:?}")), Cow::Borrowed(_));
            said.push(words);
            next = error.source();
        }
        (!is_clean).then(|| self.text(&said.join(": ")).into_owned())
    }

    /// Takes the secrets out of the values of headers.
    pub(crate) fn headers(&self, headers: &mut HeaderMap) {
        if self.0.is_none() {
            return;
        }
        for value in headers.values_mut() {
            if let Cow::Owned(clean) = self.bytes(value.as_bytes()) {
                *value = HeaderValue::from_bytes(&clean).unwrap_or(HeaderValue::from_static("***"));
            }
        }
    }

    pub(crate) fn string(&self, text: &mut Option<String>) {
        if let Some(text) = text
            && let Cow::Owned(clean) = self.text(text)
        {
            *text = clean;
        }
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// Where in a text.
type Span = (usize, usize);

/// Finds a secret in the spellings that [`Redactor`] lists.
fn find(text: &[u8], known: &Known, spans: &mut Vec<Span>) {
    let secret = known.secret.expose().as_bytes();
    if secret.len() < SHORTEST {
        return find_behind_scheme(text, secret, spans);
    }
    // Shorter than this it cannot be the end of a secret either.
    if text.len() < SHORTEST {
        return;
    }
    find_spelled(text, secret, spans);
    find_rest(text, secret, spans);
    // What is encoded is longer than the secret, and headers are short.
    if text.len() > secret.len() {
        for encoded in known.encodings() {
            find_spelled(text, encoded, spans);
        }
    }
}

/// Finds a short secret where the word before says that it is one.
fn find_behind_scheme(text: &[u8], secret: &[u8], spans: &mut Vec<Span>) {
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
fn find_spelled(text: &[u8], secret: &[u8], spans: &mut Vec<Span>) {
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
            Spelled::Cut { length } if length >= SHORTEST => return spans.push((at, text.len())),
            _ => at += 1,
        }
    }
}

/// Finds the end of a secret that the text before began with.
fn find_rest(text: &[u8], secret: &[u8], spans: &mut Vec<Span>) {
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
fn encodings(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut all = Vec::new();
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

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "ABSKQmVk/cm9j+a0FQ=SUtleS==";

    fn masked(text: impl AsRef<[u8]>) -> String {
        let redactor = Redactor::new([TOKEN, "test"]);
        String::from_utf8_lossy(&redactor.bytes(text.as_ref())).into_owned()
    }

    fn percent(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02X}")).collect()
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let escaped = TOKEN.replace('/', "\\/").replace('=', "\\u003d").replace('+', "\\u002B");
        let units: String = TOKEN.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
        let entities = TOKEN.replace('=', "&#61;").replace('+', "&#x2B;").replace('/', "&#47;");
        let encoded = TOKEN.replace('/', "%2F").replace('+', "%2b").replace('=', "%3D");
        let twice = encoded.replace('%', "%25");
        let wrapped = format!("{}\r\n {}", &TOKEN[..9], &TOKEN[9..]);
        let lossy = format!("{}\u{fffd}{}", &TOKEN[..9], &TOKEN[9..]);
        let in_json = serde_json::to_string(&serde_json::to_string(&wrapped).unwrap()).unwrap();
        let quoted = serde_json::to_string(&escaped).unwrap();
        let digits: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
        for spelling in [
            TOKEN,
            &escaped,
            &units,
            &entities,
            &encoded,
            &twice,
            &twice.replace('%', "%25"),
            &percent(TOKEN),
            &wrapped,
            &lossy,
            &in_json[3..in_json.len() - 3],
            &quoted[1..quoted.len() - 1],
            &digits,
            &digits.to_uppercase(),
        ] {
            assert_eq!(masked(format!("a {spelling}, b {spelling}")), "a ***, b ***", "{spelling}");
        }
        let mut bytes = b"\xFF\x00".to_vec();
        bytes.extend_from_slice(TOKEN.as_bytes());
        assert_eq!(masked(&bytes), "\u{fffd}\0***");
    }

    #[test]
    fn a_secret_is_found_in_base64_wherever_it_begins() {
        for before in 0..5 {
            for behind in ["", "x", "xy", "\"}"] {
                let text = format!("{}{TOKEN}{behind}", "Authorization"[..before].to_owned());
                let base64 = aws_smithy_types::base64::encode(&text);
                for spelling in [base64.clone(), base64.replace('+', "-").replace('/', "_")] {
                    let masked = masked(format!("<{spelling}>"));
                    assert!(masked.contains("***") && masked.len() <= 20, "{before} {behind}: {masked}");
                }
            }
        }
    }

    #[test]
    fn parts_of_a_secret_are_found_where_the_text_is_cut() {
        assert_eq!(masked(format!("it ends: {}", &TOKEN[..12])), "it ends: ***");
        assert_eq!(masked(format!("{} it began", &TOKEN[10..])), "*** it began");
        assert_eq!(masked(percent(&TOKEN[..9])), "***");
        assert_eq!(masked(format!("{} goes on", &TOKEN[..12])), format!("{} goes on", &TOKEN[..12]));
    }

    #[test]
    fn a_short_secret_masks_no_ordinary_letters() {
        assert_eq!(masked("the latest test"), "the latest test");
        for (text, expected) in [
            ("authorization: Bearer test", "authorization: Bearer ***"),
            ("{\"authorization\":\"Bearer test\"}", "{\"authorization\":\"Bearer ***\"}"),
            ("bearer%20test!", "bearer%20***!"),
            ("Bearer testing", "Bearer testing"),
        ] {
            assert_eq!(masked(text), expected);
        }
        let none = Redactor::default();
        assert!(matches!(none.bytes(b"Bearer test"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_request_is_asked_for_all_that_is_secret_in_it() {
        let mut headers = HeaderMap::new();
        let signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
        let value = format!("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/scope, Signature={signature}");
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        headers.insert("x-api-key", "KEYEXAMPLE".parse().unwrap());
        let redactor = Redactor::of_request(["SECRETEXAMPLE", ""], &headers);
        let text = format!("AKIDEXAMPLE SECRETEXAMPLE KEYEXAMPLE {signature} end");
        assert_eq!(redactor.text(&text), "AKIDEXAMPLE *** *** *** end");
        let mut echoed = HeaderMap::new();
        echoed.insert("x-amzn-requestid", HeaderValue::from_bytes(b"\xE9 SECRETEXAMPLE").unwrap());
        redactor.headers(&mut echoed);
        assert_eq!(echoed["x-amzn-requestid"].as_bytes(), b"\xE9 ***");
    }

    /// A server that repeats the beginning of a secret, or of what could be one of its characters, costs no more than one
    /// that does not: no attempt reads far.
    #[test]
    fn a_text_full_of_beginnings_is_read_in_no_time() {
        for beginning in
            [&TOKEN[..TOKEN.len() - 1], "\\", "A\\\\", "%", "%25", "A%0A", "&", "&#6", "A ", "Bearer "]
        {
            let text = beginning.repeat((1 << 18) / beginning.len());
            let began = std::time::Instant::now();
            assert!(masked(&text).len() <= text.len());
            assert!(began.elapsed().as_secs() < 20, "{beginning}: {:?}", began.elapsed());
        }
    }
}
