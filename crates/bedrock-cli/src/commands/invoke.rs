//! `bedrock invoke`: one call with a body in the model's own format.

use bedrock_llm::{Error, ErrorKind, ModelResponse};
use serde_json::Value;

use crate::arguments::Invoke;
use crate::call::{Caller, print_result};
use crate::exit::Exit;
use crate::input;
use crate::output::{print, print_bytes};

/// Prints the native answer; streamed ones when they have ended.
pub(crate) async fn run(arguments: Invoke) -> Result<(), Exit> {
    let body = input::json(arguments.body.as_deref())?;
    let caller = Caller::connect(&arguments.connection).await?;
    if arguments.stream {
        let stream = caller.client.invoke_model_with_response_stream(&arguments.model_id, body).await;
        let result = match stream {
            Ok(stream) => stream.collect().await,
            Err(error) => Err(error),
        };
        if arguments.json {
            return print_result(result);
        }
        let (answer, end) = match result {
            Ok(answer) => (answer, Ok(())),
            Err(error) => match error.partial() {
                // With the error goes its answer, so it is copied first.
                Some(partial) => (partial.clone(), Err(error.into())),
                None => return Err(error.into()),
            },
        };
        if let Some(native) = &answer.native {
            print(&native.to_json())?;
        }
        return end;
    }
    let response = match caller.client.invoke_model(&arguments.model_id, body).await {
        Ok(response) => response,
        Err(error) if arguments.json => return print_result(Err(error)),
        Err(error) => return Err(error.into()),
    };
    if arguments.json {
        return print_result(response.answer());
    }
    match serde_json::from_slice::<Value>(response.body()) {
        Ok(native) => {
            print(&native)?;
            // An answer of a chat's format may be cut, or an error; any other body has no verdict.
            response.answer().err().filter(is_verdict).map_or(Ok(()), |error| Err(error.into()))
        }
        // A picture, perhaps: it is given as it came.
        Err(_) if is_medium(&response) => print_bytes(response.body()),
        // Anything else was sent by something on the way, and not by a model: the error says what is wrong with it.
        Err(error) => Err(match response.json::<Value>() {
            Err(error) => error.into(),
            Ok(_) => Exit::bad_input(error),
        }),
    }
}

/// Whether an error of a body that is JSON says that the answer in it is not complete.
fn is_verdict(error: &Error) -> bool {
    // Vectors and pictures in JSON end in `UnknownFormat`: there is no answer to judge.
    error.kind() == ErrorKind::Malformed
}

/// Whether a response says that it is a picture, a sound or the like.
fn is_medium(response: &ModelResponse) -> bool {
    let kind = response.head().header("content-type").unwrap_or_default().trim();
    ["image/", "audio/", "video/", "application/octet-stream"].iter().any(|start| kind.starts_with(start))
}
