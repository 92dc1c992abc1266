#![no_main]
//! A file. The first three bytes say how much may come out of it, in units of 16 bytes, and how large a block is; the
//! rest is the file. Read whole and read by blocks, the same comes out of it and the same is wrong with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use usage_report_fuzz::frame::Split;
use usage_report_fuzz::source::{
    Blocks, Compression, Damage, FileKind, Limits, OutputLimits, Piece, SourceError, SourceReason, WholeFile,
};

/// Where the file lies: one for the process.
static PATH: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("usage-report-fuzz-{}", std::process::id())));

/// What reads whole files, with the memory of those before.
static WHOLE: LazyLock<Mutex<WholeFile>> = LazyLock::new(Mutex::default);

/// What comes out of a file, or what it is instead.
type Content = Result<(Vec<u8>, Option<Damage>), FileKind>;

fn by_blocks(path: &Path, output: OutputLimits, size: usize) -> Content {
    let mut blocks = Blocks::open(path, Limits { output, record: 1 << 20 }).map_err(kind)?;
    let (mut all, mut damaged) = (Vec::new(), None);
    // Any bytes are records here.
    while let Some(piece) = blocks.next_block(size, |block| Split::At(block.len().div_ceil(2))).map_err(kind)? {
        assert!(damaged.is_none(), "nothing follows damage");
        match piece {
            Piece::Block(block) => {
                assert_eq!(block.offset, all.len() as u64);
                all.extend(block.bytes);
            }
            Piece::Damaged(damage) => damaged = Some(damage),
            Piece::Oversized { .. } => panic!("every byte is a record"),
        }
    }
    Ok((all, damaged))
}

fn kind(error: SourceError) -> FileKind {
    match error.reason {
        SourceReason::NotADump(kind) => kind,
        other => panic!("{other}"),
    }
}

fuzz_target!(|input: &[u8]| {
    let [high, low, size, file @ ..] = input else { return };
    let bytes = 16 * u64::from(u16::from_be_bytes([*high, *low]));
    let output = OutputLimits { bytes, ratio: u64::MAX };
    fs::write(&*PATH, file).expect("a file");

    let by_small_blocks = by_blocks(&PATH, output, 8 * usize::from(*size) + 1);
    assert_eq!(by_small_blocks, by_blocks(&PATH, output, 1 << 16), "the size of blocks does not tell");
    if let Ok((content, damage)) = &by_small_blocks {
        assert!(content.len() as u64 <= bytes || Compression::recognise(file) == Compression::Plain);
        assert!(damage.as_ref().is_none_or(|damage| !damage.is_limit() || content.len() as u64 == bytes));
    }

    let mut reader = WHOLE.lock().expect("one thread");
    let whole = |reader: &mut WholeFile, most| match reader.read(&PATH, most, output) {
        Ok(whole) => whole.map(|whole| Ok((whole.bytes.to_vec(), whole.damage))),
        Err(error) => Some(Err(kind(error))),
    };
    // What a stated size or the size of the file forbids is left to who reads by blocks.
    if let Some(little) = whole(&mut reader, 1000) {
        assert_eq!(little, by_small_blocks, "with little memory");
    }
    let all = whole(&mut reader, 1 << 30).expect("enough memory");
    assert_eq!(all, by_small_blocks, "whole and by blocks");
});
