//! CountTokens: how many tokens a request would take, without sending it to the model.
//!
//! Not for counting on this side; only the model's vendor knows how.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::count_tokens::{CountTokensRequest, CountTokensResponse};
use bedrock_formats::model_id::ModelId;

use crate::call::{Call, Options, json, sealed, to_json, to_model};
use crate::response::Response;
use crate::{Client, Error};

/// The operation CountTokens: see [`Client::count_tokens`].
#[derive(Debug, Clone)]
pub struct CountTokens {
    model_id: String,
    exact: bool,
    request: CountTokensRequest,
}

impl Client {
    /// Asks how many input tokens a request would take: a `ConverseRequest`, or a native body in
    /// [`CountTokensRequest::invoke_model`].
    ///
    /// The service takes the model's own id only, and refuses the id of an inference profile: region prefix and ARN are
    /// taken off the id that is given here.
    ///
    /// ```no_run
    /// use bedrock_client::formats::converse::ConverseRequest;
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let request = ConverseRequest::from("Why is the sky blue?");
    /// let counted = client.count_tokens("us.anthropic.claude-sonnet-4-20250514-v1:0", request).await?;
    /// println!("{:?}", counted.input_tokens);
    /// # Ok(()) }
    /// ```
    pub fn count_tokens(
        &self,
        model_id: impl Into<String>,
        request: impl Into<CountTokensRequest>,
    ) -> Call<CountTokens> {
        Call::new(self, CountTokens { model_id: model_id.into(), exact: false, request: request.into() })
    }
}

#[codegen_at_use]
impl Call<CountTokens> {
    /// Sends the model id as it is given.
    pub fn exact_model_id(self) -> Self {
        self.set(|operation| operation.exact = true)
    }
}

#[codegen_at_use]
impl sealed::Run for CountTokens {
    type Output = Response<CountTokensResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        // Recorded: a profile's id is answered with "doesn't support counting tokens". An ARN that
        // names no model is sent as it is.
        let parsed = ModelId::parse(&self.model_id);
        let model_id = parsed.base().filter(|_| !self.exact).unwrap_or(&self.model_id);
        let request = to_model("CountTokens", model_id, "count-tokens")?.json(to_json(&self.request)?);
        json(&client, &options, request).await
    }
}
