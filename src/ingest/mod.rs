//! From dumps to a receipt.
//!
//! ```text
//! files ─ digest ─ new ones ─┬─ small: read whole, many at once ─┐
//!        (sightings spare it) └─ large: blocks, read ahead ───────┴─ decode ─ parts ─ receipt
//! ```
//!
//! All new dumps of one call are one batch. They are taken in the order of their digests, in waves whose
//! bounds depend on their sizes alone, and their rows are written in that order: so the same dumps give the
//! same bytes, whatever the number of threads. Workers return values and share nothing.

mod form;
mod large;
mod parts;
mod small;
mod unit;
mod waves;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;
use thiserror::Error;

use crate::decode::{Format, Reason};
use crate::lake::{
    DataFileError, Receipt, ReceiptError, Sighting, Sightings, SourceCounts, SourceReceipt, Store, StoreError,
};
use crate::privacy::{Key, Pseudonymizer};
use crate::source::{Digest, SourceError, SourceFile, digest_of_file};

/// An ingest that failed as a whole. What it had written is named by no receipt.
#[derive(Debug, Error)]
pub enum IngestError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A receipt.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// A data file.
    #[error(transparent)]
    DataFile(#[from] DataFileError),
}

/// What the caller decides.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The format of every dump; `None`: told by content.
    pub format: Option<Format>,
    /// The most bytes that may come out of one dump.
    pub max_decompressed: u64,
    /// The most bytes of one record.
    pub max_record: usize,
}

impl Default for Options {
    fn default() -> Self {
        // A day's dump of the busiest collector is well below; a bomb is not.
        Self { format: None, max_decompressed: 64 << 30, max_record: 64 << 20 }
    }
}

/// Is told how far an ingest is.
pub trait Progress: Sync {
    /// So many files and bytes will be read.
    fn begin(&self, files: usize, bytes: u64);
    /// So many more are read.
    fn advance(&self, files: usize, bytes: u64, records: u64);
}

/// One dump that was read.
#[derive(Clone, Debug)]
pub struct ReadSource {
    /// Where it is.
    pub path: PathBuf,
    /// What the receipt says of it.
    pub receipt: SourceReceipt,
    /// What is wrong with the dump as a whole: no format, damage. The message names place and reason.
    pub problem: Option<String>,
}

/// What an ingest did.
#[derive(Debug, Default)]
pub struct Summary {
    /// The batch's id; `None` if nothing was new.
    pub batch: Option<String>,
    /// Dumps read, sorted by digest.
    pub read: Vec<ReadSource>,
    /// Dumps whose content is in the lake already.
    pub known: usize,
    /// Dumps whose content is that of another one of the same call.
    pub same: usize,
    /// Dumps that could not be read at all; the next run tries again.
    pub failed: Vec<SourceError>,
    /// What became of all records.
    pub counts: SourceCounts,
    /// Refused records by reason.
    pub rejects: BTreeMap<Reason, u64>,
    /// Events by table.
    pub events: BTreeMap<String, u64>,
    /// Bytes of the dumps read, as they lie and decompressed.
    pub bytes: (u64, u64),
}

/// A dump to be read.
#[derive(Clone, Debug)]
struct Dump {
    digest: Digest,
    file: SourceFile,
}

/// Ingests what is new among some dumps.
pub fn ingest(
    store: &Store,
    files: &[SourceFile],
    key: &Key,
    options: &Options,
    progress: &impl Progress,
) -> Result<Summary, IngestError> {
    let receipts = Receipt::read_all(store)?;
    Receipt::check_key(&receipts, &key.fingerprint())?;
    let before = Sightings::read(store)?;
    let mut sightings = before.clone();
    let mut summary = Summary::default();

    let mut dumps = identify(files, &mut sightings, &mut summary);
    let known: BTreeSet<&str> =
        receipts.iter().flat_map(|receipt| &receipt.sources).map(|source| source.digest.as_str()).collect();
    let found = dumps.len();
    dumps.retain(|dump| !known.contains(dump.digest.to_string().as_str()));
    summary.known = found - dumps.len();
    let new = dumps.len();
    dumps.sort_by(|a, b| (a.digest, &a.file.path).cmp(&(b.digest, &b.file.path)));
    dumps.dedup_by_key(|dump| dump.digest);
    summary.same = new - dumps.len();

    let pseudonymizer = Pseudonymizer::new(key);
    // A dump that fails while it is read is left out, and the batch (another one, then) begun anew.
    while !dumps.is_empty() {
        let bytes = dumps.iter().map(|dump| dump.file.bytes).sum();
        progress.begin(dumps.len(), bytes);
        match waves::read(store, &dumps, &pseudonymizer, options, progress)? {
            Ok(batch) => {
                finish(store, key, batch, &mut summary)?;
                break;
            }
            Err(failed) => {
                dumps.retain(|dump| dump.file.path != failed.path);
                summary.failed.push(failed);
            }
        }
    }
    if sightings != before {
        sightings.write(store)?;
    }
    Ok(summary)
}

/// The digest of every file: from the sightings where it has not changed since, else by reading it.
fn identify(files: &[SourceFile], sightings: &mut Sightings, summary: &mut Summary) -> Vec<Dump> {
    let seen: &Sightings = sightings;
    let digests: Vec<Result<Dump, SourceError>> = files
        .par_iter()
        .map(|file| {
            let known = seen.digest(&file.path, file.bytes, file.modified).and_then(|digest| digest.parse().ok());
            let digest = known.map_or_else(|| digest_of_file(&file.path), Ok)?;
            Ok(Dump { digest, file: file.clone() })
        })
        .collect();
    let mut dumps = Vec::new();
    for dump in digests {
        match dump {
            Ok(dump) => {
                let file = &dump.file;
                let sighting = Sighting::new(file.bytes, file.modified, dump.digest.to_string());
                sightings.insert(file.path.clone(), sighting);
                dumps.push(dump);
            }
            Err(failed) => summary.failed.push(failed),
        }
    }
    dumps
}

/// Writes the receipt and fills the summary.
fn finish(store: &Store, key: &Key, batch: waves::Batch, summary: &mut Summary) -> Result<(), IngestError> {
    let mut events: BTreeMap<String, u64> = BTreeMap::new();
    for file in &batch.files {
        if file.day.is_some() {
            *events.entry(file.table.clone()).or_default() += file.rows;
        }
    }
    for source in &batch.sources {
        summary.counts += source.receipt.counts;
        summary.bytes.0 += source.receipt.bytes;
        summary.bytes.1 += source.receipt.decompressed_bytes;
    }
    let receipt = Receipt {
        batch: batch.id.clone(),
        key: key.fingerprint(),
        program: concat!("usage-report ", env!("CARGO_PKG_VERSION")).to_owned(),
        sources: batch.sources.iter().map(|source| source.receipt.clone()).collect(),
        events: events.clone(),
        rejects: batch.rejects.iter().map(|(reason, count)| (reason.as_str().to_owned(), *count)).collect(),
        files: batch.files,
    };
    receipt.write(store)?;
    summary.batch = Some(batch.id);
    summary.read = batch.sources;
    summary.rejects = batch.rejects;
    summary.events = events;
    Ok(())
}
