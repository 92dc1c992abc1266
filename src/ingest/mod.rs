//! From dumps to a receipt.
//!
//! ```text
//! files ─ digest ─ new ones ─┬─ small: read whole, many at once ─┐
//!        (sightings spare it) └─ large: blocks, read ahead ───────┴─ decode ─ parts ─ receipt
//! ```
//!
//! Files come one after the other, and those that look like dumps that the lake has are counted and forgotten. The others
//! are one batch, or, where they are very many, one batch after the other, as they come. Dumps of a batch are taken in the
//! order of the days of their first events, those of one day by their digests, in waves whose bounds depend on their sizes
//! alone, and their rows are written in that order: so the same dumps give the same bytes, whatever the number of threads.
//! Workers return values and share nothing.

mod days;
mod files;
mod form;
mod large;
mod memory;
mod order;
mod parts;
mod reparse;
mod sift;
mod small;
mod unit;
mod wave;
mod waves;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use thiserror::Error;

pub use memory::Memory;
pub use reparse::{Reparsed, reparse};

use crate::decode::{Format, Limits, Reason, Rules};
use crate::event::Timestamp;
use crate::lake::{
    DataFileError, Fingerprint, Forgotten, PROGRAM, Receipt, ReceiptError, Seen, Sightings, SourceCounts,
    SourceReceipt, Spread, Store, StoreError, Taken, events_of, forgotten_now, layout, tombstones,
};
use crate::maintenance::{RewriteError, leave_out, leave_out_strays};
use crate::privacy::{Key, Pseudonymizer};
use crate::progress::{Progress, Stage};
use crate::source::{Digest, OutputLimits, SourceError, SourceFile};
use parts::Parts;
use sift::{New, Sift};

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
    /// Rows of somebody forgotten could not be removed.
    #[error(transparent)]
    Rewrite(#[from] RewriteError),
}

/// What the caller decides.
#[derive(Clone, Debug)]
pub struct Options {
    /// The format of every dump; `None`: told by content.
    pub format: Option<Format>,
    /// What may come out of one dump.
    pub output: OutputLimits,
    /// The most bytes of one record.
    pub max_record: usize,
    /// The most days of one dump on which events happened or were received.
    pub max_days: usize,
    /// What one record may ask of a decoder.
    pub limits: Limits,
    /// How to read what would be refused.
    pub rules: Rules,
    /// How much memory reading may take.
    pub memory: Memory,
    /// The most dumps of a batch: what is known of these is in memory, and what of a batch is done is lost where a run is
    /// killed.
    pub most_dumps: usize,
    /// Of one of many who share the reading of dumps into a lake: where it is written down what the lake had taken in when
    /// they were divided ([`crate::lake::Taken::put`]). None of its dumps looked like one of those.
    pub share: Option<String>,
}

impl Default for Options {
    /// A day's dump of the busiest collector is well below; a bomb is not. Events compress to about a tenth. The largest
    /// record that a collector or dbt sends has 4 MiB. All that dbt ever sent are events of some 3,700 days.
    fn default() -> Self {
        Self {
            format: None,
            output: OutputLimits { bytes: 64 << 30, ratio: 500 },
            max_record: 16 << 20,
            max_days: 5000,
            limits: Limits::default(),
            rules: Rules::default(),
            memory: Memory::default(),
            most_dumps: 10_000,
            share: None,
        }
    }
}

impl Options {
    /// What a reading rests on besides the dump's content; of a form without times, when the dump was last changed.
    fn reading(&self, changed: Option<Timestamp>) -> Fingerprint {
        let Self { format, output, max_record, max_days, limits, rules, memory: _, most_dumps: _, share: _ } = self;
        let format = format.map_or("told by content", Format::as_str);
        let limits = format!("{output:?} {max_record} {max_days} {limits:?}");
        let changed = changed.map_or(String::new(), |changed| changed.micros().to_string());
        Fingerprint::of([
            ("program", PROGRAM),
            ("format", format),
            ("limits", &limits),
            ("rules", rules.text()),
            ("changed", &changed),
        ])
    }
}

/// What reading records needs.
struct Reading<'r> {
    pseudonymizer: Pseudonymizer,
    options: &'r Options,
    /// Whose events are left out.
    forgotten: Forgotten,
}

impl<'r> Reading<'r> {
    fn new(key: &Key, options: &'r Options, forgotten: Forgotten) -> Self {
        Self { pseudonymizer: Pseudonymizer::new(key), options, forgotten }
    }
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
    /// The ids of the batches: none if nothing was new, and more than one of very many dumps alone.
    pub batches: Vec<String>,
    /// Digests of the dumps read, those of a batch sorted.
    pub read: Vec<Digest>,
    /// What is wrong with dumps that were read.
    pub problems: Vec<String>,
    /// Dumps whose content is in the lake already.
    pub known: usize,
    /// Dumps whose content is that of another one of the same call.
    pub same: usize,
    /// Files that had another content when they were last seen: what they hold now is another dump. With how many bytes
    /// more (or less) they have.
    pub changed: Vec<(PathBuf, i64)>,
    /// Dumps that could not be read at all; the next run tries again.
    pub failed: Vec<SourceError>,
    /// What became of all records.
    pub counts: SourceCounts,
    /// Refused records by reason.
    pub rejects: BTreeMap<Reason, u64>,
    /// Events that would have been refused, by the rule that won them back.
    pub won_back: BTreeMap<String, u64>,
    /// Events by table.
    pub events: BTreeMap<String, u64>,
    /// Bytes of the dumps read, as they lie and decompressed.
    pub bytes: (u64, u64),
}

/// What an ingest would read.
#[derive(Debug, Default)]
pub struct Survey {
    /// Dumps whose content is not in the lake, each content once.
    pub new: usize,
    /// Their size as they lie, bytes.
    pub bytes: u64,
    /// The first of them, sorted by path.
    pub first: Vec<SourceFile>,
    /// Dumps whose content is in the lake already.
    pub known: usize,
    /// Dumps whose content is that of another new one.
    pub same: usize,
    /// Files that had another content when they were last seen, with how many bytes more (or less) they have.
    pub changed: Vec<(PathBuf, i64)>,
    /// Dumps that cannot be read at all.
    pub failed: Vec<SourceError>,
}

/// A dump to be read.
#[derive(Clone, Debug)]
struct Dump {
    digest: Digest,
    file: SourceFile,
    /// For how many bytes on the disk it counts: its own, or, of one that is not compressed, those of one that is.
    weight: u64,
}

impl Dump {
    /// When it was last changed.
    fn changed(&self) -> Option<Timestamp> {
        let since = self.file.modified?.duration_since(UNIX_EPOCH).ok()?;
        Timestamp::from_millis(i64::try_from(since.as_millis()).ok()?)
    }
}

/// Ingests what is new among some dumps. `told` is told of each that was read.
///
/// # Errors
/// When the lake cannot be read or written, or was made with another key. Batches that were whole before are in the lake.
pub fn ingest(
    store: &Store,
    files: impl IntoIterator<Item = SourceFile>,
    key: &Key,
    options: &Options,
    progress: &dyn Progress,
    told: &mut dyn FnMut(&ReadSource),
) -> Result<Summary, IngestError> {
    // Another run may have brought rows of somebody who was being forgotten.
    leave_out(store, key, progress)?;
    let mut sift = Sift::of(store, &key.fingerprint(), options.share.as_deref())?;
    let mut reading = Reading::new(key, options, Forgotten::read(store, sift.tombstones(), key)?);
    let (mut summary, mut files) = (Summary::default(), files.into_iter());
    loop {
        let next = sift.next(&mut files, options.most_dumps);
        if next.is_empty() {
            break;
        }
        let New { mut dumps, digested } = sift.new_dumps(&next, progress);
        // A dump that fails while it is read is left out, and the batch (another one, then) begun anew.
        while !dumps.is_empty() {
            let bytes = dumps.iter().map(|dump| dump.file.bytes).sum();
            progress.begin(Stage::Ingest, dumps.len(), bytes);
            let id = batch_id(&dumps, options, 0);
            // A share that was read before, and whose reader was lost afterwards.
            if options.share.is_some() && store.has(&layout::receipt(&id))? {
                sift.known += dumps.len();
                break;
            }
            match read_batch(store, &id, &dumps, &mut reading, progress)? {
                Ok(batch) => {
                    batch.sources.iter().for_each(&mut *told);
                    finish(store, key, (id, 0), batch, &reading, &mut summary, progress)?;
                    sift.take(&dumps);
                    break;
                }
                Err(failed) => {
                    dumps.retain(|dump| dump.file.path != failed.path);
                    sift.failed.push(failed);
                }
            }
        }
        let digested: Vec<(&SourceFile, Digest)> = digested.iter().map(|dump| (&dump.file, dump.digest)).collect();
        Sightings::add(store, &digested)?;
    }
    if options.share.is_none() {
        Sightings::put_together(store)?;
    }
    let Sift { known, same, changed, failed, .. } = sift;
    Ok(Summary { known, same, changed, failed, ..summary })
}

/// Reads a batch and writes its files, which are without anything of somebody forgotten.
///
/// Most events of an invocation do not say whose it is, and may be read before the one that does. So where events of
/// somebody forgotten are found, of an invocation that is not known to be theirs, the batch is read again.
fn read_batch(
    store: &Store,
    id: &str,
    dumps: &[Dump],
    reading: &mut Reading<'_>,
    progress: &dyn Progress,
) -> Result<Result<waves::Batch, SourceError>, IngestError> {
    let mut written: BTreeSet<String> = BTreeSet::new();
    loop {
        let batch = match waves::read(Some(Parts::new(store, id, reading.options.memory)), dumps, reading, progress)? {
            Ok(batch) => batch,
            Err(failed) => return Ok(Err(failed)),
        };
        if reading.forgotten.extend(&batch.tally.theirs) {
            written.extend(batch.files.into_iter().map(|file| file.path));
            continue;
        }
        // Files of which nothing is left.
        for path in written.difference(&batch.files.iter().map(|file| file.path.clone()).collect()) {
            store.remove(path)?;
        }
        return Ok(Ok(batch));
    }
}

/// Says what an ingest would read, with so many of the first dumps. Nothing is written; files that do not look as they did
/// when they were last seen are digested. Without a key that of the lake is to be made, which fits no lake that has data.
///
/// # Errors
/// When the lake cannot be read, or was made with another key.
pub fn survey(
    store: &Store,
    files: impl IntoIterator<Item = SourceFile>,
    key: Option<&Key>,
    first: usize,
    progress: &dyn Progress,
) -> Result<Survey, IngestError> {
    let mut sift = Sift::of(store, &key.map_or_else(|| "none".to_owned(), Key::fingerprint), None)?;
    let (mut survey, mut files) = (Survey::default(), files.into_iter());
    loop {
        let next = sift.next(&mut files, Options::default().most_dumps);
        if next.is_empty() {
            break;
        }
        let New { dumps, .. } = sift.new_dumps(&next, progress);
        sift.take(&dumps);
        survey.new += dumps.len();
        survey.bytes += dumps.iter().map(|dump| dump.file.bytes).sum::<u64>();
        survey.first.extend(dumps.into_iter().map(|dump| dump.file));
        survey.first.sort();
        survey.first.truncate(first);
    }
    let Sift { known, same, changed, failed, .. } = sift;
    Ok(Survey { known, same, changed, failed, ..survey })
}

/// The files that do not look like dumps that are in the lake, one after the other. None is read, so that some of them may
/// be in it.
///
/// # Errors
/// When the lake cannot be read.
pub fn unseen(
    store: &Store,
    taken: &Taken,
    files: impl Iterator<Item = SourceFile>,
) -> Result<impl Iterator<Item = SourceFile>, IngestError> {
    let seen = Seen::read(store)?;
    Ok(files.filter(move |file| seen.digest(file).is_none_or(|digest| !taken.has(digest))))
}

/// The id of a batch: of its dumps' contents and, where there are any, of the rules; of another reading of dumps also of
/// the program and its generation, so that it is another batch.
fn batch_id(dumps: &[Dump], options: &Options, generation: u32) -> String {
    let digests: Vec<Digest> = dumps.iter().map(|dump| dump.digest).collect();
    let contents = Digest::combine(&digests);
    if options.rules.is_empty() && generation == 0 {
        return contents.to_string();
    }
    let mut all = vec![contents, Digest::of_bytes(options.rules.text().as_bytes())];
    if generation > 0 {
        all.push(Digest::of_bytes(format!("{PROGRAM} {generation}").as_bytes()));
    }
    Digest::combine(&all).to_string()
}

/// Writes the receipt and fills the summary. Of somebody forgotten nothing is in the lake then.
fn finish(
    store: &Store,
    key: &Key,
    (id, generation): (String, u32),
    batch: waves::Batch,
    reading: &Reading<'_>,
    summary: &mut Summary,
    progress: &dyn Progress,
) -> Result<(), IngestError> {
    let events = events_of(&batch.files);
    for source in &batch.sources {
        summary.bytes.0 += source.receipt.bytes;
        summary.bytes.1 += source.receipt.decompressed_bytes;
    }
    let won_back = by_name(&batch.tally.won_back, &reading.options.rules);
    // Events of their invocations that had come before. First, so that a crash leads to the same once more.
    leave_out_strays(store, key, &reading.forgotten, &batch.tally.left_out, progress)?;
    let receipt = Receipt {
        batch: id.clone(),
        key: key.fingerprint(),
        program: PROGRAM.to_owned(),
        sources: batch.sources.iter().map(|source| source.receipt.clone()).collect(),
        generation,
        won_back: won_back.clone(),
        without: reading.forgotten.fingerprint(),
        forgotten: tombstones(&batch.tally.theirs, key),
        events: events.clone(),
        files: batch.files,
    };
    receipt.write(store)?;
    left_out_meanwhile(store, key, receipt, &reading.forgotten, &batch.tally.left_out, progress)?;
    summary.batches.push(id);
    for source in batch.sources {
        summary.read.extend(source.receipt.digest.parse::<Digest>());
        summary.problems.extend(source.problem);
    }
    summary.counts += batch.tally.counts;
    add(&mut summary.rejects, batch.tally.rejects);
    add(&mut summary.won_back, won_back);
    add(&mut summary.events, events);
    Ok(())
}

/// Looks once more, now that the receipt is there, for what others have done while the batch was read: forgotten somebody, or
/// taken in a batch that tells whose events of this one are, or has some that this one tells of. Whichever of two batches is
/// written last sees the other.
fn left_out_meanwhile(
    store: &Store,
    key: &Key,
    receipt: Receipt,
    forgotten: &Forgotten,
    left_out: &Spread,
    progress: &dyn Progress,
) -> Result<(), IngestError> {
    if forgotten.is_empty() {
        if forgotten_now(store)?.is_some() {
            leave_out(store, key, progress)?;
        }
        return Ok(());
    }
    leave_out_strays(store, key, forgotten, left_out, progress)?;
    if Forgotten::read(store, Taken::read(store)?.tombstones(), key)?.digest() != forgotten.digest() {
        // Until it has been looked through.
        Receipt { without: None, ..receipt }.write(store)?;
        leave_out(store, key, progress)?;
    }
    Ok(())
}

fn add<N: Ord>(to: &mut BTreeMap<N, u64>, more: impl IntoIterator<Item = (N, u64)>) {
    for (name, count) in more {
        *to.entry(name).or_default() += count;
    }
}

/// Events won back, by the name of the rule.
fn by_name(won_back: &BTreeMap<usize, u64>, rules: &Rules) -> BTreeMap<String, u64> {
    let names = rules.names().enumerate();
    names.filter_map(|(number, name)| Some((name.to_owned(), *won_back.get(&number)?))).collect()
}
