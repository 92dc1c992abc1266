//! zstd, by libzstd.
//!
//! A block at a time (at most 128 KiB): of a damaged block nothing comes out. A window over 128 MiB
//! (`--long=28` and up) is refused as corrupt, as `zstd` itself does without a flag.

use std::io;

use ::zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use super::{After, Step};

/// Bytes of a block's header. The hint after a block is for the next one and the header after it.
const BLOCK_HEADER: usize = 3;

/// The decompressor of frames, one after the other.
pub(in crate::source) struct Zstd {
    decoder: Decoder<'static>,
    hint: usize,
    flushing: bool,
}

impl Zstd {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { decoder: Decoder::new()?, hint: 0, flushing: false })
    }

    pub(super) fn wanted(&self) -> usize {
        self.hint.max(1)
    }

    /// The decoder begins a frame by itself.
    pub(super) fn restart(&mut self) {
        (self.hint, self.flushing) = (0, false);
    }

    /// One block or one header, never both: a call that fails does not say what it wrote before, so no
    /// call may do a thing that can fail after one that writes.
    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let flush = self.flushing;
        let feed = match self.hint {
            _ if flush => 0,
            hint if hint > BLOCK_HEADER => hint - BLOCK_HEADER,
            hint => hint.max(1),
        };
        let mut from = InBuffer::around(&input[..feed.min(input.len())]);
        let room = out.len();
        let mut to = OutBuffer::around(out);
        let result = self.decoder.run(&mut from, &mut to);
        let (read, written) = (from.pos(), to.pos());
        // A full output may leave more of the same block to fetch, and that is a step of its own.
        self.flushing = written == room;
        let result = match result {
            Ok(0) => Ok(After::MemberEnd),
            Ok(next) => {
                self.hint = next;
                Ok(if flush { After::Flush } else { After::Inside })
            }
            Err(error) => Err(error.to_string()),
        };
        Step { read, written, result }
    }
}
