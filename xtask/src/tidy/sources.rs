//! Rules about Rust files: how they open, how long they get, what they may not hold.

use std::collections::BTreeSet;

use super::finding::Finding;
use super::lexer;
use crate::repo::Repo;

const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 60;

/// Left behind while something was unfinished.
const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "dbg!"];

/// Every file says first what the room is for.
pub(super) fn file_opening(repo: &Repo) -> Vec<Finding> {
    repo.rust()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| Finding::new(path, 1, "", "does not open with a `//!` line saying what it is for"))
        .collect()
}

pub(super) fn file_length(repo: &Repo) -> Vec<Finding> {
    repo.rust()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES)
        .map(|(path, lines)| Finding::new(path, 0, "", format!("{lines} lines, more than {FILE_LINES}")))
        .collect()
}

pub(super) fn function_length(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repo.rust() {
        for function in lexer::functions(&lexer::code_only(text)) {
            if function.lines > FUNCTION_LINES {
                let what = format!(
                    "`fn {}` has {} lines, more than {FUNCTION_LINES}",
                    function.name, function.lines
                );
                findings.push(Finding::new(path, function.line, &function.name, what));
            }
        }
    }
    findings
}

/// In a file with a `mod tests`, nothing follows it.
pub(super) fn tests_last(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repo.rust() {
        let code = lexer::code_only(text);
        let lines: Vec<&str> = code.lines().collect();
        let Some(start) = lines.iter().position(|line| line.starts_with("mod tests {")) else { continue };
        let Some(length) = lines[start..].iter().position(|line| line.starts_with('}')) else { continue };
        let after = start + length + 1;
        if let Some(offset) = lines[after..].iter().position(|line| !line.trim().is_empty()) {
            findings.push(Finding::new(
                path,
                after + offset + 1,
                "",
                "code after the tests: tests come last",
            ));
        }
    }
    findings
}

pub(super) fn nothing_unfinished(repo: &Repo) -> Vec<Finding> {
    words_in_code(repo, UNFINISHED, |word| format!("`{word}` left in the code"))
}

/// The compiler forbids it too, by the workspace's lints; this also sees code that is not compiled here.
pub(super) fn no_unsafe(repo: &Repo) -> Vec<Finding> {
    words_in_code(repo, &["unsafe"], |_| "`unsafe`".to_owned())
}

/// Every published crate has tests: in its sources or under `tests/`.
pub(super) fn crate_tested(repo: &Repo) -> Vec<Finding> {
    repo.published()
        .filter(|package| {
            let (tests, sources) = (format!("{}/tests/", package.dir), format!("{}/src/", package.dir));
            !repo.rust().any(|(path, text)| {
                (path.starts_with(&tests) || path.starts_with(&sources))
                    && lexer::code_only(text).contains("#[test]")
                    || path.starts_with(&tests) && text.contains("::test]")
            })
        })
        .map(|package| {
            Finding::new(&package.manifest(), 0, &package.name, format!("`{}` has no test", package.name))
        })
        .collect()
}

/// Every file of tests is part of a program: a program of its own, or a module that another file there names. One that is
/// neither compiles for nobody, and nothing else says so.
pub(super) fn tests_reached(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &repo.packages {
        let folder = format!("{}/tests/", package.dir);
        let files = || repo.rust().filter(|(path, _)| path.starts_with(&folder));
        let named: BTreeSet<String> = files()
            .flat_map(|(_, text)| lexer::code_only(text).lines().filter_map(module_named).collect::<Vec<_>>())
            .collect();
        for (path, _) in files().filter(|(path, _)| !package.tests.iter().any(|root| root == path)) {
            let module = path.strip_suffix("/mod.rs").or(path.strip_suffix(".rs")).unwrap_or(path);
            let module = module.rsplit('/').next().unwrap_or(module);
            if !named.contains(module) {
                let what = format!("no program of tests has `mod {module};`: nothing here is run");
                findings.push(Finding::new(path, 0, module, what));
            }
        }
    }
    findings
}

/// The module that a line of code takes from another file.
fn module_named(line: &str) -> Option<String> {
    let (_, declared) = line.trim().strip_suffix(';')?.rsplit_once("mod ")?;
    Some(declared.to_owned())
}

fn words_in_code(repo: &Repo, words: &[&str], what: fn(&str) -> String) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repo.rust() {
        for (index, line) in lexer::code_only(text).lines().enumerate() {
            for word in words.iter().filter(|word| has_word(line, word)) {
                findings.push(Finding::new(path, index + 1, word, what(word)));
            }
        }
    }
    findings
}

/// Whether a line holds a word that is not part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(part) && (word.ends_with('!') || !line[at + word.len()..].starts_with(part))
    })
}
