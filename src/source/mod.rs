//! Finds dump files, tells their identity and opens them: dumps are touched here and nowhere else.
//!
//! - [`discover`] turns arguments (files, folders, globs) into a sorted list of files.
//! - [`Digest`] is the identity of a file, of its bytes as they lie on disk.
//! - [`WholeFile`] reads a file at once (the fast way, for files of up to some 100 MB), [`Blocks`] reads
//!   one of any size in bounded memory. Both decompress by content, hold to a limit, and give every byte
//!   before damage.
//!
//! Offsets are bytes of the decompressed dump unless they are called compressed.

mod blocks;
mod compression;
mod damage;
mod decoder;
mod digest;
mod discovery;
mod excerpt;
mod input;
mod method;
mod piece;
mod whole;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use blocks::{Blocks, Limits};
pub use compression::{Compression, FileKind};
pub use damage::Damage;
pub use digest::{Digest, DigestError};
pub use discovery::{Discovery, DiscoveryError, SourceFile, discover, is_companion};
pub use excerpt::excerpts;
pub use piece::{Block, Piece};
use thiserror::Error;
pub use whole::decompress_whole;

/// A dump that could not be read, and why.
#[derive(Debug, Error)]
#[error("{}: {reason}", path.display())]
pub struct SourceError {
    /// The dump.
    pub path: PathBuf,
    /// What went wrong.
    pub reason: SourceReason,
}

/// Why a dump could not be read.
#[derive(Debug, Error)]
pub enum SourceReason {
    /// The file could not be opened.
    #[error("cannot be opened: {0}")]
    Open(io::Error),
    /// Reading it failed.
    #[error("reading failed after compressed byte {offset}: {error}")]
    Read {
        /// How many bytes of the file had been used.
        offset: u64,
        /// What the system says.
        error: io::Error,
    },
    /// Its content is not what it was a moment ago.
    #[error("changed while it was read: somebody still writes to it; the next run takes it")]
    Changed,
    /// It is a known kind of file that is no dump.
    #[error("expected a dump, found {0}")]
    NotADump(FileKind),
}

/// What came of decompressing a whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decompressed {
    /// How it was compressed.
    pub compression: Compression,
    /// What ended it early, if anything did; all bytes before that are there.
    pub damage: Option<Damage>,
}

/// A file that was read at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole<'a> {
    /// Its identity.
    pub digest: Digest,
    /// Its size on disk, in bytes.
    pub bytes_on_disk: u64,
    /// How it was compressed, and what ended it early.
    pub decompressed: Decompressed,
    /// What is in it, decompressed.
    pub bytes: &'a [u8],
}

/// Reads files at once, one after the other, into memory that it keeps: one for each worker.
#[derive(Debug, Default)]
pub struct WholeFile {
    compressed: Vec<u8>,
    decompressed: Vec<u8>,
}

impl WholeFile {
    /// Reads, digests and decompresses a file. At most `limit` bytes come out of a decompressor.
    ///
    /// Damage is no error: it is told in [`Decompressed`], next to every byte before it.
    ///
    /// # Errors
    /// When the file cannot be opened or read, or is known to be no dump.
    pub fn read(&mut self, path: &Path, limit: u64) -> Result<Whole<'_>, SourceError> {
        let at = |reason| SourceError { path: path.to_owned(), reason };
        let mut file = File::open(path).map_err(|error| at(SourceReason::Open(error)))?;
        self.compressed.clear();
        if let Err(error) = file.read_to_end(&mut self.compressed) {
            let offset = self.compressed.len() as u64;
            return Err(at(SourceReason::Read { offset, error }));
        }
        let not_a_dump = |kind| at(SourceReason::NotADump(kind));
        let (decompressed, bytes) = match Compression::recognise(&self.compressed) {
            Compression::Plain => match FileKind::recognise(&self.compressed) {
                Some(kind) => return Err(not_a_dump(kind)),
                None => {
                    let plain = Decompressed { compression: Compression::Plain, damage: None };
                    (plain, &self.compressed)
                }
            },
            Compression::Gzip | Compression::Zstd => {
                let decompressed =
                    decompress_whole(&self.compressed, limit, &mut self.decompressed).map_err(not_a_dump)?;
                (decompressed, &self.decompressed)
            }
        };
        Ok(Whole {
            digest: Digest::of_bytes(&self.compressed),
            bytes_on_disk: self.compressed.len() as u64,
            decompressed,
            bytes,
        })
    }
}

/// The digest of a file, read once from its start to its end.
///
/// # Errors
/// When the file cannot be opened or read.
pub fn digest_of_file(path: &Path) -> Result<Digest, SourceError> {
    let at = |reason| SourceError { path: path.to_owned(), reason };
    let file = File::open(path).map_err(|error| at(SourceReason::Open(error)))?;
    Digest::of_reader(file).map_err(|error| at(SourceReason::Read { offset: 0, error }))
}

#[cfg(test)]
mod tests;
