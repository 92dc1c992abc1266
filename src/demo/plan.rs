//! How much is made, and of which days.

use serde::{Deserialize, Serialize};

use crate::event::Day;

/// What a demonstration is made from. The same plan gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// How many runs of dbt there are.
    pub invocations: u64,
    /// On how many days.
    pub days: u32,
    /// Which random numbers.
    pub seed: u64,
    /// The first of the days.
    pub start: Day,
}

impl Plan {
    /// How many runs, if nobody says.
    pub const INVOCATIONS: u64 = 15_000;
    /// Six whole weeks, and the four days after which the last of them is final: a change of a week is told from what
    /// is usual only where so many are known.
    pub const DAYS: u32 = 46;
    /// Whichever.
    pub const SEED: u64 = 1;

    /// 2026-09-14, a Monday.
    pub fn first_day() -> Day {
        Day::from_number(20_710)
    }

    /// The day of a number, from 0.
    pub(super) fn day(&self, number: u32) -> Day {
        self.start.plus(i32::try_from(number).unwrap_or(i32::MAX))
    }

    /// When the first day begins, in milliseconds since 1970.
    pub(super) fn begin(&self) -> i64 {
        millis(self.start)
    }

    /// The number of the day on which a new minor version of dbt is released.
    pub(super) fn release(&self) -> u32 {
        self.days * 2 / 5
    }

    /// The Monday of the last whole week that is final when all has come; `None` if the days are too few for one.
    pub fn last_week(&self) -> Option<Day> {
        // A day is final when something was received more than three days after it: on the fourth.
        let monday = self.day(self.days).plus(-4 - 7).monday();
        (monday >= self.start).then_some(monday)
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self { invocations: Self::INVOCATIONS, days: Self::DAYS, seed: Self::SEED, start: Self::first_day() }
    }
}

/// When a day begins, in milliseconds since 1970.
pub(super) fn millis(day: Day) -> i64 {
    i64::from(day.number()) * 86_400_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_week_is_whole_and_has_four_days_after_it() {
        let week = |start: &str, days| {
            let plan = Plan { start: Day::parse(start).expect("a day"), days, ..Plan::default() };
            plan.last_week().map(|day| day.to_string())
        };
        assert_eq!(Plan::first_day().to_string(), "2026-09-14");
        assert_eq!(Plan::default().last_week().map(|day| day.to_string()).as_deref(), Some("2026-10-19"));
        assert_eq!(week("2026-08-31", 60).as_deref(), Some("2026-10-19"));
        assert_eq!(week("2026-08-31", 59).as_deref(), Some("2026-10-12"));
        assert_eq!(week("2026-08-31", 11).as_deref(), Some("2026-08-31"));
        assert_eq!(week("2026-08-31", 10), None);
        assert_eq!(week("2026-09-01", 16), None);
    }
}
