//! Each member of each wire object, with each kind of value in it: it is read, or set aside and told; it comes back; and
//! nothing beside it is lost.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bedrock_formats::wire::{View, read_into};
use bedrock_testing::lost;
use serde_json::{Value, json};

mod types;

use types::{Make, TYPES};

/// The members of an object, by their names on the wire.
fn members(make: Make) -> Vec<&'static str> {
    let mut names = Vec::new();
    let value = make();
    let View::Object(object) = value.view() else { panic!("no object") };
    object.fields(&mut |name, _| names.push(name));
    names
}

/// Values of every kind, alone and in lists and objects.
fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(3),
        json!(-3),
        json!(7.5),
        json!(2.0),
        json!("a text"),
        json!("3"),
        json!("0.5"),
        json!("false"),
        json!([]),
        json!(["x", 5, {}, null, [], true, 0.25]),
        json!([[["x"], 1], [2, {"k": "v"}]]),
        json!({}),
        json!({"zz": [1], "yy": "x", "xx": null, "ww": {"v": 1}, "uu": 1}),
        json!({"type": "text", "text": ["x"]}),
        json!([{"type": "text", "text": {"a": 1}, "more": 1}, {"text": false}]),
    ]
}

/// The value at a path as errors write it.
fn at<'a>(wire: &'a Value, path: &str) -> Option<&'a Value> {
    let pointer = path.replace(['.', '['], "/").replace(']', "");
    wire.pointer(&format!("/{pointer}"))
}

/// Reads `{member: value}` with neighbours; whether the value was taken.
fn check(name: &str, make: Make, member: &str, value: &Value) -> bool {
    let wire = json!({"before it": [1], member: value, "behind it": {"k": null}});
    let what = format!("{name}: {wire}");
    let mut read = make();
    let odd = read_into(read.as_mut(), wire.to_string().as_bytes())
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    let written = serde_json::to_value(read.view()).unwrap();
    assert_eq!(lost(&wire, &written), None, "{what}: written as {written}");
    for odd in &odd {
        let path = odd.error.path();
        assert_eq!(at(&wire, &path), Some(&odd.value), "{what}: {path}");
        assert!(path.starts_with(member), "{what}: {path}");
    }
    let View::Object(object) = read.view() else { panic!("no object") };
    let is_kept = object.extra().contains_key(member);
    let is_odd = odd.iter().any(|odd| odd.error.path() == member);
    assert_eq!(is_kept, is_odd || value.is_null(), "{what}");
    let mut again = make();
    read_into(again.as_mut(), written.to_string().as_bytes()).unwrap();
    assert_eq!(serde_json::to_value(again.view()).unwrap(), written, "{what}");
    !is_kept
}

#[test]
fn any_member_may_be_odd() {
    let (mut checked, mut set_aside) = (0, 0);
    for &(name, make) in TYPES {
        for member in members(make) {
            for value in values() {
                checked += 1;
                set_aside += usize::from(!check(name, make, member, &value));
            }
        }
    }
    assert!(checked > 30_000 && set_aside * 2 > checked, "{set_aside} of {checked}");
}

#[test]
fn all_wire_objects_are_listed() {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // The macros themselves.
                if !path.ends_with("wire") {
                    walk(&path, found);
                }
                continue;
            }
            // Headers are no JSON.
            if path.ends_with("invoke.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            // What the macros declare is indented, and other types are not.
            let own = text.split("#[cfg(test)]").next().unwrap_or_default();
            let declared = own.lines().filter_map(|line| match line.strip_prefix("    pub struct ") {
                Some(rest) => rest.strip_suffix(" {"),
                None => {
                    line.strip_suffix(") {")?.split_once("\" => ")?.1.split_once('(').map(|(_, name)| name)
                }
            });
            found.extend(declared.filter(|name| !name.starts_with('$')).map(str::to_owned));
        }
    }
    let mut declared = BTreeSet::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut declared);
    let listed: BTreeSet<String> = TYPES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let missing: Vec<_> = declared.difference(&listed).collect();
    assert!(missing.is_empty() && TYPES.len() > 500, "{missing:?}");
}
