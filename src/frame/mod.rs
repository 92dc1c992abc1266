//! Cuts the decompressed bytes of a dump into records and knows where each starts.
//!
//! A [`Framing`] is one way of doing so, and a file of this folder. It gives the records of a block of bytes, and says
//! how far a block holds whole ones ([`Split`]), so that a reader of large dumps ([`crate::source::Blocks`]) can hand
//! over whole records and carry the rest over to the next block.
//!
//! What holds for every framing, whatever the bytes:
//!
//! - A block starts at a frame: where the dump starts, or where a split was. Nothing is remembered from one block to
//!   the next.
//! - **Splitting changes nothing.** Cut where [`Framing::split`] says, the frames and errors of the parts are those of
//!   the whole; the last part goes to the end of the dump. Only what follows a [`FrameError::NoLength`] is no longer
//!   framed: it belongs to the error.
//! - Frames and errors are in the order of the dump and do not overlap. A byte that is in neither separates records or
//!   pads; the framing says which bytes those are. So nothing is lost without a word.
//! - The time it takes is linear in the block. Nothing is copied and nothing allocated: a frame borrows from its block.
//!
//! Offsets are bytes from the start of the *decompressed* dump: with them a rejected record is found again, whatever
//! block it was read in.

mod elephant_bird;
mod error;
mod framing;
mod json_array;
mod length_delimited;
mod length_prefixed;
mod lines;
mod prefixed;
mod split;
#[cfg(test)]
mod tests;
mod varint;
mod whole;

pub use error::FrameError;
pub use framing::{Frames, Framing};
pub use split::Split;

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
