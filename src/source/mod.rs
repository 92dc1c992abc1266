//! Finds dump files, tells their identity and opens them: dumps are touched here and nowhere else.
//!
//! - [`discover`] turns arguments (files, folders, globs, and the same in object stores) into files.
//! - [`Digest`] is the identity of a file, of its bytes as they lie on disk.
//! - [`WholeFile`] reads a file at once (the fast way, for files that fit in memory with ease), [`Blocks`]
//!   reads one of any size in bounded memory. Both decompress by content, hold to the same limits,
//!   and give the same bytes before the same damage.
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
mod limits;
mod method;
mod opened;
mod piece;
mod whole;

use std::io;
use std::path::{Path, PathBuf};

pub use blocks::Blocks;
pub use compression::{Compression, FileKind};
pub use damage::Damage;
pub use digest::{Digest, DigestError};
pub use discovery::{Discovery, DiscoveryError, SourceFile, discover, is_companion, meant};
pub use excerpt::excerpts;
pub use limits::{Limits, OutputLimits};
pub use opened::{Expected, Extent, Opened};
pub use piece::{Block, Piece};
use thiserror::Error;
pub use whole::{Whole, WholeFile};

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

/// The digest of a file, read once from its start to its end.
///
/// # Errors
/// When the file cannot be opened or read.
pub fn digest_of_file(path: &Path, expected: &Expected) -> Result<Digest, SourceError> {
    let at = |reason| SourceError { path: path.to_owned(), reason };
    let (dump, _) = expected.open(path).map_err(|error| at(SourceReason::Open(error)))?;
    Digest::of_reader(dump).map_err(|error| at(SourceReason::Read { offset: 0, error }))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;
