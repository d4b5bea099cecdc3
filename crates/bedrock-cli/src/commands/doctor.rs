//! `bedrock doctor`: which credentials, region and endpoint win, and why. It asks nobody: nothing is sent.

use bedrock_llm::http::{Environment, Service};
use serde_json::json;

use crate::arguments::Connection;
use crate::call::{is_watched, print};
use crate::exit::Exit;

/// One thing that was looked for: what it is, where it was found, and why that place won.
struct Finding {
    what: &'static str,
    value: Option<String>,
    why: String,
}

/// Prints a line a finding: as text for a person, as JSON otherwise.
pub(crate) fn run(connection: &Connection) -> Result<(), Exit> {
    let environment = Environment::from_process();
    let findings = [
        region(connection, &environment),
        endpoint(connection, &environment)?,
        auth(connection, &environment)?,
    ];
    for Finding { what, value, why } in findings {
        if is_watched() {
            println!("{what:<12} {} ({why})", value.as_deref().unwrap_or("none"));
        } else {
            print(&json!({"what": what, "value": value, "why": why}))?;
        }
    }
    Ok(())
}

fn region(connection: &Connection, environment: &Environment) -> Finding {
    let (value, why) = if let Some(region) = &connection.region {
        (Some(region.clone()), "--region wins over everything".to_owned())
    } else if let Some(name) =
        ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find(|name| environment.get(name).is_some())
    {
        (environment.region().map(str::to_owned), format!("{name} is set"))
    } else {
        (
            None,
            "neither --region nor AWS_REGION nor AWS_DEFAULT_REGION is set; a profile may still say"
                .to_owned(),
        )
    };
    Finding { what: "region", value, why }
}

fn endpoint(connection: &Connection, environment: &Environment) -> Result<Finding, Exit> {
    let found = environment.endpoint(Service::Runtime).map_err(Exit::usage)?;
    let (value, why) = match (&connection.endpoint_url, found) {
        (Some(url), _) => (Some(url.clone()), "--endpoint-url wins over everything".to_owned()),
        (None, Some(url)) => {
            let own = Service::Runtime.endpoint_variable();
            let name = if environment.get(own).is_some() { own } else { "AWS_ENDPOINT_URL" };
            (Some(url.to_owned()), format!("{name} is set"))
        }
        (None, None) => (None, "no endpoint is set: the region's own is called".to_owned()),
    };
    Ok(Finding { what: "endpoint", value, why })
}

fn auth(connection: &Connection, environment: &Environment) -> Result<Finding, Exit> {
    let keys = environment.credentials().map_err(Exit::usage)?;
    let (value, why) = if environment.bearer_token().is_some() {
        (
            "bearer token",
            "AWS_BEARER_TOKEN_BEDROCK is set, and wins over keys and profiles; nothing else is looked for"
                .to_owned(),
        )
    } else if let Some(profile) = &connection.profile {
        ("AWS's own chain", format!("--profile {profile}"))
    } else if let Some(keys) = &keys {
        let kind = if keys.session_token().is_some() { "temporary key" } else { "key" };
        (kind, format!("AWS_ACCESS_KEY_ID is {}, AWS_SECRET_ACCESS_KEY is set", keys.access_key_id()))
    } else if cfg!(feature = "aws-config") {
        (
            "AWS's own chain",
            "no key and no token is in the environment: profiles, roles and instances are asked".to_owned(),
        )
    } else {
        let why =
            "no key and no token is in the environment, and this command was built without `aws-config`";
        return Ok(Finding { what: "credentials", value: None, why: why.to_owned() });
    };
    Ok(Finding { what: "credentials", value: Some(value.to_owned()), why })
}
