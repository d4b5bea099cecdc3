//! From bytes to the complete message, in memory: workloads (a), (b), (c), (d) and (e), in pieces of 16 KiB. Beside AWS's SDK,
//! whose events are put together by hand; its request, and the response's head, are not counted. Both are also measured
//! with a listener that hears every delta.

#[path = "peers/sdk.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod sdk;

use std::hint::black_box;

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader};
use bedrock_benches::Workload;
use bytes::Bytes;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::Runtime;

/// The name of each contestant with a listener.
const HEARD: &str = "every delta heard";

fn read(pieces: &[Bytes], events: &mut EventSink<'_>) -> Answer {
    let mut reader = Reader::new(Framing::EventStream);
    for piece in pieces {
        reader.push(piece, events).expect("the workload is sound");
    }
    reader.finish(events).expect("the workload is of a known format")
}

fn read_and_hear(pieces: &[Bytes]) -> (Answer, usize) {
    let mut emitted = 0;
    let mut on_event = |event: Event<'_>| match event {
        Event::TextDelta(text) => emitted += black_box(&*text.text).len(),
        Event::ToolInputDelta(input) => emitted += black_box(&*input.json).len(),
        _ => {}
    };
    let answer = read(pieces, &mut EventSink::new(&mut on_event));
    (answer, emitted)
}

fn measure(criterion: &mut Criterion, workload: &Workload, is_converse: bool) {
    let whole = Bytes::from(workload.bytes());
    let pieces: Vec<Bytes> = (0..whole.len())
        .step_by(16 * 1024)
        .map(|at| whole.slice(at..whole.len().min(at + 16 * 1024)))
        .collect();
    assert!(read(&pieces, &mut EventSink::none()).completeness.is_complete());

    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let mut group = criterion.benchmark_group(format!("message of {}", workload.name));
    group.throughput(Throughput::Elements(workload.frames.len() as u64));
    let id = BenchmarkId::from_parameter;
    let client = sdk::in_memory(pieces.clone());
    for emitted in [false, true] {
        let name = if emitted { format!("sdk, {HEARD}") } else { "sdk".to_owned() };
        let on_event = |text: &str| {
            if emitted {
                black_box(text.len());
            }
        };
        group.bench_function(id(name), |bencher| {
            if is_converse {
                let begin = || runtime.block_on(sdk::converse(&client, "anthropic.claude-v2"));
                bencher.iter_batched_ref(
                    begin,
                    |stream| runtime.block_on(sdk::collect(stream, on_event)),
                    BatchSize::SmallInput,
                );
            } else {
                let begin = || runtime.block_on(sdk::invoke(&client));
                bencher.iter_batched_ref(
                    begin,
                    |stream| runtime.block_on(sdk::collect_claude(stream, on_event)),
                    BatchSize::SmallInput,
                );
            }
        });
    }
    group.bench_function(id("reader".to_owned()), |bencher| {
        bencher.iter(|| read(black_box(&pieces), &mut EventSink::none()));
    });
    group.bench_function(id(format!("reader, {HEARD}")), |bencher| {
        bencher.iter(|| read_and_hear(black_box(&pieces)));
    });
    group.finish();
    shut_down(runtime);
}

fn shut_down(runtime: Runtime) {
    runtime.shutdown_background();
}

fn messages(criterion: &mut Criterion) {
    measure(criterion, &bedrock_benches::converse_text(1_000), true);
    measure(criterion, &bedrock_benches::invoke_text(1_000), false);
    measure(criterion, &bedrock_benches::converse_tool_input(1_000), true);
    measure(criterion, &bedrock_benches::one_large_frame(266_000), true);
    for (name, deltas) in [("e: long tool call", 18_000), ("e, twice: longer tool call", 36_000)] {
        let mut workload = bedrock_benches::long_tool_call(deltas * 50 / 9, deltas);
        workload.name = name;
        measure(criterion, &workload, true);
    }
}

criterion_group!(benches, messages);
criterion_main!(benches);
