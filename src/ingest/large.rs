//! Reads a large dump block by block, in memory that does not grow with it.

use std::path::Path;

use super::Options;
use super::form::{Form, formless};
use super::unit::{Worker, reason_of};
use crate::decode::Reason;
use crate::event::Timestamp;
use crate::frame::{FrameError, Framing};
use crate::source::{Block, Blocks, Damage, Limits, Piece, SourceError};

/// Bytes of one block, decompressed.
const BLOCK: usize = 4 << 20;
/// Bytes of blocks that are read ahead and decoded at once.
const AT_ONCE: usize = 8 * BLOCK;

/// A part of a large dump.
pub(super) enum LargePiece {
    /// Whole records, and how many bytes follow that cannot be framed.
    Records { bytes: Vec<u8>, offset: u64, after: u64 },
    /// Something that is no record.
    Refused { reason: Reason, offset: u64, length: u64 },
    /// The only block of a dump in which nothing has the form of a record.
    Formless { bytes: Vec<u8> },
}

impl LargePiece {
    pub(super) fn decode(&self, source: &str, changed: Option<Timestamp>, form: Form, worker: &mut Worker<'_>) {
        match (self, form) {
            (Self::Records { bytes, offset, after }, Form::Known(detected)) => {
                worker.records(source, changed, detected, bytes, *offset, *after);
            }
            (Self::Records { .. }, _) => {}
            (Self::Refused { reason, offset, length }, _) => {
                worker.refuse(source, form.as_str(), *offset, *length, &(*reason).into());
            }
            (Self::Formless { bytes }, _) => formless(source, bytes, worker),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Records { bytes, .. } | Self::Formless { bytes } => bytes.len(),
            Self::Refused { .. } => 0,
        }
    }
}

/// Reads the blocks of a large dump, and tells its form by the first of them.
pub(super) struct LargeReader<'o> {
    blocks: Blocks,
    options: &'o Options,
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
}

impl<'o> LargeReader<'o> {
    pub(super) fn open(path: &Path, options: &'o Options) -> Result<Self, SourceError> {
        let blocks = Blocks::open(path, Limits { output: options.output, record: options.max_record })?;
        Ok(Self {
            blocks,
            options,
            form: Form::Empty,
            begun: false,
            ended: false,
            damage: None,
            cut_off: 0,
            used: 0,
            offset: 0,
        })
    }

    /// The next pieces, none at the end.
    pub(super) fn next(&mut self) -> Result<Vec<LargePiece>, SourceError> {
        let mut pieces = Vec::new();
        while !self.ended && pieces.iter().map(LargePiece::bytes).sum::<usize>() < AT_ONCE {
            pieces.extend(self.piece()?);
        }
        self.used = self.blocks.bytes_used();
        Ok(pieces)
    }

    fn piece(&mut self) -> Result<Option<LargePiece>, SourceError> {
        let (options, begun, form) = (self.options, self.begun, self.form);
        let cut = move |bytes: &[u8]| {
            let framing = match form {
                Form::Known(detected) if begun => detected.framing,
                // Before the form is known a block is cut as the form that it shows asks for.
                _ => match Form::of(options, &bytes[..bytes.len().min(BLOCK)]) {
                    Form::Known(detected) => detected.framing,
                    Form::Unknown | Form::Empty => Framing::Lines,
                },
            };
            framing.split(bytes)
        };
        Ok(match self.blocks.next_block(BLOCK, cut)? {
            None => {
                self.ended = true;
                None
            }
            Some(Piece::Damaged(damage)) => {
                let (reason, length) = (reason_of(&damage), self.cut_off);
                self.damage = Some(damage);
                Some(LargePiece::Refused { reason, offset: self.offset - length, length })
            }
            Some(Piece::Oversized { offset, length, whole }) => {
                self.offset = offset + length;
                if !self.begun {
                    // Too long to be looked at; what follows may have a form.
                    self.form = Form::Unknown;
                }
                let reason = if whole { Reason::FrameTooLong } else { Reason::FrameCutOff };
                Some(LargePiece::Refused { reason, offset, length })
            }
            Some(Piece::Block(block)) => self.block(block)?,
        })
    }

    fn block(&mut self, block: Block) -> Result<Option<LargePiece>, SourceError> {
        let Block { offset, bytes, cut_off } = block;
        self.offset = offset + bytes.len() as u64;
        if !self.begun {
            let form = Form::of(self.options, &bytes);
            if matches!(form, Form::Empty) {
                // Nothing but white space so far.
                return Ok(None);
            }
            self.begun = true;
            self.form = form;
            if matches!(self.form, Form::Unknown) {
                let rest = self.blocks.skip_rest()?;
                self.offset += rest;
                return Ok(Some(if rest == 0 && offset == 0 {
                    LargePiece::Formless { bytes }
                } else {
                    LargePiece::Refused { reason: Reason::UnknownFormat, offset, length: self.offset - offset }
                }));
            }
        }
        if cut_off {
            // No record: a part of what the damage, which comes next, has taken.
            self.cut_off = bytes.len() as u64;
            return Ok(None);
        }
        let after = self.rest_after_lost_frame(&bytes, offset)?;
        Ok(Some(LargePiece::Records { bytes, offset, after }))
    }

    /// Where no further frame can be found, what follows in later blocks belongs to the same refusal.
    fn rest_after_lost_frame(&mut self, bytes: &[u8], offset: u64) -> Result<u64, SourceError> {
        let Form::Known(detected) = self.form else { return Ok(0) };
        let mut frames = detected.framing.frames(bytes, offset, self.options.max_record);
        let lost = matches!(detected.framing, Framing::LengthDelimited | Framing::LengthPrefixed)
            && frames.any(|frame| frame.is_err_and(|error: FrameError| !error.next_can_be_found()));
        if !lost {
            return Ok(0);
        }
        let rest = self.blocks.skip_rest()?;
        self.offset += rest;
        Ok(rest)
    }
}
