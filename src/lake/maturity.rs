//! Which days can still change: events arrive late.
//!
//! A day is final when the newest event that was received came more than the allowance for lateness past its end
//! (definitions, Statistics; `maturity.lateness` of the configuration). What a device's clock says of sending stands in only where no other clock has said anything,
//! and no clock is believed that is ahead of ours.

use std::time::Duration;

use super::contents::Contents;
use crate::event::{Day, Hour};

/// Up to which day numbers are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maturity {
    /// The hour in which the newest event was received; `None` if there is none.
    pub newest: Option<Hour>,
    /// The last day that is final; `None` if there is none.
    pub final_until: Option<Day>,
}

impl Maturity {
    /// That of a lake, where events may be so late, seen now. Of an hour that has begun all is counted.
    pub fn of(contents: &Contents, lateness: Duration, now: Hour) -> Self {
        let spreads = || contents.sources().map(|(_, source)| &source.spread);
        let received = spreads().filter_map(|spread| spread.received.keys().next_back().copied()).max();
        let newest = received.or_else(|| spreads().filter_map(|spread| spread.sent_until).max());
        let newest = newest.map(|newest| newest.min(now));
        let lateness = i32::try_from(lateness.as_secs().div_ceil(3600)).unwrap_or(i32::MAX);
        // The day that ends with the last hour that is late enough.
        let final_until = newest.map(|newest| newest.plus(-lateness).day().plus(-1));
        Self { newest, final_until }
    }

    /// Whether a day is final.
    pub fn is_final(&self, day: Day) -> bool {
        self.final_until.is_some_and(|until| day <= until)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::lake::{Receipt, SourceReceipt, Spread};

    const LATENESS: Duration = Duration::from_secs(72 * 3600);

    fn hour(text: &str) -> Hour {
        Hour::parse(text).expect("an hour")
    }

    /// A lake of a dump with events that were received in these hours, and one sent until another.
    fn lake(received: &[&str], sent_until: Option<&str>) -> Contents {
        let received: BTreeMap<Hour, u64> = received.iter().map(|text| (hour(text), 1)).collect();
        let spread = Spread { received, sent_until: sent_until.map(hour), ..Spread::default() };
        let sources = vec![SourceReceipt { spread, ..SourceReceipt::default() }];
        Contents::new(vec![Receipt { sources, ..Receipt::default() }.into()])
    }

    fn final_until(contents: &Contents, now: &str) -> Option<String> {
        Maturity::of(contents, LATENESS, hour(now)).final_until.map(|day| day.to_string())
    }

    #[test]
    fn a_day_is_final_three_days_after_its_end() {
        let late = "2030-01-01T00";
        for (newest, until) in [("2026-10-04T23", "2026-09-30"), ("2026-10-05T00", "2026-10-01")] {
            let contents = lake(&["2026-10-01T05", newest], None);
            assert_eq!(final_until(&contents, late).as_deref(), Some(until), "{newest}");
        }
        let maturity = Maturity::of(&lake(&["2026-10-05T00"], None), LATENESS, hour(late));
        let day = |text| Day::parse(text).expect("a day");
        assert!(maturity.is_final(day("2026-10-01")) && !maturity.is_final(day("2026-10-02")));
        assert_eq!(final_until(&Contents::default(), late), None);
    }

    #[test]
    fn how_late_events_may_be_is_counted_in_hours() {
        let until = |seconds: u64| {
            let maturity =
                Maturity::of(&lake(&["2026-10-05T00"], None), Duration::from_secs(seconds), hour("2030-01-01T00"));
            maturity.final_until.map(|day| day.to_string())
        };
        assert_eq!(
            [0, 1, 3600, 24 * 3600, 24 * 3600 + 1].map(until),
            ["04", "03", "03", "03", "02"].map(|day| Some(format!("2026-10-{day}")))
        );
        // Nothing is final in any lake.
        assert!(
            until(u64::MAX).is_some_and(|day| day.starts_with("-") || day.starts_with("day")),
            "{:?}",
            until(u64::MAX)
        );
    }

    #[test]
    fn a_devices_clock_stands_in_and_none_is_ahead_of_ours() {
        assert_eq!(final_until(&lake(&[], Some("2026-10-05T00")), "2030-01-01T00").as_deref(), Some("2026-10-01"));
        let both = lake(&["2026-10-05T00"], Some("2029-10-05T00"));
        assert_eq!(final_until(&both, "2030-01-01T00").as_deref(), Some("2026-10-01"));
        assert_eq!(final_until(&lake(&["2099-01-01T00"], None), "2026-10-05T07").as_deref(), Some("2026-10-01"));
    }
}
