//! The template of a delta, learned from the delta before it.
//!
//! For: formats that every server writes with other keys in another order, where no template can be known beforehand, as the
//! two of OpenAI's. Within one stream a delta differs from the one before in its text, its number and its padding only;
//! what stands between is compared, byte for byte.
//! Not for: deciding which chunks may be taught. A chunk qualifies only where a second one of the same bytes, but for the
//! slots, has no other effect than to append its text; the folds check that, by parsing what [`Template::fill`] makes.

use crate::fold::fast_path::scanner::{RawStr, Scan};

/// What may differ from one delta to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The string that is appended.
    Text,
    /// A number that is not used: an integer of at most nine digits.
    Number,
    /// A string without escapes that is not used.
    Padding,
}

/// Literals and the slots after them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Template {
    parts: Vec<(Vec<u8>, Slot)>,
    end: Vec<u8>,
}

/// Layouts learned and never used in succession, after which no more are learned: the stream has no template.
// Learning parses a chunk twice, so a stream of chunks that never repeat soon goes without. The
// number is a guess.
const IN_VAIN: u32 = 8;

/// A template with what it means, given up where nothing can be learned.
#[derive(Debug, Clone)]
pub(crate) struct Learned<M> {
    current: Option<(Template, M)>,
    hits: u32,
    in_vain: u32,
}

impl<M> Default for Learned<M> {
    fn default() -> Self {
        Self { current: None, hits: 0, in_vain: 0 }
    }
}

impl<M: Copy> Learned<M> {
    /// The text of a delta that differs from the last one in its slots only, and what the template means.
    #[inline]
    pub(crate) fn scan<'a>(&mut self, json: &'a [u8]) -> Option<(M, RawStr<'a>)> {
        let (template, meaning) = self.current.as_ref()?;
        let text = template.scan(json)?;
        self.hits = self.hits.saturating_add(1);
        Some((*meaning, text))
    }

    /// Forgets the template: something else came between.
    pub(crate) fn forget(&mut self) {
        if self.current.take().is_some() {
            // What was used once was worth it: only failures in a row count.
            self.in_vain = if self.hits == 0 { self.in_vain + 1 } else { 0 };
        }
        self.hits = 0;
    }

    /// Whether learning is worth its while.
    pub(crate) fn is_eager(&self) -> bool {
        self.in_vain < IN_VAIN
    }

    pub(crate) fn learn(&mut self, template: Template, meaning: M) {
        self.current = Some((template, meaning));
    }
}

impl Template {
    /// Finds the slots: each of these keys, wherever it stands, with a value of its kind. `None` where there is not exactly
    /// one text.
    pub(crate) fn of(json: &[u8], slots: &[(&str, Slot)]) -> Option<Self> {
        let mut found = Vec::new();
        for (key, slot) in slots {
            let quoted = format!("\"{key}\"");
            for at in memchr::memmem::find_iter(json, quoted.as_bytes()) {
                found.extend(value(json, at + quoted.len(), *slot).map(|(from, to)| (from, to, *slot)));
            }
        }
        found.sort_unstable_by_key(|(from, ..)| *from);
        let mut template = Self::default();
        let mut done = 0;
        for (from, to, slot) in found {
            // `None` too where one slot lies in another, as a key inside of a text: the range runs
            // backwards.
            template.parts.push((json.get(done..from)?.to_vec(), slot));
            done = to;
        }
        template.end = json.get(done..)?.to_vec();
        let texts = template.parts.iter().filter(|(_, slot)| *slot == Slot::Text).count();
        (texts == 1).then_some(template)
    }

    /// A delta of this template with this text, which must need no escapes, and other numbers and paddings.
    pub(crate) fn fill(&self, text: &str) -> Vec<u8> {
        let mut json = Vec::new();
        for (literal, slot) in &self.parts {
            json.extend_from_slice(literal);
            json.extend_from_slice(match slot {
                Slot::Text => text.as_bytes(),
                // As many digits as a slot takes.
                Slot::Number => b"987654321",
                Slot::Padding => b"padding",
            });
            json.extend_from_slice(if *slot == Slot::Number { b"" } else { b"\"" });
        }
        json.extend_from_slice(&self.end);
        json
    }

    #[inline]
    fn scan<'a>(&self, json: &'a [u8]) -> Option<RawStr<'a>> {
        let mut scan = Scan::new(json);
        let mut text = None;
        for (literal, slot) in &self.parts {
            scan.literal(literal)?;
            match slot {
                Slot::Text => text = Some(scan.string()?),
                Slot::Number => drop(scan.index()?),
                Slot::Padding => {
                    // Only ASCII: the padding is not looked at again, and the chunk must be JSON as a whole.
                    let padding = scan.plain_string()?;
                    if !padding.iter().all(|byte| (0x20..0x7f).contains(byte)) {
                        return None;
                    }
                }
            }
        }
        scan.literal(&self.end)?;
        scan.end()?;
        text
    }
}

/// Where the value behind a key stands: for strings the inside and the closing quote.
fn value(json: &[u8], key_end: usize, slot: Slot) -> Option<(usize, usize)> {
    let blanks =
        |from: usize| json.get(from..).map(|rest| rest.iter().take_while(|&&byte| byte == b' ').count());
    let colon = key_end + blanks(key_end)?;
    if json.get(colon) != Some(&b':') {
        return None;
    }
    let mut from = colon + 1 + blanks(colon + 1)?;
    let mut scan = Scan::new(json.get(from..)?);
    if slot != Slot::Number {
        scan.literal(b"\"")?;
        from += 1;
        scan = Scan::new(json.get(from..)?);
    }
    let before = scan.rest_len();
    match slot {
        Slot::Text => drop(scan.string()?),
        Slot::Number => drop(scan.index()?),
        Slot::Padding => drop(scan.plain_string()?),
    }
    Some((from, from + before - scan.rest_len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    const SLOTS: [(&str, Slot); 3] = [("delta", Slot::Text), ("n", Slot::Number), ("pad", Slot::Padding)];

    fn text(template: &Template, json: &str) -> Option<String> {
        let mut to = String::new();
        template.scan(json.as_bytes())?.append_to(&mut to)?;
        Some(to)
    }

    #[test]
    fn a_template_fits_what_differs_in_its_slots_only() {
        let taught = r#"{"a":1,"n": 7, "delta": "x","pad":"abc","b":"é"}"#;
        let template = Template::of(taught.as_bytes(), &SLOTS).unwrap();
        for (json, expected) in [
            (taught, Some("x")),
            (r#"{"a":1,"n": 12, "delta": "a \"b\" \u00e9","pad":"","b":"é"}"#, Some("a \"b\" é")),
            (r#"{"a":2,"n": 7, "delta": "x","pad":"abc","b":"é"}"#, None),
            (r#"{"a":1,"n": 7, "delta": "x","pad":"a\"c","b":"é"}"#, None),
            (r#"{"a":1,"n": 7.5, "delta": "x","pad":"abc","b":"é"}"#, None),
            (r#"{"a":1,"n": 07, "delta": "x","pad":"abc","b":"é"}"#, None),
            (r#"{"a":1,"n": 7, "delta": null,"pad":"abc","b":"é"}"#, None),
            (r#"{"a":1,"n": 7, "delta": "x","pad":"abc","b":"é"} "#, None),
            (r#"{"a":1,"n": 7, "delta": "x"#, None),
        ] {
            assert_eq!(text(&template, json).as_deref(), expected, "{json}");
        }
        for no_template in [r#"{"n":1}"#, r#"{"delta":"a","in":{"delta":"b"}}"#, r#"{"delta":1}"#, "{", ""] {
            assert!(Template::of(no_template.as_bytes(), &SLOTS).is_none(), "{no_template}");
        }
    }

    #[test]
    fn learning_is_given_up() {
        let mut learned = Learned::default();
        let json: &[u8] = br#"{"delta":"a"}"#;
        for _ in 0..IN_VAIN {
            assert!(learned.is_eager());
            learned.learn(Template::of(json, &SLOTS).unwrap(), ());
            learned.forget();
        }
        assert!(!learned.is_eager());
    }

    proptest! {
        #[test]
        fn a_scanned_text_is_the_parsed_one(texts in prop::collection::vec(".{0,12}", 1..4), n in any::<u32>()) {
            let chunk = |text: &str| serde_json::json!({"n": n, "delta": text, "pad": "x", "delta2": {"k": text.len()}}).to_string();
            let template = Template::of(chunk(&texts[0]).as_bytes(), &SLOTS);
            for later in &texts {
                let json = chunk(later);
                let parsed: Value = serde_json::from_str(&json).unwrap();
                if let Some(found) = template.as_ref().and_then(|template| text(template, &json)) {
                    prop_assert_eq!(Some(found.as_str()), parsed["delta"].as_str());
                }
            }
        }
    }
}
