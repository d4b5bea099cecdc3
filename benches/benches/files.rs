//! Answers that lie in files, read piece by piece: MB of the file in a second of CPU time, and memory at its highest. Records of
//! model invocation logging, one a line, and single long answers. Each contestant is a process of its own. Beside typed serde for
//! records, AWS's SDK for frames, and lines split by hand with typed serde for server-sent events.

#[path = "peers/process.rs"]
mod process;
#[path = "peers/sdk.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod sdk;
#[path = "peers/typed.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod typed;
#[path = "peers/typed_openai.rs"]
#[allow(dead_code, reason = "what is collected, is not read")]
mod typed_openai;

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use bedrock_aggregate::{EventSink, Framing, Reader, Registry, invocation_log};
use bedrock_benches::{Kind, Logged, Shape, answer, log_line};
use bedrock_formats::invocation_log::Record;
use bytes::Bytes;
use serde::Deserialize;
use typed::{ClaudeChunk, ClaudeMessage, Typed as _};
use typed_openai::ChatMessage;

/// How often each contestant is started.
const TIMES: usize = 3;
/// What files are read by.
const READ: usize = 64 * 1024;
/// About how large a log is.
const LOG_BYTES: usize = 48_000_000;
/// How many deltas a long answer has.
const DELTAS: usize = 100_000;

/// A file, what it is called, and who reads it; the last one is the peer.
const ROWS: [(&str, &str, &[&str]); 4] = [
    ("chunks.jsonl", "log, streams as arrays of chunks", &["reader", "record", "serde: chunks"]),
    ("whole.jsonl", "log, answers of Converse", &["reader", "record", "serde: whole"]),
    ("converse.bin", "one ConverseStream answer of 100,000 deltas", &["frames", "sdk"]),
    ("chat.sse", "one chat of 100,000 deltas", &["events", "lines and serde"]),
];

fn write(folder: &Path) {
    let log = |logged| {
        let line = log_line(logged, 300);
        line.repeat(LOG_BYTES / line.len())
    };
    let contents: [Vec<u8>; 4] = [
        log(Logged::Chunks).into_bytes(),
        log(Logged::Whole).into_bytes(),
        answer(Shape::Converse, Kind::Text, DELTAS).bytes(),
        answer(Shape::ChatSse, Kind::Text, DELTAS).bytes(),
    ];
    for ((name, ..), content) in ROWS.iter().zip(contents) {
        let mut file = BufWriter::new(File::create(folder.join(name)).expect("a file"));
        file.write_all(&content).and_then(|()| file.flush()).expect("room for the file");
    }
}

/// The pieces of a file, as they are read.
fn pieces(path: &Path) -> impl Iterator<Item = Bytes> + use<> {
    let mut file = File::open(path).expect("the file");
    std::iter::from_fn(move || {
        let mut piece = vec![0; READ];
        let length = file.read(&mut piece).expect("the file is readable");
        piece.truncate(length);
        (length > 0).then(|| piece.into())
    })
}

fn each_line(path: &Path, mut read: impl FnMut(&[u8])) {
    let mut lines = BufReader::with_capacity(READ, File::open(path).expect("the file"));
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).expect("the file is readable") > 0 {
        read(&line);
        line.clear();
    }
}

/// Reads one answer without holding more of the file than a piece.
fn one_answer(path: &Path, framing: Framing) {
    let mut reader = Reader::new(framing);
    let mut file = File::open(path).expect("the file");
    let mut piece = vec![0; READ];
    loop {
        let length = file.read(&mut piece).expect("the file is readable");
        if length == 0 {
            break;
        }
        reader.push(&piece[..length], &mut EventSink::none()).expect("the workload is sound");
    }
    let answer = reader.finish(&mut EventSink::none()).expect("of a known format");
    assert!(answer.completeness.is_complete());
}

/// Records whose answers are read by [`Reader`], which finds out what they are.
fn by_reader(line: &[u8]) {
    let mut reader = Reader::new(Framing::Json);
    reader.push(line, &mut EventSink::none()).expect("the workload is sound");
    let answer = reader.finish(&mut EventSink::none()).expect("of a known format");
    assert!(answer.completeness.is_complete());
}

/// Records that are read as such first.
fn by_record(line: &[u8]) {
    let record: Record = serde_json::from_slice(line).expect("a record");
    let answer = invocation_log::answer(&record, &Registry::new(), &mut EventSink::none());
    assert!(answer.expect("an answer").completeness.is_complete());
}

/// What somebody who wants answers alone reads of a record.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypedRecord<'a, T> {
    #[serde(borrow)]
    model_id: &'a str,
    output: TypedOutput<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypedOutput<T> {
    output_body_json: T,
    output_token_count: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConverseAnswer {
    output: ConverseOutput,
    stop_reason: String,
}

#[derive(Deserialize)]
struct ConverseOutput {
    message: ConverseMessage,
}

#[derive(Deserialize)]
struct ConverseMessage {
    role: String,
    content: Vec<ConverseText>,
}

#[derive(Deserialize)]
struct ConverseText {
    text: String,
}

fn typed_chunks(line: &[u8]) {
    let record: TypedRecord<'_, Vec<ClaudeChunk<'_>>> = serde_json::from_slice(line).expect("a record");
    let mut message = ClaudeMessage::default();
    for chunk in record.output.output_body_json {
        message.chunk(chunk, &mut |_| ());
    }
    assert!(!message.text().is_empty());
    black_box((record.model_id, record.output.output_token_count, message));
}

fn typed_whole(line: &[u8]) {
    let record: TypedRecord<'_, ConverseAnswer> = serde_json::from_slice(line).expect("a record");
    let ConverseAnswer { output, stop_reason } = record.output.output_body_json;
    let text: String = output.message.content.iter().map(|block| block.text.as_str()).collect();
    assert!(!text.is_empty());
    black_box((record.model_id, record.output.output_token_count, output.message.role, stop_reason, text));
}

fn with_sdk(path: PathBuf) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let client = sdk::reading(move || Box::new(pieces(&path)));
    let mut stream = runtime.block_on(sdk::converse(&client, "anthropic.claude-v2"));
    let message = runtime.block_on(sdk::collect(&mut stream, |_| ())).expect("the workload is sound");
    assert!(!message.text.is_empty());
}

/// A contestant's process: its name, and the file.
fn contest(arguments: &[String]) -> impl FnOnce() + use<> {
    let [name, path] = arguments else { panic!("not as this program starts itself") };
    let (name, path) = (name.clone(), PathBuf::from(path));
    move || match name.as_str() {
        "reader" => each_line(&path, by_reader),
        "record" => each_line(&path, by_record),
        "serde: chunks" => each_line(&path, typed_chunks),
        "serde: whole" => each_line(&path, typed_whole),
        "frames" => one_answer(&path, Framing::EventStream),
        "events" => one_answer(&path, Framing::Sse),
        "sdk" => with_sdk(path),
        _ => {
            let message: ChatMessage =
                typed::read_lines(pieces(&path), |_| ()).expect("the workload is sound");
            assert!(!message.text().is_empty());
        }
    }
}

fn rows(folder: &Path) -> String {
    let mut table = "| file | read by | MB/s | faster than the last one by | memory at its highest |\n\
        |---|---|---|---|---|\n"
        .to_owned();
    for (file, what, contestants) in ROWS {
        let path = folder.join(file);
        let size = path.metadata().expect("the file").len() as f64 / 1e6;
        let path = path.to_string_lossy();
        let costs: Vec<_> = contestants.iter().map(|name| process::cost(TIMES, &[name, &path])).collect();
        let peer = costs[costs.len() - 1].cpu.as_secs_f64();
        for (name, cost) in contestants.iter().zip(&costs) {
            let seconds = cost.cpu.as_secs_f64();
            table.push_str(&format!(
                "| {what}, {size:.0} MB | {name} | {:.0} | {:.1}× | {:.1} MB |\n",
                size / seconds,
                peer / seconds,
                cost.peak_bytes as f64 / 1e6,
            ));
        }
    }
    table
}

fn main() {
    if process::contest_if_asked(contest) || !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let folder = std::env::temp_dir().join(format!("bedrock-bench-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the files");
    write(&folder);
    let table = rows(&folder);
    let _ = std::fs::remove_dir_all(&folder);
    process::write_table("logs and files", &table);
}
