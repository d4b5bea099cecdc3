//! `bedrock converse`: one question by Converse or ConverseStream.

use std::path::Path;

use bedrock_llm::formats::converse::{ConverseRequest, InferenceConfiguration, Tool, ToolConfiguration};
use bedrock_llm::formats::wire;
use serde_json::Value;

use crate::arguments::Converse;
use crate::call::{Caller, document, end_of, print_result, print_text};
use crate::exit::Exit;
use crate::input;
use crate::output::{print, print_line};

/// Prints the text as it arrives, or the whole answer as a document.
pub(crate) async fn run(arguments: Converse) -> Result<(), Exit> {
    let request = request(&arguments)?;
    let caller = Caller::connect(&arguments.connection).await?;
    if arguments.no_stream {
        let whole = match caller.client.converse(&arguments.model_id, request).streaming(false).await {
            Ok(conversation) => conversation.answer().await,
            Err(error) => Err(error),
        };
        let answer = match whole {
            Ok(answer) => answer,
            Err(error) if arguments.json => return print_result(Err(error)),
            Err(error) => return Err(error.into()),
        };
        if arguments.json {
            print(&document(None, &answer))?;
        } else {
            print_line(answer.text())?;
        }
        return end_of(&answer);
    }
    let stream = match caller.client.converse_stream(&arguments.model_id, request).await {
        Ok(stream) => stream,
        Err(error) if arguments.json => return print_result(Err(error)),
        Err(error) => return Err(error.into()),
    };
    if arguments.json {
        return print_result(stream.collect().await);
    }
    print_text(stream).await.map(drop)
}

fn request(arguments: &Converse) -> Result<ConverseRequest, Exit> {
    let prompt = input::prompt(arguments.prompt.as_deref())?;
    let mut request = ConverseRequest::from(prompt.as_str());
    if let Some(system) = &arguments.system {
        request = request.system_text(system);
    }
    if arguments.max_tokens.is_some() || arguments.temperature.is_some() {
        let config = InferenceConfiguration::default();
        request = request
            .inference_config(config.max_tokens(arguments.max_tokens).temperature(arguments.temperature));
    }
    if let Some(file) = &arguments.tools {
        request = request.tool_config(tools(file)?);
    }
    Ok(request)
}

/// Converse's `toolConfig`, or a list of tools.
fn tools(file: &Path) -> Result<ToolConfiguration, Exit> {
    let (name, bytes) = input::read_all(Some(file))?;
    let config = match input::parse(&name, &bytes)? {
        Value::Array(list) => serde_json::json!({"tools": list}),
        Value::Object(mut object) => object.remove("toolConfig").unwrap_or(Value::Object(object)),
        _ => return Err(Exit::bad_input(format!("{name}: neither a toolConfig nor a list of tools"))),
    };
    let bad = |error: &dyn std::fmt::Display| Exit::bad_input(format!("{name}: {error}"));
    let (config, odd) = wire::read_value::<ToolConfiguration>(config).map_err(|error| bad(&error))?;
    // Answers are read past odd members; in what the user wrote each of them is a mistake.
    if let Some(odd) = odd.first() {
        return Err(bad(&odd.error));
    }
    // Also a mistyped `toolSpec`: the service would refuse it in words of its own.
    match config.tools.iter().position(|tool| matches!(tool, Tool::Unknown(_))) {
        Some(at) => Err(bad(&format!("tool {at} is no toolSpec"))),
        None if config.tools.is_empty() => Err(bad(&"no tools")),
        None => Ok(config),
    }
}
