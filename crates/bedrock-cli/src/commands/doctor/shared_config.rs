//! What the shared configuration says of a profile, read by the parser that AWS's chain uses. Nothing is asked.
//!
//! Which entry of a profile goes before which is the chain's rule (`aws_config`, the profile provider); here it is put in words.

use std::borrow::Cow;

use aws_config::profile::{Profile as Section, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use super::inquiry::Inquiry;
use super::profile::Profile;

/// Reads the files that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, or the usual ones.
pub(super) async fn read(inquiry: &Inquiry<'_>) -> Profile {
    let wanted = inquiry.connection.profile.clone();
    let named_by = match (&wanted, inquiry.variable("AWS_PROFILE")) {
        (Some(name), _) => format!("profile {name:?} (--profile)"),
        (None, Some(name)) => format!("profile {name:?} (AWS_PROFILE)"),
        (None, None) => "profile \"default\"".to_owned(),
    };
    let selected = wanted.clone().map(Cow::Owned);
    let loaded = aws_config::profile::load(&Fs::real(), &Env::real(), &Default::default(), selected).await;
    let set = match loaded {
        Ok(set) => set,
        Err(error) => {
            return Profile { called: named_by, problem: Some(words(&error)), ..Profile::default() };
        }
    };
    let name = set.selected_profile();
    let region = region(&set, name);
    // Nobody has named one: there need be none.
    let is_optional = name == "default" && set.get_profile(name).is_none();
    // Doubtful: where the files have no profiles at all, aws_config goes on to the next source even
    // if AWS_PROFILE names one. Here that is a problem.
    let found = if is_optional && wanted.is_none() { Ok(None) } else { source(&set, name) };
    let (source, problem) = match found {
        Ok(source) => (source, None),
        Err(problem) => (None, Some(problem)),
    };
    Profile { called: named_by, region, source, problem }
}

/// The profile's region, else that of the profile it has its credentials from.
fn region(set: &ProfileSet, first: &str) -> Option<String> {
    let mut visited: Vec<&str> = Vec::new();
    let mut name = first;
    while !visited.contains(&name) {
        visited.push(name);
        let section = set.get_profile(name)?;
        if let Some(region) = section.get("region") {
            return Some(region.to_owned());
        }
        name = section.get("source_profile")?;
    }
    None
}

/// The chain of sources that ends with one that has credentials.
fn source(set: &ProfileSet, first: &str) -> Result<Option<String>, String> {
    let mut chain = String::new();
    let mut visited: Vec<&str> = Vec::new();
    let mut name = first;
    loop {
        let Some(section) = set.get_profile(name) else {
            return Err(match visited.last() {
                None => "there is no such profile".to_owned(),
                Some(from) => format!("its source {name:?}, named by {from:?}, is not there"),
            });
        };
        if visited.contains(&name) {
            return Err(format!("its sources go in a circle at {name:?}"));
        }
        visited.push(name);
        // Behind the first, keys go before a further role.
        // Doubtful: half a pair is an error here; aws_config ignores it and goes on with the role.
        let keys = if visited.len() > 1 { keys(section)? } else { None };
        let role = section.get("role_arn").filter(|_| section.get("web_identity_token_file").is_none());
        let next = match (keys, role) {
            (Some(keys), _) => return Ok(Some(chain + &keys)),
            (None, None) => None,
            (None, Some(role)) => {
                chain += &format!("role {role}, assumed with ");
                match (section.get("source_profile"), section.get("credential_source")) {
                    (Some(_), Some(_)) => {
                        return Err(format!("{name:?} has both source_profile and credential_source"));
                    }
                    (None, None) => {
                        return Err(format!("{name:?} has role_arn, and no source for it"));
                    }
                    // One that is its own source has the keys for its role.
                    (Some(next), None) if next != name => Some(next),
                    _ => None,
                }
            }
        };
        match next {
            Some(next) => {
                chain += &format!("profile {next:?}: ");
                name = next;
            }
            None => {
                let base = base(set, section)?;
                return match base {
                    Some(base) => Ok(Some(chain + &base)),
                    None if visited.len() == 1 && chain.is_empty() => Ok(None),
                    None => Err(format!("{name:?} holds no credentials")),
                };
            }
        }
    }
}

/// Where a profile has its own credentials from.
fn base(set: &ProfileSet, section: &Section) -> Result<Option<String>, String> {
    let name = section.name();
    // The order is `base_provider`'s in aws_config: what is in front hides what follows.
    if let Some(source) = section.get("credential_source") {
        return Ok(Some(format!("the credentials of {source}")));
    }
    if let Some(file) = section.get("web_identity_token_file") {
        return match section.get("role_arn") {
            Some(role) => Ok(Some(format!("role {role}, by the web identity in {file:?}"))),
            None => Err(format!("{name:?} has web_identity_token_file, and no role_arn")),
        };
    }
    if let Some(session) = section.get("sso_session") {
        return match set.sso_session(session) {
            Some(_) => Ok(Some(format!("SSO session {session:?}"))),
            None => Err(format!("{name:?} names the SSO session {session:?}, which is not there")),
        };
    }
    if section.get("sso_account_id").is_some() || section.get("sso_role_name").is_some() {
        let lacks = ["sso_account_id", "sso_role_name", "sso_region", "sso_start_url"]
            .into_iter()
            .find(|key| section.get(key).is_none());
        return match lacks {
            None => Ok(Some("SSO".to_owned())),
            Some(key) => Err(format!("{name:?} has no {key}")),
        };
    }
    if section.get("login_session").is_some() {
        return Ok(Some("a login session".to_owned()));
    }
    if section.get("credential_process").is_some() {
        // The command line may hold a secret.
        return Ok(Some("credential_process".to_owned()));
    }
    keys(section)
}

fn keys(section: &Section) -> Result<Option<String>, String> {
    let name = section.name();
    match (section.get("aws_access_key_id"), section.get("aws_secret_access_key")) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(format!("{name:?} has no aws_secret_access_key")),
        (None, Some(_)) => Err(format!("{name:?} has no aws_access_key_id")),
        (Some(id), Some(_)) => Ok(Some(format!("key {id}"))),
    }
}

/// An error with what lies below it. Neither quotes the file.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        words += &format!(": {error}");
        below = error.source();
    }
    words
}
