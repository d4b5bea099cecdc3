//! Chunks that wait until their format is known, in one buffer.
//! Not for: deciding; see `stream_state::detection`.

use crate::fold::RawChunk;
use crate::fold::raw_list::RawList;
use crate::reader::answer::Place;

/// Chunks with their names and places, as they arrived. A hostile stream has millions of small ones: beside its
/// bytes a chunk takes a few more, and no allocation of its own.
#[derive(Debug, Default)]
pub(crate) struct PendingChunks {
    /// For each: place, length of the name, name, length of the JSON, JSON. A name that is absent has the length 0, any
    /// other one more than its own.
    bytes: Vec<u8>,
}

impl PendingChunks {
    pub(crate) fn push(&mut self, chunk: RawChunk<'_>, place: Place) {
        let (number, kind) = match place {
            Place::Byte(number) => (number, 0),
            Place::Line(number) => (number, 1),
            Place::Chunk(number) => (number, 2),
        };
        self.number(number << 2 | kind);
        self.number(chunk.event_type.map_or(0, |name| name.len() as u64 + 1));
        self.bytes.extend_from_slice(chunk.event_type.unwrap_or_default().as_bytes());
        self.number(chunk.json.len() as u64);
        self.bytes.extend_from_slice(chunk.json);
    }

    /// How many bytes of memory they take.
    pub(crate) fn held(&self) -> usize {
        self.bytes.capacity()
    }

    /// The chunks in the order of their arrival.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (RawChunk<'_>, Place)> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || next(&mut rest))
    }

    /// The chunks without their names and places.
    pub(crate) fn into_list(self) -> RawList {
        let mut list = RawList::new();
        self.iter().for_each(|(chunk, _)| list.push_text(chunk.json));
        list
    }

    /// Appends a number, seven bits a byte.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }
}

fn next<'a>(rest: &mut &'a [u8]) -> Option<(RawChunk<'a>, Place)> {
    let place = number(rest)?;
    let place = match place & 3 {
        0 => Place::Byte(place >> 2),
        1 => Place::Line(place >> 2),
        _ => Place::Chunk(place >> 2),
    };
    let name = match number(rest)?.checked_sub(1) {
        Some(length) => Some(std::str::from_utf8(take(rest, length)?).ok()?),
        None => None,
    };
    let length = number(rest)?;
    Some((RawChunk { event_type: name, json: take(rest, length)? }, place))
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    Some(number)
}

fn take<'a>(rest: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let (taken, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = behind;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chunks_come_back_as_they_went_in(
            chunks in prop::collection::vec(
                (prop::option::of(".{0,200}"), prop::collection::vec(any::<u8>(), 0..300), 0_u8..3, 0_u64..1 << 60),
                0..20,
            ),
        ) {
            let chunks: Vec<_> = chunks.iter().map(|(name, json, kind, number)| {
                let place = [Place::Byte, Place::Line, Place::Chunk][usize::from(*kind)](*number);
                (RawChunk { event_type: name.as_deref(), json }, place)
            }).collect();
            let mut pending = PendingChunks::default();
            chunks.iter().for_each(|(chunk, place)| pending.push(*chunk, *place));
            prop_assert_eq!(pending.iter().count(), chunks.len());
            prop_assert_eq!(pending.iter().collect::<Vec<_>>(), chunks);
        }
    }
}
