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
        (b"BZh91AY&SY", Compression::Bzip2),
        (b"BZh1\x17\x72\x45\x38\x50\x90", Compression::Bzip2),
        (b"BZh01AY&SY", Compression::Plain),
        (b"BZh9", Compression::Plain),
        (b"\x89LZO\0\r\n\x1a\n", Compression::Lzop),
        (b"\x89LZO", Compression::Lzop),
        (b"\x89LZ", Compression::Plain),
        (b"dbt\tpc\t", Compression::Plain),
        (b"", Compression::Plain),
    ] {
        assert_eq!(Compression::recognise(head), compression, "{head:x?}");
        let again = FileKind::recognise_decompressed(head);
        assert_eq!(again == Some(FileKind::CompressedTwice), compression != Compression::Plain);
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
        (b"\x04\x22\x4d\x18", FileKind::Lz4),
        (b"PAR1\x15\x04", FileKind::Parquet),
        (b"Obj\x01\x04", FileKind::Avro),
        (b"SQLite format 3\0\x10", FileKind::Sqlite),
    ] {
        assert_eq!(FileKind::recognise(head), Some(kind));
        assert_eq!(FileKind::recognise_decompressed(head), Some(kind));
    }
}

#[test]
fn texts_and_short_files_are_left_to_the_decoders() {
    for head in [&b"BZh9 is my app id\t"[..], b"PAR1\tpc\t", b"PK", b"7z", b"", b"{\"a\":1}"] {
        assert_eq!(FileKind::recognise(head), None);
        assert_eq!(Compression::recognise(head), Compression::Plain);
    }
}

#[test]
fn what_follows_a_member_is_told_by_its_first_bytes() {
    for (compression, magic) in [
        (Compression::Gzip, &b"\x1f\x8b\x08"[..]),
        (Compression::Zstd, b"\x28\xb5\x2f\xfd"),
        (Compression::Zstd, b"\x5f\x2a\x4d\x18"),
        (Compression::Bzip2, b"BZh9"),
        (Compression::Lzop, b"\x89LZO"),
    ] {
        assert!(magic.len() <= MEMBER_MAGIC);
        assert_eq!(Next::recognise(compression, b""), Next::Other);
        for length in 1..magic.len() {
            assert_eq!(Next::recognise(compression, &magic[..length]), Next::CutOff);
            let other = [&magic[..length], b"\0\0\0"].concat();
            assert_eq!(Next::recognise(compression, &other), Next::Other);
        }
        assert_eq!(Next::recognise(compression, magic), Next::Member);
        assert_eq!(Next::recognise(compression, &[magic, b"x"].concat()), Next::Member);
        assert_eq!(Next::recognise(Compression::Plain, magic), Next::Other);
    }
}
