//! Several runtimes and one transport: no call waits for a runtime that nobody runs.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::common::marked::{Act, Marked, answer, body, call};
use crate::common::ms;
use bedrock_http::Transport;
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A call, on a runtime that runs only while it lasts.
fn ask(runtime: &Runtime, transport: &Transport, mark: &str) {
    let got = runtime.block_on(async { tokio::time::timeout(ms(20_000), call(transport, mark)).await });
    assert_eq!(got.expect("an answer").unwrap(), body(mark));
}

fn answering(tls: bool) -> Marked {
    Marked::start(tls, |mark| vec![Act::Write(answer(mark))])
}

#[test]
fn each_runtime_uses_what_it_made() {
    for tls in [false, true] {
        let server = answering(tls);
        let transport = server.transport();
        let (one, other) = (runtime(), runtime());
        for round in 0..3 {
            ask(&one, &transport, &format!("one-{round}"));
            ask(&other, &transport, &format!("other-{round}"));
        }
        assert_eq!(server.connections(), 2, "tls: {tls}");
        // What it leaves behind when it ends is nobody's.
        drop(one);
        ask(&other, &transport, "other");
        assert_eq!(server.connections(), 2, "tls: {tls}");
        ask(&runtime(), &transport, "third");
        assert_eq!(server.connections(), 3, "tls: {tls}");
    }
}

/// The connection goes back to the runtime that made it, whoever read the end of the answer.
#[test]
fn an_answer_that_another_runtime_reads() {
    let server = answering(false);
    let transport = server.transport();
    let (one, other) = (runtime(), runtime());
    let path = bedrock_http::Path::new().segment("foundation-models");
    let request = bedrock_http::Request::get(bedrock_http::Service::ControlPlane, path).query("mark", "1");
    let response = one.block_on(transport.send(&request)).unwrap();
    assert_eq!(other.block_on(response.into_body().bytes(100)).unwrap(), body("1"));
    ask(&other, &transport, "2");
    assert_eq!(server.connections(), 2);
    ask(&one, &transport, "3");
    assert_eq!(server.connections(), 2);
}

/// Where calls may come to share a connection, one makes it and the others wait: but not for another runtime's.
#[test]
fn a_connection_that_is_being_made_on_a_runtime_that_stands_still() {
    let server = answering(true);
    let transport = server.transport();
    let (one, other) = (runtime(), runtime());
    let begun = transport.clone();
    let first = one.spawn(async move { call(&begun, "1").await });
    one.block_on(async {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
    });
    assert!(!first.is_finished());
    ask(&other, &transport, "2");
    assert_eq!(one.block_on(first).unwrap().unwrap(), body("1"));
}

#[test]
fn connections_are_closed_with_their_runtime() {
    let server = common_server();
    let transport = server.1;
    let one = runtime();
    let got = one.block_on(call(&transport, "1")).unwrap();
    assert_eq!(got, body("1"));
    drop(one);
    assert_eq!(server.0.recv_timeout(ms(20_000)).unwrap(), 0);
    // The transport is still of use.
    drop(transport);
}

/// A server that answers one request and then tells how many bytes it read until the connection was closed.
fn common_server() -> (std::sync::mpsc::Receiver<usize>, Transport) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        socket.write_all(&answer("1")).unwrap();
        let _ = tell.send(socket.read(&mut [0; 100]).unwrap_or(0));
    });
    let transport =
        Transport::builder().region("us-east-1").endpoint(url).auth(bedrock_http::Auth::Anonymous);
    (told, crate::common::plain(transport).build().unwrap())
}
