//! How a stream opens: what is asked for again, what is final, and what is no stream at all.

use bedrock_client::{AnswerStream, ErrorKind};
use bedrock_testing::server::{Server, chunk, chunked, last_chunk, reply};

use super::{PIECES, partial_text, read};
use crate::common::{self, MODEL, broken_off, client, conversation, exception, frame, joined, stream_of};

/// An exception after so many frames: what the service is asked, and what the caller gets.
#[tokio::test]
async fn a_stream_is_asked_for_again_until_something_of_it_is_there() {
    let frames = conversation(PIECES);
    let whole = stream_of(&joined(&frames));
    let throttled = |after: usize| {
        let mut body = joined(&frames[..after]);
        body.extend(exception("throttlingException", r#"{"message":"Too many tokens"}"#));
        stream_of(&body)
    };
    let overloaded = reply(503, &[("x-amzn-errortype", "ServiceUnavailableException")], "{}");
    let rows = [
        ("in the first frame", throttled(0), 2, None),
        ("after the announcement", throttled(1), 2, None),
        ("after some text", throttled(2), 1, Some("Air ")),
        ("before the stream", overloaded, 2, None),
        ("the connection breaks first", broken_off(&[]), 2, None),
        ("the connection breaks after the announcement", broken_off(&joined(&frames[..1])), 2, None),
    ];
    for (what, first, requests, arrived) in rows {
        let server = Server::answering([first, whole.clone()]);
        let client = client(&server.url).build().unwrap();
        let mut answer =
            client.converse_stream(MODEL, "Why?").await.unwrap_or_else(|e| panic!("{what}: {e}"));
        let (text, _, error) = read(&mut answer).await;
        assert_eq!((server.seen().len(), answer.attempts()), (requests, requests as u32), "{what}");
        match arrived {
            None => assert_eq!((text, error.map(|e| e.to_string())), (PIECES.concat(), None), "{what}"),
            Some(arrived) => {
                let error = error.unwrap();
                assert_eq!((text.as_str(), partial_text(&error).as_str()), (arrived, arrived), "{what}");
                assert!(error.is_throttling() && error.is_retryable(), "{what}");
                assert_eq!(error.kind(), ErrorKind::Service);
                assert_eq!(error.status().unwrap().as_u16(), 429);
                assert_eq!(error.error_type(), Some("ThrottlingException"));
                assert_eq!(error.to_string(), "ThrottlingException: Too many tokens (request id rid)");
                let exception = error.partial().unwrap().completeness.missing().unwrap().exception.clone();
                assert_eq!(exception.unwrap().message, "Too many tokens");
            }
        }
    }
}

/// Chunks of a native stream that ends: how many requests, what the caller gets, and the kind of error at the end.
#[tokio::test]
async fn what_was_generated_is_not_asked_for_twice() {
    const R1: &str = "us.deepseek.r1-v1:0";
    const CLAUDE: &str = "anthropic.claude-sonnet-4-20250514-v1:0";
    let claude = |content: &str| {
        format!(
            r#"{{"type":"message_start","message":{{"role":"assistant","content":[{content}],"usage":{{"input_tokens":5,"output_tokens":1}}}}}}"#
        )
    };
    let chat = |delta: &str, finish: &str| {
        format!(
            r#"{{"object":"chat.completion.chunk","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
        )
    };
    let start = chat(r#"{"role":"assistant","content":""}"#, "null");
    let llama = |text: &str, stop: &str| {
        format!(
            r#"{{"generation":"{text}","prompt_token_count":2,"generation_token_count":1,"stop_reason":{stop}}}"#
        )
    };
    let metrics =
        r#"{"amazon-bedrock-invocationMetrics":{"inputTokenCount":2,"outputTokenCount":1}}"#.to_owned();
    let incomplete = Some(ErrorKind::Incomplete);
    let rows = [
        (
            "another's chunks",
            R1,
            vec![
                start.clone(),
                chat(r#"{"content":"Hi"}"#, "null"),
                chat("{}", r#""stop""#),
                metrics.clone(),
            ],
            1,
            "Hi",
            None,
        ),
        (
            "Llama's chunks",
            R1,
            vec![llama("H", "null"), llama("i", r#""stop""#), metrics.clone()],
            1,
            "Hi",
            None,
        ),
        (
            "no content, and the end",
            CLAUDE,
            vec![claude(""), r#"{"type":"message_stop"}"#.to_owned()],
            1,
            "",
            incomplete,
        ),
        (
            "an empty text",
            R1,
            vec![r#"{"choices":[{"index":0,"text":"","stop_reason":null}]}"#.to_owned()],
            1,
            "",
            incomplete,
        ),
        ("counts alone", R1, vec![metrics], 1, "", incomplete),
        ("a stop alone", "openai.gpt-oss-20b-1:0", vec![chat("{}", r#""length""#)], 1, "", incomplete),
        ("what cannot be read", "openai.gpt-oss-20b-1:0", vec!["{no".to_owned()], 1, "", incomplete),
        (
            "what nobody knows",
            R1,
            vec![r#"{"hologram":1}"#.to_owned()],
            1,
            "",
            Some(ErrorKind::UnknownFormat),
        ),
        ("a start alone", CLAUDE, vec![claude("")], 2, "", incomplete),
        (
            "a start and a sign of life",
            CLAUDE,
            vec![claude(""), r#"{"type":"ping"}"#.to_owned()],
            2,
            "",
            incomplete,
        ),
        ("a start of a chat alone", "openai.gpt-oss-20b-1:0", vec![start], 2, "", incomplete),
        ("nothing", CLAUDE, vec![], 2, "", incomplete),
        (
            "a start and an error",
            CLAUDE,
            vec![
                claude(""),
                r#"{"type":"error","error":{"type":"ThrottlingException","message":"m"}}"#.to_owned(),
            ],
            2,
            "",
            Some(ErrorKind::Service),
        ),
        (
            "an error of a gateway's",
            CLAUDE,
            vec![r#"{"message":"m","__type":"ThrottlingException"}"#.to_owned()],
            2,
            "",
            Some(ErrorKind::Service),
        ),
    ];
    for (what, model_id, chunks, requests, text, kind) in rows {
        let body: Vec<u8> = chunks.iter().flat_map(|chunk| wrapped(chunk)).collect();
        let server = Server::answering([stream_of(&body)]);
        let client = client(&server.url).max_attempts(2).build().unwrap();
        let error = match client.invoke_model_with_response_stream(model_id, "{}").await {
            Ok(mut answer) => {
                let (arrived, _, error) = read(&mut answer).await;
                assert_eq!(arrived, text, "{what}");
                error
            }
            Err(error) => Some(error),
        };
        assert_eq!(server.seen().len(), requests, "{what}: {error:?}");
        assert_eq!(error.map(|error| error.kind()), kind, "{what}");
    }
}

/// A chunk in its frame.
fn wrapped(chunk: &str) -> Vec<u8> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.encode(chunk);
    frame("chunk", &format!(r#"{{"bytes":"{bytes}"}}"#))
}

/// A format that is asked for by name is taken, whatever comes.
#[tokio::test]
async fn a_format_asked_for_by_name_is_no_expectation() {
    let chunk = r#"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let server = Server::answering([stream_of(&wrapped(chunk))]);
    let client = client(&server.url).max_attempts(1).build().unwrap();
    let call = || client.invoke_model_with_response_stream("us.deepseek.r1-v1:0", "{}");
    let left = |mut answer: AnswerStream| async move {
        let _ = read(&mut answer).await;
        answer.into_answer()
    };
    let error = call().format("llama").await.unwrap_err();
    assert_eq!((error.kind(), error.partial().unwrap().format.as_str()), (ErrorKind::Incomplete, "llama"));
    assert_eq!(left(call().await.unwrap()).await.format, "openai-chat");
}

#[tokio::test]
async fn a_refusal_in_the_first_frame_is_final_in_the_end() {
    let body = exception(
        "modelStreamErrorException",
        r#"{"message":"gone","originalStatusCode":500,"originalMessage":"oom"}"#,
    );
    let server = Server::answering([stream_of(&body)]);
    let client = client(&server.url).max_attempts(2).build().unwrap();
    let error = client.converse_stream(MODEL, "Why?").await.unwrap_err();
    assert_eq!((error.attempts(), server.seen().len()), (2, 2));
    assert_eq!((error.status().unwrap().as_u16(), error.partial()), (424, None));
    assert!(String::from_utf8_lossy(error.body().unwrap()).contains("\"originalMessage\":\"oom\""));

    let body = exception("validationException", r#"{"message":"Input is too long for requested model."}"#);
    let server = Server::answering([stream_of(&body)]);
    let client = common::client(&server.url).build().unwrap();
    let error = client.converse_stream(MODEL, "Why?").await.unwrap_err();
    assert!(error.is_context_overflow() && !error.is_retryable());
    assert_eq!((error.attempts(), server.seen().len()), (1, 1));
}

#[tokio::test]
async fn two_hundred_and_no_stream_is_an_error_of_its_own() {
    let blanks = [&b"          "[..], b"          ", br#"{"message":"upstream failed"}"#];
    let keep_alive =
        [vec![chunked("application/json")], blanks.map(chunk).to_vec(), vec![last_chunk()]].concat();
    let html = "<html><body>502 Bad Gateway</body></html>";
    let rows = [
        ("html", reply(200, &[("content-type", "text/html")], html), "502 Bad Gateway"),
        ("short", reply(200, &[("content-type", "application/json")], "{}"), "{}"),
        ("keep alive", keep_alive, "upstream failed"),
    ];
    for (what, answer, shown) in rows {
        let server = Server::answering([answer]);
        let client = client(&server.url).build().unwrap();
        let error = client.converse_stream(MODEL, "Why?").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAStream, "{what}: {error}");
        assert!(error.to_string().contains(shown), "{what}: {error}");
        assert!(String::from_utf8_lossy(error.body().unwrap()).contains(shown), "{what}");
        assert_eq!(server.seen().len(), 1, "{what}");
    }
}
