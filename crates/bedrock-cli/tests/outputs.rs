//! What becomes of the command where stdout or stderr takes nothing: it never panics, and its exit code says what happened.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs::OpenOptions;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Server, command, finish};

const CHUNKS: &str = concat!(
    "{\"messageStart\":{\"role\":\"assistant\"}}\n",
    "{\"contentBlockDelta\":{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Aye\"}}}\n",
    "{\"contentBlockStop\":{\"contentBlockIndex\":0}}\n",
    "{\"messageStop\":{\"stopReason\":\"end_turn\"}}\n",
);

/// A file that takes nothing.
fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// A pipe whose reader is gone.
fn gone() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// Ends a command that does not end by itself.
fn wait(mut child: Child, arguments: &[&str]) -> i32 {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or_else(|| panic!("{arguments:?} died: {status}"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    panic!("{arguments:?} does not end");
}

/// Holds that a command that prints something on stdout ends with 7 on a full disk and says so, and with `left` when its
/// reader has left.
fn check(arguments: &[&str], input: impl AsRef<[u8]>, left: i32) {
    let run = finish(command(arguments).stdout(full()).spawn().unwrap(), input.as_ref());
    assert_eq!(run.code, 7, "{arguments:?}: {}", run.stderr);
    assert!(run.stderr.contains("bedrock: stdout: "), "{arguments:?}: {}", run.stderr);
    assert!(!run.stderr.contains("panicked"), "{arguments:?}: {}", run.stderr);

    let run = finish(command(arguments).stdout(gone()).spawn().unwrap(), input.as_ref());
    assert_eq!((run.code, run.stderr.contains("panicked")), (left, false), "{arguments:?}: {}", run.stderr);

    for streams in [[full(), full()], [gone(), full()], [full(), gone()], [gone(), gone()]] {
        let [out, err] = streams;
        let mut child = command(arguments).stdout(out).stderr(err).spawn().unwrap();
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_ref());
        let code = wait(child, arguments);
        assert!(code == 7 || code == left, "{arguments:?} ended with {code}");
    }
}

/// Holds that a command that has only something to tell on stderr ends as ever where that takes nothing.
fn check_told(arguments: &[&str], input: impl AsRef<[u8]>, code: i32) {
    for err in [full(), gone(), Stdio::null()] {
        let mut child = command(arguments).stdout(Stdio::null()).stderr(err).spawn().unwrap();
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_ref());
        assert_eq!(wait(child, arguments), code, "{arguments:?}");
    }
}

#[test]
fn what_reads_files() {
    let whole = format!(
        "{CHUNKS}{{\"metadata\":{{\"usage\":{{\"inputTokens\":1,\"outputTokens\":1,\"totalTokens\":2}},\"metrics\":{{\"latencyMs\":1}}}}}}\n"
    );
    for view in [&[][..], &["--events"], &["--view", "opik"], &["--view", "agui"], &["--view", "simple"]] {
        check(&[&["aggregate"][..], view].concat(), &whole, 0);
    }
    let frame = bedrock_eventstream::frame::FrameBuilder::event("a").build(b"{}").unwrap();
    check(&["frames"], frame.as_bytes(), 0);
    // What is printed would have been cut: nobody is left to hear of it, but for the exit code of a second file.
    let folder = std::env::temp_dir().join(format!("bedrock-outputs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("cut.jsonl");
    std::fs::write(&file, CHUNKS).unwrap();
    let file = file.to_str().unwrap();
    check(&["aggregate", file, file], "", 0);
    check_told(&["aggregate", file], "", 3);
    check_told(&["aggregate", file, file], "", 3);
    check_told(&["aggregate", "--format", "morse", file], "", 2);
    check_told(&["aggregate", "/nowhere/at/all"], "", 7);
    check_told(&["frames", file], "", 4);
    std::fs::remove_dir_all(&folder).unwrap();

    check_told(&["nothing"], "", 2);
    check_told(&["aggregate", "--nothing"], "", 2);
}

#[test]
fn what_calls_and_serves() {
    let local = |arguments: &[&'static str]| [arguments, &["--local", "--model-id", "m"]].concat();
    check(&local(&["converse", "Hi"]), "", 0);
    check(&local(&["converse", "--no-stream", "Hi"]), "", 0);
    check(&local(&["converse", "--json", "Hi"]), "", 0);
    check(&local(&["chat"]), "Hi\n", 0);
    let body = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]}],\"max_tokens\":9,\"anthropic_version\":\"bedrock-2023-05-31\"}";
    let claude = ["--local", "--model-id", "anthropic.claude-sonnet-4-20250514-v1:0", "--body", body];
    for more in [&[][..], &["--stream"], &["--json"], &["--stream", "--json"]] {
        check(&[&["invoke"][..], &claude, more].concat(), "", 0);
    }
    let titan = ["embed", "--local", "--model-id", "amazon.titan-embed-text-v2:0", "Hi"];
    check(&titan, "", 0);
    check(&["rerank", "--local", "--model-id", "cohere.rerank-v3-5:0", "--query", "a", "-"], "one\ntwo\n", 0);
    check(&["doctor", "--local"], "", 0);
    check(&["serve", "--fault", "help"], "", 0);
    check(&["serve"], "", 0);
    check(&["--help"], "", 0);
    check(&["aggregate", "--help"], "", 0);
    check(&["--version"], "", 0);

    check_told(&local(&["converse", "[[throttle n=99]]"]), "", 5);
    check_told(&local(&["converse", "[[exception after=3]]"]), "", 3);
    check_told(&["converse", "--model-id", "m", "--local", "--profile", "p", "Hi"], "", 2);
    let server = Server::start(&[]);
    let address = server.url.trim_start_matches("http://").to_owned();
    check_told(&["serve", "--addr", &address], "", 7);
    check_told(&["serve", "--replay", "/nowhere/at/all"], "", 7);
}
