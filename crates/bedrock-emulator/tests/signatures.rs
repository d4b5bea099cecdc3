//! Who is let in, over real HTTP. Requests are signed by AWS's own signer, which shares no code with the judge.
// In a test a failed expectation is what a panic is for; clippy does not see that helpers are part of one.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, SystemTime};

use crate::support::{Answer, CLAUDE, Http, conversation, path, send};
use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::event_stream::{sign_empty_message, sign_message};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_types::event_stream::{Header, HeaderValue as EventValue, Message};
use bedrock_emulator::{Credentials, Emulator, Pace};
use bytes::Bytes;
use http::{HeaderValue, Request};

const ARN: &str =
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-v1:0";

/// What a request is signed with.
#[derive(Clone)]
struct Signer {
    key: &'static str,
    secret: &'static str,
    token: Option<&'static str>,
    region: &'static str,
    service: &'static str,
    at: SystemTime,
}

impl Signer {
    fn new() -> Self {
        let at = SystemTime::now();
        Self {
            key: "AKIDEXAMPLE",
            secret: "SECRETEXAMPLE",
            token: None,
            region: "us-east-1",
            service: "bedrock",
            at,
        }
    }

    fn identity(&self) -> Identity {
        AwsCredentials::new(self.key, self.secret, self.token.map(str::to_owned), None, "test").into()
    }

    /// Signs a request to the server; the signature comes with it.
    fn sign(
        &self,
        server: &Emulator,
        path: &str,
        extra: &[(&'static str, &str)],
        body: &[u8],
    ) -> (Request<Bytes>, String) {
        let identity = self.identity();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.at)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let url = format!("{}{path}", server.url());
        let mut headers = vec![("content-type", "application/json")];
        headers.extend_from_slice(extra);
        let signable =
            SignableRequest::new("POST", url, headers.iter().copied(), SignableBody::Bytes(body)).unwrap();
        let (instructions, signature) = sign(signable, &params).unwrap().into_parts();
        let mut request = Request::post(path).body(Bytes::copy_from_slice(body)).unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        instructions.apply_to_request_http1x(&mut request);
        (request, signature)
    }
}

async fn server() -> Emulator {
    let temporary: Credentials = "ASIATEMP:TEMPSECRET:SESSION:TOKEN".parse().unwrap();
    let builder =
        Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").credentials(temporary).bearer("good-key");
    builder.pace(Pace::none()).start().await.unwrap()
}

fn body() -> Vec<u8> {
    conversation("hi").to_string().into_bytes()
}

fn show(answer: &Answer) -> String {
    format!("{} {} {}", answer.status, answer.error_type(), String::from_utf8_lossy(&answer.body))
}

#[tokio::test]
async fn good_signatures() {
    let server = server().await;
    let temporary =
        Signer { key: "ASIATEMP", secret: "TEMPSECRET", token: Some("SESSION:TOKEN"), ..Signer::new() };
    let late = Signer { at: SystemTime::now() - Duration::from_secs(280), ..Signer::new() };
    let early = Signer { at: SystemTime::now() + Duration::from_secs(280), ..Signer::new() };
    for http in [Http::One, Http::Two] {
        for signer in [&Signer::new(), &temporary, &late, &early] {
            for path in [
                path("amazon.nova-lite", "converse"),
                path(CLAUDE, "converse"),
                format!("/model/{CLAUDE}/converse"),
                path(ARN, "converse"),
                format!("{}?b=%20x&a=%C3%BC&a=1&flag", path(CLAUDE, "converse")),
            ] {
                let (request, _) =
                    signer.sign(&server, &path, &[("x-amz-note", "  a   b "), ("x-note", "ü")], &body());
                let answer = send(&server, http, request).await.unwrap();
                assert_eq!(answer.status.as_u16(), 200, "{http:?} {path}: {}", show(&answer));
            }
        }
    }
    for request in server.requests() {
        let kept = format!("{request:?}");
        assert!(kept.contains("Signature=***") && !kept.contains("SESSION:TOKEN"), "{kept}");
    }
}

#[tokio::test]
async fn bad_signatures() {
    let server = server().await;
    let good = Signer::new();
    let away = Duration::from_secs(6 * 60);
    let mismatch = (403, "InvalidSignatureException");
    let unknown = (403, "UnrecognizedClientException");
    for (name, signer, expected) in [
        ("another secret", Signer { secret: "OTHER", ..good.clone() }, mismatch),
        ("another key", Signer { key: "AKIANOBODY", ..good.clone() }, unknown),
        ("a token that nobody gave", Signer { token: Some("t"), ..good.clone() }, unknown),
        ("no token", Signer { key: "ASIATEMP", secret: "TEMPSECRET", ..good.clone() }, unknown),
        ("another region", Signer { region: "us-west-2", ..good.clone() }, mismatch),
        ("another service", Signer { service: "bedrock-runtime", ..good.clone() }, mismatch),
        ("too old", Signer { at: SystemTime::now() - away, ..good.clone() }, mismatch),
        ("not yet", Signer { at: SystemTime::now() + away, ..good.clone() }, mismatch),
    ] {
        let (request, _) = signer.sign(&server, &path(CLAUDE, "converse"), &[], &body());
        let answer = send(&server, Http::One, request).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.error_type()), expected, "{name}: {}", show(&answer));
        assert!(!show(&answer).contains("SECRETEXAMPLE"), "{name}");
    }
}

#[tokio::test]
async fn requests_changed_after_signing() {
    type Change = fn(&mut Request<Bytes>);
    fn replace(request: &mut Request<Bytes>, from: &str, to: &str) {
        let header = request.headers()["authorization"].to_str().unwrap().replace(from, to);
        request.headers_mut().insert("authorization", header.parse().unwrap());
    }
    let server = server().await;
    let changes: [(&str, u16, Change); 14] = [
        ("body", 403, |r| *r.body_mut() = Bytes::from_static(b"{}")),
        ("query", 403, |r| *r.uri_mut() = format!("{}?a=b", r.uri()).parse().unwrap()),
        ("colon decoded", 403, |r| *r.uri_mut() = r.uri().to_string().replace("%3A", ":").parse().unwrap()),
        ("method", 403, |r| *r.method_mut() = http::Method::PUT),
        ("a signed header gone", 403, |r| drop(r.headers_mut().remove("content-type"))),
        ("a signed header twice", 403, |r| {
            r.headers_mut().append("content-type", "x/y".parse().unwrap());
        }),
        ("an unsigned x-amz header", 403, |r| {
            drop(r.headers_mut().insert("x-amz-extra", "1".parse().unwrap()))
        }),
        ("a false hash", 403, |r| {
            drop(r.headers_mut().insert("x-amz-content-sha256", "00".parse().unwrap()))
        }),
        ("a hash left out", 403, |r| {
            drop(r.headers_mut().insert("x-amz-content-sha256", "UNSIGNED-PAYLOAD".parse().unwrap()));
        }),
        ("no date", 400, |r| drop(r.headers_mut().remove("x-amz-date"))),
        ("host not signed", 403, |r| replace(r, ";host", "")),
        ("signature in capitals", 403, |r| {
            let header = r.headers()["authorization"].to_str().unwrap().to_owned();
            let (before, signature) = header.split_once("Signature=").unwrap();
            let header = format!("{before}Signature={}", signature.to_uppercase());
            r.headers_mut().insert("authorization", header.parse().unwrap());
        }),
        ("no signature", 400, |r| replace(r, ", Signature=", ", Nothing=")),
        ("two authorizations", 400, |r| {
            r.headers_mut().append("authorization", "Bearer good-key".parse().unwrap());
        }),
    ];
    for http in [Http::One, Http::Two] {
        for (name, status, change) in changes {
            let (mut request, _) = Signer::new().sign(&server, &path(CLAUDE, "converse"), &[], &body());
            change(&mut request);
            let answer = send(&server, http, request).await.unwrap();
            assert_eq!(answer.status.as_u16(), status, "{http:?} {name}: {}", show(&answer));
        }
    }
    let (mut request, _) = Signer::new().sign(&server, &path(CLAUDE, "converse"), &[], &body());
    request.headers_mut().remove("authorization");
    let answer = send(&server, Http::One, request).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.error_type()), (403, "MissingAuthenticationTokenException"));
}

#[tokio::test]
async fn tokens() {
    let server = server().await;
    let ask = |path: String, token: &str| {
        let request = Request::post(path).header("authorization", format!("Bearer {token}"));
        send(&server, Http::Two, request.body(body().into()).unwrap())
    };
    assert_eq!(ask(path(CLAUDE, "converse"), "good-key").await.unwrap().status.as_u16(), 200);
    let refused = ask(path(CLAUDE, "converse"), "bad-key").await.unwrap();
    assert_eq!((refused.status.as_u16(), refused.error_type()), (403, "AccessDeniedException"));
    // The agent runtime takes signatures only.
    assert_eq!(ask("/rerank".into(), "good-key").await.unwrap().status.as_u16(), 403);
}

#[tokio::test]
async fn a_refusal_shows_no_token() {
    let server = server().await;
    let signer = Signer { key: "ASIATEMP", secret: "WRONG", token: Some("SESSION:TOKEN"), ..Signer::new() };
    let (request, _) = signer.sign(&server, &path(CLAUDE, "converse"), &[], &body());
    let answer = send(&server, Http::One, request).await.unwrap();
    let text = show(&answer);
    assert!(text.contains("Canonical String") && text.contains("x-amz-security-token:***"), "{text}");
    assert!(!text.contains("SESSION:TOKEN"), "{text}");
}

/// The bytes of signed events and of the closing one, on a stream that this signature opened.
fn signed_events(signer: &Signer, opened_with: &str, payloads: &[&str], closed: bool) -> Vec<u8> {
    let identity = signer.identity();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(signer.region)
        .name(signer.service)
        .time(signer.at)
        .settings(())
        .build()
        .unwrap();
    let (mut last, mut out) = (opened_with.to_owned(), Vec::new());
    for payload in payloads {
        let text = |value: &'static str| EventValue::String(value.into());
        let event = Message::new(Bytes::copy_from_slice(payload.as_bytes()))
            .add_header(Header::new(":message-type", text("event")))
            .add_header(Header::new(":event-type", text("chunk")))
            .add_header(Header::new(":content-type", text("application/json")));
        let (message, signature) = sign_message(&event, &last, &params).unwrap().into_parts();
        write_message_to(&message, &mut out).unwrap();
        last = signature;
    }
    if closed {
        let (message, _) = sign_empty_message(&last, &params).unwrap().into_parts();
        write_message_to(&message, &mut out).unwrap();
    }
    out
}

#[tokio::test]
async fn events_of_a_bidirectional_stream() {
    let server = server().await;
    let signer = Signer::new();
    let path = path("amazon.nova-sonic-v1:0", "invoke-with-bidirectional-stream");
    let events = ["{\"bytes\":\"e30=\"}", "{\"bytes\":\"W10=\"}"];
    let exchange = |change: fn(Vec<u8>) -> Vec<u8>, closed: bool| {
        // The request is signed over an empty body: the events come later.
        let (mut request, signature) = signer.sign(&server, &path, &[], b"");
        *request.body_mut() = change(signed_events(&signer, &signature, &events, closed)).into();
        send(&server, Http::Two, request)
    };
    let good = exchange(|bytes| bytes, true).await.unwrap();
    assert_eq!(good.names(), ["chunk", "chunk"]);
    assert_eq!(good.chunks(), [serde_json::json!({}), serde_json::json!([])]);

    let failed = |answer: &Answer, complaint: &str| {
        let (name, payload) = answer.events().0.pop().unwrap();
        assert_eq!(name, "!validationException");
        assert!(payload.to_string().contains(complaint), "{payload}");
    };
    let unclosed = exchange(|bytes| bytes, false).await.unwrap();
    failed(&unclosed, "without its closing event");
    let cut = exchange(
        |mut bytes| {
            bytes.truncate(bytes.len() - 5);
            bytes
        },
        true,
    );
    failed(&cut.await.unwrap(), "byte");
    let repeated = exchange(|bytes| [&bytes[..], &bytes[..]].concat(), true).await.unwrap();
    failed(&repeated, "after the closing");
    let swapped = exchange(
        |bytes| {
            let length = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
            [&bytes[length..2 * length], &bytes[..length], &bytes[2 * length..]].concat()
        },
        true,
    );
    failed(&swapped.await.unwrap(), "Event 0 of the stream: its signature");

    let (mut forged, _) = signer.sign(&server, &path, &[], b"");
    *forged.body_mut() = signed_events(&signer, &"0".repeat(64), &events, true).into();
    failed(&send(&server, Http::Two, forged).await.unwrap(), "Event 0");
    let (unsigned, _) = Signer { secret: "OTHER", ..signer.clone() }.sign(&server, &path, &[], b"");
    assert_eq!(send(&server, Http::Two, unsigned).await.unwrap().status.as_u16(), 403);
    let (old, _) = signer.sign(&server, &path, &[], b"");
    assert_eq!(send(&server, Http::One, old).await.unwrap().status.as_u16(), 400);
}
