//! AWS Signature Version 4, from the side of the one who checks it: the canonical request, the string to sign, the key.
//! Nothing here signs a request or knows which keys exist.
//!
//! The rules are those of every AWS service but S3: the path is normalised and then encoded once more as it came over the
//! wire, so `%3A` counts as `%253A`.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use sha2::Sha256;

use crate::digest::{hex, sha256};

/// Everything but the unreserved characters.
const LABEL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same, but a slash separates segments.
const PATH: &AsciiSet = &LABEL.remove(b'/');

/// A request as the signature sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// The path as it came over the wire, not decoded.
    pub(crate) path: &'a str,
    /// Behind the question mark, as it came.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    /// Of HTTP/2; its requests need no `host`.
    pub(crate) authority: Option<&'a str>,
}

/// The parts of `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authorization<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) scope: Scope<'a>,
    pub(crate) signed_headers: Vec<&'a str>,
    pub(crate) signature: &'a str,
}

/// For which day and service a key is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scope<'a> {
    pub(crate) day: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) terminator: &'a str,
}

impl std::fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}/{}", self.day, self.region, self.service, self.terminator)
    }
}

impl<'a> Authorization<'a> {
    /// Takes the header apart. The error says which part is missing, in the words of the service.
    pub(crate) fn parse(header: &'a str) -> Result<Self, String> {
        let Some(rest) = header.strip_prefix("AWS4-HMAC-SHA256") else {
            let scheme = header.split_whitespace().next().unwrap_or_default();
            return Err(format!("Unsupported AWS 'algorithm': '{scheme}'."));
        };
        let part = |name: &str| {
            rest.split(',')
                .filter_map(|part| part.trim().split_once('='))
                .find_map(|(key, value)| (key == name && !value.is_empty()).then_some(value))
                .ok_or_else(|| format!("Authorization header requires '{name}' parameter."))
        };
        let (credential, signed, signature) =
            (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
        // From the right: an access key id may hold slashes, a scope has four parts.
        let mut parts = credential.rsplitn(5, '/');
        let mut next = || {
            parts.next().ok_or_else(|| {
                format!("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'")
            })
        };
        let (terminator, service, region, day, access_key_id) = (next()?, next()?, next()?, next()?, next()?);
        let scope = Scope { day, region, service, terminator };
        Ok(Self { access_key_id, scope, signed_headers: signed.split(';').collect(), signature })
    }
}

/// The canonical request: what is hashed, byte for byte. The error names the signed header that is not there.
pub(crate) fn canonical_request(
    request: Request<'_>,
    signed_headers: &[&str],
    payload_hash: &str,
) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(512);
    for part in [request.method, &canonical_path(request.path), &canonical_query(request.query)] {
        out.extend_from_slice(part.as_bytes());
        out.push(b'\n');
    }
    for name in signed_headers.iter().copied().collect::<BTreeSet<_>>() {
        let value = canonical_header(request, name)
            .ok_or_else(|| format!("'{name}' is signed but not in the request."))?;
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        out.extend_from_slice(&value);
        out.push(b'\n');
    }
    out.push(b'\n');
    // As they were sent; that they are sorted has been checked.
    out.extend_from_slice(signed_headers.join(";").as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload_hash.as_bytes());
    Ok(out)
}

/// The string to sign of a request.
pub(crate) fn string_to_sign(date: &str, scope: Scope<'_>, canonical_request: &[u8]) -> String {
    format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&sha256(canonical_request)))
}

/// The string to sign of one event of a signed stream: `headers` is the encoded `:date` header alone, `payload` the frame
/// inside, `previous` the signature before this one.
pub(crate) fn event_string_to_sign(
    date: &str,
    scope: Scope<'_>,
    previous: &[u8],
    headers: &[u8],
    payload: &[u8],
) -> String {
    format!(
        "AWS4-HMAC-SHA256-PAYLOAD\n{date}\n{scope}\n{}\n{}\n{}",
        hex(previous),
        hex(&sha256(headers)),
        hex(&sha256(payload))
    )
}

/// The key of a day, region and service.
pub(crate) fn signing_key(secret: &str, scope: Scope<'_>) -> [u8; 32] {
    let mut first = zeroize::Zeroizing::new(Vec::with_capacity(4 + secret.len()));
    first.extend_from_slice(b"AWS4");
    first.extend_from_slice(secret.as_bytes());
    [scope.region, scope.service, scope.terminator]
        .iter()
        .fold(hmac_sha256(&first, scope.day.as_bytes()), |key, part| hmac_sha256(&key, part.as_bytes()))
}

/// Whether `signature` is the HMAC of `text`, compared in a time that does not depend on where they differ.
pub(crate) fn signature_matches(key: &[u8], text: &str, signature: &[u8]) -> bool {
    keyed(key).chain_update(text.as_bytes()).verify_slice(signature).is_ok()
}

pub(crate) fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    keyed(key).chain_update(data).finalize().into_bytes().into()
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    // HMAC takes a key of any length, so this cannot fail.
    Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"))
}

/// Dot segments and doubled slashes go, then the path is encoded as it stands.
fn canonical_path(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            // At the top there is nothing to go up to: it is dropped, as RFC 3986 says.
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let mut plain = String::from("/");
    plain.push_str(&kept.join("/"));
    if path.ends_with('/') && !kept.is_empty() {
        plain.push('/');
    }
    percent_encode(plain.as_bytes(), PATH).to_string()
}

/// Each name and value decoded and encoded again, sorted by name and then by value.
fn canonical_query(query: &str) -> String {
    // Decoded first, since callers encode differently; `+` stays a plus, for this is no form.
    let normal =
        |text: &str| percent_encode(&percent_decode_str(text).collect::<Vec<u8>>(), LABEL).to_string();
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (normal(name), normal(value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// The values of a header joined by commas, outer white space cut and inner runs made one space.
fn canonical_header(request: Request<'_>, name: &str) -> Option<Vec<u8>> {
    let from_authority = match (name, request.authority) {
        (":authority", authority) => Some(authority?),
        // HTTP/2 has no `host`; signers sign one all the same.
        ("host", Some(authority)) if !request.headers.contains_key("host") => Some(authority),
        _ => None,
    };
    if let Some(authority) = from_authority {
        return Some(authority.as_bytes().to_vec());
    }
    let mut values = request.headers.get_all(name).iter().map(|value| squeeze(value.as_bytes())).peekable();
    values.peek()?;
    Some(values.collect::<Vec<_>>().join(&b','))
}

fn squeeze(value: &[u8]) -> Vec<u8> {
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded_as_they_stand() {
        for (path, canonical) in [
            ("/model/a%3Ab/converse", "/model/a%253Ab/converse"),
            ("/model/a:b/converse", "/model/a%3Ab/converse"),
            ("/", "/"),
            ("//a/./b/../c/", "/a/c/"),
            ("/ü", "/%C3%BC"),
        ] {
            assert_eq!(canonical_path(path), canonical);
        }
    }

    #[test]
    fn queries_are_sorted_after_encoding() {
        for (query, canonical) in [
            ("", ""),
            ("b=2&a=1&a=0", "a=0&a=1&b=2"),
            ("flag", "flag="),
            ("q=a+b&r=%7e", "q=a%2Bb&r=~"),
            ("x=a=b", "x=a%3Db"),
        ] {
            assert_eq!(canonical_query(query), canonical);
        }
    }

    /// The example that AWS's documentation works through step by step.
    #[test]
    fn the_documented_key() {
        let scope =
            Scope { day: "20120215", region: "us-east-1", service: "iam", terminator: "aws4_request" };
        let key = signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope);
        assert_eq!(hex(&key), "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
    }

    #[test]
    fn an_authorization_without_its_parts() {
        for (header, complaint) in [
            ("Basic eA==", "algorithm"),
            ("AWS4-HMAC-SHA256 SignedHeaders=a, Signature=0", "Credential"),
            ("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=a, Signature=0", "5 slash"),
            ("AWS4-HMAC-SHA256 Credential=k/d/r/s/t, Signature=0", "SignedHeaders"),
            ("AWS4-HMAC-SHA256 Credential=k/d/r/s/t, SignedHeaders=a, Signature=", "Signature"),
        ] {
            let error = Authorization::parse(header).unwrap_err();
            assert!(error.contains(complaint), "{header}: {error}");
        }
    }
}
