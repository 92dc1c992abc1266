//! Which rows are hidden: those that rest on too few projects, and those by which they would come back.
//!
//! A count of a hidden row is secret unless a row of the same cell shows it in another table. Secrets come back where they
//! are the parts of a total that is known, and all other parts are: in rows that other tables show, in shares, in the row
//! `(other)`. Nobody has to say which table shows the parts of which other's totals: where counts sum up, they are, to us
//! as to everybody. So, until nothing is asked for any more:
//!
//! * The secret parts of a known total rest on enough projects together, or there are none. Where it is not so, the smallest
//!   part that is known becomes secret as well: it is hidden in every table that shows it.
//! * Of a total that is secret itself, so is at least one part.
//! * No secret follows from several totals together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use polars::prelude::*;

use super::cell::{Cell, TIMES, is_overlapping};
use super::equations::determined;
use super::table::Table;
use crate::query::QueryError;

/// The names of a cell's dimensions.
pub(super) type Signature = BTreeSet<String>;

/// Where a row is: its table and its place there.
type Place = (usize, usize);

/// What rows give away of each other.
pub(super) struct Links {
    /// The counts of each row of each table that add up.
    counts: Vec<Vec<Vec<i64>>>,
    /// Of a row those of the same cell in other tables, each with the row's counts that it has as well.
    same: HashMap<Place, Vec<(Place, Vec<usize>)>>,
    /// Rows that tell of a cell beside their own, with the rows of that cell.
    beside: Vec<(Place, Vec<Place>)>,
    /// The totals of the rows of each table, by their dimensions.
    totals: Vec<BTreeMap<Signature, Vec<Total>>>,
}

/// Rows that are the parts of a total.
struct Total {
    cell: Cell,
    parts: Vec<usize>,
    /// Whether it is that of the whole table, or of one time or one thing of it: shares and the row `(other)` say it.
    is_whole: bool,
    /// Whether shares of it sum up to one: they say it, whoever else does.
    has_shares: bool,
    /// The rows of other tables that say it, for each count.
    said_by: Vec<Vec<Place>>,
}

/// For the parts of some totals of a table: whether they rest on too few projects together. `None` if it cannot be told.
pub(super) type Unions<'u> =
    dyn FnMut(&Table<'_>, &Signature, &BTreeSet<usize>) -> Result<Option<BTreeMap<Cell, bool>>, QueryError> + 'u;

impl Links {
    /// Those of some tables.
    ///
    /// # Errors
    /// When a count is none.
    pub fn of(tables: &[Table<'_>]) -> PolarsResult<Self> {
        let counts: Vec<Vec<Vec<i64>>> = tables.iter().map(counts).collect::<PolarsResult<_>>()?;
        let mut by_cell: BTreeMap<&Cell, Vec<Place>> = BTreeMap::new();
        for (number, table) in tables.iter().enumerate() {
            for (row, of) in table.rows.iter().enumerate() {
                by_cell.entry(&of.told.own).or_default().push((number, row));
            }
        }
        let mut links = Self { counts, same: HashMap::new(), beside: Vec::new(), totals: Vec::new() };
        for places in by_cell.values() {
            for &place in places {
                for &other in places.iter().filter(|other| other.0 != place.0) {
                    let theirs = links.counts_of(other);
                    let shared = links.counts_of(place).iter().enumerate();
                    let shared = shared.filter(|(_, n)| **n != 0 && theirs.contains(n)).map(|(column, _)| column);
                    let shared: Vec<usize> = shared.collect();
                    if !shared.is_empty() {
                        links.same.entry(place).or_default().push((other, shared));
                    }
                }
            }
        }
        let signatures: BTreeSet<Signature> = by_cell.keys().map(|cell| signature(cell)).collect();
        for (number, table) in tables.iter().enumerate() {
            for (row, of) in table.rows.iter().enumerate() {
                let rows: Vec<Place> =
                    of.told.also.iter().filter_map(|cell| by_cell.get(cell)).flatten().copied().collect();
                if !rows.is_empty() {
                    links.beside.push(((number, row), rows));
                }
            }
            let shares = shares(table)?;
            let mut totals: BTreeMap<Signature, Vec<Total>> = BTreeMap::new();
            for ((own, of, cell), parts) in groups(table, &signatures) {
                let has_shares = shares.iter().any(|column| sums_to_one(column, &parts));
                let is_whole =
                    (wholes(&own).contains(&of) || has_shares) && !own.difference(&of).any(|name| is_overlapping(name));
                let others = by_cell.get(&cell).into_iter().flatten().filter(|(table, _)| *table != number);
                let others: Vec<Place> = others.copied().collect();
                let says = |sum: &i64| {
                    let says = others.iter().filter(|other| *sum != 0 && links.counts_of(**other).contains(sum));
                    says.copied().collect()
                };
                let said_by: Vec<Vec<Place>> = links.sums(number, &parts).iter().map(says).collect();
                if is_whole || said_by.iter().any(|rows| !rows.is_empty()) {
                    totals.entry(of).or_default().push(Total { cell, parts, is_whole, has_shares, said_by });
                }
            }
            links.totals.push(totals);
        }
        Ok(links)
    }

    /// Hides what has to be hidden, given what is.
    ///
    /// # Errors
    /// When it cannot be told on how many projects several rows rest together.
    pub fn settle(&self, tables: &mut [Table<'_>], unions: &mut Unions<'_>) -> Result<(), QueryError> {
        // Only more is hidden each time, so that it ends.
        while self.hide_beside(tables) || self.hide_with_totals(tables, unions)? || self.hide_determined(tables) {}
        Ok(())
    }

    /// Hides rows that tell of a cell beside their own that no table shows; whether that was news.
    fn hide_beside(&self, tables: &mut [Table<'_>]) -> bool {
        let mut is_news = false;
        for (row, others) in &self.beside {
            if others.iter().all(|other| is_hidden(tables, *other)) && !is_hidden(tables, *row) {
                self.hide(tables, *row);
                is_news = true;
            }
        }
        is_news
    }

    /// Makes parts secret where those of known totals rest on too few projects, and where those of secret totals are all
    /// known; whether there was one.
    fn hide_with_totals(&self, tables: &mut [Table<'_>], unions: &mut Unions<'_>) -> Result<bool, QueryError> {
        let mut is_news = false;
        for (number, of_table) in self.totals.iter().enumerate() {
            for (of, totals) in of_table {
                for column in 0..self.width(number) {
                    for total in totals {
                        is_news |= self.hide_parts(tables, number, total, column);
                    }
                    is_news |= self.hide_beside_few(tables, number, (of, totals), column, unions)?;
                }
            }
        }
        Ok(is_news)
    }

    /// If a total is secret, makes at least one part secret, and all of them if shares say what they are parts of; whether that
    /// was news.
    fn hide_parts(&self, tables: &mut [Table<'_>], number: usize, total: &Total, column: usize) -> bool {
        let has_secret = !self.secret(tables, number, &total.parts, column).is_empty();
        if !total.is_secret(tables, column) || (has_secret && !total.has_shares) {
            return false;
        }
        let is_news = self.hide_smallest(tables, number, &total.parts, column);
        while total.has_shares && self.hide_smallest(tables, number, &total.parts, column) {}
        is_news
    }

    /// Where the secret parts of known totals of some dimensions rest on too few projects, makes the smallest part secret
    /// that is not; whether there was one.
    fn hide_beside_few(
        &self,
        tables: &mut [Table<'_>],
        number: usize,
        (of, totals): (&Signature, &[Total]),
        column: usize,
        unions: &mut Unions<'_>,
    ) -> Result<bool, QueryError> {
        let mut open: Vec<(&Total, Vec<usize>)> = Vec::new();
        for total in totals.iter().filter(|total| total.is_known(tables, column)) {
            let secret = self.secret(tables, number, &total.parts, column);
            // Where all parts are secret, they are the total, which is shown in its own right.
            let is_open = secret.len() < total.parts.len() && self.sum(number, &secret, column) != 0;
            if is_open && rest_on_few(tables, number, &secret) {
                open.push((total, secret));
            }
        }
        let all: BTreeSet<usize> = open.iter().flat_map(|(_, secret)| secret.iter().copied()).collect();
        let Some(table) = tables.get(number).filter(|_| !all.is_empty()) else { return Ok(false) };
        let told = unions(table, of, &all)?.unwrap_or_default();
        let mut is_news = false;
        for (total, _) in open {
            if told.get(&total.cell).copied().unwrap_or(true) {
                is_news |= self.hide_smallest(tables, number, &total.parts, column);
            }
        }
        Ok(is_news)
    }

    /// Where a secret that rests on too few projects follows from known totals, makes one more row secret; whether there
    /// was one. It is one that stands in as many totals with secrets as there are, so that these hold each other.
    fn hide_determined(&self, tables: &mut [Table<'_>]) -> bool {
        for (number, of_table) in self.totals.iter().enumerate() {
            // Most counts of a table are secret in the same rows.
            let mut seen = HashSet::new();
            for column in 0..self.width(number) {
                let Some(table) = tables.get(number) else { continue };
                let rows: Vec<usize> = (0..table.rows.len()).collect();
                let secret = self.secret(tables, number, &rows, column);
                let unknown: HashMap<usize, usize> = secret.iter().enumerate().map(|(of, row)| (*row, of)).collect();
                let known = of_table.values().flatten().filter(|total| total.is_known(tables, column));
                // Of each total its parts, and those of them that are secret.
                let sums = known.map(|total| {
                    (&total.parts, total.parts.iter().filter_map(|row| unknown.get(row).copied()).collect::<Vec<_>>())
                });
                let sums: Vec<_> = sums.filter(|(_, secret)| !secret.is_empty()).collect();
                let equations: Vec<Vec<usize>> = sums.iter().map(|(_, secret)| secret.clone()).collect();
                if !seen.insert((secret.clone(), equations.clone())) {
                    continue;
                }
                let found = determined(secret.len(), &equations);
                let is_small = |of: &usize| secret.get(*of).is_some_and(|row| rest_on_few(tables, number, &[*row]));
                if !found.iter().any(is_small) {
                    continue;
                }
                let mut totals: BTreeMap<usize, usize> = BTreeMap::new();
                for (parts, _) in &sums {
                    for row in parts.iter().filter(|row| !unknown.contains_key(row)) {
                        *totals.entry(*row).or_default() += 1;
                    }
                }
                // Only a row beside one that follows can change anything.
                let of_found = sums.iter().filter(|(_, secret)| secret.iter().any(|of| found.contains(of)));
                let beside: BTreeSet<usize> = of_found.flat_map(|(parts, _)| parts.iter().copied()).collect();
                let size = |row: usize| table.rows.get(row).map(|row| row.projects);
                let best = totals.into_iter().filter(|(row, _)| beside.contains(row));
                let best = best.min_by_key(|(row, totals)| (std::cmp::Reverse(*totals), size(*row), *row));
                if let Some((row, _)) = best {
                    self.hide(tables, (number, row));
                    return true;
                }
            }
        }
        false
    }

    /// Makes the smallest of some rows of a table secret that is not; whether there was one.
    fn hide_smallest(&self, tables: &mut [Table<'_>], number: usize, parts: &[usize], column: usize) -> bool {
        let Some(table) = tables.get(number) else { return false };
        let secret = self.secret(tables, number, parts, column);
        let rows = parts.iter().filter(|row| !secret.contains(row));
        let sized = rows.filter_map(|&row| Some((table.rows.get(row)?.projects, row)));
        // What rests on few projects, and is known, is shown elsewhere for good reasons.
        let Some((_, row)) = sized.min_by_key(|(projects, row)| (*projects < table.least, *projects, *row)) else {
            return false;
        };
        self.hide(tables, (number, row));
        true
    }

    /// Hides a row in every table that shows it.
    fn hide(&self, tables: &mut [Table<'_>], place: Place) {
        let (mut waiting, mut done) = (vec![place], HashSet::new());
        while let Some((table, row)) = waiting.pop() {
            if done.insert((table, row)) {
                if let Some(row) = tables.get_mut(table).and_then(|table| table.rows.get_mut(row)) {
                    row.is_hidden = true;
                }
                waiting.extend(self.same.get(&(table, row)).into_iter().flatten().map(|(other, _)| *other));
            }
        }
    }

    /// Those of some rows of a table of which a count is secret.
    fn secret(&self, tables: &[Table<'_>], number: usize, rows: &[usize], column: usize) -> Vec<usize> {
        let is_secret = |row: &usize| {
            let same = self.same.get(&(number, *row)).into_iter().flatten();
            is_hidden(tables, (number, *row))
                && !same.clone().any(|(other, shared)| shared.contains(&column) && !is_hidden(tables, *other))
        };
        rows.iter().copied().filter(is_secret).collect()
    }

    fn counts_of(&self, (table, row): Place) -> &[i64] {
        self.counts.get(table).and_then(|table| table.get(row)).map_or(&[], Vec::as_slice)
    }

    /// How many counts a table has.
    fn width(&self, table: usize) -> usize {
        self.counts_of((table, 0)).len()
    }

    fn sum(&self, table: usize, rows: &[usize], column: usize) -> i64 {
        rows.iter().filter_map(|row| self.counts_of((table, *row)).get(column)).sum()
    }

    fn sums(&self, table: usize, rows: &[usize]) -> Vec<i64> {
        (0..self.width(table)).map(|column| self.sum(table, rows, column)).collect()
    }
}

impl Total {
    /// Whether a count of it is known.
    fn is_known(&self, tables: &[Table<'_>], column: usize) -> bool {
        self.is_whole || self.said_by.get(column).is_some_and(|rows| rows.iter().any(|row| !is_hidden(tables, *row)))
    }

    /// Whether a count of it is in rows that are hidden, all of them.
    fn is_secret(&self, tables: &[Table<'_>], column: usize) -> bool {
        let said_by = self.said_by.get(column).filter(|rows| !rows.is_empty());
        said_by.is_some_and(|rows| rows.iter().all(|row| is_hidden(tables, *row)))
    }
}

/// The columns of a table that are shares of something.
fn shares(table: &Table<'_>) -> PolarsResult<Vec<Vec<f64>>> {
    let names = table.frame.schema().iter().filter(|(name, of)| name.starts_with("share_of_") && of.is_float());
    let values = names.map(|(name, _)| {
        let column = table.frame.column(name)?.cast(&DataType::Float64)?;
        Ok(column.f64()?.iter().map(Option::unwrap_or_default).collect())
    });
    values.collect()
}

/// Whether the shares of some rows are those of all parts of a whole.
fn sums_to_one(shares: &[f64], rows: &[usize]) -> bool {
    let sum: f64 = rows.iter().filter_map(|row| shares.get(*row)).sum();
    (sum - 1.0).abs() < 1e-9
}

fn is_hidden(tables: &[Table<'_>], (table, row): Place) -> bool {
    tables.get(table).and_then(|table| table.rows.get(row)).is_some_and(|row| row.is_hidden)
}

/// Whether rows may rest on too few projects together. So many as one of them are there at least.
fn rest_on_few(tables: &[Table<'_>], number: usize, rows: &[usize]) -> bool {
    tables.get(number).is_some_and(|table| {
        let projects = rows.iter().filter_map(|row| table.rows.get(*row)).map(|row| row.projects).max();
        projects.is_none_or(|projects| projects < table.least)
    })
}

/// Each row's whole numbers that do not count projects or users: those add up.
fn counts(table: &Table<'_>) -> PolarsResult<Vec<Vec<i64>>> {
    let fields = table.frame.schema().iter().filter(|(_, of)| of.is_integer());
    let names = fields.map(|(name, _)| name).filter(|name| !table.counts.iter().any(|count| count == name.as_str()));
    let mut names: Vec<&str> =
        names.map(PlSmallStr::as_str).filter(|name| !table.key.iter().any(|column| column == name)).collect();
    // Where nothing else is counted, projects may be parts of a whole themselves.
    if names.is_empty() {
        names.extend(table.counts.first().map(String::as_str));
    }
    let mut rows = vec![Vec::new(); table.frame.height()];
    for name in names {
        let column = table.frame.column(name)?.cast(&DataType::Int64)?;
        for (row, value) in rows.iter_mut().zip(column.i64()?.iter()) {
            row.push(value.unwrap_or_default());
        }
    }
    Ok(rows)
}

/// The rows of a table by the totals that they may be parts of: all dimensions of cells of other tables, and the whole.
fn groups(table: &Table<'_>, signatures: &BTreeSet<Signature>) -> BTreeMap<(Signature, Signature, Cell), Vec<usize>> {
    let mut groups: BTreeMap<(Signature, Signature, Cell), Vec<usize>> = BTreeMap::new();
    for (number, row) in table.rows.iter().enumerate() {
        let own = signature(&row.told.own);
        let wholes = wholes(&own);
        for of in signatures.iter().chain(&wholes).filter(|of| **of != own).collect::<BTreeSet<_>>() {
            if let Some(total) = part(&row.told.all, of) {
                groups.entry((own.clone(), of.clone(), total)).or_default().push(number);
            }
        }
    }
    groups
}

fn signature(cell: &Cell) -> Signature {
    cell.keys().cloned().collect()
}

/// The dimensions of what a table is the whole of: nothing, a time, and, where these overlap, one thing of several.
fn wholes(of: &Signature) -> [Signature; 4] {
    let overlapping: Signature = of.iter().filter(|name| is_overlapping(name)).cloned().collect();
    let times = times(of);
    [Signature::new(), times.clone(), overlapping.clone(), &times | &overlapping]
}

/// The dimensions that say when.
fn times(of: &Signature) -> Signature {
    of.iter().filter(|name| TIMES.contains(&name.as_str())).cloned().collect()
}

/// A cell's values of some dimensions; `None` if it has not all of them.
pub(super) fn part(cell: &Cell, of: &Signature) -> Option<Cell> {
    of.iter().map(|name| Some((name.clone(), cell.get(name)?.clone()))).collect()
}
