//! Length-delimited messages: each record preceded by its length.
//!
//! The framing of protobuf's `writeDelimitedTo`: an unsigned varint (base 128, lowest seven bits
//! first, the top bit says that another byte follows, at most ten bytes), then that many bytes. No
//! magic, no checksum, no terminator. A record of no bytes is a frame of no bytes.
//!
//! Nothing marks where a record starts, so a wrong length loses everything after it. To notice one
//! early, a length has a maximum: a request body of the collector is at most 4 MiB, [`MAX_FRAME`]
//! leaves room for a dump that joins some.

use crate::frame::{Frame, FrameError};

/// The most bytes that a record may have unless said otherwise: 64 MiB.
pub const MAX_FRAME: u64 = 64 << 20;

/// The most bytes that a varint of 64 bits takes.
const MAX_VARINT: usize = 10;

/// The records of a block. Ends after the first error: none of its errors can be passed over.
#[derive(Clone, Debug)]
pub struct LengthDelimited<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> LengthDelimited<'a> {
    /// The records of `block`, which starts at a record, `offset_of_block` bytes into the decompressed
    /// dump.
    pub fn new(block: &'a [u8], offset_of_block: u64) -> Self {
        Self { rest: block, offset: offset_of_block }
    }
}

impl<'a> Iterator for LengthDelimited<'a> {
    type Item = Result<Frame<'a>, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (rest, offset) = (self.rest, self.offset);
        let available = rest.len() as u64;
        match header(rest) {
            Header::Whole { prefix, end } => {
                self.rest = &rest[end..];
                self.offset += end as u64;
                Some(Ok(Frame { offset, bytes: &rest[prefix..end], length: end as u64 }))
            }
            Header::Partial { expected } => {
                self.rest = &[];
                Some(Err(FrameError::CutOff { offset, expected, found: available }))
            }
            Header::TooLarge { found } => {
                self.rest = &[];
                Some(Err(FrameError::LengthTooLarge { offset, unread: available, found, maximum: MAX_FRAME }))
            }
        }
    }
}

impl std::iter::FusedIterator for LengthDelimited<'_> {}

/// The index after the last whole frame of a block that starts at a frame; `None` when its first frame
/// is not whole yet.
///
/// A block with a length that is too large is whole to its end: no more bytes would make it readable,
/// so it is handed over for [`LengthDelimited`] to report.
pub fn split_point(block: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < block.len() {
        match header(&block[at..]) {
            Header::Whole { end, .. } => at += end,
            Header::Partial { .. } => break,
            Header::TooLarge { .. } => return Some(block.len()),
        }
    }
    (at > 0).then_some(at)
}

enum Header {
    /// The record is at `prefix..end`.
    Whole { prefix: usize, end: usize },
    /// The frame is at least `expected` bytes, more than there are.
    Partial { expected: u64 },
    /// No record has this length.
    TooLarge { found: Option<u64> },
}

fn header(bytes: &[u8]) -> Header {
    let mut length = 0u64;
    for (place, byte) in bytes.iter().take(MAX_VARINT).enumerate() {
        let bits = u64::from(byte & 0x7f);
        // The tenth byte has room for one bit: 9 * 7 = 63 are taken.
        if place + 1 == MAX_VARINT && bits > 1 {
            return Header::TooLarge { found: None };
        }
        length |= bits << (7 * place);
        if byte & 0x80 == 0 {
            if length > MAX_FRAME {
                return Header::TooLarge { found: Some(length) };
            }
            let prefix = place + 1;
            let expected = prefix as u64 + length;
            return match usize::try_from(expected) {
                Ok(end) if end <= bytes.len() => Header::Whole { prefix, end },
                _ => Header::Partial { expected },
            };
        }
    }
    if bytes.len() < MAX_VARINT {
        Header::Partial { expected: bytes.len() as u64 + 1 }
    } else {
        Header::TooLarge { found: None }
    }
}

#[cfg(test)]
mod tests;
