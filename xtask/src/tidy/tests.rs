//! Every rule, shown once in peace and once broken.

use super::*;
use crate::repo::{Dependency, Package};
use std::collections::BTreeMap;

const CARGO: &str = "[workspace.package]\nedition = \"2024\"\nrust-version = \"1.95\"\nlicense = \"MIT\"\n\
    [workspace.lints.rust]\nunsafe_code = \"forbid\"\n\
    [workspace.dependencies]\nleaf = { path = \"crates/leaf\" }\nbytes = { version = \"1\", default-features = false }\n";

const LEAF: &str = "[package]\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
    [lints]\nworkspace = true\n[dependencies]\n# Slices of one buffer.\nbytes.workspace = true\n";

const PAGE: &str = "# Architecture\n\n<!-- tidy: arrows -->\n\n| crate | may use | its tests also |\n|---|---|---|\n\
    | `leaf` | | |\n| `trunk` | `leaf` | `tool` |\n| `tool` | `leaf` | |\n\n\
    <!-- tidy: small leaves -->\n\n| crate | never links |\n|---|---|\n| `leaf` | `tokio`, `serde` |\n\n\
    <!-- tidy: rooms without a fold -->\n\n| room | why |\n|---|---|\n| `images` | no format |\n";

/// A small workspace in which every rule is kept.
fn good() -> Repo {
    let mut page = PAGE.to_owned();
    page.push_str("\n<!-- tidy: rules -->\n\n| rule | says |\n|---|---|\n");
    for rule in RULES {
        page.push_str(&format!("| `{}` | … |\n", rule.name));
    }
    let mut listed = BTreeMap::<&str, String>::new();
    let mut files = vec![
        ("Cargo.toml".to_owned(), CARGO.to_owned()),
        (ARCHITECTURE.to_owned(), page),
        (
            "README.md".to_owned(),
            "# x\n\nNeeds Rust 1.95.\n\n    cargo test\n    cargo xtask ci\n\n```rust\nlet a = 1;\n```\n"
                .to_owned(),
        ),
        (".ci/run".to_owned(), "cargo xtask ci\n".to_owned()),
        (
            "Cargo.lock".to_owned(),
            "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n".to_owned(),
        ),
    ];
    for name in ["leaf", "trunk", "tool"] {
        files.push((format!("crates/{name}/Cargo.toml"), LEAF.to_owned()));
        files.push((format!("crates/{name}/README.md"), format!("# {name}\n")));
        let page = "//! A page.\n\n#[doc = include_str!(\"../../../README.md\")]\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn b() {}\n}\n";
        files.push((format!("crates/{name}/src/lib.rs"), page.to_owned()));
    }
    for format in ["nova", "titan"] {
        files.push((format!("crates/bedrock-formats/src/formats/{format}.rs"), "//! Types.\n".to_owned()));
        files.push((format!("crates/bedrock-aggregate/src/formats/{format}.rs"), "//! A fold.\n".to_owned()));
    }
    files.push(("crates/bedrock-formats/src/formats/images.rs".to_owned(), "//! Images.\n".to_owned()));
    for list in formats::LISTS {
        for (module, entry) in
            ["nova", "titan"].iter().flat_map(|module| list.entries.iter().map(move |entry| (module, entry)))
        {
            let entry = formats::filled(entry, module, module);
            if list.file.ends_with('/') {
                files.push((format!("{entry}a/case.toml"), String::new()));
            } else {
                listed.entry(list.file).or_insert_with(|| "//! A list.\n\n".to_owned()).push_str(&entry);
            }
        }
    }
    files.extend(listed.into_iter().map(|(file, text)| (file.to_owned(), text)));
    let packages = vec![
        package("leaf", &[]),
        package("trunk", &[("leaf", false), ("tool", true)]),
        package("tool", &[("leaf", false)]),
    ];
    let trees = ["leaf", "trunk", "tool"].map(|name| (name.to_owned(), vec!["bytes".to_owned()])).into();
    Repo { files: files.into_iter().collect(), packages, trees }
}

fn package(name: &str, local: &[(&str, bool)]) -> Package {
    Package {
        name: name.to_owned(),
        version: "0.1.0".to_owned(),
        dir: format!("crates/{name}"),
        description: "It does.".to_owned(),
        readme: Some("README.md".to_owned()),
        license: "MIT".to_owned(),
        edition: "2024".to_owned(),
        rust_version: "1.95".to_owned(),
        published: true,
        dependencies: local
            .iter()
            .map(|(name, dev)| Dependency { name: (*name).to_owned(), dev: *dev, local: true })
            .collect(),
        roots: vec![format!("crates/{name}/src/lib.rs")],
        ..Package::default()
    }
}

/// A way to break a rule, and the words that the finding must hold.
struct Case {
    rule: &'static str,
    damage: fn(&mut Repo),
    says: &'static str,
}

fn set(repo: &mut Repo, path: &str, text: &str) {
    repo.files.insert(path.to_owned(), text.to_owned());
}

/// Puts files into the sources of one crate.
fn leaf(repo: &mut Repo, files: &[(&str, &str)]) {
    files.iter().for_each(|(path, text)| set(repo, &format!("crates/leaf/src/{path}"), text));
}

fn append(repo: &mut Repo, path: &str, text: &str) {
    repo.files.entry(path.to_owned()).or_default().push_str(text);
}

fn replace(repo: &mut Repo, path: &str, from: &str, to: &str) {
    let text = repo.text(path).to_owned();
    assert!(text.contains(from), "{path} does not hold {from:?}");
    set(repo, path, &text.replace(from, to));
}

fn local(name: &str, dev: bool) -> Dependency {
    Dependency { name: name.to_owned(), dev, local: true }
}

const CASES: &[Case] = &[
    Case {
        rule: "arrows",
        damage: |repo| repo.packages[0].dependencies.push(local("trunk", false)),
        says: "`leaf` may not use `trunk`",
    },
    Case {
        rule: "arrows",
        damage: |repo| repo.packages[1].dependencies.push(local("tool", false)),
        says: "`trunk` may not use `tool`",
    },
    Case {
        rule: "arrows",
        damage: |repo| repo.packages[0].dependencies.push(local("tool", true)),
        says: "`leaf` may not use `tool`",
    },
    Case { rule: "arrows", damage: |repo| drop(repo.packages.pop()), says: "is no package" },
    Case {
        rule: "arrows",
        damage: |repo| repo.packages[0].name = "twig".to_owned(),
        says: "no row for `twig`",
    },
    Case {
        rule: "small-leaves",
        damage: |repo| repo.trees.entry("leaf".to_owned()).or_default().push("serde".to_owned()),
        says: "links `serde`",
    },
    Case { rule: "small-leaves", damage: |repo| drop(repo.trees.remove("leaf")), says: "no published crate" },
    Case {
        rule: "format-has-fold",
        damage: |repo| set(repo, "crates/bedrock-formats/src/formats/llama/mod.rs", "//! x\n"),
        says: "`llama` has no fold",
    },
    Case {
        rule: "format-has-fold",
        damage: |repo| set(repo, "crates/bedrock-aggregate/src/formats/llama.rs", "//! x\n"),
        says: "`llama` has no format",
    },
    Case {
        rule: "format-has-fold",
        damage: |repo| drop(repo.files.remove("crates/bedrock-formats/src/formats/images.rs")),
        says: "stale",
    },
    Case {
        rule: "formats-apart",
        damage: |repo| {
            append(repo, "crates/bedrock-formats/src/formats/nova.rs", "use crate::titan::Chunk;\n")
        },
        says: "`nova` uses the format `titan`",
    },
    Case {
        rule: "formats-apart",
        damage: |repo| {
            append(repo, "crates/bedrock-formats/src/formats/nova.rs", "use crate::formats::titan::Chunk;\n");
        },
        says: "`nova` uses the format `titan`",
    },
    Case {
        rule: "formats-apart",
        damage: |repo| {
            append(repo, "crates/bedrock-formats/src/formats/nova.rs", "use super::titan::Chunk;\n")
        },
        says: "`nova` uses the format `titan`",
    },
    Case {
        rule: "formats-apart",
        damage: |repo| {
            append(
                repo,
                "crates/bedrock-aggregate/src/formats/nova.rs",
                "#[inline]\nfn a(x: bedrock_formats::titan::Chunk) {}\n",
            )
        },
        says: "`nova` uses the format `titan`",
    },
    Case {
        rule: "formats-listed",
        damage: |repo| append(repo, "crates/bedrock-aggregate/src/formats/converse.rs", "//! x\n"),
        says: "`converse` is not in this list",
    },
    Case {
        rule: "formats-listed",
        damage: |repo| {
            set(repo, "crates/bedrock-aggregate/src/formats/pegasus.rs", "//! x\n");
            append(repo, "testing/src/growth.rs", "\"pegasus\"");
        },
        says: "said not to be",
    },
    Case {
        rule: "codegen-at-use",
        damage: |repo| {
            append(
                repo,
                "crates/bedrock-formats/src/formats/nova.rs",
                "impl A {\n    fn a(&self) {\n    }\n}\n",
            )
        },
        says: "this `impl` is compiled",
    },
    Case {
        rule: "codegen-at-use",
        damage: |repo| {
            append(
                repo,
                "crates/bedrock-aggregate/src/formats/nova.rs",
                "/// A.\npub(super) fn a(x: u8) {\n}\n",
            )
        },
        says: "this function is compiled",
    },
    Case {
        rule: "no-circles",
        damage: |repo| {
            leaf(
                repo,
                &[("a.rs", "//! A.\n\nuse crate::b::B;\n"), ("b.rs", "//! B.\n\nfn b() { super::a::a() }\n")],
            )
        },
        says: "crates/leaf/src/a.rs -> crates/leaf/src/b.rs -> crates/leaf/src/a.rs",
    },
    Case {
        rule: "no-circles",
        damage: |repo| {
            leaf(
                repo,
                &[
                    ("a/mod.rs", "//! A.\n\nmod inner;\npub use inner::Inner;\nstruct A;\n"),
                    ("a/inner.rs", "//! I.\n\nuse super::A;\nuse crate::b;\nfn i() { b::b() }\n"),
                    ("b.rs", "//! B.\n\nuse crate::a::{Inner as I, *};\n"),
                ],
            )
        },
        says: "crates/leaf/src/a/inner.rs -> crates/leaf/src/b.rs -> crates/leaf/src/a/inner.rs",
    },
    Case {
        rule: "no-circles",
        damage: |repo| {
            leaf(
                repo,
                &[
                    ("a/mod.rs", "//! A.\n\nmod inner;\npub struct A(inner::Inner);\n"),
                    ("a/inner.rs", "//! I.\n\npub struct Inner(Option<Box<super::A>>);\n"),
                ],
            )
        },
        says: "crates/leaf/src/a/mod.rs -> crates/leaf/src/a/inner.rs -> crates/leaf/src/a/mod.rs",
    },
    Case {
        rule: "room-size",
        damage: |repo| {
            for name in 0..12 {
                set(repo, &format!("crates/leaf/src/n{name}.rs"), "//! N.\n");
            }
        },
        says: "13 files side by side",
    },
    Case {
        rule: "crate-complete",
        damage: |repo| set(repo, "LICENSE-MIT", "Do what you like.\n"),
        says: "LICENSE-MIT is missing",
    },
    Case { rule: "crate-complete", damage: |repo| repo.packages[0].description.clear(), says: "description" },
    Case {
        rule: "crate-complete",
        damage: |repo| repo.packages[0].version = "0.0.0".to_owned(),
        says: "version",
    },
    Case {
        rule: "crate-complete",
        damage: |repo| set(repo, "crates/leaf/README.md", "# other\n"),
        says: "README",
    },
    Case {
        rule: "crate-complete",
        damage: |repo| set(repo, "crates/leaf/src/lib.rs", "fn a() {}\n"),
        says: "crate page",
    },
    Case {
        rule: "one-workspace",
        damage: |repo| {
            replace(repo, "crates/leaf/Cargo.toml", "edition.workspace = true", "edition = \"2024\"")
        },
        says: "`edition`",
    },
    Case {
        rule: "one-workspace",
        damage: |repo| repo.packages[0].rust_version = "1.90".to_owned(),
        says: "`rust-version`",
    },
    Case {
        rule: "one-workspace",
        damage: |repo| replace(repo, "crates/leaf/Cargo.toml", "[lints]\nworkspace = true\n", ""),
        says: "lints",
    },
    Case {
        rule: "one-workspace",
        damage: |repo| replace(repo, "Cargo.toml", "\"forbid\"", "\"warn\""),
        says: "unsafe",
    },
    Case {
        rule: "one-dependency-table",
        damage: |repo| replace(repo, "Cargo.toml", "\"1\", default-features = false", "\"1\""),
        says: "`bytes` does not say",
    },
    Case {
        rule: "one-dependency-table",
        damage: |repo| {
            append(repo, "crates/leaf/Cargo.toml", "[target.'cfg(unix)'.dependencies]\nlibc = \"1\"\n")
        },
        says: "`libc` is not taken",
    },
    Case {
        rule: "dependency-reason",
        damage: |repo| replace(repo, "crates/leaf/Cargo.toml", "# Slices of one buffer.\n", ""),
        says: "`bytes` has no line",
    },
    Case {
        rule: "dependency-reason",
        damage: |repo| append(repo, "crates/leaf/Cargo.toml", "\n[dependencies.serde]\nworkspace = true\n"),
        says: "`serde` has no line",
    },
    Case {
        rule: "crate-tested",
        damage: |repo| set(repo, "crates/leaf/src/lib.rs", "//! A page.\n\n// #[test]\n"),
        says: "`leaf` has no test",
    },
    Case {
        rule: "one-path",
        damage: |repo| append(repo, "crates/bedrock-client/src/lib.rs", "pub use stream::Answers;\n"),
        says: "`Answers` is missing at the root",
    },
    Case {
        rule: "one-path",
        damage: |repo| append(repo, "crates/bedrock-http/src/lib.rs", "pub use call::{Body, Call};\n"),
        says: "`Body` is missing in `http`",
    },
    Case {
        rule: "one-path",
        damage: |repo| {
            append(
                repo,
                "crates/bedrock-llm/src/lib.rs",
                "pub mod http {\n    pub use bedrock_http::{Limits};\n}\n",
            );
        },
        says: "`Limits` has another path than in `http`",
    },
    Case {
        rule: "tests-reached",
        damage: |repo| set(repo, "crates/leaf/tests/forgotten.rs", "//! Tests.\n\n#[test]\nfn a() {}\n"),
        says: "no program of tests has `mod forgotten;`",
    },
    Case {
        rule: "file-opening",
        damage: |repo| set(repo, "benches/src/lib.rs", "fn a() {}\n"),
        says: "does not open",
    },
    Case {
        rule: "file-length",
        damage: |repo| set(repo, "a.rs", &format!("//! A.\n{}", "\n".repeat(600))),
        says: "601 lines",
    },
    Case {
        rule: "function-length",
        damage: |repo| set(repo, "a.rs", &format!("//! A.\nfn long() {{{}}}\n", "\n".repeat(60))),
        says: "`fn long` has 61 lines",
    },
    Case {
        rule: "tests-last",
        damage: |repo| append(repo, "crates/leaf/src/lib.rs", "\nfn late() {}\n"),
        says: "tests come last",
    },
    Case {
        rule: "nothing-unfinished",
        damage: |repo| append(repo, "crates/leaf/src/lib.rs", "fn c() { todo!() }\n"),
        says: "`todo!`",
    },
    Case {
        rule: "nothing-unfinished",
        damage: |repo| append(repo, "crates/leaf/src/lib.rs", "fn c() { dbg!(1) }\n"),
        says: "`dbg!`",
    },
    Case {
        rule: "no-unsafe",
        damage: |repo| append(repo, "crates/leaf/src/lib.rs", "fn c() { unsafe { d() } }\n"),
        says: "`unsafe`",
    },
    Case {
        rule: "no-machine",
        damage: |repo| append(repo, "README.md", concat!("see /wo", "rk/main\n")),
        says: "one machine",
    },
    Case {
        rule: "no-machine",
        damage: |repo| append(repo, "docs/a.md", concat!("https://static.", "crates.io/x\n")),
        says: "one machine",
    },
    Case {
        rule: "no-machine",
        damage: |repo| append(repo, "Cargo.lock", "source = \"git+https://example.com/x\"\n"),
        says: "not from crates.io",
    },
    Case {
        rule: "own-words",
        damage: |repo| append(repo, "README.md", concat!("Done in Issue", " #12.\n")),
        says: "by number",
    },
    Case {
        rule: "own-words",
        damage: |repo| append(repo, "crates/leaf/src/lib.rs", concat!("// see issue", " 3\n")),
        says: "by number",
    },
    Case {
        rule: "one-msrv",
        damage: |repo| append(repo, "docs/a.md", "Needs Rust 1.90.\n"),
        says: "says Rust 1.90",
    },
    Case {
        rule: "one-msrv",
        damage: |repo| replace(repo, "README.md", "Rust 1.95", "a compiler"),
        says: "does not say",
    },
    Case {
        rule: "examples-compiled",
        damage: |repo| append(repo, "docs/a.md", "```rust,no_run\nlet a = 1;\n```\n"),
        says: "nobody compiles them",
    },
    Case {
        rule: "one-test-command",
        damage: |repo| set(repo, ".ci/run", "cargo test\n"),
        says: "cargo xtask ci",
    },
    Case {
        rule: "rules-written-down",
        damage: |repo| replace(repo, ARCHITECTURE, "| `no-unsafe` | … |\n", ""),
        says: "`no-unsafe` is not",
    },
    Case {
        rule: "rules-written-down",
        damage: |repo| append(repo, ARCHITECTURE, "| `no-such-rule` | … |\n"),
        says: "nothing checks it",
    },
];

#[test]
fn a_workspace_that_keeps_the_rules_has_no_findings() {
    assert_eq!(check_all(&good(), &[]), vec![]);
}

#[test]
fn each_rule_finds_what_breaks_it() {
    for case in CASES {
        let mut repo = good();
        (case.damage)(&mut repo);
        let findings = check_all(&repo, &[]);
        assert!(
            findings.iter().any(|(rule, finding)| *rule == case.rule && finding.what.contains(case.says)),
            "{} / {}: {findings:#?}",
            case.rule,
            case.says
        );
    }
}

#[test]
fn every_rule_has_a_case() {
    for rule in RULES {
        assert!(CASES.iter().any(|case| case.rule == rule.name), "no case breaks `{}`", rule.name);
    }
}

/// Uses that are none: what a file re-exports, what tests take, and names of the same kind elsewhere.
#[test]
fn files_that_only_seem_to_use_each_other() {
    let mut repo = good();
    let page = repo
        .text("crates/leaf/src/lib.rs")
        .replace("fn a() {}", "pub mod a;\npub use a::{inner::Inner, other::*};");
    set(&mut repo, "crates/leaf/src/lib.rs", &page);
    set(&mut repo, "crates/leaf/src/a/mod.rs", "//! A.\n\npub mod inner;\npub mod other;\n");
    set(
        &mut repo,
        "crates/leaf/src/a/inner.rs",
        "//! I.\n\nuse crate::Other;\npub struct Inner(Other);\n\n#[cfg(test)]\nmod tests {\n    use crate::a::*;\n}\n",
    );
    set(
        &mut repo,
        "crates/leaf/src/a/other.rs",
        "//! O: not `crate::Inner`.\n\nuse std::inner::Inner;\npub struct Other;\nfn f<T>() -> impl Sized + use<T> {}\n",
    );
    set(&mut repo, "crates/leaf/src/formats/mod.rs", "//! F.\n");
    for name in 0..20 {
        set(&mut repo, &format!("crates/leaf/src/formats/f{name}.rs"), "//! F.\n");
    }
    assert_eq!(check_all(&repo, &[]), vec![]);
}

#[test]
fn what_looks_like_a_break_and_is_none() {
    let mut repo = good();
    append(
        &mut repo,
        "crates/bedrock-formats/src/formats/nova.rs",
        "// use crate::titan::Chunk;\n#[inline]\nfn f() { \"todo!() unsafe\"; unsafely(); }\n",
    );
    append(&mut repo, "crates/bedrock-formats/src/formats/nova.rs", "use crate::titanic::Ship;\n");
    append(
        &mut repo,
        "crates/bedrock-formats/src/formats/nova.rs",
        "impl<T: Copy> A<T> {\n    fn a(self) {\n    }\n}\nimpl B {\n    const C: u8 = 1;\n    #[inline]\n    fn b(&self) {\n    }\n    fn c(x: impl Copy) {\n    }\n}\n\
         #[codegen_at_use]\nimpl D {\n    fn d() {\n    }\n}\nfn e<T>(t: T) {\n}\n/// F.\n#[codegen_at_use]\n/// f.\nfn f<'a>(a: &'a u8) {\n}\n",
    );
    append(
        &mut repo,
        "docs/a.md",
        "```text\nlet\n```\n```rust,ignore\nx\n```\nan issue 'twas, see smithy-rs#1171\n",
    );
    assert_eq!(check_all(&repo, &[]), vec![]);
}

#[test]
fn an_exception_covers_its_finding_and_is_reported_when_stale() {
    let exception = || [Exception { rule: "file-opening", file: "a.rs", item: "", reason: "a test" }];
    let mut repo = good();
    set(&mut repo, "a.rs", "fn a() {}\n");
    assert_eq!(check_all(&repo, &exception()), vec![]);
    set(&mut repo, "a.rs", "//! A.\n");
    let findings = check_all(&repo, &exception());
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(findings[0].1.what.contains("no longer needed"));
}

/// For each list by itself: a format that stands in all others is missed in it.
#[test]
fn a_format_is_missed_in_every_list() {
    for list in formats::LISTS {
        for entry in list.entries {
            let mut repo = good();
            let entry = formats::filled(entry, "titan", "titan");
            if list.file.ends_with('/') {
                repo.files.retain(|path, _| !path.starts_with(&entry));
            } else {
                replace(&mut repo, list.file, &entry, "");
            }
            let findings = formats::formats_listed(&repo);
            let found: Vec<_> =
                findings.iter().map(|finding| (finding.file.as_str(), finding.item.as_str())).collect();
            assert_eq!(found, [(list.file, "titan")], "{entry}: {findings:#?}");
        }
    }
}
