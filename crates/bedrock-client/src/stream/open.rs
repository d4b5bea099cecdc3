//! Opening a stream: sending the request, again where that makes sense, until something of the answer has arrived.
//!
//! A stream begins with status 200 and may still bring its refusal in the first frame, or break off before it has said
//! anything. Nothing has been given to the caller by then, so the request is sent again under the same rules as one that
//! was refused at once. Not for reading on: see `answer.rs`.

use std::sync::Arc;
use std::time::Instant;

use bedrock_aggregate::{Answer, Framing, ReadError, Reader, Registry};
use bedrock_http::{Call, ErrorKind as HttpErrorKind, Request, RetryClass};
use bytes::Bytes;

use super::answer::AnswerStream;
use super::ending::{Cause, service_error};
use crate::call::tokens;
use crate::client::{AnswerInfo, Watch};
use crate::error::excerpt;
use crate::response::Head;
use crate::{Client, Error, ErrorKind};

/// How the answer to a streamed call is to be read.
#[derive(Debug, Clone)]
pub(crate) struct ReadSettings {
    /// The format, where the operation or the caller says it: the answer is read so, whatever it looks like.
    pub(crate) format: Option<String>,
    /// The formats that it can be.
    pub(crate) registry: Registry,
    pub(crate) model_id: String,
    pub(crate) stop_at_malformed: bool,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) max_held: Option<usize>,
}

impl ReadSettings {
    fn reader(&self, client: &Client, framing: Framing) -> Result<Reader, Error> {
        let mut reader = Reader::of(framing, self.registry.clone()).with_model_id(self.model_id.as_str());
        // What the model's id promises is for the reader to judge by.
        if let Some(format) = &self.format {
            reader = reader.with_format(format).map_err(|error| Error::usage(error.to_string()))?;
        }
        if let Some(bytes) = self.max_bytes.or(client.inner.max_response_bytes) {
            reader = reader.with_max_bytes(bytes);
        }
        if let Some(bytes) = self.max_held.or(client.inner.max_answer_bytes) {
            reader = reader.with_max_held(bytes);
        }
        Ok(if self.stop_at_malformed { reader.stop_at_malformed() } else { reader })
    }
}

/// How much of a response that is no stream is kept, to show what it is instead.
const BEGINNING: usize = 4 << 10;

/// How one attempt ended.
#[allow(clippy::large_enum_variant, reason = "there is one to an attempt")]
enum Attempt {
    Open(AnswerStream),
    /// Nothing of it has been given to the caller, so that it may be made again.
    Failed {
        /// What the transport judges by whether to try again.
        judged: bedrock_http::Error,
        /// What the caller gets where that is another error.
        error: Option<Error>,
        /// What had arrived: an announcement at most.
        arrived: Option<Arc<Answer>>,
    },
}

/// Sends a request and waits until something of its answer is there.
pub(crate) async fn open(
    client: &Client,
    request: &Request,
    framing: Framing,
    settings: &ReadSettings,
) -> Result<AnswerStream, Error> {
    // An unknown format is refused before anything is sent.
    let mut reader = settings.reader(client, framing)?;
    let mut call = client.transport.call(&tokens::reserving(&client.transport, request));
    let started = Instant::now();
    loop {
        let response = call.send().await?;
        let head = Head::of(&response);
        // A reader for each attempt: what an earlier one had announced must not be mixed in.
        let read = (reader, settings.registry.clone());
        let stream = AnswerStream::new(head, response.into_body(), read, client.inner.classifier.clone());
        match until_content(stream, framing, &call).await? {
            Attempt::Open(stream) => {
                let info = || AnswerInfo {
                    operation: call.info().operation.unwrap_or_default(),
                    model_id: settings.model_id.clone(),
                    request_id: stream.request_id().map(str::to_owned),
                    attempts: stream.attempts(),
                };
                let watch = Watch::new(&client.inner.observers, started, info);
                return Ok(stream.watched(watch));
            }
            Attempt::Failed { judged, error, arrived } => {
                if let Err(judged) = call.retry(judged).await {
                    return Err(match error {
                        Some(error) => error.sent(judged.attempts()),
                        None => arrived.into_iter().fold(Error::from(judged), Error::with_partial),
                    });
                }
            }
        }
        reader = settings.reader(client, framing)?;
    }
}

/// Reads until the stream has content, or has ended without.
async fn until_content(mut stream: AnswerStream, framing: Framing, call: &Call) -> Result<Attempt, Error> {
    let mut beginning = Vec::new();
    // Until then the caller has nothing, and sending again goes unnoticed. It also waits where a
    // model is silent after its announcement.
    while !stream.has_content() {
        let Some(piece) = stream.next_slice().await else { break };
        if let Some(Ok(piece)) = &piece {
            keep(&mut beginning, piece);
        }
        let Err(cause) = stream.take_and_queue(piece) else { continue };
        if stream.has_content() {
            // The error follows the events that came before it.
            stream.end(cause);
            break;
        }
        if stream.has_arrived() {
            // There is no event of it, and yet it was generated: it is not asked for twice.
            stream.end(cause);
            return stream.error().cloned().map_or_else(|| Ok(Attempt::Open(stream)), Err);
        }
        return judge(stream, cause, framing, call, beginning).await;
    }
    Ok(Attempt::Open(stream))
}

/// Says what an attempt was that ended before anything had arrived.
async fn judge(
    mut stream: AnswerStream,
    cause: Cause,
    framing: Framing,
    call: &Call,
    mut beginning: Vec<u8>,
) -> Result<Attempt, Error> {
    let failed = |judged, error, arrived| Ok(Attempt::Failed { judged, error, arrived });
    match cause {
        Cause::Unreadable(ReadError::Exception(exception)) => {
            let error = call.service_error(service_error(&exception, stream.head()));
            stream.body_mut().into_iter().for_each(|body| body.report(&error));
            failed(error, None, stream.into_arrived())
        }
        // Not after a limit of time: the model may have done its work, and would be paid twice.
        Cause::Broken(error) if error.kind() == HttpErrorKind::Transport => {
            failed(error, None, stream.into_arrived())
        }
        // Only at the first byte: a frame that is damaged later was a stream,
        // and is asked for again.
        Cause::Unreadable(ReadError::Frame(error))
            if error.offset() == 0 && !is_stream(stream.head(), framing, &beginning) =>
        {
            read_beginning(&mut stream, &mut beginning).await;
            Err(not_a_stream(stream.head(), beginning))
        }
        cause => {
            stream.end(cause);
            let Some(error) = stream.error().cloned() else { return Ok(Attempt::Open(stream)) };
            // SSE has no checksums: any text is a stream of nothing. So what came is looked at.
            let nothing = error.kind() == ErrorKind::Incomplete && error.partial().is_none();
            if nothing && !beginning.is_empty() && !is_stream(stream.head(), framing, &beginning) {
                return Err(not_a_stream(stream.head(), beginning));
            }
            if matches!(error.kind(), ErrorKind::Incomplete | ErrorKind::Malformed) && error.is_retryable() {
                return failed(bedrock_http::Error::broken_off(error.to_string()), Some(error), None);
            }
            Err(error)
        }
    }
}

/// Keeps the beginning of what arrives.
fn keep(beginning: &mut Vec<u8>, piece: &[u8]) {
    let room = BEGINNING.saturating_sub(beginning.len());
    beginning.extend_from_slice(&piece[..piece.len().min(room)]);
}

/// Reads on where the response is known to be no stream: a gateway may send white space to keep the connection alive,
/// and only then say what is wrong.
async fn read_beginning(stream: &mut AnswerStream, beginning: &mut Vec<u8>) {
    while beginning.len() < BEGINNING
        && let Some(Some(Ok(piece))) = stream.next_slice().await
    {
        keep(beginning, &piece);
    }
}

/// Whether a response that cannot be read is at least meant to be a stream: it says so, and does not begin with text
/// where a frame begins with its length.
fn is_stream(head: &Head, framing: Framing, beginning: &[u8]) -> bool {
    let content_type = head.header("content-type").unwrap_or_default();
    match framing {
        Framing::Sse => content_type.contains("event-stream"),
        // A frame of the longest that are read, 24 MiB, begins with 0 or 1.
        _ => content_type.contains("eventstream") && beginning.first().is_some_and(|byte| !is_text(*byte)),
    }
}

fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}

fn not_a_stream(head: &Head, beginning: Vec<u8>) -> Error {
    let message = format!(
        "the service answered with status {} and {}, which is no event stream; it begins: {}",
        head.status.as_u16(),
        head.header("content-type").unwrap_or("no content type"),
        excerpt(&beginning),
    );
    Error::new(ErrorKind::NotAStream, RetryClass::Final, message)
        .with_body(Bytes::from(beginning))
        .of_response(head)
}
