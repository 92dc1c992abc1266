//! Decompresses a file that is in memory into memory: the fast way, for files up to some size.
//!
//! gzip goes through libdeflate, which is about twice as fast as a streaming decoder because input and
//! output are whole. That asks for three things:
//!
//! - **The size of the output.** The last four bytes of a file are the size (mod 2^32) of its last
//!   member, so right for most files; else it is guessed and grown. libdeflate starts again then.
//! - **The end of a member**, which the binding does not tell. A member ends in its checksum and size,
//!   so its end is the first place after its header that has both, provided that decoding up to there
//!   gives the same. A search of the compressed bytes is much cheaper than decoding them.
//! - **The bytes before damage**, which libdeflate does not promise. A member that it refuses goes
//!   through [`decoder`](crate::source::decoder) again, and so does one that is over the limit.
//!
//! Memory is bounded by the limit.

use libdeflater::{DecompressionError, Decompressor, crc32};
use memchr::memmem;

use crate::source::compression::{Compression, FileKind, GZIP_MAGIC};
use crate::source::decoder::{Decoder, Next};
use crate::source::input::Input;
use crate::source::{Damage, Decompressed};

/// Bytes of a gzip header without its optional fields.
const HEADER: usize = 10;

/// Checksum and size after each member.
const TRAILER: usize = 8;

/// The least number of bytes of deflate data.
const LEAST_DATA: usize = 2;

/// Bytes that come out of one byte at most; deflate reaches 1032. A file that claims more is not
/// believed, so that a damaged one does not reserve the limit.
const BELIEVABLE_RATIO: usize = 1032;

/// Bytes that come out of one byte, when nothing says how many: events are repetitive.
const USUAL_RATIO: usize = 8;

/// A member of less output than this is decoded again to be sure of its end: of an empty one,
/// checksum and size are zeros, which are anywhere.
const SMALL: usize = 64;

/// Decompresses `bytes`, the content of a file, into `out`. What `out` held is replaced, its memory
/// used again: hand in the same one for the next file. A plain file is copied.
///
/// At most `limit` bytes come out of a decompressor. Damage is no error: `out` has every byte before it.
///
/// # Errors
/// The kind of file, when `bytes` or what comes out of it is known to be no dump; `out` is of no use then.
pub fn decompress_whole(bytes: &[u8], limit: u64, out: &mut Vec<u8>) -> Result<Decompressed, FileKind> {
    if let Some(kind) = FileKind::recognise(bytes) {
        return Err(kind);
    }
    let compression = Compression::recognise(bytes);
    let damage = match compression {
        Compression::Plain => {
            out.clear();
            out.extend_from_slice(bytes);
            return Ok(Decompressed { compression, damage: None });
        }
        Compression::Gzip => gzip(bytes, limit, out),
        Compression::Zstd => {
            let mut output = Output::new(out, limit);
            let damage = stream(bytes, &mut output);
            output.finish();
            damage
        }
    };
    match FileKind::recognise_decompressed(out) {
        Some(kind) => Err(kind),
        None => Ok(Decompressed { compression, damage }),
    }
}

/// A buffer of which the first part is filled.
struct Output<'a> {
    buffer: &'a mut Vec<u8>,
    filled: usize,
    limit: usize,
}

impl<'a> Output<'a> {
    fn new(buffer: &'a mut Vec<u8>, limit: u64) -> Self {
        Self { buffer, filled: 0, limit: usize::try_from(limit).unwrap_or(usize::MAX) }
    }

    /// The part that is not filled, up to the limit.
    fn room(&mut self) -> &mut [u8] {
        let end = self.buffer.len().min(self.limit);
        &mut self.buffer[self.filled..end]
    }

    /// Makes room for `more` bytes, as far as the limit allows.
    fn reserve(&mut self, more: usize) {
        let size = self.filled.saturating_add(more).min(self.limit);
        if size <= self.buffer.len() {
            return;
        }
        if self.filled == 0 {
            // Fresh zeros come from the system without being written.
            *self.buffer = Vec::new();
            *self.buffer = vec![0; size];
        } else {
            self.buffer.reserve_exact(size - self.buffer.len());
            self.buffer.resize(size, 0);
        }
    }

    /// Makes more room, or says that the limit does not allow it.
    fn grow(&mut self) -> bool {
        let room = self.room().len();
        self.reserve(room.max(self.filled / 2).max(32 << 10).saturating_mul(2));
        self.room().len() > room
    }

    fn finish(self) {
        self.buffer.truncate(self.filled);
    }
}

fn gzip(bytes: &[u8], limit: u64, out: &mut Vec<u8>) -> Option<Damage> {
    let mut decompressor = Decompressor::new();
    let mut output = Output::new(out, limit);
    let mut at = 0;
    let damage = loop {
        let rest = &bytes[at..];
        if at > 0 && Next::recognise(Compression::Gzip, rest) != Next::Member {
            // The end, padding, trailing bytes, or a header cut off.
            break after_members(rest, at, output.filled);
        }
        if at == 0 {
            output.reserve(estimate(rest));
        }
        let Some(length) = member(&mut decompressor, rest, &mut output) else {
            let start = output.filled as u64;
            break stream(rest, &mut output).map(|damage| damage.moved(at as u64, start));
        };
        at += length;
    };
    output.finish();
    damage
}

fn after_members(rest: &[u8], at: usize, filled: usize) -> Option<Damage> {
    let (compressed_offset, decompressed_offset) = (at as u64, filled as u64);
    match Next::recognise(Compression::Gzip, rest) {
        Next::CutOff => {
            let compressed_offset = compressed_offset + rest.len() as u64;
            Some(Damage::Truncated { compressed_offset, decompressed_offset })
        }
        Next::Member | Next::Other if rest.iter().all(|byte| *byte == 0) => None,
        Next::Member | Next::Other => Some(Damage::TrailingBytes { compressed_offset, decompressed_offset }),
    }
}

/// The number of bytes that will come out of the member at the start of `rest`, more or less.
fn estimate(rest: &[u8]) -> usize {
    let most = rest.len().saturating_mul(BELIEVABLE_RATIO);
    let stated = rest.last_chunk().map_or(0, |size| u32::from_le_bytes(*size) as usize);
    // Less than half of the input cannot be the only member: then it says nothing about this one.
    if (rest.len() / 2..=most).contains(&stated) { stated } else { rest.len().saturating_mul(USUAL_RATIO).min(most) }
}

/// Decodes the member at the start of `rest`; gives its length in `rest`, or nothing when it must be
/// decoded another way (damaged, or over the limit).
fn member(decompressor: &mut Decompressor, rest: &[u8], output: &mut Output<'_>) -> Option<usize> {
    loop {
        match decompressor.gzip_decompress(rest, output.room()) {
            Ok(written) => {
                let length = member_length(decompressor, rest, &mut output.room()[..written])?;
                output.filled += written;
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
    while let Some(place) = rest.get(from..).and_then(|rest| memmem::find(rest, &trailer)) {
        let end = from + place + TRAILER;
        let continues = rest[end..].starts_with(&GZIP_MAGIC) || end == rest.len();
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

/// Decodes the rest of a file step by step, into what room there is.
fn stream(rest: &[u8], output: &mut Output<'_>) -> Option<Damage> {
    let limit = (output.limit - output.filled) as u64;
    // Reading from memory cannot fail, and if libzstd has no memory there is nothing to decode with.
    let failed = |error: std::io::Error| Damage::Corrupt {
        compressed_offset: 0,
        decompressed_offset: 0,
        reason: error.to_string(),
    };
    let mut decoder = match Decoder::new(Input::new(rest), limit) {
        Ok(decoder) => decoder,
        Err(error) => return Some(failed(error)),
    };
    loop {
        if output.room().is_empty() && !output.grow() {
            // At the limit: asking for one byte more tells whether the stream ends here. None is given.
            return match decoder.read(&mut [0]) {
                Ok(_) => decoder.damage().cloned(),
                Err(error) => Some(failed(error)),
            };
        }
        match decoder.read(output.room()) {
            Ok(read) => output.filled += read,
            Err(error) => return Some(failed(error)),
        }
        if decoder.ended() {
            return decoder.damage().cloned();
        }
    }
}

#[cfg(test)]
mod tests;
