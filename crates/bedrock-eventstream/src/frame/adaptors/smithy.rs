//! Conversions to and from the message type of AWS's own Rust libraries (feature `smithy`). Strings and payload of an owned
//! frame stay slices of its buffer.

use aws_smithy_types::DateTime;
use aws_smithy_types::event_stream::{Header as SmithyHeader, HeaderValue as SmithyValue, Message};
use aws_smithy_types::str_bytes::StrBytes;
use bytes::Bytes;

use crate::frame::{EncodeError, Frame, FrameBuilder, FrameView, HeaderValue};

/// ```
/// use aws_smithy_types::event_stream::Message;
/// use bedrock_eventstream::frame::FrameBuilder;
///
/// let frame = FrameBuilder::event("chunk").build(b"{}")?;
/// let message = Message::from(&frame);
/// assert_eq!(message.headers()[0].value().as_string().unwrap().as_str(), "chunk");
/// # Ok::<(), bedrock_eventstream::frame::EncodeError>(())
/// ```
impl From<&Frame> for Message {
    fn from(frame: &Frame) -> Self {
        convert(frame.view(), frame.payload_bytes(), |part| frame.as_bytes().slice_ref(part))
    }
}

/// As from `&Frame`.
impl From<Frame> for Message {
    fn from(frame: Frame) -> Self {
        Self::from(&frame)
    }
}

/// Copies what the view borrows.
impl From<FrameView<'_>> for Message {
    fn from(frame: FrameView<'_>) -> Self {
        convert(frame, Bytes::copy_from_slice(frame.payload()), Bytes::copy_from_slice)
    }
}

/// Takes over the headers; the payload is given when a frame is written.
///
/// Fails where a header cannot be written: see [`EncodeError`]. The type of the value may be one that this crate does not
/// know, or a timestamp so far away that its milliseconds do not fit into 64 bits.
impl TryFrom<&Message> for FrameBuilder {
    type Error = EncodeError;

    fn try_from(message: &Message) -> Result<Self, EncodeError> {
        message.headers().iter().try_fold(Self::new(), |builder, header| {
            let name = header.name().as_str();
            Ok(match header.value() {
                SmithyValue::Bool(value) => builder.header(name, *value),
                SmithyValue::Byte(value) => builder.header(name, *value),
                SmithyValue::Int16(value) => builder.header(name, *value),
                SmithyValue::Int32(value) => builder.header(name, *value),
                SmithyValue::Int64(value) => builder.header(name, *value),
                SmithyValue::ByteArray(value) => builder.header(name, &value[..]),
                SmithyValue::String(value) => builder.header(name, value.as_str()),
                SmithyValue::Timestamp(value) => {
                    let milliseconds = value.to_millis().map_err(|error| EncodeError::Value {
                        name: name.into(),
                        reason: error.to_string(),
                    })?;
                    builder.header(name, HeaderValue::Timestamp(milliseconds))
                }
                SmithyValue::Uuid(value) => builder.header(name, HeaderValue::Uuid(value.to_be_bytes())),
                // The type is `#[non_exhaustive]` there.
                _ => {
                    let reason = "its type is not one of the ten of the format".into();
                    return Err(EncodeError::Value { name: name.into(), reason });
                }
            })
        })
    }
}

/// The frame that the message is on the wire.
///
/// ```
/// use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
/// use bedrock_eventstream::frame::{Frame, FrameKind};
///
/// let message = Message::new("{}")
///     .add_header(Header::new(":message-type", HeaderValue::String("event".into())))
///     .add_header(Header::new(":event-type", HeaderValue::String("chunk".into())));
/// let frame = Frame::try_from(&message)?;
/// assert_eq!(frame.kind(), FrameKind::Event { event_type: "chunk" });
/// # Ok::<(), bedrock_eventstream::frame::EncodeError>(())
/// ```
impl TryFrom<&Message> for Frame {
    type Error = EncodeError;

    fn try_from(message: &Message) -> Result<Self, EncodeError> {
        FrameBuilder::try_from(message)?.build(message.payload())
    }
}

fn convert(frame: FrameView<'_>, payload: Bytes, share: impl Fn(&[u8]) -> Bytes) -> Message {
    // A decoder has found these bytes to be UTF-8; asking once more is the price of not copying them.
    let text = |part: &str| {
        StrBytes::try_from(share(part.as_bytes())).unwrap_or_else(|_| StrBytes::copy_from_str(part))
    };
    let headers = frame.headers().map(|header| {
        let value = match header.value {
            HeaderValue::Bool(value) => SmithyValue::Bool(value),
            HeaderValue::Byte(value) => SmithyValue::Byte(value),
            HeaderValue::Short(value) => SmithyValue::Int16(value),
            HeaderValue::Integer(value) => SmithyValue::Int32(value),
            HeaderValue::Long(value) => SmithyValue::Int64(value),
            HeaderValue::Bytes(value) => SmithyValue::ByteArray(share(value)),
            HeaderValue::String(value) => SmithyValue::String(text(value)),
            HeaderValue::Timestamp(value) => SmithyValue::Timestamp(DateTime::from_millis(value)),
            HeaderValue::Uuid(value) => SmithyValue::Uuid(u128::from_be_bytes(value)),
        };
        SmithyHeader::new(text(header.name), value)
    });
    Message::new_from_parts(headers.collect(), payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_payload_are_shared_and_not_copied() {
        let frame = FrameBuilder::event("chunk").build(b"payload").unwrap();
        let message = Message::from(&frame);
        let inside = |bytes: &Bytes| frame.as_bytes().as_ptr_range().contains(&bytes.as_ptr());
        assert!(inside(message.payload()));
        assert!(inside(message.headers()[0].name().as_bytes()));
        assert!(inside(message.headers()[0].value().as_string().unwrap().as_bytes()));
    }

    #[test]
    fn a_header_that_cannot_be_written_is_named() {
        let far = SmithyValue::Timestamp(DateTime::from_secs(i64::MAX));
        let message = Message::new("").add_header(SmithyHeader::new("when", far));
        let Err(EncodeError::Value { name, .. }) = Frame::try_from(&message) else { panic!("written") };
        assert_eq!(name, "when");
    }
}
