//! Nothing that prints holds a secret: no `Debug`, no error, no span and no event of this crate or of those below it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use bedrock_http::{
    Auth, BearerToken, CachedCredentials, CallInfo, Credentials, Environment, Interceptor, MintedTokens,
    RetryConfig, SignedRequest, Transport,
};
use common::{Server, converse, refusal, reply};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const SECRETS: &[&str] = &["SECRETEXAMPLE", "SESSIONEXAMPLE", "ABSKEXAMPLE", "PROMPTEXAMPLE"];

/// Writes down everything that is traced, at every level, by every crate.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

struct Into_<'a>(&'a mut String);

impl Visit for Into_<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0, "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Into_(&mut self.0.lock().unwrap()));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Into_(&mut self.0.lock().unwrap()));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut text = self.0.lock().unwrap();
        writeln!(text, "[{}]", event.metadata().target()).unwrap();
        event.record(&mut Into_(&mut text));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Prints each request as an observer of it might.
struct Print(Arc<Mutex<String>>);

impl Interceptor for Print {
    fn signed(&self, call: &CallInfo, request: &SignedRequest<'_>) {
        writeln!(self.0.lock().unwrap(), "{call:?} {request:?} {:?}", request.headers).unwrap();
    }
}

#[test]
fn nowhere() {
    let everything = Everything::default();
    let text = everything.0.clone();
    tracing::subscriber::with_default(everything, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(calls(&text));
    });
    let text = text.lock().unwrap();
    // That it saw anything at all: our own span, the signer's events, the connection's.
    for target in ["[bedrock_http]", "[aws_sigv4", "[hyper"] {
        assert!(text.contains(target), "nothing of {target} was traced");
    }
    for secret in SECRETS {
        let at = text.find(secret);
        assert_eq!(
            at,
            None,
            "{secret} is in: {}",
            at.map_or("", |at| &text[at.saturating_sub(200)..at + 40])
        );
    }
}

async fn calls(text: &Arc<Mutex<String>>) {
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
        let transport = Transport::builder()
            .environment(environment.clone())
            .region("us-east-1")
            .endpoint(&server.url)
            .auth(auth.clone())
            .retry(RetryConfig { throttling_base_delay: common::ms(1), ..RetryConfig::default() })
            .interceptor(Arc::new(Print(text.clone())));
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
            writeln!(text.lock().unwrap(), "{printed} {outcome}").unwrap();
        }
    }
    assert!(server.seen().iter().any(|seen| seen.header("authorization").unwrap().contains("ABSKEXAMPLE")));
}
