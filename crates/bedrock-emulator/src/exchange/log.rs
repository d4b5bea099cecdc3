//! The requests that the server received, as tests look at them afterwards. Secrets are masked before anything is kept.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};

use crate::lock::lock;
use crate::operation::Operation;

/// One request that the server received, and what became of it.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let server = bedrock_emulator::Emulator::start().await?;
/// // … calls …
/// for request in server.requests() {
///     println!("{} {} {:?}", request.method, request.path, request.outcome);
/// }
/// # Ok::<(), bedrock_emulator::StartError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Which connection it came on, counted from 1.
    pub connection: u64,
    /// The method.
    pub method: Method,
    /// The path as it came over the wire, not decoded.
    pub path: String,
    /// The query, without its question mark.
    pub query: Option<String>,
    /// The version of HTTP.
    pub version: Version,
    /// The headers. Signatures and tokens are `***`.
    pub headers: HeaderMap,
    /// The body. That of a bidirectional stream is not kept.
    pub body: Bytes,
    /// The operation, if the address is known.
    pub operation: Option<Operation>,
    /// The model in the address, decoded.
    pub model_id: Option<String>,
    /// The name of the fault that was applied.
    pub fault: Option<&'static str>,
    /// The status of the answer; `None` while there is none.
    pub status: Option<StatusCode>,
    /// How many events of a stream were handed to the connection.
    pub events_sent: usize,
    /// How many bytes of the body were handed to the connection.
    pub bytes_sent: u64,
    /// How it ended.
    pub outcome: Outcome,
}

impl RecordedRequest {
    /// A request that has no answer yet.
    pub(crate) fn new(head: &Parts, body: Bytes, connection: u64) -> Self {
        Self {
            connection,
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            version: head.version,
            headers: head.headers.clone(),
            body,
            operation: None,
            model_id: None,
            fault: None,
            status: None,
            events_sent: 0,
            bytes_sent: 0,
            outcome: Outcome::Open,
        }
    }
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It has not ended yet.
    Open,
    /// All of it was handed to the connection.
    Sent,
    /// The server ended the connection on purpose.
    Broken,
    /// The caller went away before its end.
    Abandoned,
}

/// A request in progress.
#[derive(Debug)]
pub(crate) struct Exchange {
    request: Mutex<RecordedRequest>,
    events: AtomicUsize,
    bytes: AtomicU64,
    open: Arc<AtomicUsize>,
}

impl Exchange {
    pub(crate) fn update(&self, change: impl FnOnce(&mut RecordedRequest)) {
        change(&mut lock(&self.request));
    }

    pub(crate) fn sent(&self, events: usize, bytes: usize) {
        // Counts only, which tests read when all is over.
        self.events.fetch_add(events, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The first end counts.
    pub(crate) fn end(&self, outcome: Outcome) {
        let mut request = lock(&self.request);
        if request.outcome == Outcome::Open {
            request.outcome = outcome;
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn snapshot(&self) -> RecordedRequest {
        let mut request = lock(&self.request).clone();
        request.events_sent = self.events.load(Ordering::Relaxed);
        request.bytes_sent = self.bytes.load(Ordering::Relaxed);
        request
    }
}

/// The newest requests, bounded in number and in bytes of bodies.
#[derive(Debug)]
pub(crate) struct Log {
    entries: Mutex<Entries>,
    max_requests: usize,
    max_bytes: usize,
    open: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Entries {
    kept: VecDeque<(Arc<Exchange>, usize)>,
    bytes: usize,
}

impl Log {
    pub(crate) fn new(max_requests: usize, max_bytes: usize) -> Self {
        Self { entries: Mutex::default(), max_requests, max_bytes, open: Arc::default() }
    }

    /// Keeps a request, and drops the oldest ones where there are too many.
    pub(crate) fn add(&self, mut request: RecordedRequest) -> Arc<Exchange> {
        mask(&mut request.headers);
        let weight = request.body.len();
        // Counted apart from what is kept: a request that was pushed out is still open.
        self.open.fetch_add(1, Ordering::Relaxed);
        let exchange = Arc::new(Exchange {
            request: Mutex::new(request),
            events: AtomicUsize::new(0),
            bytes: AtomicU64::new(0),
            open: Arc::clone(&self.open),
        });
        let mut entries = lock(&self.entries);
        entries.kept.push_back((Arc::clone(&exchange), weight));
        entries.bytes += weight;
        while entries.kept.len() > self.max_requests || entries.bytes > self.max_bytes {
            // The new one goes too if it alone is too large; whoever answers it still has it.
            let Some((_, weight)) = entries.kept.pop_front() else { break };
            entries.bytes -= weight;
        }
        exchange
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        let kept: Vec<_> =
            lock(&self.entries).kept.iter().map(|(exchange, _)| Arc::clone(exchange)).collect();
        kept.iter().map(|exchange| exchange.snapshot()).collect()
    }

    pub(crate) fn clear(&self) {
        *lock(&self.entries) = Entries::default();
    }

    /// Requests whose answer has not ended.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

/// Masks secrets. The key id and the scope of a signed request stay: they are what one looks for.
fn mask(headers: &mut HeaderMap) {
    const SECRET: &[&str] = &["x-amz-security-token", "x-api-key", "proxy-authorization", "cookie"];
    for name in SECRET {
        if headers.contains_key(*name) {
            headers.insert(*name, HeaderValue::from_static("***"));
        }
    }
    if let Some(authorization) = headers.get(http::header::AUTHORIZATION) {
        let text = authorization.to_str().unwrap_or_default();
        // The scheme stays: whether a call was signed or had a token is what tests ask.
        let masked = match (text.split_once("Signature="), text.split_once(' ')) {
            (Some((before, _)), _) if text.starts_with("AWS4-") => format!("{before}Signature=***"),
            (_, Some((scheme, _))) => format!("{scheme} ***"),
            _ => "***".to_owned(),
        };
        let masked = HeaderValue::from_str(&masked).unwrap_or(HeaderValue::from_static("***"));
        headers.insert(http::header::AUTHORIZATION, masked);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn request(body: &'static [u8]) -> RecordedRequest {
        RecordedRequest {
            connection: 1,
            method: Method::POST,
            path: "/".into(),
            query: None,
            version: Version::HTTP_11,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body),
            operation: None,
            model_id: None,
            fault: None,
            status: None,
            events_sent: 0,
            bytes_sent: 0,
            outcome: Outcome::Open,
        }
    }

    #[test]
    fn secrets_are_masked() {
        for (header, shown) in [
            (
                "AWS4-HMAC-SHA256 Credential=AK/d/r/s/t, SignedHeaders=host, Signature=abc",
                "AWS4-HMAC-SHA256 Credential=AK/d/r/s/t, SignedHeaders=host, Signature=***",
            ),
            ("Bearer abc", "Bearer ***"),
            ("abc", "***"),
        ] {
            let mut request = request(b"");
            request.headers.insert("authorization", HeaderValue::from_static(header));
            request.headers.append("x-amz-security-token", HeaderValue::from_static("abc"));
            let log = Log::new(9, 9);
            log.add(request);
            let kept = &log.requests()[0].headers;
            assert_eq!(kept["authorization"], shown);
            assert_eq!(kept["x-amz-security-token"], "***");
            assert!(!format!("{log:?}").contains("abc"));
        }
    }

    #[test]
    fn bounded_in_number_and_bytes() {
        let log = Log::new(3, 10);
        for _ in 0..5 {
            log.add(request(b"ab"));
        }
        assert_eq!(log.requests().len(), 3);
        log.add(request(b"12345678"));
        assert_eq!(log.requests().iter().map(|request| request.body.len()).collect::<Vec<_>>(), [2, 8]);
        log.add(request(b"12345678901"));
        assert!(log.requests().is_empty());
        assert_eq!(log.open(), 7);
    }

    #[test]
    fn the_first_end_counts() {
        let log = Log::new(3, 10);
        let exchange = log.add(request(b""));
        exchange.end(Outcome::Broken);
        exchange.end(Outcome::Abandoned);
        assert_eq!(log.requests()[0].outcome, Outcome::Broken);
        assert_eq!(log.open(), 0);
    }
}
