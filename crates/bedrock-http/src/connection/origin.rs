//! Where a connection goes: scheme, host and port of a URL, and whether that is this machine.

use std::net::IpAddr;

use http::Uri;

use super::failure::Failure;

/// Scheme, host and port: what connections are pooled by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    /// With no more of a path than `/`.
    pub(super) uri: Uri,
}

impl Origin {
    pub(super) fn of(uri: &Uri) -> Result<Self, Failure> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(Failure::Request("the URL has no scheme or no host".into()));
        };
        let uri =
            Uri::builder().scheme(scheme.clone()).authority(authority.clone()).path_and_query("/").build();
        uri.map(|uri| Self { uri }).map_err(|error| Failure::Request(error.into()))
    }

    pub(super) fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    pub(super) fn host_and_port(&self) -> String {
        let port = self.uri.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 });
        format!("{}:{port}", self.uri.host().unwrap_or_default())
    }
}

/// Scheme, host and port of a URL as text: its other parts may hold secrets.
pub(super) fn address(uri: &Uri) -> String {
    let port = uri.port_u16().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}", uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default())
}

/// Whether a host, as it stands in a URL, is this machine: 127.0.0.0/8, `::1`, `localhost` and names below it (RFC 6761,
/// section 6.3). What only may turn out to be, as `127.1` or a name that resolves to it, is not.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = address.parse::<IpAddr>() {
        // `to_canonical` for IPv4-mapped addresses, which `is_loopback` of IPv6 does not know.
        return address.to_canonical().is_loopback();
    }
    // One dot is the root of DNS; a second is no name at all.
    let name = host.strip_suffix('.').unwrap_or(host);
    let last = name.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_this_machine_and_nothing_else() {
        for host in [
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "::1",
            "[::ffff:127.0.0.1]",
            "localhost",
            "LocalHost",
            "localhost.",
            "a.localhost",
            "a.b.LOCALHOST.",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "128.0.0.1",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "[::2]",
            "[fe80::1]",
            "127.1",
            "127.0.0.1.example.com",
            "localhost.example.com",
            "notlocalhost",
            "localhost..",
            "bedrock.internal",
            "2130706433",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
