//! Chat Completions, streamed: OpenAI's interface, its answer as it is written.
//!
//! Not for the whole answer: see `chat_completions.rs`.

use bedrock_aggregate::{Format, Framing};
use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_chat::ChatCompletionRequest;

use crate::call::{Call, Options, Surface, sealed, to_json};
use crate::stream::{AnswerStream, ReadSettings, open};
use crate::{Client, Error};

/// The operation Chat Completions, streamed: see [`Client::chat_completions_stream`].
#[derive(Debug, Clone)]
pub struct ChatCompletionsStream {
    request: ChatCompletionRequest,
    surface: Surface,
    stop_at_malformed: bool,
}

impl Client {
    /// Asks a model over OpenAI's Chat Completions interface, and gives its answer while the model writes it.
    ///
    /// The token counts are asked for unless the request says otherwise: an answer without them is not complete.
    ///
    /// ```no_run
    /// use bedrock_client::formats::openai_chat::{ChatCompletion, ChatCompletionRequest};
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let request = ChatCompletionRequest::user("Why is the sky blue?").model("openai.gpt-oss-20b-1:0");
    /// let answer = client.chat_completions_stream(request).await?.collect().await?;
    /// let completion: Option<&ChatCompletion> = answer.native_as();
    /// # let _ = completion; Ok(()) }
    /// ```
    pub fn chat_completions_stream(
        &self,
        request: impl Into<ChatCompletionRequest>,
    ) -> Call<ChatCompletionsStream> {
        let request = request.into();
        Call::new(
            self,
            ChatCompletionsStream { request, surface: Surface::Runtime, stop_at_malformed: false },
        )
    }
}

#[codegen_at_use]
impl Call<ChatCompletionsStream> {
    /// Changes the request itself.
    pub fn request(self, change: impl FnOnce(ChatCompletionRequest) -> ChatCompletionRequest) -> Self {
        self.set(|operation| operation.request = change(std::mem::take(&mut operation.request)))
    }

    /// Which of the service's addresses to ask: models answer on some of them only.
    pub fn surface(self, surface: Surface) -> Self {
        self.set(|operation| operation.surface = surface)
    }

    /// Makes an event that cannot be parsed the end of the stream. Otherwise it is kept in the answer, which is then not
    /// complete, and the stream goes on.
    pub fn stop_at_malformed(self) -> Self {
        self.set(|operation| operation.stop_at_malformed = true)
    }
}

#[codegen_at_use]
impl sealed::Run for ChatCompletionsStream {
    type Output = AnswerStream;

    async fn run(mut self, client: Client, options: Options) -> Result<Self::Output, Error> {
        self.request.stream = Some(true);
        // Without it OpenAI's stream has no usage at all. A caller's `false` stands.
        self.request.stream_options.get_or_insert_default().include_usage.get_or_insert(true);
        let request =
            self.surface.request("ChatCompletionsStream", "chat/completions", self.request.model.as_deref());
        let request = options.apply(request.json(to_json(&self.request)?))?;
        let settings = ReadSettings {
            format: Some(Format::OPENAI_CHAT.name().to_owned()),
            registry: client.registry_of(Format::OPENAI_CHAT),
            model_id: self.request.model.unwrap_or_default(),
            stop_at_malformed: self.stop_at_malformed,
            max_bytes: options.max_response_bytes,
            max_held: options.max_answer_bytes,
        };
        open(&client, &request, Framing::Sse, &settings).await
    }
}
