//! Changes inputs, in the same way for the same seed: bytes, lines, and the values and keys of the JSON in them.
//!
//! Random bytes in JSON are refused at the first of them. What finds faults is JSON that is right and says something odd.

use std::collections::BTreeSet;

use crate::target::Target;

/// Xorshift: numbers that look random and are the same in every run.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall as `seed` says.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    /// A number below `end`, or 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> Option<&'a T> {
        of.get(self.below(of.len())).copied()
    }

    /// A range within `length`, mostly a short one.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = [1, 4, 16, 64, 1 << 20][self.below(5)];
        start..start + self.below((length - start).min(most) + 1)
    }
}

/// Values that are put where others were.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "1",
    "2",
    "-1",
    "1.0",
    "1.5",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "1e400",
    "-0.0",
    "\"\"",
    "\"0\"",
    "\"1\"",
    "\"x\"",
    "\"{}\"",
    "\"\\ud800\"",
    "\"é\"",
    "{}",
    "[]",
    "[null]",
    "[{}]",
    "{\"\":{}}",
    "{\"x\":1}",
    "[[[[[[[[]]]]]]]]",
    "[\"x\"]",
];

/// Bytes that mean something in one of the framings.
const MARKS: &[&str] = &[
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "\t",
    "\0",
    "\u{feff}",
    "data: ",
    "data:",
    "event: ",
    "id: ",
    "retry: ",
    ": ",
    "[DONE]",
    "!",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "0",
    "\\u0000",
    "\r\n\r\n",
    "Content-Length: ",
    "Transfer-Encoding: chunked\r\n",
];

/// What is put into inputs: the seeds of a target, and the keys and texts in them.
#[derive(Debug)]
pub struct Mutator {
    seeds: Vec<Vec<u8>>,
    words: Vec<String>,
    /// Bytes at the beginning of an input that choose, and are not part of what is read.
    choices: usize,
}

impl Mutator {
    /// What changes the inputs of a target.
    #[must_use]
    pub fn of(target: &Target) -> Self {
        let seeds = (target.seeds)();
        let mut words = BTreeSet::new();
        for seed in &seeds {
            for word in String::from_utf8_lossy(seed).split('"').skip(1).step_by(2) {
                if (1..=40).contains(&word.len()) && !word.contains('\n') {
                    words.insert(word.to_owned());
                }
            }
        }
        Self { seeds, words: words.into_iter().collect(), choices: target.choices }
    }

    /// A seed.
    pub fn seed(&self, dice: &mut Dice) -> Vec<u8> {
        self.seeds.get(dice.below(self.seeds.len())).cloned().unwrap_or_default()
    }

    /// Changes an input in one to four places, and keeps it within `most` bytes.
    pub fn change(&self, input: &mut Vec<u8>, most: usize, dice: &mut Dice) {
        for _ in 0..=dice.below(4) {
            match dice.below(16) {
                0 => self.choose(input, dice),
                1..=4 => self.bytes(input, dice),
                5..=9 => self.lines(input, dice),
                _ => self.json(input, dice),
            }
        }
        input.truncate(most);
    }

    /// Other choices at the beginning.
    fn choose(&self, input: &mut [u8], dice: &mut Dice) {
        let at = dice.below(self.choices);
        if let Some(byte) = input.get_mut(at) {
            *byte = dice.next() as u8;
        }
    }

    fn bytes(&self, input: &mut Vec<u8>, dice: &mut Dice) {
        let range = dice.range(input.len());
        match dice.below(6) {
            0 => {
                if let Some(byte) = input.get_mut(range.start) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            1 => drop(input.drain(range)),
            2 => {
                let copy = input[range].to_vec();
                let at = dice.below(input.len() + 1);
                input.splice(at..at, copy);
            }
            3 => drop(input.splice(range, dice.one(MARKS).unwrap_or_default().bytes())),
            4 => input.truncate(range.start),
            _ => {
                let other = self.seed(dice);
                let part = dice.range(other.len());
                input.splice(range, other[part].iter().copied());
            }
        }
    }

    fn lines(&self, input: &mut Vec<u8>, dice: &mut Dice) {
        let choices = self.choices.min(input.len());
        let mut lines: Vec<Vec<u8>> =
            input[choices..].split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let (one, other) = (dice.below(lines.len()), dice.below(lines.len()));
        match dice.below(6) {
            0 => drop(lines.remove(one)),
            1 => lines.insert(other, lines[one].clone()),
            2 => lines.swap(one, other),
            3 => lines.truncate(one),
            4 => {
                // Many of the same: what grows with each shows.
                let line = lines[one].clone();
                let times = (4_000 / (line.len() + 1)).min(1 << dice.below(10));
                lines.splice(one..one, std::iter::repeat_n(line, times));
            }
            _ => {
                let seed = self.seed(dice);
                let body = seed.get(self.choices..).unwrap_or_default();
                let theirs: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
                let from = dice.below(theirs.len());
                let to = from + 1 + dice.below(theirs.len() - from);
                lines.splice(one..one, theirs[from..to].iter().map(|line| line.to_vec()));
            }
        }
        input.truncate(choices);
        input.extend(lines.join(&b'\n'));
    }

    /// Puts a value where one was, a key where one was, or adds a member.
    fn json(&self, input: &mut Vec<u8>, dice: &mut Dice) {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let places: Vec<usize> =
            (0..input.len()).filter(|at| matches!(input[*at], b':' | b'{' | b'[')).collect();
        let Some(&place) = places.get(dice.below(places.len())) else { return };
        let start = place + 1;
        let word = format!("\"{}\"", dice.one(&words).unwrap_or_default());
        let value = dice.one(VALUES).unwrap_or_default();
        match (input[place], dice.below(3)) {
            (b'{', _) => {
                let comma = if input.get(start) == Some(&b'}') { "" } else { "," };
                input.splice(start..start, format!("{word}:{value}{comma}").into_bytes());
            }
            (b'[', 0) => {
                let comma = if input.get(start) == Some(&b']') { "" } else { "," };
                input.splice(start..start, format!("{value}{comma}").into_bytes());
            }
            (b':', 0) => {
                let key = key_before(input, place);
                input.splice(key, word.into_bytes());
            }
            (_, choice) => {
                let end = end_of_value(input, start);
                let other = if choice == 1 { value.to_owned() } else { self.value(dice).unwrap_or(word) };
                input.splice(start..end, other.into_bytes());
            }
        }
    }

    /// A value of some seed.
    fn value(&self, dice: &mut Dice) -> Option<String> {
        let seed = self.seed(dice);
        let places: Vec<usize> = (0..seed.len()).filter(|at| seed[*at] == b':').collect();
        let start = places.get(dice.below(places.len()))? + 1;
        String::from_utf8(seed[start..end_of_value(&seed, start)].to_vec()).ok()
    }
}

/// The key that ends before a colon.
fn key_before(input: &[u8], colon: usize) -> std::ops::Range<usize> {
    let before = input[..colon].strip_suffix(b"\"").unwrap_or(&input[..colon]);
    let start = before.iter().rposition(|byte| *byte == b'"').unwrap_or(before.len());
    start..colon
}

/// Where the value ends that begins here, roughly: brackets and quotes are counted, no more.
fn end_of_value(input: &[u8], start: usize) -> usize {
    let (mut depth, mut quoted, mut at) = (0_usize, false, start);
    while let Some(byte) = input.get(at) {
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' | b',' if !quoted && depth == 0 => return at,
            b'}' | b']' if !quoted => depth -= 1,
            b'\n' => return at,
            _ => {}
        }
        at += 1;
    }
    input.len()
}
