//! JSON that is still being written, beside `serde_json`: the same is accepted, with the same value; however it is cut, the
//! same error at the same byte; and what is shown only ever grows.

use bedrock_aggregate::{PartialJson, PartialJsonError};
use serde_json::Value;

use crate::budget::Budget;
use crate::cut::{choice, pieces};
use crate::seeds::{fixtures, lines};
use crate::target::Target;

pub(super) const TARGET: Target = Target {
    name: "partial_json",
    choices: 1,
    longest: 1 << 16,
    // A value of two bytes (`1,`) is a `Value` of 32 or more, and it is held by both parsers, at both splits.
    budget: Budget { fixed: 1 << 20, a_byte: 400 },
    seeds,
    run,
};

/// A byte that says how to cut, and a text.
fn seeds() -> Vec<Vec<u8>> {
    const OWN: &[&str] = &[
        r#"{"a":[1,-2.5e-3,true,false,null,"\u00e9\ud83d\ude00\\\"\/\b\f\n\r\t"],"a":{"":{}},"b":"é日👩"}"#,
        "[[[[[[[[[[]]]]]]]]]] ",
        " 12",
        "\"open",
        r#"{"k":1,"l":2,"k":[3],"m":{"k":4,"k":5}}"#,
    ];
    let mut texts: Vec<Vec<u8>> = OWN.iter().map(|text| text.as_bytes().to_vec()).collect();
    for fixture in fixtures() {
        for line in lines(&fixture.stream).split(|byte| *byte == b'\n') {
            let json = line.iter().position(|byte| *byte == b'\t').map_or(line, |tab| &line[tab + 1..]);
            // The first few of a stream are like the others.
            if json.len() > 60 && texts.len() < 400 {
                texts.push(json.to_vec());
            }
        }
    }
    texts.iter().enumerate().map(|(n, text)| [&[n as u8], &text[..]].concat()).collect()
}

fn run(input: &[u8]) {
    let (salt, text) = choice(input);
    let (whole, end) = parsed(&[text]);
    let cut = pieces(text, salt);
    let (parts, parts_end) = parsed(&cut);
    assert_eq!(parts_end, end, "in pieces");
    assert_eq!(parts.value(), whole.value(), "in pieces");
    let theirs = serde_json::from_slice::<Value>(text);
    match (&end, &theirs) {
        (Ok(()), Ok(value)) => assert_eq!(whole.value(), Some(value)),
        (Err(_), Err(_)) => {}
        (Ok(()), Err(error)) => panic!("only we accept it: {error}"),
        (Err(error), Ok(_)) => panic!("only we refuse it: {error}"),
    }
    if text.len() < 4_000 {
        grows(&cut);
    }
}

fn parsed(pieces: &[&[u8]]) -> (PartialJson, Result<(), PartialJsonError>) {
    let mut json = PartialJson::new();
    let pushed = pieces.iter().try_for_each(|piece| json.push(piece));
    let end = pushed.and_then(|()| json.finish());
    (json, end)
}

/// What is shown after each piece holds what was shown before it, unless a key came again; and what is settled stays.
fn grows(pieces: &[&[u8]]) {
    let mut json = PartialJson::new();
    let mut before: Option<Value> = None;
    for piece in pieces {
        let result = json.push(piece);
        let now = json.value().cloned();
        if let (Some(before), Some(now)) = (&before, &now) {
            assert!(has_grown(before, now), "{before} became {now}");
        }
        before = now;
        if result.is_err() {
            break;
        }
    }
}

fn has_grown(earlier: &Value, later: &Value) -> bool {
    match (earlier, later) {
        (Value::String(earlier), Value::String(later)) => later.starts_with(earlier.as_str()),
        (Value::Array(earlier), Value::Array(later)) => {
            earlier.len() <= later.len() && earlier.iter().zip(later).all(|(e, l)| has_grown(e, l))
        }
        // Which of the values of a key that comes twice is shown, the split decides.
        (Value::Object(earlier), Value::Object(later)) => earlier.keys().all(|key| later.contains_key(key)),
        (earlier, later) => earlier == later,
    }
}
