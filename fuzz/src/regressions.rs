//! The inputs that once broke a law, `regressions/TARGET/NAME`: each with a name that says what it does.

use std::path::{Path, PathBuf};

/// What a target must hold for, by name.
///
/// # Panics
///
/// Where a file cannot be read.
#[must_use]
pub fn regressions(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions").join(target);
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = files.filter_map(|file| file.ok().map(|file| file.path())).collect();
    paths.sort();
    let named = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes)
    };
    paths.into_iter().map(named).collect()
}
