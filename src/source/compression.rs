//! What a file is, told by its first bytes and never by its name: exports are renamed, and a browser
//! unpacks `.gz` files without renaming them.
//!
//! | First bytes | What it is |
//! |---|---|
//! | `1f 8b` | gzip (RFC 1952), one or more members |
//! | `28 b5 2f fd`, `50`–`5f` `2a 4d 18` | zstd (RFC 8878), one or more frames, skippable ones too |
//! | `BZh1`–`BZh9`, then a block's magic or that of the end | bzip2, one or more streams |
//! | `89` `LZO` | lzop, one or more files |
//! | one of [`FileKind`] | not a dump: refused by name, so that the message says what to do |
//! | anything else | a dump as it is; its decoder judges it |
//!
//! The same list is asked again after decompression: a `.tar.gz` and a file that was compressed twice
//! are only seen there.
//!
//! Each of the four compressions joins parts that are compressed by themselves. They go by many names; here
//! each is a *member*. Whether another one follows is told by three or four bytes: after a bzip2 stream,
//! `BZh9` starts no text.

use thiserror::Error;

/// How many first bytes decide what a file is: a tar archive says so in bytes 257 to 262.
pub(super) const HEAD: usize = 262;

/// How many first bytes decide how a file is compressed.
pub(super) const MAGIC: usize = 10;

/// How many bytes decide whether another member follows.
pub(super) const MEMBER_MAGIC: usize = 4;

/// How a dump is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
    /// bzip2.
    Bzip2,
    /// lzop: what the Snowplow S3 loader wrote for raw payloads up to 2.x.
    Lzop,
}

/// A kind of file that is no dump, and that we can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum FileKind {
    /// A zip archive.
    #[error("a zip archive; unpack it first")]
    Zip,
    /// A tar archive, found within compressed files too.
    #[error("a tar archive; unpack it first")]
    Tar,
    /// A 7z archive.
    #[error("a 7z archive; unpack it first")]
    SevenZip,
    /// An xz file.
    #[error("an xz file, which is not read yet; unpack it first")]
    Xz,
    /// An lz4 file.
    #[error("an lz4 file, which is not read yet; unpack it first")]
    Lz4,
    /// A compressed file within a compressed file.
    #[error("compressed twice; unpack it once first")]
    CompressedTwice,
    /// A Parquet file.
    #[error("a Parquet file, which is no dump of raw events")]
    Parquet,
    /// An Avro file.
    #[error("an Avro file, which is no dump of raw events")]
    Avro,
    /// A SQLite database.
    #[error("a SQLite database, which is no dump of raw events")]
    Sqlite,
}

impl Compression {
    /// How a file that starts with `head` is compressed. Needs its first 10 bytes, or all there are.
    ///
    /// Two bytes are enough for gzip and four for lzop, so that a file cut off there is a damaged one and
    /// not a strange dump.
    pub fn recognise(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            // "BZh9" alone could start a text: a block of data (π) or the end of an empty stream (√π) follows.
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
                if rest.starts_with(b"1AY&SY") || rest.starts_with(b"\x17\x72\x45\x38\x50\x90") =>
            {
                Self::Bzip2
            }
            [0x89, b'L', b'Z', b'O', ..] => Self::Lzop,
            _ => Self::Plain,
        }
    }

    /// What a member that follows another begins with: for each byte the least and the greatest value.
    fn members(self) -> &'static [&'static [(u8, u8)]] {
        match self {
            Self::Plain => &[],
            Self::Gzip => &[&[(0x1f, 0x1f), (0x8b, 0x8b), (0x08, 0x08)]],
            Self::Zstd => &[
                &[(0x28, 0x28), (0xb5, 0xb5), (0x2f, 0x2f), (0xfd, 0xfd)],
                &[(0x50, 0x5f), (0x2a, 0x2a), (0x4d, 0x4d), (0x18, 0x18)],
            ],
            Self::Bzip2 => &[&[(b'B', b'B'), (b'Z', b'Z'), (b'h', b'h'), (b'1', b'9')]],
            Self::Lzop => &[&[(0x89, 0x89), (b'L', b'L'), (b'Z', b'Z'), (b'O', b'O')]],
        }
    }
}

/// What follows a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another.
    Member,
    /// The first bytes of another, and the end of the file.
    CutOff,
    /// The end of the file, padding, or something else.
    Other,
}

impl Next {
    /// What `rest` begins with; needs 4 bytes, or all there are.
    pub(super) fn recognise(compression: Compression, rest: &[u8]) -> Self {
        let agrees = |magic: &[(u8, u8)]| {
            rest.iter().zip(magic).all(|(byte, (least, greatest))| (least..=greatest).contains(&byte))
        };
        match compression.members().iter().find(|magic| agrees(magic)) {
            Some(_) if rest.is_empty() => Self::Other,
            Some(magic) if rest.len() < magic.len() => Self::CutOff,
            Some(_) => Self::Member,
            None => Self::Other,
        }
    }
}

impl FileKind {
    /// The kind of file that starts with `head`, if it is one of these; needs 262 bytes, or all
    /// there are. Never [`CompressedTwice`](Self::CompressedTwice): that is for who has decompressed.
    pub fn recognise(head: &[u8]) -> Option<Self> {
        const MAGICS: &[(FileKind, &[u8])] = &[
            (FileKind::Zip, b"PK\x03\x04"),
            (FileKind::Zip, b"PK\x05\x06"), // one with no files
            (FileKind::SevenZip, b"7z\xbc\xaf\x27\x1c"),
            (FileKind::Xz, b"\xfd7zXZ\0"),
            (FileKind::Lz4, b"\x04\x22\x4d\x18"),
            // Both go on with a Thrift i32 field; a text that starts with PAR1 does not.
            (FileKind::Parquet, b"PAR1\x15"),
            (FileKind::Avro, b"Obj\x01"),
            (FileKind::Sqlite, b"SQLite format 3\0"),
        ];
        if let Some((kind, _)) = MAGICS.iter().find(|(_, magic)| head.starts_with(magic)) {
            return Some(*kind);
        }
        (head.get(257..HEAD) == Some(b"ustar")).then_some(Self::Tar)
    }

    /// The same for the first bytes that came out of a decompressor.
    pub(super) fn recognise_decompressed(head: &[u8]) -> Option<Self> {
        match Compression::recognise(head) {
            Compression::Plain => Self::recognise(head),
            _ => Some(Self::CompressedTwice),
        }
    }
}

#[cfg(test)]
mod tests;
