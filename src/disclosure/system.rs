//! Systems: the figures of all tables that are sums of the same measure.
//!
//! Nobody has to say what the numbers of a table are: a column of a report is the sum of a measure over the runs with the
//! values of its key if it has these very numbers, in every row. A number that is the sum of no measure of a base is one of
//! its table alone, and of those that have the same number of the same cell.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::base::{Atoms, Base};
use super::numbers::numbers;
use super::own_numbers::OwnNumbers;
use super::placing::{Cells, Placing};
use super::table::Table;

/// Where a row is: its table and its place there.
pub(super) type Place = (usize, usize);

/// The figures that are sums of one measure.
pub(super) struct System<'b> {
    /// The base and the number of the measure; `None` of tables' own numbers.
    pub of: Option<(&'b Base, usize)>,
    pub figures: Vec<Figure>,
    pub totals: Vec<Total>,
}

/// A sum that a row shows, or hides.
pub(super) struct Figure {
    /// The table, and which series of numbers it is of: one for each thing that numbers of it may be.
    pub of: (usize, usize),
    /// Where it is; `None` if the table has no such row.
    pub place: Option<Place>,
    /// The numbers of its values of dimensions.
    pub key: Vec<u32>,
    pub atoms: Atoms,
    pub value: i64,
    /// Of a figure of a base, the measure whose projects it rests on.
    pub rests: usize,
    /// Whether the row does not show it.
    pub is_blank: bool,
    /// Whether it is that of somebody, and rests on fewer projects than there have to be.
    pub is_few: bool,
}

/// A sum that no row shows.
pub(super) struct Total {
    pub atoms: Atoms,
    pub by: By,
}

/// Who tells a total.
pub(super) enum By {
    /// Nobody has to: it is that of a whole table, or of a time of it.
    Everybody,
    /// Any of these rows, by its share or another number of it; that is also said by what they are folded into.
    Rows(Vec<Place>),
    /// Any of these rows, but not what they are folded into.
    OwnRows(Vec<Place>),
    /// Any of these rows, if none of the table is folded: what is unknown and folded is counted as known.
    UnfoldedRows(Vec<Place>),
}

impl<'b> System<'b> {
    /// Those of all tables.
    ///
    /// # Errors
    /// When a count is none.
    pub fn all(tables: &[Table<'_>], bases: &'b [Base]) -> PolarsResult<Vec<Self>> {
        let mut systems: Vec<Self> = Vec::new();
        let mut first = Vec::new();
        for base in bases {
            first.push(systems.len());
            let of_measures = (0..base.measures()).map(|measure| Some((base, measure)));
            systems.extend(of_measures.map(|of| Self { of, figures: Vec::new(), totals: Vec::new() }));
        }
        let mut own = OwnNumbers::default();
        let mut cells: Vec<Cells> = bases.iter().map(|_| Cells::default()).collect();
        for (number, table) in tables.iter().enumerate() {
            let numbers = numbers(table)?;
            let mut is_placed = vec![false; numbers.len()];
            // Rows of pairs of key columns have other dimensions than the next.
            let mut by_names: BTreeMap<BTreeSet<&str>, Vec<usize>> = BTreeMap::new();
            for (row, of) in table.rows.iter().enumerate() {
                by_names.entry(of.told.own.keys().map(String::as_str).collect()).or_default().push(row);
            }
            for (names, rows) in &by_names {
                for ((base, first), cells) in bases.iter().zip(&first).zip(&mut cells) {
                    let placing = Placing { base, number, table, names, rows };
                    let of_base = systems.get_mut(*first..*first + base.measures()).unwrap_or_default();
                    placing.place(&numbers, &mut is_placed, cells, of_base)?;
                }
            }
            for (column, numbers) in numbers.iter().enumerate() {
                if numbers.is_column && !is_placed.get(column).copied().unwrap_or_default() {
                    own.add((number, column), table, numbers);
                }
            }
        }
        systems.push(own.system(tables)?);
        systems.retain(|system| !system.figures.is_empty());
        for system in &mut systems {
            let is_few = |figure: &Figure| figure.value != 0 && system.is_few(tables, &[figure]);
            let is_few: Vec<bool> = system.figures.iter().map(is_few).collect();
            system.figures.iter_mut().zip(is_few).for_each(|(figure, is_few)| figure.is_few = is_few);
        }
        Ok(systems)
    }

    /// Whether some figures rest on fewer projects together than there have to be.
    pub fn is_few(&self, tables: &[Table<'_>], figures: &[&Figure]) -> bool {
        let least = tables.first().map_or(0, |table| table.least);
        match self.of {
            Some((base, _)) => base.is_few(figures.iter().map(|figure| (&*figure.atoms, figure.rests)), least),
            // So many as one of them are there at least.
            None => {
                let rows = figures.iter().filter_map(|figure| row(tables, figure.place?));
                rows.map(|row| row.projects).max().unwrap_or_default() < least
            }
        }
    }
}

/// A row of a table.
pub(super) fn row<'t>(tables: &'t [Table<'_>], (table, row): Place) -> Option<&'t super::table::Row> {
    tables.get(table)?.rows.get(row)
}

/// Sets of some of these names, the largest first.
pub(super) fn subsets<'n>(names: &BTreeSet<&'n str>) -> Vec<BTreeSet<&'n str>> {
    let mut sets: Vec<BTreeSet<&str>> = vec![BTreeSet::new()];
    for name in names {
        let with: Vec<BTreeSet<&str>> = sets.iter().map(|set| set.iter().copied().chain([*name]).collect()).collect();
        sets.extend(with);
    }
    sets.sort_by_key(|set| std::cmp::Reverse(set.len()));
    sets
}
