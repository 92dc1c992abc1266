use super::*;
use crate::frame::Framing;
use crate::frame::tests::assert_splitting_changes_nothing;
use crate::frame::varint::encoded;

fn delimited(bytes: &[u8]) -> Vec<u8> {
    [encoded(bytes.len() as u64), bytes.to_vec()].concat()
}

fn header(length: u32) -> Vec<u8> {
    [&MARKER[..], &length.to_le_bytes()].concat()
}

/// A block as the S3 loader writes it.
fn block(blobs: &[&[u8]]) -> Vec<u8> {
    let blobs = blobs.iter().flat_map(|blob| [vec![0x1a], delimited(blob)].concat());
    let message: Vec<u8> = [&b"\x08\x01\x12"[..], &delimited(b"byte[]")].concat().into_iter().chain(blobs).collect();
    [header(message.len() as u32), message].concat()
}

fn read(bytes: &[u8]) -> Vec<Result<Frame<'_>, FrameError>> {
    Framing::ElephantBird.frames(bytes, 1000, 200).collect()
}

fn records(bytes: &[u8]) -> Vec<&[u8]> {
    read(bytes).into_iter().flatten().map(|frame| frame.bytes).collect()
}

fn errors(bytes: &[u8]) -> Vec<FrameError> {
    read(bytes).into_iter().filter_map(Result::err).collect()
}

#[test]
fn the_vector_of_the_formats_is_read() {
    let payload =
        b"\x0b\x00\x14\0\0\0\x01c\x0b\0\x1e\0\0\0\x05UTF-8\x0a\0\x32\0\0\0\0\0\0\0\x01\x0b\0\x3c\0\0\0\x09192.0.2.1\
        \x0b\0\x6e\0\0\0\x02/i\x0b\x7a\x69\0\0\0\x01s\0";
    let bytes = [&header(0x4d)[..], b"\x08\x01", b"\x12\x06byte[]", b"\x1a\x41", payload].concat();
    assert_eq!((payload.len(), bytes.len()), (65, 97));
    assert_eq!(bytes, block(&[payload]));
    assert_eq!(read(&bytes), [Ok(Frame { offset: 1032, bytes: payload, length: 65 })]);
    assert_eq!(split(&bytes), Split::At(97));
}

#[test]
fn blocks_with_padding_between_them_are_read() {
    let bytes = [&[0; 3][..], &block(&[b"abc", b"", b"de"]), &block(&[]), &[0; 5], &block(&[b"f"]), &[0; 2]].concat();
    let frames = read(&bytes);
    assert_eq!(frames[0], Ok(Frame { offset: 1035, bytes: b"abc", length: 3 }));
    assert_eq!(frames[1], Ok(Frame { offset: 1042, bytes: b"de", length: 2 }));
    assert_eq!(frames[2].map(|frame| frame.bytes), Ok(&b"f"[..]));
    assert_eq!(frames.len(), 3);
    assert_eq!(split(&bytes), Split::At(bytes.len()));
    assert_eq!((split(&[0; 9]), split(b"")), (Split::At(9), Split::More(None)));
}

#[test]
fn garbage_between_blocks_is_one_error_and_no_block_is_lost() {
    let (first, second) = (block(&[b"first"]), block(&[b"second"]));
    let bytes = [&first[..], b"\0\0", &MARKER[..9], b"\0some", &second].concat();
    assert_eq!(records(&bytes), [&b"first"[..], b"second"]);
    assert_eq!(errors(&bytes), [FrameError::Garbage { offset: 1002 + first.len() as u64, length: 14 }]);
    assert_eq!(errors(b"\0no block"), [FrameError::Garbage { offset: 1001, length: 8 }]);

    // Whether it ends is only known where the next block begins.
    assert_eq!(split(b"no block"), Split::More(None));
    assert_eq!(split(&bytes[..first.len() + 10]), Split::At(first.len() + 2));
    assert_eq!(split(&[b"garbage", &second[..17]].concat()), Split::At(7));
}

#[test]
fn a_malformed_block_goes_as_far_as_the_next_marker() {
    let next = block(&[b"next"]);
    for message in [
        &b"\x0a\x01x"[..],                    // version is no text
        b"\x1a\x03abc\x22\x00",               // field 4
        b"\x1a\x04abc",                       // a blob that goes on after the end
        b"\x08\xff\xff\xff",                  // a varint that does
        b"\x1a",                              // no length
        &[&[0x1a][..], &[0xff; 12]].concat(), // no varint
    ] {
        let bad = [&header(message.len() as u32)[..], message].concat();
        let bytes = [&bad[..], b"garbage", &next].concat();
        assert_eq!(records(&bytes), [b"next"], "{message:02x?}");
        assert_eq!(errors(&bytes), [FrameError::Garbage { offset: 1000, length: bad.len() as u64 + 7 }]);
        assert_eq!(split(&bad), Split::More(None));
        assert_eq!(split(&bytes), Split::At(bytes.len()));
    }
    let negative = [&header(0xffff_ffff)[..], b"garbage", &next].concat();
    assert_eq!(records(&negative), [b"next"]);
    assert_eq!(errors(&negative), [FrameError::Garbage { offset: 1000, length: 27 }]);
}

#[test]
fn a_block_that_the_input_cuts_off_is_reported() {
    let whole = block(&[b"abc", b"defg"]);
    let expected = whole.len() as u64;
    for end in 21..whole.len() {
        let error = FrameError::CutOff { offset: 1000, length: end as u64, expected };
        assert_eq!(read(&whole[..end]), [Err(error)], "cut off at {end}");
        assert_eq!(split(&whole[..end]), Split::More(Some(expected)));
        assert_eq!(split(&[b"\0", &whole[..end]].concat()), Split::At(1));
    }
    let no_length = FrameError::CutOff { offset: 1000, length: 18, expected: 20 };
    assert_eq!((&read(&whole[..18])[..], split(&whole[..18])), (&[Err(no_length)][..], Split::More(None)));
}

#[test]
fn a_block_that_another_cuts_off_loses_only_itself() {
    let (cut_off, next) = (block(&[b"first", b"second", &[7; 100]]), block(&[b"next"]));
    let expected = cut_off.len() as u64;
    for end in HEADER..cut_off.len() - next.len() {
        let bytes = [&cut_off[..end], &next].concat();
        assert_eq!(records(&bytes), [b"next"], "cut off at {end}");
        assert_eq!(errors(&bytes), [FrameError::CutOff { offset: 1000, length: end as u64, expected }]);
    }
    // Near its end it cannot be told from a whole one: what it lacks is there.
    for end in cut_off.len() - next.len()..cut_off.len() {
        let bytes = [&cut_off[..end], &next, &next].concat();
        assert_eq!(records(&bytes).last(), Some(&&b"next"[..]), "cut off at {end}");
    }
}

#[test]
fn a_wrong_length_of_a_block_loses_only_itself() {
    let next = block(&[b"next"]);
    for length in [0, 1, 30, 60, 100, 1 << 20, i32::MAX as u32, u32::MAX] {
        let mut bytes = [block(&[b"abc", b"defg"]), next.clone(), next.clone()].concat();
        bytes[16..20].copy_from_slice(&length.to_le_bytes());
        assert_eq!(records(&bytes), [b"next", b"next"], "{length}");
        assert_eq!(split(&bytes), Split::At(bytes.len()));
    }
}

#[test]
fn a_block_that_is_too_long_is_passed_over() {
    let long = block(&[&[7; 90], &[7; 90]]);
    let bytes = [&long[..], &block(&[&[7; 160]]), &block(&[b"next"])].concat();
    assert_eq!(records(&bytes), [&[7; 160][..], b"next"]);
    assert_eq!(errors(&bytes), [FrameError::TooLong { offset: 1000, length: long.len() as u64, most: 200 }]);
}

#[test]
fn a_marker_in_a_record_is_part_of_it() {
    let inner = block(&[b"inner"]);
    assert_eq!(records(&block(&[&inner, b"after"])), [&inner[..], b"after"]);
}

#[test]
fn where_what_is_no_block_ends_does_not_depend_on_where_it_is_split() {
    let inner = [b"\x1a\x14", &header(6)[..]].concat();
    for bytes in [
        // A sound field, with a marker in it, and one that is none; the next block ends just before that.
        [&header(32)[..], &inner, &MARKER].concat(),
        // Two sound fields, with a marker in each, and one that is none; the next block begins in the second.
        [&header(46)[..], &inner, &inner, b"xx"].concat(),
    ] {
        assert!(matches!(split(&bytes), Split::At(at) if at > HEADER));
        assert_splitting_changes_nothing(Framing::ElephantBird, &bytes, 200);
    }
}

#[test]
fn blocks_that_hold_each_other_take_linear_time() {
    // Every block goes on to the end, where there is no field, and has the header of the next as a blob.
    let blocks = 200_000;
    let mut bytes = Vec::new();
    for block in 0..blocks {
        let message = 22 * (blocks - 1 - block) + 1;
        bytes.extend(header(message));
        bytes.extend(if block + 1 < blocks { &b"\x1a\x14"[..] } else { b"x" });
    }
    let last = bytes.len() as u64 - 21;
    let errors = errors(&bytes);
    assert_eq!(errors[0], FrameError::CutOff { offset: 1000, length: last, expected: bytes.len() as u64 });
    assert_eq!(errors[1..], [FrameError::Garbage { offset: 1000 + last, length: 21 }]);
    assert_eq!(split(&bytes), Split::At(last as usize));
}
