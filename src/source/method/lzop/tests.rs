use libdeflater::{adler32, crc32};

use super::parts::{Flags, Stop, block, header};
use crate::source::Damage;
use crate::source::decoder::tests::read;
use crate::source::samples::{lzo, lzop, lzop_header, noise, text};

/// Everything in a file, and the damage.
fn read_all(bytes: &[u8]) -> (Vec<u8>, Option<Damage>) {
    read(bytes, u64::MAX, 1 << 16)
}

fn invalid(reason: &'static str) -> Stop {
    Stop::Invalid(reason)
}

/// `header` with a checksum that is right.
fn sealed(mut header: Vec<u8>) -> Vec<u8> {
    let end = header.len() - 4;
    let checksum = adler32(&header[9..end]);
    header[end..].copy_from_slice(&checksum.to_be_bytes());
    header
}

/// A block of these flags, all checksums right.
fn block_of(data: &[u8], flags: u32) -> Vec<u8> {
    let packed = lzo(data);
    let mut block = Vec::new();
    block.extend((data.len() as u32).to_be_bytes());
    block.extend((packed.len() as u32).to_be_bytes());
    for (flag, checksum) in
        [(0x1, adler32(data)), (0x100, crc32(data)), (0x2, adler32(&packed)), (0x200, crc32(&packed))]
    {
        if flags & flag != 0 {
            block.extend(checksum.to_be_bytes());
        }
    }
    block.extend(packed);
    block
}

#[test]
fn what_lzop_writes_is_read() {
    // By lzop 1.04: as it is, `-9 --crc32`, `-1 -F`, 360 kB in two blocks, 1500 bytes that do not compress.
    let line = b"the same line again and again, as events are\n";
    let lines = text(100);
    for (file, expected) in [
        (&include_bytes!("../../../../tests/fixtures/compressed/lines.lzo")[..], lines.clone()),
        (include_bytes!("../../../../tests/fixtures/compressed/lines-crc32.lzo"), lines.clone()),
        (include_bytes!("../../../../tests/fixtures/compressed/lines-unchecked.lzo"), lines.clone()),
        (include_bytes!("../../../../tests/fixtures/compressed/blocks.lzo"), line.repeat(8000)),
    ] {
        assert_eq!(read_all(file), (expected.clone(), None));
        assert_eq!(read_all(&file.repeat(2)), (expected.repeat(2), None));
        let (data, damage) = read_all(&file[..file.len() - 1]);
        assert_eq!(data, expected);
        assert!(matches!(damage, Some(Damage::Truncated { .. })));
    }
    let stored = include_bytes!("../../../../tests/fixtures/compressed/stored.lzo");
    let (data, damage) = read_all(stored);
    assert_eq!((data.len(), damage), (1500, None));
    assert!(stored[..stored.len() - 4].ends_with(&data));
}

#[test]
fn every_wrong_bit_of_a_file_with_checksums_is_noticed() {
    let file = include_bytes!("../../../../tests/fixtures/compressed/lines.lzo");
    let lines = text(100);
    for place in 4..file.len() {
        let mut file = file.to_vec();
        file[place] ^= 0x10;
        let (data, damage) = read_all(&file);
        assert!(damage.is_some(), "{place}");
        assert!(lines.starts_with(&data), "{place}");
    }
}

#[test]
fn a_header_is_read_whatever_is_in_it() {
    let old = {
        let mut header = b"\x89LZO\0\r\n\x1a\n\x09\x00\x20\xa0\x01".to_vec();
        header.extend([0; 4 + 8 + 1 + 4]);
        sealed(header)
    };
    assert_eq!(header(&old), Ok(Flags(0)));
    let extra = {
        let mut header = lzop_header(0x40, b"");
        let field = b"\0\0\0\x05extra";
        header.extend(field);
        header.extend(adler32(field).to_be_bytes());
        header
    };
    assert_eq!(header(&extra), Ok(Flags(0x40)));
    let named = lzop_header(0x0300_0101, &[b'x'; 255]);
    assert_eq!(header(&named), Ok(Flags(0x0300_0101)));
    // Of each part it says how much there must be at least, never more than there is.
    for whole in [old, extra, named] {
        let mut length = 0;
        while let Err(Stop::More(needed)) = header(&whole[..length]) {
            assert!(length < needed && needed <= whole.len());
            length = needed;
        }
        assert_eq!(length, whole.len());
    }
}

#[test]
fn a_header_that_cannot_be_read_says_why() {
    let changed = |place: usize, value: u8| {
        let mut header = lzop_header(0, b"");
        header[place] = value;
        sealed(header)
    };
    assert_eq!(header(&changed(8, 0)), Err(invalid("invalid lzop magic")));
    assert_eq!(header(&changed(13, 0x20)), Err(invalid("a newer version of lzop")));
    assert_eq!(header(&changed(15, 128)), Err(invalid("an lzop method other than LZO1X")));
    let flags = "lzop flags that are not read: a filter, a part of a file, or unknown";
    assert_eq!(header(&changed(19, 0x04)), Err(invalid(flags)));
    assert_eq!(header(&changed(18, 0x01)), Err(invalid(flags)));
    let mut filtered = changed(19, 0x08);
    filtered.splice(21..21, [0, 0, 0, 1]);
    assert_eq!(header(&sealed(filtered)), Err(invalid(flags)));
    let mut wrong = lzop_header(0, b"name");
    *wrong.last_mut().unwrap() ^= 1;
    assert_eq!(header(&wrong), Err(invalid("wrong checksum of an lzop header")));
    let extra = [&lzop_header(0x40, b"")[..], b"\0\0\0\x01x\0\0\0\0"].concat();
    assert_eq!(header(&extra), Err(invalid("wrong checksum of an lzop extra field")));
    let extra = [&lzop_header(0x40, b"")[..], b"\x7f\xff\xff\xff"].concat();
    assert_eq!(header(&extra), Err(invalid("an lzop extra field of more than 64 KiB")));
}

#[test]
fn every_checksum_of_a_block_is_verified() {
    let data = [&[b'x'; 300][..], b"and more"].concat();
    for flags in [0x1, 0x2, 0x100, 0x200, 0x303] {
        let whole = block_of(&data, flags);
        let mut out = Vec::new();
        block(&whole, Flags(flags)).unwrap().unwrap().decode(&mut out).unwrap();
        assert_eq!(out, data);
        for place in 8..8 + 4 * flags.count_ones() as usize {
            let mut wrong = whole.clone();
            wrong[place] ^= 1;
            let refused = match block(&wrong, Flags(flags)) {
                Ok(block) => block.unwrap().decode(&mut out).unwrap_err(),
                Err(stop) => stop,
            };
            assert!(matches!(refused, Stop::Invalid(reason) if reason.starts_with("wrong checksum")));
        }
    }
}

#[test]
fn a_stored_block_has_no_checksum_of_its_compressed_form() {
    let data = b"stored";
    let bytes = [&6u32.to_be_bytes()[..], &6u32.to_be_bytes(), &adler32(data).to_be_bytes(), data].concat();
    let mut out = Vec::new();
    block(&bytes, Flags(0x203 & !0x100)).unwrap().unwrap().decode(&mut out).unwrap();
    assert_eq!(out, data);
}

#[test]
fn impossible_sizes_are_refused_before_anything_is_reserved() {
    let sizes = |size: u32, length: u32| [size.to_be_bytes(), length.to_be_bytes()].concat();
    for (size, length) in [(u32::MAX, u32::MAX), ((64 << 20) + 1, 1 << 20), (10, 11), (1000, 3), (1, 0)] {
        let refused = block(&sizes(size, length), Flags(0)).unwrap_err();
        assert_eq!(refused, invalid("impossible sizes of an lzop block"), "{size} {length}");
    }
    // The largest there are; that all of it is there, only reading will tell.
    assert_eq!(block(&sizes(64 << 20, 64 << 20), Flags(0)), Err(Stop::More(8 + (64 << 20))));
    assert_eq!(block(&[0; 4], Flags(0x303)), Ok(None));
}

#[test]
fn the_densest_block_is_read() {
    let data = vec![7; 1 << 20];
    let packed = lzo(&data);
    assert!(packed.len() < data.len() / 250);
    let mut file = lzop_header(0, b"");
    file.extend(block_of(&data, 0));
    file.extend([0; 4]);
    assert_eq!(read_all(&file), (data, None));
}

#[test]
fn of_a_damaged_block_nothing_comes_out() {
    let data = noise(3000);
    let bytes = lzop(&data);
    for (cut, blocks) in [(bytes.len() - 4, 3), (bytes.len() - 5, 2), (2100, 2), (2000, 1), (50, 0)] {
        let (read, damage) = read_all(&bytes[..cut]);
        assert_eq!(read, data[..blocks * 1000]);
        let (compressed_offset, decompressed_offset) = (cut as u64, blocks as u64 * 1000);
        assert_eq!(damage, Some(Damage::Truncated { compressed_offset, decompressed_offset }));
    }
}
