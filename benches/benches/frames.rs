//! Frames alone: the borrowed and the owned way of this project beside the decoder of AWS's SDK, fed in pieces of 16 KiB, one
//! frame a piece, and all at once. Nothing is done with the payloads but to sum up their lengths.

use std::hint::black_box;
use std::time::Duration;

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use bedrock_benches::{Kind, READ, Shape, Workload, answer, one_large_frame};
use bedrock_eventstream::frame::FrameDecoder;
use bytes::Bytes;
use bytes_utils::SegmentedBuf;
use criterion::{BenchmarkId, Criterion};

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

fn measure(criterion: &mut Criterion, workload: &Workload) {
    let whole = workload.pieces(usize::MAX);
    let by_frame = workload.parts.iter().map(|frame| Bytes::from(frame.clone())).collect();
    for (cut, pieces) in
        [("16 KiB a piece", workload.pieces(READ)), ("a frame a piece", by_frame), ("whole", whole)]
    {
        let mut group = criterion.benchmark_group(format!("frames: {}; {cut}", workload.name));
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

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_500))
        .configure_from_args();
    measure(&mut criterion, &answer(Shape::Converse, Kind::Text, 1_000));
    measure(&mut criterion, &answer(Shape::Converse, Kind::ToolInput, 1_000));
    measure(&mut criterion, &answer(Shape::Claude, Kind::Text, 1_000));
    measure(&mut criterion, &one_large_frame(266_000));
    criterion.final_summary();
}
