//! Reasoning that stands inside the text of a streamed answer, between tags that may be cut anywhere.
//!
//! Not for: deciding which models write so (see `bedrock_formats::openai_chat::Vendor`), nor for whole texts: this is the
//! incremental version of `split_reasoning`, with the same result.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_chat::{REASONING_CLOSE, REASONING_OPEN};

/// What a piece of the text turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Reasoning,
    Text,
    /// Text too, in a block of its own; it never stands inline.
    Refusal,
}

/// Splits a text as it comes. No more is held back than a tag is long, but for a text that begins with a tag before it is known
/// whether the model means it so.
#[derive(Debug, Clone, Default)]
pub(crate) struct InlineReasoning {
    /// Whether the tags are meant; `None` where that is not known yet.
    rule: Option<bool>,
    place: Place,
    held: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// Where a tag may open: at the start of the text.
    #[default]
    Start,
    Inside,
    /// Behind a closing tag: blanks are no text here, and another tag may open.
    Behind,
    Answer,
}

#[codegen_at_use]
impl InlineReasoning {
    /// A text whose tags are meant, or are not, as far as that is known.
    pub(crate) fn new(rule: Option<bool>) -> Self {
        // Where tags are not meant, a text that begins with one is text: other models may quote it.
        let place = if rule == Some(false) { Place::Answer } else { Place::Start };
        Self { rule, place, held: String::new() }
    }

    /// What has been decided.
    #[inline]
    pub(crate) fn rule(&self) -> Option<bool> {
        self.rule
    }

    /// Decides whether tags are meant, where that was not known; what was held for it goes on with the next piece.
    pub(crate) fn decide(&mut self, rule: Option<bool>) {
        self.rule = self.rule.or(rule);
    }

    /// Hands on what was held back; what follows is text, since reasoning stands at the beginning only.
    pub(crate) fn close(&mut self, say: impl FnMut(Said, &str)) {
        self.end(say);
        self.place = Place::Answer;
    }

    /// Takes more of the text, and hands on what is clear by now; never an empty piece.
    pub(crate) fn push(&mut self, piece: &str, mut say: impl FnMut(Said, &str)) {
        if self.place == Place::Answer {
            if !piece.is_empty() {
                say(Said::Text, piece);
            }
            return;
        }
        let mut held = std::mem::take(&mut self.held);
        held.push_str(piece);
        let mut rest = held.as_str();
        while self.step(&mut rest, &mut say) {}
        // Once for all tags of a piece: each would move all that follows it.
        held.drain(..held.len() - rest.len());
        self.held = held;
    }

    /// Hands on what was held back: it was no tag after all.
    pub(crate) fn end(&mut self, mut say: impl FnMut(Said, &str)) {
        let held = std::mem::take(&mut self.held);
        self.rule = self.rule.or(Some(false));
        let said = if self.place == Place::Inside { Said::Reasoning } else { Said::Text };
        if !held.is_empty() {
            say(said, &held);
        }
        if said == Said::Text && !held.is_empty() {
            self.place = Place::Answer;
        }
    }

    /// Goes on by one place, and takes what is clear off `rest`; whether to go on again.
    fn step(&mut self, rest: &mut &str, say: &mut impl FnMut(Said, &str)) -> bool {
        match self.place {
            Place::Start | Place::Behind => {
                if self.place == Place::Behind {
                    *rest = rest.trim_start();
                }
                let tags = if self.rule == Some(false) { None } else { rest.strip_prefix(REASONING_OPEN) };
                if let Some(inside) = tags {
                    if self.rule.is_none() {
                        return false;
                    }
                    *rest = inside;
                    self.place = Place::Inside;
                    return true;
                }
                // The beginning of a tag, perhaps, or nothing yet.
                if REASONING_OPEN.starts_with(*rest) && self.rule != Some(false) {
                    return false;
                }
                self.place = Place::Answer;
                if !rest.is_empty() {
                    say(Said::Text, std::mem::take(rest));
                }
                false
            }
            Place::Inside => {
                let close = rest.find(REASONING_CLOSE);
                let end = close.unwrap_or_else(|| rest.len() - begun(rest));
                let (reasoning, after) = rest.split_at(end);
                if end > 0 {
                    say(Said::Reasoning, reasoning);
                }
                *rest = after;
                if close.is_some() {
                    *rest = &after[REASONING_CLOSE.len()..];
                    self.place = Place::Behind;
                }
                close.is_some()
            }
            Place::Answer => false,
        }
    }
}

/// How many bytes at the end of a text may be the beginning of the closing tag.
#[codegen_at_use]
fn begun(text: &str) -> usize {
    (1..REASONING_CLOSE.len()).rev().find(|&length| text.ends_with(&REASONING_CLOSE[..length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedrock_formats::openai_chat::split_reasoning;
    use proptest::prelude::*;

    /// Any cut of a text splits as the whole text does.
    fn check(pieces: &[&str]) {
        let (mut reasoning, mut text) = (String::new(), String::new());
        let mut say = |said, piece: &str| {
            assert!(!piece.is_empty());
            match said {
                Said::Reasoning => reasoning.push_str(piece),
                Said::Text | Said::Refusal => text.push_str(piece),
            }
        };
        let mut split = InlineReasoning::new(Some(true));
        for piece in pieces {
            split.push(piece, &mut say);
            assert!(split.held.len() < REASONING_CLOSE.len());
        }
        split.end(&mut say);
        let whole = pieces.concat();
        let (expected_reasoning, expected_text) = split_reasoning(&whole);
        assert_eq!(
            (reasoning.as_str(), text.as_str()),
            (expected_reasoning.as_deref().unwrap_or(""), expected_text),
            "{pieces:?}"
        );
    }

    #[test]
    fn tags_may_be_cut_anywhere() {
        for text in [
            "<reasoning>Why.</reasoning>\n\nYes.",
            "<reasoning>a</reasoning><reasoning>b</reasoning> c <reasoning>d</reasoning>",
            "<reasoning></reasoning>",
            "<reasoning>cut</reaso",
            "<reasoni",
            "<reasonable>",
            " <reasoning>not at the start</reasoning>",
            "<reasoning>é</é</reasoning>é",
        ] {
            for cut in (0..=text.len()).filter(|&cut| text.is_char_boundary(cut)) {
                check(&[&text[..cut], &text[cut..]]);
            }
            let one_by_one: Vec<_> =
                text.char_indices().map(|(at, one)| &text[at..at + one.len_utf8()]).collect();
            check(&one_by_one);
        }
    }

    /// A text is split, or emitted whole, by what is decided, whenever that is.
    #[test]
    fn tags_are_read_by_one_rule_whenever_it_is_known() {
        let text = "<reasoning>Why.</reasoning>\n\nYes.";
        for (rule, expected) in [
            (Some(true), [(Said::Reasoning, "Why."), (Said::Text, "Yes.")].as_slice()),
            (Some(false), &[(Said::Text, text)]),
            (None, &[(Said::Text, text)]),
        ] {
            for cut in 0..=text.len() {
                let mut all: Vec<(Said, String)> = Vec::new();
                let mut say = |said, piece: &str| match all.last_mut() {
                    Some((last, own)) if *last == said => own.push_str(piece),
                    _ => all.push((said, piece.to_owned())),
                };
                let mut split = InlineReasoning::new(None);
                split.push(&text[..cut], &mut say);
                split.decide(rule);
                split.push(&text[cut..], &mut say);
                split.end(&mut say);
                let all: Vec<_> = all.iter().map(|(said, piece)| (*said, piece.as_str())).collect();
                assert_eq!(all, expected, "{rule:?} after {cut} bytes");
            }
        }
    }

    proptest! {
        #[test]
        fn any_cut_splits_as_the_whole(pieces in prop::collection::vec("(<reasoning>|</reasoning>|<|/|reason|ing>| |\n|a|é){0,3}", 0..12)) {
            check(&pieces.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
