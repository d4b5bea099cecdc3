//! `cargo xtask bench [NAME] [--write] [-- ARGS]`: runs the benches and tells what came out as ratios.
//!
//! A benchmark's id is `group/contestant`. In each group one contestant is the peer that we are measured against: the
//! one with a name of [`PEERS`]. Everything is told as a share of the peer's time in the same run, because times say more
//! about the machine than about the code. With `--write` the tables in benches/README.md, each between a line
//! `<!-- bench: GROUP -->` and a line `<!-- /bench -->`, are replaced by what was measured, and new ones put at its end.

use crate::repo;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const README: &str = "benches/README.md";

/// Closes a table there.
const END: &str = "<!-- /bench -->";

/// What the peer of a group is called: the codec of AWS's SDK, the SDK itself, the usual decoder of server-sent events.
const PEERS: &[&str] = &["smithy", "sdk", "eventsource-stream"];

/// The bench of its own; what it measures is named after it.
const GROWTH: &str = "growth";

/// What one contestant needed, in nanoseconds an iteration (criterion's median).
#[derive(Debug, Clone, PartialEq)]
struct Measured {
    contestant: String,
    nanoseconds: f64,
}

type Groups = BTreeMap<String, Vec<Measured>>;

/// A table in Markdown for each group.
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
    let mut groups = Groups::new();
    collect(&repo::target().join("criterion"), start, &mut groups)?;
    let mut tables: Tables =
        groups.iter().map(|(group, measured)| (group.clone(), table(group, measured))).collect();
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

/// Reads every `new/estimates.json` below a folder that is not older than `since`.
fn collect(folder: &Path, since: SystemTime, groups: &mut Groups) -> Result<(), String> {
    let estimates = folder.join("new").join("estimates.json");
    if let Ok(modified) = estimates.metadata().and_then(|data| data.modified()) {
        if modified >= since {
            let about = json(&folder.join("new").join("benchmark.json"))?;
            let (group, measured) = measurement(&about, &json(&estimates)?)
                .ok_or_else(|| format!("{}: not as criterion writes it", estimates.display()))?;
            groups.entry(group).or_default().push(measured);
        }
        return Ok(());
    }
    let Ok(entries) = folder.read_dir() else { return Ok(()) };
    let mut folders: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.iter().try_for_each(|folder| collect(folder, since, groups))
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

/// The contestants of a group, fastest first, as a Markdown table.
fn table(group: &str, measured: &[Measured]) -> String {
    let mut sorted: Vec<&Measured> = measured.iter().collect();
    sorted.sort_by(|left, right| left.nanoseconds.total_cmp(&right.nanoseconds));
    let Some(peer) = sorted.iter().find(|each| PEERS.contains(&each.contestant.as_str())) else {
        let rows: Vec<String> = sorted
            .iter()
            .map(|each| format!("| {} | {:.0} |\n", each.contestant, each.nanoseconds))
            .collect();
        return format!("| {group} | ns (no peer in this group) |\n|---|---|\n{}", rows.concat());
    };
    let rows: Vec<String> = sorted
        .iter()
        .map(|each| {
            let share = each.nanoseconds / peer.nanoseconds;
            format!("| {} | {share:.3} | {:.1}× |\n", each.contestant, 1.0 / share)
        })
        .collect();
    format!("| {group} | time, of {} | faster by |\n|---|---|---|\n{}", peer.contestant, rows.concat())
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
    fn figures_are_told_as_shares_of_the_peer() {
        let rows = table("frames", &measured(&[("smithy", 320.0), ("borrowed", 32.0), ("json", 640.0)]));
        assert!(rows.contains("of smithy"), "{rows}");
        for row in ["| borrowed | 0.100 | 10.0× |", "| smithy | 1.000 | 1.0× |", "| json | 2.000 | 0.5× |"]
        {
            assert!(rows.contains(row), "{row} in {rows}");
        }
        assert!(rows.find("borrowed | 0") < rows.find("json"), "fastest first: {rows}");
        assert!(table("frames", &measured(&[("borrowed", 32.0)])).contains("| borrowed | 32 |"));
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
        let groups: Tables = [("g".to_owned(), table("g", &measured(&[("sdk", 2.0), ("ours", 1.0)])))].into();
        let page = "before\n<!-- bench: g -->\nold\n<!-- /bench -->\nafter\n";
        let new = with_tables(page, &groups).expect("the marker is there");
        assert!(new.starts_with("before\n<!-- bench: g -->\n\n| g |"), "{new}");
        assert!(new.ends_with("| sdk | 1.000 | 1.0× |\n\n<!-- /bench -->\nafter\n"), "{new}");
        assert!(!new.contains("old"));
        assert_eq!(with_tables(&new, &groups).as_deref(), Ok(new.as_str()));
        let added = with_tables("nothing\n", &groups).expect("a place is made");
        assert!(
            added.starts_with("nothing\n\n<!-- bench: g -->\n\n| g |")
                && added.ends_with("\n<!-- /bench -->\n"),
            "{added}"
        );
        assert!(with_tables("<!-- bench: g -->\n", &groups).is_err());
    }
}
