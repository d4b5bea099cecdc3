//! The official clients against this server. They are found in the folder that BEDROCK_INTEROP names, which has `clients`,
//! `server/tamper.py`, `node_modules` and a Python environment in `venv`; without it the tests say that they were skipped.
//! What calls every operation of a client stands in `clients` beside this file.
// In a test a failed expectation is what a panic is for; clippy does not see that helpers are part of one.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use bedrock_emulator::{Credentials, Emulator};
use serde_json::{Value, json};

const CLAUDE: &str = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const ARN: &str =
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-5-sonnet-20241022-v2:0";
const WEATHER: &str = "What is the weather in Oslo?";

fn interop() -> Option<PathBuf> {
    bedrock_testing::folder("BEDROCK_INTEROP")
}

fn command(folder: &Path, script: &str) -> Command {
    let mut command = if script.ends_with(".py") {
        Command::new(folder.join("venv/bin/python"))
    } else {
        Command::new("node")
    };
    command.arg(folder.join(script));
    command
}

/// Runs one client and reads the line of JSON that it prints.
fn run(command: Command) -> Value {
    lines(command).pop().unwrap_or_default()
}

/// Runs a client and reads the lines of JSON that it prints.
fn lines(mut command: Command) -> Vec<Value> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout);
    let read = |line| {
        serde_json::from_str(line).unwrap_or_else(|error| {
            panic!("{command:?}: {error}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
        })
    };
    let lines: Vec<Value> = text.lines().map(read).collect();
    if !output.status.success() {
        eprintln!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    lines
}

/// A script of our own beside the official package that it tries.
fn script(folder: &Path, name: &str) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name);
    let mut command = if name.ends_with(".py") {
        Command::new(folder.join("venv/bin/python"))
    } else {
        Command::new("node")
    };
    command.current_dir(folder).arg(path).env("NODE_NO_WARNINGS", "1");
    command
}

const HELLO: &str = "Hello from the Bedrock emulator. You said: What is new?";

/// What every client gets of an operation that it has.
fn expected(operation: &str) -> Value {
    let account = json!(["bedrock", "us-east-1", "123456789012"]);
    match operation {
        "Converse" | "InvokeModel" | "InvokeModelWithResponseStream" => {
            json!([HELLO, "end_turn", "optimized", "flex"])
        }
        "ConverseStream" => json!([HELLO, "end_turn", "metadata"]),
        "InvokeModelWithBidirectionalStream" => json!(["sessionStart", "promptStart", "sessionEnd"]),
        "CountTokens" => json!([true, true]),
        "ApplyGuardrail" => json!(["GUARDRAIL_INTERVENED", "Write to {EMAIL}"]),
        "InvokeGuardrailChecks" => json!([true, 16, 31]),
        "StartAsyncInvoke" | "CreateModelInvocationJob" => account,
        "GetAsyncInvoke" => json!(["InProgress", "Completed", true]),
        "ListAsyncInvokes" | "ListModelInvocationJobs" => json!([2, 1]),
        "Rerank" => json!([1]),
        "ListFoundationModels" => json!(["Anthropic"]),
        "GetFoundationModel" => json!("amazon.nova-lite-v1:0"),
        "ListInferenceProfiles" => json!(true),
        "GetInferenceProfile" => json!("us.amazon.nova-lite-v1:0"),
        "GetModelInvocationJob" => json!(["Submitted", "job-2"]),
        "StopModelInvocationJob" => json!("Stopping"),
        "Messages" | "MessagesStream" => json!([HELLO, "end_turn"]),
        "ChatCompletions" => json!([HELLO, "stop"]),
        "ChatCompletionsStream" => json!([HELLO, "stop", true]),
        "Responses" => json!([HELLO, "completed"]),
        "ResponsesStream" => json!([HELLO, "completed", "response.completed"]),
        _ => Value::Null,
    }
}

const RUNTIME: &[&str] = &[
    "Converse",
    "ConverseStream",
    "InvokeModel",
    "InvokeModelWithResponseStream",
    "CountTokens",
    "ApplyGuardrail",
    "InvokeGuardrailChecks",
    "StartAsyncInvoke",
    "GetAsyncInvoke",
    "ListAsyncInvokes",
];
const BIDIRECTIONAL: &[&str] = &["InvokeModelWithBidirectionalStream"];
const AGENT: &[&str] = &["Rerank"];
const CONTROL: &[&str] = &[
    "ListFoundationModels",
    "GetFoundationModel",
    "ListInferenceProfiles",
    "GetInferenceProfile",
    "CreateModelInvocationJob",
    "GetModelInvocationJob",
    "StopModelInvocationJob",
    "ListModelInvocationJobs",
];
const MESSAGES: &[&str] = &["InvokeModel", "InvokeModelWithResponseStream", "Messages", "MessagesStream"];
const OPENAI: &[&str] = &["ChatCompletions", "ChatCompletionsStream", "Responses", "ResponsesStream"];

/// Holds what a script printed to the table: each of `operations` has been called, and nothing has failed.
fn all_answered(about: &str, lines: &[Value], operations: &[&[&str]]) {
    let mut called: Vec<&str> = lines.iter().filter_map(|line| line["operation"].as_str()).collect();
    for line in lines {
        let operation = line["operation"].as_str().unwrap();
        let mut want = expected(operation);
        if about.contains("anthropic") && MESSAGES.contains(&operation) {
            // These clients show the message alone.
            want = json!([HELLO, "end_turn"]);
        }
        assert_eq!(line["got"], want, "{about}: {line}");
    }
    let mut wanted = operations.concat();
    wanted.sort_unstable();
    called.sort_unstable();
    called.dedup();
    assert_eq!(called, wanted, "{about}");
}

#[test]
fn official_clients_run_every_operation_that_they_have() {
    let Some(folder) = interop() else { return };
    // Two clients start jobs: each has a server of its own, so that it lists its own ones.
    /// A script, its flags, and the operations that it must have called.
    type Row<'a> = (&'a str, &'a [&'a str], &'a [&'a [&'a str]]);
    let rows: [Row<'_>; 7] = [
        ("boto3_operations.py", &[], &[RUNTIME, AGENT, CONTROL]),
        ("boto3_operations.py", &["--token", "SESSION/TO+KEN=="], &[RUNTIME, AGENT, CONTROL]),
        ("sdk_operations.mjs", &[], &[RUNTIME, BIDIRECTIONAL]),
        ("sdk_operations.mjs", &["--token", "SESSION/TO+KEN=="], &[RUNTIME, BIDIRECTIONAL]),
        ("sdk_operations.mjs", &["--http1"], &[RUNTIME]),
        ("anthropic_operations.py", &[], &[MESSAGES]),
        ("anthropic_operations.mjs", &[], &[MESSAGES]),
    ];
    for (name, flags, operations) in rows {
        let server = Emulator::builder()
            .verify("AKIDEXAMPLE", "SECRETEXAMPLE")
            .credentials(Credentials::new("ASIATEMP", "TEMPSECRET").with_session_token("SESSION/TO+KEN=="))
            .start_blocking()
            .unwrap();
        let mut command = script(&folder, name);
        command.args([&server.url(), CLAUDE]).args(flags);
        all_answered(&format!("{name} {flags:?}"), &lines(command), operations);
    }
}

/// OpenAI's own package is not among those of the folder; `BEDROCK_OPENAI` names a Python environment that has it.
#[test]
fn openai_s_client_speaks_with_the_runtime_and_with_mantle() {
    let Some(folder) = interop() else { return };
    let Some(venv) = bedrock_testing::folder("BEDROCK_OPENAI") else { return };
    let python = venv.join("bin/python");
    let server = Emulator::builder()
        .verify("AKIDEXAMPLE", "SECRETEXAMPLE")
        .bearer("good-key")
        .start_blocking()
        .unwrap();
    for flags in [&[][..], &["--bearer", "good-key"]] {
        let mut command = Command::new(&python);
        command.args(script(&folder, "openai_operations.py").get_args());
        command.args([&server.url(), "openai.gpt-oss-20b-1:0"]).args(flags);
        let printed = lines(command);
        // Both on the runtime, and on the two addresses of Mantle.
        assert_eq!(printed.len(), 3 * OPENAI.len(), "{printed:?}");
        all_answered(&format!("openai {flags:?}"), &printed, &[OPENAI]);
    }
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
            let events = json!([{"event": {"sessionStart": {}}}, {"event": {"sessionEnd": {}}}]);
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
    let server = || {
        let builder = Emulator::builder().tls(certificate.clone(), key.clone());
        builder.bearer("good-key").start_blocking().unwrap()
    };
    let one = server();
    for (token, ok) in [("good-key", true), ("bad-key", false)] {
        let mut command = command(&folder, "clients/boto3_client.py");
        command.args([&one.url(), CLAUDE, "--prompt", "Hi", "--bearer", token]).env("AWS_CA_BUNDLE", &bundle);
        let answer = run(command);
        assert_eq!(answer["ok"], ok, "{answer}");
    }
    let rows: [(&str, &[&[&str]]); 4] = [
        // The agent runtime takes signatures only, and boto3 knows it.
        ("boto3_operations.py", &[RUNTIME, CONTROL]),
        ("sdk_operations.mjs", &[RUNTIME]),
        ("anthropic_operations.py", &[MESSAGES]),
        ("anthropic_operations.mjs", &[MESSAGES]),
    ];
    for (name, operations) in rows {
        let server = server();
        let mut command = script(&folder, name);
        command.args([&server.url(), CLAUDE, "--bearer", "good-key"]);
        command
            .env("AWS_CA_BUNDLE", &bundle)
            .env("SSL_CERT_FILE", &bundle)
            .env("NODE_EXTRA_CA_CERTS", &bundle);
        all_answered(&format!("{name} with a bearer token"), &lines(command), operations);
    }
    // What is left of it is the temporary folder's affair.
    let _ = std::fs::remove_file(&bundle);
}
