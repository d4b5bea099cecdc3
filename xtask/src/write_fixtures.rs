//! `cargo xtask fixtures`: a program of its own, since it links the crates, which no other chore needs.

use crate::repo;

/// Runs the program that writes fixtures.
pub(crate) fn main(args: &[String]) -> Result<(), String> {
    let mut command = repo::cargo();
    command.args(["run", "--quiet", "--package", "xtask", "--features", "fixtures"]);
    command.args(["--bin", "xtask-fixtures", "--"]);
    repo::run(command.args(args))
}
