use super::*;
use crate::source::limits::Cap;
use crate::source::samples::{OUTPUT, compressed, gzip as gz, text, zstd};
use crate::source::whole::output::Output;
use crate::source::{Digest, Expected, digest_of_file};

fn cap(limit: u64) -> Cap {
    OutputLimits { bytes: limit, ratio: u64::MAX }.cap(0)
}

fn whole(bytes: &[u8], limit: u64) -> (Vec<u8>, Option<Damage>) {
    let mut out = b"what was there before".to_vec();
    let (filled, damage) = decompress::all(Compression::recognise(bytes), bytes, cap(limit), &mut out);
    out.truncate(filled);
    (out, damage)
}

/// The same from the streaming decoder.
fn streamed(bytes: &[u8], limit: u64) -> (Vec<u8>, Option<Damage>) {
    let mut out = Vec::new();
    let mut output = Output::new(&mut out, limit);
    let damage = decompress::stream(bytes, 0, cap(limit), &mut output);
    let filled = output.filled();
    out.truncate(filled);
    (out, damage)
}

/// Reads the same file again and again.
struct Dump(tempfile::TempDir, WholeFile);

impl Dump {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap(), WholeFile::default())
    }

    fn read(&mut self, bytes: &[u8], whole: u64, limits: OutputLimits) -> Result<Option<Whole<'_>>, SourceError> {
        let path = self.0.path().join("dump");
        std::fs::write(&path, bytes).unwrap();
        self.1.read(&path, whole, limits)
    }
}

#[test]
fn a_whole_file_has_its_identity_its_content_and_its_damage() {
    let text = text(1000);
    let mut dump = Dump::new();
    for (compression, bytes) in compressed(&text) {
        for cut in [0, 5] {
            let bytes = &bytes[..bytes.len() - cut];
            let path = dump.0.path().join("dump");
            let whole = dump.read(bytes, 1 << 20, OUTPUT).unwrap().unwrap();
            assert_eq!(whole.digest, Digest::of_bytes(bytes));
            assert_eq!(whole.digest, digest_of_file(&path, &Expected::default()).unwrap());
            assert_eq!(whole.bytes_on_disk, bytes.len() as u64);
            assert_eq!(whole.compression, compression);
            assert_eq!(whole.damage.is_some(), compression != Compression::Plain && cut > 0);
            assert!(text.starts_with(whole.bytes));
        }
    }
}

#[test]
fn an_error_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let zip = folder.path().join("events.zip");
    std::fs::write(&zip, b"PK\x03\x04").unwrap();
    let mut reader = WholeFile::default();

    let error = reader.read(&missing, 1, OUTPUT).unwrap_err();
    assert!(matches!(error.reason, SourceReason::Open(_)));
    assert!(error.to_string().contains("missing: cannot be opened"));
    assert!(digest_of_file(&missing, &Expected::default()).is_err());

    let error = reader.read(&zip, 4, OUTPUT).unwrap_err();
    let expected = "events.zip: expected a dump, found a zip archive; unpack it first";
    assert!(error.to_string().ends_with(expected));

    let error = reader.read(folder.path(), u64::MAX, OUTPUT).unwrap_err();
    assert!(matches!(error.reason, SourceReason::Open(_) | SourceReason::Read { .. }));
}

#[test]
fn what_is_no_dump_is_refused_before_and_after_decompression() {
    let mut dump = Dump::new();
    let tar = [vec![b'x'; 257], b"ustar\x0000".to_vec()].concat();
    let tars = compressed(&tar).map(|(_, bytes)| (bytes, FileKind::Tar));
    let twice = compressed(&gz(b"data")).map(|(_, bytes)| (bytes, FileKind::CompressedTwice));
    for (bytes, kind) in tars.into_iter().chain(twice.into_iter().skip(1)) {
        let error = dump.read(&bytes, 1 << 20, OUTPUT).unwrap_err();
        assert!(matches!(error.reason, SourceReason::NotADump(found) if found == kind), "{error}");
    }
}

#[test]
fn what_is_too_large_to_be_held_is_left_to_blocks() {
    let text = [text(1000), vec![b'x'; 9000]].concat();
    let length = text.len() as u64;
    let mut dump = Dump::new();
    for (compression, bytes) in compressed(&text) {
        let mut read = |whole: u64, limits: OutputLimits| {
            let whole = dump.read(&bytes, whole, limits).unwrap();
            whole.map(|whole| (whole.bytes.len() as u64, whole.damage))
        };
        assert_eq!(read(length, OUTPUT), Some((length, None)), "{compression:?}");
        assert_eq!(read(length - 1, OUTPUT), None, "{compression:?}");
        assert_eq!(read(bytes.len() as u64 - 1, OUTPUT), None);
        if compression == Compression::Plain {
            continue;
        }
        // A limit that is lower counts as one.
        let limits = OutputLimits { bytes: length - 10, ..OUTPUT };
        for whole in [length - 10, length] {
            let Some((length, Some(Damage::TooLarge { limit, .. }))) = read(whole, limits) else { panic!() };
            assert_eq!((length, limit), (limits.bytes, limits.bytes));
        }
    }
}

#[test]
fn a_stated_size_is_enough_to_know() {
    let text = text(3000);
    let length = text.len() as u64;
    assert_eq!(decompress::stated(Compression::Gzip, &gz(&text)), Some(length));
    let frame = zstd::bulk::compress(&text, 1).unwrap();
    assert_eq!(decompress::stated(Compression::Zstd, &frame), Some(length));
    assert_eq!(decompress::stated(Compression::Zstd, &zstd(&text)), None);
    // What cannot be is not believed.
    assert_eq!(decompress::stated(Compression::Gzip, &[&gz(&text)[..], &[0xff; 4]].concat()), None);
    assert_eq!(decompress::stated(Compression::Gzip, b"\x1f\x8b"), None);

    // Nothing is decompressed: that it is corrupt goes unnoticed.
    let mut dump = Dump::new();
    for mut bytes in [gz(&text), frame] {
        bytes[20] ^= 0xff;
        assert_eq!(dump.read(&bytes, length - 1, OUTPUT).unwrap(), None);
        assert!(dump.read(&bytes, length, OUTPUT).unwrap().unwrap().damage.is_some());
    }
}

#[test]
fn members_are_joined_whatever_their_sizes() {
    let sizes = [0, 1, 2, 40, 600, 0];
    for first in sizes {
        for second in sizes {
            for third in sizes {
                let parts = [text(first), text(second), text(third)];
                let bytes: Vec<u8> = parts.iter().flat_map(|part| gz(part)).collect();
                assert_eq!(whole(&bytes, 1 << 20), (parts.concat(), None), "{first} {second} {third}");
            }
        }
    }
}

#[test]
fn equal_members_are_all_read() {
    for member in [text(1), text(500), vec![0; 100_000], b"a".to_vec()] {
        let bytes = gz(&member).repeat(5);
        assert_eq!(whole(&bytes, 1 << 20), (member.repeat(5), None));
    }
}

#[test]
fn many_small_members_are_read() {
    // As bgzip writes them, with an empty one at the end.
    let data = text(30_000);
    let mut bytes: Vec<u8> = data.chunks(65_280).flat_map(gz).collect();
    bytes.extend(gz(b""));
    assert_eq!(whole(&bytes, 1 << 30), (data, None));
}

#[test]
fn a_stored_gzip_file_in_a_gzip_file_is_data() {
    // Its own trailer and the first bytes of a member are in the data.
    let inner = [b"dump\n".to_vec(), gz(&text(100)), gz(&text(100))].concat();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    std::io::Write::write_all(&mut encoder, &inner).unwrap();
    let bytes = encoder.finish().unwrap();
    assert_eq!(whole(&bytes, 1 << 20), (inner.clone(), None));
    assert_eq!(whole(&bytes.repeat(2), 1 << 20), (inner.repeat(2), None));
}

#[test]
fn a_checksum_of_a_header_is_verified() {
    // libdeflate passes over it, the streaming decoder does not.
    let data = text(10);
    let plain = gz(&data);
    let mut header = plain[..10].to_vec();
    header[3] |= 0x02;
    let checksum = (libdeflater::crc32(&header) as u16).to_le_bytes();
    let bytes = [&header[..], &checksum, &plain[10..]].concat();
    assert_eq!(whole(&bytes, 1 << 20), (data, None));
    let bytes = [&header[..], &[checksum[0], !checksum[1]], &plain[10..]].concat();
    let Some(Damage::Corrupt { reason, .. }) = whole(&bytes, 1 << 20).1 else { panic!() };
    assert_eq!(reason, "header crc mismatch");
}

#[test]
fn zeros_after_the_end_are_padding_and_other_bytes_are_reported() {
    let data = text(300);
    for data in [data, vec![], b"a".to_vec()] {
        let bytes = [gz(&data), gz(&data)].concat();
        let expected = [&data[..], &data].concat();
        for padding in [1, 8, 100] {
            let bytes = [bytes.clone(), vec![0; padding]].concat();
            assert_eq!(whole(&bytes, 1 << 20), (expected.clone(), None));
        }
        for trailing in [&b"garbage"[..], b"\0\0\0\0\0\0\0\0\0\x01", b"\x1f\x8c"] {
            let damage = Damage::TrailingBytes {
                compressed_offset: bytes.len() as u64,
                decompressed_offset: expected.len() as u64,
            };
            let bytes = [&bytes[..], trailing].concat();
            assert_eq!(whole(&bytes, 1 << 20), (expected.clone(), Some(damage)));
        }
    }
}

#[test]
fn damage_is_what_the_streaming_decoder_says() {
    let bytes = [gz(&text(80)), gz(&text(30))].concat();
    for cut in 3..bytes.len() {
        let cut = &bytes[..cut];
        assert_eq!(whole(cut, 1 << 20), streamed(cut, 1 << 20), "cut at {}", cut.len());
    }
    for place in 3..bytes.len() {
        let mut corrupt = bytes.clone();
        corrupt[place] ^= 0x55;
        let (whole, streamed) = (whole(&corrupt, 1 << 20), streamed(&corrupt, 1 << 20));
        assert_eq!(whole.0, streamed.0, "corrupt at {place}");
        assert_eq!(whole.1, streamed.1, "corrupt at {place}");
    }
}

#[test]
fn truncated_zstd_keeps_what_came_before() {
    let data = text(20_000);
    let bytes = [zstd(&data), zstd(&data)].concat();
    for cut in (4..bytes.len()).step_by(997) {
        let (read, _) = whole(&bytes[..cut], 1 << 30);
        assert!(data.repeat(2).starts_with(&read));
    }
    let (read, damage) = whole(&bytes[..bytes.len() - 1], 1 << 30);
    assert_eq!(read, data.repeat(2));
    assert!(matches!(damage, Some(Damage::Truncated { .. })));
}

#[test]
fn the_limit_is_exact() {
    let data = text(3000);
    let two = data.repeat(2);
    let members = compressed(&data).map(|(compression, bytes)| (compression, bytes.repeat(2)));
    for (_, bytes) in compressed(&two).into_iter().skip(1).chain(members.into_iter().skip(1)) {
        for limit in [0, 1, 1000, data.len(), data.len() + 1, two.len() - 1] {
            let (read, damage) = whole(&bytes, limit as u64);
            assert_eq!(read, two[..limit]);
            match damage {
                Some(Damage::TooLarge { limit: reported, .. }) => assert_eq!(reported, limit as u64),
                other => panic!("{limit}: {other:?}"),
            }
        }
        assert_eq!(whole(&bytes, two.len() as u64), (two.clone(), None));
    }
}

#[test]
fn a_bomb_takes_no_more_memory_than_the_limit() {
    // 128 MiB of zeros in many members, and 2 MiB in one.
    let limit = 400_000;
    let member = gz(&vec![0; 1 << 19]);
    let single = gz(&vec![0; 1 << 21]);
    let frame = zstd(&vec![0; 1 << 19]);
    for bytes in [member.repeat(256), single, frame.repeat(256)] {
        assert!(bytes.len() < 2 << 20);
        let mut out = Vec::new();
        let (filled, damage) = decompress::all(Compression::recognise(&bytes), &bytes, cap(limit), &mut out);
        assert_eq!(filled as u64, limit);
        assert!(out.capacity() as u64 <= limit);
        assert!(matches!(damage, Some(Damage::TooLarge { .. })));
    }
}

#[test]
fn a_truncated_file_does_not_reserve_what_its_last_bytes_claim() {
    let bytes = [&gz(&text(10_000))[..5000], &[0xff; 4]].concat();
    let mut out = Vec::new();
    let (filled, _) = decompress::all(Compression::Gzip, &bytes, cap(1 << 40), &mut out);
    assert!(filled > 0 && out.len() < 1 << 20);
}
