//! Reads parts of a dump back, by their offsets in the decompressed dump.

use std::path::Path;

use crate::frame::Split;
use crate::source::{Blocks, Extent, Limits, OutputLimits, Piece, SourceError};

/// Bytes read at once.
const BLOCK: usize = 1 << 20;

/// The bytes at some places (offset and length), in the order of the places; of one that the dump does not
/// reach, as much as there is. The dump is read once, up to the last place.
///
/// # Errors
/// When the file cannot be opened or read, or is known to be no dump.
pub fn excerpts(path: &Path, places: &[(u64, usize)]) -> Result<Vec<Vec<u8>>, SourceError> {
    let mut found = vec![Vec::new(); places.len()];
    let end = places.iter().map(|(offset, length)| offset.saturating_add(*length as u64)).max().unwrap_or(0);
    // What is asked for was within the limits when it was read first.
    let output = OutputLimits { bytes: end.saturating_add(1), ratio: u64::MAX };
    let mut blocks = Blocks::open(path, Extent::Whole, Limits { output, record: BLOCK })?;
    // Any bytes are a block: this is about places, not about records.
    while let Some(piece) = blocks.next_block(BLOCK, |bytes| Split::At(bytes.len()))? {
        let Piece::Block(block) = piece else { continue };
        for (excerpt, (offset, length)) in found.iter_mut().zip(places) {
            let from = offset.saturating_add(excerpt.len() as u64);
            let wanted = *length - excerpt.len();
            let Some(skip) = from.checked_sub(block.offset).and_then(|skip| usize::try_from(skip).ok()) else {
                continue;
            };
            if let Some(rest) = block.bytes.get(skip..) {
                excerpt.extend_from_slice(&rest[..rest.len().min(wanted)]);
            }
        }
        if block.offset + block.bytes.len() as u64 >= end {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::samples::compressed;

    #[test]
    fn reads_places_across_blocks_and_past_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dump");
        let mut bytes = vec![b' '; BLOCK + 99];
        bytes[10..15].copy_from_slice(b"first");
        bytes[BLOCK - 3..BLOCK + 7].copy_from_slice(b"two blocks");
        bytes[BLOCK + 95..].copy_from_slice(b"last");
        let places = [(10, 5), (BLOCK as u64 - 3, 10), (BLOCK as u64 + 95, 9), (9 * BLOCK as u64, 4)];
        for (compression, dump) in compressed(&bytes) {
            std::fs::write(&path, &dump).unwrap();
            let found = excerpts(&path, &places).unwrap();
            assert_eq!(found, [&b"first"[..], b"two blocks", b"last", b""], "{compression:?}");
            let no_place = excerpts(&path, &[(u64::MAX, usize::MAX), (0, 1)]).unwrap();
            assert_eq!(no_place, [&b""[..], b" "]);
        }
    }
}
