//! Messages, streamed: Anthropic's own interface, which Mantle has for Claude, its answer as it is written.
//!
//! Not for the whole answer: see `messages.rs`.

use bedrock_aggregate::{Format, Framing};
use bedrock_codegen::codegen_at_use;
use bedrock_formats::anthropic::MessagesRequest;

use super::messages::to_mantle;
use crate::call::{Call, Options, sealed};
use crate::stream::{AnswerStream, ReadSettings, open};
use crate::{Client, Error};

/// The operation Messages, streamed: see [`Client::messages_stream`].
#[derive(Debug, Clone)]
pub struct MessagesStream {
    model: String,
    request: MessagesRequest,
    stop_at_malformed: bool,
}

impl Client {
    /// Asks Claude over Anthropic's own interface, as [`messages`](Self::messages) does, and gives its answer while the model
    /// writes it: server-sent events, in the format that InvokeModel streams for Claude too.
    ///
    /// ```no_run
    /// use bedrock_client::formats::anthropic::{Message, MessagesRequest};
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let request = MessagesRequest::user("Why is the sky blue?").max_tokens(500);
    /// let answer = client.messages_stream("anthropic.claude-haiku-4-5", request).await?.collect().await?;
    /// let message: Option<&Message> = answer.native_as();
    /// # let _ = message; Ok(()) }
    /// ```
    pub fn messages_stream(
        &self,
        model: impl Into<String>,
        request: impl Into<MessagesRequest>,
    ) -> Call<MessagesStream> {
        let (model, request) = (model.into(), request.into());
        Call::new(self, MessagesStream { model, request, stop_at_malformed: false })
    }
}

#[codegen_at_use]
impl Call<MessagesStream> {
    /// Changes the request itself.
    pub fn request(self, change: impl FnOnce(MessagesRequest) -> MessagesRequest) -> Self {
        self.set(|operation| operation.request = change(std::mem::take(&mut operation.request)))
    }

    /// Makes an event that cannot be parsed the end of the stream. Otherwise it is kept in the answer, which is then not
    /// complete, and the stream goes on.
    pub fn stop_at_malformed(self) -> Self {
        self.set(|operation| operation.stop_at_malformed = true)
    }
}

#[codegen_at_use]
impl sealed::Run for MessagesStream {
    type Output = AnswerStream;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let request = to_mantle("MessagesStream", &self.model, self.request, true)?;
        let settings = ReadSettings {
            format: Some(Format::ANTHROPIC.name().to_owned()),
            registry: client.registry_of(Format::ANTHROPIC),
            model_id: self.model,
            stop_at_malformed: self.stop_at_malformed,
            max_bytes: options.max_response_bytes,
            max_held: options.max_answer_bytes,
        };
        open(&client, &options.apply(request)?, Framing::Sse, &settings).await
    }
}
