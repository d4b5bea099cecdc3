//! Connections between two calls, and for how long.
//!
//! Not for making any.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::connect::Io;
use super::http2::Session;
use super::{Line, Origin};

/// For how long a connection is kept that nobody uses.
const LONGEST: Duration = Duration::from_secs(90);

/// How many HTTP/1.1 connections to one origin are kept: those of a burst need not all stay.
const MOST: usize = 256;

/// How often somebody looks after them.
pub(super) const ROUND: Duration = Duration::from_secs(5);

/// A connection that is to be kept.
pub(super) enum Kept {
    Http1(Io),
    Http2(Session),
}

/// All that are kept.
#[derive(Default)]
pub(super) struct Shelf(Mutex<Places>);

#[derive(Default)]
struct Places {
    by_origin: HashMap<Origin, Place>,
    /// Whether a task looks after them.
    watched: bool,
    watch: Option<AbortHandle>,
}

impl Drop for Places {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.abort();
        }
    }
}

#[derive(Default)]
struct Place {
    /// The ones used last are the last ones.
    idle: Vec<(Instant, Io)>,
    session: Option<(Instant, Session)>,
    /// The server was seen to choose HTTP/1.1.
    http1: bool,
    turns: Arc<tokio::sync::Mutex<()>>,
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that can be used at once.
    pub(super) fn take(&self, origin: &Origin) -> Option<Line> {
        let mut places = self.lock();
        let place = places.by_origin.get_mut(origin)?;
        let now = Instant::now();
        if let Some((used, session)) = &mut place.session {
            if !session.is_closed() {
                *used = now;
                return Some(Line::Http2(session.clone()));
            }
            place.session = None;
        }
        while let Some((since, mut io)) = place.idle.pop() {
            if now.duration_since(since) < LONGEST && io.is_quiet() {
                return Some(Line::Http1(io));
            }
        }
        None
    }

    /// Keeps a connection; whether nobody looks after it yet, which the caller has to see to then.
    #[must_use]
    pub(super) fn put(&self, origin: &Origin, kept: Kept) -> bool {
        let mut places = self.lock();
        let place = places.by_origin.entry(origin.clone()).or_default();
        let now = Instant::now();
        match kept {
            Kept::Http1(_) if place.idle.len() >= MOST => return false,
            Kept::Http1(io) => place.idle.push((now, io)),
            Kept::Http2(session) => place.session = Some((now, session)),
        }
        !std::mem::replace(&mut places.watched, true)
    }

    /// Closes what was kept for long enough; true when nothing is left.
    pub(super) fn sweep(&self, now: Instant) -> bool {
        let mut places = self.lock();
        let mut left = false;
        for place in places.by_origin.values_mut() {
            place.idle.retain_mut(|(since, io)| now.duration_since(*since) < LONGEST && io.is_quiet());
            if let Some((used, session)) = &mut place.session {
                if session.is_used() {
                    *used = now;
                } else if session.is_closed() || now.duration_since(*used) >= LONGEST {
                    place.session = None;
                }
            }
            left |= !place.idle.is_empty() || place.session.is_some();
        }
        places.watched = left;
        !left
    }

    /// Which task looks after them. It ends with them.
    pub(super) fn watched_by(&self, watch: AbortHandle) {
        self.lock().watch = Some(watch);
    }

    /// The task that looked after them has ended.
    pub(super) fn unwatched(&self) {
        self.lock().watched = false;
    }

    /// Whose turn it is to make a connection.
    pub(super) fn turns(&self, origin: &Origin) -> Arc<tokio::sync::Mutex<()>> {
        self.lock().by_origin.entry(origin.clone()).or_default().turns.clone()
    }

    pub(super) fn is_http1(&self, origin: &Origin) -> bool {
        self.lock().by_origin.get(origin).is_some_and(|place| place.http1)
    }

    pub(super) fn speaks_http1(&self, origin: &Origin) {
        self.lock().by_origin.entry(origin.clone()).or_default().http1 = true;
    }
}
