//! ApplyGuardrail: a stored guardrail looks at a text or picture, with no model called.
//!
//! Not for checks without a stored guardrail: see `invoke_guardrail_checks.rs`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::guardrail::{ApplyGuardrailRequest, ApplyGuardrailResponse};
use bedrock_http::{Path, Request, Service};

use crate::call::{Call, Options, json, sealed, to_json};
use crate::response::Response;
use crate::{Client, Error};

/// The operation ApplyGuardrail: see [`Client::apply_guardrail`].
#[derive(Debug, Clone)]
pub struct ApplyGuardrail {
    identifier: String,
    version: String,
    request: ApplyGuardrailRequest,
}

impl Client {
    /// Has a guardrail (its id or ARN, and its version: a number or `DRAFT`) look at content.
    ///
    /// ```no_run
    /// use bedrock_client::formats::guardrail::ApplyGuardrailRequest;
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let request = ApplyGuardrailRequest::input("My card is 4111 1111 1111 1111.");
    /// let response = client.apply_guardrail("gr-abc123", "DRAFT", request).await?;
    /// if let Some(instead) = response.text() {
    ///     println!("{instead}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn apply_guardrail(
        &self,
        identifier: impl Into<String>,
        version: impl Into<String>,
        request: impl Into<ApplyGuardrailRequest>,
    ) -> Call<ApplyGuardrail> {
        let (identifier, version) = (identifier.into(), version.into());
        Call::new(self, ApplyGuardrail { identifier, version, request: request.into() })
    }
}

#[codegen_at_use]
impl sealed::Run for ApplyGuardrail {
    type Output = Response<ApplyGuardrailResponse>;

    async fn run(self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let path = Path::new()
            .segment("guardrail")
            .label("guardrailIdentifier", &self.identifier)?
            .segment("version")
            .label("guardrailVersion", &self.version)?
            .segment("apply");
        let request =
            Request::post(Service::Runtime, path).operation("ApplyGuardrail").json(to_json(&self.request)?);
        json(&client, &options, request).await
    }
}
