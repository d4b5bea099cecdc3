//! What the tests of several crates share: recorded traffic, ways to cut it up, and comparing JSON.
//!
//! Not for: any one crate's expectations, nor for publishing. Nothing here knows any of our types.

#[cfg(feature = "reqwest")]
pub mod clients;
pub mod growth;
#[cfg(feature = "server")]
pub mod line;
#[cfg(feature = "server")]
pub mod server;
pub mod story;
pub mod traces;

mod evidence;

pub use evidence::{cases, folder};

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// One recorded exchange: a row of the index.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Project and name: its folder.
    pub case: String,
    /// `invoke`, `converse-stream`, …
    pub operation: String,
    /// The format's name.
    pub format: String,
    /// The model's id as it was called.
    pub model_id: String,
    /// `eventstream`, `sse` or `json`.
    pub framing: String,
    /// Whether the answer was streamed.
    pub streaming: bool,
    /// The HTTP status.
    pub status: u16,
    /// Whether the recorder saw the end of it.
    pub complete: bool,
    folder: PathBuf,
}

impl Recording {
    /// The body of the answer.
    ///
    /// # Panics
    ///
    /// When it is not there.
    #[must_use]
    pub fn response(&self) -> Vec<u8> {
        self.read("response.bin").unwrap_or_else(|| panic!("{}: no response.bin", self.case))
    }

    /// The body of the request, where it was recorded.
    #[must_use]
    pub fn request(&self) -> Option<Value> {
        self.json("request.json")
    }

    /// The frames or events of a streamed answer, with their headers, as another implementation decoded them.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        match self.json("events.json") {
            Some(Value::Array(events)) => events,
            other => panic!("{}: events.json is {other:?}", self.case),
        }
    }

    /// The chunks of a streamed answer: what InvokeModel's frames carry, or the data of server-sent events.
    #[must_use]
    pub fn chunks(&self) -> Vec<Value> {
        let chunk = |event: &Value| event.get("chunk").or_else(|| event.get("data")).cloned();
        self.events().iter().filter_map(chunk).collect()
    }

    /// The results of other implementations.
    #[must_use]
    pub fn reference(&self) -> Value {
        self.json("reference.json").unwrap_or(Value::Null)
    }

    /// What else is known of the exchange: response headers, sizes, authenticity.
    #[must_use]
    pub fn meta(&self) -> Value {
        self.json("meta.json").unwrap_or(Value::Null)
    }

    fn json(&self, name: &str) -> Option<Value> {
        let bytes = self.read(name)?;
        Some(serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {name}: {error}", self.case)))
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join(name)).ok()
    }
}

/// The recordings that `wanted` takes, or `None` where the folder is not given.
///
/// # Panics
///
/// When the folder has no index, or none of its rows is wanted: a test of nothing must not pass.
#[must_use]
pub fn recordings(wanted: impl Fn(&Recording) -> bool) -> Option<Vec<Recording>> {
    let folder = folder("BEDROCK_RECORDINGS")?;
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).expect("the index of the recordings");
    let mut lines = index.lines();
    let head: Vec<&str> = lines.next().expect("a head").split('\t').collect();
    let column = |name: &str| head.iter().position(|title| *title == name).expect("a column of this name");
    let names = ["case", "operation", "format", "model_id", "framing", "streaming", "status", "complete"];
    let columns = names.map(column);
    let all = lines.map(|line| row(&folder, &line.split('\t').collect::<Vec<_>>(), columns));
    let taken: Vec<_> = all.filter(wanted).collect();
    assert!(!taken.is_empty(), "no recording is wanted");
    Some(taken)
}

/// The folders of the workspace's fixtures that are streams, with the name of their format, in order; none, with a plain word that
/// the test is skipped, where a crate stands alone, without its workspace. `manifest` is the crate's `CARGO_MANIFEST_DIR`.
///
/// # Panics
///
/// When a folder cannot be read, or holds no fixture: a test of nothing must not pass.
#[must_use]
pub fn fixtures(manifest: &str) -> Vec<(String, PathBuf)> {
    let root = Path::new(manifest).join("../../fixtures");
    if !root.is_dir() {
        eprintln!("SKIPPED: the crate stands alone, without the fixtures of its workspace");
        return Vec::new();
    }
    let folders = |of: &Path| -> Vec<PathBuf> {
        let all = std::fs::read_dir(of).expect("a folder").map(|entry| entry.expect("an entry").path());
        let mut folders: Vec<_> = all.filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    };
    let mut all = Vec::new();
    for format in folders(&root).iter().filter(|format| !format.ends_with("frames")) {
        let name = format.file_name().unwrap_or_default().to_string_lossy().into_owned();
        all.extend(folders(format).into_iter().map(|case| (name.clone(), case)));
    }
    assert!(!all.is_empty(), "no fixture is there");
    all
}

fn row(folder: &Path, cells: &[&str], columns: [usize; 8]) -> Recording {
    let [case, operation, format, model_id, framing, streaming, status, complete] =
        columns.map(|column| cells[column].to_owned());
    Recording {
        folder: folder.join(&case),
        case,
        operation,
        format,
        model_id,
        framing,
        streaming: streaming == "1",
        status: status.parse().expect("a status"),
        complete: complete == "True",
    }
}

/// Reads `wire` as a `T`, writes it again, and holds both to be equal.
///
/// # Panics
///
/// When `wire` is no `T`, or comes back different.
pub fn round_trip<T: DeserializeOwned + Serialize>(what: &str, wire: &Value) -> T {
    let text = wire.to_string();
    let value: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{what}: {error}\n{text}"));
    let written = serde_json::to_value(&value).expect("a wire type writes itself");
    if let Some(difference) = difference(wire, &written) {
        panic!("{what}: {difference}\nin  {text}\nout {written}");
    }
    value
}

/// Whether something in `value` was not understood, as its `Debug` shows it.
#[must_use]
pub fn has_unknown(value: &impl Debug) -> bool {
    format!("{value:?}").contains("Unknown({")
}

/// Where two documents differ first. An integral float equals its integer.
#[must_use]
pub fn difference(left: &Value, right: &Value) -> Option<String> {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let lost = left.keys().find(|key| !right.contains_key(*key)).map(|key| format!(".{key} is lost"));
            let new =
                || right.keys().find(|key| !left.contains_key(*key)).map(|key| format!(".{key} is new"));
            let inside = || {
                let of_key = |(key, value)| difference(value, &right[key]).map(|at| format!(".{key}{at}"));
                left.iter().find_map(of_key)
            };
            lost.or_else(new).or_else(inside)
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let mut pairs = left.iter().zip(right).enumerate();
            pairs.find_map(|(n, (left, right))| difference(left, right).map(|at| format!("[{n}]{at}")))
        }
        (Value::Number(a), Value::Number(b)) if (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64() => {
            None
        }
        _ if left == right => None,
        _ => Some(format!(": {left} became {right}")),
    }
}

/// What of a document is not in `after`, which a wire type wrote of it in its own words: a number or a truth where the text of
/// it stood, a text where a number or an object stood, an integer without its fraction. What the type cannot do without may
/// be new, with nothing in it; and an empty object may be gone, since a union of no member says nothing.
#[must_use]
pub fn lost(before: &Value, after: &Value) -> Option<String> {
    lost_but(|value| value.as_object().is_some_and(Map::is_empty), before, after)
}

/// The same where whatever says nothing may be gone, but for null: a required text that is empty, for one.
#[must_use]
pub fn lost_of_what_is_said(before: &Value, after: &Value) -> Option<String> {
    lost_but(|value| !value.is_null() && is_nothing(value), before, after)
}

fn lost_but(may_be_gone: fn(&Value) -> bool, before: &Value, after: &Value) -> Option<String> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let of_key = |(key, value): (&String, &Value)| match after.get(key) {
                Some(after) => lost_but(may_be_gone, value, after).map(|at| format!(".{key}{at}")),
                None if may_be_gone(value) => None,
                None => Some(format!(".{key} is lost")),
            };
            let is_new = |(key, value): &(&String, &Value)| !before.contains_key(*key) && !is_nothing(value);
            let new = || after.iter().find(is_new).map(|(key, _)| format!(".{key} is new"));
            before.iter().find_map(of_key).or_else(new)
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            let mut pairs = before.iter().zip(after).enumerate();
            pairs.find_map(|(n, (before, after))| {
                lost_but(may_be_gone, before, after).map(|at| format!("[{n}]{at}"))
            })
        }
        (Value::String(text), Value::Bool(_) | Value::Number(_)) if says(text, after) => None,
        (before, Value::String(text)) if !before.is_string() && is_json_of(before, text) => None,
        (before, after) => difference(before, after),
    }
}

/// Whether a text is a truth or a number, however that is written.
fn says(text: &str, value: &Value) -> bool {
    let number = text.parse::<f64>().ok();
    is_json_of(value, text) || number.is_some() && number == value.as_f64()
}

/// Whether a text is the JSON of a value.
fn is_json_of(value: &Value, text: &str) -> bool {
    let json = value.to_string();
    json == text
}

/// Whether a value says nothing: null, false, zero, or empty, with all that is in it.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_nothing),
    }
}

/// Ways to cut a body into pieces: whole, one byte at a time, and some sizes in between that fall across frames.
///
/// The sizes are the same in every run; `salt` varies them from body to body.
#[must_use]
pub fn splits(body: &[u8], salt: u64) -> Vec<Vec<&[u8]>> {
    let mut all = vec![vec![body], body.chunks(1).collect(), body.chunks(1 + (salt % 97) as usize).collect()];
    let mut state = salt ^ 0x9E37_79B9_7F4A_7C15;
    let mut pieces = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        // Xorshift: enough to fall everywhere.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let (piece, after) = rest.split_at(rest.len().min(1 + (state % 700) as usize));
        pieces.push(piece);
        rest = after;
    }
    all.push(pieces);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_lost_is_told() {
        for (before, after, told) in [
            (json!({"a": 1.0, "b": "2", "c": "true"}), json!({"a": 1, "b": 2, "c": true}), None),
            (json!({"a": {"k": [1]}, "b": 9}), json!({"a": "{\"k\":[1]}", "b": "9"}), None),
            (json!({"a": {}}), json!({"new": [], "nothing": {"in": ""}}), None),
            (json!({"a": [{"b": 1}]}), json!({"a": [{}]}), Some(".a[0].b is lost")),
            (json!({"a": {"b": null}}), json!({"a": {}}), Some(".a.b is lost")),
            (json!({"a": false}), json!({}), Some(".a is lost")),
            (json!({}), json!({"a": [0]}), Some(".a is new")),
            (json!({"a": "x"}), json!({"a": 0}), Some(".a: \"x\" became 0")),
            (json!({"a": [1, 2]}), json!({"a": [1]}), Some(".a: [1,2] became [1]")),
        ] {
            assert_eq!(lost(&before, &after).as_deref(), told, "{before} {after}");
        }
    }
}
