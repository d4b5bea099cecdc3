//! Responses, streamed: OpenAI's newer interface, its answer as it is written.
//!
//! Not for the whole answer: see `responses.rs`.

use bedrock_aggregate::{Format, Framing};
use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_responses::CreateResponse;

use crate::call::{Call, Options, Surface, sealed, to_json};
use crate::stream::{AnswerStream, ReadSettings, open};
use crate::{Client, Error};

/// The operation Responses, streamed: see [`Client::responses_stream`].
#[derive(Debug, Clone)]
pub struct ResponsesStream {
    request: CreateResponse,
    surface: Surface,
    stop_at_malformed: bool,
}

impl Client {
    /// Asks a model over OpenAI's Responses interface, and gives its answer while the model writes it.
    ///
    /// ```no_run
    /// use bedrock_client::formats::openai_responses::{CreateResponse, Response};
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let request = CreateResponse::user("openai.gpt-oss-20b-1:0", "Why is the sky blue?");
    /// let answer = client.responses_stream(request).await?.collect().await?;
    /// let response: Option<&Response> = answer.native_as();
    /// # let _ = response; Ok(()) }
    /// ```
    pub fn responses_stream(&self, request: impl Into<CreateResponse>) -> Call<ResponsesStream> {
        let request = request.into();
        Call::new(self, ResponsesStream { request, surface: Surface::Runtime, stop_at_malformed: false })
    }
}

#[codegen_at_use]
impl Call<ResponsesStream> {
    /// Changes the request itself.
    pub fn request(self, change: impl FnOnce(CreateResponse) -> CreateResponse) -> Self {
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
impl sealed::Run for ResponsesStream {
    type Output = AnswerStream;

    async fn run(mut self, client: Client, options: Options) -> Result<Self::Output, Error> {
        // No `stream_options` as for chats: usage comes with the last event.
        self.request.stream = Some(true);
        let request = self.surface.request("ResponsesStream", "responses", self.request.model.as_deref());
        let request = options.apply(request.json(to_json(&self.request)?))?;
        let settings = ReadSettings {
            format: Some(Format::OPENAI_RESPONSES.name().to_owned()),
            registry: client.registry_of(Format::OPENAI_RESPONSES),
            model_id: self.request.model.unwrap_or_default(),
            stop_at_malformed: self.stop_at_malformed,
            max_bytes: options.max_response_bytes,
            max_held: options.max_answer_bytes,
        };
        open(&client, &request, Framing::Sse, &settings).await
    }
}
