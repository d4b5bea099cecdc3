//! What a model writes, delta by delta, before anything is wrapped around it.

/// What an answer consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One block of text.
    Text,
    /// One call of a tool, whose input is a JSON object.
    ToolInput,
}

impl Kind {
    /// What it is called in the name of a bench.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::ToolInput => "tool input",
        }
    }
}

/// So many deltas.
pub(crate) fn deltas(kind: Kind, count: usize) -> Vec<String> {
    let mut dice = Dice::new();
    match kind {
        Kind::Text => (0..count).map(|_| dice.text().to_owned()).collect(),
        Kind::ToolInput => cut(&tool_input(count * CHARACTERS, &mut dice), count, &mut dice),
    }
}

/// How many characters of a tool's input a delta has on average.
const CHARACTERS: usize = 6;

/// The input of a tool that edits files, of this many characters and a few more.
fn tool_input(characters: usize, dice: &mut Dice) -> String {
    const PATHS: [&str; 4] = ["src/lib.rs", "docs/über uns.md", "tests/größe.rs", "README.md"];
    const LINES: [&str; 8] = [
        r#"let name = \"it\";\n"#,
        r#"println!(\"{name}\\n\");\n"#,
        r#"// 例: \"naïve\", as it was said before\n"#,
        r#"    return first.checked_add(second);\n\n"#,
        r#"if left.len() < right.len() {\n\tswap(left, right);\n}\n"#,
        r#"assert_eq!(found.iter().count(), expected);\n"#,
        r#"The list is read once, and each entry is kept.\n"#,
        r#"[\"some\", \"of\", \"them\"],\n"#,
    ];
    let mut input = String::from(r#"{"edits": ["#);
    let mut written = 0;
    while written < characters {
        let start = input.len();
        let path = PATHS[dice.roll(PATHS.len())];
        let comma = if written == 0 { "" } else { ", " };
        input.push_str(&format!(r#"{comma}{{"path": "{path}", "line": {}, "text": ""#, dice.roll(2_000)));
        (0..=dice.roll(4)).for_each(|_| input.push_str(LINES[dice.roll(LINES.len())]));
        input.push_str(r#""}"#);
        written += input[start..].chars().count();
    }
    input.push_str("]}");
    input
}

/// A text in so many pieces of a few characters, the first of them empty, as it comes from the service; nothing keeps a cut from
/// going through an escape.
fn cut(text: &str, count: usize, dice: &mut Dice) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let pieces = count.saturating_sub(1).max(1);
    let mut ends: Vec<usize> = (1..pieces)
        .map(|number| characters.len() * number / pieces)
        .map(|even| (even + dice.roll(7)).saturating_sub(3).min(characters.len()))
        .collect();
    ends.push(characters.len());
    ends.sort_unstable();
    let mut start = 0;
    let mut deltas = if count > 1 { vec![String::new()] } else { Vec::new() };
    for end in ends {
        deltas.push(characters[start..end].iter().collect());
        start = end;
    }
    deltas
}

/// The same numbers every time, so that two runs measure the same bytes.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        Self(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`.
    fn roll(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// A token of text or two.
    fn text(&mut self) -> &'static str {
        const PLAIN: [&str; 14] = [
            " the stream",
            " of",
            " a model",
            ",",
            " arrives in pieces",
            " pieces",
            ". Each",
            " and then",
            " ends",
            " whatever it says",
            " between the",
            " understanding",
            " is not",
            " there",
        ];
        const ESCAPED: [&str; 6] = ["\n\n", ".\n\n", ":\n- ", " \"quoted", "\"", "\n    let x = \"a\";\n"];
        const BEYOND_ASCII: [&str; 4] = [" – so", " naïve", "…", " 例えば"];
        let of = match self.roll(70) {
            0 => &BEYOND_ASCII[..],
            1..=6 => &ESCAPED[..],
            _ => &PLAIN[..],
        };
        of[self.roll(of.len())]
    }

    /// What the service pads its payloads with: the beginning of the alphabets and the digits.
    pub(crate) fn padding(&mut self) -> &'static str {
        const ALPHABETS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        &ALPHABETS[..self.roll(ALPHABETS.len() + 1)]
    }

    /// What OpenAI pads its chunks with.
    pub(crate) fn obfuscation(&mut self) -> String {
        const LETTERS: &[u8; 16] = b"abXfQz1Lk0PsTgW9";
        (0..=self.roll(15)).map(|_| LETTERS[self.roll(16)] as char).collect()
    }
}
