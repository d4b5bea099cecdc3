//! Which host a request goes to, and under which service and region it is signed.
//!
//! The rules are those of the endpoint rule sets in AWS's service models and of its partition table (November 2026).
//! Not for reading the environment (that is [`crate::Environment`]) and not for the path below the host.

use http::Uri;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::Error;

/// The parts of Bedrock, each with its own host.
///
/// ```
/// use bedrock_http::Service;
///
/// assert_eq!(Service::Mantle.signing_name(), "bedrock-mantle");
/// assert!(!Service::AgentRuntime.accepts_bearer());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Service {
    /// `bedrock-runtime`: Converse, InvokeModel and what belongs to them, and the OpenAI-compatible paths.
    Runtime,
    /// `bedrock-agent-runtime`: Rerank.
    AgentRuntime,
    /// `bedrock`: models, inference profiles, batch jobs.
    ControlPlane,
    /// `bedrock-mantle`: OpenAI- and Anthropic-shaped endpoints.
    Mantle,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Runtime, Self::AgentRuntime, Self::ControlPlane, Self::Mantle];

    /// The first label of its host name.
    pub fn host_label(self) -> &'static str {
        match self {
            Self::Runtime => "bedrock-runtime",
            Self::AgentRuntime => "bedrock-agent-runtime",
            Self::ControlPlane => "bedrock",
            Self::Mantle => "bedrock-mantle",
        }
    }

    /// The service name in a signature's scope: `bedrock` for all but Mantle.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::Runtime | Self::AgentRuntime | Self::ControlPlane => "bedrock",
            Self::Mantle => "bedrock-mantle",
        }
    }

    /// Whether its model lists bearer tokens among the ways to authenticate; the agent runtime lists signatures only.
    pub fn accepts_bearer(self) -> bool {
        !matches!(self, Self::AgentRuntime)
    }

    /// The environment variable that names its endpoint.
    pub fn endpoint_variable(self) -> &'static str {
        match self {
            Self::Runtime => "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
            Self::AgentRuntime => "AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME",
            Self::ControlPlane => "AWS_ENDPOINT_URL_BEDROCK",
            Self::Mantle => "AWS_ENDPOINT_URL_BEDROCK_MANTLE",
        }
    }
}

struct Partition {
    /// What its regions begin with.
    prefix: &'static str,
    suffix: &'static str,
    dual_stack_suffix: &'static str,
}

/// Every partition; the first whose prefix fits, the last one for all other regions. New regions of known partitions
/// need no new row.
// The dual-stack suffixes of the isolated partitions are those of the OpenAI SDK's provider for
// Bedrock, and were seen nowhere else.
const PARTITIONS: &[Partition] = &[
    Partition {
        prefix: "cn-",
        suffix: "amazonaws.com.cn",
        dual_stack_suffix: "api.amazonwebservices.com.cn",
    },
    Partition { prefix: "eusc-", suffix: "amazonaws.eu", dual_stack_suffix: "api.amazonwebservices.eu" },
    Partition { prefix: "us-iso-", suffix: "c2s.ic.gov", dual_stack_suffix: "api.aws.ic.gov" },
    Partition { prefix: "us-isob-", suffix: "sc2s.sgov.gov", dual_stack_suffix: "api.aws.scloud" },
    Partition { prefix: "eu-isoe-", suffix: "cloud.adc-e.uk", dual_stack_suffix: "api.cloud-aws.adc-e.uk" },
    Partition { prefix: "us-isof-", suffix: "csp.hci.ic.gov", dual_stack_suffix: "api.aws.hci.ic.gov" },
    Partition { prefix: "us-gov-", suffix: "amazonaws.com", dual_stack_suffix: "api.aws" },
    Partition { prefix: "", suffix: "amazonaws.com", dual_stack_suffix: "api.aws" },
];

/// What decides about an endpoint.
#[derive(Debug, Clone, Default)]
pub(crate) struct EndpointRules {
    pub(crate) region: Option<String>,
    pub(crate) fips: bool,
    pub(crate) dual_stack: bool,
}

/// Where requests of one service go: scheme, host, port and perhaps a path, without a `/` at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) base: String,
}

impl EndpointRules {
    /// The endpoint of a service; `custom` is a URL that the caller or the environment gave.
    pub(crate) fn resolve(&self, service: Service, custom: Option<&str>) -> Result<Endpoint, Error> {
        if let Some(region) = &self.region {
            // With a custom endpoint too: the region is still part of the signature's scope.
            check_region(region)?;
        }
        match custom {
            Some(url) => self.custom(url),
            None => self.by_region(service),
        }
    }

    fn custom(&self, url: &str) -> Result<Endpoint, Error> {
        for (on, name) in [(self.fips, "FIPS"), (self.dual_stack, "dual-stack")] {
            if on {
                return Err(Error::usage(format!(
                    "{name} endpoints and a custom endpoint ({url}) exclude each other: put the host you want into the \
                     endpoint, or leave the endpoint out"
                )));
            }
        }
        parse_base(url).map(|base| Endpoint { base })
    }

    fn by_region(&self, service: Service) -> Result<Endpoint, Error> {
        let Some(region) = &self.region else {
            return Err(Error::usage(
                "no region: set `region`, or AWS_REGION in the environment; a custom endpoint does without only where nothing \
                 is signed",
            ));
        };
        let mantle = service == Service::Mantle;
        if mantle && self.fips {
            return Err(Error::usage("bedrock-mantle has no FIPS endpoint"));
        }
        let host = service.host_label();
        let fips = if self.fips { "-fips" } else { "" };
        let partition = partition(region);
        // Mantle is in public use under the dual-stack suffix only.
        // Outside of `api.aws` that is a guess.
        let suffix = if self.dual_stack || mantle { partition.dual_stack_suffix } else { partition.suffix };
        Ok(Endpoint { base: format!("https://{host}{fips}.{region}.{suffix}") })
    }
}

fn partition(region: &str) -> &'static Partition {
    let last = &PARTITIONS[PARTITIONS.len() - 1];
    PARTITIONS.iter().find(|partition| region.starts_with(partition.prefix)).unwrap_or(last)
}

/// A region becomes part of a host name and of a signature's scope: what is no host label must not get there.
fn check_region(region: &str) -> Result<(), Error> {
    let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let label = !region.is_empty() && region.len() <= 63 && region.bytes().all(fits);
    if label && !region.starts_with('-') && !region.ends_with('-') {
        return Ok(());
    }
    Err(Error::usage(format!("{region:?} is not a region: it must look like `us-east-1`")))
}

/// What a path may hold when a person writes it, and not when it is sent.
// `%` is not among them: what is encoded already stays as it is.
const NOT_IN_A_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

fn parse_base(text: &str) -> Result<String, Error> {
    let wrong = |why: &str| Error::usage(format!("the endpoint {text:?} {why}"));
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let authority =
        text.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    if authority.contains('@') {
        // The text is not repeated: it may hold a password.
        return Err(Error::usage("the endpoint must not hold a user name or password"));
    }
    let default_port = match scheme.as_deref() {
        Some("http") => ":80",
        Some("https") => ":443",
        _ if text.contains(':') => return Err(wrong("must begin with `http://` or `https://`")),
        _ => return Err(wrong("is not a URL; it must look like `https://host` or `http://host:port/path`")),
    };
    if text.contains(['?', '#']) {
        return Err(wrong("must not have a query or a fragment"));
    }
    let text = utf8_percent_encode(text, NOT_IN_A_PATH).to_string();
    let uri: Uri = text.parse().map_err(|error| wrong("is not a URL").with_source(error))?;
    let host = authority.to_ascii_lowercase();
    // Such ports are sent neither in the Host header nor in what is signed.
    let host = host.strip_suffix(default_port).unwrap_or(&host);
    // An IPv6 address has colons of its own, in brackets.
    let port = host.rsplit(']').next().and_then(|rest| rest.split_once(':')).map(|(_, port)| port.parse());
    if uri.host().is_none_or(str::is_empty) || matches!(port, Some(Err::<u16, _>(_))) {
        return Err(wrong("is not a URL"));
    }
    let path = uri.path().trim_end_matches('/');
    Ok(format!("{}://{host}{path}", scheme.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Service::{AgentRuntime, ControlPlane, Mantle, Runtime};

    fn base(service: Service, region: &str, fips: bool, dual_stack: bool) -> Result<String, String> {
        let rules = EndpointRules { region: Some(region.to_owned()), fips, dual_stack };
        rules.resolve(service, None).map(|e| e.base).map_err(|e| e.to_string())
    }

    #[test]
    fn hosts_of_all_partitions() {
        // (region, classic suffix, dual-stack suffix)
        let rows = [
            ("us-east-1", "amazonaws.com", "api.aws"),
            ("ap-southeast-7", "amazonaws.com", "api.aws"),
            ("us-gov-west-1", "amazonaws.com", "api.aws"),
            ("cn-north-1", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
            ("eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu"),
            ("us-iso-east-1", "c2s.ic.gov", "api.aws.ic.gov"),
            ("us-isob-east-1", "sc2s.sgov.gov", "api.aws.scloud"),
            ("eu-isoe-west-1", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
            ("us-isof-south-1", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
        ];
        for (region, classic, dual) in rows {
            for (service, label) in [
                (Runtime, "bedrock-runtime"),
                (AgentRuntime, "bedrock-agent-runtime"),
                (ControlPlane, "bedrock"),
            ] {
                let want = |fips: &str, suffix: &str| Ok(format!("https://{label}{fips}.{region}.{suffix}"));
                assert_eq!(base(service, region, false, false), want("", classic));
                assert_eq!(base(service, region, true, false), want("-fips", classic));
                assert_eq!(base(service, region, false, true), want("", dual));
                assert_eq!(base(service, region, true, true), want("-fips", dual));
            }
            assert_eq!(
                base(Mantle, region, false, false),
                Ok(format!("https://bedrock-mantle.{region}.{dual}"))
            );
            assert!(base(Mantle, region, true, false).is_err());
        }
    }

    #[test]
    fn custom_urls() {
        let rows = [
            ("http://127.0.0.1:4600", Ok("http://127.0.0.1:4600")),
            ("http://localhost:80/", Ok("http://localhost")),
            ("https://HOST.example/prefix/", Ok("https://host.example/prefix")),
            ("https://host/a/b//", Ok("https://host/a/b")),
            ("https://host/a%20b", Ok("https://host/a%20b")),
            ("https://host/a b/\u{fc}", Ok("https://host/a%20b/%C3%BC")),
            ("https://ho st/", Err("not a URL")),
            ("https://host:443/a", Ok("https://host/a")),
            ("https://host:80", Ok("https://host:80")),
            ("http://host:99999", Err("not a URL")),
            ("http://host:", Err("not a URL")),
            ("http://:80", Err("not a URL")),
            ("https://h\u{fc}st", Err("not a URL")),
            ("http://[::1]:8080", Ok("http://[::1]:8080")),
            (
                "https://vpce-0a-1b.bedrock-runtime.us-east-1.vpce.amazonaws.com",
                Ok("https://vpce-0a-1b.bedrock-runtime.us-east-1.vpce.amazonaws.com"),
            ),
            ("localhost:4600", Err("http://")),
            ("host", Err("not a URL")),
            ("ftp://host", Err("http://")),
            ("", Err("not a URL")),
            ("https://host?x=1", Err("query")),
            ("https://host/#x", Err("fragment")),
            ("https://user:hunter2@host", Err("user name")),
        ];
        for (url, want) in rows {
            let got = EndpointRules::default().resolve(Runtime, Some(url));
            match (got, want) {
                (Ok(got), Ok(want)) => assert_eq!(got.base, want),
                (Err(got), Err(want)) => {
                    let got = got.to_string();
                    assert!(got.contains(want) && !got.contains("hunter2"), "{url}: {got}");
                }
                (got, want) => panic!("{url}: {got:?}, not {want:?}"),
            }
        }
    }

    #[test]
    fn what_excludes_each_other() {
        for (fips, dual_stack) in [(true, false), (false, true)] {
            let rules = EndpointRules { region: Some("us-east-1".to_owned()), fips, dual_stack };
            assert!(rules.resolve(Runtime, Some("http://localhost")).is_err());
        }
        assert!(
            EndpointRules::default().resolve(Runtime, None).unwrap_err().to_string().contains("AWS_REGION")
        );
    }

    #[test]
    fn regions_cannot_leave_their_label() {
        for region in ["", "us east", "us-east-1.evil.example", "a/b", "US-EAST-1", "-a", "a-", "x@y", "é"] {
            assert!(base(Runtime, region, false, false).is_err(), "{region:?}");
        }
        assert!(base(Runtime, &"a".repeat(64), false, false).is_err());
        assert!(base(Runtime, "xx-new-9", false, false).is_ok());
    }
}
