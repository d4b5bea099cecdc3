//! How chunks are framed: as frames of an event stream, in either of its two ways, or as server-sent events. When they are
//! sent is said in `plan`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bedrock_eventstream::frame::{FrameBuilder, HeaderValue, Limits};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::error::{ServiceError, default_message};

/// One way of framing chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The chunk is an object of one key: the type of the event and its payload.
    Converse,
    /// The chunk is carried as base64 in an event `chunk`.
    Invoke,
    /// Server-sent events, with errors in OpenAI's envelope.
    OpenAiEvents,
    /// Server-sent events, with errors in Anthropic's envelope.
    AnthropicEvents,
}

/// The padding that hides the length of a text is the beginning of this.
// As recorded, the `p` of Converse's events and of InvokeModel's chunks.
const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

impl Framing {
    /// Whether there are frames at all, with checksums and lengths.
    pub(crate) fn is_binary(self) -> bool {
        matches!(self, Self::Converse | Self::Invoke)
    }

    pub(crate) fn content_type(self) -> &'static str {
        if self.is_binary() {
            "application/vnd.amazon.eventstream"
        } else {
            "text/event-stream; charset=utf-8"
        }
    }

    /// Frames chunks as the service does; `seed` decides on the padding.
    pub(crate) fn frames(self, chunks: &[Value], seed: &[u8; 32]) -> Result<Vec<Bytes>, ServiceError> {
        chunks.iter().enumerate().map(|(nth, chunk)| self.frame(chunk, padding(seed, nth))).collect()
    }

    fn frame(self, chunk: &Value, padding: &str) -> Result<Bytes, ServiceError> {
        match self {
            Self::Converse => {
                let Some((event_type, payload)) = chunk.as_object().and_then(|event| event.iter().next())
                else {
                    return Err(ServiceError::validation(
                        "A chunk of a converse stream must be an object of one key.",
                    ));
                };
                // So that a script can end a stream as the service does, in the place it wants.
                if event_type.ends_with("Exception") {
                    return exception(event_type, payload);
                }
                build(FrameBuilder::event(event_type), padded(payload, padding).as_bytes())
            }
            Self::Invoke => {
                let payload = json!({"bytes": STANDARD.encode(chunk.to_string()), "p": padding});
                build(FrameBuilder::event("chunk"), payload.to_string().as_bytes())
            }
            Self::OpenAiEvents | Self::AnthropicEvents => Ok(server_sent(chunk)),
        }
    }

    /// The end of a stream with an exception of the service's model.
    pub(crate) fn exception(self, error_type: &str, message: Option<&str>) -> Result<Bytes, ServiceError> {
        let message = message.unwrap_or_else(|| default_message(error_type));
        let mut payload = json!({"message": message});
        if error_type.eq_ignore_ascii_case("modelStreamErrorException") {
            payload["originalStatusCode"] = json!(500);
            payload["originalMessage"] = json!("the model broke");
        }
        let error = json!({"type": error_type, "message": message});
        match self {
            Self::Converse | Self::Invoke => exception(error_type, &payload),
            Self::OpenAiEvents => Ok(server_sent(&json!({"error": error}))),
            Self::AnthropicEvents => Ok(server_sent(&json!({"type": "error", "error": error}))),
        }
    }

    /// The end of a stream with an error that no model describes.
    pub(crate) fn error(self, code: &str, message: &str) -> Result<Bytes, ServiceError> {
        if !self.is_binary() {
            return self.exception(code, Some(message));
        }
        build(FrameBuilder::error(code, message), b"")
    }

    /// Events, members and deltas of unknown names.
    pub(crate) fn unknown(self) -> Result<Vec<Bytes>, ServiceError> {
        let delta = match self {
            Self::Converse => json!({"contentBlockDelta":
                {"contentBlockIndex": 0, "delta": {"futureDelta": {"x": [1, 2]}}, "newField": true}}),
            Self::Invoke | Self::OpenAiEvents | Self::AnthropicEvents => {
                json!({"type": "future_event", "x": [1, 2]})
            }
        };
        if !self.is_binary() {
            return Ok(vec![server_sent(&delta)]);
        }
        Ok(vec![build(FrameBuilder::event("futureEvent"), br#"{"hello":1}"#)?, self.frame(&delta, "abc")?])
    }

    /// An event whose payload is these bytes.
    pub(crate) fn odd_payload(self, payload: &[u8]) -> Result<Bytes, ServiceError> {
        if !self.is_binary() {
            return Ok(Bytes::from([b"data: ", payload, b"\n\n"].concat()));
        }
        build(FrameBuilder::event(self.delta_event()), payload)
    }

    /// An event with a header of each type; where events have no headers, lines of each kind without data.
    pub(crate) fn typed_headers(self) -> Result<Bytes, ServiceError> {
        if !self.is_binary() {
            return Ok(Bytes::from_static(b": a comment\nid: 7\nretry: 10\nunknown: field\n\n"));
        }
        let builder = FrameBuilder::new()
            .header("h-true", HeaderValue::Bool(true))
            .header("h-false", HeaderValue::Bool(false))
            .header("h-byte", HeaderValue::Byte(-7))
            .header("h-short", HeaderValue::Short(-300))
            .header("h-integer", HeaderValue::Integer(123_456_789))
            .header("h-long", HeaderValue::Long(1_234_567_890_123))
            .header("h-bytes", HeaderValue::Bytes(&[0, 1, 255]))
            .header("h-string", "héllo")
            .header("h-timestamp", HeaderValue::Timestamp(1_700_000_000_123))
            .header("h-uuid", HeaderValue::Uuid([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]))
            .header(":event-type", self.delta_event())
            .header(":content-type", "application/json")
            .header(":message-type", "event");
        let payload = match self {
            Self::Converse => json!({"contentBlockIndex": 0, "delta": {"text": "[typed headers]"}}),
            _ => json!({"bytes": STANDARD.encode(r#"{"type":"ping"}"#)}),
        };
        build(builder, payload.to_string().as_bytes())
    }

    fn delta_event(self) -> &'static str {
        match self {
            Self::Converse => "contentBlockDelta",
            _ => "chunk",
        }
    }
}

/// The first twelve bytes of a frame that claims this length, with the right checksum.
pub(super) fn prelude(length: u32) -> [u8; 12] {
    let mut prelude = [0; 12];
    prelude[..4].copy_from_slice(&length.to_be_bytes());
    // A length that headers can have: only the other one is to be wrong.
    prelude[4..8].copy_from_slice(&10_u32.to_be_bytes());
    let checksum = crc32(&prelude[..8]);
    prelude[8..].copy_from_slice(&checksum.to_be_bytes());
    prelude
}

fn exception(error_type: &str, payload: &Value) -> Result<Bytes, ServiceError> {
    build(FrameBuilder::exception(error_type), payload.to_string().as_bytes())
}

/// An event named by its `type`, if it has one.
fn server_sent(chunk: &Value) -> Bytes {
    // As OpenAI and Anthropic send them. Recorded from Mantle, Responses have `data:` lines alone.
    let name = chunk["type"].as_str().map(|name| format!("event: {name}\n"));
    Bytes::from(format!("{}data: {chunk}\n\n", name.unwrap_or_default()))
}

fn build(builder: FrameBuilder, payload: &[u8]) -> Result<Bytes, ServiceError> {
    // Scripted chunks may be of any size: how the caller takes them is what the test is for.
    let frame = builder.limits(Limits::new().with_max_frame_bytes(u32::MAX)).build(payload);
    let frame =
        frame.map_err(|error| ServiceError::validation(format!("This cannot be a frame: {error}")))?;
    Ok(frame.into_bytes())
}

/// The service sorts keys, its padding among them.
fn padded(payload: &Value, padding: &str) -> String {
    let Value::Object(members) = payload else { return payload.to_string() };
    let padding = Value::from(padding);
    let mut members: Vec<(&str, &Value)> = members.iter().map(|(key, value)| (key.as_str(), value)).collect();
    members.push(("p", &padding));
    members.sort_by_key(|(key, _)| *key);
    let members: Vec<String> =
        members.into_iter().map(|(key, value)| format!("{}:{value}", Value::from(key))).collect();
    format!("{{{}}}", members.join(","))
}

fn padding(seed: &[u8; 32], nth: usize) -> &'static str {
    // Any mixture will do that is the same each time.
    let mixed = usize::from(seed[nth % 32]).wrapping_add(nth.wrapping_mul(31));
    &PADDING[..1 + mixed % PADDING.len()]
}

/// CRC-32 of a few bytes; the codec has a fast one, but it is not public.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0_u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use bedrock_eventstream::frame::{FrameDecoder, FrameErrorKind, FrameKind};

    use super::*;

    fn decode(bytes: &[u8]) -> (FrameKindOwned, String) {
        let mut decoder = FrameDecoder::new();
        let frame = decoder.feed(bytes).next().unwrap().unwrap();
        let kind = match frame.kind() {
            FrameKind::Event { event_type } => FrameKindOwned::Event(event_type.to_owned()),
            FrameKind::Exception { exception_type } => FrameKindOwned::Exception(exception_type.to_owned()),
            other => FrameKindOwned::Other(format!("{other:?}")),
        };
        (kind, String::from_utf8(frame.payload().to_vec()).unwrap())
    }

    #[derive(Debug, PartialEq)]
    enum FrameKindOwned {
        Event(String),
        Exception(String),
        Other(String),
    }

    #[test]
    fn written_like_the_service() {
        let chunk = json!({"messageStart": {"role": "assistant"}});
        let (kind, payload) = decode(&Framing::Converse.frame(&chunk, "abc").unwrap());
        assert_eq!(kind, FrameKindOwned::Event("messageStart".into()));
        assert_eq!(payload, r#"{"p":"abc","role":"assistant"}"#);

        let (kind, payload) = decode(&Framing::Invoke.frame(&json!({}), "ab").unwrap());
        assert_eq!(kind, FrameKindOwned::Event("chunk".into()));
        assert_eq!(payload, r#"{"bytes":"e30=","p":"ab"}"#);

        let (kind, payload) = decode(&Framing::Invoke.exception("throttlingException", Some("m")).unwrap());
        assert_eq!(kind, FrameKindOwned::Exception("throttlingException".into()));
        assert_eq!(payload, r#"{"message":"m"}"#);
    }

    #[test]
    fn chunks_that_are_no_events() {
        for chunk in [json!([]), json!({}), json!({"x".repeat(40_000): 1})] {
            assert!(Framing::Converse.frame(&chunk, "").is_err());
        }
    }

    #[test]
    fn an_absurd_prelude_has_a_good_checksum() {
        let mut decoder = FrameDecoder::new();
        let error = decoder.feed(&prelude(u32::MAX)).next().unwrap().unwrap_err();
        assert!(!matches!(error.kind(), FrameErrorKind::PreludeChecksum { .. }), "{error}");
    }
}
