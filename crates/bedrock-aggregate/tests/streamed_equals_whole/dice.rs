//! What a message holds and where it is cut, drawn from a list of numbers: proptest draws the list, and makes it smaller where a
//! law breaks.

use serde_json::{Map, Value, json};

/// What texts are made of: quotes, escapes, controls, tags, and characters of any width.
const SNIPPETS: &[&str] = &[
    "a",
    "Rain ",
    "\"",
    "\\",
    "/",
    "\n",
    "\t",
    "\u{1}",
    "é",
    "日本",
    "👩\u{200d}🚀",
    "<",
    ">",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "data: x",
    "\r\n",
];

/// Draws from a list of numbers, over and over.
pub(crate) struct Dice {
    rolls: Vec<u32>,
    at: usize,
}

impl Dice {
    pub(crate) fn new(rolls: Vec<u32>) -> Self {
        Self { rolls, at: 0 }
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let (round, at) = (self.at / self.rolls.len(), self.at % self.rolls.len());
        self.at += 1;
        (self.rolls[at] as usize).wrapping_add(round.wrapping_mul(7919)) % n
    }

    pub(crate) fn flip(&mut self) -> bool {
        self.below(2) == 1
    }

    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// A count of tokens.
    pub(crate) fn count(&mut self) -> u64 {
        self.below(5000) as u64
    }

    /// A text of at least one character.
    pub(crate) fn text(&mut self) -> String {
        let length = 1 + self.below(8);
        (0..length).map(|_| self.pick(SNIPPETS)).collect()
    }

    /// The text in pieces, of which some can be empty; at least one.
    pub(crate) fn cut(&mut self, text: &str) -> Vec<String> {
        let ends: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let cuts = self.below(5);
        let mut at: Vec<_> = (0..cuts).map(|_| self.pick(&ends)).chain([0, text.len()]).collect();
        at.sort_unstable();
        at.windows(2).map(|pair| text[pair[0]..pair[1]].to_owned()).collect()
    }

    /// The input of a tool.
    pub(crate) fn object(&mut self) -> Value {
        let members = self.below(4);
        let member = |n| (format!("k{n}{}", self.pick(SNIPPETS)), self.value());
        (0..members).map(member).collect::<Map<_, _>>().into()
    }

    fn value(&mut self) -> Value {
        match self.below(7) {
            0 => Value::Null,
            1 => json!(self.flip()),
            2 => json!(self.count()),
            3 => json!(-(self.count() as f64) / 8.0),
            4 => json!([self.text(), self.count()]),
            5 => json!({"k": self.text()}),
            _ => json!(self.text()),
        }
    }

    /// The lists as one: one after the other, or in turns. The order within each stays.
    pub(crate) fn weave<T>(&mut self, lists: Vec<Vec<T>>) -> Vec<T> {
        if self.flip() {
            return lists.into_iter().flatten().collect();
        }
        let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
        let mut all = Vec::new();
        loop {
            lists.retain(|list| list.len() > 0);
            if lists.is_empty() {
                return all;
            }
            let at = self.below(lists.len());
            all.extend(lists[at].next());
        }
    }
}
