//! The chain of signatures over the frames of a stream that goes to the service.
//!
//! Not for the frames themselves: the layer above encodes them and puts the two headers made here into the outer one.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use aws_smithy_types::date_time::{DateTime, Format};
use sha2::{Digest, Sha256};

use super::credentials::Credentials;
use crate::Error;

/// Signs the frames of one stream, each over the signature before it; the first over that of the request.
///
/// Each inner frame (event, JSON payload) becomes the payload of an outer frame whose two headers are in the
/// [`EventSignature`]. A stream ends with an outer frame whose payload is empty, signed like the others.
///
/// ```no_run
/// use std::time::SystemTime;
/// use bedrock_http::{Error, EventSigner};
///
/// fn example(signer: &mut EventSigner, inner_frame: &[u8]) -> Result<(), Error> {
///     let signature = signer.sign(inner_frame, SystemTime::now())?;
///     // outer frame: `:date` = timestamp, `:chunk-signature` = byte array, payload = inner_frame
///     let _ = (signature.date_millis, signature.signature);
///     let end = signer.sign(b"", SystemTime::now())?;
///     # let _ = end;
///     Ok(())
/// }
/// ```
pub struct EventSigner {
    credentials: Credentials,
    region: String,
    service: &'static str,
    previous: String,
}

/// The two headers of a signed frame.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventSignature {
    /// `:date`, a timestamp in milliseconds since 1970; always whole seconds.
    pub date_millis: i64,
    /// `:chunk-signature`, a byte array.
    pub signature: [u8; 32],
}

impl EventSigner {
    /// A chain that begins with this signature (in hexadecimal digits) of a request.
    pub(crate) fn new(credentials: Credentials, region: String, service: &'static str, seed: String) -> Self {
        Self { credentials, region, service, previous: seed }
    }

    /// Signs the next frame: `payload` is the whole inner frame as it is encoded, or nothing for the last one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when `time` lies outside of what a timestamp can say.
    pub fn sign(&mut self, payload: &[u8], time: SystemTime) -> Result<EventSignature, Error> {
        let wrong = || Error::usage("the time to sign a frame at cannot be written as a timestamp");
        let since =
            time.duration_since(SystemTime::UNIX_EPOCH).map_err(|error| wrong().with_source(error))?;
        // The signature names whole seconds, so the header must too.
        let seconds = i64::try_from(since.as_secs()).map_err(|error| wrong().with_source(error))?;
        let date_millis = seconds.checked_mul(1_000).ok_or_else(wrong)?;
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs());
        let stamp = DateTime::from(time)
            .fmt(Format::DateTime)
            .map_err(|error| wrong().with_source(error))?
            .replace(['-', ':'], "");
        let day = stamp.get(..8).ok_or_else(wrong)?;
        let (region, service, previous) = (&self.region, self.service, &self.previous);
        // Of the headers only `:date` is signed, in its encoded form; the
        // signature itself is the other.
        let date_hash = hex(&Sha256::digest(encoded_date(date_millis)));
        let payload_hash = hex(&Sha256::digest(payload));
        let text = format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{stamp}\n{day}/{region}/{service}/aws4_request\n{previous}\n{date_hash}\n{payload_hash}"
        );
        // A key for each frame, since the scope names the frame's day, as in aws-sigv4: a stream
        // may run over midnight. Never tried on the live service.
        let key = generate_signing_key(self.credentials.secret_access_key(), time, region, service);
        let digits = calculate_signature(key, text.as_bytes());
        let signature = unhex(&digits).ok_or_else(|| Error::usage("a signature is not 32 bytes"))?;
        // Last: a frame that could not be signed leaves the chain where it was.
        self.previous = digits;
        Ok(EventSignature { date_millis, signature })
    }
}

impl fmt::Debug for EventSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSigner")
            .field("credentials", &self.credentials)
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// The header `:date` as it is encoded in a frame: length and name, type 8 (timestamp), milliseconds.
fn encoded_date(millis: i64) -> Vec<u8> {
    let mut out = vec![5];
    out.extend_from_slice(b":date");
    out.push(8);
    out.extend_from_slice(&millis.to_be_bytes());
    out
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn unhex(digits: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    for (place, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[place * 2..place * 2 + 2], 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sigv4::event_stream::{sign_empty_message, sign_message};
    use aws_smithy_types::event_stream::{Header, HeaderValue, Message};

    /// The same chain, by aws-sigv4's own signer of messages.
    #[test]
    fn agrees_with_aws() {
        let seed = "e1d8e8c8815e60969f2a34765c9a15945ffc0badbaa4b7e3b163ea19131e949b".to_owned();
        let credentials = Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE").with_session_token("TOKENEXAMPLE");
        let mut ours = EventSigner::new(credentials, "us-east-1".into(), "bedrock", seed.clone());
        let identity =
            aws_credential_types::Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE", None, None, "test").into();
        let mut theirs = seed;
        for (second, text) in [(1_440_938_160, Some("one")), (1_440_938_161, Some("")), (1_799_999_999, None)]
        {
            let time = SystemTime::UNIX_EPOCH + Duration::from_millis(second * 1_000 + 789);
            let params = aws_sigv4::sign::v4::SigningParams::builder()
                .identity(&identity)
                .region("us-east-1")
                .name("bedrock")
                .time(time)
                .settings(())
                .build()
                .unwrap();
            let inner = text.map(|text| {
                Message::new(text.as_bytes().to_vec())
                    .add_header(Header::new(":event-type", HeaderValue::String("chunk".into())))
            });
            let signed = match &inner {
                Some(inner) => sign_message(inner, &theirs, &params),
                None => sign_empty_message(&theirs, &params),
            };
            let (message, signature) = signed.unwrap().into_parts();
            theirs = signature;
            let made = ours.sign(message.payload(), time).unwrap();
            assert_eq!(hex(&made.signature), theirs);
            let headers = message.headers();
            let date = headers.iter().find(|h| h.name().as_str() == ":date").unwrap();
            assert_eq!(date.value().as_timestamp().unwrap().to_millis().unwrap(), made.date_millis);
        }
        assert!(!format!("{ours:?}").contains("SECRETEXAMPLE"));
        assert!(ours.sign(b"", SystemTime::UNIX_EPOCH - Duration::from_secs(1)).is_err());
    }
}
