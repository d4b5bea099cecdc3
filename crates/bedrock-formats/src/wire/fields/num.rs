//! A number that is kept as it was written.
//! Not for: counts and indexes, which are integers.

use std::fmt;

use serde_json::Number;

use super::plain;
use crate::wire::{Aside, Input, IntoField, Misfit, View, Wire};

/// A number that is whole by its nature, and that some servers write with a fraction: milliseconds, seconds since 1970. It
/// is written as it was read; of a whole one, a fraction of zero is left out.
///
/// ```
/// use bedrock_formats::converse::ConverseMetrics;
///
/// let metrics: ConverseMetrics = serde_json::from_str(r#"{"latencyMs":10.5}"#)?;
/// let latency = metrics.latency_ms.as_ref().expect("a number");
/// assert_eq!((latency.as_f64(), latency.as_u64()), (10.5, None));
/// assert_eq!(serde_json::to_string(&metrics)?, r#"{"latencyMs":10.5}"#);
/// assert_eq!(metrics.latency_ms(12).latency_ms.and_then(|latency| latency.as_u64()), Some(12));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Num(Number);

impl Num {
    /// The number, if it is whole and not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.0.as_u64()
    }

    /// The number, if it is whole.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.0.as_i64()
    }

    /// The number, or the float next to it.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        self.0.as_f64().unwrap_or_default()
    }

    /// The number as JSON.
    #[must_use]
    pub fn as_number(&self) -> &Number {
        &self.0
    }
}

impl Default for Num {
    fn default() -> Self {
        Self(0.into())
    }
}

impl fmt::Debug for Num {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Num {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

macro_rules! from_integers {
    ($($ty:ty)*) => {$(
        impl From<$ty> for Num {
            fn from(number: $ty) -> Self {
                Self(number.into())
            }
        }

        impl PartialEq<$ty> for Num {
            fn eq(&self, other: &$ty) -> bool {
                self.0 == (*other).into()
            }
        }

        impl IntoField<Num> for $ty {
            fn into_field(self) -> Num {
                self.into()
            }
        }

        impl IntoField<Option<Num>> for $ty {
            fn into_field(self) -> Option<Num> {
                Some(self.into())
            }
        }
    )*};
}

from_integers!(i32 u32 i64 u64);

impl Wire for Num {
    fn fill<'a>(&mut self, input: Input<'a>, _: &mut Aside) -> Result<(), Misfit<'a>> {
        let number = match input {
            Input::Number(number) => number,
            other => match plain::number(&other) {
                Some(number) => number,
                None => return Err(Misfit::expected("a number", other)),
            },
        };
        self.0 = plain::whole(&number).unwrap_or(number);
        Ok(())
    }

    fn view(&self) -> View<'_> {
        View::Number(&self.0)
    }

    fn is_default(&self) -> bool {
        *self == 0
    }
}
