//! Decompresses gzip by libdeflate, which is about twice as fast as a streaming decoder because input and
//! output are whole. That asks for three things:
//!
//! - **The size of the output.** It is estimated and grown; libdeflate starts again then.
//! - **The end of a member**, which the binding does not tell. A member ends in its checksum and size,
//!   so its end is the first place after its header that has both, provided that decoding up to there
//!   gives the same. A search of the compressed bytes is much cheaper than decoding them.
//! - **The bytes before damage**, which libdeflate does not promise. A member that it refuses is decoded
//!   step by step, and so are one that is over the limit and one whose header has a checksum, which
//!   libdeflate does not verify.

use libdeflater::{DecompressionError, Decompressor, crc32};
use memchr::memmem;

use crate::source::compression::Next;
use crate::source::limits::Cap;
use crate::source::whole::decompress::stream;
use crate::source::whole::output::Output;
use crate::source::{Compression, Damage};

/// Bytes of a header without its optional fields.
const HEADER: usize = 10;

/// The header's byte of flags, and the flag that a checksum of the header follows.
const FLAGS: usize = 3;
const HEADER_CHECKSUM: u8 = 0x02;

/// Checksum and size after each member.
const TRAILER: usize = 8;

/// The least number of bytes of deflate data.
const LEAST_DATA: usize = 2;

/// Places at which the end of a member is looked for. The first is it, but for data that was made to look
/// like its own trailer.
const PLACES: usize = 4;

/// A member of less output than this is decoded again to be sure of its end: of an empty one,
/// checksum and size are zeros, which are anywhere.
const SMALL: usize = 64;

/// Decompresses all members of a file; gives what ended that early.
pub(super) fn all(bytes: &[u8], cap: Cap, output: &mut Output<'_>) -> Option<Damage> {
    let mut decompressor = Decompressor::new();
    let mut at = 0;
    loop {
        let Some(length) = member(&mut decompressor, &bytes[at..], output) else {
            return stream(bytes, at, cap, output);
        };
        at += length;
        let rest = &bytes[at..];
        let next = Next::recognise(Compression::Gzip, rest);
        if next != Next::Member {
            return after_members(next, rest, at as u64, output.filled() as u64);
        }
    }
}

/// Judges the end of the file, padding, trailing bytes, or a header cut off.
fn after_members(next: Next, rest: &[u8], compressed_offset: u64, decompressed_offset: u64) -> Option<Damage> {
    if next == Next::CutOff {
        let compressed_offset = compressed_offset + rest.len() as u64;
        Some(Damage::Truncated { compressed_offset, decompressed_offset })
    } else if rest.iter().all(|byte| *byte == 0) {
        None
    } else {
        Some(Damage::TrailingBytes { compressed_offset, decompressed_offset })
    }
}

/// Decodes the member at the start of `rest`; gives its length in `rest`, or nothing when it must be
/// decoded another way.
fn member(decompressor: &mut Decompressor, rest: &[u8], output: &mut Output<'_>) -> Option<usize> {
    if rest.get(FLAGS).is_some_and(|flags| flags & HEADER_CHECKSUM != 0) {
        return None;
    }
    loop {
        match decompressor.gzip_decompress(rest, output.room()) {
            Ok(written) => {
                let length = member_length(decompressor, rest, &mut output.room()[..written])?;
                output.fill(written);
                return Some(length);
            }
            Err(DecompressionError::InsufficientSpace) if output.grow() => {}
            Err(DecompressionError::InsufficientSpace | DecompressionError::BadData) => {
                return None;
            }
        }
    }
}

/// The length of the member at the start of `rest`, of which `written` came out.
fn member_length(decompressor: &mut Decompressor, rest: &[u8], written: &mut [u8]) -> Option<usize> {
    let least = HEADER + LEAST_DATA + TRAILER - 4;
    let size = (written.len() as u32).to_le_bytes();
    let sizes = memmem::Finder::new(&size);
    let after_sizes = || sizes.find_iter(rest.get(least..).unwrap_or(&[])).map(|p| least + p + 4);

    // The member's own size is one of these places. If only the end of the file is, that is it.
    if after_sizes().next() == Some(rest.len()) {
        return Some(rest.len());
    }
    let mut trailer = [0; TRAILER];
    trailer[..4].copy_from_slice(&crc32(written).to_le_bytes());
    trailer[4..].copy_from_slice(&size);
    let mut from = least - 4;
    for _ in 0..PLACES {
        let place = rest.get(from..).and_then(|rest| memmem::find(rest, &trailer))?;
        let end = from + place + TRAILER;
        let continues = end == rest.len() || Next::recognise(Compression::Gzip, &rest[end..]) == Next::Member;
        // Decoding no further than a place before the end fails; at the end it gives the same again.
        // That is not needed where 64 bits are right and the next member's first bytes follow.
        if (continues && written.len() >= SMALL)
            || decompressor.gzip_decompress(&rest[..end], written) == Ok(written.len())
        {
            return Some(end);
        }
        from += place + 1;
    }
    None
}
