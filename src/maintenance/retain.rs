//! Removes what is too old: files of staging, and days of marts.
//!
//! A batch of which files are too old becomes one of the next generation that names the others. Rows are not touched. What
//! is refused or not known has no day of its own: of a batch it goes when all of its dumps are too old.

use std::collections::BTreeMap;

use super::gc::remove_superseded;
use super::rewrite::{Change, ROUNDS, RewriteError, id, rewrite};
use crate::event::Day;
use crate::lake::{Contents, FileReceipt, Receipt, Retention, SourceReceipt, Store, built_days, events_of, layout};
use crate::progress::Unwatched;

/// What was removed because of its age, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// Files of staging.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Days of marts, each mart's counted.
    pub mart_days: usize,
}

/// Removes the rows of tables and marts before the first days that they are to have, and those that were removed before
/// and have come again with late dumps.
///
/// # Errors
/// When a file cannot be read, written or removed; the next call goes on from there.
pub fn retire(store: &Store, first_kept: &BTreeMap<String, Day>, dry_run: bool) -> Result<Retired, RewriteError> {
    let before = Retention::read(store)?;
    let mut retention = before.clone();
    retention.advance(first_kept);
    if retention == Retention::default() {
        return Ok(Retired::default());
    }
    // First, so that nobody builds a day of what a crash may leave of it.
    if !dry_run && retention != before {
        retention.write(store)?;
    }
    let mut retired = Retired::default();
    for _ in 0..ROUNDS {
        let contents = Contents::read(store)?;
        let old: Vec<(&Receipt, Vec<&FileReceipt>)> = contents
            .receipts()
            .filter(|receipt| contents.counts(receipt))
            .map(|receipt| (receipt, receipt.files.iter().filter(|file| is_over(&retention, receipt, file)).collect()))
            .filter(|(_, files): &(_, Vec<_>)| !files.is_empty())
            .collect();
        let files = || old.iter().flat_map(|(_, files)| files);
        if dry_run || old.is_empty() {
            retired.files += files().count();
            retired.bytes += files().map(|file| file.bytes).sum::<u64>();
            if !dry_run {
                let is_old = |receipt: &Receipt| receipt.files.iter().any(|file| is_over(&retention, receipt, file));
                remove_superseded(store, is_old)?;
            }
            retired.mart_days = marts(store, &retention, dry_run)?;
            return Ok(retired);
        }
        for (receipt, files) in old {
            if has_void_rows(&contents, receipt) {
                // Its files hold rows that count no more, which a receipt of a later generation would bring back.
                match rewrite(store, &contents, &[receipt], Change::None, &Unwatched) {
                    Err(RewriteError::Overtaken) => {}
                    written => drop(written?),
                }
                continue;
            }
            retired.files += files.len();
            retired.bytes += files.iter().map(|file| file.bytes).sum::<u64>();
            without(receipt, &files).write(store)?;
        }
    }
    Err(RewriteError::Overtaken)
}

/// Whether a file of a batch is too old.
fn is_over(retention: &Retention, batch: &Receipt, file: &FileReceipt) -> bool {
    let newest = || {
        let last = |source: &SourceReceipt| {
            let received = source.spread.received.keys().next_back().copied();
            received.max(source.spread.sent_until).map(|hour| hour.day())
        };
        // Of a dump without events nobody knows how old it is: it is as young as the others of its batch.
        batch.sources.iter().filter_map(last).max()
    };
    file.day.or_else(newest).is_some_and(|day| retention.is_over(&file.table, day))
}

fn has_void_rows(contents: &Contents, receipt: &Receipt) -> bool {
    contents.sources().filter(|(of, _)| of.batch == receipt.batch).count() < receipt.sources.len()
}

/// A batch without some of its files, as the next generation of it.
fn without(receipt: &Receipt, gone: &[&FileReceipt]) -> Receipt {
    let files: Vec<FileReceipt> = receipt.files.iter().filter(|file| !gone.contains(file)).cloned().collect();
    let generation = receipt.generation.saturating_add(1);
    let parts = [receipt.batch.clone()].into_iter().chain(files.iter().map(|file| file.path.clone()));
    Receipt { batch: id(generation, parts), generation, events: events_of(&files), files, ..receipt.clone() }
}

/// Removes the days of marts that are too old; how many.
fn marts(store: &Store, retention: &Retention, dry_run: bool) -> Result<usize, RewriteError> {
    let mut removed = 0;
    for mart in &store.list(layout::MARTS)? {
        for day in built_days(store, mart)?.into_iter().filter(|day| retention.is_over(mart, *day)) {
            removed += 1;
            if !dry_run {
                store.remove(&layout::mart_day(mart, day))?;
            }
        }
    }
    Ok(removed)
}
