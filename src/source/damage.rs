//! Why a compressed dump could not be read to its end.

use thiserror::Error;

/// What ended the reading of a dump before its end. Everything that came out before it is kept.
///
/// A compressed offset is bytes from the start of the file, a decompressed one bytes from the start of
/// what came out of it: records before it are whole, and the one around it is cut off.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Damage {
    /// The file ends inside its compressed data: an upload or a copy that was interrupted.
    #[error(
        "the file ends at compressed byte {compressed_offset} (decompressed {decompressed_offset}), \
         expected the rest of its compressed data"
    )]
    Truncated {
        /// Where the file ends.
        compressed_offset: u64,
        /// How much came out of it.
        decompressed_offset: u64,
    },
    /// The compressed data is not valid, or its checksum does not match. With a wrong checksum of gzip,
    /// zstd or bzip2, some of the bytes since the start of the member, frame or block are wrong, and nobody
    /// knows which; a block of lzop is not given then.
    #[error(
        "corrupt compressed data at compressed byte {compressed_offset} (decompressed \
         {decompressed_offset}): {reason}"
    )]
    Corrupt {
        /// About where the damage was noticed.
        compressed_offset: u64,
        /// How much came out before it.
        decompressed_offset: u64,
        /// What the decompressor says.
        reason: String,
    },
    /// More comes out than allowed: a decompression bomb, or a limit that is too low.
    #[error("more than {limit} bytes come out (by compressed byte {compressed_offset}); the rest is not read")]
    TooLarge {
        /// The limit, in bytes of output.
        limit: u64,
        /// About how much of the file was used by then.
        compressed_offset: u64,
    },
    /// More comes out than a file of this size may have in it: a decompression bomb, or a limit that is
    /// too low.
    #[error(
        "more than {ratio} bytes come out for each byte of the file (by compressed byte \
         {compressed_offset}); the rest is not read"
    )]
    TooDense {
        /// The limit, in bytes of output for each byte of the file.
        ratio: u64,
        /// About how much of the file was used by then.
        compressed_offset: u64,
    },
    /// The compressed data is whole, but something else follows it that is neither more of it nor
    /// padding of zeros.
    #[error(
        "expected the end of the file or more compressed data at compressed byte \
         {compressed_offset} (decompressed {decompressed_offset}), found other bytes"
    )]
    TrailingBytes {
        /// Where they start.
        compressed_offset: u64,
        /// How much came out before them, all of it sound.
        decompressed_offset: u64,
    },
}

impl Damage {
    /// Whether the last record that came out may be cut off. Not before trailing bytes: there the data
    /// is whole.
    pub fn cuts_off_data(&self) -> bool {
        !matches!(self, Self::TrailingBytes { .. })
    }

    /// Whether a limit ended the reading and nothing is known to be wrong with the file.
    pub fn is_limit(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::TooDense { .. })
    }
}
