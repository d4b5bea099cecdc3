//! One request and its response over a real socket: what goes out, what comes in, what breaks.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Barrier;

use crate::common::marked::{Act, Marked, answer, body, call};
use crate::common::{Server, Step, chunk, chunked, converse, keys, last_chunk, ms, refusal, reply};
use bedrock_http::{
    Auth, BearerToken, ErrorKind, Path, Request, RetryConfig, Service, TimeoutPhase, Timeouts, Transport,
};

#[tokio::test]
async fn a_call_is_signed_and_answered() {
    let server =
        Server::answering([reply(200, &[("x-amzn-requestid", "rid"), ("x-other", "1")], "{\"ok\":1}")]).await;
    let transport = server.transport().user_agent("app/1").build().unwrap();
    let request = converse("amazon.nova-lite-v1:0").json("{\"messages\":[]}");
    let response = transport.send(&request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.request_id(), Some("rid"));
    assert_eq!(response.header("x-other"), Some("1"));
    assert_eq!(response.attempts(), 1);
    assert_eq!(response.into_body().bytes(100).await.unwrap(), "{\"ok\":1}");

    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /model/amazon.nova-lite-v1%3A0/converse HTTP/1.1");
    assert_eq!(seen.body, b"{\"messages\":[]}");
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert!(seen.header("user-agent").unwrap().starts_with("app/1 bedrock-http/"));
    let authorization = seen.header("authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
    assert!(authorization.contains("/us-east-1/bedrock/aws4_request"), "{authorization}");
    assert!(authorization.contains("SignedHeaders=content-type;host;x-amz-date,"), "{authorization}");
    assert_eq!(seen.header("x-amz-security-token"), None);
}

/// What is signed is the path that goes out: whatever the id, the request line is the encoded path, byte for byte.
#[tokio::test]
async fn the_wire_path_is_the_encoded_path() {
    let server = Server::answering([reply(200, &[], "{}")]).await;
    let rows = [
        ("a.b-v1:0", "a.b-v1%3A0"),
        ("arn:aws:bedrock:r:1:x/y.z", "arn%3Aaws%3Abedrock%3Ar%3A1%3Ax%2Fy.z"),
        ("with space", "with%20space"),
        ("ünïcode/模型", "%C3%BCn%C3%AFcode%2F%E6%A8%A1%E5%9E%8B"),
        ("%2e%2e", "%252e%252e"),
        ("a;b=c,d?e#f&g", "a%3Bb%3Dc%2Cd%3Fe%23f%26g"),
        ("'\"<>\\^`{|}", "%27%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("...", "..."),
        ("~-_.", "~-_."),
    ];
    for base in ["", "/gateway/v1"] {
        let transport = server.transport().endpoint(format!("{}{base}/", server.url)).build().unwrap();
        for (id, encoded) in rows {
            transport.send(&converse(id).query("q 1", "x/ü+&=")).await.unwrap();
            let want = format!("{base}/model/{encoded}/converse?q%201=x%2F%C3%BC%2B%26%3D");
            assert_eq!(server.seen().last().unwrap().target(), want);
        }
    }
}

#[tokio::test]
async fn bearer_and_anonymous() {
    let server = Server::answering([reply(200, &[], "{}")]).await;
    let token = BearerToken::new("ABSKEXAMPLE");
    let transport = server.transport().auth(token).build().unwrap();
    transport.send(&converse("m")).await.unwrap();
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.header("authorization"), Some("Bearer ABSKEXAMPLE"));
    assert_eq!(seen.header("x-amz-date"), None);

    let rerank = Request::post(Service::AgentRuntime, Path::new().segment("rerank")).json("{}");
    let error = transport.send(&rerank).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Usage, 0));
    assert!(error.to_string().contains("signatures only"), "{error}");

    let builder = Transport::builder().endpoint(&server.url).auth(Auth::Anonymous);
    let transport = crate::common::plain(builder).build().unwrap();
    transport.send(&converse("m")).await.unwrap();
    assert_eq!(server.seen().pop().unwrap().header("authorization"), None);

    // Without a region there is nothing to sign for.
    let transport =
        crate::common::plain(Transport::builder().endpoint(&server.url).auth(keys())).build().unwrap();
    assert_eq!(transport.send(&converse("m")).await.unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn mantle_is_signed_under_its_own_name() {
    let server = Server::answering([reply(200, &[], "{}")]).await;
    let transport = server.transport().build().unwrap();
    let path = Path::new().segment("openai/v1/responses");
    transport.send(&Request::post(Service::Mantle, path).json("{}")).await.unwrap();
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.target(), "/openai/v1/responses");
    assert!(seen.header("authorization").unwrap().contains("/us-east-1/bedrock-mantle/aws4_request"));
}

#[tokio::test]
async fn errors_of_the_service_are_whole() {
    let server = Server::answering([refusal(400, "ValidationException:http://x/", "no such model")]).await;
    let error = server.transport().build().unwrap().send(&converse("m")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Service);
    assert_eq!(error.status().unwrap(), 400);
    assert_eq!(error.error_type(), Some("ValidationException"));
    assert_eq!(error.request_id(), Some("rid-1"));
    assert_eq!(error.service().unwrap().body(), "{\"message\":\"no such model\"}");
    assert_eq!(error.to_string(), "ValidationException: no such model (request id rid-1)");
    assert!(!error.is_retryable() && !error.is_throttling());
    assert_eq!((error.attempts(), server.seen().len()), (1, 1));
}

#[tokio::test]
async fn error_bodies_are_bounded_and_what_came_is_kept() {
    let long = "x".repeat(10_000);
    let server = Server::answering([
        reply(400, &[], &long),
        vec![Step::Write(b"HTTP/1.1 400 X\r\ncontent-length: 50\r\n\r\n{\"mess".to_vec()), Step::Close],
    ])
    .await;
    let transport = server.transport().max_error_body(100).build().unwrap();
    for want in [100, 6] {
        let error = transport.send(&converse("m")).await.unwrap_err();
        let service = error.service().unwrap();
        assert_eq!((service.body().len(), service.is_body_truncated()), (want, true));
        assert_eq!(error.status().unwrap(), 400);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = Server::answering([reply(307, &[("location", "/elsewhere")], "")]).await;
    let error = server.transport().build().unwrap().send(&converse("m")).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 307);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn pieces_come_as_they_are_sent() {
    let server = Server::start(|_, _| {
        vec![chunked(), chunk("one"), Step::Wait(ms(50)), chunk("two"), Step::Wait(ms(50)), last_chunk()]
    })
    .await;
    let response = server.transport().build().unwrap().send(&converse("m")).await.unwrap();
    let mut body = response.into_body();
    assert_eq!(body.next().await.unwrap().unwrap(), "one");
    assert_eq!(body.received(), 3);
    assert_eq!(body.next().await.unwrap().unwrap(), "two");
    assert!(body.next().await.is_none());
    assert!(body.next().await.is_none(), "the end stays the end");
    assert_eq!(body.request_id(), Some("rid-2"));
}

#[tokio::test]
async fn whole_bodies_hold_to_their_limit() {
    // (answer, limit, fits)
    let split = vec![chunked(), chunk("hello"), Step::Wait(ms(20)), chunk("world"), last_chunk()];
    let rows = [
        (reply(200, &[], "0123456789"), 10, true),
        (reply(200, &[], "0123456789"), 9, false),
        (reply(200, &[], ""), 0, true),
        (split.clone(), 10, true),
        (split, 9, false),
        (vec![chunked(), last_chunk()], 0, true),
    ];
    for (answer, limit, fits) in rows {
        let server = Server::answering([answer]).await;
        let response = server.transport().build().unwrap().send(&converse("m")).await.unwrap();
        match response.into_body().bytes(limit).await {
            Ok(bytes) => assert!(fits && bytes.len() == limit, "{bytes:?} within {limit}"),
            Err(error) => assert!(!fits && error.kind() == ErrorKind::TooLarge, "{error} within {limit}"),
        }
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error_after_what_came() {
    let cut = |length: &str| {
        vec![
            Step::Write(format!("HTTP/1.1 200 OK\r\n{length}\r\nx-amzn-requestid: rid\r\n\r\n").into_bytes()),
            Step::Write(b"5\r\nhello\r\n".to_vec()),
            Step::Wait(ms(20)),
            Step::Close,
        ]
    };
    for (head, received) in [("transfer-encoding: chunked", 5), ("content-length: 100", 10)] {
        let server = Server::answering([cut(head)]).await;
        let mut response = server.transport().build().unwrap().send(&converse("m")).await.unwrap();
        let body = response.body_mut();
        assert_eq!(body.next().await.unwrap().unwrap().len(), received);
        let error = body.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(error.to_string().contains(&format!("after {received} bytes")), "{error}");
        assert_eq!(error.request_id(), Some("rid"));
        assert!(body.next().await.is_none(), "nothing follows an error");
    }
}

#[tokio::test]
async fn dropping_a_stream_closes_the_request() {
    let server = Server::answering([vec![chunked(), chunk("one"), Step::UntilClosed]]).await;
    let mut response = server.transport().build().unwrap().send(&converse("m")).await.unwrap();
    assert_eq!(response.body_mut().next().await.unwrap().unwrap(), "one");
    drop(response);
    closed(&server, 1).await;
}

#[tokio::test]
async fn dropping_a_call_closes_the_request() {
    let server = Server::answering([vec![Step::UntilClosed]]).await;
    let transport = server.transport().build().unwrap();
    let call = tokio::spawn(async move { transport.send(&converse("m")).await.is_ok() });
    while server.seen().is_empty() {
        tokio::time::sleep(ms(10)).await;
    }
    call.abort();
    closed(&server, 1).await;
}

async fn closed(server: &Server, times: usize) {
    for _ in 0..2_000 {
        if server.closed_early() == times {
            return;
        }
        tokio::time::sleep(ms(10)).await;
    }
    panic!("the connection stayed open");
}

#[tokio::test]
async fn every_limit_on_time_has_its_own_error() {
    let slow_head = vec![Step::UntilClosed];
    let slow_body = vec![chunked(), chunk("one"), Step::UntilClosed];
    let short = Some(ms(100));
    let none = Timeouts::none;
    let rows = [
        (slow_head.clone(), none().first_byte(short), TimeoutPhase::FirstByte),
        (slow_body.clone(), none().idle(short), TimeoutPhase::Idle),
        (slow_head, none().total(short), TimeoutPhase::Total),
        (slow_body, none().total(short), TimeoutPhase::Total),
    ];
    for (answer, timeouts, phase) in rows {
        let server = Server::answering([answer]).await;
        let transport = server.transport().timeouts(timeouts).build().unwrap();
        let mut kept = None;
        let error = match transport.send(&converse("m")).await {
            Err(error) => error,
            Ok(response) => {
                let body = kept.insert(response).body_mut();
                assert_eq!(body.next().await.unwrap().unwrap(), "one");
                body.next().await.unwrap().unwrap_err()
            }
        };
        assert_eq!(error.kind(), ErrorKind::Timeout(phase), "{error}");
        assert!(error.is_timeout());
        assert_eq!(server.seen().len(), 1, "{phase}: not sent again");
        // Closed at once, though the caller still holds the body.
        closed(&server, 1).await;
    }
}

#[tokio::test]
async fn connecting_has_its_own_errors() {
    // A port that nobody listens on.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let transport = |endpoint: String| {
        Transport::builder()
            .region("r")
            .endpoint(endpoint)
            .auth(keys())
            .retry(RetryConfig::never())
            .timeouts(Timeouts::default().connect(ms(200)))
            .build()
            .unwrap()
    };
    let error = transport(format!("http://{free}")).send(&converse("m")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.is_retryable());
    assert!(error.to_string().contains(&free.to_string()), "{error}");
    assert!(error.to_string().contains("refused"), "the root cause is in the sentence: {error}");

    // A server that accepts and never speaks TLS.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let _held = tokio::spawn(async move {
        let mut sockets = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            sockets.push(socket);
        }
    });
    let error = transport(format!("https://{address}")).send(&converse("m")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Connect), "{error}");
}

#[tokio::test]
async fn a_stream_that_never_pauses_ends_with_the_whole_call() {
    let endless: Vec<Step> =
        std::iter::once(chunked()).chain((0..200).flat_map(|_| [chunk("x"), Step::Wait(ms(10))])).collect();
    let server = Server::answering([endless]).await;
    let transport = server.transport().build().unwrap();
    let response = transport.send(&converse("m").total_timeout(ms(200))).await.unwrap();
    let error = response.into_body().bytes(1 << 20).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Total));
}

#[test]
fn futures_can_be_spawned() {
    fn check<T: Send>(_: &T) {}
    let transport = Transport::builder().endpoint("http://h").auth(Auth::Anonymous).build().unwrap();
    let request = converse("m");
    check(&transport.send(&request));
    fn is_send<T: Send + Unpin>() {}
    is_send::<bedrock_http::Body>();
    is_send::<bedrock_http::Call>();
}

/// Over TLS the first call finds out whether connections can be shared. Where they cannot, those that waited for that make
/// theirs at the same time, and not one after the other: here none is set up before all have come.
#[tokio::test]
async fn a_burst_of_first_calls_connects_at_once() {
    const CALLS: usize = 6;
    let (others, all) = (Barrier::new(CALLS - 1), Barrier::new(CALLS));
    let hold = move |connection| {
        if connection > 0 {
            others.wait();
        }
    };
    // No answer before all have asked: its connection would be free for another call.
    let server = Marked::holding(true, hold, move |mark| {
        all.wait();
        vec![Act::Write(answer(mark))]
    });
    // That of a client of the user's is the client's.
    let connect = if crate::common::OVER_REQWEST { None } else { Some(ms(5_000)) };
    let timeouts = Timeouts::default().connect(connect);
    let transport = server.builder().timeouts(timeouts).build().unwrap();
    let calls: Vec<_> = (0..CALLS)
        .map(|n| {
            let transport = transport.clone();
            tokio::spawn(async move { call(&transport, &n.to_string()).await })
        })
        .collect();
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap().unwrap(), body(&n.to_string()));
    }
    assert_eq!(server.connections(), CALLS);
}
