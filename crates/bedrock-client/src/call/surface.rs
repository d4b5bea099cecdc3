//! The addresses of the OpenAI-shaped interfaces.
//!
//! Not for what is asked there.

use bedrock_codegen::codegen_at_use;
use bedrock_http::{Path, Request, Service};

/// Where an OpenAI-shaped interface is asked. Which models answer where, the service's documentation of each model says;
/// on the wrong one it answers that the model "isn't supported on this route".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Surface {
    /// `bedrock-runtime`, below `/openai/v1`.
    #[default]
    Runtime,
    /// `bedrock-mantle`, below `/v1`.
    Mantle,
    /// `bedrock-mantle`, below `/openai/v1`.
    MantleOpenAi,
}

#[codegen_at_use]
impl Surface {
    /// A request to this address.
    pub(crate) fn request(self, operation: &'static str, path: &'static str, model: Option<&str>) -> Request {
        let (service, prefix) = match self {
            Self::Runtime => (Service::Runtime, "openai/v1"),
            // Both prefixes of Mantle were seen to work; which, depends on the model.
            Self::Mantle => (Service::Mantle, "v1"),
            Self::MantleOpenAi => (Service::Mantle, "openai/v1"),
        };
        let request = Request::post(service, Path::new().segment(prefix).segment(path)).operation(operation);
        match model {
            Some(model) => request.model(model),
            None => request,
        }
    }
}
