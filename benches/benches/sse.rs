//! Server-sent events alone: this project beside `eventsource-stream`, fed in pieces of 16 KiB and one event a piece.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

use bedrock_benches::{Kind, READ, Shape, answer};
use bedrock_eventstream::sse::SseDecoder;
use bytes::Bytes;
use criterion::{BenchmarkId, Criterion};
use eventsource_stream::Eventsource;
use futures_util::{FutureExt, StreamExt, stream};

fn borrowed(pieces: &[Bytes], decoder: &mut SseDecoder) -> usize {
    let mut sum = 0;
    for piece in pieces {
        for event in decoder.feed(piece) {
            let event = event.expect("the workload is sound");
            sum += event.data_bytes().len() + event.name().map_or("message".len(), str::len);
        }
    }
    decoder.finish().expect("the workload is whole");
    sum
}

fn owned(pieces: &[Bytes], decoder: &mut SseDecoder) -> usize {
    let mut sum = 0;
    for piece in pieces {
        decoder.push(piece.clone());
        while let Some(event) = decoder.next_event().expect("the workload is sound") {
            sum += event.data_bytes().len() + event.name().map_or("message".len(), str::len);
        }
    }
    sum
}

/// All pieces are there, so the stream never has to wait.
fn eventsource_stream(pieces: &[Bytes]) -> usize {
    let pieces = stream::iter(pieces.iter().cloned().map(Ok::<_, Infallible>));
    let lengths = pieces.eventsource().map(|event| {
        let event = event.expect("the workload is sound");
        event.data.len() + event.event.len()
    });
    lengths.fold(0, async |sum, length| sum + length).now_or_never().expect("nothing to wait for")
}

fn measure(criterion: &mut Criterion, shape: Shape) {
    let workload = answer(shape, Kind::Text, 1_000);
    let by_event = workload.parts.iter().map(|event| Bytes::from(event.clone())).collect();
    for (cut, pieces) in [("16 KiB a piece", workload.pieces(READ)), ("an event a piece", by_event)] {
        let mut decoder = SseDecoder::new();
        assert_eq!(borrowed(&pieces, &mut decoder), eventsource_stream(&pieces), "both do the same work");
        let mut group = criterion.benchmark_group(format!("server-sent events: {}; {cut}", workload.name));
        let id = BenchmarkId::from_parameter;
        group.bench_function(id("eventsource-stream"), |bencher| {
            bencher.iter(|| eventsource_stream(black_box(&pieces)));
        });
        group.bench_function(id("borrowed"), |bencher| {
            bencher.iter(|| borrowed(black_box(&pieces), &mut decoder));
        });
        group.bench_function(id("owned"), |bencher| {
            bencher.iter(|| owned(black_box(&pieces), &mut decoder));
        });
        group.finish();
    }
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_500))
        .configure_from_args();
    for shape in [Shape::AnthropicSse, Shape::ChatSse, Shape::ResponsesSse] {
        measure(&mut criterion, shape);
    }
    criterion.final_summary();
}
