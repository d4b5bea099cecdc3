//! What a caller gets of streams that end well, are cut anywhere, break off, or are none: over real HTTP, byte by byte as
//! the test says.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod opening;

use std::time::Duration;

use crate::common::{EVENT_STREAM, MODEL, broken_off, client, conversation, frame, joined, stream_of};
use bedrock_client::{AnswerStream, Error, ErrorKind, Event, RetryConfig, TimeoutPhase};
use bedrock_testing::server::{Server, Step, chunk, chunked, last_chunk};

const PIECES: &[&str] = &["Air ", "scatters ", "blå ", "light", ".\n"];

/// Reads to the end: the text, how many events there were, and the error.
async fn read(answer: &mut AnswerStream) -> (String, usize, Option<Error>) {
    let (mut text, mut events) = (String::new(), 0);
    while let Some(event) = answer.next().await {
        match event {
            Ok(event) => {
                events += 1;
                if let Event::TextDelta(delta) = event {
                    text.push_str(&delta);
                }
            }
            Err(error) => {
                assert!(answer.next().await.is_none(), "an error is the last item");
                return (text, events, Some(error));
            }
        }
    }
    (text, events, None)
}

/// The text of an error's partial answer.
fn partial_text(error: &Error) -> String {
    error.partial().map(|answer| answer.text()).unwrap_or_default()
}

#[tokio::test]
async fn a_whole_stream_is_whole_by_every_way_of_reading() {
    let body = joined(&conversation(PIECES));
    let text = PIECES.concat();
    let server = Server::answering([stream_of(&body)]);
    let client = client(&server.url).build().unwrap();
    let call = || client.converse_stream(MODEL, "Why?");

    let mut answer = call().await.unwrap();
    assert_eq!((answer.request_id(), answer.attempts(), answer.format()), (Some("rid"), 1, Some("converse")));
    let (received, events, error) = read(&mut answer).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(received, text);
    let message = answer.finish().unwrap();
    assert_eq!((message.text(), message.completeness.is_complete()), (text.clone(), true));
    assert_eq!(message.reply.usage.unwrap().total_tokens, Some(7));

    assert_eq!(call().await.unwrap().collect().await.unwrap(), message);

    let (mut received, mut all) = (String::new(), 0);
    let answer = call().await.unwrap();
    let sink = |event: Event<'_>| {
        all += 1;
        if let Event::TextDelta(delta) = event {
            received.push_str(&delta);
        }
    };
    assert_eq!(answer.for_each(sink).await.unwrap(), message);
    assert_eq!((received.as_str(), all), (text.as_str(), events));

    let mut answer = call().await.unwrap();
    let mut pieces = answer.text_stream();
    let mut received = String::new();
    while let Some(piece) = pieces.next().await {
        received.push_str(&piece.unwrap());
    }
    assert_eq!(received, text);
    assert_eq!(answer.finish().unwrap(), message);

    let answer = call().await.unwrap();
    let items: Vec<_> = futures_util::StreamExt::collect(answer).await;
    assert_eq!(items.len(), events);
    assert!(items.iter().all(Result::is_ok));
}

/// At every boundary of frames and at many places inside of them.
fn cuts(frames: &[(Vec<u8>, String)]) -> Vec<(usize, String)> {
    let mut cuts = vec![(0, String::new())];
    let mut start = 0;
    let mut arrived = String::new();
    for (bytes, text) in frames {
        let inside = [1, 3, 4, 11, 12, 13, 30, bytes.len() / 2, bytes.len() - 4, bytes.len() - 1];
        cuts.extend(inside.map(|at| (start + at, arrived.clone())));
        start += bytes.len();
        arrived = text.clone();
        cuts.push((start, arrived.clone()));
    }
    cuts
}

#[tokio::test]
async fn a_cut_stream_is_incomplete_wherever_it_is_cut() {
    let frames = conversation(PIECES);
    let body = joined(&frames);
    let cuts = cuts(&frames);
    for (way, ends) in [("ended", stream_of as fn(&[u8]) -> Vec<Step>), ("broken off", broken_off)] {
        let answers: Vec<_> = cuts.iter().map(|(at, _)| ends(&body[..*at])).collect();
        let server = Server::answering(answers);
        let client = client(&server.url).retry(RetryConfig::never()).build().unwrap();
        for (at, arrived) in &cuts {
            let what = format!("{way} after {at} of {} bytes", body.len());
            let (received, error) = match client.converse_stream(MODEL, "Why?").await {
                Err(error) => (String::new(), Some(error)),
                Ok(mut answer) => {
                    let (received, _, error) = read(&mut answer).await;
                    let finished = answer.finish();
                    assert_eq!(finished.is_err(), error.is_some(), "{what}");
                    if let (Err(finished), Some(error)) = (finished, &error) {
                        assert_eq!(
                            (finished.kind(), partial_text(&finished)),
                            (error.kind(), partial_text(error)),
                            "{what}"
                        );
                    }
                    (received, error)
                }
            };
            assert_eq!(received, *arrived, "{what}");
            if *at == body.len() {
                // All has arrived, however the connection ends.
                assert!(error.is_none(), "{what}: {error:?}");
                continue;
            }
            let error = error.unwrap_or_else(|| panic!("{what}: no error"));
            let kind = if way == "ended" { ErrorKind::Incomplete } else { ErrorKind::Transport };
            assert_eq!(error.kind(), kind, "{what}: {error}");
            assert!(error.is_retryable(), "{what}");
            assert_eq!(error.request_id(), Some("rid"), "{what}");
            assert_eq!(partial_text(&error), *arrived, "{what}");
            if let Some(partial) = error.partial() {
                assert!(!partial.completeness.is_complete(), "{what}");
            }
        }
        assert_eq!(server.seen().len(), cuts.len(), "one request each");
    }
}

#[tokio::test]
async fn what_is_left_early_is_not_passed_off_as_whole() {
    let frames = conversation(PIECES);
    let (start, rest) = (joined(&frames[..3]), joined(&frames[3..]));
    let pause = vec![chunked(EVENT_STREAM), chunk(&start), Step::UntilClosed, chunk(&rest), last_chunk()];
    let server = Server::answering([pause]);
    let client = client(&server.url).build().unwrap();

    let mut answer = client.converse_stream(MODEL, "Why?").await.unwrap();
    while let Some(Ok(event)) = answer.next().await {
        if let Event::TextDelta(text) = event
            && text.text == "scatters "
        {
            break;
        }
    }
    assert_eq!(answer.snapshot().unwrap().text(), "Air scatters ");
    let error = answer.finish().unwrap_err();
    assert_eq!((error.kind(), partial_text(&error).as_str()), (ErrorKind::Incomplete, "Air scatters "));

    let answer = client.converse_stream(MODEL, "Why?").await.unwrap();
    let left = answer.into_answer();
    assert_eq!(left.text(), "Air scatters ");
    assert!(!left.completeness.is_complete());

    drop(client.converse_stream(MODEL, "Why?").await.unwrap());
    for _ in 0..200 {
        if server.closed_early() == 3 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("leaving a stream closes its request; {} of 3 were closed", server.closed_early());
}

#[tokio::test]
async fn a_damaged_frame_keeps_what_came_before_it() {
    let frames = conversation(PIECES);
    let mut body = joined(&frames);
    let at = joined(&frames[..4]).len();
    body[at + 40] ^= 1;
    let server = Server::answering([stream_of(&body)]);
    let client = client(&server.url).build().unwrap();
    let mut answer = client.converse_stream(MODEL, "Why?").await.unwrap();
    let (text, _, error) = read(&mut answer).await;
    let error = error.unwrap();
    assert_eq!((error.kind(), text.as_str()), (ErrorKind::Malformed, "Air scatters blå "));
    assert!(error.to_string().contains(&format!("byte {at}")), "{error}");
    assert_eq!(answer.into_answer().text(), text);
}

#[tokio::test]
async fn a_malformed_event_is_kept_or_ends_the_stream_as_the_caller_likes() {
    let mut frames = conversation(PIECES);
    frames.insert(2, (frame("contentBlockDelta", r#"{"contentBlockIndex":"#), String::new()));
    let server = Server::answering([stream_of(&joined(&frames))]);
    let client = client(&server.url).build().unwrap();

    let mut answer = client.converse_stream(MODEL, "Why?").await.unwrap();
    let (text, _, error) = read(&mut answer).await;
    let error = error.unwrap();
    assert_eq!((text, error.kind()), (PIECES.concat(), ErrorKind::Incomplete));
    // The stream has ended well: nobody says that it ended too early.
    assert!(error.to_string().starts_with("the answer is not complete; missing: chunk"), "{error}");
    assert_eq!(answer.into_answer().malformed.len(), 1);

    let answer = client.converse_stream(MODEL, "Why?").stop_at_malformed().await.unwrap();
    let error = answer.collect().await.unwrap_err();
    assert_eq!((error.kind(), partial_text(&error).as_str()), (ErrorKind::Malformed, "Air "));
}

#[tokio::test]
async fn a_silent_stream_runs_into_the_idle_limit_with_what_it_had_said() {
    let frames = conversation(PIECES);
    let silent = vec![chunked(EVENT_STREAM), chunk(&joined(&frames[..3])), Step::UntilClosed];
    let server = Server::answering([silent]);
    let client = client(&server.url).build().unwrap();
    let call = client.converse_stream(MODEL, "Why?").idle_timeout(Duration::from_millis(50));
    let mut answer = call.await.unwrap();
    let (text, _, error) = read(&mut answer).await;
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Idle));
    assert_eq!((text.as_str(), partial_text(&error).as_str()), ("Air scatters ", "Air scatters "));

    // Silent from the beginning: not asked for again, the model may be at work.
    let server = Server::answering([vec![chunked(EVENT_STREAM), Step::UntilClosed]]);
    let client = crate::common::client(&server.url).idle_timeout(Duration::from_millis(50)).build().unwrap();
    let error = client.converse_stream(MODEL, "Why?").await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_stream_may_have_so_many_bytes_and_no_more() {
    let body = joined(&conversation(PIECES));
    let server = Server::answering([vec![
        chunked(EVENT_STREAM),
        chunk(&body[..400]),
        chunk(&body[400..]),
        last_chunk(),
    ]]);
    let client = client(&server.url).build().unwrap();
    let answer = client.converse_stream(MODEL, "Why?").max_response_bytes(500).await.unwrap();
    let error = answer.collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
}

#[tokio::test]
async fn an_answer_of_no_known_format_keeps_its_chunks() {
    // `{"strange":1}` in base64.
    let chunk_frame = frame("chunk", r#"{"bytes":"eyJzdHJhbmdlIjoxfQ==","p":"abc"}"#);
    let server = Server::answering([stream_of(&chunk_frame.repeat(2))]);
    let client = client(&server.url).build().unwrap();
    let call = || client.invoke_model_with_response_stream("acme.model-v1", "{}");
    let error = call().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownFormat, "{error}");
    let strange = serde_json::json!({"strange": 1});
    assert_eq!(error.partial().unwrap().unknown, [strange.clone(), strange]);

    let error = call().format("no-such").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("no-such") && error.to_string().contains("anthropic"), "{error}");
    assert_eq!(server.seen().len(), 1, "nothing is sent in vain");
}

/// A reader that does not read is not sent to: what lies between it and the server is bounded, over both versions of HTTP.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_slows_the_server() {
    /// Far less than the answer, and far more than what sockets and windows hold.
    const AHEAD: u64 = 12 << 20;
    let server = bedrock_emulator::Emulator::builder().pace(bedrock_emulator::Pace::none());
    let server = server.start().await.unwrap();
    for version in [bedrock_client::HttpVersion::Http1, bedrock_client::HttpVersion::Http2] {
        server.clear();
        let client = crate::common::speaking(&server.url(), version).build().unwrap();
        let mut answer = client.converse_stream(MODEL, "[[many n=150000]]").await.unwrap();
        answer.next().await.unwrap().unwrap();
        let sent = || server.requests()[0].bytes_sent;
        // Until it has stopped for a while.
        let mut before = 0;
        while sent() > before && before < AHEAD {
            before = sent();
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert!(before < AHEAD, "{version:?}: {before} bytes were sent ahead of the reader");
        let answer = answer.collect().await.unwrap();
        assert_eq!(answer.text().len(), 150_000 * 7, "{version:?}");
        assert!(sent() > AHEAD, "{version:?}: the answer was too small to tell: {}", sent());
    }
}
