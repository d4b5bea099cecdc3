//! What becomes of a value that is not of the type of its place: it is set aside, and the rest counts.
//! Not for: saying what is wrong with it; see `error.rs`.
//!
//! A member of an object is kept under its own key in the object's `extra`; an item of a list beside them, with its place.
//! Both are written back where they stood. [`read`](super::read()) returns them with their paths.

use serde_json::Value;

use super::error::{Misfit, Step, WireError, path};

/// A value that was set aside.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Odd {
    /// Where it is and what is wrong with it.
    pub error: WireError,
    /// The value as it came.
    pub value: Value,
    /// Whether an object holds it.
    kept: bool,
}

/// What has been set aside while a value is read.
#[derive(Debug, Default)]
pub struct Aside {
    /// At most [`MOST`].
    odd: Vec<Odd>,
    count: usize,
}

/// What has more odd values is something else than its type, and is refused whole: each of them takes much more room than it
/// had in the text.
const MOST: usize = 64;

/// An item of a list, or of an object with the caller's keys, that was set aside: kept by the object around the list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stray {
    /// From the object's field on.
    path: Vec<Step>,
    value: Value,
}

impl Aside {
    /// All of them, where an object keeps each. An error where one has no object around it, or where there are too many.
    pub(super) fn into_kept(self) -> Result<Vec<Odd>, WireError> {
        if self.count > MOST {
            return Err(WireError::new(format!(
                "{} values are not of the types of their places",
                self.count
            )));
        }
        match self.odd.iter().find(|odd| !odd.kept) {
            None => Ok(self.odd),
            Some(unkept) => Err(unkept.error.clone()),
        }
    }

    /// How many there are: what is read later can be told apart by it.
    #[inline]
    pub(super) fn mark(&self) -> usize {
        self.odd.len()
    }

    /// Whether any were added since.
    #[inline]
    pub(super) fn has_more(&self, since: usize) -> bool {
        self.odd.len() > since
    }

    /// Those added since are seen from one object or list further out.
    #[cold]
    pub(super) fn behind(&mut self, since: usize, step: Step) {
        for odd in &mut self.odd[since..] {
            odd.error.step_back(step.clone());
        }
    }

    /// The same where those further in are the rare case.
    #[inline]
    pub(super) fn seen_from(&mut self, since: usize, key: &'static str) {
        if self.has_more(since) {
            self.behind(since, Step::Key(key.into()));
        }
    }

    /// A value that the object around keeps.
    #[cold]
    pub(super) fn keep(&mut self, misfit: Misfit<'_>, step: Step) -> Value {
        self.add(misfit, step, true)
    }

    /// A value that some object further out has to keep.
    #[cold]
    pub(super) fn hand_out(&mut self, misfit: Misfit<'_>, step: Step) {
        self.add(misfit, step, false);
    }

    fn add(&mut self, misfit: Misfit<'_>, step: Step, kept: bool) -> Value {
        let (error, input) = misfit.into_parts();
        self.count += 1;
        if self.count > MOST {
            return Value::Null;
        }
        let value = input.into_value();
        self.odd.push(Odd { error: error.behind(step), value: value.clone(), kept });
        value
    }

    /// Hands those added since that no object keeps to one that keeps them from now on.
    #[cold]
    pub(super) fn take_in(&mut self, since: usize) -> impl Iterator<Item = Stray> {
        self.odd[since..].iter_mut().filter_map(|odd| {
            let was_kept = std::mem::replace(&mut odd.kept, true);
            (!was_kept).then(|| Stray { path: odd.error.steps(), value: odd.value.clone() })
        })
    }
}

impl Stray {
    /// The field that it is in.
    pub(super) fn key(&self) -> &str {
        match self.path.first() {
            Some(Step::Key(key)) => key,
            _ => "",
        }
    }

    /// Puts it back into its field as that is written. Where the field has become something else, it has no place there.
    pub(super) fn put_back(&self, field: &mut Value) {
        let Some((last, way)) = self.path.get(1..).and_then(<[Step]>::split_last) else { return };
        let place = way.iter().try_fold(field, |place, step| match step {
            Step::Key(key) => place.get_mut(&**key),
            Step::Index(index) => place.get_mut(index),
            Step::Tag(_) => Some(place),
        });
        match (place, last) {
            (Some(Value::Array(items)), Step::Index(index)) => {
                items.insert((*index).min(items.len()), self.value.clone());
            }
            (Some(Value::Object(entries)), Step::Key(key)) => {
                entries.insert(key.clone().into_owned(), self.value.clone());
            }
            _ => {}
        }
    }

    /// How it is shown.
    pub(super) fn shown(&self) -> (String, &Value) {
        (path(self.path.iter()), &self.value)
    }
}
