//! What comes over real HTTP, in both versions, when nothing goes wrong.
// In a test a failed expectation is what a panic is for; clippy does not see that helpers are part of one.
#![allow(clippy::unwrap_used)]

use crate::support::{CLAUDE, Http, NOVA, conversation, message, path, post, send};
use bedrock_emulator::{Answer, Emulator, Operation, Outcome, Pace};
use http::{Request, StatusCode};
use serde_json::{Value, json};

async fn server() -> Emulator {
    Emulator::builder().pace(Pace::none()).start().await.unwrap()
}

#[tokio::test]
async fn converse_streams_what_it_says_whole() {
    let server = server().await;
    for http in [Http::One, Http::Two] {
        let whole = post(&server, http, path(NOVA, "converse"), &conversation("hi")).await.unwrap();
        let stream = post(&server, http, path(NOVA, "converse-stream"), &conversation("hi")).await.unwrap();
        assert_eq!(whole.status, StatusCode::OK);
        assert_eq!(stream.headers["content-type"], "application/vnd.amazon.eventstream");
        assert!(stream.headers["x-amzn-requestid"].len() == 36);
        let (events, rest) = stream.events();
        assert_eq!(rest, None);
        let text: String = events.iter().filter_map(|(_, event)| event["delta"]["text"].as_str()).collect();
        let whole = whole.json();
        assert_eq!(whole["output"]["message"]["content"], json!([{"text": text}]));
        assert_eq!(text, "Hello from the Bedrock emulator. You said: hi");
        assert_eq!(events[0].0, "messageStart");
        assert_eq!(events[events.len() - 2].1["stopReason"], "end_turn");
        assert_eq!(events[events.len() - 1].1["usage"]["outputTokens"], whole["usage"]["outputTokens"]);
        assert!(events.iter().all(|(_, event)| event["p"].is_string()), "every event is padded");
        assert!(events.iter().all(|(name, _)| name != "contentBlockStart"), "text has no start");
    }
}

#[tokio::test]
async fn anthropic_and_nova_by_invoke() {
    let server = server().await;
    for http in [Http::One, Http::Two] {
        let whole = post(&server, http, path(CLAUDE, "invoke"), &message("hi")).await.unwrap();
        let stream =
            post(&server, http, path(CLAUDE, "invoke-with-response-stream"), &message("hi")).await.unwrap();
        assert_eq!(stream.headers["x-amzn-bedrock-content-type"], "application/json");
        let text: String =
            stream.chunks().iter().filter_map(|chunk| chunk["delta"]["text"].as_str()).collect();
        assert_eq!(whole.json()["content"][0]["text"], text);
        let counted: u64 =
            whole.headers["x-amzn-bedrock-output-token-count"].to_str().unwrap().parse().unwrap();
        assert_eq!(whole.json()["usage"]["output_tokens"], counted);

        let stream = post(&server, http, path(NOVA, "invoke-with-response-stream"), &conversation("hi"))
            .await
            .unwrap();
        let chunks = stream.chunks();
        let text: String =
            chunks.iter().filter_map(|chunk| chunk["contentBlockDelta"]["delta"]["text"].as_str()).collect();
        assert_eq!(text, "Hello from the Bedrock emulator. You said: hi");
        assert!(chunks.last().unwrap()["amazon-bedrock-invocationMetrics"].is_object());
    }
}

#[tokio::test]
async fn the_same_request_has_the_same_answer() {
    let (first, second) = (server().await, server().await);
    let ask = |server| async move {
        let body =
            post(server, Http::One, path(CLAUDE, "converse-stream"), &conversation("the weather")).await;
        body.unwrap().body
    };
    assert_eq!(ask(&first).await, ask(&second).await);
    assert_eq!(ask(&first).await, ask(&first).await);
}

#[tokio::test]
async fn an_opaque_arn_is_known_by_its_body() {
    let server = server().await;
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123";
    let answer = post(&server, Http::One, path(arn, "invoke"), &message("hi")).await.unwrap();
    assert_eq!(answer.json()["type"], "message");
    let request = &server.requests()[0];
    assert_eq!((request.model_id.as_deref(), request.operation), (Some(arn), Some(Operation::InvokeModel)));
    let answer = post(&server, Http::One, path(arn, "invoke"), &json!({"x": 1})).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.error_type()), (400, "ValidationException"));
}

#[tokio::test]
async fn errors_are_written_like_the_service() {
    let server = server().await;
    for http in [Http::One, Http::Two] {
        for (path, body, status, error_type) in [
            (path(CLAUDE, "converse"), "{}", 400, "ValidationException"),
            (path(CLAUDE, "converse"), "{", 400, "SerializationException"),
            (path(CLAUDE, "nothing"), "{}", 404, "UnknownOperationException"),
            ("/model/arn:x/y/converse".to_owned(), "{}", 404, "UnknownOperationException"),
        ] {
            let request = Request::post(&path).body(body.into()).unwrap();
            let answer = send(&server, http, request).await.unwrap();
            assert_eq!((answer.status.as_u16(), answer.error_type()), (status, error_type), "{path}");
            assert!(answer.headers["x-amzn-errortype"].to_str().unwrap().contains(":http"));
            assert!(answer.json()["message"].is_string());
            assert!(answer.headers.contains_key("x-amzn-requestid"));
        }
        let answer =
            send(&server, http, Request::get(path(CLAUDE, "invoke")).body("".into()).unwrap()).await.unwrap();
        assert_eq!(answer.status.as_u16(), 405);
    }
}

#[tokio::test]
async fn the_other_operations() {
    let server = server().await;
    let post = |path: String, body: Value| {
        let server = &server;
        async move { post(server, Http::One, path, &body).await.unwrap() }
    };
    let counted =
        post(path(CLAUDE, "count-tokens"), json!({"input": {"converse": conversation("one two three")}}))
            .await;
    assert_eq!(counted.json(), json!({"inputTokens": 3}));
    let native = "eyJhbnRocm9waWNfdmVyc2lvbiI6IngiLCJtYXhfdG9rZW5zIjoxLCJtZXNzYWdlcyI6W3sicm9sZSI6InVzZXIiLCJjb250ZW50IjoiaGkifV19";
    let counted =
        post(path(CLAUDE, "count-tokens"), json!({"input": {"invokeModel": {"body": native}}})).await;
    assert_eq!(counted.json(), json!({"inputTokens": 1}));
    assert_eq!(post(path(CLAUDE, "count-tokens"), json!({"input": {}})).await.status.as_u16(), 400);

    let apply = |text: &str| json!({"source": "INPUT", "content": [{"text": {"text": text}}]});
    let guarded =
        post("/guardrail/g/version/1/apply".into(), apply("write to a@b.example today")).await.json();
    assert_eq!(
        (&guarded["action"], &guarded["outputs"][0]["text"]),
        (&json!("GUARDRAIL_INTERVENED"), &json!("write to {EMAIL} today"))
    );
    let guarded = post("/guardrail/g/version/1/apply".into(), apply("fine")).await.json();
    assert_eq!((&guarded["action"], &guarded["outputs"]), (&json!("NONE"), &json!([])));
    let checked = post(
        "/guardrail-checks/invoke".into(),
        json!({"messages": [{"role": "user", "content": [{"text": "ż a@b.c"}]}], "checks": {
            "contentFilter": {"categories": [{"category": "HATE"}]},
            "sensitiveInformation": {"entities": [{"type": "EMAIL"}]}}}),
    );
    let checked = checked.await.json();
    assert_eq!(checked["results"]["contentFilter"]["results"][0]["severityScore"], 0.0);
    let entity = &checked["results"]["sensitiveInformation"]["results"][0];
    assert_eq!((&entity["beginOffset"], &entity["endOffset"]), (&json!(2), &json!(7)));

    let document = |text: &str| json!({"type": "INLINE", "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": text}}});
    let ranked = post(
        "/rerank".into(),
        json!({"queries": [{"type": "TEXT", "textQuery": {"text": "rain in Oslo"}}], "sources": [document("sun"), document("Oslo")],
            "rerankingConfiguration": {"type": "BEDROCK_RERANKING_MODEL", "bedrockRerankingConfiguration":
                {"numberOfResults": 1, "modelConfiguration": {"modelArn": "arn:aws:bedrock:us-west-2::foundation-model/m"}}}}),
    );
    assert_eq!(ranked.await.json()["results"][0]["index"], 1);
}

#[tokio::test]
async fn asynchronous_invocations() {
    let server = server().await;
    let start = |token: &str| {
        let body = json!({"modelId": "amazon.nova-reel-v1:0", "modelInput": {}, "clientRequestToken": token,
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket"}}});
        let server = &server;
        async move {
            let answer = post(server, Http::One, "/async-invoke", &body).await.unwrap();
            answer.json()["invocationArn"].as_str().unwrap().to_owned()
        }
    };
    let get = |path: String| {
        let server = &server;
        async move { send(server, Http::One, Request::get(path).body("".into()).unwrap()).await.unwrap() }
    };
    let (first, again, second) = (start("a").await, start("a").await, start("b").await);
    assert_eq!(first, again);
    assert_ne!(first, second);
    let encoded = first.replace(':', "%3A").replace('/', "%2F");
    assert_eq!(get(format!("/async-invoke/{encoded}")).await.json()["status"], "InProgress");
    assert_eq!(get(format!("/async-invoke/{encoded}")).await.json()["status"], "Completed");
    assert_eq!(get("/async-invoke/none".into()).await.status.as_u16(), 404);
    let page =
        get("/async-invoke?maxResults=1&sortBy=SubmissionTime&sortOrder=Ascending".into()).await.json();
    assert_eq!(page["asyncInvokeSummaries"][0]["invocationArn"], first);
    let next = page["nextToken"].as_str().unwrap();
    let page =
        get(format!("/async-invoke?maxResults=1&sortBy=SubmissionTime&sortOrder=Ascending&nextToken={next}"))
            .await
            .json();
    assert_eq!(page["asyncInvokeSummaries"][0]["invocationArn"], second);
    assert!(page.get("nextToken").is_none());
    let done = get("/async-invoke?statusEquals=Completed".into()).await.json();
    assert_eq!(done["asyncInvokeSummaries"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn scripted_answers_come_in_their_order() {
    let server = server().await;
    server.enqueue("one");
    server.enqueue(Answer::tool_use("t", json!({"a": 1})).with_usage(5, 6));
    server.enqueue(Answer::chunks([
        json!({"messageStart": {"role": "assistant"}}),
        json!({"throttlingException": {"message": "m"}}),
    ]));
    let body = conversation("hi");
    let ask = |operation: &str| post(&server, Http::Two, path(CLAUDE, operation), &body);
    assert_eq!(ask("converse").await.unwrap().json()["output"]["message"]["content"][0]["text"], "one");
    let called = ask("converse").await.unwrap().json();
    assert_eq!(called["output"]["message"]["content"][0]["toolUse"]["input"], json!({"a": 1}));
    assert_eq!(called["usage"]["totalTokens"], 11);
    assert_eq!(ask("converse-stream").await.unwrap().names(), ["messageStart", "!throttlingException"]);
    assert_eq!(server.queued(), 0);
}

#[tokio::test]
async fn settings_are_repeated() {
    let server = server().await;
    let mut body = conversation("hi");
    body["serviceTier"] = json!({"type": "flex"});
    let answer = post(&server, Http::One, path(CLAUDE, "converse"), &body).await.unwrap();
    assert_eq!(answer.json()["serviceTier"]["type"], "flex");
    let request = Request::post(path(CLAUDE, "invoke")).header("x-amzn-bedrock-service-tier", "priority");
    let answer =
        send(&server, Http::One, request.body(message("hi").to_string().into()).unwrap()).await.unwrap();
    assert_eq!(answer.headers["x-amzn-bedrock-service-tier"], "priority");
}

#[tokio::test]
async fn what_the_server_saw() {
    let server = server().await;
    post(&server, Http::One, "/model/a%3Ab/converse?x=1", &conversation("hi")).await.unwrap();
    post(&server, Http::Two, path("m", "converse-stream"), &conversation("hi")).await.unwrap();
    let requests = server.requests();
    assert_eq!(
        (requests[0].path.as_str(), requests[0].query.as_deref()),
        ("/model/a%3Ab/converse", Some("x=1"))
    );
    assert_eq!(requests[0].model_id.as_deref(), Some("a:b"));
    assert_eq!(requests[0].outcome, Outcome::Sent);
    assert_eq!(requests[1].version, http::Version::HTTP_2);
    assert_ne!(requests[0].connection, requests[1].connection);
    assert!(requests[1].events_sent > 4);
    assert_eq!(serde_json::from_slice::<Value>(&requests[1].body).unwrap(), conversation("hi"));
    crate::support::until("connections close", || server.open_connections() == 0).await;
    assert_eq!(server.open_requests(), 0);
    server.clear();
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn control_addresses_for_other_languages() {
    let server = server().await;
    let queued =
        post(&server, Http::One, "/__queue", &json!([{"scenario": "eof after=1"}, {"scenario": "text=one"}]))
            .await;
    assert_eq!(queued.unwrap().json(), json!({"queued": 2}));
    let wrong = post(&server, Http::One, "/__queue", &json!({"scenario": "nonsense"})).await.unwrap().json();
    assert!(wrong["error"].as_str().unwrap().contains("nonsense"));
    let cut = post(&server, Http::One, path("m", "converse-stream"), &conversation("hi")).await.unwrap();
    assert_eq!(cut.names(), ["messageStart"]);
    let log = send(&server, Http::One, Request::get("/__log").body("".into()).unwrap()).await.unwrap().json();
    assert_eq!((log.as_array().unwrap().len(), &log[0]["scenario"]), (1, &json!("eof")));
    post(&server, Http::One, "/__reset", &json!({})).await.unwrap();
    assert_eq!((server.queued(), server.requests().len()), (0, 0));

    let closed = Emulator::builder().control(false).directives(false).start().await.unwrap();
    assert_eq!(post(&closed, Http::One, "/__reset", &json!({})).await.unwrap().status.as_u16(), 404);
    let told =
        post(&closed, Http::One, path("test.eof", "converse-stream"), &conversation("[[eof after=1]]"))
            .await
            .unwrap();
    assert!(told.names().len() > 2);
}

#[tokio::test]
async fn bodies_are_bounded() {
    let server = Emulator::builder().max_body_bytes(100).start().await.unwrap();
    let answer =
        post(&server, Http::One, path("m", "converse"), &conversation(&"x".repeat(200))).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.error_type()), (413, "RequestEntityTooLargeException"));
    let late = Emulator::builder().body_timeout(std::time::Duration::from_millis(10)).start().await.unwrap();
    let head = "POST /model/m/converse HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nconnection: close\r\n\r\n";
    let (text, _) = crate::support::raw(&late, head).await;
    assert!(text.contains("RequestTimeoutException"), "{text}");
}

#[tokio::test]
async fn it_stops() {
    let server = server().await;
    let address = server.address();
    server.enqueue(bedrock_emulator::Fault::Hang);
    let (body, url) = (conversation("hi").to_string(), server.url());
    let hanging = tokio::spawn(async move {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = Request::post(path("m", "converse")).body(body.into()).unwrap();
        crate::support::exchange(stream, &url, Http::One, request).await
    });
    crate::support::until("the request hangs", || server.open_requests() == 1 && server.queued() == 0).await;
    server.shutdown().await;
    assert!(hanging.await.unwrap().is_err(), "the connection is cut");
    assert!(std::net::TcpListener::bind(address).is_ok(), "the port is free");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let error =
        Emulator::builder().listen(taken.local_addr().unwrap().to_string()).start().await.unwrap_err();
    assert!(error.to_string().contains("cannot listen"), "{error}");
    assert!(Emulator::builder().listen("nonsense").start_blocking().is_err());
}

/// Neither sockets nor requests are left behind, and nobody waits for anybody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_streams_at_once() {
    let server = Emulator::builder().start().await.unwrap();
    let asks = (0..100).map(|nth| {
        let http = if nth % 2 == 0 { Http::One } else { Http::Two };
        let (url, address) = (server.url(), server.address());
        tokio::spawn(async move {
            let stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let body = conversation(&format!("number {nth}")).to_string();
            let request = Request::post(path("m", "converse-stream")).body(body.into()).unwrap();
            crate::support::exchange(stream, &url, http, request).await.unwrap()
        })
    });
    for (nth, ask) in asks.collect::<Vec<_>>().into_iter().enumerate() {
        let (events, rest) = ask.await.unwrap().events();
        let text: String = events.iter().filter_map(|(_, event)| event["delta"]["text"].as_str()).collect();
        assert_eq!((text, rest), (format!("Hello from the Bedrock emulator. You said: number {nth}"), None));
    }
    crate::support::until("all is closed", || server.open_requests() == 0 && server.open_connections() == 0)
        .await;
}

/// What the deltas of each format say is what the whole answer says.
#[tokio::test]
async fn every_other_format() {
    let server = server().await;
    let said = "Hello from the Bedrock emulator. You said: hi";
    for (model, body, whole, delta) in [
        ("amazon.titan-text-lite-v1", json!({"inputText": "hi"}), "/results/0/outputText", "/outputText"),
        ("us.meta.llama3-3-70b-instruct-v1:0", json!({"prompt": "hi"}), "/generation", "/generation"),
        (
            "mistral.mistral-7b-instruct-v0:2",
            json!({"prompt": "<s>[INST] hi [/INST]"}),
            "/outputs/0/text",
            "/outputs/0/text",
        ),
        ("mistral.mistral-large-2407-v1:0", json!({"prompt": "hi"}), "/outputs/0/text", "/outputs/0/text"),
        (
            "mistral.mistral-large-2402-v1:0",
            json!({"messages": [{"role": "user", "content": "hi"}]}),
            "/choices/0/message/content",
            "/choices/0/message/content",
        ),
        (
            "mistral.mistral-small-2402-v1:0",
            json!({"messages": [{"role": "user", "content": "hi"}]}),
            "/choices/0/message/content",
            "/choices/0/message/content",
        ),
        (
            "us.mistral.pixtral-large-2502-v1:0",
            json!({"messages": [{"role": "user", "content": "hi"}]}),
            "/choices/0/message/content",
            "/choices/0/message/content",
        ),
        (
            "ai21.jamba-1-5-mini-v1:0",
            json!({"messages": [{"role": "user", "content": "hi"}]}),
            "/choices/0/message/content",
            "/choices/0/delta/content",
        ),
        ("cohere.command-r-v1:0", json!({"message": "hi"}), "/text", "/text"),
        (
            "openai.gpt-oss-20b-1:0",
            json!({"messages": [{"role": "user", "content": "hi"}]}),
            "/choices/0/message/content",
            "/choices/0/delta/content",
        ),
    ] {
        let answer = post(&server, Http::One, path(model, "invoke"), &body).await.unwrap().json();
        assert_eq!(answer.pointer(whole).unwrap(), said, "{model}: {answer}");
        let stream =
            post(&server, Http::Two, path(model, "invoke-with-response-stream"), &body).await.unwrap();
        let chunks = stream.chunks();
        let text: String = chunks.iter().filter_map(|chunk| chunk.pointer(delta)?.as_str()).collect();
        assert_eq!(text, said, "{model}");
        assert!(chunks.last().unwrap()["amazon-bedrock-invocationMetrics"].is_object(), "{model}");
        let wrong = post(&server, Http::One, path(model, "invoke"), &json!({})).await.unwrap();
        assert_eq!(wrong.status.as_u16(), 400, "{model}");
    }
}

#[tokio::test]
async fn embeddings_by_invoke() {
    let server = server().await;
    let model = path("amazon.titan-embed-text-v2:0", "invoke");
    let answer =
        post(&server, Http::One, model, &json!({"inputText": "a b", "dimensions": 256})).await.unwrap();
    assert_eq!(answer.json()["embedding"].as_array().unwrap().len(), 256);
    assert_eq!(answer.headers["x-amzn-bedrock-input-token-count"], "2");
    let model = path("amazon.titan-embed-text-v2:0", "invoke-with-response-stream");
    let refused = post(&server, Http::One, model, &json!({"inputText": "a"})).await.unwrap();
    assert_eq!(refused.error_type(), "ValidationException");
}

/// The data of server-sent events, up to the end that some of them have.
fn data(answer: &crate::support::Answer) -> Vec<Value> {
    assert_eq!(answer.headers["content-type"], "text/event-stream; charset=utf-8");
    let text = String::from_utf8_lossy(&answer.body);
    let lines = text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    lines.map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn the_addresses_of_openai_and_anthropic() {
    let server = server().await;
    let said = "Hello from the Bedrock emulator. You said: hi";
    let chat = json!({"model": "openai.gpt-oss-20b", "messages": [{"role": "user", "content": "hi"}],
        "stream_options": {"include_usage": true}});
    let responses = json!({"model": "openai.gpt-oss-20b", "input": "hi"});
    let messages = json!({"model": "anthropic.claude-haiku-4-5", "max_tokens": 99, "messages": [{"role": "user", "content": "hi"}]});
    for (path, body, whole, delta) in [
        ("/openai/v1/chat/completions", &chat, "/choices/0/message/content", "/choices/0/delta/content"),
        ("/v1/chat/completions", &chat, "/choices/0/message/content", "/choices/0/delta/content"),
        ("/openai/v1/responses", &responses, "/output/0/content/0/text", "/delta"),
        ("/v1/responses", &responses, "/output/0/content/0/text", "/delta"),
        ("/anthropic/v1/messages", &messages, "/content/0/text", "/delta/text"),
    ] {
        let answer = post(&server, Http::Two, path, body).await.unwrap().json();
        assert_eq!(answer.pointer(whole).unwrap(), said, "{path}: {answer}");
        let mut streamed = body.clone();
        streamed["stream"] = json!(true);
        let stream = post(&server, Http::One, path, &streamed).await.unwrap();
        let events = data(&stream);
        let text: String = events.iter().filter_map(|event| event.pointer(delta)?.as_str()).collect();
        assert_eq!(text, said, "{path}");
        let last = events.last().unwrap();
        match path {
            "/anthropic/v1/messages" => assert_eq!(last, &json!({"type": "message_stop"})),
            _ if path.ends_with("responses") => {
                // The answers differ in the request that they belong to, and so in their ids.
                assert_eq!(last["response"]["output"][0]["content"], answer["output"][0]["content"]);
                assert_eq!(last["sequence_number"], events.len() - 1);
            }
            _ => {
                assert_eq!(last["usage"], answer["usage"]);
                assert!(stream.body.ends_with(b"data: [DONE]\n\n"));
            }
        }
        let wrong = post(&server, Http::One, path, &json!({})).await.unwrap();
        assert_eq!(wrong.status.as_u16(), 400);
        assert!(wrong.json()["error"]["message"].is_string(), "{path}");
        server.enqueue("exception after=1".parse::<Answer>().unwrap());
        let failed = data(&post(&server, Http::One, path, &streamed).await.unwrap());
        assert_eq!((failed.len(), &failed[1]["error"]["type"]), (2, &json!("throttlingException")), "{path}");
    }
}

#[tokio::test]
async fn lists_of_models_and_profiles() {
    let server = server().await;
    let get = |path: &str| send(&server, Http::One, Request::get(path).body("".into()).unwrap());
    let models = get("/foundation-models?byProvider=anthropic").await.unwrap().json();
    let ids: Vec<&Value> =
        models["modelSummaries"].as_array().unwrap().iter().map(|model| &model["modelId"]).collect();
    assert!(
        ids.contains(&&json!(CLAUDE)) && ids.iter().all(|id| id.as_str().unwrap().starts_with("anthropic."))
    );
    let one = get(&format!("/foundation-models/{}", CLAUDE.replace(':', "%3A"))).await.unwrap().json();
    assert_eq!(one["modelDetails"]["modelId"], CLAUDE);
    let (mut token, mut found) = (String::new(), Vec::new());
    loop {
        let page = get(&format!("/inference-profiles?maxResults=2{token}")).await.unwrap().json();
        found.extend(
            page["inferenceProfileSummaries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|p| p["inferenceProfileId"].to_string()),
        );
        let Some(next) = page["nextToken"].as_str() else { break };
        token = format!("&nextToken={next}");
    }
    let all = get("/inference-profiles").await.unwrap().json();
    assert_eq!(found.len(), all["inferenceProfileSummaries"].as_array().unwrap().len());
    assert!(get("/inference-profiles/us.amazon.nova-lite-v1%3A0").await.unwrap().json()["models"].is_array());
    for (path, status) in [
        ("/inference-profiles/none", 404),
        ("/inference-profiles?maxResults=x", 400),
        ("/foundation-models/none", 404),
    ] {
        assert_eq!(get(path).await.unwrap().status.as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn batch_jobs() {
    let server = server().await;
    let create = |name: &str, token: &str| {
        let body = json!({"jobName": name, "roleArn": "arn:aws:iam::1:role/r", "modelId": CLAUDE, "clientRequestToken": token,
            "inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://in"}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://out"}}});
        let server = &server;
        async move { post(server, Http::One, "/model-invocation-job", &body).await.unwrap() }
    };
    let get = |path: String| {
        let server = &server;
        async move { send(server, Http::One, Request::get(path).body("".into()).unwrap()).await.unwrap().json() }
    };
    let arn = create("one", "a").await.json()["jobArn"].as_str().unwrap().to_owned();
    assert_eq!(create("one", "a").await.json()["jobArn"], arn);
    assert_eq!(create("one", "b").await.error_type(), "ConflictException");
    assert_eq!(
        post(&server, Http::One, "/model-invocation-job", &json!({})).await.unwrap().status.as_u16(),
        400
    );
    let address = format!("/model-invocation-job/{}", arn.replace(':', "%3A").replace('/', "%2F"));
    let mut states = Vec::new();
    for _ in 0..6 {
        states.push(get(address.clone()).await["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(states, ["Submitted", "Validating", "Scheduled", "InProgress", "Completed", "Completed"]);
    let second =
        create("two", "c").await.json()["jobArn"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    post(&server, Http::One, format!("/model-invocation-job/{second}/stop"), &json!({})).await.unwrap();
    assert_eq!(get(format!("/model-invocation-job/{second}")).await["status"], "Stopping");
    assert_eq!(get(format!("/model-invocation-job/{second}")).await["status"], "Stopped");
    let listed = get("/model-invocation-jobs?nameContains=tw&sortOrder=Descending".into()).await;
    assert_eq!(listed["invocationJobSummaries"].as_array().unwrap().len(), 1);
}
