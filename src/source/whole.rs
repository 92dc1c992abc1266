//! Reads a file at once, decompressed into memory: the fast way, for files up to some size.
//!
//! What is larger than the caller will hold is refused before it is read or decompressed wherever that can
//! be known: by the size of the file, and by the size that gzip and zstd state of their content.
//! [`Blocks`](crate::source::Blocks) reads such a file.

mod decompress;
mod gzip;
mod output;

use std::io::{self, Read};
use std::path::Path;

use crate::source::{Compression, Damage, Digest, Extent, FileKind, Opened, OutputLimits, SourceError, SourceReason};

/// A file that was read at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole<'a> {
    /// Its identity.
    pub digest: Digest,
    /// Its size on disk, in bytes.
    pub bytes_on_disk: u64,
    /// How it was compressed.
    pub compression: Compression,
    /// What is in it, decompressed.
    pub bytes: &'a [u8],
    /// What ended it early, if anything did; all bytes before that are there.
    pub damage: Option<Damage>,
}

/// Reads files at once, one after the other, into memory that it keeps: one for each worker.
#[derive(Debug, Default)]
pub struct WholeFile {
    compressed: Vec<u8>,
    decompressed: Vec<u8>,
}

impl WholeFile {
    /// Gives back memory beyond so many bytes.
    pub fn keep(&mut self, bytes: u64) {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        for buffer in [&mut self.compressed, &mut self.decompressed] {
            if buffer.capacity() > bytes {
                *buffer = Vec::new();
            }
        }
    }

    /// Reads, digests and decompresses a file. `None` when it must be read by blocks: the file or what
    /// comes out of it has, or is stated to have, more than `whole` bytes.
    ///
    /// Damage is no error: it is told next to every byte before it. That includes output that the limits
    /// do not allow, where they allow less than `whole`.
    ///
    /// # Errors
    /// When the file cannot be opened or read, or is known to be no dump.
    pub fn read(&mut self, path: &Path, whole: u64, limits: OutputLimits) -> Result<Option<Whole<'_>>, SourceError> {
        self.read_opened(path, Opened::open(path, Extent::Whole), whole, limits)
    }

    /// The same of a file that is open, or could not be opened.
    ///
    /// # Errors
    /// As of [`WholeFile::read`].
    pub fn read_opened(
        &mut self,
        path: &Path,
        opened: io::Result<(Opened, u64)>,
        whole: u64,
        limits: OutputLimits,
    ) -> Result<Option<Whole<'_>>, SourceError> {
        let at = |reason| SourceError { path: path.to_owned(), reason };
        let (file, bytes) = opened.map_err(|error| at(SourceReason::Open(error)))?;
        if bytes > whole {
            return Ok(None);
        }
        self.compressed.clear();
        // One byte more tells whether the file has grown meanwhile.
        if let Err(error) = file.take(whole.saturating_add(1)).read_to_end(&mut self.compressed) {
            let offset = self.compressed.len() as u64;
            return Err(at(SourceReason::Read { offset, error }));
        }
        let bytes_on_disk = self.compressed.len() as u64;
        if bytes_on_disk > whole {
            return Ok(None);
        }
        let not_a_dump = |kind| Err(at(SourceReason::NotADump(kind)));
        if let Some(kind) = FileKind::recognise(&self.compressed) {
            return not_a_dump(kind);
        }
        let compression = Compression::recognise(&self.compressed);
        let (bytes, damage) = if compression == Compression::Plain {
            (&self.compressed[..], None)
        } else {
            let cap = limits.cap(bytes_on_disk);
            if whole < cap.bytes && decompress::stated(compression, &self.compressed) > Some(whole) {
                return Ok(None);
            }
            let (filled, damage) =
                decompress::all(compression, &self.compressed, cap.at_most(whole), &mut self.decompressed);
            if whole < cap.bytes && damage.as_ref().is_some_and(Damage::is_limit) {
                return Ok(None);
            }
            let bytes = &self.decompressed[..filled];
            if let Some(kind) = FileKind::recognise_decompressed(bytes) {
                return not_a_dump(kind);
            }
            (bytes, damage)
        };
        let digest = Digest::of_bytes(&self.compressed);
        Ok(Some(Whole { digest, bytes_on_disk, compression, bytes, damage }))
    }
}

#[cfg(test)]
mod tests;
