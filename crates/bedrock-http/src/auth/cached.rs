//! Credentials and tokens that expire: cached, and renewed in time by one caller for all.
//!
//! Not for where they come from: this wraps a provider that fetches them.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::bearer::{LONGEST_TOKEN_LIFE, mint_bearer_token};
use super::credentials::{BearerToken, Credentials};
use super::provider::{BoxFuture, CredentialsProvider, TokenProvider};
use crate::Error;
use crate::policy::until;

/// How long before they expire credentials are renewed; until they do, the old ones still serve if that fails.
const RENEW_BEFORE: Duration = Duration::from_secs(300);
/// How long before they expire credentials are not used any more: the request may be on its way that long.
const UNUSABLE_BEFORE: Duration = Duration::from_secs(10);
/// How long others wait for the caller that renews, which may be a task of a runtime that does not run. Then they fetch
/// themselves.
const PATIENCE: Duration = Duration::from_secs(30);

type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// A value that expires, and the lock of the caller that renews it.
struct Cached<T> {
    // Two locks: the value's is never held across an await, so that callers who have a good one
    // never wait for the one who renews.
    value: Mutex<Option<T>>,
    renewing: tokio::sync::Mutex<()>,
    clock: Clock,
}

impl<T: Clone + PartialEq> Cached<T> {
    fn new(clock: Clock) -> Self {
        Self { value: Mutex::new(None), renewing: tokio::sync::Mutex::new(()), clock }
    }

    fn value(&self) -> Option<T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, value: Option<T>) {
        *self.value.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }

    /// The value, fetched when there is none or it ends soon. One caller fetches; others wait only when they have
    /// nothing usable.
    async fn get<F>(&self, end: fn(&T) -> Option<SystemTime>, fetch: impl FnOnce() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let left = |value: &T| match end(value) {
            Some(end) => end.duration_since((self.clock)()).unwrap_or_default(),
            None => Duration::MAX,
        };
        let (_guard, old) = match self.value() {
            Some(value) if left(&value) > RENEW_BEFORE => return Ok(value),
            Some(value) if left(&value) > UNUSABLE_BEFORE => match self.renewing.try_lock() {
                Ok(guard) => (Some(guard), Some(value)),
                Err(_) => return Ok(value),
            },
            _ => {
                // No guard after `PATIENCE`: then several may fetch at once,
                // which is better than none.
                let guard = until(Instant::now().checked_add(PATIENCE), self.renewing.lock()).await;
                // Looked at again: the one who held the lock has most likely renewed it.
                if let Some(value) = self.value().filter(|value| left(value) > UNUSABLE_BEFORE) {
                    return Ok(value);
                }
                (guard, None)
            }
        };
        match (fetch().await, old) {
            (Ok(new), _) => {
                self.set(Some(new.clone()));
                Ok(new)
            }
            (Err(error), Some(old)) => {
                tracing::warn!(target: "bedrock_http", %error, "renewing failed; the old one serves until its end");
                Ok(old)
            }
            (Err(error), None) => Err(error),
        }
    }

    /// Drops the value if it is still this one; whether another may come in its place.
    fn refused(&self, value: &T) -> bool {
        // Compared under the lock: another call may have been refused first, and what it has
        // fetched since must stay.
        let mut value_now = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        if value_now.as_ref() == Some(value) {
            *value_now = None;
        }
        true
    }
}

/// Caches the credentials of another provider until five minutes before they expire, then renews them.
///
/// One caller renews while the others go on with the old ones; only when those are within ten seconds of expiry do
/// all wait. A renewal that fails is no error as long as the old ones serve. Credentials that the service refuses as
/// expired are dropped and fetched anew, once a call.
///
/// ```
/// use bedrock_http::{Auth, CachedCredentials, Credentials};
///
/// let slow_provider = Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"); // or one of your own
/// let auth = Auth::sigv4(CachedCredentials::new(slow_provider));
/// # let _ = auth;
/// ```
pub struct CachedCredentials<P> {
    provider: P,
    cached: Cached<Credentials>,
}

impl<P: CredentialsProvider> CachedCredentials<P> {
    /// Caches what this provider gives.
    pub fn new(provider: P) -> Self {
        Self::with_clock(provider, SystemTime::now)
    }

    /// The same, by another clock.
    pub fn with_clock(provider: P, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { provider, cached: Cached::new(Arc::new(clock)) }
    }
}

impl<P: fmt::Debug> fmt::Debug for CachedCredentials<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCredentials").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl<P: CredentialsProvider> CredentialsProvider for CachedCredentials<P> {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        Box::pin(self.cached.get(Credentials::expires_at, || self.provider.credentials()))
    }

    fn refused(&self, credentials: &Credentials) -> bool {
        self.cached.refused(credentials)
    }
}

/// Short-term API keys minted from credentials: a [`TokenProvider`] that mints a new one before the last one expires.
///
/// ```
/// use bedrock_http::{Auth, Credentials, MintedTokens};
///
/// let auth = Auth::bearer(MintedTokens::new(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"), "us-east-1"));
/// # let _ = auth;
/// ```
pub struct MintedTokens<P> {
    provider: P,
    region: String,
    life: Duration,
    cached: Cached<BearerToken>,
}

impl<P: CredentialsProvider> MintedTokens<P> {
    /// Keys of this region, from the credentials of this provider, with the longest life they may have (12 hours, or
    /// the credentials' own).
    pub fn new(provider: P, region: impl Into<String>) -> Self {
        Self::with_clock(provider, region, LONGEST_TOKEN_LIFE, SystemTime::now)
    }

    /// The same with another life and by another clock.
    pub fn with_clock(
        provider: P,
        region: impl Into<String>,
        life: Duration,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Self {
        Self { provider, region: region.into(), life, cached: Cached::new(Arc::new(clock)) }
    }

    async fn mint(&self) -> Result<BearerToken, Error> {
        let credentials = self.provider.credentials().await?;
        mint_bearer_token(&credentials, &self.region, self.life, (self.cached.clock)())
    }
}

impl<P: fmt::Debug> fmt::Debug for MintedTokens<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MintedTokens")
            .field("provider", &self.provider)
            .field("region", &self.region)
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

impl<P: CredentialsProvider> TokenProvider for MintedTokens<P> {
    fn token(&self) -> BoxFuture<'_, Result<BearerToken, Error>> {
        Box::pin(self.cached.get(BearerToken::expires_at, || self.mint()))
    }

    fn refused(&self, token: &BearerToken) -> bool {
        // Only the token is dropped. Doubtful: the credentials that it was minted from stay cached,
        // though they may be what is refused.
        self.cached.refused(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// Gives a new key that ends 1,000 s from now, or fails, and counts how often it was asked.
    #[derive(Debug, Default)]
    struct Source {
        now: AtomicU64,
        asked: AtomicU64,
        broken: std::sync::atomic::AtomicBool,
    }

    impl CredentialsProvider for Arc<Source> {
        fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
            let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
            Box::pin(async move {
                // Long enough for others to come meanwhile.
                tokio::time::sleep(Duration::from_secs(1)).await;
                if self.broken.load(Ordering::SeqCst) {
                    return Err(Error::credentials("the source is broken"));
                }
                let end = at(self.now.load(Ordering::SeqCst) + 1_000);
                Ok(Credentials::new(format!("KEY{number}"), "S").with_expiry(end))
            })
        }
    }

    fn cached() -> (Arc<Source>, CachedCredentials<Arc<Source>>) {
        let source = Arc::new(Source::default());
        let clock = source.clone();
        let cached =
            CachedCredentials::with_clock(source.clone(), move || at(clock.now.load(Ordering::SeqCst)));
        (source, cached)
    }

    async fn key(cached: &CachedCredentials<Arc<Source>>) -> Result<String, Error> {
        Ok(cached.credentials().await?.access_key_id().to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn renewed_before_the_end_by_one_for_all() {
        let (source, cached) = cached();
        let (one, two) = tokio::join!(key(&cached), key(&cached));
        assert_eq!((one.unwrap(), two.unwrap()), ("KEY1".into(), "KEY1".into()));
        // (now, what the first of two simultaneous callers gets, what the second gets)
        for (now, first, second) in [
            (699, "KEY1", "KEY1"),
            (701, "KEY2", "KEY1"), // the first renews, the second goes on meanwhile
            (702, "KEY2", "KEY2"),
            (1_695, "KEY3", "KEY3"), // too near the end (1,701): both wait
        ] {
            source.now.store(now, Ordering::SeqCst);
            let (one, two) = tokio::join!(key(&cached), key(&cached));
            assert_eq!((one.unwrap().as_str(), two.unwrap().as_str()), (first, second), "at {now}");
        }
        assert_eq!(source.asked.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn one_who_renews_on_a_runtime_that_nobody_runs() {
        let (source, cached) = cached();
        let runtime = || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            builder.enable_all().start_paused(true).build().expect("a runtime")
        };
        let (one, other) = (runtime(), runtime());
        let cached = Arc::new(cached);
        let first = cached.clone();
        let begun = one.spawn(async move { key(&first).await });
        one.block_on(tokio::task::yield_now());
        assert_eq!((begun.is_finished(), source.asked.load(Ordering::SeqCst)), (false, 1));
        assert_eq!(other.block_on(key(&cached)).unwrap(), "KEY2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_renewal_matters_only_at_the_end() {
        let (source, cached) = cached();
        key(&cached).await.unwrap();
        source.broken.store(true, Ordering::SeqCst);
        source.now.store(800, Ordering::SeqCst);
        assert_eq!(key(&cached).await.unwrap(), "KEY1");
        source.now.store(995, Ordering::SeqCst);
        assert!(key(&cached).await.unwrap_err().to_string().contains("broken"));
        source.broken.store(false, Ordering::SeqCst);
        assert_eq!(key(&cached).await.unwrap(), "KEY4");
    }

    #[tokio::test(start_paused = true)]
    async fn refused_credentials_are_dropped_unless_renewed_already() {
        let (_, cached) = cached();
        let first = cached.credentials().await.unwrap();
        assert!(cached.refused(&first));
        assert_eq!(key(&cached).await.unwrap(), "KEY2");
        assert!(cached.refused(&first), "somebody else has renewed them: ask again");
        assert_eq!(key(&cached).await.unwrap(), "KEY2");
    }

    #[tokio::test]
    async fn tokens_are_minted_anew() {
        let now = Arc::new(AtomicU64::new(0));
        let clock = now.clone();
        let tokens = MintedTokens::with_clock(
            Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"),
            "us-east-1",
            Duration::from_secs(3_600),
            move || at(clock.load(Ordering::SeqCst)),
        );
        let first = tokens.token().await.unwrap();
        now.store(3_000, Ordering::SeqCst);
        assert_eq!(tokens.token().await.unwrap(), first);
        now.store(3_400, Ordering::SeqCst);
        let second = tokens.token().await.unwrap();
        assert_eq!(second.expires_at(), Some(at(7_000)));
        assert_ne!(first, second);
        assert!(!format!("{tokens:?}{first:?}").contains("SECRETEXAMPLE"));
    }
}
