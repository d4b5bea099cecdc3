//! The names by which errors are known: tables.
//! Not for: reading them.

/// Keys under which an error's text stands.
// The first three are those that AWS's SDKs look for, `error_description` is OAuth's (RFC 6749,
// 5.2), `detail` FastAPI's. The first that is there counts.
pub(super) const MESSAGES: [&str; 9] = [
    "message",
    "Message",
    "errorMessage",
    "error_message",
    "error_msg",
    "error_description",
    "detail",
    "msg",
    "reason",
];

/// Those of them that mark an error whatever else stands beside them.
pub(super) const OWN_MESSAGES: [&str; 3] = ["errorMessage", "error_message", "error_msg"];

/// Keys under which its name stands.
// The first that is there counts: `type` before `code`, which can be a status in OpenAI's errors.
pub(super) const NAMES: [&str; 11] = [
    "type",
    "code",
    "__type",
    "Code",
    "errorType",
    "error_type",
    "errorCode",
    "error_code",
    "ErrorCode",
    "status",
    "name",
];

/// Keys under which its status stands.
pub(super) const STATUSES: [&str; 8] = [
    "originalStatusCode",
    "code",
    "status",
    "statusCode",
    "status_code",
    "http_code",
    "error_code",
    "errorCode",
];

/// Keys under which errors stand beside whatever else there is.
pub(super) const HOLDERS: [&str; 3] = ["error", "errors", "Error"];

/// What may have an error in its own object: an event under its name, or a piece of a message.
pub(super) const EVENTS: [&str; 8] = [
    "delta",
    "contentBlockDelta",
    "contentBlockStart",
    "contentBlockStop",
    "messageStart",
    "messageStop",
    "metadata",
    "response",
];

/// Parts of a message that may have one too.
pub(super) const PIECES: [&str; 2] = ["content_block", "message"];

/// Lists whose elements may: the generations of an answer.
pub(super) const LISTS: [&str; 5] = ["choices", "results", "outputs", "generations", "completions"];

/// How the names of the service's exceptions end.
pub(super) const EXCEPTION: &str = "Exception";

/// What an answer has, in whichever format, and an error's body has not.
pub(super) const ANSWERS: [&str; 15] = [
    "choices",
    "output",
    "outputs",
    "outputText",
    "results",
    "generation",
    "generations",
    "completion",
    "completions",
    "content",
    "content_block",
    "finishReason",
    "stop_reason",
    "is_finished",
    "usage",
];

/// What else the body of an error has.
// A body with a message is an error only if every key of it is known here: what is missing in this
// table makes it a chunk of no known format.
pub(super) const COMPANIONS: [&str; 33] = [
    "title",
    "instance",
    "cause",
    "fault",
    "details",
    "Details",
    "documentation_url",
    "logId",
    "log_id",
    "traceId",
    "OriginalMessage",
    "OriginalStatusCode",
    "LogStreamArn",
    "retryAfterSeconds",
    "retry_after",
    "stack",
    "statusText",
    "error",
    "errors",
    "Error",
    "originalMessage",
    "resourceName",
    "requestId",
    "request_id",
    "RequestId",
    "sequence_number",
    "event_id",
    "param",
    "stackTrace",
    "timestamp",
    "path",
    "trace_id",
    "success",
];

/// The name of an error that has none.
pub(super) const UNNAMED: &str = "error";
