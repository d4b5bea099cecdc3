//! `cargo xtask tidy`: the rules of the house, checked by machine.
//!
//! One table, [`RULES`]; each rule is a name, and a function from the [`Repo`] to what it finds amiss. What a
//! rule says in words, and why, stands in docs/ARCHITECTURE.md under "Rules of the house", and facts a rule needs (who
//! may use whom, who must stay small) are tables there, read from there. Exceptions, each with its reason, are
//! in `exceptions.rs`; one that is no longer needed is itself a finding.
//!
//! Not here: what rustc, clippy, rustdoc and cargo-deny already check.

mod circles;
mod codegen;
mod exceptions;
mod finding;
mod lexer;
mod lists;
mod manifests;
mod rooms;
mod sources;
mod texts;

use crate::repo::Repo;
use exceptions::Exception;
use finding::{ARCHITECTURE, Finding, quoted, table};
use lists::{facade, formats};

/// A rule of the house.
struct Rule {
    /// Its row in the table of docs/ARCHITECTURE.md.
    name: &'static str,
    check: fn(&Repo) -> Vec<Finding>,
}

const RULES: &[Rule] = &[
    Rule { name: "arrows", check: rooms::arrows },
    Rule { name: "small-leaves", check: rooms::small_leaves },
    Rule { name: "format-has-fold", check: rooms::format_has_fold },
    Rule { name: "formats-apart", check: rooms::formats_apart },
    Rule { name: "formats-listed", check: formats::formats_listed },
    Rule { name: "codegen-at-use", check: codegen::codegen_at_use },
    Rule { name: "no-circles", check: circles::no_circles },
    Rule { name: "one-path", check: facade::one_path },
    Rule { name: "room-size", check: rooms::room_size },
    Rule { name: "crate-complete", check: manifests::crate_complete },
    Rule { name: "one-workspace", check: manifests::one_workspace },
    Rule { name: "one-dependency-table", check: manifests::one_dependency_table },
    Rule { name: "dependency-reason", check: manifests::dependency_reason },
    Rule { name: "crate-tested", check: sources::crate_tested },
    Rule { name: "tests-reached", check: sources::tests_reached },
    Rule { name: "file-opening", check: sources::file_opening },
    Rule { name: "file-length", check: sources::file_length },
    Rule { name: "function-length", check: sources::function_length },
    Rule { name: "tests-last", check: sources::tests_last },
    Rule { name: "nothing-unfinished", check: sources::nothing_unfinished },
    Rule { name: "no-unsafe", check: sources::no_unsafe },
    Rule { name: "no-machine", check: texts::no_machine },
    Rule { name: "own-words", check: texts::own_words },
    Rule { name: "one-msrv", check: texts::one_msrv },
    Rule { name: "examples-compiled", check: texts::examples_compiled },
    Rule { name: "one-test-command", check: texts::one_test_command },
    Rule { name: "rules-written-down", check: rules_written_down },
];

/// Runs every rule over the workspace and prints what it finds.
pub(crate) fn main(args: &[String]) -> Result<(), String> {
    if let Some(unknown) = args.first() {
        return Err(format!("tidy takes no argument, not {unknown:?}"));
    }
    let repo = Repo::read()?;
    let findings = check_all(&repo, exceptions::EXCEPTIONS);
    for (rule, finding) in &findings {
        let line = if finding.line == 0 { String::new() } else { format!(":{}", finding.line) };
        eprintln!(
            "{}{line}: {} ({rule}: {ARCHITECTURE}, \"Rules of the house\")",
            finding.file, finding.what
        );
    }
    match findings.len() {
        0 => {
            println!(
                "tidy: {} rules, {} files, {} packages: clean",
                RULES.len(),
                repo.files.len(),
                repo.packages.len()
            );
            Ok(())
        }
        count => Err(format!("tidy: {count} findings")),
    }
}

fn check_all(repo: &Repo, exceptions: &[Exception]) -> Vec<(&'static str, Finding)> {
    let mut used = vec![false; exceptions.len()];
    let mut findings = Vec::new();
    for rule in RULES {
        for finding in (rule.check)(repo) {
            match exceptions.iter().position(|exception| exception.covers(rule.name, &finding)) {
                Some(index) => used[index] = true,
                None => findings.push((rule.name, finding)),
            }
        }
    }
    for (exception, _) in exceptions.iter().zip(used).filter(|(_, used)| !used) {
        let what = format!(
            "the exception of {} {:?} from `{}` is no longer needed: remove it",
            exception.file, exception.item, exception.rule
        );
        findings.push((exception.rule, Finding::new("xtask/src/tidy/exceptions.rs", 0, "", what)));
    }
    findings
}

fn rules_written_down(repo: &Repo) -> Vec<Finding> {
    let rows = table(repo.text(ARCHITECTURE), "<!-- tidy: rules -->");
    let written: Vec<&str> = rows.iter().flat_map(|row| quoted(row[0])).collect();
    let missing = RULES.iter().filter(|rule| !written.contains(&rule.name)).map(|rule| {
        Finding::new(
            ARCHITECTURE,
            0,
            rule.name,
            format!("the rule `{}` is not in the table of rules", rule.name),
        )
    });
    let unknown = written.iter().filter(|name| RULES.iter().all(|rule| rule.name != **name)).map(|name| {
        Finding::new(
            ARCHITECTURE,
            0,
            name,
            format!("`{name}` is in the table of rules, but nothing checks it"),
        )
    });
    missing.chain(unknown).collect()
}

#[cfg(test)]
mod tests;
