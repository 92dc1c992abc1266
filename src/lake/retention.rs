//! What was removed because of its age: for each table a day before which it has no rows any more.
//!
//! One small file, `retention.json`. It is written before anything is removed, and its days only move on: what is gone
//! does not come back with a late dump, and a day of a mart whose staging is gone is never built again of what is left.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::layout;
use super::receipt::ReceiptError;
use super::store::Store;
use crate::event::Day;
use crate::staging;

/// The first day that each table, and each mart, still has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// By table or mart; one that is not here has every day.
    first_kept: BTreeMap<String, Day>,
}

impl Retention {
    /// That of a lake.
    ///
    /// # Errors
    /// When it cannot be read: without it, days would be built of what is left of their rows.
    pub fn read(store: &Store) -> Result<Self, ReceiptError> {
        let Some(json) = store.read(layout::RETENTION)? else {
            return Ok(Self::default());
        };
        serde_json::from_slice(&json).map_err(|reason| ReceiptError::NoRetention { reason })
    }

    /// Keeps it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, store: &Store) -> Result<(), ReceiptError> {
        Ok(store.put_json(layout::RETENTION, self)?)
    }

    /// From now on tables have these days first, as far as they had earlier ones.
    pub fn advance(&mut self, first_kept: &BTreeMap<String, Day>) {
        for (table, day) in first_kept {
            self.first_kept.entry(table.clone()).and_modify(|first| *first = (*first).max(*day)).or_insert(*day);
        }
    }

    /// Whether the rows of a table on a day are removed.
    pub fn is_over(&self, table: &str, day: Day) -> bool {
        self.first_kept.get(table).is_some_and(|first| day < *first)
    }

    /// The first day that every mart has; `None` if they have every day.
    pub fn first_of_marts(&self) -> Option<Day> {
        self.first_of(self.first_kept.keys().map(String::as_str).filter(|name| !staging::is_table(name)))
    }

    /// The first day that all of these tables have; `None` if they have every day.
    pub fn first_of<'t>(&self, tables: impl IntoIterator<Item = &'t str>) -> Option<Day> {
        tables.into_iter().filter_map(|table| self.first_kept.get(table)).max().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_only_move_on() {
        let day = Day::from_number;
        let of = |table: &str, number: i32| BTreeMap::from([(table.to_owned(), day(number))]);
        let mut retention = Retention::default();
        assert!(!retention.is_over("a", day(0)) && retention.first_of(["a", "b"]).is_none());
        for (number, first) in [(10, 10), (12, 12), (11, 12)] {
            retention.advance(&of("a", number));
            assert_eq!(retention.first_of(["a", "b"]), Some(day(first)));
        }
        assert!(retention.is_over("a", day(11)) && !retention.is_over("a", day(12)) && !retention.is_over("b", day(0)));
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        assert_eq!(Retention::read(&store).expect("read"), Retention::default());
        retention.write(&store).expect("written");
        assert_eq!(Retention::read(&store).expect("read"), retention);
        store.put(layout::RETENTION, b"{").expect("put");
        assert!(Retention::read(&store).expect_err("no JSON").to_string().contains("retention.json"));
    }
}
