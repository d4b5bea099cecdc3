//! Nothing that the command prints holds a secret, whatever it is told to log.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../../bedrock-client/tests/common/echoes.rs"]
#[allow(dead_code, reason = "the client's test uses all of it")]
mod echoes;

use std::process::{Command, Stdio};

use bedrock_emulator::Emulator;

const SECRETS: &[&str] =
    &["SECRETEXAMPLE", "SESSIONEXAMPLE", "WRONGEXAMPLE", "ABSKEXAMPLE", "ABSKWRONG", "PASSWORDEXAMPLE"];

type Environment = &'static [(&'static str, &'static str)];

const TEMPORARY: Environment = &[
    ("AWS_ACCESS_KEY_ID", "ASIATEMP"),
    ("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE"),
    ("AWS_SESSION_TOKEN", "SESSIONEXAMPLE"),
];
const WRONG: Environment = &[
    ("AWS_ACCESS_KEY_ID", "ASIATEMP"),
    ("AWS_SECRET_ACCESS_KEY", "WRONGEXAMPLE"),
    ("AWS_SESSION_TOKEN", "SESSIONEXAMPLE"),
];
const BEARER: Environment = &[("AWS_BEARER_TOKEN_BEDROCK", "ABSKEXAMPLE")];
const WRONG_BEARER: Environment = &[("AWS_BEARER_TOKEN_BEDROCK", "ABSKWRONG")];
const UNSENDABLE: Environment = &[("AWS_BEARER_TOKEN_BEDROCK", "ABSKEXAMPLE\n")];
const HALF: Environment = &[("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE")];

fn printed(environment: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedrock"));
    command.args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let always = [
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "1"),
        ("HOME", "/"),
    ];
    let proxy = [("HTTPS_PROXY", "http://user:PASSWORDEXAMPLE@127.0.0.1:9")];
    command.envs(always).envs(proxy).envs(environment.iter().copied());
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    format!("{arguments:?} {:?}\n{}\n{}", output.status.code(), text[0], text[1])
}

/// Holds that something was printed, with this in it, and no secret.
fn check(environment: Environment, arguments: &[&str], shows: &str) {
    let text = printed(environment, arguments);
    assert!(text.contains(shows), "{shows:?} is not in: {text}");
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is in: {text}");
    }
}

#[test]
fn nowhere() {
    let accepted = "ASIATEMP:SECRETEXAMPLE:SESSIONEXAMPLE".parse().unwrap();
    let server = Emulator::builder().credentials(accepted).bearer("ABSKEXAMPLE").start_blocking().unwrap();
    let url = server.url();
    let converse = |more: &[&'static str]| {
        let mut all = vec!["converse", "--model-id", "m", "--region", "us-east-1", "--endpoint-url"];
        all.push(&url);
        all.extend(more);
        all.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let ask = |environment, more: &[&'static str], shows| {
        let arguments = converse(more);
        check(environment, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), shows);
    };
    for environment in [TEMPORARY, BEARER] {
        check(environment, &["doctor", "--region", "us-east-1"], "region");
        ask(environment, &["Hi"], "Hi");
        ask(environment, &["--json", "Hi"], "complete");
        ask(environment, &["--no-stream", "[[error]]"], "ValidationException");
        ask(environment, &["[[exception after=3]]"], "ThrottlingException");
        ask(environment, &["[[close after=3]]"], "connection");
    }
    ask(WRONG, &["Hi"], "InvalidSignatureException");
    ask(WRONG_BEARER, &["Hi"], "AccessDeniedException");
    for environment in [UNSENDABLE, HALF] {
        check(environment, &["doctor", "--region", "us-east-1"], "region");
        ask(environment, &["Hi"], "");
    }
    let nobody = ["converse", "--model-id", "m", "--region", "us-east-1", "Hi"];
    for environment in [TEMPORARY, BEARER] {
        check(environment, &nobody, "no connection");
    }
    // What cannot be understood is not repeated where it may be a secret.
    for verify in ["ASIATEMP", "WRONGEXAMPLE", ":SECRETEXAMPLE", "ASIATEMP:", "", "a:SECRETEXAMPLE:"] {
        let text = printed(&[], &["serve", "--verify", verify, "--addr", "nowhere:port"]);
        assert!(!SECRETS.iter().any(|secret| text.split_once('\n').unwrap().1.contains(secret)), "{text}");
    }
}

/// A server sends the token back: whatever it does with it, the command does not print it.
#[test]
fn what_a_server_sends_back() {
    for (name, response) in echoes::all() {
        let server = echoes::serve(response);
        let to = ["--model-id", "anthropic.claude-sonnet-4-20250514-v1:0", "--region", "us-east-1"];
        let more = ["--endpoint-url", &server.url];
        for arguments in [
            &["converse", "--json", "Hi"][..],
            &["converse", "Hi"],
            &["converse", "--no-stream", "Hi"],
            &["converse", "--no-stream", "--json", "Hi"],
            &["invoke", "--stream", "--json", "--body", "{}"],
            &["invoke", "--stream", "--body", "{}"],
            &["invoke", "--body", "{}"],
            &["invoke", "--json", "--body", "{}"],
        ] {
            let arguments = [arguments, &to, &more].concat();
            let environment = [("AWS_BEARER_TOKEN_BEDROCK", echoes::TOKEN), ("AWS_MAX_ATTEMPTS", "1")];
            let text = printed(&environment, &arguments);
            echoes::assert_clean(&format!("{name}: {arguments:?}"), &text);
        }
    }
}
