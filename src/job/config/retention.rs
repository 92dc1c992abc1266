//! The values that say for how many days: rows are kept, reports are over.

use std::collections::BTreeMap;

use super::value::in_quotes;
use crate::event::Day;
use crate::query::{Kind, Library};
use crate::staging::{SideTable, TableId};

/// A number of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(i32);

/// The fewest days: events of the last ones still arrive, and marts of these are still built.
const FEWEST: i32 = 7;

impl Days {
    /// How many.
    pub fn count(self) -> i32 {
        self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let days = text.strip_suffix('d').filter(|days| days.bytes().all(|byte| byte.is_ascii_digit()))?;
        days.parse().ok().filter(|days| *days >= FEWEST).map(Self)
    }
}

in_quotes! {
    Days,
    format!("a number of days like 400d, at least {FEWEST}d"),
    |text| Self::parse(text),
    |days| format!("{}d", days.0)
}

/// A table or a mart, and for how many days its rows are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDays {
    table: String,
    days: Days,
}

impl TableDays {
    fn parse(text: &str) -> Option<Self> {
        let (table, days) = text.split_once(':')?;
        let (table, days) = (table.trim(), Days::parse(days.trim())?);
        let is_known = staging().map(str::to_owned).chain(marts()).any(|known| known == table);
        is_known.then(|| Self { table: table.to_owned(), days })
    }
}

in_quotes! {
    TableDays,
    format!("the name of a table of staging or of a mart, a colon and {}", Days::expected()),
    |text| Self::parse(text),
    |of| format!("{}: {}d", of.table, of.days.0)
}

impl super::Retention {
    /// The first day that each table and mart keeps on a day; one that is kept for ever is not among them.
    pub fn first_kept(&self, today: Day) -> BTreeMap<String, Day> {
        let all =
            |days: Option<Days>, names: Vec<String>| names.into_iter().filter_map(move |name| Some((name, days?)));
        let mut kept: BTreeMap<String, Days> = all(self.staging, staging().map(str::to_owned).collect()).collect();
        kept.extend(all(self.marts, marts()));
        kept.extend(self.tables.iter().map(|of| (of.table.clone(), of.days)));
        kept.into_iter().map(|(name, days)| (name, today.plus(-days.0))).collect()
    }
}

fn staging() -> impl Iterator<Item = &'static str> {
    TableId::all().map(TableId::name).chain(SideTable::ALL.map(SideTable::name))
}

fn marts() -> Vec<String> {
    // The tests load it: it is part of the program.
    let library = Library::load().unwrap_or_else(|error| unreachable!("the library of the program: {error}"));
    library.of_kind(Kind::Mart).map(|mart| mart.name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Retention;
    use super::*;

    #[test]
    fn days_are_whole_and_not_too_few() {
        assert_eq!(Days::parse("7d"), Some(Days(7)));
        for none in ["6d", "7", "7h", "d", "+8d", "-8d", "99999999999d"] {
            assert_eq!(Days::parse(none), None, "{none}");
        }
        assert!(TableDays::parse("node_runs: 30d").is_some() && TableDays::parse("rejects:30d").is_some());
        for none in ["node_runs", "node_runs 30d", "nothing: 30d", "node_runs: 3d", "sources: 30d"] {
            assert_eq!(TableDays::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_table_of_its_own_number_overrules_the_number_of_all() {
        let of = |text: &str| TableDays::parse(text).expect("a table");
        let retention = Retention {
            staging: Days::parse("30d"),
            marts: None,
            tables: vec![of("run_model_events: 10d"), of("node_runs: 50d")],
        };
        let first = retention.first_kept(Day::from_number(100));
        assert_eq!(first["run_model_events"], Day::from_number(90));
        assert_eq!(first["invocation_events"], Day::from_number(70));
        assert_eq!(first["rejects"], Day::from_number(70));
        assert_eq!(first["node_runs"], Day::from_number(50));
        assert!(!first.contains_key("invocations"));
        assert_eq!(
            Retention { staging: None, marts: None, tables: Vec::new() }.first_kept(Day::from_number(1)),
            BTreeMap::new()
        );
    }
}
