//! Recorded answers: a folder of them, looked up by what was asked. Recordings are read when the server starts, their bodies
//! when they are sent. Making recordings is not done here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use crate::digest::sha256;
use crate::error::ServiceError;
use crate::exchange::Call;
use crate::lock::lock;
use crate::sending::{Framing, Product, split_events, split_frames};

/// Folders nested deeper than this are a mistake.
const MAX_DEPTH: usize = 16;
/// Headers that belong to the connection and not to the answer, or that the server writes itself.
const NOT_REPLAYED: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "keep-alive",
    "transfer-encoding",
    "x-amzn-requestid",
];

/// Why a folder of recordings is not usable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// Reading a file or a folder failed.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The description of a recording is invalid.
    #[error("{}: {problem}", path.display())]
    Description {
        /// Which one.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// There is no recording in the folder or below it.
    #[error("{}: no `meta.json` in this folder or below it", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// The recordings of one server.
#[derive(Debug)]
pub(crate) struct Replay {
    /// By operation and model; in the order of their paths.
    recordings: HashMap<(String, String), Vec<Recording>>,
    /// How often each set of equally suitable recordings was used.
    turns: Mutex<HashMap<Set, usize>>,
}

/// Operation, model, and the request if recordings of an equal one were found.
type Set = (String, String, Option<[u8; 32]>);

#[derive(Debug)]
struct Recording {
    folder: PathBuf,
    status: StatusCode,
    headers: HeaderMap,
    framing: String,
    /// The digest of the recorded request.
    request: Option<[u8; 32]>,
}

impl Replay {
    /// Reads every `meta.json` below a folder, with the `request.json` beside it.
    pub(crate) fn open(folder: &Path) -> Result<Self, ReplayError> {
        let mut found = Vec::new();
        find(folder, 0, &mut found)?;
        found.sort();
        if found.is_empty() {
            return Err(ReplayError::Empty { path: folder.to_owned() });
        }
        let mut recordings: HashMap<_, Vec<_>> = HashMap::new();
        for folder in found {
            let (key, recording) = Recording::open(folder)?;
            recordings.entry(key).or_default().push(recording);
        }
        Ok(Self { recordings, turns: Mutex::default() })
    }

    /// The recorded answer to a call: those of an equal request if there are any, else all of the operation and model, one
    /// after the other and then again from the first.
    pub(crate) fn answer(&self, call: &Call) -> Result<Product, ServiceError> {
        let key = (call.operation.name().to_owned(), call.model_id.clone());
        let Some(all) = self.recordings.get(&key) else {
            let (operation, model) = key;
            let message = format!("There is no recording of {operation} with model '{model}'.");
            return Err(ServiceError::new("ResourceNotFoundException", message));
        };
        // Nothing was asked: every recording without a request would be equal.
        let asked = (!call.body.is_empty()).then(|| fingerprint(&call.json));
        let equal: Vec<&Recording> =
            all.iter().filter(|recording| asked.is_some() && recording.request == asked).collect();
        let (chosen, set) = if equal.is_empty() { (all.iter().collect(), None) } else { (equal, asked) };
        let mut turns = lock(&self.turns);
        let turn = turns.entry((key.0, key.1, set)).or_default();
        let recording: &Recording = chosen[*turn % chosen.len()];
        *turn = turn.wrapping_add(1);
        // Before the file is read.
        drop(turns);
        recording.product()
    }
}

impl Recording {
    fn open(folder: PathBuf) -> Result<((String, String), Self), ReplayError> {
        let path = folder.join("meta.json");
        let invalid =
            |problem: &str| ReplayError::Description { path: path.clone(), problem: problem.to_owned() };
        let meta: Value =
            serde_json::from_slice(&read(&path)?).map_err(|error| invalid(&error.to_string()))?;
        let operation = meta["operation"].as_str().ok_or_else(|| invalid("`operation` must be text"))?;
        let status =
            meta["status"].as_u64().and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok());
        let status = status.ok_or_else(|| invalid("`status` must be an HTTP status"))?;
        let framing = meta["framing"].as_str().unwrap_or("json").to_owned();
        let request_path = folder.join("request.json");
        let request = match std::fs::read(&request_path) {
            Ok(bytes) => serde_json::from_slice(&bytes).ok().map(|request: Value| fingerprint(&request)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(ReplayError::Read { path: request_path, source }),
        };
        let headers = headers(&meta, &framing);
        let key = (operation.to_owned(), meta["model_id"].as_str().unwrap_or_default().to_owned());
        Ok((key, Self { folder, status, headers, framing, request }))
    }

    fn product(&self) -> Result<Product, ServiceError> {
        let path = self.folder.join("response.bin");
        let unreadable = |error| ServiceError::new("InternalFailure", format!("{}: {error}", path.display()));
        let body = Bytes::from(std::fs::read(&path).map_err(unreadable)?);
        let headers = self.headers.clone();
        Ok(match (self.framing.as_str(), self.status) {
            ("eventstream", StatusCode::OK) => {
                // Only InvokeModel's streams have this header, which says what is in the chunks.
                let framing = Some(if headers.contains_key("x-amzn-bedrock-content-type") {
                    Framing::Invoke
                } else {
                    Framing::Converse
                });
                Product::Stream { headers, frames: split_frames(body), framing }
            }
            ("sse", StatusCode::OK) => {
                Product::Stream { headers, frames: split_events(&body), framing: None }
            }
            _ => Product::Whole { status: self.status, headers, body },
        })
    }
}

/// The headers of the recorded answer, without those that a recorder masked.
fn headers(meta: &Value, framing: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in meta["response_headers"].as_object().into_iter().flatten() {
        let (Ok(name), Some(value)) = (HeaderName::from_bytes(name.as_bytes()), value.as_str()) else {
            continue;
        };
        let Ok(value) = HeaderValue::from_str(value) else { continue };
        if !NOT_REPLAYED.contains(&name.as_str()) && !value.as_bytes().starts_with(b"**") {
            headers.insert(name, value);
        }
    }
    let default = match framing {
        "eventstream" => "application/vnd.amazon.eventstream",
        "sse" => "text/event-stream",
        _ => "application/json",
    };
    headers.entry(http::header::CONTENT_TYPE).or_insert(HeaderValue::from_static(default));
    headers
}

fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), ReplayError> {
    let unreadable = |source| ReplayError::Read { path: folder.to_owned(), source };
    if depth > MAX_DEPTH {
        return Err(unreadable(std::io::Error::other("folders are nested too deep")));
    }
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.file_type().map_err(unreadable)?.is_dir() {
            find(&entry.path(), depth + 1, found)?;
        } else if entry.file_name() == "meta.json" {
            found.push(folder.to_owned());
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, ReplayError> {
    std::fs::read(path).map_err(|source| ReplayError::Read { path: path.to_owned(), source })
}

/// A digest of JSON in which neither white space nor the order of keys counts.
fn fingerprint(value: &Value) -> [u8; 32] {
    let mut text = String::new();
    write_sorted(value, &mut text);
    sha256(text.as_bytes())
}

fn write_sorted(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (key, member) in members {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_sorted(member, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_sorted(item, out);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_and_space_do_not_count() {
        let (a, b) = (r#"{"a": [1, {"b": 2, "c": 3}], "d": 4}"#, r#"{"d":4,"a":[1,{"c":3,"b":2}]}"#);
        let parse = |text| fingerprint(&serde_json::from_str(text).unwrap());
        assert_eq!(parse(a), parse(b));
        assert_ne!(fingerprint(&json!([1, 2])), fingerprint(&json!([2, 1])));
    }

    #[test]
    fn headers_of_the_connection_stay_behind() {
        let meta = json!({"response_headers": {
            "Content-Length": "5", "X-Amzn-Bedrock-Input-Token-Count": "7", "Content-Type": "**REDACTED**",
        }});
        let headers = headers(&meta, "eventstream");
        assert_eq!(headers.len(), 2);
        assert_eq!(headers["content-type"], "application/vnd.amazon.eventstream");
        assert_eq!(headers["x-amzn-bedrock-input-token-count"], "7");
    }
}
