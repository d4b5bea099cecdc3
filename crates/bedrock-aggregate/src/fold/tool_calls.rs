//! The tool calls of one message in OpenAI's manner: they arrive in pieces, identified by an index, or by an id, or by
//! nothing at all.
//! Not for: the types in which a format writes them, nor calls that are blocks of their own.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::call_ids;

use crate::event::{Event, EventSink, ToolInputDelta, ToolUseEnd, ToolUseStart};
use crate::fold::growing_block::Piece;

/// A piece of a call, as a delta has it. Empty texts count as absent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CallPiece<'a> {
    pub(crate) index: Option<u64>,
    pub(crate) id: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    /// More of the input.
    pub(crate) input: Option<&'a str>,
    /// Whether the tool takes text and not JSON.
    pub(crate) is_text: bool,
}

/// A call under construction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Call {
    pub(crate) index: Option<u64>,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) input: String,
    is_text: bool,
    /// What was emitted: the block's index and the call's id.
    emitted: Option<(u64, String)>,
    ended: bool,
}

/// The calls in the order of their beginning.
///
/// A call is emitted when its name and its id are known. Until then it waits, as some servers send
/// them late; where no id comes at all, the call is emitted at the message's end under the id that it has in the reply
/// ([`call_ids`]), which depends on all other calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls {
    list: Vec<Call>,
    /// The latest call of an index, and the call of an id.
    by_index: BTreeMap<u64, usize>,
    by_id: HashMap<String, usize>,
    /// How many of the first have ended.
    ended: usize,
}

#[codegen_at_use]
impl Calls {
    /// Takes a piece; gives the place of the call that it belongs to. `next` is the index of the next block.
    pub(crate) fn take(&mut self, piece: CallPiece<'_>, next: &mut u64, events: &mut EventSink<'_>) -> usize {
        let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let at = self.place(&piece);
        let call = &mut self.list[at];
        call.index = call.index.or(piece.index);
        if call.id.is_none() {
            call.id = filled(piece.id);
            if let Some(id) = &call.id {
                self.by_id.entry(id.clone()).or_insert(at);
            }
        }
        // Some servers repeat the name with every piece: it is set, not appended.
        call.name = call.name.take().or_else(|| filled(piece.name));
        // JSON or text: once it is emitted as one of the two, it stays so.
        call.is_text |= piece.is_text && call.emitted.is_none();
        let input = piece.input.unwrap_or_default();
        if let (None, Some(_), Some(id)) = (&call.emitted, &call.name, &call.id) {
            call.emit_start(id.clone(), next, events);
        }
        call.push(Piece::Plain(input), events);
        at
    }

    /// Emits the start of the calls that have a name and still wait for an id.
    pub(crate) fn begin(&mut self, next: &mut u64, events: &mut EventSink<'_>) {
        self.emit_starts(|call| call.name.is_some(), next, events);
    }

    /// The call at a place.
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut Call> {
        self.list.get_mut(at)
    }

    /// The latest call of an index: the one that a piece without an id belongs to.
    pub(crate) fn by_index(&self, index: u64) -> Option<usize> {
        self.by_index.get(&index).copied()
    }

    /// Ends all calls. One whose name never came is emitted without.
    pub(crate) fn end(&mut self, next: &mut u64, events: &mut EventSink<'_>) {
        self.emit_starts(|_| true, next, events);
        for (at, call) in self.list.iter_mut().enumerate().skip(self.ended) {
            call.end(at, next, events);
        }
        self.ended = self.list.len();
    }

    /// Emits the start of calls that are not emitted yet, under the ids that they have in the reply.
    fn emit_starts(&mut self, which: impl Fn(&Call) -> bool, next: &mut u64, events: &mut EventSink<'_>) {
        let waits = |call: &Call| call.emitted.is_none() && which(call);
        if !self.list[self.ended..].iter().any(waits) {
            return;
        }
        let in_order = self.in_order();
        let ids = call_ids(in_order.iter().map(|(_, call)| call.id.as_deref()));
        let mut ids: Vec<(usize, String)> =
            in_order.iter().zip(ids).map(|(&(at, _), id)| (at, id.into_owned())).collect();
        ids.sort_unstable_by_key(|(at, _)| *at);
        for (call, (_, id)) in self.list.iter_mut().zip(ids) {
            if call.emitted.is_none() && which(call) {
                call.emit_start(id, next, events);
            }
        }
    }

    /// The calls, by index, with their places; those without an index stand where they began.
    pub(crate) fn in_order(&self) -> Vec<(usize, &Call)> {
        let mut calls: Vec<_> = self.list.iter().enumerate().collect();
        // Stable: several calls of one index stand in the order in which they began.
        calls.sort_by_key(|(at, call)| call.index.unwrap_or(*at as u64));
        calls
    }

    /// Which call a piece belongs to. A new id is a new call, whatever its index says: some servers give all calls the
    /// index 0, and some leave indexes out. Without index and id, a new name is a new call. A call that began without what
    /// its later pieces have is continued by the first piece that fits.
    fn place(&mut self, piece: &CallPiece<'_>) -> usize {
        let id = piece.id.filter(|id| !id.is_empty());
        let by_id = id.and_then(|id| self.by_id.get(id)).copied();
        let named = piece.name.is_some_and(|name| !name.is_empty());
        let known = match (piece.index, id) {
            (Some(index), Some(_)) => {
                let same_index = |&at: &usize| self.list[at].index.is_none_or(|own| own == index);
                let same_call = |&at: &usize| match &self.list[at] {
                    Call { id: Some(own), .. } => Some(own.as_str()) == id,
                    // Its id may come late, but not with another's name.
                    call => !call.is_named() || !named || call.name.as_deref() == piece.name,
                };
                by_id.filter(same_index).or_else(|| self.by_index(index).filter(same_call))
            }
            (Some(index), None) => self.by_index(index),
            (None, Some(_)) => by_id,
            (None, None) => {
                let last = self.list.len().checked_sub(1);
                last.filter(|&at| !named || self.list[at].name.is_none())
            }
        };
        let fits = |&at: &usize| {
            self.list.get(at).is_some_and(|call| {
                (call.index.is_none() || piece.index.is_none())
                    && (call.id.is_none() || id.is_none())
                    && !(named
                        && call.is_named()
                        && (call.id.is_none() || call.name.as_deref() != piece.name))
            })
        };
        let known = known.or_else(|| {
            // Calls without indexes are counted from the first, if anything.
            let counted = piece.index.and_then(|index| usize::try_from(index).ok());
            let last = self.list.len().checked_sub(1).filter(|_| piece.index.is_some() || id.is_some());
            counted.filter(fits).or(last.filter(fits))
        });
        let at = known.unwrap_or_else(|| {
            self.list.push(Call { index: piece.index, ..Call::default() });
            self.list.len() - 1
        });
        if let Some(index) = piece.index {
            self.by_index.insert(index, at);
        }
        at
    }
}

#[codegen_at_use]
impl Call {
    /// A call that the format identifies by itself.
    pub(crate) fn new(is_text: bool) -> Self {
        Self { is_text, ..Self::default() }
    }

    /// Takes id and name where they were not known, and emits the call's start once its name is.
    pub(crate) fn name(
        &mut self,
        id: Option<&str>,
        name: Option<&str>,
        next: &mut u64,
        events: &mut EventSink<'_>,
    ) {
        let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        self.id = self.id.take().or_else(|| filled(id));
        self.name = self.name.take().or_else(|| filled(name));
        if self.emitted.is_none() && self.name.is_some() {
            self.emit_start(self.id_at(0), next, events);
        }
    }

    /// Takes the whole input: what is new of it. One that is empty, or another, says nothing of what came.
    pub(crate) fn complete(&mut self, input: &str, events: &mut EventSink<'_>) {
        if let Some(rest) = input.strip_prefix(self.input.as_str()) {
            self.push(Piece::Plain(rest), events);
        }
    }

    /// Whether its start has been emitted.
    pub(crate) fn has_begun(&self) -> bool {
        self.emitted.is_some()
    }

    fn is_named(&self) -> bool {
        self.name.is_some()
    }

    /// Its id, or what it is called by as the call of this place.
    fn id_at(&self, at: usize) -> String {
        self.id.clone().unwrap_or_else(|| format!("call_{at}"))
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether the tool takes text and not JSON.
    pub(crate) fn is_text(&self) -> bool {
        self.is_text
    }

    /// Appends to the input, and emits it if the call has been emitted; `None`, with nothing taken, where the escapes are not
    /// JSON's.
    #[inline]
    pub(crate) fn push(&mut self, input: Piece<'_>, events: &mut EventSink<'_>) -> Option<()> {
        let input = input.append_to(&mut self.input)?;
        if let Some((index, id)) = self.emitted.as_ref().filter(|_| !input.is_empty() && !self.ended) {
            input_delta(*index, id, input, self.is_text, events);
        }
        Some(())
    }

    /// Emits that the call begins, and the input that came before.
    fn emit_start(&mut self, id: String, next: &mut u64, events: &mut EventSink<'_>) {
        let index = *next;
        *next += 1;
        let name = self.name.as_deref().unwrap_or_default();
        events.emit(|| {
            Event::ToolUseStart(ToolUseStart { index, id: Cow::Borrowed(&id), name: Cow::Borrowed(name) })
        });
        if self.is_text {
            quote(index, &id, events);
        }
        if !self.input.is_empty() {
            input_delta(index, &id, &self.input, self.is_text, events);
        }
        self.emitted = Some((index, id));
    }

    /// Ends the call, once.
    pub(crate) fn end(&mut self, at: usize, next: &mut u64, events: &mut EventSink<'_>) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        if self.emitted.is_none() {
            self.emit_start(self.id_at(at), next, events);
        }
        let Some((index, id)) = &self.emitted else { return };
        if self.is_text {
            quote(*index, id, events);
        }
        events.emit(|| Event::ToolUseEnd(ToolUseEnd { index: *index, id: Cow::Borrowed(id) }));
    }
}

/// Emits more of an input. Deltas are always JSON: text is emitted as the inside of a JSON string.
#[codegen_at_use]
fn input_delta(index: u64, id: &str, input: &str, is_text: bool, events: &mut EventSink<'_>) {
    events.emit(|| {
        let json = if is_text {
            // Piece by piece: JSON escapes characters one by one, so the pieces put together are
            // the whole text's escape.
            let quoted = serde_json::to_string(input).unwrap_or_default();
            Cow::Owned(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned())
        } else {
            Cow::Borrowed(input)
        };
        Event::ToolInputDelta(ToolInputDelta { index, id: Cow::Borrowed(id), json })
    });
}

/// The quotation mark before and after a text that is emitted as a JSON string.
#[codegen_at_use]
fn quote(index: u64, id: &str, events: &mut EventSink<'_>) {
    let json = Cow::Borrowed("\"");
    events.emit(|| Event::ToolInputDelta(ToolInputDelta { index, id: Cow::Borrowed(id), json }));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces as `index|id|name|input`, `-` for what is absent; calls as `id|name|input`.
    fn check(pieces: &[&str], calls: &[&str]) {
        let (mut all, mut next, mut emitted, mut ids) = (Calls::default(), 0, String::new(), Vec::new());
        let mut on_event = |event: Event<'_>| match event {
            Event::ToolUseStart(start) => {
                ids.push(start.id.to_string());
                emitted.push_str(&format!("<{} {}>", start.index, start.name));
            }
            Event::ToolInputDelta(delta) => emitted.push_str(&format!("{}:{} ", delta.index, delta.json)),
            Event::ToolUseEnd(end) => emitted.push_str(&format!("</{}>", end.index)),
            other => panic!("{other:?}"),
        };
        let mut events = EventSink::new(&mut on_event);
        for piece in pieces {
            let parts: Vec<_> = piece.split('|').map(|part| Some(part).filter(|part| *part != "-")).collect();
            let index = parts[0].map(|index| index.parse().unwrap());
            let piece = CallPiece { index, id: parts[1], name: parts[2], input: parts[3], is_text: false };
            all.take(piece, &mut next, &mut events);
        }
        all.end(&mut next, &mut events);
        let built: Vec<_> = all
            .in_order()
            .into_iter()
            .map(|(_, call)| {
                format!(
                    "{}|{}|{}",
                    call.id.as_deref().unwrap_or("-"),
                    call.name.as_deref().unwrap_or("-"),
                    call.input
                )
            })
            .collect();
        assert_eq!(built, calls, "{pieces:?}");
        let mut own: Vec<_> =
            call_ids(all.in_order().into_iter().map(|(_, call)| call.id.as_deref())).to_vec();
        own.sort_unstable();
        ids.sort_unstable();
        assert_eq!(ids, own, "the ids emitted and the reply's: {pieces:?}");
        assert_eq!(emitted.matches('<').count(), 2 * calls.len(), "{emitted}");
        for call in &all.list {
            let (index, _) = call.emitted.as_ref().unwrap();
            let input: String = emitted
                .split(['>', ' '])
                .filter_map(|part| part.strip_prefix(&format!("{index}:")))
                .collect();
            assert_eq!(input, call.input, "{emitted}");
        }
    }

    #[test]
    fn pieces_find_their_calls() {
        check(&["0|a|f|", "0|-|-|{", "0|-|-|}"], &["a|f|{}"]);
        check(&["0|a|f|-", "1|b|g|-", "0|-|-|1", "1|-|-|2", "0|-|-|3"], &["a|f|13", "b|g|2"]);
        check(&["1|b|g|2", "0|a|f|1"], &["a|f|1", "b|g|2"]);
        // Names and ids repeated with every piece.
        check(&["0|a|f|1", "0|a|f|2", "0||f|3"], &["a|f|123"]);
        // The name after the input, the id after both.
        check(&["0|-|-|1", "0|-|f|2", "0|a|-|3"], &["a|f|123"]);
        // All with the index 0, told apart by their ids; the first goes on later.
        check(&["0|a|f|1", "0|b|g|2", "0|-|-|3", "0|a|-|4"], &["a|f|14", "b|g|23"]);
        // No index.
        check(&["-|a|f|1", "-|b|g|2", "-|a|-|3"], &["a|f|13", "b|g|2"]);
        check(&["-|-|f|1", "-|-|-|2", "-|-|g|3", "-|-|g|4"], &["-|f|12", "-|g|3", "-|g|4"]);
        // One id for all, as some models count: the index decides.
        check(&["0|x|f|1", "1|x|g|2", "0|-|-|3", "0|x|-|4", "1|x|-|5"], &["x|f|134", "x|g|25"]);
        // Numbered or named only later, or only in the beginning.
        check(&["-|a|f|", "0|-|-|1", "0|-|-|2"], &["a|f|12"]);
        check(&["-|a|f|", "-|b|g|", "0|-|-|1", "1|-|-|2"], &["a|f|1", "b|g|2"]);
        check(&["-|a|f|", "0|-|f|1"], &["a|f|1"]);
        check(&["-|-|-|-", "0|-|-|1"], &["-|-|1"]);
        check(&["0|-|f|1", "-|a|-|2"], &["a|f|12"]);
        check(&["-|-|f|1", "0|a|-|2"], &["a|f|12"]);
        check(&["-|a|f|1", "0|b|g|2"], &["a|f|1", "b|g|2"]);
        check(&["0|-|f|1", "0|b|g|2"], &["-|f|1", "b|g|2"]);
        check(&["0|-|f|1", "0|b|f|2"], &["b|f|12"]);
        // Numbers in the place of ids are no two calls', and none that the model gave.
        check(&["5|-|f|1"], &["-|f|1"]);
        check(&["5|-|f|1", "0|-|g|2"], &["-|g|2", "-|f|1"]);
        check(&["0|call_1|f|1", "1|-|g|2"], &["call_1|f|1", "-|g|2"]);
        check(&["1|-|f|1", "-|-|g|2"], &["-|f|1", "-|g|2"]);
        // A name that never comes.
        check(&["0|a|-|1"], &["a|-|1"]);
        check(&["18446744073709551615|a|f|1", "7|b|g|2"], &["b|g|2", "a|f|1"]);
        check(&[], &[]);
    }

    #[test]
    fn a_text_is_emitted_as_a_json_string() {
        let (mut all, mut next, mut emitted) = (Calls::default(), 0, String::new());
        let mut on_event = |event: Event<'_>| {
            if let Event::ToolInputDelta(delta) = event {
                emitted.push_str(&delta.json)
            }
        };
        let mut events = EventSink::new(&mut on_event);
        for input in ["say \"", "hi\"\n", "", "é"] {
            let piece = CallPiece {
                index: Some(0),
                name: Some("f"),
                input: Some(input),
                is_text: true,
                ..CallPiece::default()
            };
            all.take(piece, &mut next, &mut events);
        }
        all.end(&mut next, &mut events);
        assert_eq!(serde_json::from_str::<String>(&emitted).unwrap(), "say \"hi\"\né");
    }
}
