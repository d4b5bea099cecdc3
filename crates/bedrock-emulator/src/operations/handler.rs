//! What answers an operation: a function, by what it needs to know.

use hyper::body::Incoming;
use serde_json::Value;

use super::{async_invoke, batch};
use crate::auth::EventVerifier;
use crate::error::ServiceError;
use crate::exchange::{Call, ResponseContext};
use crate::script::Answer;
use crate::sending::{AnswerBody, Product};

/// What answers an operation.
pub(crate) enum Handler {
    /// Answers when the request is complete.
    Request(RequestHandler),
    /// Answers while the request comes in.
    Duplex(DuplexHandler),
}

/// What answers a stream in both directions. Only a signed one has events to verify.
pub(crate) type DuplexHandler = fn(Incoming, Option<EventVerifier>, &Answer, &ResponseContext) -> AnswerBody;

/// What answers a complete request.
pub(crate) enum RequestHandler {
    /// With what the model says, as the answer scripts it; whole or as a stream.
    Model(fn(&Call, &Answer) -> Result<Product, ServiceError>),
    /// With JSON made from the request.
    Json(fn(&Call) -> Result<Value, ServiceError>),
    /// With JSON made from the request and from the jobs that earlier ones started.
    Jobs(fn(&Jobs, &Call) -> Result<Value, ServiceError>),
}

/// The jobs that requests have started.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    pub(super) invocations: async_invoke::Jobs,
    pub(super) batches: batch::Jobs,
}

pub(super) const fn model(answer: fn(&Call, &Answer) -> Result<Product, ServiceError>) -> Handler {
    Handler::Request(RequestHandler::Model(answer))
}

pub(super) const fn json(answer: fn(&Call) -> Result<Value, ServiceError>) -> Handler {
    Handler::Request(RequestHandler::Json(answer))
}

pub(super) const fn jobs(answer: fn(&Jobs, &Call) -> Result<Value, ServiceError>) -> Handler {
    Handler::Request(RequestHandler::Jobs(answer))
}

impl RequestHandler {
    /// The answer to a call, before pace and faults.
    pub(crate) fn answer(&self, jobs: &Jobs, call: &Call, answer: &Answer) -> Result<Product, ServiceError> {
        match (self, &answer.verbatim) {
            (Self::Model(make), _) => make(call, answer),
            // Handlers of models look at it themselves, since they may stream it.
            (_, Some(verbatim)) => Ok(Product::json(verbatim.whole())),
            (Self::Json(make), None) => make(call).map(Product::json),
            (Self::Jobs(make), None) => make(jobs, call).map(Product::json),
        }
    }
}
