//! Removes what no reader sees: rows that have been written anew elsewhere, files that no receipt names, and what a crash
//! left unfinished.
//!
//! Whatever it is, it stays until it is old. A build that began before the rows were written anew reads the old ones, and
//! the files of an ingest under way have no receipt yet.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use crate::lake::{
    Contents, Publication, Receipt, ReceiptError, Store, StoreError, StoredFile, layout, read_built_from,
};

/// What is, or would be, removed.
#[derive(Debug, Default)]
pub struct Garbage {
    /// Receipts of batches of which every row has been written anew, and the files that they name.
    pub superseded: Vec<StoredFile>,
    /// Files of staging that no receipt names, lists of dumps that no mart was built from, and rows that another engine has
    /// computed and nobody has taken.
    pub orphans: Vec<StoredFile>,
    /// Files that were never finished.
    pub unfinished: Vec<StoredFile>,
}

impl Garbage {
    /// All of it, in the order in which it must go: a receipt before the files that it names.
    pub fn files(&self) -> impl Iterator<Item = &StoredFile> {
        self.superseded.iter().chain(&self.orphans).chain(&self.unfinished)
    }
}

/// Finds what is older than an instant and seen by no reader, and removes it, unless it is only asked for.
///
/// # Errors
/// When the lake cannot be read, or something cannot be removed; the next call goes on from there.
pub fn collect(store: &Store, before: SystemTime, dry_run: bool) -> Result<Garbage, ReceiptError> {
    let garbage = find(store, before)?;
    if !dry_run {
        for file in &garbage.superseded {
            store.remove(&file.path)?;
        }
        let rest = garbage.orphans.iter().chain(&garbage.unfinished);
        store.remove_all(&rest.map(|file| file.path.as_str()).collect::<Vec<_>>())?;
    }
    Ok(garbage)
}

/// Removes some of what was written anew at once, however young: of somebody forgotten nothing stays. A build that was
/// reading it fails, and the next one completes its work; so what nobody minds stays until it is old.
pub(super) fn remove_superseded(store: &Store, is_minded: impl Fn(&Receipt) -> bool) -> Result<(), ReceiptError> {
    let contents = Contents::read(store)?;
    let gone = contents.receipts().filter(|receipt| !contents.counts(receipt) && is_minded(receipt));
    let gone: Vec<&Receipt> = gone.collect();
    let kept = contents.receipts().filter(|receipt| gone.iter().all(|gone| gone.batch != receipt.batch));
    let named: BTreeSet<&str> = kept.flat_map(|receipt| &receipt.files).map(|file| file.path.as_str()).collect();
    for receipt in gone {
        let files = receipt.files.iter().map(|file| file.path.clone()).filter(|path| !named.contains(path.as_str()));
        // The receipt last: where this is broken off, the next call still knows of the files.
        for path in files.chain(std::iter::once(layout::receipt(&receipt.batch))) {
            store.remove(&path)?;
        }
    }
    Ok(())
}

fn find(store: &Store, before: SystemTime) -> Result<Garbage, ReceiptError> {
    // Files first: what comes while this looks is then in a receipt at most, and not among the files.
    let files = walk(store)?;
    let contents = Contents::read(store)?;
    let old = |file: &StoredFile| file.modified.is_some_and(|modified| modified < before);
    let old_receipts: BTreeSet<&str> = files.iter().filter(|file| old(file)).map(|file| file.path.as_str()).collect();
    let superseded: Vec<&Receipt> = superseded(&contents, &old_receipts);
    let gone: BTreeSet<&str> = superseded.iter().map(|receipt| receipt.batch.as_str()).collect();
    let named: BTreeSet<&str> = contents
        .receipts()
        .filter(|receipt| !gone.contains(receipt.batch.as_str()))
        .flat_map(|receipt| receipt.files.iter().map(|file| file.path.as_str()))
        .collect();

    let lists = named_lists(store, &files)?;
    let by_path: BTreeMap<&str, &StoredFile> = files.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut garbage = Garbage::default();
    let mut taken = BTreeSet::new();
    for receipt in superseded {
        let own = std::iter::once(layout::receipt(&receipt.batch));
        for path in own.chain(receipt.files.iter().map(|file| file.path.clone())) {
            if let Some(file) = by_path.get(path.as_str()).filter(|_| !named.contains(path.as_str())) {
                garbage.superseded.push((*file).clone());
                taken.insert(path);
            }
        }
    }
    let is_orphan = |path: &str| {
        (path.starts_with(layout::STAGING) && !named.contains(path))
            || path.starts_with(layout::COMPUTED)
            || ([layout::INPUTS, layout::PUBLISHED].iter().any(|of| path.starts_with(of)) && !lists.contains(path))
    };
    for file in files.iter().filter(|file| old(file) && !taken.contains(&file.path)) {
        if file.is_unfinished() {
            garbage.unfinished.push(file.clone());
        } else if is_orphan(&file.path) {
            garbage.orphans.push(file.clone());
        }
    }
    Ok(garbage)
}

/// The lists of dumps that files of marts and reports say to be built from.
fn named_lists(store: &Store, files: &[StoredFile]) -> Result<BTreeSet<String>, StoreError> {
    let built = files.iter().filter(|file| {
        !file.is_unfinished() && [layout::MARTS, layout::REPORTS].iter().any(|folder| file.path.starts_with(folder))
    });
    let mut lists = BTreeSet::new();
    // A file that cannot be read is built anew, whatever it was built from.
    for built_from in built.filter_map(|file| read_built_from(store, &file.path).ok().flatten()) {
        lists.extend(built_from.inputs.as_ref().map(layout::inputs));
        if let Some(published) = built_from.published
            && lists.insert(layout::published(&published))
        {
            let publication = Publication::read(store, &published)?.unwrap_or_default();
            lists.extend(publication.days.values().map(layout::inputs));
        }
    }
    Ok(lists)
}

/// Every file that can become garbage. What else lies in the lake's folder is not ours.
fn walk(store: &Store) -> Result<Vec<StoredFile>, StoreError> {
    let mut files = store.walk("", 0)?;
    for folder in layout::FOLDERS {
        files.extend(store.walk(folder, usize::MAX)?);
    }
    Ok(files)
}

/// The batches of which no row counts any more, where what counts instead has been there for long.
fn superseded<'c>(contents: &'c Contents, old: &BTreeSet<&str>) -> Vec<&'c Receipt> {
    let winners: BTreeMap<&str, &str> =
        contents.sources().map(|(receipt, source)| (source.digest.as_str(), receipt.batch.as_str())).collect();
    let replaced_long_ago = |receipt: &Receipt, digest: &str| {
        winners
            .get(digest)
            .is_some_and(|batch| *batch != receipt.batch && old.contains(layout::receipt(batch).as_str()))
    };
    contents
        .receipts()
        .filter(|receipt| receipt.sources.iter().all(|source| replaced_long_ago(receipt, &source.digest)))
        .collect()
}
