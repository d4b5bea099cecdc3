//! Frames alone, on workloads (a), (b) and (d): the borrowed and the owned way of this project beside the decoder of AWS's
//! SDK, fed in pieces of 16 KiB, one frame a piece, and all at once. Nothing is done with the payloads but to sum up their
//! lengths.

use std::hint::black_box;

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use bedrock_benches::Workload;
use bedrock_eventstream::frame::FrameDecoder;
use bytes::Bytes;
use bytes_utils::SegmentedBuf;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn borrowed(pieces: &[Bytes], decoder: &mut FrameDecoder) -> usize {
    let mut sum = 0;
    for piece in pieces {
        for frame in decoder.feed(piece) {
            sum += frame.expect("the workload is sound").payload().len();
        }
    }
    decoder.finish().expect("the workload is whole");
    sum
}

/// As `borrowed`, and asks each frame for its event type.
fn borrowed_typed(pieces: &[Bytes], decoder: &mut FrameDecoder) -> usize {
    let mut sum = 0;
    for piece in pieces {
        for frame in decoder.feed(piece) {
            let frame = frame.expect("the workload is sound");
            let event_type = frame.header(":event-type").and_then(|value| value.as_str());
            sum += frame.payload().len() + black_box(event_type).map_or(0, str::len);
        }
    }
    sum
}

fn owned(pieces: &[Bytes], decoder: &mut FrameDecoder) -> usize {
    let mut sum = 0;
    for piece in pieces {
        decoder.push(piece.clone());
        while let Some(frame) = decoder.next_frame().expect("the workload is sound") {
            sum += black_box(frame).payload().len();
        }
    }
    decoder.finish().expect("the workload is whole");
    sum
}

/// As the receiver of the SDK does it: the pieces are put one behind the other, frames are taken from the front.
fn smithy(pieces: &[Bytes]) -> usize {
    let mut sum = 0;
    let mut decoder = MessageFrameDecoder::new();
    let mut buffer = SegmentedBuf::new();
    for piece in pieces {
        buffer.push(piece.clone());
        while let DecodedFrame::Complete(message) =
            decoder.decode_frame(&mut buffer).expect("the workload is sound")
        {
            sum += message.payload().len();
        }
    }
    sum
}

fn pieces_of(bytes: &Bytes, size: usize) -> Vec<Bytes> {
    (0..bytes.len()).step_by(size).map(|at| bytes.slice(at..bytes.len().min(at + size))).collect()
}

fn measure(criterion: &mut Criterion, workload: &Workload) {
    let whole = Bytes::from(workload.bytes());
    let by_frame = workload.frames.iter().map(|frame| Bytes::from(frame.clone())).collect();
    for (cut, pieces) in
        [("16 KiB", pieces_of(&whole, 16 * 1024)), ("a frame", by_frame), ("whole", vec![whole.clone()])]
    {
        let mut group = criterion.benchmark_group(format!("{} ({cut} a piece)", workload.name));
        group.throughput(Throughput::Elements(workload.frames.len() as u64));
        let id = BenchmarkId::from_parameter;
        group.bench_function(id("smithy"), |bencher| bencher.iter(|| smithy(black_box(&pieces))));
        let mut decoder = FrameDecoder::new();
        group.bench_function(id("borrowed"), |bencher| {
            bencher.iter(|| borrowed(black_box(&pieces), &mut decoder));
        });
        group.bench_function(id("borrowed, event type read"), |bencher| {
            bencher.iter(|| borrowed_typed(black_box(&pieces), &mut decoder));
        });
        group.bench_function(id("owned"), |bencher| {
            bencher.iter(|| owned(black_box(&pieces), &mut decoder));
        });
        group.finish();
    }
}

fn frames(criterion: &mut Criterion) {
    measure(criterion, &bedrock_benches::converse_text(1_000));
    measure(criterion, &bedrock_benches::invoke_text(1_000));
    measure(criterion, &bedrock_benches::one_large_frame(266_000));
}

criterion_group!(benches, frames);
criterion_main!(benches);
