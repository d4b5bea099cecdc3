//! The environment variables that matter here, as a value: read once, passed on, written down in tests.
//!
//! Not for deciding what wins over what: the builder of the transport does that.

use std::collections::BTreeMap;
use std::fmt;

use crate::auth::{Auth, AuthScheme, BearerToken, Credentials};
use crate::secret::Secret;
use crate::{Error, Service};

/// Every variable that is read.
const NAMES: &[&str] = &[
    "ALL_PROXY",
    "AWS_ACCESS_KEY_ID",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_CA_BUNDLE",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_BEDROCK",
    "AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME",
    // Ours, by the pattern of the others: Mantle is in none of the service models.
    "AWS_ENDPOINT_URL_BEDROCK_MANTLE",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_MAX_ATTEMPTS",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "REQUEST_METHOD",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// The environment variables of this process, or a set of them made up for a test.
///
/// A variable that is set but empty counts as not set. `Debug` prints names, never values.
///
/// ```
/// use bedrock_http::Environment;
///
/// let environment = Environment::from_pairs([("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "us-east-1")]);
/// assert_eq!(environment.region(), Some("eu-west-1"));
/// ```
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, Secret>,
    #[cfg_attr(
        not(any(feature = "aws-config", feature = "reqwest")),
        allow(dead_code, reason = "only the chain and a client of the user's read it too")
    )]
    of_process: bool,
}

impl Environment {
    /// Reads the variables of this process that this crate knows.
    pub fn from_process() -> Self {
        // A value that is not Unicode counts as not set.
        let set = NAMES.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?)));
        Self { of_process: true, ..Self::from_pairs(set) }
    }

    /// No variables at all.
    pub fn empty() -> Self {
        Self::default()
    }

    /// These variables and no others.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let secret = |(name, value): (N, V)| (name.into(), Secret::new(value));
        Self { variables: pairs.into_iter().map(secret).collect(), of_process: false }
    }

    /// The same without one of the variables.
    ///
    /// ```
    /// use bedrock_http::Environment;
    ///
    /// let environment = Environment::from_pairs([("AWS_CA_BUNDLE", "/roots.pem")]).without("AWS_CA_BUNDLE");
    /// assert_eq!(environment.get("AWS_CA_BUNDLE"), None);
    /// ```
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// The value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.expose().trim()).filter(|value| !value.is_empty())
    }

    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub fn region(&self) -> Option<&str> {
        self.get("AWS_REGION").or_else(|| self.get("AWS_DEFAULT_REGION"))
    }

    /// The endpoint that the variables name for a service: its own variable (`AWS_ENDPOINT_URL_BEDROCK_RUNTIME` for the
    /// runtime), else `AWS_ENDPOINT_URL`; none when `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true.
    ///
    /// # Errors
    ///
    /// As [`flag`](Self::flag).
    pub fn endpoint(&self, service: Service) -> Result<Option<&str>, Error> {
        if self.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")? == Some(true) {
            return Ok(None);
        }
        Ok(self.get(service.endpoint_variable()).or_else(|| self.get("AWS_ENDPOINT_URL")))
    }

    /// A variable that holds `true` or `false`, in any case.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when it holds something else: a program that was told to use FIPS
    /// hosts must not quietly use others because of a typing mistake.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        match self.get(name) {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(value) => {
                Err(Error::usage(format!("{name} is {value:?} in the environment, not `true` or `false`")))
            }
        }
    }

    /// `AWS_MAX_ATTEMPTS`.
    pub(crate) fn max_attempts(&self) -> Result<Option<u32>, Error> {
        let Some(value) = self.get("AWS_MAX_ATTEMPTS") else { return Ok(None) };
        value.parse().map(Some).map_err(|error| {
            Error::usage(format!("AWS_MAX_ATTEMPTS is {value:?} in the environment, not a number"))
                .with_source(error)
        })
    }

    /// `AWS_BEARER_TOKEN_BEDROCK`.
    pub fn bearer_token(&self) -> Option<BearerToken> {
        self.get("AWS_BEARER_TOKEN_BEDROCK").map(BearerToken::new)
    }

    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, with `AWS_SESSION_TOKEN` where it is set; `None` when neither
    /// key is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) when only one of the two is set.
    pub fn credentials(&self) -> Result<Option<Credentials>, Error> {
        const ID: &str = "AWS_ACCESS_KEY_ID";
        const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
        let half = |have: &str, lack: &str| {
            Err(Error::credentials(format!("{have} is set in the environment, {lack} is not")))
        };
        match (self.get(ID), self.get(SECRET)) {
            (None, None) => Ok(None),
            (Some(_), None) => half(ID, SECRET),
            (None, Some(_)) => half(SECRET, ID),
            (Some(id), Some(secret)) => {
                let credentials = Credentials::new(id, secret);
                Ok(Some(match self.get("AWS_SESSION_TOKEN") {
                    Some(token) => credentials.with_session_token(token),
                    None => credentials,
                }))
            }
        }
    }

    /// What the environment says about authentication when nothing was said in code except perhaps a scheme: a bearer
    /// token before credentials; `None` when neither is there.
    pub(crate) fn auth(&self, scheme: Option<AuthScheme>) -> Result<Option<Auth>, Error> {
        // A token goes before keys, as in the AWS SDKs; a scheme set in code goes before both.
        let bearer = self.bearer_token().filter(|_| scheme != Some(AuthScheme::SigV4));
        if let Some(token) = bearer {
            return Ok(Some(token.into()));
        }
        if scheme == Some(AuthScheme::Bearer) {
            return Ok(None);
        }
        Ok(self.credentials()?.map(Auth::from))
    }

    /// Whether these are the variables of this process, which the official chain and other clients read too.
    #[cfg(any(feature = "aws-config", feature = "reqwest"))]
    pub(crate) fn is_of_process(&self) -> bool {
        self.of_process
    }

    /// The proxies: (for `http://`, for `https://`, except for). In a CGI program `HTTP_PROXY` is a header of the
    /// request being served, so it is left out there.
    pub(crate) fn proxies(&self) -> (Option<&str>, Option<&str>, Option<&str>) {
        // Lower case first. A `reqwest` client reads its environment by itself, through hyper-util,
        // where the upper case goes first.
        let either = |lower, upper| self.get(lower).or_else(|| self.get(upper));
        let all = either("all_proxy", "ALL_PROXY");
        let http = match self.get("REQUEST_METHOD") {
            Some(_) => self.get("http_proxy"),
            None => either("http_proxy", "HTTP_PROXY"),
        };
        (http.or(all), either("https_proxy", "HTTPS_PROXY").or(all), either("no_proxy", "NO_PROXY"))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.variables.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_hold_every_endpoint_variable() {
        assert!(NAMES.is_sorted());
        for service in Service::ALL {
            assert!(NAMES.contains(&service.endpoint_variable()));
        }
    }

    #[test]
    fn values_never_print() {
        let environment = Environment::from_pairs([("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE")]);
        assert_eq!(format!("{environment:?}"), r#"{"AWS_SECRET_ACCESS_KEY": ***}"#);
    }

    #[test]
    fn half_a_key_is_an_error_that_names_the_other_half() {
        for (name, lack) in [
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY is not"),
            ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID is not"),
        ] {
            let error = Environment::from_pairs([(name, "x")]).credentials().unwrap_err();
            assert!(error.to_string().contains(lack), "{error}");
        }
        assert_eq!(Environment::from_pairs([("AWS_ACCESS_KEY_ID", "")]).credentials().unwrap(), None);
    }

    #[test]
    fn endpoints() {
        const RUNTIME: (&str, &str) = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://runtime");
        const ALL: (&str, &str) = ("AWS_ENDPOINT_URL", "http://all");
        const IGNORE: (&str, &str) = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE");
        type Row = (&'static [(&'static str, &'static str)], Service, Option<&'static str>);
        let rows: [Row; 6] = [
            (&[], Service::Runtime, None),
            (&[ALL], Service::Runtime, Some("http://all")),
            (&[ALL, RUNTIME], Service::Runtime, Some("http://runtime")),
            (&[ALL, RUNTIME], Service::AgentRuntime, Some("http://all")),
            (&[RUNTIME], Service::AgentRuntime, None),
            (&[ALL, RUNTIME, IGNORE], Service::Runtime, None),
        ];
        for (pairs, service, want) in rows {
            assert_eq!(Environment::from_pairs(pairs.to_vec()).endpoint(service).unwrap(), want, "{pairs:?}");
        }
    }

    #[test]
    fn flags_and_numbers_that_are_none() {
        let environment = Environment::from_pairs([
            ("AWS_USE_FIPS_ENDPOINT", "yes"),
            ("AWS_MAX_ATTEMPTS", "many"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "False"),
        ]);
        assert!(
            environment
                .flag("AWS_USE_FIPS_ENDPOINT")
                .unwrap_err()
                .to_string()
                .contains("AWS_USE_FIPS_ENDPOINT")
        );
        assert!(environment.max_attempts().is_err());
        assert_eq!(environment.flag("AWS_USE_DUALSTACK_ENDPOINT").unwrap(), Some(false));
        assert_eq!(environment.flag("OTHER").unwrap(), None);
    }

    #[test]
    fn proxies() {
        type Row = (&'static [(&'static str, &'static str)], [Option<&'static str>; 3]);
        let rows: [Row; 5] = [
            (&[], [None, None, None]),
            (&[("HTTP_PROXY", "http://a")], [Some("http://a"), None, None]),
            (&[("HTTP_PROXY", "http://a"), ("REQUEST_METHOD", "GET")], [None, None, None]),
            (
                &[("ALL_PROXY", "http://a"), ("https_proxy", "http://b"), ("NO_PROXY", "x")],
                [Some("http://a"), Some("http://b"), Some("x")],
            ),
            (&[("http_proxy", "http://l"), ("HTTP_PROXY", "http://u")], [Some("http://l"), None, None]),
        ];
        for (pairs, want) in rows {
            let environment = Environment::from_pairs(pairs.to_vec());
            let (http, https, no) = environment.proxies();
            assert_eq!([http, https, no], want, "{pairs:?}");
        }
    }
}
