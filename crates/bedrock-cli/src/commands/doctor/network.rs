//! Endpoints, proxies and certificates: what decides about them.

use bedrock_llm::{Auth, Client, Service};

use super::finding::Finding;
use super::inquiry::Inquiry;

/// Where the requests of each service go. The client is asked, so that the report is what it does.
pub(super) fn endpoints(inquiry: &Inquiry<'_>, region: Option<&str>) -> Vec<Finding> {
    const WHAT: &str = "endpoint";
    // Anonymous, for where a request goes does not depend on who sends it.
    let mut builder = Client::builder().environment(inquiry.environment.clone()).auth(Auth::Anonymous);
    // Without a region there are only endpoints that somebody gave; the rest is reported as missing.
    builder = builder.region(region.unwrap_or("no-region-1"));
    if let Some(url) = &inquiry.connection.endpoint_url {
        builder = builder.endpoint(url);
    }
    let client = match builder.build() {
        Ok(client) => client,
        Err(error) => return vec![Finding::problem(WHAT, error.to_string())],
    };
    let exposed = Service::ALL.into_iter().filter_map(|service| {
        let is_known = region.is_some() || why(inquiry, service).is_some();
        let is_exposed = is_known && client.transport().is_exposed(service).unwrap_or(false);
        is_exposed.then(|| exposure(inquiry, service).of(service.host_label()))
    });
    let finding = |service: Service| {
        let why = why(inquiry, service);
        let by_region = why.is_none();
        let finding = match client.transport().endpoint(service) {
            _ if by_region && region.is_none() => Finding::new(WHAT, None, "there is no region to go by"),
            Ok(url) => Finding::new(WHAT, url.to_owned(), why.unwrap_or_else(|| kind(inquiry))),
            Err(error) => Finding::new(WHAT, None, error.to_string()),
        };
        finding.of(service.host_label())
    };
    Service::ALL.into_iter().map(finding).chain(exposed).collect()
}

/// What it means that requests to a service go over plain http to another machine.
fn exposure(inquiry: &Inquiry<'_>, service: Service) -> Finding {
    const WHAT: &str = "plain http";
    let takes_token = inquiry.environment.bearer_token().is_some() && service.accepts_bearer();
    match (takes_token, inquiry.connection.allow_insecure_bearer) {
        (false, _) => Finding::new(WHAT, "warning".to_owned(), crate::call::SIGNED_IN_THE_CLEAR),
        (true, true) => Finding::new(
            WHAT,
            "allowed".to_owned(),
            "--allow-insecure-bearer sends the bearer token where others can read it",
        ),
        (true, false) => Finding::problem(
            WHAT,
            "a bearer token is not sent over plain http to another machine, unless --allow-insecure-bearer says so",
        ),
    }
}

/// What set a service's endpoint; `None` where it is the region's own.
fn why(inquiry: &Inquiry<'_>, service: Service) -> Option<String> {
    if inquiry.connection.endpoint_url.is_some() {
        return Some("--endpoint-url wins over everything".to_owned());
    }
    inquiry.environment.endpoint(service).ok()??;
    let own = service.endpoint_variable();
    let name = if inquiry.environment.get(own).is_some() { own } else { "AWS_ENDPOINT_URL" };
    Some(format!("{name} is set"))
}

/// Which of the region's own endpoints.
fn kind(inquiry: &Inquiry<'_>) -> String {
    let is_on = |name: &str| matches!(inquiry.environment.flag(name), Ok(Some(true)));
    let mut why = "the region's own".to_owned();
    for name in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] {
        if is_on(name) {
            why += &format!("; {name} is true");
        }
    }
    if is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
        why += "; AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true";
    }
    why
}

/// The proxy for each scheme, and what goes past them.
pub(super) fn proxies(inquiry: &Inquiry<'_>) -> Vec<Finding> {
    let first = |names: &[&'static str]| {
        names.iter().find_map(|name| Some((*name, inquiry.environment.get(name)?.to_owned())))
    };
    // In a CGI program HTTP_PROXY is a header of the request being served.
    let in_cgi = inquiry.environment.get("REQUEST_METHOD").is_some();
    // The order is that of `Environment::proxies`, lower case first.
    let http: &[&str] = if in_cgi {
        &["http_proxy", "all_proxy", "ALL_PROXY"]
    } else {
        &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
    };
    let https = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let proxy = |scheme: &str, names: &[&'static str]| match first(names) {
        Some((name, url)) => {
            Finding::new("proxy", without_secrets(&url), format!("{name} is set")).of(scheme)
        }
        None => Finding::new("proxy", None, format!("none of {} is set", names.join(", "))).of(scheme),
    };
    let mut findings = vec![proxy("https", &https), proxy("http", http)];
    if let Some((name, hosts)) = first(&["no_proxy", "NO_PROXY"]) {
        findings.push(Finding::new("no proxy", hosts, format!("{name} is set")));
    }
    findings
}

/// Who certificates must be signed by.
pub(super) fn certificates(inquiry: &Inquiry<'_>) -> Finding {
    match inquiry.environment.get("AWS_CA_BUNDLE") {
        Some(path) => Finding::new("certificates", path.to_owned(), "AWS_CA_BUNDLE is set"),
        None => Finding::new("certificates", "the platform's".to_owned(), "AWS_CA_BUNDLE is not set"),
    }
}

/// A URL without user name, password and query.
pub(super) fn without_secrets(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    // A password may hold what nobody has encoded: all before the last `@` is taken for it.
    let (before, rest) = match rest.rsplit_once('@') {
        Some((_, host)) => ("***@", host),
        None => ("", rest),
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}{before}{rest}")
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn urls_lose_their_secrets() {
        for (url, want) in [
            ("http://proxy:8080", "http://proxy:8080"),
            ("http://user:pass@proxy:8080/x", "http://***@proxy:8080/x"),
            ("user:pass@proxy", "***@proxy"),
            ("http://user:p/a@ss@proxy", "http://***@proxy"),
            ("http://proxy?key=pass#pass", "http://proxy"),
            ("http://user:a?pass@proxy", "http://***@proxy"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(url), want, "{url}");
        }
    }
}
