//! Hours in which something should have been received, and nothing was.
//!
//! That a dump is missing is seen by what is not there: between the first hour and the newest in which events were
//! received there is one without any. Whether that is a hole, only those can say who know how often dumps come.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::contents::Contents;
use crate::event::{Day, Hour};

/// How often dumps should bring something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// In every hour.
    Hour,
    /// On every day.
    Day,
}

/// A hole longer than this is none: an event so far from all others has a wrong clock, or the lake has two eras.
const FAR_HOURS: i32 = 366 * 24;

/// Hours in a row, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hole {
    first: Hour,
    last: Hour,
}

impl Hole {
    /// From text: a day, an hour, or two of these with `to` between them.
    pub fn parse(text: &str) -> Option<Self> {
        let ends = |text: &str| {
            let of_hour = Hour::parse(text).map(|hour| (hour, hour));
            of_hour.or_else(|| Day::parse(text).map(|day| (first_hour(day), first_hour(day).plus(23))))
        };
        let (first, last) = text.split_once(" to ").unwrap_or((text, text));
        let hole = Self { first: ends(first)?.0, last: ends(last)?.1 };
        (hole.first <= hole.last).then_some(hole)
    }

    fn contains(&self, hour: Hour) -> bool {
        self.first <= hour && hour <= self.last
    }

    /// Whether all hours of a day are in it.
    pub fn is_day(&self, day: Day) -> bool {
        self.first <= first_hour(day) && first_hour(day.plus(1)).plus(-1) <= self.last
    }

    /// The days of which all hours are in it.
    fn days(&self) -> impl Iterator<Item = Day> {
        let first = if self.first.of_day() == 0 { self.first.day() } else { self.first.day().plus(1) };
        let last = if self.last.of_day() == 23 { self.last.day() } else { self.last.day().plus(-1) };
        (first.number()..=last.number()).map(Day::from_number)
    }
}

/// As it is parsed: whole days by their names.
impl fmt::Display for Hole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last } = self;
        let whole = first.of_day() == 0 && last.of_day() == 23;
        match whole {
            true if first.day() == last.day() => first.day().fmt(f),
            true => write!(f, "{} to {}", first.day(), last.day()),
            false if first == last => first.fmt(f),
            false => write!(f, "{first} to {last}"),
        }
    }
}

fn first_hour(day: Day) -> Hour {
    Hour::from_number(day.number().saturating_mul(24))
}

/// The hours of a lake in which nothing was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holes {
    /// Each with whether it is known; `None` where nobody has said how often dumps should come.
    missing: Option<BTreeMap<Hour, bool>>,
    /// The days on which nothing at all was received.
    days: BTreeSet<Day>,
}

impl Holes {
    /// Those of a lake, seen now: an hour that is yet to come has no hole before it.
    pub fn of(contents: &Contents, every: Option<Every>, known: &[Hole], now: Hour) -> Self {
        let Some(every) = every else { return Self::default() };
        let hours = contents.sources().flat_map(|(_, source)| source.spread.received.keys().copied());
        let received: Vec<Hour> = hours.filter(|hour| *hour <= now).collect::<BTreeSet<_>>().into_iter().collect();
        let mut missing = BTreeMap::new();
        for (earlier, later) in received.iter().zip(received.iter().skip(1)) {
            let (begin, end) = match every {
                Every::Hour => (earlier.plus(1), *later),
                Every::Day => (first_hour(earlier.day().plus(1)), first_hour(later.day())),
            };
            if earlier.plus(FAR_HOURS) < *later {
                continue;
            }
            let hours = (0..).map(|number| begin.plus(number)).take_while(|hour| *hour < end);
            missing.extend(hours.map(|hour| (hour, known.iter().any(|hole| hole.contains(hour)))));
        }
        let of_all: Vec<Hour> = missing.keys().copied().collect();
        let days = in_a_row(&of_all).iter().flat_map(Hole::days).collect();
        Self { missing: Some(missing), days }
    }

    /// The days on which nothing at all was received.
    pub fn days(&self) -> impl Iterator<Item = Day> {
        self.days.iter().copied()
    }

    /// How many hours of a day are missing, and how many of these are known to be; `None` where nobody has said how
    /// often dumps should come.
    pub fn hours_of(&self, day: Day) -> Option<(i64, i64)> {
        let of_day = self.missing.as_ref()?.range(first_hour(day)..first_hour(day.plus(1)));
        Some(of_day.fold((0, 0), |(all, known), (_, is_known)| (all + 1, known + i64::from(*is_known))))
    }

    /// Those that nobody knows of.
    pub fn unknown(&self) -> Vec<Hole> {
        let missing = self.missing.iter().flatten().filter(|(_, is_known)| !**is_known);
        in_a_row(&missing.map(|(hour, _)| *hour).collect::<Vec<_>>())
    }

    /// How many hours those are that nobody knows of.
    pub fn unknown_hours(&self) -> u64 {
        self.missing.iter().flatten().filter(|(_, is_known)| !**is_known).count() as u64
    }

    /// All that is missing, and what of it is known, as text: what tells these holes from others.
    pub fn text(&self) -> Option<String> {
        let missing = self.missing.as_ref()?;
        let of = |wanted: bool| {
            let hours: Vec<Hour> =
                missing.iter().filter(|(_, known)| **known == wanted).map(|(hour, _)| *hour).collect();
            in_a_row(&hours).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        Some(format!("{}; known: {}", of(false), of(true)))
    }
}

/// Hours in their order, those in a row together.
fn in_a_row(hours: &[Hour]) -> Vec<Hole> {
    let mut holes: Vec<Hole> = Vec::new();
    for &hour in hours {
        match holes.last_mut() {
            Some(hole) if hole.last.plus(1) == hour => hole.last = hour,
            _ => holes.push(Hole { first: hour, last: hour }),
        }
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::{Receipt, SourceReceipt, Spread};

    fn hour(text: &str) -> Hour {
        Hour::parse(text).expect("an hour")
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    /// The holes of a lake in which events were received in these hours, seen in 2030.
    fn holes(received: &[&str], every: Option<Every>, known: &[&str]) -> Holes {
        let received = received.iter().map(|text| (hour(text), 1)).collect();
        let spread = Spread { received, sent_until: Some(hour("2026-01-01T00")), ..Spread::default() };
        let sources = vec![SourceReceipt { spread, ..SourceReceipt::default() }];
        let contents = Contents::new(vec![Receipt { sources, ..Receipt::default() }.into()]);
        let known: Vec<Hole> = known.iter().map(|text| Hole::parse(text).expect(text)).collect();
        Holes::of(&contents, every, &known, hour("2030-01-01T00"))
    }

    fn texts(holes: &Holes) -> Vec<String> {
        holes.unknown().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_hour_without_an_event_is_a_hole() {
        let found =
            holes(&["2026-10-01T05", "2026-10-01T07", "2026-10-01T08", "2026-10-03T02"], Some(Every::Hour), &[]);
        assert_eq!(texts(&found), ["2026-10-01T06", "2026-10-01T09 to 2026-10-03T01"]);
        assert_eq!(found.unknown_hours(), 1 + 15 + 24 + 2);
        assert_eq!(found.days().collect::<Vec<_>>(), [day("2026-10-02")]);
        assert_eq!(
            ["2026-10-01", "2026-10-02", "2026-10-04"].map(|text| found.hours_of(day(text))),
            [Some((16, 0)), Some((24, 0)), Some((0, 0))]
        );
    }

    #[test]
    fn of_dumps_by_day_no_hour_is_a_hole() {
        let found = holes(&["2026-10-01T05", "2026-10-01T07", "2026-10-04T23", "2026-10-05T00"], Some(Every::Day), &[]);
        assert_eq!(texts(&found), ["2026-10-02 to 2026-10-03"]);
        let none = holes(&["2026-10-01T05", "2026-10-04T23"], None, &[]);
        assert_eq!((none.unknown(), none.hours_of(day("2026-10-02")), none.text()), (Vec::new(), None, None));
    }

    #[test]
    fn a_known_hole_is_missing_and_no_error() {
        let received = ["2026-10-01T23", "2026-10-03T03"];
        let found = holes(&received, Some(Every::Hour), &["2026-10-02", "2026-10-03T01"]);
        assert_eq!(texts(&found), ["2026-10-03T00", "2026-10-03T02"]);
        assert_eq!(found.hours_of(day("2026-10-03")), Some((3, 1)));
        assert_eq!(found.days().collect::<Vec<_>>(), [day("2026-10-02")], "what is known to be missing is missing");
        assert_ne!(found.text(), holes(&received, Some(Every::Hour), &[]).text());
        assert_eq!(texts(&holes(&received, Some(Every::Hour), &["2026-10-02 to 2026-10-03T02"])), Vec::<String>::new());
    }

    #[test]
    fn a_clock_that_is_wrong_by_years_makes_no_hole() {
        let received = ["1970-01-01T00", "2026-10-01T05", "2026-10-01T07", "2099-01-01T00"];
        assert_eq!(texts(&holes(&received, Some(Every::Hour), &[])), ["2026-10-01T06"]);
    }

    #[test]
    fn a_hole_is_written_as_it_is_read() {
        for text in [
            "2026-10-03",
            "2026-10-04T05",
            "2026-10-04T05 to 2026-10-04T08",
            "2026-10-03 to 2026-10-05",
            "2026-10-03T22 to 2026-10-05T00",
        ] {
            assert_eq!(Hole::parse(text).map(|hole| hole.to_string()).as_deref(), Some(text));
        }
        for text in ["", "yesterday", "2026-10-05 to 2026-10-03", "2026-10-03 to ", "2026-10-03to2026-10-04"] {
            assert_eq!(Hole::parse(text), None, "{text}");
        }
        let days = |text| Hole::parse(text).expect("a hole").days().count();
        assert_eq!(["2026-10-03T01 to 2026-10-05T22", "2026-10-03T05", "2026-10-03"].map(days), [1, 0, 1]);
        let hole = Hole::parse("2026-10-03T01 to 2026-10-05T22").expect("a hole");
        assert_eq!(["2026-10-03", "2026-10-04", "2026-10-05"].map(|text| hole.is_day(day(text))), [false, true, false]);
    }
}
