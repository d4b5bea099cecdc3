//! `bedrock doctor`: which credentials, region and endpoints win, and why. It sends nothing, unless `--ask` has it ask for
//! the credentials as the first call would. No secret is printed.
//!
//! The client decides what wins; this reports it. `tests/doctor.rs` holds the two together.

mod credentials;
mod finding;
mod inquiry;
mod network;
mod profile;
#[cfg(feature = "aws-config")]
mod shared_config;

use bedrock_llm::Environment;

use self::finding::Finding;
use self::inquiry::Inquiry;
use self::profile::Profile;
use crate::arguments::{Connection, Doctor};
use crate::exit::Exit;
use crate::output::{is_watched, print, print_line};

/// Prints a line a finding: as text for a person, as JSON otherwise.
///
/// A wrong setting is reported with the rest, and the command then ends as a call would.
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
    // What is wrong with several services in the same way is said once.
    let mut problems: Vec<&str> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.is_problem) {
        if !problems.contains(&finding.why.as_str()) {
            problems.push(&finding.why);
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Exit::usage(problems.join("; "))) }
}

async fn look(inquiry: &Inquiry<'_>, ask: bool) -> Vec<Finding> {
    let profile = profile_in_use(inquiry).await;
    let region = region(inquiry, &profile);
    let mut findings = Vec::new();
    findings.extend(credentials::findings(inquiry, &profile));
    findings.extend(network::endpoints(inquiry, region.value.as_deref()));
    // Shown first; the endpoints had to borrow it.
    findings.insert(0, region);
    findings.extend(network::proxies(inquiry));
    findings.push(network::certificates(inquiry));
    if ask {
        findings.push(credentials::ask(inquiry).await);
    }
    findings
}

#[cfg(feature = "aws-config")]
use shared_config::read as profile_in_use;

#[cfg(not(feature = "aws-config"))]
async fn profile_in_use(_: &Inquiry<'_>) -> Profile {
    Profile::default()
}

/// With `--local` nothing is looked for.
fn local(connection: &Connection) -> Vec<Finding> {
    let why = "--local starts it, with keys and a region of its own";
    // As `Caller::connect_local` has it.
    let region = connection.region.as_deref().unwrap_or("us-east-1");
    vec![
        Finding::new("region", region.to_owned(), why),
        Finding::new("credentials", "keys of the local endpoint".to_owned(), why),
        Finding::new("endpoint", "an endpoint inside this process".to_owned(), why),
    ]
}

fn region(inquiry: &Inquiry<'_>, profile: &Profile) -> Finding {
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
