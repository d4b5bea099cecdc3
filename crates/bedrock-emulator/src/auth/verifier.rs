//! Checks the signature or the token of a request. What the request asks for does not matter yet.

use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::credentials::Credentials;
use super::sigv4::{self, Authorization, Request, Scope};
use crate::clock;
use crate::digest::{hex, sha256, unhex};
use crate::error::ServiceError;

/// What the server accepts. With neither keys nor tokens it accepts every request.
#[derive(Debug, Clone)]
pub(crate) struct Verifier {
    pub(crate) credentials: Vec<Credentials>,
    pub(crate) bearer: Vec<BearerToken>,
    /// The region that signatures must be for; any, if `None`.
    pub(crate) region: Option<String>,
    /// How far the clock of a caller may be off, either way.
    pub(crate) max_skew: Duration,
}

/// A token; prints as `***`.
#[derive(Clone)]
pub(crate) struct BearerToken(pub(crate) Zeroizing<String>);

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// The result of a check that a request passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is checked.
    Unchecked,
    /// A valid token.
    Bearer,
    /// A valid signature.
    Signed(Signed),
}

/// What checking the events behind a signed request needs.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(super) access_key_id: String,
    pub(super) day: String,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) key: Zeroizing<[u8; 32]>,
    pub(super) signature: Vec<u8>,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signed").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// What an address accepts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    /// The names of services that a signature may be for.
    pub(crate) services: &'static [&'static str],
    /// Whether a bearer token is enough; not every service takes one.
    pub(crate) bearer: bool,
}

/// The body of a request, as far as the signature of its head covers it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Payload<'a> {
    Bytes(&'a [u8]),
    /// Events with signatures of their own, not yet received.
    Events,
}

impl Verifier {
    pub(crate) fn is_on(&self) -> bool {
        !(self.credentials.is_empty() && self.bearer.is_empty())
    }

    /// Checks a request.
    pub(crate) fn verify(
        &self,
        request: Request<'_>,
        payload: Payload<'_>,
        access: Access,
        now: SystemTime,
    ) -> Result<Verdict, ServiceError> {
        if !self.is_on() {
            return Ok(Verdict::Unchecked);
        }
        let mut given = request.headers.get_all(http::header::AUTHORIZATION).iter();
        let header = match (given.next().map(http::HeaderValue::to_str), given.next()) {
            (None, _) => {
                return Err(ServiceError::new(
                    "MissingAuthenticationTokenException",
                    "Missing Authentication Token",
                ));
            }
            (Some(Ok(header)), None) => header,
            _ => return Err(incomplete("There must be one Authorization header, of visible characters.")),
        };
        match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                self.verify_bearer(token, access)
            }
            _ => self.verify_signature(header, request, payload, access, now).map(Verdict::Signed),
        }
    }

    fn verify_bearer(&self, token: &str, access: Access) -> Result<Verdict, ServiceError> {
        // Compared by digest: the time it takes then says nothing of the token.
        let digest = sha256(token.trim().as_bytes());
        let known = self.bearer.iter().any(|valid| sha256(valid.0.as_bytes()) == digest);
        if known && access.bearer {
            return Ok(Verdict::Bearer);
        }
        let message = "Authentication failed: Please make sure your API Key is valid.";
        Err(ServiceError::new("AccessDeniedException", message))
    }

    fn verify_signature(
        &self,
        header: &str,
        request: Request<'_>,
        payload: Payload<'_>,
        access: Access,
        now: SystemTime,
    ) -> Result<Signed, ServiceError> {
        let authorization = Authorization::parse(header).map_err(incomplete)?;
        let unknown = || {
            let message = "The security token included in the request is invalid.";
            ServiceError::new("UnrecognizedClientException", message)
        };
        let known = self.credentials.iter().find(|c| c.access_key_id() == authorization.access_key_id);
        let credentials = known.ok_or_else(unknown)?;
        let token = request.headers.get("x-amz-security-token").map(http::HeaderValue::as_bytes);
        // A token that is missing, and one beside keys that have none, are
        // refused like a wrong one.
        if token != credentials.session_token().map(str::as_bytes) {
            return Err(unknown());
        }
        // All that has a message of its own goes before the signature, whose mismatch says little.
        let date = self.check_date(request, authorization.scope, now)?;
        self.check_scope(authorization.scope, access)?;
        check_signed_headers(request, &authorization.signed_headers)?;
        let payload_hash = payload_hash(request, payload, &authorization.signed_headers)?;

        let canonical = sigv4::canonical_request(request, &authorization.signed_headers, &payload_hash)
            .map_err(invalid)?;
        let to_sign = sigv4::string_to_sign(date, authorization.scope, &canonical);
        let key = Zeroizing::new(sigv4::signing_key(credentials.secret(), authorization.scope));
        // What is no hexadecimal matches nothing.
        let signature = unhex(authorization.signature).unwrap_or_default();
        if !sigv4::signature_matches(&key[..], &to_sign, &signature) {
            return Err(mismatch(&canonical, &to_sign, credentials));
        }
        let Scope { day, region, service, .. } = authorization.scope;
        Ok(Signed {
            access_key_id: authorization.access_key_id.to_owned(),
            day: day.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            key,
            signature,
        })
    }

    /// The date of the request, if it fits its scope and the clock here.
    fn check_date<'a>(
        &self,
        request: Request<'a>,
        scope: Scope<'_>,
        now: SystemTime,
    ) -> Result<&'a str, ServiceError> {
        let date = request.headers.get("x-amz-date").and_then(|value| value.to_str().ok());
        let date = date.ok_or_else(|| {
            incomplete("Authorization header requires existence of an 'X-Amz-Date' header.")
        })?;
        let at = clock::parse_basic(date)
            .ok_or_else(|| incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{date}'.")))?;
        if date.get(..8) != Some(scope.day) {
            return Err(invalid(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{date}'.",
                scope.day
            )));
        }
        let (now, skew) =
            (clock::unix_seconds(now), i64::try_from(self.max_skew.as_secs()).unwrap_or(i64::MAX));
        let (earliest, latest) = (now.saturating_sub(skew), now.saturating_add(skew));
        // Worded as recorded, but for the unit: the service writes `5 min.`. Of the other limit
        // there is no recording.
        if at < earliest {
            let (at, limit) = (clock::basic(at), clock::basic(earliest));
            return Err(invalid(format!(
                "Signature expired: {at} is now earlier than {limit} ({} - {skew} s.)",
                clock::basic(now)
            )));
        }
        if at > latest {
            let (at, limit) = (clock::basic(at), clock::basic(latest));
            return Err(invalid(format!(
                "Signature not yet current: {at} is still later than {limit} ({} + {skew} s.)",
                clock::basic(now)
            )));
        }
        Ok(date)
    }

    fn check_scope(&self, scope: Scope<'_>, access: Access) -> Result<(), ServiceError> {
        if scope.terminator != "aws4_request" {
            let term = scope.terminator;
            return Err(invalid(format!(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '{term}'."
            )));
        }
        if !access.services.contains(&scope.service) {
            let wanted = access.services.join("' or '");
            return Err(invalid(format!("Credential should be scoped to correct service: '{wanted}'.")));
        }
        match &self.region {
            Some(region) if region != scope.region => Err(invalid(format!(
                "Credential should be scoped to a valid region, not '{}'.",
                scope.region
            ))),
            _ => Ok(()),
        }
    }
}

/// The list must be sorted, in lower case, and name every header that must not be changed on the way.
fn check_signed_headers(request: Request<'_>, signed: &[&str]) -> Result<(), ServiceError> {
    if !signed.is_sorted_by(|a, b| a < b)
        || signed.iter().any(|name| name.bytes().any(|b| b.is_ascii_uppercase()))
    {
        return Err(invalid("SignedHeaders must be in lower case, sorted, and name each header once."));
    }
    if !signed.contains(&"host") && !signed.contains(&":authority") {
        return Err(invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."));
    }
    // The hash of the body may come unsigned: it is compared with the body itself.
    let unsigned =
        request.headers.keys().map(http::HeaderName::as_str).find(|name| {
            name.starts_with("x-amz-") && *name != "x-amz-content-sha256" && !signed.contains(name)
        });
    match unsigned {
        Some(name) => Err(invalid(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization."))),
        None => Ok(()),
    }
}

/// What stands in the canonical request for the body.
fn payload_hash(request: Request<'_>, payload: Payload<'_>, signed: &[&str]) -> Result<String, ServiceError> {
    let (body, is_events): (&[u8], bool) = match payload {
        Payload::Bytes(body) => (body, false),
        Payload::Events => (&[], true),
    };
    let real = hex(&sha256(body));
    // botocore sends none to Bedrock, the OpenAI SDK's signer does.
    let Some(claimed) = request.headers.get("x-amz-content-sha256") else { return Ok(real) };
    let claimed = claimed.to_str().unwrap_or_default();
    let is_signed = signed.contains(&"x-amz-content-sha256");
    let unhashed =
        // AWS's general rules; whether Bedrock takes either is not known.
        claimed == "UNSIGNED-PAYLOAD" || is_events && claimed == "STREAMING-AWS4-HMAC-SHA256-EVENTS";
    if claimed == real || unhashed && is_signed {
        return Ok(claimed.to_owned());
    }
    Err(invalid(format!(
        "The provided 'x-amz-content-sha256' header does not match what was computed: '{real}'."
    )))
}

/// The service shows what it computed from the request, which helps to find the difference. A session token among the signed
/// headers is masked.
fn mismatch(canonical: &[u8], to_sign: &str, credentials: &Credentials) -> ServiceError {
    let mut canonical = String::from_utf8_lossy(canonical).into_owned();
    if let Some(token) = credentials.session_token().filter(|token| !token.is_empty()) {
        canonical = canonical.replace(token, "***");
    }
    invalid(format!(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and \
         signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have \
         been\n'{canonical}'\n\nThe String-to-Sign should have been\n'{to_sign}'\n"
    ))
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidSignatureException", message)
}

fn incomplete(message: impl Into<String>) -> ServiceError {
    ServiceError::new("IncompleteSignatureException", message)
}
