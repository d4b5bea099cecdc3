//! One item of an OpenAI response under construction: its parts, its input, and what a listener hears of it.
//! Not for: the events that an item grows by; see the fold in `formats`.
//!
//! A text, a refusal and an open reasoning are heard as they grow; so are the calls of the caller's tools. What the service
//! does by itself (searches, programs, calls of MCP servers) is told when it is complete, as a block.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bedrock_formats::openai_responses::{
    Annotation, ContentPart, CustomToolCall, FunctionCall, Item, ItemStatus, Message, Reasoning, ShellOutput,
    TokenLogprob,
};
use bedrock_formats::wire::TextOr;
use serde_json::{Value, json};

use crate::blocks::Blocks;
use crate::calls::Call;
use crate::event::{BlockEnd, BlockStart, Cited, Event, ImageUpdate, Listener, OtherBlock, TextDelta};
use crate::parts::{Piece, redacted};
use crate::response_changes::{Change, place_of};

mod agreement;
mod thinking;

use agreement::{parts, summary_parts};
use thinking::Thinking;

/// An item: as it was added, and what it grew by; or as it was when it was done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Growing {
    pub(crate) item: Item,
    pub(crate) done: bool,
    /// Whether the item itself has come, and not only something of it.
    pub(crate) announced: bool,
    content: Blocks<GrowingPart>,
    /// The indexes of its parts that are heard and have not ended: an end must not look for them among all.
    heard: BTreeSet<u64>,
    summary: Blocks<GrowingPart>,
    /// The call of a tool of the caller's.
    call: Option<Call>,
    /// Input of what the service runs itself: arguments or a program.
    input: Option<String>,
    commands: Blocks<String>,
    outputs: Blocks<Vec<ShellOutput>>,
    /// The block in which reasoning is heard: the reasoning itself, and its summary.
    thinking: [Thinking; 2],
    image: Option<u64>,
}

/// A part of a message, of reasoning or of its summary.
#[derive(Debug, Clone, Default)]
struct GrowingPart {
    part: ContentPart,
    text: String,
    /// The block in which it is heard, and whether that has ended.
    block: Option<(u64, bool)>,
}

/// A text that grows: which of an item's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A part of a message.
    Text(Option<u64>),
    /// A part of a message that is a refusal.
    Refusal(Option<u64>),
    /// A part of the reasoning.
    Reasoning(Option<u64>),
    /// A part of its summary.
    Summary(Option<u64>),
    /// The input of a function.
    Arguments,
    /// The input of a tool that takes text.
    CustomInput,
}

impl Place {
    /// The item that a delta opens which came before its item.
    #[cfg_attr(not(debug_assertions), inline)]
    fn item(self) -> Item {
        match self {
            Self::Text(_) | Self::Refusal(_) => Item::Message(Message::default().role("assistant")),
            Self::Reasoning(_) | Self::Summary(_) => Item::Reasoning(Reasoning::default()),
            Self::Arguments => Item::FunctionCall(FunctionCall::default()),
            Self::CustomInput => Item::CustomToolCall(CustomToolCall::default()),
        }
    }

    /// The part that a delta opens which came before its part.
    #[cfg_attr(not(debug_assertions), inline)]
    fn part(self) -> ContentPart {
        match self {
            Self::Refusal(_) => ContentPart::Refusal(Default::default()),
            Self::Reasoning(_) => ContentPart::ReasoningText(Default::default()),
            Self::Summary(_) => ContentPart::SummaryText(Default::default()),
            _ => ContentPart::OutputText(Default::default()),
        }
    }
}

impl Growing {
    /// The item that a delta opens which came before its item. A call has the delta's id: it may be all that there is to tell
    /// it by.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn for_place(place: Place, id: Option<&str>) -> Self {
        let mut item = place.item();
        match &mut item {
            Item::FunctionCall(call) => call.id = id.map(str::to_owned),
            Item::CustomToolCall(call) => call.id = id.map(str::to_owned),
            _ => {}
        }
        Self { item, ..Self::default() }
    }

    /// Whether deltas say something of it: it goes on, and is of a kind that is known.
    #[inline]
    pub(crate) fn grows(&self) -> bool {
        !(self.done || self.announced && matches!(self.item, Item::Unknown(_)))
    }

    /// Takes the item as it begins.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn added(&mut self, item: Item, next: &mut u64, events: &mut Listener<'_>) {
        self.item = item;
        self.announced = true;
        self.name_call(false, next, events);
        let (content, summary) = (parts(&self.item), summary_parts(&self.item));
        for (index, part) in content.into_iter().enumerate() {
            let index = Some(index as u64);
            self.part_added(place_of(&part, Place::Text(index)), part, next, events);
        }
        for (index, part) in summary.into_iter().enumerate() {
            self.summary_added(Some(index as u64), part, next, events);
        }
    }

    /// Takes the item as it is when it is complete, and tells what of it was not told.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn complete(&mut self, item: Item, next: &mut u64, events: &mut Listener<'_>) {
        let grown = std::mem::replace(&mut self.item, item);
        self.keep_grown(grown);
        (self.done, self.announced) = (true, true);
        self.name_call(true, next, events);
        let input = match &self.item {
            Item::FunctionCall(call) => call.arguments.clone(),
            Item::CustomToolCall(call) => call.input.clone(),
            _ => None,
        };
        if let Some(call) = &mut self.call {
            call.complete(&input.unwrap_or_default(), events);
            call.end(0, next, events);
        }
        let is_reasoning = matches!(self.item, Item::Reasoning(_));
        // Parts by their order: the numbers under which they grew may begin at 1.
        for (nth, part) in parts(&self.item).iter().enumerate() {
            let (index, text) = (Some(self.content.nth_index(nth)), part.as_text().unwrap_or_default());
            let place = if is_reasoning { Place::Reasoning(index) } else { Place::Text(index) };
            self.set(place, text, next, events);
        }
        for (nth, part) in summary_parts(&self.item).iter().enumerate() {
            let place = Place::Summary(Some(self.summary.nth_index(nth)));
            self.set(place, part.as_text().unwrap_or_default(), next, events);
        }
        self.end_parts(events);
        self.tell_rest(next, events);
    }

    /// Takes a change.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn take(&mut self, change: Change, next: &mut u64, events: &mut Listener<'_>) {
        match change {
            Change::Grow(place, text) => drop(self.push(place, Piece::Plain(&text), next, events)),
            Change::GrowText(index, text, logprobs) => {
                self.push(Place::Text(index), Piece::Plain(&text), next, events);
                self.logprobs(index, logprobs, false);
            }
            Change::Whole(place, text) => self.set(place, &text, next, events),
            Change::WholeText(index, text, logprobs) => {
                self.set(Place::Text(index), &text, next, events);
                self.logprobs(index, logprobs, true);
            }
            Change::WholeInput(place, text, name) => {
                self.set_name(name, next, events);
                self.set(place, &text, next, events);
                self.end_call(next, events);
            }
            Change::Part(place, part) => drop(self.part_added(place, part, next, events)),
            Change::PartDone(place, part) => {
                let index = self.part_added(place, part, next, events);
                self.end_part(index, events);
            }
            Change::SummaryPart(index, part) => self.summary_added(index, part, next, events),
            Change::Cite(index, annotation) => self.cite(index, annotation, next, events),
            Change::ServiceInput(text, all) => grow(self.input.get_or_insert_default(), &text, all),
            Change::Command(index, text, all) => {
                grow(&mut self.commands.get_or_open(index, String::new).0.block, &text, all);
            }
            Change::Output(index, piece) => self.output(index, piece),
            Change::OutputDone(index, all) => self.outputs.get_or_open(index, Vec::new).0.block = all,
            Change::Status(status) => self.status(status),
            Change::Preview(preview, format, data) => {
                let index = *self.image.get_or_insert_with(|| take(next));
                let (format, data) = (format.map(Cow::Owned), Cow::Owned(data));
                let preview = Some(preview.unwrap_or_default());
                events.emit(|| Event::Image(ImageUpdate { index, preview, format, data }));
            }
        }
    }

    /// Takes more of a text; `None`, with nothing taken, where its escapes are not JSON's.
    #[inline]
    pub(crate) fn push(
        &mut self,
        place: Place,
        piece: Piece<'_>,
        next: &mut u64,
        events: &mut Listener<'_>,
    ) -> Option<()> {
        let place = self.within(place);
        let (parts, index) = match place {
            Place::Arguments | Place::CustomInput => return self.call(place).push(piece, events),
            Place::Summary(index) => (&mut self.summary, index),
            Place::Text(index) | Place::Refusal(index) | Place::Reasoning(index) => {
                (&mut self.content, index)
            }
        };
        let index = index.unwrap_or_else(|| parts.last_index());
        if parts.get(index).is_none() {
            parts.get_or_open(index, || GrowingPart { part: place.part(), ..GrowingPart::default() });
        }
        let part = &mut parts.get(index)?.block;
        let text = piece.append_to(&mut part.text)?;
        if text.is_empty() {
            return Some(());
        }
        match place {
            Place::Reasoning(_) => self.thinking[0].say(index, "", text, next, events),
            Place::Summary(_) => self.thinking[1].say(index, "\n\n", text, next, events),
            _ => {
                if part.block.is_none() {
                    self.heard.insert(index);
                }
                say(&mut part.block, text, next, events);
            }
        }
        Some(())
    }

    /// A place in this item: whatever its events are called, what grows in reasoning is reasoning.
    #[inline]
    fn within(&self, place: Place) -> Place {
        match (place, &self.item) {
            (Place::Text(index) | Place::Refusal(index), Item::Reasoning(_)) => Place::Reasoning(index),
            _ => place,
        }
    }

    /// Takes a whole text, in the place of what came of it; what is new of it is told, if that is its end.
    #[cfg_attr(not(debug_assertions), inline)]
    fn set(&mut self, place: Place, whole: &str, next: &mut u64, events: &mut Listener<'_>) {
        if let Place::Arguments | Place::CustomInput = place {
            return self.call(place).complete(whole, events);
        }
        // What contradicts it was refused before; one that is empty says nothing.
        let rest = match self.text_at(place) {
            Some(known) => whole.strip_prefix(known).unwrap_or_default(),
            None => whole,
        };
        self.push(place, Piece::Plain(rest), next, events);
    }

    /// Takes a part of the content as it begins or ends, and gives its index; what it has beside its text holds.
    #[cfg_attr(not(debug_assertions), inline)]
    fn part_added(
        &mut self,
        place: Place,
        part: ContentPart,
        next: &mut u64,
        events: &mut Listener<'_>,
    ) -> u64 {
        let text = part.as_text().unwrap_or_default().to_owned();
        let (Place::Text(index) | Place::Refusal(index) | Place::Reasoning(index)) = place else { return 0 };
        let index = index.unwrap_or_else(|| self.content.last_index());
        let place = match place {
            Place::Reasoning(_) => Place::Reasoning(Some(index)),
            _ => Place::Text(Some(index)),
        };
        self.content.get_or_open(index, GrowingPart::default).0.block.part = part;
        self.set_if_longer(place, &text, next, events);
        index
    }

    /// Takes a part of the summary as it begins or ends.
    #[cfg_attr(not(debug_assertions), inline)]
    fn summary_added(
        &mut self,
        index: Option<u64>,
        part: ContentPart,
        next: &mut u64,
        events: &mut Listener<'_>,
    ) {
        let text = part.as_text().unwrap_or_default().to_owned();
        let index = index.unwrap_or_else(|| self.summary.last_index());
        self.summary.get_or_open(index, GrowingPart::default).0.block.part = part;
        self.set_if_longer(Place::Summary(Some(index)), &text, next, events);
    }

    /// A part that begins brings no text, nearly always; it must not erase what came before it.
    #[cfg_attr(not(debug_assertions), inline)]
    fn set_if_longer(&mut self, place: Place, text: &str, next: &mut u64, events: &mut Listener<'_>) {
        if !text.is_empty() {
            self.set(place, text, next, events);
        }
    }

    /// Ends the block in which a part is heard.
    #[cfg_attr(not(debug_assertions), inline)]
    fn end_part(&mut self, index: u64, events: &mut Listener<'_>) {
        if self.heard.remove(&index)
            && let Some(slot) = self.content.get(index)
        {
            slot.block.end(events);
        }
    }

    /// Takes where a part of a text comes from.
    #[cfg_attr(not(debug_assertions), inline)]
    fn cite(
        &mut self,
        index: Option<u64>,
        annotation: Annotation,
        next: &mut u64,
        events: &mut Listener<'_>,
    ) {
        let index = index.unwrap_or_else(|| self.content.last_index());
        let make = || GrowingPart { part: Place::Text(Some(index)).part(), ..GrowingPart::default() };
        let part = &mut self.content.get_or_open(index, make).0.block;
        let block = part.block.map_or(*next, |(block, _)| block);
        events.emit(|| {
            let citation = Cow::Owned(serde_json::to_value(&annotation).unwrap_or(Value::Null));
            Event::Citation(Cited { index: block, citation })
        });
        if let ContentPart::OutputText(text) = &mut part.part {
            text.annotations.get_or_insert_default().push(annotation);
        }
    }

    /// Takes how likely the tokens of a text were: those of a delta, or all of them.
    #[cfg_attr(not(debug_assertions), inline)]
    fn logprobs(&mut self, index: Option<u64>, logprobs: Vec<TokenLogprob>, all: bool) {
        let index = index.unwrap_or_else(|| self.content.last_index());
        let Some(slot) = self.content.get(index).filter(|_| !logprobs.is_empty()) else { return };
        if let ContentPart::OutputText(text) = &mut slot.block.part {
            let own = text.logprobs.get_or_insert_default();
            if all {
                *own = logprobs;
            } else {
                own.extend(logprobs);
            }
        }
    }

    /// Takes the name of a function, where it comes with its input.
    #[cfg_attr(not(debug_assertions), inline)]
    fn set_name(&mut self, name: Option<String>, next: &mut u64, events: &mut Listener<'_>) {
        if let Item::FunctionCall(call) = &mut self.item {
            call.name = call.name.take().or(name);
        }
        self.name_call(false, next, events);
    }

    /// Ends the call of a tool.
    #[cfg_attr(not(debug_assertions), inline)]
    fn end_call(&mut self, next: &mut u64, events: &mut Listener<'_>) {
        if let Some(call) = self.call.as_mut().filter(|call| call.name.is_some()) {
            call.end(0, next, events);
        }
    }

    /// Takes what a shell command prints.
    #[cfg_attr(not(debug_assertions), inline)]
    fn output(&mut self, index: u64, piece: ShellOutput) {
        let outputs = &mut self.outputs.get_or_open(index, Vec::new).0.block;
        if outputs.is_empty() {
            outputs.push(ShellOutput::default());
        }
        let Some(output) = outputs.last_mut() else { return };
        for (own, piece) in [(&mut output.stdout, piece.stdout), (&mut output.stderr, piece.stderr)] {
            if let Some(piece) = piece {
                own.get_or_insert_default().push_str(&piece);
            }
        }
        output.outcome = piece.outcome.or(output.outcome.take());
    }

    /// Takes how far the service is.
    #[cfg_attr(not(debug_assertions), inline)]
    fn status(&mut self, status: ItemStatus) {
        let own = match &mut self.item {
            Item::WebSearchCall(call) => &mut call.status,
            Item::FileSearchCall(call) => &mut call.status,
            Item::CodeInterpreterCall(call) => &mut call.status,
            Item::ImageGenerationCall(call) => &mut call.status,
            Item::McpCall(call) => &mut call.status,
            _ => return,
        };
        *own = Some(status);
    }

    /// Ends what is still heard: the response has ended. `is_in` says whether the item is in it: of a call that is not, and
    /// that nobody has heard of, nothing is told.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn end(&mut self, is_in: bool, next: &mut u64, events: &mut Listener<'_>) {
        self.end_parts(events);
        if self.call.is_some() {
            self.name_call(true, next, events);
        }
        if let Some(call) = self.call.as_mut().filter(|call| is_in || call.has_begun()) {
            call.end(0, next, events);
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn end_parts(&mut self, events: &mut Listener<'_>) {
        while let Some(index) = self.heard.pop_first() {
            if let Some(slot) = self.content.get(index) {
                slot.block.end(events);
            }
        }
        self.thinking.iter_mut().for_each(|thinking| thinking.end(events));
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn call(&mut self, place: Place) -> &mut Call {
        self.call.get_or_insert_with(|| Call::new(place == Place::CustomInput))
    }

    /// Names the call by what is known of the item. By the item's id it goes when it is told, and no id of its own has come.
    #[cfg_attr(not(debug_assertions), inline)]
    fn name_call(&mut self, is_last: bool, next: &mut u64, events: &mut Listener<'_>) {
        let (id, own_id, name, is_text) = match &self.item {
            Item::FunctionCall(call) => (call.call_id.clone(), call.id.clone(), call.name.clone(), false),
            Item::CustomToolCall(call) => (call.call_id.clone(), call.id.clone(), call.name.clone(), true),
            _ => return,
        };
        let call = self.call.get_or_insert_with(|| Call::new(is_text));
        let own_id = own_id.filter(|_| is_last || name.is_some());
        call.name(id.or(own_id).as_deref(), name.as_deref(), next, events);
    }

    /// Tells what is told of a complete item only.
    #[cfg_attr(not(debug_assertions), inline)]
    fn tell_rest(&mut self, next: &mut u64, events: &mut Listener<'_>) {
        match &self.item {
            Item::Message(_) | Item::FunctionCall(_) | Item::CustomToolCall(_) => {}
            Item::Reasoning(reasoning) => {
                if let Some(data) = reasoning.encrypted_content.as_deref().filter(|data| !data.is_empty()) {
                    redacted(take(next), data, events);
                }
            }
            Item::ImageGenerationCall(call) if call.result.is_some() => {
                let index = *self.image.get_or_insert_with(|| take(next));
                let format = call.output_format.as_deref().map(Cow::Borrowed);
                let data = Cow::Borrowed(call.result.as_deref().unwrap_or_default());
                events.emit(|| Event::Image(ImageUpdate { index, preview: None, format, data }));
            }
            other => {
                let index = take(next);
                events.emit(|| {
                    let block = Cow::Owned(serde_json::to_value(other).unwrap_or(Value::Null));
                    Event::Block(OtherBlock { index, block })
                });
            }
        }
    }

    /// The item so far.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn whole(&self) -> Item {
        let mut item = self.item.clone();
        if self.done {
            return item;
        }
        let grown = |parts: &Blocks<GrowingPart>| -> Option<Vec<ContentPart>> {
            let parts: Vec<_> = parts.iter().map(|slot| slot.block.whole()).collect();
            Some(parts).filter(|parts| !parts.is_empty())
        };
        let input = self.call.as_ref().map(|call| call.input.clone()).filter(|input| !input.is_empty());
        match &mut item {
            Item::Message(message) => {
                message.content = grown(&self.content).map(TextOr::Other).or(message.content.take());
            }
            Item::Reasoning(reasoning) => {
                reasoning.content = grown(&self.content).or(reasoning.content.take());
                reasoning.summary = grown(&self.summary).or(reasoning.summary.take());
            }
            Item::FunctionCall(call) => call.arguments = input.or(call.arguments.take()),
            Item::CustomToolCall(call) => call.input = input.or(call.input.take()),
            Item::McpCall(call) => call.arguments = self.input.clone().or(call.arguments.take()),
            Item::CodeInterpreterCall(call) => call.code = self.input.clone().or(call.code.take()),
            Item::ShellCall(call) => {
                let commands: Vec<_> = self.commands.iter().map(|slot| slot.block.clone()).collect();
                if !commands.is_empty() {
                    let action = call.action.get_or_insert_with(|| json!({}));
                    if let Some(action) = action.as_object_mut() {
                        action.insert("commands".to_owned(), Value::from(commands));
                    }
                }
            }
            Item::ShellCallOutput(result) => {
                let outputs: Vec<_> = self.outputs.iter().flat_map(|slot| slot.block.clone()).collect();
                result.output = Some(outputs).filter(|outputs| !outputs.is_empty()).or(result.output.take());
            }
            _ => {}
        }
        item
    }
}

impl GrowingPart {
    /// Whether it was heard, and has ended.
    #[cfg_attr(not(debug_assertions), inline)]
    fn has_ended(&self) -> bool {
        self.block.is_some_and(|(_, ended)| ended)
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn end(&mut self, events: &mut Listener<'_>) {
        if let Some((index, ended @ false)) = &mut self.block {
            *ended = true;
            events.emit(|| Event::TextEnd(BlockEnd { index: *index }));
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn whole(&self) -> ContentPart {
        let mut part = self.part.clone();
        let text = match &mut part {
            ContentPart::OutputText(part) => &mut part.text,
            ContentPart::Refusal(part) => &mut part.refusal,
            ContentPart::ReasoningText(part) => &mut part.text,
            ContentPart::SummaryText(part) => &mut part.text,
            ContentPart::InputText(part) => &mut part.text,
            ContentPart::Unknown(object) if !self.text.is_empty() => {
                object.insert("text".to_owned(), Value::from(self.text.as_str()));
                return part;
            }
            _ => return part,
        };
        text.clone_from(&self.text);
        part
    }
}

/// Tells more of a text.
#[cfg_attr(not(debug_assertions), inline)]
fn say(block: &mut Option<(u64, bool)>, text: &str, next: &mut u64, events: &mut Listener<'_>) {
    let begun = block.is_some();
    let (index, ended) = *block.get_or_insert_with(|| (take(next), false));
    if ended {
        return;
    }
    if !begun {
        events.emit(|| Event::TextStart(BlockStart { index }));
    }
    events.emit(|| Event::TextDelta(TextDelta { index, text: Cow::Borrowed(text) }));
}

/// Appends to a text, or puts another in its place.
#[cfg_attr(not(debug_assertions), inline)]
fn grow(own: &mut String, text: &str, all: bool) {
    if all {
        own.clear();
    }
    own.push_str(text);
}

#[cfg_attr(not(debug_assertions), inline)]
fn take(next: &mut u64) -> u64 {
    *next += 1;
    *next - 1
}
