//! Workloads shared by the benches: answers as the service streams them, of any length, always the same for the same numbers.
//! What is measured on them, and beside whom, stands in `benches/`.
//!
//! The numbers behind them are of recorded streams: a delta of text has nine characters, one in eleven has something that JSON
//! escapes, one in seventy something beyond ASCII; a delta of a tool's input has about six characters, and every second one has
//! a quote or a backslash. Payloads are padded as the service pads them.
//!
//! ```
//! use bedrock_benches::{Kind, Shape, answer};
//!
//! let text = answer(Shape::Converse, Kind::Text, 1_000);
//! assert_eq!(text.parts.len(), 1_004);
//! assert!((180..200).contains(&(text.bytes().len() / text.parts.len())));
//!
//! let calls = answer(Shape::Converse, Kind::ToolInput, 1_000);
//! let is_escaped = |part: &&Vec<u8>| part.contains(&b'\\');
//! assert!((400..700).contains(&calls.parts.iter().filter(is_escaped).count()));
//! ```

mod logs;
mod shape;
mod shapes;
mod writing;

use bedrock_eventstream::frame::FrameBuilder;
use bytes::Bytes;

pub use logs::{Logged, log_line};
pub use shape::Shape;
pub use writing::Kind;

use writing::Dice;

impl Shape {
    /// A frame or an event.
    fn wrap(self, chunk: &shapes::Chunk, dice: &mut Dice) -> Vec<u8> {
        let mut frame = |event_type: &str, open: &str| {
            let payload = format!(r#"{open},"p":"{}"}}"#, dice.padding());
            let frame = FrameBuilder::event(event_type).build(payload.as_bytes());
            frame.expect("a workload keeps the limits of the format").into_bytes().to_vec()
        };
        let shapes::Chunk { name, json } = chunk;
        match self {
            Self::Converse => frame(name, json.strip_suffix('}').unwrap_or(json)),
            Self::Claude | Self::Nova => frame("chunk", &format!(r#"{{"bytes":"{}""#, shapes::base64(json))),
            Self::ChatSse => format!("data: {json}\n\n").into_bytes(),
            Self::AnthropicSse | Self::ResponsesSse => {
                format!("event: {name}\ndata: {json}\n\n").into_bytes()
            }
        }
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Workload {
    /// What it is, for the name of a bench.
    pub name: String,
    /// How it comes.
    pub shape: Shape,
    /// A frame or an event each.
    pub parts: Vec<Vec<u8>>,
}

impl Workload {
    /// The whole answer as it comes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        self.parts.concat()
    }

    /// The same in pieces of so many bytes.
    pub fn pieces(&self, size: usize) -> Vec<Bytes> {
        pieces(self.bytes(), size)
    }
}

/// What a socket is read by.
pub const READ: usize = 16 * 1024;

/// Bytes in pieces of so many.
pub fn pieces(bytes: Vec<u8>, size: usize) -> Vec<Bytes> {
    let bytes = Bytes::from(bytes);
    (0..bytes.len()).step_by(size).map(|at| bytes.slice(at..bytes.len().min(at + size))).collect()
}

/// An answer of so many deltas, cut as models cut them.
pub fn answer(shape: Shape, kind: Kind, deltas: usize) -> Workload {
    let name = format!("{}, {}, {} deltas", shape.name(), kind.name(), thousands(deltas));
    of_deltas(name, shape, kind, &writing::deltas(kind, deltas))
}

/// A ConverseStream answer whose text of so many bytes comes in one frame.
pub fn one_large_frame(text_bytes: usize) -> Workload {
    let text = "A long answer all at once.\n".repeat(text_bytes / 27 + 1);
    let name = format!("{}, one frame of {} KB", Shape::Converse.name(), text_bytes / 1_000);
    of_deltas(name, Shape::Converse, Kind::Text, &[text[..text_bytes].to_owned()])
}

fn of_deltas(name: String, shape: Shape, kind: Kind, deltas: &[String]) -> Workload {
    let mut dice = Dice::new();
    let chunks = shapes::chunks(shape, kind, deltas);
    Workload { name, shape, parts: chunks.iter().map(|chunk| shape.wrap(chunk, &mut dice)).collect() }
}

/// `12,345`.
fn thousands(number: usize) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1_000), number % 1_000),
    }
}
