//! Cuts the decompressed bytes of a dump into records and knows where each starts.
//!
//! A framing is a file of this folder. Each has an iterator over the records of a block of bytes, and
//! a `split_point`: the index just after the last whole record of a block, so that a reader of large
//! dumps ([`crate::source::Blocks`]) can hand over whole records and carry the rest over to the next
//! block.
//!
//! Offsets are bytes from the start of the *decompressed* dump: with them a rejected record is found
//! again, whatever block it was read in. Nothing is copied and nothing allocated: a frame borrows from
//! its block.

pub mod length_delimited;
pub mod lines;

pub use length_delimited::{LengthDelimited, MAX_FRAME};
pub use lines::Lines;

use thiserror::Error;

/// One record and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Where the frame starts in the decompressed dump, in bytes.
    pub offset: u64,
    /// The record, without its terminator or length prefix.
    pub bytes: &'a [u8],
    /// How many bytes of the dump the frame takes, its terminator or length prefix included.
    pub length: u64,
}

/// Why the bytes at a place of a dump are no frame.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// The length before a record cannot be the length of a record: it is over the maximum, or not a
    /// varint of at most ten bytes and 64 bits.
    #[error("offset {offset}: expected the length of a record, at most {maximum} bytes, found {}", stated(.found))]
    LengthTooLarge {
        /// Where the length starts in the decompressed dump.
        offset: u64,
        /// Bytes from there to the end of the block that was read, which no record can be found in.
        unread: u64,
        /// The length that is there; `None` when it does not even end or fit in 64 bits.
        found: Option<u64>,
        /// The most bytes a record may have.
        maximum: u64,
    },
    /// The input ends inside a frame.
    #[error("offset {offset}: expected a frame of {expected} bytes, the input ends after {found}")]
    CutOff {
        /// Where the frame starts in the decompressed dump.
        offset: u64,
        /// Bytes of the whole frame with its length prefix; where the prefix itself is cut off, at
        /// least this many.
        expected: u64,
        /// Bytes of it that are there.
        found: u64,
    },
}

impl FrameError {
    /// Where the frame starts in the decompressed dump, in bytes.
    pub fn offset(&self) -> u64 {
        match self {
            Self::LengthTooLarge { offset, .. } | Self::CutOff { offset, .. } => *offset,
        }
    }

    /// Bytes from [`offset`](Self::offset) to the end of the block: the part that was not read.
    pub fn unread(&self) -> u64 {
        match self {
            Self::LengthTooLarge { unread, .. } => *unread,
            Self::CutOff { found, .. } => *found,
        }
    }

    /// Whether the next record can still be found. After a length that is wrong or cut off it cannot:
    /// everything after it belongs to no record, in the following blocks of the dump too
    /// ([`crate::source::Blocks::skip_rest`] counts it).
    pub fn next_can_be_found(&self) -> bool {
        match self {
            Self::LengthTooLarge { .. } | Self::CutOff { .. } => false,
        }
    }
}

fn stated(found: &Option<u64>) -> String {
    match found {
        Some(length) => length.to_string(),
        None => "no varint of 64 bits".to_owned(),
    }
}
