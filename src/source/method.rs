//! One step of a decompressor: some input taken, some output written. One file for each.
//!
//! All go below the reader types that their libraries offer: those drop what a call had already written
//! when the same call meets an error.
//!
//! How much is lost before damage depends on the format. Of gzip every byte comes out. The others give a
//! block at a time, and of a block that is cut off or not valid nothing: at most 128 KiB of zstd, 900 kB
//! of bzip2 (more of long runs) and, as it is usually written, 256 KiB of lzop.

mod bzip2;
mod gzip;
mod lzop;
mod zstd;

use std::io;

use bzip2::Bzip2;
use gzip::Gzip;
use lzop::Lzop;
use zstd::Zstd;

use crate::source::Compression;

/// A decompressor and where it is.
#[allow(clippy::large_enum_variant, reason = "there is one for each open dump")]
pub(super) enum Method {
    Plain,
    Gzip(Gzip),
    Zstd(Zstd),
    Bzip2(Bzip2),
    Lzop(Lzop),
}

/// What one call of a decompressor did.
pub(super) struct Step {
    pub(super) read: usize,
    pub(super) written: usize,
    pub(super) result: Result<After, String>,
}

/// Where a step that succeeded has led.
pub(super) enum After {
    /// Into the member, or not far enough without more input.
    Inside,
    /// As before, with all that was decoded now handed out; no input was asked for.
    Flush,
    /// To the end of the member.
    MemberEnd,
}

impl Method {
    pub(super) fn new(compression: Compression) -> io::Result<Self> {
        Ok(match compression {
            Compression::Plain => Self::Plain,
            Compression::Gzip => Self::Gzip(Gzip::new()),
            Compression::Zstd => Self::Zstd(Zstd::new()?),
            Compression::Bzip2 => Self::Bzip2(Bzip2::new()),
            Compression::Lzop => Self::Lzop(Lzop::new()),
        })
    }

    pub(super) fn compression(&self) -> Compression {
        match self {
            Self::Plain => Compression::Plain,
            Self::Gzip(_) => Compression::Gzip,
            Self::Zstd(_) => Compression::Zstd,
            Self::Bzip2(_) => Compression::Bzip2,
            Self::Lzop(_) => Compression::Lzop,
        }
    }

    /// How many bytes of input make the next step a good one.
    pub(super) fn wanted(&self) -> usize {
        match self {
            Self::Zstd(zstd) => zstd.wanted(),
            Self::Plain | Self::Gzip(_) | Self::Bzip2(_) | Self::Lzop(_) => 1,
        }
    }

    /// Makes ready for the next member.
    pub(super) fn restart(&mut self) {
        match self {
            Self::Plain => {}
            Self::Gzip(gzip) => *gzip = Gzip::new(),
            Self::Zstd(zstd) => zstd.restart(),
            Self::Bzip2(bzip2) => bzip2.restart(),
            Self::Lzop(lzop) => lzop.restart(),
        }
    }

    /// Takes one step. Of `input` as much as it likes; `out` must not be empty.
    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        match self {
            Self::Plain => Step { read: 0, written: 0, result: Ok(After::MemberEnd) },
            Self::Gzip(gzip) => gzip.step(input, out),
            Self::Zstd(zstd) => zstd.step(input, out),
            Self::Bzip2(bzip2) => bzip2.step(input, out),
            Self::Lzop(lzop) => lzop.step(input, out),
        }
    }
}

/// Decompressed bytes that wait for room in the caller's output.
#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    given: usize,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.given == self.bytes.len()
    }

    /// Hands out as many as there is room for, and says how many.
    fn give(&mut self, out: &mut [u8]) -> usize {
        let rest = &self.bytes[self.given..];
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        self.given += length;
        length
    }
}
