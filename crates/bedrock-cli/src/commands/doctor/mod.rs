//! `bedrock doctor`: which credentials, region and endpoints win, and why. It sends nothing, unless `--ask` has it ask for
//! the credentials as the first call would. No secret is printed.
//!
//! What wins is decided by the client; here it is told. `tests/doctor.rs` holds the two together.

mod credentials;
mod network;
#[cfg(feature = "aws-config")]
mod profile;

use bedrock_llm::http::Environment;
use serde_json::{Map, Value};

use crate::arguments::{Connection, Doctor};
use crate::exit::Exit;
use crate::output::{is_watched, print, print_line};

/// One thing that was looked for: what it is, what was found, and why that place won.
#[derive(Debug, Default)]
struct Finding {
    what: &'static str,
    /// Of which service, for which scheme, by which source.
    of: Option<String>,
    value: Option<String>,
    /// Of several sources, whether it is this one.
    wins: Option<bool>,
    why: String,
    /// Calls will fail because of it.
    is_problem: bool,
}

impl Finding {
    fn new(what: &'static str, value: impl Into<Option<String>>, why: impl Into<String>) -> Self {
        Self { what, value: value.into(), why: why.into(), ..Self::default() }
    }

    fn problem(what: &'static str, why: impl Into<String>) -> Self {
        Self { is_problem: true, ..Self::new(what, None, why) }
    }

    fn of(mut self, of: impl Into<String>) -> Self {
        self.of = Some(of.into());
        self
    }

    fn to_json(&self) -> Value {
        let mut document = Map::new();
        document.insert("what".to_owned(), self.what.into());
        if let Some(of) = &self.of {
            document.insert("of".to_owned(), of.as_str().into());
        }
        document.insert("value".to_owned(), self.value.as_deref().into());
        if let Some(wins) = self.wins {
            document.insert("wins".to_owned(), wins.into());
        }
        if self.is_problem {
            document.insert("problem".to_owned(), true.into());
        }
        document.insert("why".to_owned(), self.why.as_str().into());
        Value::Object(document)
    }

    fn to_line(&self) -> String {
        let what = match &self.of {
            Some(of) => format!("{} ({of})", self.what),
            None => self.what.to_owned(),
        };
        let mark = match (self.is_problem, self.wins) {
            (true, _) => '!',
            (_, Some(true)) => '*',
            _ => ' ',
        };
        format!("{mark} {what:<34} {:<28} {}", self.value.as_deref().unwrap_or("none"), self.why)
    }
}

/// What is asked, and where answers are looked for.
struct Inquiry<'a> {
    connection: &'a Connection,
    environment: Environment,
}

impl Inquiry<'_> {
    /// A variable that is set and not empty, also one that only AWS's chain reads.
    fn variable(&self, name: &str) -> Option<String> {
        let value = self.environment.get(name).map(str::to_owned).or_else(|| std::env::var(name).ok());
        value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

/// Prints a line a finding: as text for a person, as JSON otherwise.
///
/// What is set wrongly is told with the rest, and is the end that the calls would have.
pub(crate) async fn run(arguments: &Doctor) -> Result<(), Exit> {
    let connection = &arguments.connection;
    let findings = if connection.local {
        local(connection)
    } else {
        let inquiry = Inquiry { connection, environment: Environment::from_process() };
        look(&inquiry, arguments.ask).await
    };
    let as_text = is_watched() && !arguments.json;
    for finding in &findings {
        if as_text {
            print_line(finding.to_line())?;
        } else {
            print(&finding.to_json())?;
        }
    }
    // What is wrong with several services in the same way is told once.
    let mut problems: Vec<&str> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.is_problem) {
        if !problems.contains(&finding.why.as_str()) {
            problems.push(&finding.why);
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Exit::usage(problems.join("; "))) }
}

async fn look(inquiry: &Inquiry<'_>, ask: bool) -> Vec<Finding> {
    let profile = credentials::profile(inquiry).await;
    let region = region(inquiry, &profile);
    let mut findings = Vec::new();
    findings.extend(credentials::findings(inquiry, &profile));
    findings.extend(network::endpoints(inquiry, region.value.as_deref()));
    findings.insert(0, region);
    findings.extend(network::proxies(inquiry));
    findings.push(network::certificates(inquiry));
    if ask {
        findings.push(credentials::ask(inquiry).await);
    }
    findings
}

/// With `--local` nothing is looked for.
fn local(connection: &Connection) -> Vec<Finding> {
    let why = "--local starts it, with keys and a region of its own";
    let region = connection.region.as_deref().unwrap_or("us-east-1");
    vec![
        Finding::new("region", region.to_owned(), why),
        Finding::new("credentials", "keys of the local endpoint".to_owned(), why),
        Finding::new("endpoint", "an endpoint inside this process".to_owned(), why),
    ]
}

fn region(inquiry: &Inquiry<'_>, profile: &credentials::Profile) -> Finding {
    if let Some(region) = &inquiry.connection.region {
        return Finding::new("region", region.clone(), "--region wins over everything");
    }
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if let Some(region) = inquiry.environment.get(name) {
            return Finding::new("region", region.to_owned(), format!("{name} is set"));
        }
    }
    if let Some(region) = &profile.region {
        return Finding::new("region", region.clone(), format!("{} has it", profile.called));
    }
    let unset = "neither --region nor AWS_REGION nor AWS_DEFAULT_REGION is set";
    let why = match () {
        () if !cfg!(feature = "aws-config") => unset.to_owned(),
        () if credentials::is_instance_off(inquiry) => format!("{unset}, and no profile has one"),
        () => format!("{unset}, and no profile has one: the instance this runs on is asked, if it is one"),
    };
    Finding::new("region", None, why)
}
