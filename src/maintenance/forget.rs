//! Leaves what is of somebody forgotten out of a lake.
//!
//! Batches whose receipts say that they are without everybody who is forgotten are not looked at. Of the others all rows
//! are, those that count no more included; where some are theirs, the batch is written anew without them, and what it was
//! is removed at once. There is no lock: each run that brings rows looks afterwards whether somebody was forgotten
//! meanwhile, and the next ingest looks again.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::frozen::{Found as FoundInMarts, Frozen};
use super::gc::remove_superseded;
use super::rewrite::{Change, ROUNDS, RewriteError, begin, rewrite};
use crate::event::Day;
use crate::lake::{
    Contents, FileReceipt, Forgotten, Part, Receipt, Spread, Store, Theirs, forgotten_now, keep_theirs, read_columns,
};
use crate::privacy::{Domain, Key, Pseudonym};
use crate::progress::{Progress, Stage};
use crate::staging::TableId;

/// What was left out of a lake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOutOfLake {
    /// Batches that were written anew.
    pub batches: usize,
    /// Events that are gone, copies included.
    pub events: u64,
    /// Invocations of which some were.
    pub invocations: usize,
    /// Rows of days of marts that outlive their staging.
    pub mart_rows: u64,
}

/// Removes what is of somebody forgotten from the batches that may have some of it.
///
/// # Errors
/// When a file cannot be read or written; what was removed before stays so, and the next call goes on from there.
pub fn leave_out(store: &Store, key: &Key, progress: &dyn Progress) -> Result<LeftOutOfLake, RewriteError> {
    let (mut done, mut invocations) = (LeftOutOfLake::default(), Theirs::new());
    if forgotten_now(store)?.is_none() {
        return Ok(done);
    }
    let mut frozen = Frozen::read(store)?;
    for _ in 0..ROUNDS {
        let contents = Contents::read(store)?;
        contents.check_key(&key.fingerprint())?;
        let mut forgotten = Forgotten::read(store, contents.tombstones(), key)?;
        let now = forgotten.fingerprint();
        let unchecked = contents.receipts().filter(|receipt| contents.counts(receipt) && receipt.without != now);
        let unchecked: Vec<&Receipt> = unchecked.collect();
        let marts = frozen.unchecked(now.as_ref())?;
        if unchecked.is_empty() && marts.is_empty() {
            // What they were, and what others have superseded before, may hold the same rows.
            remove_superseded(store, |receipt| receipt.without != now)?;
            done.invocations = count_invocations(invocations.into_iter());
            return Ok(done);
        }
        let known = forgotten.clone();
        let (theirs, in_marts) = find_all(store, (&unchecked, None), (&frozen, &marts), &mut forgotten, progress)?;
        // First: a file of one mart may be the last thing that tells whose another's rows, and events, are.
        keep_theirs(store, key, &known.unknown(&in_marts.theirs))?;
        frozen.leave_out(&in_marts.files, &forgotten)?;
        frozen.are_without(now.clone())?;
        done.mart_rows += in_marts.rows;
        invocations.extend(&in_marts.theirs);
        begin_with(&contents, &unchecked, &theirs, progress);
        for receipt in unchecked {
            if let Some(found) = theirs.get(receipt.batch.as_str()) {
                match remove(store, &contents, receipt, (&forgotten, key), progress) {
                    Err(RewriteError::Overtaken) => {}
                    events => {
                        done.events += events?;
                        done.batches += 1;
                        invocations.extend(&found.theirs);
                    }
                }
            } else {
                Receipt { without: now.clone(), ..receipt.clone() }.write(store)?;
            }
        }
    }
    Err(RewriteError::Overtaken)
}

/// What [`leave_out`] would remove, if these users and projects were forgotten.
///
/// # Errors
/// When a file cannot be read.
pub fn would_leave_out(
    store: &Store,
    key: &Key,
    subjects: &[(Domain, Pseudonym)],
    progress: &dyn Progress,
) -> Result<LeftOutOfLake, RewriteError> {
    let contents = Contents::read(store)?;
    let mut forgotten = Forgotten::read(store, contents.tombstones(), key)?;
    forgotten.add(subjects, key);
    let batches: Vec<&Receipt> = contents.receipts().filter(|receipt| contents.counts(receipt)).collect();
    let frozen = Frozen::read(store)?;
    let marts = frozen.all()?;
    let (found, in_marts) = find_all(store, (&batches, None), (&frozen, &marts), &mut forgotten, progress)?;
    let invocations = found.values().flat_map(|found| &found.theirs).chain(&in_marts.theirs);
    Ok(LeftOutOfLake {
        batches: found.len(),
        events: found.values().map(|found| found.rows).sum(),
        invocations: count_invocations(invocations.copied()),
        mart_rows: in_marts.rows,
    })
}

/// What batches, on some days or on all, and files of frozen days have of somebody forgotten. Each may know of invocations
/// that are in the other.
fn find_all<'r>(
    store: &Store,
    (batches, days): (&[&'r Receipt], Option<&BTreeSet<Day>>),
    (frozen, marts): (&Frozen<'_>, &[String]),
    forgotten: &mut Forgotten,
    progress: &dyn Progress,
) -> Result<(BTreeMap<&'r str, Found>, FoundInMarts), RewriteError> {
    loop {
        let theirs = find(store, batches, days, forgotten, progress)?;
        let in_marts = frozen.find(marts, forgotten)?;
        if !forgotten.extend(&in_marts.theirs) {
            return Ok((theirs, in_marts));
        }
    }
}

/// Removes from a lake what is of invocations of somebody forgotten that a new batch tells of; `left_out` says when they
/// were. Of an invocation nothing is looked for that is more than a day away.
///
/// # Errors
/// As of [`leave_out`].
pub fn leave_out_strays(
    store: &Store,
    key: &Key,
    forgotten: &Forgotten,
    left_out: &Spread,
    progress: &dyn Progress,
) -> Result<(), RewriteError> {
    let days: BTreeSet<Day> = left_out.days.keys().flat_map(|day| (-1..=1).map(|more| day.plus(more))).collect();
    if days.is_empty() {
        return Ok(());
    }
    let contents = Contents::read(store)?;
    let batches: Vec<&Receipt> = contents.receipts().filter(|receipt| contents.counts(receipt)).collect();
    let mut forgotten = forgotten.clone();
    let frozen = Frozen::read(store)?;
    let marts = frozen.of_days(&days)?;
    let (theirs, in_marts) = find_all(store, (&batches, Some(&days)), (&frozen, &marts), &mut forgotten, progress)?;
    frozen.leave_out(&in_marts.files, &forgotten)?;
    begin_with(&contents, &batches, &theirs, progress);
    let written: BTreeSet<String> = theirs.keys().map(|batch| (*batch).to_owned()).collect();
    for receipt in batches.into_iter().filter(|receipt| written.contains(&receipt.batch)) {
        remove(store, &contents, receipt, (&forgotten, key), progress)?;
    }
    if !written.is_empty() {
        remove_superseded(store, |receipt| written.contains(&receipt.batch))?;
    }
    Ok(())
}

/// Says that the batches in which something was found will be written anew.
fn begin_with(contents: &Contents, batches: &[&Receipt], found: &BTreeMap<&str, Found>, progress: &dyn Progress) {
    if !found.is_empty() {
        begin(contents, batches.iter().copied().filter(|batch| found.contains_key(batch.batch.as_str())), progress);
    }
}

/// What a file or a batch has of somebody forgotten.
#[derive(Debug, Default)]
struct Found {
    rows: u64,
    theirs: Theirs,
}

fn count_invocations(theirs: impl Iterator<Item = (Domain, Pseudonym)>) -> usize {
    theirs.filter(|(domain, _)| *domain == Domain::Invocation).collect::<Theirs>().len()
}

/// The batches with rows of somebody forgotten, on some days or on all. What is found to be theirs is added to
/// what is known to be, until there is no more of it: an event says of an invocation whose it is, another one of a node's
/// run of which invocation.
fn find<'r>(
    store: &Store,
    batches: &[&'r Receipt],
    days: Option<&BTreeSet<Day>>,
    forgotten: &mut Forgotten,
    progress: &dyn Progress,
) -> Result<BTreeMap<&'r str, Found>, RewriteError> {
    let is_looked_at = |file: &FileReceipt| file.day.is_some_and(|day| days.is_none_or(|days| days.contains(&day)));
    let files: Vec<(&str, &FileReceipt)> = batches
        .iter()
        .flat_map(|receipt| receipt.files.iter().map(|file| (receipt.batch.as_str(), file)))
        .filter(|(_, file)| is_looked_at(file))
        .collect();
    loop {
        progress.begin(Stage::Search, files.len(), files.iter().map(|(_, file)| file.bytes).sum());
        let found: Vec<(&str, Found)> = files
            .par_iter()
            .map(|(batch, file)| {
                let found = find_in(store, file, forgotten)?;
                progress.advance(1, file.bytes, 0);
                Ok((*batch, found))
            })
            .collect::<Result<_, RewriteError>>()?;
        let mut by_batch: BTreeMap<&str, Found> = BTreeMap::new();
        for (batch, found) in found.into_iter().filter(|(_, found)| found.rows > 0) {
            let of_batch = by_batch.entry(batch).or_default();
            of_batch.rows += found.rows;
            of_batch.theirs.extend(found.theirs);
        }
        let all: Theirs = by_batch.values().flat_map(|found| &found.theirs).copied().collect();
        if !forgotten.extend(&all) {
            return Ok(by_batch);
        }
    }
}

fn find_in(store: &Store, file: &FileReceipt, forgotten: &Forgotten) -> Result<Found, RewriteError> {
    let unreadable = |reason: String| RewriteError::Unreadable { path: file.path.clone(), reason };
    let table = TableId::of_name(&file.table).ok_or_else(|| unreadable(format!("there is no table {}", file.table)))?;
    let opened = store
        .open(&file.path, Part::Columns(&Forgotten::columns()))?
        .ok_or_else(|| unreadable("it is gone".to_owned()))?;
    let rows =
        read_columns(opened, table.schema(), &Forgotten::columns()).map_err(|reason| unreadable(reason.to_string()))?;
    let mut found = Found::default();
    for rows in rows {
        let rows = rows.map_err(|reason| unreadable(reason.to_string()))?;
        if let Some(left_out) = forgotten.rows(&rows) {
            found.rows += left_out.count();
            found.theirs.extend(left_out.theirs);
        }
    }
    Ok(found)
}

/// Writes a batch anew without what is theirs, and removes what it was; how many events are gone.
fn remove(
    store: &Store,
    contents: &Contents,
    receipt: &Receipt,
    (forgotten, key): (&Forgotten, &Key),
    progress: &dyn Progress,
) -> Result<u64, RewriteError> {
    let events = |receipt: &Receipt| receipt.sources.iter().map(|source| source.counts.forgotten).sum::<u64>();
    let live: u64 =
        contents.sources().filter(|(of, _)| of.batch == receipt.batch).map(|(_, source)| source.counts.forgotten).sum();
    let written = rewrite(store, contents, &[receipt], Change::Forget(forgotten, key), progress)?;
    Ok(events(&written) - live)
}
