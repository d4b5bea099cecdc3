//! One call with a model, messages and every optional setting, streamed or not by a flag: what goes out for each setting that
//! is given or left out, and what comes back either way.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use crate::common::{MODEL, client};
use bedrock_client::blocking;
use bedrock_client::formats::converse::{
    ContentBlock, ConversationRole, ConverseResponse, InferenceConfiguration, Message, SystemContentBlock,
};
use bedrock_client::operations::{Conversation, ConverseEither};
use bedrock_client::{Call, Client, Error, ErrorKind, Event};
use bedrock_emulator::{Answer, Emulator};
use serde_json::{Value, json};

/// A caller's own function over that call: every setting may be left out.
fn call(
    client: &Client,
    model_id: &str,
    messages: &[Message],
    system_prompts: Option<Vec<SystemContentBlock>>,
    inference_config: Option<InferenceConfiguration>,
    additional_model_fields: Option<Value>,
    streaming: bool,
) -> Call<ConverseEither> {
    let mut call = client.converse(model_id, messages);
    if let Some(prompts) = system_prompts {
        call = call.system(prompts);
    }
    if let Some(config) = inference_config {
        call = call.inference_config(config);
    }
    if let Some(fields) = additional_model_fields {
        call = call.additional_fields(fields);
    }
    call.streaming(streaming)
}

async fn ask(
    client: &Client,
    model_id: &str,
    messages: &[Message],
    system_prompts: Option<Vec<SystemContentBlock>>,
    inference_config: Option<InferenceConfiguration>,
    additional_model_fields: Option<Value>,
    streaming: bool,
) -> Result<Conversation, Error> {
    call(client, model_id, messages, system_prompts, inference_config, additional_model_fields, streaming)
        .await
}

fn playlist() -> Vec<SystemContentBlock> {
    vec!["You make playlists for a radio station.".into(), "Name song and artist only.".into()]
}

#[tokio::test]
async fn what_is_given_is_sent_and_what_is_left_out_is_not() {
    let server = Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").start().await.unwrap();
    let client = client(&server.url()).build().unwrap();
    let messages =
        [Message::user("List three."), Message::assistant("Of what?"), Message::user("Pop songs.")];
    let text = |text: &str| json!([{"text": text}]);
    let history = json!([
        {"role": "user", "content": text("List three.")},
        {"role": "assistant", "content": text("Of what?")},
        {"role": "user", "content": text("Pop songs.")},
    ]);
    // One bit for each setting: all ways to give and to leave out.
    for bits in 0..8_u8 {
        let given = |bit: u8| bits & (1 << bit) != 0;
        let mut want = json!({"messages": history});
        let system = given(0).then(playlist);
        if system.is_some() {
            want["system"] = json!([{"text": "You make playlists for a radio station."}, {"text": "Name song and artist only."}]);
        }
        let config = given(1).then(|| {
            let config = InferenceConfiguration::default().max_tokens(200_u64).temperature(0.5).top_p(0.9);
            config.stop_sequences(vec!["END".to_owned()])
        });
        if config.is_some() {
            want["inferenceConfig"] =
                json!({"maxTokens": 200, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END"]});
        }
        let fields = given(2).then(|| json!({"top_k": 200, "nested": {"a": [1, null]}}));
        if let Some(fields) = &fields {
            want["additionalModelRequestFields"] = fields.clone();
        }
        for streaming in [true, false] {
            server.clear();
            let call =
                || call(&client, MODEL, &messages, system.clone(), config.clone(), fields.clone(), streaming);
            let got = call().await.unwrap();
            assert_eq!(matches!(got, Conversation::Streamed(_)), streaming);
            drop(got);
            // Blocking it is the same call, also in the middle of this runtime.
            let got = call().send_blocking().unwrap();
            assert_eq!(matches!(got, blocking::Conversation::Streamed(_)), streaming);
            drop(got);
            assert_eq!(server.requests().len(), 2);
            for seen in server.requests() {
                let verb = if streaming { "converse-stream" } else { "converse" };
                assert_eq!(seen.path, format!("/model/{}/{verb}", MODEL.replace(':', "%3A")));
                let body: Value = serde_json::from_slice(&seen.body).unwrap();
                assert_eq!(body, want, "streaming: {streaming}");
            }
        }
    }
}

/// What a caller prints of the answer: role, text, why it stopped, the counts and the latency.
#[derive(Debug, Default, PartialEq)]
struct Printed {
    role: String,
    text: String,
    stop_reason: String,
    tokens: [Option<u64>; 3],
    latency: bool,
}

#[tokio::test]
async fn both_ways_give_role_text_stop_reason_counts_and_latency() {
    let server = Emulator::builder().start().await.unwrap();
    let client = client(&server.url()).build().unwrap();
    let want = Printed {
        role: "assistant".to_owned(),
        text: "Rain in Bergen.".to_owned(),
        stop_reason: "max_tokens".to_owned(),
        tokens: [Some(3), Some(2), Some(5)],
        latency: true,
    };
    for streaming in [true, false] {
        server.enqueue(Answer::text("Rain in Bergen.").with_usage(3, 2).with_stop_reason("max_tokens"));
        let messages = [Message::user("Weather?")];
        let got = ask(&client, MODEL, &messages, None, None, None, streaming).await.unwrap();
        let printed = match got {
            Conversation::Whole(response) => {
                let latency = response.metrics.as_ref().is_some_and(|metrics| metrics.latency_ms.is_some());
                let usage = response.usage.clone().unwrap();
                Printed {
                    text: response.text(),
                    stop_reason: response.stop_reason.to_string(),
                    tokens: [usage.input_tokens, usage.output_tokens, usage.total_tokens],
                    latency,
                    role: response.into_inner().into_message().unwrap().role.to_string(),
                }
            }
            Conversation::Streamed(mut answer) => {
                let mut printed = Printed::default();
                while let Some(event) = answer.next().await {
                    match event.unwrap() {
                        Event::MessageStart(start) => printed.role = start.role.unwrap().into_owned(),
                        Event::TextDelta(text) => printed.text.push_str(&text),
                        Event::Stop(stop) => printed.stop_reason = stop.reason.to_string(),
                        Event::Usage(update) => {
                            let usage = update.usage;
                            printed.tokens = [usage.input_tokens, usage.output_tokens, usage.total_tokens];
                        }
                        _ => {}
                    }
                }
                let answer = answer.finish().unwrap();
                let native = answer.native_as::<ConverseResponse>().unwrap();
                printed.latency = native.metrics.as_ref().is_some_and(|metrics| metrics.latency_ms.is_some());
                printed
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(printed, want, "streaming: {streaming}");
    }
}

/// The loop of one who prints what arrives, without async.
#[test]
fn without_async_it_prints_the_same() {
    let server = Emulator::builder().start_blocking().unwrap();
    let client = client(&server.url()).build().unwrap();
    for streaming in [true, false] {
        server.enqueue(Answer::text("Rain in Bergen.").with_usage(3, 2).with_stop_reason("max_tokens"));
        let messages = [Message::user("Weather?")];
        let got = call(&client, MODEL, &messages, None, None, None, streaming).send_blocking().unwrap();
        let (text, reason, total) = match got {
            blocking::Conversation::Whole(response) => {
                let total = response.usage.as_ref().and_then(|usage| usage.total_tokens);
                (response.text(), response.stop_reason.to_string(), total)
            }
            blocking::Conversation::Streamed(mut answer) => {
                let (mut text, mut reason, mut total) = (String::new(), String::new(), None);
                for event in &mut answer {
                    match event.unwrap() {
                        Event::TextDelta(delta) => text.push_str(&delta),
                        Event::Stop(stop) => reason = stop.reason.to_string(),
                        Event::Usage(update) => total = update.usage.total_tokens,
                        _ => {}
                    }
                }
                assert!(answer.finish().unwrap().completeness.is_complete());
                (text, reason, total)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(
            (text.as_str(), reason.as_str(), total),
            ("Rain in Bergen.", "max_tokens", Some(5)),
            "{streaming}"
        );
        let error = call(
            &client,
            MODEL,
            &[Message::user("[[error type=AccessDeniedException]]")],
            None,
            None,
            None,
            streaming,
        );
        assert_eq!(error.send_blocking().unwrap_err().error_type(), Some("AccessDeniedException"));
    }
}

#[tokio::test]
async fn a_refusal_is_an_error_either_way_and_blocks_of_any_kind_are_taken() {
    let server = Emulator::builder().start().await.unwrap();
    let client = client(&server.url()).build().unwrap();
    for streaming in [true, false] {
        let messages = [Message::user("[[error type=AccessDeniedException]]")];
        let error = ask(&client, MODEL, &messages, None, None, None, streaming).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.error_type()),
            (ErrorKind::Service, Some("AccessDeniedException")),
            "{error}"
        );
    }
    // A tool call in the stream, which the loop of one who expects text alone must outlive.
    server.enqueue(Answer::tool_use("weather", json!({"city": "Oslo"})));
    let message = Message::new(ConversationRole::User, vec![ContentBlock::from("Weather?")]);
    let got = ask(&client, MODEL, &[message], Some(playlist()), None, None, true).await.unwrap();
    let answer = got.answer().await.unwrap();
    assert_eq!(
        (answer.text().as_str(), answer.reply.stop_reason.as_ref().unwrap().as_str()),
        ("", "tool_use")
    );
}
