//! One public path for each name of the facade: what the client gives stands at the root, and a module has the rest of its layer.

use std::collections::BTreeSet;

use crate::repo::Repo;
use crate::tidy::finding::Finding;
use crate::tidy::lexer;

const FACADE: &str = "crates/bedrock-llm/src/lib.rs";
const CLIENT: &str = "crates/bedrock-client/src/lib.rs";

/// The facade's modules that are not whole crates: the layer, as a path and as the file that says what it exports.
const LAYERS: &[(&str, &str, &str)] = &[
    ("aggregate", "bedrock_aggregate", "crates/bedrock-aggregate/src/lib.rs"),
    ("http", "bedrock_http", "crates/bedrock-http/src/lib.rs"),
];

/// A name that is exported.
struct Export {
    /// The module within the file; empty at its root.
    module: String,
    /// The crate or module that it comes from; empty for a module of the file's own.
    from: String,
    name: String,
}

pub(in crate::tidy) fn one_path(repo: &Repo) -> Vec<Finding> {
    let facade = exports(repo.text(FACADE));
    let client = exports(repo.text(CLIENT));
    let mut findings = compare("", &facade, client.iter().map(|export| export.name.as_str()).collect());
    for (module, layer, file) in LAYERS {
        let above: BTreeSet<&str> =
            client.iter().filter(|export| export.from == *layer).map(|export| export.name.as_str()).collect();
        let all = exports(repo.text(file));
        let rest = all.iter().map(|export| export.name.as_str()).filter(|name| !above.contains(name));
        findings.extend(compare(module, &facade, rest.collect()));
    }
    findings
}

/// Holds a module of the facade to the names that it should have.
fn compare(module: &str, facade: &[Export], expected: BTreeSet<&str>) -> Vec<Finding> {
    let is_own = |export: &&Export| {
        let layers = LAYERS.iter().any(|(name, ..)| *name == export.name) && export.from.is_empty();
        export.module == module && !layers && export.name != "eventstream"
    };
    let found: BTreeSet<&str> = facade.iter().filter(is_own).map(|export| export.name.as_str()).collect();
    let place = if module.is_empty() { "at the root".to_owned() } else { format!("in `{module}`") };
    let report = |name: &str, what: &str| Finding::new(FACADE, 0, name, format!("`{name}` {what} {place}"));
    let missing = expected.difference(&found).map(|name| report(name, "is missing"));
    missing.chain(found.difference(&expected).map(|name| report(name, "has another path than"))).collect()
}

/// What a file exports by `pub use` and `pub mod`, and in which of its modules.
fn exports(text: &str) -> Vec<Export> {
    let code = lexer::code_only(text);
    let mut exports = Vec::new();
    let mut module = String::new();
    let mut rest = code.as_str();
    while let Some(end) = rest.find([';', '{', '}']) {
        let statement = rest[..end].trim();
        let statement = statement.rsplit("]\n").next().unwrap_or(statement).trim();
        match (statement.strip_prefix("pub mod "), statement.strip_prefix("pub use ")) {
            (Some(name), _) => {
                let name = name.trim().to_owned();
                if rest[end..].starts_with('{') {
                    module.clone_from(&name);
                }
                exports.push(Export { module: String::new(), from: String::new(), name });
            }
            (_, Some(path)) => {
                // A list's braces end the statement too early.
                let whole = rest.find(';').unwrap_or(rest.len());
                let tail = &rest[end..whole];
                let (from, names) = match tail.strip_prefix('{') {
                    Some(list) => (path.trim_end_matches("::"), list.trim_end().trim_end_matches('}')),
                    None => path.rsplit_once("::").unwrap_or(("", path)),
                };
                let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
                exports.extend(names.map(|name| Export {
                    module: module.clone(),
                    from: from.split("::").next().unwrap_or_default().to_owned(),
                    name: name.rsplit(" as ").next().unwrap_or(name).to_owned(),
                }));
                rest = rest.get(whole + 1..).unwrap_or_default();
                continue;
            }
            (None, None) if rest[end..].starts_with('}') => module.clear(),
            (None, None) => {}
        }
        rest = &rest[end + 1..];
    }
    exports
}
