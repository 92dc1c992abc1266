//! bzip2, by libbz2-rs.
//!
//! A checksum comes before each block, but is known to be right only at its end: until then what comes out
//! is handed out. Of a block that turns out not to be valid, libbz2-rs does not count what its last call
//! wrote. Calls of one size, whatever room the caller has, make that the same for every size of block.

use ::bzip2::{Decompress, Status};

use super::{After, Step, Waiting};

/// Bytes that are decompressed by one call at most.
const CHUNK: usize = 64 << 10;

/// The decompressor of one stream.
pub(in crate::source) struct Bzip2 {
    decoder: Decompress,
    chunk: Waiting,
    /// What follows the chunk.
    then: Result<After, String>,
}

impl Bzip2 {
    pub(super) fn new() -> Self {
        Self { decoder: Decompress::new(false), chunk: Waiting::default(), then: Ok(After::Inside) }
    }

    pub(super) fn restart(&mut self) {
        self.decoder = Decompress::new(false);
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let read = if self.chunk.is_empty() { self.decode(input) } else { 0 };
        let written = self.chunk.give(out);
        let result = if self.chunk.is_empty() {
            std::mem::replace(&mut self.then, Ok(After::Inside))
        } else {
            Ok(After::Inside)
        };
        Step { read, written, result }
    }

    /// Decompresses the next chunk; gives how many bytes of `input` that took.
    fn decode(&mut self, input: &[u8]) -> usize {
        let Waiting { bytes, given } = &mut self.chunk;
        *given = 0;
        bytes.resize(CHUNK, 0);
        let (before_in, before_out) = (self.decoder.total_in(), self.decoder.total_out());
        let status = self.decoder.decompress(input, bytes);
        bytes.truncate((self.decoder.total_out() - before_out) as usize);
        self.then = match status {
            Ok(Status::StreamEnd) => Ok(After::MemberEnd),
            Ok(Status::MemNeeded) => Err("no memory for a block".to_owned()),
            Ok(_) => Ok(After::Inside),
            Err(_) => Err("invalid bzip2 data, or a wrong checksum".to_owned()),
        };
        (self.decoder.total_in() - before_in) as usize
    }
}
