//! Messages: Anthropic's own interface, which Mantle has for Claude, its answer whole.
//!
//! Not for the stream: see `messages_stream.rs`. Not for Claude on InvokeModel either.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::anthropic::{Message, MessagesRequest};
use bedrock_http::{Path, Request, Service};
use serde_json::Value;

use crate::call::{Call, Options, json, sealed, to_json};
use crate::response::Response;
use crate::{Client, Error};

/// The version of Anthropic's interface, which travels in a header here and in the body on InvokeModel.
// The one of recorded requests to Anthropic's own API.
const VERSION: &str = "2023-06-01";

/// The operation Messages: see [`Client::messages`].
#[derive(Debug, Clone)]
pub struct Messages {
    model: String,
    request: MessagesRequest,
}

impl Client {
    /// Asks Claude over Anthropic's own interface (`bedrock-mantle`, `/anthropic/v1/messages`), and gives its answer when it
    /// is complete. The model's id there has no region and no version: `anthropic.claude-haiku-4-5`.
    ///
    /// The request is the one of InvokeModel; what is said differently here is put where it belongs: the model and the
    /// betas ([`anthropic_beta`](MessagesRequest::anthropic_beta), a header), and the version.
    ///
    /// ```no_run
    /// use bedrock_client::formats::anthropic::MessagesRequest;
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let request = MessagesRequest::user("Why is the sky blue?").max_tokens(500);
    /// let message = client.messages("anthropic.claude-haiku-4-5", request).await?;
    /// println!("{:?}", message.content);
    /// # Ok(()) }
    /// ```
    pub fn messages(&self, model: impl Into<String>, request: impl Into<MessagesRequest>) -> Call<Messages> {
        Call::new(self, Messages { model: model.into(), request: request.into() })
    }
}

impl Call<Messages> {
    /// Changes the request itself.
    pub fn request(self, change: impl FnOnce(MessagesRequest) -> MessagesRequest) -> Self {
        self.set(|operation| operation.request = change(std::mem::take(&mut operation.request)))
    }
}

#[codegen_at_use]
impl sealed::Run for Messages {
    type Output = Response<Message>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let request = to_mantle("Messages", &self.model, self.request, false)?;
        json(&client, &options, request).await
    }
}

/// The request as this interface wants it: the model in the body, version and betas in headers.
#[codegen_at_use]
pub(super) fn to_mantle(
    operation: &'static str,
    model: &str,
    mut body: MessagesRequest,
    stream: bool,
) -> Result<Request, Error> {
    // InvokeModel wants the version in the body and refuses `model` and `stream` there, so its type
    // has no members for those.
    body.anthropic_version = None;
    // A list in InvokeModel's body, a header here, as in Anthropic's own API.
    let betas = body.anthropic_beta.take().unwrap_or_default().join(",");
    body.extra.insert("model".to_owned(), Value::from(model));
    if stream {
        body.extra.insert("stream".to_owned(), Value::from(true));
    }
    let path = Path::new().segment("anthropic/v1/messages");
    let mut request = Request::post(Service::Mantle, path)
        .operation(operation)
        .model(model)
        .header("anthropic-version", VERSION)?
        .json(to_json(&body)?);
    if !betas.is_empty() {
        request = request.header("anthropic-beta", &betas)?;
    }
    Ok(request)
}
