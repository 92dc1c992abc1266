//! Hidden rows as one row `(other)`: the query over marts in which their values are one.
//!
//! Nobody has to say which reports can be folded: the result shows it. It has the rows that are shown, with the same
//! counts, and one row `(other)` in place of the others (in a series, one for each time), whose first count is the sum of
//! theirs. Where it has not, the report derives its key from something else, or gives versions an order that `(other)` has
//! not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;

use super::cell::text;
use super::failed;
use super::table::{Table, projects};
use crate::query::{Catalog, OTHER, QueryError, Recoding};

/// A row's values of the key.
type Key = Vec<Option<String>>;

/// Folds the hidden rows of a table; `None` if it cannot be.
pub(super) fn fold(catalog: &Catalog, table: &Table<'_>) -> Result<Option<DataFrame>, QueryError> {
    if !table.folds {
        return Ok(None);
    }
    let hidden: BTreeSet<usize> = (0..table.rows.len()).filter(|row| table.is_hidden(*row)).collect();
    let columns = table.dimensions();
    let Some(folded) = folded(catalog, table, &hidden, &columns)? else { return Ok(None) };
    compared(table, &columns, folded).map_err(|reason| failed(table.query, reason))
}

/// The result over marts in which some columns of some rows are `(other)`; `None` if there is none.
fn folded(
    catalog: &Catalog,
    table: &Table<'_>,
    rows: &BTreeSet<usize>,
    columns: &[String],
) -> Result<Option<DataFrame>, QueryError> {
    let is_text = |column: &String| table.frame.schema().get(column) == Some(&DataType::String);
    if !columns.iter().all(is_text) {
        return Ok(None);
    }
    let of_cells: BooleanChunked = (0..table.rows.len()).map(|row| Some(rows.contains(&row))).collect();
    let cells = table.frame.filter(&of_cells).and_then(|rows| rows.select(&table.key));
    let recoding = Recoding::new(cells.map_err(|reason| failed(table.query, reason))?, columns.to_vec());
    match catalog.run_recoded(table.query.name, table.query.sql, &recoding) {
        Ok(folded) => Ok(Some(folded)),
        // A query that takes a version apart may fail over one that is none.
        Err(QueryError::Engine { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// A folded result, if it is one.
fn compared(table: &Table<'_>, columns: &[String], folded: DataFrame) -> PolarsResult<Option<DataFrame>> {
    let whole = table.frame.schema().iter().filter(|(_, of)| of.is_integer());
    let whole: Vec<&str> = whole.map(|(name, _)| name.as_str()).collect();
    let first = whole.iter().position(|name| !table.counts.iter().any(|count| count == name));
    let first_of = |counts: &Vec<Option<i64>>| first.and_then(|first| counts.get(first).copied().flatten());
    let (before, before_counts) = (keys(&table.frame, &table.key)?, numbers(&table.frame, &whole)?);
    let mut shown: HashMap<&Key, &Vec<Option<i64>>> = HashMap::new();
    let mut sums: BTreeMap<Key, i64> = BTreeMap::new();
    for (row, (key, counts)) in before.iter().zip(&before_counts).enumerate() {
        if table.is_hidden(row) {
            let sum = sums.entry(other(&table.key, columns, key)).or_default();
            *sum = sum.saturating_add(first_of(counts).unwrap_or_default());
        } else {
            shown.insert(key, counts);
        }
    }
    let sizes = projects(table.query, &folded, &table.counts, table.least)?;
    let mut kept = Vec::new();
    for ((key, counts), (_, is_small)) in keys(&folded, &table.key)?.iter().zip(&numbers(&folded, &whole)?).zip(sizes) {
        if let Some(sum) = sums.remove(key) {
            if first.is_some() && first_of(counts) != Some(sum) {
                return Ok(None);
            }
            // Where all is hidden and is still too little, nothing of it is shown.
            kept.push(!is_small);
        } else if shown.remove(key) == Some(counts) {
            kept.push(true);
        } else {
            return Ok(None);
        }
    }
    let is_one = sums.is_empty() && shown.is_empty();
    is_one.then(|| folded.filter(&kept.into_iter().map(Some).collect())).transpose()
}

/// The key of the row `(other)` that a row is folded into.
fn other(key: &[String], columns: &[String], values: &Key) -> Key {
    let folded = key.iter().zip(values).map(|(column, value)| match columns.contains(column) {
        true => Some(OTHER.to_owned()),
        false => value.clone(),
    });
    folded.collect()
}

/// Each row's key.
fn keys(frame: &DataFrame, key: &[String]) -> PolarsResult<Vec<Key>> {
    let key = key.iter().map(|name| frame.column(name)).collect::<PolarsResult<Vec<_>>>()?;
    (0..frame.height()).map(|row| key.iter().map(|column| text(column, row)).collect()).collect()
}

/// Each row's whole numbers.
fn numbers(frame: &DataFrame, whole: &[&str]) -> PolarsResult<Vec<Vec<Option<i64>>>> {
    let whole = whole.iter().map(|name| frame.column(name)?.cast(&DataType::Int64));
    let whole = whole.collect::<PolarsResult<Vec<_>>>()?;
    (0..frame.height()).map(|row| whole.iter().map(|column| Ok(column.i64()?.get(row))).collect()).collect()
}
