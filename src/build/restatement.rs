//! Figures of final days that are not what they were when they were last published.
//!
//! A report is a series where its key has a day, a week or a month. Of two results of one, rows are compared by the key, if
//! their time was final at the earlier one. What differs is kept with its cause: `changes/<report>-<publication>.json`.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::cause::Cause;
use crate::event::Day;
use crate::lake::{Publication, Store, StoreError, layout};
use crate::query::{BREAKS_COLUMN, Library, Query, QueryError, Series};

/// By how much two numbers must differ, relative to the larger, to be two.
const SAME: f64 = 1e-9;

/// What became of the published figures of one report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Restatement {
    /// The report.
    pub report: String,
    /// When the new figures were published, as RFC 3339 has it.
    pub at: String,
    /// The figures that changed.
    pub figures: Vec<Figure>,
}

/// One figure of a final day, week or month that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The row: the columns of the report's key, with their values.
    pub row: Vec<(String, String)>,
    /// The column.
    pub column: String,
    /// What was published; `None` if there was no such row, or no value.
    pub before: Option<String>,
    /// What is published now.
    pub after: Option<String>,
    /// Why.
    pub causes: Vec<String>,
    /// The dumps that are the cause, by digest.
    pub dumps: BTreeSet<String>,
}

impl Restatement {
    /// Every one that is kept, the latest last.
    pub fn read_all(store: &Store) -> Result<Vec<Self>, StoreError> {
        let mut all = Vec::new();
        for name in store.list(layout::CHANGES)? {
            let json = store.read(&format!("{}/{name}", layout::CHANGES))?;
            all.extend(json.and_then(|json| serde_json::from_slice::<Self>(&json).ok()));
        }
        all.sort_by(|a, b| (&a.at, &a.report).cmp(&(&b.at, &b.report)));
        Ok(all)
    }

    /// Keeps it.
    pub(super) fn write(&self, store: &Store, publication: &str) -> Result<(), StoreError> {
        let json = serde_json::to_vec_pretty(self).unwrap_or_else(|reason| unreachable!("texts are JSON: {reason}"));
        store.put(&layout::changes(&self.report, publication), &json)
    }
}

/// Two publications of a report.
pub(super) struct Comparison<'c> {
    pub query: &'c Query,
    pub library: &'c Library,
    pub store: &'c Store,
    pub before: (&'c Publication, &'c DataFrame),
    pub after: (&'c Publication, &'c DataFrame),
    /// The first day that all marts have and reports are over. What rests on earlier ones changes because these go.
    pub since: Option<Day>,
}

impl Comparison<'_> {
    /// The figures of final rows that differ; none where the report is no series.
    pub(super) fn figures(&self) -> Result<Vec<Figure>, QueryError> {
        let Some(series) = Series::of(self.query) else { return Ok(Vec::new()) };
        let failed = |reason| QueryError::Engine { query: self.query.name.to_owned(), reason };
        let old = rows(&series, self.before.1).map_err(failed)?;
        let new = rows(&series, self.after.1).map_err(failed)?;
        let columns: BTreeSet<&String> = old.values().chain(new.values()).flat_map(|row| row.values.keys()).collect();
        let keys: BTreeSet<&Vec<String>> = old.keys().chain(new.keys()).collect();
        let mut figures = Vec::new();
        for key in keys {
            let (old, new) = (old.get(key), new.get(key));
            let Some(days) = old.or(new).map(|row| &row.days) else { continue };
            let was_final =
                self.before.0.final_until.is_some_and(|until| days.last().is_some_and(|last| *last <= until));
            let of = |row: Option<&Row>, column: &String| row.and_then(|row| row.values.get(column).cloned().flatten());
            // Where the window moves on, what looks back beyond its first day changes, and nothing has happened.
            let is_kept = |column: &str| {
                let (back, first) = (self.query.header.looks_back(column), days.first());
                self.since.is_none_or(|since| back.zip(first).is_some_and(|(back, first)| *first >= since.plus(back)))
            };
            let differing = columns
                .iter()
                .filter(|column| !same(of(old, column).as_deref(), of(new, column).as_deref()) && is_kept(column));
            let differing: Vec<_> = differing.collect();
            if !was_final || differing.is_empty() {
                continue;
            }
            let publications = (self.before.0, self.after.0);
            let causes = Cause::between(publications, self.store, self.library, self.query, days)?;
            for column in differing {
                figures.push(Figure {
                    row: series.key.iter().cloned().zip(key.iter().cloned()).collect(),
                    column: (*column).clone(),
                    before: of(old, column),
                    after: of(new, column),
                    causes: causes.iter().map(ToString::to_string).collect(),
                    dumps: causes.iter().flat_map(Cause::dumps).cloned().collect(),
                });
            }
        }
        Ok(figures)
    }
}

/// A row of a series.
struct Row {
    days: BTreeSet<Day>,
    values: BTreeMap<String, Option<String>>,
}

/// The rows of a result by their key, values as texts. What marks a row, as final, by the breaks in its time or the
/// dumps that are missing, is no figure.
fn rows(series: &Series, frame: &DataFrame) -> PolarsResult<BTreeMap<Vec<String>, Row>> {
    let mut rows = BTreeMap::new();
    for (number, days) in series.days_of(frame)?.into_iter().enumerate() {
        let mut values = BTreeMap::new();
        for column in frame.columns() {
            values.insert(column.name().to_string(), text(&column.get(number)?));
        }
        values.retain(|name, _| !["is_final", "missing_hours", BREAKS_COLUMN].contains(&name.as_str()));
        let key: Vec<String> =
            series.key.iter().map(|name| values.remove(name).flatten().unwrap_or_default()).collect();
        let days = days.map(|days| (days.start().number()..=days.end().number()).map(Day::from_number).collect());
        rows.insert(key, Row { days: days.unwrap_or_default(), values });
    }
    Ok(rows)
}

/// A value as text, a number with all of its digits.
fn text(value: &AnyValue<'_>) -> Option<String> {
    match value {
        AnyValue::Null => None,
        AnyValue::Float64(number) => Some(number.to_string()),
        value => Some(value.str_value().into_owned()),
    }
}

/// Whether two values are one.
fn same(one: Option<&str>, other: Option<&str>) -> bool {
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<f64>().ok());
    match (number(one), number(other)) {
        (Some(one), Some(other)) => (one - other).abs() <= SAME * one.abs().max(other.abs()),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_with_all_of_their_digits() {
        assert_eq!(text(&AnyValue::Float64(1.0 / 3.0)).as_deref(), Some("0.3333333333333333"));
        assert_eq!(text(&AnyValue::Int64(7)).as_deref(), Some("7"));
        assert_eq!(text(&AnyValue::Boolean(true)).as_deref(), Some("true"));
        assert_eq!(text(&AnyValue::Null), None);
        assert!(same(Some("0.3333333333333333"), Some("0.33333333333333331")));
        assert!(!same(Some("0.3333333333333333"), Some("0.33333333")));
        assert!(same(None, None) && !same(None, Some("0")) && !same(Some("a"), Some("b")));
    }
}
