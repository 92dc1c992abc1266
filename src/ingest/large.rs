//! Reads a large dump block by block, in memory that does not grow with it.

use std::path::Path;

use super::Options;
use super::form::{Form, formless};
use super::unit::{Records, Worker, reason_of};
use crate::decode::{Detected, Reason};
use crate::event::Timestamp;
use crate::frame::{FrameError, Framing};
use crate::source::{Block, Blocks, Damage, Extent, Limits, Piece, SourceError};

/// Blocks that are read ahead and decoded at once, or as many bytes.
const AT_ONCE: usize = 8;

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
    /// Has a worker take the piece; gives what it did not take.
    pub(super) fn decode<'p>(
        &'p self,
        source: &'p str,
        changed: Option<Timestamp>,
        form: Form,
        max_record: usize,
        worker: &mut Worker<'_>,
    ) -> Option<Records<'p>> {
        match (self, form) {
            (Self::Records { bytes, offset, after }, Form::Known(Detected { format, framing })) => {
                let frames = framing.frames(bytes, *offset, max_record);
                let mut records = Records { source, changed, format, frames, after: *after };
                return (!worker.records(&mut records)).then_some(records);
            }
            (Self::Records { .. }, _) => {}
            (Self::Refused { reason, offset, length }, _) => {
                worker.refuse(source, form.as_str(), *offset, *length, &(*reason).into());
            }
            (Self::Formless { bytes }, _) => formless(source, bytes, worker),
        }
        None
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Records { bytes, .. } | Self::Formless { bytes } => bytes.len(),
            Self::Refused { .. } => 0,
        }
    }
}

/// Reads the blocks of a large dump, and tells its form by what comes first.
pub(super) struct LargeReader<'o> {
    blocks: Blocks,
    options: &'o Options,
    pub(super) form: Form,
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
        let blocks = Blocks::open(path, Extent::Whole, Limits { output: options.output, record: options.max_record })?;
        Ok(Self { blocks, options, form: Form::Empty, ended: false, damage: None, cut_off: 0, used: 0, offset: 0 })
    }

    /// The next pieces, none at the end.
    pub(super) fn next(&mut self) -> Result<Vec<LargePiece>, SourceError> {
        let mut pieces = Vec::new();
        let bytes = |pieces: &[LargePiece]| pieces.iter().map(LargePiece::bytes).sum::<usize>();
        let enough = AT_ONCE * self.options.memory.block();
        while !self.ended && pieces.len() < AT_ONCE && bytes(&pieces) < enough {
            pieces.extend(self.piece()?);
        }
        self.used = self.blocks.bytes_used();
        Ok(pieces)
    }

    fn piece(&mut self) -> Result<Option<LargePiece>, SourceError> {
        self.look()?;
        let framing = match self.form {
            Form::Known(detected) => detected.framing,
            Form::Unknown | Form::Empty => Framing::Lines,
        };
        Ok(match self.blocks.next_block(self.options.memory.block(), |bytes| framing.split(bytes))? {
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
                if let Form::Empty = self.form {
                    // Too long to be looked at; what follows may have a form.
                    self.form = Form::Unknown;
                }
                let reason = if whole { Reason::FrameTooLong } else { Reason::FrameCutOff };
                Some(LargePiece::Refused { reason, offset, length })
            }
            Some(Piece::Block(block)) => self.block(block)?,
        })
    }

    /// Tells the form by what comes next, if it is not known yet. That is before anything is cut: a block may hold no
    /// more than what separates records.
    fn look(&mut self) -> Result<(), SourceError> {
        // A record that is larger than a block may say only at its end what it is.
        for size in [self.options.memory.block(), self.options.max_record] {
            if let Form::Known(_) = self.form {
                break;
            }
            let next = Form::of(self.options, self.blocks.look_ahead(size)?);
            if let Form::Known(_) = next {
                self.form = next;
            }
        }
        Ok(())
    }

    fn block(&mut self, block: Block) -> Result<Option<LargePiece>, SourceError> {
        let Block { offset, bytes, cut_off } = block;
        self.offset = offset + bytes.len() as u64;
        if !matches!(self.form, Form::Known(_)) {
            if let Form::Empty = Form::of(self.options, &bytes) {
                // Nothing but white space so far.
                return Ok(None);
            }
            self.form = Form::Unknown;
            let rest = self.blocks.skip_rest()?;
            self.offset += rest;
            return Ok(Some(if rest == 0 && offset == 0 {
                LargePiece::Formless { bytes }
            } else {
                LargePiece::Refused { reason: Reason::UnknownFormat, offset, length: self.offset - offset }
            }));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Format;

    /// The form of a dump, and the blocks of it that hold records.
    fn read(dump: &[u8], options: &Options) -> (Form, Vec<Vec<u8>>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dump");
        std::fs::write(&path, dump).expect("a dump");
        let mut reader = LargeReader::open(&path, options).expect("a dump");
        let mut blocks = Vec::new();
        loop {
            let pieces = reader.next().expect("bytes");
            if pieces.is_empty() {
                return (reader.form, blocks);
            }
            for piece in pieces {
                match piece {
                    LargePiece::Records { bytes, .. } => blocks.push(bytes),
                    LargePiece::Refused { .. } | LargePiece::Formless { .. } => panic!("something is refused"),
                }
            }
        }
    }

    #[test]
    fn the_form_is_told_though_the_first_block_holds_no_record() {
        let long = "1,".repeat(Options::default().memory.block());
        for first in [
            format!(r#"{{"app_id":"dbt","event_id":"1","x":[{long}0]}}"#),
            format!(r#"{{"x":[{long}0],"app_id":"dbt","event_id":"1"}}"#),
        ] {
            let array = format!("[{first},{{}}]");
            for format in [None, Some(Format::EnrichedJson)] {
                let (form, blocks) = read(array.as_bytes(), &Options { format, ..Options::default() });
                let expected = Detected { format: Format::EnrichedJson, framing: Framing::JsonArray };
                assert!(matches!(form, Form::Known(detected) if detected == expected));
                assert!(blocks.concat() == array.as_bytes(), "{} blocks", blocks.len());
            }
        }
    }
}
