//! The rule that a format stands in every list of formats: whoever adds one is told of each that was forgotten.
//!
//! For: lists that no compiler holds together, since tests, fuzz targets and pages name formats as text.
//! Not for: whether a format has its fold; see `rooms`.

use crate::repo::Repo;
use crate::tidy::finding::Finding;
use crate::tidy::rooms::{FOLDS, modules};

/// A list of formats, and how one stands in it.
pub(in crate::tidy) struct List {
    /// The file, or the folder where each format has one.
    pub(in crate::tidy) file: &'static str,
    /// The texts by which a format stands in it, all of them: `{module}` is its name in Rust, `{name}` its name in data.
    pub(in crate::tidy) entries: &'static [&'static str],
    /// The formats that are not in it, and why.
    pub(in crate::tidy) without: &'static [(&'static str, &'static str)],
}

const ONLY_WHOLE: (&str, &str) = ("ai21_j2", "it has no chunks");

pub(in crate::tidy) const LISTS: &[List] = &[
    List {
        file: "crates/bedrock-formats/src/model_id/mod.rs",
        entries: &["    \"{name}\",\n"],
        without: &[],
    },
    List { file: "crates/bedrock-formats/src/lib.rs", entries: &["[`{module}`]"], without: &[] },
    List {
        file: "crates/bedrock-formats/tests/native_laws.rs",
        entries: &["<{module}::"],
        without: &[("converse", "tests/converse_laws.rs has its laws")],
    },
    List {
        file: "crates/bedrock-formats/tests/native_replies.rs",
        entries: &["<{module}::"],
        without: &[("converse", "tests/converse_recordings.rs has its replies")],
    },
    List {
        file: "crates/bedrock-formats/tests/members/types.rs",
        entries: &["    {module} = bedrock_formats::{module} {"],
        without: &[],
    },
    List {
        file: "crates/bedrock-aggregate/src/formats/mod.rs",
        entries: &["//! | `{name}` |", "pub use {module}::", "    {module}::FORMAT,\n"],
        without: &[],
    },
    List { file: "crates/bedrock-aggregate/tests/detection.rs", entries: &["\"{name}\""], without: &[] },
    List {
        file: "crates/bedrock-aggregate/tests/streamed_equals_whole/mod.rs",
        entries: &["    {module}"],
        without: &[],
    },
    List {
        file: "crates/bedrock-aggregate/tests/errors_anywhere/mod.rs",
        entries: &["\"{name}\""],
        without: &[ONLY_WHOLE],
    },
    List {
        file: "crates/bedrock-aggregate/tests/odd_members.rs",
        entries: &["\"{name}\""],
        without: &[ONLY_WHOLE],
    },
    List {
        file: "testing/src/growth.rs",
        entries: &["\"{name}\""],
        without: &[
            ONLY_WHOLE,
            ("anthropic_text", "its text grows as that of `llama`"),
            ("mistral_text", "its texts grow as those of `llama`"),
            ("pegasus", "its text grows as that of `llama`"),
        ],
    },
    List {
        file: "crates/bedrock-client/src/native.rs",
        entries: &["    {module}::"],
        without: &[
            ("converse", "an operation of its own asks in it"),
            ("openai_responses", "an operation of its own asks in it"),
        ],
    },
    List {
        file: "crates/bedrock-emulator/src/formats/mod.rs",
        entries: &["    {module}::FORMAT,\n"],
        without: &[
            ("ai21_j2", "its models are gone"),
            ("anthropic_text", "its models are gone"),
            ("cohere_command", "its models are gone"),
            ("converse", "an operation of its own answers in it"),
            ("deepseek", "the emulator answers for it through Converse only"),
            ("openai_responses", "an operation of its own answers in it"),
            ("pegasus", "it answers questions about films, which nobody has here"),
            ("text_completion", "imported models have no ids by which to know it"),
        ],
    },
    List { file: "fuzz/src/targets/wire.rs", entries: &["<f::{module}::"], without: &[] },
    List { file: "fixtures/", entries: &["fixtures/{name}/"], without: &[] },
];

/// Every format stands in every list, unless the list says why not.
pub(in crate::tidy) fn formats_listed(repo: &Repo) -> Vec<Finding> {
    let formats = modules(repo, FOLDS);
    let mut findings = Vec::new();
    for list in LISTS {
        for module in &formats {
            let name = module.replace('_', "-");
            let excused = list.without.iter().any(|(format, _)| format == module);
            let lacking =
                list.entries.iter().find(|entry| !stands_in(repo, list.file, &filled(entry, module, &name)));
            match lacking {
                Some(entry) if !excused => {
                    let what = format!(
                        "the format `{name}` is not in this list of formats: {:?}",
                        filled(entry, module, &name)
                    );
                    findings.push(Finding::new(list.file, 0, module, what));
                }
                None if excused => {
                    let what =
                        format!("`{name}` is in this list, and said not to be: remove it from its `without`");
                    findings.push(Finding::new(list.file, 0, module, what));
                }
                _ => {}
            }
        }
    }
    findings
}

/// How a format stands in a list.
pub(in crate::tidy) fn filled(entry: &str, module: &str, name: &str) -> String {
    entry.replace("{module}", module).replace("{name}", name)
}

fn stands_in(repo: &Repo, file: &str, entry: &str) -> bool {
    if file.ends_with('/') {
        return repo.files.keys().any(|path| path.starts_with(entry));
    }
    repo.text(file).contains(entry)
}
