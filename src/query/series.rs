//! Series: reports with a row for each day, week or month.

use std::ops::RangeInclusive;

use chrono::{Datelike as _, Months, NaiveDate};
use polars::prelude::*;

use super::Query;
use crate::event::Day;

/// What makes a report a series: its key has a day, a week or a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The columns of the key.
    pub key: Vec<String>,
    time: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    Day,
    Week,
    Month,
}

impl Time {
    const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The column that says it.
    fn column(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

impl Series {
    /// That of a report; `None` if it is none.
    pub fn of(query: &Query) -> Option<Self> {
        let key: Vec<String> = query.header.get("key")?.split(", ").map(str::to_owned).collect();
        let time = Time::ALL.into_iter().find(|time| key.iter().any(|column| column == time.column()))?;
        Some(Self { key, time })
    }

    /// The column that says which time a row is about.
    pub fn time(&self) -> &'static str {
        self.time.column()
    }

    /// The days of a time as it is written: a day, the Monday of a week, a month.
    pub fn days(&self, text: &str) -> Option<RangeInclusive<Day>> {
        let first = if self.time == Time::Month { Day::parse(&format!("{text}-01"))? } else { Day::parse(text)? };
        let last = match self.time {
            Time::Day => first,
            Time::Week => first.plus(6),
            Time::Month => {
                let date = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
                Day::of(date.checked_add_months(Months::new(1))?.with_day(1)?).plus(-1)
            }
        };
        Some(first..=last)
    }

    /// The days of each row of a result; `None` where a row has no time.
    ///
    /// # Errors
    /// When the result lacks the column.
    pub fn days_of(&self, frame: &DataFrame) -> PolarsResult<Vec<Option<RangeInclusive<Day>>>> {
        let times = frame.column(self.time())?;
        (0..frame.height()).map(|row| Ok(self.days(&times.get(row)?.str_value()))).collect()
    }

    /// From the first day of a result to its last; `None` if it has no row with a time.
    ///
    /// # Errors
    /// When the result lacks the column.
    pub fn span(&self, frame: &DataFrame) -> PolarsResult<Option<RangeInclusive<Day>>> {
        let days = self.days_of(frame)?;
        let first = days.iter().flatten().map(|days| *days.start()).min();
        let last = days.iter().flatten().map(|days| *days.end()).max();
        Ok(first.zip(last).map(|(first, last)| first..=last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_knows_the_days_of_its_rows() {
        let days = |time, text: &str| {
            let days = Series { key: Vec::new(), time }.days(text)?;
            Some((days.start().to_string(), days.end().to_string()))
        };
        let of = |first: &str, last: &str| Some((first.to_owned(), last.to_owned()));
        assert_eq!(days(Time::Day, "2026-10-01"), of("2026-10-01", "2026-10-01"));
        assert_eq!(days(Time::Week, "2026-09-28"), of("2026-09-28", "2026-10-04"));
        assert_eq!(days(Time::Month, "2024-02"), of("2024-02-01", "2024-02-29"));
        assert_eq!(days(Time::Month, "2026-12"), of("2026-12-01", "2026-12-31"));
        assert_eq!((days(Time::Month, "2024-13"), days(Time::Day, "null"), days(Time::Week, "")), (None, None, None));
    }

    #[test]
    fn its_span_is_from_its_first_day_to_its_last() {
        let series = Series { key: Vec::new(), time: Time::Week };
        let frame = |weeks: &[Option<&str>]| df!("week" => weeks).expect("a frame");
        let day = |text| Day::parse(text).expect("a day");
        let span = series.span(&frame(&[Some("2026-09-28"), None, Some("2026-09-14")])).expect("a column");
        assert_eq!(span, Some(day("2026-09-14")..=day("2026-10-04")));
        assert_eq!(series.span(&frame(&[None])).expect("a column"), None);
        assert!(series.span(&df!("day" => ["2026-09-28"]).expect("a frame")).is_err());
    }
}
