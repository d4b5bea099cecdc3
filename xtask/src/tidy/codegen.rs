//! The rule that what belongs to one format or one operation is compiled where it is used.
//!
//! For: functions outside of generic code in the folders of formats and operations; generic ones are compiled where they are used anyway.
//! Not for: what macros expand to; the macros say it once.

use super::finding::Finding;
use super::rooms::{FOLDS, FORMATS};
use crate::repo::Repo;

/// Operations of the client.
const OPERATIONS: &str = "crates/bedrock-client/src/operations/";
const ATTRIBUTE: &str = "#[codegen_at_use]";

/// What may stand in front of `fn`, beside its visibility.
const QUALIFIERS: &[&str] = &["const", "async", "extern"];

/// Each `impl` block that has functions, and each function outside of one, has the attribute.
pub(super) fn codegen_at_use(repo: &Repo) -> Vec<Finding> {
    let of_formats = |path: &str| [FORMATS, FOLDS, OPERATIONS].iter().any(|folder| path.starts_with(folder));
    repo.rust().filter(|(path, _)| of_formats(path)).flat_map(|(path, text)| in_file(path, text)).collect()
}

fn in_file(path: &str, text: &str) -> Vec<Finding> {
    let code = super::lexer::code_only(text);
    let lines: Vec<&str> = code.lines().collect();
    let end = lines.iter().position(|line| line.starts_with("#[cfg(test)]")).unwrap_or(lines.len());
    let mut findings = Vec::new();
    for (at, line) in lines[..end].iter().enumerate() {
        let what = if line.starts_with("impl ") || line.starts_with("impl<") {
            has_plain_function(&lines[at..end]).then_some("this `impl`")
        } else {
            is_plain_function(line, "", &lines[at..end]).then_some("this function")
        };
        let is_marked =
            || attributes(&lines, at).any(|line| line == ATTRIBUTE || line.starts_with("#[inline"));
        if let Some(what) = what.filter(|_| !is_marked()) {
            findings.push(Finding::new(
                path,
                at + 1,
                "",
                format!("{what} is compiled whether or not it is used: {ATTRIBUTE}"),
            ));
        }
    }
    findings
}

/// The attributes in front of a line.
fn attributes<'a>(lines: &'a [&'a str], at: usize) -> impl Iterator<Item = &'a str> {
    // Comments are blank here.
    let before = lines[..at].iter().rev().map(|line| line.trim());
    before.take_while(|line| line.is_empty() || line.starts_with("#[")).filter(|line| !line.is_empty())
}

/// Whether an `impl` is not generic, and has a function that is not and has no `inline` of its own.
fn has_plain_function(lines: &[&str]) -> bool {
    let head: String = lines
        .iter()
        .take_while(|line| !line.contains('{'))
        .chain(lines.iter().find(|line| line.contains('{')))
        .copied()
        .collect();
    let generics =
        head.strip_prefix("impl<").and_then(|rest| rest.split_once('>')).map_or("", |(generics, _)| generics);
    if has_type_parameter(generics) || head.trim_end().ends_with("{}") {
        return false;
    }
    let body = lines.iter().position(|line| *line == "}").unwrap_or(lines.len());
    let is_inline = |at: usize| attributes(lines, at).any(|line| line.starts_with("#[inline"));
    (1..body).any(|at| is_plain_function(lines[at], "    ", &lines[at..]) && !is_inline(at))
}

/// Whether a function that is not generic begins in a line.
fn is_plain_function(line: &str, indent: &str, rest: &[&str]) -> bool {
    let Some(line) = line.strip_prefix(indent).filter(|line| !line.starts_with(' ')) else { return false };
    let is_function = line.split_once("fn ").is_some_and(|(before, _)| {
        before.split_whitespace().all(|word| word.starts_with("pub") || QUALIFIERS.contains(&word))
    });
    let head: String = rest
        .iter()
        .take_while(|line| !line.ends_with('{'))
        .chain(rest.iter().find(|line| line.ends_with('{')))
        .copied()
        .collect();
    let head = head.split_once("fn ").map_or("", |(_, head)| head);
    let (before, arguments) = head.split_once('(').unwrap_or((head, ""));
    let generics = before.split_once('<').map_or("", |(_, generics)| generics);
    let takes_impl = arguments.split("->").next().is_some_and(|arguments| arguments.contains("impl "));
    is_function && !takes_impl && !has_type_parameter(generics)
}

/// Whether generics have more than lifetimes.
fn has_type_parameter(generics: &str) -> bool {
    generics
        .split(',')
        .map(str::trim)
        .any(|one| one.starts_with(|first: char| first.is_uppercase()) || one.starts_with("const "))
}
