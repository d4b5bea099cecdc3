//! Rules about what is written: no trace of one machine, one Rust version, examples that compile.

use super::finding::Finding;
use crate::repo::Repo;
use std::collections::BTreeSet;

/// Folders of one machine. Split here, so that this file does not find itself.
const MACHINE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/t", "mp/"),
];

/// Where packages come from is the reader's own setting.
const REGISTRIES: &[&str] = &[
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("pypi.", "org/simple"),
    concat!("files.python", "hosted.org"),
    concat!("registry.", "npmjs.org"),
];

/// The one source that the lock file may name.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The commands that check everything: the README tells both, CI runs the second, which runs the first.
const TEST_COMMANDS: [(&str, &str); 3] =
    [("README.md", "cargo test"), ("README.md", "cargo xtask ci"), (".ci/run", "cargo xtask ci")];

/// No path of one machine and no host of a registry, in any file.
pub(super) fn no_machine(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in &repo.files {
        for (index, line) in text.lines().enumerate() {
            for trace in MACHINE.iter().chain(REGISTRIES).filter(|trace| line.contains(**trace)) {
                findings.push(Finding::new(
                    path,
                    index + 1,
                    "",
                    format!("names a place of one machine: {trace}"),
                ));
            }
            let source = line.strip_prefix("source = ").filter(|_| path.ends_with("Cargo.lock"));
            if let Some(source) = source.filter(|source| source.trim_matches('"') != CRATES_IO) {
                findings.push(Finding::new(
                    path,
                    index + 1,
                    "",
                    format!("a package from {source}, not from crates.io"),
                ));
            }
        }
    }
    findings
}

/// The project speaks of itself alone: a number of somebody's tracker explains nothing to its reader.
pub(super) fn own_words(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repo.files.iter().filter(|(path, _)| is_text(path)) {
        for (index, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            let numbered = |(at, word): (usize, &str)| {
                let rest = lower[at + word.len()..].trim_start_matches(['s', ' ', '#']);
                rest.starts_with(|next: char| next.is_ascii_digit())
                    && lower[at + word.len()..].starts_with([' ', 's'])
            };
            if lower.match_indices("issue").any(numbered) {
                findings.push(Finding::new(
                    path,
                    index + 1,
                    "",
                    "names an issue by number: say what it is about",
                ));
            }
        }
    }
    findings
}

/// The README names the Rust version of the workspace, and no page names another.
pub(super) fn one_msrv(repo: &Repo) -> Vec<Finding> {
    let version = repo.text("Cargo.toml").lines().find_map(|line| line.strip_prefix("rust-version = "));
    let version = version.unwrap_or_default().trim_matches('"');
    let mut findings = Vec::new();
    let mut in_readme = false;
    for (path, text) in repo.files.iter().filter(|(path, _)| path.ends_with(".md")) {
        for (index, line) in text.lines().enumerate() {
            for mentioned in rust_versions(line) {
                in_readme |= path == "README.md";
                if mentioned != version {
                    let what = format!("says Rust {mentioned}, where the workspace says {version}");
                    findings.push(Finding::new(path, index + 1, "", what));
                }
            }
        }
    }
    if !in_readme {
        findings.push(Finding::new(
            "README.md",
            0,
            "",
            format!("does not say that Rust {version} is needed"),
        ));
    }
    findings
}

/// Every page with Rust in it is compiled: some crate takes it in as documentation.
pub(super) fn examples_compiled(repo: &Repo) -> Vec<Finding> {
    let included: BTreeSet<String> = repo.rust().flat_map(|(path, text)| includes(path, text)).collect();
    repo.files
        .iter()
        .filter(|(path, text)| path.ends_with(".md") && text.lines().any(is_rust_fence) && !included.contains(*path))
        .map(|(path, _)| {
            let what = "has Rust examples, but no library takes it in with `#[doc = include_str!(…)]`: nobody compiles them";
            Finding::new(path, 0, "", what)
        })
        .collect()
}

/// The README's command for the tests is the one that CI runs.
pub(super) fn one_test_command(repo: &Repo) -> Vec<Finding> {
    TEST_COMMANDS
        .iter()
        .filter(|(path, command)| !repo.text(path).lines().any(|line| line.trim() == *command))
        .map(|(path, command)| Finding::new(path, 0, "", format!("has no line `{command}`")))
        .collect()
}

fn is_text(path: &str) -> bool {
    [".rs", ".md", ".toml"].iter().any(|ending| path.ends_with(ending))
}

fn is_rust_fence(line: &str) -> bool {
    line.trim_start().strip_prefix("```").is_some_and(|tags| {
        let mut tags = tags.split(',').map(str::trim);
        tags.clone().any(|tag| tag == "rust") && tags.all(|tag| tag != "ignore")
    })
}

/// Versions in "Rust 1.95" and the like.
fn rust_versions(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("Rust 1.").map(move |(at, _)| {
        let rest = &line[at + "Rust ".len()..];
        let end = rest.find(|next: char| !next.is_ascii_digit() && next != '.').unwrap_or(rest.len());
        rest[..end].trim_end_matches('.')
    })
}

/// The files that a source takes in by `include_str!`, as paths from the root.
fn includes(path: &str, text: &str) -> Vec<String> {
    let folder: Vec<&str> = path.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect();
    text.split("include_str!(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|target| {
            let mut parts = folder.clone();
            for part in target.split('/') {
                match part {
                    ".." => drop(parts.pop()),
                    "." => {}
                    part => parts.push(part),
                }
            }
            parts.join("/")
        })
        .collect()
}
