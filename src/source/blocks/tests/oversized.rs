//! Records over the limit.

use arbtest::arbtest;

use super::*;
use crate::frame::Framing;

/// A framing with lengths: one byte `n` and `n` more, or 255 and eight bytes that say how many more.
fn counted(block: &[u8]) -> Split {
    let mut at = 0;
    while let Some((taken, _)) = first_counted(&block[at..]).filter(|(taken, whole)| *whole && *taken > 0) {
        at += taken as usize;
    }
    match first_counted(&block[at..]) {
        _ if at > 0 => Split::At(at),
        Some((length, _)) => Split::More(Some(length)),
        None => Split::More(None),
    }
}

/// The length of the first counted record, all included, and whether all of it is there.
fn first_counted(block: &[u8]) -> Option<(u64, bool)> {
    let length = match block {
        [255, rest @ ..] => u64::from_be_bytes(*rest.first_chunk()?).saturating_add(9),
        [length, ..] => u64::from(*length) + 1,
        [] => return None,
    };
    Some((length, length <= block.len() as u64))
}

#[test]
fn an_oversized_line_is_passed_over_and_the_rest_is_read() {
    for limit in [10, 300, 1000] {
        let limits = Limits { record: limit, ..LIMITS };
        let line = |length: usize| [vec![b'x'; length - 1], b"\n".to_vec()].concat();
        let lengths = [3, limit + 1, 2, limit, limit * 3, limit + 1, limit * 7 + 1, limit, 5];
        let text: Vec<u8> = lengths.iter().flat_map(|length| line(*length)).collect();
        let (kept, over): (Vec<_>, Vec<_>) =
            expected(&text).into_iter().partition(|(_, length)| *length <= limit as u64);
        let over: Vec<_> = over.into_iter().map(|(offset, length)| (offset, length, true)).collect();
        for target in (1..50).chain([limit - 1, limit, limit + 1, limit * 2, 1 << 20]) {
            for bytes in [text.clone(), gzip(&text)] {
                let read = read(&bytes, target, limits, lines);
                assert_eq!(read, (kept.clone(), over.clone(), None), "{limit} {target}");
            }
        }
    }
}

#[test]
fn a_last_line_is_oversized_by_its_own_length() {
    for (length, fits) in [(999, true), (1000, true), (1001, false), (5000, false)] {
        let text = [&b"a\n"[..], &vec![b'x'; length]].concat();
        for target in [1, 2, 3, 500, 1000, 10_000] {
            let (kept, over, _) = read(&text, target, Limits { record: 1000, ..LIMITS }, lines);
            let (lines, passed_over) = if fits { (2, vec![]) } else { (1, vec![(2, length as u64, true)]) };
            assert_eq!((kept.len(), over), (lines, passed_over));
        }
    }
}

#[test]
fn a_bomb_without_a_line_is_passed_over_in_bounded_memory() {
    let limits = Limits { output: OutputLimits { bytes: 1 << 20, ratio: 1 << 30 }, record: 100_000 };
    let (records, over, damage) = read(&gzip(&vec![0; 2 << 20]), 50_000, limits, lines);
    assert_eq!((records, over), (vec![], vec![(0, 1 << 20, false)]));
    assert!(matches!(damage, Some(Damage::TooLarge { .. })));
}

#[test]
fn a_record_that_states_its_length_is_passed_over_by_it() {
    let long = |length: u64, there: usize| [&[255][..], &length.to_be_bytes(), &vec![255; there]].concat();
    let limits = Limits { record: 300, ..LIMITS };
    let stream =
        [b"\x03abc".to_vec(), long(1000, 1000), b"\x01x".to_vec(), long(291, 291), long(292, 292), b"\0".to_vec()]
            .concat();
    let kept = vec![(0, 4), (1013, 2), (1015, 300), (1616, 1)];
    let over = vec![(4, 1009, true), (1315, 301, true)];
    for target in (1..400).chain([1300, 1 << 20]) {
        for bytes in [stream.clone(), zstd(&stream)] {
            assert_eq!(read(&bytes, target, limits, counted), (kept.clone(), over.clone(), None), "{target}");
        }
    }
    // No memory has so many bytes, and the dump has few of them.
    for stated in [u64::MAX, 1 << 60, 1000] {
        let stream = [b"\x03abc".to_vec(), long(stated, 77)].concat();
        for target in (1..100).chain([1 << 20]) {
            assert_eq!(read(&stream, target, limits, counted), (vec![(0, 4)], vec![(4, 86, false)], None));
        }
    }
}

#[test]
fn any_size_of_block_gives_the_same_counted_records() {
    arbtest(|u| {
        let mut stream = Vec::new();
        for _ in 0..u.int_in_range(0..=20)? {
            let length: u16 = u.int_in_range(0..=700)?;
            match u8::try_from(length) {
                Ok(short) if short < 255 => stream.push(short),
                _ => {
                    stream.push(255);
                    stream.extend(u64::from(length).to_be_bytes());
                }
            }
            stream.extend(vec![u.arbitrary::<u8>()?; usize::from(length)]);
        }
        stream.truncate(u.int_in_range(0..=stream.len())?);
        let no_dump = FileKind::recognise_decompressed(&stream).is_some();
        let bytes = if u.arbitrary()? { gzip(&stream) } else { stream };
        let bytes = &bytes[..bytes.len() - if u.arbitrary()? { u.int_in_range(0..=bytes.len().min(20))? } else { 0 }];
        let limits = Limits { record: u.int_in_range(10..=400)?, ..LIMITS };
        if !no_dump && FileKind::recognise(bytes).is_none() {
            let all = read(bytes, 1 << 20, limits, counted);
            for _ in 0..5 {
                assert_eq!(read(bytes, u.int_in_range(1..=1000)?, limits, counted), all);
            }
        }
        Ok(())
    })
    .budget_ms(1000);
}

#[test]
fn the_end_of_a_large_record_may_lie_across_two_reads() {
    // A terminator of four bytes.
    let cut =
        |block: &[u8]| memchr::memmem::rfind(block, b"\r\n\r\n").map_or(Split::More(None), |last| Split::At(last + 4));
    let limits = Limits { record: 1000, ..LIMITS };
    for length in SKIP - 6..SKIP + 2 {
        let bytes = [&vec![b'x'; length][..], b"\r\n\r\nabc\r\n\r\n"].concat();
        for target in [3, 500, SKIP] {
            let length = length as u64 + 4;
            let read = read(&bytes, target, limits, cut);
            assert_eq!(read, (vec![(length, 7)], vec![(0, length, true)], None), "{target}");
        }
    }
}

#[test]
fn a_block_does_not_keep_the_memory_of_a_large_record_before_it() {
    let text = [vec![b'x'; 3 << 20], b"\n".to_vec(), text(10_000)].concat();
    let limits = Limits { record: 2 << 20, ..LIMITS };
    let pieces = pieces(&text, 10_000, limits, lines);
    assert_eq!(pieces[0], Piece::Oversized { offset: 0, length: (3 << 20) + 1, whole: true });
    for piece in &pieces[1..] {
        let Piece::Block(block) = piece else { panic!("{piece:?}") };
        assert!(block.bytes.capacity() <= 2 * block.bytes.len());
    }
}

#[test]
fn a_length_that_turns_out_to_be_none_is_found_out_whatever_the_size_of_blocks() {
    let marker = b"\x29\xd8\xd5\x06\x58\xcd\x4c\x29\xb2\xbc\x57\x99\x21\x71\xbd\xff";
    // Far longer than the limit by its length, but after its blob there is no field.
    let broken = [&marker[..], &[0, 0, 0, 0x10], b"\x1a\x01a\x07"].concat();
    let sound = [&marker[..], &[3, 0, 0, 0], b"\x1a\x01b"].concat();
    let bytes = [&broken[..], &sound, &broken, &sound].concat();
    let cut: fn(&[u8]) -> Split = |block| Framing::ElephantBird.split(block);
    for target in 1..bytes.len() + 10 {
        let mut blobs = Vec::new();
        for piece in pieces(&bytes, target, Limits { record: 50, ..LIMITS }, cut) {
            let Piece::Block(block) = piece else { panic!("blocks of {target}: {piece:?}") };
            let frames = Framing::ElephantBird.frames(&block.bytes, block.offset, 50);
            blobs.extend(frames.flatten().map(|frame| frame.bytes.to_vec()));
        }
        assert_eq!(blobs, [b"b", b"b"], "blocks of {target}");
    }
}

#[test]
fn what_separates_records_does_not_make_them_longer() {
    let text = [&b"[\n"[..], br#"{"a":"12345"}"#, b",\n\n\n\n", br#"{"a":"12345"}"#, b"\n]\n"].concat();
    let cut: fn(&[u8]) -> Split = |block| Framing::JsonArray.split(block);
    for target in 1..text.len() + 10 {
        let pieces = pieces(&text, target, Limits { record: 13, ..LIMITS }, cut);
        assert!(pieces.iter().all(|piece| matches!(piece, Piece::Block(_))), "blocks of {target}: {pieces:?}");
    }
}
