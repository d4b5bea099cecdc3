//! Connections between two calls, and for how long. Each runtime has a pool of its own for those that it made: it alone
//! drives them, and a call must not wait for a runtime that nobody runs.
//!
//! Not for making any.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::http2::Session;
use super::io::{Io, Unread};
use crate::connection::failure::Failure;
use crate::connection::origin::Origin;
use crate::connection::per_runtime::PerRuntime;

/// For how long a connection is pooled that nobody uses.
// hyper-util's default, too.
const LONGEST: Duration = Duration::from_secs(90);

/// How many HTTP/1.1 connections to one origin are pooled: those of a burst need not all stay.
const MOST: usize = 256;

/// How often idle connections are looked at.
const ROUND: Duration = Duration::from_secs(5);

/// What a request goes out on.
pub(super) enum Connection {
    Http1 { io: Io, is_reused: bool },
    Http2(Session),
}

/// The pool of each runtime that runs.
pub(super) type Pools = PerRuntime<Pool>;

/// The idle and the shared connections of one runtime.
#[derive(Default)]
pub(super) struct Pool {
    entries: Mutex<Entries>,
    /// Notified when there is something to sweep again.
    filled: Arc<Notify>,
}

#[derive(Default)]
struct Entries {
    by_origin: HashMap<Origin, Entry>,
    is_filled: bool,
}

/// The connections to one origin.
#[derive(Default)]
struct Entry {
    /// The ones used last are the last ones.
    idle: Vec<(Instant, Io)>,
    session: Option<(Instant, Session)>,
    /// The server was seen to choose HTTP/1.1.
    http1: bool,
    turns: Arc<tokio::sync::Mutex<()>>,
}

impl Pool {
    /// The pool of the runtime that this call runs on.
    pub(super) fn of_this_runtime(pools: &Arc<Pools>) -> Result<Arc<Self>, Failure> {
        pools.of_this_runtime(|| Ok(Self::default()), Self::sweep_for_ever)
    }

    /// Closes again and again what has been idle for too long in a pool, for as long as it is there.
    async fn sweep_for_ever(pool: Weak<Self>) {
        loop {
            // Waits without holding the pool, which would else never be dropped. An
            // empty pool has no timer.
            let Some(filled) = pool.upgrade().map(|pool| pool.filled.clone()) else { return };
            filled.notified().await;
            loop {
                tokio::time::sleep(ROUND).await;
                match pool.upgrade() {
                    Some(pool) if pool.sweep(Instant::now()) => break,
                    Some(_) => {}
                    None => return,
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A pooled connection. Whether one of HTTP/1.1 is still silent is for the user to find out, right before its first byte.
    pub(super) fn take(&self, origin: &Origin) -> Option<Connection> {
        let mut entries = self.lock();
        let entry = entries.by_origin.get_mut(origin)?;
        let now = Instant::now();
        if let Some((used, session)) = &mut entry.session {
            if !session.is_closed() {
                *used = now;
                return Some(Connection::Http2(session.clone()));
            }
            entry.session = None;
        }
        // The one used last is the likeliest to be open still.
        while let Some((since, io)) = entry.idle.pop() {
            if now.duration_since(since) < LONGEST {
                return Some(Connection::Http1 { io, is_reused: true });
            }
        }
        None
    }

    /// Pools an HTTP/1.1 connection that nobody uses any more.
    fn put(&self, origin: &Origin, io: Io) {
        self.fill(origin, |entry, now| {
            let has_room = entry.idle.len() < MOST;
            if has_room {
                entry.idle.push((now, io));
            }
            has_room
        });
    }

    /// Pools an HTTP/2 connection, which requests share from now on.
    pub(super) fn share(&self, origin: &Origin, session: Session) {
        self.fill(origin, |entry, now| {
            entry.session = Some((now, session));
            true
        });
    }

    fn fill(&self, origin: &Origin, add: impl FnOnce(&mut Entry, Instant) -> bool) {
        let mut entries = self.lock();
        let entry = entries.by_origin.entry(origin.clone()).or_default();
        let added = add(entry, Instant::now());
        // The first after a sweep that found nothing: only then does the sweeper wait for it.
        if added && !std::mem::replace(&mut entries.is_filled, true) {
            self.filled.notify_one();
        }
    }

    /// Closes what was pooled for long enough, and what the server has closed or spoken on; true when nothing is left.
    fn sweep(&self, now: Instant) -> bool {
        let mut entries = self.lock();
        let mut left = false;
        for entry in entries.by_origin.values_mut() {
            entry.idle.retain_mut(|(since, io)| {
                now.duration_since(*since) < LONGEST && io.unread() == Unread::Nothing
            });
            if let Some((used, session)) = &mut entry.session {
                // An open stream keeps its connection from growing old.
                if session.is_used() {
                    *used = now;
                } else if session.is_closed() || now.duration_since(*used) >= LONGEST {
                    entry.session = None;
                }
            }
            left |= !entry.idle.is_empty() || entry.session.is_some();
        }
        entries.is_filled = left;
        !left
    }

    /// Whose turn it is to make a connection.
    pub(super) fn turns(&self, origin: &Origin) -> Arc<tokio::sync::Mutex<()>> {
        self.lock().by_origin.entry(origin.clone()).or_default().turns.clone()
    }

    pub(super) fn is_http1(&self, origin: &Origin) -> bool {
        self.lock().by_origin.get(origin).is_some_and(|entry| entry.http1)
    }

    pub(super) fn speaks_http1(&self, origin: &Origin) {
        self.lock().by_origin.entry(origin.clone()).or_default().http1 = true;
    }
}

/// Takes an HTTP/1.1 connection back when its response has been read, by whatever runtime: it goes to the one that made it.
pub(super) struct Returns {
    pool: Weak<Pool>,
    origin: Origin,
}

impl Returns {
    pub(super) fn new(pool: &Arc<Pool>, origin: Origin) -> Self {
        Self { pool: Arc::downgrade(pool), origin }
    }

    pub(super) fn put(self, io: Io) {
        if let Some(pool) = self.pool.upgrade() {
            pool.put(&self.origin, io);
        }
    }
}
