//! `cargo xtask bench [NAME] [--write] [-- ARGS]`: runs the benches and tells what came out as ratios.
//!
//! A benchmark's id is `table: row/contestant`. In each row one contestant is the peer that we are measured against: the
//! one with a name of [`PEERS`]. Everything is told as how many times faster than the peer of the same run, because times say
//! more about the machine than about the code; below its rows a table has the worst of each contestant beside the best. With
//! `--write` the tables in benches/README.md, each between a line `<!-- bench: TABLE -->` and a line `<!-- /bench -->`, are
//! replaced by what was measured, and new ones put at its end.

use crate::repo;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

const README: &str = "benches/README.md";

/// Closes a table there.
const END: &str = "<!-- /bench -->";

/// What the peer of a row is called: the codec of AWS's SDK, the SDK itself, the usual decoder of server-sent events, and what
/// is written by hand.
const PEERS: &[&str] = &["smithy", "sdk", "eventsource-stream", "lines and serde"];

/// The bench of its own; what it measures is named after it.
const GROWTH: &str = "growth";

/// What one contestant needed, in nanoseconds an iteration (criterion's median).
#[derive(Debug, Clone, PartialEq)]
struct Measured {
    contestant: String,
    nanoseconds: f64,
}

/// What was measured of one `table: row`, in the order in which it was.
#[derive(Debug, Clone)]
struct Group {
    id: String,
    measured: Vec<Measured>,
}

/// A table in Markdown under the name of each.
type Tables = BTreeMap<String, String>;

/// Runs and tells.
pub(crate) fn main(args: &[String]) -> Result<(), String> {
    let (ours, passed) = match args.iter().position(|arg| arg == "--") {
        Some(at) => (&args[..at], &args[at + 1..]),
        None => (args, &[][..]),
    };
    let write = ours.iter().any(|arg| arg == "--write");
    let names: Vec<&String> = ours.iter().filter(|arg| *arg != "--write").collect();
    if let Some(unknown) = names.iter().find(|name| name.starts_with('-')) {
        return Err(format!("bench does not know {unknown:?}; what criterion should get goes after --"));
    }
    if names.iter().any(|name| *name == GROWTH) {
        return match names.as_slice() {
            [_] => growth(passed, write),
            _ => Err(format!("bench {GROWTH} is measured by itself")),
        };
    }
    let start = SystemTime::now();
    let mut command = repo::cargo();
    command.args(["bench", "--package", "bedrock-benches"]);
    // Without a name: every bench, but not the library's empty test harness, which knows none of criterion's arguments.
    if names.is_empty() {
        command.arg("--benches");
    }
    for name in names {
        command.args(["--bench", name]);
    }
    repo::run(command.arg("--").args(passed))?;
    let mut found = Vec::new();
    collect(&repo::target().join("criterion"), start, &mut found)?;
    let mut tables = in_tables(&in_groups(found));
    ready_made(start, &mut tables)?;
    if tables.is_empty() {
        return Err("nothing was measured".to_owned());
    }
    for table in tables.values() {
        println!("\n{table}");
    }
    if write { write_readme(&tables) } else { Ok(()) }
}

/// Measures how the cost of reading grows, of all kinds or of those whose names have one of these words in them. Fails where
/// one grows faster than n log n.
fn growth(words: &[String], write: bool) -> Result<(), String> {
    let path = repo::target().join("growth.md");
    // One of an earlier run must not be taken for this one's.
    let _ = std::fs::remove_file(&path);
    let mut command = repo::cargo();
    command.args(["run", "--quiet", "--release", "--package", "xtask", "--features", GROWTH]);
    command.args(["--bin", "xtask-growth", "--"]).args(words).env("GROWTH_TABLE", &path);
    let outcome = repo::run(&mut command);
    let Ok(table) = std::fs::read_to_string(&path) else {
        return outcome.and(Err(format!("{} was not written", path.display())));
    };
    println!("\n{table}");
    if write {
        write_readme(&[(GROWTH.to_owned(), table)].into())?;
    }
    outcome
}

/// Takes the tables that a bench without criterion has written itself, as `GROUP.md`.
fn ready_made(since: SystemTime, tables: &mut Tables) -> Result<(), String> {
    let Ok(entries) = repo::target().join("bench-tables").read_dir() else { return Ok(()) };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_new = path.metadata().and_then(|data| data.modified()).is_ok_and(|time| time >= since);
        if let (true, Some(group)) = (is_new, path.file_stem().and_then(|name| name.to_str())) {
            let table =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            tables.insert(group.to_owned(), table);
        }
    }
    Ok(())
}

/// A figure, when it was measured, and the id of its group.
type Found = (SystemTime, String, Measured);

/// Reads every `new/estimates.json` below a folder that is not older than `since`.
fn collect(folder: &Path, since: SystemTime, found: &mut Vec<Found>) -> Result<(), String> {
    let estimates = folder.join("new").join("estimates.json");
    if let Ok(modified) = estimates.metadata().and_then(|data| data.modified()) {
        if modified >= since {
            let about = json(&folder.join("new").join("benchmark.json"))?;
            let (group, measured) = measurement(&about, &json(&estimates)?)
                .ok_or_else(|| format!("{}: not as criterion writes it", estimates.display()))?;
            found.push((modified, group, measured));
        }
        return Ok(());
    }
    let Ok(entries) = folder.read_dir() else { return Ok(()) };
    let mut folders = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
    folders.try_for_each(|folder| collect(&folder, since, found))
}

/// The figures by group, in the order in which they were measured.
fn in_groups(mut found: Vec<Found>) -> Vec<Group> {
    found.sort_by_key(|(time, ..)| *time);
    let mut groups: Vec<Group> = Vec::new();
    for (_, id, measured) in found {
        match groups.iter_mut().find(|group| group.id == id) {
            Some(group) => group.measured.push(measured),
            None => groups.push(Group { id, measured: vec![measured] }),
        }
    }
    groups
}

/// The group and the figure in criterion's two files about one benchmark.
fn measurement(about: &Value, estimates: &Value) -> Option<(String, Measured)> {
    let group = about["group_id"].as_str()?;
    let (group, contestant) = match (about["function_id"].as_str(), about["value_str"].as_str()) {
        (Some(function), Some(value)) => (format!("{group}/{value}"), function),
        (Some(name), None) | (None, Some(name)) => (group.to_owned(), name),
        (None, None) => (group.to_owned(), group),
    };
    let nanoseconds = estimates["median"]["point_estimate"].as_f64()?;
    Some((group, Measured { contestant: contestant.to_owned(), nanoseconds }))
}

/// The groups as tables: a row for each, a column for each contestant.
fn in_tables(groups: &[Group]) -> Tables {
    let mut tables: BTreeMap<&str, Vec<(&str, &[Measured])>> = BTreeMap::new();
    for group in groups {
        let (name, row) = group.id.split_once(": ").unwrap_or((&group.id, &group.id));
        tables.entry(name).or_default().push((row, group.measured.as_slice()));
    }
    tables.into_iter().map(|(name, rows)| (name.to_owned(), table(name, &rows))).collect()
}

/// How many times faster than the peer, whose name stands in each row; at the end the worst of each column beside the best.
fn table(name: &str, rows: &[(&str, &[Measured])]) -> String {
    let is_peer = |each: &&Measured| PEERS.contains(&each.contestant.as_str());
    let mut contestants: Vec<&str> = Vec::new();
    for each in rows.iter().flat_map(|(_, measured)| *measured).filter(|each| !is_peer(each)) {
        if !contestants.contains(&each.contestant.as_str()) {
            contestants.push(&each.contestant);
        }
    }
    let mut columns = vec![Vec::new(); contestants.len()];
    let mut lines = String::new();
    for (row, measured) in rows {
        let peer = measured.iter().find(is_peer);
        lines.push_str(&format!("| {row} | {} |", peer.map_or("–", |peer| &peer.contestant)));
        for (contestant, column) in contestants.iter().zip(&mut columns) {
            let ours = measured.iter().find(|each| each.contestant == *contestant);
            let faster = ours.zip(peer).map(|(ours, peer)| peer.nanoseconds / ours.nanoseconds);
            column.extend(faster);
            let nanoseconds = ours.map_or("–".to_owned(), |ours| format!("{:.0} ns", ours.nanoseconds));
            lines.push_str(&format!(" {} |", faster.map_or(nanoseconds, times)));
        }
        lines.push('\n');
    }
    let picks: [(&str, Pick); 2] = [("worst", f64::min), ("best", f64::max)];
    for (word, pick) in picks {
        let of = |column: &Vec<f64>| column.iter().copied().reduce(pick).map_or("–".to_owned(), times);
        let cells: Vec<String> = columns.iter().map(|column| format!(" **{}** |", of(column))).collect();
        lines.push_str(&format!("| **{word}** | |{}\n", cells.concat()));
    }
    let rules = "---|".repeat(contestants.len() + 2);
    format!("| {name}, faster by | than | {} |\n|{rules}\n{lines}", contestants.join(" | "))
}

/// One of two figures.
type Pick = fn(f64, f64) -> f64;

fn times(ratio: f64) -> String {
    format!("{ratio:.1}×")
}

fn write_readme(tables: &Tables) -> Result<(), String> {
    let path = repo::root().join(README);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{README}: {error}"))?;
    let text = with_tables(&text, tables)?;
    std::fs::write(&path, text).map_err(|error| format!("{README}: {error}"))?;
    println!("\nwrote {README}");
    Ok(())
}

/// The page with the table of each measured group replaced, or put at the end where it has none.
fn with_tables(page: &str, tables: &Tables) -> Result<String, String> {
    let mut page = page.to_owned();
    for (group, table) in tables {
        let marker = format!("<!-- bench: {group} -->\n");
        let table = format!("\n{table}\n");
        let Some(start) = page.find(&marker).map(|at| at + marker.len()) else {
            page.push_str(&format!("\n{marker}{table}{END}\n"));
            continue;
        };
        let length =
            page[start..].find(END).ok_or_else(|| format!("{README}: {group} is not closed by {END}"))?;
        page.replace_range(start..start + length, &table);
    }
    Ok(page)
}

fn json(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn measured(figures: &[(&str, f64)]) -> Vec<Measured> {
        let one = |(name, nanoseconds): &(&str, f64)| Measured {
            contestant: (*name).to_owned(),
            nanoseconds: *nanoseconds,
        };
        figures.iter().map(one).collect()
    }

    #[test]
    fn figures_are_told_as_shares_of_the_peer_worst_beside_best() {
        let slow = measured(&[("smithy", 320.0), ("borrowed", 320.0), ("owned", 640.0)]);
        let fast = measured(&[("smithy", 320.0), ("borrowed", 32.0)]);
        let page = table("frames", &[("text", &slow), ("input", &fast)]);
        let expected = "| frames, faster by | than | borrowed | owned |\n|---|---|---|---|\n\
            | text | smithy | 1.0× | 0.5× |\n| input | smithy | 10.0× | – |\n\
            | **worst** | | **1.0×** | **0.5×** |\n| **best** | | **10.0×** | **0.5×** |\n";
        assert_eq!(page, expected);
        assert!(table("alone", &[("text", &measured(&[("ours", 32.4)]))]).contains("| text | – | 32 ns |"));
    }

    #[test]
    fn rows_stand_in_the_order_in_which_they_were_measured() {
        let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let of = |time, id: &str, name| (at(time), id.to_owned(), measured(&[(name, 1.0)]).remove(0));
        let found = vec![of(3, "b: first", "ours"), of(4, "b: second", "sdk"), of(2, "b: first", "sdk")];
        let tables = in_tables(&in_groups(found));
        let page = &tables["b"];
        assert!(page.find("| first | sdk | 1.0× |") < page.find("| second | sdk | – |"), "{page}");
    }

    #[test]
    fn what_criterion_writes_is_read() {
        let about = json!({"group_id": "frames", "function_id": "borrowed", "value_str": "a"});
        let estimates = json!({"median": {"point_estimate": 12.5}});
        let (group, figure) = measurement(&about, &estimates).expect("a measurement");
        assert_eq!((group.as_str(), figure), ("frames/a", measured(&[("borrowed", 12.5)]).remove(0)));
        assert_eq!(measurement(&about, &json!({})), None);
        let about = json!({"group_id": "frames", "function_id": null, "value_str": "owned"});
        let (group, figure) = measurement(&about, &estimates).expect("a measurement");
        assert_eq!((group.as_str(), figure.contestant.as_str()), ("frames", "owned"));
    }

    #[test]
    fn tables_are_replaced_between_their_markers_only() {
        let figures = measured(&[("sdk", 2.0), ("ours", 1.0)]);
        let groups: Tables = [("g".to_owned(), table("g", &[("row", &figures)]))].into();
        let page = "before\n<!-- bench: g -->\nold\n<!-- /bench -->\nafter\n";
        let new = with_tables(page, &groups).expect("the marker is there");
        assert!(new.starts_with("before\n<!-- bench: g -->\n\n| g, faster by |"), "{new}");
        assert!(new.ends_with("| **best** | | **2.0×** |\n\n<!-- /bench -->\nafter\n"), "{new}");
        assert!(!new.contains("old"));
        assert_eq!(with_tables(&new, &groups).as_deref(), Ok(new.as_str()));
        let added = with_tables("nothing\n", &groups).expect("a place is made");
        assert!(
            added.starts_with("nothing\n\n<!-- bench: g -->\n\n| g, faster by |")
                && added.ends_with("\n<!-- /bench -->\n"),
            "{added}"
        );
        assert!(with_tables("<!-- bench: g -->\n", &groups).is_err());
    }
}
