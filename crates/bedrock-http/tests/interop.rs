//! Against a server that shares no code with this project and checks signatures with AWS's own JavaScript package.
//! Needs `node` and the folder that `BEDROCK_INTEROP` names, with its packages installed.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path as Folder;
use std::process::Stdio;

use crate::common::{OVER_REQWEST, connecting, keys, ms};
use bedrock_http::{
    Auth, BearerToken, Credentials, ErrorKind, HttpVersion, MintedTokens, Path, Request, RetryConfig,
    Service, Transport, TransportBuilder,
};
use bedrock_testing::folder;
use http::{HeaderMap, HeaderValue, Version};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const IDS: &[&str] = &[
    "amazon.nova-lite-v1",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0",
    "with space and ünïcode 模型/x",
    "a+b&c=d;e,f'(g)*!$@~",
];

/// A running server; ends with the test.
struct Interop {
    url: String,
    tls: Option<String>,
    _process: Child,
}

impl Interop {
    async fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let port = free_port();
        let mut process = Command::new("node")
            .current_dir(folder)
            .args(["server/server.mjs", "--quiet", "--port", &port.to_string()])
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let tls = arguments.iter().position(|a| *a == "--tls-port").map(|at| arguments[at + 1]);
        for _ in 0..1 + usize::from(tls.is_some()) {
            lines.next_line().await.unwrap().expect("the server says that it listens");
        }
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let tls = tls.map(|port| format!("https://localhost:{port}"));
        Self { url: format!("http://127.0.0.1:{port}"), tls, _process: process }
    }

    fn transport(&self) -> TransportBuilder {
        self.speaking(HttpVersion::Auto)
    }

    fn speaking(&self, version: HttpVersion) -> TransportBuilder {
        connecting(self.builder(), version, None)
    }

    fn builder(&self) -> TransportBuilder {
        Transport::builder().region("us-east-1").endpoint(&self.url).auth(keys())
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

const VERIFY: &[&str] = &[
    "--verify",
    "AKIDEXAMPLE:SECRETEXAMPLE",
    "--verify",
    "ASIATEMP:TEMPSECRET:SESSION/TO+KEN==",
    "--bearer",
    "good-key",
];

fn model(id: &str, operation: &'static str) -> Request {
    let path = Path::new().segment("model").label("modelId", id).unwrap().segment(operation);
    Request::post(Service::Runtime, path)
        .json(r#"{"messages":[{"role":"user","content":[{"text":"Grüße aus 東京"}]}]}"#)
}

/// Sends and reads to the end.
async fn whole(
    transport: &Transport,
    request: &Request,
) -> Result<(HeaderMap, Version, Vec<u8>), bedrock_http::Error> {
    let response = transport.send(request).await?;
    let (headers, version) = (response.headers().clone(), response.version());
    Ok((headers, version, response.into_body().bytes(1 << 20).await?.to_vec()))
}

#[tokio::test]
async fn signatures_are_accepted() {
    let Some(folder) = folder("BEDROCK_INTEROP") else { return };
    let server = Interop::start(&folder, VERIFY).await;
    let temporary = Credentials::new("ASIATEMP", "TEMPSECRET").with_session_token("SESSION/TO+KEN==");
    let mut calls = 0;
    for http_version in [HttpVersion::Auto, HttpVersion::Http2] {
        for auth in [keys(), temporary.clone()] {
            let transport = server.speaking(http_version).auth(auth).build().unwrap();
            for id in IDS {
                for operation in ["converse", "converse-stream", "invoke", "invoke-with-response-stream"] {
                    let request = model(id, operation)
                        .query("a b", "ü/+&=?~'")
                        .query("a b", "second")
                        .query("empty", "")
                        .header("x-amzn-bedrock-request-metadata", r#"{"team":"a  b","p":"\u00fc"}"#)
                        .unwrap()
                        .header("accept", "application/json")
                        .unwrap();
                    let (headers, version, body) = whole(&transport, &request).await.unwrap();
                    let want =
                        if http_version == HttpVersion::Http2 { Version::HTTP_2 } else { Version::HTTP_11 };
                    assert_eq!(version, want);
                    assert!(headers.contains_key("x-amzn-requestid") && !body.is_empty());
                    calls += 1;
                }
            }
            let rerank = Request::post(Service::AgentRuntime, Path::new().segment("rerank"))
                .json(r#"{"sources":[{}]}"#);
            whole(&transport, &rerank).await.unwrap();
        }
    }
    eprintln!("{calls} signed calls accepted");
}

#[tokio::test]
async fn wrong_keys_are_refused_and_say_no_secret() {
    let Some(folder) = folder("BEDROCK_INTEROP") else { return };
    let server = Interop::start(&folder, VERIFY).await;
    let wrong: [(Auth, &str); 5] = [
        (Credentials::new("AKIDEXAMPLE", "WRONGSECRET").into(), "InvalidSignatureException"),
        (Credentials::new("NOBODY", "SECRETEXAMPLE").into(), "UnrecognizedClientException"),
        (
            Credentials::new("ASIATEMP", "TEMPSECRET").with_session_token("WRONGSESSION").into(),
            "UnrecognizedClientException",
        ),
        (
            Credentials::new("ASIATEMP", "WRONGSECRET").with_session_token("SESSION/TO+KEN==").into(),
            "InvalidSignatureException",
        ),
        (BearerToken::new("bad-key").into(), "AccessDeniedException"),
    ];
    for (auth, name) in wrong {
        let transport = server.transport().auth(auth).build().unwrap();
        let error = transport.send(&model("m", "converse")).await.unwrap_err();
        assert_eq!((error.kind(), error.error_type()), (ErrorKind::Service, Some(name)), "{error}");
        assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (403, 1));
        // The server quotes the canonical request, and the session token in it.
        let shown = format!("{error} {error:?} {transport:?}");
        for secret in ["WRONGSECRET", "SECRETEXAMPLE", "WRONGSESSION", "SESSION/TO+KEN==", "bad-key"] {
            assert!(!shown.contains(secret), "{secret} is in {shown}");
        }
    }
    let good = server.transport().auth(BearerToken::new("good-key")).build().unwrap();
    whole(&good, &model("m", "converse")).await.unwrap();
    // A minted key is well formed; this server knows only its own keys, so it says that it is a wrong one.
    let minted =
        server.transport().auth(Auth::bearer(MintedTokens::new(keys(), "us-east-1"))).build().unwrap();
    let error = minted.send(&model("m", "converse")).await.unwrap_err();
    assert_eq!(error.error_type(), Some("AccessDeniedException"));
    assert_eq!(error.attempts(), 1);
}

/// A scenario of the server, what the call gives, how many requests there were.
#[tokio::test]
async fn faults() {
    let Some(folder) = folder("BEDROCK_INTEROP") else { return };
    let server = Interop::start(&folder, &[]).await;
    use ErrorKind::{Service as Answer, Timeout, Transport as Broken};
    use bedrock_http::TimeoutPhase::{FirstByte, Idle};
    // Ok: how many attempts it took; Err: the kind, the attempts, the service's name for it.
    type Row = (&'static str, Result<u32, (ErrorKind, u32, Option<&'static str>)>);
    let rows: &[Row] = &[
        ("plain", Ok(1)),
        ("throttle n=1 key=a", Ok(2)),
        ("throttle n=2 key=b", Ok(3)),
        ("throttle n=3 key=c", Err((Answer, 3, Some("ThrottlingException")))),
        ("throttle n=1 key=d status=503 type=ServiceUnavailableException", Ok(2)),
        (
            "error status=400 type=ValidationException where=header",
            Err((Answer, 1, Some("ValidationException"))),
        ),
        (
            "error status=400 type=ValidationException where=body",
            Err((Answer, 1, Some("ValidationException"))),
        ),
        (
            "error status=403 type=AccessDeniedException where=both",
            Err((Answer, 1, Some("AccessDeniedException"))),
        ),
        (
            "error status=424 type=ModelErrorException body=empty",
            Err((Answer, 1, Some("ModelErrorException"))),
        ),
        ("error status=502 type=X where=body body=html", Err((Answer, 3, None))),
        (
            "error status=529 type=overloaded_error where=body body=anthropic",
            Err((Answer, 3, Some("overloaded_error"))),
        ),
        ("error status=500 type=InternalServerException", Err((Answer, 3, Some("InternalServerException")))),
        ("hang", Err((Timeout(FirstByte), 1, None))),
        ("rst0", Err((Broken, 3, None))),
        ("close0", Err((Broken, 3, None))),
        ("close after=2", Err((Broken, 0, None))),
        ("close after=2 bytes=9", Err((Broken, 0, None))),
        ("reset after=2", Err((Broken, 0, None))),
        ("stall after=2", Err((Timeout(Idle), 0, None))),
        ("plain ttfb=100 first=100", Ok(1)),
        ("drip", Ok(1)),
        ("split size=7", Ok(1)),
        ("coalesce", Ok(1)),
        ("big size=200000", Ok(1)),
        ("many n=2000", Ok(1)),
    ];
    for http_version in [HttpVersion::Auto, HttpVersion::Http2] {
        let transport = server
            .speaking(http_version)
            .retry(RetryConfig::default().base_delay(ms(1)).throttling_base_delay(ms(1)))
            .build()
            .unwrap();
        for (scenario, want) in rows {
            let scenario = scenario.replace("key=", &format!("key={http_version:?}"));
            // Short only where the limit is to run out.
            let patience = if matches!(want, Err((Timeout(_), ..))) { ms(600) } else { ms(60_000) };
            let request = model("amazon.nova-lite-v1:0", "converse-stream")
                .header("x-test-scenario", &scenario)
                .unwrap()
                .first_byte_timeout(if scenario == "hang" { patience } else { ms(60_000) })
                .idle_timeout(patience);
            let got = match transport.send(&request).await {
                Ok(response) => {
                    let attempts = response.attempts();
                    response.into_body().bytes(4 << 20).await.map(|_| attempts)
                }
                Err(error) => Err(error),
            };
            let shown = format!("{http_version:?} {scenario}: {got:?}");
            match (got, want) {
                (Ok(attempts), Ok(want)) => assert_eq!(attempts, *want, "{shown}"),
                (Err(error), Err((kind, attempts, name))) => {
                    assert_eq!((error.kind(), error.attempts()), (*kind, *attempts), "{shown}");
                    assert_eq!(error.error_type(), *name, "{shown}");
                }
                _ => panic!("{shown}, not {want:?}"),
            }
        }
    }
}

#[tokio::test]
async fn tls_with_http_2_by_negotiation() {
    let Some(folder) = folder("BEDROCK_INTEROP") else { return };
    let certificates = tempdir("bedrock-http-interop");
    let made = Command::new("openssl")
        .current_dir(&certificates)
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .stderr(Stdio::null())
        .status()
        .await;
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: openssl makes no certificate here");
        return;
    }
    let (key, cert) = (certificates.join("key.pem"), certificates.join("cert.pem"));
    let port = free_port().to_string();
    let mut arguments = VERIFY.to_vec();
    arguments.extend([
        "--tls-port",
        &port,
        "--cert",
        cert.to_str().unwrap(),
        "--keyfile",
        key.to_str().unwrap(),
    ]);
    let server = Interop::start(&folder, &arguments).await;
    let url = server.tls.clone().unwrap();
    let pem = std::fs::read(&cert).unwrap();
    std::fs::remove_dir_all(&certificates).unwrap();

    for (http_version, want) in [
        (HttpVersion::Auto, Version::HTTP_2),
        (HttpVersion::Http2, Version::HTTP_2),
        (HttpVersion::Http1, Version::HTTP_11),
    ] {
        let builder = connecting(server.builder(), http_version, Some(pem.clone()));
        let transport = builder.endpoint(&url).build().unwrap();
        let (_, version, _) = whole(&transport, &model(IDS[2], "converse-stream")).await.unwrap();
        assert_eq!(version, want);
    }
    // The platform's roots do not know this certificate: refused at once, and not asked for again.
    let transport = server.transport().endpoint(&url).build().unwrap();
    let error = transport.send(&model("m", "converse")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 1), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

/// Frames for the stream in both directions: inner frames, each in a signed outer one, and an empty one at the end.
fn signed_frames(signer: Option<bedrock_http::EventSigner>, texts: &[&str]) -> Vec<bytes::Bytes> {
    use aws_smithy_eventstream::frame::write_message_to;
    use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
    let mut signer = signer.unwrap();
    let encode = |message: Message| {
        let mut out = Vec::new();
        write_message_to(&message, &mut out).unwrap();
        out
    };
    let inner = texts.iter().map(|text| {
        let string = |text: &str| HeaderValue::String(text.to_owned().into());
        let message = Message::new(format!("{{\"bytes\":\"{text}\"}}").into_bytes())
            .add_header(Header::new(":event-type", string("chunk")))
            .add_header(Header::new(":content-type", string("application/json")))
            .add_header(Header::new(":message-type", string("event")));
        encode(message)
    });
    inner
        .chain([Vec::new()])
        .map(|inner| {
            let made = signer.sign(&inner, std::time::SystemTime::now()).unwrap();
            let date = aws_smithy_types::DateTime::from_millis(made.date_millis);
            let outer = Message::new(inner)
                .add_header(Header::new(":date", HeaderValue::Timestamp(date)))
                .add_header(Header::new(
                    ":chunk-signature",
                    HeaderValue::ByteArray(made.signature.to_vec().into()),
                ));
            bytes::Bytes::from(encode(outer))
        })
        .collect()
}

/// Gives one frame every 50 ms, so that answers come while frames still go.
struct Paced(Vec<bytes::Bytes>, std::pin::Pin<Box<tokio::time::Sleep>>);

impl futures_core::Stream for Paced {
    type Item = bytes::Bytes;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<bytes::Bytes>> {
        std::task::ready!(Future::poll(self.1.as_mut(), cx));
        self.1 = Box::pin(tokio::time::sleep(ms(50)));
        std::task::Poll::Ready((!self.0.is_empty()).then(|| self.0.remove(0)))
    }
}

/// The server gives every chunk back as it comes and ends when we end.
#[tokio::test]
async fn both_directions_at_once() {
    let Some(folder) = folder("BEDROCK_INTEROP") else { return };
    let server = Interop::start(&folder, VERIFY).await;
    // Three times `{"n":1}` in base64.
    let texts = ["eyJuIjoxfQ=="; 3];
    // Without TLS a client of the user's cannot find out that HTTP/2 is spoken here: it must know.
    let versions =
        if OVER_REQWEST { &[HttpVersion::Http2][..] } else { &[HttpVersion::Auto, HttpVersion::Http2] };
    for http_version in versions.iter().copied() {
        let transport = server.speaking(http_version).build().unwrap();
        let path = Path::new().segment("model").label("modelId", IDS[1]).unwrap();
        let request = Request::post(Service::Runtime, path.segment("invoke-with-bidirectional-stream"))
            .header("content-type", "application/vnd.amazon.eventstream")
            .unwrap();
        let mut response = transport
            .duplex(&request, |signer| {
                Paced(signed_frames(signer, &texts), Box::pin(tokio::time::sleep(ms(50))))
            })
            .await
            .unwrap();
        assert_eq!(response.version(), Version::HTTP_2);
        let mut pieces = Vec::new();
        while let Some(piece) = response.body_mut().next().await {
            pieces.push(piece.unwrap());
        }
        let whole = pieces.concat();
        let echoes = whole.windows(12).filter(|window| window == b"eyJuIjoxfQ==").count();
        assert_eq!(echoes, 3, "{}", String::from_utf8_lossy(&whole));
        assert!(pieces.len() >= 3, "each came when it was sent: {} pieces", pieces.len());

        let error = transport
            .duplex(&request.clone().body("x"), |_| Paced(Vec::new(), Box::pin(tokio::time::sleep(ms(1)))))
            .await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Usage);
    }
}

fn tempdir(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Header values are sent and signed as the bytes they are.
#[tokio::test]
async fn headers_with_runs_of_spaces_are_signed_as_the_service_reads_them() {
    let Some(folder) = folder("BEDROCK_INTEROP") else { return };
    let server = Interop::start(&folder, VERIFY).await;
    for http_version in [HttpVersion::Http1, HttpVersion::Http2] {
        let transport = server.speaking(http_version).build().unwrap();
        let mut request = model("m", "invoke");
        for (name, value) in
            [("x-amzn-a", "  lead and   many    spaces \t "), ("x-amzn-c", ""), ("x-amzn-e", " ")]
        {
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        request.headers_mut().append("x-amzn-d", HeaderValue::from_static("one"));
        request.headers_mut().append("x-amzn-d", HeaderValue::from_static(" two"));
        whole(&transport, &request).await.unwrap();
    }
}
