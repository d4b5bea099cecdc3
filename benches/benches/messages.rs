//! From bytes in memory, in pieces of 16 KiB, to the complete message: every format in several lengths, and recorded streams where
//! `BEDROCK_RECORDINGS` names their folder. Beside AWS's SDK, whose events are put together by hand (its request, and the
//! response's head, are not counted), and beside lines split by hand with typed serde where it has no events.
//! A peer hears every delta, which costs it nothing; ours is measured with and without.

#[path = "peers/sdk.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod sdk;
#[path = "peers/typed.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod typed;
#[path = "peers/typed_openai.rs"]
#[allow(dead_code, reason = "what is collected, is not read")]
mod typed_openai;

use std::hint::black_box;
use std::time::Duration;

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader};
use bedrock_benches::{Kind, READ, Shape, Workload, answer, one_large_frame, pieces};
use bytes::Bytes;
use criterion::measurement::WallTime;
use criterion::{BatchSize, Bencher, BenchmarkGroup, BenchmarkId, Criterion};
use tokio::runtime::Runtime;
use typed::{ClaudeMessage, NovaMessage, Typed, read_lines};
use typed_openai::{ChatMessage, ResponsesMessage};

/// What is measured, in this order, beside one large frame and what is recorded.
const ANSWERS: [(Shape, Kind, usize); 20] = [
    (Shape::Converse, Kind::Text, 100),
    (Shape::Converse, Kind::Text, 1_000),
    (Shape::Converse, Kind::Text, 10_000),
    (Shape::Converse, Kind::ToolInput, 100),
    (Shape::Converse, Kind::ToolInput, 1_000),
    (Shape::Converse, Kind::ToolInput, 10_000),
    (Shape::Converse, Kind::ToolInput, 20_000),
    (Shape::Claude, Kind::Text, 100),
    (Shape::Claude, Kind::Text, 1_000),
    (Shape::Claude, Kind::Text, 10_000),
    (Shape::Claude, Kind::ToolInput, 1_000),
    (Shape::Nova, Kind::Text, 100),
    (Shape::Nova, Kind::Text, 1_000),
    (Shape::Nova, Kind::ToolInput, 1_000),
    (Shape::AnthropicSse, Kind::Text, 1_000),
    (Shape::AnthropicSse, Kind::ToolInput, 1_000),
    (Shape::ChatSse, Kind::Text, 1_000),
    (Shape::ChatSse, Kind::ToolInput, 1_000),
    (Shape::ResponsesSse, Kind::Text, 1_000),
    (Shape::ResponsesSse, Kind::ToolInput, 1_000),
];

/// The answers of a row, each in its pieces; they are read one behind the other.
struct Set {
    name: String,
    shape: Shape,
    answers: Vec<Vec<Bytes>>,
}

impl From<Workload> for Set {
    fn from(workload: Workload) -> Self {
        let answers = vec![workload.pieces(READ)];
        Self { name: workload.name, shape: workload.shape, answers }
    }
}

fn read(shape: Shape, pieces: &[Bytes], events: &mut EventSink<'_>) -> Option<Answer> {
    let framing = if shape.is_framed() { Framing::EventStream } else { Framing::Sse };
    let mut reader = Reader::new(framing);
    for piece in pieces {
        reader.push(piece, events).ok()?;
    }
    reader.finish(events).ok()
}

fn read_and_hear(shape: Shape, pieces: &[Bytes]) -> (Option<Answer>, usize) {
    let mut emitted = 0;
    let mut on_event = |event: Event<'_>| match event {
        Event::TextDelta(text) => emitted += black_box(&*text.text).len(),
        Event::ToolInputDelta(input) => emitted += black_box(&*input.json).len(),
        _ => {}
    };
    let answer = read(shape, pieces, &mut EventSink::new(&mut on_event));
    (answer, emitted)
}

/// What a peer makes of an answer, as far as both can be held together: its text and how long its calls' inputs are.
type Told = (String, usize);

fn told<M: Typed>(message: &M) -> Told {
    (message.text().to_owned(), message.inputs().len())
}

/// Reads an answer as the shape's peer does; `None` where the peer cannot.
fn peer_reads(runtime: &Runtime, shape: Shape, pieces: &[Bytes]) -> Option<Told> {
    let client = sdk::in_memory(pieces.to_vec());
    let invoke = || runtime.block_on(sdk::invoke(&client));
    match shape {
        Shape::Converse => {
            let mut stream = runtime.block_on(sdk::converse(&client, "anthropic.claude-v2"));
            let mut inputs = 0;
            let message = runtime.block_on(sdk::collect(&mut stream, |text| inputs += text.len())).ok()?;
            inputs -= message.text.len();
            Some((message.text, inputs))
        }
        Shape::Claude => runtime
            .block_on(sdk::collect_typed(&mut invoke(), heard))
            .ok()
            .as_ref()
            .map(told::<ClaudeMessage>),
        Shape::Nova => {
            runtime.block_on(sdk::collect_typed(&mut invoke(), heard)).ok().as_ref().map(told::<NovaMessage>)
        }
        Shape::AnthropicSse => {
            read_lines(pieces.iter().cloned(), heard).ok().as_ref().map(told::<ClaudeMessage>)
        }
        Shape::ChatSse => read_lines(pieces.iter().cloned(), heard).ok().as_ref().map(told::<ChatMessage>),
        Shape::ResponsesSse => {
            read_lines(pieces.iter().cloned(), heard).ok().as_ref().map(told::<ResponsesMessage>)
        }
    }
}

fn heard(text: &str) {
    black_box(text.len());
}

/// The streams of a shape that were recorded whole and that the peer can read, too.
fn recorded(runtime: &Runtime, shape: Shape) -> Option<Set> {
    let (format, framing) = shape.recorded_as();
    let recordings = bedrock_testing::recordings(|recording| {
        (recording.format.as_str(), recording.framing.as_str()) == (format, framing)
            && recording.streaming
            && recording.complete
            && recording.status == 200
    })?;
    let mut answers: Vec<_> = recordings.iter().map(|recording| pieces(recording.response(), READ)).collect();
    let recorded = answers.len();
    answers.retain(|pieces| {
        let ours = read(shape, pieces, &mut EventSink::none());
        let text = ours.filter(|answer| answer.completeness.is_complete()).map(|answer| answer.text());
        text.is_some_and(|text| peer_reads(runtime, shape, pieces).is_some_and(|told| told.0 == text))
    });
    let name = format!("{}, {} of {recorded} recorded", shape.name(), answers.len());
    (!answers.is_empty()).then_some(Set { name, shape, answers })
}

fn measure(criterion: &mut Criterion, runtime: &Runtime, set: &Set) {
    let mut group = criterion.benchmark_group(format!("messages: {}", set.name));
    peer(&mut group, runtime, set);
    let answers = &set.answers;
    group.bench_function(BenchmarkId::from_parameter("reader"), |bencher| {
        bencher.iter(|| {
            for pieces in black_box(answers) {
                black_box(read(set.shape, pieces, &mut EventSink::none()));
            }
        });
    });
    group.bench_function(BenchmarkId::from_parameter("reader, every delta heard"), |bencher| {
        bencher.iter(|| {
            for pieces in black_box(answers) {
                black_box(read_and_hear(set.shape, pieces));
            }
        });
    });
    group.finish();
}

fn peer(group: &mut BenchmarkGroup<'_, WallTime>, runtime: &Runtime, set: &Set) {
    let name = if set.shape.is_framed() { "sdk" } else { "lines and serde" };
    group.bench_function(BenchmarkId::from_parameter(name), |bencher| match set.shape {
        Shape::Converse => {
            let begin = async |client: &sdk::Client| sdk::converse(client, "anthropic.claude-v2").await;
            let collect = async |stream: &mut sdk::ConverseReceiver| {
                black_box(sdk::collect(stream, heard).await.is_ok());
            };
            over_sdk(bencher, runtime, set, begin, collect);
        }
        Shape::Claude => over_sdk(bencher, runtime, set, sdk::invoke, collect_typed::<ClaudeMessage>),
        Shape::Nova => over_sdk(bencher, runtime, set, sdk::invoke, collect_typed::<NovaMessage>),
        Shape::AnthropicSse => over_lines::<ClaudeMessage>(bencher, set),
        Shape::ChatSse => over_lines::<ChatMessage>(bencher, set),
        Shape::ResponsesSse => over_lines::<ResponsesMessage>(bencher, set),
    });
}

async fn collect_typed<M: Typed>(stream: &mut sdk::InvokeReceiver) {
    black_box(sdk::collect_typed::<M>(stream, heard).await.is_ok());
}

fn over_sdk<S>(
    bencher: &mut Bencher<'_>,
    runtime: &Runtime,
    set: &Set,
    begin: impl AsyncFn(&sdk::Client) -> S,
    collect: impl AsyncFn(&mut S),
) {
    let clients: Vec<_> = set.answers.iter().map(|pieces| sdk::in_memory(pieces.clone())).collect();
    let begin_all = || -> Vec<S> { clients.iter().map(|client| runtime.block_on(begin(client))).collect() };
    let collect_all = |streams: &mut Vec<S>| {
        runtime.block_on(async {
            for stream in streams {
                collect(stream).await;
            }
        });
    };
    bencher.iter_batched_ref(begin_all, collect_all, BatchSize::SmallInput);
}

fn over_lines<M: Typed>(bencher: &mut Bencher<'_>, set: &Set) {
    bencher.iter(|| {
        for pieces in black_box(&set.answers) {
            black_box(read_lines::<M>(pieces.iter().cloned(), heard).is_ok());
        }
    });
}

/// Both make the same of an answer.
fn check(runtime: &Runtime, set: &Set) {
    for pieces in &set.answers {
        let (answer, emitted) = read_and_hear(set.shape, pieces);
        let answer = answer.expect("the workload is of a known format");
        assert!(answer.completeness.is_complete(), "{}", set.name);
        let ours = (answer.text(), emitted - answer.text().len());
        assert_eq!(peer_reads(runtime, set.shape, pieces), Some(ours), "{}", set.name);
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_500))
        .configure_from_args();
    let answers = ANSWERS.iter().map(|(shape, kind, deltas)| Set::from(answer(*shape, *kind, *deltas)));
    for set in answers.chain([Set::from(one_large_frame(266_000))]) {
        check(&runtime, &set);
        measure(&mut criterion, &runtime, &set);
    }
    for set in Shape::ALL.iter().filter_map(|shape| recorded(&runtime, *shape)) {
        measure(&mut criterion, &runtime, &set);
    }
    criterion.final_summary();
}
