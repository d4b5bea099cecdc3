//! What the requests of several operations are made of.
//!
//! Not for any one operation's request, nor for sending it.

use bedrock_http::{Path, Request, Service};

use crate::Error;

/// A request to a model: `POST /model/{modelId}/{verb}`.
pub(crate) fn to_model(
    operation: &'static str,
    model_id: &str,
    verb: &'static str,
) -> Result<Request, Error> {
    let path = Path::new().segment("model").label("modelId", model_id)?.segment(verb);
    Ok(Request::post(Service::Runtime, path).operation(operation).model(model_id))
}

/// A request's body as JSON.
pub(crate) fn to_json<T: serde::Serialize>(body: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(body).map_err(|error| {
        Error::usage(format!("the request cannot be written as JSON: {error}")).with_source(error)
    })
}

/// JSON of the same meaning that any header can carry: what is not printed in ASCII is escaped.
pub(crate) fn in_ascii(json: &str) -> String {
    let mut units = [0; 2];
    json.chars().fold(String::with_capacity(json.len()), |mut text, character| {
        if character.is_ascii() && !character.is_ascii_control() {
            text.push(character);
        } else {
            let escaped = character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}"));
            // In UTF-16, as JSON escapes: what lies beyond the first plane is two of them.
            text.extend(escaped);
        }
        text
    })
}

/// A token for a request that must not be done twice: different each time.
pub(crate) fn one_time_token() -> String {
    use std::hash::{BuildHasher, Hasher};
    // The hasher of the standard library is seeded by the operating system: enough to tell requests apart.
    let part = || std::hash::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", part(), part())
}
