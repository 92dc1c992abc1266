//! What a lake holds: of every dump the latest reading.
//!
//! A dump may be read again, by other rules or by a later program. The new batch's receipt then names the readings that
//! it replaces; their rows are void from that moment on, and no reader sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::receipt::{FileReceipt, Receipt, SourceReceipt};

/// Sources whose rows in a file are void.
pub type Void = Arc<BTreeSet<String>>;

/// A file of the lake, with what of it is void.
#[derive(Clone, Debug)]
pub struct LiveFile<'r> {
    /// The file.
    pub file: &'r FileReceipt,
    /// Sources whose rows in it have been replaced; `None` if all rows are good.
    pub void: Option<Void>,
}

/// All receipts of a lake, and which readings are void.
#[derive(Clone, Debug)]
pub struct Contents {
    receipts: Vec<Receipt>,
    void: BTreeMap<String, Void>,
}

impl Contents {
    /// The contents of a lake with these receipts.
    pub fn new(receipts: Vec<Receipt>) -> Self {
        let mut void: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (batch, sources) in receipts.iter().flat_map(|receipt| &receipt.replaces) {
            void.entry(batch.clone()).or_default().extend(sources.iter().cloned());
        }
        let void = void.into_iter().map(|(batch, sources)| (batch, Arc::new(sources))).collect();
        Self { receipts, void }
    }

    /// All receipts, sorted by batch.
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// Whether nothing was ever ingested.
    pub fn is_empty(&self) -> bool {
        self.receipts.is_empty()
    }

    /// The readings of dumps that are not replaced, each with the receipt of its batch.
    pub fn sources(&self) -> impl Iterator<Item = (&Receipt, &SourceReceipt)> {
        self.receipts.iter().flat_map(move |receipt| {
            let void = self.void.get(&receipt.batch);
            let live = move |source: &&SourceReceipt| void.is_none_or(|void| !void.contains(&source.digest));
            receipt.sources.iter().filter(live).map(move |source| (receipt, source))
        })
    }

    /// The files that have rows that are not replaced.
    pub fn files(&self) -> impl Iterator<Item = LiveFile<'_>> {
        self.receipts.iter().flat_map(move |receipt| {
            let void = self.void.get(&receipt.batch);
            let all = void.is_some_and(|void| receipt.sources.iter().all(|source| void.contains(&source.digest)));
            let files = if all { &[][..] } else { &receipt.files };
            files.iter().map(move |file| LiveFile { file, void: void.cloned() })
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::SourceCounts;

    fn source(digest: &str) -> SourceReceipt {
        SourceReceipt {
            digest: digest.to_owned(),
            bytes: 1,
            decompressed_bytes: 1,
            format: "vortex".to_owned(),
            counts: SourceCounts::default(),
            rejects: BTreeMap::from([("not_json".to_owned(), 2)]),
        }
    }

    fn receipt(batch: &str, sources: &[&str], replaces: &[(&str, &[&str])]) -> Receipt {
        let file = FileReceipt {
            table: "t".to_owned(),
            day: None,
            path: batch.to_owned(),
            rows: 1,
            bytes: 1,
            digest: String::new(),
        };
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Receipt {
            batch: batch.to_owned(),
            sources: sources.iter().map(|digest| source(digest)).collect(),
            replaces: replaces.iter().map(|(batch, sources)| ((*batch).to_owned(), texts(sources))).collect(),
            files: vec![file],
            ..Receipt::default()
        }
    }

    fn live(contents: &Contents) -> (Vec<String>, Vec<(String, usize)>) {
        let sources = contents.sources().map(|(receipt, source)| format!("{}/{}", receipt.batch, source.digest));
        let files = contents.files().map(|live| (live.file.path.clone(), live.void.map_or(0, |void| void.len())));
        (sources.collect(), files.collect())
    }

    #[test]
    fn a_later_reading_replaces_an_earlier_one() {
        let first = receipt("a", &["x", "y"], &[]);
        let again = receipt("b", &["x"], &[("a", &["x"])]);
        let contents = Contents::new(vec![first.clone(), again.clone()]);
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(live(&contents), (texts(&["a/y", "b/x"]), vec![("a".to_owned(), 1), ("b".to_owned(), 0)]));
        assert_eq!(contents.rejects(), BTreeMap::from([("not_json", 4)]));

        // A batch of which every dump was read again has no files left.
        let third = receipt("c", &["x", "y"], &[("a", &["y"]), ("b", &["x"])]);
        let contents = Contents::new(vec![first, again, third]);
        assert_eq!(live(&contents), (texts(&["c/x", "c/y"]), vec![("c".to_owned(), 0)]));
        assert!(!contents.is_empty() && contents.receipts().len() == 3);
    }
}
