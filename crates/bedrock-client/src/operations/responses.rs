//! Responses: OpenAI's newer interface, its answer whole.
//!
//! Not for the stream: see `responses_stream.rs`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_responses::{CreateResponse, Response as Answer};

use crate::call::{Call, Options, Surface, json, sealed, to_json};
use crate::response::Response;
use crate::{Client, Error};

/// The operation Responses: see [`Client::responses`].
#[derive(Debug, Clone)]
pub struct Responses {
    request: CreateResponse,
    surface: Surface,
}

impl Client {
    /// Asks a model over OpenAI's Responses interface, and gives its answer when it is complete.
    ///
    /// ```no_run
    /// use bedrock_client::formats::openai_responses::CreateResponse;
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let request = CreateResponse::user("openai.gpt-oss-20b-1:0", "Why is the sky blue?");
    /// let response = client.responses(request).await?;
    /// println!("{:?}", response.output);
    /// # Ok(()) }
    /// ```
    pub fn responses(&self, request: impl Into<CreateResponse>) -> Call<Responses> {
        Call::new(self, Responses { request: request.into(), surface: Surface::Runtime })
    }
}

#[codegen_at_use]
impl Call<Responses> {
    /// Changes the request itself.
    pub fn request(self, change: impl FnOnce(CreateResponse) -> CreateResponse) -> Self {
        self.set(|operation| operation.request = change(std::mem::take(&mut operation.request)))
    }

    /// Which of the service's addresses to ask: models answer on some of them only.
    pub fn surface(self, surface: Surface) -> Self {
        self.set(|operation| operation.surface = surface)
    }
}

#[codegen_at_use]
impl sealed::Run for Responses {
    type Output = Response<Answer>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let request = self.surface.request("Responses", "responses", self.request.model.as_deref());
        json(&client, &options, request.json(to_json(&self.request)?)).await
    }
}
