//! Which rows are surplus copies of an event.
//!
//! Two rows are one event if they have one `event_id`. The one received first is kept; ties go to the
//! smallest source digest, then place in the source, so that the choice does not depend on the order of
//! reading. Ids are pseudonyms of 16 characters: they are compared as 128-bit numbers, and only where two
//! are the same is more than the id looked at.

use std::collections::HashMap;
use std::hash::BuildHasher as _;

use polars::prelude::*;

use super::ids::{IdHasher, number};

/// The columns that deduplication needs.
pub(super) const ID_COLUMN: &str = "event_id";
/// The columns that decide which of several copies is kept.
pub(super) const RANK_COLUMNS: [&str; 4] = ["collector_tstamp", "source", "source_offset", "source_item"];

/// Rows that share their id with another: for each such id all of its rows.
pub(super) fn repeated(ids: &Column) -> PolarsResult<Vec<Vec<usize>>> {
    let ids = ids.str()?;
    let mut first = FirstRows::of(ids.len())?;
    let mut groups: HashMap<usize, Vec<usize>> = HashMap::new();
    for id in ids.iter() {
        let Some(id) = id else {
            first.pass();
            continue;
        };
        let (row, earlier) = first.add(number(ID_COLUMN, id)?);
        if let Some(earlier) = earlier {
            groups.entry(earlier).or_insert_with(|| vec![earlier]).push(row);
        }
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_unstable();
    Ok(groups)
}

/// The first row of each id. Nearly every id is one of a single row, and there are many: so no more of a row is looked up
/// than eight bytes, a part of its id's hash and its number. Of 400,000 rows that takes half the time of a map from ids to
/// rows, and a sixth less memory; of two million rows half of both.
struct FirstRows {
    /// The ids of the rows so far.
    ids: Vec<u128>,
    /// Twice as many places as there are rows, or more. Where one is taken, its lower half is the number of the row, from 1.
    places: Vec<u64>,
}

/// The half of a place that is not the number of its row.
const HASH: u64 = !0 << 32;

impl FirstRows {
    /// For so many rows.
    fn of(rows: usize) -> PolarsResult<Self> {
        let have_numbers = u32::try_from(rows).is_ok_and(|rows| rows < u32::MAX);
        polars_ensure!(have_numbers, ComputeError: "more than 2^32 rows in one table");
        // Written once in their order. Pages that are zero until one is written cost two faults each, for the first is mostly
        // a look, and the second holds up all processors.
        let count = (2 * rows).next_power_of_two();
        #[expect(clippy::slow_vector_initialization, reason = "what is zero of itself is slower: see above")]
        let mut places = Vec::with_capacity(count);
        places.resize(count, 0);
        Ok(Self { ids: Vec::with_capacity(rows), places })
    }

    /// The next row has no id.
    fn pass(&mut self) {
        self.ids.push(0);
    }

    /// The next row has this id: its number, and that of the first row with this id, if it is another one.
    fn add(&mut self, id: u128) -> (usize, Option<usize>) {
        let row = self.ids.len();
        self.ids.push(id);
        let hash = IdHasher::default().hash_one(id);
        let last = self.places.len() - 1;
        // The upper half is in the place itself.
        let mut place = hash.rotate_left(32) as usize & last;
        loop {
            match self.places[place] {
                0 => {
                    self.places[place] = (hash & HASH) | (row as u64 + 1);
                    return (row, None);
                }
                taken => {
                    let earlier = (taken & !HASH) as usize - 1;
                    if taken & HASH == hash & HASH && self.ids[earlier] == id {
                        return (row, Some(earlier));
                    }
                    place = (place + 1) & last;
                }
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

    use super::*;

    #[test]
    fn rows_of_one_id_are_found_wherever_they_are() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        for (rows, different) in [(0, 1), (1, 1), (7, 1), (1000, 3), (1000, 900), (5000, 1 << 40)] {
            let ids: Vec<Option<String>> = (0..rows)
                .map(|_| random.next_u64() % different)
                // Some rows have none.
                .map(|id| (id % 11 != 5).then(|| format!("{id:016x}")))
                .collect();
            let mut expected: HashMap<&str, Vec<usize>> = HashMap::new();
            for (row, id) in ids.iter().enumerate() {
                if let Some(id) = id {
                    expected.entry(id).or_default().push(row);
                }
            }
            let mut expected: Vec<_> = expected.into_values().filter(|rows| rows.len() > 1).collect();
            expected.sort_unstable();
            assert_eq!(repeated(&Column::new(ID_COLUMN.into(), &ids)).expect("pseudonyms"), expected);
        }
        assert!(repeated(&Column::new(ID_COLUMN.into(), ["no pseudonym"])).is_err());
    }
}
