//! Makes few large files of many small ones.
//!
//! An ingest an hour writes some dozen files for each day that it touches; a year of them would make every build and every
//! query open hundreds of thousands. So batches are merged: as soon as [`FULL`] of about one size are there they become
//! one, which is of the next size. A row is written again once for each size, and the number of batches grows with the
//! logarithm of their number. Nothing depends on the clock: the same batches are merged, whoever looks and when.

use std::collections::BTreeMap;

use super::rewrite::{Change, RewriteError, begin, rewrite};
use crate::lake::{Contents, Receipt, Store};
use crate::progress::Progress;

/// So many batches of one size are merged.
const FULL: usize = 8;
/// Batches of up to so many bytes are of the smallest size; those of the next are up to [`FULL`] times as large.
const SMALLEST: u64 = 4 << 20;
/// Batches of so many bytes and more are left alone: their files are large enough.
const LARGE: u64 = 2 << 30;

/// What compaction did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// The ids of the batches that were merged, by what they became; of a dry run, by number.
    pub merged: BTreeMap<String, Vec<String>>,
    /// Files of the merged batches.
    pub files_before: usize,
    /// Files that they became; 0 in a dry run.
    pub files_after: usize,
    /// Bytes of the files that were merged.
    pub bytes: u64,
}

/// Merges batches where there are enough of one size; with `all` everything there is.
///
/// # Errors
/// When a file cannot be read or written. What was merged before stays merged.
pub fn compact(
    store: &Store,
    contents: &Contents,
    all: bool,
    dry_run: bool,
    progress: &dyn Progress,
) -> Result<Compacted, RewriteError> {
    let mut compacted = Compacted::default();
    let groups = groups(contents, all);
    if !dry_run && !groups.is_empty() {
        begin(contents, groups.iter().flatten().copied(), progress);
    }
    for (number, group) in groups.into_iter().enumerate() {
        let files = || group.iter().flat_map(|receipt| contents.files_of(receipt));
        let from = group.iter().map(|receipt| receipt.batch.clone()).collect();
        let name = if dry_run {
            (number + 1).to_string()
        } else {
            let receipt = match rewrite(store, contents, &group, Change::None, progress) {
                // Another run has written these rows anew.
                Err(RewriteError::Overtaken) => continue,
                written => written?,
            };
            compacted.files_after += receipt.files.len();
            receipt.batch
        };
        compacted.files_before += files().count();
        compacted.bytes += files().map(|live| live.file.bytes).sum::<u64>();
        compacted.merged.insert(name, from);
    }
    Ok(compacted)
}

/// The batches to be merged with each other.
fn groups(contents: &Contents, all: bool) -> Vec<Vec<&Receipt>> {
    let mut sizes: BTreeMap<u32, Vec<&Receipt>> = BTreeMap::new();
    for receipt in contents.receipts() {
        let bytes: u64 = contents.files_of(receipt).map(|live| live.file.bytes).sum();
        if contents.counts(receipt) && (all || bytes < LARGE) {
            sizes.entry(if all { 0 } else { size(bytes) }).or_default().push(receipt);
        }
    }
    sizes.into_values().filter(|batches| batches.len() >= if all { 2 } else { FULL }).collect()
}

/// Of which size a batch is, from 0.
fn size(bytes: u64) -> u32 {
    (bytes / SMALLEST).checked_ilog(FULL as u64).map_or(0, |size| size + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merged_batch_is_of_the_next_size() {
        assert_eq!([0, 1, SMALLEST - 1].map(size), [0; 3]);
        assert_eq!([SMALLEST, 8 * SMALLEST - 1].map(size), [1; 2]);
        assert_eq!([8 * SMALLEST, 64 * SMALLEST - 1].map(size), [2; 2]);
        for bytes in [SMALLEST / 2, SMALLEST, 100 * SMALLEST] {
            assert_eq!(size(bytes * FULL as u64), size(bytes) + 1, "{bytes}");
        }
    }
}
