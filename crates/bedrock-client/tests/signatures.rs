//! Every operation's signature before two judges: AWS's own signing code (the server that `BEDROCK_INTEROP` names), and the
//! local endpoint, which computes signatures of its own. What is answered after that is no matter here.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use crate::common::interop;
use crate::common::operations::{ON_MANTLE, OPERATIONS};
use bedrock_client::{Client, Credentials, Error, HttpVersion, RetryConfig};
use bedrock_emulator::Emulator;
use serde_json::{Value, json};

const IDS: &[&str] = &[
    "amazon.nova-lite",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0",
    "id with space/ünd:$~*'(+)%2F",
];

/// Static and temporary keys.
fn keys() -> [Credentials; 2] {
    [
        Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"),
        Credentials::new("ASIATEMP", "TEMPSECRET").with_session_token("SESSIONTOKEN"),
    ]
}

fn client(url: &str, keys: Credentials, version: HttpVersion) -> Client {
    let builder = Client::builder().region("us-east-1").endpoint(url).credentials(keys);
    crate::common::connecting(builder, version).retry(RetryConfig::never()).build().unwrap()
}

#[test]
fn no_operation_is_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operations");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut there: BTreeSet<String> =
        files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    assert!(there.remove("mod"));
    let rows = OPERATIONS.iter().chain(ON_MANTLE).map(|row| row.name.to_owned());
    let tried = rows.chain(["invoke_model_with_bidirectional_stream".to_owned()]).collect();
    assert_eq!(there, tried);
}

/// `GET` of a path of the server's own.
fn ask(url: &str, path: &str) -> Value {
    let mut socket = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    write!(socket, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {answer}"))
}

#[tokio::test]
async fn aws_s_own_code_agrees_with_every_signature() {
    let Some(server) = interop::server(&["--verify", "ASIATEMP:TEMPSECRET:SESSIONTOKEN"]) else { return };
    let mut judged = 0;
    for keys in keys() {
        for version in [HttpVersion::Http1, HttpVersion::Http2] {
            // A custom endpoint may have a path, which is signed with the rest.
            for url in [server.url.clone(), format!("{}/pre fix/x:y", server.url)] {
                let client = client(&url, keys.clone(), version);
                for id in IDS {
                    ask(&server.url, "/__reset");
                    for row in OPERATIONS {
                        // The server answers a few of them only: what it makes of the signature is in its log.
                        drop((row.call)(&client, id).await);
                    }
                    let Value::Array(verdicts) = ask(&server.url, "/__verify") else { panic!("no log") };
                    for (row, verdict) in OPERATIONS.iter().zip(&verdicts) {
                        let about = format!("{} of {id:?} as {version:?} at {url}", row.name);
                        assert_eq!(
                            (&verdict["auth"], &verdict["ok"]),
                            (&json!("sigv4"), &json!(true)),
                            "{about}: {verdict}"
                        );
                    }
                    assert_eq!(verdicts.len(), OPERATIONS.len(), "each was sent once");
                    judged += verdicts.len();
                }
            }
        }
    }
    eprintln!("{judged} signatures are right");
}

/// Whether a signature was refused, which is something else than an answer that is an error.
fn refused(error: &Error) -> bool {
    let name = error.error_type().unwrap_or_default();
    error.status().is_some_and(|status| status == 403) || name.contains("Signature") || name.contains("Token")
}

#[tokio::test]
async fn the_local_endpoint_agrees_with_every_signature() {
    let temporary =
        bedrock_emulator::Credentials::new("ASIATEMP", "TEMPSECRET").with_session_token("SESSIONTOKEN");
    let server = Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").credentials(temporary);
    let server = server.start().await.unwrap();
    for keys in keys() {
        for version in [HttpVersion::Http1, HttpVersion::Http2] {
            let right = client(&server.url(), keys.clone(), version);
            let wrong = Credentials::new(keys.access_key_id(), "WRONG");
            let wrong = wrong.with_session_token(keys.session_token().unwrap_or_default());
            let wrong = client(&server.url(), wrong, version);
            for row in OPERATIONS.iter().chain(ON_MANTLE) {
                for id in IDS {
                    let error = (row.call)(&right, id).await.err();
                    let about = format!("{} of {id:?} as {version:?}: {error:?}", row.name);
                    assert!(
                        error.is_none_or(|error| error.status().is_some() && !refused(&error)),
                        "{about}"
                    );
                }
                let error = (row.call)(&wrong, IDS[1]).await.unwrap_err();
                assert!(refused(&error), "{}: {error}", row.name);
            }
        }
        // The events of a stream in both directions are signed one by one.
        let version = if crate::common::OVER_REQWEST { HttpVersion::Http2 } else { HttpVersion::Auto };
        let client = client(&server.url(), keys.clone(), version);
        for id in IDS {
            let mut session = client.invoke_model_with_bidirectional_stream(*id).await.unwrap();
            for n in 0..3 {
                session.send(json!({"event": {"n": n}})).await.unwrap();
            }
            session.close_input();
            let mut received = 0;
            while let Some(event) = session.next().await {
                event.unwrap_or_else(|error| panic!("{id}: {error}"));
                received += 1;
            }
            assert_eq!(received, 3, "{id}");
        }
    }
}
