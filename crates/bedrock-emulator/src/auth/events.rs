//! Signatures of the events that a caller sends on a bidirectional stream: each signs the one before it, the first the
//! request. What is in the events is not looked at.

use bedrock_eventstream::frame::{FrameView, HeaderValue};
use zeroize::Zeroizing;

use super::sigv4::{self, Scope};
use super::verifier::Signed;
use crate::clock;
use crate::error::ServiceError;

/// Checks one stream's events, in their order.
pub(crate) struct EventVerifier {
    day: String,
    region: String,
    service: String,
    key: Zeroizing<[u8; 32]>,
    previous: Vec<u8>,
    count: usize,
}

impl EventVerifier {
    /// `signed` is the good signature of the request that opened the stream.
    pub(crate) fn new(signed: Signed) -> Self {
        let Signed { day, region, service, key, signature, .. } = signed;
        Self { day, region, service, key, previous: signature, count: 0 }
    }

    /// Whether this outer frame is signed as it should be; its payload is then the frame inside, or nothing at the end.
    pub(crate) fn verify(&mut self, frame: FrameView<'_>) -> Result<(), ServiceError> {
        // Counted also where it fails: the message names the event, from 0.
        let number = self.count;
        self.count += 1;
        let refuse = |what: &str| {
            Err(ServiceError::new(
                "InvalidSignatureException",
                format!("Event {number} of the stream: {what}"),
            ))
        };
        let (signature, milliseconds) = match (frame.header(":chunk-signature"), frame.header(":date")) {
            (Some(HeaderValue::Bytes(signature)), Some(HeaderValue::Timestamp(at))) => (signature, at),
            _ => {
                return refuse(
                    "it must have the headers ':chunk-signature' (bytes) and ':date' (timestamp).",
                );
            }
        };
        // Some callers leave the fraction of a second in the header; in the text it is always cut off.
        // Not compared with the clock: how old an event may be is not documented.
        let date = clock::basic(milliseconds.div_euclid(1000));
        // Doubtful over midnight: the day is the request's here, and the event's
        // own for clients like ours.
        let scope = Scope {
            day: &self.day,
            region: &self.region,
            service: &self.service,
            terminator: "aws4_request",
        };
        let to_sign = sigv4::event_string_to_sign(
            &date,
            scope,
            &self.previous,
            &date_header(milliseconds),
            frame.payload(),
        );
        if !sigv4::signature_matches(&self.key[..], &to_sign, signature) {
            return refuse("its signature does not match.");
        }
        // Only a good one: what follows a bad event is refused as well, since its chain is broken.
        self.previous = signature.to_vec();
        Ok(())
    }
}

/// The header `:date` as it is encoded in a frame.
fn date_header(milliseconds: i64) -> Vec<u8> {
    let mut bytes = b"\x05:date\x08".to_vec();
    bytes.extend_from_slice(&milliseconds.to_be_bytes());
    bytes
}

#[cfg(test)]
pub(crate) mod tests {
    use bedrock_eventstream::frame::{FrameBuilder, FrameDecoder};

    use super::*;
    use crate::digest::{hex, sha256};

    /// Signs one event as a caller does: the outer frame, and the signature for the next one.
    pub(crate) fn sign(
        key: &[u8],
        scope: Scope<'_>,
        previous: &[u8],
        seconds: i64,
        inner: &[u8],
    ) -> (Vec<u8>, Vec<u8>) {
        let date = clock::basic(seconds);
        let to_sign =
            sigv4::event_string_to_sign(&date, scope, previous, &date_header(seconds * 1000), inner);
        let signature = sigv4::hmac_sha256(key, to_sign.as_bytes()).to_vec();
        let frame = FrameBuilder::new()
            .header(":chunk-signature", &signature[..])
            .header(":date", HeaderValue::Timestamp(seconds * 1000));
        (frame.build(inner).unwrap().into_bytes().to_vec(), signature)
    }

    const SCOPE: Scope<'static> =
        Scope { day: "20251009", region: "us-east-1", service: "bedrock", terminator: "aws4_request" };

    fn verifier() -> EventVerifier {
        EventVerifier::new(Signed {
            access_key_id: "AKIDEXAMPLE".into(),
            day: SCOPE.day.into(),
            region: SCOPE.region.into(),
            service: SCOPE.service.into(),
            key: Zeroizing::new(sigv4::signing_key("example-secret", SCOPE)),
            signature: sha256(b"seed").to_vec(),
        })
    }

    fn accepts(verifier: &mut EventVerifier, frame: &[u8]) -> bool {
        let mut decoder = FrameDecoder::new();
        let mut frames = decoder.feed(frame);
        verifier.verify(frames.next().unwrap().unwrap()).is_ok()
    }

    /// Computed once with another implementation.
    #[test]
    fn a_known_signature() {
        let inner =
            FrameBuilder::event("chunk").build(br#"{"bytes":"e30=","p":"abc"}"#).unwrap().into_bytes();
        assert_eq!(inner.len(), 117);
        let key = sigv4::signing_key("example-secret", SCOPE);
        let (frame, signature) = sign(&key, SCOPE, &sha256(b"seed"), 1_760_000_000, &inner);
        assert_eq!(hex(&signature), "420c6c2ed9a37b14bdfc60b645c685961dadf70fc366953124dfa485ddb47150");
        assert!(hex(&frame).starts_with("000000c80000004353926c59103a6368756e6b2d7369676e6174757265060020"));
        assert!(hex(&frame).ends_with("fcf7ab84"));
        assert!(accepts(&mut verifier(), &frame));
    }

    #[test]
    fn a_chain_that_is_broken() {
        let key = sigv4::signing_key("example-secret", SCOPE);
        let seed = sha256(b"seed").to_vec();
        let (first, signature) = sign(&key, SCOPE, &seed, 1_760_000_000, b"one");
        let (second, _) = sign(&key, SCOPE, &signature, 1_760_000_001, b"two");
        let (forged, _) = sign(&[7; 32], SCOPE, &seed, 1_760_000_000, b"one");
        let unsigned = FrameBuilder::event("chunk").build(b"{}").unwrap().into_bytes();

        let mut good = verifier();
        assert!(accepts(&mut good, &first) && accepts(&mut good, &second));
        assert!(!accepts(&mut verifier(), &second), "the first event left out");
        let mut repeated = verifier();
        assert!(accepts(&mut repeated, &first) && !accepts(&mut repeated, &first), "an event twice");
        assert!(!accepts(&mut verifier(), &forged), "another key");
        assert!(!accepts(&mut verifier(), &unsigned), "no signature");
    }
}
