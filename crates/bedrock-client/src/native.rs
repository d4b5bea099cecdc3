//! The body of a native call: JSON in the model's own format, from whatever the caller has.
//!
//! Not for knowing the formats.

use std::fmt;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::{
    ai21_j2, ai21_jamba, anthropic, anthropic_text, cohere_command, cohere_command_r, deepseek, embeddings,
    images, llama, mistral_chat, mistral_text, nova, openai_chat, pegasus, rerank_model, sonic,
    text_completion, titan,
};
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::Error;

/// What InvokeModel sends: bytes in the model's own format.
///
/// A `serde_json::Value`, a request type of this project's, text and bytes turn into one by themselves; for a type of your
/// own there is [`json`](Self::json).
///
/// ```
/// use bedrock_client::NativeBody;
/// use serde_json::json;
///
/// #[derive(serde::Serialize)]
/// struct Mine {
///     prompt: &'static str,
/// }
///
/// let bodies: [NativeBody; 3] = [
///     json!({"prompt": "Hello"}).into(),
///     r#"{"prompt":"Hello"}"#.into(),
///     NativeBody::json(&Mine { prompt: "Hello" }),
/// ];
/// for body in bodies {
///     assert_eq!(body.into_bytes()?, r#"{"prompt":"Hello"}"#);
/// }
/// # Ok::<(), bedrock_client::Error>(())
/// ```
#[derive(Clone)]
// The error waits for the call: `From` cannot fail, and calls report all that is wrong
// with them when they are sent.
pub struct NativeBody(Result<Bytes, Error>);

#[codegen_at_use]
impl NativeBody {
    /// Any value, written as JSON. That it cannot be written is said when the call is sent.
    #[must_use]
    pub fn json(value: &(impl Serialize + ?Sized)) -> Self {
        Self(serde_json::to_vec(value).map(Bytes::from).map_err(|error| {
            Error::usage(format!("the body cannot be written as JSON: {error}")).with_source(error)
        }))
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) where a value could not be written as JSON.
    pub fn into_bytes(self) -> Result<Bytes, Error> {
        self.0
    }
}

/// Bodies are prompts: `Debug` shows their size only.
#[codegen_at_use]
impl fmt::Debug for NativeBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(bytes) => write!(f, "NativeBody({} bytes)", bytes.len()),
            Err(error) => write!(f, "NativeBody({error})"),
        }
    }
}

macro_rules! from_bytes {
    ($($from:ty),* $(,)?) => {$(
        #[codegen_at_use]
        impl From<$from> for NativeBody {
            fn from(body: $from) -> Self {
                Self(Ok(Bytes::from(body)))
            }
        }
    )*};
}

from_bytes!(Bytes, String, Vec<u8>);

#[codegen_at_use]
impl From<&str> for NativeBody {
    fn from(body: &str) -> Self {
        Self(Ok(Bytes::copy_from_slice(body.as_bytes())))
    }
}

#[codegen_at_use]
impl From<&[u8]> for NativeBody {
    fn from(body: &[u8]) -> Self {
        Self(Ok(Bytes::copy_from_slice(body)))
    }
}

macro_rules! from_json {
    ($($from:ty),* $(,)?) => {$(
        #[codegen_at_use]
        impl From<$from> for NativeBody {
            fn from(body: $from) -> Self {
                Self::json(&body)
            }
        }

        #[codegen_at_use]
        impl From<&$from> for NativeBody {
            fn from(body: &$from) -> Self {
                Self::json(body)
            }
        }
    )*};
}

from_json! {
    Value,
    Box<RawValue>,
    ai21_j2::Request,
    ai21_jamba::Request,
    anthropic::MessagesRequest,
    anthropic_text::Request,
    cohere_command::Request,
    cohere_command_r::Request,
    deepseek::Request,
    embeddings::cohere::Request,
    embeddings::marengo::Request27,
    embeddings::marengo::Request30,
    embeddings::nova::Request,
    embeddings::titan::ImageRequest,
    embeddings::titan::TextRequest,
    images::amazon::Request,
    images::stability::Request,
    images::stability::SdxlRequest,
    llama::Request,
    mistral_chat::Request,
    mistral_text::Request,
    nova::Request,
    openai_chat::ChatCompletionRequest,
    pegasus::Request,
    rerank_model::Request,
    // For the two-way stream; the others go to InvokeModel.
    sonic::Frame<sonic::InputEvent>,
    text_completion::Request,
    titan::Request,
}
