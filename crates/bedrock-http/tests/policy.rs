//! Circuit breaker, limits, observers and interceptors at work on real calls.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Server, Step, chunk, chunked, converse, last_chunk, ms, refusal, reply};
use bedrock_http::{
    BreakerConfig, CallInfo, Error, ErrorKind, Interceptor, Limits, Observer, RetryConfig, SignedRequest,
    TransportEvent,
};
use http::{HeaderMap, HeaderValue};

/// Writes events down in short.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Log {
    fn observe(&self, call: &CallInfo, event: &TransportEvent<'_>) {
        assert_eq!((call.operation, call.model.as_deref()), (Some("Converse"), Some("m")));
        let text = match event {
            TransportEvent::Admitted { .. } => "admitted".to_owned(),
            TransportEvent::Attempt { number, bytes } => {
                assert_eq!(*bytes, "{}".len());
                format!("attempt {number}")
            }
            TransportEvent::Headers { status, request_id, .. } => {
                format!("headers {} {}", status.as_u16(), request_id.unwrap_or("-"))
            }
            TransportEvent::Failed { number, error, .. } => {
                format!("failed {number} {}", error.error_type().unwrap_or("-"))
            }
            TransportEvent::Retry { .. } => "retry".to_owned(),
            TransportEvent::FirstPiece { .. } => "first piece".to_owned(),
            TransportEvent::BodyEnd { end, bytes, .. } => format!("body {end:?} {bytes}"),
            TransportEvent::Breaker { state } => format!("breaker {state:?}"),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(text);
    }
}

fn fast() -> RetryConfig {
    RetryConfig::default().base_delay(ms(1)).throttling_base_delay(ms(1))
}

#[tokio::test]
async fn observers_see_the_whole_call() {
    let stream = vec![chunked(), chunk("one"), Step::Wait(ms(20)), chunk("four"), last_chunk()];
    let held = vec![chunked(), chunk("one"), Step::UntilClosed];
    let cut = vec![chunked(), chunk("one"), Step::Close];
    let throttled = refusal(429, "ThrottlingException", "");
    let server = Server::answering([throttled, stream, held, cut]).await;
    let log = Arc::new(Log::default());
    let transport = server.transport().retry(fast()).observer(log.clone()).build().unwrap();

    let mut response = transport.send(&converse("m")).await.unwrap();
    while response.body_mut().next().await.is_some() {}
    drop(response);
    let want = [
        "attempt 1",
        "failed 1 ThrottlingException",
        "retry",
        "attempt 2",
        "headers 200 rid-2",
        "first piece",
        "body Complete 7",
    ];
    assert_eq!(log.take(), want);

    let mut response = transport.send(&converse("m")).await.unwrap();
    response.body_mut().next().await.unwrap().unwrap();
    drop(response);
    assert_eq!(log.take(), ["attempt 1", "headers 200 rid-2", "first piece", "body Abandoned 3"]);

    let response = transport.send(&converse("m")).await.unwrap();
    response.into_body().bytes(100).await.unwrap_err();
    assert_eq!(log.take().last().unwrap(), "body Failed 3");
}

#[tokio::test]
async fn the_breaker_refuses_without_asking() {
    let broken = refusal(500, "InternalServerException", "");
    let server = Server::answering([broken.clone(), broken.clone(), broken, reply(200, &[], "{}")]).await;
    let log = Arc::new(Log::default());
    let transport = server
        .transport()
        .retry(fast().max_attempts(5))
        .breaker(BreakerConfig::default().failures(2).cooldown(ms(1_000)).probes(1))
        .observer(log.clone())
        .build()
        .unwrap();
    let request = converse("m");
    let error = transport.send(&request).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::CircuitOpen, 2), "retries end with the circuit");
    assert_eq!(transport.send(&request).await.unwrap_err().attempts(), 0);
    assert_eq!(server.seen().len(), 2);
    assert!(log.take().contains(&"breaker Open".to_owned()));

    tokio::time::sleep(ms(1_100)).await;
    let error = transport.send(&request).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::CircuitOpen, 1), "the probe failed");
    assert_eq!(log.take()[..3], ["breaker HalfOpen", "attempt 1", "breaker Open"]);

    tokio::time::sleep(ms(1_100)).await;
    let response = transport.send(&request).await.unwrap();
    assert!(!log.take().contains(&"breaker Closed".to_owned()), "the response has only begun");
    assert_eq!(response.into_body().bytes(10).await.unwrap(), "{}");
    assert!(log.take().contains(&"breaker Closed".to_owned()));
}

#[tokio::test]
async fn a_stream_keeps_its_place_until_its_end() {
    let stream = vec![chunked(), chunk("one"), Step::Wait(ms(100)), last_chunk()];
    let server = Server::answering([stream]).await;
    let log = Arc::new(Log::default());
    let limits = Limits::default().concurrent(1);
    let transport = server.transport().limits(limits).observer(log.clone()).build().unwrap();
    let request = converse("m");
    let first = transport.send(&request).await.unwrap();
    let waiting = tokio::time::timeout(ms(50), transport.send(&request)).await;
    assert!(waiting.is_err(), "the second call waits");
    let short = request.clone().total_timeout(ms(50));
    let error = transport.send(&short).await.unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("turn"), "{error}");
    assert_eq!(first.into_body().bytes(10).await.unwrap(), "one");
    assert!(transport.send(&request).await.is_ok());
    assert_eq!(server.seen().len(), 2);
    assert_eq!(log.take()[0], "admitted");

    // At the end of its body the place is free, though the response is still held.
    let mut held = transport.send(&request).await.unwrap();
    while held.body_mut().next().await.is_some() {}
    assert!(transport.send(&short.total_timeout(ms(2_000))).await.is_ok());
    drop(held);

    // A failed attempt gives its place back too.
    let server = Server::answering([refusal(400, "ValidationException", "")]).await;
    let limits = Limits::default().concurrent(1).max_wait(ms(100));
    let transport = server.transport().limits(limits).build().unwrap();
    for _ in 0..3 {
        assert_eq!(transport.send(&request).await.unwrap_err().kind(), ErrorKind::Service);
    }
}

#[tokio::test]
async fn reserved_tokens_hold_others_back_until_settled() {
    let server = Server::answering([reply(200, &[], "{}")]).await;
    let limits = Limits::default().tokens_per_minute(1_000);
    let transport = server.transport().limits(limits).build().unwrap();
    let request = converse("m").reserve_tokens(1_000);
    let mut first = transport.send(&request).await.unwrap();
    assert!(transport.send(&request.clone().total_timeout(ms(100))).await.unwrap_err().is_timeout());
    first.body_mut().settle_tokens(0, 0);
    assert!(transport.send(&request).await.is_ok());
}

#[tokio::test]
async fn streams_that_break_open_the_circuit() {
    let cut = vec![chunked(), chunk("one"), Step::Close];
    let server = Server::answering([cut]).await;
    let log = Arc::new(Log::default());
    let breaker = BreakerConfig::default().failures(3);
    let transport = server.transport().breaker(breaker).observer(log.clone()).build().unwrap();
    for _ in 0..3 {
        let response = transport.send(&converse("m")).await.unwrap();
        assert_eq!(response.into_body().bytes(10).await.unwrap_err().kind(), ErrorKind::Transport);
    }
    assert!(log.take().contains(&"breaker Open".to_owned()));
    assert_eq!(transport.send(&converse("m")).await.unwrap_err().kind(), ErrorKind::CircuitOpen);
    assert_eq!(server.seen().len(), 3);
}

struct Touch(Mutex<Vec<String>>);

impl Interceptor for Touch {
    fn before_signing(&self, _: &CallInfo, headers: &mut HeaderMap) -> Result<(), Error> {
        if headers.contains_key("x-refuse") {
            return Err(Error::usage("refused by an interceptor"));
        }
        headers.insert("x-tenant", HeaderValue::from_static("blue"));
        headers.insert("content-length", HeaderValue::from_static("999"));
        Ok(())
    }

    fn signed(&self, _: &CallInfo, request: &SignedRequest<'_>) {
        let authorization = request.headers["authorization"].to_str().unwrap().to_owned();
        assert!(request.headers["authorization"].is_sensitive());
        assert!(!format!("{request:?}").contains("AKIDEXAMPLE"));
        self.0.lock().unwrap().push(authorization);
    }
}

#[tokio::test]
async fn interceptors_touch_what_is_signed() {
    let server = Server::answering([reply(200, &[], "{}")]).await;
    let touch = Arc::new(Touch(Mutex::default()));
    let transport = server.transport().interceptor(touch.clone()).build().unwrap();
    transport.send(&converse("m")).await.unwrap();
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.header("x-tenant"), Some("blue"));
    assert_eq!(seen.header("content-length"), Some("2"));
    let authorization = touch.0.lock().unwrap().pop().unwrap();
    assert!(authorization.contains("x-tenant"), "{authorization}");
    assert_eq!(seen.header("authorization"), Some(authorization.as_str()));

    let refused = converse("m").header("x-refuse", "1").unwrap();
    assert_eq!(transport.send(&refused).await.unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_slow_reader_slows_the_sender() {
    // 64 MiB in chunks of 64 KiB: far more than the buffers between the two hold.
    let written = Arc::new(Mutex::new(0_usize));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = written.clone();
    let task = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 4096]).await;
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 67108864\r\n\r\n").await.unwrap();
        for _ in 0..1024 {
            if socket.write_all(&[b'x'; 65_536]).await.is_err() {
                return;
            }
            *count.lock().unwrap() += 65_536;
        }
    });
    let builder = bedrock_http::Transport::builder().region("r").endpoint(url).auth(crate::common::keys());
    let transport = crate::common::plain(builder).build().unwrap();
    let mut response = transport.send(&converse("m")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let ahead = *written.lock().unwrap();
    assert!(ahead < 32 << 20, "{ahead} bytes were read ahead of the reader");
    let mut received = 0;
    while let Some(piece) = response.body_mut().next().await {
        received += piece.unwrap().len();
    }
    assert_eq!(received, 64 << 20);
    task.await.unwrap();
}
