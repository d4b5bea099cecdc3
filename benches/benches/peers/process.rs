//! Contestants in processes of their own, this program run again, where memory is measured too: what one of them has touched
//! would be the next one's to use again.

use std::process::Command;
use std::time::Duration;

/// The first argument of such a process.
const CONTESTANT: &str = "contestant";

/// What a contestant took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) cpu: Duration,
    /// Memory at its highest, beyond what the process had before it began; 0 where the system does not tell.
    pub(crate) peak_bytes: u64,
}

/// How much CPU time this process has used.
pub(crate) fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Runs what this process was started for, if it was: `run` gets the arguments, sets up, and gives what is to be measured.
pub(crate) fn contest_if_asked<F: FnOnce()>(run: impl FnOnce(&[String]) -> F) -> bool {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_none_or(|first| first != CONTESTANT) {
        return false;
    }
    let measured = run(&arguments[1..]);
    let (cpu, memory) = (cpu_time(), memory("VmRSS:"));
    measured();
    let (cpu, memory) = (cpu_time() - cpu, memory_beyond(memory));
    println!("{} {memory}", cpu.as_nanos());
    true
}

fn memory_beyond(before: u64) -> u64 {
    memory("VmHWM:").saturating_sub(before)
}

/// Memory of this process in bytes; 0 where it cannot be known.
fn memory(of: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(of));
    let kib: Option<u64> = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0) << 10
}

/// What a contestant takes, started with these arguments so many times: the median of CPU time and of memory. Call it for one
/// contestant after the other, and take few times: what else the machine does then strikes both.
pub(crate) fn cost(times: usize, arguments: &[&str]) -> Cost {
    let mut costs: Vec<Cost> = (0..times).map(|_| once(arguments)).collect();
    costs.sort_by_key(|cost| cost.cpu);
    let cpu = costs[times / 2].cpu;
    costs.sort_by_key(|cost| cost.peak_bytes);
    Cost { cpu, peak_bytes: costs[times / 2].peak_bytes }
}

fn once(arguments: &[&str]) -> Cost {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .arg(CONTESTANT)
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output()
        .expect("this program starts again");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(cpu)), Some(Ok(peak_bytes))) if output.status.success() => {
            Cost { cpu: Duration::from_nanos(cpu), peak_bytes }
        }
        _ => panic!("{arguments:?} did not end well: {text}"),
    }
}

/// Writes a table where `cargo xtask bench` looks for it.
pub(crate) fn write_table(name: &str, table: &str) {
    // This program lies in its folder `release/deps`.
    let program = std::env::current_exe().expect("this program");
    let folder = program.ancestors().nth(3).expect("cargo's target folder").join("bench-tables");
    std::fs::create_dir_all(&folder).expect("a folder for the table");
    std::fs::write(folder.join(format!("{name}.md")), table).expect("the table is written");
}
