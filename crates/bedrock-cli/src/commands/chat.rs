//! `bedrock chat`: a conversation at the prompt.

use std::io::{self, BufRead};

use bedrock_llm::formats::converse::{ConverseRequest, Message};

use crate::arguments::Chat;
use crate::call::{Caller, print_text};
use crate::exit::Exit;
use crate::output::{is_watched, note, prompt};

/// Reads a line, answers it, and remembers both, until the input ends.
pub(crate) async fn run(arguments: Chat) -> Result<(), Exit> {
    let caller = Caller::connect(&arguments.connection).await?;
    let mut conversation: Vec<Message> = Vec::new();
    while let Some(line) = next_line()? {
        conversation.push(Message::user(line.as_str()));
        let mut request = ConverseRequest::new(conversation.clone());
        if let Some(system) = &arguments.system {
            request = request.system_text(system);
        }
        let answer = match caller.client.converse_stream(&arguments.model_id, request).await {
            Ok(stream) => print_text(stream).await,
            Err(error) => Err(error.into()),
        };
        match answer {
            Ok(answer) => conversation.extend(answer.into_message()),
            // At the prompt the person decides whether to try again; what was asked is then as if it had not been.
            Err(exit) if is_watched() => {
                note(format_args!("bedrock: {}", exit.message.unwrap_or_default()));
                conversation.pop();
            }
            Err(exit) => return Err(exit),
        }
    }
    Ok(())
}

/// The next line that says something; `None` at the end of the input.
fn next_line() -> Result<Option<String>, Exit> {
    loop {
        // Doubtful: this looks at stdout. With stdin piped it prompts nobody, and with stdout piped
        // it does not prompt the person who types.
        if is_watched() {
            prompt("> ");
        }
        let mut line = String::new();
        let count = io::stdin()
            .lock()
            .read_line(&mut line)
            .map_err(|error| Exit::local(format!("stdin: {error}")))?;
        match line.trim() {
            _ if count == 0 => return Ok(None),
            "" => {}
            text => return Ok(Some(text.to_owned())),
        }
    }
}
