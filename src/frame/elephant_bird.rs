//! Elephant-bird blocks: Twitter's binary blocks of records, which the Snowplow S3 loader wrote (formats.md 3.4).
//!
//! A block is a marker of 16 bytes, a length of four bytes, the lowest first, and a protobuf message of that length:
//!
//! | field | type | |
//! |---|---|---|
//! | 1 `version` | varint | not looked at |
//! | 2 `proto_class_name` | text | not looked at |
//! | 3 `proto_blobs` | bytes, repeated | the records |
//!
//! A frame is a blob alone: its offset is that of its first byte. Blobs of no bytes are passed over.
//!
//! Whoever reads them looks for the next marker after what is no block. So do these frames, and they account for what
//! is passed over, each up to the next marker as one error:
//!
//! - Zeros between blocks are padding. Other bytes are garbage.
//! - A block whose message has another field, or one that goes on after its end, is none, and garbage.
//! - One that is followed by the next marker or the end of the dump before its length is over is cut off. In its last
//!   record it may not be noticed: what the record lacks is there, and it is the next block that is garbage.
//! - A block that is longer than the limit is too long as a whole, but as it is sound, what follows it is known.
//!
//! The marker after a message that is none is looked for from its last field on, since that may be one that took it for
//! content; not from the start, or blocks that hold each other would be read in quadratic time.

use memchr::memmem;

use super::split::{self, Step};
use super::varint::varint;
use super::{Frame, FrameError, Split};

/// What every block begins with.
const MARKER: [u8; 16] =
    [0x29, 0xd8, 0xd5, 0x06, 0x58, 0xcd, 0x4c, 0x29, 0xb2, 0xbc, 0x57, 0x99, 0x21, 0x71, 0xbd, 0xff];

/// Bytes of the marker and the length.
const HEADER: usize = 20;

/// The records of elephant-bird blocks.
#[derive(Clone, Debug)]
pub(super) struct ElephantBird<'a> {
    rest: &'a [u8],
    offset: u64,
    most: u64,
    blobs: Blobs<'a>,
}

impl<'a> ElephantBird<'a> {
    /// The records of `bytes`, which start between blocks, `offset` bytes into the decompressed dump. A block may take
    /// at most `most` bytes.
    pub(super) fn new(bytes: &'a [u8], offset: u64, most: u64) -> Self {
        Self { rest: bytes, offset, most, blobs: Blobs { rest: &[], offset } }
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
        self.offset += bytes as u64;
    }
}

impl<'a> Iterator for ElephantBird<'a> {
    type Item = Result<Frame<'a>, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(frame) = self.blobs.next() {
                return Some(Ok(frame));
            }
            self.advance(padding(self.rest));
            if self.rest.is_empty() {
                return None;
            }
            let offset = self.offset;
            match Part::of(self.rest) {
                Part::Block(message) => {
                    let length = (HEADER + message.len()) as u64;
                    self.advance(HEADER + message.len());
                    if length > self.most {
                        return Some(Err(FrameError::TooLong { offset, length, most: self.most }));
                    }
                    self.blobs = Blobs { rest: message, offset: offset + HEADER as u64 };
                }
                Part::NoBlock { end, expected } | Part::Open { end, expected, .. } => {
                    self.advance(end);
                    let length = end as u64;
                    return Some(Err(if length < expected {
                        FrameError::CutOff { offset, length, expected }
                    } else {
                        FrameError::Garbage { offset, length }
                    }));
                }
            }
        }
    }
}

/// Whole blocks end where the first is cut off, or where garbage begins of which the end is not seen.
pub(super) fn split(bytes: &[u8]) -> Split {
    split::split(bytes, |rest| match padding(rest) {
        0 => match Part::of(rest) {
            Part::Block(message) => Step::Whole(HEADER + message.len()),
            Part::NoBlock { end, .. } => Step::Whole(end),
            Part::Open { stated, .. } => Step::More(stated),
        },
        length => Step::Skip(length),
    })
}

/// How many bytes of padding stand before anything else.
fn padding(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len())
}

/// What bytes begin with that do not begin with padding.
enum Part<'a> {
    /// A block with this message, whole and sound.
    Block(&'a [u8]),
    /// No block, up to the next marker at `end`. If it looks like one, of `expected` bytes; else 0.
    NoBlock { end: usize, expected: u64 },
    /// The same if these bytes are the last. More of them may show a marker before `end`, or a block, which then takes
    /// `stated` bytes.
    Open { end: usize, expected: u64, stated: Option<u64> },
}

impl<'a> Part<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let marker = |from: usize| memmem::find(&bytes[from..], &MARKER).map(|at| from + at);
        let no_block = |expected: u64, from: usize| match marker(from) {
            Some(end) => Self::NoBlock { end, expected },
            None => Self::Open { end: bytes.len(), expected, stated: None },
        };
        let Some(rest) = bytes.strip_prefix(&MARKER) else { return no_block(0, 0) };
        let Some((length, rest)) = rest.split_first_chunk() else {
            return Self::Open { end: bytes.len(), expected: HEADER as u64, stated: None };
        };
        // A negative length, to those who write it, is none.
        let Ok(length) = usize::try_from(i32::from_le_bytes(*length)) else { return no_block(0, HEADER) };
        let expected = (HEADER + length) as u64;
        let (message, whole) = rest.get(..length).map_or((rest, false), |message| (message, true));
        let Followed { broken, look_from } = follow(message);
        match broken {
            None if whole => Self::Block(message),
            None | Some(Broken::BeyondEnd) if !whole => {
                let end = marker(HEADER + look_from).unwrap_or(bytes.len());
                Self::Open { end, expected, stated: Some(expected) }
            }
            _ => no_block(expected, HEADER + look_from),
        }
    }
}

/// What came of following the fields of a message, or of the beginning of one.
struct Followed {
    /// What is wrong with the first that is not sound, if any is not.
    broken: Option<Broken>,
    /// From where on the next marker is looked for if this is no message.
    look_from: usize,
}

/// Why bytes do not begin with a field of a block's message.
enum Broken {
    /// It goes on after their end, or nobody knows how far.
    BeyondEnd,
    /// It is none of the three.
    Unknown,
}

fn follow(message: &[u8]) -> Followed {
    let (mut last, mut at) = (0, 0);
    while at < message.len() {
        match field(&message[at..]) {
            Ok((length, _)) => (last, at) = (at, at + length),
            // Each of these is the last field of which anything can be seen, in however much of the message there is:
            // so what is found does not depend on that.
            Err(Broken::BeyondEnd) => return Followed { broken: Some(Broken::BeyondEnd), look_from: at },
            Err(Broken::Unknown) => return Followed { broken: Some(Broken::Unknown), look_from: last },
        }
    }
    Followed { broken: None, look_from: last }
}

/// How many bytes the field takes that bytes begin with, and its blob; no bytes where it is another field.
fn field(bytes: &[u8]) -> Result<(usize, &[u8]), Broken> {
    let (tag, rest) = bytes.split_first().ok_or(Broken::BeyondEnd)?;
    if !matches!(tag, 0x08 | 0x12 | 0x1a) {
        return Err(Broken::Unknown);
    }
    let (number, prefix) = varint(rest).map_err(|_| Broken::BeyondEnd)?;
    // Field 1 is a number, the others are so many bytes.
    let length = if *tag == 0x08 { 0 } else { usize::try_from(number).map_err(|_| Broken::BeyondEnd)? };
    let content = rest[prefix..].get(..length).ok_or(Broken::BeyondEnd)?;
    Ok((1 + prefix + length, if *tag == 0x1a { content } else { &[] }))
}

/// The blobs of a sound message, each as a [`Frame`].
#[derive(Clone, Debug)]
struct Blobs<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> Iterator for Blobs<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        while let Ok((length, bytes)) = field(self.rest) {
            self.rest = &self.rest[length..];
            self.offset += length as u64;
            if !bytes.is_empty() {
                let length = bytes.len() as u64;
                return Some(Frame { offset: self.offset - length, bytes, length });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
