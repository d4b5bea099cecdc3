//! `bedrock serve`: the local endpoint.

use bedrock_emulator::{Answer, Emulator, Fault, SpecError};

use crate::arguments::Serve;
use crate::exit::{Exit, in_words_of_the_command};
use crate::output::print_line;

/// Serves until it is interrupted.
pub(crate) async fn run(arguments: Serve) -> Result<(), Exit> {
    if arguments.fault.as_deref() == Some("help") {
        return print_line(Fault::help());
    }
    let mut builder = Emulator::builder().listen(arguments.addr);
    for key in &arguments.verify {
        builder =
            builder.credentials(key.parse().map_err(|error| Exit::usage(format!("--verify: {error}")))?);
    }
    for token in arguments.bearer {
        builder = builder.bearer(token);
    }
    if let Some(folder) = arguments.replay {
        builder = builder.replay(folder);
    }
    if let Some(spec) = &arguments.fault {
        let answer: Answer = spec.parse().map_err(|error: SpecError| {
            let error = in_words_of_the_command(&error.to_string());
            Exit::usage(format!("--fault: {error}"))
        })?;
        builder = builder.answer(answer);
    }
    let server = builder.start().await.map_err(Exit::local)?;
    // Whoever started this waits for the line. Rust flushes stdout at each
    // newline, also into a pipe.
    print_line(server.url())?;
    // SIGTERM is not handled: it ends the process with answers half sent.
    let interrupted = tokio::signal::ctrl_c().await;
    server.shutdown().await;
    interrupted.map_err(Exit::local)
}
