//! Reads a dump of any size in bounded memory: blocks that end where a record ends.
//!
//! A block is about as large as the caller wants and ends at a record's end, which a `cut` function
//! finds (a `split_point` of [`crate::frame`]); the rest is carried over to the next block. So records,
//! their order and their offsets are the same for every size of block.
//!
//! A record that is larger than the limit for records is passed over and reported: the memory of a
//! reader is one block and one record at most. Whether it is passed over does not depend on the size
//! of the blocks either.
//!
//! At the end comes the rest, whether or not a record ends there, then the damage if there is any. A
//! record that damage has cut off comes as a block of its own and says so: cut off, a record may look
//! whole.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::source::compression::{Compression, FileKind, HEAD};
use crate::source::decoder::Decoder;
use crate::source::input::Input;
use crate::source::{Block, Damage, Piece, SourceError, SourceReason};

/// Bytes read at once where all are dropped.
const SKIP: usize = 256 << 10;

/// What reading may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes that may come out of the decompressor of one dump.
    pub output: u64,
    /// The most bytes of one record, its terminator or length prefix included. For
    /// [`crate::frame::length_delimited`] at least [`crate::frame::MAX_FRAME`] and ten: it cannot find
    /// the record after one that is passed over.
    pub record: usize,
}

/// A reader of one dump.
pub struct Blocks<R = File> {
    path: PathBuf,
    decoder: Decoder<R>,
    limits: Limits,
    /// What is read and not handed over, and where it starts in the decompressed dump.
    carried: Vec<u8>,
    offset: u64,
    /// Bytes of an oversized record that are dropped already.
    dropped: Option<u64>,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    NotReached,
    Reached,
    DamageReported,
}

impl Blocks<File> {
    /// Opens a dump.
    ///
    /// # Errors
    /// When the file cannot be opened or read, or is known to be no dump.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, SourceError> {
        let file = File::open(path)
            .map_err(|error| SourceError { path: path.to_owned(), reason: SourceReason::Open(error) })?;
        Self::new(path, file, limits)
    }
}

impl<R: Read> Blocks<R> {
    /// Reads a dump from a reader; `path` is for messages.
    ///
    /// # Errors
    /// When it cannot be read, or is known to be no dump.
    pub fn new(path: &Path, reader: R, limits: Limits) -> Result<Self, SourceError> {
        let at = |reason| SourceError { path: path.to_owned(), reason };
        let unreadable = |error| at(SourceReason::Read { offset: 0, error });

        let mut input = Input::new(reader);
        let head = input.look_ahead(HEAD).map_err(unreadable)?;
        if let Some(kind) = FileKind::recognise(head) {
            return Err(at(SourceReason::NotADump(kind)));
        }
        let mut decoder = Decoder::new(input, limits.output).map_err(unreadable)?;
        let mut carried = Vec::new();
        let mut end = End::NotReached;
        if decoder.compression() != Compression::Plain {
            carried.resize(HEAD, 0);
            let filled = decoder.read(&mut carried).map_err(unreadable)?;
            if filled < HEAD {
                carried.truncate(filled);
                end = End::Reached;
            }
            if let Some(kind) = FileKind::recognise_decompressed(&carried) {
                return Err(at(SourceReason::NotADump(kind)));
            }
        }
        let path = path.to_owned();
        Ok(Self { path, decoder, limits, carried, offset: 0, dropped: None, end })
    }

    /// How the dump is compressed.
    pub fn compression(&self) -> Compression {
        self.decoder.compression()
    }

    /// Bytes of the file that are read and used: for progress.
    pub fn bytes_used(&self) -> u64 {
        self.decoder.consumed()
    }

    /// The next block of about `target` bytes: fewer where the last record ends earlier, or at the end
    /// of the dump; more where one record is larger. `cut` gives the index after the last whole record
    /// of a block that starts at one, or nothing when there is no whole record in it. Nothing is given
    /// after the end.
    ///
    /// # Errors
    /// When the file cannot be read. What was read of the block is lost; nothing follows.
    pub fn next_block(
        &mut self,
        target: usize,
        cut: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<Option<Piece>, SourceError> {
        let most = self.limits.record.max(1);
        let mut size = target.clamp(1, most);
        loop {
            self.fill(size)?;
            if self.dropped.is_some() {
                if let Some(oversized) = self.pass_over(&cut) {
                    return Ok(Some(oversized));
                }
                continue;
            }
            let carried = self.carried.len();
            if self.end != End::NotReached && carried <= most {
                return Ok(self.last(&cut));
            }
            // Looking no further than the largest record makes it certain that no larger one passes.
            match cut(&self.carried[..carried.min(most)]) {
                Some(at) if at > 0 => return Ok(Some(self.hand_over(at, false))),
                // One byte over the limit tells a record that is too large from a last one that is not.
                _ if carried <= most => size = (carried * 2).min(most.saturating_add(1)),
                _ => {
                    self.dropped = Some(0);
                    size = target.clamp(1, most);
                }
            }
        }
    }

    /// Reads what is left and drops it; gives how many bytes that were. For who can find no further
    /// record and must account for the rest. Damage is reported by the next
    /// [`next_block`](Self::next_block).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn skip_rest(&mut self) -> Result<u64, SourceError> {
        let mut skipped = 0;
        loop {
            skipped += self.carried.len() as u64;
            self.offset += self.carried.len() as u64;
            self.carried.clear();
            if self.end != End::NotReached {
                return Ok(skipped);
            }
            self.fill(SKIP)?;
        }
    }

    /// Reads until `size` bytes are carried or the dump ends.
    fn fill(&mut self, size: usize) -> Result<(), SourceError> {
        let carried = self.carried.len();
        if carried >= size || self.end != End::NotReached {
            return Ok(());
        }
        if self.carried.capacity() < size {
            // Fresh zeros come from the system without being written; `resize` would write them.
            let mut larger = vec![0; size];
            larger[..carried].copy_from_slice(&self.carried);
            self.carried = larger;
        } else {
            self.carried.resize(size, 0);
        }
        match self.decoder.read(&mut self.carried[carried..]) {
            Ok(filled) => {
                self.carried.truncate(carried + filled);
                if carried + filled < size {
                    self.end = End::Reached;
                }
                Ok(())
            }
            Err(error) => {
                self.carried.clear();
                self.dropped = None;
                self.end = End::DamageReported;
                let offset = self.decoder.consumed();
                Err(SourceError { path: self.path.clone(), reason: SourceReason::Read { offset, error } })
            }
        }
    }

    /// What is left at the end of the dump, then its damage, then nothing.
    fn last(&mut self, cut: impl Fn(&[u8]) -> Option<usize>) -> Option<Piece> {
        if !self.carried.is_empty() {
            let length = self.carried.len();
            let cuts_off = self.decoder.damage().is_some_and(Damage::cuts_off_data);
            return Some(match cut(&self.carried) {
                _ if !cuts_off => self.hand_over(length, false),
                Some(at) if at > 0 => self.hand_over(at, false),
                _ => self.hand_over(length, true),
            });
        }
        if self.end == End::DamageReported {
            return None;
        }
        self.end = End::DamageReported;
        self.decoder.damage().cloned().map(Piece::Damaged)
    }

    fn hand_over(&mut self, length: usize, cut_off: bool) -> Piece {
        let rest = self.carried.split_off(length);
        let bytes = std::mem::replace(&mut self.carried, rest);
        let offset = self.offset;
        self.offset += length as u64;
        Piece::Block(Block { offset, bytes, cut_off })
    }

    /// Drops what is carried up to the end of the oversized record; gives it when that is reached.
    fn pass_over(&mut self, cut: impl Fn(&[u8]) -> Option<usize>) -> Option<Piece> {
        let end = first_cut(&self.carried, cut);
        let length = end.unwrap_or(self.carried.len());
        let dropped = self.dropped.unwrap_or(0) + length as u64;
        self.carried.drain(..length);
        if end.is_none() && self.end == End::NotReached {
            self.dropped = Some(dropped);
            return None;
        }
        self.dropped = None;
        let offset = self.offset;
        self.offset += dropped;
        Some(Piece::Oversized { offset, length: dropped })
    }
}

/// The index after the first record's end in a block, found by asking for the last of ever smaller parts.
fn first_cut(block: &[u8], cut: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
    let mut end = cut(block)?;
    while let Some(earlier) = cut(&block[..end.saturating_sub(1)]).filter(|at| *at > 0) {
        end = earlier;
    }
    (end > 0).then_some(end)
}

#[cfg(test)]
mod tests;
