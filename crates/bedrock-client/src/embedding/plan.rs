//! Parting texts into requests, and reading what comes back: by number and by length, in the order of the texts.
//!
//! Not for how many requests are on their way at once; see `operations/embed.rs`.

use bedrock_codegen::codegen_at_use;
use bedrock_http::BoxFuture;

use super::family::{EmbeddingFamily, EmbeddingSettings};
use crate::call::Options;
use crate::operations::ModelResponse;
use crate::response::Head;
use crate::{Client, Error};

/// How many bytes of texts one request holds at most, as JSON: the service takes bodies of 25,000,000.
pub(crate) const MOST_BYTES: usize = 20_000_000;

/// The vector of one text.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Embedding {
    /// Which of the texts, from 0.
    pub index: usize,
    /// The vector.
    pub vector: Vec<f64>,
    /// Tokens of this text; `None` where it was not alone in its request, or was not counted.
    pub input_tokens: Option<u64>,
    /// How many characters of the text counted, where the model says that it was cut.
    pub truncated_to: Option<u64>,
}

/// The vectors that one request gave.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EmbeddingBatch {
    /// The vectors, in the order of the texts.
    pub embeddings: Vec<Embedding>,
    /// Tokens of all texts of the request, where the service says.
    pub input_tokens: Option<u64>,
    /// The head of the HTTP response.
    pub head: Head,
}

/// What is left to ask.
pub(crate) struct Plan {
    pub(crate) client: Client,
    pub(crate) options: Options,
    pub(crate) model_id: String,
    pub(crate) family: EmbeddingFamily,
    pub(crate) settings: EmbeddingSettings,
    pub(crate) most: usize,
    pub(crate) texts: std::vec::IntoIter<String>,
    /// One that was too much for the request before.
    pub(crate) held: Option<String>,
    pub(crate) next_index: usize,
}

#[codegen_at_use]
impl Plan {
    /// The request for the next texts, if there are any.
    pub(crate) fn next_request(&mut self) -> Option<BoxFuture<'static, Result<EmbeddingBatch, Error>>> {
        let texts = self.next_texts();
        if texts.is_empty() {
            return None;
        }
        let (first, count, family) = (self.next_index, texts.len(), self.family);
        self.next_index += count;
        let mut call = self.client.invoke_model(self.model_id.clone(), family.body(&self.settings, &texts));
        // The time limits of the call are those of each request: a list of any length
        // has no limit of its own.
        call.options = self.options.clone();
        Some(Box::pin(async move { batch(family, first, count, &call.send().await?) }))
    }

    /// As many as one request takes, by number and by length; at least one, while there are any.
    pub(crate) fn next_texts(&mut self) -> Vec<String> {
        let (mut texts, mut bytes) = (Vec::new(), 0);
        while texts.len() < self.most
            && let Some(text) = self.held.take().or_else(|| self.texts.next())
        {
            // A text longer than all goes alone, and is the service's to refuse.
            bytes += written_length(&text);
            if bytes > MOST_BYTES && !texts.is_empty() {
                self.held = Some(text);
                break;
            }
            texts.push(text);
        }
        texts
    }
}

/// How long a text is as JSON, at most.
#[codegen_at_use]
fn written_length(text: &str) -> usize {
    // What JSON escapes takes two bytes, or six for what has no short form.
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 8 | 12 => 2,
        0..32 => 6,
        _ => 1,
    };
    // Two quotes and a comma.
    text.bytes().map(escaped).sum::<usize>() + 3
}

/// Reads the answer for `count` texts, of which the first is number `first` of all.
#[codegen_at_use]
fn batch(
    family: EmbeddingFamily,
    first: usize,
    count: usize,
    response: &ModelResponse,
) -> Result<EmbeddingBatch, Error> {
    let malformed = |message: String| Error::malformed(message, response.body().clone());
    let read = family.read(response.body()).map_err(|error| {
        malformed(format!("the vectors cannot be read: {error}"))
            .with_source(error)
            .of_response(response.head())
    })?;
    // Nothing but the order says whose vector it is.
    if read.vectors.len() != count {
        let message = format!("{count} texts were sent, {} vectors came", read.vectors.len());
        return Err(malformed(message).of_response(response.head()));
    }
    // The header first, which most recorded answers have; Titan's bodies say it as well.
    let counted = response.usage().and_then(|usage| usage.input_tokens);
    let input_tokens = counted.or(read.tokens);
    let vectors = read.vectors.into_iter().enumerate().map(|(nth, vector)| Embedding {
        index: first + nth,
        vector,
        input_tokens: input_tokens.filter(|_| count == 1),
        truncated_to: read.truncated_to.filter(|_| count == 1),
    });
    Ok(EmbeddingBatch { embeddings: vectors.collect(), input_tokens, head: response.head().clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_longer_as_json_than_it_is_said_to_be() {
        let odd: String = (0..300_u32).filter_map(char::from_u32).collect();
        for text in ["", "plain", "a\"b\\c\n\r\t", "\u{0}\u{8}\u{b}\u{c}\u{1f}\u{7f}", "żółw 東京", &odd]
        {
            let written = serde_json::to_string(text).unwrap().len();
            assert!((written..=written + 1).contains(&written_length(text)), "{text:?}");
        }
    }
}
