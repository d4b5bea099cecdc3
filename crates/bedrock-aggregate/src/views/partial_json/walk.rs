//! Values that are still being written: arrays, objects, numbers and literals.
//! Not for: strings; see `text`.

use bedrock_codegen::codegen_at_use;
use serde_json::{Map, Value};

use super::state::{Input, KEY, Next, TEXT, open_member_mut};
use super::{PartialJson, PartialJsonError};

#[codegen_at_use]
impl PartialJson {
    /// Takes bytes into an open array or object, from where the piece before ended until this one does, or `node` is closed.
    pub(super) fn walk(
        &mut self,
        node: &mut Value,
        level: usize,
        input: &mut Input<'_>,
    ) -> Result<(), PartialJsonError> {
        self.step(1);
        if self.depth > level
            && let Some(member) = open_member_mut(&self.again, node, level)
        {
            self.walk(member, level + 1, input)?;
        }
        while self.depth == level
            && let Some(&byte) = input.bytes.get(input.at)
        {
            match self.next {
                Next::Text { key, escape } => self.text(node, key, escape, input)?,
                Next::Literal { word, have } => self.literal(node, word, have, byte, input)?,
                Next::Number => self.number(node, input)?,
                _ => {
                    self.token(node, byte, input)?;
                    if self.depth > level
                        && let Some(member) = open_member_mut(&self.again, node, level)
                    {
                        self.walk(member, level + 1, input)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes one byte between strings, numbers and literals.
    fn token(&mut self, node: &mut Value, byte: u8, input: &mut Input<'_>) -> Result<(), PartialJsonError> {
        self.step(1);
        let offset = input.offset();
        let expected = |expected| Err(PartialJsonError::Syntax { offset, expected });
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            input.at += 1;
            return Ok(());
        }
        let is_top = self.depth == 1;
        match (self.next, byte) {
            (Next::FirstItem | Next::Comma, b']') if node.is_array() && !is_top => self.close(),
            (Next::FirstKey | Next::Comma, b'}') if node.is_object() => self.close(),
            (Next::Comma, _) if is_top => return expected("nothing behind the value"),
            (Next::Comma, b',') => self.next = if node.is_object() { Next::Key } else { Next::Value },
            (Next::Comma, _) => return expected("a comma or the end of an array or object"),
            (Next::FirstKey | Next::Key, b'"') => {
                self.key.clear();
                self.next = KEY;
            }
            (Next::FirstKey | Next::Key, _) => return expected("a key"),
            (Next::Colon, b':') => self.next = Next::Value,
            (Next::Colon, _) => return expected("a colon"),
            (_, b'"') => {
                self.add(node, Value::String(String::new()));
                self.next = TEXT;
            }
            (_, b'[' | b'{') => self.open(node, byte, offset)?,
            (_, b'-' | b'0'..=b'9') => {
                self.number.clear();
                self.next = Next::Number;
                // The digit is the number's own.
                return Ok(());
            }
            (_, b't') => self.next = Next::Literal { word: "true", have: 1 },
            (_, b'f') => self.next = Next::Literal { word: "false", have: 1 },
            (_, b'n') => self.next = Next::Literal { word: "null", have: 1 },
            _ => return expected("a value"),
        }
        input.at += 1;
        Ok(())
    }

    fn open(&mut self, node: &mut Value, byte: u8, offset: usize) -> Result<(), PartialJsonError> {
        if self.depth > self.max_depth {
            return Err(PartialJsonError::TooDeep { offset, limit: self.max_depth });
        }
        let (value, next) = match byte {
            b'[' => (Value::Array(Vec::new()), Next::FirstItem),
            _ => (Value::Object(Map::new()), Next::FirstKey),
        };
        self.add(node, value);
        self.depth += 1;
        self.next = next;
        Ok(())
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.next = Next::Comma;
    }

    /// Adds a member. It is the last then, unless its key was there before: it takes the place of that one.
    fn add(&mut self, node: &mut Value, value: Value) {
        // The member before, and all in it, is over.
        while self.again.last().is_some_and(|(level, _)| *level >= self.depth) {
            self.again.pop();
        }
        match node {
            Value::Array(items) => items.push(value),
            Value::Object(members) => {
                let key = std::mem::take(&mut self.key);
                match members.get_mut(&key) {
                    Some(earlier) if key.len() <= Self::LONGEST_FOUND => {
                        *earlier = value;
                        self.again.push((self.depth, key));
                    }
                    _ => {
                        // Not `shift_remove`, which moves all members behind it: so the last one
                        // changes its place.
                        members.swap_remove(&key);
                        members.insert(key, value);
                    }
                }
            }
            _ => {}
        }
        self.next = Next::Comma;
    }

    fn literal(
        &mut self,
        node: &mut Value,
        word: &'static str,
        have: usize,
        byte: u8,
        input: &mut Input<'_>,
    ) -> Result<(), PartialJsonError> {
        self.step(1);
        if word.as_bytes().get(have) != Some(&byte) {
            return Err(PartialJsonError::Syntax { offset: input.offset(), expected: word });
        }
        input.at += 1;
        self.next = Next::Literal { word, have: have + 1 };
        if have + 1 == word.len() {
            let value = match word {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::Null,
            };
            self.add(node, value);
        }
        Ok(())
    }

    fn number(&mut self, node: &mut Value, input: &mut Input<'_>) -> Result<(), PartialJsonError> {
        let rest = input.rest();
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        self.step(length + 1);
        self.number.extend_from_slice(&rest[..length]);
        input.at += length;
        if length < rest.len() { self.end_number(node, input.offset()) } else { Ok(()) }
    }

    /// Adds the number that ends before `end`.
    pub(super) fn end_number(&mut self, node: &mut Value, end: usize) -> Result<(), PartialJsonError> {
        let number: serde_json::Number = serde_json::from_slice(&self.number)
            .map_err(|_| PartialJsonError::Number { offset: end - self.number.len() })?;
        self.add(node, Value::Number(number));
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn step(&mut self, steps: usize) {
        self.steps += steps;
    }

    #[cfg(not(test))]
    #[inline]
    pub(super) fn step(&self, _: usize) {}
}
