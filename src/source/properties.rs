//! What must hold for any bytes: both ways of reading give the same, nothing panics, and of damaged data
//! the sound beginning comes out.

use std::path::{Path, PathBuf};

use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;

use super::samples::{LIMITS, OUTPUT, compress, compressed, text};
use super::{Blocks, Compression, Damage, Extent, FileKind, Limits, OutputLimits, Piece, SourceReason, WholeFile};
use crate::frame::Split;

const COMPRESSED: [Compression; 4] = [Compression::Gzip, Compression::Zstd, Compression::Bzip2, Compression::Lzop];

/// What comes out of a dump, or what it is instead.
type Content = std::result::Result<(Vec<u8>, Option<Damage>), FileKind>;

/// A file, and the memory of those that were read before it.
struct Dump {
    path: PathBuf,
    reader: WholeFile,
    _folder: tempfile::TempDir,
}

impl Dump {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { path: folder.path().join("dump"), reader: WholeFile::default(), _folder: folder }
    }

    /// Reads bytes whole and by blocks of some sizes, and sees to it that these give the same.
    fn read(&mut self, bytes: &[u8], output: OutputLimits, sizes: &[usize]) -> Content {
        std::fs::write(&self.path, bytes).unwrap();
        let whole = match self.reader.read(&self.path, 1 << 30, output) {
            Ok(whole) => {
                let whole = whole.expect("no test has so much");
                Ok((whole.bytes.to_vec(), whole.damage))
            }
            Err(error) => Err(kind(error.reason)),
        };
        for size in sizes {
            assert_eq!(by_blocks(&self.path, output, *size), whole, "blocks of {size}");
        }
        whole
    }
}

fn by_blocks(path: &Path, output: OutputLimits, size: usize) -> Content {
    let mut blocks =
        Blocks::open(path, Extent::Whole, Limits { output, ..LIMITS }).map_err(|error| kind(error.reason))?;
    let (mut all, mut damaged) = (Vec::new(), None);
    // Any bytes are records here.
    while let Some(piece) = blocks.next_block(size, |block| Split::At(block.len().div_ceil(2))).unwrap() {
        match piece {
            Piece::Block(block) => all.extend(block.bytes),
            Piece::Damaged(damage) => damaged = Some(damage),
            Piece::Oversized { .. } => unreachable!("every byte is a record"),
        }
    }
    Ok((all, damaged))
}

fn kind(reason: SourceReason) -> FileKind {
    match reason {
        SourceReason::NotADump(kind) => kind,
        other => panic!("{other}"),
    }
}

/// Bytes as compressible as events are.
fn content(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    for _ in 0..u.int_in_range(0..=12)? {
        match u.int_in_range(0..=2)? {
            0 => content.extend(text(u.int_in_range(0..=40)?)),
            1 => content.extend(vec![u.arbitrary::<u8>()?; u.int_in_range(0..=3000)?]),
            _ => content.extend(u.bytes(u.len().min(30))?),
        }
    }
    Ok(content)
}

#[test]
fn both_ways_of_reading_give_the_same_of_a_damaged_file() {
    let mut dump = Dump::new();
    arbtest(|u| {
        let compression = *u.choose(&COMPRESSED)?;
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for _ in 0..u.int_in_range(1..=3)? {
            let content = content(u)?;
            bytes.extend(compress(compression, &content));
            expected.extend(content);
        }
        let damaged = u.int_in_range(0..=3)?;
        match damaged {
            0 => {}
            1 => bytes.truncate(u.int_in_range(0..=bytes.len())?),
            2 => {
                let place = u.choose_index(bytes.len())?;
                bytes[place] ^= u.int_in_range(1..=255)?;
            }
            _ => bytes.extend(u.bytes(u.len().min(9))?),
        }
        let limited = u.ratio(1, 4)?;
        let limit = if limited { u.int_in_range(0..=expected.len() as u64 + 10)? } else { OUTPUT.bytes };
        let output = OutputLimits { bytes: limit, ..OUTPUT };
        let sizes = [u.int_in_range(1..=100)?, u.int_in_range(1..=10_000)?, 1 << 20];
        let read = dump.read(&bytes, output, &sizes);
        if damaged != 2 && Compression::recognise(&bytes) == compression {
            // Nothing that was not there, and all of it if nothing is wrong.
            if let Ok((content, damage)) = read {
                assert!(expected.starts_with(&content));
                assert!(damage.is_some() || damaged == 1 || content == expected);
            }
        }
        Ok(())
    })
    .budget_ms(1000)
    .size_min(64);
}

#[test]
fn both_ways_of_reading_give_the_same_of_any_bytes() {
    let mut dump = Dump::new();
    let starts = compressed(b"the first member, whole\n").map(|(_, bytes)| bytes);
    arbtest(|u| {
        // Half a member, or a whole one, so that the bytes after it get somewhere.
        let start = u.choose(&starts)?;
        let start = &start[..u.int_in_range(0..=start.len())?];
        let bytes = [start, u.bytes(u.len().saturating_sub(8))?].concat();
        let _ = dump.read(&bytes, OutputLimits { bytes: 1 << 20, ..OUTPUT }, &[u.int_in_range(1..=1000)?, 1 << 16]);
        Ok(())
    })
    .budget_ms(1000);
}

#[test]
fn a_file_cut_off_anywhere_gives_what_came_before() {
    let mut dump = Dump::new();
    let (first, second) = (text(12), text(4));
    let joined = [&first[..], &second].concat();
    for compression in COMPRESSED {
        let bytes = [compress(compression, &first), compress(compression, &second)].concat();
        let mut longest = 0;
        for cut in 10..bytes.len() {
            let (content, damage) = dump.read(&bytes[..cut], OUTPUT, &[100]).unwrap();
            assert!(joined.starts_with(&content) && content.len() >= longest, "{compression:?} {cut}");
            assert!(damage.is_some() || content == first, "{compression:?} {cut}");
            longest = content.len();
        }
        assert_eq!(dump.read(&bytes, OUTPUT, &[100]), Ok((joined.clone(), None)));
    }
}

#[test]
fn both_ways_of_reading_end_at_the_same_byte_of_a_dense_file() {
    let mut dump = Dump::new();
    let dense = compress(Compression::Zstd, &vec![0; 17 << 20]);
    let sparse = compress(Compression::Zstd, &text(1000));
    for bytes in [dense.clone(), [dense.clone(), sparse.clone()].concat(), [sparse, dense].concat()] {
        let size = bytes.len() as u64;
        for ratio in [1, (33 << 19) / size] {
            let output = OutputLimits { ratio, ..OUTPUT };
            let (content, damage) = dump.read(&bytes, output, &[1 << 20]).unwrap();
            assert_eq!(content.len() as u64, (ratio * size).max(16 << 20));
            assert!(matches!(damage, Some(Damage::TooDense { .. })));
        }
    }
}
