//! Several answers in one stream ("choices", generations, results), and which of them is emitted as it grows.
//! Not for: what an answer is made of; each fold has its own.
//!
//! The reply of a native answer is its first choice: the one with the lowest index. So choice 0 is emitted as it grows,
//! and any other as one block when it has stopped, with the choice's number times 2³² for an index. Where no choice 0 comes,
//! as with servers that count from 1, the lowest one is emitted so: its events are held until the stream ends,
//! since until then a lower one may come.

pub(crate) mod ending;

use bedrock_codegen::codegen_at_use;

use crate::event::{Event, EventSink};
use crate::fold::ChunkError;
use crate::fold::block_slots::{Blocks, Slot};
use ending::Ending;

/// One answer of several.
pub(crate) trait Choice {
    /// Whether it has said why it stopped.
    fn has_stopped(&self) -> bool;
    /// Emits its end when the stream ends.
    fn end(&mut self, index: u64, events: &mut EventSink<'_>);
    /// Emits it as one block, where it is not the first choice. Further calls do nothing.
    fn emit_whole(&mut self, index: u64, events: &mut EventSink<'_>);
}

/// The answers by their indexes.
#[derive(Debug, Clone)]
pub(crate) struct Choices<C> {
    all: Blocks<C>,
    /// The one that is emitted as it grows, once that is certain.
    own: Option<u64>,
    /// The lowest so far, and its events, which are held.
    held: Option<(u64, Vec<Event<'static>>)>,
    /// Whether the stop has been emitted.
    pub(crate) ending: Ending,
}

impl<C> Default for Choices<C> {
    fn default() -> Self {
        Self { all: Blocks::default(), own: None, held: None, ending: Ending::default() }
    }
}

impl<C: Choice> Choices<C> {
    /// The choice of this index.
    #[inline]
    pub(crate) fn get(&mut self, index: u64) -> Option<&mut C> {
        self.all.get(index).map(|slot| &mut slot.block)
    }

    /// All, by index.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Slot<C>> {
        self.all.iter()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The one that is emitted as it grows, once that is certain.
    #[inline]
    pub(crate) fn own(&self) -> Option<u64> {
        self.own
    }

    /// The one that will be emitted by what is known now: the lowest.
    pub(crate) fn lowest(&mut self) -> Option<&mut C> {
        let index = self.lowest_index()?;
        self.get(index)
    }

    /// The one that is emitted, where it has stopped.
    pub(crate) fn stopped(&mut self) -> Option<(u64, &mut C)> {
        let index = self.own?;
        self.get(index).filter(|choice| choice.has_stopped()).map(|choice| (index, choice))
    }

    /// Whether there are choices and every one of them has stopped.
    pub(crate) fn all_stopped(&self) -> bool {
        !self.all.is_empty() && self.iter().all(|slot| slot.block.has_stopped())
    }

    /// Continues a choice, or begins it; `take` applies what the chunk brings.
    pub(crate) fn take(
        &mut self,
        index: u64,
        make: impl FnOnce() -> C,
        events: &mut EventSink<'_>,
        take: impl FnOnce(&mut C, &mut EventSink<'_>),
    ) {
        self.all.get_or_open(index, make);
        self.with(index, events, take);
        if !self.get(index).is_some_and(|choice| choice.has_stopped()) {
            return;
        }
        // It is emitted as it grew when the stream ends, or whole if a lower one comes.
        if self.held.as_ref().is_some_and(|(held, _)| *held == index) {
            return;
        }
        if self.own != Some(index)
            && let Some(choice) = self.get(index)
        {
            choice.emit_whole(index, events);
        }
    }

    /// Ends all with the stream.
    pub(crate) fn end(&mut self, events: &mut EventSink<'_>) {
        if let Some(index) = self.lowest_index() {
            self.with(index, events, |choice, events| choice.end(index, events));
        }
        self.settle(events);
        let own = self.own;
        for slot in self.all.iter_mut().filter(|slot| own != Some(slot.index)) {
            slot.block.emit_whole(slot.index, events);
        }
    }

    /// Changes the one that will be emitted by what is known now.
    pub(crate) fn change_lowest(
        &mut self,
        events: &mut EventSink<'_>,
        change: impl FnOnce(&mut C, &mut EventSink<'_>),
    ) {
        if let Some(index) = self.lowest_index() {
            self.with(index, events, change);
        }
    }

    fn lowest_index(&self) -> Option<u64> {
        self.own.or(self.held.as_ref().map(|(held, _)| *held))
    }

    /// Changes a choice, with the sink that its events belong to.
    fn with(
        &mut self,
        index: u64,
        events: &mut EventSink<'_>,
        change: impl FnOnce(&mut C, &mut EventSink<'_>),
    ) {
        if index == 0 && self.own.is_none() {
            // What was held of a higher one is dropped: that one is emitted whole.
            (self.own, self.held) = (Some(0), None);
        }
        let Some(choice) = self.all.get(index).map(|slot| &mut slot.block) else { return };
        if self.own == Some(index) {
            return change(choice, events);
        }
        let is_lowest = self.held.as_ref().is_none_or(|(held, _)| index <= *held);
        if self.own.is_some() || !is_lowest {
            return change(choice, &mut EventSink::none());
        }
        let (_, emitted) = match &mut self.held {
            Some(held) if held.0 == index => held,
            // A lower one: the events of the one held so far are dropped, and it is emitted whole.
            other => other.insert((index, Vec::new())),
        };
        if events.is_enabled() {
            let mut on_event = |event: Event<'_>| keep(emitted, event);
            change(choice, &mut EventSink::new(&mut on_event));
        } else {
            change(choice, events);
        }
    }

    /// Emits the held events: no lower choice can come any more.
    fn settle(&mut self, events: &mut EventSink<'_>) {
        let Some((index, emitted)) = self.held.take() else { return };
        self.own = Some(index);
        for event in emitted {
            events.emit(|| event);
        }
    }
}

/// Keeps an event; a delta that goes on with the one before is joined to it, so that no more is held than the text.
#[codegen_at_use]
fn keep(emitted: &mut Vec<Event<'static>>, event: Event<'_>) {
    match (emitted.last_mut(), event) {
        (Some(Event::TextDelta(own)), Event::TextDelta(more)) if own.index == more.index => {
            own.text.to_mut().push_str(&more.text);
        }
        (Some(Event::ThinkingDelta(own)), Event::ThinkingDelta(more)) if own.index == more.index => {
            own.text.to_mut().push_str(&more.text);
        }
        (Some(Event::ToolInputDelta(own)), Event::ToolInputDelta(more)) if own.index == more.index => {
            own.json.to_mut().push_str(&more.json);
        }
        (_, event) => emitted.push(event.into_owned()),
    }
}

/// What a chunk says of choices that have begun.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct GoesOn {
    /// One is given its role again, and more than its end, as at the beginning of a message.
    pub(crate) begins: bool,
    /// There is more content of one.
    pub(crate) says: bool,
    /// There is more content of one whose role is known.
    pub(crate) says_in_role: bool,
}

/// Whether a chunk with this id is of another message than the chunks before it.
///
/// Nearly all servers give all chunks of a message one id. What is recorded of others:
/// - The first chunk, which holds what a filter found, has an empty id (Azure, Copilot): that is none.
/// - The last chunk, which repeats the role and says why the model stopped, has an id of its own (Perplexity).
/// - Every chunk has an id of its own, and none names a role (Groq's compound models).
///
/// So ids may change as long as each came once and no role was named. Once one has come twice, or with a role, what is said
/// under another is another message's; and so it is in formats of which no other than the first kind of server is known.
#[derive(Debug, Clone, Copy, Default)]
// Recordings: azure.*, copilot.* (an empty id first, twelve streams),
// perplexity.prompt_caching.streaming_probe__0, and for Groq test_groq_model_web_search_tool_stream
// (226 ids).
pub(crate) struct Ids {
    change: bool,
    repeated: bool,
}

#[codegen_at_use]
impl Ids {
    /// Takes note that the id came again.
    #[inline]
    pub(crate) fn repeat(&mut self) {
        self.repeated = true;
    }

    /// Refuses a chunk of another message, in a chat.
    pub(crate) fn admit(
        &mut self,
        own: Option<&str>,
        id: Option<&str>,
        goes_on: GoesOn,
    ) -> Result<(), ChunkError> {
        let (Some(own), Some(id)) = (own, id) else { return Ok(()) };
        if own.is_empty() || id.is_empty() || self.change {
            return Ok(());
        }
        if own == id {
            self.repeated = true;
            return Ok(());
        }
        if goes_on.begins {
            return Err(ChunkError::other_message(format!("message {id} begins inside message {own}")));
        }
        if goes_on.says_in_role || (goes_on.says && self.repeated) {
            return Err(ChunkError::other_message(format!("a piece of message {id} inside message {own}")));
        }
        // A chunk without content, as one of counts, says nothing about how this server gives ids.
        self.change = goes_on.says;
        Ok(())
    }
}

/// Keeps the first id that comes. One that is empty is none yet: what Azure and Copilot stream begins so.
#[codegen_at_use]
pub(crate) fn keep_id(own: &mut Option<String>, id: Option<&str>) {
    if own.as_deref().is_none_or(str::is_empty) {
        *own = id.map(str::to_owned).or(own.take());
    }
}

/// Refuses a chunk of another message, in a format whose messages have one id each.
#[codegen_at_use]
pub(crate) fn admit_id(own: Option<&str>, id: Option<&str>, says: bool) -> Result<(), ChunkError> {
    match (own, id) {
        (Some(own), Some(id)) if says && own != id && !own.is_empty() && !id.is_empty() => {
            Err(ChunkError::other_message(format!("a piece of message {id} inside message {own}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::TextDelta;

    /// Whether it has stopped, and whether it was emitted whole.
    #[derive(Default)]
    struct Words(bool, bool);

    impl Choice for Words {
        fn has_stopped(&self) -> bool {
            self.0
        }
        fn end(&mut self, _: u64, _: &mut EventSink<'_>) {}
        fn emit_whole(&mut self, index: u64, events: &mut EventSink<'_>) {
            if !std::mem::replace(&mut self.1, true) {
                events.emit(|| Event::TextDelta(TextDelta { index: index * 100, text: "whole".into() }));
            }
        }
    }

    /// Words of choices, `.` for a stop: what is emitted of them, at last.
    fn emitted(words: &[(u64, &'static str)]) -> String {
        let mut all = String::new();
        let mut on_event = |event: Event<'_>| {
            if let Event::TextDelta(delta) = event {
                all.push_str(&format!("{}:{} ", delta.index, delta.text));
            }
        };
        let mut events = EventSink::new(&mut on_event);
        let mut choices = Choices::<Words>::default();
        for &(index, word) in words {
            choices.take(index, Words::default, &mut events, |choice, events| {
                choice.0 |= word == ".";
                events.emit(|| Event::TextDelta(TextDelta { index, text: word.into() }));
            });
        }
        choices.end(&mut events);
        all
    }

    #[test]
    fn the_lowest_is_emitted() {
        for (words, expected) in [
            (&[(0, "a"), (1, "b"), (0, "."), (1, ".")][..], "0:a 0:. 100:whole "),
            (&[(1, "b"), (0, "a"), (1, "."), (0, ".")], "0:a 100:whole 0:. "),
            (&[(1, "a"), (1, "b"), (1, ".")], "1:ab. "),
            (&[(2, "c"), (1, "a"), (2, "."), (1, ".")], "200:whole 1:a. "),
            (&[(2, "c"), (2, "."), (1, "a")], "1:a 200:whole "),
            (&[(3, "cut")], "3:cut "),
            (&[(1, "."), (0, "late")], "0:late 100:whole "),
        ] {
            assert_eq!(emitted(words), expected, "{words:?}");
        }
    }
}
