//! What an operation makes: a whole body or the frames of a stream, with its headers.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

use super::framing::Framing;
use super::plan::Plan;
use super::stream;
use crate::error::ServiceError;
use crate::script::{Fault, Pace};

/// An answer, before pace and faults.
#[derive(Debug)]
pub(crate) enum Product {
    Whole { status: StatusCode, headers: HeaderMap, body: Bytes },
    Stream { headers: HeaderMap, frames: Vec<Bytes>, framing: Option<Framing> },
}

impl Product {
    /// A body of JSON.
    pub(crate) fn json(value: Value) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self::Whole { status: StatusCode::OK, headers, body: Bytes::from(value.to_string()) }
    }

    /// A stream of chunks; `seed` decides on the padding of frames.
    pub(crate) fn chunks(chunks: &[Value], framing: Framing, seed: &[u8; 32]) -> Result<Self, ServiceError> {
        Ok(Self::stream(framing.frames(chunks, seed)?, framing))
    }

    /// A stream.
    pub(crate) fn stream(frames: Vec<Bytes>, framing: Framing) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(framing.content_type()));
        if framing == Framing::Invoke {
            headers.insert("x-amzn-bedrock-content-type", HeaderValue::from_static("application/json"));
        }
        Self::Stream { headers, frames, framing: Some(framing) }
    }

    pub(crate) fn headers_mut(&mut self) -> &mut HeaderMap {
        match self {
            Self::Whole { headers, .. } | Self::Stream { headers, .. } => headers,
        }
    }

    /// Bytes of the body, without any fault.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Whole { body, .. } => body.len(),
            Self::Stream { frames, .. } => frames.iter().map(Bytes::len).sum(),
        }
    }

    /// The steps in which it is sent.
    pub(crate) fn plan(&self, fault: Option<&Fault>, pace: Pace) -> Result<Plan, ServiceError> {
        match self {
            Self::Whole { body, .. } => Ok(Plan::whole(body.clone(), fault)),
            Self::Stream { frames, framing, .. } => stream::plan(frames.clone(), *framing, fault, pace),
        }
    }

    pub(crate) fn into_parts(self) -> (StatusCode, HeaderMap, Bytes) {
        match self {
            Self::Whole { status, headers, body } => (status, headers, body),
            Self::Stream { headers, .. } => (StatusCode::OK, headers, Bytes::new()),
        }
    }
}
