//! Every recorded request, response and chunk of the models' own formats goes through its types and comes back equal.
//! Not for: Converse, and what the aggregators make of the chunks.

use std::fmt::Debug;

use bedrock_formats::{
    ai21_jamba, anthropic, anthropic_text, cohere_command, cohere_command_r, embeddings, llama, mistral_text,
    nova, openai_chat, openai_responses, titan,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What may stay unknown, and why: a case and a reason.
type Reasons<'a> = &'a [(&'a str, &'a str)];

/// Requests that are not of their format's schema, and why.
const FOREIGN_REQUESTS: Reasons<'_> = &[
    (
        "open-telemetry__opentelemetry-js-contrib/bedrock-invokemodel-adds-amazon-nova-model-attributes-to-span",
        "hand-made: a Titan body sent to a Nova id",
    ),
    (
        "open-telemetry__opentelemetry-js-contrib/bedrock-invokemodel-adds-anthropic-claude-model-attributes-to-span",
        "hand-made: a Messages body in front of a completion",
    ),
];

/// Runs all recordings of a format through its three types. At least one of each must be there, where `expects` says so.
fn check_format<Request, Response, Chunk>(format: &str, expects: [bool; 3], reasons: Reasons<'_>)
where
    Request: DeserializeOwned + Serialize,
    Response: DeserializeOwned + Serialize + Debug,
    Chunk: DeserializeOwned + Serialize + Debug,
{
    let Some(recordings) = bedrock_testing::recordings(|recording| recording.format == format) else {
        return;
    };
    let mut seen = [0; 3];
    let mut unknown = Vec::new();
    let mut known = |case: &str, what: &dyn Debug| {
        if bedrock_testing::has_unknown(&what) && !reasons.iter().any(|(listed, _)| *listed == case) {
            unknown.push(format!("{case}: {what:?}"));
        }
    };
    for recording in &recordings {
        let case = &recording.case;
        let foreign = FOREIGN_REQUESTS.iter().any(|(listed, _)| listed == case);
        if let Some(request) = recording.request().filter(|_| !foreign) {
            bedrock_testing::round_trip::<Request>(case, &request);
            seen[0] += 1;
        }
        if recording.streaming {
            for chunk in recording.chunks() {
                // OpenAI's end mark is text and no document.
                if chunk == "[DONE]" {
                    continue;
                }
                known(case, &bedrock_testing::round_trip::<Chunk>(case, &chunk));
                seen[2] += 1;
            }
        } else {
            let body: Value = serde_json::from_slice(&recording.response()).expect("JSON");
            known(case, &bedrock_testing::round_trip::<Response>(case, &body));
            seen[1] += 1;
        }
    }
    assert!(unknown.is_empty(), "not understood:\n{}", unknown.join("\n"));
    eprintln!("{format}: {} requests, {} responses, {} chunks", seen[0], seen[1], seen[2]);
    assert_eq!(seen.map(|count| count > 0), expects, "{format}: what the recordings hold");
}

#[test]
fn anthropic() {
    check_format::<anthropic::MessagesRequest, anthropic::Message, anthropic::StreamEvent>(
        "anthropic",
        [true; 3],
        &[],
    );
}

#[test]
fn nova() {
    check_format::<nova::Request, nova::Response, nova::StreamEvent>("nova", [true; 3], &[]);
}

#[test]
fn openai_chat() {
    check_format::<
        openai_chat::ChatCompletionRequest,
        openai_chat::ChatCompletion,
        openai_chat::ChatCompletionChunk,
    >("openai-chat", [true; 3], &[]);
}

#[test]
fn openai_responses() {
    check_format::<openai_responses::CreateResponse, openai_responses::Response, openai_responses::StreamEvent>(
        "openai-responses",
        [true; 3],
        &[("neilberkman__req_llm/xai.grok_4_fast_reasoning.x_search_streaming", "a tool of xAI's own")],
    );
}

#[test]
fn text_completions() {
    check_format::<titan::Request, titan::Response, titan::Chunk>("titan", [true; 3], &[]);
    check_format::<llama::Request, llama::Response, llama::Chunk>("llama", [true; 3], &[]);
    check_format::<mistral_text::Request, mistral_text::Response, mistral_text::Chunk>(
        "mistral-text",
        [true; 3],
        &[],
    );
    check_format::<anthropic_text::Request, anthropic_text::Response, anthropic_text::Chunk>(
        "anthropic-text",
        [true; 3],
        &[],
    );
    check_format::<cohere_command::Request, cohere_command::Response, cohere_command::Chunk>(
        "cohere-command",
        [true; 3],
        &[],
    );
}

#[test]
fn other_chats() {
    check_format::<ai21_jamba::Request, ai21_jamba::Response, ai21_jamba::Chunk>(
        "ai21-jamba",
        [true; 3],
        &[],
    );
    check_format::<cohere_command_r::Request, cohere_command_r::Response, cohere_command_r::Chunk>(
        "cohere-command-r",
        [true; 3],
        &[],
    );
}

/// Vectors come whole: what the third type reads is never there.
#[test]
fn embeddings() {
    use embeddings::{cohere, nova, titan};
    check_format::<titan::TextRequest, titan::Response, Value>("embeddings-titan", [true, true, false], &[]);
    check_format::<cohere::Request, cohere::Response, Value>("embeddings-cohere", [true, true, false], &[]);
    check_format::<nova::Request, nova::Response, Value>("embeddings-nova", [true, true, false], &[]);
}
