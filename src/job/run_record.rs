//! What a run says of itself: one JSON file in the lake, of which the last thousand are kept.
//!
//! It has no part in any number, and may be deleted. What a run did not come to is absent in its record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::checks::CheckOutcome;
use crate::build::Built;
use crate::event::{Day, Hour, Timestamp};
use crate::ingest::Summary;
use crate::lake::{Contents, Fingerprint, PROGRAM, SourceCounts, Store, StoreError, layout};
use crate::query::{Kind, Library};
use crate::source::Digest;
use crate::staging;

/// How many records are kept: of hourly runs those of six weeks.
const KEPT: usize = 1000;
/// The most dumps of which the digests are in a record. Of more, the receipt of the batch has them.
const MOST_DUMPS: usize = 100;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Done,
    /// Done, but something failed or was refused beyond the limit set.
    WithProblems,
    /// It could not be done.
    Failed,
}

impl Outcome {
    /// The worse of two.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if self.exit_code() < other.exit_code() { other } else { self }
    }

    /// What the process ends with.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::WithProblems => 1,
            Self::Failed => 2,
        }
    }
}

/// How a run went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The run's id, made of when it started: ids sort as the runs do.
    pub run: String,
    /// The program.
    pub program: String,
    /// What its numbers are made by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<Versions>,
    /// What tells the run's configuration from another.
    pub config: String,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// What the process ended with.
    pub exit_code: u8,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When the last run ended that did not fail; this one, where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Timestamp>,
    /// How long each stage took.
    pub seconds: BTreeMap<String, f64>,
    /// What was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingest: Option<IngestCounts>,
    /// What of it was new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<RunInputs>,
    /// What was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildCounts>,
    /// The days that were built, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rebuilt: BTreeMap<Day, Vec<String>>,
    /// How many published figures of final days changed.
    #[serde(default)]
    pub restated: u64,
    /// How the declared checks came out, in the order of the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckOutcome>,
    /// Hours in which nothing was received, and nobody knows why; absent where it is not said how often dumps should come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_hours: Option<u64>,
    /// The hour in which the newest event was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Hour>,
    /// What is in the lake now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lake: Option<LakeTotals>,
}

/// What numbers are made by: each a fingerprint, which is another when what it is of is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// The tables of staging: names and types of their columns.
    pub schema: String,
    /// The SQL of all marts, views and reports.
    pub sql: String,
    /// The definition breaks.
    pub breaks: String,
}

impl Versions {
    /// Those of this program with its queries.
    pub fn of(library: &Library) -> Self {
        let columns = staging::dictionary().flat_map(|table| {
            table.columns.iter().map(move |column| (format!("{}.{}", table.name, column.name), column.type_name()))
        });
        let columns: Vec<(String, &str)> = columns.collect();
        let queries = Kind::ALL.into_iter().flat_map(|kind| library.of_kind(kind));
        let queries: Vec<(&str, String)> = queries.map(|query| (query.name, query.definition())).collect();
        Self {
            schema: Fingerprint::of(columns.iter().map(|(name, of_type)| (name.as_str(), *of_type))).to_string(),
            sql: Fingerprint::of(queries.iter().map(|(name, definition)| (*name, definition.as_str()))).to_string(),
            breaks: library.breaks().fingerprint().to_string(),
        }
    }
}

/// What of the dumps of a run was new.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInputs {
    /// The batches that they became, mostly one: their receipts say all of each of them.
    #[serde(default)]
    pub batches: Vec<String>,
    /// Their digests, where they are a hundred or fewer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dumps: Vec<String>,
    /// Their size as they lie, bytes.
    pub bytes: u64,
    /// Their size decompressed, bytes.
    pub decompressed_bytes: u64,
    /// Their events by kind: the table that they went to.
    pub events: BTreeMap<String, u64>,
}

impl RunInputs {
    /// Those of an ingest; `None` if nothing was new.
    pub fn of(summary: &Summary) -> Option<Self> {
        let digests = summary.read.iter().map(Digest::to_string);
        (!summary.batches.is_empty()).then(|| Self {
            batches: summary.batches.clone(),
            dumps: if summary.read.len() > MOST_DUMPS { Vec::new() } else { digests.collect() },
            bytes: summary.bytes.0,
            decompressed_bytes: summary.bytes.1,
            events: summary.events.clone(),
        })
    }
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestCounts {
    /// Dumps read.
    pub read: u64,
    /// Of these, damaged ones and ones of no known format.
    pub damaged: u64,
    /// Dumps that were in the lake already.
    pub known: u64,
    /// Dumps of the same content as another one of this run.
    pub same: u64,
    /// Dumps that could not be read at all.
    pub failed: u64,
    /// What became of the records of those that were read.
    pub records: SourceCounts,
    /// Refused records by reason.
    pub rejects: BTreeMap<String, u64>,
}

impl From<&Summary> for IngestCounts {
    fn from(summary: &Summary) -> Self {
        Self {
            read: summary.read.len() as u64,
            damaged: summary.problems.len() as u64,
            known: summary.known as u64,
            same: summary.same as u64,
            failed: summary.failed.len() as u64,
            records: summary.counts,
            rejects: summary.rejects.iter().map(|(reason, count)| (reason.as_str().to_owned(), *count)).collect(),
        }
    }
}

/// What was built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildCounts {
    /// Days of which at least one mart was built.
    pub days: u64,
    /// Files written.
    pub files: u64,
    /// Files that were fresh and stayed.
    pub fresh: u64,
}

impl From<&Built> for BuildCounts {
    fn from(built: &Built) -> Self {
        Self { days: built.days.len() as u64, files: built.files as u64, fresh: built.fresh as u64 }
    }
}

/// What is in a lake, by its receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeTotals {
    /// Batches of which rows count.
    pub batches: u64,
    /// Dumps.
    pub dumps: u64,
    /// What became of their records.
    pub records: SourceCounts,
    /// Files of staging.
    pub files: u64,
    /// Their size, bytes.
    pub bytes: u64,
}

impl From<&Contents> for LakeTotals {
    fn from(contents: &Contents) -> Self {
        let batches = contents.receipts().filter(|receipt| contents.counts(receipt)).count();
        let mut totals = Self { batches: batches as u64, ..Self::default() };
        for (_, source) in contents.sources() {
            totals.dumps += 1;
            totals.records += source.counts;
        }
        for live in contents.files() {
            totals.files += 1;
            totals.bytes += live.file.bytes;
        }
        totals
    }
}

/// A record that cannot be read or written.
#[derive(Debug, Error)]
pub enum RunRecordError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is no record of this program.
    #[error("{path} is not the record of a run: {reason}; move it away")]
    Unreadable {
        /// The file.
        path: String,
        /// What the parser says.
        reason: serde_json::Error,
    },
}

impl RunRecord {
    /// The record of a run that starts now, and of which nothing else is known.
    pub fn begin(started: Timestamp, config: String) -> Self {
        Self {
            run: started.to_string().replace([':', '.'], "-"),
            program: PROGRAM.to_owned(),
            versions: None,
            config,
            started,
            ended: started,
            outcome: Outcome::Failed,
            exit_code: Outcome::Failed.exit_code(),
            error: None,
            last_success: None,
            seconds: BTreeMap::new(),
            ingest: None,
            inputs: None,
            build: None,
            rebuilt: BTreeMap::new(),
            restated: 0,
            checks: Vec::new(),
            missing_hours: None,
            newest: None,
            lake: None,
        }
    }

    /// The run ended so, now. When one last succeeded is known from the records before.
    pub fn end(&mut self, ended: Timestamp, outcome: Outcome, error: Option<String>, store: &Store) {
        self.ended = ended;
        self.outcome = outcome;
        self.exit_code = outcome.exit_code();
        self.error = error;
        self.last_success = match outcome {
            Outcome::Done | Outcome::WithProblems => Some(ended),
            // A record that cannot be read is told by the health check, and keeps no run from leaving its own.
            Outcome::Failed => Self::last(store).ok().flatten().and_then(|last| last.last_success),
        };
    }

    /// Keeps the record in the lake; of older ones there, the oldest go.
    ///
    /// # Errors
    /// When a file cannot be written or removed.
    pub fn keep(&self, store: &Store) -> Result<(), RunRecordError> {
        // A run that fails before there is a lake begins none.
        if !store.is_begun()? {
            return Ok(());
        }
        let path = layout::run(&self.run);
        let json = serde_json::to_vec_pretty(self)
            .map_err(|reason| RunRecordError::Unreadable { path: path.clone(), reason })?;
        store.put(&path, &json)?;
        let names = store.list(layout::RUNS)?;
        for name in names.iter().take(names.len().saturating_sub(KEPT)) {
            store.remove(&format!("{}/{name}", layout::RUNS))?;
        }
        Ok(())
    }

    /// The record of the run that started last; `None` if no run left one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last(store: &Store) -> Result<Option<Self>, RunRecordError> {
        let Some(name) = store.list(layout::RUNS)?.pop() else { return Ok(None) };
        let path = format!("{}/{name}", layout::RUNS);
        let Some(json) = store.read(&path)? else { return Ok(None) };
        let record = serde_json::from_slice(&json);
        record.map(Some).map_err(|reason| RunRecordError::Unreadable { path, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + 1000 * second).expect("an instant")
    }

    /// A run that starts and ends at these seconds, and leaves its record.
    fn run(store: &Store, (start, end): (i64, i64), outcome: Outcome) -> RunRecord {
        let mut record = RunRecord::begin(at(start), "config".to_owned());
        record.end(at(end), outcome, None, store);
        record.keep(store).expect("kept");
        record
    }

    #[test]
    fn the_last_record_knows_when_a_run_last_succeeded() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Store::new(folder.path());
        assert_eq!(RunRecord::last(&store).expect("read"), None);
        assert_eq!(run(&store, (0, 5), Outcome::Failed).last_success, None);
        assert_eq!(run(&store, (10, 15), Outcome::WithProblems).last_success, Some(at(15)));
        assert_eq!(run(&store, (20, 25), Outcome::Failed).last_success, Some(at(15)));
        let last = run(&store, (30, 35), Outcome::Failed);
        assert_eq!((last.last_success, last.exit_code), (Some(at(15)), 2));
        assert_eq!(RunRecord::last(&store).expect("read"), Some(last));
        store.put("runs/9999.json", b"{").expect("put");
        assert!(RunRecord::last(&store).expect_err("no record").to_string().contains("runs/9999.json"));
        assert_eq!(run(&store, (40, 45), Outcome::Done).last_success, Some(at(45)));
    }

    #[test]
    fn of_many_dumps_only_the_receipt_has_the_digests() {
        let read = |count: usize| {
            let digest = |number: usize| Digest::of_bytes(&number.to_le_bytes());
            let batches = (count > 0).then(|| "b".to_owned()).into_iter().collect();
            Summary { batches, read: (0..count).map(digest).collect(), ..Summary::default() }
        };
        assert_eq!(RunInputs::of(&read(0)), None);
        for (count, listed) in [(1, 1), (MOST_DUMPS, MOST_DUMPS), (MOST_DUMPS + 1, 0), (50 * MOST_DUMPS, 0)] {
            let inputs = RunInputs::of(&read(count)).expect("something was new");
            assert_eq!((inputs.dumps.len(), &inputs.batches[..]), (listed, &["b".to_owned()][..]), "{count}");
        }
    }

    #[test]
    fn versions_differ_where_numbers_may() {
        let library = Library::load().expect("the library is in order");
        let versions = Versions::of(&library);
        assert_eq!(versions, Versions::of(&library));
        let other = Versions::of(&library.with_breaks("break = []").expect("no breaks"));
        assert_ne!(versions.breaks, other.breaks);
        assert_eq!((&versions.schema, &versions.sql), (&other.schema, &other.sql));
        assert_ne!(versions.schema, versions.sql);
    }

    #[test]
    fn the_oldest_records_go() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Store::new(folder.path());
        let ids: Vec<String> =
            (0..KEPT as i64 + 2).map(|second| RunRecord::begin(at(second), String::new()).run).collect();
        for id in &ids[..=KEPT] {
            std::fs::create_dir_all(folder.path().join("runs")).expect("folder");
            std::fs::write(folder.path().join(layout::run(id)), "{}").expect("written");
        }
        run(&store, (KEPT as i64 + 1, KEPT as i64 + 1), Outcome::Done);
        let left: Vec<String> = ids[2..].iter().map(|id| format!("{id}.json")).collect();
        assert_eq!(store.list("runs").expect("listed"), left);
    }
}
