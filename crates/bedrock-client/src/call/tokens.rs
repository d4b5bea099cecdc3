//! How many tokens a call asks for and has used, for the limit on tokens a minute.
//!
//! Not for costs, nor for counting exactly: the service does that ([`crate::Client::count_tokens`]).

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::Usage;
use bedrock_http::{Body, Request, Transport};
use serde_json::Value;

use crate::response::Head;

/// What a model may write where the request does not say: the service reserves the model's own maximum then, which is not
/// known here.
const MOST_UNSAID: u64 = 4_096;

/// How many bytes of a request's body are a token, about, in the languages that models are asked in most.
// A rule of thumb, and far off where there are tools, whose hidden prompts count, or pictures.
const BYTES_A_TOKEN: u64 = 4;

/// The last segments of addresses behind which a model reads and writes.
// Embeddings and rankings come by `invoke` too, and reserve as if they wrote an answer.
const VERBS: &[&str] = &[
    "converse",
    "converse-stream",
    "invoke",
    "invoke-with-response-stream",
    "completions",
    "messages",
    "responses",
];

/// The request with what it reserves, where tokens are limited and the caller has not said it.
#[codegen_at_use]
pub(crate) fn reserving<'a>(transport: &Transport, request: &'a Request) -> Cow<'a, Request> {
    let limits = transport.limits();
    let is_limited = limits.is_some_and(|limits| limits.tokens_per_minute.is_some());
    let verb = request.path_and_query().rsplit('/').next().unwrap_or_default();
    if !is_limited || request.reserved_tokens() > 0 || !VERBS.contains(&verb) {
        return Cow::Borrowed(request);
    }
    let tokens = reservation(request.content());
    Cow::Owned(request.clone().reserve_tokens(tokens))
}

/// What the service reserves at the start of a call: the input, guessed by its length, and the most that the model may
/// write.
#[codegen_at_use]
fn reservation(body: &[u8]) -> u64 {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    /// Where the formats say it.
    const POINTERS: &[&str] = &[
        // Converse, and Nova's own format, which has two names for it.
        "/inferenceConfig/maxTokens",
        "/inferenceConfig/max_new_tokens",
        // Anthropic and most chats.
        "/max_tokens",
        // OpenAI's newer name, and Responses.
        "/max_completion_tokens",
        "/max_output_tokens",
        // Claude's text completions, Llama, Titan, AI21's J2. Missing: Pegasus (`maxOutputTokens`).
        "/max_tokens_to_sample",
        "/max_gen_len",
        "/textGenerationConfig/maxTokenCount",
        "/maxTokens",
    ];
    let most = POINTERS.iter().find_map(|pointer| document.pointer(pointer)?.as_u64());
    (body.len() as u64 / BYTES_A_TOKEN).saturating_add(most.unwrap_or(MOST_UNSAID))
}

/// Releases what a call had reserved and its answer did not use. What was read from the prompt cache does not count.
#[codegen_at_use]
pub(crate) fn settle(body: &mut Body, usage: Option<&Usage>) {
    if let Some(usage) = usage
        && (usage.input_tokens.is_some() || usage.output_tokens.is_some())
    {
        // As the service settles: input and what was written to the cache, reads not.
        let input = [usage.input_tokens, usage.cache_write_input_tokens].into_iter().flatten();
        body.settle_tokens(input.fold(0, u64::saturating_add), usage.output_tokens.unwrap_or(0));
    }
}

/// What a whole answer says that it used, in its headers or its body.
#[codegen_at_use]
pub(crate) fn usage_of(head: &Head, body: &[u8]) -> Option<Usage> {
    let header = |kind: &str| head.number(&format!("x-amzn-bedrock-{kind}-token-count"));
    let mut usage = Usage::default();
    // Headers first, unlike for an answer's usage: they are what is billed.
    // Cohere's bodies count otherwise.
    usage.input_tokens = header("input");
    usage.output_tokens = header("output");
    usage.cache_read_input_tokens = header("cache-read-input");
    usage.cache_write_input_tokens = header("cache-write-input");
    if !usage.is_empty() {
        return Some(usage);
    }
    let document: Value = serde_json::from_slice(body).ok()?;
    let counts = document.get("usage")?;
    let count = |names: &[&str]| names.iter().find_map(|name| counts.get(name)?.as_u64());
    usage.input_tokens = count(&["inputTokens", "input_tokens", "prompt_tokens"]);
    usage.output_tokens = count(&["outputTokens", "output_tokens", "completion_tokens"]);
    usage.total_tokens = count(&["totalTokens", "total_tokens"]);
    usage.cache_read_input_tokens = count(&["cacheReadInputTokens", "cache_read_input_tokens"]);
    usage.cache_write_input_tokens = count(&["cacheWriteInputTokens", "cache_creation_input_tokens"]);
    // OpenAI's formats count what came from the cache among the input.
    let details = ["/prompt_tokens_details/cached_tokens", "/input_tokens_details/cached_tokens"];
    if let Some(cached) = details.iter().find_map(|pointer| counts.pointer(pointer)?.as_u64()) {
        usage.input_tokens = usage.input_tokens.map(|input| input.saturating_sub(cached));
        usage.cache_read_input_tokens = Some(cached);
    }
    usage.some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_requests_reserve() {
        for (body, want) in [
            (r#"{"inferenceConfig":{"maxTokens":100}}"#, 109),
            (r#"{"max_tokens":7,"messages":[]}"#, 14),
            (r#"{"textGenerationConfig":{"maxTokenCount":5}}"#, 16),
            (r#"{"max_gen_len":5}"#, 9),
            ("{}", MOST_UNSAID),
            ("no JSON", MOST_UNSAID + 1),
        ] {
            assert_eq!(reservation(body.as_bytes()), want, "{body}");
        }
    }

    #[test]
    fn what_answers_used() {
        /// Input, output, read from a cache, written to it.
        fn counts(head: &Head, body: &str) -> Option<[Option<u64>; 4]> {
            usage_of(head, body.as_bytes()).map(|usage| {
                let cache = (usage.cache_read_input_tokens, usage.cache_write_input_tokens);
                [usage.input_tokens, usage.output_tokens, cache.0, cache.1]
            })
        }
        for (body, want) in [
            (
                r#"{"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":9,"cacheWriteInputTokens":2}}"#,
                Some([Some(3), Some(4), None, Some(2)]),
            ),
            (
                r#"{"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":6}}}"#,
                Some([Some(3), Some(4), Some(6), None]),
            ),
            (r#"{"usage":{"input_tokens":3}}"#, Some([Some(3), None, None, None])),
            (r#"{"usage":{}}"#, None),
            ("{}", None),
            ("no JSON", None),
        ] {
            assert_eq!(counts(&Head::default(), body), want, "{body}");
        }
        let mut head = Head::default();
        head.headers.insert("x-amzn-bedrock-input-token-count", 5.into());
        head.headers.insert("x-amzn-bedrock-output-token-count", 6.into());
        assert_eq!(counts(&head, ""), Some([Some(5), Some(6), None, None]));
    }
}
