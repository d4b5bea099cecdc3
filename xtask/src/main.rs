//! Chores of the workspace, run as `cargo xtask NAME`.
//!
//! What belongs here: whatever a contributor or CI does to the project as a whole. What does not: anything a
//! user of the crates could want. `xtask` is never published.

mod bench;
mod ci;
mod fuzz;
mod repo;
mod tidy;
mod write_fixtures;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask NAME

  ci [STEP…] [--list]                   everything that must hold before a change is kept
  tidy                                  check the rules of docs/ARCHITECTURE.md
  fixtures [--check] [FORMAT/CASE…]     write fixtures/ from its sources, or fail where it differs from them
  fuzz [TARGET…] [--seconds N] [--guided] [FILE…]
                                        replay seeds, regressions and mutations; or have libFuzzer guide them; or
                                        run files, as one that libFuzzer left
  bench [NAME…] [--write] [-- ARGS]      run the benches and tell ratios to the peers
  bench growth [--write] [-- WORD…]     how the cost of reading grows: no faster than n log n";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match args.split_first() {
        Some((name, rest)) => (name.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match name {
        "bench" => bench::main(rest),
        "ci" => ci::main(rest),
        "fixtures" => write_fixtures::main(rest),
        "fuzz" => fuzz::main(rest),
        "tidy" => tidy::main(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => Err(format!("there is no chore named {other:?}\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
