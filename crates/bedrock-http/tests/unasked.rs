//! Bytes that nobody asked for: no call is given another's answer, whatever the server says and when, as long as it was
//! said before the request went out.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::task::Poll;
use std::time::Duration;

use crate::common::marked::{Act, Marked, answer, body, call};
use crate::common::{OVER_REQWEST, ms};
use bedrock_http::Transport;
use proptest::prelude::*;

const LONG: Duration = Duration::from_secs(20);

fn alone() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A second answer, a moment after the first, while the only thread of the client is busy: nothing tells its runtime.
#[test]
fn a_second_answer_while_the_thread_works() {
    const CALLS: usize = 200;
    for tls in [false, true] {
        let server = Marked::start(tls, |mark| {
            vec![Act::Write(answer(mark)), Act::Pause(ms(1)), Act::Write(answer("injected"))]
        });
        let transport = server.transport();
        alone().block_on(async {
            for n in 0..CALLS {
                let mark = n.to_string();
                assert_eq!(call(&transport, &mark).await.unwrap(), body(&mark), "tls: {tls}");
                assert!(server.said_all(&mark, LONG));
            }
        });
        assert_eq!(server.connections(), CALLS, "tls: {tls}");
    }
}

/// The tickets that TLS 1.3 sends after its handshake are no answer, whenever they are read.
#[test]
fn silent_connections_are_used_again() {
    for tls in [false, true] {
        for pause in [0, 2] {
            let server =
                Marked::start(tls, move |mark| vec![Act::Pause(ms(pause)), Act::Write(answer(mark))]);
            let transport = server.transport();
            alone().block_on(async {
                for n in 0..20 {
                    let mark = n.to_string();
                    assert_eq!(call(&transport, &mark).await.unwrap(), body(&mark));
                    assert!(server.said_all(&mark, LONG));
                }
            });
            assert_eq!(server.connections(), 1, "tls: {tls}, pause: {pause}");
        }
    }
}

/// Bytes that come after a connection was chosen, while the task waits for its turn to write.
#[test]
fn a_second_answer_while_the_request_waits() {
    for tls in [false, true] {
        let server = Marked::start(tls, |mark| {
            let unasked =
                if mark == "1" { vec![Act::Pause(ms(20)), Act::Write(answer("injected"))] } else { vec![] };
            [vec![Act::Write(answer(mark))], unasked].concat()
        });
        let transport = server.transport();
        alone().block_on(async {
            assert_eq!(call(&transport, "1").await.unwrap(), body("1"));
            let mut next = std::pin::pin!(call(&transport, "2"));
            let mut is_first = true;
            let got = std::future::poll_fn(|cx| {
                if std::mem::take(&mut is_first) {
                    // All that this task may do before others have their turn is done.
                    while std::pin::pin!(tokio::task::consume_budget()).poll(cx).is_ready() {}
                    assert!(next.as_mut().poll(cx).is_pending());
                    assert!(server.said_all("1", LONG));
                    return Poll::Pending;
                }
                next.as_mut().poll(cx)
            });
            assert_eq!(got.await.unwrap(), body("2"), "tls: {tls}");
        });
        assert_eq!(server.connections(), 2, "tls: {tls}");
    }
}

/// What comes too late to be told from the answer harms one call; the next is on another connection.
#[test]
fn what_follows_a_false_answer_closes_the_connection() {
    let server = Marked::start(false, |mark| match mark {
        "2" => vec![Act::Write(answer("injected")), Act::Pause(ms(2)), Act::Write(answer(mark))],
        _ => vec![Act::Write(answer(mark))],
    });
    let transport = server.transport();
    alone().block_on(async {
        for (mark, want) in [("1", "1"), ("2", "injected"), ("3", "3"), ("4", "4")] {
            assert_eq!(call(&transport, mark).await.unwrap(), body(want));
            assert!(server.said_all(mark, LONG));
        }
    });
    assert_eq!(server.connections(), 2);
}

/// How an answer is written.
#[derive(Clone, Debug)]
struct Manner {
    framing: Framing,
    /// Heads before its own.
    interim: usize,
    /// Lines end in LF alone.
    bare: bool,
    /// The size of its pieces, and whether the server rests between them.
    piece: usize,
    rests: bool,
    unasked: Option<(bool, Unasked)>,
    closes: bool,
}

#[derive(Clone, Debug)]
enum Framing {
    Length,
    Chunked,
    Close,
    /// The body has fewer bytes than the head says, and the server closes; or more.
    Lacks(usize),
    Exceeds(usize),
    /// The connection closes in the answer.
    Breaks(usize),
}

#[derive(Clone, Debug)]
enum Unasked {
    Answer,
    Again,
    Half,
    Interim,
    NoContent,
    Bytes(Vec<u8>),
}

impl Manner {
    /// Whether its call must be given its whole answer, whatever happened before.
    fn is_honest(&self) -> bool {
        matches!(self.framing, Framing::Length | Framing::Chunked | Framing::Close)
    }

    fn acts(&self, mark: &str) -> Vec<Act> {
        let text = body(mark);
        let mut wire = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n".repeat(self.interim);
        let said = |length: usize| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{text}");
        wire += &match self.framing {
            Framing::Length | Framing::Breaks(_) => said(text.len()),
            Framing::Lacks(bytes) => said(text.len() + bytes),
            Framing::Exceeds(bytes) => said(text.len().saturating_sub(bytes)),
            Framing::Close => format!("HTTP/1.1 200 OK\r\n\r\n{text}"),
            Framing::Chunked => {
                let length = text.len();
                format!(
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{text}\r\n0\r\n\r\n"
                )
            }
        };
        if self.bare && !matches!(self.framing, Framing::Chunked) {
            wire = wire.replace("\r\n", "\n");
        }
        let mut wire = wire.into_bytes();
        let mut closes = self.closes || matches!(self.framing, Framing::Close | Framing::Lacks(_));
        if let Framing::Breaks(bytes) = self.framing {
            wire.truncate(wire.len().saturating_sub(bytes + 1));
            closes = true;
        }
        // With the last byte of the answer, or after it; not into a body that ends with the connection.
        let unasked = self.unasked.as_ref().filter(|_| !closes || self.closes && self.is_honest());
        let unasked = unasked.filter(|_| !matches!(self.framing, Framing::Close));
        let mut later = Vec::new();
        if let Some((at_once, unasked)) = unasked {
            let bytes = match unasked {
                Unasked::Answer | Unasked::Half => answer("injected"),
                Unasked::Again => answer(mark),
                Unasked::Interim => b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(),
                Unasked::NoContent => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
                Unasked::Bytes(bytes) => bytes.clone(),
            };
            match unasked {
                Unasked::Half => later.push(Act::Half(bytes)),
                _ if *at_once => wire.extend_from_slice(&bytes),
                _ => later.extend([Act::Pause(Duration::from_micros(500)), Act::Write(bytes)]),
            }
        }
        let mut acts = Vec::new();
        for piece in wire.chunks(self.piece) {
            acts.push(Act::Write(piece.to_vec()));
            if self.rests {
                acts.push(Act::Pause(Duration::from_micros(50)));
            }
        }
        acts.extend(later);
        acts.extend(closes.then_some(Act::Close));
        acts
    }
}

fn manner() -> impl Strategy<Value = Manner> {
    let framing = prop_oneof![
        4 => Just(Framing::Length),
        3 => Just(Framing::Chunked),
        1 => Just(Framing::Close),
        1 => (1_usize..60).prop_map(Framing::Lacks),
        1 => (1_usize..20).prop_map(Framing::Exceeds),
        1 => (0_usize..60).prop_map(Framing::Breaks),
    ];
    let unasked = prop_oneof![
        3 => Just(Unasked::Answer),
        1 => Just(Unasked::Again),
        1 => Just(Unasked::Half),
        1 => Just(Unasked::Interim),
        1 => Just(Unasked::NoContent),
        1 => "(\r\n|\n|0\r\n\r\n|[a-z ]{1,9})".prop_map(|text| Unasked::Bytes(text.into_bytes())),
    ];
    let unasked = proptest::option::of((any::<bool>(), unasked));
    let piece = prop_oneof![Just(usize::MAX), 1_usize..50];
    (
        framing,
        0_usize..3,
        proptest::bool::weighted(0.1),
        piece,
        any::<bool>(),
        unasked,
        proptest::bool::weighted(0.1),
    )
        .prop_map(|(framing, interim, bare, piece, rests, unasked, closes)| Manner {
            framing,
            interim,
            bare,
            piece,
            rests,
            unasked,
            closes,
        })
}

/// What one call was given is its own answer, or an error; and its own answer where the server wrote one.
async fn each_its_own(server: &Marked, transport: &Transport, manners: &[(Manner, bool)]) {
    for (n, (manner, works)) in manners.iter().enumerate() {
        let mark = n.to_string();
        let got = tokio::time::timeout(LONG, call(transport, &mark)).await.expect("an end");
        let own = body(&mark);
        match &got {
            Ok(text) if manner.is_honest() => assert_eq!(*text, own, "call {n} of {manners:#?}"),
            Ok(text) => assert!(own.starts_with(text.as_str()), "call {n}: {text:?} of {manners:#?}"),
            Err(error) => assert!(!manner.is_honest(), "call {n}: {error} of {manners:#?}"),
        }
        assert!(server.said_all(&mark, LONG), "call {n} of {manners:#?}");
        if !works {
            // The runtime looks at its sockets.
            tokio::time::sleep(ms(1)).await;
        }
    }
}

fn check(tls: bool, mut manners: Vec<(Manner, bool)>) {
    for (manner, _) in manners.iter_mut().filter(|_| OVER_REQWEST && tls) {
        manner.unasked.take_if(|(_, unasked)| matches!(unasked, Unasked::Half));
    }
    let script = manners.clone();
    let server = Marked::start(tls, move |mark| script[mark.parse::<usize>().unwrap()].0.acts(mark));
    alone().block_on(each_its_own(&server, &server.transport(), &manners));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: bedrock_testing::cases(96), max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_call_is_given_its_own_answer_or_an_error(
        tls: bool,
        manners in proptest::collection::vec((manner(), any::<bool>()), 1..8),
    ) {
        check(tls, manners);
    }
}
