//! Numbers of tables that are sums of no measure: of features, packages, projects.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;

use super::base::Atoms;
use super::cell::{Cell, TIMES, is_overlapping};
use super::numbers::{Numbers, counts, shares};
use super::system::{By, Figure, Place, System, Total, row, subsets};
use super::table::Table;

/// Numbers that are no sums over a base: what is known of each is that tables with the same one of the same cell show the same.
#[derive(Default)]
pub(super) struct OwnNumbers {
    atoms: HashMap<(Cell, i64), u32>,
    figures: Vec<Figure>,
}

impl OwnNumbers {
    /// Adds a series of a table.
    pub fn add(&mut self, of: (usize, usize), table: &Table<'_>, numbers: &Numbers) {
        for (row, told) in table.rows.iter().enumerate() {
            let Some(value) = numbers.values.get(row).copied().flatten() else { continue };
            let next = u32::try_from(self.atoms.len()).unwrap_or(u32::MAX);
            let atom = *self.atoms.entry((told.told.own.clone(), value)).or_insert(next);
            self.figures.push(Figure {
                of,
                place: Some((of.0, row)),
                key: Vec::new(),
                atoms: Atoms::from([atom]),
                value,
                rests: 0,
                is_blank: numbers.is_blank.get(row).copied().unwrap_or_default(),
                is_few: false,
            });
        }
    }

    /// The system of these, with what rows are the totals of others by their numbers.
    pub fn system<'b>(self, tables: &[Table<'_>]) -> PolarsResult<System<'b>> {
        let mut by_column: BTreeMap<(usize, usize), Vec<&Figure>> = BTreeMap::new();
        let mut by_cell: BTreeMap<&Cell, Vec<&Figure>> = BTreeMap::new();
        for figure in &self.figures {
            by_column.entry(figure.of).or_default().push(figure);
            if let Some(row) = figure.place.and_then(|place| row(tables, place)) {
                by_cell.entry(&row.told.own).or_default().push(figure);
            }
        }
        let all: BTreeSet<BTreeSet<String>> = by_cell.keys().map(|cell| cell.keys().cloned().collect()).collect();
        let mut totals = Vec::new();
        for ((number, _), figures) in &by_column {
            let Some(table) = tables.get(*number) else { continue };
            let (shares, counts) = (shares(table)?, counts(table)?);
            for ((of, cell), parts) in groups(tables, figures, &all) {
                let atoms: BTreeSet<u32> = parts.iter().flat_map(|figure| figure.atoms.iter().copied()).collect();
                let atoms: Atoms = atoms.into_iter().collect();
                let sum: i64 = parts.iter().map(|figure| figure.value).sum();
                let rows: Vec<usize> = parts.iter().filter_map(|figure| Some(figure.place?.1)).collect();
                let own = parts.first().and_then(|figure| row(tables, figure.place?));
                let is_whole = own.is_some_and(|row| wholes(&row.told.own.keys().cloned().collect()).contains(&of));
                let sizes = parts.iter().filter_map(|figure| Some(row(tables, figure.place?)?.projects));
                // That of few projects is not known by anybody.
                let is_few = sizes.max().unwrap_or_default() < table.least;
                let is_said = shares.iter().any(|share| sums_to_one(share, &rows))
                    || counts
                        .iter()
                        .any(|count| rows.len() > 1 && rows.iter().all(|row| count.get(*row) == Some(&Some(sum))));
                if !is_few && is_whole {
                    totals.push(Total { atoms: atoms.clone(), by: By::Everybody });
                }
                if !is_few && is_said {
                    let rows = parts.iter().filter_map(|figure| figure.place).collect();
                    totals.push(Total { atoms: atoms.clone(), by: By::Rows(rows) });
                }
                // Others that have the same number for this cell.
                let says = by_cell.get(&cell).into_iter().flatten();
                let says = says.filter(|figure| figure.value == sum && sum != 0 && figure.of.0 != *number);
                let says: Vec<Place> =
                    says.filter(|figure| !figure.is_blank).filter_map(|figure| figure.place).collect();
                if !says.is_empty() {
                    totals.push(Total { atoms, by: By::OwnRows(says) });
                }
            }
        }
        Ok(System { of: None, figures: self.figures, totals })
    }
}

/// The figures of a series by the totals that they may be parts of: all dimensions of cells of tables, and some of their own.
fn groups<'f>(
    tables: &[Table<'_>],
    figures: &[&'f Figure],
    all: &BTreeSet<BTreeSet<String>>,
) -> BTreeMap<(BTreeSet<String>, Cell), Vec<&'f Figure>> {
    let mut groups: BTreeMap<(BTreeSet<String>, Cell), Vec<&Figure>> = BTreeMap::new();
    for figure in figures {
        let Some(row) = figure.place.and_then(|place| row(tables, place)) else { continue };
        let own: BTreeSet<String> = row.told.own.keys().cloned().collect();
        let names: BTreeSet<&str> = own.iter().map(String::as_str).collect();
        let parts: Vec<BTreeSet<String>> =
            subsets(&names).iter().map(|names| names.iter().map(|name| (*name).to_owned()).collect()).collect();
        for of in all.iter().chain(&parts).filter(|of| **of != own).collect::<BTreeSet<_>>() {
            // A project, or a run, has several of what overlaps: no total is the sum of them.
            if own.difference(of).any(|name| is_overlapping(name)) {
                continue;
            }
            if let Some(total) = part(&row.told.all, of) {
                groups.entry((of.clone(), total)).or_default().push(figure);
            }
        }
    }
    groups
}

/// The dimensions of what a table is the whole of: nothing, a time, and, where these overlap, one thing of several.
fn wholes(of: &BTreeSet<String>) -> [BTreeSet<String>; 4] {
    let overlapping: BTreeSet<String> = of.iter().filter(|name| is_overlapping(name)).cloned().collect();
    let times: BTreeSet<String> = of.iter().filter(|name| TIMES.contains(&name.as_str())).cloned().collect();
    [BTreeSet::new(), times.clone(), overlapping.clone(), &times | &overlapping]
}

/// A cell's values of some dimensions; `None` if it has not all of them.
fn part(cell: &Cell, of: &BTreeSet<String>) -> Option<Cell> {
    of.iter().map(|name| Some((name.clone(), cell.get(name)?.clone()))).collect()
}

/// Whether the shares of some rows are those of all parts of a whole.
fn sums_to_one(shares: &[Option<f64>], rows: &[usize]) -> bool {
    let sum: f64 = rows.iter().filter_map(|row| shares.get(*row).copied().flatten()).sum();
    (sum - 1.0).abs() < 1e-9
}
