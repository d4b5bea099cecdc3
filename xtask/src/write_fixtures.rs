//! `cargo xtask fixtures`: a program of its own, since it links the crates, which no other chore needs.

use crate::repo;

/// Runs the program that writes fixtures.
pub(crate) fn main(args: &[String]) -> Result<(), String> {
    let mut command = repo::cargo();
    // Named by its program and not by its package: so it shares what the tests have built.
    command.args(["run", "--quiet", "--features", "xtask/fixtures", "--bin", "xtask-fixtures", "--"]);
    repo::run(command.args(args))
}
