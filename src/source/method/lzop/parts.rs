//! The parts of an lzop file. All numbers are big-endian; what is in brackets is there if a flag says so.
//!
//! First a header:
//!
//! | Part | Bytes |
//! |---|---|
//! | magic | `89 4c 5a 4f 00 0d 0a 1a 0a` |
//! | version | 2 |
//! | version of the library | 2 |
//! | least version that can read this; from version 0x940 on | 2 |
//! | method: 1, 2 and 3 are LZO1X | 1 |
//! | level; from version 0x940 on | 1 |
//! | flags | 4 |
//! | [filter] | 4 |
//! | file mode, time of change | 8 |
//! | high half of the time; from version 0x940 on | 4 |
//! | length of the file's name, name | 1, as stated |
//! | checksum since the version: CRC-32 if a flag says so, else Adler-32 | 4 |
//! | [length, extra field, checksum of both] | 4, as stated, 4 |
//!
//! Then blocks, and four zeros for the end:
//!
//! | Part | Bytes |
//! |---|---|
//! | size, decompressed; at most 64 MiB | 4 |
//! | size as it follows, the same if the block is stored as it is | 4 |
//! | [Adler-32] [CRC-32] of the block, decompressed | 4, 4 |
//! | [Adler-32] [CRC-32] of the block as it follows, if that is compressed | 4, 4 |
//! | block | as stated |
//!
//! `lzop` writes the Adler-32 of what a block decompresses to; the Snowplow S3 loader (hadoop-lzo) no
//! checksum but the header's.

use libdeflater::{adler32, crc32};
use lzokay::decompress::decompress;

const MAGIC: &[u8] = b"\x89LZO\0\r\n\x1a\n";

/// The newest version of which files are read, that of lzop 1.04.
const NEWEST: u16 = 0x1040;

/// The version since which some fields are there.
const MORE_FIELDS: u16 = 0x0940;

/// The most bytes of a block, as in lzop itself.
const MAX_BLOCK: usize = 64 << 20;

/// The most bytes of an extra field, which no program is known to write.
const MAX_EXTRA: usize = 64 << 10;

/// The most bytes that one byte of LZO1X adds to a match.
const DENSEST: usize = 255;

/// Why a part cannot be taken in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It takes at least so many bytes, more than there are.
    More(usize),
    /// It is not valid.
    Invalid(&'static str),
}

/// The flags of a header, which say what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags(pub(super) u32);

impl Flags {
    const ADLER32: u32 = 0x1;
    const ADLER32_COMPRESSED: u32 = 0x2;
    const EXTRA_FIELD: u32 = 0x40;
    const CRC32: u32 = 0x100;
    const CRC32_COMPRESSED: u32 = 0x200;
    const MULTIPART: u32 = 0x400;
    const FILTER: u32 = 0x800;
    const HEADER_CRC32: u32 = 0x1000;
    /// Flags that nobody has given a meaning. The rest is about the file: its name, the system, its characters.
    const RESERVED: u32 = 0x000f_c000;

    fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }
}

/// The header at the start of `bytes`.
pub(super) fn header(bytes: &[u8]) -> Result<Flags, Stop> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.take(MAGIC.len())? != MAGIC {
        return Err(Stop::Invalid("invalid lzop magic"));
    }
    let version = reader.u16()?;
    let more_fields = version >= MORE_FIELDS;
    let _library = reader.u16()?;
    if more_fields && reader.u16()? > NEWEST {
        return Err(Stop::Invalid("a newer version of lzop"));
    }
    let method = reader.u8()?;
    let _level = if more_fields { reader.u8()? } else { 0 };
    let flags = Flags(reader.u32()?);
    let _filter = if flags.has(Flags::FILTER) { reader.u32()? } else { 0 };
    let _mode_and_time = reader.take(if more_fields { 12 } else { 8 })?;
    let name = usize::from(reader.u8()?);
    reader.take(name)?;
    let checksum = if flags.has(Flags::HEADER_CRC32) { crc32 } else { adler32 };
    let expected = checksum(reader.since(MAGIC.len()));
    if reader.u32()? != expected {
        return Err(Stop::Invalid("wrong checksum of an lzop header"));
    }
    if !matches!(method, 1..=3) {
        return Err(Stop::Invalid("an lzop method other than LZO1X"));
    }
    if flags.has(Flags::MULTIPART | Flags::FILTER | Flags::RESERVED) {
        return Err(Stop::Invalid("lzop flags that are not read: a filter, a part of a file, or unknown"));
    }
    if flags.has(Flags::EXTRA_FIELD) {
        let start = reader.at;
        let length = reader.size()?;
        if length > MAX_EXTRA {
            return Err(Stop::Invalid("an lzop extra field of more than 64 KiB"));
        }
        reader.take(length)?;
        let expected = checksum(reader.since(start));
        if reader.u32()? != expected {
            return Err(Stop::Invalid("wrong checksum of an lzop extra field"));
        }
    }
    Ok(flags)
}

/// A block as it is in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    bytes: &'a [u8],
    /// Bytes that come out.
    size: usize,
    checksums: Checksums,
}

/// The block at the start of `bytes`, `None` for the end. The checksum of its compressed form is verified.
pub(super) fn block(bytes: &[u8], flags: Flags) -> Result<Option<Block<'_>>, Stop> {
    let mut reader = Reader { bytes, at: 0 };
    let size = reader.size()?;
    if size == 0 {
        return Ok(None);
    }
    let length = reader.size()?;
    if size > MAX_BLOCK || length > size || size > length.saturating_mul(DENSEST) {
        return Err(Stop::Invalid("impossible sizes of an lzop block"));
    }
    let checksums = reader.checksums(flags.has(Flags::ADLER32), flags.has(Flags::CRC32))?;
    let of_compressed = if length == size {
        Checksums::default()
    } else {
        reader.checksums(flags.has(Flags::ADLER32_COMPRESSED), flags.has(Flags::CRC32_COMPRESSED))?
    };
    let bytes = reader.take(length)?;
    if !of_compressed.are_of(bytes) {
        return Err(Stop::Invalid("wrong checksum of a compressed lzop block"));
    }
    Ok(Some(Block { bytes, size, checksums }))
}

impl Block<'_> {
    /// Replaces what `out` holds by what the block decompresses to.
    pub(super) fn decode(&self, out: &mut Vec<u8>) -> Result<(), Stop> {
        out.clear();
        if self.bytes.len() == self.size {
            out.extend_from_slice(self.bytes);
        } else {
            out.resize(self.size, 0);
            if decompress(self.bytes, out) != Ok(self.size) {
                out.clear();
                return Err(Stop::Invalid("invalid LZO data"));
            }
        }
        if !self.checksums.are_of(out) {
            out.clear();
            return Err(Stop::Invalid("wrong checksum of an lzop block"));
        }
        Ok(())
    }
}

/// Those checksums that are there.
#[derive(Debug, Default, PartialEq, Eq)]
struct Checksums {
    adler32: Option<u32>,
    crc32: Option<u32>,
}

impl Checksums {
    fn are_of(&self, bytes: &[u8]) -> bool {
        self.adler32.is_none_or(|sum| sum == adler32(bytes)) && self.crc32.is_none_or(|sum| sum == crc32(bytes))
    }
}

/// Takes fields one after the other.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Stop> {
        let end = self.at.saturating_add(length);
        let taken = self.bytes.get(self.at..end).ok_or(Stop::More(end))?;
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u8(&mut self) -> Result<u8, Stop> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Result<u16, Stop> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, Stop> {
        self.array().map(u32::from_be_bytes)
    }

    fn size(&mut self) -> Result<usize, Stop> {
        self.u32().map(|size| usize::try_from(size).unwrap_or(usize::MAX))
    }

    fn checksums(&mut self, adler32: bool, crc32: bool) -> Result<Checksums, Stop> {
        Ok(Checksums {
            adler32: if adler32 { Some(self.u32()?) } else { None },
            crc32: if crc32 { Some(self.u32()?) } else { None },
        })
    }

    /// What was taken since a place.
    fn since(&self, start: usize) -> &'a [u8] {
        &self.bytes[start..self.at]
    }
}
