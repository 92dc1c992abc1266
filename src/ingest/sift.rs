//! Tells dumps that are new from those that the lake has taken in.

use std::collections::HashSet;
use std::convert::Infallible;
use std::path::PathBuf;

use rayon::prelude::*;

use super::{Dump, IngestError};
use crate::lake::{Seen, Store, Taken};
use crate::objects::{Address, side_by_side};
use crate::progress::{Progress, Stage};
use crate::source::{Digest, Expected, SourceError, SourceFile, digest_of_file};

/// The most bytes of dumps that are looked at together, but for those of the last.
const MOST_BYTES: u64 = 64 << 30;

/// What a lake has taken in, and what became of the files that were looked at.
pub(super) struct Sift {
    taken: Taken,
    seen: Seen,
    /// What this call has taken in.
    fresh: HashSet<Digest>,
    /// Dumps whose content is in the lake already.
    pub known: usize,
    /// Dumps whose content is that of another new one.
    pub same: usize,
    /// Files that had another content when they were last seen.
    pub changed: Vec<(PathBuf, i64)>,
    /// Dumps that cannot be read at all.
    pub failed: Vec<SourceError>,
}

/// Dumps that are new, and those that were digested to know it.
pub(super) struct New {
    /// Each content once, in the order of their digests.
    pub dumps: Vec<Dump>,
    /// Those of which nobody knew the digest, with what they look like.
    pub digested: Vec<Dump>,
}

impl Sift {
    /// That of a lake; of one of many who share what is read, of what was written down for them.
    ///
    /// # Errors
    /// When the lake cannot be read, or was made with another key.
    pub(super) fn of(store: &Store, key: &str, share: Option<&str>) -> Result<Self, IngestError> {
        let (taken, seen) = match share.map(|path| Taken::at(store, path)).transpose()?.flatten() {
            // None of the files was seen, and nobody looks for what has changed.
            Some(taken) => (taken, Seen::default()),
            None => (Taken::read(store)?, Seen::read(store)?),
        };
        taken.check_key(key)?;
        let fresh = HashSet::new();
        Ok(Self { taken, seen, fresh, known: 0, same: 0, changed: Vec::new(), failed: Vec::new() })
    }

    /// Tombstones of what batches were written without.
    pub(super) fn tombstones(&self) -> impl Iterator<Item = &String> {
        self.taken.tombstones()
    }

    /// Files that do not look like dumps that the lake has, so many at a time at most; the others are counted. The end of
    /// the files is an empty list.
    pub(super) fn next(&mut self, files: &mut impl Iterator<Item = SourceFile>, most: usize) -> Vec<SourceFile> {
        let (mut next, mut bytes) = (Vec::new(), 0);
        while next.len() < most.max(1) && bytes < MOST_BYTES {
            let Some(file) = files.next() else { break };
            match self.seen.digest(&file).filter(|digest| self.taken.has(*digest)) {
                Some(digest) => self.count(digest),
                None => {
                    bytes += file.bytes;
                    next.push(file);
                }
            }
        }
        next
    }

    /// Counts a dump that is in the lake, or was taken in by this call.
    fn count(&mut self, digest: Digest) {
        if self.fresh.contains(&digest) { self.same += 1 } else { self.known += 1 }
    }

    /// The dumps among some files whose content is not in the lake.
    pub(super) fn new_dumps(&mut self, files: &[SourceFile], progress: &dyn Progress) -> New {
        let (mut dumps, digested) = self.identify(files, progress);
        dumps.retain(|dump| {
            let is_new = !self.taken.has(dump.digest);
            if !is_new {
                self.count(dump.digest);
            }
            is_new
        });
        let new = dumps.len();
        each_once(&mut dumps);
        self.same += new - dumps.len();
        New { dumps, digested }
    }

    /// Takes dumps in.
    pub(super) fn take(&mut self, dumps: &[Dump]) {
        for dump in dumps {
            self.taken.add(dump.digest);
            self.fresh.insert(dump.digest);
        }
    }

    /// Every file with its digest: of what was seen where it has not changed since, else by reading it. Those that were
    /// read come once more.
    pub(super) fn identify(&mut self, files: &[SourceFile], progress: &dyn Progress) -> (Vec<Dump>, Vec<Dump>) {
        let known = |file: &SourceFile| self.seen.digest(file);
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
                let seen = known(file);
                let digest = match seen {
                    Some(digest) => digest,
                    None => {
                        let digest = digest_of_file(&file.path, &expected);
                        progress.advance(1, file.bytes, 0);
                        digest?
                    }
                };
                Ok((Dump { digest, file: file.clone(), weight: file.bytes }, seen.is_none()))
            },
        );
        let (mut dumps, mut digested) = (Vec::new(), Vec::new());
        for dump in digests {
            match dump {
                Ok((dump, is_digested)) => {
                    if let Some((bytes, _)) =
                        self.seen.before(&dump.file.path).filter(|(_, digest)| *digest != dump.digest)
                    {
                        let more = i64::try_from(dump.file.bytes).unwrap_or(i64::MAX).saturating_sub_unsigned(bytes);
                        self.changed.push((dump.file.path.clone(), more));
                    }
                    digested.extend(is_digested.then(|| dump.clone()));
                    dumps.push(dump);
                }
                Err(failed) => self.failed.push(failed),
            }
        }
        (dumps, digested)
    }
}

/// Leaves of each content one dump, the first by its path, in the order of their digests.
pub(super) fn each_once(dumps: &mut Vec<Dump>) {
    dumps.sort_by(|a, b| (a.digest, &a.file.path).cmp(&(b.digest, &b.file.path)));
    dumps.dedup_by_key(|dump| dump.digest);
}

/// What is made of each of some dumps, in their order, several at once; where they are objects, which is mostly to wait for
/// them, more.
pub(super) fn of_each<T: Sync, R: Send>(
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
