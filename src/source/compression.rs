//! What a file is, told by its first bytes and never by its name: exports are renamed, and a browser
//! unpacks `.gz` files without renaming them.
//!
//! | First bytes | What it is |
//! |---|---|
//! | `1f 8b` | gzip (RFC 1952), one or more members |
//! | `28 b5 2f fd`, `50`–`5f` `2a 4d 18` | zstd (RFC 8878), one or more frames, skippable ones too |
//! | one of [`FileKind`] | not a dump: refused by name, so that the message says what to do |
//! | anything else | a dump as it is; its decoder judges it |
//!
//! The same list is asked again after decompression: a `.tar.gz` and a file that was compressed twice
//! are only seen there.

use thiserror::Error;

/// How many first bytes decide what a file is: a tar archive says so in bytes 257 to 262.
pub(super) const HEAD: usize = 262;

/// The first bytes of every gzip member; the third, the method, is always 8 (deflate).
pub(super) const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];

/// How a dump is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

/// A kind of file that is no dump, and that we can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum FileKind {
    /// A zip archive.
    #[error("a zip archive; unpack it first")]
    Zip,
    /// A tar archive, found within gzip or zstd too.
    #[error("a tar archive; unpack it first")]
    Tar,
    /// A 7z archive.
    #[error("a 7z archive; unpack it first")]
    SevenZip,
    /// An xz file.
    #[error("an xz file, which is not read yet; unpack it first")]
    Xz,
    /// A bzip2 file.
    #[error("a bzip2 file, which is not read yet; unpack it first")]
    Bzip2,
    /// An lz4 file.
    #[error("an lz4 file, which is not read yet; unpack it first")]
    Lz4,
    /// An lzop file: what the Snowplow S3 loader wrote for raw payloads up to 2.x.
    #[error("an lzop file, which is not read yet; unpack it first")]
    Lzop,
    /// A gzip or zstd file within gzip or zstd.
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
    /// How a file that starts with `head` is compressed. Needs its first 4 bytes.
    ///
    /// Two bytes are enough for gzip, so that a file cut off there is a damaged gzip file and not a
    /// strange dump.
    pub fn recognise(head: &[u8]) -> Self {
        if head.starts_with(&GZIP_MAGIC[..2]) {
            Self::Gzip
        } else if is_zstd(head) {
            Self::Zstd
        } else {
            Self::Plain
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
            (FileKind::Lzop, b"\x89LZO\0\r\n\x1a\n"),
            // Both go on with a Thrift i32 field; a text that starts with PAR1 does not.
            (FileKind::Parquet, b"PAR1\x15"),
            (FileKind::Avro, b"Obj\x01"),
            (FileKind::Sqlite, b"SQLite format 3\0"),
        ];
        if let Some((kind, _)) = MAGICS.iter().find(|(_, magic)| head.starts_with(magic)) {
            return Some(*kind);
        }
        // "BZh" alone could start a text: a block of data (π) or the end of an empty file (√π) follows.
        if head.starts_with(b"BZh") && matches!(head.get(4..10), Some(b"1AY&SY" | b"\x17\x72\x45\x38\x50\x90")) {
            return Some(Self::Bzip2);
        }
        (head.get(257..HEAD) == Some(b"ustar")).then_some(Self::Tar)
    }

    /// The same for the first bytes that came out of a decompressor.
    pub(super) fn recognise_decompressed(head: &[u8]) -> Option<Self> {
        match Compression::recognise(head) {
            Compression::Plain => Self::recognise(head),
            Compression::Gzip | Compression::Zstd => Some(Self::CompressedTwice),
        }
    }
}

/// Whether a zstd frame starts here, a skippable one included.
pub(super) fn is_zstd(bytes: &[u8]) -> bool {
    matches!(bytes, [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_told_by_magic() {
        for (head, compression) in [
            (&b"\x1f\x8b\x08\0"[..], Compression::Gzip),
            (b"\x1f\x8b", Compression::Gzip),
            (b"\x1f", Compression::Plain),
            (b"\x28\xb5\x2f\xfd", Compression::Zstd),
            (b"\x5f\x2a\x4d\x18", Compression::Zstd),
            (b"\x60\x2a\x4d\x18", Compression::Plain),
            (b"dbt\tpc\t", Compression::Plain),
            (b"", Compression::Plain),
        ] {
            assert_eq!(Compression::recognise(head), compression, "{head:x?}");
        }
    }

    #[test]
    fn what_is_no_dump_is_named() {
        let tar = [vec![0; 257], b"ustar\0".to_vec()].concat();
        for (head, kind) in [
            (&b"PK\x03\x04rest"[..], FileKind::Zip),
            (b"PK\x05\x06", FileKind::Zip),
            (&tar, FileKind::Tar),
            (b"7z\xbc\xaf\x27\x1c\0\x04", FileKind::SevenZip),
            (b"\xfd7zXZ\0", FileKind::Xz),
            (b"BZh91AY&SY", FileKind::Bzip2),
            (b"BZh9\x17\x72\x45\x38\x50\x90", FileKind::Bzip2),
            (b"\x04\x22\x4d\x18", FileKind::Lz4),
            (b"\x89LZO\0\r\n\x1a\n", FileKind::Lzop),
            (b"PAR1\x15\x04", FileKind::Parquet),
            (b"Obj\x01\x04", FileKind::Avro),
            (b"SQLite format 3\0\x10", FileKind::Sqlite),
        ] {
            assert_eq!(FileKind::recognise(head), Some(kind));
            assert_eq!(FileKind::recognise_decompressed(head), Some(kind));
        }
        assert_eq!(FileKind::recognise_decompressed(b"\x1f\x8b\x08"), Some(FileKind::CompressedTwice));
    }

    #[test]
    fn texts_and_short_files_are_left_to_the_decoders() {
        for head in [&b"BZh9 is my app id\t"[..], b"PAR1\tpc\t", b"PK", b"7z", b"", b"{\"a\":1}"] {
            assert_eq!(FileKind::recognise(head), None);
        }
    }
}
