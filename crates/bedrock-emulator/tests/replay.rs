//! Recorded answers come back byte for byte, in their order.
// In a test a failed expectation is what a panic is for; clippy does not see that helpers are part of one.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use crate::support::{Http, conversation, path, post, send};
use bedrock_emulator::{Emulator, Pace, StartError};
use http::Request;
use serde_json::{Value, json};

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("bedrock-emulator-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn record(&self, name: &str, meta: &Value, request: Option<&Value>, response: &[u8]) {
        let folder = self.0.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("meta.json"), meta.to_string()).unwrap();
        std::fs::write(folder.join("response.bin"), response).unwrap();
        if let Some(request) = request {
            std::fs::write(folder.join("request.json"), request.to_string()).unwrap();
        }
    }

    async fn serve(&self) -> Result<Emulator, StartError> {
        Emulator::builder().pace(Pace::none()).replay(&self.0).start().await
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it is the temporary folder's affair.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn meta(operation: &str, model: &str, status: u16) -> Value {
    json!({"operation": operation, "model_id": model, "status": status, "framing": "json", "response_headers":
        {"X-Amzn-ErrorType": "X:http", "content-length": "99", "date": "**REDACTED**"}})
}

#[tokio::test]
async fn equal_requests_first_then_all_in_turn() {
    let folder = Folder::new("turns");
    folder.record("a", &meta("converse", "m", 200), Some(&conversation("one")), b"{\"n\": 1}");
    folder.record("b", &meta("converse", "m", 429), Some(&conversation("two")), b"{\"n\": 2}");
    folder.record("deep/er/c", &meta("converse", "m", 200), None, b"{\"n\": 3}");
    let server = folder.serve().await.unwrap();
    let ask = async |prompt: &str| {
        let answer = post(&server, Http::One, path("m", "converse"), &conversation(prompt)).await.unwrap();
        (answer.status.as_u16(), answer.json()["n"].as_u64().unwrap())
    };
    for expected in [(200, 1), (429, 2), (200, 3), (200, 1)] {
        assert_eq!(ask("something else").await, expected);
    }
    for _ in 0..2 {
        assert_eq!(ask("two").await, (429, 2));
    }
    let answer = post(&server, Http::One, path("m", "converse"), &conversation("two")).await.unwrap();
    assert_eq!((answer.error_type(), answer.headers.contains_key("date")), ("X", true));
    let missing = post(&server, Http::One, path("other", "converse"), &conversation("x")).await.unwrap();
    assert_eq!((missing.status.as_u16(), missing.error_type()), (404, "ResourceNotFoundException"));
    server.enqueue("scripted");
    let scripted = post(&server, Http::One, path("m", "converse"), &conversation("two")).await.unwrap();
    assert_eq!(scripted.json()["output"]["message"]["content"][0]["text"], "scripted");
}

#[tokio::test]
async fn folders_that_are_no_recordings() {
    let folder = Folder::new("bad");
    assert!(matches!(folder.serve().await.unwrap_err(), StartError::Replay(_)));
    folder.record("a", &json!({"operation": "converse"}), None, b"");
    let error = folder.serve().await.unwrap_err().to_string();
    assert!(error.contains("meta.json") && error.contains("status"), "{error}");
    assert!(Emulator::builder().replay(folder.0.join("none")).start().await.is_err());
}

/// Every recorded event stream, sent in frames and cut by faults.
#[tokio::test]
async fn recorded_streams() {
    let Some(folder) = std::env::var_os("BEDROCK_RECORDINGS") else {
        eprintln!("skipped: BEDROCK_RECORDINGS is not set");
        return;
    };
    let server = Emulator::builder().pace(Pace::none()).replay(&folder).start().await.unwrap();
    let mut checked = 0;
    let mut folders = Vec::new();
    find(Path::new(&folder), &mut folders);
    for folder in folders {
        let meta: Value = serde_json::from_slice(&std::fs::read(folder.join("meta.json")).unwrap()).unwrap();
        let Ok(request) = std::fs::read(folder.join("request.json")) else { continue };
        let Ok(request) = serde_json::from_slice::<Value>(&request) else { continue };
        if meta["framing"] != "eventstream" || meta["model_id"].as_str().unwrap().is_empty() {
            continue;
        }
        let expected = std::fs::read(folder.join("response.bin")).unwrap();
        let address = path(meta["model_id"].as_str().unwrap(), meta["operation"].as_str().unwrap());
        let http = if checked % 2 == 0 { Http::One } else { Http::Two };
        // Several recordings of an equal request come in turn: one of them is this one.
        let mut found = false;
        for _ in 0..8 {
            let request = Request::post(&address).body(request.to_string().into()).unwrap();
            found |= send(&server, http, request).await.unwrap().body == expected;
            if found {
                break;
            }
        }
        assert!(found, "{}", folder.display());
        let sent = server.requests().last().unwrap().events_sent as u64;
        assert_eq!(sent, meta["frames"].as_u64().unwrap(), "{}", folder.display());
        checked += 1;
    }
    assert!(checked > 100, "{checked}");
    eprintln!("{checked} recorded streams came back as they were recorded");
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, found);
        } else if path.ends_with("meta.json") {
            found.push(folder.to_owned());
        }
    }
}
