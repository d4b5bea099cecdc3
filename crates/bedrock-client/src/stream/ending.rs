//! How a streamed answer ends: with the complete message, or with an error and what had arrived.
//!
//! Not for errors before anything has arrived; see `open.rs`.

use std::collections::VecDeque;
use std::sync::Arc;

use bedrock_aggregate::{
    Answer, Completeness, Event, EventSink, ReadError, Reader, Registry, StreamException,
};
use bedrock_formats::exceptions;
use bedrock_http::{Classifier, RetryClass, ServiceError};
use http::StatusCode;

use super::sink::emitter;
use crate::client::Watch;
use crate::gate::clean_answer;
use crate::response::Head;
use crate::{Error, ErrorKind};

/// An answer whose reading has ended.
pub(super) struct Ended {
    pub(super) answer: Arc<Answer>,
    pub(super) error: Option<Error>,
    /// Whether the caller has been given the error.
    is_reported: bool,
}

/// Why reading ends.
pub(super) enum Cause {
    /// The response ended as HTTP says it.
    End,
    /// The connection broke or a limit ran out.
    Broken(bedrock_http::Error),
    /// The bytes cannot be read on, or the service said that the answer ends here.
    Unreadable(ReadError),
    /// The caller has had enough.
    Left,
}

impl Ended {
    /// The error, the first time.
    pub(super) fn report(&mut self) -> Option<Error> {
        if std::mem::replace(&mut self.is_reported, true) { None } else { self.error.clone() }
    }
}

/// Ends a reader, and judges what it has.
pub(super) fn conclude(
    (reader, registry): (Reader, &Registry),
    cause: Cause,
    queue: &mut VecDeque<Event<'static>>,
    head: &Head,
    classifier: &Classifier,
    mut watch: Option<&mut Watch>,
) -> Ended {
    let mut push = |event: Event<'_>| queue.push_back(event.into_owned());
    let mut emit = emitter(watch.as_deref_mut(), Some(&mut push), &head.redactor);
    let finished = reader.finish(&mut EventSink::new(&mut emit));
    // It borrows the queue and the observers, both of which are needed below.
    drop(emit);
    let (mut answer, undecided) = match finished {
        Ok(answer) => (answer, None),
        Err(undecided) => (Answer::from(undecided.clone()), Some(undecided)),
    };
    // Before anybody gets it: the error, the observers and the caller share this one.
    clean_answer(&head.redactor, registry, &mut answer);
    let error = match (cause, undecided) {
        (Cause::End | Cause::Left, Some(undecided)) => Some(
            Error::new(ErrorKind::UnknownFormat, RetryClass::Final, undecided.to_string())
                .with_source(undecided),
        ),
        (Cause::End, None) => {
            // An exception that was no chunk of its own: the stop reason is one, or the answer was undecided until now.
            let exception = answer.completeness.exception().cloned();
            let cause =
                exception.map_or(Cause::End, |exception| Cause::Unreadable(ReadError::Exception(exception)));
            judge(cause, &answer.completeness, head, classifier)
        }
        // What broke the stream off says more than that its format was not known yet.
        (cause, _) => judge(cause, &answer.completeness, head, classifier),
    };
    let answer = Arc::new(answer);
    let error = error.map(|error| {
        let error = error.of_response(head);
        if has_arrived(&answer) { error.with_partial(answer.clone()) } else { error }
    });
    if let Some(watch) = watch {
        watch.end(&answer, error.as_ref());
    }
    Ended { answer, error, is_reported: false }
}

/// The error that a cause and an incomplete answer are; none where the answer is complete and its end was clean.
fn judge(cause: Cause, completeness: &Completeness, head: &Head, classifier: &Classifier) -> Option<Error> {
    let incomplete = |what: &str| {
        let missing = completeness.missing()?;
        Some(Error::new(ErrorKind::Incomplete, RetryClass::Transient, format!("{what}; {missing}")))
    };
    match cause {
        // It may have ended well, with a chunk in it that could not be read or another message behind.
        Cause::End => incomplete("the answer is not complete"),
        Cause::Left => incomplete("the stream was left before the answer was complete"),
        // Once all has arrived it does not matter how the connection ends.
        Cause::Broken(error) => (!completeness.is_complete()).then(|| error.into()),
        Cause::Unreadable(ReadError::Exception(exception)) => {
            let service = service_error(&exception, head);
            let class = classifier(&service);
            Some(bedrock_http::Error::from_service(service, class).into())
        }
        Cause::Unreadable(error @ (ReadError::TooLong { .. } | ReadError::TooLarge { .. })) => {
            Some(Error::new(ErrorKind::TooLarge, RetryClass::Final, error.to_string()))
        }
        Cause::Unreadable(error) => {
            let message = format!("the stream cannot be read on: {error}");
            Some(Error::new(ErrorKind::Malformed, RetryClass::Transient, message).with_source(error))
        }
    }
}

/// Whether there is anything in an answer.
pub(super) fn has_arrived(answer: &Answer) -> bool {
    answer.native.is_some() || !answer.unknown.is_empty() || !answer.malformed.is_empty()
}

/// An exception inside a stream as an error of the service, as the transport has them.
pub(super) fn service_error(exception: &StreamException, head: &Head) -> ServiceError {
    // Made anew: in the answer there is no raw payload, and chunks and SSE carry
    // exceptions in other shapes.
    let mut body = serde_json::Map::new();
    body.insert("message".to_owned(), exception.message.as_str().into());
    if let Some(status) = exception.original_status_code {
        body.insert("originalStatusCode".to_owned(), status.into());
    }
    if let Some(message) = &exception.original_message {
        body.insert("originalMessage".to_owned(), message.as_str().into());
    }
    let body = serde_json::Value::Object(body).to_string();
    let error = ServiceError::in_stream(&exception.error_type, &exception.message, body)
        .with_request_id(head.request_id.as_deref())
        .redacted(&head.redactor);
    let status = exceptions::lookup(&exception.error_type).map(|row| row.status);
    match status.and_then(|status| StatusCode::from_u16(status).ok()) {
        Some(status) => error.with_status(status),
        None => error,
    }
}
