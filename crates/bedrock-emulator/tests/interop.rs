//! The official clients against this server. They are found in the folder that BEDROCK_INTEROP names, which has `clients`,
//! `server/tamper.py`, `node_modules` and a Python environment in `venv`; without it the tests say that they were skipped.
// In a test a failed expectation is what a panic is for; clippy does not see that helpers are part of one.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::Command;

use bedrock_emulator::Emulator;
use serde_json::Value;

const CLAUDE: &str = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const ARN: &str =
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-5-sonnet-20241022-v2:0";
const WEATHER: &str = "What is the weather in Oslo?";

fn interop() -> Option<PathBuf> {
    let folder = std::env::var_os("BEDROCK_INTEROP").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: BEDROCK_INTEROP is not set");
    }
    folder
}

fn command(folder: &std::path::Path, script: &str) -> Command {
    let mut command = if script.ends_with(".py") {
        Command::new(folder.join("venv/bin/python"))
    } else {
        Command::new("node")
    };
    command.arg(folder.join(script));
    command
}

/// Runs one client and reads the line of JSON that it prints.
fn run(mut command: Command) -> Value {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|error| {
        panic!("{command:?}: {error}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    })
}

#[test]
fn official_clients_get_their_answers() {
    let Some(folder) = interop() else { return };
    let server = Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").start_blocking().unwrap();
    let (boto, js) = ("clients/boto3_client.py", "clients/sdk.mjs");
    let (anthropic, anthropic_js) = ("clients/anthropic_client.py", "clients/anthropic_bedrock.mjs");
    for (script, model, arguments) in [
        (boto, CLAUDE, &["--op", "converse"][..]),
        (boto, ARN, &["--op", "converse-stream"]),
        (boto, CLAUDE, &["--op", "invoke"]),
        (boto, CLAUDE, &["--op", "invoke-stream"]),
        (js, CLAUDE, &["--op", "converse"]),
        (js, ARN, &["--op", "converse-stream"]),
        (js, CLAUDE, &["--op", "converse-stream", "--http1", "1"]),
        (js, ARN, &["--op", "invoke", "--http1", "1"]),
        (js, CLAUDE, &["--op", "invoke-stream"]),
        (anthropic, CLAUDE, &["--op", "stream"]),
        (anthropic, ARN, &["--op", "create"]),
        (anthropic_js, CLAUDE, &["--op", "stream"]),
        (anthropic_js, ARN, &["--op", "create"]),
    ] {
        for tool in [false, true] {
            let mut command = command(&folder, script);
            command
                .args([&server.url(), model, "--prompt", WEATHER])
                .args(arguments)
                .args(tool.then_some("--tool"));
            let answer = run(command);
            let about = format!("{script} {model} {arguments:?} {tool}: {answer}");
            assert_eq!(answer["ok"], true, "{about}");
            if tool {
                assert_eq!(answer["stop"], "tool_use", "{about}");
                // One client does not print the calls of an answer that is not streamed.
                if script == js && arguments.contains(&"invoke") {
                    continue;
                }
                let input = &answer["tools"][0]["input"];
                let input =
                    input.as_str().map_or_else(|| input.clone(), |text| serde_json::from_str(text).unwrap());
                assert_eq!(input["city"], "Oslo", "{about}");
            } else {
                assert_eq!(answer["stop"], "end_turn", "{about}");
                assert_eq!(
                    answer["text"],
                    format!("Hello from the Bedrock emulator. You said: {WEATHER}"),
                    "{about}"
                );
            }
        }
    }
    for (script, op) in [(boto, "count-tokens"), (boto, "rerank"), (js, "count-tokens"), (js, "bidi")] {
        let mut command = command(&folder, script);
        command.args([&server.url(), CLAUDE, "--prompt", WEATHER, "--op", op]);
        let answer = run(command);
        assert_eq!(answer["ok"], true, "{script} {op}: {answer}");
        if op == "bidi" {
            let events = serde_json::json!([{"event": {"sessionStart": {}}}, {"event": {"sessionEnd": {}}}]);
            assert_eq!(answer["events"], events, "{answer}");
        }
    }
}

#[test]
fn official_clients_see_failures() {
    let Some(folder) = interop() else { return };
    let server = Emulator::builder().start_blocking().unwrap();
    for script in ["clients/boto3_client.py", "clients/sdk.mjs"] {
        for (scenario, complaint) in [
            ("[[error type=ServiceUnavailableException]]", "ServiceUnavailableException"),
            ("[[exception type=throttlingException after=2]]", "hrottlingException"),
        ] {
            let mut command = command(&folder, script);
            command.args([&server.url(), CLAUDE, "--prompt", scenario, "--op", "converse-stream"]);
            let answer = run(command);
            assert_eq!(answer["ok"], false, "{script} {scenario}: {answer}");
            assert!(answer["error"].as_str().unwrap().contains(complaint), "{script} {scenario}: {answer}");
        }
        let mut command = command(&folder, script);
        command.args([
            &server.url(),
            CLAUDE,
            "--prompt",
            "[[throttle n=1 key=x]]",
            "--op",
            "converse",
            "--retries",
            "2",
        ]);
        assert_eq!(run(command)["ok"], true, "{script}");
        server.clear();
    }
}

#[test]
fn nothing_tampered_with_comes_in() {
    let Some(folder) = interop() else { return };
    let server = Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").start_blocking().unwrap();
    let output = command(&folder, "server/tamper.py").arg(server.url()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("BAD: 0"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[cfg(feature = "self-signed")]
#[test]
fn bearer_tokens_over_tls() {
    let Some(folder) = interop() else { return };
    let (certificate, key) = bedrock_emulator::self_signed_certificate().unwrap();
    let bundle = std::env::temp_dir().join(format!("bedrock-emulator-ca-{}.pem", std::process::id()));
    std::fs::write(&bundle, &certificate).unwrap();
    let server = Emulator::builder().tls(certificate, key).bearer("good-key").start_blocking().unwrap();
    for (token, ok) in [("good-key", true), ("bad-key", false)] {
        let mut command = command(&folder, "clients/boto3_client.py");
        command
            .args([&server.url(), CLAUDE, "--prompt", "Hi", "--bearer", token])
            .env("AWS_CA_BUNDLE", &bundle);
        let answer = run(command);
        assert_eq!(answer["ok"], ok, "{answer}");
    }
    // What is left of it is the temporary folder's affair.
    let _ = std::fs::remove_file(&bundle);
}
