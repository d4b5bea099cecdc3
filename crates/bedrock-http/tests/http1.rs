//! HTTP/1.1 as servers speak it, and as none should: what the caller gets, and whether the connection is used again.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::common::{OVER_REQWEST, Server, Step, ms, reply};
use bedrock_http::{Auth, ErrorKind, Path, Request, RetryConfig, Service, Transport};
use bytes::BytesMut;

/// What comes of a response: its body, or what arrived of one and a part of the error.
#[derive(Debug, PartialEq)]
enum Got {
    Whole(String),
    Broken(String, &'static str),
    Refused(&'static str),
}

/// What the server does after the bytes of a row.
#[derive(Clone, Copy, Debug)]
enum Then {
    Waits,
    Closes,
}

struct Row {
    wire: Vec<u8>,
    then: Then,
    got: Got,
    /// Whether a second call may use the connection of the first.
    again: bool,
    /// A client of the user's, which has another reader of HTTP/1.1, uses the connection again all the same.
    only_ours: bool,
}

impl Row {
    fn only_ours(self) -> Self {
        Self { only_ours: true, ..self }
    }

    /// How many connections two calls may make.
    fn connections(&self) -> &'static [usize] {
        match self.again {
            true => &[1],
            false if self.only_ours && OVER_REQWEST => &[1, 2],
            false => &[2],
        }
    }
}

fn whole(body: &str) -> Got {
    Got::Whole(body.to_owned())
}

fn broken(body: &str, error: &'static str) -> Got {
    Got::Broken(body.to_owned(), error)
}

fn rows() -> Vec<Row> {
    use Then::{Closes, Waits};
    let row = |wire: &str, then, got, again| Row { wire: wire.into(), then, got, again, only_ours: false };
    // Each character is one byte: header values may hold all of them.
    let latin = |wire: &str, then, got, again| {
        let wire = wire.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        Row { wire, then, got, again, only_ours: false }
    };
    let ok = |headers: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}");
    let length = |body: &str| ok(&format!("content-length: {}\r\n", body.len()), body);
    let chunks = |body: &str| ok("Transfer-Encoding: chunked\r\n", body);
    let many = "x: y\r\n".repeat(200);
    let long = format!("x: {}\r\n", "y".repeat(70_000));
    let big = "0123456789".repeat(10_000);
    vec![
        row(&length("hello"), Waits, whole("hello"), true),
        row(&length(""), Waits, whole(""), true),
        row(&length(&big), Waits, whole(&big), true),
        row(&chunks("5\r\nhello\r\n0\r\n\r\n"), Waits, whole("hello"), true),
        row(&chunks("1;x=y\r\nh\r\n4\r\nello\r\n0\r\nx-sum: 1\r\n\r\n"), Waits, whole("hello"), true),
        row(&chunks(&format!("{:x}\r\n{big}\r\n0\r\n\r\n", big.len())), Waits, whole(&big), true),
        row("HTTP/1.1 204 No Content\r\n\r\n", Waits, whole(""), true),
        row("HTTP/1.1 200\r\ncontent-length: 1\r\n\r\nx", Waits, whole("x"), true),
        row(&ok("Content-Length: 2\r\ncontent-length: 2\r\n", "ab"), Waits, whole("ab"), true),
        // With the connection, where nothing else says where the end is.
        row(&ok("", "all of it"), Closes, whole("all of it"), false),
        row("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nab", Waits, whole("ab"), false),
        row(&ok("connection: Keep-Alive, Close\r\ncontent-length: 2\r\n", "ab"), Waits, whole("ab"), false),
        row(&length("ab"), Closes, whole("ab"), false),
        // What comes before the answer.
        row(&format!("HTTP/1.1 100 Continue\r\n\r\n{}", length("ab")), Waits, whole("ab"), true),
        row(&format!("HTTP/1.1 103 Early\r\nlink: x\r\n\r\n{}", length("ab")), Waits, whole("ab"), true),
        row("HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n", Waits, Got::Refused("switches"), false),
        // What comes after it.
        row(&format!("{}HTTP", length("ab")), Waits, whole("ab"), false),
        row(&format!("{}x", chunks("2\r\nab\r\n0\r\n\r\n")), Waits, whole("ab"), false),
        // Two ways to find the end are one too many to be sure of the next beginning.
        row(
            &ok("content-length: 3\r\ntransfer-encoding: chunked\r\n", "2\r\nab\r\n0\r\n\r\n"),
            Waits,
            whole("ab"),
            false,
        )
        .only_ours(),
        row(
            &ok("content-length: 2\r\ncontent-length: 3\r\n", "abc"),
            Waits,
            Got::Refused("Content-Length"),
            false,
        ),
        row(&ok("content-length: +2\r\n", "ab"), Waits, Got::Refused("Content-Length"), false),
        row(&ok("content-length: \r\n", ""), Waits, Got::Refused("Content-Length"), false),
        row(
            &ok("content-length: 99999999999999999999\r\n", ""),
            Waits,
            Got::Refused("Content-Length"),
            false,
        ),
        row(&ok("transfer-encoding: gzip, chunked\r\n", ""), Waits, Got::Refused("gzip, chunked"), false),
        row("HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", Waits, Got::Refused("coding"), false),
        // Blanks are space and tab: whoever takes more for some reads another body than the server wrote.
        row(&ok("Transfer-Encoding: \t chunked \t\r\n", "1\r\na\r\n0\r\n\r\n"), Waits, whole("a"), true),
        row(&ok("content-length: \t 1 \t, 1\t\r\n", "a"), Waits, whole("a"), true),
        latin(&ok("transfer-encoding: \u{85}chunked\r\n", ""), Waits, Got::Refused("\\x85chunked"), false),
        latin(&ok("transfer-encoding: chunked\u{a0}\r\n", ""), Waits, Got::Refused("coding"), false),
        latin(&ok("transfer-encoding: chunked,\r\n", ""), Waits, Got::Refused("coding"), false),
        latin(&ok("transfer-encoding: \r\n", ""), Waits, Got::Refused("coding"), false),
        latin(&ok("transfer-encoding: \u{b}chunked\r\n", ""), Waits, Got::Refused("not HTTP"), false),
        latin(&ok("transfer-encoding : chunked\r\n", ""), Waits, Got::Refused("not HTTP"), false),
        latin(&ok("x: y\r\n transfer-encoding: chunked\r\n", ""), Waits, Got::Refused("not HTTP"), false),
        latin(&ok("content-length: \u{a0}2\r\n", "ab"), Waits, Got::Refused("Content-Length"), false),
        latin(&ok("content-length: 2\u{85}\r\n", "ab"), Waits, Got::Refused("Content-Length"), false),
        latin(&ok("content-length: \u{c}2\r\n", "ab"), Waits, Got::Refused("not HTTP"), false),
        latin(&ok("content-length: \u{b2}\r\n", "ab"), Waits, Got::Refused("Content-Length"), false),
        latin(&ok("content-length: 0x2\r\n", "ab"), Waits, Got::Refused("Content-Length"), false),
        latin(&ok("content-length: 1 2\r\n", "ab"), Waits, Got::Refused("Content-Length"), false),
        latin(&ok("content-length: 2,\r\n", "ab"), Waits, Got::Refused("Content-Length"), false),
        // What may have been meant for `close` is taken for it.
        latin(&ok("connection: \u{a0}close\r\ncontent-length: 2\r\n", "ab"), Waits, whole("ab"), false)
            .only_ours(),
        latin(&ok("connection: ,\tkeep-alive ,\r\ncontent-length: 2\r\n", "ab"), Waits, whole("ab"), true),
        // Lines that end in LF alone, and empty ones before the head, are read; where the next answer begins is a guess then.
        row("HTTP/1.1 200 OK\ncontent-length: 2\n\nab", Waits, whole("ab"), false).only_ours(),
        row("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\nab", Waits, whole("ab"), false).only_ours(),
        row("HTTP/1.1 200 OK\ncontent-length: 2\r\n\r\nab", Waits, whole("ab"), false).only_ours(),
        row(&format!("HTTP/1.1 100 Continue\n\n{}", length("ab")), Waits, whole("ab"), false).only_ours(),
        row(&format!("\r\n{}", length("ab")), Waits, whole("ab"), false).only_ours(),
        // Bodies that break.
        row(&chunks("1 1\r\na"), Waits, broken("", "64 bits"), false),
        row(
            &chunks("1\r\na\r\n0\r\nHTTP/1.1 200 OK\r\n\r\n"),
            Waits,
            broken("a", "where its size says"),
            false,
        ),
        row(&chunks("5\r\nhello\r\n"), Closes, broken("hello", "before the end of the body"), false),
        row(
            &ok("content-length: 6\r\n", "hello"),
            Closes,
            broken("hello", "before the end of the body"),
            false,
        ),
        row(&chunks("5\r\nhello\r\nzz\r\n"), Waits, broken("hello", "no size"), false),
        row(&chunks("5\r\nhello world\r\n"), Waits, broken("hello", "where its size says"), false),
        row(&chunks("11111111111111111\r\n"), Waits, broken("", "64 bits"), false),
        // Heads that are none.
        row("", Closes, Got::Refused("before the response began"), false),
        row("HTTP/1.1 200 OK\r\ncont", Closes, Got::Refused("within the head"), false),
        row("SSH-2.0-OpenSSH_9\r\n\r\n", Waits, Got::Refused("not HTTP"), false),
        row("HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n", Waits, Got::Refused("not HTTP"), false),
        row(&ok(&many, ""), Waits, Got::Refused("not HTTP: too many headers"), false),
        row(&ok(&long, ""), Waits, Got::Refused("longer than 64 KiB"), false),
        row(&"\r\n".repeat(40_000), Waits, Got::Refused("longer than 64 KiB"), false).only_ours(),
    ]
}

fn transport(server: &Server) -> Transport {
    server.transport().auth(Auth::Anonymous).retry(RetryConfig::never()).build().unwrap()
}

fn request() -> Request {
    Request::get(Service::ControlPlane, Path::new().segment("foundation-models"))
}

async fn got(transport: &Transport, want: &Got) -> Got {
    tokio::time::timeout(ms(20_000), read(transport, want))
        .await
        .unwrap_or_else(|_| panic!("{want:?} never came"))
}

async fn read(transport: &Transport, want: &Got) -> Got {
    let error = match transport.send(&request()).await {
        Ok(response) => {
            let mut body = response.into_body();
            let mut text = BytesMut::new();
            loop {
                let arrived = || String::from_utf8(text.to_vec()).unwrap();
                match body.next().await {
                    Some(Ok(piece)) => text.extend_from_slice(&piece),
                    Some(Err(error)) => {
                        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
                        let Got::Broken(_, part) = want else { panic!("{error}") };
                        assert!(OVER_REQWEST || error.to_string().contains(part), "{error}");
                        assert!(body.next().await.is_none());
                        return Got::Broken(arrived(), part);
                    }
                    None => return Got::Whole(arrived()),
                }
            }
        }
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
    let Got::Refused(part) = want else { panic!("{error}") };
    assert!(OVER_REQWEST || error.to_string().contains(part), "{error}");
    Got::Refused(part)
}

/// Each row in one piece, and cut into small ones.
#[tokio::test]
async fn what_servers_say() {
    for row in rows() {
        // Empty lines for ever are read for ever by others, until a limit on time ends it.
        if OVER_REQWEST && row.only_ours && matches!(row.got, Got::Refused(_)) {
            continue;
        }
        for size in [usize::MAX, 1, 7] {
            // Long ones byte by byte would take long and show nothing more.
            let size = if row.wire.len() > 5_000 { size.max(1_000) } else { size };
            let wire = row.wire.clone();
            let pieces = wire.chunks(size.min(wire.len().max(1))).map(|piece| Step::Write(piece.to_vec()));
            let mut steps: Vec<Step> = pieces.collect();
            if matches!(row.then, Then::Closes) {
                steps.push(Step::Close);
            }
            let server =
                Server::start(move |n, _| if n == 0 { steps.clone() } else { reply(200, &[], "second") })
                    .await;
            let transport = transport(&server);
            let head = row.wire[..row.wire.len().min(80)].escape_ascii().to_string();
            assert_eq!(got(&transport, &row.got).await, row.got, "{head:?} in pieces of {size}");
            if matches!(row.then, Then::Closes) {
                tokio::time::sleep(ms(20)).await;
            }
            let second = whole("second");
            assert_eq!(got(&transport, &second).await, second, "after {head:?}");
            let (made, want) = (server.connections(), row.connections());
            assert!(want.contains(&made), "{made} connections: {head:?} in pieces of {size}");
        }
    }
}

/// A server may refuse a request before it has read it.
#[tokio::test]
async fn an_answer_before_the_end_of_the_request() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut beginning = [0; 1_000];
        socket.read_exact(&mut beginning).await.unwrap();
        let answer = b"HTTP/1.1 413 Too Large\r\ncontent-length: 14\r\n\r\n{\"message\":1}\n";
        socket.write_all(answer).await.unwrap();
        // Nothing more is read of it: what is said next must be said elsewhere.
        let (mut next, _) = listener.accept().await.unwrap();
        next.read_exact(&mut beginning[..10]).await.unwrap();
        next.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        (socket, next)
    });
    let builder = Transport::builder().region("us-east-1").endpoint(url).auth(Auth::Anonymous);
    let transport = crate::common::plain(builder).retry(RetryConfig::never()).build().unwrap();
    let large = Request::post(Service::Runtime, Path::new().segment("x")).json(vec![b' '; 32 << 20]);
    let error = transport.send(&large).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 413, "{error}");
    let second = tokio::time::timeout(ms(20_000), transport.send(&request())).await.unwrap();
    assert_eq!(second.unwrap().status(), 200);
    server.await.unwrap();
}

/// Calls at the same time have connections of their own, and those are used again.
#[tokio::test]
async fn connections_are_used_again() {
    let server = Server::start(|_, _| [vec![Step::Wait(ms(50))], reply(200, &[], "{}")].concat()).await;
    let transport = transport(&server);
    for _ in 0..3 {
        let calls: Vec<_> = (0..4)
            .map(|_| {
                let transport = transport.clone();
                tokio::spawn(async move { transport.send(&request()).await?.into_body().bytes(10).await })
            })
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap().unwrap(), "{}");
        }
    }
    assert_eq!(server.connections(), 4);
}

/// A connection that the server closed in between is not used, and no error.
#[tokio::test]
async fn a_connection_that_was_closed_is_not_used() {
    let server = Server::start(|_, _| [reply(200, &[], "{}"), vec![Step::Close]].concat()).await;
    let transport = transport(&server);
    for calls in 1..4 {
        let answer = transport.send(&request()).await.unwrap().into_body().bytes(10).await;
        assert_eq!(answer.unwrap(), "{}");
        assert_eq!(server.connections(), calls);
        tokio::time::sleep(ms(30)).await;
    }
}
