//! Requests to the emulator over a socket: whatever they are, it does not panic, keeps no more than it says, and answers or
//! closes; what is well-formed HTTP gets a whole answer.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bedrock_emulator::{Emulator, Pace};

use super::http::strict::Strict;
use crate::budget::Budget;
use crate::cut::{choice, pieces};
use crate::target::Target;

pub(super) const TARGET: Target = Target {
    name: "emulator",
    choices: 3,
    longest: 1 << 16,
    // Buffers of the connection, and the answer, which has its own length.
    budget: Budget { fixed: 16 << 20, a_byte: 500 },
    seeds,
    run,
};

/// The operations: what a request of each begins with.
const OPERATIONS: &[(&str, &str)] = &[
    ("POST", "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"),
    ("POST", "/model/us.amazon.nova-lite-v1%3A0/converse-stream"),
    ("POST", "/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke"),
    ("POST", "/model/amazon.nova-pro-v1%3A0/invoke-with-response-stream"),
    ("POST", "/model/meta.llama3-70b-instruct-v1%3A0/invoke-with-response-stream"),
    ("POST", "/model/mistral.pixtral-large-2502-v1%3A0/invoke"),
    ("POST", "/model/cohere.command-r-v1%3A0/invoke-with-response-stream"),
    ("POST", "/model/amazon.titan-text-express-v1/invoke"),
    ("POST", "/model/ai21.jamba-1-5-large-v1%3A0/invoke"),
    ("POST", "/model/openai.gpt-oss-120b-1%3A0/invoke-with-response-stream"),
    ("POST", "/model/amazon.titan-embed-text-v2%3A0/invoke"),
    ("POST", "/model/cohere.embed-english-v3/invoke"),
    ("POST", "/model/cohere.rerank-v3-5%3A0/invoke"),
    ("POST", "/model/anthropic.claude-3-haiku-20240307-v1%3A0/count-tokens"),
    ("POST", "/guardrail/g1/version/1/apply"),
    ("POST", "/guardrail-checks/invoke"),
    ("POST", "/async-invoke"),
    ("GET", "/async-invoke?maxResults=2"),
    ("POST", "/rerank"),
    ("POST", "/openai/v1/chat/completions"),
    ("POST", "/openai/v1/responses"),
    ("POST", "/anthropic/v1/messages"),
    ("GET", "/foundation-models?byProvider=amazon"),
    ("GET", "/inference-profiles"),
    ("POST", "/model-invocation-job"),
    ("GET", "/model-invocation-jobs"),
    ("POST", "/__queue"),
    ("GET", "/__log"),
];

/// A byte that says whether the rest is a request or a body, one that chooses the operation or how the bytes are cut, one
/// that says whether the caller goes on listening; and the rest.
fn seeds() -> Vec<Vec<u8>> {
    const BODIES: &[&str] = &[
        r#"{"messages":[{"role":"user","content":[{"text":"Hello"}]}],"inferenceConfig":{"maxTokens":10}}"#,
        r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"tools":[{"name":"w","input_schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}]}"#,
        r#"{"inputText":"Hello","textGenerationConfig":{"maxTokenCount":9}}"#,
        r#"{"prompt":"[[tool]] Hello","max_gen_len":9}"#,
        r#"{"message":"Hello","chat_history":[]}"#,
        r#"{"model":"openai.gpt-oss-20b-1:0","messages":[{"role":"user","content":"Hello"}],"stream":true,"stream_options":{"include_usage":true}}"#,
        r#"{"model":"openai.gpt-oss-20b-1:0","input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]}],"stream":true}"#,
        r#"{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}}}"#,
        r#"{"source":"INPUT","content":[{"text":{"text":"bad words"}}]}"#,
        r#"{"modelId":"amazon.nova-reel-v1:0","modelInput":{"taskType":"TEXT_VIDEO"},"outputDataConfig":{"s3OutputDataConfig":{"s3Uri":"s3://b/"}}}"#,
        r#"{"queries":[{"type":"TEXT","textQuery":{"text":"q"}}],"sources":[{"type":"INLINE","inlineDocumentSource":{"type":"TEXT","textDocument":{"text":"d"}}}],"rerankingConfiguration":{"type":"BEDROCK_RERANKING_MODEL","bedrockRerankingConfiguration":{"modelConfiguration":{"modelArn":"arn:aws:bedrock:us-east-1::foundation-model/cohere.rerank-v3-5:0"}}}}"#,
        r#"{"jobName":"j","roleArn":"arn:aws:iam::1:role/r","modelId":"m","inputDataConfig":{"s3InputDataConfig":{"s3Uri":"s3://b/i"}},"outputDataConfig":{"s3OutputDataConfig":{"s3Uri":"s3://b/o"}}}"#,
        r#"{"texts":["a","b"],"input_type":"search_document"}"#,
        r#"{"query":"q","documents":["a","b"],"api_version":2}"#,
        r#"{"text":"Rain.","chunks":[{"a":1}]}"#,
    ];
    const REQUESTS: &[&str] = &[
        "GET /foundation-models HTTP/1.1\r\nhost: x\r\n\r\n",
        "POST /model/test.reset/converse-stream HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}",
        "POST /model/m/converse HTTP/1.1\r\nhost: x\r\nx-test-scenario: drip:1ms\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "POST /model/m/invoke HTTP/1.1\r\nhost: x\r\nauthorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=00\r\ncontent-length: 2\r\n\r\n{}GET / HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0",
        "POST /model/m/invoke-with-bidirectional-stream HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n\0\0\0\0",
    ];
    let mut seeds = Vec::new();
    for (body, operation) in BODIES.iter().flat_map(|body| (0..OPERATIONS.len()).map(move |n| (body, n))) {
        seeds.push([&[1, operation as u8, 0], body.as_bytes()].concat());
    }
    seeds.extend(
        REQUESTS.iter().enumerate().map(|(n, text)| [&[0, n as u8, n as u8], text.as_bytes()].concat()),
    );
    seeds
}

/// One that does as requests say, and one that has a mind of its own.
static SERVERS: LazyLock<[Emulator; 2]> = LazyLock::new(|| {
    #[cfg(feature = "libfuzzer")]
    signal_hook::flag::register(signal_hook::consts::SIGPIPE, std::sync::Arc::default())
        .expect("a signal that can be caught");
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        before(panic);
    }));
    [true, false].map(|directives| {
        let builder = Emulator::builder().pace(Pace::none()).keep_requests(4, 1 << 16).directives(directives);
        builder.start_blocking().expect("a free port and a thread")
    })
});

/// Tokio catches what its tasks throw.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn run(input: &[u8]) {
    let (kind, input) = choice(input);
    let (which, input) = choice(input);
    let (listens, rest) = choice(input);
    SERVERS.iter().for_each(Emulator::clear);
    let before = PANICS.load(Ordering::SeqCst);
    if kind % 2 == 1 {
        let (method, path) = OPERATIONS[usize::from(which) % OPERATIONS.len()];
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            rest.len()
        );
        let answer = said(&SERVERS[1], &[head.as_bytes(), rest], Ends::Never);
        let strict = Strict::read(&answer);
        let whole = matches!(&strict, Strict::Whole(message) if message.length == answer.len());
        assert!(whole, "{method} {path} was answered {strict:?}: {:?}", String::from_utf8_lossy(&answer));
    } else {
        let ends = if listens % 2 == 1 { Ends::WhenAnswered } else { Ends::AtOnce };
        let answer = said(&SERVERS[0], &pieces(rest, which), ends);
        let begins = [&b"HTTP/1."[..], b"\0"]
            .iter()
            .any(|start| answer.starts_with(&start[..start.len().min(answer.len())]));
        assert!(begins, "answered {:?}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(PANICS.load(Ordering::SeqCst), before, "the server panicked");
}

/// How long a caller listens before it says that nothing will follow.
enum Ends {
    /// Never: the server closes.
    Never,
    AtOnce,
    WhenAnswered,
}

/// Says something, and listens until the server closes.
fn said(server: &Emulator, pieces: &[&[u8]], ends: Ends) -> Vec<u8> {
    const LONGEST: Duration = Duration::from_secs(20);
    let mut socket = TcpStream::connect(server.address()).expect("a connection");
    socket.set_nodelay(true).expect("no delay");
    for piece in pieces {
        // A server that has heard enough closes.
        if socket.write_all(piece).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    if let Ends::WhenAnswered = ends {
        socket.set_read_timeout(Some(Duration::from_millis(3))).expect("a limit");
        let length = socket.read(&mut piece).unwrap_or(0);
        answer.extend_from_slice(&piece[..length]);
    }
    if !matches!(ends, Ends::Never) {
        // Fails where the server has closed.
        let _ = socket.shutdown(Shutdown::Write);
    }
    socket.set_read_timeout(Some(LONGEST)).expect("a limit");
    loop {
        match socket.read(&mut piece) {
            Ok(0) => return answer,
            Ok(length) => answer.extend_from_slice(&piece[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("no answer and no close; so far {:?}", String::from_utf8_lossy(&answer))
            }
            // By libFuzzer's clock.
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // It read the whole request, so there is no reason to break off.
            Err(error) if matches!(ends, Ends::Never) => {
                panic!("broken off, {error}; so far {:?}", String::from_utf8_lossy(&answer))
            }
            // It closed with something unread.
            Err(_) => return answer,
        }
    }
}
