//! Rules about manifests: what each crate must say of itself and of what it depends on.

use super::finding::Finding;
use crate::repo::{Package, Repo};
use toml::{Table, Value};

const WORKSPACE: &str = "Cargo.toml";

/// Keys that every package inherits, so that they cannot drift apart.
const INHERITED: &[&str] = &["edition", "rust-version", "license"];

/// The texts of the licences.
const LICENCES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT"];

/// A published crate has a version, a description, a README of its own, a page, and the texts of its licences: a package holds
/// nothing that lies above its folder.
pub(super) fn crate_complete(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in repo.published() {
        let mut report =
            |what: String| findings.push(Finding::new(&package.manifest(), 0, &package.name, what));
        if package.version.is_empty() || package.version == "0.0.0" {
            report("a published crate without a version of its own".to_owned());
        }
        if package.description.is_empty() {
            report("a published crate without a description".to_owned());
        }
        let readme =
            package.readme.as_ref().map(|name| format!("{}/{name}", package.dir)).unwrap_or_default();
        if !repo.text(&readme).starts_with(&format!("# {}", package.name)) {
            report(format!("no README.md that opens with `# {}`", package.name));
        }
        for licence in LICENCES {
            let (own, common) = (format!("{}/{licence}", package.dir), repo.text(licence));
            if repo.text(&own) != common {
                report(format!("{licence} is missing, or differs from the workspace's"));
            }
        }
        if !package.roots.iter().any(|root| repo.text(root).starts_with("//!")) {
            report("no crate page: the root source file does not open with `//!`".to_owned());
        }
    }
    findings
}

/// Edition, licence, Rust version and lints come from the workspace.
pub(super) fn one_workspace(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    let workspace = parse(repo.text(WORKSPACE));
    let of_workspace =
        |key: &str| at(&workspace, &["workspace", "package", key]).and_then(Value::as_str).unwrap_or("");
    if at(&workspace, &["workspace", "lints", "rust", "unsafe_code"]).and_then(Value::as_str)
        != Some("forbid")
    {
        findings.push(Finding::new(
            WORKSPACE,
            0,
            "unsafe_code",
            "the workspace's lints do not forbid unsafe code",
        ));
    }
    for package in &repo.packages {
        let manifest = parse(repo.text(&package.manifest()));
        let mut report =
            |item: &str, what: String| findings.push(Finding::new(&package.manifest(), 0, item, what));
        for key in INHERITED {
            let inherits =
                at(&manifest, &["package", key, "workspace"]).and_then(Value::as_bool) == Some(true);
            if !inherits || own(package, key) != of_workspace(key) {
                report(key, format!("does not take `{key}` from the workspace"));
            }
        }
        if at(&manifest, &["lints", "workspace"]).and_then(Value::as_bool) != Some(true) {
            report("lints", "does not take its lints from the workspace".to_owned());
        }
    }
    findings
}

/// Versions and features of dependencies are chosen in the workspace's table, default features off. Peers that only
/// the benches build stand in their own manifest.
pub(super) fn one_dependency_table(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    let workspace = parse(repo.text(WORKSPACE));
    for (name, entry) in
        at(&workspace, &["workspace", "dependencies"]).and_then(Value::as_table).into_iter().flatten()
    {
        let local = entry.get("path").is_some();
        if !local && entry.get("default-features").and_then(Value::as_bool) != Some(false) {
            findings.push(Finding::new(
                WORKSPACE,
                0,
                name,
                format!("`{name}` does not say default-features = false"),
            ));
        }
    }
    for package in repo.published() {
        let manifest = parse(repo.text(&package.manifest()));
        for (name, entry) in dependency_tables(&manifest).into_iter().flatten() {
            if entry.get("workspace").and_then(Value::as_bool) != Some(true) {
                let what = format!("`{name}` is not taken from the workspace's table of dependencies");
                findings.push(Finding::new(&package.manifest(), 0, name, what));
            }
        }
    }
    findings
}

/// Beside every dependency of a published crate stands what it is for. Tests may take what they need.
pub(super) fn dependency_reason(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in repo.published() {
        let mut section = String::new();
        let mut reason_above = false;
        for (index, line) in repo.text(&package.manifest()).lines().enumerate() {
            let line = line.trim();
            if let Some(header) = line.strip_prefix('[') {
                section = header.trim_end_matches(']').to_owned();
            }
            if let Some(name) = dependency_on_line(&section, line)
                && !reason_above
                && !line.contains(" #")
                && !package.dependencies.iter().any(|dependency| dependency.name == name && dependency.local)
            {
                let what = format!("`{name}` has no line of comment saying what it is needed for");
                findings.push(Finding::new(&package.manifest(), index + 1, name, what));
            }
            reason_above = line.starts_with('#') && line.len() > 2;
        }
    }
    findings
}

/// The dependency that a line of a manifest declares, in a section that links it into the crate.
fn dependency_on_line<'a>(section: &'a str, line: &'a str) -> Option<&'a str> {
    let linked = |section: &str| {
        ["dependencies", "build-dependencies"].iter().any(|name| {
            section == *name || section.starts_with("target.") && section.ends_with(&format!(".{name}"))
        })
    };
    if line.starts_with('[') {
        // `[dependencies.name]`
        let (parent, name) = section.rsplit_once('.')?;
        return linked(parent).then_some(name);
    }
    if !linked(section) || line.starts_with('#') {
        return None;
    }
    let (key, _) = line.split_once('=')?;
    Some(key.trim().split('.').next().unwrap_or_default())
}

fn dependency_tables(manifest: &Table) -> Vec<&Table> {
    const NAMES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
        .filter_map(|(_, value)| value.as_table());
    std::iter::once(manifest)
        .chain(targets)
        .flat_map(|table| NAMES.iter().filter_map(|name| table.get(*name).and_then(Value::as_table)))
        .collect()
}

fn own<'a>(package: &'a Package, key: &str) -> &'a str {
    match key {
        "edition" => &package.edition,
        "rust-version" => &package.rust_version,
        _ => &package.license,
    }
}

/// A manifest that does not parse stops cargo long before it stops us.
fn parse(text: &str) -> Table {
    text.parse().unwrap_or_default()
}

fn at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(*key))
}
