//! Every recorded error that came inside a stream: it ends the stream as the typed error that it is, and what had arrived is kept.
//! Not for: errors that came instead of an answer, with an HTTP status; `bedrock-http` and `bedrock-client` test those.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::{Event, EventSink, Framing, ReadError, Reader};
use bedrock_formats::exceptions::lookup;
use bedrock_testing::{Recording, recordings};

/// What a recording's error is.
struct Row {
    case: &'static str,
    error_type: &'static str,
    /// How its message begins.
    message: &'static str,
    /// The text that had arrived.
    text: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        case: "neilberkman__req_llm/amazon_bedrock.mistral_mistral_7b_instruct_v0_2.object_streaming@127b90e",
        error_type: "ValidationException",
        message: "Validation Error",
        text: "",
    },
    Row {
        case: "neilberkman__req_llm/amazon_bedrock.us_mistral_pixtral_large_2502_v1_0.object_streaming@ba69db6",
        error_type: "ValidationException",
        message: r#"{"detail":[{"type":"extra_forbidden""#,
        text: "",
    },
    Row {
        case: "neilberkman__req_llm/groq.meta_llama_llama_4_scout_17b_16e_instruct.object_streaming",
        error_type: "invalid_request_error",
        message: "tool call validation failed: parameters for tool structured_output",
        text: "",
    },
    Row {
        case: "pydantic__pydantic-ai/test_groq.test_tool_use_failed_error_streaming__0",
        error_type: "invalid_request_error",
        message: "Tool call validation failed: tool call validation failed",
        text: "",
    },
    Row {
        case: "pydantic__pydantic-ai/test_groq.test_tool_use_failed_error_streaming_with_text__0",
        error_type: "invalid_request_error",
        message: "Tool choice is required, but model did not call a tool",
        text: "maybe",
    },
    // The answer had stopped when the error came.
    Row {
        case: "pydantic__pydantic-ai/test_openrouter.test_openrouter_stream_error",
        error_type: "error",
        message: "Token limit reached",
        text: "",
    },
];

/// Whether the recorder saw an error among the events.
fn has_error(recording: &Recording) -> bool {
    recording.events().iter().any(|event| {
        let headers = event["headers"].as_array().into_iter().flatten();
        let is_exception =
            headers.into_iter().any(|header| header[0] == ":message-type" && header[1] != "event");
        let data = &event["data"];
        let kind = data["type"].as_str().unwrap_or_default();
        is_exception || data["error"].is_object() || ["error", "response.failed"].contains(&kind)
    })
}

#[test]
fn every_error_inside_a_recorded_stream_is_the_right_one() {
    let Some(all) = recordings(|recording| recording.streaming && recording.status == 200) else { return };
    let mut seen = Vec::new();
    for recording in all.iter().filter(|recording| has_error(recording)) {
        let case = recording.case.as_str();
        let mut emitted = None;
        let mut on_event = |event: Event<'_>| {
            if let Event::Error(fault) = event {
                emitted = Some((fault.error_type.into_owned(), fault.message.into_owned()));
            }
        };
        let framing = Framing::from_name(&recording.framing).unwrap();
        let mut reader = Reader::new(framing).with_model_id(&recording.model_id);
        let pushed = reader.push(&recording.response(), &mut EventSink::new(&mut on_event));
        let answer = reader.finish(&mut EventSink::none()).unwrap();
        let row = ROWS.iter().find(|row| row.case == case).unwrap_or_else(|| panic!("{case} has no row"));
        let Err(ReadError::Exception(exception)) = pushed else { panic!("{case}: {pushed:?}") };
        assert_eq!(exception.error_type, row.error_type, "{case}");
        assert!(exception.message.starts_with(row.message), "{case}: {}", exception.message);
        assert_eq!(emitted, Some((exception.error_type.clone(), exception.message.clone())), "{case}");
        assert_eq!(answer.completeness.missing().unwrap().exception.as_ref(), Some(&exception), "{case}");
        assert_eq!(answer.reply.text(), row.text, "{case}");
        if recording.framing == "eventstream" {
            let info = lookup(&exception.error_type).unwrap();
            assert_eq!((info.status, info.retryable, info.throttling), (400, false, false), "{case}");
        }
        seen.push(case);
    }
    for case in ROWS.iter().map(|row| row.case) {
        assert!(seen.contains(&case), "{case} is no longer recorded");
    }
}
