//! Times as they are written.

use std::fmt;

use chrono::{DateTime, Datelike as _};

/// An instant, milliseconds since 1970. It is shown as enriched events have it: `2026-10-01 09:17:23.014`.
#[derive(Clone, Copy, Debug)]
pub struct Moment(pub i64);

impl Moment {
    /// As dbt 1 writes the times of nodes: `2026-10-01T09:17:23.014000Z`.
    pub fn iso(self) -> String {
        let text = self.to_string();
        format!("{}T{}000Z", &text[..10], &text[11..])
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The parts of a day are divided by hand: a format string would take ten times as long, and there are many.
        let day = self.0.div_euclid(86_400_000);
        let date = DateTime::from_timestamp(day * 86_400, 0).unwrap_or_default();
        let (millis, (year, month, of_month)) =
            (self.0.rem_euclid(86_400_000), (date.year(), date.month(), date.day()));
        let (hour, minute, second) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        write!(f, "{year:04}-{month:02}-{of_month:02} {hour:02}:{minute:02}:{second:02}.{:03}", millis % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_snowplow_and_python_do() {
        let moment = Moment(1_790_846_243_014);
        assert_eq!(moment.to_string(), "2026-10-01 09:17:23.014");
        assert_eq!(moment.iso(), "2026-10-01T09:17:23.014000Z");
    }
}
