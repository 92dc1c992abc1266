//! One value of a result, as every output format sees it.

use chrono::DateTime;
use polars::prelude::{AnyValue, DataFrame, PolarsResult, TimeUnit};

use crate::event::Day;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Nothing is known; never written as 0.
    Absent,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Integer(i128),
    /// A measurement or a ratio.
    Number(f64),
    /// Text.
    Text(String),
    /// A day or an instant (UTC), as ISO 8601 text.
    Time(String),
}

impl Cell {
    pub(super) fn of(value: &AnyValue<'_>) -> Self {
        match value {
            AnyValue::Null => Self::Absent,
            AnyValue::Boolean(flag) => Self::Flag(*flag),
            AnyValue::Float64(number) if number.is_nan() => Self::Absent,
            AnyValue::Float64(number) => Self::Number(*number),
            AnyValue::Float32(number) => Self::Number(f64::from(*number)),
            AnyValue::String(text) => Self::Text((*text).to_owned()),
            AnyValue::StringOwned(text) => Self::Text(text.to_string()),
            AnyValue::Date(day) => DateTime::from_timestamp(i64::from(*day) * 86_400, 0)
                .map_or(Self::Absent, |_| Self::Time(Day::from_number(*day).to_string())),
            AnyValue::Datetime(count, unit, _) => instant(*count, *unit),
            // What a column of one repeated value gives.
            AnyValue::DatetimeOwned(count, unit, _) => instant(*count, *unit),
            AnyValue::Int8(n) => Self::Integer((*n).into()),
            AnyValue::Int16(n) => Self::Integer((*n).into()),
            AnyValue::Int32(n) => Self::Integer((*n).into()),
            AnyValue::Int64(n) => Self::Integer((*n).into()),
            AnyValue::UInt8(n) => Self::Integer((*n).into()),
            AnyValue::UInt16(n) => Self::Integer((*n).into()),
            AnyValue::UInt32(n) => Self::Integer((*n).into()),
            AnyValue::UInt64(n) => Self::Integer((*n).into()),
            other => Self::Text(other.to_string()),
        }
    }

    /// Whether it is a number, which tables align to the right.
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Integer(_) | Self::Number(_))
    }
}

fn instant(count: i64, unit: TimeUnit) -> Cell {
    let instant = match unit {
        TimeUnit::Nanoseconds => Some(DateTime::from_timestamp_nanos(count)),
        TimeUnit::Microseconds => DateTime::from_timestamp_micros(count),
        TimeUnit::Milliseconds => DateTime::from_timestamp_millis(count),
    };
    instant.map_or(Cell::Absent, |instant| Cell::Time(instant.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()))
}

/// The cells of a row.
pub(super) fn row(frame: &DataFrame, number: usize) -> PolarsResult<Vec<Cell>> {
    frame.columns().iter().map(|column| Ok(Cell::of(&column.get(number)?))).collect()
}

/// Names of the columns.
pub(super) fn names(frame: &DataFrame) -> Vec<String> {
    frame.columns().iter().map(|column| column.name().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_is_not_zero_and_times_are_iso() {
        assert_eq!(Cell::of(&AnyValue::Null), Cell::Absent);
        assert_eq!(Cell::of(&AnyValue::Float64(f64::NAN)), Cell::Absent);
        assert_eq!(Cell::of(&AnyValue::Int64(0)), Cell::Integer(0));
        assert_eq!(Cell::of(&AnyValue::Date(0)), Cell::Time("1970-01-01".to_owned()));
        let instant = AnyValue::Datetime(1_709_287_257_003_000, TimeUnit::Microseconds, None);
        assert_eq!(Cell::of(&instant), Cell::Time("2024-03-01T10:00:57.003000".to_owned()));
    }
}
