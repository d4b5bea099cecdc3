//! Plain HTTP to another machine: a bearer token does not go there unless allowed, and signed calls are warned of, once.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{Server, converse, reply};
use bedrock_http::{
    Auth, BearerToken, BoxFuture, Environment, Error, ErrorKind, Path, Request, RetryConfig, Service,
    TokenProvider, Transport, TransportBuilder,
};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

fn token() -> Auth {
    BearerToken::new("TOKENEXAMPLE").into()
}

fn builder(endpoint: &str, auth: Auth, variables: &[(&str, &str)]) -> TransportBuilder {
    Transport::builder()
        .environment(Environment::from_pairs(variables.iter().copied()))
        .region("us-east-1")
        .endpoint(endpoint)
        .auth(auth)
        .retry(RetryConfig::never())
}

/// Where a token goes, and where it does not: none of these hosts is there, but nobody is asked for those refused.
#[tokio::test]
async fn where_a_token_goes() {
    let proxy = ("HTTP_PROXY", "http://me:hunter2@proxy.invalid:1");
    let near = ("HTTP_PROXY", "http://127.0.0.1:1");
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], bool);
    let rows: &[Row<'_>] = &[
        ("http://host.invalid:1", &[], true),
        ("http://host.invalid:1", &[proxy], true),
        ("http://host.invalid:1", &[near], true),
        ("http://10.255.255.1:1", &[near], true),
        ("http://127.0.0.1:1", &[], false),
        ("http://localhost:1", &[], false),
        ("http://[::1]:1", &[], false),
        ("http://127.0.0.1:1", &[near], false),
        // The proxy is another machine, whatever lies behind it.
        ("http://127.0.0.1:1", &[proxy], true),
        ("http://127.0.0.1:1", &[proxy, ("NO_PROXY", "127.0.0.1")], false),
        ("https://host.invalid:1", &[], false),
        ("https://host.invalid:1", &[proxy, ("HTTPS_PROXY", "http://proxy.invalid:1")], false),
    ];
    for (endpoint, variables, is_exposed) in rows {
        for allowed in [false, true] {
            let transport =
                builder(endpoint, token(), variables).allow_insecure_bearer(allowed).build().unwrap();
            assert_eq!(
                transport.is_exposed(Service::Runtime).unwrap(),
                *is_exposed,
                "{endpoint} {variables:?}"
            );
            let error = transport.send(&converse("m")).await.unwrap_err();
            let is_refused = error.kind() == ErrorKind::Usage && error.attempts() == 0;
            assert_eq!(is_refused, *is_exposed && !allowed, "{endpoint} {variables:?}: {error}");
            assert!(!is_refused || error.to_string().contains("allow_insecure_bearer"), "{error}");
            // What is named is what is elsewhere.
            let is_here = endpoint.contains("127.0.0.1");
            let place = if is_here { "(the proxy http://proxy.invalid:1)" } else { *endpoint };
            assert!(!is_refused || error.to_string().contains(place), "{error}");
            let told = format!("{error} {error:?}");
            assert!(!told.contains("TOKENEXAMPLE") && !told.contains("hunter2"), "{told}");
        }
    }
}

/// By the environment's endpoint and token too, for a stream in both directions too, and before anybody makes a token.
#[tokio::test]
async fn every_way_of_a_token() {
    #[derive(Debug)]
    struct Never;
    impl TokenProvider for Never {
        fn token(&self) -> BoxFuture<'_, Result<BearerToken, Error>> {
            panic!("nobody should ask")
        }
    }
    let proxy = Server::answering([reply(200, &[], "{}")]).await;
    let variables =
        [("AWS_ENDPOINT_URL", "http://host.invalid"), ("AWS_BEARER_TOKEN_BEDROCK", "TOKENEXAMPLE")];
    let variables =
        [&variables[..], &[("HTTP_PROXY", proxy.url.as_str()), ("AWS_REGION", "us-east-1")]].concat();
    let of_environment = || Transport::builder().environment(Environment::from_pairs(variables.clone()));
    let provided = builder("http://host.invalid", Auth::bearer(Never), &[]).build().unwrap();
    for transport in [of_environment().build().unwrap(), provided] {
        let path = || Path::new().segment("model").segment("m");
        for service in [Service::Runtime, Service::ControlPlane, Service::Mantle] {
            let error = transport.send(&Request::get(service, path())).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
        }
        let request = Request::post(Service::Runtime, path());
        let both = transport.duplex(&request, |_| tokio_stream()).await.unwrap_err();
        assert_eq!(both.kind(), ErrorKind::Usage, "{both}");
    }
    assert!(proxy.seen().is_empty());
    of_environment().allow_insecure_bearer(true).build().unwrap().send(&converse("m")).await.unwrap();
    assert_eq!(proxy.seen()[0].header("authorization"), Some("Bearer TOKENEXAMPLE"));
}

/// A stream of nothing.
fn tokio_stream() -> impl futures_core::Stream<Item = bytes::Bytes> + Send + 'static {
    struct Nothing;
    impl futures_core::Stream for Nothing {
        type Item = bytes::Bytes;

        fn poll_next(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<bytes::Bytes>> {
            std::task::Poll::Ready(None)
        }
    }
    Nothing
}

/// Counts warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn signed_calls_are_warned_of_once() {
    let warnings = Warnings::default();
    let rows = [
        ("http://host.invalid:1", Auth::from(crate::common::keys()), 1),
        ("http://127.0.0.1:1", crate::common::keys().into(), 0),
        ("https://host.invalid:1", crate::common::keys().into(), 0),
        ("http://host.invalid:1", Auth::Anonymous, 0),
    ];
    tracing::subscriber::with_default(warnings.clone(), || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for (endpoint, auth, want) in rows {
            let transport = builder(endpoint, auth, &[]).build().unwrap();
            for _ in 0..3 {
                let error = runtime.block_on(transport.clone().send(&converse("m"))).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Connect, "{endpoint}: {error}");
            }
            assert_eq!(warnings.0.swap(0, Ordering::SeqCst), want, "{endpoint}");
        }
    });
}
