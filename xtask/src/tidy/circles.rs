//! Which files of a crate use each other, and whether in a circle: then none of them can be understood, or tested, alone.
//!
//! Paths are read, not types: a method that is called says nothing of the file it stands in. A path that goes through a
//! re-export leads to the file that holds what it names. A file that only declares and re-exports its children uses none of
//! them, and tests may use what they like.

use super::finding::Finding;
use super::lexer;
use crate::repo::Repo;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The path of a module below its crate's root; empty for the root itself.
type Module = Vec<String>;

/// Re-exports of re-exports, at the most.
const MAX_DEPTH: usize = 8;

/// No file of a crate uses another that uses it, by whatever way round.
pub(super) fn no_circles(repo: &Repo) -> Vec<Finding> {
    let roots: Vec<&str> =
        repo.packages.iter().flat_map(|package| &package.roots).map(String::as_str).collect();
    roots.iter().flat_map(|root| circles(&Crate::read(repo, root, &roots), root)).collect()
}

fn circles(krate: &Crate, root: &str) -> Vec<Finding> {
    let edges: BTreeMap<&Module, BTreeSet<Module>> =
        krate.files.keys().map(|module| (module, krate.uses(module))).collect();
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for module in krate.files.keys() {
        let Some(way) = way_back(&edges, module).filter(|way| way.iter().all(|on| !told.contains(on))) else {
            continue;
        };
        let names: Vec<&str> = way.iter().chain([module]).map(|on| krate.files[on].path.as_str()).collect();
        told.extend(way.iter().cloned());
        let what = format!("files use each other in a circle: {}", names.join(" -> "));
        findings.push(Finding::new(root, 0, "", what));
    }
    findings
}

/// The shortest way from a file through others back to it.
fn way_back(edges: &BTreeMap<&Module, BTreeSet<Module>>, from: &Module) -> Option<Vec<Module>> {
    let mut came: BTreeMap<&Module, &Module> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        for next in edges.get(at).into_iter().flatten() {
            if next == from {
                let mut way = vec![at.clone()];
                while let Some(before) = came.get(&way[way.len() - 1]).filter(|_| way.last() != Some(from)) {
                    way.push((*before).clone());
                }
                way.reverse();
                return Some(way);
            }
            if !came.contains_key(next) {
                came.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

/// The files of one crate, by the modules they are.
struct Crate {
    files: BTreeMap<Module, File>,
}

struct File {
    path: String,
    /// Identifiers, and everything else a character at a time; without tests and imports.
    words: Vec<String>,
    imports: Vec<Import>,
}

/// One name that a `use` brings in.
struct Import {
    path: Vec<String>,
    /// The name it has here; `*` for all names.
    name: String,
    exported: bool,
}

/// What a path leads to.
struct Place {
    module: Module,
    /// Whether it is the module itself, and not something in it.
    whole: bool,
}

impl Crate {
    fn read(repo: &Repo, root: &str, roots: &[&str]) -> Self {
        let folder =
            |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let base = folder(root);
        // A folder that is another program's, as `src/bin` and the like.
        let foreign: Vec<String> = roots
            .iter()
            .map(|other| folder(other))
            .filter(|other| other.starts_with(&base) && *other != base)
            .collect();
        let mut files = BTreeMap::new();
        for (path, text) in repo.rust() {
            let Some(below) = path.strip_prefix(base.as_str()) else { continue };
            let is_test = below.split('/').any(|part| matches!(part, "tests" | "tests.rs"));
            let is_other =
                path != root && roots.contains(&path) || foreign.iter().any(|other| path.starts_with(other));
            if is_test || is_other {
                continue;
            }
            let module = if path == root { Module::new() } else { module_of(below) };
            files.insert(module, File::read(path, text));
        }
        Self { files }
    }

    /// The modules whose files a file uses.
    fn uses(&self, module: &Module) -> BTreeSet<Module> {
        let Some(file) = self.files.get(module) else { return BTreeSet::new() };
        let mut used = BTreeSet::new();
        for import in &file.imports {
            let Some(place) = self.find(module, &import.path, MAX_DEPTH) else { continue };
            let is_child = place.module.starts_with(module);
            let only_exported = import.exported && is_child && !file.words.contains(&import.name);
            // Of a module that is imported whole, the paths that begin with it say what is used.
            if !only_exported && (!place.whole || import.name == "*") {
                used.insert(place.module);
            }
        }
        for path in file.paths() {
            used.extend(
                self.find(module, &path, MAX_DEPTH).filter(|place| !place.whole).map(|place| place.module),
            );
        }
        used.remove(module);
        used
    }

    /// Where a path in a module's file leads, if it stays in the crate.
    fn find(&self, module: &Module, path: &[String], depth: usize) -> Option<Place> {
        let depth = depth.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.walk(Module::new(), rest, depth),
            "self" => self.walk(module.clone(), rest, depth),
            "super" => {
                let (_, parent) = module.split_last()?;
                let mut parent = parent.to_vec();
                let ups = rest.iter().take_while(|part| *part == "super").count();
                parent.truncate(parent.len().checked_sub(ups)?);
                self.walk(parent, &rest[ups..], depth)
            }
            "*" => None,
            _ if self.is_child(module, first) => self.walk(module.clone(), path, depth),
            // What another `use` brought in, as long as it is a module.
            _ => {
                let imports = &self.files.get(module)?.imports;
                let import = imports.iter().find(|import| import.name == *first && import.path != path)?;
                let place = self.find(module, &import.path, depth).filter(|place| place.whole)?;
                self.walk(place.module, rest, depth)
            }
        }
    }

    fn walk(&self, mut module: Module, path: &[String], depth: usize) -> Option<Place> {
        let mut path = path;
        while let Some((first, rest)) = path.split_first().filter(|(first, _)| self.is_child(&module, first))
        {
            module.push(first.clone());
            path = rest;
        }
        let Some(first) = path.first().filter(|first| *first != "*") else {
            return Some(Place { module, whole: true });
        };
        if let Some(depth) = depth.checked_sub(1)
            && let Some(place) = self.imported(&module, first, &path[1..], depth)
        {
            return Some(place);
        }
        Some(Place { module, whole: false })
    }

    /// Where a name leads that a module took from elsewhere.
    fn imported(&self, module: &Module, name: &str, rest: &[String], depth: usize) -> Option<Place> {
        let file = self.files.get(module)?;
        if let Some(import) = file.imports.iter().find(|import| import.name == name) {
            let place = self.find(module, &import.path, depth)?;
            return if place.whole { self.walk(place.module, rest, depth) } else { Some(place) };
        }
        if file.declares(name) {
            return None;
        }
        let globs = file.imports.iter().filter(|import| import.name == "*");
        let mut places = globs.filter_map(|import| self.find(module, &import.path, depth));
        places.find_map(|place| {
            let declares = self.files.get(&place.module).is_some_and(|file| file.declares(name));
            if declares {
                Some(Place { whole: false, ..place })
            } else {
                self.imported(&place.module, name, rest, depth.checked_sub(1)?)
            }
        })
    }

    fn is_child(&self, module: &Module, name: &str) -> bool {
        let mut child = module.clone();
        child.push(name.to_owned());
        self.files.contains_key(&child)
    }
}

impl File {
    fn read(path: &str, text: &str) -> Self {
        let code = lexer::code_only(text);
        let code = code.split("mod tests {").next().unwrap_or_default();
        let mut words = Vec::new();
        let mut imports = Vec::new();
        let all: Vec<String> = lexer::words(code).into_iter().map(|word| word.text).collect();
        let mut at = 0;
        while at < all.len() {
            // `impl Trait + use<'a>` is no import.
            if all[at] != "use" || all.get(at + 1).is_some_and(|next| next == "<") {
                words.push(all[at].clone());
                at += 1;
                continue;
            }
            let length = all[at..].iter().position(|word| word == ";").unwrap_or(all.len() - at);
            // `pub use` and `pub(crate) use`.
            let exported = matches!(words.last().map(String::as_str), Some("pub" | ")"));
            tree(&all[at + 1..at + length], &[], exported, &mut imports);
            at += length + 1;
        }
        Self { path: path.to_owned(), words, imports }
    }

    /// Every `a::b…` in the code.
    fn paths(&self) -> Vec<Vec<String>> {
        let is_name = |word: &String| word.starts_with(|first: char| first.is_alphabetic() || first == '_');
        let colons = |at: usize| self.words.get(at..at + 2).is_some_and(|pair| pair == [":", ":"]);
        let mut paths = Vec::new();
        let mut at = 0;
        while at < self.words.len() {
            let start = at;
            at += 1;
            if !is_name(&self.words[start]) || start >= 2 && colons(start - 2) {
                continue;
            }
            let mut path = vec![self.words[start].clone()];
            while colons(at) && self.words.get(at + 2).is_some_and(is_name) {
                path.push(self.words[at + 2].clone());
                at += 3;
            }
            if path.len() > 1 {
                paths.push(path);
            }
        }
        paths
    }

    fn declares(&self, name: &str) -> bool {
        const KINDS: &[&str] =
            &["const", "enum", "fn", "macro_rules", "static", "struct", "trait", "type", "union"];
        self.words
            .windows(2)
            .any(|pair| pair[1] == name && (KINDS.contains(&pair[0].as_str()) || pair[0] == "!"))
    }
}

/// The names that one tree of a `use` brings in.
fn tree(words: &[String], before: &[String], exported: bool, imports: &mut Vec<Import>) {
    let mut path = before.to_vec();
    let mut at = 0;
    while at < words.len() {
        match words[at].as_str() {
            ":" => {}
            "{" => {
                let mut depth = 0_usize;
                let mut start = at + 1;
                for (index, word) in words.iter().enumerate().skip(at) {
                    match word.as_str() {
                        "{" => depth += 1,
                        "}" => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 || depth == 1 && word == "," {
                        if start < index {
                            tree(&words[start..index], &path, exported, imports);
                        }
                        start = index + 1;
                    }
                    if depth == 0 {
                        return;
                    }
                }
                return;
            }
            "as" => {
                let name = words.get(at + 1).cloned().unwrap_or_default();
                imports.push(Import { path, name, exported });
                return;
            }
            // `a::{self}` is `a`.
            "self" if !path.is_empty() => {}
            word => path.push(word.to_owned()),
        }
        at += 1;
    }
    let name = path.last().cloned().unwrap_or_default();
    imports.push(Import { path, name, exported });
}

fn module_of(below: &str) -> Module {
    let below = below.strip_suffix(".rs").unwrap_or(below);
    let mut module: Module = below.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}
