//! Live events as [AG-UI](https://docs.ag-ui.com) JSON: the protocol between agents and front ends.
//!
//! For: servers whose front end reads AG-UI. [`Adaptor`] turns the events of a [`Run`](crate::Run) into [`Event`]s; write each
//! with serde, or as a server-sent event with [`Event::to_sse`].
//! Not for: the protocol's other half, what a front end sends; nor for sending, nor for the time, which the caller gives.
//!
//! ```
//! use bedrock_aggregate::{Event, Framing, EventSink, Reader, Run, agui};
//!
//! let body = br#"{"type":"message_start","message":{"id":"msg_1","role":"assistant","content":[],"usage":{"input_tokens":9}}}
//! {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
//! {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Rain."}}
//! {"type":"content_block_stop","index":0}
//! {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}
//! {"type":"message_stop"}
//! "#;
//! let mut sent = Vec::new();
//! let mut send = |event: agui::Event<'_>| sent.push(serde_json::to_string(&event).unwrap());
//!
//! let mut run = Run::new("run_1").with_thread_id("thread_1");
//! let mut adaptor = agui::Adaptor::new();
//! let mut reader = Reader::new(Framing::JsonLines);
//! let mut on_event = |event: Event<'_>| run.push(event, &mut |event| adaptor.push(&event, &mut send));
//! let read = reader.push(body, &mut EventSink::new(&mut on_event));
//! let answer = reader.finish(&mut EventSink::new(&mut on_event))?;
//! run.finish(&answer.completeness, &mut |event| adaptor.push(&event, &mut send));
//!
//! read?;
//! assert_eq!(sent[0], r#"{"type":"RUN_STARTED","threadId":"thread_1","runId":"run_1"}"#);
//! assert!(sent.contains(&r#"{"type":"TEXT_MESSAGE_CONTENT","messageId":"msg_1","delta":"Rain."}"#.to_owned()));
//! assert!(sent.last().unwrap().starts_with(r#"{"type":"RUN_FINISHED","threadId":"thread_1","runId":"run_1""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adaptor;
mod event;

pub use adaptor::{Adaptor, Dialect};
pub use event::{Event, Kind, TokenUsage};
