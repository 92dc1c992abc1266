//! The decompressor of any size of input: bytes in, bytes out, and before damage all that can be had (see
//! [`method`](crate::source::method)).
//!
//! - A file is any number of members, one after the other; what comes out is joined. Checksums are
//!   verified.
//! - Zeros from the end of a member to the end of the file are padding (tapes and block devices give
//!   it); anything else there is [`Damage::TrailingBytes`].
//! - What comes out of a decompressor has a limit; a plain file has none, for it cannot grow.

use std::io::{self, Read};

use crate::source::Damage;
use crate::source::compression::{Compression, MAGIC, MEMBER_MAGIC, Next};
use crate::source::input::Input;
use crate::source::limits::Cap;
use crate::source::method::{After, Method};

/// Reads what is in a compressed or plain stream.
pub(super) struct Decoder<R> {
    input: Input<R>,
    method: Method,
    /// Whether a member has begun and not ended.
    inside: bool,
    cap: Cap,
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
    /// A decoder of a stream whose first bytes say how it is compressed.
    pub(super) fn new(input: Input<R>, cap: Cap) -> io::Result<Self> {
        Self::resume(input, 0, cap)
    }

    /// A decoder of the rest of a stream, from a member on; `produced` bytes came out before it.
    pub(super) fn resume(mut input: Input<R>, produced: u64, cap: Cap) -> io::Result<Self> {
        let method = Method::new(Compression::recognise(input.look_ahead(MAGIC)?))?;
        // The first member is recognised by other bytes than a following one.
        let inside = !matches!(method, Method::Plain);
        Ok(Self { input, method, inside, cap, produced, end: None })
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
        let room = usize::try_from(self.cap.bytes.saturating_sub(self.produced)).unwrap_or(usize::MAX);
        let allowed = out.len().min(room);
        let filled = self.inflate(&mut out[..allowed])?;
        self.produced += filled as u64;
        if filled == allowed && allowed < out.len() && self.end.is_none() {
            // The limit is reached exactly. It is passed only if one more byte comes out.
            if self.inflate(&mut [0])? > 0 {
                self.end = Some(End::Damaged(self.cap.exceeded(self.input.consumed())));
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
        match Next::recognise(self.compression(), self.input.look_ahead(MEMBER_MAGIC)?) {
            Next::Member => {
                self.inside = true;
                self.method.restart();
            }
            Next::CutOff => {
                let rest = self.input.look_ahead(MEMBER_MAGIC)?.len();
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

#[cfg(test)]
pub(crate) mod tests;
