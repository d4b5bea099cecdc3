//! `bedrock embed`: texts as vectors, one document a text, printed as they come.

use bedrock_llm::operations::Embedding;
use bedrock_llm::{EmbeddingFamily, EmbeddingPurpose, Truncation};
use serde_json::{Value, json};

use crate::arguments::{Embed, Purpose, Truncate};
use crate::call::Caller;
use crate::exit::Exit;
use crate::input;
use crate::output::print;

/// Prints the vectors in the order of the texts.
pub(crate) async fn run(arguments: Embed) -> Result<(), Exit> {
    let texts = texts(&arguments)?;
    let family = arguments.family.as_deref().map(family).transpose()?;
    let caller = Caller::connect(&arguments.connection).await?;
    let mut call = caller
        .client
        .embed(&arguments.model_id, &texts)
        .purpose(purpose(arguments.purpose))
        .truncation(truncation(arguments.truncate));
    if let Some(numbers) = arguments.dimensions {
        call = call.dimensions(numbers);
    }
    if let Some(family) = family {
        call = call.family(family);
    }
    let mut batches = call.batches();
    let mut printed = 0;
    while let Some(batch) = batches.next().await {
        let batch = match batch {
            Ok(batch) => batch,
            // Batches are requests of their own: those before this one have
            // succeeded, and been paid.
            Err(error) if printed == 0 => return Err(error.into()),
            Err(error) => {
                let message = format!("{printed} of {} texts have their vectors: {error}", texts.len());
                return Err(Exit::new(Exit::INCOMPLETE, message));
            }
        };
        for embedding in &batch.embeddings {
            let text = texts.get(embedding.index).filter(|_| !arguments.no_text);
            print(&document(embedding, text))?;
            printed += 1;
        }
    }
    Ok(())
}

fn document(embedding: &Embedding, text: Option<&String>) -> Value {
    let mut document = json!({"index": embedding.index});
    if let Some(text) = text {
        document["text"] = json!(text);
    }
    document["embedding"] = json!(embedding.vector);
    if let Some(tokens) = embedding.input_tokens {
        document["input_tokens"] = json!(tokens);
    }
    if let Some(characters) = embedding.truncated_to {
        document["truncated_to"] = json!(characters);
    }
    document
}

fn texts(arguments: &Embed) -> Result<Vec<String>, Exit> {
    let texts = if arguments.texts.is_empty() {
        let lines = input::lines(arguments.batch.as_deref())?;
        lines.into_iter().map(text).collect::<Result<_, _>>()?
    } else {
        arguments.texts.clone()
    };
    if texts.is_empty() {
        return Err(Exit::usage("there is no text to embed"));
    }
    Ok(texts)
}

fn text((number, line): (usize, Value)) -> Result<String, Exit> {
    let text = match line {
        Value::String(text) => Some(text),
        Value::Object(mut object) => match object.remove("text") {
            Some(Value::String(text)) => Some(text),
            _ => None,
        },
        _ => None,
    };
    text.ok_or_else(|| {
        Exit::bad_input(format!("line {number}: neither a JSON text nor an object with a text in `text`"))
    })
}

fn family(name: &str) -> Result<EmbeddingFamily, Exit> {
    EmbeddingFamily::ALL.into_iter().find(|family| family.name() == name).ok_or_else(|| {
        let names: Vec<_> = EmbeddingFamily::ALL.iter().map(|family| family.name()).collect();
        Exit::usage(format!("--family {name:?} is none of {}", names.join(", ")))
    })
}

fn purpose(purpose: Purpose) -> EmbeddingPurpose {
    match purpose {
        Purpose::Document => EmbeddingPurpose::Document,
        Purpose::Query => EmbeddingPurpose::Query,
        Purpose::Classification => EmbeddingPurpose::Classification,
        Purpose::Clustering => EmbeddingPurpose::Clustering,
    }
}

fn truncation(truncate: Truncate) -> Truncation {
    match truncate {
        Truncate::None => Truncation::Refuse,
        Truncate::Start => Truncation::Start,
        Truncate::End => Truncation::End,
    }
}
