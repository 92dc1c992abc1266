//! The decompressor of any size of input: bytes in, bytes out, and never a byte lost before damage.
//!
//! - A file is any number of gzip members or zstd frames, one after the other; what comes out is
//!   joined. Checksums are verified.
//! - Zeros from the end of a member to the end of the file are padding (tapes and block devices give
//!   it); anything else there is [`Damage::TrailingBytes`].
//! - What comes out of a decompressor has a limit; a plain file has none, for it cannot grow.

use std::io::{self, Read};

use crate::source::Damage;
use crate::source::compression::{Compression, GZIP_MAGIC, is_zstd};
use crate::source::input::Input;
use crate::source::method::{After, Method};

/// Reads what is in a compressed or plain stream.
pub(super) struct Decoder<R> {
    input: Input<R>,
    method: Method,
    /// Whether a member or frame has begun and not ended.
    inside: bool,
    limit: u64,
    produced: u64,
    end: Option<End>,
}

/// How a stream ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Whole,
    Damaged(Damage),
}

impl<R: Read> Decoder<R> {
    /// A decoder of a stream whose first bytes say how it is compressed. At most `limit` bytes come
    /// out of a decompressor.
    pub(super) fn new(mut input: Input<R>, limit: u64) -> io::Result<Self> {
        let method = Method::new(Compression::recognise(input.look_ahead(4)?))?;
        // The first member was recognised by fewer bytes than a following one must have.
        let inside = !matches!(method, Method::Plain);
        Ok(Self { input, method, inside, limit, produced: 0, end: None })
    }

    /// How the stream is compressed.
    pub(super) fn compression(&self) -> Compression {
        self.method.compression()
    }

    /// Bytes of the stream that were used.
    pub(super) fn consumed(&self) -> u64 {
        self.input.consumed()
    }

    /// Whether nothing more comes out. Of a plain stream only [`read`](Self::read) tells, by filling less
    /// than it could.
    pub(super) fn ended(&self) -> bool {
        self.end.is_some()
    }

    /// What ended the stream early; known once [`read`](Self::read) has filled less than it could.
    pub(super) fn damage(&self) -> Option<&Damage> {
        match &self.end {
            Some(End::Damaged(damage)) => Some(damage),
            Some(End::Whole) | None => None,
        }
    }

    /// Fills `out` and says how much of it; less than all only at the end of the stream or at damage.
    ///
    /// # Errors
    /// What reading gives; `out` is lost then.
    pub(super) fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if matches!(self.method, Method::Plain) {
            let filled = self.input.read_plain(out)?;
            self.produced += filled as u64;
            return Ok(filled);
        }
        let room = usize::try_from(self.limit - self.produced).unwrap_or(usize::MAX);
        let allowed = out.len().min(room);
        let filled = self.inflate(&mut out[..allowed])?;
        self.produced += filled as u64;
        if filled == allowed && allowed < out.len() && self.end.is_none() {
            // The limit is reached exactly. It is passed only if one more byte comes out.
            if self.inflate(&mut [0])? > 0 {
                self.end = Some(End::Damaged(Damage::TooLarge {
                    limit: self.limit,
                    compressed_offset: self.input.consumed(),
                }));
            }
        }
        Ok(filled)
    }

    fn inflate(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while self.end.is_none() && filled < out.len() {
            if !self.inside {
                self.between_members(filled)?;
                continue;
            }
            let input = self.input.look_ahead(self.method.wanted())?;
            let at_end = input.is_empty();
            let step = self.method.step(input, &mut out[filled..]);
            self.input.consume(step.read);
            filled += step.written;
            match step.result {
                Ok(After::MemberEnd) => self.inside = false,
                Ok(After::Flush) => {}
                Ok(After::Inside) if step.read + step.written > 0 => {}
                Ok(After::Inside) if at_end => self.truncated(filled),
                Ok(After::Inside) => self.corrupt(filled, "no progress".to_owned()),
                Err(reason) => self.corrupt(filled, reason),
            }
        }
        Ok(filled)
    }

    fn between_members(&mut self, filled: usize) -> io::Result<()> {
        match Next::recognise(self.compression(), self.input.look_ahead(4)?) {
            Next::Member => {
                self.inside = true;
                self.method.restart();
            }
            Next::CutOff => {
                let rest = self.input.look_ahead(4)?.len();
                self.input.consume(rest);
                self.truncated(filled);
            }
            Next::Other => {
                let compressed_offset = self.input.consumed();
                let decompressed_offset = self.produced + filled as u64;
                let end = if self.only_zeros_follow()? {
                    End::Whole
                } else {
                    End::Damaged(Damage::TrailingBytes { compressed_offset, decompressed_offset })
                };
                self.end = Some(end);
            }
        }
        Ok(())
    }

    fn only_zeros_follow(&mut self) -> io::Result<bool> {
        loop {
            let rest = self.input.look_ahead(1)?;
            if rest.is_empty() {
                return Ok(true);
            }
            if rest.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            let length = rest.len();
            self.input.consume(length);
        }
    }

    fn truncated(&mut self, filled: usize) {
        self.end = Some(End::Damaged(Damage::Truncated {
            compressed_offset: self.input.consumed(),
            decompressed_offset: self.produced + filled as u64,
        }));
    }

    fn corrupt(&mut self, filled: usize, reason: String) {
        self.end = Some(End::Damaged(Damage::Corrupt {
            compressed_offset: self.input.consumed(),
            decompressed_offset: self.produced + filled as u64,
            reason,
        }));
    }
}

/// What follows a gzip member or zstd frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another.
    Member,
    /// The first bytes of another, and the end of the file.
    CutOff,
    /// The end of the file, padding, or something else.
    Other,
}

impl Next {
    /// What `rest` begins with; needs 4 bytes, or all there are.
    pub(super) fn recognise(compression: Compression, rest: &[u8]) -> Self {
        let (member, cut_off) = match compression {
            Compression::Plain => (false, false),
            Compression::Gzip => (rest.starts_with(&GZIP_MAGIC), GZIP_MAGIC.starts_with(rest)),
            Compression::Zstd => {
                let skippable = |byte: u8| [byte, 0x2a, 0x4d, 0x18].starts_with(rest);
                let cut_off = [0x28, 0xb5, 0x2f, 0xfd].starts_with(rest)
                    || rest.first().is_some_and(|b| b & 0xf0 == 0x50 && skippable(*b));
                (is_zstd(rest), cut_off)
            }
        };
        match (member, cut_off && !rest.is_empty()) {
            (true, _) => Self::Member,
            (false, true) => Self::CutOff,
            (false, false) => Self::Other,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
