//! Clients of the user's: what is refused beside them, whose runtime they are used on, what is told of their own limits.

#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{Server, Step, chunk, chunked, converse, keys, ms, reply, reqwest_client};
use bedrock_http::{
    Auth, Environment, Error, ErrorKind, HttpVersion, Path, Request, ReqwestClient, RetryConfig, Service,
    TimeoutPhase, Timeouts, Transport, TransportBuilder,
};
use bedrock_testing::clients::{Speaks, builder};
use reqwest::redirect::Policy;
use tokio::runtime::{Builder, Runtime};

fn client() -> ReqwestClient {
    reqwest_client(HttpVersion::Auto, None).unwrap()
}

fn to(url: &str) -> TransportBuilder {
    Transport::builder().region("us-east-1").endpoint(url).auth(keys()).random(|| 0.0)
}

#[test]
fn settings_of_the_client_are_not_ours_to_set() {
    type Change = fn(TransportBuilder) -> TransportBuilder;
    let proxied = |name: &'static str| {
        move |set: TransportBuilder| set.environment(Environment::from_pairs([(name, "http://127.0.0.1:1")]))
    };
    let refused: [(Change, &str); 5] = [
        (|set| set.ca_bundle("PEM"), "`ca_bundle`"),
        (|set| set.http_version(HttpVersion::Http1), "`http_version`"),
        (|set| set.http_version(HttpVersion::Http2), "`http_version`"),
        (|set| set.timeouts(Timeouts::default().connect(ms(5))), "connect limit"),
        (|set| set.environment(Environment::from_pairs([("AWS_CA_BUNDLE", "/roots.pem")])), "AWS_CA_BUNDLE"),
    ];
    let check = |changed: TransportBuilder, name: &str| {
        let error = changed.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{name}");
        let text = error.to_string();
        assert!(text.contains(name) && text.contains("reqwest client"), "{text}");
    };
    for (change, name) in refused {
        // Whichever comes first.
        check(change(to("http://h").reqwest_client(client())), name);
        check(change(to("http://h")).reqwest_clients(|| Ok::<_, Error>(client())), name);
    }
    for name in ["HTTP_PROXY", "https_proxy", "ALL_PROXY"] {
        check(proxied(name)(to("http://h")).reqwest_client(client()), "proxy");
    }
    let allowed: [Change; 4] = [
        |set| set,
        |set| set.timeouts(Timeouts::none()),
        |builder| {
            builder.environment(Environment::from_pairs([("NO_PROXY", "*"), ("AWS_REGION", "eu-west-1")]))
        },
        // The client reads the process's proxies itself.
        |set| set.environment(Environment::from_process().without("AWS_CA_BUNDLE")),
    ];
    for change in allowed {
        change(to("http://h").reqwest_client(client())).build().unwrap();
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A call, on a runtime that runs only while it lasts: one that waits for another runtime would never end.
fn send(runtime: &Runtime, transport: &Transport) -> Result<bedrock_http::Response, Error> {
    let request = converse("m");
    let sent = runtime.block_on(async { tokio::time::timeout(ms(20_000), transport.send(&request)).await });
    sent.expect("an answer or a refusal")
}

#[test]
fn a_client_is_used_on_one_runtime_at_a_time() {
    let host = runtime();
    let server = host.block_on(Server::answering([reply(200, &[], "{}")]));
    let url = server.url.clone();
    let _serving = std::thread::spawn(move || host.block_on(std::future::pending::<()>()));
    let transport = to(&url).reqwest_client(client()).build().unwrap();
    let (one, other) = (runtime(), runtime());
    send(&one, &transport).unwrap();
    let error = send(&other, &transport).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Usage, 1), "{error}");
    assert!(error.to_string().contains("reqwest_clients"), "{error}");
    send(&one, &transport).unwrap();
    drop(one);
    send(&other, &transport).unwrap();

    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let factory = move || match count.fetch_add(1, Ordering::SeqCst) {
        2 => Err("no client for the third"),
        _ => Ok(client()),
    };
    let transport = to(&url).reqwest_clients(factory).build().unwrap();
    assert_eq!(made.load(Ordering::SeqCst), 0, "none before one is needed");
    let (one, third) = (runtime(), runtime());
    for runtime in [&one, &other, &one, &other] {
        send(runtime, &transport).unwrap();
    }
    assert_eq!(made.load(Ordering::SeqCst), 2);
    let error = send(&third, &transport).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("no client for the third"), "{error}");
}

#[tokio::test]
async fn a_redirect_that_was_followed_is_an_error() {
    let server = Server::start(|n, _| match n {
        0 | 2 => reply(307, &[("location", "/elsewhere?secret=1")], ""),
        _ => reply(200, &[], "{}"),
    })
    .await;
    let follows = builder(Speaks::Any, None).redirect(Policy::limited(3)).build().unwrap();
    let error =
        to(&server.url).reqwest_client(follows).build().unwrap().send(&converse("m")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 1), "{error}");
    assert!(!error.is_retryable() && error.to_string().contains("Policy::none"), "{error}");
    assert!(!error.to_string().contains("secret=1"), "{error}");
    let error =
        to(&server.url).reqwest_client(client()).build().unwrap().send(&converse("m")).await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Service, 307));
}

#[tokio::test]
async fn limits_of_the_client_are_told_as_such() {
    let building = || builder(Speaks::Any, None);
    let answers = [vec![Step::UntilClosed], vec![chunked(), chunk("one"), Step::UntilClosed]];
    for make in
        [|b: reqwest::ClientBuilder| b.timeout(ms(150)), |b: reqwest::ClientBuilder| b.read_timeout(ms(150))]
    {
        let server = Server::answering(answers.clone()).await;
        let transport = to(&server.url).reqwest_client(make(building()).build().unwrap()).build().unwrap();
        let error = transport.send(&converse("m")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::FirstByte), "{error}");
        assert_eq!((error.attempts(), error.is_retryable()), (1, false), "the model may have worked");
        let mut response = transport.send(&converse("m")).await.unwrap();
        assert_eq!(response.body_mut().next().await.unwrap().unwrap(), "one");
        let error = response.body_mut().next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Total), "{error}");
        assert!(response.body_mut().next().await.is_none());
    }
    // A server that accepts and never speaks TLS.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let impatient = building().connect_timeout(ms(150)).build().unwrap();
    let transport = to(&url).reqwest_client(impatient).retry(RetryConfig::never()).build().unwrap();
    let error = transport.send(&converse("m")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Connect), "{error}");
    assert!(error.is_retryable());
    // And a port that nobody listens on.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let transport =
        to(&format!("http://{free}")).reqwest_client(client()).retry(RetryConfig::never()).build().unwrap();
    let error = transport.send(&converse("m")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(
        error.to_string().contains(&free.to_string()) && error.to_string().contains("refused"),
        "{error}"
    );
}

/// A URL goes out as it was signed, or not at all.
#[tokio::test]
async fn a_url_that_would_be_rewritten_is_refused() {
    for url in ["http://127.1:1", "http://0x7f.0.0.1:1", "http://127.0.0.1:1/a%5c'b"] {
        let transport = to(url).reqwest_client(client()).retry(RetryConfig::never()).build().unwrap();
        let error = transport.send(&converse("m")).await.unwrap_err();
        let is_refused = error.kind() == ErrorKind::Usage && error.to_string().contains("rewrite");
        assert!(is_refused || url.contains("a%5c"), "{url}: {error}");
    }
}

#[tokio::test]
async fn both_directions_need_http2() {
    let server = Server::answering([reply(200, &[], "{}")]).await;
    let http1 = reqwest_client(HttpVersion::Http1, None).unwrap();
    let transport = to(&server.url).auth(Auth::Anonymous).reqwest_client(http1).build().unwrap();
    let request = Request::post(Service::Runtime, Path::new().segment("x"));
    let error = transport.duplex(&request, |_| Nothing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    assert!(error.to_string().contains("HTTP/2"), "{error}");
    assert!(server.seen().is_empty());
}

struct Nothing;

impl futures_core::Stream for Nothing {
    type Item = bytes::Bytes;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<bytes::Bytes>> {
        std::task::Poll::Ready(None)
    }
}
