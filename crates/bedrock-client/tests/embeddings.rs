//! Texts to vectors, by every family of embedding models, and what comes of it when something goes wrong on the way.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use crate::common::client;
use bedrock_client::{EmbeddingFamily, EmbeddingPurpose, ErrorKind, RetryConfig, Truncation};
use bedrock_emulator::{Answer, Emulator};
use serde_json::{Value, json};

const COHERE: &str = "cohere.embed-multilingual-v3";

async fn emulator() -> Emulator {
    Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").start().await.unwrap()
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("text number {n}")).collect()
}

#[tokio::test]
async fn every_family_gives_each_text_its_vector() {
    let server = emulator().await;
    let client = client(&server.url()).build().unwrap();
    // (model, dimensions to ask for, length, requests for 200 texts, whether tokens are given)
    for (model, dimensions, length, requests, counted) in [
        ("amazon.titan-embed-text-v1", None, 1_536, 200, true),
        ("amazon.titan-embed-text-v2:0", Some(256), 256, 200, true),
        ("amazon.titan-embed-image-v1", Some(384), 384, 200, true),
        (COHERE, None, 1_024, 3, true),
        ("us.cohere.embed-v4:0", Some(512), 512, 3, true),
        ("cohere.embed-v4:0", None, 1_536, 3, true),
        ("amazon.nova-2-multimodal-embeddings-v1:0", Some(256), 256, 200, true),
        ("twelvelabs.marengo-embed-2-7-v1:0", None, 1_024, 200, false),
        ("twelvelabs.marengo-embed-3-0-v1:0", None, 1_024, 200, false),
    ] {
        server.clear();
        let mut all = texts(199);
        all.push(all[3].clone());
        let call = client.embed(model, &all).requests_at_once(8);
        let call = if let Some(numbers) = dimensions { call.dimensions(numbers) } else { call };
        let found = call.await.unwrap_or_else(|error| panic!("{model}: {error}"));
        assert_eq!((found.requests(), server.requests().len()), (requests, requests), "{model}");
        let indexes: Vec<usize> = found.embeddings.iter().map(|embedding| embedding.index).collect();
        assert_eq!(indexes, (0..200).collect::<Vec<_>>(), "{model}");
        assert!(found.vectors().all(|vector| vector.len() == length), "{model}");
        let vectors: Vec<_> = found.vectors().collect();
        assert!(vectors[3] == vectors[199] && vectors[3] != vectors[4], "{model}");
        assert_eq!(found.input_tokens(), counted.then_some(600), "{model}");
        let alone = counted && requests == 200;
        assert_eq!(found.embeddings[7].input_tokens, alone.then_some(3), "{model}");
    }
}

#[tokio::test]
async fn a_request_takes_no_more_than_it_is_told() {
    let server = emulator().await;
    let client = client(&server.url()).build().unwrap();
    for (most, sizes) in [(None, vec![96, 4]), (Some(40), vec![40, 40, 20]), (Some(500), vec![96, 4])] {
        server.clear();
        let call = client.embed(COHERE, texts(100)).purpose(EmbeddingPurpose::Query);
        let call = call.truncation(Truncation::End).requests_at_once(1);
        let call = if let Some(most) = most { call.texts_per_request(most) } else { call };
        let mut batches = call.batches();
        let mut got = Vec::new();
        while let Some(batch) = batches.next().await {
            got.push(batch.unwrap().embeddings.len());
        }
        assert_eq!(got, sizes);
        for (seen, size) in server.requests().iter().zip(sizes) {
            let body: Value = serde_json::from_slice(&seen.body).unwrap();
            assert_eq!(body["texts"].as_array().unwrap().len(), size);
            assert_eq!((&body["input_type"], &body["truncate"]), (&json!("search_query"), &json!("END")));
        }
    }
    let none = client.embed(COHERE, Vec::<String>::new()).await.unwrap();
    assert_eq!((none.embeddings.len(), none.requests(), none.input_tokens()), (0, 0, Some(0)));
}

#[tokio::test]
async fn what_had_arrived_is_given_before_the_error() {
    let server = emulator().await;
    let client = client(&server.url()).retry(RetryConfig::never()).build().unwrap();
    let refuse = |server: &Emulator| {
        for answer in [Answer::default(), Answer::default(), Answer::error("ThrottlingException")] {
            server.enqueue(answer);
        }
    };
    refuse(&server);
    let call = client.embed("amazon.titan-embed-text-v2:0", texts(9)).requests_at_once(1);
    let mut batches = call.batches();
    for index in 0..2 {
        assert_eq!(batches.next().await.unwrap().unwrap().embeddings[0].index, index);
    }
    let error = batches.next().await.unwrap().unwrap_err();
    assert!(error.is_throttling(), "{error}");
    assert!(batches.next().await.is_none());
    assert_eq!(server.requests().len(), 3, "nothing is asked after that");
}

#[tokio::test]
async fn answers_that_are_none() {
    let server = emulator().await;
    let client = client(&server.url()).build().unwrap();
    for body in [
        json!({"embeddings": [[0.5]], "texts": []}),
        json!({"embeddings": [[0.5], [0.5], [0.5]]}),
        json!({"embeddings": {"int8": [[1], [2]]}}),
        json!({"embeddings": "none"}),
        json!([]),
    ] {
        server.enqueue(Answer::body(body.clone()));
        let error = client.embed(COHERE, ["a", "b"]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
        assert!(error.request_id().is_some() && error.body().is_some());
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_said_before_anything_is_sent() {
    let server = emulator().await;
    let client = client(&server.url()).build().unwrap();
    let opaque = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc";
    for call in [
        client.embed(opaque, ["a"]),
        client.embed("amazon.nova-lite-v1:0", ["a"]),
        client.embed(COHERE, ["a"]).dimensions(256),
        client.embed("amazon.titan-embed-text-v2:0", ["a"]).truncation(Truncation::Start),
    ] {
        assert_eq!(call.await.unwrap_err().kind(), ErrorKind::Usage);
    }
    assert!(server.requests().is_empty());
    server.enqueue(Answer::body(json!({"embeddings": [[0.5]]})));
    let named = client.embed(opaque, ["a"]).family(EmbeddingFamily::CohereV4).await.unwrap();
    assert_eq!(named.embeddings[0].vector, [0.5]);
}

#[test]
fn without_async_too() {
    let server = Emulator::builder().start_blocking().unwrap();
    let client = bedrock_client::blocking::Client::from(client(&server.url()).build().unwrap());
    let whole = client.embed(COHERE, texts(100)).send_blocking().unwrap();
    let batches = client.embed(COHERE, texts(100)).batches().blocking();
    let pieces: Vec<_> = batches.flat_map(|batch| batch.unwrap().embeddings).collect();
    assert_eq!((pieces.len(), &pieces), (100, &whole.embeddings));
}

/// Left in the middle, the requests under way are closed.
#[tokio::test]
async fn leaving_closes_the_requests() {
    let server = emulator().await;
    let client = client(&server.url()).build().unwrap();
    for _ in 0..3 {
        server.enqueue(Answer::fault("hang".parse().unwrap()));
    }
    let mut batches = client.embed("amazon.titan-embed-text-v2:0", texts(9)).requests_at_once(3).batches();
    let waited = tokio::time::timeout(std::time::Duration::from_millis(300), batches.next()).await;
    assert!(waited.is_err() && server.open_requests() == 3, "{}", server.open_requests());
    drop(batches);
    for _ in 0..400 {
        if server.open_requests() == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{} requests are left", server.open_requests());
}

#[tokio::test]
async fn rerank_takes_bare_ids() {
    let server = emulator().await;
    let region = |region: &str| client(&server.url()).region(region).build().unwrap();
    let arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.rerank-v1:0";
    for (given, sent) in [("amazon.rerank-v1:0", arn), (arn, arn), ("odd name", "odd name")] {
        server.clear();
        let request = bedrock_client::formats::rerank::RerankRequest::new(given, "q", ["a"]);
        region("us-east-1").rerank(request).await.unwrap();
        let body: Value = serde_json::from_slice(&server.requests()[0].body).unwrap();
        let pointer = "/rerankingConfiguration/bedrockRerankingConfiguration/modelConfiguration/modelArn";
        assert_eq!(body.pointer(pointer), Some(&json!(sent)));
    }
}
