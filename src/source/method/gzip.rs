//! gzip, by zlib-rs.

use flate2::{Decompress, FlushDecompress, Status};

use super::{After, Step};

/// The window of gzip: 2^15 bytes, always.
const WINDOW_BITS: u8 = 15;

/// The decompressor of one member: `reset` would make it ready for the next, but what it resets to has
/// changed between versions of flate2.
pub(in crate::source) struct Gzip(Decompress);

impl Gzip {
    pub(super) fn new() -> Self {
        Self(Decompress::new_gzip(WINDOW_BITS))
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let (before_in, before_out) = (self.0.total_in(), self.0.total_out());
        let status = self.0.decompress(input, out, FlushDecompress::None);
        Step {
            // The totals count what was done before an error in the same call, too.
            read: (self.0.total_in() - before_in) as usize,
            written: (self.0.total_out() - before_out) as usize,
            result: match status {
                Ok(Status::StreamEnd) => Ok(After::MemberEnd),
                Ok(Status::Ok | Status::BufError) => Ok(After::Inside),
                Err(error) => Err(reason(error.message()).to_owned()),
            },
        }
    }
}

/// The decoder's word for what is wrong with a header or checksum, and one of ours for all that can be
/// wrong with deflate data: there its word depends on how much room the output has, and a dump must be
/// rejected with the same words whatever the size of the blocks.
fn reason(message: Option<&str>) -> &str {
    match message {
        Some(
            message @ ("incorrect header check"
            | "unknown compression method"
            | "unknown header flags set"
            | "header crc mismatch"
            | "incorrect data check"
            | "incorrect length check"),
        ) => message,
        _ => "invalid deflate data",
    }
}
