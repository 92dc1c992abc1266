//! A report on its way to be published.

use polars::prelude::*;

use super::cell::{TIMES, Told};
use super::{Published, figures};
use crate::query::{BREAKS_COLUMN, Query, Rested};

/// A report with what of it is hidden.
pub(super) struct Table<'l> {
    /// The report.
    pub query: &'l Query,
    /// The columns that make a row unique.
    pub key: Vec<String>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// The result, without breaks.
    pub frame: DataFrame,
    /// Whether its hidden rows may be folded; otherwise they are left out.
    pub folds: bool,
    /// The columns that count projects or users.
    pub counts: Vec<String>,
    /// The least number of projects.
    pub least: u64,
    rested: Rested<'l>,
}

/// A row of it.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What it tells of.
    pub told: Told,
    /// How many projects it rests on.
    pub projects: u64,
    /// Whether it is not shown as it is.
    pub is_hidden: bool,
}

impl<'l> Table<'l> {
    /// A report's result, of which every row is hidden that rests on fewer projects than `least`; why it is not to be
    /// published, if it is not.
    pub fn of(query: &'l Query, rested: Rested<'l>, least: u64) -> PolarsResult<Result<Self, &'l str>> {
        if let Some(reason) = query.header.get("unpublished") {
            return Ok(Err(reason));
        }
        let Some(key) = query.header.get("key") else { return Ok(Err("its header has no key")) };
        let key: Vec<String> = key.split(", ").map(str::to_owned).collect();
        let mut frame = rested.frame.clone();
        if frame.schema().contains(BREAKS_COLUMN) {
            let _ = frame.drop_in_place(BREAKS_COLUMN)?;
        }
        let counts = counts(&frame);
        if counts.is_empty() {
            return Ok(Err("no column counts the projects that a row rests on"));
        }
        let told = Told::of(&frame, &key)?;
        let projects = projects(query, &frame, &counts, least)?;
        let rows = told.into_iter().zip(projects);
        let rows =
            rows.map(|(told, (projects, is_small))| Row { told, projects, is_hidden: is_small }).collect::<Vec<_>>();
        // What is folded has a name that is a text.
        let is_text = |column: &String| frame.schema().get(column) == Some(&DataType::String);
        let of_dimensions = |column: &&String| !TIMES.contains(&column.as_str());
        let folds = key.iter().any(|column| of_dimensions(&column)) && key.iter().filter(of_dimensions).all(is_text);
        Ok(Ok(Self { query, key, rows, frame, folds, counts, least, rested }))
    }

    /// The columns of the key whose values may be folded: all but those that say when.
    pub fn dimensions(&self) -> Vec<String> {
        self.key.iter().filter(|column| !TIMES.contains(&column.as_str())).cloned().collect()
    }

    /// Whether a row is not shown as it is.
    pub fn is_hidden(&self, row: usize) -> bool {
        self.rows.get(row).is_some_and(|row| row.is_hidden)
    }

    /// What is published: its rows with those that are hidden folded, or without them.
    pub fn published(self, folded: Option<DataFrame>) -> PolarsResult<Published<'l>> {
        let hidden = self.rows.iter().filter(|row| row.is_hidden).count();
        let is_folded = folded.is_some();
        let frame = match folded {
            Some(frame) => frame,
            None => {
                let shown: BooleanChunked = self.rows.iter().map(|row| Some(!row.is_hidden)).collect();
                self.frame.filter(&shown)?
            }
        };
        let (frame, blank) = figures::blank(&self, frame)?;
        let frame = self.rested.marked(self.query, frame)?;
        Ok(Published { query: self.query, frame, hidden, is_folded, blank })
    }
}

/// Columns that say how much there is in a row.
const SIZES: [&str; 8] =
    ["runs", "nodes", "node_runs", "invocations", "observations", "installs", "failures", "skipped"];

/// The columns that count projects or users: whole numbers with such a name, `projects` first.
fn counts(frame: &DataFrame) -> Vec<String> {
    let is_one = |name: &str| name.split('_').any(|word| word == "projects" || word == "users");
    let fields = frame.schema().iter().filter(|(name, of)| of.is_integer() && is_one(name));
    let mut names: Vec<String> = fields.map(|(name, _)| name.to_string()).collect();
    names.sort_by_key(|name| name != "projects");
    names
}

/// On how many projects each row rests, and whether these are too few, or those of another count whose figures are not
/// blank for it ([`figures`]).
pub(super) fn projects(
    query: &Query,
    frame: &DataFrame,
    counts: &[String],
    least: u64,
) -> PolarsResult<Vec<(u64, bool)>> {
    let mut rows = vec![(0_u64, false); frame.height()];
    for (number, name) in counts.iter().enumerate() {
        let is_blank = query.header.rests_on().any(|rests| rests.count == name);
        let column = frame.column(name)?.cast(&DataType::UInt64)?;
        for ((projects, is_small), count) in rows.iter_mut().zip(column.u64()?.iter().map(Option::unwrap_or_default)) {
            if number == 0 {
                (*projects, *is_small) = (count, count < least);
            } else if !is_blank {
                // None at all is no count of few.
                *is_small |= 0 < count && count < least;
            }
        }
    }
    // A row of nothing tells of nobody. One of runs without a known project does.
    let sizes = frame.columns().iter().filter(|column| {
        SIZES.contains(&column.name().as_str()) || counts.iter().any(|name| name == column.name().as_str())
    });
    let sizes: Vec<&Column> = sizes.collect();
    for (row, (_, is_small)) in rows.iter_mut().enumerate() {
        let is_nothing =
            |column: &&Column| column.get(row).is_ok_and(|value| value.is_null() || value.extract::<i64>() == Some(0));
        *is_small &= !sizes.iter().all(is_nothing);
    }
    Ok(rows)
}
