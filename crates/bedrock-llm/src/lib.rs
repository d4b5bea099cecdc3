//! The streaming stack for Amazon Bedrock in one crate.

pub use bedrock_aggregate as aggregate;
pub use bedrock_client as client;
pub use bedrock_eventstream as eventstream;
pub use bedrock_formats as formats;
pub use bedrock_http as http;

pub use bedrock_client::{Answer, Client, Completeness, Error, ErrorKind, Event};
