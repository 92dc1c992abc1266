//! Decompresses a file that is in memory into memory. Memory is bounded by the limit.

use crate::source::decoder::Decoder;
use crate::source::input::Input;
use crate::source::limits::Cap;
use crate::source::whole::gzip;
use crate::source::whole::output::Output;
use crate::source::{Compression, Damage};

/// Bytes that come out of one byte at most; deflate reaches 1032. What claims more is not believed, so
/// that a damaged file does not reserve the limit.
const BELIEVABLE_RATIO: usize = 1032;

/// Bytes that come out of one byte, when nothing says how many: events are repetitive.
const USUAL_RATIO: usize = 8;

/// Decompresses `bytes`, the content of a compressed file, into the first part of `out`; gives how long
/// that is, and the damage before which it has every byte. What `out` held is replaced, its memory used
/// again. At most as much as the `cap` allows comes out.
pub(super) fn all(compression: Compression, bytes: &[u8], cap: Cap, out: &mut Vec<u8>) -> (usize, Option<Damage>) {
    let mut output = Output::new(out, cap.bytes);
    output.reserve(estimate(compression, bytes));
    let damage = match compression {
        Compression::Gzip => gzip::all(bytes, cap, &mut output),
        _ => stream(bytes, 0, cap, &mut output),
    };
    (output.filled(), damage)
}

/// How many bytes come out at least, where the file states it and can be believed.
///
/// A gzip file states the size of its last member (mod 2^32) in its last four bytes, and most have one
/// member; a zstd file may state that of its first frame in the frame's header.
pub(super) fn stated(compression: Compression, bytes: &[u8]) -> Option<u64> {
    match compression {
        Compression::Gzip => {
            let stated = u64::from(u32::from_le_bytes(*bytes.last_chunk()?));
            (stated <= most(bytes) as u64).then_some(stated)
        }
        Compression::Zstd => zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten(),
        Compression::Plain | Compression::Bzip2 | Compression::Lzop => None,
    }
}

/// The number of bytes that will come out, more or less.
fn estimate(compression: Compression, bytes: &[u8]) -> usize {
    let stated = stated(compression, bytes).and_then(|stated| usize::try_from(stated).ok());
    // Less than half of the file cannot be all of it: then it says nothing about the rest.
    let believable = bytes.len() / 2..=most(bytes);
    stated.filter(|stated| believable.contains(stated)).unwrap_or(bytes.len().saturating_mul(USUAL_RATIO))
}

fn most(bytes: &[u8]) -> usize {
    bytes.len().saturating_mul(BELIEVABLE_RATIO)
}

/// Decodes a file step by step from a member on, which starts at byte `at`.
pub(super) fn stream(bytes: &[u8], at: usize, cap: Cap, output: &mut Output<'_>) -> Option<Damage> {
    let (compressed_offset, decompressed_offset) = (at as u64, output.filled() as u64);
    // Reading from memory cannot fail, and if libzstd has no memory there is nothing to decode with.
    let failed = |error: std::io::Error| {
        Some(Damage::Corrupt { compressed_offset, decompressed_offset, reason: error.to_string() })
    };
    let input = Input::after(compressed_offset, &bytes[at..]);
    let mut decoder = match Decoder::resume(input, decompressed_offset, cap) {
        Ok(decoder) => decoder,
        Err(error) => return failed(error),
    };
    loop {
        // At the limit: asking for one byte more tells whether the file ends here. None is given.
        let at_limit = output.room().is_empty() && !output.grow();
        let read = if at_limit { decoder.read(&mut [0]) } else { decoder.read(output.room()) };
        match read {
            Ok(read) => output.fill(read),
            Err(error) => return failed(error),
        }
        if at_limit || decoder.ended() {
            return decoder.damage().cloned();
        }
    }
}
