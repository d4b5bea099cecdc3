//! Signature version 4, made by `aws-sigv4`.
//!
//! Not for deciding who signs (that is [`Auth`](crate::Auth)) nor what is sent: it gets the finished URL, headers and body.

use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningInstructions, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::credentials::Credentials;
use crate::Error;

/// Headers that proxies, clients and tracing rewrite on the way: a signature over them would break there. botocore's
/// list (1.43), with `authorization` and the headers of W3C's tracing.
const UNSIGNED: &[&str] = &[
    "authorization",
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// What a signature is made over.
pub(crate) struct Signable<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Under what a signature is made.
pub(crate) struct Scope<'a> {
    pub(crate) credentials: &'a Credentials,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) time: SystemTime,
}

/// The headers that make the request a signed one: `authorization`, `x-amz-date` and perhaps `x-amz-security-token`.
///
/// The canonical URI is the path of the URL, percent-encoded once more: Bedrock is an ordinary service, not S3.
pub(crate) fn signature_headers(
    request: &Signable<'_>,
    scope: &Scope<'_>,
) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
    let signed = |name: &str| UNSIGNED.binary_search(&name).is_err();
    let mut headers = Vec::with_capacity(request.headers.len());
    for (name, value) in request.headers.iter().filter(|(name, _)| signed(name.as_str())) {
        let value = std::str::from_utf8(value.as_bytes()).map_err(|error| {
            Error::usage(format!("the header {name} is not UTF-8 and cannot be signed")).with_source(error)
        })?;
        headers.push((name.as_str(), value));
    }
    // The defaults encode the path twice and send no `x-amz-content-sha256`: botocore signs
    // Bedrock's requests the same way.
    let (headers, _) = instructions(request, headers, scope, SigningSettings::default())
        .map(SigningInstructions::into_parts)?;
    headers
        .iter()
        .map(|header| {
            let mut value = HeaderValue::from_str(header.value()).map_err(|error| {
                Error::credentials("the credentials hold characters that no header can carry")
                    .with_source(error)
            })?;
            // aws-sigv4 does not count the signature itself among what is sensitive.
            value.set_sensitive(header.sensitive() || header.name() == "authorization");
            // It panics on capitals; the names are constants of aws-sigv4, in lower case.
            Ok((HeaderName::from_static(header.name()), value))
        })
        .collect()
}

pub(super) fn instructions<'a>(
    request: &'a Signable<'a>,
    headers: Vec<(&'a str, &'a str)>,
    scope: &Scope<'_>,
    settings: SigningSettings,
) -> Result<SigningInstructions, Error> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| {
        Error::usage("the request could not be signed").with_source(source)
    };
    let keys = scope.credentials;
    let identity: Identity = aws_credential_types::Credentials::new(
        keys.access_key_id(),
        keys.secret_access_key(),
        keys.session_token().map(str::to_owned),
        keys.expires_at(),
        "bedrock-http",
    )
    .into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(scope.time)
        .settings(settings)
        .build()
        .map_err(|error| failed(error.into()))?
        .into();
    let body = SignableBody::Bytes(request.body);
    let signable = SignableRequest::new(request.method, request.url, headers.into_iter(), body)
        .map_err(|error| failed(error.into()))?;
    let (instructions, _) = sign(signable, &params).map_err(|error| failed(error.into()))?.into_parts();
    Ok(instructions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn unsigned_headers_are_sorted() {
        assert!(UNSIGNED.is_sorted());
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// A row: method, URL, headers, body, the signature. The first rows are of AWS's published suite of test vectors
    /// (its keys, date, region and the service name `service`); those of `BEDROCK` were computed with botocore 1.44.5
    /// under the service name `bedrock`: the path encoded twice, text in the query.
    type Row =
        (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);

    const SUITE: &[Row] = &[
        (
            "GET",
            "https://example.amazonaws.com/",
            &[],
            "",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "GET",
            "https://example.amazonaws.com/?Param2=value2&Param1=value1",
            &[],
            "",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "GET",
            "https://example.amazonaws.com/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            &[],
            "",
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        (
            "POST",
            "https://example.amazonaws.com/",
            &[],
            "",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "POST",
            "https://example.amazonaws.com/",
            &[("content-type", "application/x-www-form-urlencoded")],
            "Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            "GET",
            "https://example.amazonaws.com/",
            &[("my-header1", " value1"), ("my-header2", " \"a   b   c\"")],
            "",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        (
            "GET",
            "https://example.amazonaws.com/",
            &[("user-agent", "left out"), ("traceparent", "left out"), ("authorization", "left out")],
            "",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
    ];

    const BEDROCK: &[Row] = &[
        (
            "POST",
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse",
            &[("content-type", "application/json")],
            r#"{"messages":[]}"#,
            "dba7f2f77cc33808be655f27b8ebf1d1b1d77751fc96dad0bd71e020cb07c442",
        ),
        (
            "POST",
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A111122223333%3Ainference-profile%2Fus.amazon.nova-lite-v1%3A0/converse-stream",
            &[("content-type", "application/json"), ("x-amzn-bedrock-trace", "ENABLED")],
            "{}",
            "e046a8963ff3d449df94aff23a69af2760467926d11e147ba34fc03942b31c10",
        ),
        (
            "GET",
            "https://bedrock-runtime.us-east-1.amazonaws.com/async-invoke?nameContains=a%20b%2Bc%2F%C3%A9&maxResults=5",
            &[],
            "",
            "da4a78ddeb32b21b376f43d87c48b4be9b56ec9655f132a5ff86c076e6d77a44",
        ),
    ];

    #[test]
    fn vectors_of_aws() {
        SUITE.iter().for_each(|row| check_signature("service", row));
        BEDROCK.iter().for_each(|row| check_signature("bedrock", row));
    }

    fn check_signature(service: &str, &(method, url, pairs, body, want): &Row) {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        // 20150830T123600Z
        let time = at(1_440_938_160);
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        let request = Signable { method, url, headers: &headers, body: body.as_bytes() };
        let scope = Scope { credentials: &credentials, region: "us-east-1", service, time };
        let made = signature_headers(&request, &scope).unwrap();
        let (_, value) = made.iter().find(|(name, _)| name == "authorization").unwrap();
        let value = value.to_str().unwrap();
        assert!(value.ends_with(&format!("Signature={want}")), "{method} {url}: {value}");
    }

    #[test]
    fn session_token_is_signed_and_marked_sensitive() {
        let credentials = Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE").with_session_token("TOKENEXAMPLE");
        let headers = HeaderMap::new();
        let request = Signable { method: "POST", url: "https://h/", headers: &headers, body: b"" };
        let scope = Scope { credentials: &credentials, region: "r", service: "bedrock", time: at(0) };
        let made = signature_headers(&request, &scope).unwrap();
        let get = |name: &str| made.iter().find(|(n, _)| n == name).map(|(_, v)| v).unwrap();
        assert_eq!(get("x-amz-security-token"), "TOKENEXAMPLE");
        assert!(get("authorization").to_str().unwrap().contains("host;x-amz-date;x-amz-security-token"));
        assert!(!format!("{made:?}").contains("TOKENEXAMPLE"));
    }

    #[test]
    fn what_no_header_can_carry_is_refused_without_being_repeated() {
        let credentials = Credentials::new("AKID\n", "S").with_session_token("T\nX");
        let headers = HeaderMap::new();
        let request = Signable { method: "GET", url: "https://h/", headers: &headers, body: b"" };
        let scope = Scope { credentials: &credentials, region: "r", service: "bedrock", time: at(0) };
        assert!(signature_headers(&request, &scope).is_err());
    }
}
