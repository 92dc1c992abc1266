//! Reads dumps again that hold refused records: by other rules, or by a later program.
//!
//! First all such dumps are read and only counted. Those of which more can be read than before then become a batch
//! that replaces their earlier reading ([`crate::lake::Contents`]): nothing is counted twice, and what the new reading
//! still refuses is refused as before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::sift::{Sift, each_once};
use super::unit::Tally;
use super::{Dump, IngestError, Options, Reading, Summary, add, batch_id, by_name, finish, read_batch, waves};
use crate::lake::{Contents, Forgotten, Sightings, SourceCounts, Store};
use crate::privacy::Key;
use crate::progress::{Progress, Stage};
use crate::source::{SourceError, SourceFile, discover};

/// What reading again has come to, or would come to.
#[derive(Debug, Default)]
pub struct Reparsed {
    /// Dumps with refused records.
    pub candidates: usize,
    /// Digests of those that nobody knows the place of.
    pub missing: Vec<String>,
    /// Those that could not be read.
    pub failed: Vec<SourceError>,
    /// Dumps of which more can be read than before.
    pub gaining: usize,
    /// Refused records of the dumps that were read, before and by this reading.
    pub rejects: (BTreeMap<String, u64>, BTreeMap<String, u64>),
    /// Events of the dumps that were read, before and by this reading.
    pub events: (u64, u64),
    /// How many refused records each rule wins back.
    pub won_back: BTreeMap<String, u64>,
    /// The batch that holds the new reading; `None` if nothing is gained or nothing was to be written.
    pub batch: Option<String>,
}

/// Reads dumps with refused records again. `files` are where dumps may be, beside those that the lake has seen. With
/// `dry_run` nothing is written.
pub fn reparse(
    store: &Store,
    files: &[SourceFile],
    key: &Key,
    options: &Options,
    dry_run: bool,
    progress: &dyn Progress,
) -> Result<Reparsed, IngestError> {
    let contents = Contents::read(store)?;
    contents.check_key(&key.fingerprint())?;
    let mut reparsed = Reparsed::default();
    let candidates: BTreeSet<&str> = contents
        .sources()
        .filter(|(_, source)| source.counts.rejects > 0)
        .map(|(_, source)| source.digest.as_str())
        .collect();
    reparsed.candidates = candidates.len();
    let dumps = find((store, key), files, &candidates, &mut reparsed, progress)?;

    let mut reading = Reading::new(key, options, Forgotten::read(store, contents.tombstones(), key)?);
    let bytes = dumps.iter().map(|dump| dump.file.bytes).sum();
    progress.begin(Stage::Ingest, dumps.len(), bytes);
    let mut gaining = Vec::new();
    for dump in dumps {
        // One by one, so that a dump that cannot be read holds up no other.
        match waves::read(None, std::slice::from_ref(&dump), &reading, progress)? {
            Ok(batch) => {
                if compare(&contents, &dump, &batch.tally, options, &mut reparsed) {
                    gaining.push(dump);
                }
            }
            Err(failed) => reparsed.failed.push(failed),
        }
    }
    reparsed.gaining = gaining.len();
    if dry_run || gaining.is_empty() {
        return Ok(reparsed);
    }
    let generation = next_generation(&contents, &gaining);
    let id = batch_id(&gaining, options, generation);
    progress.begin(Stage::Ingest, gaining.len(), gaining.iter().map(|dump| dump.file.bytes).sum());
    match read_batch(store, &id, &gaining, &mut reading, progress)? {
        Ok(batch) => {
            let mut summary = Summary::default();
            finish(store, key, (id, generation), batch, &reading, &mut summary, progress)?;
            reparsed.batch = summary.batches.pop();
        }
        Err(failed) => reparsed.failed.push(failed),
    }
    Ok(reparsed)
}

/// The dumps with these digests, where they were last seen or are found now.
fn find(
    (store, key): (&Store, &Key),
    files: &[SourceFile],
    digests: &BTreeSet<&str>,
    reparsed: &mut Reparsed,
    progress: &dyn Progress,
) -> Result<Vec<Dump>, IngestError> {
    let sightings = Sightings::read(store)?;
    let mut sift = Sift::of(store, &key.fingerprint(), None)?;
    // Of a path where a dump was seen and is no more nothing is said but that it is missing.
    let seen: Vec<&Path> = digests.iter().filter_map(|digest| sightings.place(digest)).collect();
    let seen: Vec<SourceFile> = discover(&seen).chain(files.iter().cloned()).collect();
    let (mut dumps, _) = sift.identify(&seen, progress);
    dumps.retain(|dump| digests.contains(dump.digest.to_string().as_str()));
    each_once(&mut dumps);
    let found: BTreeSet<String> = dumps.iter().map(|dump| dump.digest.to_string()).collect();
    reparsed.missing =
        digests.iter().filter(|digest| !found.contains(**digest)).map(|digest| (*digest).to_owned()).collect();
    reparsed.failed = sift.failed;
    Ok(dumps)
}

/// Adds a dump's old and new reading to the comparison; says whether the new one holds more.
fn compare(contents: &Contents, dump: &Dump, tally: &Tally, options: &Options, reparsed: &mut Reparsed) -> bool {
    let digest = dump.digest.to_string();
    let mut before = SourceCounts::default();
    for (_, source) in contents.sources().filter(|(_, source)| source.digest == digest) {
        before += source.counts;
        add(&mut reparsed.rejects.0, source.rejects.clone());
    }
    add(&mut reparsed.rejects.1, tally.rejects.iter().map(|(reason, count)| (reason.as_str().to_owned(), *count)));
    add(&mut reparsed.won_back, by_name(&tally.won_back, &options.rules));
    reparsed.events.0 += before.events;
    reparsed.events.1 += tally.counts.events;
    tally.counts.events > before.events || tally.counts.rejects < before.rejects
}

/// The generation of a new reading of some dumps.
fn next_generation(contents: &Contents, dumps: &[Dump]) -> u32 {
    let digests: BTreeSet<String> = dumps.iter().map(|dump| dump.digest.to_string()).collect();
    let readings = contents.sources().filter(|(_, source)| digests.contains(&source.digest));
    readings.map(|(receipt, _)| receipt.generation.saturating_add(1)).max().unwrap_or(0)
}
