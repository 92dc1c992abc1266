use std::io::Write;

use flate2::{Compression as Level, GzBuilder};

use super::*;
use crate::source::OutputLimits;
use crate::source::samples::{bzip2, compressed, gzip, lzop, noise, text, zstd};

/// Reads to the end through outputs of `size` bytes.
pub(crate) fn read(bytes: &[u8], limit: u64, size: usize) -> (Vec<u8>, Option<Damage>) {
    read_capped(bytes, OutputLimits { bytes: limit, ratio: u64::MAX }.cap(bytes.len() as u64), size)
}

fn read_capped(bytes: &[u8], cap: Cap, size: usize) -> (Vec<u8>, Option<Damage>) {
    let mut decoder = Decoder::new(Input::new(bytes), cap).unwrap();
    let mut all = Vec::new();
    let mut out = vec![0; size];
    loop {
        let filled = decoder.read(&mut out).unwrap();
        all.extend_from_slice(&out[..filled]);
        if filled < size {
            assert_eq!(decoder.read(&mut out).unwrap(), 0);
            return (all, decoder.damage().cloned());
        }
    }
}

#[test]
fn members_and_frames_are_joined() {
    let (a, b) = (text(500), text(30));
    let joined = [&a[..], &b[..]].concat();
    let skippable = b"\x51\x2a\x4d\x18\x05\0\0\0hello".to_vec();
    for bytes in [
        [gzip(&a), gzip(b""), gzip(&b)].concat(),
        [zstd(&a), zstd(b""), skippable.clone(), zstd(&b)].concat(),
        [bzip2(&a), bzip2(b""), bzip2(&b)].concat(),
        [lzop(&a), lzop(b""), lzop(&b)].concat(),
        [skippable, zstd(&joined)].concat(),
        joined.clone(),
    ] {
        for size in [1, 2, 3, 7, 100, 1000, 1 << 20] {
            assert_eq!(read(&bytes, u64::MAX, size), (joined.clone(), None), "{size}");
        }
    }
}

#[test]
fn nothing_compressed_is_nothing() {
    for (compression, bytes) in compressed(b"") {
        assert_eq!(read(&bytes, 0, 10), (vec![], None), "{compression:?}");
    }
}

#[test]
fn a_header_with_a_name_is_read() {
    let mut encoder = GzBuilder::new().filename("x").comment("y").extra([1, 2, 3]).write(Vec::new(), Level::fast());
    encoder.write_all(b"data").unwrap();
    let bytes = encoder.finish().unwrap();
    assert_eq!(read(&bytes, 100, 10), (b"data".to_vec(), None));
}

#[test]
fn zeros_after_the_end_are_padding() {
    for (_, bytes) in compressed(b"data").into_iter().skip(1) {
        let padded = [bytes, vec![0; 600_000]].concat();
        assert_eq!(read(&padded, 100, 10), (b"data".to_vec(), None));
    }
}

#[test]
fn other_bytes_after_the_end_are_reported() {
    for (_, bytes) in compressed(b"data").into_iter().skip(1) {
        for trailing in [&b"garbage"[..], b"\0\0\0\x01", b"\x1f\x8c\x08\0"] {
            let damage = Damage::TrailingBytes { compressed_offset: bytes.len() as u64, decompressed_offset: 4 };
            let bytes = [&bytes[..], trailing].concat();
            assert_eq!(read(&bytes, 100, 10), (b"data".to_vec(), Some(damage)));
        }
    }
}

#[test]
fn truncation_anywhere_keeps_what_came_before() {
    let (a, b) = (text(12), text(4));
    let joined = [&a[..], &b[..]].concat();
    for ((compression, first), (_, second)) in compressed(&a).into_iter().zip(compressed(&b)).skip(1) {
        let bytes = [&first[..], &second[..]].concat();
        let mut longest = 0;
        for cut in if compression == Compression::Bzip2 { MAGIC } else { 4 }..bytes.len() {
            for size in [7, 1 << 16] {
                let (data, damage) = read(&bytes[..cut], u64::MAX, size);
                assert!(joined.starts_with(&data), "{cut}");
                assert!(data.len() >= longest, "{cut}");
                longest = data.len();
                if cut == first.len() {
                    assert_eq!((data, damage), (a.clone(), None));
                    continue;
                }
                let (compressed_offset, decompressed_offset) = (cut as u64, data.len() as u64);
                let truncated = Damage::Truncated { compressed_offset, decompressed_offset };
                assert_eq!(damage, Some(truncated), "{cut}");
            }
        }
        // Of the last member only the checksum or the end is missing.
        assert_eq!(longest, joined.len(), "{compression:?}");
    }
}

#[test]
fn corruption_anywhere_is_noticed_or_harmless() {
    let data = text(40);
    for (compression, bytes) in compressed(&data).into_iter().skip(1) {
        for place in if compression == Compression::Bzip2 { MAGIC } else { 4 }..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[place] ^= 0x55;
            let (read, damage) = read(&bytes, 1 << 20, 1 << 16);
            assert!(damage.is_some() || read == data, "{compression:?} {place}");
        }
    }
}

#[test]
fn a_wrong_checksum_keeps_the_data() {
    let data = text(40);
    for (mut bytes, from_end) in [(gzip(&data), 8), (gzip(&data), 4), (zstd(&data), 1), (bzip2(&data), 2)] {
        let place = bytes.len() - from_end;
        bytes[place] ^= 1;
        let (read, damage) = read(&bytes, 1 << 20, 1 << 16);
        assert_eq!(read, data);
        match damage {
            Some(Damage::Corrupt { decompressed_offset, reason, .. }) => {
                assert_eq!(decompressed_offset, data.len() as u64);
                assert!(reason.contains("check"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_zstd_block_before_a_corrupt_one_comes_out() {
    // Noise does not compress: raw blocks of 128 KiB.
    let noise = noise(3 << 17);
    let mut bytes = zstd(&noise);
    // After three blocks come an empty last one and the checksum. The third's header says its type in
    // the second and third bit; 3 does not exist.
    let third = bytes.len() - 4 - 3 - (1 << 17) - 3;
    bytes[third] |= 0x06;
    for size in [1000, 1 << 17, 1 << 20] {
        let (data, damage) = read(&bytes, u64::MAX, size);
        assert!(data == noise[..2 << 17]);
        assert!(matches!(damage, Some(Damage::Corrupt { .. })), "{damage:?}");
    }
}

#[test]
fn every_byte_before_corrupt_deflate_data_comes_out() {
    // A stored block, then one of a type that does not exist.
    let header = gzip(b"")[..10].to_vec();
    let bytes = [&header[..], b"\x00\x05\x00\xfa\xffhello\x07"].concat();
    for size in [3, 5, 100] {
        let (data, damage) = read(&bytes, 100, size);
        assert_eq!(data, b"hello");
        let Some(Damage::Corrupt { decompressed_offset: 5, reason, .. }) = damage else { panic!("{damage:?}") };
        assert_eq!(reason, "invalid deflate data");
    }
}

#[test]
fn every_bzip2_block_before_a_corrupt_one_comes_out() {
    let noise = noise(250_000);
    let bytes = bzip2(&noise);
    // Blocks of 100 kB, less what the first of two run-length encodings adds to noise.
    let (all, _) = read(&bytes[..bytes.len() - 20_000], u64::MAX, 1 << 20);
    assert!(all.len() > 190_000 && noise.starts_with(&all));
    let mut corrupt = bytes.clone();
    corrupt[bytes.len() - 20_000] ^= 1;
    for size in [1000, 1 << 20] {
        let (data, damage) = read(&corrupt, u64::MAX, size);
        assert!(data.starts_with(&all));
        assert!(matches!(damage, Some(Damage::Corrupt { .. })), "{damage:?}");
    }
}

#[test]
fn what_the_bzip2_program_writes_is_read() {
    // Two streams of different levels with an empty one between them, by Python.
    let bytes = include_bytes!("../../../tests/fixtures/compressed/lines.bz2");
    assert_eq!(read(bytes, u64::MAX, 100), (text(100), None));
}

#[test]
fn the_limit_is_on_what_comes_out() {
    let data = text(1000);
    let length = data.len() as u64;
    for (_, bytes) in compressed(&data).into_iter().skip(1) {
        for size in [64, 1 << 20] {
            assert_eq!(read(&bytes, length, size), (data.clone(), None));
            let (read, damage) = read(&bytes, length - 1, size);
            assert_eq!(read, data[..data.len() - 1]);
            assert!(matches!(damage, Some(Damage::TooLarge { limit, .. }) if limit == length - 1));
        }
    }
    assert_eq!(read(&data, 10, 64), (data, None));
}

#[test]
fn a_dense_file_ends_at_its_ratio() {
    let bytes = zstd(&vec![0; 18 << 20]);
    let limits = OutputLimits { bytes: u64::MAX, ratio: (17 << 20) / bytes.len() as u64 };
    let cap = limits.cap(bytes.len() as u64);
    assert!(cap.bytes > 16 << 20);
    for size in [100_000, 1 << 25] {
        let (read, damage) = read_capped(&bytes, cap, size);
        assert_eq!(read.len() as u64, limits.ratio * bytes.len() as u64);
        assert!(matches!(damage, Some(Damage::TooDense { ratio, .. }) if ratio == limits.ratio));
    }
}
