//! Rerank: which of many documents answer a question best.
//!
//! Not for the rerank models' own bodies, which InvokeModel takes.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::model_id::ModelId;
use bedrock_formats::rerank::{RerankRequest, RerankResponse};
use bedrock_http::{Path, Request, Service};

use crate::call::Paged;
use crate::call::{Call, Options, json, sealed, to_json};
use crate::response::Response;
use crate::{Client, Error};

/// The operation Rerank: see [`Client::rerank`].
#[derive(Debug, Clone)]
pub struct Rerank {
    request: RerankRequest,
}

impl Client {
    /// Ranks documents. The service takes a model by its ARN; from a bare id (`cohere.rerank-v3-5:0`) that of the client's
    /// region is made. It takes signatures only: a client with a bearer token signs this
    /// call with the credentials of its environment, where there are some.
    ///
    /// ```no_run
    /// use bedrock_client::formats::rerank::RerankRequest;
    ///
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let model = "arn:aws:bedrock:us-west-2::foundation-model/cohere.rerank-v3-5:0";
    /// let documents = ["Oslo is a city.", "Bergen is rainy."];
    /// let response = client.rerank(RerankRequest::new(model, "Where does it rain?", documents).top(1)).await?;
    /// let best = &documents[response.results[0].index as usize];
    /// # let _ = best; Ok(()) }
    /// ```
    pub fn rerank(&self, request: impl Into<RerankRequest>) -> Call<Rerank> {
        Call::new(self, Rerank { request: request.into() })
    }
}

#[codegen_at_use]
impl sealed::Run for Rerank {
    type Output = Response<RerankResponse>;

    async fn run(mut self, client: Client, options: Options) -> Result<Self::Output, Error> {
        let configuration = &mut self.request.reranking_configuration.bedrock_reranking_configuration;
        let model = &mut configuration.model_configuration.model_arn;
        let arn = |region: &str| ModelId::parse(model).foundation_model_arn(region);
        // `None` where it is an ARN already.
        if let Some(arn) = client.transport.region().and_then(arn) {
            *model = arn;
        }
        let configuration = &self.request.reranking_configuration.bedrock_reranking_configuration;
        let request = Request::post(Service::AgentRuntime, Path::new().segment("rerank"))
            .operation("Rerank")
            .model(&configuration.model_configuration.model_arn)
            .json(to_json(&self.request)?);
        json(&client, &options, request).await
    }
}

#[codegen_at_use]
impl Paged for Rerank {
    fn next_token(page: &Self::Output) -> Option<&str> {
        page.next_token.as_deref()
    }

    fn go_on(&mut self, token: String) {
        self.request.next_token = Some(token);
    }
}
