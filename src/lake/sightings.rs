//! Where each dump was last seen: path, size and time of change, and the digest that its content had.
//!
//! A cache. It spares reading dumps that have not changed since, and tells where the bytes of a refused
//! record are. Deleting it costs one reading of the dumps; two runs that write it at once lose no more
//! than that. Where many are known to write at once, each has a file of its own, and the next that is alone puts them
//! together.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::freshness::Fingerprint;
use super::layout;
use super::store::{Store, StoreError};

/// What a dump looked like when its content was digested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Its size, bytes.
    pub bytes: u64,
    /// When it was last changed, nanoseconds since 1970; absent where the system does not say.
    pub modified: Option<u64>,
    /// The digest of its content.
    pub digest: String,
}

impl Sighting {
    /// A sighting of a file with this size, time of change and content.
    pub fn new(bytes: u64, modified: Option<SystemTime>, digest: String) -> Self {
        Self { bytes, modified: modified.and_then(nanos), digest }
    }
}

fn nanos(time: SystemTime) -> Option<u64> {
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// All sightings, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings(BTreeMap<PathBuf, Sighting>);

impl Sightings {
    /// Reads the cache; one that is missing or damaged is empty.
    pub fn read(store: &Store) -> Result<Self, StoreError> {
        Ok(Self::read_all(store)?.0)
    }

    /// Reads the cache, and says which files it is made of besides its own.
    fn read_all(store: &Store) -> Result<(Self, Vec<String>), StoreError> {
        let apart: Vec<String> = store.list(layout::SIGHTINGS_APART)?;
        let apart: Vec<String> = apart.into_iter().map(|name| format!("{}/{name}", layout::SIGHTINGS_APART)).collect();
        let mut all = Self::read_file(store, layout::SIGHTINGS)?;
        for file in store.each(&apart, |file| Self::read_file(store, file))? {
            all.0.extend(file.0);
        }
        Ok((all, apart))
    }

    fn read_file(store: &Store, path: &str) -> Result<Self, StoreError> {
        let bytes = store.read(path)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
    }

    /// Puts what single ingests have seen into the one file.
    ///
    /// # Errors
    /// When the store fails; what was to be put together is still there then.
    pub fn put_together(store: &Store) -> Result<(), StoreError> {
        let (all, apart) = Self::read_all(store)?;
        if apart.is_empty() {
            return Ok(());
        }
        all.write(store)?;
        apart.iter().try_for_each(|file| store.remove(file))
    }

    /// Writes what is known of some dumps to a file of their own.
    ///
    /// # Errors
    /// When the store fails.
    pub fn write_apart<'p>(&self, store: &Store, dumps: impl Iterator<Item = &'p Path>) -> Result<(), StoreError> {
        let of_dumps = dumps.filter_map(|path| Some((path.to_owned(), self.0.get(path)?.clone())));
        let of_dumps = Self(of_dumps.collect());
        let Ok(json) = serde_json::to_vec_pretty(&of_dumps) else { return Ok(()) };
        let name = Fingerprint::of([("sightings", String::from_utf8_lossy(&json).as_ref())]);
        store.put(&layout::sightings_apart(&name), &json)
    }

    /// Writes the cache.
    pub fn write(&self, store: &Store) -> Result<(), StoreError> {
        // Paths that are not UTF-8 cannot be JSON; such a cache stays unwritten.
        match serde_json::to_vec_pretty(self) {
            Ok(json) => store.put(layout::SIGHTINGS, &json),
            Err(_) => Ok(()),
        }
    }

    /// The digest of a file that looks as it did when it was last digested.
    pub fn digest(&self, path: &Path, bytes: u64, modified: Option<SystemTime>) -> Option<&str> {
        let modified = modified.and_then(nanos)?;
        let seen = self.0.get(path)?;
        (seen.bytes == bytes && seen.modified == Some(modified)).then_some(&seen.digest)
    }

    /// Keeps a sighting; an older one of the path is forgotten, and given back if it was of another content.
    pub fn insert(&mut self, path: PathBuf, sighting: Sighting) -> Option<Sighting> {
        let digest = sighting.digest.clone();
        self.0.insert(path, sighting).filter(|before| before.digest != digest)
    }

    /// Where every content was last seen, by its digest: of several places the first in the order of paths.
    pub fn paths(&self) -> HashMap<&str, &Path> {
        self.0.iter().rev().map(|(path, seen)| (seen.digest.as_str(), path.as_path())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_an_unchanged_file_is_known() {
        let then = UNIX_EPOCH + Duration::from_secs(1_000);
        let later = UNIX_EPOCH + Duration::from_secs(2_000);
        let mut sightings = Sightings::default();
        let sighting = |digest: &str| Sighting::new(5, Some(then), digest.to_owned());
        assert_eq!(sightings.insert(PathBuf::from("/d/a.gz"), sighting("d0")), None);
        assert_eq!(sightings.insert(PathBuf::from("/d/a.gz"), sighting("d1")), Some(sighting("d0")));
        assert_eq!(sightings.insert(PathBuf::from("/d/a.gz"), sighting("d1")), None);
        let path = Path::new("/d/a.gz");
        assert_eq!(sightings.digest(path, 5, Some(then)), Some("d1"));
        assert_eq!(sightings.digest(path, 6, Some(then)), None);
        assert_eq!(sightings.digest(path, 5, Some(later)), None);
        assert_eq!(sightings.digest(path, 5, None), None);
        sightings.insert(PathBuf::from("/d/b.gz"), sighting("d1"));
        sightings.insert(PathBuf::from("/d/0.gz"), sighting("d3"));
        let paths = sightings.paths();
        assert_eq!((paths.len(), paths.get("d1"), paths.get("d3")), (2, Some(&path), Some(&Path::new("/d/0.gz"))));
    }

    #[test]
    fn what_many_have_seen_is_put_together() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Store::new(folder.path());
        let seen = |path: &str, digest: &str| {
            let mut sightings = Sightings::default();
            sightings.insert(PathBuf::from(path), Sighting::new(5, Some(UNIX_EPOCH), digest.to_owned()));
            sightings
        };
        seen("/d/a.gz", "d0").write(&store).expect("written");
        let paths = [PathBuf::from("/d/b.gz"), PathBuf::from("/d/none.gz")];
        let of = || paths.iter().map(PathBuf::as_path);
        seen("/d/b.gz", "d1").write_apart(&store, of()).expect("written");
        seen("/d/b.gz", "d1").write_apart(&store, of()).expect("the same once more");
        let all = Sightings::read(&store).expect("read");
        assert_eq!(all.0.keys().map(|path| path.display().to_string()).collect::<Vec<_>>(), ["/d/a.gz", "/d/b.gz"]);
        assert_eq!(store.list(layout::SIGHTINGS_APART).expect("listed").len(), 1);
        Sightings::put_together(&store).expect("put together");
        assert_eq!(Sightings::read(&store).expect("read"), all);
        assert!(store.list(layout::SIGHTINGS_APART).expect("listed").is_empty());
    }

    #[test]
    fn a_damaged_cache_is_an_empty_one() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Store::new(folder.path());
        store.put(layout::SIGHTINGS, b"{").expect("put");
        assert_eq!(Sightings::read(&store).expect("read"), Sightings::default());
    }
}
