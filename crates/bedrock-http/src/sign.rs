//! Signature version 4, made by `aws-sigv4`, and short-term API keys minted from credentials.
//!
//! Not for deciding who signs (that is `credentials`) nor what is sent: it gets the finished URL, headers and body.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningInstructions, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{BearerToken, Credentials, Error};

/// Headers that proxies, clients and tracing rewrite on the way: a signature over them would break there. The same list
/// as botocore's.
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
    let (headers, _) =
        make(request, headers, scope, SigningSettings::default()).map(SigningInstructions::into_parts)?;
    headers
        .iter()
        .map(|header| {
            let mut value = HeaderValue::from_str(header.value()).map_err(|error| {
                Error::credentials("the credentials hold characters that no header can carry")
                    .with_source(error)
            })?;
            // aws-sigv4 does not count the signature itself among what is sensitive.
            value.set_sensitive(header.sensitive() || header.name() == "authorization");
            Ok((HeaderName::from_static(header.name()), value))
        })
        .collect()
}

fn make<'a>(
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

const PRESIGNED_ORDER: &[&str] = &[
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
];

/// The longest life of a short-term API key: 12 hours.
pub const LONGEST_TOKEN_LIFE: Duration = Duration::from_secs(43_200);

/// Mints a short-term Bedrock API key from credentials, without asking anybody: a presigned URL in base64. It works in
/// `region` only, for `life` (at most 12 hours) from `now`, and never longer than the credentials themselves.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use bedrock_http::{Credentials, mint_bearer_token};
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE");
/// let token = mint_bearer_token(&credentials, "us-east-1", Duration::from_secs(3600), SystemTime::now())?;
/// assert!(token.token().starts_with("bedrock-api-key-"));
/// # Ok::<(), bedrock_http::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when `life` is zero or longer than [`LONGEST_TOKEN_LIFE`];
/// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) when the credentials have expired.
pub fn mint_bearer_token(
    credentials: &Credentials,
    region: &str,
    life: Duration,
    now: SystemTime,
) -> Result<BearerToken, Error> {
    if life.as_secs() == 0 || life > LONGEST_TOKEN_LIFE {
        return Err(Error::usage(format!("a token may live for 1 s to 12 h, not for {life:?}")));
    }
    if credentials.expires_at().is_some_and(|expiry| expiry <= now) {
        return Err(Error::credentials("the credentials to mint a token from have expired"));
    }
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(life);
    // The form of these keys is fixed by AWS's own generator: this host and query whatever the region.
    let url = "https://bedrock.amazonaws.com/?Action=CallWithBearerToken";
    let headers = HeaderMap::new();
    let request = Signable { method: "POST", url, headers: &headers, body: &[] };
    let scope = Scope { credentials, region, service: "bedrock", time: now };
    // aws-sigv4 traces the query that it signs, and here the session token is part of it.
    let silence = tracing::subscriber::NoSubscriber::new();
    let made = tracing::subscriber::with_default(silence, || make(&request, Vec::new(), &scope, settings))?;
    let (_, mut params) = made.into_parts();
    // In the order in which AWS's own generator writes them, so that the same input gives the same key.
    params.sort_by_key(|(name, _)| PRESIGNED_ORDER.iter().position(|known| known == name));
    let mut presigned =
        zeroize::Zeroizing::new(String::from("bedrock.amazonaws.com/?Action=CallWithBearerToken"));
    for (name, value) in params {
        let value = percent_encoding::utf8_percent_encode(&value, crate::path::ENCODED);
        presigned.push_str(&format!("&{name}={value}"));
    }
    presigned.push_str("&Version=1");
    let end = now + life;
    let expiry = credentials.expires_at().map_or(end, |expiry| expiry.min(end));
    Ok(BearerToken::new(format!("bedrock-api-key-{}", base64(presigned.as_bytes()))).with_expiry(expiry))
}

/// Standard base64 with padding. Written out here because nothing else in this crate needs base64.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let index = (bits >> (18 - 6 * place)) & 63;
            out.push(if place > group.len() { '=' } else { char::from(ALPHABET[index as usize]) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_headers_are_sorted() {
        assert!(UNSIGNED.is_sorted());
    }

    #[test]
    fn base64_of_rfc_4648() {
        let rows = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
            ("\u{fb}\u{ff}", "w7vDvw=="),
        ];
        for (plain, coded) in rows {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
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
    fn a_minted_token_is_the_one_that_botocore_presigns() {
        let credentials = Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE").with_session_token("TOKEN/+=");
        let token =
            mint_bearer_token(&credentials, "us-east-1", Duration::from_secs(3_600), at(1_440_938_160));
        let presigned = "bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256\
                         &X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fbedrock%2Faws4_request\
                         &X-Amz-Date=20150830T123600Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host\
                         &X-Amz-Security-Token=TOKEN%2F%2B%3D\
                         &X-Amz-Signature=3963d034ab4d92a5f1d4f13ade4dbb1cb2676c50607822f8d4907bf922e59cf3&Version=1";
        assert_eq!(token.unwrap().token(), format!("bedrock-api-key-{}", base64(presigned.as_bytes())));
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

    #[test]
    fn lives_of_tokens() {
        let credentials = Credentials::new("A", "S").with_expiry(at(1_000));
        let mint =
            |life, now| mint_bearer_token(&credentials, "us-east-1", Duration::from_secs(life), at(now));
        assert_eq!(mint(3_600, 0).unwrap().expires_at(), Some(at(1_000)));
        assert_eq!(mint(60, 0).unwrap().expires_at(), Some(at(60)));
        assert!(mint(0, 0).is_err());
        assert!(mint(43_201, 0).is_err());
        assert!(mint(60, 1_000).is_err());
    }
}
