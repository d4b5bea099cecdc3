//! Every recorded answer that was not streamed goes through the response type of its format and comes back equal: all rows of
//! the index, counted, so that a format without a row here cannot hide.
//! Not for: requests and chunks, nor what the answers mean; see the tests of the formats.

use std::collections::BTreeMap;

use bedrock_formats::{
    ai21_jamba, anthropic, anthropic_text, cohere_command, cohere_command_r, converse, count_tokens,
    embeddings, guardrail, llama, mistral_text, nova, openai_chat, openai_responses, titan,
};
use bedrock_testing::round_trip;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

type Check = fn(&str, &Value);

fn check<T: DeserializeOwned + Serialize>(case: &str, body: &Value) {
    round_trip::<T>(case, body);
}

const FORMATS: &[(&str, Check)] = &[
    ("ai21-jamba", check::<ai21_jamba::Response>),
    ("anthropic", check::<anthropic::Message>),
    ("anthropic-text", check::<anthropic_text::Response>),
    ("apply-guardrail", check::<guardrail::ApplyGuardrailResponse>),
    ("cohere-command", check::<cohere_command::Response>),
    ("cohere-command-r", check::<cohere_command_r::Response>),
    ("converse", check::<converse::ConverseResponse>),
    ("count-tokens", check::<count_tokens::CountTokensResponse>),
    ("embeddings-cohere", check::<embeddings::cohere::Response>),
    ("embeddings-nova", check::<embeddings::nova::Response>),
    ("embeddings-titan", check::<embeddings::titan::Response>),
    ("llama", check::<llama::Response>),
    ("mistral-text", check::<mistral_text::Response>),
    ("nova", check::<nova::Response>),
    ("openai-chat", check::<openai_chat::ChatCompletion>),
    ("openai-responses", check::<openai_responses::Response>),
    ("titan", check::<titan::Response>),
];

#[test]
fn every_answer_that_was_not_streamed_comes_back_equal() {
    let Some(all) = bedrock_testing::recordings(|recording| !recording.streaming && recording.status == 200)
    else {
        return;
    };
    let mut counts = BTreeMap::<&str, usize>::new();
    for recording in &all {
        let row = FORMATS.iter().find(|(format, _)| *format == recording.format);
        let (format, check) =
            row.unwrap_or_else(|| panic!("{}: {} has no row", recording.case, recording.format));
        let body = serde_json::from_slice(&recording.response()).expect("JSON");
        check(&recording.case, &body);
        *counts.entry(format).or_default() += 1;
    }
    assert_eq!(counts.values().sum::<usize>(), all.len());
    assert_eq!(counts.len(), FORMATS.len(), "a row without a recording: {counts:?}");
    assert!(all.len() >= 682, "only {} answers", all.len());
    eprintln!("{} answers: {counts:?}", all.len());
}
