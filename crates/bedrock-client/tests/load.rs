//! Many streams at once, many calls in a row, many faults in a row: nothing is lost, and memory stays where it was.
//!
//! Server and client are processes of their own, this test's program run again, so that the memory measured is the client's
//! alone. Memory is read from Linux's `/proc`; elsewhere it is not judged. Times are never asserted. The counts are small
//! enough for every run; `BEDROCK_LOAD_STREAMS` and `BEDROCK_LOAD_CALLS` set others.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::io::{BufRead, BufReader, Lines, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bedrock_client::{Client, Credentials, Event, HttpVersion};
use bedrock_emulator::{Emulator, Pace};
use tokio::sync::Semaphore;

const MODEL: &str = "amazon.nova-lite-v1:0";
/// How many calls in a row, unless told otherwise: unoptimised code is slow.
const CALLS: usize = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
/// Which part this process plays.
const ROLE: &str = "BEDROCK_LOAD_ROLE";
const URL: &str = "BEDROCK_LOAD_URL";

/// A process that plays a part, and what it prints.
struct Part {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Part {
    /// Runs this program again, with as many open files as the system lets it have.
    fn start(role: &str, url: &str) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", "ulimit -n \"$(ulimit -Hn)\" 2>/dev/null; exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "part", "--nocapture"])
            .envs([(ROLE, role), (URL, url)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// What it says behind this word.
    fn says(&mut self, word: &str) -> String {
        let said = self.lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, said) = line.split_once(word)?;
            Some(said.trim().to_owned())
        });
        said.unwrap_or_else(|| panic!("a process ended without saying {word}"))
    }

    /// A number that it says.
    fn counts(&mut self, word: &str) -> u64 {
        self.says(word).parse().unwrap()
    }
}

/// The parts; a test of nothing where this is the main process.
#[test]
fn part() {
    match std::env::var(ROLE).as_deref() {
        Ok("server") => serve(),
        Ok("streams") => run(many_streams(HttpVersion::Http1)),
        Ok("streams2") => run(many_streams(HttpVersion::Http2)),
        Ok("calls") => run(many_calls()),
        Ok("faults") => run(many_faults()),
        _ => {}
    }
}

fn serve() {
    let server = Emulator::builder().pace(Pace::none()).keep_requests(10, 1 << 20);
    let server = server.start_blocking().unwrap();
    println!("ADDRESS {}", server.url());
    // Until the main process goes.
    let _ = std::io::stdin().read(&mut [0]);
}

fn run(part: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(part);
}

fn client(version: HttpVersion) -> Client {
    Client::builder()
        .region("us-east-1")
        .endpoint(std::env::var(URL).unwrap())
        .credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
        .http_version(version)
        .random(|| 0.0)
        .build()
        .unwrap()
}

fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Memory of this process, in KiB; 0 where it cannot be known.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// How many files this process may have open.
fn files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(1_024)
}

/// Opens streams until all are open at once, measures, and reads all to their ends.
async fn many_streams(version: HttpVersion) {
    let wanted = setting("BEDROCK_LOAD_STREAMS", 5_000);
    let spare = 100;
    let count = wanted.min(files().saturating_sub(spare));
    println!("COUNT {count}");
    let client = client(version);
    // What is made once is not a stream's.
    for _ in 0..3 {
        client.converse_stream(MODEL, "[[plain text=\"warm\"]]").await.unwrap().collect().await.unwrap();
    }
    let before = memory();
    let mut lasting = Duration::from_secs(25);
    for _ in 0..3 {
        let began = Instant::now();
        let streams = Streams::open(&client, count, lasting).await;
        let (open, took, during) = (streams.still_open(), began.elapsed(), memory());
        println!("TOOK {}", took.as_millis());
        println!("OPEN {open}");
        println!("MEMORY {}", during.saturating_sub(before) * 1_024);
        println!("WHOLE {}", streams.whole().await);
        // On a busy machine the first may have ended before the last was open: that says nothing, longer ones do.
        if took < lasting {
            break;
        }
        lasting = took * 2;
    }
}

/// Streams that have been opened.
struct Streams {
    tasks: Vec<tokio::task::JoinHandle<()>>,
    ended: Arc<AtomicUsize>,
}

impl Streams {
    /// Opens some that each last for so long, and then go on in their pace.
    async fn open(client: &Client, count: usize, lasting: Duration) -> Self {
        let (opened, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        // A stream is open when its first text is there, one gap after its head: some must wait for that together. Not all
        // at once: what opening takes would be counted as theirs.
        let connecting = Arc::new(Semaphore::new(400));
        let stall = lasting.as_millis();
        let tasks = (0..count).map(|n| {
            let (client, opened, ended) = (client.clone(), opened.clone(), ended.clone());
            let connecting = connecting.clone();
            tokio::spawn(async move {
                let prompt = format!("[[stall after=2 ms={stall} text=\"stream {n} of many\" n=8 gap=300]]");
                let place = connecting.acquire().await.unwrap();
                let answer = client.converse_stream(MODEL, prompt).await;
                drop(place);
                opened.fetch_add(1, Ordering::Relaxed);
                // One that is refused is missing among those that are whole.
                let mut answer = answer.unwrap();
                let mut text = String::new();
                while let Some(event) = answer.next().await {
                    if let Event::TextDelta(delta) = event.unwrap() {
                        text.push_str(&delta.text);
                    }
                }
                ended.fetch_add(1, Ordering::Relaxed);
                assert_eq!(text, format!("stream {n} of many"));
                assert!(answer.finish().unwrap().completeness.is_complete());
            })
        });
        let tasks = tasks.collect();
        while opened.load(Ordering::Relaxed) < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { tasks, ended }
    }

    /// How many have not ended.
    fn still_open(&self) -> usize {
        self.tasks.len() - self.ended.load(Ordering::Relaxed)
    }

    /// Waits for the ends of all: how many were as they should be.
    async fn whole(self) -> usize {
        let mut whole = 0;
        for task in self.tasks {
            whole += usize::from(task.await.is_ok());
        }
        whole
    }
}

/// Calls one after the other, a few at a time; memory is read in the middle and at the end.
async fn many_calls() {
    let count = setting("BEDROCK_LOAD_CALLS", CALLS);
    let client = client(HttpVersion::Http1);
    let round = |calls: usize| {
        let client = client.clone();
        async move {
            let workers = (0..4).map(|_| {
                let client = client.clone();
                tokio::spawn(async move {
                    for n in 0..calls / 4 {
                        // Every tenth is streamed, and every hundredth is left early.
                        if n % 10 == 0 {
                            let mut answer = client.converse_stream(MODEL, "Hi").await.unwrap();
                            answer.next().await.unwrap().unwrap();
                            if n % 100 != 0 {
                                answer.collect().await.unwrap();
                            }
                        } else {
                            assert!(!client.converse(MODEL, "Hi").await.unwrap().text().is_empty());
                        }
                    }
                })
            });
            for worker in workers.collect::<Vec<_>>() {
                worker.await.unwrap();
            }
        }
    };
    println!("COUNT {count}");
    round(count / 5).await;
    let before = memory();
    round(count - count / 5).await;
    println!("BEFORE {before}");
    println!("AFTER {}", memory());
}

/// Everything that goes wrong, again and again.
async fn many_faults() {
    const SCENARIOS: &[&str] = &[
        "throttle n=1",
        "error type=ValidationException",
        "error status=502 body=html",
        "rst0",
        "exception after=0",
        "exception after=3",
        "errorframe after=3",
        "eof after=3",
        "truncate after=3",
        "close after=3",
        "reset after=3",
        "crc after=3",
        "badlen after=3",
        "badjson after=3",
        "garbage",
        "big size=300000",
        "many n=500",
    ];
    /// These take longer, and have their turn in half of the rounds.
    const BOTH_WAYS: &[&str] =
        &["plain", "throttle n=1", "exception after=1", "eof after=1", "close after=1", "crc after=1"];
    let rounds = setting("BEDROCK_LOAD_CALLS", CALLS) / 50;
    let client = client(HttpVersion::Http1);
    let round = async |number: usize| {
        for scenario in SCENARIOS {
            let prompt = format!("[[{scenario}]]");
            match client.converse_stream(MODEL, prompt).await {
                Ok(answer) => drop(answer.collect().await),
                Err(error) => drop(error),
            }
        }
        if let Some(scenario) = BOTH_WAYS.get(number % (2 * BOTH_WAYS.len())) {
            talk(&client, scenario).await;
        }
    };
    println!("COUNT {}", rounds * SCENARIOS.len());
    for number in 0..rounds / 5 + 1 {
        round(number).await;
    }
    let before = memory();
    for number in 0..rounds {
        round(number).await;
    }
    println!("BEFORE {before}");
    println!("AFTER {}", memory());
}

/// Both ways at once, to the end or to what goes wrong; and once more, left in the middle.
async fn talk(client: &Client, scenario: &str) {
    for leaves in [false, true] {
        let call = client.invoke_model_with_bidirectional_stream("amazon.nova-sonic-v1:0");
        let mut session = call.header("x-test-scenario", scenario).await.unwrap();
        for _ in 0..3 {
            let _ = session.send(r#"{"audio":"AAAA"}"#).await;
        }
        if leaves {
            let _ = session.next().await;
            continue;
        }
        session.close_input();
        while session.next().await.is_some() {}
    }
}

/// A server, and a client of it.
fn parts(role: &str) -> (Part, Part) {
    let mut server = Part::start("server", "");
    let url = server.says("ADDRESS ");
    let client = Part::start(role, &url);
    (server, client)
}

fn streams_at_once(role: &str, most_bytes: u64) {
    /// What the threads and the allocator take once the load is on, however many streams there are: of two hundred streams it is
    /// the better part.
    const ONCE: u64 = 4 << 20;
    let (_server, mut client) = parts(role);
    let count = client.counts("COUNT ");
    let wanted = setting("BEDROCK_LOAD_STREAMS", 5_000) as u64;
    if count < wanted {
        eprintln!("REDUCED: {count} streams and not {wanted}, because no more files may be open");
    }
    // As many rounds as the client goes: see there.
    loop {
        let (took, open) = (client.counts("TOOK "), client.counts("OPEN "));
        let (bytes, whole) = (client.counts("MEMORY "), client.counts("WHOLE "));
        assert_eq!(whole, count, "none is lost");
        if open < count {
            eprintln!("{open} of {count} streams were open at once ({role}): opening them took {took} ms");
            continue;
        }
        let each = bytes as f64 / 1_024.0 / count as f64;
        eprintln!("{count} streams at once ({role}): {each:.1} KiB each, opened in {took} ms");
        return assert!(bytes < ONCE + count * most_bytes, "{count} streams: {bytes} bytes");
    }
}

/// A stream that waits takes what a connection of HTTP/1.1 takes: two buffers of 8 KiB and a task of 9 KiB, of which not
/// all is ever touched, and about 4 KiB for what is read.
#[test]
fn five_thousand_streams_at_once() {
    streams_at_once("streams", 36 << 10);
}

/// Over HTTP/2 they share a connection.
#[test]
fn five_thousand_streams_on_one_connection() {
    streams_at_once("streams2", 16 << 10);
}

fn leaves_memory_flat(role: &str) {
    /// What an allocator may keep for itself; a hundred bytes left behind by each call would be more.
    const SLACK_KIB: u64 = 1_500;
    let (_server, mut client) = parts(role);
    let count = client.counts("COUNT ");
    let (before, after) = (client.counts("BEFORE "), client.counts("AFTER "));
    eprintln!("{count} calls in a row ({role}): {before} KiB before, {after} KiB after");
    assert!(after <= before + SLACK_KIB, "{count} calls: {before} KiB before, {after} KiB after");
}

#[test]
fn many_calls_leave_memory_flat() {
    leaves_memory_flat("calls");
}

#[test]
fn many_faults_leave_memory_flat() {
    leaves_memory_flat("faults");
}
