//! What stands around a chunk: blanks, marks that say nothing, base64, and the member of a dumped response that holds it.
//! Not for: what a chunk says; see [`stream_state`](crate::reader::stream_state) and the folds.

use std::borrow::Cow;

use memchr::memmem;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::fold::fast_path::scanner::Scan;

/// Some editors and shells begin a text with it, and it says nothing.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A chunk without blanks and byte order mark; `None` where it says nothing in any format: it is empty, `null`, or OpenAI's
/// mark of the end, with quotes or without.
#[inline]
pub(crate) fn bare(chunk: &[u8]) -> Option<&[u8]> {
    // As nearly all chunks begin.
    if chunk.first() == Some(&b'{') { Some(chunk) } else { bare_text(chunk) }
}

#[cold]
fn bare_text(chunk: &[u8]) -> Option<&[u8]> {
    let text = chunk.strip_prefix(BYTE_ORDER_MARK).unwrap_or(chunk).trim_ascii();
    // With quotes it is a chunk of Writer's on InvokeModel: seen by another client, not recorded.
    let is_nothing = matches!(text, b"" | b"null" | b"[DONE]" | b"\"[DONE]\"");
    (!is_nothing).then_some(text)
}

/// The first object of a text in which others stand behind it, with nothing between them that a line or an event would end, and
/// the rest; `None` where the text does not begin with an object that is whole.
#[cold]
pub(crate) fn split_object(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut objects = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    objects.next().filter(|_| text.first() == Some(&b'{'))?.ok()?;
    text.split_at_checked(objects.byte_offset())
}

/// Whether a text that nothing ends is all there: values of JSON, or what says nothing.
pub(crate) fn is_whole(text: &[u8]) -> bool {
    let read =
        |json| serde_json::Deserializer::from_slice(json).into_iter::<IgnoredAny>().all(|one| one.is_ok());
    bare(text).is_none_or(read)
}

/// What the payload of a frame named `chunk` holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    /// A chunk: the first so many bytes of the buffer.
    Chunk(usize),
    /// No `bytes`, but other members: it is the chunk itself.
    Itself,
    /// Nothing but padding.
    Nothing,
}

/// Decodes the chunk inside `{"bytes":"<base64>","p":"<padding>"}` into the beginning of `to`.
#[inline]
pub(crate) fn unwrap_payload(payload: &[u8], to: &mut Vec<u8>) -> Result<Payload, String> {
    match unwrap_scanned(payload, to) {
        Some(length) => Ok(Payload::Chunk(length)),
        None => unwrap_slowly(payload, to),
    }
}

/// The same for payloads as the service writes them: the length of the chunk. What has an escape in it is no base64 as it stands,
/// and goes the long way; so does what holds nothing.
#[inline]
fn unwrap_scanned(payload: &[u8], to: &mut Vec<u8>) -> Option<usize> {
    let mut scan = Scan::new(payload);
    scan.literal(br#"{"bytes":""#)?;
    let base64 = scan.until_quote()?;
    scan.padding_and_end()?;
    decode(base64, to).ok().filter(|length| *length > 0)
}

/// The same for payloads that the service does not write so, but gateways and logs do.
#[cold]
fn unwrap_slowly(payload: &[u8], to: &mut Vec<u8>) -> Result<Payload, String> {
    #[derive(Deserialize)]
    struct PayloadPart<'a> {
        #[serde(borrow)]
        bytes: Option<&'a RawValue>,
    }
    let Some(payload) = bare(payload) else { return Ok(Payload::Nothing) };
    // Serde would take a list for the members in their order.
    if payload.starts_with(b"[") {
        return Err("the payload of a chunk is not an object".to_owned());
    }
    let part = serde_json::from_slice::<PayloadPart<'_>>(payload).map_err(|error| error.to_string())?;
    let Some(bytes) = part.bytes.map(|bytes| bytes.get().trim()) else {
        return Ok(if is_padding(payload) { Payload::Nothing } else { Payload::Itself });
    };
    let length = if bytes.starts_with('"') {
        let text = serde_json::from_str::<Cow<'_, str>>(bytes).map_err(|error| error.to_string())?;
        // A dump may hold the chunk's text where the service has base64.
        match decode(text.as_bytes(), to) {
            Err(_) if bare(text.as_bytes()).is_none_or(|text| text.starts_with(b"{")) => {
                copy(text.as_bytes(), to)
            }
            decoded => decoded?,
        }
    } else {
        // Or the chunk, parsed.
        copy(bytes.as_bytes(), to)
    };
    Ok(if length == 0 { Payload::Nothing } else { Payload::Chunk(length) })
}

/// Whether a payload has no members but the padding.
fn is_padding(payload: &[u8]) -> bool {
    let members = serde_json::from_slice::<std::collections::BTreeMap<Cow<'_, str>, &RawValue>>(payload);
    members.is_ok_and(|members| members.keys().all(|name| name == "p" || name == "bytes"))
}

fn copy(chunk: &[u8], to: &mut Vec<u8>) -> usize {
    if to.len() < chunk.len() {
        to.resize(chunk.len(), 0);
    }
    to[..chunk.len()].copy_from_slice(chunk);
    chunk.len()
}

#[inline]
fn decode(base64: &[u8], to: &mut Vec<u8>) -> Result<usize, String> {
    let most = base64_simd::STANDARD.estimated_decoded_length(base64.len());
    // Never made shorter: to fill it with zeros for every chunk would cost as much as to decode some.
    if to.len() < most {
        to.resize(most, 0);
    }
    let decoded = base64_simd::STANDARD.decode(base64, base64_simd::Out::from_slice(&mut to[..most]));
    Ok(decoded.map_err(|_| "`bytes` is not base64".to_owned())?.len())
}

/// The payload of a chunk that lies in text as clients hand it out: `{"chunk":{"bytes":…}}`, or what is inside of that.
#[inline]
pub(crate) fn wrapped_payload(chunk: &[u8]) -> Option<&[u8]> {
    let first = chunk.strip_prefix(b"{").map(<[u8]>::trim_ascii_start)?;
    if first.starts_with(b"\"bytes\"") {
        return Some(chunk);
    }
    if first.starts_with(b"\"chunk\"") { payload_of_event(chunk) } else { None }
}

#[cold]
fn payload_of_event(chunk: &[u8]) -> Option<&[u8]> {
    #[derive(Deserialize)]
    struct Event<'a> {
        #[serde(borrow)]
        chunk: &'a RawValue,
    }
    let event = serde_json::from_slice::<Event<'_>>(chunk).ok()?;
    wrapped_payload(event.chunk.get().as_bytes())
}

/// The answer inside of a whole response that a client has dumped, as `{"ResponseMetadata":…,"stream":[…]}`. What lies beside
/// it is of the call, as headers are, and no part of the answer.
///
/// The members are those of the service's model: `stream` of ConverseStream; `body` of InvokeModel and of its streamed
/// sister, which counts only beside other members of such a response: a format of the caller's may have a `body` too.
pub(crate) fn dumped(document: &[u8]) -> Option<Cow<'_, [u8]>> {
    #[derive(Deserialize)]
    struct Dump<'a> {
        #[serde(borrow)]
        stream: Option<&'a RawValue>,
        #[serde(borrow)]
        body: Option<&'a RawValue>,
        // boto3's.
        #[serde(borrow, rename = "ResponseMetadata")]
        response_metadata: Option<&'a RawValue>,
        // The JavaScript SDK's.
        #[serde(borrow, rename = "$metadata")]
        metadata: Option<&'a RawValue>,
        #[serde(borrow, rename = "contentType")]
        content_type: Option<&'a RawValue>,
    }
    let holds = |name: &str| memmem::find(document, name.as_bytes()).is_some();
    if !holds("\"stream\"") && !holds("\"body\"") {
        return None;
    }
    let dump = serde_json::from_slice::<Dump<'_>>(document).ok()?;
    if let Some(stream) = dump.stream.map(RawValue::get).filter(|stream| stream.starts_with('[')) {
        return Some(Cow::Borrowed(stream.as_bytes()));
    }
    let beside = dump.response_metadata.or(dump.metadata).or(dump.content_type);
    let body = dump.body.filter(|_| beside.is_some())?.get();
    match body.as_bytes().first() {
        Some(b'[' | b'{') => Some(Cow::Borrowed(body.as_bytes())),
        Some(b'"') => {
            let text = serde_json::from_str::<Cow<'_, str>>(body).ok()?.into_owned();
            text.trim_start().starts_with(['[', '{']).then(|| Cow::Owned(text.into_bytes()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_in_every_shape() {
        let chunk = r#"{"type":"ping"}"#;
        let base64 = base64_simd::STANDARD.encode_to_string(chunk);
        let quoted = serde_json::to_string(chunk).unwrap();
        let mut buffer = Vec::new();
        for payload in [
            format!(r#"{{"bytes":"{base64}","p":"abc"}}"#),
            format!(r#"{{"p":"abc","bytes":"{base64}"}}"#),
            format!(r#" {{ "bytes" : "{base64}" }} "#),
            format!(r#"{{"bytes":"{}"}}"#, base64.replace('=', "\\u003d")),
            format!(r#"{{"bytes":{quoted}}}"#),
            format!(r#"{{"bytes":{chunk}}}"#),
        ] {
            let read = unwrap_payload(payload.as_bytes(), &mut buffer);
            assert_eq!(read, Ok(Payload::Chunk(chunk.len())), "{payload}");
            assert_eq!(&buffer[..chunk.len()], chunk.as_bytes(), "{payload}");
        }
        for payload in
            ["", " ", "null", "[DONE]", "{}", r#"{"p":"ab"}"#, r#"{"bytes":""}"#, r#"{"bytes":null,"p":"a"}"#]
        {
            assert_eq!(unwrap_payload(payload.as_bytes(), &mut buffer), Ok(Payload::Nothing), "{payload}");
        }
        assert_eq!(unwrap_payload(chunk.as_bytes(), &mut buffer), Ok(Payload::Itself));
        for payload in ["{", "[1]", r#"{"bytes":"!"}"#, r#"{"bytes":"YQ"}"#] {
            assert!(unwrap_payload(payload.as_bytes(), &mut buffer).is_err(), "{payload}");
        }
    }

    #[test]
    fn objects_are_split_where_they_end() {
        for (text, split) in [
            (r#"{"a":"}"}{"b":1}"#, Some((r#"{"a":"}"}"#, r#"{"b":1}"#))),
            ("{} \n{", Some(("{}", " \n{"))),
            (r#"{"a":1}"#, Some((r#"{"a":1}"#, ""))),
            (r#"{"a":1"#, None),
            ("1 2", None),
            ("", None),
        ] {
            let split = split.map(|(first, rest): (&str, &str)| (first.as_bytes(), rest.as_bytes()));
            assert_eq!(split_object(text.as_bytes()), split, "{text}");
        }
        for (text, whole) in [("{}{}", true), ("{}{", false), ("", true), (" [DONE]", true), ("{} x", false)]
        {
            assert_eq!(is_whole(text.as_bytes()), whole, "{text}");
        }
    }

    #[test]
    fn a_dump_is_known_by_the_members_of_its_operation() {
        for (document, inner) in [
            (r#"{"stream":[{"a":1}]}"#, Some(r#"[{"a":1}]"#)),
            (r#"{"$metadata":{},"stream": [] }"#, Some("[]")),
            (r#"{"stream":true}"#, None),
            (r#"{"ResponseMetadata":{},"body":{"a":1}}"#, Some(r#"{"a":1}"#)),
            (r#"{"contentType":"application/json","body":"{\"a\":1}"}"#, Some(r#"{"a":1}"#)),
            (r#"{"ResponseMetadata":{},"contentType":"a","body":[1]}"#, Some("[1]")),
            (r#"{"$metadata":{},"body":"no"}"#, None),
            (r#"{"body":{"a":1}}"#, None),
            (r#"{"message":"\"stream\""}"#, None),
        ] {
            assert_eq!(dumped(document.as_bytes()).as_deref(), inner.map(str::as_bytes), "{document}");
        }
    }
}
