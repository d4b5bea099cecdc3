//! Every fault, as it comes over the wire. Times are never asserted; where the server is silent, the test is satisfied with
//! what came before.
// In a test a failed expectation is what a panic is for; clippy does not see that helpers are part of one.
#![allow(clippy::unwrap_used)]

use std::io::ErrorKind;
use std::time::Duration;

use crate::support::{Answer, CLAUDE, Http, conversation, message, path, post, raw, send};
use bedrock_emulator::{Emulator, Fault, Outcome, Pace};
use bedrock_eventstream::frame::FrameErrorKind;
use http::Request;
use serde_json::json;

const BOTH: [Http; 2] = [Http::One, Http::Two];

async fn server() -> Emulator {
    Emulator::builder().pace(Pace::none()).start().await.unwrap()
}

async fn stream(server: &Emulator, http: Http, scenario: &str) -> Result<Answer, hyper::Error> {
    let request = Request::post(path(CLAUDE, "converse-stream")).header("x-test-scenario", scenario);
    send(server, http, request.body(conversation("hi").to_string().into()).unwrap()).await
}

/// Sends the scenario by both versions of HTTP; `check` looks at the names of the events and the whole answer.
async fn check(scenario: &str, check: impl Fn(Vec<String>, Answer)) {
    let server = server().await;
    for http in BOTH {
        let answer = stream(&server, http, scenario)
            .await
            .unwrap_or_else(|error| panic!("{scenario} {http:?}: {error}"));
        check(answer.names(), answer);
    }
    crate::support::until(scenario, || server.open_requests() == 0).await;
}

const START: &[&str] = &["messageStart", "contentBlockDelta"];

#[tokio::test]
async fn failures_inside_the_stream() {
    check("exception after=2", |names, answer| {
        assert_eq!(names, [START, &["!throttlingException"]].concat());
        assert_eq!(answer.broken, None);
    })
    .await;
    check("exception type=modelStreamErrorException message=oops after=0", |names, answer| {
        assert_eq!(names, ["!modelStreamErrorException"]);
        let payload = &answer.events().0[0].1;
        assert_eq!((&payload["message"], &payload["originalStatusCode"]), (&json!("oops"), &json!(500)));
    })
    .await;
    check("errorframe after=1", |names, _| assert_eq!(names[1], "!!InternalFailure: An internal error"))
        .await;
    check("exception after=9999", |names, _| {
        assert_eq!(names[names.len() - 2..], ["metadata", "!throttlingException"]);
    })
    .await;
}

#[tokio::test]
async fn streams_that_end_too_early() {
    check("eof after=2", |names, answer| {
        assert_eq!(names, START);
        assert!(answer.events().1.is_none() && answer.broken.is_none(), "it looks like a good end");
    })
    .await;
    check("truncate after=2 bytes=9", |names, answer| {
        assert_eq!(names, START);
        assert!(answer.events().1.unwrap().is_cut() && answer.broken.is_none());
    })
    .await;
    check("truncate at=50", |names, answer| assert_eq!((names.len(), answer.body.len()), (0, 50))).await;
    check("nometa", |names, _| assert_eq!(names.last().unwrap(), "messageStop")).await;
    check("nostop", |names, _| assert!(!names.contains(&"messageStop".to_owned()))).await;
    for scenario in ["close after=2 bytes=5", "reset after=2"] {
        check(scenario, |names, answer| {
            assert_eq!(names, START, "{scenario}");
            assert!(answer.broken.is_some(), "{scenario}");
        })
        .await;
    }
}

#[tokio::test]
async fn damaged_frames() {
    for (scenario, expected) in [
        ("crc after=2", "MessageChecksum"),
        ("crc after=2 which=prelude", "PreludeChecksum"),
        ("badlen after=2", "TooLong"),
        ("badlen after=2 len=8", "FrameLength"),
    ] {
        check(scenario, |names, answer| {
            assert_eq!(names, START, "{scenario}");
            let kind: FrameErrorKind = answer.events().1.unwrap().kind();
            assert!(format!("{kind:?}").contains(expected), "{scenario}: {kind:?}");
        })
        .await;
    }
    check("garbage", |names, answer| {
        assert_eq!(names.last().unwrap(), "metadata");
        assert!(answer.events().1.is_some());
    })
    .await;
}

#[tokio::test]
async fn odd_events() {
    check("unknown after=1", |names, answer| {
        assert_eq!(names[1], "futureEvent");
        assert!(answer.events().0[2].1["delta"]["futureDelta"].is_object());
        assert_eq!(names.last().unwrap(), "metadata");
    })
    .await;
    check("badjson after=1", |_, answer| assert!(answer.events().0[1].1.is_string())).await;
    check("emptypayload after=1", |_, answer| assert_eq!(answer.events().0[1].1, "")).await;
    check("headers after=1", |_, answer| {
        assert_eq!(answer.events().0[1].1["delta"]["text"], "[typed headers]")
    })
    .await;
    check("dupstop", |names, _| assert_eq!(names.iter().filter(|name| *name == "messageStop").count(), 2))
        .await;
    check("textstart", |_, answer| assert_eq!(answer.events().0[1].1["start"], json!({}))).await;
    check("malformedtool", |names, answer| {
        assert!(names.contains(&"contentBlockStart".to_owned()));
        let events = answer.events().0;
        assert_eq!(events[events.len() - 2].1["stopReason"], "malformed_tool_use");
        let input: String =
            events.iter().filter_map(|(_, event)| event["delta"]["toolUse"]["input"].as_str()).collect();
        assert_eq!(input, "{\"city\": \"Par");
    })
    .await;
    check("big size=300000", |names, answer| {
        assert_eq!(names.len(), 5);
        assert_eq!(answer.events().0[1].1["delta"]["text"].as_str().unwrap().len(), 300_000);
    })
    .await;
    check("many n=2000", |names, _| assert_eq!(names.len(), 2_004)).await;
}

#[tokio::test]
async fn pieces() {
    check("drip ms=0", |names, answer| {
        assert_eq!(names.last().unwrap(), "metadata");
        assert!(answer.pieces.len() > 20, "{:?}", answer.pieces);
    })
    .await;
    let server = server().await;
    let split = stream(&server, Http::Two, "split size=7").await.unwrap();
    assert!(split.names().len() > 4);
    assert!(split.pieces.iter().filter(|size| **size == 7).count() > 50, "{:?}", split.pieces);
    let joined = stream(&server, Http::One, "coalesce").await.unwrap();
    assert_eq!(server.requests().last().unwrap().events_sent, 0);
    assert_eq!(joined.names(), split.names());
}

#[tokio::test]
async fn refusals() {
    let server = server().await;
    for http in BOTH {
        server.clear();
        for status in [429, 429, 200] {
            assert_eq!(stream(&server, http, "throttle n=2").await.unwrap().status.as_u16(), status);
        }
        assert_eq!(stream(&server, http, "throttle n=1 key=other").await.unwrap().status.as_u16(), 429);
        for (scenario, status, error_type, body) in [
            ("error", 400, "ValidationException", "The provided request is not valid"),
            ("error type=ModelTimeoutException", 408, "ModelTimeoutException", "timed out"),
            ("error type=ServiceUnavailableException body=empty", 503, "ServiceUnavailableException", ""),
            (
                "error type=NewException status=418 message=no where=body",
                418,
                "",
                "\"__type\":\"NewException\"",
            ),
            ("error type=NewException where=both", 400, "NewException", "\"__type\":\"NewException\""),
            ("error status=502 body=html", 502, "", "<h1>502 Bad Gateway</h1>"),
            ("error type=overloaded_error status=529 body=anthropic", 529, "", "\"type\":\"error\""),
        ] {
            let answer = stream(&server, http, scenario).await.unwrap();
            let text = String::from_utf8_lossy(&answer.body);
            assert_eq!((answer.status.as_u16(), answer.error_type()), (status, error_type), "{scenario}");
            assert!(text.contains(body) && (!body.is_empty() || text.is_empty()), "{scenario}: {text}");
        }
        let waits = stream(&server, http, "error type=ThrottlingException retryafter=3").await.unwrap();
        assert_eq!(waits.headers["retry-after"], "3");
    }
}

#[tokio::test]
async fn every_modelled_error_has_its_status() {
    let server = server().await;
    for row in bedrock_formats::exceptions::EXCEPTIONS {
        let answer = stream(&server, Http::One, &format!("error type={}", row.name)).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.error_type()), (row.status, row.name));
    }
}

#[tokio::test]
async fn connections_that_end_before_an_answer() {
    let server = server().await;
    for (scenario, outcome) in [("rst0", Outcome::Broken), ("close0", Outcome::Broken)] {
        for http in BOTH {
            assert!(stream(&server, http, scenario).await.is_err(), "{scenario} {http:?}");
            crate::support::until(scenario, || server.open_requests() == 0).await;
            assert_eq!(server.requests().last().unwrap().outcome, outcome, "{scenario} {http:?}");
        }
    }
    let body = conversation("hi").to_string();
    let request = |scenario: &str| {
        let length = body.len();
        format!(
            "POST /model/m/converse HTTP/1.1\r\nhost: x\r\nx-test-scenario: {scenario}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    };
    assert_eq!(raw(&server, &request("rst0")).await, (String::new(), Some(ErrorKind::ConnectionReset)));
    assert_eq!(raw(&server, &request("close0")).await, (String::new(), None));
    crate::support::until("connections close", || server.open_connections() == 0).await;
}

#[tokio::test]
async fn silence() {
    let server = server().await;
    for http in BOTH {
        for scenario in ["hang", "stall after=1 ms=600000"] {
            let waiting =
                tokio::time::timeout(Duration::from_millis(100), stream(&server, http, scenario)).await;
            assert!(waiting.is_err(), "{scenario}");
            crate::support::until(scenario, || server.open_requests() == 0).await;
            assert_eq!(server.requests().last().unwrap().outcome, Outcome::Abandoned, "{scenario} {http:?}");
        }
    }
    let late = stream(&server, Http::One, "stall after=1 ms=5 ttfb=5 first=5 gap=1").await.unwrap();
    assert_eq!(late.names().last().unwrap(), "metadata");
}

#[tokio::test]
async fn answers_that_are_not_streamed_break_too() {
    let server = server().await;
    for http in BOTH {
        for (scenario, broken) in [
            ("truncate bytes=5", true),
            ("close bytes=5", true),
            ("reset", true),
            ("drip ms=0", false),
            ("stall ms=1", false),
        ] {
            server.enqueue(scenario.parse::<bedrock_emulator::Answer>().unwrap());
            match post(&server, http, path(CLAUDE, "converse"), &conversation("hi")).await {
                Ok(answer) => assert_eq!(answer.broken.is_some(), broken, "{scenario} {http:?}"),
                Err(error) => panic!("{scenario} {http:?}: {error}"),
            }
        }
    }
}

#[tokio::test]
async fn faults_of_the_other_stream() {
    let server = server().await;
    let ask = |prompt: &'static str| {
        let server = &server;
        async move {
            post(server, Http::One, path(CLAUDE, "invoke-with-response-stream"), &message(prompt))
                .await
                .unwrap()
        }
    };
    assert_eq!(
        ask("[[exception type=modelTimeoutException after=1]]").await.names(),
        ["chunk", "!modelTimeoutException"]
    );
    assert_eq!(ask("[[unknown after=0]]").await.names()[..2], ["futureEvent", "chunk"]);
    assert_eq!(ask("[[eof after=3]]").await.names().len(), 3);
    assert_eq!(ask("see [[Main Page]]").await.status.as_u16(), 200);
    assert_eq!(ask("[[eof after=x]]").await.error_type(), "ValidationException");
}

#[tokio::test]
async fn faults_for_all_and_by_model() {
    let server = Emulator::builder().answer(Fault::EndEarly { after: 1 }).start().await.unwrap();
    let names = |answer: Answer| answer.names();
    let body = conversation("hi");
    let ask = |model: &str| post(&server, Http::One, path(model, "converse-stream"), &body);
    assert_eq!(names(ask("m").await.unwrap()), ["messageStart"]);
    assert!(names(ask("test.exception").await.unwrap()).contains(&"!throttlingException".to_owned()));
    assert_eq!(names(ask("us.test.nonsense").await.unwrap()), ["messageStart"]);
}
