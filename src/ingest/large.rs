//! Reads a large dump block by block, in memory that does not grow with it.

use std::path::Path;

use super::Options;
use super::form::{Form, formless, split_point};
use super::unit::{Worker, reason_of};
use crate::decode::{Detected, Format, Framing, Reason, detect};
use crate::frame::{LengthDelimited, lines};
use crate::source::{Blocks, Damage, Limits, Piece, SourceError};

/// Bytes of one block, decompressed.
const BLOCK: usize = 4 << 20;

/// A part of a large dump.
pub(super) enum LargePiece {
    /// Whole records, and how many bytes follow that cannot be framed.
    Records { bytes: Vec<u8>, offset: u64, after: u64 },
    /// Something that is no record.
    Refused { reason: Reason, offset: u64, length: u64 },
    /// The only block of a dump in which nothing has the form of a record.
    Formless { reason: Reason, bytes: Vec<u8> },
}

impl LargePiece {
    pub(super) fn decode(&self, source: &str, form: Form, worker: &mut Worker<'_>) {
        match (self, form) {
            (Self::Records { bytes, offset, after }, Form::Known(format)) => {
                worker.records(source, format, bytes, *offset, *after);
            }
            (Self::Records { .. }, _) => {}
            (Self::Refused { reason, offset, length }, _) => {
                worker.refuse(source, form.as_str(), *offset, Some(*length), 0, &(*reason).into());
            }
            (Self::Formless { reason, bytes }, _) => formless(source, *reason, bytes, worker),
        }
    }
}

/// Reads the blocks of a large dump, and tells its form by the first of them.
pub(super) struct LargeReader {
    blocks: Blocks,
    pub(super) form: Form,
    begun: bool,
    ended: bool,
    pub(super) damage: Option<Damage>,
    /// Bytes of a record that damage has cut off.
    cut_off: u64,
    /// Bytes of the file read so far.
    pub(super) used: u64,
    /// Decompressed bytes handed over so far.
    pub(super) offset: u64,
    forced: Option<Format>,
}

impl LargeReader {
    pub(super) fn open(path: &Path, limits: Limits, options: &Options) -> Result<Self, SourceError> {
        let blocks = Blocks::open(path, limits)?;
        Ok(Self {
            blocks,
            form: Form::Empty,
            begun: false,
            ended: false,
            damage: None,
            cut_off: 0,
            used: 0,
            offset: 0,
            forced: options.format,
        })
    }

    /// The next pieces, none at the end.
    pub(super) fn next(&mut self, most: usize) -> Result<Vec<LargePiece>, SourceError> {
        let mut pieces = Vec::new();
        while pieces.len() < most && !self.ended {
            self.piece(&mut pieces)?;
        }
        self.used = self.blocks.bytes_used();
        Ok(pieces)
    }

    fn piece(&mut self, pieces: &mut Vec<LargePiece>) -> Result<(), SourceError> {
        // Before the form is known the first block is cut at a line's end, and if it turns out to have
        // no lines, where a frame ends.
        let form = match (self.begun, self.forced, self.form) {
            (false, Some(format), _) | (true, _, Form::Known(format)) => Some(format.framing()),
            _ => None,
        };
        let cut = move |bytes: &[u8]| match form {
            Some(framing) => split_point(framing, bytes),
            None => match detect(bytes) {
                Detected::Format(format) => split_point(format.framing(), bytes),
                Detected::Refused(_) => lines::split_point(bytes).or(Some(bytes.len())),
            },
        };
        match self.blocks.next_block(BLOCK, cut)? {
            None => self.ended = true,
            Some(Piece::Damaged(damage)) => {
                let (reason, length) = (reason_of(&damage), self.cut_off);
                pieces.push(LargePiece::Refused { reason, offset: self.offset - length, length });
                self.damage = Some(damage);
            }
            Some(Piece::Oversized { offset, length }) => {
                self.offset = offset + length;
                pieces.push(LargePiece::Refused { reason: Reason::FrameTooLong, offset, length });
            }
            Some(Piece::Block(block)) => {
                self.offset = block.offset + block.bytes.len() as u64;
                if !self.begun {
                    self.begun = true;
                    self.form = self.forced.map_or_else(|| Form::of(&Options::default(), &block.bytes), Form::Known);
                    if let Form::Refused(reason) = self.form {
                        let rest = self.blocks.skip_rest()?;
                        self.offset += rest;
                        self.ended = true;
                        let whole = LargePiece::Refused { reason, offset: block.offset, length: self.offset };
                        pieces.push(if rest == 0 {
                            LargePiece::Formless { reason, bytes: block.bytes }
                        } else {
                            whole
                        });
                        return Ok(());
                    }
                }
                if block.cut_off {
                    // No record: a part of what the damage, which comes next, has taken.
                    self.cut_off = block.bytes.len() as u64;
                    return Ok(());
                }
                let after = self.rest_after_bad_frame(&block.bytes)?;
                pieces.push(LargePiece::Records { bytes: block.bytes, offset: block.offset, after });
            }
        }
        Ok(())
    }

    /// After a length that is none no frame can be found: what follows in later blocks belongs to the same refusal.
    fn rest_after_bad_frame(&mut self, bytes: &[u8]) -> Result<u64, SourceError> {
        let Form::Known(format) = self.form else { return Ok(0) };
        if format.framing() == Framing::Lines || LengthDelimited::new(bytes, 0).all(|frame| frame.is_ok()) {
            return Ok(0);
        }
        let rest = self.blocks.skip_rest()?;
        self.offset += rest;
        Ok(rest)
    }
}
