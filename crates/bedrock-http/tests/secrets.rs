//! Nothing that prints holds a secret: no `Debug`, no error, no span and no event of this crate or of those below it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::Arc;

use bedrock_http::{
    Auth, BearerToken, CachedCredentials, CallInfo, Credentials, Environment, Interceptor, MintedTokens,
    RetryConfig, SignedRequest, Transport,
};
use bedrock_testing::traces::Everything;
use common::{Server, converse, refusal, reply};

const SECRETS: &[&str] = &["SECRETEXAMPLE", "SESSIONEXAMPLE", "ABSKEXAMPLE", "PROMPTEXAMPLE"];

/// Prints each request as an observer of it might.
struct Print(Everything);

impl Interceptor for Print {
    fn signed(&self, call: &CallInfo, request: &SignedRequest<'_>) {
        self.0.note(format!("{call:?} {request:?} {:?}", request.headers));
    }
}

#[test]
fn nowhere() {
    let everything = Everything::of_this_process();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(calls(&everything));
    // That it saw anything at all: our own span, the signer's events, the connection's.
    everything.judge(&["bedrock_http] span call", "bedrock_http]", "aws_sigv4", "hyper"], SECRETS);
}

async fn calls(everything: &Everything) {
    let temporary = || Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE").with_session_token("SESSIONEXAMPLE");
    let environment = Environment::from_pairs([
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE"),
        ("AWS_SESSION_TOKEN", "SESSIONEXAMPLE"),
    ]);
    let auths = [
        Auth::from(temporary()),
        Auth::from(BearerToken::new("ABSKEXAMPLE")),
        Auth::sigv4(CachedCredentials::new(temporary())),
        Auth::bearer(MintedTokens::new(temporary(), "us-east-1")),
        environment.credentials().unwrap().unwrap().into(),
    ];
    // A service that quotes everything that was sent to it.
    let server = Server::start(|n, seen| match n % 4 {
        0 => reply(200, &[], "{}"),
        1 => refusal(429, "ThrottlingException", ""),
        2 => {
            let said: String =
                seen.headers.iter().map(|(name, value)| format!("{name}: {value}; ")).collect();
            refusal(403, "InvalidSignatureException", &said.replace('"', "'"))
        }
        _ => vec![common::Step::Close],
    })
    .await;
    for auth in auths {
        let transport = common::plain(Transport::builder())
            .environment(environment.clone())
            .region("us-east-1")
            .endpoint(&server.url)
            .auth(auth.clone())
            .retry(RetryConfig::default().throttling_base_delay(common::ms(1)))
            .interceptor(Arc::new(Print(everything.clone())));
        let builder = format!("{transport:?}");
        let transport = transport.build().unwrap();
        for _ in 0..4 {
            let request = converse("m").json("PROMPTEXAMPLE");
            let call = transport.call(&request);
            let printed = format!("{auth:?} {builder} {transport:?} {request:?} {call:?} {environment:?}");
            let outcome = match transport.send(&request).await {
                Ok(response) => format!("{response:?}"),
                Err(error) => {
                    let body =
                        error.service().map(|service| String::from_utf8_lossy(service.body()).into_owned());
                    format!("{error} {error:?} {error:#?} {body:?}")
                }
            };
            everything.note(format!("{printed} {outcome}"));
        }
    }
    assert!(server.seen().iter().any(|seen| seen.header("authorization").unwrap().contains("ABSKEXAMPLE")));
}
