//! Connections between two calls, and for how long. Each runtime has a shelf of its own for those that it made: it alone
//! drives them, and a call must not wait for a runtime that nobody runs.
//!
//! Not for making any.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::http2::Session;
use super::io::{Heard, Io};
use super::{Line, Origin};

/// For how long a connection is kept that nobody uses.
const LONGEST: Duration = Duration::from_secs(90);

/// How many HTTP/1.1 connections to one origin are kept: those of a burst need not all stay.
const MOST: usize = 256;

/// How often somebody looks after them.
const ROUND: Duration = Duration::from_secs(5);

/// A connection that is to be kept.
pub(super) enum Kept {
    Http1(Io),
    Http2(Session),
}

/// The shelf of each runtime that runs. There are few: a program has one, or one a core.
#[derive(Default)]
pub(super) struct Shelves(Mutex<Vec<(runtime::Id, Arc<Shelf>)>>);

impl Shelves {
    fn lock(&self) -> MutexGuard<'_, Vec<(runtime::Id, Arc<Shelf>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shelf of a runtime, and whether it is new: then the caller has somebody look after it.
    pub(super) fn of(&self, runtime: runtime::Id) -> (Arc<Shelf>, bool) {
        let mut shelves = self.lock();
        if let Some((_, shelf)) = shelves.iter().find(|(id, _)| *id == runtime) {
            return (shelf.clone(), false);
        }
        let shelf = Arc::<Shelf>::default();
        shelves.push((runtime, shelf.clone()));
        (shelf, true)
    }

    /// Closes what is on this shelf: its runtime has ended.
    pub(super) fn remove(&self, shelf: &Weak<Shelf>) {
        let mut shelves = self.lock();
        let found = shelves.iter().position(|(_, known)| Arc::as_ptr(known) == shelf.as_ptr());
        let removed = found.map(|at| shelves.swap_remove(at));
        drop(shelves);
        drop(removed);
    }
}

/// All that one runtime keeps.
#[derive(Default)]
pub(super) struct Shelf {
    places: Mutex<Places>,
    /// Told when there is something to look after again.
    filled: Arc<Notify>,
    watch: OnceLock<AbortHandle>,
}

impl Drop for Shelf {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.abort();
        }
    }
}

#[derive(Default)]
struct Places {
    by_origin: HashMap<Origin, Place>,
    is_filled: bool,
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
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that was kept. Whether one of HTTP/1.1 is still silent is for the user to find out, right before its
    /// first byte.
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
        while let Some((since, io)) = place.idle.pop() {
            if now.duration_since(since) < LONGEST {
                return Some(Line::Http1 { io, is_kept: true });
            }
        }
        None
    }

    pub(super) fn put(&self, origin: &Origin, kept: Kept) {
        let mut places = self.lock();
        let place = places.by_origin.entry(origin.clone()).or_default();
        let now = Instant::now();
        match kept {
            Kept::Http1(_) if place.idle.len() >= MOST => return,
            Kept::Http1(io) => place.idle.push((now, io)),
            Kept::Http2(session) => place.session = Some((now, session)),
        }
        if !std::mem::replace(&mut places.is_filled, true) {
            self.filled.notify_one();
        }
    }

    /// Closes what was kept for long enough, and what the server has closed or spoken on; true when nothing is left.
    fn sweep(&self, now: Instant) -> bool {
        let mut places = self.lock();
        let mut left = false;
        for place in places.by_origin.values_mut() {
            place.idle.retain_mut(|(since, io)| {
                now.duration_since(*since) < LONGEST && io.listen() == Heard::Nothing
            });
            if let Some((used, session)) = &mut place.session {
                if session.is_used() {
                    *used = now;
                } else if session.is_closed() || now.duration_since(*used) >= LONGEST {
                    place.session = None;
                }
            }
            left |= !place.idle.is_empty() || place.session.is_some();
        }
        places.is_filled = left;
        !left
    }

    /// Looks after a shelf, for as long as it is there.
    pub(super) async fn watch(shelf: Weak<Self>) {
        loop {
            let Some(filled) = shelf.upgrade().map(|shelf| shelf.filled.clone()) else { return };
            filled.notified().await;
            loop {
                tokio::time::sleep(ROUND).await;
                match shelf.upgrade() {
                    Some(shelf) if shelf.sweep(Instant::now()) => break,
                    Some(_) => {}
                    None => return,
                }
            }
        }
    }

    /// Which task looks after it. It ends with it.
    pub(super) fn watched_by(&self, watch: AbortHandle) {
        let _ = self.watch.set(watch);
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
