//! The `bedrock` command.

fn main() {}
