//! Masks secrets in text that a server wrote and this library shows: errors, their bodies, headers, traces.
//!
//! For: what was sent as a secret and comes back, in the spellings that [`Redactor`] lists, whatever bytes stand around it.
//! Not for: what a model says. An answer is the caller's, and is given as it came, with its unknown members; which of its
//! members are errors, the layer above knows.

mod spelling;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use http::header::{AUTHORIZATION, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use crate::auth::BearerToken;
use crate::secret::Secret;
use spelling::{SHORTEST, Span, encodings, find_behind_scheme, find_rest, find_spelled};

/// What stands where a secret stood.
const MASK: &[u8] = b"***";

/// Masks in texts the secrets that a request was sent with: the bearer token, or the secret access key, the session
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
/// All errors of this crate have been through it, and the headers of responses. A layer above gets it from the
/// [`Response`](crate::Response::redactor) and uses it before it quotes what it could not read.
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
    pub fn of_token(token: &BearerToken) -> Self {
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
            // Also what an interceptor has put there, which no provider knows of.
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

    /// A text with the secrets masked.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// Bytes with the secrets masked, whether they are text or not.
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
            // Finds may overlap, as of a secret and of its rest: they are one mask.
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
            // `Debug` too: it may show what `Display` leaves out, and sources
            // are printed both ways.
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
