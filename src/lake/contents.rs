//! What a lake holds: of every dump one reading.
//!
//! A dump may be read again, by other rules or by a later program, and its rows may be written again. The new batch is of
//! a later generation; from the moment its receipt is there the earlier rows are void, and no reader sees them.
//!
//! Two ingests that ran at once may both have read a dump. Of readings of one generation that of the batch with the
//! smallest id counts, whoever looks; so records are counted once, too, and not events alone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::receipt::{FileReceipt, Receipt, ReceiptError, SourceReceipt};
use super::store::Store;

/// Sources whose rows in a file are void.
pub type Void = Arc<BTreeSet<String>>;

/// A file of the lake, with what of it is void.
#[derive(Clone, Debug)]
pub struct LiveFile<'r> {
    /// The file.
    pub file: &'r FileReceipt,
    /// Sources whose rows in it do not count; `None` if all rows do.
    pub void: Option<Void>,
}

/// All receipts of a lake, and which readings are void.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    receipts: Vec<Arc<Receipt>>,
    void: BTreeMap<String, Void>,
}

/// Every reading of a dump, those that do not count included.
fn all(receipts: &[Arc<Receipt>]) -> impl Iterator<Item = (&Receipt, &SourceReceipt)> {
    receipts.iter().flat_map(|receipt| receipt.sources.iter().map(move |source| (&**receipt, source)))
}

impl Contents {
    /// The contents of a lake with these receipts.
    pub fn new(receipts: Vec<Arc<Receipt>>) -> Self {
        let mut latest: BTreeMap<&str, (u32, &str)> = BTreeMap::new();
        for (receipt, source) in all(&receipts) {
            let batch = (receipt.generation, receipt.batch.as_str());
            let best = latest.entry(&source.digest).or_insert(batch);
            if (Reverse(batch.0), batch.1) < (Reverse(best.0), best.1) {
                *best = batch;
            }
        }
        let mut void: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (receipt, source) in all(&receipts) {
            if latest.get(source.digest.as_str()).is_some_and(|(_, batch)| *batch != receipt.batch) {
                void.entry(receipt.batch.clone()).or_default().insert(source.digest.clone());
            }
        }
        let void = void.into_iter().map(|(batch, sources)| (batch, Arc::new(sources))).collect();
        Self { receipts, void }
    }

    /// The contents of a lake, as they are now.
    ///
    /// # Errors
    /// When a receipt cannot be read.
    pub fn read(store: &Store) -> Result<Self, ReceiptError> {
        Ok(Self::new(Receipt::read_all(store)?))
    }

    /// Refuses a key that is not the one that the lake's pseudonyms were made with.
    pub fn check_key(&self, fingerprint: &str) -> Result<(), ReceiptError> {
        check_key(self.receipts().map(|receipt| receipt.key.as_str()), fingerprint)
    }

    /// Tombstones of what batches were written without.
    pub fn tombstones(&self) -> impl Iterator<Item = &String> {
        self.receipts().flat_map(|receipt| &receipt.forgotten)
    }

    /// All receipts, sorted by batch.
    pub fn receipts(&self) -> impl ExactSizeIterator<Item = &Receipt> {
        self.receipts.iter().map(AsRef::as_ref)
    }

    /// Whether nothing was ever ingested.
    pub fn is_empty(&self) -> bool {
        self.receipts.is_empty()
    }

    /// The reading of every dump, each with the receipt of its batch.
    pub fn sources(&self) -> impl Iterator<Item = (&Receipt, &SourceReceipt)> {
        self.receipts.iter().flat_map(move |receipt| {
            let void = self.void.get(&receipt.batch);
            let live = move |source: &&SourceReceipt| void.is_none_or(|void| !void.contains(&source.digest));
            receipt.sources.iter().filter(live).map(move |source| (&**receipt, source))
        })
    }

    /// The files that have rows that count.
    pub fn files(&self) -> impl Iterator<Item = LiveFile<'_>> {
        self.receipts.iter().flat_map(|receipt| self.files_of(receipt))
    }

    /// The files of one batch that have rows that count.
    pub fn files_of<'c>(&'c self, receipt: &'c Receipt) -> impl Iterator<Item = LiveFile<'c>> {
        let files = if self.counts(receipt) { &receipt.files } else { &[][..] };
        files.iter().map(|file| LiveFile { file, void: self.void.get(&receipt.batch).cloned() })
    }

    /// Whether a batch has rows that count.
    pub fn counts(&self, receipt: &Receipt) -> bool {
        let void = self.void.get(&receipt.batch);
        void.is_none_or(|void| receipt.sources.iter().any(|source| !void.contains(&source.digest)))
    }

    /// Refused records by reason.
    pub fn rejects(&self) -> BTreeMap<&str, u64> {
        let mut rejects = BTreeMap::new();
        for (reason, count) in self.sources().flat_map(|(_, source)| &source.rejects) {
            *rejects.entry(reason.as_str()).or_default() += count;
        }
        rejects
    }
}

/// Refuses a key, by its fingerprint, if receipts were made with another, or with two.
pub(super) fn check_key<'k>(keys: impl Iterator<Item = &'k str>, given: &str) -> Result<(), ReceiptError> {
    let keys: BTreeSet<&str> = keys.collect();
    match keys.first() {
        Some(_) if keys.len() > 1 => Err(ReceiptError::TwoKeys),
        Some(lake) if *lake != given => {
            Err(ReceiptError::OtherKey { lake: (*lake).to_owned(), given: given.to_owned() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(digest: &str) -> SourceReceipt {
        SourceReceipt {
            digest: digest.to_owned(),
            rejects: BTreeMap::from([("not_json".to_owned(), 2)]),
            ..SourceReceipt::default()
        }
    }

    fn receipt(batch: &str, generation: u32, sources: &[&str]) -> Arc<Receipt> {
        let file = FileReceipt {
            table: "t".to_owned(),
            day: None,
            path: batch.to_owned(),
            rows: 1,
            bytes: 1,
            digest: String::new(),
        };
        Arc::new(Receipt {
            batch: batch.to_owned(),
            generation,
            sources: sources.iter().map(|digest| source(digest)).collect(),
            files: vec![file],
            ..Receipt::default()
        })
    }

    fn live(contents: &Contents) -> (Vec<String>, Vec<(String, usize)>) {
        let sources = contents.sources().map(|(receipt, source)| format!("{}/{}", receipt.batch, source.digest));
        let files = contents.files().map(|live| (live.file.path.clone(), live.void.map_or(0, |void| void.len())));
        (sources.collect(), files.collect())
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_later_reading_replaces_an_earlier_one() {
        let (first, again) = (receipt("a", 0, &["x", "y"]), receipt("b", 1, &["x"]));
        let contents = Contents::new(vec![first.clone(), again.clone()]);
        assert_eq!(live(&contents), (texts(&["a/y", "b/x"]), vec![("a".to_owned(), 1), ("b".to_owned(), 0)]));
        assert_eq!(contents.rejects(), BTreeMap::from([("not_json", 4)]));

        // A batch of which every dump was read again has no files left.
        let contents = Contents::new(vec![first, again, receipt("c", 2, &["x", "y"])]);
        assert_eq!(live(&contents), (texts(&["c/x", "c/y"]), vec![("c".to_owned(), 0)]));
        assert!(!contents.is_empty() && contents.receipts().len() == 3);
    }

    #[test]
    fn another_key_is_refused() {
        let of = |keys: &[&str]| {
            let batches = keys.iter().map(|key| Receipt { key: (*key).to_owned(), ..Receipt::default() });
            Contents::new(batches.map(Arc::new).collect())
        };
        assert!(of(&["k", "k"]).check_key("k").is_ok());
        assert!(matches!(of(&["k", "k"]).check_key("l"), Err(ReceiptError::OtherKey { .. })));
        assert!(matches!(of(&["k", "l"]).check_key("k"), Err(ReceiptError::TwoKeys)));
        assert!(of(&[]).check_key("l").is_ok());
    }

    #[test]
    fn of_a_dump_that_two_batches_have_read_one_reading_counts() {
        let batches = vec![receipt("b", 0, &["y", "z"]), receipt("a", 0, &["x", "y"])];
        let contents = Contents::new(batches.clone());
        assert_eq!(live(&contents), (texts(&["b/z", "a/x", "a/y"]), vec![("b".to_owned(), 1), ("a".to_owned(), 0)]));

        // Read again at once: by one batch both of the first, by the other the second alone.
        let again = vec![receipt("d", 1, &["y"]), receipt("c", 1, &["x", "y"])];
        let contents = Contents::new([batches, again].concat());
        assert_eq!(live(&contents).0, texts(&["b/z", "c/x", "c/y"]));
    }
}
