//! What wins over what: authentication, region and endpoint, each as a table.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::common::{Server, converse, reply};
use bedrock_http::{
    Auth, AuthScheme, BearerToken, BoxFuture, Credentials, CredentialsProvider, Environment, Error,
    ErrorKind, Path, Request, Service, Transport,
};

type Pairs = &'static [(&'static str, &'static str)];

const TOKEN: (&str, &str) = ("AWS_BEARER_TOKEN_BEDROCK", "ENVTOKEN");
const ID: (&str, &str) = ("AWS_ACCESS_KEY_ID", "ENVKEY");
const SECRET: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "ENVSECRET");
const SESSION: (&str, &str) = ("AWS_SESSION_TOKEN", "ENVSESSION");

/// Fails the test when somebody asks it.
#[derive(Debug)]
struct Untouchable;

impl CredentialsProvider for Untouchable {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        panic!("the chain was touched")
    }
}

/// What went over the wire: the scheme with its key, and the session token.
async fn sent(auth: Option<Auth>, scheme: Option<AuthScheme>, pairs: Pairs) -> Result<String, ErrorKind> {
    let server = Server::answering([reply(200, &[], "{}")]).await;
    let environment = Environment::from_pairs(pairs.to_vec());
    let mut builder = Transport::builder().environment(environment).region("us-east-1").endpoint(&server.url);
    if let Some(auth) = auth {
        builder = builder.auth(auth);
    }
    if let Some(scheme) = scheme {
        builder = builder.auth_scheme(scheme);
    }
    let transport = builder.build().map_err(|error| error.kind())?;
    transport.send(&converse("m")).await.unwrap();
    let seen = server.seen().pop().unwrap();
    let authorization = seen.header("authorization").unwrap_or("nobody");
    let who = match authorization.split_once("Credential=") {
        Some((_, rest)) => rest.split('/').next().unwrap(),
        None => authorization,
    };
    let session = seen.header("x-amz-security-token").map(|token| format!("+{token}")).unwrap_or_default();
    Ok(format!("{who}{session}"))
}

#[tokio::test]
async fn who_asks() {
    use AuthScheme::{Bearer, SigV4};
    let keys = || Some(Auth::from(Credentials::new("CODEKEY", "CODESECRET")));
    let token = || Some(Auth::from(BearerToken::new("CODETOKEN")));
    type Row = (Option<Auth>, Option<AuthScheme>, Pairs, Result<&'static str, ErrorKind>);
    let rows: Vec<Row> = vec![
        // Explicit settings win, and nothing of the environment is mixed into them.
        (token(), None, &[TOKEN, ID, SECRET], Ok("Bearer CODETOKEN")),
        (keys(), None, &[TOKEN, ID, SECRET, SESSION], Ok("CODEKEY")),
        (keys(), Some(Bearer), &[TOKEN], Ok("CODEKEY")),
        (Some(Auth::Anonymous), None, &[TOKEN, ID, SECRET], Ok("nobody")),
        // A scheme set in code, then the environment's token, then its keys.
        (None, Some(SigV4), &[TOKEN, ID, SECRET, SESSION], Ok("ENVKEY+ENVSESSION")),
        (None, None, &[TOKEN, ID, SECRET, SESSION], Ok("Bearer ENVTOKEN")),
        (None, None, &[TOKEN], Ok("Bearer ENVTOKEN")),
        (None, None, &[TOKEN, ID], Ok("Bearer ENVTOKEN")),
        (None, None, &[ID, SECRET], Ok("ENVKEY")),
        (None, None, &[ID, SECRET, SESSION], Ok("ENVKEY+ENVSESSION")),
        (None, None, &[ID, SECRET, ("AWS_BEARER_TOKEN_BEDROCK", " ")], Ok("ENVKEY")),
        (None, Some(Bearer), &[ID, SECRET], Err(ErrorKind::Credentials)),
        (None, None, &[ID], Err(ErrorKind::Credentials)),
        (None, None, &[], Err(ErrorKind::Credentials)),
    ];
    for (auth, scheme, pairs, want) in rows {
        let shown = format!("{auth:?} {scheme:?} {pairs:?}");
        assert_eq!(sent(auth, scheme, pairs).await, want.map(str::to_owned), "{shown}");
    }
}

#[tokio::test]
async fn with_a_bearer_token_the_chain_is_not_touched() {
    #[derive(Debug)]
    struct Both;
    impl bedrock_http::TokenProvider for Both {
        fn token(&self) -> BoxFuture<'_, Result<BearerToken, Error>> {
            Box::pin(async { Ok(BearerToken::new("T")) })
        }
    }
    assert_eq!(sent(Some(Auth::bearer(Both)), None, &[ID, SECRET]).await, Ok("Bearer T".to_owned()));
    // And the other way round: this provider does fail when it is asked.
    let asked = tokio::spawn(sent(Some(Auth::sigv4(Untouchable)), None, &[TOKEN])).await;
    assert!(asked.unwrap_err().is_panic());
}

/// Rerank's service takes signatures only: beside a token of the environment its keys sign.
#[tokio::test]
async fn a_service_without_bearer_tokens_is_signed_for() {
    let server = Server::answering([reply(200, &[], "{}")]).await;
    let transport = Transport::builder()
        .environment(Environment::from_pairs([TOKEN, ID, SECRET]))
        .region("us-east-1")
        .endpoint(&server.url)
        .build()
        .unwrap();
    let rerank = Request::post(Service::AgentRuntime, Path::new().segment("rerank")).json("{}");
    transport.send(&rerank).await.unwrap();
    transport.send(&converse("m")).await.unwrap();
    let seen = server.seen();
    assert!(seen[0].header("authorization").unwrap().contains("Credential=ENVKEY/"));
    assert_eq!(seen[1].header("authorization"), Some("Bearer ENVTOKEN"));
}

#[test]
fn where_it_goes() {
    const REGION: (&str, &str) = ("AWS_REGION", "eu-west-1");
    const DEFAULT: (&str, &str) = ("AWS_DEFAULT_REGION", "eu-west-2");
    const ALL: (&str, &str) = ("AWS_ENDPOINT_URL", "http://all");
    const RUNTIME: (&str, &str) = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://runtime");
    const FIPS: (&str, &str) = ("AWS_USE_FIPS_ENDPOINT", "true");
    const DUAL: (&str, &str) = ("AWS_USE_DUALSTACK_ENDPOINT", "true");
    type Build = fn(bedrock_http::TransportBuilder) -> bedrock_http::TransportBuilder;
    type Row = (Build, Pairs, Result<(&'static str, &'static str), &'static str>);
    let same: Build = |builder| builder;
    let west1 = "https://bedrock-runtime.eu-west-1.amazonaws.com";
    let agent1 = "https://bedrock-agent-runtime.eu-west-1.amazonaws.com";
    let rows: Vec<Row> = vec![
        (same, &[REGION, DEFAULT], Ok((west1, agent1))),
        (
            same,
            &[DEFAULT],
            Ok((
                "https://bedrock-runtime.eu-west-2.amazonaws.com",
                "https://bedrock-agent-runtime.eu-west-2.amazonaws.com",
            )),
        ),
        (|b| b.region("eu-west-1"), &[DEFAULT], Ok((west1, agent1))),
        (same, &[REGION, ALL], Ok(("http://all", "http://all"))),
        (same, &[REGION, ALL, RUNTIME], Ok(("http://runtime", "http://all"))),
        (same, &[REGION, RUNTIME], Ok(("http://runtime", agent1))),
        (same, &[REGION, ALL, RUNTIME, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")], Ok((west1, agent1))),
        (|b| b.endpoint("http://code"), &[REGION, ALL, RUNTIME], Ok(("http://code", "http://code"))),
        (
            |b| b.endpoint_of(Service::Runtime, "http://own").endpoint("http://code"),
            &[REGION, RUNTIME],
            Ok(("http://own", "http://code")),
        ),
        (
            same,
            &[REGION, FIPS],
            Ok((
                "https://bedrock-runtime-fips.eu-west-1.amazonaws.com",
                "https://bedrock-agent-runtime-fips.eu-west-1.amazonaws.com",
            )),
        ),
        (|b| b.fips(false), &[REGION, FIPS], Ok((west1, agent1))),
        (
            |b| b.dual_stack(true),
            &[REGION],
            Ok((
                "https://bedrock-runtime.eu-west-1.api.aws",
                "https://bedrock-agent-runtime.eu-west-1.api.aws",
            )),
        ),
        (same, &[REGION, FIPS, ALL], Err("exclude each other")),
        (same, &[REGION, DUAL, RUNTIME], Err("exclude each other")),
        (same, &[REGION, ("AWS_USE_FIPS_ENDPOINT", "ture")], Err("AWS_USE_FIPS_ENDPOINT")),
        (same, &[], Err("no region")),
        (|b| b.region("not a region"), &[REGION], Err("not a region")),
        (same, &[REGION, ("AWS_CA_BUNDLE", "/nowhere/at-all.pem")], Err("AWS_CA_BUNDLE")),
        (same, &[REGION, ("AWS_MAX_ATTEMPTS", "x")], Err("AWS_MAX_ATTEMPTS")),
        (same, &[REGION, ("HTTPS_PROXY", "http://user:hunter2@ bad")], Err("proxy")),
    ];
    for (build, pairs, want) in rows {
        let builder =
            Transport::builder().environment(Environment::from_pairs(pairs.to_vec())).auth(Auth::Anonymous);
        let got = build(builder).build().map(|transport| {
            let endpoint = |service| transport.endpoint(service).unwrap().to_owned();
            (endpoint(Service::Runtime), endpoint(Service::AgentRuntime))
        });
        match (got, want) {
            (Ok(got), Ok((runtime, agent))) => {
                assert_eq!((got.0.as_str(), got.1.as_str()), (runtime, agent), "{pairs:?}");
            }
            (Err(error), Err(want)) => {
                let text = format!("{error} {error:?}");
                assert!(error.to_string().contains(want) && !text.contains("hunter2"), "{pairs:?}: {text}");
            }
            (got, want) => panic!("{pairs:?}: {got:?}, not {want:?}"),
        }
    }
}

#[tokio::test]
async fn plain_http_goes_through_the_proxy_of_the_environment() {
    let proxy = Server::answering([reply(200, &[], "{}")]).await;
    let transport = |no_proxy: &str| {
        Transport::builder()
            .environment(Environment::from_pairs([
                ("http_proxy", proxy.url.as_str()),
                ("no_proxy", no_proxy),
            ]))
            .region("us-east-1")
            .endpoint("http://bedrock.invalid:8080")
            .auth(crate::common::keys())
            .retry(bedrock_http::RetryConfig::never())
            .build()
            .unwrap()
    };
    transport("").send(&converse("m")).await.unwrap();
    assert_eq!(proxy.seen()[0].target(), "http://bedrock.invalid:8080/model/m/converse");
    let error = transport("bedrock.invalid").send(&converse("m")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!(proxy.seen().len(), 1);
}
