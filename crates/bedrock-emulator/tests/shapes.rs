//! Every answer that the server makes up is one that the types of the formats know: it parses, nothing in it is unknown, and
//! it is written again as it came.

// In a test a failed expectation is what a panic is for; clippy does not see that helpers are part of one.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use crate::support::{Answer, CLAUDE, Http, NOVA, path, post, send};
use bedrock_emulator::{Emulator, Pace};
use bedrock_formats::{
    ai21_jamba, anthropic, async_invoke, cohere_command_r, converse, count_tokens, embeddings, guardrail,
    llama, mistral_chat, mistral_text, nova, openai_chat, openai_responses, rerank, rerank_model, titan,
};
use bedrock_testing::Recording;
use http::Request;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

async fn server() -> Emulator {
    Emulator::builder().pace(Pace::none()).start().await.unwrap()
}

/// Parses a value and writes it again.
fn check<T: DeserializeOwned + Serialize + std::fmt::Debug>(value: &Value) {
    let typed: T = serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"));
    assert_eq!(plain(serde_json::to_value(&typed).unwrap()), plain(value.clone()));
    let debug = format!("{typed:?}");
    // A value that an enum does not know is kept as its text; one that is not there is none.
    let debug = debug.replace("Other(\"\")", "None");
    assert!(!debug.contains("Unknown(") && !debug.contains("Other(\""), "{debug}");
}

/// A whole number is the same whether it is written with a fraction or not.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(members) => members.into_iter().map(|(key, member)| (key, plain(member))).collect(),
        other => other,
    }
}

fn check_all<T: DeserializeOwned + Serialize + std::fmt::Debug>(values: &[Value]) {
    assert!(values.len() > 1);
    values.iter().for_each(check::<T>);
}

async fn invoke(server: &Emulator, model: &str, body: &Value) -> (Value, Vec<Value>) {
    let whole = post(server, Http::One, path(model, "invoke"), body).await.unwrap().json();
    let stream = post(server, Http::One, path(model, "invoke-with-response-stream"), body).await.unwrap();
    (whole, stream.chunks())
}

const PROMPTS: [&str; 3] = ["hi", "the weather in Oslo", "[[reasoning=hm]]"];

#[tokio::test]
async fn converse_and_its_stream() {
    let server = server().await;
    for prompt in PROMPTS {
        let body = json!({
            "messages": [{"role": "user", "content": [{"text": prompt}]}],
            "toolConfig": {"tools": [{"toolSpec": {"name": "w", "inputSchema": {"json": {"properties": {"city": {}}}}}}]},
            "serviceTier": {"type": "default"}, "performanceConfig": {"latency": "standard"},
        });
        check::<converse::ConverseResponse>(
            &post(&server, Http::One, path(NOVA, "converse"), &body).await.unwrap().json(),
        );
        let stream: Answer = post(&server, Http::One, path(NOVA, "converse-stream"), &body).await.unwrap();
        let events = stream.events().0.into_iter().map(|(name, mut payload)| {
            payload.as_object_mut().unwrap().remove("p");
            json!({name: payload})
        });
        check_all::<converse::ConverseStreamOutput>(&events.collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn models_by_invoke() {
    let server = server().await;
    for prompt in PROMPTS {
        let tools = json!([{"name": "w", "input_schema": {"properties": {"city": {}}}}]);
        let body = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 99, "tools": tools,
            "messages": [{"role": "user", "content": prompt}]});
        let (whole, chunks) = invoke(&server, CLAUDE, &body).await;
        check::<anthropic::Message>(&whole);
        check_all::<anthropic::StreamEvent>(&chunks);

        let tools =
            json!([{"toolSpec": {"name": "w", "inputSchema": {"json": {"properties": {"city": {}}}}}}]);
        let body = json!({"messages": [{"role": "user", "content": [{"text": prompt}]}], "toolConfig": {"tools": tools}});
        let (whole, chunks) = invoke(&server, NOVA, &body).await;
        check::<nova::Response>(&whole);
        check_all::<nova::StreamEvent>(&chunks);

        let tools = json!([{"type": "function", "function": {"name": "w", "parameters": {"properties": {"city": {}}}}}]);
        let body = json!({"messages": [{"role": "user", "content": prompt}], "tools": tools});
        let (whole, chunks) = invoke(&server, "openai.gpt-oss-20b-1:0", &body).await;
        check::<openai_chat::ChatCompletion>(&whole);
        check_all::<openai_chat::ChatCompletionChunk>(&chunks);

        let body = json!({"message": prompt, "tools": [{"name": "w", "description": "w",
            "parameter_definitions": {"city": {"type": "str", "required": true}}}]});
        let (whole, chunks) = invoke(&server, "cohere.command-r-v1:0", &body).await;
        check::<cohere_command_r::Response>(&whole);
        assert!(!chunks.is_empty());
        chunks.iter().for_each(check::<cohere_command_r::Chunk>);

        let (whole, chunks) =
            invoke(&server, "amazon.titan-text-lite-v1", &json!({"inputText": prompt})).await;
        check::<titan::Response>(&whole);
        check_all::<titan::Chunk>(&chunks);
        let (whole, chunks) =
            invoke(&server, "meta.llama3-8b-instruct-v1:0", &json!({"prompt": prompt})).await;
        check::<llama::Response>(&whole);
        check_all::<llama::Chunk>(&chunks);
        let (whole, chunks) =
            invoke(&server, "mistral.mixtral-8x7b-instruct-v0:1", &json!({"prompt": prompt})).await;
        check::<mistral_text::Response>(&whole);
        check_all::<mistral_text::Chunk>(&chunks);
        let tools = json!([{"type": "function", "function": {"name": "w", "parameters": {"properties": {"city": {}}}}}]);
        let body = json!({"messages": [{"role": "user", "content": prompt}], "tools": tools});
        for model in ["mistral.mistral-large-2407-v1:0", "us.mistral.pixtral-large-2502-v1:0"] {
            let (whole, chunks) = invoke(&server, model, &body).await;
            check::<mistral_chat::Response>(&whole);
            check_all::<mistral_chat::Chunk>(&chunks);
        }
        let (whole, chunks) = invoke(&server, "ai21.jamba-1-5-mini-v1:0", &body).await;
        check::<ai21_jamba::Response>(&whole);
        check_all::<ai21_jamba::Chunk>(&chunks);
    }
}

/// The paths of all values, with every item of a list in one place.
fn keys(value: &Value) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut walk = vec![(String::new(), value)];
    while let Some((path, value)) = walk.pop() {
        match value {
            Value::Object(members) => {
                walk.extend(members.iter().map(|(key, value)| (format!("{path}/{key}"), value)));
            }
            Value::Array(items) => walk.extend(items.iter().map(|item| (format!("{path}/[]"), item))),
            _ => {
                keys.insert(path);
            }
        }
    }
    keys
}

/// Jamba's answers have the keys of the recorded ones, and no others.
#[tokio::test]
async fn jamba_as_recorded() {
    let server = server().await;
    let is_jamba = |row: &Recording| row.format == "ai21-jamba" && row.status == 200;
    for recorded in bedrock_testing::recordings(is_jamba).into_iter().flatten() {
        let (whole, chunks) = invoke(&server, &recorded.model_id, &recorded.request().unwrap()).await;
        if !recorded.streaming {
            let want: Value = serde_json::from_slice(&recorded.response()).unwrap();
            assert_eq!((keys(&whole), &whole["model"]), (keys(&want), &want["model"]), "{}", recorded.case);
            continue;
        }
        let want = recorded.chunks();
        // The announcement, a delta, the end, the metrics.
        for (theirs, ours) in
            [(0, 0), (1, 1), (want.len() - 2, chunks.len() - 2), (want.len() - 1, chunks.len() - 1)]
        {
            assert_eq!(keys(&chunks[ours]), keys(&want[theirs]), "{}: chunk {theirs}", recorded.case);
        }
        let counted: Vec<u64> =
            chunks.iter().filter_map(|chunk| chunk["usage"]["completion_tokens"].as_u64()).collect();
        assert!(counted.is_sorted() && counted[0] == 0, "{counted:?}");
        assert_eq!(counted.last().copied(), whole["usage"]["completion_tokens"].as_u64());
    }
}

#[tokio::test]
async fn numbers_by_invoke() {
    let server = server().await;
    let ask = async |model: &str, body: Value| {
        post(&server, Http::One, path(model, "invoke"), &body).await.unwrap().json()
    };
    let titan = json!({"inputText": "a", "dimensions": 256, "embeddingTypes": ["float", "binary"]});
    check::<embeddings::titan::Response>(&ask("amazon.titan-embed-text-v2:0", titan).await);
    let cohere = json!({"texts": ["a"], "input_type": "search_query", "embedding_types": ["float", "int8"]});
    check::<embeddings::cohere::Response>(&ask("cohere.embed-v4:0", cohere).await);
    check::<embeddings::cohere::Response>(
        &ask("cohere.embed-english-v3", json!({"texts": ["a"], "input_type": "x"})).await,
    );
    let nova = json!({"singleEmbeddingParams": {"embeddingDimension": 256, "text": {"value": "a"}}});
    check::<embeddings::nova::Response>(&ask("amazon.nova-2-multimodal-embeddings-v1:0", nova).await);
    let marengo = json!({"inputType": "text", "inputText": "a"});
    check::<embeddings::marengo::Response>(&ask("twelvelabs.marengo-embed-2-7-v1:0", marengo).await);
    let ranked = ask("cohere.rerank-v3-5:0", json!({"query": "a", "documents": ["a", "b"]})).await;
    check::<rerank_model::Response>(&ranked);
}

#[tokio::test]
async fn the_addresses_of_openai() {
    let server = server().await;
    for prompt in PROMPTS {
        let body = json!({"model": "openai.gpt-oss-20b", "input": prompt,
            "tools": [{"type": "function", "name": "w", "parameters": {"properties": {"city": {}}}}]});
        check::<openai_responses::Response>(
            &post(&server, Http::One, "/openai/v1/responses", &body).await.unwrap().json(),
        );
        let mut streamed = body.clone();
        streamed["stream"] = json!(true);
        let stream = post(&server, Http::One, "/openai/v1/responses", &streamed).await.unwrap();
        let text = String::from_utf8_lossy(&stream.body).into_owned();
        let events = text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok());
        check_all::<openai_responses::StreamEvent>(&events.collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn operations_around_the_models() {
    let server = server().await;
    let ask = async |path: String, body: Value| post(&server, Http::One, path, &body).await.unwrap().json();
    let messages = json!([{"role": "user", "content": [{"text": "hi"}]}]);
    let counted =
        ask(path(CLAUDE, "count-tokens"), json!({"input": {"converse": {"messages": messages}}})).await;
    check::<count_tokens::CountTokensResponse>(&counted);
    for text in ["fine", "mail a@b.example", "guardrail-block"] {
        let body = json!({"source": "INPUT", "content": [{"text": {"text": text}}]});
        check::<guardrail::ApplyGuardrailResponse>(&ask("/guardrail/g/version/1/apply".into(), body).await);
        let body = json!({"messages": [{"role": "user", "content": [{"text": text}]}], "checks": {
            "contentFilter": {"categories": [{"category": "HATE"}]},
            "promptAttack": {"categories": [{"category": "JAILBREAK"}]},
            "sensitiveInformation": {"entities": [{"type": "EMAIL"}]}}});
        check::<guardrail::InvokeGuardrailChecksResponse>(
            &ask("/guardrail-checks/invoke".into(), body).await,
        );
    }
    let body = json!({"queries": [{"type": "TEXT", "textQuery": {"text": "a"}}],
        "sources": [{"type": "INLINE", "inlineDocumentSource": {"type": "JSON", "jsonDocument": {"a": 1}}}],
        "rerankingConfiguration": {"type": "BEDROCK_RERANKING_MODEL", "bedrockRerankingConfiguration":
            {"modelConfiguration": {"modelArn": "arn:aws:bedrock:us-west-2::foundation-model/m"}}}});
    check::<rerank::RerankResponse>(&ask("/rerank".into(), body).await);

    let output = json!({"s3OutputDataConfig": {"s3Uri": "s3://b"}});
    let body =
        json!({"modelId": "m", "modelInput": {}, "outputDataConfig": output, "clientRequestToken": "t"});
    let started = ask("/async-invoke".into(), body).await;
    check::<async_invoke::StartAsyncInvokeResponse>(&started);
    let arn = started["invocationArn"].as_str().unwrap().replace(':', "%3A").replace('/', "%2F");
    let get = async |path: String| {
        send(&server, Http::One, Request::get(path).body("".into()).unwrap()).await.unwrap().json()
    };
    for _ in 0..2 {
        check::<async_invoke::GetAsyncInvokeResponse>(&get(format!("/async-invoke/{arn}")).await);
    }
    check::<async_invoke::ListAsyncInvokesResponse>(&get("/async-invoke".into()).await);
}
