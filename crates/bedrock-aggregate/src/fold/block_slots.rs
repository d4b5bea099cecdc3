//! The blocks of a message under construction, by their index on the wire.
//! Not for: what a block holds; each fold has its own.

use std::collections::BTreeMap;

/// Blocks in the order of their indexes, which may have gaps, arrive in any order and interleave.
///
/// Nearly always they begin in that order, and a list is enough. Once one begins out of order, the list continues in
/// order of arrival and a tree maps indexes to places: inserting in the middle would move everything behind it.
#[derive(Debug, Clone)]
pub(crate) struct Blocks<B> {
    slots: Vec<Slot<B>>,
    /// The place of each index; empty for as long as `slots` are in order.
    places: BTreeMap<u64, usize>,
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
        Self { slots: Vec::new(), places: BTreeMap::new(), last: 0 }
    }
}

impl<B> Blocks<B> {
    /// The block with this index.
    #[inline]
    pub(crate) fn get(&mut self, index: u64) -> Option<&mut Slot<B>> {
        // Compared, not trusted: after sorting and clearing, `last` is another block or none.
        if self.slots.get(self.last).is_none_or(|slot| slot.index != index) {
            self.last = self.place(index)?;
        }
        self.slots.get_mut(self.last)
    }

    /// The block with this index, made if there is none, and whether it was made.
    pub(crate) fn get_or_open(&mut self, index: u64, make: impl FnOnce() -> B) -> (&mut Slot<B>, bool) {
        let found = self.place(index);
        let at = found.unwrap_or(self.slots.len());
        if found.is_none() {
            // Before the push: the place that is noted is the length of the list.
            self.note_place(index);
            self.slots.push(Slot { index, open: true, block: make() });
        }
        self.last = at;
        (&mut self.slots[at], found.is_none())
    }

    /// The block with this index, to be looked at.
    pub(crate) fn find(&self, index: u64) -> Option<&B> {
        self.place(index).and_then(|at| self.slots.get(at)).map(|slot| &slot.block)
    }

    /// The index of the last one; 0 where there is none.
    pub(crate) fn last_index(&self) -> u64 {
        self.highest().unwrap_or_default()
    }

    /// The index after the last one.
    pub(crate) fn next_index(&self) -> u64 {
        // Indexes are the server's: there is none after the largest.
        self.highest().map_or(0, |last| last.saturating_add(1))
    }

    fn highest(&self) -> Option<u64> {
        let of_tree = self.places.last_key_value().map(|(index, _)| *index);
        of_tree.or_else(|| self.slots.last().map(|slot| slot.index))
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// All blocks, by index.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Slot<B>> {
        let in_order = if self.places.is_empty() { self.slots.as_slice() } else { &[] };
        in_order.iter().chain(self.places.values().map(|&at| &self.slots[at]))
    }

    /// All blocks, by index, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Slot<B>> {
        self.put_in_order();
        self.slots.iter_mut()
    }

    /// The index of the n-th block; if there is none yet, the index after the last.
    pub(crate) fn nth_index(&mut self, n: usize) -> u64 {
        self.put_in_order();
        let last = self.slots.last().map(|slot| slot.index);
        let new = last.map_or(n as u64, |last| last.saturating_add(1));
        self.slots.get(n).map_or(new, |slot| slot.index)
    }

    /// The indexes of those that have not ended.
    pub(crate) fn open_indexes(&self) -> Vec<u64> {
        self.iter().filter(|slot| slot.open).map(|slot| slot.index).collect()
    }

    /// Forgets all blocks.
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.places.clear();
        self.last = 0;
    }

    fn place(&self, index: u64) -> Option<usize> {
        if !self.places.is_empty() {
            return self.places.get(&index).copied();
        }
        // Blocks arrive in ascending order: look behind the last one before searching.
        match self.slots.last() {
            Some(last) if last.index < index => None,
            _ => self.slots.binary_search_by_key(&index, |slot| slot.index).ok(),
        }
    }

    /// Takes note that the next block will be the one with this index.
    fn note_place(&mut self, index: u64) {
        if self.places.is_empty() && self.slots.last().is_some_and(|last| last.index > index) {
            self.places = self.slots.iter().enumerate().map(|(at, slot)| (slot.index, at)).collect();
        }
        if !self.places.is_empty() {
            self.places.insert(index, self.slots.len());
        }
    }

    /// Sorts the list by index. It costs one pass over all blocks, and the order holds
    /// as long as no block begins out of order.
    fn put_in_order(&mut self) {
        if !self.places.is_empty() {
            self.places.clear();
            // By cached keys: blocks can be large, and so each is moved once.
            self.slots.sort_by_cached_key(|slot| slot.index);
            self.last = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_are_a_map_in_order_of_index(indexes in prop::collection::vec((0u64..8, 0..6), 0..30)) {
            let (mut blocks, mut map) = (Blocks::<Vec<usize>>::default(), BTreeMap::<u64, Vec<usize>>::new());
            for (n, (index, ask)) in indexes.into_iter().enumerate() {
                prop_assert_eq!(blocks.get(index).map(|slot| slot.block.clone()), map.get(&index).cloned());
                let (slot, made) = blocks.get_or_open(index, Vec::new);
                prop_assert_eq!(made, !map.contains_key(&index));
                slot.block.push(n);
                map.entry(index).or_default().push(n);
                // What puts the blocks in order must not lose where they are.
                match ask {
                    0 => {
                        let nth = map.keys().nth(n).copied();
                        let behind = map.last_key_value().map_or(0, |(last, _)| last + 1);
                        prop_assert_eq!(blocks.nth_index(n), nth.unwrap_or(behind));
                        prop_assert_eq!(blocks.nth_index(0), *map.first_key_value().unwrap().0);
                    }
                    1 => {
                        let listed: Vec<_> = blocks.iter_mut().map(|slot| slot.index).collect();
                        prop_assert_eq!(listed, map.keys().copied().collect::<Vec<_>>());
                    }
                    2 => prop_assert_eq!(blocks.open_indexes(), map.keys().copied().collect::<Vec<_>>()),
                    3 => {
                        blocks.clear();
                        map.clear();
                    }
                    _ => {}
                }
                prop_assert_eq!(blocks.is_empty(), map.is_empty());
            }
            let listed: Vec<_> = blocks.iter().map(|slot| (slot.index, slot.block.clone())).collect();
            prop_assert_eq!(listed, map.into_iter().collect::<Vec<_>>());
        }
    }
}
