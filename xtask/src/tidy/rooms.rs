//! Rules about the rooms: who may use whom, who stays small, how many files lie in one, and that every format has its fold.

use super::finding::{ARCHITECTURE, Finding, quoted, table};
use crate::repo::Repo;
use std::collections::{BTreeMap, BTreeSet};

/// Where a format's wire types lie, and where its fold.
pub(super) const FORMATS: &str = "crates/bedrock-formats/src/formats/";
pub(super) const FOLDS: &str = "crates/bedrock-aggregate/src/formats/";

/// Files side by side that can still be taken in at a glance.
const ROOM_FILES: usize = 12;
/// Folders that are one table, a file a row: formats, operations, commands, files of tests.
const TABLES: &[&str] = &["formats", "operations", "commands", "tests"];

/// The crates' arrows are those of the table in docs/ARCHITECTURE.md, and every crate has its row.
pub(super) fn arrows(repo: &Repo) -> Vec<Finding> {
    let rows = table(repo.text(ARCHITECTURE), "<!-- tidy: arrows -->");
    let mut findings = Vec::new();
    for package in &repo.packages {
        let Some(row) = rows.iter().find(|row| quoted(row[0]).contains(&package.name.as_str())) else {
            findings.push(Finding::new(
                ARCHITECTURE,
                0,
                &package.name,
                format!("no row for `{}` in the table of arrows", package.name),
            ));
            continue;
        };
        let may = |column: usize| row.get(column).map(|cell| quoted(cell)).unwrap_or_default();
        let (always, in_tests) = (may(1), may(2));
        for dependency in package.dependencies.iter().filter(|dependency| dependency.local) {
            let name = dependency.name.as_str();
            let allowed = always.contains(&name) || dependency.dev && in_tests.contains(&name);
            if !allowed {
                let what = format!("`{}` may not use `{name}`", package.name);
                findings.push(Finding::new(&package.manifest(), 0, name, what));
            }
        }
    }
    for name in rows.iter().flat_map(|row| quoted(row[0])) {
        if repo.packages.iter().all(|package| package.name != name) {
            findings.push(Finding::new(
                ARCHITECTURE,
                0,
                name,
                format!("the table of arrows has `{name}`, which is no package"),
            ));
        }
    }
    findings
}

/// Crates promised to be small link nothing of what they promised to leave out.
pub(super) fn small_leaves(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for row in table(repo.text(ARCHITECTURE), "<!-- tidy: small leaves -->") {
        let [crates, banned, ..] = row.as_slice() else { continue };
        for name in quoted(crates) {
            let Some(linked) = repo.trees.get(name) else {
                findings.push(Finding::new(
                    ARCHITECTURE,
                    0,
                    name,
                    format!("`{name}` is promised to be small, but is no published crate"),
                ));
                continue;
            };
            for banned in quoted(banned).into_iter().filter(|banned| linked.iter().any(|each| each == banned))
            {
                let what = format!("`{name}` links `{banned}` in its default features");
                findings.push(Finding::new(&format!("crates/{name}/Cargo.toml"), 0, banned, what));
            }
        }
    }
    findings
}

/// A folder has few files side by side, unless it is a table of which each file is a row.
pub(super) fn room_size(repo: &Repo) -> Vec<Finding> {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for (folder, _) in repo.rust().filter_map(|(path, _)| path.rsplit_once('/')) {
        *folders.entry(folder).or_default() += 1;
    }
    let is_table = |folder: &str| folder.rsplit('/').next().is_some_and(|name| TABLES.contains(&name));
    folders
        .into_iter()
        .filter(|(folder, files)| *files > ROOM_FILES && !is_table(folder))
        .map(|(folder, files)| {
            Finding::new(folder, 0, "", format!("{files} files side by side, more than {ROOM_FILES}"))
        })
        .collect()
}

/// One file a format in the one crate, one of the same name in the other, but for those listed as having none.
pub(super) fn format_has_fold(repo: &Repo) -> Vec<Finding> {
    let without_fold = rooms_without_fold(repo);
    let formats = modules(repo, FORMATS);
    let folds = modules(repo, FOLDS);
    let mut findings = Vec::new();
    for format in
        formats.iter().filter(|name| !folds.contains(*name) && !without_fold.contains(name.as_str()))
    {
        let what = format!(
            "`{format}` has no fold of that name in {FOLDS}, and no row in the table of rooms without one"
        );
        findings.push(Finding::new(&format!("{FORMATS}{format}"), 0, format, what));
    }
    for fold in folds.iter().filter(|name| !formats.contains(*name)) {
        findings.push(Finding::new(
            &format!("{FOLDS}{fold}"),
            0,
            fold,
            format!("`{fold}` has no format of that name in {FORMATS}"),
        ));
    }
    for name in without_fold.iter().filter(|name| !formats.contains(**name) || folds.contains(**name)) {
        findings.push(Finding::new(
            ARCHITECTURE,
            0,
            name,
            format!("the row of `{name}` among the rooms without a fold is stale"),
        ));
    }
    findings
}

/// Formats never use each other, neither their types nor their folds.
pub(super) fn formats_apart(repo: &Repo) -> Vec<Finding> {
    let without_fold = rooms_without_fold(repo);
    let formats: Vec<String> =
        modules(repo, FORMATS).into_iter().filter(|name| !without_fold.contains(name.as_str())).collect();
    let mut findings = Vec::new();
    for (path, text) in repo.rust() {
        let Some((of, prefixes)) = owner(path) else { continue };
        if !formats.contains(&of) {
            continue;
        }
        let code = super::lexer::code_only(text);
        let code = code.split("mod tests {").next().unwrap_or_default();
        for (index, line) in code.lines().enumerate() {
            for other in formats.iter().filter(|other| **other != of) {
                if prefixes.iter().any(|prefix| uses(line, prefix, other)) {
                    findings.push(Finding::new(
                        path,
                        index + 1,
                        other,
                        format!("the format `{of}` uses the format `{other}`"),
                    ));
                }
            }
        }
    }
    findings
}

/// The format that a file belongs to, and how code there would name another one.
fn owner(path: &str) -> Option<(String, &'static [&'static str])> {
    let (rest, prefixes): (&str, &[&str]) = match (path.strip_prefix(FORMATS), path.strip_prefix(FOLDS)) {
        // The root re-exports all formats.
        (Some(rest), _) => (rest, &["crate::", "crate::formats::", "super::"]),
        (_, Some(rest)) => (rest, &["crate::formats::", "bedrock_formats::", "super::"]),
        _ => return None,
    };
    Some((module_of(rest), prefixes))
}

fn uses(line: &str, prefix: &str, module: &str) -> bool {
    line.match_indices(prefix).any(|(at, _)| {
        line[at + prefix.len()..]
            .strip_prefix(module)
            .is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
    })
}

fn rooms_without_fold(repo: &Repo) -> BTreeSet<&str> {
    table(repo.text(ARCHITECTURE), "<!-- tidy: rooms without a fold -->")
        .iter()
        .flat_map(|row| quoted(row[0]))
        .collect()
}

/// The modules right below a folder, whether a file or a folder of files; its own root left out.
pub(super) fn modules(repo: &Repo, folder: &str) -> BTreeSet<String> {
    repo.rust()
        .filter_map(|(path, _)| path.strip_prefix(folder))
        .filter(|rest| !matches!(*rest, "lib.rs" | "mod.rs"))
        .map(module_of)
        .collect()
}

fn module_of(path: &str) -> String {
    let first = path.split('/').next().unwrap_or_default();
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}
