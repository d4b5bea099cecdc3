//! Just enough reading of Rust to find code, comments and the extent of functions.
//!
//! Not a parser: it knows where strings and comments begin and end, and counts braces. That is all the rules
//! need, and it saves every user of `cargo xtask` the building of a real one.

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Line of its `fn`, from 1.
    pub(crate) line: usize,
    /// Lines from `fn` to the closing brace, both counted, but for those inside an array: a table may be long.
    pub(crate) lines: usize,
}

/// The text with comments and the insides of strings and character literals turned into spaces; lines stay.
pub(crate) fn code_only(text: &str) -> String {
    let source: Vec<char> = text.chars().collect();
    let mut out: Vec<char> = source.clone();
    let mut at = 0;
    while at < source.len() {
        let end = match source[at] {
            '/' if source.get(at + 1) == Some(&'/') => line_comment(&source, at),
            '/' if source.get(at + 1) == Some(&'*') => block_comment(&source, at),
            '"' => string(&source, at, hashes_before(&source, at)),
            '\'' => character(&source, at),
            _ => at + 1,
        };
        if end > at + 1 {
            for slot in &mut out[at..end.min(source.len())] {
                if *slot != '\n' {
                    *slot = ' ';
                }
            }
        }
        at = end;
    }
    out.into_iter().collect()
}

/// Every function that has a body, nested ones too, in the order of their `fn`. Takes what [`code_only`] gives.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let words = words(code);
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if word.text != "fn" {
            continue;
        }
        // `fn(u8)` is a type, `fn name` a function, `fn $name` one that a macro writes.
        let Some(name) = words.get(index + 1..).and_then(|rest| rest.iter().find(|word| word.text != "$"))
        else {
            continue;
        };
        if !name.text.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            continue;
        }
        if let Some(length) = body_end(&words[index + 1..]) {
            let body = &words[index + 1..=index + length];
            let end = body.last().map_or(word.line, |last| last.line);
            let lines = end - word.line + 1 - table_lines(body);
            found.push(Function { name: name.text.clone(), line: word.line, lines });
        }
    }
    found
}

/// An identifier, or any other character.
pub(crate) struct Word {
    pub(crate) text: String,
    line: usize,
}

/// Identifiers whole, everything else a character at a time.
pub(crate) fn words(code: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut line = 1;
    let mut joined = false;
    for character in code.chars() {
        let part = character.is_alphanumeric() || character == '_';
        if character == '\n' {
            line += 1;
        } else if part && joined {
            if let Some(last) = words.last_mut() {
                last.text.push(character);
            }
        } else if !character.is_whitespace() {
            words.push(Word { text: character.to_string(), line });
        }
        joined = part;
    }
    words
}

/// How many words there are up to the brace that closes the function whose name comes first; none where it has no body.
fn body_end(words: &[Word]) -> Option<usize> {
    let mut round = 0_usize;
    let mut curly = 0_usize;
    for (index, word) in words.iter().enumerate() {
        match word.text.as_str() {
            "(" | "[" if curly == 0 => round += 1,
            ")" | "]" if curly == 0 => round = round.checked_sub(1)?,
            ";" if curly == 0 && round == 0 => return None,
            "{" if round == 0 => curly += 1,
            "}" if round == 0 => {
                curly = curly.checked_sub(1)?;
                if curly == 0 {
                    return Some(index + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// How many lines lie wholly between the outermost square brackets.
fn table_lines(words: &[Word]) -> usize {
    let mut depth = 0_usize;
    let mut opened = 0;
    let mut lines = 0;
    for word in words {
        match word.text.as_str() {
            "[" => {
                if depth == 0 {
                    opened = word.line;
                }
                depth += 1;
            }
            "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    lines += word.line.saturating_sub(opened + 1);
                }
            }
            _ => {}
        }
    }
    lines
}

fn line_comment(source: &[char], at: usize) -> usize {
    source[at..].iter().position(|&next| next == '\n').map_or(source.len(), |length| at + length)
}

fn block_comment(source: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = at;
    while at < source.len() {
        match (source[at], source.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

/// `Some(n)` where the quote at `at` opens a raw string with n hashes.
fn hashes_before(source: &[char], at: usize) -> Option<usize> {
    let hashes = source[..at].iter().rev().take_while(|&&before| before == '#').count();
    let letter = at.checked_sub(hashes + 1)?;
    if source[letter] != 'r' {
        return None;
    }
    // `r` must begin a word, or follow the `b` or `c` that does: `for"` is no raw string.
    let word = |index: usize| source[index].is_alphanumeric() || source[index] == '_';
    let mut start = letter;
    if start > 0 && matches!(source[start - 1], 'b' | 'c') {
        start -= 1;
    }
    (start == 0 || !word(start - 1)).then_some(hashes)
}

fn string(source: &[char], at: usize, raw: Option<usize>) -> usize {
    let mut next = at + 1;
    while next < source.len() {
        match (source[next], raw) {
            ('\\', None) => next += 2,
            ('"', None) => return next + 1,
            ('"', Some(hashes)) => {
                let closing = source[next + 1..].iter().take(hashes).filter(|&&after| after == '#').count();
                if closing == hashes {
                    return next + 1 + hashes;
                }
                next += 1;
            }
            _ => next += 1,
        }
    }
    next
}

/// The end of a character literal, or one past the quote where it begins a lifetime.
fn character(source: &[char], at: usize) -> usize {
    match (source.get(at + 1), source.get(at + 2)) {
        (Some('\\'), _) => {
            let from = at + 3;
            let rest = source.get(from..).unwrap_or_default();
            rest.iter().position(|&next| next == '\'').map_or(source.len(), |length| from + length + 1)
        }
        (Some(_), Some('\'')) => at + 3,
        _ => at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_are_blanked_and_code_is_kept() {
        for (source, expected) in [
            ("a // b\nc", "a     \nc"),
            ("a /* x /* y */ z */ b", "a                   b"),
            (r#"f("todo!()", 1)"#, "f(         , 1)"),
            (r#"f("a\"b", 1)"#, "f(      , 1)"),
            (r##"f(r#"a"b"#, 1)"##, "f(r#      , 1)"),
            (r#"f(br"a\", 1)"#, "f(br    , 1)"),
            ("'\"' + x", "    + x"),
            (r"'\'' + '\u{7f}'", "     +         "),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("\"open", "     "),
            ("/* open", "       "),
        ] {
            assert_eq!(code_only(source), expected, "{source}");
        }
    }

    #[test]
    fn functions_are_measured_from_fn_to_their_closing_brace() {
        for (source, expected) in [
            ("fn a() {}", vec![("a", 1, 1)]),
            ("\nfn a()\nwhere\n{\n  if x { }\n}\n", vec![("a", 2, 5)]),
            ("trait T { fn a(); fn b() {\n} }", vec![("b", 1, 2)]),
            ("fn a() {\n fn b() {\n }\n}", vec![("a", 1, 4), ("b", 2, 2)]),
            ("type F = fn(u8) -> u8;", vec![]),
            ("fn $name() {\n}", vec![("name", 1, 2)]),
            ("fn a(x: [u8; 2]) -> [u8; { 1 + 1 }] {\n}", vec![("a", 1, 2)]),
            ("fn unfinished() {", vec![]),
            ("fn table() {\n  let rows = [\n    [1],\n    [2],\n  ];\n}", vec![("table", 1, 4)]),
            ("fn a() {\n  x[0];\n  y[\n1];\n}", vec![("a", 1, 5)]),
        ] {
            let found = functions(&code_only(source));
            let found: Vec<_> =
                found.iter().map(|each| (each.name.as_str(), each.line, each.lines)).collect();
            assert_eq!(found, expected, "{source}");
        }
    }
}
