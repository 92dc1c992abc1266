//! The declared checks: what each measures, against its bounds.
//!
//! A number is made by a query of `queries/checks/`, like every other; here it is only compared. What a query is asked is
//! a table besides those of the lake, `asked`: a row for each day that is looked at.

mod outcome;
mod sentence;

use polars::prelude::*;

pub use outcome::CheckOutcome;

use super::config::{Accepted, Check, CheckKind, Choice as _, Config, Level};
use crate::event::{Day, Hour, Timestamp};
use crate::lake::Hole;
use crate::query::{Catalog, Kind, Library, QueryError, Window};

/// One thing that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Its day, if it is of one.
    pub day: Option<Day>,
    /// What of the day it is, if there is more than one.
    pub subject: Option<String>,
    /// What is compared with the bounds.
    pub value: f64,
    /// Of a share, how many.
    pub part: Option<f64>,
    /// Of a share, of how many.
    pub whole: Option<f64>,
    /// What is said of it.
    pub verdict: Verdict,
}

/// What is said of something that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Within the bounds.
    Passed,
    /// Outside.
    Failed,
    /// Of too little to conclude anything.
    TooFew,
}

impl Verdict {
    /// As a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::TooFew => "too few",
        }
    }
}

/// What a check allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The least.
    pub at_least: Option<f64>,
    /// The most.
    pub at_most: f64,
}

impl Bounds {
    fn of(check: &Check, kind: CheckKind) -> Self {
        match kind {
            CheckKind::Volume => Self { at_least: Some(1.0 - check.band), at_most: 1.0 + check.band },
            CheckKind::Freshness => {
                let hours = check.max_age.map_or(0.0, |age| age.as_secs_f64() / 3600.0);
                Self { at_least: None, at_most: hours }
            }
            _ => Self { at_least: None, at_most: check.max.unwrap_or(0.0) },
        }
    }

    fn allow(self, value: f64) -> bool {
        self.at_least.is_none_or(|least| least <= value) && value <= self.at_most
    }
}

/// A check with all that it measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// What it measures.
    pub kind: CheckKind,
    /// What it means that it fails.
    pub level: Level,
    /// What it allows.
    pub bounds: Bounds,
    /// What it measured, by day; nothing where there is nothing yet that it could be judged by.
    pub measured: Vec<Measured>,
}

impl Checked {
    /// Whether nothing is outside the bounds.
    pub fn passed(&self) -> bool {
        self.failed().next().is_none()
    }

    /// Whether the reports have to stay as they were.
    pub fn blocks(&self) -> bool {
        self.level == Level::Blocking && !self.passed()
    }

    /// What is outside the bounds.
    pub fn failed(&self) -> impl DoubleEndedIterator<Item = &Measured> {
        self.measured.iter().filter(|measured| measured.verdict == Verdict::Failed)
    }
}

/// When checks are made: what is newest then, and what a clock says.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The hour in which the newest event was received; `None` if there is none.
    pub newest: Option<Hour>,
    /// By the clock.
    pub now: Timestamp,
}

impl Moment {
    /// The days that checks look at, those included that a day is compared with.
    pub fn window(&self, checks: &[Check]) -> Window {
        let back = |check: &Check| check.days.saturating_add(check.weeks.saturating_mul(7));
        let back = checks.iter().map(back).max().unwrap_or(0).try_into().unwrap_or(i32::MAX);
        Window { since: self.newest.map(|newest| newest.day().plus(-back)), until: None }
    }

    /// The table that a query is asked by.
    fn asked(&self, check: &Check, known_holes: &[Hole]) -> PolarsResult<DataFrame> {
        let Some(newest) = self.newest else { return Ok(empty()) };
        let until = newest.day();
        let days = i32::try_from(check.days).unwrap_or(i32::MAX);
        // Nobody looks back upon more days than there are since 1970.
        let since = until.plus(1).plus(-days).max(Day::from_number(0));
        let days = (since.number()..=until.number()).map(Day::from_number);
        // Of a day that is known to be missing nobody expects anything.
        let is_missing = |day: Day| known_holes.iter().any(|hole| hole.is_day(day));
        let is_accepted = |day: &Day| check.except.contains(&Accepted(Some(*day))) || is_missing(*day);
        let days: Vec<Day> = days.filter(|day| !is_accepted(day)).collect();
        let numbers: Int32Chunked = days.iter().map(|day| Some(day.number())).collect();
        let instant = |name: &str, micros: i64| {
            let micros: Int64Chunked = days.iter().map(|_| Some(micros)).collect();
            micros.with_name(name.into()).into_datetime(TimeUnit::Microseconds, None).into_column()
        };
        let columns = vec![
            numbers.with_name("day".into()).into_date().into_column(),
            Column::new("is_over".into(), days.iter().map(|day| *day < until).collect::<Vec<_>>()),
            Column::new("weeks".into(), vec![i64::try_from(check.weeks).unwrap_or(i64::MAX); days.len()]),
            Column::new("column_name".into(), vec![check.column.map(|column| column.as_str()); days.len()]),
            instant("newest_hour", newest.micros()),
            instant("now", self.now.micros()),
        ];
        DataFrame::new(days.len(), columns)
    }
}

/// Nothing is asked for.
fn empty() -> DataFrame {
    let instant = DataType::Datetime(TimeUnit::Microseconds, None);
    let columns = [
        ("day", DataType::Date),
        ("is_over", DataType::Boolean),
        ("weeks", DataType::Int64),
        ("column_name", DataType::String),
        ("newest_hour", instant.clone()),
        ("now", instant),
    ];
    let schema: Schema = columns.into_iter().map(|(name, of)| Field::new(name.into(), of)).collect();
    DataFrame::empty_with_schema(&schema)
}

/// Makes every check that is declared over the tables of a lake.
///
/// # Errors
/// When a query fails.
pub fn check(
    catalog: &mut Catalog,
    library: &Library,
    config: &Config,
    moment: Moment,
) -> Result<Vec<Checked>, QueryError> {
    let mut checked = Vec::new();
    for check in &config.checks {
        // One without a kind is refused before anything is done.
        let Some(kind) = check.kind else { continue };
        let failed = |reason| QueryError::Engine { query: check.name(), reason };
        let query = library.get(Kind::Check, kind.as_str()).unwrap_or_else(|| unreachable!("every kind is a query"));
        catalog.add_frame("asked", moment.asked(check, &config.dumps.known_holes).map_err(failed)?);
        let frame = catalog.run(query.name, query.sql)?;
        let bounds = Bounds::of(check, kind);
        let mut measured = rows(&frame).map_err(failed)?;
        measured.retain(|row| row.day.is_some() || !check.except.contains(&Accepted(None)));
        for row in &mut measured {
            let is_too_few = row.whole.is_some_and(|whole| whole < least(check, kind));
            row.verdict = match bounds.allow(row.value) {
                _ if is_too_few => Verdict::TooFew,
                true => Verdict::Passed,
                false => Verdict::Failed,
            };
        }
        checked.push(Checked { name: check.name(), kind, level: check.level, bounds, measured });
    }
    Ok(checked)
}

/// Of how many at least a share must be for anything to be concluded.
#[allow(clippy::cast_precision_loss, reason = "nobody counts to 2^53")]
fn least(check: &Check, kind: CheckKind) -> f64 {
    match kind {
        CheckKind::Holes => 0.0,
        _ => check.min_count as f64,
    }
}

/// What a query of a check has measured; what it does not know is not measured.
fn rows(frame: &DataFrame) -> PolarsResult<Vec<Measured>> {
    let (days, subjects) = (frame.column("day")?.date()?, frame.column("subject")?.str()?);
    let number = |name: &str| frame.column(name)?.f64().cloned();
    let (values, parts, wholes) = (number("value")?, number("part")?, number("whole")?);
    let row = |row: usize| {
        Some(Measured {
            day: days.physical().get(row).map(Day::from_number),
            subject: subjects.get(row).map(str::to_owned),
            value: values.get(row)?,
            part: parts.get(row),
            whole: wholes.get(row),
            verdict: Verdict::Passed,
        })
    };
    Ok((0..frame.height()).filter_map(row).collect())
}

#[cfg(test)]
mod tests;
