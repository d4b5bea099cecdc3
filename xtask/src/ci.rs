//! `cargo xtask ci`: everything that must hold before a change is kept.
//!
//! One table, [`STEPS`], cheap ones first. Each can be run alone: `cargo xtask ci clippy deny`. What needs more
//! than this checkout (the advisory database, cargo-deny itself) is skipped where it cannot be had, and said so at the
//! end; with `CI` set in the environment a missing tool is a failure instead.

use crate::repo::{self, Package};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

/// A part of the gate.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&[Package]) -> Result<Outcome, String>,
}

/// How a step that did not fail ended.
enum Outcome {
    Done,
    /// Nothing, or not all, was checked; why.
    Skipped(String),
}

/// What the tests read that lies outside of the workspace, and what makes them insist on it.
const EVIDENCE: [&str; 5] =
    ["BEDROCK_RECORDINGS", "BEDROCK_VECTORS", "BEDROCK_INTEROP", "BEDROCK_SHAPES", "BEDROCK_REQUIRED"];

const STEPS: &[Step] = &[
    Step { name: "fmt", what: "the sources are formatted", run: fmt },
    Step { name: "tidy", what: "the rules of docs/ARCHITECTURE.md are kept", run: tidy },
    Step { name: "fixtures", what: "fixtures/ is what its sources say", run: fixtures },
    Step { name: "clippy", what: "no warning in any target, with all features", run: clippy },
    Step { name: "test", what: "all quick tests and documentation examples, with all features", run: test },
    Step { name: "slow", what: "the tests that take a minute each, and those of the chores", run: slow },
    Step {
        name: "fuzz",
        what: "every fuzz target holds for its regressions, its seeds, and ten seconds of mutations",
        run: fuzz,
    },
    Step { name: "doc", what: "the documentation builds without a warning", run: doc },
    Step { name: "deny", what: "licences, banned crates, sources, advisories", run: deny },
    Step {
        name: "package",
        what: "every published crate packages, and builds from its package",
        run: package,
    },
    Step {
        name: "alone",
        what: "every published crate is tested alone, and with each feature by itself",
        run: alone,
    },
    Step { name: "readme", what: "the commands of the README do what it says", run: readme },
];

/// Runs the named steps, or all.
pub(crate) fn main(args: &[String]) -> Result<(), String> {
    if args.iter().any(|arg| arg == "--list") {
        STEPS.iter().for_each(|step| println!("{:9} {}", step.name, step.what));
        return Ok(());
    }
    if let Some(unknown) = args.iter().find(|arg| STEPS.iter().all(|step| step.name != arg.as_str())) {
        return Err(format!("the gate has no step {unknown:?}: cargo xtask ci --list"));
    }
    let packages = repo::packages(&repo::root())?;
    let published: Vec<Package> = packages.into_iter().filter(|package| package.published).collect();
    let mut report = Vec::new();
    for step in STEPS.iter().filter(|step| args.is_empty() || args.iter().any(|arg| arg == step.name)) {
        println!("\n== {}: {}", step.name, step.what);
        let start = Instant::now();
        let outcome = (step.run)(&published);
        report.push((step, outcome, start.elapsed()));
        // A later step would only repeat the complaint, and cost more to do so.
        if report.last().is_some_and(|(_, outcome, _)| outcome.is_err()) {
            break;
        }
    }
    summary(report)
}

fn summary(report: Vec<(&Step, Result<Outcome, String>, Duration)>) -> Result<(), String> {
    println!();
    let mut failure = Ok(());
    for (step, outcome, time) in report {
        let seconds = time.as_secs();
        match outcome {
            Ok(Outcome::Done) => println!("{:9} ok, {seconds} s", step.name),
            Ok(Outcome::Skipped(why)) => println!("{:9} ok, {seconds} s; NOT CHECKED: {why}", step.name),
            Err(what) => {
                println!("{:9} FAILED after {seconds} s", step.name);
                failure = Err(format!("{}: {what}", step.name));
            }
        }
    }
    failure
}

fn fmt(_: &[Package]) -> Result<Outcome, String> {
    cargo(&["fmt", "--all", "--", "--check"])
}

fn tidy(_: &[Package]) -> Result<Outcome, String> {
    crate::tidy::main(&[]).map(|()| Outcome::Done)
}

fn fixtures(_: &[Package]) -> Result<Outcome, String> {
    crate::write_fixtures::main(&["--check".to_owned()]).map(|()| Outcome::Done)
}

fn clippy(_: &[Package]) -> Result<Outcome, String> {
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"])
}

/// The command of the README. `bedrock-whole` has every feature on.
fn test(_: &[Package]) -> Result<Outcome, String> {
    counting_skipped(repo::cargo().arg("test"))
}

/// What `cargo test` leaves out. No package is named: that would build the others' features anew.
fn slow(published: &[Package]) -> Result<Outcome, String> {
    let mut command = repo::cargo();
    command.args(["test", "--features", "xtask/fixtures,xtask/growth"]);
    command.args(["--bin", "xtask-fixtures", "--bin", "xtask-growth"]);
    for name in published.iter().flat_map(|package| &package.slow_tests) {
        command.args(["--test", name]);
    }
    counting_skipped(&mut command)
}

/// Runs tests, and counts those that had nothing to read.
fn counting_skipped(command: &mut Command) -> Result<Outcome, String> {
    let list = repo::target().join("skipped-tests");
    match std::fs::remove_file(&list) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(format!("{}: {error}", list.display()));
        }
        _ => {}
    }
    run(command.env("BEDROCK_SKIPPED", &list).env("BEDROCK_CASES", "all"))?;
    let skipped = std::fs::read_to_string(&list).unwrap_or_default();
    Ok(if skipped.is_empty() { Outcome::Done } else { Outcome::Skipped(skipped_tests(&skipped)) })
}

/// How many tests had nothing to read, by the variable that would have named it.
fn skipped_tests(list: &str) -> String {
    let mut counts = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (test, variable) in list.lines().filter_map(|line| line.split_once('\t')) {
        counts.entry(variable).or_default().insert(test);
    }
    let counts = counts.iter().map(|(variable, tests)| format!("{} without {variable}", tests.len()));
    format!("tests that had nothing to read: {}", counts.collect::<Vec<_>>().join(", "))
}

fn fuzz(_: &[Package]) -> Result<Outcome, String> {
    cargo(&["fmt", "--manifest-path", "fuzz/Cargo.toml", "--", "--check"])?;
    crate::fuzz::replay(&[]).map(|()| Outcome::Done)
}

fn doc(_: &[Package]) -> Result<Outcome, String> {
    let mut command = repo::cargo();
    command.env("RUSTDOCFLAGS", "--deny warnings").args(["doc", "--no-deps", "--all-features"]);
    run(&mut command)
}

fn deny(_: &[Package]) -> Result<Outcome, String> {
    let installed =
        repo::cargo().args(["deny", "--version"]).output().is_ok_and(|output| output.status.success());
    if !installed {
        let why = "cargo-deny is not installed (cargo install --locked cargo-deny)".to_owned();
        return if std::env::var_os("CI").is_some() { Err(why) } else { Ok(Outcome::Skipped(why)) };
    }
    cargo(&["deny", "check", "bans", "licenses", "sources"])?;
    // The database is a git repository of its own: where it cannot be fetched and no copy is held, nothing is known.
    match cargo(&["deny", "fetch", "db"]) {
        Ok(_) => cargo(&["deny", "check", "--disable-fetch", "advisories"]),
        Err(_) => Ok(Outcome::Skipped("the advisory database cannot be fetched here".to_owned())),
    }
}

/// Packages all crates and builds each from its package, against the packages of the others.
///
/// To Cargo the others come from a registry, and what comes from a registry never changes: it would unpack and build each
/// version only once, whatever the packages hold by now. The registry is named by its place, which lies where Cargo builds: so
/// each run builds in a place of its own. What comes from crates.io is what the other steps have built, by a link to that.
fn package(published: &[Package]) -> Result<Outcome, String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(|error| error.to_string())?;
    let place = repo::target().join("packages").join(now.as_millis().to_string());
    let at = |error: std::io::Error| format!("{}: {error}", place.display());
    std::fs::create_dir_all(&place).map_err(at)?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(repo::target().join("debug"), place.join("debug")).map_err(at)?;
    let mut command = repo::cargo();
    command.env("CARGO_BUILD_BUILD_DIR", &place);
    command.args(["package", "--allow-dirty", "--target-dir"]).arg(&place);
    for package in published {
        command.args(["--package", &package.name]);
    }
    let outcome = run(&mut command);
    // What is left there is of no use to the next run, and of some size. The link goes, and not what it leads to.
    let removed = std::fs::remove_dir_all(&place).map_err(at);
    outcome.and_then(|outcome| removed.map(|()| outcome))
}

/// Each published crate with nothing but what it asks for, with each of its features by itself, and as on a machine that has
/// none of the evidence beside the checkout: steps `test` and `slow` have run all of that, and the load in full. The slow tests
/// run with what the crate asks for; a feature more tells them nothing.
fn alone(published: &[Package]) -> Result<Outcome, String> {
    let test = |args: &[&str]| {
        let mut command = repo::cargo();
        for evidence in EVIDENCE {
            command.env_remove(evidence);
        }
        command.envs([("BEDROCK_LOAD_STREAMS", "200"), ("BEDROCK_LOAD_CALLS", "500")]);
        run(command.arg("test").args(args))
    };
    for package in published {
        test(&["--package", &package.name])?;
        if !package.slow_tests.is_empty() {
            let slow = package.slow_tests.iter().flat_map(|name| ["--test", name]);
            test(&["--package", &package.name].into_iter().chain(slow).collect::<Vec<_>>())?;
        }
        let none = Vec::new();
        let defaults = package.features.get("default").unwrap_or(&none);
        if !defaults.is_empty() {
            test(&["--package", &package.name, "--no-default-features"])?;
        }
        for feature in package.features.keys().filter(|feature| *feature != "default") {
            // The first run had these.
            if !defaults.contains(feature) || defaults.len() > 1 {
                test(&["--package", &package.name, "--no-default-features", "--features", feature])?;
            }
        }
    }
    Ok(Outcome::Done)
}

/// Runs what the README tells its reader to type, but for the command that is running this and the step `test` of it.
fn readme(_: &[Package]) -> Result<Outcome, String> {
    let path = repo::root().join("README.md");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let commands = shell_commands(&text);
    if commands.is_empty() {
        return Err("README.md has no command in a ```sh block".to_owned());
    }
    let is_running = |line: &str| line.starts_with("cargo xtask ci") || line == "cargo test";
    for line in commands.iter().filter(|line| !is_running(line)) {
        let mut command = Command::new("sh");
        command.current_dir(repo::root()).args(["-c", line]).stdin(std::process::Stdio::null());
        println!("$ {line}");
        let printed = repo::output(&mut command)?;
        print!("{printed}");
        if printed.trim().is_empty() {
            return Err(format!("{line}: printed nothing"));
        }
    }
    Ok(Outcome::Done)
}

/// The lines of a page's `sh` blocks that are commands.
fn shell_commands(text: &str) -> Vec<&str> {
    let mut inside = false;
    let mut commands = Vec::new();
    for line in text.lines().map(str::trim) {
        match line.strip_prefix("```") {
            Some(tag) => inside = tag == "sh",
            None if inside && !line.is_empty() && !line.starts_with('#') => commands.push(line),
            None => {}
        }
    }
    commands
}

fn cargo(args: &[&str]) -> Result<Outcome, String> {
    run(repo::cargo().args(args))
}

fn run(command: &mut Command) -> Result<Outcome, String> {
    println!("$ {}", repo::line(command));
    repo::run(command.stdin(std::process::Stdio::null())).map(|()| Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_the_lines_of_sh_blocks() {
        let page = "text\n```sh\n# first\ncargo run -q\n\ncargo xtask ci\n```\n```rust\nlet a = 1;\n```\n```sh\nls\n```\n";
        assert_eq!(shell_commands(page), ["cargo run -q", "cargo xtask ci", "ls"]);
    }

    #[test]
    fn skipped_tests_are_counted_once_a_variable() {
        let list = "a\tBEDROCK_SHAPES\nb\tBEDROCK_RECORDINGS\na\tBEDROCK_SHAPES\nc\tBEDROCK_RECORDINGS\n";
        let told = "tests that had nothing to read: 2 without BEDROCK_RECORDINGS, 1 without BEDROCK_SHAPES";
        assert_eq!(skipped_tests(list), told);
    }

    #[test]
    fn steps_have_different_names() {
        for (index, step) in STEPS.iter().enumerate() {
            assert!(STEPS[..index].iter().all(|before| before.name != step.name), "{}", step.name);
        }
    }
}
