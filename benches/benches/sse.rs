//! Server-sent events alone, on the text of workload (a) as an Anthropic-compatible endpoint streams it: this project beside
//! `eventsource-stream`, fed in pieces of 16 KiB and one event a piece.

use std::convert::Infallible;
use std::hint::black_box;

use bedrock_eventstream::sse::SseDecoder;
use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use eventsource_stream::Eventsource;
use futures_util::{FutureExt, StreamExt, stream};

fn borrowed(pieces: &[Bytes], decoder: &mut SseDecoder) -> usize {
    let mut sum = 0;
    for piece in pieces {
        for event in decoder.feed(piece) {
            let event = event.expect("the workload is sound");
            sum += event.data_bytes().len() + event.name().map_or(0, str::len);
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
            sum += event.data_bytes().len() + event.name().map_or(0, str::len);
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

fn sse(criterion: &mut Criterion) {
    let events = bedrock_benches::sse_text(1_000);
    let whole = Bytes::from(events.concat());
    let by_size = (0..whole.len()).step_by(16_384).map(|at| whole.slice(at..whole.len().min(at + 16_384)));
    let by_event = events.iter().map(|event| Bytes::from(event.clone())).collect::<Vec<_>>();
    for (cut, pieces) in [("16 KiB", by_size.collect::<Vec<_>>()), ("an event", by_event)] {
        let mut decoder = SseDecoder::new();
        assert_eq!(borrowed(&pieces, &mut decoder), eventsource_stream(&pieces), "both do the same work");
        let mut group = criterion.benchmark_group(format!("sse text ({cut} a piece)"));
        group.throughput(Throughput::Elements(events.len() as u64));
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

criterion_group!(benches, sse);
criterion_main!(benches);
