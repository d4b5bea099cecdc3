//! Records of model invocation logging, one a line, as they lie in a bucket when unpacked.

use crate::shape::Shape;
use crate::shapes::chunks;
use crate::writing::{Kind, deltas};

/// What a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logged {
    /// Claude's streamed answer, as the array of its chunks.
    Chunks,
    /// An answer of ConverseStream, as the one object that Converse would have given.
    Whole,
}

/// One record of an answer of so many deltas of text, with its line's end.
pub fn log_line(logged: Logged, count: usize) -> String {
    let (operation, body) = match logged {
        Logged::Chunks => {
            let chunks = chunks(Shape::Claude, Kind::Text, &deltas(Kind::Text, count));
            let chunks: Vec<String> = chunks.into_iter().map(|chunk| chunk.json).collect();
            ("InvokeModelWithResponseStream", format!("[{}]", chunks.join(",")))
        }
        Logged::Whole => {
            let text = serde_json::to_string(&deltas(Kind::Text, count).concat()).expect("a text is JSON");
            let body = format!(
                r#"{{"output":{{"message":{{"role":"assistant","content":[{{"text":{text}}}]}}}},"stopReason":"end_turn","metrics":{{"latencyMs":9876}},"usage":{{"inputTokens":12,"outputTokens":{count},"totalTokens":{}}}}}"#,
                count + 12
            );
            ("ConverseStream", body)
        }
    };
    let question = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Why is the sky blue?"}]}],"max_tokens":4096,"anthropic_version":"bedrock-2023-05-31"}"#;
    format!(
        r#"{{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"2026-11-01T12:00:00Z","accountId":"111122223333","identity":{{"arn":"arn:aws:iam::111122223333:user/u"}},"region":"us-east-2","requestId":"2f1d0c9e-5a8b-4a0b-9d53-0f3a1b7c6e21","operation":"{operation}","modelId":"anthropic.claude-sonnet-4-5-20250929-v1:0","input":{{"inputContentType":"application/json","inputBodyJson":{question},"inputTokenCount":12}},"output":{{"outputContentType":"application/json","outputBodyJson":{body},"outputTokenCount":{count}}}}}"#
    ) + "\n"
}
