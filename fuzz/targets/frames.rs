#![no_main]
//! A dump in any framing. The first three bytes say which, how long a record may be, and how large a block is; the rest
//! is the dump. What must hold is what the head of `frame` says, and that of `source::Blocks`:
//!
//! - Frames and errors are in order and do not overlap. What is in neither is what may separate records in the framing,
//!   and a frame's record is in it.
//! - Cut where `split` says, at whatever size of what was seen, the parts hold what the whole does.
//! - Read by blocks, items are in order as well, and the same for every size of block.

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use usage_report_fuzz::frame::{Frame, FrameError, Framing, Split};
use usage_report_fuzz::source::{Blocks, Compression, FileKind, Limits, OutputLimits, Piece};

type Item<'a> = Result<Frame<'a>, FrameError>;

/// Where an item starts and ends, and the record if it is one.
type Owned = ((u64, u64), Option<Vec<u8>>);

/// How many splits of a dump are looked at.
const SPLITS: usize = 64;

/// Where an item starts and ends.
fn range(item: &Item<'_>) -> (u64, u64) {
    match item {
        Ok(frame) => (frame.offset, frame.offset + frame.length),
        Err(error) => (error.offset(), error.offset() + error.length()),
    }
}

fn check_order(framing: Framing, dump: &[u8], items: &[Item<'_>]) {
    let separates = |byte: &u8| match framing {
        Framing::Lines => b"\r\n".contains(byte),
        Framing::JsonArray => b"[], \t\r\n".contains(byte),
        Framing::LengthDelimited | Framing::Whole => false,
        Framing::LengthPrefixed => *byte == 1,
        // What is around the blobs of a block.
        Framing::ElephantBird => true,
    };
    let mut end = 0;
    for item in items {
        let (from, to) = range(item);
        let (from, to) = (from as usize, to as usize);
        assert!(end <= from && from < to && to <= dump.len(), "{item:?}");
        assert!(dump[end..from].iter().all(separates), "{item:?}");
        if let Ok(frame) = item {
            assert!(memchr::memmem::find(&dump[from..to], frame.bytes).is_some(), "{item:?}");
        }
        end = to;
    }
    assert!(dump[end..].iter().all(separates));
}

fn check_splits(framing: Framing, dump: &[u8], most: usize, items: &[Item<'_>]) {
    let mut last = 0;
    for size in (0..=dump.len()).step_by(dump.len() / SPLITS + 1) {
        match framing.split(&dump[..size]) {
            Split::At(at) if at == last => {}
            Split::At(at) => {
                assert!(0 < at && at <= size);
                let (first, second) = dump.split_at(at);
                let mut parts: Vec<_> = framing.frames(first, 0, most).collect();
                match parts.last_mut() {
                    Some(Err(error)) if !error.next_can_be_found() => {
                        let offset = error.offset();
                        *error = FrameError::NoLength { offset, length: dump.len() as u64 - offset };
                    }
                    _ => parts.extend(framing.frames(second, at as u64, most)),
                }
                assert_eq!(parts, items, "split at {at}");
                last = at;
            }
            Split::More(None) => {}
            Split::More(Some(length)) => assert!(length > size as u64),
        }
    }
}

/// What comes of a dump that is read by blocks.
fn by_blocks(framing: Framing, dump: &[u8], most: usize, size: usize) -> Vec<Owned> {
    let limits = Limits { output: OutputLimits { bytes: 1 << 20, ratio: 1 << 20 }, record: most };
    let mut blocks = Blocks::new(Path::new("dump"), dump, dump.len() as u64, limits).expect("a dump");
    let mut items = Vec::new();
    while let Some(piece) = blocks.next_block(size, |block| framing.split(block)).expect("bytes") {
        match piece {
            Piece::Block(block) => {
                assert!(!block.bytes.is_empty());
                for item in framing.frames(&block.bytes, block.offset, most) {
                    let mut range = range(&item);
                    if item.as_ref().is_err_and(|error| !error.next_can_be_found()) {
                        range.1 += blocks.skip_rest().expect("bytes");
                    }
                    items.push((range, item.ok().map(|frame| frame.bytes.to_vec())));
                }
            }
            Piece::Oversized { offset, length, .. } => items.push(((offset, offset + length), None)),
            Piece::Damaged(damage) => panic!("{damage}"),
        }
    }
    items
}

fuzz_target!(|input: &[u8]| {
    let [framing, most, size, dump @ ..] = input else { return };
    let framing = Framing::ALL[usize::from(*framing) % Framing::ALL.len()];
    let most = if *most == u8::MAX { usize::MAX } else { usize::from(*most) };
    let items: Vec<_> = framing.frames(dump, 0, most).collect();
    check_order(framing, dump, &items);
    check_splits(framing, dump, most, &items);

    if Compression::recognise(dump) == Compression::Plain && FileKind::recognise(dump).is_none() {
        let limit = most.clamp(1, 1 << 20);
        let by_small_blocks = by_blocks(framing, dump, limit, usize::from(*size) + 1);
        assert!(by_small_blocks.is_sorted_by(|((_, end), _), ((start, _), _)| end <= start), "{by_small_blocks:?}");
        assert_eq!(by_small_blocks, by_blocks(framing, dump, limit, 1 << 20), "the size of blocks does not tell");
    }
});
