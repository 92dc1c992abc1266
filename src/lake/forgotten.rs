//! Whom the lake has forgotten: users and projects of whom nothing may be kept, whatever dumps bring.
//!
//! Somebody forgotten is a [`Tombstone`] in a file of `forgotten/`. All events of their invocations go with them, and
//! many of these name the invocation alone; so a batch from which rows were left out says of which invocations, by
//! tombstones in its receipt. Where only days of marts told it that outlive their staging, a file of `forgotten/` says so.
//! A replay of the same dumps, a later dump with more events of an invocation, or another copy of the lake's dumps brings
//! nothing back.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use arrow_array::cast::AsArray as _;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array as _, BooleanArray, RecordBatch, StringArray};
use arrow_select::filter::filter_record_batch;
use serde::{Deserialize, Serialize};

use super::freshness::Fingerprint;
use super::layout;
use super::receipt::{ReceiptError, Spread};
use super::store::Store;
use crate::event::{TimeBasis, Times, Timestamp};
use crate::privacy::{Domain, Key, Pseudonym, Pseudonymizer, Sealer, Tombstone};

/// The columns by which rows are somebody's: those of whom one may forget, then those of what is theirs.
const COLUMNS: [(&str, Domain); 4] = [
    ("user_id", Domain::User),
    ("project_id", Domain::Project),
    ("invocation_id", Domain::Invocation),
    ("node_run_id", Domain::NodeRun),
];

/// The column of marts that names a project and its account, one behind the other.
pub const PROJECT_KEY: &str = "project_key";

/// One file of `forgotten/`.
#[derive(Debug, Serialize, Deserialize)]
struct File {
    /// Fingerprint of the key that made the tombstones.
    key: String,
    /// Tombstones of users and projects.
    forgotten: BTreeSet<String>,
    /// Tombstones of what is theirs, where days of marts that outlive their staging told it, and no receipt does.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    theirs: BTreeSet<String>,
}

/// Whom nothing may be kept of.
#[derive(Clone, Debug, Default)]
pub struct Forgotten {
    /// The tombstones of users and projects.
    subjects: BTreeSet<String>,
    /// Pseudonyms, by what they are of.
    pseudonyms: HashSet<(Domain, Pseudonym)>,
}

impl Forgotten {
    /// Whom a lake has forgotten, and what was theirs, of which its receipts have these tombstones.
    ///
    /// # Errors
    /// When a file cannot be read, or was made with another key.
    pub fn read<'t>(
        store: &Store,
        of_receipts: impl Iterator<Item = &'t String>,
        key: &Key,
    ) -> Result<Self, ReceiptError> {
        let (subjects, theirs) = tombstones_of_files(store, Some(key))?;
        let mut forgotten = Self { subjects, ..Self::default() };
        let sealer = Sealer::new(key);
        let open = |text: &String| {
            let opened = sealer.open(&Tombstone::new(text.clone()));
            opened.ok_or_else(|| ReceiptError::NoTombstone { text: text.clone() })
        };
        let mut pseudonyms = forgotten.subjects.iter().chain(&theirs).map(open).collect::<Result<HashSet<_>, _>>()?;
        for tombstone in of_receipts {
            pseudonyms.insert(open(tombstone)?);
        }
        forgotten.pseudonyms = pseudonyms;
        Ok(forgotten)
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// What tells those who are forgotten from others; `None` if nobody is.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        fingerprint(&self.subjects)
    }

    /// What tells this from another: who is forgotten, and what is known to be theirs.
    pub fn digest(&self) -> Fingerprint {
        let pseudonyms: BTreeSet<&str> = self.pseudonyms.iter().map(|(_, pseudonym)| pseudonym.as_str()).collect();
        let subjects = self.subjects.iter().map(|text| ("forgotten", text.as_str()));
        Fingerprint::of(subjects.chain(pseudonyms.into_iter().map(|pseudonym| ("theirs", pseudonym))))
    }

    /// The columns by which it is told whose rows are.
    pub fn columns() -> Vec<&'static str> {
        COLUMNS.iter().map(|(column, _)| *column).chain([PROJECT_KEY]).collect()
    }

    /// Adds users and projects, as if they were forgotten.
    pub fn add(&mut self, subjects: &[(Domain, Pseudonym)], key: &Key) {
        self.subjects.extend(seal(subjects, key));
        self.pseudonyms.extend(subjects);
    }

    /// What of this is not known to be somebody's who is forgotten.
    pub fn unknown(&self, theirs: &Theirs) -> Theirs {
        theirs.iter().filter(|id| !self.pseudonyms.contains(id)).copied().collect()
    }

    /// Adds what is somebody's who is forgotten; whether any of it is new.
    pub fn extend(&mut self, theirs: &Theirs) -> bool {
        let before = self.pseudonyms.len();
        self.pseudonyms.extend(theirs);
        self.pseudonyms.len() > before
    }

    /// Which rows are of somebody who is forgotten; `None` if none is.
    pub fn rows(&self, rows: &RecordBatch) -> Option<LeftOut> {
        if self.is_empty() {
            return None;
        }
        let all = COLUMNS.into_iter().chain([(PROJECT_KEY, Domain::Project)]);
        let columns: Vec<(&StringArray, Domain)> =
            all.filter_map(|(name, domain)| Some((text(rows, name)?, domain))).collect();
        let ids = |row: usize| {
            let ids = columns.iter().filter(move |(column, _)| column.is_valid(row));
            // Of a project and its account the project is before the stroke; no pseudonym has one.
            let first = |text: &str| Pseudonym::parse(text.split_once('/').map_or(text, |(first, _)| first));
            ids.filter_map(move |(column, domain)| Some((*domain, first(column.value(row))?)))
        };
        let kept: BooleanArray =
            (0..rows.num_rows()).map(|row| Some(!ids(row).any(|id| self.pseudonyms.contains(&id)))).collect();
        if kept.true_count() == kept.len() {
            return None;
        }
        let is_theirs = |(domain, _): &(Domain, Pseudonym)| matches!(domain, Domain::Invocation | Domain::NodeRun);
        let gone = || (0..kept.len()).filter(|row| !kept.value(*row));
        let theirs = gone().flat_map(ids).filter(is_theirs).collect();
        let sources = spreads(rows, gone());
        Some(LeftOut { kept, theirs, sources })
    }
}

/// Invocations and runs of nodes: pseudonyms, each with what it is of.
pub type Theirs = BTreeSet<(Domain, Pseudonym)>;

/// The tombstones of what is somebody's, as receipts hold them.
pub fn tombstones(theirs: &Theirs, key: &Key) -> BTreeSet<String> {
    seal(theirs, key)
}

fn seal<'s>(subjects: impl IntoIterator<Item = &'s (Domain, Pseudonym)>, key: &Key) -> BTreeSet<String> {
    let sealer = Sealer::new(key);
    let all = subjects.into_iter().map(|(domain, pseudonym)| sealer.seal(*domain, *pseudonym));
    all.map(|tombstone| tombstone.as_str().to_owned()).collect()
}

/// Rows that are of somebody who is forgotten.
#[derive(Debug)]
pub struct LeftOut {
    /// Which rows are not.
    kept: BooleanArray,
    /// The invocations and runs of nodes that they are of.
    pub theirs: Theirs,
    /// When they happened and were received, by dump.
    pub sources: BTreeMap<String, Spread>,
}

impl LeftOut {
    /// How many rows are theirs.
    pub fn count(&self) -> u64 {
        (self.kept.len() - self.kept.true_count()) as u64
    }

    /// The rows that may be kept.
    pub fn kept(&self, rows: &RecordBatch) -> RecordBatch {
        filter_record_batch(rows, &self.kept)
            .unwrap_or_else(|reason| unreachable!("there is an answer for each row: {reason}"))
    }
}

fn text<'r>(rows: &'r RecordBatch, column: &str) -> Option<&'r StringArray> {
    rows.column_by_name(column)?.as_string_opt()
}

/// When some rows happened and were received, by dump.
fn spreads(rows: &RecordBatch, of: impl Iterator<Item = usize>) -> BTreeMap<String, Spread> {
    let time = |column: &str, row: usize| {
        let column = rows.column_by_name(column)?.as_primitive_opt::<TimestampMicrosecondType>()?;
        Timestamp::from_micros(column.value(row))
    };
    let mut spreads: BTreeMap<String, Spread> = BTreeMap::new();
    for row in of {
        let basis = text(rows, "time_basis").and_then(|column| TimeBasis::parse(column.value(row)));
        let source = text(rows, "source").map(|column| column.value(row));
        let (derived, collector) = (time("derived_tstamp", row), time("collector_tstamp", row));
        // Rows of events have all of these.
        if let (Some(basis), Some(source), Some(derived), Some(collector)) = (basis, source, derived, collector) {
            let times = Times { device: None, collector, derived, basis };
            spreads.entry(source.to_owned()).or_default().count(&times);
        }
    }
    spreads
}

fn fingerprint(subjects: &BTreeSet<String>) -> Option<Fingerprint> {
    (!subjects.is_empty()).then(|| Fingerprint::of(subjects.iter().map(|text| ("forgotten", text.as_str()))))
}

/// Who a lake has forgotten, as receipts name them all together; `None` if nobody.
///
/// # Errors
/// When a file cannot be read.
pub fn forgotten_now(store: &Store) -> Result<Option<Fingerprint>, ReceiptError> {
    Ok(fingerprint(&tombstones_of_files(store, None)?.0))
}

/// How many users and projects a lake has forgotten.
///
/// # Errors
/// When a file cannot be read.
pub fn count_forgotten(store: &Store) -> Result<usize, ReceiptError> {
    Ok(tombstones_of_files(store, None)?.0.len())
}

/// The tombstones of users and projects, and of what is theirs. With a key they must be its.
fn tombstones_of_files(store: &Store, key: Option<&Key>) -> Result<(BTreeSet<String>, BTreeSet<String>), ReceiptError> {
    let (mut subjects, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    for (_, file) in files(store)? {
        if let Some(given) = key.map(Key::fingerprint).filter(|given| *given != file.key) {
            return Err(ReceiptError::OtherKey { lake: file.key, given });
        }
        subjects.extend(file.forgotten);
        theirs.extend(file.theirs);
    }
    Ok((subjects, theirs))
}

/// Every file of `forgotten/`, with its path.
fn files(store: &Store) -> Result<Vec<(String, File)>, ReceiptError> {
    let mut files = Vec::new();
    for name in store.list(layout::FORGOTTEN)? {
        let path = format!("{}/{name}", layout::FORGOTTEN);
        if !name.ends_with(".json") {
            continue;
        }
        if let Some(json) = store.read(&path)? {
            match serde_json::from_slice(&json) {
                Ok(file) => files.push((path, file)),
                Err(reason) => return Err(ReceiptError::NoTombstones { path, reason }),
            }
        }
    }
    Ok(files)
}

/// Keeps tombstones of users and projects: from now on nothing of theirs is taken in.
///
/// # Errors
/// When they cannot be written.
pub fn forget(store: &Store, key: &Key, subjects: &[(Domain, Pseudonym)]) -> Result<(), ReceiptError> {
    File { key: key.fingerprint(), forgotten: seal(subjects, key), theirs: BTreeSet::new() }.write(store)
}

/// Keeps tombstones of what is theirs, as receipts keep them of what was left out of a batch.
///
/// # Errors
/// When they cannot be written.
pub fn keep_theirs(store: &Store, key: &Key, theirs: &Theirs) -> Result<(), ReceiptError> {
    File { key: key.fingerprint(), forgotten: BTreeSet::new(), theirs: seal(theirs, key) }.write(store)
}

/// Gives tombstones another key.
pub struct Reseal<'k> {
    old: (Sealer, String),
    new: (Sealer, String),
    pseudonymizer: &'k Pseudonymizer,
}

impl<'k> Reseal<'k> {
    /// From a key to the one that it is rotated to, whose pseudonyms are given too.
    pub fn new(old: &Key, new: &Key, pseudonymizer: &'k Pseudonymizer) -> Self {
        let of = |key: &Key| (Sealer::new(key), key.fingerprint());
        Self { old: of(old), new: of(new), pseudonymizer }
    }

    /// The tombstones of the same under the other key.
    ///
    /// # Errors
    /// When one is none of the old key.
    pub fn all(&self, tombstones: &BTreeSet<String>) -> Result<BTreeSet<String>, ReceiptError> {
        let reseal = |text: &String| {
            let opened = self.old.0.open(&Tombstone::new(text.clone()));
            let (domain, pseudonym) = opened.ok_or_else(|| ReceiptError::NoTombstone { text: text.clone() })?;
            let rotated = self.pseudonymizer.rotate(domain, pseudonym);
            Ok(self.new.0.seal(domain, rotated).as_str().to_owned())
        };
        tombstones.iter().map(reseal).collect()
    }

    /// Writes who is forgotten under the other key, beside what was written under the old one.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn forgotten(&self, store: &Store) -> Result<Resealed, ReceiptError> {
        let (mut before, mut theirs, mut paths) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for (path, file) in files(store)? {
            if file.key == self.old.1 {
                before.extend(file.forgotten);
                theirs.extend(file.theirs);
                paths.push(path);
            }
        }
        let (forgotten, theirs) = (self.all(&before)?, self.all(&theirs)?);
        let (before, after) = (fingerprint(&before), fingerprint(&forgotten));
        let file = |forgotten, theirs| File { key: self.new.1.clone(), forgotten, theirs };
        // Apart: whoever is forgotten once more writes a file of the same name as the first.
        file(forgotten, BTreeSet::new()).write(store)?;
        file(BTreeSet::new(), theirs).write(store)?;
        Ok(Resealed { paths, before, after })
    }
}

/// Who is forgotten, under two keys.
pub struct Resealed {
    /// The files of the old key.
    pub paths: Vec<String>,
    /// What all who are forgotten were called.
    pub before: Option<Fingerprint>,
    /// What they are called now.
    pub after: Option<Fingerprint>,
}

impl File {
    /// Writes it under the name of what it holds; nothing, if it holds nothing.
    fn write(&self, store: &Store) -> Result<(), ReceiptError> {
        let of_theirs = || Fingerprint::of(self.theirs.iter().map(|text| ("theirs", text.as_str())));
        let name = fingerprint(&self.forgotten).or_else(|| (!self.theirs.is_empty()).then(of_theirs));
        match name {
            Some(name) => Ok(store.put_json(&layout::forgotten(&name), self)?),
            None => Ok(()),
        }
    }
}
