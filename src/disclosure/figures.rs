//! Figures of a row that rest on fewer projects than the row does: they are blank.

use std::collections::BTreeSet;

use polars::prelude::*;

use super::cell::text;
use super::table::Table;

/// Columns that count runs or nodes of a kind, of which there may be few in a row of many.
const AMOUNTS: [&str; 12] = [
    "unknowns",
    "incompletes",
    "invalids",
    "unknown",
    "incomplete",
    "invalid",
    "failure",
    "success",
    "failures",
    "successes",
    "skipped",
    "reused",
];
use crate::query::{RestsOn, Series};

/// A result in which the figures are blank that rest on too few projects, and how many these are.
///
/// That are those whose header line `rests_on` names too small a count; quantiles of which none says on how many projects
/// they rest: at their ends are single runs; what compares a time with one of which a row is hidden; and counts of fewer runs
/// or nodes than there have to be projects.
pub(super) fn blank(table: &Table<'_>, frame: DataFrame) -> PolarsResult<(DataFrame, usize)> {
    let mut is_blank: Vec<(String, Vec<bool>)> = Vec::new();
    let mut said = BTreeSet::new();
    for RestsOn { figures, count, part } in table.query.header.rests_on() {
        let counted = frame.column(count)?.cast(&DataType::UInt64)?;
        let least = table.least.saturating_mul(part.into());
        // None at all is no count of few, as long as it is not that of the row.
        let is_count = table.counts.iter().skip(1).any(|name| name == count);
        let is_small = |count: Option<u64>| count.is_none_or(|count| count < least && !(is_count && count == 0));
        let is_small: Vec<bool> = counted.u64()?.iter().map(is_small).collect();
        let figures: Vec<&str> = figures.into_iter().chain(is_count.then_some(count)).collect();
        is_blank.extend(figures.iter().map(|name| ((*name).to_owned(), is_small.clone())));
        said.extend(figures);
    }
    for name in frame.schema().iter_names() {
        if is_quantile(name) && !table.counts.iter().any(|count| count == name) && !said.contains(name.as_str()) {
            is_blank.push((name.to_string(), vec![true; frame.height()]));
        }
    }
    is_blank.extend(comparisons(table, &frame)?);
    is_blank.extend(few(table, &frame)?);
    let (mut frame, mut blank) = (frame, 0_usize);
    for (name, rows) in is_blank {
        let column = frame.column(&name)?.clone();
        let shown: BooleanChunked = rows.iter().map(|is_blank| Some(!is_blank)).collect();
        let nothing = Column::full_null(name.as_str().into(), column.len(), column.dtype());
        let before = column.null_count();
        let column = column.zip_with(&shown, &nothing)?;
        blank = blank.saturating_add(column.null_count().saturating_sub(before));
        frame.with_column(column)?;
    }
    Ok((frame, blank))
}

/// The counts of fewer things than there have to be projects: of runs, of nodes. They cannot be of more projects than that.
fn few(table: &Table<'_>, frame: &DataFrame) -> PolarsResult<Vec<(String, Vec<bool>)>> {
    let is_count = |name: &str| AMOUNTS.contains(&name) && !table.key.iter().any(|column| column == name);
    let names = frame.schema().iter().filter(|(name, of)| of.is_integer() && is_count(name.as_str()));
    let rows = names.map(|(name, _)| {
        let column = frame.column(name)?.cast(&DataType::UInt64)?;
        let is_few = |count: Option<u64>| count.is_some_and(|count| 0 < count && count < table.least);
        Ok((name.to_string(), column.u64()?.iter().map(is_few).collect()))
    });
    rows.collect()
}

/// Whether a column is a quantile, or an end of its interval, by its name: `p95_seconds`, `latency_p50_seconds`,
/// `median_days`.
fn is_quantile(name: &str) -> bool {
    let is_percentile = |word: &str| {
        word.strip_prefix('p')
            .is_some_and(|digits| (1..=2).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()))
    };
    name.split('_').any(|word| is_percentile(word) || word == "median")
}

/// The columns of a series that look back, and the rows in which what they look back on is hidden.
fn comparisons(table: &Table<'_>, frame: &DataFrame) -> PolarsResult<Vec<(String, Vec<bool>)>> {
    let Some(series) = Series::of(table.query) else { return Ok(Vec::new()) };
    let dimensions = table.dimensions();
    let key = |frame: &DataFrame, row: usize| -> PolarsResult<Vec<Option<String>>> {
        dimensions.iter().map(|name| text(frame.column(name)?, row)).collect()
    };
    // The first days of the rows that are hidden, each with the other values of its key.
    let mut hidden = BTreeSet::new();
    for (number, days) in series.days_of(&table.frame)?.into_iter().enumerate() {
        if let (Some(days), true) = (days, table.rows.get(number).is_some_and(|row| row.is_hidden)) {
            hidden.insert((key(&table.frame, number)?, *days.start()));
        }
    }
    let days = series.days_of(frame)?;
    let mut found = Vec::new();
    for name in frame.schema().iter_names() {
        // What looks back on all of the window does not compare two times.
        let Some(back) = table.query.header.looks_back(name).filter(|back| *back > 0) else { continue };
        let mut rows = Vec::new();
        for (number, days) in days.iter().enumerate() {
            let of_row = key(frame, number)?;
            let is_behind = days.as_ref().is_some_and(|days| {
                let is_seen = |day| (days.start().plus(-back)..*days.start()).contains(&day);
                hidden.iter().any(|(of, day)| *of == of_row && is_seen(*day))
            });
            rows.push(is_behind);
        }
        found.push((name.to_string(), rows));
    }
    Ok(found)
}
