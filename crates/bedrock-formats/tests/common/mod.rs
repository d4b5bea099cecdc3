//! Reading recorded traffic, and comparing what goes through a type with what went in.
//! Not for: any one format's expectations; they stand in the test of their name.

#![allow(dead_code, unreachable_pub, reason = "shared by tests, each of which uses its part")]

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

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
    folder: PathBuf,
}

impl Recording {
    /// The body of the answer.
    pub fn response(&self) -> Vec<u8> {
        self.read("response.bin").unwrap_or_else(|| panic!("{}: no response.bin", self.case))
    }

    /// The body of the request, where it was recorded.
    pub fn request(&self) -> Option<Value> {
        self.read("request.json").map(|bytes| serde_json::from_slice(&bytes).expect("JSON"))
    }

    /// The chunks of a streamed answer: what InvokeModel's frames carry, or the data of server-sent events.
    pub fn chunks(&self) -> Vec<Value> {
        self.events()
            .iter()
            .filter_map(|event| event.get("chunk").or_else(|| event.get("data")))
            .cloned()
            .collect()
    }

    /// The frames or events of a streamed answer, with their headers.
    pub fn events(&self) -> Vec<Value> {
        let events = self.read("events.json").unwrap_or_else(|| panic!("{}: no events.json", self.case));
        serde_json::from_slice(&events).expect("JSON")
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join(name)).ok()
    }
}

/// The recordings that `wanted` takes, or `None` where the folder is not given.
pub fn recordings(wanted: impl Fn(&Recording) -> bool) -> Option<Vec<Recording>> {
    let Some(folder) = std::env::var_os("BEDROCK_RECORDINGS").map(PathBuf::from) else {
        eprintln!("SKIPPED: BEDROCK_RECORDINGS is not set");
        return None;
    };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).expect("the index of the recordings");
    let mut lines = index.lines();
    let head: Vec<&str> = lines.next().expect("a head").split('\t').collect();
    let column = |name: &str| head.iter().position(|title| *title == name).expect("a column of this name");
    let columns = ["case", "operation", "format", "model_id", "framing", "streaming", "status"].map(column);
    let all = lines.map(|line| row(&folder, &line.split('\t').collect::<Vec<_>>(), columns));
    Some(all.filter(wanted).collect())
}

fn row(folder: &Path, cells: &[&str], columns: [usize; 7]) -> Recording {
    let [case, operation, format, model_id, framing, streaming, status] =
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
    }
}

/// Reads `wire` as a `T`, writes it again, and holds both to be equal.
pub fn check<T: DeserializeOwned + Serialize>(what: &str, wire: &Value) -> T {
    let text = wire.to_string();
    let value: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{what}: {error}\n{text}"));
    let written = serde_json::to_value(&value).expect("JSON");
    if let Some(difference) = difference(wire, &written) {
        panic!("{what}: {difference}\nin  {text}\nout {written}");
    }
    value
}

/// Whether something in `value` was not understood, as its `Debug` shows it.
pub fn has_unknown(value: &impl Debug) -> bool {
    format!("{value:?}").contains("Unknown({")
}

/// Where two documents differ first: an integral float equals its integer.
pub fn difference(left: &Value, right: &Value) -> Option<String> {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let missing =
                left.keys().find(|key| !right.contains_key(*key)).map(|key| format!(".{key} is lost"));
            let added =
                || right.keys().find(|key| !left.contains_key(*key)).map(|key| format!(".{key} is new"));
            missing.or_else(added).or_else(|| {
                left.iter()
                    .find_map(|(key, value)| difference(value, &right[key]).map(|at| format!(".{key}{at}")))
            })
        }
        (Value::Array(left), Value::Array(right)) => {
            if left.len() != right.len() {
                return Some(format!(" has {} items, then {}", left.len(), right.len()));
            }
            left.iter()
                .zip(right)
                .enumerate()
                .find_map(|(at, (left, right))| difference(left, right).map(|rest| format!("[{at}]{rest}")))
        }
        (Value::Number(left), Value::Number(right))
            if (left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64() =>
        {
            None
        }
        (left, right) if left == right => None,
        (left, right) => Some(format!(": {left} became {right}")),
    }
}
