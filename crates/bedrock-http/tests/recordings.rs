//! Every recorded error of the service, read as a response would be. Needs the folder that `BEDROCK_RECORDINGS` names.

#![allow(clippy::unwrap_used, reason = "tests")]

use bedrock_http::{RetryClass, ServiceError, default_retry_class};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

#[test]
fn errors() {
    let Some(folder) = bedrock_testing::folder("BEDROCK_RECORDINGS") else { return };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let mut lines = index.lines();
    let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| columns.iter().position(|column| *column == name).unwrap();
    let (case, format) = (column("case"), column("format"));
    let mut count = 0;
    for line in lines {
        let cells: Vec<&str> = line.split('\t').collect();
        if cells[format] == "error" {
            check(&folder.join(cells[case]));
            count += 1;
        }
    }
    assert!(count >= 186, "only {count} errors are recorded in {}", folder.display());
    eprintln!("{count} recorded errors read");
}

fn check(case: &std::path::Path) {
    let shown = case.display();
    let meta: Value = serde_json::from_slice(&std::fs::read(case.join("meta.json")).unwrap()).unwrap();
    let body = std::fs::read(case.join("response.bin")).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in meta["response_headers"].as_object().into_iter().flatten() {
        let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value.as_str().unwrap_or_default()),
        ) else {
            continue;
        };
        headers.insert(name, value);
    }
    let status = StatusCode::from_u16(meta["status"].as_u64().unwrap() as u16).unwrap();
    let error = ServiceError::from_response(status, headers.clone(), body.clone());

    assert_eq!(error.status(), Some(status), "{shown}");
    assert_eq!(error.body(), &body, "{shown}");
    // The recorder's own reading of the body: all of them hold a `message` and nothing else.
    let plain: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(error.message(), plain["message"].as_str(), "{shown}");
    assert!(error.message().is_some(), "{shown}");
    let header = headers.get("x-amzn-errortype").map(|value| value.to_str().unwrap());
    let want = header.map(|value| value.split(':').next().unwrap());
    assert_eq!(error.error_type(), want, "{shown}");
    assert_eq!(error.request_id(), headers.get("x-amzn-requestid").map(|id| id.to_str().unwrap()), "{shown}");
    let class = match status.as_u16() {
        503 => RetryClass::Transient,
        _ => RetryClass::Final,
    };
    assert_eq!(default_retry_class(&error), class, "{shown}");
}
