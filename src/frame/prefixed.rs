//! Records that are each preceded by their length: what framings of that kind have in common.
//!
//! Nothing marks where a record starts and nothing ends it. So a length is all there is to go by: one that no record
//! can have loses everything after it, and a wrong one is only noticed by what it leads to. A record of no bytes is a
//! frame of no bytes.

use super::split::{self, Step};
use super::{Frame, FrameError, Split};

/// What stands where a frame should start.
pub(super) enum Head {
    /// The length of a record, and the bytes that it takes itself.
    Length { record: u64, prefix: usize },
    /// So many bytes that belong to no frame.
    Skip(usize),
    /// A length of which the end is missing.
    CutOff,
    /// No length, whatever follows.
    NoLength,
}

/// Reads the head of a frame from bytes, of which there is at least one.
pub(super) type ReadHead = fn(&[u8]) -> Head;

/// The records of a block. Ends where a record is cut off or has no length.
#[derive(Clone, Debug)]
pub(super) struct Prefixed<'a> {
    rest: &'a [u8],
    offset: u64,
    head: ReadHead,
}

impl<'a> Prefixed<'a> {
    /// The records of `block`, which starts at a frame, `offset` bytes into the decompressed dump.
    pub(super) fn new(block: &'a [u8], offset: u64, head: ReadHead) -> Self {
        Self { rest: block, offset, head }
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
        self.offset += bytes as u64;
    }
}

impl<'a> Iterator for Prefixed<'a> {
    type Item = Result<Frame<'a>, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let (rest, offset, length) = (self.rest, self.offset, self.rest.len() as u64);
            let error = match (self.head)(rest) {
                Head::Skip(bytes) => {
                    self.advance(bytes);
                    continue;
                }
                Head::Length { record, prefix } => match end(rest, prefix, record) {
                    Ok(end) => {
                        self.advance(end);
                        return Some(Ok(Frame { offset, bytes: &rest[prefix..end], length: end as u64 }));
                    }
                    Err(expected) => FrameError::CutOff { offset, length, expected },
                },
                Head::CutOff => FrameError::CutOff { offset, length, expected: length + 1 },
                Head::NoLength => FrameError::NoLength { offset, length },
            };
            self.rest = &[];
            return Some(Err(error));
        }
        None
    }
}

/// Whole records end where the first is cut off.
///
/// A block in which something is no length is whole to its end: no more bytes would make it readable, so it is handed
/// over for [`Prefixed`] to report.
pub(super) fn split(block: &[u8], head: ReadHead) -> Split {
    split::split(block, |rest| match head(rest) {
        Head::Skip(bytes) => Step::Skip(bytes),
        Head::Length { record, prefix } => {
            end(rest, prefix, record).map_or_else(|expected| Step::More(Some(expected)), Step::Whole)
        }
        Head::CutOff => Step::More(None),
        Head::NoLength => Step::Whole(rest.len()),
    })
}

/// Where a frame ends in bytes that begin with it; how many bytes it takes when they are fewer.
fn end(bytes: &[u8], prefix: usize, record: u64) -> Result<usize, u64> {
    let expected = record.saturating_add(prefix as u64);
    usize::try_from(expected).ok().filter(|end| *end <= bytes.len()).ok_or(expected)
}
