//! The table: what goes wrong, and what the caller gets. Not for how it is asked (see `ask.rs`) nor by whom (`servers.rs`).
//!
//! Each row is one call of a client that may send three requests and does not wait between them. The streams' text comes in
//! the pieces `one `, `two `, `thre`, `e`.

/// Which call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// ConverseStream. The announcement is its first event, so that `after=3` is after `two `.
    Streamed,
    /// InvokeModelWithResponseStream of Claude. Two events come before the text.
    Native,
    /// Chat Completions over server-sent events. The announcement is the first event.
    Sse,
    /// Converse.
    Whole,
    /// InvokeModelWithBidirectionalStream: the events are the words, each said when the one before has come back.
    TwoWay,
}

/// Which limit of time is short; the others are as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    None,
    FirstByte,
    Idle,
    Total,
}

/// Which servers can do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Both,
    Emulator,
}

pub(crate) struct Row {
    pub(crate) operation: Operation,
    pub(crate) by: By,
    /// What the server is told to do.
    pub(crate) scenario: &'static str,
    pub(crate) limit: Limit,
    /// Kind, the service's name and status if it has them, what to do with it (`final`, `again`, `slower`), and `on` where the
    /// answer can be gone on with. Empty where there is no error.
    pub(crate) error: &'static str,
    /// What of the answer is missing, by its names; `nothing` where the error has no part of an answer.
    pub(crate) missing: &'static str,
    /// The text that had arrived.
    pub(crate) arrived: &'static str,
    /// How many requests the server saw.
    pub(crate) requests: usize,
}

const ALL: &str = "one two three";
const NOTHING: &str = "nothing";

const fn row(
    operation: Operation,
    scenario: &'static str,
    error: &'static str,
    missing: &'static str,
    arrived: &'static str,
    requests: usize,
) -> Row {
    Row { operation, by: By::Both, scenario, limit: Limit::None, error, missing, arrived, requests }
}

const fn streamed(
    scenario: &'static str,
    error: &'static str,
    missing: &'static str,
    arrived: &'static str,
    requests: usize,
) -> Row {
    row(Operation::Streamed, scenario, error, missing, arrived, requests)
}

/// A stream that comes whole.
const fn whole(scenario: &'static str, requests: usize) -> Row {
    streamed(scenario, "", "", ALL, requests)
}

/// A stream that is refused before there is anything of it.
const fn refused(scenario: &'static str, error: &'static str, requests: usize) -> Row {
    streamed(scenario, error, NOTHING, "", requests)
}

impl Row {
    const fn within(mut self, limit: Limit) -> Self {
        self.limit = limit;
        self
    }

    /// The other server does not do this.
    const fn emulated(mut self) -> Self {
        self.by = By::Emulator;
        self
    }
}

pub(crate) const ROWS: &[Row] = {
    use Operation::{Native, Sse, TwoWay, Whole};
    &[
        // Nothing goes wrong, or nothing that a caller need know of.
        whole("plain", 1),
        whole("drip ms=0", 1),
        whole("split size=7", 1),
        whole("coalesce", 1),
        whole("unknown after=1", 1),
        whole("textstart", 1),
        whole("dupstop", 1),
        whole("emptypayload after=3", 1),
        whole("stall after=3 ms=20", 1),
        streamed("headers after=3", "", "", "one two [typed headers]three", 1),
        // Refused at once, and answered in the end.
        whole("throttle n=1", 2),
        whole("throttle n=2", 3),
        whole("throttle n=1 type=ServiceUnavailableException status=503", 2),
        whole("throttle n=1 type=ModelNotReadyException", 2),
        refused("throttle n=3", "Service ThrottlingException 429 slower", 3),
        // Every error that has a name: with a body or without, the name in the header or in the body.
        refused("error type=AccessDeniedException status=403", "Service AccessDeniedException 403 final", 1),
        refused("error type=ConflictException status=400", "Service ConflictException 400 final", 1),
        refused(
            "error type=InternalServerException status=500",
            "Service InternalServerException 500 again",
            3,
        ),
        refused("error type=ModelErrorException status=424", "Service ModelErrorException 424 final", 1),
        refused(
            "error type=ModelNotReadyException status=429",
            "Service ModelNotReadyException 429 again",
            3,
        ),
        refused(
            "error type=ModelStreamErrorException status=424",
            "Service ModelStreamErrorException 424 again",
            3,
        ),
        refused("error type=ModelTimeoutException status=408", "Service ModelTimeoutException 408 final", 1),
        refused(
            "error type=ResourceNotFoundException status=404",
            "Service ResourceNotFoundException 404 final",
            1,
        ),
        refused(
            "error type=ServiceQuotaExceededException status=400",
            "Service ServiceQuotaExceededException 400 final",
            1,
        ),
        refused(
            "error type=ServiceUnavailableException status=503",
            "Service ServiceUnavailableException 503 again",
            3,
        ),
        refused("error type=ThrottlingException status=429", "Service ThrottlingException 429 slower", 3),
        refused("error type=ValidationException status=400", "Service ValidationException 400 final", 1),
        refused(
            "error type=UnrecognizedClientException status=403",
            "Service UnrecognizedClientException 403 final",
            1,
        ),
        refused(
            "error type=ThrottlingException status=429 body=empty",
            "Service ThrottlingException 429 slower",
            3,
        ),
        refused(
            "error type=ValidationException status=400 body=empty",
            "Service ValidationException 400 final",
            1,
        ),
        refused(
            "error type=ThrottlingException status=429 where=body",
            "Service ThrottlingException 429 slower",
            3,
        ),
        refused(
            "error type=ValidationException status=400 where=both",
            "Service ValidationException 400 final",
            1,
        ),
        refused("error status=502 body=html", "Service - 502 again", 3),
        refused("error status=429 body=html", "Service - 429 slower", 3),
        refused("error status=413 body=html", "Service - 413 final", 1),
        refused("error type=SomeNewException status=418", "Service SomeNewException 418 final", 1),
        refused("error type=SomeNewException status=500", "Service SomeNewException 500 again", 3),
        refused(
            "error type=overloaded_error status=529 body=anthropic",
            "Service overloaded_error 529 again",
            3,
        ),
        // No answer at all.
        refused("rst0", "Transport again", 3),
        refused("close0", "Transport again", 3),
        refused("hang", "Timeout(FirstByte) final", 1).within(Limit::FirstByte),
        refused("hang", "Timeout(Total) final", 1).within(Limit::Total),
        // An exception as the first frame, or behind the announcement: asked again, as if it had been refused at once.
        refused("exception type=throttlingException after=0", "Service ThrottlingException 429 slower", 3),
        refused("exception type=validationException after=0", "Service ValidationException 400 final", 1),
        refused("errorframe code=InternalFailure after=0", "Service InternalFailure 500 again", 3),
        streamed(
            "exception type=throttlingException after=1",
            "Service ThrottlingException 429 slower",
            "exception stop usage",
            "",
            3,
        ),
        // Behind some text: never asked again.
        streamed(
            "exception type=throttlingException after=3",
            "Service ThrottlingException 429 slower on",
            "exception block stop usage",
            "one two ",
            1,
        ),
        streamed(
            "exception type=internalServerException after=3",
            "Service InternalServerException 500 again on",
            "exception block stop usage",
            "one two ",
            1,
        ),
        streamed(
            "exception type=modelStreamErrorException after=3",
            "Service ModelStreamErrorException 424 again on",
            "exception block stop usage",
            "one two ",
            1,
        ),
        streamed(
            "exception type=serviceUnavailableException after=3",
            "Service ServiceUnavailableException 503 again on",
            "exception block stop usage",
            "one two ",
            1,
        ),
        streamed(
            "exception type=modelTimeoutException after=3",
            "Service ModelTimeoutException 408 final",
            "exception block stop usage",
            "one two ",
            1,
        ),
        streamed(
            "exception type=validationException after=3",
            "Service ValidationException 400 final",
            "exception block stop usage",
            "one two ",
            1,
        ),
        streamed(
            "exception type=someNewException after=3",
            "Service someNewException - final",
            "exception block stop usage",
            "one two ",
            1,
        ),
        streamed(
            "errorframe code=InternalFailure after=3",
            "Service InternalFailure 500 again on",
            "exception block stop usage",
            "one two ",
            1,
        ),
        // Cut, with an end that HTTP calls good.
        refused("eof after=0", "Incomplete again", 3),
        streamed("eof after=1", "Incomplete again", "stop usage", "", 3),
        streamed("eof after=3", "Incomplete again on", "block stop usage", "one two ", 1),
        streamed("eof after=6", "Incomplete again on", "stop usage", ALL, 1).emulated(),
        refused("truncate after=0 bytes=9", "Incomplete again", 3),
        streamed("truncate after=3 bytes=9", "Incomplete again on", "frame block stop usage", "one two ", 1),
        streamed("truncate after=3", "Incomplete again on", "frame block stop usage", "one two ", 1),
        refused("truncate at=40", "Incomplete again", 3).emulated(),
        streamed("nometa", "Incomplete again", "usage", ALL, 1),
        streamed("nostop", "Incomplete again on", "stop", ALL, 1),
        // The connection is gone.
        refused("close after=0", "Transport again", 3),
        streamed("close after=3", "Transport again on", "block stop usage", "one two ", 1),
        streamed("close after=3 bytes=9", "Transport again on", "frame block stop usage", "one two ", 1),
        streamed("reset after=3", "Transport again on", "block stop usage", "one two ", 1),
        // Damaged.
        refused("crc after=0", "Malformed again", 3),
        streamed("crc after=3 which=message", "Malformed again on", "frame block stop usage", "one two ", 1),
        streamed("crc after=3 which=prelude", "Malformed again on", "frame block stop usage", "one two ", 1),
        refused("badlen after=0 len=2147483647", "Malformed again", 3),
        streamed(
            "badlen after=3 len=2147483647",
            "Malformed again on",
            "frame block stop usage",
            "one two ",
            1,
        ),
        streamed("badlen after=3 len=8", "Malformed again on", "frame block stop usage", "one two ", 1),
        streamed("badjson after=3", "Incomplete again", "chunk", ALL, 1),
        streamed("garbage", "Malformed again", "frame", ALL, 1),
        // Silence.
        streamed("stall after=3", "Timeout(Idle) again on", "block stop usage", "one two ", 1)
            .within(Limit::Idle),
        streamed("stall after=3", "Timeout(Total) final on", "block stop usage", "one two ", 1)
            .within(Limit::Total),
        refused("stall after=0", "Timeout(Idle) again", 1).within(Limit::Idle).emulated(),
        // The service says that it could not read the call: what there is of it is no answer, and asking again is the caller's
        // to decide.
        streamed("malformedtool", "Service malformed_tool_use - final", "exception", "", 1),
        // The other framing of frames.
        row(Native, "plain", "", "", ALL, 1),
        row(Native, "drip ms=0", "", "", ALL, 1),
        row(Native, "throttle n=2", "", "", ALL, 3),
        row(
            Native,
            "exception type=throttlingException after=0",
            "Service ThrottlingException 429 slower",
            NOTHING,
            "",
            3,
        ),
        row(
            Native,
            "exception type=modelTimeoutException after=4",
            "Service ModelTimeoutException 408 final",
            "exception block stop usage",
            "one two ",
            1,
        ),
        row(Native, "eof after=4", "Incomplete again on", "block stop usage", "one two ", 1),
        row(
            Native,
            "truncate after=4 bytes=30",
            "Incomplete again on",
            "frame block stop usage",
            "one two ",
            1,
        ),
        row(Native, "close after=4", "Transport again on", "block stop usage", "one two ", 1),
        row(Native, "crc after=4", "Malformed again on", "frame block stop usage", "one two ", 1),
        row(Native, "unknown after=4", "", "", ALL, 1),
        row(Native, "garbage", "Malformed again", "frame", ALL, 1),
        // Server-sent events.
        row(Sse, "plain", "", "", ALL, 1).emulated(),
        row(Sse, "drip ms=0", "", "", ALL, 1).emulated(),
        row(Sse, "throttle n=1", "", "", ALL, 2).emulated(),
        row(Sse, "eof after=3", "Incomplete again on", "stop", "one two ", 1).emulated(),
        row(Sse, "close after=3", "Transport again on", "stop", "one two ", 1).emulated(),
        row(
            Sse,
            "exception type=throttlingException after=3",
            "Service ThrottlingException 429 slower on",
            "exception stop",
            "one two ",
            1,
        )
        .emulated(),
        // Answers that are not streamed.
        row(Whole, "plain", "", "", ALL, 1),
        row(Whole, "throttle n=2", "", "", ALL, 3),
        row(Whole, "throttle n=9", "Service ThrottlingException 429 slower", NOTHING, "", 3),
        row(
            Whole,
            "error type=ModelTimeoutException status=408",
            "Service ModelTimeoutException 408 final",
            NOTHING,
            "",
            1,
        ),
        row(Whole, "rst0", "Transport again", NOTHING, "", 3),
        row(Whole, "close0", "Transport again", NOTHING, "", 3),
        row(Whole, "hang", "Timeout(FirstByte) final", NOTHING, "", 1).within(Limit::FirstByte),
        row(Whole, "drip ms=0", "", "", ALL, 1).emulated(),
        row(Whole, "truncate bytes=9", "Transport again", NOTHING, "", 3).emulated(),
        row(Whole, "close bytes=9", "Transport again", NOTHING, "", 3).emulated(),
        row(Whole, "reset", "Transport again", NOTHING, "", 3).emulated(),
        row(Whole, "stall", "Timeout(Idle) again", NOTHING, "", 1).within(Limit::Idle).emulated(),
        // Both ways at once: an error has no part of an answer, for what came was given event by event, and nothing is ever
        // asked again.
        row(TwoWay, "plain", "", "", ALL, 1),
        row(TwoWay, "drip ms=0", "", "", ALL, 1).emulated(),
        row(TwoWay, "split size=7", "", "", ALL, 1).emulated(),
        row(TwoWay, "unknown after=1", "", "", ALL, 1).emulated(),
        row(TwoWay, "headers after=2", "", "", ALL, 1).emulated(),
        row(TwoWay, "emptypayload after=1", "", "", ALL, 1).emulated(),
        row(TwoWay, "stall after=1 ms=20", "", "", ALL, 1).emulated(),
        row(TwoWay, "throttle n=1", "Service ThrottlingException 429 slower", NOTHING, "", 1).emulated(),
        row(
            TwoWay,
            "error type=ValidationException status=400 body=empty",
            "Service ValidationException 400 final",
            NOTHING,
            "",
            1,
        )
        .emulated(),
        row(TwoWay, "error status=502 body=html", "Service - 502 again", NOTHING, "", 1).emulated(),
        row(TwoWay, "rst0", "Transport again", NOTHING, "", 1).emulated(),
        row(TwoWay, "close0", "Transport again", NOTHING, "", 1).emulated(),
        row(TwoWay, "hang", "Timeout(FirstByte) final", NOTHING, "", 1).within(Limit::FirstByte).emulated(),
        row(TwoWay, "hang", "Timeout(Total) final", NOTHING, "", 1).within(Limit::Total).emulated(),
        row(
            TwoWay,
            "exception type=throttlingException after=0",
            "Service ThrottlingException 429 slower",
            NOTHING,
            "",
            1,
        )
        .emulated(),
        row(
            TwoWay,
            "exception type=modelStreamErrorException after=2",
            "Service ModelStreamErrorException 424 again",
            NOTHING,
            "one two ",
            1,
        )
        .emulated(),
        row(
            TwoWay,
            "exception type=validationException after=9",
            "Service ValidationException 400 final",
            NOTHING,
            ALL,
            1,
        )
        .emulated(),
        row(
            TwoWay,
            "errorframe code=InternalFailure after=2",
            "Service InternalFailure 500 again",
            NOTHING,
            "one two ",
            1,
        )
        .emulated(),
        row(TwoWay, "eof after=0", "Incomplete again", NOTHING, "", 1).emulated(),
        row(TwoWay, "eof after=2", "Incomplete again", NOTHING, "one two ", 1).emulated(),
        row(TwoWay, "truncate after=2 bytes=9", "Incomplete again", NOTHING, "one two ", 1).emulated(),
        row(TwoWay, "truncate at=20", "Incomplete again", NOTHING, "", 1).emulated(),
        row(TwoWay, "close after=2", "Transport again", NOTHING, "one two ", 1).emulated(),
        row(TwoWay, "close after=2 bytes=9", "Transport again", NOTHING, "one two ", 1).emulated(),
        row(TwoWay, "reset after=2", "Transport again", NOTHING, "one two ", 1).emulated(),
        row(TwoWay, "crc after=2", "Malformed again", NOTHING, "one two ", 1).emulated(),
        row(TwoWay, "crc after=0 which=prelude", "Malformed again", NOTHING, "", 1).emulated(),
        row(TwoWay, "badlen after=2 len=2147483647", "Malformed again", NOTHING, "one two ", 1).emulated(),
        row(TwoWay, "badjson after=2", "Malformed final", NOTHING, "one two ", 1).emulated(),
        row(TwoWay, "garbage", "Malformed again", NOTHING, ALL, 1).emulated(),
        row(TwoWay, "stall after=2", "Timeout(Idle) again", NOTHING, "one two ", 1)
            .within(Limit::Idle)
            .emulated(),
        row(TwoWay, "stall after=2", "Timeout(Total) final", NOTHING, "one two ", 1)
            .within(Limit::Total)
            .emulated(),
    ]
};

/// Faults that change how much there is and not how it ends: the load tests' business.
pub(crate) const NOT_HERE: &[&str] = &["big", "many"];
