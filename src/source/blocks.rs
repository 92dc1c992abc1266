//! Reads a dump of any size in bounded memory: blocks that end where a record ends.
//!
//! A block is about as large as the caller wants and ends at a record's end, which a `cut` function
//! finds (a `split` of [`crate::frame`]); the rest is carried over to the next block. So records,
//! their order and their offsets are the same for every size of block.
//!
//! A record that is larger than the limit for records is passed over and reported: the memory of a
//! reader is one block and one record at most, whatever length a record states. One that states its
//! length is passed over by that, any other up to where `cut` finds the next end. Whether it is passed
//! over does not depend on the size of the blocks either.
//!
//! At the end comes the rest, whether or not a record ends there, then the damage if there is any. A
//! record that damage has cut off comes as a block of its own and says so: cut off, a record may look
//! whole.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::frame::Split;
use crate::source::compression::{Compression, FileKind, HEAD};
use crate::source::decoder::Decoder;
use crate::source::input::Input;
use crate::source::{Block, Damage, Extent, Limits, Opened, Piece, SourceError, SourceReason};

/// Bytes read at once where all are dropped.
const SKIP: usize = 256 << 10;

/// Bytes that are looked at again where the end of a record is searched: what tells it may lie across two
/// reads.
const OVERLAP: usize = 64;

/// A reader of one dump.
pub struct Blocks<R = Opened> {
    path: PathBuf,
    decoder: Decoder<R>,
    /// The most bytes of a record.
    record: usize,
    /// What is read and not handed over, and where it starts in the decompressed dump.
    carried: Vec<u8>,
    offset: u64,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    NotReached,
    Reached,
    DamageReported,
}

impl Blocks<Opened> {
    /// Opens a dump, of which so much will be read.
    ///
    /// # Errors
    /// When the file cannot be opened or read, or is known to be no dump.
    pub fn open(path: &Path, extent: Extent, limits: Limits) -> Result<Self, SourceError> {
        let opened = Opened::open(path, extent);
        let (reader, bytes) =
            opened.map_err(|error| SourceError { path: path.to_owned(), reason: SourceReason::Open(error) })?;
        Self::new(path, reader, bytes, limits)
    }
}

impl<R: Read> Blocks<R> {
    /// Reads a dump of `size` bytes (compressed as it is) from a reader; `path` is for messages.
    ///
    /// # Errors
    /// When it cannot be read, or is known to be no dump.
    pub fn new(path: &Path, reader: R, size: u64, limits: Limits) -> Result<Self, SourceError> {
        let at = |reason| SourceError { path: path.to_owned(), reason };
        let unreadable = |error| at(SourceReason::Read { offset: 0, error });

        let mut input = Input::new(reader);
        let head = input.look_ahead(HEAD).map_err(unreadable)?;
        if let Some(kind) = FileKind::recognise(head) {
            return Err(at(SourceReason::NotADump(kind)));
        }
        let mut decoder = Decoder::new(input, limits.output.cap(size)).map_err(unreadable)?;
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
        Ok(Self { path: path.to_owned(), decoder, record: limits.record.max(1), carried, offset: 0, end })
    }

    /// How the dump is compressed.
    pub fn compression(&self) -> Compression {
        self.decoder.compression()
    }

    /// Bytes of the file that are read and used: for progress.
    pub fn bytes_used(&self) -> u64 {
        self.decoder.consumed()
    }

    /// The next bytes, `size` of them or as many as the largest record takes; fewer only at the end of the dump. They
    /// are still to be handed over: for who must know what comes next to say how it is cut.
    ///
    /// # Errors
    /// When the file cannot be read; nothing follows.
    pub fn look_ahead(&mut self, size: usize) -> Result<&[u8], SourceError> {
        let size = size.clamp(1, self.record);
        self.fill(size)?;
        Ok(&self.carried[..self.carried.len().min(size)])
    }

    /// The next block of about `target` bytes: fewer where the last record ends earlier, or at the end
    /// of the dump; more where one record is larger. `cut` says how far a block that starts at a record
    /// holds whole ones. Nothing is given after the end.
    ///
    /// # Errors
    /// When the file cannot be read. What was read of the block is lost; nothing follows.
    pub fn next_block(&mut self, target: usize, cut: impl Fn(&[u8]) -> Split) -> Result<Option<Piece>, SourceError> {
        let most = self.record;
        let mut size = target.clamp(1, most);
        loop {
            self.fill(size)?;
            let carried = self.carried.len();
            if carried == 0 {
                return Ok(self.damage());
            }
            // Looking no further than the largest record makes it certain that no larger one passes.
            let split = cut(&self.carried[..carried.min(most)]);
            match split {
                // Only when as much is seen as the largest record takes: it may show that what was taken for a length is
                // none, and that must not depend on the size of the blocks.
                Split::More(Some(length))
                    if length > most as u64 && (carried >= most || self.end != End::NotReached) =>
                {
                    return self.pass_over(Some(length), cut).map(Some);
                }
                _ if self.end != End::NotReached && carried <= most => return Ok(Some(self.last(split, cut))),
                Split::At(at) if at > 0 => return Ok(Some(self.hand_over(at, false))),
                _ if carried > most => return self.pass_over(None, cut).map(Some),
                Split::More(Some(length)) if length > carried as u64 => {
                    size = usize::try_from(length).map_or(most, |length| length.min(most));
                }
                // One byte over the limit tells a record that is too large from a last one that is not.
                _ if carried >= most / 2 => size = most.saturating_add(1),
                _ => size = carried * 2,
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
            skipped += self.drop_carried(self.carried.len());
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
                self.end = End::DamageReported;
                let offset = self.decoder.consumed();
                Err(SourceError { path: self.path.clone(), reason: SourceReason::Read { offset, error } })
            }
        }
    }

    /// The first part of what is left at the end of the dump; `split` is what `cut` says of it.
    fn last(&mut self, split: Split, cut: impl Fn(&[u8]) -> Split) -> Piece {
        let left = self.carried.len();
        let whole = match split {
            Split::At(at) => at.min(left),
            Split::More(_) => 0,
        };
        let too_large = |rest| matches!(cut(rest), Split::More(Some(length)) if length > self.record as u64);
        if (0..left).contains(&whole) && (self.cuts_off_data() || too_large(&self.carried[whole..])) {
            return if whole > 0 { self.hand_over(whole, false) } else { self.hand_over(left, true) };
        }
        self.hand_over(left, false)
    }

    /// The damage of a dump that is read to its end, once.
    fn damage(&mut self) -> Option<Piece> {
        if self.end == End::DamageReported {
            return None;
        }
        self.end = End::DamageReported;
        self.decoder.damage().cloned().map(Piece::Damaged)
    }

    /// Whether damage has taken the end of the last record.
    fn cuts_off_data(&self) -> bool {
        self.decoder.damage().is_some_and(Damage::cuts_off_data)
    }

    fn hand_over(&mut self, length: usize, cut_off: bool) -> Piece {
        let rest = self.carried.split_off(length.min(self.carried.len()));
        let mut bytes = std::mem::replace(&mut self.carried, rest);
        if bytes.capacity() / 2 > bytes.len() {
            // Memory of a large record before it, which the block would keep as long as it lives.
            bytes.shrink_to_fit();
        }
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        Piece::Block(Block { offset, bytes, cut_off })
    }

    /// Drops the record that what is carried starts with, and reports it. It ends after its stated length,
    /// or where `cut` finds an end.
    fn pass_over(&mut self, stated: Option<u64>, cut: impl Fn(&[u8]) -> Split) -> Result<Piece, SourceError> {
        let offset = self.offset;
        let whole = loop {
            let at_end = self.end != End::NotReached;
            let carried = self.carried.len();
            let (passed, found) = match stated {
                Some(stated) => {
                    let left = stated - (self.offset - offset);
                    let passed = usize::try_from(left).map_or(carried, |left| left.min(carried));
                    (passed, passed as u64 == left)
                }
                None => match first_cut(&self.carried, &cut) {
                    Some(end) => (end, true),
                    None if at_end => (carried, !self.cuts_off_data()),
                    None => (carried.saturating_sub(OVERLAP), false),
                },
            };
            self.drop_carried(passed);
            if found || at_end {
                break found;
            }
            self.fill(SKIP)?;
        };
        Ok(Piece::Oversized { offset, length: self.offset - offset, whole })
    }

    /// Drops the first bytes of what is carried, and says how many those are.
    fn drop_carried(&mut self, length: usize) -> u64 {
        self.carried.drain(..length);
        self.offset += length as u64;
        length as u64
    }
}

/// The index after the first record's end in a block, found by asking for the last of ever smaller parts:
/// a part that holds an end is halved, one that does not is grown.
fn first_cut(block: &[u8], cut: impl Fn(&[u8]) -> Split) -> Option<usize> {
    let end_of = |part: &[u8]| match cut(part) {
        Split::At(at) if at > 0 => Some(at.min(part.len())),
        _ => None,
    };
    let (mut none_before, mut end) = (0, end_of(block)?);
    while none_before + 1 < end {
        let middle = none_before + (end - none_before) / 2;
        match end_of(&block[..middle]) {
            Some(earlier) => end = earlier,
            None => none_before = middle,
        }
    }
    Some(end)
}

#[cfg(test)]
mod tests;
