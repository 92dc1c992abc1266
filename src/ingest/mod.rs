//! From dumps to a receipt.
//!
//! ```text
//! files ─ digest ─ new ones ─┬─ small: read whole, many at once ─┐
//!        (sightings spare it) └─ large: blocks, read ahead ───────┴─ decode ─ parts ─ receipt
//! ```
//!
//! All new dumps of one call are one batch. They are taken in the order of the days of their first events, those of one day
//! by their digests, in waves whose bounds depend on their sizes alone, and their rows are written in that order: so the
//! same dumps give the same bytes, whatever the number of threads. Workers return values and share nothing.

mod days;
mod files;
mod form;
mod large;
mod memory;
mod order;
mod parts;
mod reparse;
mod small;
mod unit;
mod wave;
mod waves;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use rayon::prelude::*;
use thiserror::Error;

pub use memory::Memory;
pub use reparse::{Reparsed, reparse};

use crate::decode::{Format, Limits, Reason, Rules};
use crate::event::Timestamp;
use crate::lake::{
    Contents, DataFileError, Fingerprint, Forgotten, PROGRAM, Receipt, ReceiptError, Sighting, Sightings, SourceCounts,
    SourceReceipt, Store, StoreError, events_of, forgotten_now, tombstones,
};
use crate::maintenance::{RewriteError, leave_out, leave_out_strays};
use crate::objects::{Address, side_by_side};
use crate::privacy::{Key, Pseudonymizer};
use crate::progress::{Progress, Stage};
use crate::source::{Digest, Expected, OutputLimits, SourceError, SourceFile, digest_of_file};
use parts::Parts;

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
    /// Whether others read other dumps into the lake at the same time, so that what is seen of these is kept apart.
    pub is_share: bool,
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
            is_share: false,
        }
    }
}

impl Options {
    /// What a reading rests on besides the dump's content; of a form without times, when the dump was last changed.
    fn reading(&self, changed: Option<Timestamp>) -> Fingerprint {
        let Self { format, output, max_record, max_days, limits, rules, memory: _, is_share: _ } = self;
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
    /// The batch's id; `None` if nothing was new.
    pub batch: Option<String>,
    /// Dumps read, sorted by digest.
    pub read: Vec<ReadSource>,
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
    /// Dumps whose content is not in the lake, each content once, sorted by path.
    pub new: Vec<SourceFile>,
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

/// Ingests what is new among some dumps.
pub fn ingest(
    store: &Store,
    files: &[SourceFile],
    key: &Key,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Summary, IngestError> {
    // Another run may have brought rows of somebody who was being forgotten.
    leave_out(store, key, progress)?;
    let contents = Contents::read(store)?;
    contents.check_key(&key.fingerprint())?;
    let before = Sightings::read(store)?;
    let mut sightings = before.clone();
    let mut summary = Summary::default();

    let mut dumps = new_dumps(&contents, files, &mut sightings, &mut summary, progress);
    let mut reading = Reading::new(key, options, Forgotten::read(store, &contents, key)?);
    // A dump that fails while it is read is left out, and the batch (another one, then) begun anew.
    while !dumps.is_empty() {
        let bytes = dumps.iter().map(|dump| dump.file.bytes).sum();
        progress.begin(Stage::Ingest, dumps.len(), bytes);
        let id = batch_id(&dumps, options, 0);
        match read_batch(store, &id, &dumps, &mut reading, progress)? {
            Ok(batch) => {
                finish(store, key, (id, 0), batch, &reading, &mut summary, progress)?;
                break;
            }
            Err(failed) => {
                dumps.retain(|dump| dump.file.path != failed.path);
                summary.failed.push(failed);
            }
        }
    }
    if !options.is_share {
        Sightings::put_together(store)?;
    }
    if sightings != before {
        if options.is_share {
            sightings.write_apart(store, files.iter().map(|file| file.path.as_path()))?;
        } else {
            sightings.write(store)?;
        }
    }
    Ok(summary)
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

/// Says what an ingest would read. Nothing is written; files that do not look as they did when they were last seen are
/// digested. Without a key that of the lake is to be made, which fits no lake that has data.
///
/// # Errors
/// When the lake cannot be read, or was made with another key.
pub fn survey(
    store: &Store,
    files: &[SourceFile],
    key: Option<&Key>,
    progress: &dyn Progress,
) -> Result<Survey, IngestError> {
    let contents = Contents::read(store)?;
    contents.check_key(&key.map_or_else(|| "none".to_owned(), Key::fingerprint))?;
    let mut summary = Summary::default();
    let dumps = new_dumps(&contents, files, &mut Sightings::read(store)?, &mut summary, progress);
    let mut new: Vec<SourceFile> = dumps.into_iter().map(|dump| dump.file).collect();
    new.sort();
    let Summary { known, same, changed, failed, .. } = summary;
    Ok(Survey { new, known, same, changed, failed })
}

/// The files that do not look like dumps that are in the lake. None is read, so that some of them may be in it.
///
/// # Errors
/// When the lake cannot be read.
pub fn unseen(store: &Store, files: Vec<SourceFile>) -> Result<Vec<SourceFile>, IngestError> {
    let (contents, sightings) = (Contents::read(store)?, Sightings::read(store)?);
    let known: BTreeSet<&str> = digests(&contents).collect();
    let is_known = |file: &SourceFile| {
        sightings.digest(&file.path, file.bytes, file.modified).is_some_and(|digest| known.contains(digest))
    };
    Ok(files.into_iter().filter(|file| !is_known(file)).collect())
}

/// The digests of the dumps that are in the lake.
fn digests(contents: &Contents) -> impl Iterator<Item = &str> {
    contents.receipts().flat_map(|receipt| &receipt.sources).map(|source| source.digest.as_str())
}

/// The dumps among some files whose content is not in the lake, each content once, in the order of their digests.
fn new_dumps(
    contents: &Contents,
    files: &[SourceFile],
    sightings: &mut Sightings,
    summary: &mut Summary,
    progress: &dyn Progress,
) -> Vec<Dump> {
    let mut dumps = identify(files, sightings, summary, progress);
    let known: BTreeSet<&str> = digests(contents).collect();
    let found = dumps.len();
    dumps.retain(|dump| !known.contains(dump.digest.to_string().as_str()));
    summary.known = found - dumps.len();
    let new = dumps.len();
    dumps.sort_by(|a, b| (a.digest, &a.file.path).cmp(&(b.digest, &b.file.path)));
    dumps.dedup_by_key(|dump| dump.digest);
    summary.same = new - dumps.len();
    dumps
}

/// The digest of every file: from the sightings where it has not changed since, else by reading it.
fn identify(
    files: &[SourceFile],
    sightings: &mut Sightings,
    summary: &mut Summary,
    progress: &dyn Progress,
) -> Vec<Dump> {
    let seen: &Sightings = sightings;
    let known = |file: &SourceFile| {
        seen.digest(&file.path, file.bytes, file.modified).and_then(|digest| digest.parse::<Digest>().ok())
    };
    let unknown = || files.iter().filter(|file| known(file).is_none());
    if unknown().next().is_some() {
        progress.begin(Stage::Digest, unknown().count(), unknown().map(|file| file.bytes).sum());
    }
    let expected = Expected::default();
    expected.add(unknown());
    let digests = of_each(
        files,
        |file| file,
        |file| {
            let digest = match known(file) {
                Some(digest) => digest,
                None => {
                    let digest = digest_of_file(&file.path, &expected);
                    progress.advance(1, file.bytes, 0);
                    digest?
                }
            };
            Ok(Dump { digest, file: file.clone(), weight: file.bytes })
        },
    );
    let mut dumps = Vec::new();
    for dump in digests {
        match dump {
            Ok(dump) => {
                let file = &dump.file;
                let sighting = Sighting::new(file.bytes, file.modified, dump.digest.to_string());
                if let Some(before) = sightings.insert(file.path.clone(), sighting) {
                    let more = i64::try_from(file.bytes).unwrap_or(i64::MAX).saturating_sub_unsigned(before.bytes);
                    summary.changed.push((file.path.clone(), more));
                }
                dumps.push(dump);
            }
            Err(failed) => summary.failed.push(failed),
        }
    }
    dumps
}

/// What is made of each of some dumps, in their order, several at once; where they are objects, which is mostly to wait for
/// them, more.
fn of_each<T: Sync, R: Send>(
    dumps: &[T],
    file: impl Fn(&T) -> &SourceFile,
    make: impl Fn(&T) -> R + Sync + Send,
) -> Vec<R> {
    if dumps.iter().any(|dump| Address::of(&file(dump).path).is_some()) {
        let made = side_by_side(dumps, |dump| Ok::<_, Infallible>(make(dump)));
        return made.unwrap_or_else(|never| match never {});
    }
    dumps.par_iter().map(make).collect()
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
    // Somebody may have been forgotten meanwhile.
    if forgotten_now(store)? != reading.forgotten.fingerprint() {
        leave_out(store, key, progress)?;
    }
    summary.batch = Some(id);
    summary.read = batch.sources;
    summary.counts += batch.tally.counts;
    summary.rejects = batch.tally.rejects;
    summary.won_back = won_back;
    summary.events = events;
    Ok(())
}

/// Events won back, by the name of the rule.
fn by_name(won_back: &BTreeMap<usize, u64>, rules: &Rules) -> BTreeMap<String, u64> {
    let names = rules.names().enumerate();
    names.filter_map(|(number, name)| Some((name.to_owned(), *won_back.get(&number)?))).collect()
}
