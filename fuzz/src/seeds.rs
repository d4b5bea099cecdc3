//! Seeds, made from `fixtures/` when they are asked for: nothing of them is kept in the repository twice.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bedrock_eventstream::frame::{FrameDecoder, FrameKind, FrameView};
use bedrock_eventstream::sse::SseDecoder;

/// One fixture: a stream of some format.
pub(crate) struct Fixture {
    pub(crate) format: String,
    pub(crate) stream: Vec<u8>,
    /// The whole response that it comes to, in the format's own shape.
    pub(crate) native: Option<String>,
}

/// All of them, in the order of their names.
///
/// # Panics
///
/// Where there are none: a replay of nothing must not pass.
pub(crate) fn fixtures() -> Vec<Fixture> {
    let mut all = Vec::new();
    for format in sorted(&root()).iter().filter(|path| path.is_dir() && !path.ends_with("frames")) {
        for case in sorted(format) {
            if let Ok(stream) = std::fs::read(case.join("stream.bin")) {
                let format = format.file_name().unwrap_or_default().to_string_lossy().into_owned();
                all.push(Fixture { format, stream, native: native(&case) });
            }
        }
    }
    assert!(all.len() > 50, "only {} fixtures were found in {}", all.len(), root().display());
    all
}

fn native(case: &Path) -> Option<String> {
    let answer: serde_json::Value =
        serde_json::from_slice(&std::fs::read(case.join("message.json")).ok()?).ok()?;
    answer.get("native").filter(|native| native.is_object()).map(ToString::to_string)
}

/// The vectors of the frame codec, sound and damaged ones.
pub(crate) fn frame_vectors() -> Vec<Vec<u8>> {
    let folders = ["frames/positive", "frames/negative"].map(|name| root().join(name));
    let files = folders.iter().flat_map(|folder| sorted(folder));
    files
        .filter(|path| path.extension().is_some_and(|kind| kind == "bin"))
        .filter_map(|path| std::fs::read(path).ok())
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = files.filter_map(|file| file.ok().map(|file| file.path())).collect();
    paths.sort();
    paths
}

/// The chunks of a stream, one a line: the event's name and a tab before those that have one, `!` before an exception's.
pub(crate) fn lines(stream: &[u8]) -> Vec<u8> {
    let mut lines = match bedrock_aggregate::Framing::sniff(stream).name() {
        "eventstream" => of_frames(stream),
        "sse" => of_events(stream),
        _ => vec![one_line(stream)],
    };
    lines.retain(|line| !line.is_empty());
    lines.join(&b'\n')
}

fn of_frames(stream: &[u8]) -> Vec<Vec<u8>> {
    let line = |frame: FrameView<'_>| match frame.kind() {
        FrameKind::Event { event_type: "chunk" } => unwrapped(frame.payload()),
        FrameKind::Event { event_type } => named(event_type, frame.payload()),
        kind => match kind.exception_type() {
            Some(name) => named(&format!("!{name}"), frame.payload()),
            None => Vec::new(),
        },
    };
    FrameDecoder::new().feed(stream).filter_map(|frame| frame.ok().map(line)).collect()
}

fn of_events(stream: &[u8]) -> Vec<Vec<u8>> {
    let mut decoder = SseDecoder::new();
    let events = decoder.feed(stream).filter_map(Result::ok);
    events
        .map(|event| match event.name() {
            Some(name) => named(name, &event.data_bytes()),
            None => one_line(&event.data_bytes()),
        })
        .collect()
}

fn named(name: &str, payload: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b"\t", &one_line(payload)].concat()
}

fn unwrapped(payload: &[u8]) -> Vec<u8> {
    let part: Option<serde_json::Value> = serde_json::from_slice(payload).ok();
    let bytes = part.and_then(|part| STANDARD.decode(part["bytes"].as_str()?).ok());
    bytes.map_or_else(|| one_line(payload), |bytes| one_line(&bytes))
}

fn one_line(json: &[u8]) -> Vec<u8> {
    json.iter().copied().filter(|byte| *byte != b'\n').collect()
}
