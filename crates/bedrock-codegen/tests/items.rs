//! Every kind of item that the attribute may stand on, or that may stand in an `impl` block beside functions, still compiles and
//! does what it did.

use bedrock_codegen::codegen_at_use;

struct Number(u64);

#[codegen_at_use]
impl Number {
    /// A constant of a function's type is no function.
    const NEXT: fn(u64) -> u64 = |number| number + 1;

    const fn new(number: u64) -> Self {
        Self(number)
    }

    #[inline]
    fn already(&self) -> u64 {
        self.0
    }

    #[must_use]
    #[inline(never)]
    pub(crate) fn never(&self) -> u64 {
        self.0
    }

    fn generic<T>(&self, more: T) -> u64
    where
        T: Into<u64> + Copy,
    {
        self.0 + more.into()
    }

    fn array(&self) -> [u64; 2] {
        [self.0; 2]
    }

    async fn later(&self) -> u64 {
        self.0
    }
}

#[codegen_at_use]
impl IntoIterator for Number {
    type Item = u64;
    type IntoIter = std::ops::Range<u64>;

    fn into_iter(self) -> Self::IntoIter {
        0..self.0
    }
}

#[codegen_at_use]
mod inner {
    pub(super) struct Unit;

    impl Unit {
        pub(super) fn one(&self) -> u64 {
            1
        }
    }

    pub(super) fn two() -> u64 {
        2
    }
}

#[codegen_at_use]
#[allow(dead_code)]
fn alone(number: &Number) -> u64 {
    number.0
}

#[test]
fn items_do_what_they_did() {
    let number = Number::new(3);
    assert_eq!((Number::NEXT)(number.0), 4);
    assert_eq!([number.already(), number.never(), alone(&number)], [3, 3, 3]);
    assert_eq!(number.generic(2u32), 5);
    assert_eq!(number.array(), [3, 3]);
    drop(number.later());
    assert_eq!(number.into_iter().count(), 3);
    assert_eq!(inner::Unit.one() + inner::two(), 3);
}
