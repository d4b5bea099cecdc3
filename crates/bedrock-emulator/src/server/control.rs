//! Addresses of the server itself, beside those of the service: for tests in another language, which have no handle. They are
//! open to everybody who reaches the port.
//!
//! `GET /__health`, `GET /__log`, `POST /__reset`, and `POST /__queue` with `{"scenario": "…"}` or a list of such.

use http::Method;
use http::request::Parts;
use serde_json::{Value, json};

use super::state::State;
use crate::exchange::{Outcome, RecordedRequest};
use crate::script::Answer;

/// The answer to a request for the server itself; `None` for all others.
pub(crate) fn answer(state: &State, head: &Parts, body: &[u8]) -> Option<Value> {
    match (&head.method, head.uri.path()) {
        (&Method::GET, "/__health") => Some(json!({"ok": true})),
        (&Method::GET, "/__log") => Some(state.log.requests().iter().map(describe).collect()),
        (&Method::POST, "/__reset") => {
            state.reset();
            Some(json!({"ok": true}))
        }
        (&Method::POST, "/__queue") => {
            // Status 200 also for a mistake: a test in another language reads the body.
            Some(enqueue(state, body).unwrap_or_else(|problem| json!({"error": problem})))
        }
        _ => None,
    }
}

fn enqueue(state: &State, body: &[u8]) -> Result<Value, String> {
    let given: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let items = if let Value::Array(items) = given { items } else { vec![given] };
    let answers = items.iter().map(|item| {
        let text = item["scenario"].as_str().ok_or("`scenario` must be text")?;
        text.parse::<Answer>().map_err(|error| error.to_string())
    });
    let answers = answers.collect::<Result<Vec<_>, String>>()?;
    Ok(json!({"queued": state.enqueue(answers)}))
}

fn describe(request: &RecordedRequest) -> Value {
    let url = match &request.query {
        Some(query) => format!("{}?{query}", request.path),
        None => request.path.clone(),
    };
    let headers = request.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), Value::from(String::from_utf8_lossy(value.as_bytes()).into_owned()))
    });
    json!({
        "connection": request.connection,
        "method": request.method.as_str(),
        "url": url,
        "httpVersion": format!("{:?}", request.version).trim_start_matches("HTTP/"),
        "headers": headers.collect::<serde_json::Map<_, _>>(),
        "body": String::from_utf8_lossy(&request.body),
        "operation": request.operation.map(|operation| operation.name()),
        "model": request.model_id,
        "scenario": request.fault.unwrap_or("plain"),
        "status": request.status.map(|status| status.as_u16()),
        "sentEvents": request.events_sent,
        "sentBytes": request.bytes_sent,
        "finished": request.outcome == Outcome::Sent,
        "aborted": request.outcome == Outcome::Abandoned,
    })
}
