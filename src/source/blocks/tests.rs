use std::io;

use super::*;
use crate::frame::{LengthDelimited, Lines, length_delimited, lines};
use crate::source::decoder::tests::{gzip, text, zstd};

const LIMITS: Limits = Limits { output: 1 << 30, record: 1 << 20 };

fn pieces(bytes: &[u8], target: usize, limits: Limits) -> Vec<Piece> {
    let mut blocks = Blocks::new(Path::new("dump"), bytes, limits).unwrap();
    let mut pieces = Vec::new();
    while let Some(piece) = blocks.next_block(target, lines::split_point).unwrap() {
        pieces.push(piece);
    }
    assert_eq!(blocks.next_block(target, lines::split_point).unwrap(), None);
    pieces
}

/// Offset and length of every line, and of what is passed over; the damage.
type Read = (Vec<(u64, u64)>, Vec<(u64, u64)>, Option<Damage>);

fn read(bytes: &[u8], target: usize, limits: Limits) -> Read {
    let mut read = Read::default();
    for piece in pieces(bytes, target, limits) {
        assert_eq!(read.2, None, "nothing follows damage");
        match piece {
            Piece::Block(block) => {
                assert!(block.bytes.len() <= limits.record.max(target));
                let lines = Lines::new(&block.bytes, block.offset);
                read.0.extend(lines.map(|line| (line.offset, line.length)));
            }
            Piece::Oversized { offset, length } => read.1.push((offset, length)),
            Piece::Damaged(damage) => read.2 = Some(damage),
        }
    }
    read
}

fn expected(text: &[u8]) -> Vec<(u64, u64)> {
    Lines::new(text, 0).map(|line| (line.offset, line.length)).collect()
}

#[test]
fn any_size_of_block_gives_the_same_lines() {
    let mut text = text(300);
    text.extend(b"\n\r\nlast line without an end");
    for bytes in [text.clone(), gzip(&text), zstd(&text), gzip(&text[..999]), vec![]] {
        let all = read(&bytes, 1 << 20, LIMITS);
        for target in (1..200).chain([1000, 4096, text.len(), text.len() + 1, usize::MAX]) {
            assert_eq!(read(&bytes, target, LIMITS), all, "{target}");
        }
    }
    assert_eq!(read(&gzip(&text), 50, LIMITS), (expected(&text), vec![], None));
}

#[test]
fn blocks_are_about_as_large_as_asked_for_and_end_at_a_line() {
    let text = text(10_000);
    let pieces = pieces(&gzip(&text), 10_000, LIMITS);
    let mut at = 0;
    for piece in &pieces {
        let Piece::Block(block) = piece else { panic!("{piece:?}") };
        assert_eq!(block.offset, at);
        assert!(block.bytes.ends_with(b"\n") && !block.cut_off);
        at += block.bytes.len() as u64;
    }
    assert_eq!(at, text.len() as u64);
    assert!(pieces.len() <= text.len() / 9_900 + 1);
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
        for target in (1..50).chain([limit - 1, limit, limit + 1, limit * 2, 1 << 20]) {
            for bytes in [text.clone(), gzip(&text)] {
                let read = read(&bytes, target, limits);
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
            let (kept, over, _) = read(&text, target, Limits { record: 1000, ..LIMITS });
            assert_eq!((kept.len(), over.len()), if fits { (2, 0) } else { (1, 1) });
            assert_eq!(over.first().copied().unwrap_or((2, length as u64)), (2, length as u64));
        }
    }
}

#[test]
fn damage_comes_last_and_the_record_it_cuts_off_says_so() {
    let text = text(5000);
    let bytes = gzip(&text);
    for target in [100, 1 << 20] {
        let mut pieces = pieces(&bytes[..bytes.len() / 2], target, LIMITS);
        assert!(matches!(pieces.pop(), Some(Piece::Damaged(Damage::Truncated { .. }))));
        let Some(Piece::Block(tail)) = pieces.pop() else { panic!() };
        assert!(tail.cut_off);
        assert!(!tail.bytes.contains(&b'\n'));
        let mut at = 0;
        for piece in pieces {
            let Piece::Block(block) = piece else { panic!() };
            assert!(!block.cut_off && block.bytes.ends_with(b"\n"));
            at += block.bytes.len() as u64;
        }
        assert_eq!(tail.offset, at);
        assert!(text[at as usize..].starts_with(&tail.bytes));
    }
}

#[test]
fn trailing_bytes_cut_nothing_off() {
    let bytes = [gzip(b"a\nb"), b"garbage".to_vec()].concat();
    let pieces = pieces(&bytes, 100, LIMITS);
    assert_eq!(pieces[0], Piece::Block(Block { offset: 0, bytes: b"a\nb".to_vec(), cut_off: false }));
    assert!(matches!(pieces[1], Piece::Damaged(Damage::TrailingBytes { .. })));
}

#[test]
fn the_limit_of_output_is_kept() {
    let text = text(5000);
    let limits = Limits { output: 20_000, ..LIMITS };
    let (lines, _, damage) = read(&gzip(&text), 1000, limits);
    assert!(matches!(damage, Some(Damage::TooLarge { limit: 20_000, .. })));
    assert_eq!(lines, expected(&text[..20_000]));
}

#[test]
fn a_bomb_without_a_line_is_passed_over_in_bounded_memory() {
    let limits = Limits { output: 10 << 20, record: 1 << 20 };
    let (lines, over, damage) = read(&gzip(&vec![0; 20 << 20]), 1 << 20, limits);
    assert_eq!((lines, over), (vec![], vec![(0, 10 << 20)]));
    assert!(matches!(damage, Some(Damage::TooLarge { .. })));
}

#[test]
fn length_delimited_records_are_cut_too() {
    let mut stream = Vec::new();
    for n in 0..500usize {
        let length = n * 37 % 120;
        stream.push(length as u8);
        stream.extend(vec![b'x'; length]);
    }
    let all: Vec<_> = LengthDelimited::new(&stream, 0).map(|f| f.unwrap().offset).collect();
    let bytes = zstd(&stream);
    for target in [1, 10, 100, 1000, 1 << 20] {
        let mut blocks = Blocks::new(Path::new("dump"), &bytes[..], LIMITS).unwrap();
        let mut offsets = Vec::new();
        while let Some(piece) = blocks.next_block(target, length_delimited::split_point).unwrap() {
            let Piece::Block(block) = piece else { panic!("{piece:?}") };
            let frames = LengthDelimited::new(&block.bytes, block.offset);
            offsets.extend(frames.map(|frame| frame.unwrap().offset));
        }
        assert_eq!(offsets, all);
    }
}

#[test]
fn the_rest_can_be_skipped_and_is_counted() {
    let text = text(5000);
    let bytes = gzip(&text);
    let mut blocks = Blocks::new(Path::new("dump"), &bytes[..], LIMITS).unwrap();
    let piece = blocks.next_block(1000, lines::split_point).unwrap();
    let Some(Piece::Block(first)) = piece else { panic!() };
    assert_eq!(blocks.skip_rest().unwrap(), (text.len() - first.bytes.len()) as u64);
    assert_eq!(blocks.skip_rest().unwrap(), 0);
    assert_eq!(blocks.next_block(1000, lines::split_point).unwrap(), None);
}

#[test]
fn what_is_no_dump_is_refused() {
    let tar = [vec![b'x'; 257], b"ustar\x0000".to_vec()].concat();
    for bytes in [&b"PK\x03\x04"[..], &gzip(&tar), &zstd(&gzip(b"data"))] {
        let refused = Blocks::new(Path::new("some/dump"), bytes, LIMITS).err().unwrap();
        assert!(matches!(refused.reason, SourceReason::NotADump(_)));
        assert!(refused.to_string().starts_with("some/dump: expected a dump, found "));
    }
}

#[test]
fn an_error_of_the_file_is_named_and_ends_the_reading() {
    struct Failing(usize);
    impl io::Read for Failing {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let length = out.len().min(self.0);
            self.0 -= length;
            if length == 0 { Err(io::Error::other("broken disk")) } else { Ok(length) }
        }
    }
    let mut blocks = Blocks::new(Path::new("some/dump"), Failing(10_000), LIMITS).unwrap();
    let error = blocks.next_block(20_000, lines::split_point).unwrap_err();
    assert!(error.to_string().contains("some/dump") && error.to_string().contains("broken disk"));
    assert_eq!(blocks.next_block(20_000, lines::split_point).unwrap(), None);
}
