//! Replays seeds and regressions on any toolchain, and then mutations of them, the same in every run of the same length.
//!
//! `replay [TARGET…] [--seconds N]` runs them; `replay --seeds FOLDER TARGET` writes the seeds for libFuzzer; `replay TARGET
//! FILE…` runs files, as one that libFuzzer left.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bedrock_fuzz::{Dice, Mutator, TARGETS, Target, regressions, target};

/// How long mutations of a target are tried unless told otherwise.
const SECONDS: u64 = 10;

/// A run that takes longer has lost its way: the slowest of them takes some milliseconds.
const SLOWEST: Duration = Duration::from_secs(15);

#[derive(Default)]
struct Arguments {
    targets: Vec<&'static Target>,
    seconds: Option<u64>,
    seeds: Option<PathBuf>,
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(note));
    let outcome = arguments(std::env::args().skip(1)).and_then(|arguments| match &arguments.seeds {
        Some(folder) => arguments.targets.iter().try_for_each(|target| write_seeds(target, folder)),
        None if !arguments.files.is_empty() => run_files(&arguments),
        None => run(&arguments),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--seconds" => {
                let seconds = given.next().and_then(|number| number.parse().ok());
                arguments.seconds = Some(seconds.ok_or("--seconds needs a number")?);
            }
            "--seeds" => arguments.seeds = Some(given.next().ok_or("--seeds needs a folder")?.into()),
            name if TARGETS.iter().any(|target| target.name == name) => arguments.targets.push(target(name)),
            path if Path::new(path).is_file() => arguments.files.push(path.into()),
            other => {
                let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
                return Err(format!("{other:?} is no target ({}) and no file", names.join(", ")));
            }
        }
    }
    if arguments.targets.is_empty() {
        arguments.targets = TARGETS.iter().collect();
    }
    Ok(arguments)
}

fn write_seeds(target: &Target, folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    let inputs =
        target.seeds().into_iter().chain(regressions(target.name).into_iter().map(|(_, input)| input));
    inputs
        .enumerate()
        .try_for_each(|(n, input)| std::fs::write(folder.join(format!("seed-{n}")), input).map_err(failed))
}

fn run_files(arguments: &Arguments) -> Result<(), String> {
    let mut broken = Broken::default();
    for path in &arguments.files {
        let input = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        for target in &arguments.targets {
            broken.check(target, &input, &path.display().to_string())?;
        }
    }
    broken.told()
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let time = Duration::from_secs(arguments.seconds.unwrap_or(SECONDS));
    let mut broken = Broken::default();
    for target in &arguments.targets {
        let mut runs = 0;
        for (name, input) in regressions(target.name) {
            broken.check(target, &input, &format!("regressions/{}/{name}", target.name))?;
            runs += 1;
        }
        for (n, input) in target.seeds().iter().enumerate() {
            broken.check(target, input, &format!("seed {n}"))?;
            runs += 1;
        }
        let (known, start) = (runs, Instant::now());
        let mutator = Mutator::of(target);
        while start.elapsed() < time {
            let mut dice = Dice::new(runs);
            let mut input = mutator.seed(&mut dice);
            mutator.change(&mut input, target.longest, &mut dice);
            broken.check(target, &input, &format!("mutation {}", runs - known))?;
            runs += 1;
        }
        println!("{:13} {known} seeds and regressions, {} mutations", target.name, runs - known);
    }
    broken.told()
}

/// Where the last panic of any thread was, and what it said.
static PANIC: Mutex<Option<(String, String)>> = Mutex::new(None);

/// The laws that were broken: each once, however many inputs break it.
#[derive(Default)]
struct Broken {
    laws: BTreeMap<String, String>,
}

impl Broken {
    /// Which law an input breaks, and what that says.
    fn law(target: &Target, input: &[u8]) -> Option<(String, String)> {
        let start = Instant::now();
        let held = catch_unwind(AssertUnwindSafe(|| target.check(input))).is_ok();
        let time = start.elapsed();
        let panic = PANIC.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
        let (place, why) = match held {
            true if time < SLOWEST => return None,
            true => ("time".to_owned(), format!("took {time:?}")),
            false => panic,
        };
        Some((format!("{}: {place}: {}", target.name, kind(&why)), why))
    }

    /// Runs a target on one input. The first that breaks a law is kept in a file.
    fn check(&mut self, target: &Target, input: &[u8], what: &str) -> Result<(), String> {
        let Some((place, why)) = Self::law(target, input) else { return Ok(()) };
        if self.laws.contains_key(&place) {
            return Ok(());
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts").join(target.name);
        let file = folder.join(what.replace(['/', ' '], "-"));
        let kept = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, input));
        kept.map_err(|error| format!("{}: {error}", file.display()))?;
        let why: String = why.chars().take(2_000).collect();
        eprintln!("{place}: {what}: {why}\n  kept as {}", file.display());
        self.laws.insert(place, file.display().to_string());
        Ok(())
    }

    fn told(self) -> Result<(), String> {
        if self.laws.is_empty() { Ok(()) } else { Err(format!("{} laws are broken", self.laws.len())) }
    }
}

/// What a message says beside numbers and what it quotes: two inputs that break a law in one way differ in those.
fn kind(why: &str) -> String {
    let line = why.lines().next().unwrap_or_default();
    let words: Vec<&str> = line.split('"').step_by(2).collect();
    words
        .concat()
        .chars()
        .filter(|character| character.is_alphabetic() || *character == ' ')
        .take(60)
        .collect()
}

/// Takes note of a panic instead of printing all of them.
fn note(panic: &PanicHookInfo<'_>) {
    let place =
        panic.location().map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
    let why = panic.payload_as_str().unwrap_or_default().to_owned();
    // The first one says what was wrong; what follows in other threads follows from it.
    PANIC.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert((place, why));
}
