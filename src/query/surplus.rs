//! Which rows are surplus copies of an event.
//!
//! Two rows are one event if they have one `event_id`. The one received first is kept; ties go to the
//! smallest source digest, then place in the source, so that the choice does not depend on the order of
//! reading. Ids are pseudonyms of 16 characters: they are compared as 128-bit numbers, and only where two
//! are the same is more than the id looked at.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use polars::prelude::*;

/// The columns that deduplication needs.
pub(super) const ID_COLUMN: &str = "event_id";
/// The columns that decide which of several copies is kept.
pub(super) const RANK_COLUMNS: [&str; 4] = ["collector_tstamp", "source", "source_offset", "source_item"];

/// A hasher for keys that are hashes already: it takes the last eight bytes as they are.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            // Base64 letters leave bits unused; the multiplication spreads the others over the word.
            self.0 = (self.0 ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.write(&key.to_le_bytes());
    }
}

/// Rows that share their id with another: for each such id all of its rows.
pub(super) fn repeated(ids: &Column) -> PolarsResult<Vec<Vec<usize>>> {
    let ids = ids.str()?;
    let mut first: HashMap<u128, usize, BuildHasherDefault<Identity>> = HashMap::default();
    first.reserve(ids.len());
    let mut groups: HashMap<usize, Vec<usize>> = HashMap::new();
    for (row, id) in ids.iter().enumerate() {
        let Some(id) = id else { continue };
        let key: [u8; 16] = id
            .as_bytes()
            .try_into()
            .map_err(|_| polars_err!(ComputeError: "an event_id that is no pseudonym, in row {row}"))?;
        let earlier = *first.entry(u128::from_le_bytes(key)).or_insert(row);
        if earlier != row {
            groups.entry(earlier).or_insert_with(|| vec![earlier]).push(row);
        }
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_unstable();
    Ok(groups)
}

/// Of each group all rows but the one to keep, sorted; `ranks` holds [`RANK_COLUMNS`] of the rows of all groups, which are
/// given sorted.
pub(super) fn losers(groups: &[Vec<usize>], copies: &[usize], ranks: &DataFrame) -> PolarsResult<Vec<usize>> {
    let collector = ranks.column(RANK_COLUMNS[0])?.datetime()?;
    let collector = collector.physical();
    let source = ranks.column(RANK_COLUMNS[1])?.str()?;
    let offset = ranks.column(RANK_COLUMNS[2])?.i64()?;
    let item = ranks.column(RANK_COLUMNS[3])?.i32()?;
    let mut losers = Vec::new();
    for group in groups {
        let rank = |row: &usize| {
            let place = copies.partition_point(|copy| copy < row);
            (collector.get(place), source.get(place), offset.get(place), item.get(place), *row)
        };
        let Some(kept) = group.iter().min_by_key(|row| rank(row)) else { continue };
        losers.extend(group.iter().filter(|row| *row != kept));
    }
    losers.sort_unstable();
    Ok(losers)
}
