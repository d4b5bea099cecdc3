//! One item of an OpenAI response under construction: its parts, its input, and the events emitted for it.
//! Not for: the events that an item grows by; see the fold in `formats`.
//!
//! A text, a refusal and an open reasoning are emitted as they grow; so are the calls of the caller's tools. What the service
//! does by itself (searches, programs, calls of MCP servers) is emitted when it is complete, as a block.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_responses::{
    Annotation, ContentPart, Item, ItemStatus, ShellOutput, TokenLogprob,
};
use serde_json::Value;

use super::change::Change;
use super::target::Target;
use crate::event::{Cited, Event, EventSink, ImageUpdate, OtherBlock};
use crate::fold::block_slots::Blocks;
use crate::fold::growing_block::{Piece, redacted};
use crate::fold::tool_calls::Call;

mod agreement;
mod part;
mod thinking;
mod whole;

use part::{PartBuilder, parts, say, summary_parts, take_index};
use thinking::Thinking;

/// An item: as it was added, and what it grew by; or as it was when it was done.
#[derive(Debug, Clone, Default)]
pub(crate) struct ItemBuilder {
    pub(crate) item: Item,
    pub(crate) done: bool,
    /// Whether the item itself has come, and not only something of it.
    pub(crate) announced: bool,
    content: Blocks<PartBuilder>,
    /// The indexes of its parts that are emitted and have not ended: an end must not look for them among all.
    emitted: BTreeSet<u64>,
    summary: Blocks<PartBuilder>,
    /// The call of a tool of the caller's.
    call: Option<Call>,
    /// Input of what the service runs itself: arguments or a program.
    input: Option<String>,
    commands: Blocks<String>,
    outputs: Blocks<Vec<ShellOutput>>,
    /// The block in which reasoning is emitted: the reasoning itself, and its summary.
    thinking: [Thinking; 2],
    image: Option<u64>,
}

#[codegen_at_use]
impl ItemBuilder {
    /// The item that a delta opens when it comes before its item. A call gets the delta's id: it may be the only thing to
    /// identify it by.
    pub(crate) fn for_target(target: Target, id: Option<&str>) -> Self {
        let mut item = target.item();
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
    pub(crate) fn added(&mut self, item: Item, next: &mut u64, events: &mut EventSink<'_>) {
        self.item = item;
        self.announced = true;
        self.name_call(false, next, events);
        let (content, summary) = (parts(&self.item), summary_parts(&self.item));
        for (index, part) in content.into_iter().enumerate() {
            let index = Some(index as u64);
            self.part_added(Target::of_part(&part, Target::Text(index)), part, next, events);
        }
        for (index, part) in summary.into_iter().enumerate() {
            self.summary_added(Some(index as u64), part, next, events);
        }
    }

    /// Takes the complete item, and emits what of it was not emitted yet.
    pub(crate) fn complete(&mut self, item: Item, next: &mut u64, events: &mut EventSink<'_>) {
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
            let target = if is_reasoning { Target::Reasoning(index) } else { Target::Text(index) };
            self.set(target, text, next, events);
        }
        for (nth, part) in summary_parts(&self.item).iter().enumerate() {
            let target = Target::Summary(Some(self.summary.nth_index(nth)));
            self.set(target, part.as_text().unwrap_or_default(), next, events);
        }
        self.end_parts(events);
        self.emit_rest(next, events);
    }

    /// Takes a change.
    pub(crate) fn take(&mut self, change: Change, next: &mut u64, events: &mut EventSink<'_>) {
        match change {
            Change::Grow(target, text) => drop(self.push(target, Piece::Plain(&text), next, events)),
            Change::GrowText(index, text, logprobs) => {
                self.push(Target::Text(index), Piece::Plain(&text), next, events);
                self.logprobs(index, logprobs, false);
            }
            Change::Whole(target, text) => self.set(target, &text, next, events),
            Change::WholeText(index, text, logprobs) => {
                self.set(Target::Text(index), &text, next, events);
                self.logprobs(index, logprobs, true);
            }
            Change::WholeInput(target, text, name) => {
                self.set_name(name, next, events);
                self.set(target, &text, next, events);
                self.end_call(next, events);
            }
            Change::Part(target, part) => drop(self.part_added(target, part, next, events)),
            Change::PartDone(target, part) => {
                let index = self.part_added(target, part, next, events);
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
                let index = *self.image.get_or_insert_with(|| take_index(next));
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
        target: Target,
        piece: Piece<'_>,
        next: &mut u64,
        events: &mut EventSink<'_>,
    ) -> Option<()> {
        let target = self.within(target);
        let (parts, index) = match target {
            Target::Arguments | Target::CustomInput => return self.call(target).push(piece, events),
            Target::Summary(index) => (&mut self.summary, index),
            Target::Text(index) | Target::Refusal(index) | Target::Reasoning(index) => {
                (&mut self.content, index)
            }
        };
        let index = index.unwrap_or_else(|| parts.last_index());
        if parts.get(index).is_none() {
            parts.get_or_open(index, || PartBuilder { part: target.part(), ..PartBuilder::default() });
        }
        let part = &mut parts.get(index)?.block;
        let text = piece.append_to(&mut part.text)?;
        if text.is_empty() {
            return Some(());
        }
        match target {
            // What stands between parts is what the reply joins them with.
            Target::Reasoning(_) => self.thinking[0].say(index, "", text, next, events),
            Target::Summary(_) => self.thinking[1].say(index, "\n\n", text, next, events),
            _ => {
                if part.block.is_none() {
                    self.emitted.insert(index);
                }
                say(&mut part.block, text, next, events);
            }
        }
        Some(())
    }

    /// A target in this item: whatever its events are called, what grows in reasoning is reasoning.
    #[inline]
    fn within(&self, target: Target) -> Target {
        match (target, &self.item) {
            (Target::Text(index) | Target::Refusal(index), Item::Reasoning(_)) => Target::Reasoning(index),
            _ => target,
        }
    }

    /// Takes a whole text, in the place of what came of it; what is new of it is emitted, if that is its end.
    fn set(&mut self, target: Target, whole: &str, next: &mut u64, events: &mut EventSink<'_>) {
        if let Target::Arguments | Target::CustomInput = target {
            return self.call(target).complete(whole, events);
        }
        // What contradicts it was refused before; one that is empty says nothing.
        let rest = match self.text_at(target) {
            Some(known) => whole.strip_prefix(known).unwrap_or_default(),
            None => whole,
        };
        self.push(target, Piece::Plain(rest), next, events);
    }

    /// Takes a part of the content as it begins or ends, and gives its index; what it has beside its text holds.
    fn part_added(
        &mut self,
        target: Target,
        part: ContentPart,
        next: &mut u64,
        events: &mut EventSink<'_>,
    ) -> u64 {
        let text = part.as_text().unwrap_or_default().to_owned();
        let (Target::Text(index) | Target::Refusal(index) | Target::Reasoning(index)) = target else {
            return 0;
        };
        let index = index.unwrap_or_else(|| self.content.last_index());
        let target = match target {
            Target::Reasoning(_) => Target::Reasoning(Some(index)),
            _ => Target::Text(Some(index)),
        };
        self.content.get_or_open(index, PartBuilder::default).0.block.part = part;
        self.set_if_longer(target, &text, next, events);
        index
    }

    /// Takes a part of the summary as it begins or ends.
    fn summary_added(
        &mut self,
        index: Option<u64>,
        part: ContentPart,
        next: &mut u64,
        events: &mut EventSink<'_>,
    ) {
        let text = part.as_text().unwrap_or_default().to_owned();
        let index = index.unwrap_or_else(|| self.summary.last_index());
        self.summary.get_or_open(index, PartBuilder::default).0.block.part = part;
        self.set_if_longer(Target::Summary(Some(index)), &text, next, events);
    }

    /// A part that begins brings no text, nearly always; it must not erase what came before it.
    fn set_if_longer(&mut self, target: Target, text: &str, next: &mut u64, events: &mut EventSink<'_>) {
        if !text.is_empty() {
            self.set(target, text, next, events);
        }
    }

    /// Ends the block in which a part is emitted.
    fn end_part(&mut self, index: u64, events: &mut EventSink<'_>) {
        if self.emitted.remove(&index)
            && let Some(slot) = self.content.get(index)
        {
            slot.block.end(events);
        }
    }

    /// Takes where a part of a text comes from.
    fn cite(
        &mut self,
        index: Option<u64>,
        annotation: Annotation,
        next: &mut u64,
        events: &mut EventSink<'_>,
    ) {
        let index = index.unwrap_or_else(|| self.content.last_index());
        let make = || PartBuilder { part: Target::Text(Some(index)).part(), ..PartBuilder::default() };
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
    fn set_name(&mut self, name: Option<String>, next: &mut u64, events: &mut EventSink<'_>) {
        if let Item::FunctionCall(call) = &mut self.item {
            call.name = call.name.take().or(name);
        }
        self.name_call(false, next, events);
    }

    /// Ends the call of a tool.
    fn end_call(&mut self, next: &mut u64, events: &mut EventSink<'_>) {
        if let Some(call) = self.call.as_mut().filter(|call| call.name.is_some()) {
            call.end(0, next, events);
        }
    }

    /// Takes what a shell command prints.
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

    /// Ends what is still open: the response has ended. `is_in` says whether the item is in it: of a call that is not, and
    /// that has not been emitted, nothing is.
    pub(crate) fn end(&mut self, is_in: bool, next: &mut u64, events: &mut EventSink<'_>) {
        self.end_parts(events);
        if self.call.is_some() {
            self.name_call(true, next, events);
        }
        if let Some(call) = self.call.as_mut().filter(|call| is_in || call.has_begun()) {
            call.end(0, next, events);
        }
    }

    fn end_parts(&mut self, events: &mut EventSink<'_>) {
        while let Some(index) = self.emitted.pop_first() {
            if let Some(slot) = self.content.get(index) {
                slot.block.end(events);
            }
        }
        self.thinking.iter_mut().for_each(|thinking| thinking.end(events));
    }

    fn call(&mut self, target: Target) -> &mut Call {
        self.call.get_or_insert_with(|| Call::new(target == Target::CustomInput))
    }

    /// Names the call by what is known of the item. The item's id stands in where the call has no id when it is emitted.
    fn name_call(&mut self, is_last: bool, next: &mut u64, events: &mut EventSink<'_>) {
        let (id, own_id, name, is_text) = match &self.item {
            Item::FunctionCall(call) => (call.call_id.clone(), call.id.clone(), call.name.clone(), false),
            Item::CustomToolCall(call) => (call.call_id.clone(), call.id.clone(), call.name.clone(), true),
            _ => return,
        };
        let call = self.call.get_or_insert_with(|| Call::new(is_text));
        let own_id = own_id.filter(|_| is_last || name.is_some());
        call.name(id.or(own_id).as_deref(), name.as_deref(), next, events);
    }

    /// Emits what only a complete item emits.
    fn emit_rest(&mut self, next: &mut u64, events: &mut EventSink<'_>) {
        match &self.item {
            Item::Message(_) | Item::FunctionCall(_) | Item::CustomToolCall(_) => {}
            Item::Reasoning(reasoning) => {
                if let Some(data) = reasoning.encrypted_content.as_deref().filter(|data| !data.is_empty()) {
                    redacted(take_index(next), data, events);
                }
            }
            Item::ImageGenerationCall(call) if call.result.is_some() => {
                let index = *self.image.get_or_insert_with(|| take_index(next));
                let format = call.output_format.as_deref().map(Cow::Borrowed);
                let data = Cow::Borrowed(call.result.as_deref().unwrap_or_default());
                events.emit(|| Event::Image(ImageUpdate { index, preview: None, format, data }));
            }
            other => {
                let index = take_index(next);
                events.emit(|| {
                    let block = Cow::Owned(serde_json::to_value(other).unwrap_or(Value::Null));
                    Event::Block(OtherBlock { index, block })
                });
            }
        }
    }
}

/// Appends to a text, or puts another in its place.
#[codegen_at_use]
fn grow(own: &mut String, text: &str, all: bool) {
    if all {
        own.clear();
    }
    own.push_str(text);
}
