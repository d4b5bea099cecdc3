//! What is sent again, how often, and what a call can be continued after.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use crate::common::{Server, Step, chunk, chunked, converse, keys, last_chunk, ms, refusal, reply};
use bedrock_http::{
    Auth, BoxFuture, CachedCredentials, CallInfo, Credentials, CredentialsProvider, Error, ErrorKind,
    Observer, RetryClass, RetryConfig, RetryQuota, ServiceError, TransportEvent,
};

fn fast() -> RetryConfig {
    RetryConfig::default().base_delay(ms(1)).throttling_base_delay(ms(2))
}

/// Writes down the waits between attempts.
#[derive(Default)]
struct Waits(Mutex<Vec<Duration>>);

impl Observer for Waits {
    fn observe(&self, _: &CallInfo, event: &TransportEvent<'_>) {
        if let TransportEvent::Retry { delay } = event {
            self.0.lock().unwrap().push(*delay);
        }
    }
}

/// A failure that every attempt meets, and how many attempts there are.
#[tokio::test]
async fn what_is_sent_again() {
    let reset = || vec![Step::Close];
    let rows: [(Vec<Step>, u32, ErrorKind); 11] = [
        (refusal(429, "ThrottlingException", "slow down"), 3, ErrorKind::Service),
        (refusal(429, "ModelNotReadyException", "not yet"), 3, ErrorKind::Service),
        (refusal(500, "InternalServerException", "ours"), 3, ErrorKind::Service),
        (refusal(503, "ServiceUnavailableException", "ours"), 3, ErrorKind::Service),
        (reply(502, &[], "<html>"), 3, ErrorKind::Service),
        (refusal(400, "ValidationException", "yours"), 1, ErrorKind::Service),
        (refusal(400, "ServiceQuotaExceededException", "hard"), 1, ErrorKind::Service),
        (refusal(403, "AccessDeniedException", "no"), 1, ErrorKind::Service),
        (refusal(408, "ModelTimeoutException", "long"), 1, ErrorKind::Service),
        (refusal(424, "ModelErrorException", "model"), 1, ErrorKind::Service),
        (reset(), 3, ErrorKind::Transport),
    ];
    for (answer, attempts, kind) in rows {
        let shown = format!("{answer:?}");
        let server = Server::answering([answer]).await;
        let transport = server.transport().retry(fast()).build().unwrap();
        let error = transport.send(&converse("m")).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, attempts), "{shown}");
        assert_eq!(server.seen().len(), attempts as usize, "{shown}");
        assert_eq!(error.to_string().contains("(after 3 attempts)"), attempts == 3);
    }
}

#[tokio::test]
async fn a_later_attempt_succeeds_and_is_signed_anew() {
    let throttled = refusal(429, "ThrottlingException", "slow down");
    let server = Server::answering([throttled.clone(), throttled, reply(200, &[], "{}")]).await;
    let seconds = Arc::new(AtomicU64::new(1_440_938_160));
    let clock = seconds.clone();
    let transport = server
        .transport()
        .retry(fast())
        .clock(move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.fetch_add(1, Ordering::SeqCst)))
        .build()
        .unwrap();
    let response = transport.send(&converse("m").json("{\"a\":1}")).await.unwrap();
    assert_eq!(response.attempts(), 3);
    let seen = server.seen();
    let dates: Vec<_> = seen.iter().map(|seen| seen.header("x-amz-date").unwrap()).collect();
    assert_eq!(dates, ["20150830T123600Z", "20150830T123601Z", "20150830T123602Z"]);
    assert!(seen.iter().all(|seen| seen.body == b"{\"a\":1}"));
}

#[tokio::test]
async fn waits_are_exact() {
    let answers = [
        refusal(500, "InternalServerException", ""),
        refusal(429, "ThrottlingException", ""),
        reply(429, &[("x-amz-retry-after", "40")], ""),
        reply(200, &[], "{}"),
    ];
    let server = Server::answering(answers).await;
    let waits = Arc::new(Waits::default());
    let transport = server
        .transport()
        .retry(fast().max_attempts(4))
        .random(|| 0.5)
        .observer(waits.clone())
        .build()
        .unwrap();
    transport.send(&converse("m")).await.unwrap();
    // ½ × 1 ms; ½ × 2 ms × 2; ½ × 2 ms × 4, lengthened to what was asked for.
    assert_eq!(*waits.0.lock().unwrap(), [Duration::from_micros(500), ms(2), ms(40)]);
}

#[tokio::test]
async fn a_call_has_its_own_retries() {
    let server = Server::answering([refusal(500, "InternalServerException", "")]).await;
    let transport = server.transport().retry(fast()).build().unwrap();
    for (config, attempts) in [(RetryConfig::never(), 1), (fast().max_attempts(5), 5)] {
        let error = transport.send(&converse("m").retry(config)).await.unwrap_err();
        assert_eq!(error.attempts(), attempts);
    }
}

#[tokio::test]
async fn the_quota_of_all_calls_ends_retries() {
    let server = Server::answering([refusal(500, "InternalServerException", "")]).await;
    let quota = Arc::new(RetryQuota::new(30));
    let transport = server.transport().retry(fast()).retry_quota(quota.clone()).build().unwrap();
    assert_eq!(transport.send(&converse("m")).await.unwrap_err().attempts(), 3);
    assert_eq!(quota.available(), 2);
    assert_eq!(transport.send(&converse("m")).await.unwrap_err().attempts(), 1);
}

#[tokio::test]
async fn a_wait_that_outlasts_the_call_is_not_begun() {
    let server = Server::answering([reply(429, &[("x-amz-retry-after", "4000")], "")]).await;
    let transport = server.transport().retry(fast()).build().unwrap();
    let error = transport.send(&converse("m").total_timeout(Duration::from_secs(2))).await.unwrap_err();
    assert!(error.is_throttling(), "the cause is told and not the limit: {error}");
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn the_callers_table_of_errors_decides() {
    let server = Server::answering([refusal(424, "ModelErrorException", "")]).await;
    let transport = server
        .transport()
        .retry(fast())
        .classifier(|error: &ServiceError| match error.error_type() {
            Some("ModelErrorException") => RetryClass::Transient,
            _ => RetryClass::Final,
        })
        .build()
        .unwrap();
    assert_eq!(transport.send(&converse("m")).await.unwrap_err().attempts(), 3);
}

/// A stream that begins with status 200 and brings an exception first is one more failed attempt of the same call.
#[tokio::test]
async fn a_call_goes_on_after_an_exception_in_the_first_piece() {
    let exception = vec![chunked(), chunk("EXCEPTION"), last_chunk()];
    let good = vec![chunked(), chunk("text"), last_chunk()];
    for (answers, attempts) in [
        (vec![exception.clone(), good.clone()], Ok(2)),
        (vec![refusal(503, "ServiceUnavailableException", ""), exception.clone(), good], Ok(3)),
        (vec![exception], Err(3)),
    ] {
        let server = Server::answering(answers).await;
        let transport = server.transport().retry(fast()).build().unwrap();
        let mut call = transport.call(&converse("m"));
        let outcome: Result<u32, Error> = async {
            loop {
                let mut response = call.send().await?;
                if response.body_mut().next().await.unwrap()? != "EXCEPTION" {
                    return Ok(call.attempts());
                }
                let frame = ServiceError::in_stream("throttlingException", "later", &b""[..]);
                let error = call.service_error(frame.with_request_id(response.request_id()));
                call.retry(error).await?;
            }
        }
        .await;
        assert_eq!(server.seen().len() as u32, *attempts.as_ref().unwrap_or_else(|n| n));
        match (outcome, attempts) {
            (Ok(got), Ok(want)) => assert_eq!(got, want),
            (Err(error), Err(want)) => {
                assert_eq!(error.attempts(), want);
                assert_eq!(error.request_id(), Some("rid-2"));
                assert!(error.is_throttling());
            }
            (got, want) => panic!("{got:?}, not {want:?}"),
        }
    }
}

/// Gives KEY1 until it is refused, then KEY2, and so on.
#[derive(Debug, Default)]
struct Renewing(AtomicU64);

impl CredentialsProvider for Renewing {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        let number = self.0.load(Ordering::SeqCst) + 1;
        Box::pin(async move { Ok(Credentials::new(format!("KEY{number}"), "SECRETEXAMPLE")) })
    }

    fn refused(&self, _: &Credentials) -> bool {
        self.0.fetch_add(1, Ordering::SeqCst);
        true
    }
}

#[tokio::test]
async fn expired_credentials_are_renewed_once() {
    let expired = || refusal(403, "ExpiredTokenException", "expired");
    let server = Server::answering([expired(), reply(200, &[], "{}"), expired()]).await;
    let transport = server.transport().auth(Auth::sigv4(Renewing::default())).retry(fast()).build().unwrap();
    assert_eq!(transport.send(&converse("m")).await.unwrap().attempts(), 2);
    assert!(server.seen()[0].header("authorization").unwrap().contains("Credential=KEY1/"));
    assert!(server.seen()[1].header("authorization").unwrap().contains("Credential=KEY2/"));
    assert_eq!(
        transport.send(&converse("m")).await.unwrap_err().attempts(),
        2,
        "renewed once, then given up"
    );

    // Keys that cannot change are not tried again.
    let server = Server::answering([expired()]).await;
    let transport = server.transport().auth(keys()).build().unwrap();
    assert_eq!(transport.send(&converse("m")).await.unwrap_err().attempts(), 1);
}

/// Credentials that end while calls are under way: those with the old ones are asked again with new ones, which are fetched
/// once for all.
#[tokio::test]
async fn a_run_outlives_its_credentials() {
    #[derive(Debug, Default)]
    struct Vault(Arc<AtomicUsize>);
    impl CredentialsProvider for Vault {
        fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok(Credentials::new(format!("KEY{number}"), "S").with_session_token(format!("TOKEN{number}")))
            })
        }
    }
    let server = Server::start(|n, seen| {
        let key = |name: &str| seen.header("authorization").unwrap().contains(&format!("Credential={name}/"));
        let token = seen.header("x-amz-security-token");
        match n {
            // The first key holds for thirty requests.
            0..30 if key("KEY1") && token == Some("TOKEN1") => reply(200, &[], "{}"),
            30.. if key("KEY2") && token == Some("TOKEN2") => reply(200, &[], "{}"),
            _ => {
                refusal(403, "ExpiredTokenException", "The security token included in the request is expired")
            }
        }
    })
    .await;
    let vault = Vault::default();
    let fetched = vault.0.clone();
    let auth = Auth::sigv4(CachedCredentials::new(vault));
    let transport = server.transport().auth(auth).retry(fast()).build().unwrap();
    let mut attempts = 0;
    for _ in 0..10 {
        let calls: Vec<_> = (0..8)
            .map(|_| {
                let transport = transport.clone();
                tokio::spawn(async move {
                    transport.send(&converse("m")).await.map(|response| response.attempts())
                })
            })
            .collect();
        for call in calls {
            attempts += call.await.unwrap().unwrap();
        }
    }
    assert_eq!(fetched.load(Ordering::SeqCst), 2, "fetched at the start and once more");
    let refused = attempts - 80;
    assert!((1..=8).contains(&refused), "{refused} requests met the end of the first key");
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_by_the_services() {
    let refused = || {
        let headers =
            [("x-amzn-errortype", "InvalidSignatureException"), ("date", "Sun, 30 Aug 2015 12:36:00 GMT")];
        reply(403, &headers, "{\"message\":\"Signature expired\"}")
    };
    let hour = Duration::from_secs(3_600);
    let theirs = SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160);
    for ours in [theirs - hour, theirs + hour] {
        let server = Server::answering([refused(), reply(200, &[], "{}")]).await;
        let transport = server.transport().clock(move || ours).build().unwrap();
        assert_eq!(transport.send(&converse("m")).await.unwrap().attempts(), 2);
        assert_eq!(server.seen()[1].header("x-amz-date"), Some("20150830T123600Z"));
        // What was learned serves the next call.
        assert_eq!(transport.send(&converse("m")).await.unwrap().attempts(), 1);
        assert_eq!(server.seen()[2].header("x-amz-date"), Some("20150830T123600Z"));
    }
    // A wrong key with a right clock is a wrong key.
    let server = Server::answering([refused()]).await;
    let transport = server.transport().clock(move || theirs + Duration::from_secs(60)).build().unwrap();
    assert_eq!(transport.send(&converse("m")).await.unwrap_err().attempts(), 1);
}
