//! `cargo xtask fixtures`: a program of its own, since it links the crates, which no other chore needs.

use crate::repo;
use std::process::Command;

/// Runs the program that writes fixtures.
pub(crate) fn main(args: &[String]) -> Result<(), String> {
    let mut command: Command = repo::cargo();
    command.args([
        "run",
        "--quiet",
        "--package",
        "xtask",
        "--features",
        "fixtures",
        "--bin",
        "xtask-fixtures",
        "--",
    ]);
    let status = command.args(args).status().map_err(|error| format!("cargo run: {error}"))?;
    if status.success() { Ok(()) } else { Err("fixtures: failed".to_owned()) }
}
