//! Where each dump was last seen: path, size and time of change, and the digest that its content had.
//!
//! A cache. It spares reading dumps that have not changed since, and tells where the bytes of a refused
//! record are. Deleting it, or a part of it, costs one reading of the dumps.
//!
//! Each batch adds a file of what was seen for it, so that nobody overwrites what another one has written at the same time;
//! what the last file says of a path holds. Where there are many, one ingest that is alone makes one of them. Lines are in the
//! order of their paths, so that this reads them side by side, a line of each: there may be millions of dumps, and no list of
//! them is in memory.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::freshness::Fingerprint;
use super::layout;
use super::store::{Part, Store, StoreError};
use crate::source::{Digest, SourceFile};

/// More files than this are put together: a day and a half of a job that runs each hour.
const MOST_FILES: usize = 36;

/// So many are open at once: of a job with many tasks there may be more than a process may have.
const AT_ONCE: usize = 64;

/// A dump as it was seen. A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Sighting {
    path: String,
    /// Its size, bytes.
    bytes: u64,
    /// When it was last changed, nanoseconds since 1970; absent where the system does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<u64>,
    /// The digest that its content had.
    digest: Digest,
}

fn nanos(time: SystemTime) -> Option<u64> {
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// What tells a path from others.
fn digest_of(path: &Path) -> Digest {
    Digest::of_bytes(path.as_os_str().as_encoded_bytes())
}

/// What dumps looked like when they were last seen: some 60 bytes in memory for each, without its path.
#[derive(Debug, Default)]
pub struct Seen {
    /// Sorted by the digests of paths.
    all: Vec<(Digest, Look)>,
}

#[derive(Debug)]
struct Look {
    bytes: u64,
    modified: Option<u64>,
    digest: Digest,
}

impl Seen {
    /// What was seen of the dumps of a lake.
    ///
    /// # Errors
    /// When the store fails. What is damaged is left out.
    pub fn read(store: &Store) -> Result<Self, StoreError> {
        let mut all = Vec::new();
        each(store, |Sighting { path, bytes, modified, digest }| {
            all.push((digest_of(Path::new(&path)), Look { bytes, modified, digest }));
        })?;
        // What of a path comes last is kept: to sort changes nothing among those of one.
        all.reverse();
        all.sort_by_key(|(path, _)| *path);
        all.dedup_by_key(|(path, _)| *path);
        Ok(Self { all })
    }

    /// The digest of a file that looks as it did when it was last digested.
    pub fn digest(&self, file: &SourceFile) -> Option<Digest> {
        let modified = file.modified.and_then(nanos)?;
        let seen = self.look(&file.path)?;
        (seen.bytes == file.bytes && seen.modified == Some(modified)).then_some(seen.digest)
    }

    /// The size and the digest that a file had when it was last seen.
    pub fn before(&self, path: &Path) -> Option<(u64, Digest)> {
        self.look(path).map(|seen| (seen.bytes, seen.digest))
    }

    fn look(&self, path: &Path) -> Option<&Look> {
        let path = digest_of(path);
        let place = self.all.binary_search_by_key(&path, |(path, _)| *path).ok()?;
        Some(&self.all[place].1)
    }
}

/// Where every content was last seen.
#[derive(Clone, Debug, Default)]
pub struct Sightings(HashMap<Digest, PathBuf>);

impl Sightings {
    /// Where the dumps of a lake were last seen.
    ///
    /// # Errors
    /// When the store fails. What is damaged is left out.
    pub fn read(store: &Store) -> Result<Self, StoreError> {
        let mut digests = BTreeMap::new();
        each(store, |seen| {
            digests.insert(seen.path, seen.digest);
        })?;
        let mut places = HashMap::new();
        for (path, digest) in digests {
            places.entry(digest).or_insert_with(|| path.into());
        }
        Ok(Self(places))
    }

    /// Adds what was seen of some dumps, as a file of its own.
    ///
    /// # Errors
    /// When the store fails.
    pub fn add(store: &Store, dumps: &[(&SourceFile, Digest)]) -> Result<(), StoreError> {
        // A path that is not UTF-8 cannot be JSON; it stays unwritten.
        let seen = dumps.iter().filter_map(|(SourceFile { path, bytes, modified }, digest)| {
            let modified = modified.and_then(nanos);
            Some(Sighting { path: path.to_str()?.to_owned(), bytes: *bytes, modified, digest: *digest })
        });
        let mut seen: Vec<Sighting> = seen.collect();
        if seen.is_empty() {
            return Ok(());
        }
        seen.sort_unstable();
        let lines: Vec<u8> = seen.iter().flat_map(line).collect();
        let number = files(store)?.last().and_then(|last| layout::number_of_sightings(last));
        let name = Digest::of_bytes(&lines);
        store.put(&layout::sightings(number.map_or(0, |last| last + 1), &name.to_string()), &lines)
    }

    /// Makes one file of all, if there are many.
    ///
    /// # Errors
    /// When the store fails; what was to be put together is still there then.
    pub fn put_together(store: &Store) -> Result<(), StoreError> {
        loop {
            let files = files(store)?;
            if files.len() <= MOST_FILES {
                return Ok(());
            }
            files.chunks(AT_ONCE).filter(|some| some.len() > 1).try_for_each(|some| put_one(store, some))?;
        }
    }

    /// Where a content was last seen, by its digest: of several places the first in the order of paths.
    pub fn place(&self, digest: &str) -> Option<&Path> {
        self.0.get(&digest.parse().ok()?).map(PathBuf::as_path)
    }
}

/// Makes one file of some that follow each other.
fn put_one(store: &Store, files: &[String]) -> Result<(), StoreError> {
    // What is added meanwhile comes after it.
    let number = files.last().and_then(|last| layout::number_of_sightings(last)).unwrap_or(0);
    let name = Fingerprint::of(files.iter().map(|file| ("file", file.as_str())));
    let path = layout::sightings(number, &name.to_string());
    let mut together = store.create(&path)?;
    for seen in Merged::of(store, files)? {
        let written = together.write_all(&line(&seen));
        written.map_err(|reason| StoreError { action: "write", path: store.place(&path), reason })?;
    }
    together.commit()?;
    store.remove_all(&files.iter().map(String::as_str).filter(|file| *file != path).collect::<Vec<_>>())
}

fn line(seen: &Sighting) -> Vec<u8> {
    let line = serde_json::to_vec(seen);
    let mut line = line.unwrap_or_else(|reason| unreachable!("texts and numbers are JSON: {reason}"));
    line.push(b'\n');
    line
}

/// The files, the last written last.
fn files(store: &Store) -> Result<Vec<String>, StoreError> {
    let names = store.list(layout::SIGHTINGS)?.into_iter().filter(|name| name.ends_with(".jsonl"));
    let mut files: Vec<String> = names.map(|name| format!("{}/{name}", layout::SIGHTINGS)).collect();
    files.sort_unstable();
    Ok(files)
}

/// Gives somebody what is in all files, one after the other.
fn each(store: &Store, mut take: impl FnMut(Sighting)) -> Result<(), StoreError> {
    for some in files(store)?.chunks(AT_ONCE) {
        for mut reader in open(store, some)? {
            while let Some(seen) = next_line(&mut reader) {
                take(seen);
            }
        }
    }
    Ok(())
}

/// Opens files. One may have been put together with others meanwhile.
fn open(store: &Store, files: &[String]) -> Result<Vec<BufReader<File>>, StoreError> {
    let opened = store.each(files, |file| store.open(file, Part::Whole))?;
    Ok(opened.into_iter().flatten().map(BufReader::new).collect())
}

/// The next line of a file. What is none is left out, and so is what cannot be read.
fn next_line(reader: &mut BufReader<File>) -> Option<Sighting> {
    let mut line = Vec::new();
    while let Ok(1..) = reader.read_until(b'\n', &mut line) {
        if let Ok(seen) = serde_json::from_slice(&line) {
            return Some(seen);
        }
        line.clear();
    }
    None
}

/// What is in some files, in the order of paths; of a path what the last of them says.
struct Merged {
    readers: Vec<BufReader<File>>,
    /// What comes next in each file; of one path that of the last file first.
    next: BinaryHeap<Reverse<(String, Reverse<usize>, Sighting)>>,
    last: Option<String>,
}

impl Merged {
    fn of(store: &Store, files: &[String]) -> Result<Self, StoreError> {
        let mut merged = Self { readers: open(store, files)?, next: BinaryHeap::new(), last: None };
        (0..merged.readers.len()).for_each(|file| merged.read(file));
        Ok(merged)
    }

    fn read(&mut self, file: usize) {
        if let Some(seen) = next_line(&mut self.readers[file]) {
            self.next.push(Reverse((seen.path.clone(), Reverse(file), seen)));
        }
    }
}

impl Iterator for Merged {
    type Item = Sighting;

    fn next(&mut self) -> Option<Sighting> {
        loop {
            let Reverse((path, Reverse(file), seen)) = self.next.pop()?;
            self.read(file);
            if self.last.as_ref() != Some(&path) {
                self.last = Some(path);
                return Some(seen);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn file(path: &str, bytes: u64, seconds: u64) -> SourceFile {
        let modified = Some(UNIX_EPOCH + Duration::from_secs(seconds));
        SourceFile { path: path.into(), bytes, modified }
    }

    fn content(text: &str) -> Digest {
        Digest::of_bytes(text.as_bytes())
    }

    fn lake() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Store::new(folder.path());
        (folder, store)
    }

    #[test]
    fn only_an_unchanged_file_is_known() {
        let (_folder, store) = lake();
        let then = file("/d/a.gz", 5, 1000);
        Sightings::add(&store, &[(&then, content("0"))]).expect("added");
        Sightings::add(&store, &[(&then, content("1")), (&file("/d/b.gz", 5, 1000), content("1"))]).expect("added");
        Sightings::add(&store, &[(&file("/d/0.gz", 5, 1000), content("3"))]).expect("added");
        Sightings::add(&store, &[]).expect("nothing");
        assert_eq!(files(&store).expect("listed").len(), 3);
        let seen = Seen::read(&store).expect("read");
        assert_eq!(seen.digest(&then), Some(content("1")));
        assert_eq!(seen.digest(&file("/d/a.gz", 6, 1000)), None);
        assert_eq!(seen.digest(&file("/d/a.gz", 5, 2000)), None);
        assert_eq!(seen.digest(&SourceFile { modified: None, ..then }), None);
        assert_eq!(seen.digest(&file("/d/c.gz", 5, 1000)), None);
        assert_eq!(seen.before(Path::new("/d/a.gz")), Some((5, content("1"))));
        assert_eq!(seen.before(Path::new("/d/c.gz")), None);

        let sightings = Sightings::read(&store).expect("read");
        let place = |text: &str| sightings.place(&content(text).to_string());
        assert_eq!(place("0"), None, "the file has another content now");
        assert_eq!((place("1"), place("3")), (Some(Path::new("/d/a.gz")), Some(Path::new("/d/0.gz"))));
    }

    #[test]
    fn many_files_are_put_together() {
        let (_folder, store) = lake();
        for number in 0..=MOST_FILES as u64 {
            assert_eq!(files(&store).expect("listed").len() as u64, number);
            let (one, other) = (file("/d/same.gz", number, number), file(&format!("/d/{number}.gz"), 5, 1000));
            let dumps = [(&one, content(&number.to_string())), (&other, content("5"))];
            Sightings::add(&store, &dumps).expect("added");
            let all = Seen::read(&store).expect("read").all;
            let text = |store: &Store| format!("{:?}", Seen::read(store).expect("read").all);
            let before = text(&store);
            Sightings::put_together(&store).expect("put together");
            assert_eq!((all.len() as u64, text(&store)), (number + 2, before));
        }
        assert_eq!(files(&store).expect("listed").len(), 1);
        let seen = Seen::read(&store).expect("read");
        assert_eq!(seen.before(Path::new("/d/same.gz")), Some((36, content("36"))));
        // Of many tasks at once there are more than may be open.
        for number in 100..100 + 2 * AT_ONCE as u64 {
            Sightings::add(&store, &[(&file(&format!("/d/{number}.gz"), 5, 1000), content("5"))]).expect("added");
        }
        Sightings::put_together(&store).expect("put together");
        assert_eq!(files(&store).expect("listed").len(), 3);
        assert_eq!(Seen::read(&store).expect("read").all.len(), 38 + 2 * AT_ONCE);
        assert_eq!(Sightings::read(&store).expect("read").place(&content("5").to_string()), Some(Path::new("/d/0.gz")));
        // What comes then comes after it.
        let later = file("/d/same.gz", 7, 7);
        Sightings::add(&store, &[(&later, content("7"))]).expect("added");
        assert_eq!(Seen::read(&store).expect("read").digest(&later), Some(content("7")));
    }

    #[test]
    fn what_is_damaged_is_left_out() {
        let (_folder, store) = lake();
        Sightings::add(&store, &[(&file("/d/a.gz", 5, 1000), content("1"))]).expect("added");
        let written = files(&store).expect("listed").remove(0);
        let line = store.read(&written).expect("read").expect("there");
        let other = String::from_utf8(line.clone()).expect("text").replace("a.gz", "b.gz");
        let lines = [b"{\n\xff\n\n", &line[..], b"{\"path\":\"/d/c.gz\"}\n", other.trim_end().as_bytes()].concat();
        store.put(&written, &lines).expect("put");
        let seen = Seen::read(&store).expect("read");
        assert_eq!(seen.all.len(), 2);
        assert!(["/d/a.gz", "/d/b.gz"].iter().all(|path| seen.before(Path::new(path)).is_some()));
    }
}
