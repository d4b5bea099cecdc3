//! `bedrock embed` and `bedrock rerank` as a user runs them, against the endpoint inside the command.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::{Server, bedrock, command, finish};
use serde_json::{Value, json};

const TITAN: &str = "amazon.titan-embed-text-v2:0";
const COHERE: &str = "cohere.embed-v4:0";

fn embed<'a>(model: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["embed", "--local", "--model-id", model], rest].concat()
}

fn texts(documents: &[Value]) -> Vec<&str> {
    documents.iter().map(|document| document["text"].as_str().unwrap()).collect()
}

#[test]
fn texts_come_from_arguments_stdin_and_files() {
    let file = std::env::temp_dir().join(format!("bedrock-embed-{}.txt", std::process::id()));
    let path = file.to_str().unwrap();
    let plain = "rain in Oslo\n\n  {sun} in Bergen\n";
    for (input, want) in [
        (plain, vec!["rain in Oslo", "  {sun} in Bergen"]),
        ("\"rain\\nin Oslo\"\n{\"text\": \"sun\", \"id\": 7}\n", vec!["rain\nin Oslo", "sun"]),
        ("\u{feff}\"rain\"\r\n", vec!["rain"]),
        ("12\n13", vec!["12", "13"]),
    ] {
        std::fs::write(&file, input).unwrap();
        for (arguments, stdin) in
            [(vec!["--batch", path], ""), (vec!["--batch", "-"], input), (vec![], input)]
        {
            let run = bedrock(&embed(COHERE, &arguments), stdin.as_bytes());
            assert_eq!(
                (run.code, texts(&run.documents())),
                (0, want.clone()),
                "{arguments:?} {}",
                run.stderr
            );
        }
    }
    std::fs::remove_file(&file).unwrap();
    let run = bedrock(&embed(TITAN, &["--dimensions", "256", "rain in Oslo", "sun"]), b"");
    let documents = run.documents();
    assert_eq!((run.code, texts(&documents)), (0, vec!["rain in Oslo", "sun"]), "{}", run.stderr);
    assert_eq!(
        documents
            .iter()
            .map(|found| (found["index"].clone(), found["input_tokens"].clone()))
            .collect::<Vec<_>>(),
        [(json!(0), json!(3)), (json!(1), json!(1))]
    );
    assert!(documents.iter().all(|found| found["embedding"].as_array().unwrap().len() == 256));
    let run = bedrock(&embed(COHERE, &["--no-text", "--purpose", "query", "--truncate", "end", "a"]), b"");
    let document = &run.documents()[0];
    let keys: Vec<_> = document.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        (run.code, keys),
        (0, vec!["index".to_owned(), "embedding".to_owned(), "input_tokens".to_owned()])
    );
}

#[test]
fn every_family_embeds_in_the_order_of_the_texts() {
    let input: String = (0..100).map(|n| format!("text {n}\n")).collect();
    for model in [
        "amazon.titan-embed-text-v1",
        TITAN,
        "amazon.titan-embed-image-v1",
        "cohere.embed-english-v3",
        COHERE,
        "amazon.nova-2-multimodal-embeddings-v1:0",
        "twelvelabs.marengo-embed-2-7-v1:0",
        "twelvelabs.marengo-embed-3-0-v1:0",
    ] {
        let run = bedrock(&embed(model, &[]), input.as_bytes());
        let documents = run.documents();
        assert_eq!((run.code, documents.len()), (0, 100), "{model}: {}", run.stderr);
        for (at, found) in documents.iter().enumerate() {
            assert_eq!((&found["index"], &found["text"]), (&json!(at), &json!(format!("text {at}"))));
            assert!(found["embedding"].as_array().unwrap().len() >= 256, "{model}");
        }
    }
}

#[test]
fn each_failure_of_embed_has_its_exit_code() {
    let bad = b"\"fine\"\n\"broken\n";
    for (arguments, stdin, code, said) in [
        (embed(TITAN, &[]), &b"\n"[..], 2, "no text"),
        (embed("amazon.nova-lite-v1:0", &["a"]), b"", 2, "family"),
        (embed(TITAN, &["--family", "word2vec", "a"]), b"", 2, "titan-text"),
        (embed(TITAN, &["--batch", "-", "a"]), b"", 2, "--batch"),
        (embed("cohere.embed-english-v3", &["--dimensions", "256", "a"]), b"", 2, "one length"),
        (embed(TITAN, &["--truncate", "start", "a"]), b"", 2, "cut"),
        (embed(TITAN, &[]), bad, 4, "line 2"),
        (embed(TITAN, &[]), b"{\"id\": 1}", 4, "line 1"),
        (embed(TITAN, &[]), b"fine\n\xff", 4, "byte 5"),
        (embed(TITAN, &["--batch", "/nowhere/at/all"]), b"", 7, "/nowhere"),
        (embed(TITAN, &["[[error type=ValidationException]]"]), b"", 5, "ValidationException"),
        (embed(TITAN, &["--dimensions", "1000000", "a"]), b"", 5, "ValidationException"),
        (embed(TITAN, &["a", "b", "[[error type=AccessDeniedException]]", "c"]), b"", 3, "2 of 4"),
    ] {
        let run = bedrock(&arguments, stdin);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout.lines().count(), if code == 3 { 2 } else { 0 }, "{arguments:?}");
    }
    let nobody = ["embed", "--model-id", TITAN, "--endpoint-url", "http://127.0.0.1:9", "a"];
    let mut nobody = command(&nobody);
    nobody.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE");
    assert_eq!(finish(nobody.env("AWS_REGION", "us-east-1").spawn().unwrap(), b"").code, 6);
}

const DOCUMENTS: &str = "Bergen is rainy.\nOslo is the capital of Norway.\n\nThe capital is far.\n";

fn rerank<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    let start = ["rerank", "--local", "--model-id", "cohere.rerank-v3-5:0", "--query", "capital of Norway"];
    [&start, rest].concat()
}

#[test]
fn documents_are_ranked_the_best_first() {
    let found = |run: &crate::common::Run| {
        let documents = run.documents();
        documents.iter().map(|found| (found["index"].clone(), found["document"].clone())).collect::<Vec<_>>()
    };
    let best = (json!(1), json!("Oslo is the capital of Norway."));
    let all = bedrock(&rerank(&[]), DOCUMENTS.as_bytes());
    let want =
        [best.clone(), (json!(2), json!("The capital is far.")), (json!(0), json!("Bergen is rainy."))];
    assert_eq!((all.code, found(&all)), (0, want.to_vec()), "{}", all.stderr);
    let scores: Vec<f64> =
        all.documents().iter().map(|found| found["relevance_score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    let top = bedrock(&rerank(&["--top", "1", "-"]), DOCUMENTS.as_bytes());
    assert_eq!((top.code, found(&top)), (0, vec![best]), "{}", top.stderr);
    // Documents of JSON come back as they were given.
    let json_lines =
        "{\"title\": \"Bergen\"}\n{\"title\": \"Oslo\", \"says\": \"capital of Norway\"}\n\"rain\"\n";
    let run = bedrock(&rerank(&["--top", "1"]), json_lines.as_bytes());
    assert_eq!(found(&run), [(json!(1), json!({"title": "Oslo", "says": "capital of Norway"}))]);
}

#[test]
fn each_failure_of_rerank_has_its_exit_code() {
    let many = "a document\n".repeat(1_001);
    for (arguments, stdin, code, said) in [
        (rerank(&[]), "", 2, "no document"),
        (rerank(&[]), "\"a\"\n[1]\n", 4, "line 2"),
        (rerank(&["/nowhere/at/all"]), "", 7, "/nowhere"),
        (rerank(&[]), &many, 5, "ValidationException"),
    ] {
        let run = bedrock(&arguments, stdin.as_bytes());
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(said) && run.stdout.is_empty(), "{arguments:?}: {}", run.stderr);
    }
}

/// Where the service takes signatures only, the keys sign beside a bearer token.
#[test]
fn rerank_is_signed_also_beside_a_bearer_token() {
    let server = Server::start(&["--verify", "AKIDEXAMPLE:SECRETEXAMPLE", "--bearer", "TOKEN"]);
    for (secret, code) in [("SECRETEXAMPLE", 0), ("WRONG", 5)] {
        let model = ["rerank", "--model-id", "amazon.rerank-v1:0", "--query", "q"];
        let mut call = command(&[&model[..], &["--endpoint-url", &server.url]].concat());
        call.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", secret);
        call.env("AWS_BEARER_TOKEN_BEDROCK", "TOKEN").env("AWS_REGION", "us-east-1");
        let run = finish(call.spawn().unwrap(), b"a\nb\n");
        assert_eq!(run.code, code, "{}", run.stderr);
    }
    let mut call = command(&[
        "rerank",
        "--model-id",
        "amazon.rerank-v1:0",
        "--query",
        "q",
        "--endpoint-url",
        &server.url,
    ]);
    call.env("AWS_BEARER_TOKEN_BEDROCK", "TOKEN").env("AWS_REGION", "us-east-1");
    call.env("AWS_CONFIG_FILE", "/nowhere").env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
    let run = finish(call.spawn().unwrap(), b"a\n");
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("signatures"), "{}", run.stderr);
}
