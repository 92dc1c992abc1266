//! A receipt makes a batch real: it says what one ingest read and names every file that it wrote.
//!
//! It holds nothing that depends on who ran the ingest, when or from where, so the same dumps give the
//! same receipt, byte for byte. Where the dumps were is in [`super::Sightings`].

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::ops::AddAssign;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::freshness::Fingerprint;
use super::layout;
use super::store::{Part, Store, StoreError};
use crate::event::{Day, Hour, TimeBasis, Times};

/// The program, as receipts name it.
pub const PROGRAM: &str = concat!("usage-report ", env!("CARGO_PKG_VERSION"));

/// Reading or writing a receipt failed.
#[derive(Debug, Error)]
pub enum ReceiptError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A receipt that is none: somebody else's file, or a damaged disk.
    #[error("{path} is not a receipt: {reason}; move it away, and ingest its dumps again")]
    Unreadable {
        /// The file.
        path: String,
        /// What the parser says.
        reason: serde_json::Error,
    },
    /// Who was forgotten cannot be read.
    #[error("{path} does not say who was forgotten: {reason}; restore it from a backup, or forget them again")]
    NoTombstones {
        /// The file.
        path: String,
        /// What the parser says.
        reason: serde_json::Error,
    },
    /// What stands for somebody forgotten, and can be opened by no key or by another one.
    #[error(
        "{text} is no tombstone of this key: a file of receipts/ or forgotten/ is damaged; restore it from a backup"
    )]
    NoTombstone {
        /// The text.
        text: String,
    },
    /// What was removed because of its age cannot be read.
    #[error(
        "retention.json cannot be read: {reason}; restore it from a backup: marts must not be built of what is left"
    )]
    NoRetention {
        /// What the parser says.
        reason: serde_json::Error,
    },
    /// A rotation was broken off, or an ingest with the old key came after it.
    #[error(
        "the lake's pseudonyms are made with two keys: run `usage-report rotate-key` once more, with the same files"
    )]
    TwoKeys,
    /// Two keys in one lake would make two people of one.
    #[error(
        "the lake's pseudonyms were made with another key (fingerprint {lake}, this one {given}): give that key, or another --lake"
    )]
    OtherKey {
        /// Fingerprint of the key in the lake.
        lake: String,
        /// Fingerprint of the key given.
        given: String,
    },
}

/// What became of the records of a dump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCounts {
    /// Events and unreadable records. Always the sum of the four below.
    pub records: u64,
    /// Events written to staging, surplus copies included.
    pub events: u64,
    /// Refused.
    pub rejects: u64,
    /// Another application's.
    pub foreign: u64,
    /// dbt's, but of a kind or of somebody of whom nothing may be kept.
    pub filtered: u64,
    /// Of the filtered ones those that are of somebody forgotten.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub forgotten: u64,
}

impl SourceCounts {
    /// So many events turn out to be of somebody forgotten.
    pub fn forget(&mut self, events: u64) {
        self.events -= events;
        self.filtered += events;
        self.forgotten += events;
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl AddAssign for SourceCounts {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.events += other.events;
        self.rejects += other.rejects;
        self.foreign += other.foreign;
        self.filtered += other.filtered;
        self.forgotten += other.forgotten;
    }
}

/// When the events of a dump happened and were received, copies included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// Events by the day on which they happened by our clock: the marts of these days depend on the dump.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub days: BTreeMap<Day, u64>,
    /// Events by the hour in which they were received, where another clock than the device's says so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub received: BTreeMap<Hour, u64>,
    /// Of the others the last hour, by the devices' clocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_until: Option<Hour>,
}

impl Spread {
    /// Counts an event.
    pub fn count(&mut self, times: &Times) {
        *self.days.entry(times.derived.day()).or_default() += 1;
        let hour = times.collector.hour();
        if matches!(times.basis, TimeBasis::COLLECTOR | TimeBasis::FILE) {
            *self.received.entry(hour).or_default() += 1;
        } else {
            self.sent_until = self.sent_until.max(Some(hour));
        }
    }

    /// Events in all.
    pub fn events(&self) -> u64 {
        self.days.values().sum()
    }

    /// Leaves out events of somebody forgotten. Their days and hours stay, if with none: dumps came then, and whoever
    /// asks whether the marts of a day are fresh must see that they have changed.
    pub fn forget(&mut self, others: &Self) {
        for (day, events) in &others.days {
            self.days.entry(*day).and_modify(|all| *all -= events);
        }
        for (hour, events) in &others.received {
            self.received.entry(*hour).and_modify(|all| *all -= events);
        }
    }
}

impl AddAssign<&Self> for Spread {
    fn add_assign(&mut self, other: &Self) {
        for (day, events) in &other.days {
            *self.days.entry(*day).or_default() += events;
        }
        for (hour, events) in &other.received {
            *self.received.entry(*hour).or_default() += events;
        }
        self.sent_until = self.sent_until.max(other.sent_until);
    }
}

/// One dump of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceReceipt {
    /// Digest of its content.
    pub digest: String,
    /// Its size, bytes.
    pub bytes: u64,
    /// Its size decompressed, bytes; of a damaged one, of what could be read.
    pub decompressed_bytes: u64,
    /// The form of its records; `unknown` if none was recognized.
    pub format: String,
    /// What became of its records.
    #[serde(flatten)]
    pub counts: SourceCounts,
    /// Refused records by reason.
    #[serde(default, rename = "rejected", skip_serializing_if = "BTreeMap::is_empty")]
    pub rejects: BTreeMap<String, u64>,
    /// What the reading of it rests on besides its content: a digest over the program's version, rules and limits.
    /// Where two receipts have one dump with one reading, they have the same rows of it.
    pub reading: String,
    /// When its events happened and were received.
    #[serde(flatten)]
    pub spread: Spread,
}

impl SourceReceipt {
    /// What its rows rest on besides its content and the key: the reading, and how many events of somebody forgotten are not among
    /// them. More may be forgotten, never fewer, so that their number says which they are.
    pub fn rows(&self) -> String {
        match self.counts.forgotten {
            0 => self.reading.clone(),
            forgotten => format!("{}{WITHOUT}{forgotten}", self.reading),
        }
    }
}

/// What stands between a reading and how many events are not among its rows.
pub const WITHOUT: &str = " without ";
/// What stands between that and the key that its pseudonyms were made with, if this was rotated.
pub const REKEYED: &str = " with ";

/// One file that a batch wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileReceipt {
    /// The table.
    pub table: String,
    /// The day; refused records have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// Where it is in the lake.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its size, bytes.
    pub bytes: u64,
    /// Digest of its content.
    pub digest: String,
}

/// Events in some files, by table.
pub fn events_of(files: &[FileReceipt]) -> BTreeMap<String, u64> {
    let mut events: BTreeMap<String, u64> = BTreeMap::new();
    for file in files.iter().filter(|file| file.day.is_some()) {
        *events.entry(file.table.clone()).or_default() += file.rows;
    }
    events
}

/// One batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The batch's id: the digest of its dumps' digests.
    pub batch: String,
    /// Fingerprint of the key that its pseudonyms were made with.
    pub key: String,
    /// The program that made it, with its version.
    pub program: String,
    /// The dumps, sorted by digest.
    pub sources: Vec<SourceReceipt>,
    /// How many times its rows have been written before: 0 for a dump's first reading, for another one more than that
    /// which it replaces. Of a dump that several batches hold, the rows of the latest generation count.
    #[serde(default, skip_serializing_if = "is_first")]
    pub generation: u32,
    /// Events that would have been refused, by the re-parse rule that won them back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub won_back: BTreeMap<String, u64>,
    /// Whom its rows are without: what [`super::Forgotten`] was called when they were written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<Fingerprint>,
    /// Tombstones of the invocations and runs of nodes that were left out, being of somebody forgotten.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub forgotten: BTreeSet<String>,
    /// Events by table.
    pub events: BTreeMap<String, u64>,
    /// The files, sorted.
    pub files: Vec<FileReceipt>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_first(generation: &u32) -> bool {
    *generation == 0
}

impl Receipt {
    /// What the rows of one of its dumps rest on besides the dump's content. A key that was rotated is among it: marts
    /// that were built before hold other pseudonyms.
    pub fn rows(&self, source: &SourceReceipt) -> String {
        let rows = source.rows();
        if self.key.contains('.') { format!("{rows}{REKEYED}{}", self.key) } else { rows }
    }

    /// Writes the receipt: from here on the batch is part of the lake.
    pub fn write(&self, store: &Store) -> Result<(), ReceiptError> {
        let path = layout::receipt(&self.batch);
        // Two runs of one batch write one receipt: the first is enough, unless they are of different programs.
        if store.put_new_json(&path, self)? {
            return Ok(());
        }
        let there: Option<Self> = store.read(&path)?.and_then(|json| serde_json::from_slice(&json).ok());
        if there.as_ref() != Some(self) {
            store.put_json(&path, self)?;
        }
        Ok(())
    }

    /// Where the receipts of a lake are, sorted by batch.
    pub(super) fn paths(store: &Store) -> Result<Vec<String>, ReceiptError> {
        let names = store.list(layout::RECEIPTS)?.into_iter().filter(|name| name.ends_with(".json"));
        Ok(names.map(|name| format!("{}/{name}", layout::RECEIPTS)).collect())
    }

    /// Every receipt of a lake, sorted by batch.
    pub fn read_all(store: &Store) -> Result<Vec<Arc<Self>>, ReceiptError> {
        let receipts = store.each(&Self::paths(store)?, |path| {
            store.read_once(path, Part::Whole, |mut file| {
                let mut bytes = Vec::new();
                let read = file.read_to_end(&mut bytes);
                read.map_err(|reason| StoreError { action: "read", path: store.place(path), reason })?;
                serde_json::from_slice(&bytes).map_err(|reason| ReceiptError::Unreadable { path: path.clone(), reason })
            })
        })?;
        // One may have been removed meanwhile.
        Ok(receipts.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            batch: "b1".to_owned(),
            key: "k".to_owned(),
            program: "usage-report 0".to_owned(),
            ..Receipt::default()
        }
    }

    #[test]
    fn survives_writing_and_reading() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Store::new(folder.path());
        receipt().write(&store).expect("written");
        assert_eq!(Receipt::read_all(&store).expect("read"), [Arc::new(receipt())]);
        store.put("receipts/x.json", b"{").expect("put");
        let error = Receipt::read_all(&store).expect_err("no receipt").to_string();
        assert!(error.contains("receipts/x.json"), "{error}");
    }
}
