//! What is no frame, and where.

use thiserror::Error;

/// Why the bytes at a place of a dump are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A frame that is longer than the limit.
    #[error("offset {offset}: expected a record of at most {most} bytes, found one of {length}")]
    TooLong {
        /// Where the frame starts in the decompressed dump.
        offset: u64,
        /// Bytes of the frame.
        length: u64,
        /// The most bytes that a frame may have.
        most: u64,
    },
    /// The input ends inside a frame, or another frame begins there.
    #[error("offset {offset}: expected a frame of {expected} bytes, it ends after {length}")]
    CutOff {
        /// Where the frame starts in the decompressed dump.
        offset: u64,
        /// Bytes of it that are there.
        length: u64,
        /// Bytes of the whole frame; where its length is cut off too, at least this many.
        expected: u64,
    },
    /// What stands where a length should is none, and no further record can be found.
    #[error("offset {offset}: expected the length of a record, found bytes that are none")]
    NoLength {
        /// Where the length should start in the decompressed dump.
        offset: u64,
        /// Bytes from there to the end of the block.
        length: u64,
    },
    /// Bytes between frames that belong to none.
    #[error("offset {offset}: expected a frame, found {length} bytes that are none")]
    Garbage {
        /// Where they start in the decompressed dump.
        offset: u64,
        /// How many they are.
        length: u64,
    },
}

impl FrameError {
    /// Where the bytes that are no frame start in the decompressed dump.
    pub fn offset(&self) -> u64 {
        match self {
            Self::TooLong { offset, .. }
            | Self::CutOff { offset, .. }
            | Self::NoLength { offset, .. }
            | Self::Garbage { offset, .. } => *offset,
        }
    }

    /// How many they are.
    pub fn length(&self) -> u64 {
        match self {
            Self::TooLong { length, .. }
            | Self::CutOff { length, .. }
            | Self::NoLength { length, .. }
            | Self::Garbage { length, .. } => *length,
        }
    }

    /// Whether what follows can still be framed. If it cannot, it belongs to this error: everything to the end of the
    /// dump, in the blocks that follow too ([`crate::source::Blocks::skip_rest`] counts it).
    pub fn next_can_be_found(&self) -> bool {
        !matches!(self, Self::NoLength { .. })
    }
}
