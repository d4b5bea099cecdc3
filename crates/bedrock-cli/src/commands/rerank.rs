//! `bedrock rerank`: documents by how well they answer a question, the best first.

use bedrock_llm::formats::rerank::{RerankDocument, RerankRequest};
use bedrock_llm::{Environment, Error, ErrorKind};
use serde_json::{Value, json};

use crate::arguments::Rerank;
use crate::call::Caller;
use crate::exit::Exit;
use crate::input;
use crate::output::print;

/// Prints each document with its score.
pub(crate) async fn run(arguments: Rerank) -> Result<(), Exit> {
    let documents = documents(&arguments)?;
    let request = RerankRequest::new(&arguments.model_id, &arguments.query, documents.iter().map(to_rank));
    let most = arguments.top.unwrap_or(documents.len() as u64);
    let caller = Caller::connect_to_sign(&arguments.connection).await?;
    let mut pages = caller.client.rerank(request.top(most)).pages();
    let mut printed = 0;
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(error) if printed == 0 => return Err(refusal(error)),
            // The best are printed: pages come in the order of the ranking.
            Err(error) => return Err(Exit::new(Exit::INCOMPLETE, error)),
        };
        for result in &page.results {
            // An index that is none of ours is the service's mistake; its score is printed all the same.
            let document = usize::try_from(result.index).ok().and_then(|at| documents.get(at));
            print(&json!({
                "index": result.index,
                "relevance_score": result.relevance_score,
                "document": document,
            }))?;
            printed += 1;
        }
    }
    Ok(())
}

/// With a bearer token alone there are no credentials for Rerank: the error says why.
fn refusal(error: Error) -> Exit {
    let has_token = Environment::from_process().bearer_token().is_some();
    if has_token && error.kind() == ErrorKind::Credentials {
        return Exit::usage(format!("Rerank takes signatures, and no bearer tokens: {error}"));
    }
    error.into()
}

fn documents(arguments: &Rerank) -> Result<Vec<Value>, Exit> {
    let lines = input::lines(arguments.file.as_deref())?;
    let wrong = lines.iter().find(|(_, line)| !line.is_string() && !line.is_object());
    if let Some((number, _)) = wrong {
        return Err(Exit::bad_input(format!("line {number}: neither a JSON text nor an object")));
    }
    if lines.is_empty() {
        return Err(Exit::usage("there is no document to rank"));
    }
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

fn to_rank(document: &Value) -> RerankDocument {
    match document {
        Value::String(text) => RerankDocument::from(text.as_str()),
        other => RerankDocument::from(other.clone()),
    }
}
