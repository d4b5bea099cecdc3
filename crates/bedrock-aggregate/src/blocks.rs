//! The blocks of a message under construction, by their index on the wire.
//! Not for: what a block holds; each fold has its own.

/// Blocks in the order of their indexes, which may have gaps, arrive in any order and interleave.
#[derive(Debug, Clone)]
pub(crate) struct Blocks<B> {
    slots: Vec<Slot<B>>,
    /// Where the last one asked for is: nearly always the next one asked for.
    last: usize,
}

/// A block and whether it may still grow.
#[derive(Debug, Clone)]
pub(crate) struct Slot<B> {
    pub(crate) index: u64,
    pub(crate) open: bool,
    pub(crate) block: B,
}

impl<B> Default for Blocks<B> {
    fn default() -> Self {
        Self { slots: Vec::new(), last: 0 }
    }
}

impl<B> Blocks<B> {
    /// The block with this index.
    #[inline]
    pub(crate) fn get(&mut self, index: u64) -> Option<&mut Slot<B>> {
        if self.slots.get(self.last).is_none_or(|slot| slot.index != index) {
            self.last = self.position(index).ok()?;
        }
        self.slots.get_mut(self.last)
    }

    /// The block with this index, made if there is none, and whether it was made.
    pub(crate) fn get_or_open(&mut self, index: u64, make: impl FnOnce() -> B) -> (&mut Slot<B>, bool) {
        let (at, made) = match self.position(index) {
            Ok(at) => (at, false),
            Err(at) => {
                self.slots.insert(at, Slot { index, open: true, block: make() });
                (at, true)
            }
        };
        self.last = at;
        (&mut self.slots[at], made)
    }

    /// All blocks, by index.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Slot<B>> {
        self.slots.iter()
    }

    /// All blocks, by index, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Slot<B>> {
        self.slots.iter_mut()
    }

    /// The index of the n-th block; of one that is yet to come, one behind the last.
    pub(crate) fn nth_index(&self, n: usize) -> u64 {
        let last = self.slots.last().map(|slot| slot.index);
        let new = last.map_or(n as u64, |last| last.saturating_add(1));
        self.slots.get(n).map_or(new, |slot| slot.index)
    }

    /// The indexes of those that have not ended.
    pub(crate) fn open_indexes(&self) -> Vec<u64> {
        self.slots.iter().filter(|slot| slot.open).map(|slot| slot.index).collect()
    }

    /// Forgets all blocks.
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.last = 0;
    }

    fn position(&self, index: u64) -> Result<usize, usize> {
        // Blocks arrive in ascending order: look behind the last one before searching.
        match self.slots.last() {
            Some(last) if last.index < index => Err(self.slots.len()),
            _ => self.slots.binary_search_by_key(&index, |slot| slot.index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn blocks_are_a_map_in_order_of_index(indexes in prop::collection::vec(0u64..8, 0..30)) {
            let (mut blocks, mut map) = (Blocks::<Vec<usize>>::default(), BTreeMap::<u64, Vec<usize>>::new());
            for (n, index) in indexes.into_iter().enumerate() {
                prop_assert_eq!(blocks.get(index).map(|slot| slot.block.clone()), map.get(&index).cloned());
                let (slot, made) = blocks.get_or_open(index, Vec::new);
                prop_assert_eq!(made, !map.contains_key(&index));
                slot.block.push(n);
                map.entry(index).or_default().push(n);
            }
            let listed: Vec<_> = blocks.iter().map(|slot| (slot.index, slot.block.clone())).collect();
            prop_assert_eq!(listed, map.into_iter().collect::<Vec<_>>());
        }
    }
}
