//! `cargo xtask fuzz [TARGET…] [--seconds N] [--guided] [FILE…]`: what `fuzz/` has, by one command.
//!
//! By itself it replays, on any toolchain: the regressions, the seeds, and for some seconds a target mutations of these.
//! With `--guided` libFuzzer does the same and is guided by coverage: it begins with the seeds, keeps what it finds under
//! `fuzz/corpus/`, and needs cargo-fuzz (`cargo install --locked cargo-fuzz`).

use crate::repo;

/// How long a target is fuzzed with `--guided` unless told otherwise.
const GUIDED_SECONDS: &str = "600";

/// What a run of libFuzzer may need: beyond that it has lost its way.
const BOUNDS: &[&str] = &["-timeout=20", "-rss_limit_mb=4096", "-max_len=65536", "-print_final_stats=1"];

/// Runs.
pub(crate) fn main(args: &[String]) -> Result<(), String> {
    if !args.iter().any(|arg| arg == "--guided") {
        return replay(args);
    }
    let mut seconds = GUIDED_SECONDS;
    let mut targets = Vec::new();
    let mut rest = args.iter().filter(|arg| *arg != "--guided");
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--seconds" => seconds = rest.next().ok_or("--seconds needs a number")?,
            name => targets.push(name),
        }
    }
    if targets.is_empty() {
        return Err("say which target libFuzzer is to guide: cargo xtask fuzz TARGET --guided".to_owned());
    }
    targets.iter().try_for_each(|target| guided(target, seconds))
}

/// The plain replay. It is built into the workspace's own target folder: what it has in common with the tests is built once.
pub(crate) fn replay(args: &[String]) -> Result<(), String> {
    let mut command = repo::cargo();
    command.args(["run", "--quiet", "--manifest-path", "fuzz/Cargo.toml", "--target-dir"]);
    command.arg(repo::target()).args(["--bin", "replay", "--"]).args(args);
    repo::run(&mut command)
}

fn guided(target: &str, seconds: &str) -> Result<(), String> {
    let corpus = format!("fuzz/corpus/{target}");
    let seeds = repo::root().join(&corpus);
    replay(&["--seeds".to_owned(), seeds.to_string_lossy().into_owned(), target.to_owned()])?;
    let mut command = repo::cargo();
    // No sanitizer: there is no `unsafe` here for one to watch, and without it a stable toolchain will do.
    command.args(["fuzz", "run", "--sanitizer", "none", "--features", "libfuzzer", target]);
    command.args([&corpus, "--"]).args(BOUNDS).arg(format!("-max_total_time={seconds}"));
    repo::run(&mut command)
}
