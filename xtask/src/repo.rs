//! The workspace as data: its text files, packages and dependency trees.
//!
//! Rules look at a [`Repo`] and nothing else, so that a test can hand them a small one made in memory. Reading
//! the disk, `git` and `cargo` happens here only.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the rules of the house are checked against.
#[derive(Debug, Default, Clone)]
pub(crate) struct Repo {
    /// Text of every file under version control (or about to be), by path from the root with `/`.
    pub(crate) files: BTreeMap<String, String>,
    /// The workspace's own packages.
    pub(crate) packages: Vec<Package>,
    /// What a package links in its default features (names, itself left out), by package name.
    pub(crate) trees: BTreeMap<String, Vec<String>>,
}

/// One package of the workspace, as `cargo metadata` tells it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Folder from the root.
    pub(crate) dir: String,
    pub(crate) description: String,
    pub(crate) readme: Option<String>,
    pub(crate) license: String,
    pub(crate) edition: String,
    pub(crate) rust_version: String,
    pub(crate) published: bool,
    /// Each feature with those that it turns on.
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) dependencies: Vec<Dependency>,
    /// Root source files of its library and binaries, from the root.
    pub(crate) roots: Vec<String>,
    /// Root source files of its test programs, from the root.
    pub(crate) tests: Vec<String>,
    /// Names of the test programs that `cargo test` leaves out because they are slow.
    pub(crate) slow_tests: Vec<String>,
}

/// A dependency of a package.
#[derive(Debug, Default, Clone)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Only for tests, examples and benches.
    pub(crate) dev: bool,
    /// It lies in this workspace.
    pub(crate) local: bool,
}

impl Package {
    pub(crate) fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.dir)
    }
}

impl Repo {
    /// Reads the workspace that this binary was built from.
    pub(crate) fn read() -> Result<Self, String> {
        let root = root();
        let packages = packages(&root)?;
        let mut trees = BTreeMap::new();
        for package in packages.iter().filter(|package| package.published) {
            trees.insert(package.name.clone(), tree(&root, &package.name)?);
        }
        Ok(Self { files: files(&root)?, packages, trees })
    }

    /// Packages meant for crates.io.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.published)
    }

    /// A file's text, or "" where there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.files.get(path).map_or("", String::as_str)
    }

    /// The Rust sources.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(|(path, _)| path.ends_with(".rs"))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// The cargo that runs us, so that a toolchain chosen by `cargo +x` is kept.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The workspace's packages, ordered as cargo lists them.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>, String> {
    let mut command = cargo();
    let text = output(command.args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let list = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    Ok(list.iter().map(|package| read_package(package, root)).collect())
}

fn read_package(package: &Value, root: &Path) -> Package {
    let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let from_root = |path: &str| {
        Path::new(path).strip_prefix(root).unwrap_or(Path::new(path)).to_string_lossy().replace('\\', "/")
    };
    let targets = package["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is = |target: &Value, kinds: &[&str]| {
        target["kind"]
            .as_array()
            .is_some_and(|list| list.iter().any(|kind| kinds.contains(&kind.as_str().unwrap_or(""))))
    };
    let sources = |kinds: &[&str]| {
        let targets = targets.iter().filter(|target| is(target, kinds));
        targets.map(|target| from_root(target["src_path"].as_str().unwrap_or_default())).collect()
    };
    let manifest = from_root(&text("manifest_path"));
    Package {
        name: text("name"),
        version: text("version"),
        dir: manifest.strip_suffix("/Cargo.toml").unwrap_or_default().to_owned(),
        description: text("description"),
        readme: package["readme"].as_str().map(str::to_owned),
        license: text("license"),
        edition: text("edition"),
        rust_version: text("rust_version"),
        published: package["publish"].as_array().is_none_or(|registries| !registries.is_empty()),
        features: serde_json::from_value(package["features"].clone()).unwrap_or_default(),
        dependencies: package["dependencies"]
            .as_array()
            .map(|all| all.iter().map(dependency).collect())
            .unwrap_or_default(),
        roots: sources(&["lib", "bin", "proc-macro"]),
        tests: sources(&["test"]),
        slow_tests: targets
            .iter()
            .filter(|target| is(target, &["test"]) && target["test"] == false)
            .map(|target| target["name"].as_str().unwrap_or_default().to_owned())
            .collect(),
    }
}

fn dependency(value: &Value) -> Dependency {
    Dependency {
        name: value["name"].as_str().unwrap_or_default().to_owned(),
        dev: value["kind"].as_str() == Some("dev"),
        local: value["path"].is_string(),
    }
}

/// Every file that git tracks or would add. Files that are not UTF-8 are left out: rules are about text.
fn files(root: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut command = Command::new("git");
    command.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let mut files = BTreeMap::new();
    for path in output(&mut command)?.split('\0').filter(|path| !path.is_empty()) {
        // A path that is listed but cannot be read was deleted and not yet committed.
        if let Ok(bytes) = std::fs::read(root.join(path))
            && let Ok(text) = String::from_utf8(bytes)
        {
            files.insert(path.to_owned(), text);
        }
    }
    Ok(files)
}

fn tree(root: &Path, package: &str) -> Result<Vec<String>, String> {
    let mut command = cargo();
    command.current_dir(root).args([
        "tree",
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let text = output(&mut command)?;
    let mut names: Vec<String> =
        text.lines().skip(1).filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Runs cargo, which prints for itself.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let line = line(command);
    let status = command.status().map_err(|error| format!("{line}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{line}: {status}")) }
}

/// What one would type to run cargo so.
pub(crate) fn line(command: &Command) -> String {
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    ["cargo".into()].into_iter().chain(arguments).collect::<Vec<_>>().join(" ")
}

/// What a command prints; its own complaint when it fails.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let result = command.output().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    if !result.status.success() {
        return Err(format!("{command:?} failed:\n{}", String::from_utf8_lossy(&result.stderr)));
    }
    String::from_utf8(result.stdout).map_err(|_| format!("{command:?} printed what is not UTF-8"))
}
