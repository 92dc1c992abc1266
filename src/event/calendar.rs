//! Days and hours in UTC, as they are counted and as they are written.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate};

/// A day in UTC, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The day of a calendar date.
    pub fn of(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce() - 719_163)
    }

    /// The day of a year from 0 on, a month and a day of it, each from 1 on; `None` if there is no such day.
    ///
    /// The calendar's own arithmetic, since it runs several times for every event: with years that begin in March a leap
    /// day is the last of its year, and the months before one are 153 days in every five.
    pub(super) fn of_date(year: u32, month: u32, day: u32) -> Option<Self> {
        let is_leap_year = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let last = match month {
            2 if is_leap_year => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return None,
        };
        if !(1..=last).contains(&day) || year > 9999 {
            return None;
        }
        // 400 years are as many days wherever they begin.
        let (year, month) = if month > 2 { (year + 400, month - 3) } else { (year + 399, month + 9) };
        let leap_days = year / 4 - year / 100 + year / 400;
        let days = 365 * year + leap_days + (153 * month + 2) / 5 + day - 1;
        // 1970-01-01 is day 865,565 of those since the year -400.
        i32::try_from(days).ok().map(|days| Self(days - 865_565))
    }

    /// From text, `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self::of)
    }

    /// The day of a number of days since 1970-01-01.
    pub fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The day so many days later (earlier, if negative).
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The first day of its month.
    pub fn month_begin(self) -> Self {
        let date = NaiveDate::from_num_days_from_ce_opt(self.0.saturating_add(719_163));
        date.and_then(|date| date.with_day(1)).map_or(self, Self::of)
    }

    /// The Monday of its week.
    pub fn monday(self) -> Self {
        // 1970-01-01 was a Thursday.
        self.plus(-self.0.saturating_add(3).rem_euclid(7))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp(i64::from(self.0) * 86_400, 0) {
            Some(instant) => write!(f, "{}", instant.format("%Y-%m-%d")),
            None => write!(f, "day {}", self.0),
        }
    }
}

/// An hour in UTC, as hours since 1970-01-01 00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(i32);

impl Hour {
    /// The hour of a number of hours since 1970-01-01 00:00.
    pub fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// From text, `YYYY-MM-DDTHH`.
    pub fn parse(text: &str) -> Option<Self> {
        let (day, hour) = text.split_once('T')?;
        let number: i32 = hour.parse().ok().filter(|number| (0..24).contains(number) && hour.len() == 2)?;
        Some(Self(Day::parse(day)?.0.checked_mul(24)?.checked_add(number)?))
    }

    /// The day it lies in.
    pub fn day(self) -> Day {
        Day(self.0.div_euclid(24))
    }

    /// Which hour of its day it is, 0 to 23.
    pub fn of_day(self) -> i32 {
        self.0.rem_euclid(24)
    }

    /// When it begins, microseconds since 1970.
    pub fn micros(self) -> i64 {
        i64::from(self.0) * 3_600_000_000
    }

    /// The hour so many hours later (earlier, if negative).
    pub fn plus(self, hours: i32) -> Self {
        Self(self.0.saturating_add(hours))
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{:02}", self.day(), self.of_day())
    }
}

/// They are written as text, in files that people read and as keys of JSON objects.
macro_rules! as_text {
    ($($name:ident, $form:literal;)+) => {
        $(
            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                    let refuse = || serde::de::Error::invalid_value(serde::de::Unexpected::Str(&text), &$form);
                    Self::parse(text.as_ref()).ok_or_else(refuse)
                }
            }
        )+
    };
}
pub(super) use as_text;

as_text! {
    Day, "a day, 2026-10-01";
    Hour, "an hour, 2026-10-01T05";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for year in 0..=9999 {
            for (month, day) in (0..=13).flat_map(|month| (0..=32).map(move |day| (month, day))) {
                let date = NaiveDate::from_ymd_opt(i32::try_from(year).expect("small"), month, day);
                assert_eq!(Day::of_date(year, month, day), date.map(Day::of), "{year}-{month}-{day}");
            }
        }
        assert_eq!(Day::of_date(10_000, 1, 1), None);
    }

    #[test]
    fn days_follow_the_calendar() {
        assert_eq!(Day::parse("2024-02-29").map(|d| d.plus(1).to_string()).as_deref(), Some("2024-03-01"));
        assert_eq!(Day::parse("2024-02-30"), None);
        let begin = |day: &str| Day::parse(day).map(|day| day.month_begin().to_string());
        assert_eq!(begin("2024-02-29").as_deref(), Some("2024-02-01"));
        assert_eq!(begin("2026-10-01").as_deref(), Some("2026-10-01"));
        let monday = |day: &str| Day::parse(day).map(|day| day.monday().to_string());
        for day in ["2026-10-05", "2026-10-07", "2026-10-11"] {
            assert_eq!(monday(day).as_deref(), Some("2026-10-05"), "{day}");
        }
        assert_eq!(monday("1969-12-31").as_deref(), Some("1969-12-29"));
    }

    #[test]
    fn hours_belong_to_days() {
        let hour = Hour::parse("2026-09-30T23").expect("an hour");
        assert_eq!((hour.day().to_string().as_str(), hour.of_day()), ("2026-09-30", 23));
        assert_eq!(hour.plus(1).to_string(), "2026-10-01T00");
        assert_eq!(Hour::parse("1969-12-31T23"), Some(Hour::from_number(-1)));
        assert_eq!(Hour::from_number(-1).to_string(), "1969-12-31T23");
        for text in ["2026-10-01", "2026-10-01T24", "2026-10-01T1", "2026-10-01T-1", "T00", ""] {
            assert_eq!(Hour::parse(text), None, "{text}");
        }
    }

    #[test]
    fn both_survive_json() {
        let (day, hour) = (Day::from_number(20_000), Hour::from_number(480_005));
        let json = serde_json::to_string(&(day, hour)).expect("JSON");
        assert_eq!(json, r#"["2024-10-04","2024-10-04T05"]"#);
        assert_eq!(serde_json::from_str::<(Day, Hour)>(&json).expect("read"), (day, hour));
        assert!(serde_json::from_str::<Day>(r#""yesterday""#).is_err());
    }
}
