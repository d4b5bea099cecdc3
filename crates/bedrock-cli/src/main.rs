//! The `bedrock` command: decode, aggregate, call and serve Amazon Bedrock streams.
//!
//! One command a file under `commands`. Machine output goes to stdout, one JSON document a line; errors go to stderr.
//! The exit code says what became of it: see [`exit`].

mod arguments;
mod call;
mod commands;
mod exit;
mod input;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use exit::Exit;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("bedrock: cannot start: {error}");
            return ExitCode::from(Exit::TRANSPORT);
        }
    };
    let result = runtime.block_on(run(arguments.command));
    // Whatever still waits for the network is not waited for.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            if let Some(message) = &exit.message {
                eprintln!("bedrock: {message}");
            }
            ExitCode::from(exit.code)
        }
    }
}

async fn run(command: Command) -> Result<(), Exit> {
    match command {
        Command::Frames(arguments) => commands::frames::run(&arguments),
        Command::Aggregate(arguments) => commands::aggregate::run(&arguments),
        Command::Converse(arguments) => commands::converse::run(arguments).await,
        Command::Invoke(arguments) => commands::invoke::run(arguments).await,
        Command::Chat(arguments) => commands::chat::run(arguments).await,
        Command::Embed(arguments) => commands::embed::run(arguments).await,
        Command::Rerank(arguments) => commands::rerank::run(arguments).await,
        Command::Serve(arguments) => commands::serve::run(arguments).await,
        Command::Doctor(arguments) => commands::doctor::run(&arguments).await,
    }
}
