//! What a minimal program costs: packages linked, CPU time of a clean release build, size, and time from its start to the
//! first event. The programs are in `programs/`; the first one measured is AWS's SDK's, and the others are told as shares
//! of it.
//!
//! A build takes minutes and cannot be repeated a hundred times, so this is no criterion bench: it writes its table
//! itself.

#[path = "peers/process.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod process;
#[path = "peers/server.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod server;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bedrock_benches::{Kind, Shape, answer};
use server::{Line, Order, Pace, Server};

/// How often a program is started.
const STARTS: usize = 31;

/// A contestant: what it is called, its folder, and the features it is built with.
const PROGRAMS: [(&str, &str, &[&str]); 3] = [
    ("aws-sdk-bedrockruntime + aws-config", "sdk", &[]),
    ("bedrock-llm", "ours", &[]),
    ("bedrock-llm, feature aws-config", "ours", &["aws-config"]),
];

struct Cost {
    packages: usize,
    build: Duration,
    bytes: u64,
    first_event: Duration,
}

fn main() {
    if server::serve_if_asked(|| vec![answer(Shape::Converse, Kind::Text, 1_000)]) {
        return;
    }
    // `cargo test --benches` and criterion's own arguments are not meant for a build of minutes.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let server = Server::start(Line::Plain);
    let costs: Vec<Cost> =
        PROGRAMS.iter().map(|(_, folder, features)| cost(folder, features, &server)).collect();
    process::write_table("a minimal program", &table(&costs));
}

fn table(costs: &[Cost]) -> String {
    let mut table =
        "| a minimal program | packages | CPU of a clean release build | stripped | start to first event |\n\
        |---|---|---|---|---|\n"
            .to_owned();
    let peer = &costs[0];
    for ((name, ..), cost) in PROGRAMS.iter().zip(costs) {
        let build = peer.build.as_secs_f64() / cost.build.as_secs_f64();
        let bytes = peer.bytes as f64 / cost.bytes as f64;
        let first = peer.first_event.as_secs_f64() / cost.first_event.as_secs_f64();
        table.push_str(&format!(
            "| {name} | {} | {build:.1}× less | {:.1} MB, {bytes:.1}× less | {first:.1}× less |\n",
            cost.packages,
            cost.bytes as f64 / 1e6,
        ));
    }
    table
}

fn cost(folder: &str, features: &[&str], server: &Server) -> Cost {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(folder);
    let target =
        std::env::temp_dir().join(format!("bedrock-bench-{}-{folder}{}", std::process::id(), features.len()));
    let manifest = program.join("Cargo.toml");
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(arguments).arg("--manifest-path").arg(&manifest).env("CARGO_TARGET_DIR", &target);
        command.args(["--features", &features.join(",")]);
        // What the bench itself was built with is no business of the programs.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_INCREMENTAL");
        command
    };
    let tree = cargo(&["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .output()
        .expect("cargo tree");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8_lossy(&tree.stdout).into_owned();
    let packages: BTreeSet<&str> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();

    let before = children_cpu();
    let status = cargo(&["build", "--release", "--quiet"]).status().expect("cargo build");
    assert!(status.success(), "{folder} does not build");
    let build = children_cpu().saturating_sub(before);

    let binary = target.join("release").join(format!("minimal-{folder}"));
    let bytes = binary.metadata().expect("the binary").len();
    let mut starts: Vec<Duration> = (0..STARTS).map(|_| start(&binary, server)).collect();
    starts.sort();
    let _ = std::fs::remove_dir_all(&target);
    Cost { packages: packages.len(), build, bytes, first_event: starts[STARTS / 2] }
}

/// From the start of a program to the first thing it prints.
fn start(binary: &PathBuf, server: &Server) -> Duration {
    let started = Instant::now();
    let mut child = Command::new(binary)
        .arg(Order { pace: Pace::Pieces, answer: 0, together: 1 }.model_id())
        .env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &server.url)
        .envs([
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE"),
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_exact(&mut [0]).expect("an event");
    let elapsed = started.elapsed();
    let _ = stdout.read_to_end(&mut Vec::new());
    assert!(child.wait().expect("the program ends").success());
    elapsed
}

/// The CPU time of all ended children of this process, from Linux's accounting, which counts in hundredths of a second.
fn children_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this bench needs Linux's /proc");
    // The name may have blanks; what follows its closing parenthesis has none. cutime and cstime are fields 16 and 17.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = fields[13..15].iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
