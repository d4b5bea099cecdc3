//! Bytes that nobody asked for, where only who asks the kernel and the records of TLS sees them in time: connections of this
//! crate's own do, other clients do not.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Barrier;
use std::time::Duration;

use crate::common::marked::{Act, Marked, answer, body, call};
use crate::common::ms;

const LONG: Duration = Duration::from_secs(20);

fn alone() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn crowd() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

#[test]
fn a_second_answer_among_many_threads() {
    const TASKS: usize = 8;
    const ROUNDS: usize = 20;
    for tls in [false, true] {
        // No answer before all of a round have asked: else one could ask where another's second answer is on its way.
        let all = Barrier::new(TASKS);
        let server = Marked::start(tls, move |mark| {
            all.wait();
            vec![Act::Write(answer(mark)), Act::Pause(ms(1)), Act::Write(answer("injected"))]
        });
        let transport = server.transport();
        crowd().block_on(async {
            for round in 0..ROUNDS {
                let calls: Vec<_> = (0..TASKS)
                    .map(|task| {
                        let (transport, mark) = (transport.clone(), format!("{round}-{task}"));
                        tokio::spawn(async move { (call(&transport, &mark).await, mark) })
                    })
                    .collect();
                for call in calls {
                    let (got, mark) = call.await.unwrap();
                    assert_eq!(got.unwrap(), body(&mark), "tls: {tls}");
                    assert!(server.said_all(&mark, LONG));
                }
            }
        });
        assert_eq!(server.connections(), TASKS * ROUNDS, "tls: {tls}");
    }
}

/// A record of TLS of which a part has come is no silence, and neither is the beginning of an answer without TLS.
#[test]
fn the_first_half_of_a_second_answer() {
    for tls in [false, true] {
        let server = Marked::start(tls, |mark| vec![Act::Write(answer(mark)), Act::Half(answer("injected"))]);
        let transport = server.transport();
        alone().block_on(async {
            for mark in ["1", "2", "3"] {
                assert_eq!(call(&transport, mark).await.unwrap(), body(mark), "tls: {tls}");
                assert!(server.said_all(mark, LONG));
            }
        });
        assert_eq!(server.connections(), 3, "tls: {tls}");
    }
}
