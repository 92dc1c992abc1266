use super::*;
use crate::source::decoder::tests::{gzip as gz, text, zstd};

fn whole(bytes: &[u8], limit: u64) -> (Vec<u8>, Option<Damage>) {
    let mut out = b"what was there before".to_vec();
    let decompressed = decompress_whole(bytes, limit, &mut out).unwrap();
    (out, decompressed.damage)
}

/// The same from the streaming decoder.
fn streamed(bytes: &[u8], limit: u64) -> (Vec<u8>, Option<Damage>) {
    let mut out = Vec::new();
    let mut output = Output::new(&mut out, limit);
    let damage = stream(bytes, &mut output);
    output.finish();
    (out, damage)
}

#[test]
fn it_says_how_the_file_was_compressed() {
    let mut out = Vec::new();
    for (bytes, compression) in
        [(b"data".to_vec(), Compression::Plain), (gz(b"data"), Compression::Gzip), (zstd(b"data"), Compression::Zstd)]
    {
        let decompressed = decompress_whole(&bytes, 100, &mut out).unwrap();
        assert_eq!(decompressed, Decompressed { compression, damage: None });
        assert_eq!(out, b"data");
    }
}

#[test]
fn what_is_no_dump_is_refused_before_and_after_decompression() {
    let mut out = Vec::new();
    let tar = [vec![b'x'; 257], b"ustar\x0000".to_vec()].concat();
    for (bytes, kind) in [
        (b"PK\x03\x04".to_vec(), FileKind::Zip),
        (tar.clone(), FileKind::Tar),
        (gz(&tar), FileKind::Tar),
        (zstd(&tar), FileKind::Tar),
        (gz(&gz(b"data")), FileKind::CompressedTwice),
    ] {
        assert_eq!(decompress_whole(&bytes, 1 << 20, &mut out), Err(kind));
    }
}

#[test]
fn members_are_joined_whatever_their_sizes() {
    let sizes = [0, 1, 2, 40, 3000, 0, 0];
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
    let data = text(200_000);
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
    for bytes in [gz(&two), zstd(&two), gz(&data).repeat(2), zstd(&data).repeat(2)] {
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
    // 1 GiB of zeros in many members, and 16 MiB in one.
    let limit = 3 << 20;
    let member = gz(&vec![0; 4 << 20]);
    let single = gz(&vec![0; 16 << 20]);
    let frame = zstd(&vec![0; 4 << 20]);
    for bytes in [member.repeat(256), single, frame.repeat(256)] {
        assert!(bytes.len() < 2 << 20);
        let mut out = Vec::new();
        let decompressed = decompress_whole(&bytes, limit, &mut out).unwrap();
        assert_eq!(out.len() as u64, limit);
        assert!(out.capacity() as u64 <= limit);
        assert!(matches!(decompressed.damage, Some(Damage::TooLarge { .. })));
    }
}

#[test]
fn a_truncated_file_does_not_reserve_what_its_last_bytes_claim() {
    let bytes = [&gz(&text(10_000))[..5000], &[0xff; 4]].concat();
    assert!(estimate(&bytes) < 1 << 20);
    assert!(!whole(&bytes, 1 << 40).0.is_empty());
}
