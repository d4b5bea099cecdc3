//! Every source of credentials in the order in which they win, and the one that does.

use super::finding::Finding;
use super::inquiry::Inquiry;
use super::profile::Profile;

/// A place where credentials may be.
struct Source {
    name: &'static str,
    found: Option<String>,
    why: String,
    problem: bool,
}

impl Source {
    fn found(name: &'static str, value: impl Into<String>, why: impl Into<String>) -> Self {
        Self { name, found: Some(value.into()), why: why.into(), problem: false }
    }

    fn absent(name: &'static str, why: impl Into<String>) -> Self {
        Self { name, found: None, why: why.into(), problem: false }
    }

    /// It is there, and cannot be used. The search ends at it.
    fn broken(name: &'static str, why: impl Into<String>) -> Self {
        Self { name, found: None, why: why.into(), problem: true }
    }
}

pub(super) fn is_instance_off(inquiry: &Inquiry<'_>) -> bool {
    inquiry.variable("AWS_EC2_METADATA_DISABLED").is_some_and(|off| off.eq_ignore_ascii_case("true"))
}

/// The winner, then each source.
pub(super) fn findings(inquiry: &Inquiry<'_>, profile: &Profile) -> Vec<Finding> {
    let sources = sources(inquiry, profile);
    let winner = sources.iter().position(|source| source.found.is_some() || source.problem);
    let mut findings = vec![verdict(&sources, winner)];
    findings.extend(sources.into_iter().enumerate().map(|(at, source)| {
        let is_winner = winner == Some(at);
        // What lies behind the winner is never looked at, whatever is wrong with it.
        let is_problem = source.problem && is_winner;
        let wins = Some(is_winner && !is_problem);
        Finding {
            what: "source",
            of: Some(source.name.to_owned()),
            value: source.found,
            wins,
            why: source.why,
            is_problem,
        }
    }));
    findings
}

fn verdict(sources: &[Source], winner: Option<usize>) -> Finding {
    match winner.map(|at| &sources[at]) {
        Some(source) if source.problem => {
            Finding::new("credentials", None, format!("{} cannot be used", source.name))
        }
        Some(source) if source.name == TOKEN => {
            let why = "AWS_BEARER_TOKEN_BEDROCK is set, and wins over keys and profiles; nothing else is looked for";
            Finding::new("credentials", source.name.to_owned(), why)
        }
        Some(source) => Finding::new("credentials", source.name.to_owned(), source.why.clone()),
        None => Finding::new("credentials", None, "no source has any"),
    }
}

const TOKEN: &str = "bearer token";

fn sources(inquiry: &Inquiry<'_>, profile: &Profile) -> Vec<Source> {
    let keys = keys(inquiry);
    let mut sources = vec![token(inquiry)];
    let by_profile = by_profile(inquiry, profile);
    if inquiry.connection.profile.is_some() {
        // A profile that was named is taken or nothing is: no other source stands in for it.
        sources.extend([by_profile, keys]);
        return sources;
    }
    sources.extend([keys, by_profile]);
    if cfg!(feature = "aws-config") {
        // The order of `aws_config`'s default chain.
        sources.extend([web_identity(inquiry), container(inquiry), instance(inquiry)]);
    }
    sources
}

fn token(inquiry: &Inquiry<'_>) -> Source {
    match inquiry.environment.bearer_token() {
        Some(_) => Source::found(
            TOKEN,
            "***",
            "AWS_BEARER_TOKEN_BEDROCK is set; Rerank, which takes signatures only, is signed by the next source",
        ),
        None => Source::absent(TOKEN, "AWS_BEARER_TOKEN_BEDROCK is not set"),
    }
}

fn keys(inquiry: &Inquiry<'_>) -> Source {
    const NAME: &str = "keys in the environment";
    match inquiry.environment.credentials() {
        Err(error) => Source::broken(NAME, error.to_string()),
        Ok(None) => Source::absent(NAME, "neither AWS_ACCESS_KEY_ID nor AWS_SECRET_ACCESS_KEY is set"),
        Ok(Some(keys)) => {
            let kind = if keys.session_token().is_some() { ", with AWS_SESSION_TOKEN" } else { "" };
            let why = format!("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set{kind}");
            Source::found(NAME, keys.access_key_id(), why)
        }
    }
}

fn by_profile(inquiry: &Inquiry<'_>, profile: &Profile) -> Source {
    const NAME: &str = "profile";
    if !cfg!(feature = "aws-config") {
        let why = "this command was built without `aws-config`";
        return match inquiry.connection.profile {
            Some(_) => Source::broken(NAME, why),
            None => Source::absent(NAME, why),
        };
    }
    match (&profile.source, &profile.problem) {
        (_, Some(problem)) => Source::broken(NAME, format!("{}: {problem}", profile.called)),
        (Some(source), None) => Source::found(NAME, source.clone(), profile.called.clone()),
        // Broken and not absent, so that the keys listed behind it cannot win.
        (None, None) if inquiry.connection.profile.is_some() => {
            Source::broken(NAME, format!("{} holds no credentials", profile.called))
        }
        (None, None) => Source::absent(NAME, format!("{} holds no credentials", profile.called)),
    }
}

fn web_identity(inquiry: &Inquiry<'_>) -> Source {
    const NAME: &str = "web identity";
    const FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
    match (inquiry.variable(FILE), inquiry.variable("AWS_ROLE_ARN")) {
        (None, _) => Source::absent(NAME, format!("{FILE} is not set")),
        (Some(_), None) => Source::broken(NAME, format!("{FILE} is set, AWS_ROLE_ARN is not")),
        // Whether it is there is all that is checked: its token is a secret.
        (Some(file), Some(_)) if std::fs::metadata(&file).is_err() => {
            Source::broken(NAME, format!("{FILE} names {file:?}, which cannot be read"))
        }
        (Some(file), Some(role)) => {
            Source::found(NAME, role, format!("{FILE} is {file:?}, and AWS_ROLE_ARN is set"))
        }
    }
}

fn container(inquiry: &Inquiry<'_>) -> Source {
    const NAME: &str = "container";
    // Where both are set the relative one wins, as in `aws_config`.
    for name in ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
        if let Some(address) = inquiry.variable(name) {
            return Source::found(NAME, super::network::without_secrets(&address), format!("{name} is set"));
        }
    }
    Source::absent(NAME, "no AWS_CONTAINER_CREDENTIALS_… is set")
}

fn instance(inquiry: &Inquiry<'_>) -> Source {
    const NAME: &str = "instance";
    if is_instance_off(inquiry) {
        return Source::absent(NAME, "AWS_EC2_METADATA_DISABLED is true");
    }
    // Found, since only a request would show it: a machine without any credentials
    // ends here, and with success.
    Source::found(NAME, "its role, if there is one", "asked last, when the first call is made")
}

/// The credentials of the chain, asked for as the first call would.
#[cfg(feature = "aws-config")]
pub(super) async fn ask(inquiry: &Inquiry<'_>) -> Finding {
    use bedrock_llm::{CredentialsProvider, Environment};

    const WHAT: &str = "asked";
    // The same choice as in `call::with_chain`; they change together.
    let of_environment = |environment: &Environment| {
        environment.bearer_token().is_some()
            || (inquiry.connection.profile.is_none() && !matches!(environment.credentials(), Ok(None)))
    };
    if of_environment(&inquiry.environment) {
        return Finding::new(WHAT, None, "what wins is in the environment: nobody was asked");
    }
    let chain = crate::call::chain(inquiry.connection);
    match chain.credentials().await {
        Ok(found) => {
            let kind = if found.session_token().is_some() { "a temporary key" } else { "a key" };
            let life = found.expires_at().map_or("that does not end".to_owned(), |end| {
                match end.duration_since(std::time::SystemTime::now()) {
                    Ok(left) => format!("that ends in {} minutes", left.as_secs() / 60),
                    Err(_) => "that has ended".to_owned(),
                }
            });
            Finding::new(WHAT, found.access_key_id().to_owned(), format!("{kind} {life}"))
        }
        Err(error) => Finding::problem(WHAT, error.to_string()),
    }
}

#[cfg(not(feature = "aws-config"))]
pub(super) async fn ask(_: &Inquiry<'_>) -> Finding {
    Finding::new("asked", None, "this command was built without `aws-config`: there is nobody to ask")
}
