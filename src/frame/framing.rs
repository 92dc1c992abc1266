//! The ways in which a dump's bytes are cut into records, as one.

use std::iter::FusedIterator;

use super::elephant_bird::{self, ElephantBird};
use super::json_array::{self, JsonArray};
use super::lines::{self, Lines};
use super::prefixed::{self, Prefixed};
use super::whole::{self, Whole};
use super::{Frame, FrameError, Split, length_delimited, length_prefixed};

/// How a dump's bytes are cut into records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Framing {
    /// One record a line.
    Lines,
    /// The elements of a JSON array, or of several.
    JsonArray,
    /// Each record is preceded by its length, a varint.
    LengthDelimited,
    /// Each record is preceded by its length, four bytes, the highest first.
    LengthPrefixed,
    /// Twitter's elephant-bird blocks of records.
    ElephantBird,
    /// The whole dump is one record.
    Whole,
}

impl Framing {
    /// Every framing.
    pub const ALL: [Self; 6] =
        [Self::Lines, Self::JsonArray, Self::LengthDelimited, Self::LengthPrefixed, Self::ElephantBird, Self::Whole];

    /// The name, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::JsonArray => "json-array",
            Self::LengthDelimited => "length-delimited",
            Self::LengthPrefixed => "length-prefixed",
            Self::ElephantBird => "elephant-bird",
            Self::Whole => "whole",
        }
    }

    /// The records of a block that starts at a frame, `offset` bytes into the decompressed dump, and what is none.
    ///
    /// A frame that takes more than `most` bytes, its terminator or length prefix included, is an error, and what
    /// follows it is read. Of [`Framing::ElephantBird`] that goes for its blocks.
    pub fn frames<'a>(self, block: &'a [u8], offset: u64, most: usize) -> Frames<'a> {
        let most = most as u64;
        let cutter = match self {
            Self::Lines => Cutter::Lines(Lines::new(block, offset)),
            Self::JsonArray => Cutter::JsonArray(JsonArray::new(block, offset)),
            Self::LengthDelimited => Cutter::Prefixed(Prefixed::new(block, offset, length_delimited::head)),
            Self::LengthPrefixed => Cutter::Prefixed(Prefixed::new(block, offset, length_prefixed::head)),
            Self::ElephantBird => Cutter::ElephantBird(ElephantBird::new(block, offset, most)),
            Self::Whole => Cutter::Whole(Whole::new(block, offset)),
        };
        Frames { cutter, most }
    }

    /// How far a block that starts at a frame holds whole frames. An empty one holds none.
    pub fn split(self, block: &[u8]) -> Split {
        match self {
            Self::Lines => lines::split(block),
            Self::JsonArray => json_array::split(block),
            Self::LengthDelimited => prefixed::split(block, length_delimited::head),
            Self::LengthPrefixed => prefixed::split(block, length_prefixed::head),
            Self::ElephantBird => elephant_bird::split(block),
            Self::Whole => whole::split(block),
        }
    }
}

/// The records of a block: see [`Framing::frames`].
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    cutter: Cutter<'a>,
    most: u64,
}

#[derive(Clone, Debug)]
enum Cutter<'a> {
    Lines(Lines<'a>),
    JsonArray(JsonArray<'a>),
    Prefixed(Prefixed<'a>),
    ElephantBird(ElephantBird<'a>),
    Whole(Whole<'a>),
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match &mut self.cutter {
            Cutter::Lines(lines) => Ok(lines.next()?),
            Cutter::JsonArray(elements) => Ok(elements.next()?),
            Cutter::Prefixed(records) => records.next()?,
            Cutter::ElephantBird(records) => records.next()?,
            Cutter::Whole(whole) => Ok(whole.next()?),
        };
        let most = self.most;
        Some(next.and_then(|frame| {
            let Frame { offset, length, .. } = frame;
            if length > most { Err(FrameError::TooLong { offset, length, most }) } else { Ok(frame) }
        }))
    }
}

impl FusedIterator for Frames<'_> {}
