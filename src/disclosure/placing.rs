//! What the numbers of a table are: sums of which measure, over which cells.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use polars::prelude::*;

use super::base::{Atoms, Base, ByCell, Condition};
use super::cell::TIMES;
use super::numbers::{Numbers, shares};
use super::system::{By, Figure, Place, System, Total, subsets};
use super::table::Table;

/// The atoms of cells of a base, each counted once.
#[derive(Default)]
pub(super) struct Cells {
    /// By the names of their dimensions, and by what tables are limited to.
    known: HashMap<(Vec<String>, usize), Arc<ByCell>>,
    /// How many series of figures there are.
    series: usize,
}

impl Cells {
    fn of(&mut self, base: &Base, names: &BTreeSet<&str>, which: usize, condition: Condition) -> Arc<ByCell> {
        let asked = (names.iter().map(|name| (*name).to_owned()).collect(), which);
        Arc::clone(self.known.entry(asked).or_insert_with(|| base.cells(names, condition).into()))
    }

    fn next_series(&mut self) -> usize {
        self.series = self.series.saturating_add(1);
        self.series
    }
}

/// What numbers are: sums of a measure over the atoms of cells.
struct Sums<'a> {
    /// The atoms of each row, and their sum.
    atoms: &'a [&'a Atoms],
    values: &'a [i64],
    /// All cells, those without a row included.
    cells: &'a ByCell,
    /// The measure whose projects they rest on.
    rests: usize,
}

/// Rows of a table with the same dimensions, which may be sums over a base.
pub(super) struct Placing<'a> {
    pub base: &'a Base,
    /// The table, and its number.
    pub table: &'a Table<'a>,
    pub number: usize,
    pub names: &'a BTreeSet<&'a str>,
    pub rows: &'a [usize],
}

impl Placing<'_> {
    /// Adds what numbers are sums of measures to the systems of these.
    pub fn place(
        &self,
        numbers: &[Numbers],
        is_placed: &mut [bool],
        cells: &mut Cells,
        systems: &mut [System<'_>],
    ) -> PolarsResult<()> {
        if !self.base.has(self.names) {
            return Ok(());
        }
        let mut waiting: Vec<usize> = (0..numbers.len()).collect();
        let mut used = BTreeSet::new();
        // A column may also be that of a coarser cell, such as that of all adapters of the row's version.
        for names in subsets(self.names) {
            if names != *self.names {
                waiting.retain(|number| numbers.get(*number).is_some_and(|numbers| numbers.is_column));
            }
            if waiting.is_empty() {
                break;
            }
            let mut found = BTreeSet::new();
            for (which, condition) in self.base.conditions().iter().enumerate() {
                let of_cells = cells.of(self.base, &names, which, condition);
                let none = Atoms::default();
                let atoms: Vec<&Atoms> = self
                    .rows
                    .iter()
                    .map(|row| {
                        let key = self.table.rows.get(*row).and_then(|row| self.base.key(&names, &row.told.own));
                        key.and_then(|key| of_cells.get(&key)).unwrap_or(&none)
                    })
                    .collect();
                for (measure, system) in systems.iter_mut().enumerate() {
                    let sums: Vec<i64> = atoms.iter().map(|atoms| self.base.sum(atoms, measure)).collect();
                    for &number in &waiting {
                        let Some(of) = numbers.get(number).filter(|of| self.is_sum(of, &sums)) else { continue };
                        found.insert(number);
                        used.insert((measure, which, number));
                        let rests = self.rests(of, &atoms).unwrap_or_else(|| self.base.rests(measure));
                        let sums = Sums { atoms: &atoms, values: &sums, cells: &of_cells, rests };
                        self.add(system, cells.next_series(), of, &names, &sums);
                    }
                }
            }
            for number in &found {
                if let Some(is_placed) = is_placed.get_mut(*number) {
                    *is_placed = true;
                }
            }
            waiting.retain(|number| !found.contains(number));
        }
        self.totals(numbers, cells, systems, &used)
    }

    /// Whether numbers are these sums, where the row's values are all known. What rows of unknown values are is said by each.
    fn is_sum(&self, numbers: &Numbers, sums: &[i64]) -> bool {
        let is_known =
            |row: &usize| self.table.rows.get(*row).is_some_and(|row| row.told.own.values().all(Option::is_some));
        let is_any_known = self.rows.iter().any(is_known);
        let mut is_one = false;
        for (row, sum) in self.rows.iter().zip(sums) {
            let Some(value) = numbers.values.get(*row).copied().flatten() else { continue };
            let is_known = is_known(row) || !is_any_known;
            if is_known && value != *sum {
                return false;
            }
            is_one |= is_known && value != 0;
        }
        is_one
    }

    /// The measure whose projects numbers rest on: there are so many as the table says, in every row whose values are known.
    fn rests(&self, numbers: &Numbers, atoms: &[&Atoms]) -> Option<usize> {
        let rows: Vec<(&Atoms, u64)> = self
            .rows
            .iter()
            .zip(atoms)
            .filter_map(|(row, atoms)| {
                let is_known = self.table.rows.get(*row)?.told.own.values().all(Option::is_some);
                Some((*atoms, *numbers.projects.get(*row)?)).filter(|_| is_known)
            })
            .collect();
        let is_one =
            |measure: &usize| rows.iter().all(|(atoms, projects)| self.base.projects(atoms, *measure) == *projects);
        (0..self.base.measures()).find(is_one).filter(|_| rows.iter().any(|(_, projects)| *projects > 0))
    }

    fn add(&self, system: &mut System<'_>, series: usize, numbers: &Numbers, names: &BTreeSet<&str>, sums: &Sums<'_>) {
        let mut shown = BTreeSet::new();
        for ((&row, atoms), sum) in self.rows.iter().zip(sums.atoms).zip(sums.values) {
            let Some(value) = numbers.values.get(row).copied().flatten() else { continue };
            let key = self.table.rows.get(row).and_then(|row| self.base.key(names, &row.told.own));
            let Some(key) = key.filter(|_| value == *sum) else { continue };
            shown.insert(key.clone());
            system.figures.push(Figure {
                of: (self.number, series),
                place: Some((self.number, row)),
                key,
                atoms: Atoms::clone(atoms),
                value,
                rests: sums.rests,
                is_blank: numbers.is_blank.get(row).copied().unwrap_or_default(),
                is_few: false,
            });
        }
        // What is in no row is hidden, too.
        let others: BTreeMap<&Vec<u32>, &Atoms> = sums.cells.iter().filter(|(key, _)| !shown.contains(*key)).collect();
        for (key, atoms) in others {
            let value = system.of.map_or(0, |(base, measure)| base.sum(atoms, measure));
            let (of, key, atoms) = ((self.number, series), key.clone(), Atoms::clone(atoms));
            system.figures.push(Figure {
                of,
                place: None,
                key,
                atoms,
                value,
                rests: sums.rests,
                is_blank: true,
                is_few: false,
            });
        }
    }

    /// Adds the totals of measures that are known: those of each time, and those that shares give away.
    fn totals(
        &self,
        numbers: &[Numbers],
        cells: &mut Cells,
        systems: &mut [System<'_>],
        used: &BTreeSet<(usize, usize, usize)>,
    ) -> PolarsResult<()> {
        let shares = shares(self.table)?;
        for &(measure, which, column) in used {
            let Some((system, condition)) = systems.get_mut(measure).zip(self.base.conditions().get(which)) else {
                continue;
            };
            let Some(numbers) = numbers.get(column) else { continue };
            let times: BTreeSet<&str> = self.names.iter().copied().filter(|name| TIMES.contains(name)).collect();
            // The dimensions of totals, and whether it is shares that tell them.
            let mut known: BTreeSet<(BTreeSet<&str>, bool)> =
                BTreeSet::from([(BTreeSet::new(), false), (times, false)]);
            for share in &shares {
                let of = subsets(self.names).into_iter().rev().find(|names| self.is_share(numbers, share, names));
                known.extend(of.map(|names| (names, true)));
            }
            for (names, is_share) in known.into_iter().filter(|(names, _)| names != self.names) {
                let groups = cells.of(self.base, &names, which, condition);
                let mut rows: BTreeMap<&Vec<u32>, Vec<Place>> = BTreeMap::new();
                for row in self.rows {
                    let key = self.table.rows.get(*row).and_then(|row| self.base.key(&names, &row.told.own));
                    if let Some((key, _)) = key.and_then(|key| groups.get_key_value(&key)) {
                        rows.entry(key).or_default().push((self.number, *row));
                    }
                }
                for (key, rows) in rows {
                    let Some(atoms) = groups.get(key) else { continue };
                    // That of few projects is not known by anybody.
                    if self.is_few(atoms, measure) {
                        continue;
                    }
                    let by = match is_share {
                        // What is folded is so for each time.
                        true if names.iter().all(|name| TIMES.contains(name)) => By::Rows(rows.clone()),
                        true => By::OwnRows(rows.clone()),
                        false => By::Everybody,
                    };
                    system.totals.push(Total { atoms: atoms.clone(), by });
                    let known = self.known(atoms);
                    if is_share && known.len() < atoms.len() {
                        system.totals.push(Total { atoms: known, by: By::UnfoldedRows(rows) });
                    }
                }
            }
        }
        Ok(())
    }

    fn is_few(&self, atoms: &[u32], measure: usize) -> bool {
        self.base.is_few([(atoms, self.base.rests(measure))].into_iter(), self.table.least)
    }

    /// Those of some atoms whose values of all dimensions are known.
    fn known(&self, atoms: &[u32]) -> Atoms {
        atoms.iter().copied().filter(|atom| self.base.is_all_known(self.names, *atom)).collect()
    }

    /// Whether a column is a share that numbers have of the sum over all rows with the same values of some dimensions, or of
    /// another number that is the same for all of these: then it gives it away.
    fn is_share(&self, numbers: &Numbers, share: &[Option<f64>], names: &BTreeSet<&str>) -> bool {
        let mut wholes: HashMap<Vec<Option<String>>, (f64, usize)> = HashMap::new();
        for row in self.rows {
            let value = numbers.values.get(*row).copied().flatten().filter(|value| *value != 0);
            let share = share.get(*row).copied().flatten().filter(|share| *share != 0.0);
            let (Some(value), Some(share), Some(of)) = (value, share, self.table.rows.get(*row)) else { continue };
            let key = names.iter().map(|name| of.told.own.get(*name).cloned().flatten()).collect();
            #[expect(clippy::cast_precision_loss, reason = "shares are of numbers that a float holds")]
            let whole = value as f64 / share;
            let (known, rows) = wholes.entry(key).or_insert((whole, 0));
            if (*known - whole).abs() > 1e-9 * whole.abs() {
                return false;
            }
            *rows = rows.saturating_add(1);
        }
        wholes.values().any(|(_, rows)| *rows > 1)
    }
}
