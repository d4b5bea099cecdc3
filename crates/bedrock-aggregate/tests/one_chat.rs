//! A stream of a chat holds one message: what has another id, goes on after the end, or is of another format is another's.

use bedrock_aggregate::Framing;

use crate::one_message::{check, read};

#[test]
fn messages_that_follow_a_chat_one() {
    let chunk = |id: &str, delta: &str, finish: &str| {
        format!(
            r#"{{"id":"{id}","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
        ) + "\n"
    };
    let begin =
        |id: &str, text: &str| chunk(id, &format!(r#"{{"role":"assistant","content":"{text}"}}"#), "null");
    let more = |id: &str, text: &str| chunk(id, &format!(r#"{{"content":"{text}"}}"#), "null");
    let end = |id: &str| chunk(id, "{}", r#""stop""#);
    for (lines, text, why, later) in [
        (
            begin("A", "One") + &begin("B", "Two") + &end("B"),
            "One",
            "message B begins inside message A",
            &["Two"][..],
        ),
        (
            begin("A", "One") + &begin("B", "") + &more("B", "Two") + &end("B"),
            "One",
            "message B begins",
            &["Two"],
        ),
        (
            begin("A", "One") + &end("A") + &begin("B", "Two") + &end("B"),
            "One",
            "choice 0, which has stopped",
            &["Two"],
        ),
        (begin("A", "One") + &end("A") + &more("A", "Two"), "One", "choice 0, which has stopped", &["Two"]),
        (begin("A", "One") + &end("A") + &chunk("A", "{}", r#""length""#), "One", "stops again", &[""]),
        // vLLM's word for the sequence, which comes with the reason.
        (
            begin("A", "One") + &end("A") + &chunk("A", "{}", r#""stop","stop_reason":"END""#),
            "One",
            "another stop sequence",
            &[""],
        ),
        (
            begin("A", "One") + &begin("B", "Two") + &begin("C", "Three"),
            "One",
            "message B begins",
            &["Two", "Three"],
        ),
    ] {
        check("openai-chat", &lines, text, why, later);
    }
    // Ids of each chunk's own are no other messages.
    let lines = more("A", "One ")
        + &more("B", "two ")
        + &more("C", "three")
        + &chunk("D", r#"{"role":"assistant","content":""}"#, r#""stop""#);
    let (_, answer) = read("openai-chat", Framing::JsonLines, lines.as_bytes());
    assert!(answer.completeness.is_complete());
    assert_eq!(answer.text(), "One two three");
}

/// A chunk without choices that looks like another format's is none of a chat's, amid it or behind it.
#[test]
fn chunks_of_other_formats_in_chats() {
    let chats = [
        (
            "openai-chat",
            r#"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"One"}}]}"#,
        ),
        ("ai21-jamba", r#"{"id":"c","choices":[{"index":0,"delta":{"content":"One"}}]}"#),
        ("mistral-chat", r#"{"choices":[{"index":0,"message":{"content":"One"}}]}"#),
        ("deepseek", r#"{"choices":[{"index":0,"message":{"content":"One"}}]}"#),
    ];
    let others = [
        (
            "cohere-command",
            r#"{"generations":[{"id":"g","text":"Two","finish_reason":"COMPLETE"}],"id":"r"}"#,
        ),
        ("nova", r#"{"messageStart":{"role":"assistant"}}"#),
        ("nova", r#"{"contentBlockDelta":{"delta":{"text":"Two"},"contentBlockIndex":0}}"#),
        (
            "anthropic",
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Two"}}"#,
        ),
        (
            "openai-responses",
            r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Two"}"#,
        ),
        ("llama", r#"{"generation":"Two","stop_reason":null}"#),
        ("titan", r#"{"outputText":"Two","index":0}"#),
    ];
    for (format, piece) in chats {
        let stop = r#"{"choices":[{"index":0,"delta":{},"message":{},"finish_reason":"stop","stop_reason":"stop"}]}"#;
        for (other, chunk) in others {
            let why = format!("a chunk of {other} in an answer of {format}");
            for lines in [format!("{piece}\n{chunk}\n"), format!("{piece}\n{stop}\n{chunk}\n")] {
                check(format, &lines, "One", &why, &[""]);
            }
        }
        // What may stand in any stream, what no format knows, and what says that it is the message's.
        let own = r#"{"object":"chat.completion.chunk","generation":"x"}"#;
        for chunk in [r#"{"type":"ping"}"#, r#"{}"#, r#"{"hologram":1}"#, r#"{"role":"assistant"}"#, own] {
            let (_, answer) = read(format, Framing::JsonLines, format!("{piece}\n{chunk}\n").as_bytes());
            assert!(answer.later.is_empty(), "{format}, {chunk}: {answer:#?}");
        }
    }
}

/// An id that is empty at first is none: the one that comes next is the message's, and a third is another's.
#[test]
fn an_empty_id_is_none_yet() {
    let jamba = |id: &str, text: &str, stop: &str| {
        format!(
            r#"{{"id":"{id}","choices":[{{"index":0,"delta":{{"role":"assistant","content":"{text}"}},"finish_reason":{stop}}}],"usage":{{"completion_tokens":1}}}}"#
        ) + "\n"
    };
    let mistral = |id: &str, text: &str, stop: &str| {
        format!(
            r#"{{"id":"{id}","object":"chat.completion.chunk","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}"}},"stop_reason":{stop}}}]}}"#
        ) + "\n"
    };
    for (format, lines) in [
        ("ai21-jamba", jamba("", "", "null") + &jamba("a", "One", "null") + &jamba("b", "Two", r#""stop""#)),
        (
            "mistral-chat",
            mistral("", "", "null") + &mistral("a", "One", "null") + &mistral("b", "Two", r#""stop""#),
        ),
    ] {
        check(format, &lines, "One", "message b begins", &["Two"]);
        let (_, answer) = read(format, Framing::JsonLines, lines.as_bytes());
        assert_eq!(answer.reply.id.as_deref(), Some("a"), "{format}");
    }
    // Nor does one that is empty later take its place.
    let text = |id: &str, text: &str| {
        format!(r#"{{"id":"{id}","object":"text_completion","choices":[{{"index":0,"text":"{text}"}}]}}"#)
            + "\n"
    };
    let lines = text("", "") + &text("a", "One") + &text("", "") + &text("b", "Two");
    check("text-completion", &lines, "One", "a piece of another message", &["Two"]);
}
