//! Laws that hold for every input: paths survive the URL parser, error bodies never panic, waits stay in their bounds.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use bedrock_http::{
    Auth, BearerToken, Credentials, Environment, Path, Request, RetryClass, RetryConfig, Service,
    ServiceError, Transport, default_retry_class,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;

proptest! {
    /// A label is one segment, decodes to what it was, and is left alone by the parser that the HTTP client sends by.
    #[test]
    fn labels_survive(id in ".{0,40}", key in ".{0,10}", value in ".{0,10}") {
        let Ok(path) = Path::new().segment("model").label("modelId", &id) else {
            prop_assert!(matches!(id.split(';').next().unwrap(), "" | "." | ".."));
            return Ok(());
        };
        let request = Request::post(Service::Runtime, path.segment("converse")).query(&key, &value);
        let text = format!("https://host.example/prefix{}", request.path_and_query());
        let url = url::Url::parse(&text).unwrap();
        prop_assert_eq!(url.as_str(), &text);
        let segments: Vec<&str> = url.path_segments().unwrap().collect();
        prop_assert_eq!(segments.len(), 4);
        let back = percent_encoding::percent_decode_str(segments[2]).decode_utf8().unwrap();
        prop_assert_eq!(back.as_ref(), id.as_str());
        let pairs: Vec<_> = url.query_pairs().collect();
        prop_assert_eq!(pairs, vec![(key.as_str().into(), value.as_str().into())]);
    }

    /// Whatever comes back with an error status is an error that prints.
    #[test]
    fn error_bodies_never_panic(
        status in 300_u16..600,
        kind in proptest::option::of("[ -~]{0,30}"),
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "\\{\"(message|code|__type|error|type)\":(null|1|\"x\"|\\{\"type\":[0-9]\\}|\\[\\])\\}".prop_map(String::into_bytes),
        ],
    ) {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert("x-amzn-errortype", HeaderValue::from_str(&kind).unwrap());
        }
        let error = ServiceError::from_response(StatusCode::from_u16(status).unwrap(), headers, body.clone());
        let _ = (format!("{error} {error:?}"), default_retry_class(&error), error.json(), error.retry_after());
        prop_assert_eq!(error.body(), &body);
    }

    /// A wait is never longer than its bound, and grows with the random number.
    #[test]
    fn waits_stay_in_bounds(retry: u32, low in 0.0..1.0_f64, high in 0.0..1.0_f64, asked in proptest::option::of(any::<u32>())) {
        let config = RetryConfig::default();
        let asked = asked.map(|ms| Duration::from_millis(ms.into()));
        let wait = |random| config.delay(retry, RetryClass::Throttling, random, asked);
        let (less, more) = (wait(low.min(high)), wait(low.max(high)));
        prop_assert!(less <= more && more <= Duration::from_secs(25));
    }

    /// No secret prints, whatever it looks like (if it is long enough not to be part of anything else).
    #[test]
    fn secrets_never_print(secret in "[!-~]{12,40}") {
        let keys = Credentials::new("AKIDEXAMPLE", &secret).with_session_token(&secret);
        let token = BearerToken::new(&secret);
        let environment = Environment::from_pairs([("AWS_BEARER_TOKEN_BEDROCK", secret.as_str())]);
        let builder = Transport::builder().region("us-east-1").auth(keys.clone()).environment(environment.clone());
        let shown = format!("{keys:?} {token:?} {environment:?} {builder:?} {:?}", Auth::from(token.clone()));
        prop_assert!(!shown.contains(&secret));
        let transport = format!("{:?}", builder.build().unwrap());
        prop_assert!(!transport.contains(&secret));
    }
}
