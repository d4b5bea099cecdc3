//! A request that reached an operation.

use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;

use crate::error::ServiceError;
use crate::operation::Operation;

/// What an operation is called with.
pub(crate) struct Call {
    pub(crate) head: Parts,
    pub(crate) operation: Operation,
    /// The decoded segments of the address.
    pub(crate) segments: Vec<String>,
    /// The model of the address, or else of the body; empty where there is none.
    pub(crate) model_id: String,
    pub(crate) body: Bytes,
    /// The body as JSON; null if there is none.
    pub(crate) json: Value,
}

impl Call {
    /// Reads the body; `model_id` is the model of the address, if it has one.
    pub(crate) fn read(
        head: Parts,
        operation: Operation,
        segments: Vec<String>,
        model_id: Option<String>,
        body: Bytes,
    ) -> Result<Self, ServiceError> {
        let json = match body.len() {
            // GET, and operations that take nothing. Indexing null gives null, so
            // handlers need no case for it.
            0 => Value::Null,
            _ => serde_json::from_slice(&body).map_err(|error| {
                ServiceError::new("SerializationException", format!("The body is not JSON: {error}"))
            })?,
        };
        let model_id = model_id.unwrap_or_else(|| json["model"].as_str().unwrap_or_default().to_owned());
        Ok(Self { head, operation, segments, model_id, body, json })
    }
}
