//! Connections between two calls, and for how long. Each runtime has a pool of its own for those that it made: it alone
//! drives them, and a call must not wait for a runtime that nobody runs.
//!
//! Not for making any.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::{self, Handle};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::http2::Session;
use super::io::{Io, Unread};
use crate::connection::failure::Failure;
use crate::connection::origin::Origin;

/// For how long a connection is pooled that nobody uses.
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

/// The pool of each runtime that runs. There are few: a program has one, or one a core.
#[derive(Default)]
pub(super) struct Pools(Mutex<Vec<(runtime::Id, Arc<Pool>)>>);

impl Pools {
    fn lock(&self) -> MutexGuard<'_, Vec<(runtime::Id, Arc<Pool>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pool of the runtime that this call runs on.
    pub(super) fn of_this_runtime(self: &Arc<Self>) -> Result<Arc<Pool>, Failure> {
        let runtime = Handle::try_current().map_err(|error| Failure::Request(error.into()))?;
        let mut pools = self.lock();
        if let Some((_, pool)) = pools.iter().find(|(id, _)| *id == runtime.id()) {
            return Ok(pool.clone());
        }
        let pool = Arc::<Pool>::default();
        pools.push((runtime.id(), pool.clone()));
        drop(pools);
        let sweeper = Sweeper { pools: Arc::downgrade(self), pool: Arc::downgrade(&pool) };
        let _ = pool.sweeper.set(runtime.spawn(sweeper.run()).abort_handle());
        Ok(pool)
    }

    /// Closes what is in this pool: its runtime has ended.
    fn remove(&self, pool: &Weak<Pool>) {
        let mut pools = self.lock();
        let found = pools.iter().position(|(_, known)| Arc::as_ptr(known) == pool.as_ptr());
        let removed = found.map(|at| pools.swap_remove(at));
        drop(pools);
        drop(removed);
    }
}

/// Closes what has been idle for too long in one runtime's pool. When that runtime ends, so does this, and the pool with it.
struct Sweeper {
    pools: Weak<Pools>,
    pool: Weak<Pool>,
}

impl Sweeper {
    async fn run(self) {
        loop {
            let Some(filled) = self.pool.upgrade().map(|pool| pool.filled.clone()) else { return };
            filled.notified().await;
            loop {
                tokio::time::sleep(ROUND).await;
                match self.pool.upgrade() {
                    Some(pool) if pool.sweep(Instant::now()) => break,
                    Some(_) => {}
                    None => return,
                }
            }
        }
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        if let Some(pools) = self.pools.upgrade() {
            pools.remove(&self.pool);
        }
    }
}

/// The idle and the shared connections of one runtime.
#[derive(Default)]
pub(super) struct Pool {
    entries: Mutex<Entries>,
    /// Notified when there is something to sweep again.
    filled: Arc<Notify>,
    /// Ends with the pool.
    sweeper: OnceLock<AbortHandle>,
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(sweeper) = self.sweeper.take() {
            sweeper.abort();
        }
    }
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
