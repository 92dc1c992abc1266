//! One step of a decompressor, gzip or zstd: some input taken, some output written.
//!
//! gzip goes through zlib-rs and zstd through libzstd, both below their usual reader types: those drop
//! what a call had already written when the same call meets an error.
//!
//! zstd gives a block at a time (at most 128 KiB): of a damaged block nothing comes out. A window over
//! 128 MiB (`--long=28` and up) is refused as corrupt, as `zstd` itself does without a flag.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{Decoder as Zstd, InBuffer, Operation, OutBuffer};

use crate::source::Compression;

/// The window of gzip: 2^15 bytes, always.
const WINDOW_BITS: u8 = 15;

/// Bytes of a zstd block's header. The hint after a block is for the next one and the header after it.
const BLOCK_HEADER: usize = 3;

/// A decompressor and where it is.
#[allow(clippy::large_enum_variant, reason = "there is one for each open dump")]
pub(super) enum Method {
    Plain,
    Gzip(Decompress),
    Zstd { decoder: Zstd<'static>, hint: usize, flushing: bool },
}

/// What one call of a decompressor did.
pub(super) struct Step {
    pub(super) read: usize,
    pub(super) written: usize,
    pub(super) result: Result<After, String>,
}

/// Where a step that succeeded has led.
pub(super) enum After {
    /// Into the member or frame, or not far enough without more input.
    Inside,
    /// As before, with all that was decoded now handed out; no input was asked for.
    Flush,
    /// To the end of the member or frame.
    MemberEnd,
}

impl Method {
    pub(super) fn new(compression: Compression) -> io::Result<Self> {
        Ok(match compression {
            Compression::Plain => Self::Plain,
            Compression::Gzip => Self::Gzip(Decompress::new_gzip(WINDOW_BITS)),
            Compression::Zstd => Self::Zstd { decoder: Zstd::new()?, hint: 0, flushing: false },
        })
    }

    pub(super) fn compression(&self) -> Compression {
        match self {
            Self::Plain => Compression::Plain,
            Self::Gzip(_) => Compression::Gzip,
            Self::Zstd { .. } => Compression::Zstd,
        }
    }

    /// How many bytes of input make the next step a good one.
    pub(super) fn wanted(&self) -> usize {
        match self {
            Self::Zstd { hint, .. } => (*hint).max(1),
            Self::Plain | Self::Gzip(_) => 1,
        }
    }

    /// Makes ready for the next member or frame.
    pub(super) fn restart(&mut self) {
        match self {
            Self::Plain => {}
            // `reset` would do, but what it resets to has changed between versions of flate2.
            Self::Gzip(inflate) => *inflate = Decompress::new_gzip(WINDOW_BITS),
            // The decoder begins a frame by itself.
            Self::Zstd { hint, flushing, .. } => (*hint, *flushing) = (0, false),
        }
    }

    /// Takes one step. Of `input` as much as it likes; `out` must not be empty.
    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        match self {
            Self::Plain => Step { read: 0, written: 0, result: Ok(After::MemberEnd) },
            Self::Gzip(inflate) => gzip_step(inflate, input, out),
            Self::Zstd { decoder, hint, flushing } => zstd_step(decoder, hint, flushing, input, out),
        }
    }
}

fn gzip_step(inflate: &mut Decompress, input: &[u8], out: &mut [u8]) -> Step {
    let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
    let status = inflate.decompress(input, out, FlushDecompress::None);
    Step {
        // The totals count what was done before an error in the same call, too.
        read: (inflate.total_in() - before_in) as usize,
        written: (inflate.total_out() - before_out) as usize,
        result: match status {
            Ok(Status::StreamEnd) => Ok(After::MemberEnd),
            Ok(Status::Ok | Status::BufError) => Ok(After::Inside),
            Err(error) => Err(gzip_reason(error.message()).to_owned()),
        },
    }
}

/// The decoder's word for what is wrong with a header or checksum, and one of ours for all that can be
/// wrong with deflate data: there its word depends on how much room the output has, and a dump must be
/// rejected with the same words whatever the size of the blocks.
fn gzip_reason(message: Option<&str>) -> &str {
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

/// One block or one header, never both: a call that fails does not say what it wrote before, so no
/// call may do a thing that can fail after one that writes.
fn zstd_step(decoder: &mut Zstd<'static>, hint: &mut usize, flushing: &mut bool, input: &[u8], out: &mut [u8]) -> Step {
    let flush = *flushing;
    let feed = match *hint {
        _ if flush => 0,
        hint if hint > BLOCK_HEADER => hint - BLOCK_HEADER,
        hint => hint.max(1),
    };
    let mut from = InBuffer::around(&input[..feed.min(input.len())]);
    let room = out.len();
    let mut to = OutBuffer::around(out);
    let result = decoder.run(&mut from, &mut to);
    let (read, written) = (from.pos(), to.pos());
    // A full output may leave more of the same block to fetch, and that is a step of its own.
    *flushing = written == room;
    let result = match result {
        Ok(0) => Ok(After::MemberEnd),
        Ok(next) => {
            *hint = next;
            Ok(if flush { After::Flush } else { After::Inside })
        }
        Err(error) => Err(error.to_string()),
    };
    Step { read, written, result }
}
