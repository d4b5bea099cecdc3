//! What reading costs grows no faster than what is read, whatever a stream has many of, and in whatever order: counted are
//! bytes allocated and events emitted, which are the same on every machine. `cargo xtask bench growth` takes the times of the
//! same streams, and sees what is gone through without being copied.

use std::alloc::System;

use bedrock_aggregate::agui::Adaptor;
use bedrock_aggregate::simple::SimpleAdaptor;
use bedrock_aggregate::{Event, EventSink, Framing, Malformed, Place, Reader, Run, ToolInputs};
use bedrock_testing::growth::{GROWTHS, Growth, Order};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What it costs to read a stream with so many: bytes allocated, and events emitted to all views.
fn cost(growth: &Growth, order: Order, count: u64) -> [usize; 2] {
    let stream = (growth.chunks)(&order.numbers(count)).join("\n");
    let mut emitted = 0;
    let region = Region::new(ALLOCATOR);
    let (mut run, mut adaptor) = (Run::new("run"), Adaptor::new());
    let (mut simple, mut inputs) = (SimpleAdaptor::new(), ToolInputs::new());
    let mut on_event = |event: Event<'_>| {
        inputs.push(&event);
        simple.push(&event, &mut |_| emitted += 1);
        run.push(event, &mut |event| adaptor.push(&event, &mut |_| emitted += 1));
    };
    let reader = Reader::new(Framing::JsonLines).with_model_id("openai.gpt-oss-20b-1:0");
    let mut reader = reader.with_format(growth.format).expect("a format");
    let _ = reader.push(stream.as_bytes(), &mut EventSink::new(&mut on_event));
    let answer = reader.finish(&mut EventSink::new(&mut on_event)).expect("an answer");
    let is_first = |malformed: &Malformed| malformed.place == Place::Line(1);
    assert!(!answer.malformed.iter().any(is_first), "{}: {:?}", growth.name, answer.malformed);
    let allocated = region.change().bytes_allocated;
    [allocated, emitted]
}

/// One test: all threads share the allocator.
#[test]
fn four_times_as_much_costs_four_times_as_much() {
    const FEW: u64 = 250;
    let mut too_much = Vec::new();
    for growth in GROWTHS {
        for order in growth.orders() {
            let (few, many) = (cost(growth, *order, FEW), cost(growth, *order, 4 * FEW));
            // Lists that grow take up to twice what is in them; the square would be sixteen times as much.
            let grows = |which: usize| many[which] > 9 * few[which].max(100);
            if grows(0) || grows(1) {
                too_much.push(format!("{} ({order:?}): {few:?} and {many:?}", growth.name));
            }
        }
    }
    assert!(too_much.is_empty(), "{}", too_much.join("\n"));
}
