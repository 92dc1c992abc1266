use std::io;

use super::*;
use crate::source::OutputLimits;
use crate::source::samples::{LIMITS, compressed, gzip, text, zstd};

mod oversized;

fn open(bytes: &[u8], limits: Limits) -> Blocks<&[u8]> {
    Blocks::new(Path::new("dump"), bytes, bytes.len() as u64, limits).unwrap()
}

/// Lines: a framing without lengths.
fn lines(block: &[u8]) -> Split {
    memchr::memrchr(b'\n', block).map_or(Split::More(None), |last| Split::At(last + 1))
}

fn pieces(bytes: &[u8], target: usize, limits: Limits, cut: fn(&[u8]) -> Split) -> Vec<Piece> {
    let mut blocks = open(bytes, limits);
    let mut pieces = Vec::new();
    while let Some(piece) = blocks.next_block(target, cut).unwrap() {
        pieces.push(piece);
    }
    assert_eq!(blocks.next_block(target, cut).unwrap(), None);
    pieces
}

/// Offset and length of every record, whether whole or not; of what is passed over, and whether it was
/// whole; the damage.
type Read = (Vec<(u64, u64)>, Vec<(u64, u64, bool)>, Option<Damage>);

fn read(bytes: &[u8], target: usize, limits: Limits, cut: fn(&[u8]) -> Split) -> Read {
    let mut read = Read::default();
    let mut next = 0;
    for piece in pieces(bytes, target, limits, cut) {
        assert_eq!(read.2, None, "nothing follows damage");
        match piece {
            Piece::Block(block) => {
                assert!(block.bytes.len() <= limits.record.max(target) && !block.bytes.is_empty());
                assert_eq!(block.offset, next);
                next += block.bytes.len() as u64;
                read.0.extend(records(&block.bytes, block.offset, cut));
            }
            Piece::Oversized { offset, length, whole } => {
                assert_eq!(offset, next);
                next += length;
                read.1.push((offset, length, whole));
            }
            Piece::Damaged(damage) => read.2 = Some(damage),
        }
    }
    read
}

/// The records of a block and what follows the last of them, found by cutting ever smaller parts.
fn records(mut block: &[u8], mut offset: u64, cut: fn(&[u8]) -> Split) -> Vec<(u64, u64)> {
    let mut records = Vec::new();
    while !block.is_empty() {
        let length =
            (1..block.len()).find(|length| cut(&block[..*length]) == Split::At(*length)).unwrap_or(block.len());
        records.push((offset, length as u64));
        offset += length as u64;
        block = &block[length..];
    }
    records
}

fn expected(text: &[u8]) -> Vec<(u64, u64)> {
    records(text, 0, lines)
}

#[test]
fn any_size_of_block_gives_the_same_lines() {
    let mut text = text(120);
    text.extend(b"\n\r\nlast line without an end");
    for bytes in [text.clone(), gzip(&text), zstd(&text), gzip(&text[..999]), vec![]] {
        let all = read(&bytes, 1 << 20, LIMITS, lines);
        for target in (1..100).chain([1000, 4096, text.len(), text.len() + 1, usize::MAX]) {
            assert_eq!(read(&bytes, target, LIMITS, lines), all, "{target}");
        }
    }
    assert_eq!(read(&gzip(&text), 50, LIMITS, lines), (expected(&text), vec![], None));
}

#[test]
fn blocks_are_about_as_large_as_asked_for_and_end_at_a_line() {
    let text = text(10_000);
    let pieces = pieces(&gzip(&text), 10_000, LIMITS, lines);
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
fn damage_comes_last_and_the_record_it_cuts_off_says_so() {
    let text = text(5000);
    let bytes = gzip(&text);
    for target in [100, 1 << 20] {
        let mut pieces = pieces(&bytes[..bytes.len() / 2], target, LIMITS, lines);
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
    let pieces = pieces(&bytes, 100, LIMITS, lines);
    assert_eq!(pieces[0], Piece::Block(Block { offset: 0, bytes: b"a\nb".to_vec(), cut_off: false }));
    assert!(matches!(pieces[1], Piece::Damaged(Damage::TrailingBytes { .. })));
}

#[test]
fn the_limit_of_output_is_kept() {
    let text = text(5000);
    let limits = Limits { output: OutputLimits { bytes: 20_000, ratio: 1 }, ..LIMITS };
    for (_, bytes) in compressed(&text).into_iter().skip(1) {
        let (records, _, damage) = read(&bytes, 1000, limits, lines);
        assert!(matches!(damage, Some(Damage::TooLarge { limit: 20_000, .. })));
        assert_eq!(records, expected(&text[..20_000]));
    }
}

#[test]
fn the_rest_can_be_skipped_and_is_counted() {
    let text = text(5000);
    let bytes = gzip(&text);
    let mut blocks = open(&bytes, LIMITS);
    let piece = blocks.next_block(1000, lines).unwrap();
    let Some(Piece::Block(first)) = piece else { panic!() };
    assert_eq!(blocks.skip_rest().unwrap(), (text.len() - first.bytes.len()) as u64);
    assert_eq!(blocks.skip_rest().unwrap(), 0);
    assert_eq!(blocks.next_block(1000, lines).unwrap(), None);
}

#[test]
fn what_was_looked_at_is_handed_over() {
    let text = text(120);
    let limits = Limits { record: 1000, ..LIMITS };
    let all = read(&text, 100, limits, lines);
    for size in [1, 50, 100, 500, 1000, 5000] {
        let mut blocks = open(&text, limits);
        assert_eq!(blocks.look_ahead(size).unwrap(), &text[..size.min(1000)]);
        let mut lengths = Vec::new();
        while let Some(Piece::Block(block)) = blocks.next_block(100, lines).unwrap() {
            lengths.extend(records(&block.bytes, block.offset, lines));
            assert!(text[(block.offset as usize) + block.bytes.len()..].starts_with(blocks.look_ahead(size).unwrap()));
        }
        assert_eq!(lengths, all.0, "{size}");
        assert_eq!(blocks.look_ahead(size).unwrap(), b"");
    }
}

#[test]
fn what_is_no_dump_is_refused() {
    let tar = [vec![b'x'; 257], b"ustar\x0000".to_vec()].concat();
    for bytes in [&b"PK\x03\x04"[..], &gzip(&tar), &zstd(&gzip(b"data"))] {
        let refused = Blocks::new(Path::new("some/dump"), bytes, 1000, LIMITS).err().unwrap();
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
    let mut blocks = Blocks::new(Path::new("some/dump"), Failing(10_000), 10_000, LIMITS).unwrap();
    let error = blocks.next_block(20_000, lines).unwrap_err();
    assert!(error.to_string().contains("some/dump") && error.to_string().contains("broken disk"));
    assert_eq!(blocks.next_block(20_000, lines).unwrap(), None);
}
