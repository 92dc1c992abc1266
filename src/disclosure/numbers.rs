//! The numbers of a table that may add up.

use polars::prelude::*;

use super::figures;
use super::table::Table;

/// Numbers that a table shows, one for each row; `None` where it has none.
pub(super) struct Numbers {
    pub values: Vec<Option<i64>>,
    /// In which rows it is not shown.
    pub is_blank: Vec<bool>,
    /// How many projects they rest on, where it is others than the row.
    pub projects: Vec<u64>,
    /// Whether it is one column.
    pub is_column: bool,
}

/// The numbers of a table that may add up: whole ones that do not count projects or users, and what follows from two of them
/// or from a rate.
pub(super) fn numbers(table: &Table<'_>) -> PolarsResult<Vec<Numbers>> {
    let (shown, _) = figures::blank(table, table.frame.clone())?;
    // Where a bucket ends is said by where it begins.
    let is_key = |name: &str| name.ends_with("_to") || table.key.iter().any(|column| column == name);
    let fields = table.frame.schema().iter().filter(|(name, of)| of.is_integer() && !is_key(name.as_str()));
    let names = fields.map(|(name, _)| name).filter(|name| !table.counts.iter().any(|count| count == name.as_str()));
    let mut names: Vec<&str> = names.map(PlSmallStr::as_str).collect();
    // Where nothing else is counted, projects may be parts of a whole themselves.
    if names.is_empty() {
        names.extend(table.counts.first().map(String::as_str));
    }
    let is_blank = |name: &str| -> PolarsResult<Vec<bool>> {
        let (before, after) = (table.frame.column(name)?.is_null(), shown.column(name)?.is_null());
        Ok(before.iter().zip(after.iter()).map(|(before, after)| before != after).collect())
    };
    let mut columns = Vec::new();
    for name in names {
        let column = table.frame.column(name)?.cast(&DataType::Int64)?;
        // Some say themselves what counts their projects.
        let said = table.query.header.rests_on().find(|rests| rests.figures.contains(&name)).map(|rests| rests.count);
        let projects = said.map(|count| {
            let projects = table.frame.column(count)?.cast(&DataType::UInt64)?;
            PolarsResult::Ok(projects.u64()?.iter().map(Option::unwrap_or_default).collect())
        });
        columns.push(Numbers {
            values: column.i64()?.iter().collect(),
            is_blank: is_blank(name)?,
            projects: projects.transpose()?.unwrap_or_default(),
            is_column: true,
        });
    }
    let mut more = Vec::new();
    for (place, one) in columns.iter().enumerate() {
        for (other, two) in columns.iter().enumerate().filter(|(other, _)| *other != place) {
            more.push(both(one, two, |one, two| one.checked_sub(two)));
            if place < other {
                more.push(both(one, two, i64::checked_add));
            }
        }
        for (name, _) in table.frame.schema().iter().filter(|(_, of)| of.is_float()) {
            if name.ends_with("_rate") || name.starts_with("share_") {
                let rate = table.frame.column(name)?.cast(&DataType::Float64)?;
                let rates: Vec<Option<f64>> = rate.f64()?.iter().collect();
                let blank = is_blank(name)?;
                let values = one.values.iter().zip(&rates).map(|(value, rate)| match (value, rate) {
                    (Some(value), Some(rate)) => times(*value, *rate).map(Some),
                    _ => Some(None),
                });
                // One that is not a whole number is not what the rate is of.
                let Some(values) = values.collect::<Option<Vec<Option<i64>>>>() else { continue };
                let blank = one.is_blank.iter().zip(&blank).map(|(one, two)| *one || *two);
                let is_blank = blank.collect();
                more.push(Numbers { values, is_blank, projects: one.projects.clone(), is_column: false });
            }
        }
    }
    columns.extend(more);
    Ok(columns)
}

/// What follows from two numbers of a row.
fn both(one: &Numbers, two: &Numbers, of: impl Fn(i64, i64) -> Option<i64>) -> Numbers {
    let values = one.values.iter().zip(&two.values).map(|(one, two)| of((*one)?, (*two)?)).collect();
    let is_blank = one.is_blank.iter().zip(&two.is_blank).map(|(one, two)| *one || *two).collect();
    Numbers { values, is_blank, projects: one.projects.clone(), is_column: false }
}

/// A rate of a number, if that is a whole number.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a count is one that a float holds")]
fn times(value: i64, rate: f64) -> Option<i64> {
    let product = value as f64 * rate;
    ((product - product.round()).abs() <= 1e-6 * product.abs().max(1.0)).then_some(product.round() as i64)
}

/// The columns of a table that are shares of something.
pub(super) fn shares(table: &Table<'_>) -> PolarsResult<Vec<Vec<Option<f64>>>> {
    let is_end = |name: &str| name.ends_with("_low") || name.ends_with("_high");
    let names = table.frame.schema().iter();
    let names = names.filter(|(name, of)| name.starts_with("share") && !is_end(name.as_str()) && of.is_float());
    let values = names.map(|(name, _)| {
        let column = table.frame.column(name)?.cast(&DataType::Float64)?;
        Ok(column.f64()?.iter().collect())
    });
    values.collect()
}

/// The whole numbers of a table, those that count projects included.
pub(super) fn counts(table: &Table<'_>) -> PolarsResult<Vec<Vec<Option<i64>>>> {
    let names = table.frame.schema().iter().filter(|(_, of)| of.is_integer()).map(|(name, _)| name);
    names.map(|name| Ok(table.frame.column(name)?.cast(&DataType::Int64)?.i64()?.iter().collect())).collect()
}
