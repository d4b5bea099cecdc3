//! The `bedrock` command: decode, aggregate, call and serve Amazon Bedrock streams.
//!
//! One command a file under `commands`. Machine output goes to stdout, one JSON document a line; errors go to stderr.
//! The exit code says how it ended: see [`exit`].

// They panic where stdout or stderr is full or gone: see `output`.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod call;
mod commands;
mod exit;
mod input;
mod output;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use exit::Exit;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // To clap, help is an error too.
        Err(error) => return report(&error),
    };
    // Workers, since `chat` blocks this thread while it reads stdin: connections, and the endpoint
    // of `--local`, have to go on.
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::note(format_args!("bedrock: cannot start: {error}"));
            return ExitCode::from(Exit::LOCAL);
        }
    };
    let result = runtime.block_on(run(arguments.command));
    // Whatever still waits for the network is not waited for.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            if let Some(message) = &exit.message {
                output::note(format_args!("bedrock: {message}"));
            }
            ExitCode::from(exit.code)
        }
    }
}

/// Prints help, or what is wrong with the arguments.
fn report(error: &clap::Error) -> ExitCode {
    let code = u8::try_from(error.exit_code()).unwrap_or(Exit::USAGE);
    match error.print() {
        // Help and version, which go to stdout; a message that stderr does not take is lost.
        Err(failed) if !error.use_stderr() => {
            let exit = output::cannot_write(failed);
            exit.message.iter().for_each(|message| output::note(format_args!("bedrock: {message}")));
            ExitCode::from(exit.code)
        }
        _ => ExitCode::from(code),
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
