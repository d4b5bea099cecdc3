//! Chat Completions: OpenAI's interface, its answer whole.
//!
//! Not for the stream: see `chat_completions_stream.rs`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_chat::{ChatCompletion as Answer, ChatCompletionRequest};

use crate::call::{Call, Options, Surface, json, sealed, to_json};
use crate::response::Response;
use crate::{Client, Error};

/// The operation Chat Completions: see [`Client::chat_completions`].
#[derive(Debug, Clone)]
pub struct ChatCompletions {
    request: ChatCompletionRequest,
    surface: Surface,
}

impl Client {
    /// Asks a model over OpenAI's Chat Completions interface, and gives its answer when it is complete.
    ///
    /// ```no_run
    /// use bedrock_client::formats::openai_chat::ChatCompletionRequest;
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let request = ChatCompletionRequest::user("Why is the sky blue?").model("openai.gpt-oss-20b-1:0");
    /// let completion = client.chat_completions(request).await?;
    /// println!("{:?}", completion.choices);
    /// # Ok(()) }
    /// ```
    pub fn chat_completions(&self, request: impl Into<ChatCompletionRequest>) -> Call<ChatCompletions> {
        Call::new(self, ChatCompletions { request: request.into(), surface: Surface::Runtime })
    }
}

#[codegen_at_use]
impl Call<ChatCompletions> {
    /// Changes the request itself.
    pub fn request(self, change: impl FnOnce(ChatCompletionRequest) -> ChatCompletionRequest) -> Self {
        self.set(|operation| operation.request = change(std::mem::take(&mut operation.request)))
    }

    /// Which of the service's addresses to ask: models answer on some of them only.
    pub fn surface(self, surface: Surface) -> Self {
        self.set(|operation| operation.surface = surface)
    }
}

#[codegen_at_use]
impl sealed::Run for ChatCompletions {
    type Output = Response<Answer>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let request =
            self.surface.request("ChatCompletions", "chat/completions", self.request.model.as_deref());
        json(&client, &options, request.json(to_json(&self.request)?)).await
    }
}
