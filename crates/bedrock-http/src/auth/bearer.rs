//! Short-term API keys, minted from credentials.
//!
//! Not for keeping and renewing them: see [`MintedTokens`](crate::MintedTokens).

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignatureLocation, SigningSettings};
use aws_smithy_types::base64;
use http::HeaderMap;

use super::credentials::{BearerToken, Credentials};
use super::sigv4::{Scope, Signable, instructions};
use crate::Error;

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
    let made =
        tracing::subscriber::with_default(silence, || instructions(&request, Vec::new(), &scope, settings))?;
    let (_, mut params) = made.into_parts();
    // In the order in which AWS's own generator writes them, so that the same input gives the same key.
    params.sort_by_key(|(name, _)| PRESIGNED_ORDER.iter().position(|known| known == name));
    let mut presigned =
        zeroize::Zeroizing::new(String::from("bedrock.amazonaws.com/?Action=CallWithBearerToken"));
    for (name, value) in params {
        let value = percent_encoding::utf8_percent_encode(&value, crate::request::ENCODED);
        presigned.push_str(&format!("&{name}={value}"));
    }
    // Behind the signature and not part of what is signed, as in AWS's own generator.
    presigned.push_str("&Version=1");
    let end = now + life;
    // The service refuses a key whose session has ended, whatever it was presigned for.
    let expiry = credentials.expires_at().map_or(end, |expiry| expiry.min(end));
    Ok(BearerToken::new(format!("bedrock-api-key-{}", base64::encode(presigned.as_bytes())))
        .with_expiry(expiry))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
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
            assert_eq!(base64::encode(plain.as_bytes()), coded);
        }
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
        assert_eq!(
            token.unwrap().token(),
            format!("bedrock-api-key-{}", base64::encode(presigned.as_bytes()))
        );
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
