//! Reads parts of a dump back, by their offsets in the decompressed dump.

use std::path::Path;

use super::{Blocks, Limits, Piece, SourceError};

/// Bytes read at once.
const BLOCK: usize = 1 << 20;

/// The bytes at some places (offset and length), in the order of the places; of one that the dump does not
/// reach, as much as there is. The dump is read once, up to the last place.
///
/// # Errors
/// When the file cannot be opened or read, or is known to be no dump.
pub fn excerpts(path: &Path, places: &[(u64, usize)]) -> Result<Vec<Vec<u8>>, SourceError> {
    let mut found = vec![Vec::new(); places.len()];
    let end = places.iter().map(|(offset, length)| offset + *length as u64).max().unwrap_or(0);
    let mut blocks = Blocks::open(path, Limits { output: end.saturating_add(1), record: BLOCK })?;
    // Any bytes are a block: this is about places, not about records.
    while let Some(piece) = blocks.next_block(BLOCK, |bytes| Some(bytes.len()))? {
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

    #[test]
    fn reads_places_across_blocks_and_past_the_end() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("dump");
        let bytes: Vec<u8> = (0..3 * BLOCK).map(|n| (n % 251) as u8).collect();
        std::fs::write(&path, &bytes).expect("written");
        let places = [(10, 5), (BLOCK as u64 - 3, 10), (3 * BLOCK as u64 - 2, 9), (9 * BLOCK as u64, 4)];
        let found = excerpts(&path, &places).expect("read");
        assert_eq!(found[0], bytes[10..15]);
        assert_eq!(found[1], bytes[BLOCK - 3..BLOCK + 7]);
        assert_eq!(found[2], bytes[3 * BLOCK - 2..]);
        assert!(found[3].is_empty());
    }
}
