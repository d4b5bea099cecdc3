//! Converse or ConverseStream, by a flag: for programs that offer both.
//!
//! Not for what either gives; see their own files.

use bedrock_aggregate::{Answer, EventSink, Format, Framing, Reader, Registry};
use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::ConverseResponse;

use super::{Converse, ConverseStream};
use crate::call::{Call, Options, sealed, to_json};
use crate::gate::clean_answer;
use crate::response::Response;
use crate::stream::AnswerStream;
use crate::{Client, Error};

/// Converse or ConverseStream: see [`Call::streaming`].
#[derive(Debug, Clone)]
pub struct ConverseEither {
    converse: Converse,
    streaming: bool,
}

/// The answer to a call that is streamed or not.
#[derive(Debug)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "there is one to a call")]
pub enum Conversation {
    /// It is arriving.
    Streamed(AnswerStream),
    /// It came whole.
    Whole(Response<ConverseResponse>),
}

#[codegen_at_use]
impl Call<Converse> {
    /// Makes it one call for both: with `true` its answer is streamed, with `false` it comes whole.
    ///
    /// ```no_run
    /// use std::io::Write;
    /// use bedrock_client::{Event, operations::Conversation};
    ///
    /// # async fn example(client: bedrock_client::Client, live: bool) -> Result<(), bedrock_client::Error> {
    /// let call = client
    ///     .converse("us.amazon.nova-lite-v1:0", "Name three songs.")
    ///     .system_text("You make playlists for a radio station.")
    ///     .temperature(0.5)
    ///     .additional_field("top_k", 200)
    ///     .streaming(live);
    /// match call.await? {
    ///     Conversation::Whole(response) => println!("{}", response.text()),
    ///     Conversation::Streamed(mut answer) => {
    ///         while let Some(event) = answer.next().await {
    ///             match event? {
    ///                 Event::TextDelta(text) => {
    ///                     print!("{text}");
    ///                     std::io::stdout().flush().ok();
    ///                 }
    ///                 Event::Stop(stop) => println!("\n[{}]", stop.reason),
    ///                 Event::Usage(update) => println!("{:?}", update.usage),
    ///                 _ => {}
    ///             }
    ///         }
    ///     }
    ///     _ => {}
    /// }
    /// # Ok(()) }
    /// ```
    pub fn streaming(self, streaming: bool) -> Call<ConverseEither> {
        let Self { client, operation, options } = self;
        Call { client, operation: ConverseEither { converse: operation, streaming }, options }
    }
}

#[codegen_at_use]
impl sealed::Run for ConverseEither {
    type Output = Conversation;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        if self.streaming {
            let Converse { model_id, request } = self.converse;
            let operation = ConverseStream::new(model_id, request.into());
            operation.run(client, options).await.map(Conversation::Streamed)
        } else {
            self.converse.run(client, options).await.map(Conversation::Whole)
        }
    }
}

#[codegen_at_use]
impl Conversation {
    /// The complete answer, read to its end where it is arriving: the same either way. One that came whole is given also where
    /// it lacks something or is an error: its [`completeness`](Answer::completeness) says.
    ///
    /// # Errors
    ///
    /// Those of [`AnswerStream::finish`], where it was streamed.
    pub async fn answer(self) -> Result<Answer, Error> {
        match self {
            Self::Streamed(answer) => answer.collect().await,
            Self::Whole(response) => {
                let (response, head) = response.into_parts();
                let wrong = |error: String| Error::usage(error).of_response(&head);
                let mut registry = Registry::empty();
                registry.register(Format::CONVERSE);
                // With the reader's own limits, not the call's: an answer beyond 64 MiB is refused
                // here, though the caller may have allowed it.
                let mut reader = Reader::of(Framing::Json, registry.clone())
                    .with_format(Format::CONVERSE.name())
                    .map_err(|e| wrong(e.to_string()))?;
                // Written and read again, so that a whole answer takes the way of a streamed one:
                // the same verdict, the same gate.
                let document = to_json(&response)?;
                reader.push(&document, &mut EventSink::none()).map_err(|error| wrong(error.to_string()))?;
                let mut answer =
                    reader.finish(&mut EventSink::none()).map_err(|error| wrong(error.to_string()))?;
                clean_answer(&head.redactor, &registry, &mut answer);
                Ok(answer)
            }
        }
    }
}
