//! The codec vectors of three other implementations: every good one decodes to what another decoder read in it, every bad
//! one is refused. The folder is named by `BEDROCK_VECTORS`.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bedrock_eventstream::frame::{Frame, FrameBuilder, FrameErrorKind, HeaderFault, HeaderValue, Limits};
use serde_json::{Value, json};

#[test]
fn every_good_vector_decodes_to_its_json() {
    let Some(files) = vectors("positive") else { return };
    assert!(files.len() >= 16, "only {} vectors", files.len());
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let (frames, end) = crate::support::every_way(Limits::new(), &bytes);
        assert_eq!(end, Ok(()), "{}", file.display());
        let [frame] = &frames[..] else { panic!("{}: {frames:?}", file.display()) };
        let expected = &described(&file)["independent_decode"];
        assert_eq!(&as_json(frame), expected, "{}", file.display());

        let again = frame.headers().collect::<FrameBuilder>().build(frame.payload()).unwrap();
        assert_eq!(again.as_bytes(), &bytes, "{} written again", file.display());
    }
}

#[test]
fn every_bad_vector_is_refused() {
    let Some(files) = vectors("negative") else { return };
    assert!(files.len() >= 18, "only {} vectors", files.len());
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let (frames, end) = crate::support::every_way(Limits::new(), &bytes);
        assert_eq!(frames, [], "{}", file.display());
        let error = end.expect_err("refused");
        assert_eq!(error.offset(), 0, "{}", file.display());
        let fits = match described(&file)["independent_error"].as_str() {
            Some("prelude crc") => matches!(error.kind(), FrameErrorKind::PreludeChecksum { .. }),
            Some("message crc") if file.ends_with("smithy-rs/negative/invalid_headers_length.bin") => {
                // Two things are wrong with this one. The lengths come first.
                matches!(error.kind(), FrameErrorKind::HeadersLength { length: 77, frame_length: 89 })
            }
            // The file goes on behind the frame, whose checksum is wrong too.
            Some("message crc" | "total_length 93 != 123") => {
                matches!(error.kind(), FrameErrorKind::MessageChecksum { .. })
            }
            Some("headers length") => matches!(
                error.kind(),
                FrameErrorKind::HeadersLength { .. } | FrameErrorKind::HeadersTooLong { .. }
            ),
            // This one has good checksums and the same name twice. Like botocore, and unlike others, the decoder refuses
            // it: two readers of such a frame would not see the same event.
            None => error.kind() == FrameErrorKind::Header { at: 22, fault: HeaderFault::Duplicate },
            other => panic!("{}: what is {other:?}?", file.display()),
        };
        assert!(fits, "{}: {error}", file.display());
    }
}

/// One bad vector is kept as a recipe, being longer than any frame may be.
#[test]
fn a_payload_beyond_the_limit_is_refused_at_its_prelude() {
    let prelude = [0x01, 0x80, 0x00, 0x21, 0, 0, 0, 0, 0xdd, 0x3f, 0x33, 0xb1];
    let (frames, end) = crate::support::every_way(Limits::new(), &prelude);
    assert_eq!(frames, []);
    let kind = FrameErrorKind::FrameTooLong { length: 0x0180_0021, limit: 24 * 1024 * 1024 };
    assert_eq!(end.unwrap_err().kind(), kind);
}

/// All `.bin` files of one kind, of all sources.
fn vectors(kind: &str) -> Option<Vec<PathBuf>> {
    let folder = bedrock_testing::folder("BEDROCK_VECTORS")?;
    let mut files = Vec::new();
    for source in ["aws-sdk-go", "botocore", "smithy-rs"] {
        for entry in std::fs::read_dir(folder.join(source).join(kind)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "bin") {
                files.push(path);
            }
        }
    }
    files.sort();
    Some(files)
}

fn described(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file.with_extension("json")).unwrap()).unwrap()
}

/// The frame in the words of the vectors.
fn as_json(frame: &Frame) -> Value {
    let number = |at: usize| u32::from_be_bytes(frame.as_bytes()[at..at + 4].try_into().unwrap());
    let headers: Vec<Value> = frame
        .headers()
        .map(|header| {
            let (name, value) = match header.value {
                HeaderValue::Bool(value) => (if value { "bool_true" } else { "bool_false" }, json!(value)),
                HeaderValue::Byte(value) => ("byte", json!(value)),
                HeaderValue::Short(value) => ("int16", json!(value)),
                HeaderValue::Integer(value) => ("int32", json!(value)),
                HeaderValue::Long(value) => ("int64", json!(value)),
                HeaderValue::Bytes(value) => ("bytes", json!(BASE64.encode(value))),
                HeaderValue::String(value) => ("string", json!(value)),
                HeaderValue::Timestamp(value) => ("timestamp", json!(value)),
                HeaderValue::Uuid(value) => {
                    let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
                    ("uuid", json!(hex))
                }
            };
            json!({ "name": header.name, "type": name, "value": value })
        })
        .collect();
    json!({
        "total_length": number(0),
        "headers_length": number(4),
        "prelude_crc": number(8),
        "headers": headers,
        "payload_b64": BASE64.encode(frame.payload()),
        "message_crc": number(frame.len() - 4),
    })
}
