//! What an object is, and what is in it.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use object_store::{Error, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStoreExt as _};

use super::address::Address;
use super::ask::{RUNTIME, ask, persist};

/// Bytes of one request: many enough that its round trip is a small part of it, few enough that some fit in memory.
pub(super) const CHUNK: u64 = 2 << 20;

/// Requests of one object that are under way at once.
const AT_ONCE: usize = 4;

/// Ranges that lie no further apart than this are asked for together.
const GAP: u64 = 256 << 10;

/// An object as it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Where it is, from the folder that was listed; nothing of an object that was asked for itself.
    pub path: String,
    /// Its size, bytes.
    pub bytes: u64,
    /// When it was written.
    pub modified: SystemTime,
    /// What tells it from one that has taken its place, where the store says so.
    pub version: Option<String>,
}

impl Object {
    /// Whatever is there.
    pub(super) fn any() -> Self {
        Self { path: String::new(), bytes: 0, modified: UNIX_EPOCH, version: None }
    }

    pub(super) fn new(path: String, meta: &ObjectMeta) -> Self {
        Self { path, bytes: meta.size, modified: meta.last_modified.into(), version: meta.e_tag.clone() }
    }
}

impl Address {
    /// What the object is.
    ///
    /// # Errors
    /// Of kind [`io::ErrorKind::NotFound`] when there is none; any other failure of the store.
    pub fn head(&self) -> io::Result<Object> {
        ask(|| async {
            let meta = self.store()?.head(&self.object_key()?).await?;
            Ok(Object::new(String::new(), &meta))
        })
    }

    /// All of the object.
    ///
    /// # Errors
    /// As of [`Address::head`].
    pub fn read(&self) -> io::Result<Vec<u8>> {
        ask(|| async { Ok(self.store()?.get(&self.object_key()?).await?.bytes().await?.into()) })
    }

    /// The first bytes of the object, so many at most, and what it is.
    ///
    /// # Errors
    /// As of [`Address::head`].
    pub fn first(&self, bytes: u64) -> io::Result<(Vec<u8>, Object)> {
        let any = Object::any();
        match ask(|| self.get_range(&any, 0..bytes)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
            // There is no range in an object without bytes.
            Err(error) => match self.head()? {
                object if object.bytes == 0 => Ok((Vec::new(), object)),
                _ => Err(error),
            },
            read => read,
        }
    }

    /// Some bytes of an object that is known.
    ///
    /// # Errors
    /// As of [`Address::head`]; when another object has taken its place.
    pub fn range(&self, of: &Object, range: Range<u64>) -> io::Result<Vec<u8>> {
        ask(|| self.get_range(of, range.clone())).map(|(bytes, _)| bytes)
    }

    pub(super) async fn get_range(&self, of: &Object, range: Range<u64>) -> Result<(Vec<u8>, Object), Error> {
        let options =
            GetOptions { range: Some(GetRange::Bounded(range)), if_match: of.version.clone(), ..GetOptions::default() };
        bytes_of(self.store()?.get_opts(&self.object_key()?, options).await?).await
    }

    /// Copies ranges of an object that is known to their places in a file.
    ///
    /// # Errors
    /// As of [`Address::range`]; when the file cannot be written.
    pub fn copy_ranges(&self, of: &Object, ranges: &[Range<u64>], to: &File) -> io::Result<()> {
        let requests = stream::iter(requests(ranges)).map(|range| async move {
            let bytes = persist(|| self.get_range(of, range.clone())).await?.0;
            Ok::<_, io::Error>((range.start, bytes))
        });
        let mut requests = std::pin::pin!(requests.buffer_unordered(AT_ONCE));
        while let Some((start, bytes)) = RUNTIME.block_on(requests.try_next())? {
            write_at(to, start, &bytes)?;
        }
        Ok(())
    }
}

async fn bytes_of(result: GetResult) -> Result<(Vec<u8>, Object), Error> {
    let object = Object::new(String::new(), &result.meta);
    Ok((result.bytes().await?.into(), object))
}

/// What is asked for at once: near ranges together, and no more than a chunk of any.
fn requests(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted: Vec<Range<u64>> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
    sorted.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in sorted {
        match joined.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(GAP) => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    let pieces = |range: Range<u64>| {
        let end = range.end;
        range.step_by(CHUNK as usize).map(move |start| start..end.min(start + CHUNK))
    };
    joined.into_iter().flat_map(pieces).collect()
}

#[cfg(unix)]
fn write_at(file: &File, start: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, start)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, start: u64, bytes: &[u8]) -> io::Result<()> {
    use std::io::{Seek as _, SeekFrom, Write as _};
    file.seek(SeekFrom::Start(start))?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_asked_for_together_and_long_ones_in_pieces() {
        let of = |ranges: &[(u64, u64)]| {
            let ranges: Vec<Range<u64>> = ranges.iter().map(|(start, end)| *start..*end).collect();
            requests(&ranges).into_iter().map(|range| (range.start, range.end)).collect::<Vec<_>>()
        };
        assert_eq!(of(&[(10, 20), (0, 5), (3, 4), (30, 30)]), [(0, 20)]);
        let far = 20 + GAP + 1;
        assert_eq!(of(&[(far, far + 1), (0, 20)]), [(0, 20), (far, far + 1)]);
        let long = [(1, CHUNK + 1), (CHUNK + 1, 2 * CHUNK + 1), (2 * CHUNK + 1, 2 * CHUNK + 2)];
        assert_eq!(of(&[(1, 2 * CHUNK + 2)]), long);
        assert_eq!(of(&[]), []);
    }
}
