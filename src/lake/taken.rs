//! Which dumps a lake has taken in, and no more: for those who only want to know what is new.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::contents::check_key;
use super::layout;
use super::receipt::{Receipt, ReceiptError};
use super::store::{Store, StoreError};
use crate::source::Digest;

/// Which dumps a lake has taken in: of what [`super::Contents`] knows no more than an ingest needs, which is 16 bytes of a dump.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Taken {
    keys: BTreeSet<String>,
    dumps: HashSet<Digest>,
    tombstones: BTreeSet<String>,
}

/// As much of a receipt.
#[derive(Deserialize)]
struct OfReceipt {
    key: String,
    sources: Vec<OfSource>,
    #[serde(default)]
    forgotten: BTreeSet<String>,
}

#[derive(Deserialize)]
struct OfSource {
    digest: Digest,
}

impl Taken {
    /// What a lake has taken in by now.
    ///
    /// # Errors
    /// When a receipt cannot be read.
    pub fn read(store: &Store) -> Result<Self, ReceiptError> {
        let receipts = store.each(&Receipt::paths(store)?, |path| {
            let json = store.read(path)?;
            let receipt = json.map(|json| serde_json::from_slice::<OfReceipt>(&json)).transpose();
            receipt.map_err(|reason| ReceiptError::Unreadable { path: path.clone(), reason })
        })?;
        let mut taken = Self::default();
        // One may have been removed meanwhile.
        for OfReceipt { key, sources, forgotten } in receipts.into_iter().flatten() {
            taken.keys.insert(key);
            taken.dumps.extend(sources.into_iter().map(|source| source.digest));
            taken.tombstones.extend(forgotten);
        }
        Ok(taken)
    }

    /// Writes it down, for many who share the reading of dumps: each would read all receipts otherwise, which become more
    /// with each share. Gives the path.
    ///
    /// # Errors
    /// When the store fails.
    pub fn put(&self, store: &Store) -> Result<String, StoreError> {
        let json = serde_json::to_vec(self).unwrap_or_else(|reason| unreachable!("texts are JSON: {reason}"));
        let path = layout::taken(&Digest::of_bytes(&json).to_string());
        store.put(&path, &json)?;
        Ok(path)
    }

    /// What is written there; `None` if it is gone, or not whole.
    ///
    /// # Errors
    /// When the store fails.
    pub fn at(store: &Store, path: &str) -> Result<Option<Self>, StoreError> {
        Ok(store.read(path)?.and_then(|json| serde_json::from_slice(&json).ok()))
    }

    /// Removes all that was written down. Whoever still needs it reads the receipts.
    ///
    /// # Errors
    /// When the store fails.
    pub fn remove_all(store: &Store) -> Result<(), StoreError> {
        let files = store.walk(layout::COMPUTED, 1)?;
        let paths = files.iter().map(|file| file.path.as_str());
        store.remove_all(&paths.filter(|path| path.ends_with(layout::TAKEN)).collect::<Vec<_>>())
    }

    /// Refuses a key that is not the one that the lake's pseudonyms were made with.
    ///
    /// # Errors
    /// When it is another.
    pub fn check_key(&self, fingerprint: &str) -> Result<(), ReceiptError> {
        check_key(self.keys.iter().map(String::as_str), fingerprint)
    }

    /// Whether a dump with this digest has been taken in.
    pub fn has(&self, dump: Digest) -> bool {
        self.dumps.contains(&dump)
    }

    /// Takes in more; whether it is new.
    pub fn add(&mut self, dump: Digest) -> bool {
        self.dumps.insert(dump)
    }

    /// Tombstones of what batches were written without.
    pub fn tombstones(&self) -> impl Iterator<Item = &String> {
        self.tombstones.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::SourceReceipt;

    #[test]
    fn what_is_taken_in_is_written_down_for_those_who_share() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Store::new(folder.path());
        let digest = |text: &str| Digest::of_bytes(text.as_bytes());
        for (batch, forgotten) in [("a", "t0"), ("b", "t1")] {
            let source = |text| SourceReceipt { digest: digest(text).to_string(), ..SourceReceipt::default() };
            let sources = [batch, "x"].map(source).to_vec();
            let (key, forgotten) = ("k".to_owned(), BTreeSet::from([forgotten.to_owned()]));
            let receipt = Receipt { batch: batch.to_owned(), key, sources, forgotten, ..Receipt::default() };
            receipt.write(&store).expect("written");
        }
        let taken = Taken::read(&store).expect("read");
        let path = taken.put(&store).expect("put");
        let mut at = Taken::at(&store, &path).expect("read").expect("there");
        assert!(["a", "b", "x"].map(digest).into_iter().all(|dump| at.has(dump) && taken.has(dump)));
        assert!(!at.has(digest("c")) && at.add(digest("c")) && !at.add(digest("c")));
        assert_eq!(at.tombstones().collect::<Vec<_>>(), ["t0", "t1"]);
        assert!(at.check_key("k").is_ok() && at.check_key("l").is_err());

        store.put(&format!("{}/attempt/part", layout::COMPUTED), b"").expect("put");
        Taken::remove_all(&store).expect("removed");
        assert!(Taken::at(&store, &path).expect("read").is_none());
        assert_eq!(store.walk(layout::COMPUTED, usize::MAX).expect("listed").len(), 1);
        store.put("receipts/c.json", b"{").expect("put");
        assert!(matches!(Taken::read(&store), Err(ReceiptError::Unreadable { .. })));
    }
}
