//! Dumps that were made to do harm. Whatever they are: the program ends with 0 or 1, holds less than 300 MB, says of
//! all that it does not read why and where, and reads the sound dump beside them whole.

mod bombs;
mod cuts;
mod days;
mod depth;
mod framed;
mod lengths;
mod limits;
mod memory;
mod names;
mod noise;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::dumps::payload_lines;
use super::harness::{PROGRAM, Place, Row, Run};
use super::python::script;

/// The most memory that reading may take, in bytes.
const MEMORY: u64 = 300_000_000;

/// The sound dump.
const SOUND: &str = "sound.ndjson";

/// As many threads on every machine: each holds dumps of its own.
const THREADS: [&str; 2] = ["--threads", "2"];

/// What was refused: why, where in the decompressed dump it starts, and how many bytes it takes.
type Reject<'r> = (&'r str, u64, u64);

/// The same, with a reason of its own.
type Refused = (String, u64, u64);

/// A folder of hostile dumps with a sound one among them.
struct Attack {
    place: Place,
    /// By dump: how many events must be read, and what refused.
    expected: BTreeMap<String, (u64, Vec<Refused>)>,
}

/// What became of the dumps.
struct Outcome {
    run: Run,
    /// The row of each hostile dump in `sources`, by its name.
    sources: BTreeMap<String, Row>,
}

impl Attack {
    /// Nothing yet but the sound dump.
    fn new() -> Self {
        let place = Place::new();
        place.write(&format!("dumps/{SOUND}"), payload_lines().join("\n"));
        Self { place, expected: BTreeMap::new() }
    }

    /// Where a dump is, or is to be.
    fn path(&self, name: &str) -> PathBuf {
        self.place.path(&format!("dumps/{name}"))
    }

    /// Adds a dump of these bytes, of which so many events must be read and this be refused.
    fn dump(&mut self, name: &str, bytes: impl AsRef<[u8]>, events: u64, rejects: &[Reject<'_>]) {
        let path = self.path(name);
        assert!(!path.exists(), "two dumps of one name: {name}");
        fs::write(path, bytes).expect("a dump");
        self.expect(name, events, rejects);
    }

    /// Of a dump that is there already so many events must be read, and this be refused.
    fn expect(&mut self, name: &str, events: u64, rejects: &[Reject<'_>]) {
        let rejects = rejects.iter().map(|(reason, offset, length)| ((*reason).to_owned(), *offset, *length));
        self.expected.insert(name.to_owned(), (events, rejects.collect()));
    }

    /// Runs the program with these arguments, and sees to it that it neither panics nor holds too much.
    fn run(&self, arguments: &[&str]) -> Run {
        let (run, peak) = self.measured(arguments);
        assert!(peak < MEMORY, "{} MB of memory, {} at most\n{run}", peak / 1_000_000, MEMORY / 1_000_000);
        run
    }

    /// Runs the program with these arguments, and sees to it that it does not panic; also how much memory it took.
    fn measured(&self, arguments: &[&str]) -> (Run, u64) {
        let words = [PROGRAM].into_iter().chain(arguments.iter().copied());
        let run = Run::of(self.place.here(script("tests/python/peak.py", words)));
        assert!(matches!(run.code, Some(0 | 1)) && !run.stderr.contains("panicked"), "{run}");
        let peak = run.stderr.lines().last().and_then(|line| line.parse().ok()).expect("the peak");
        (run, peak)
    }

    /// Ingests all dumps, and sees to it that the sound one is there and that every record is accounted for.
    fn ingest(&self, more: &[&str]) -> Outcome {
        let run = self.run(&[&["ingest", "dumps"][..], &THREADS, more].concat());
        let mut sources = BTreeMap::new();
        for row in self.place.query("SELECT * FROM sources") {
            let parts = ["events", "rejects", "foreign_records", "filtered_records"];
            assert_eq!(number(&row, "records"), parts.map(|part| number(&row, part)).iter().sum::<u64>(), "{row:?}");
            let path = Path::new(row["path"].as_str().expect("a path"));
            let name = path.file_name().and_then(OsStr::to_str).expect("a name").to_owned();
            sources.insert(name, row);
        }
        let sound = sources.remove(SOUND).unwrap_or_else(|| panic!("the sound dump is missing\n{run}"));
        assert_eq!(["records", "events"].map(|column| number(&sound, column)), [sound_events(); 2], "{run}");
        let rejects: u64 = sources.values().map(|row| number(row, "rejects")).sum();
        assert_eq!(i64::try_from(rejects).ok(), Some(self.place.count("SELECT COUNT(*) AS n FROM rejects")), "{run}");
        Outcome { run, sources }
    }

    /// What was refused of each dump, in its order.
    fn rejects(&self, outcome: &Outcome) -> BTreeMap<String, Vec<Refused>> {
        let rows = self.place.query(
            "SELECT source, reason, source_offset, source_length FROM rejects ORDER BY source_offset, source_item, source_length DESC",
        );
        let mut rejects = BTreeMap::new();
        for (name, source) in &outcome.sources {
            let own = rows.iter().filter(|row| row["source"] == source["source"]).map(|row| {
                let reason = row["reason"].as_str().expect("a name").to_owned();
                (reason, number(row, "source_offset"), number(row, "source_length"))
            });
            rejects.insert(name.clone(), own.collect());
        }
        rejects
    }

    /// Ingests all dumps, and compares what became of them with what must.
    fn check(&self, more: &[&str]) -> Outcome {
        let outcome = self.ingest(more);
        let rejects = self.rejects(&outcome);
        let found = outcome.sources.iter().zip(rejects.values());
        let found: BTreeMap<_, _> =
            found.map(|((name, row), rejects)| (name.clone(), (number(row, "events"), rejects.clone()))).collect();
        let names: BTreeSet<_> = found.keys().chain(self.expected.keys()).collect();
        let both = names.into_iter().map(|name| (name, found.get(name), self.expected.get(name)));
        let differing: Vec<_> = both.filter(|(_, found, expected)| found != expected).collect();
        assert!(differing.is_empty(), "dump, found, expected: {differing:?}\n{}", outcome.run);
        outcome
    }
}

/// A number in a row.
fn number(row: &Row, column: &str) -> u64 {
    row[column].as_u64().unwrap_or_else(|| panic!("no number in {column}: {row:?}"))
}

/// How many events the sound dump holds.
fn sound_events() -> u64 {
    let events = |line: String| {
        let payload: Value = serde_json::from_str(&line).expect("JSON");
        payload["data"].as_array().expect("a list").len() as u64
    };
    payload_lines().into_iter().map(events).sum()
}
