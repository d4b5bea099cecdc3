//! `cargo xtask bench growth`: what reading costs as streams grow, for each thing that can grow in one and each order.
//!
//! For each kind a stream of 5,000, 10,000, 20,000 and 40,000 of it is read, and the CPU time of this thread is taken. The
//! table tells the times and the exponent by which they grow; a kind that grows faster than n log n fails the command. Times
//! differ from machine to machine and from run to run, so this is no test: what a test can count, tests count.
//! Not for: how fast reading is; that is what the benches in `benches/` tell.

mod codecs;
mod kind;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use bedrock_aggregate::agui::Adaptor;
use bedrock_aggregate::simple::SimpleAdaptor;
use bedrock_aggregate::{Event, EventSink, Framing, Reader, Run, ToolInputs};
use bedrock_testing::growth::{GROWTHS, Order};
use rustix::time::{ClockId, clock_gettime};

use kind::Work;

/// How many of each kind.
const SIZES: [u64; 4] = [5_000, 10_000, 20_000, 40_000];

/// The exponent of n log n is 1.1 between these sizes; caches that no longer suffice add to it. That of n² is 2.
const MOST: f64 = 1.5;

/// Below this a time is mostly the clock's and the first allocation's.
const SHORTEST: Duration = Duration::from_micros(200);

struct Row {
    kind: &'static str,
    order: Order,
    times: [Duration; SIZES.len()],
}

impl Row {
    /// By which power of the size the time grows, from the first size to the last.
    fn exponent(&self) -> f64 {
        let [first, last] =
            [self.times[0], self.times[SIZES.len() - 1]].map(|time| time.max(SHORTEST).as_secs_f64());
        (last / first).log2() / ((SIZES[SIZES.len() - 1] / SIZES[0]) as f64).log2()
    }

    fn order(&self) -> &'static str {
        match self.order {
            Order::Ascending => "ascending",
            Order::Descending => "descending",
            Order::Random => "random",
        }
    }

    fn line(&self) -> String {
        let times = self.times.map(|time| format!(" {:.1} |", time.as_secs_f64() * 1e3)).concat();
        format!("| {} | {} |{times} {:.2} |\n", self.kind, self.order(), self.exponent())
    }
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let sizes = SIZES.map(|size| format!(" {size} |")).concat();
    let mut table =
        format!("| growth | order |{sizes} exponent |\n|---|---|{}---|\n", "---|".repeat(SIZES.len()));
    let mut failed = Vec::new();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    let mut measure = |name: &'static str, orders: &[Order], work: &dyn Fn(&[u64]) -> Work| {
        for order in orders.iter().filter(|_| is_wanted(name)) {
            let row = measured(name, *order, work);
            eprint!("{}", row.line());
            table.push_str(&row.line());
            if row.exponent() > MOST {
                failed.push(format!("{} ({})", row.kind, row.order()));
            }
        }
    };
    for growth in GROWTHS {
        measure(growth.name, growth.orders(), &|numbers| read(growth.format, &(growth.chunks)(numbers)));
    }
    for kind in codecs::KINDS {
        let orders = if kind.is_ordered { &Order::ALL[..] } else { &Order::ALL[..1] };
        measure(kind.name, orders, &kind.work);
    }
    if let Some(path) = std::env::var_os("GROWTH_TABLE") {
        let written = std::fs::write(&path, &table);
        if let Err(error) = written {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("grows faster than n log n: {}", failed.join(", "));
    ExitCode::FAILURE
}

/// The best of several measurements; more, where the first ones say that it grows too fast: the machine may be busy.
fn measured(kind: &'static str, order: Order, make: &dyn Fn(&[u64]) -> Work) -> Row {
    let mut row = Row { kind, order, times: [Duration::MAX; SIZES.len()] };
    for attempt in 0..6 {
        for (size, best) in SIZES.iter().zip(&mut row.times) {
            let work = make(&order.numbers(*size));
            let start = cpu_time();
            work();
            *best = (*best).min(cpu_time().saturating_sub(start));
        }
        let is_settled = row.exponent() <= MOST - 0.2;
        let is_slow = row.times[SIZES.len() - 1] > Duration::from_secs(4);
        if is_slow || (attempt > 0 && is_settled) {
            break;
        }
    }
    row
}

/// Reads a stream with all who listen.
fn read(format: &'static str, chunks: &[String]) -> Work {
    let stream = chunks.join("\n").into_bytes();
    Box::new(move || {
        let (mut run, mut adaptor) = (Run::new("run"), Adaptor::new());
        let (mut simple, mut inputs) = (SimpleAdaptor::new(), ToolInputs::new());
        let mut on_event = |event: Event<'_>| {
            black_box(inputs.push(&event).is_some());
            simple.push(&event, &mut |event| drop(black_box(event)));
            run.push(event, &mut |event| adaptor.push(&event, &mut |event| drop(black_box(event))));
        };
        // The model writes its reasoning into the text.
        let reader = Reader::new(Framing::JsonLines).with_model_id("openai.gpt-oss-20b-1:0");
        let mut reader = reader.with_format(format).expect("a format");
        for piece in stream.chunks(16 << 10) {
            let _ = reader.push(piece, &mut EventSink::new(&mut on_event));
        }
        black_box(reader.finish(&mut EventSink::new(&mut on_event)).is_ok());
    })
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
