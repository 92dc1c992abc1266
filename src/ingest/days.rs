//! The days of a dump, so many at most.
//!
//! Each day is a file of each table that has events on it, and each hour in which events were received a line of the
//! receipt. So a dump of a few megabytes whose events lie all over the calendar would be hundreds of thousands of files.

use std::collections::BTreeSet;

use crate::event::{Day, Times};

/// Days on which events of a dump happened or were received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Days {
    days: BTreeSet<Day>,
    most: usize,
}

impl Days {
    pub(super) fn new(most: usize) -> Self {
        Self { days: BTreeSet::new(), most }
    }

    /// Adds the days of an event, unless they would be too many; whether they are in.
    pub(super) fn admit(&mut self, times: &Times) -> bool {
        let days = [times.derived.day(), times.collector.day()].into_iter();
        let new: BTreeSet<Day> = days.filter(|day| !self.days.contains(day)).collect();
        let is_in = self.days.len() + new.len() <= self.most;
        if is_in {
            self.days.extend(new);
        }
        is_in
    }

    /// Adds the days of a later part of the dump, of which all are in, unless they would be too many; whether they are
    /// in.
    pub(super) fn add(&mut self, later: &Self) -> bool {
        let new = later.days.difference(&self.days).count();
        let is_in = self.days.len() + new <= self.most;
        if is_in {
            self.days.extend(&later.days);
        }
        is_in
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Timestamp;

    fn times(happened: i64, received: i64) -> Times {
        let at = |day: i64| Timestamp::from_seconds(86_400 * day, 0);
        Times::derive(at(happened), at(received), at(received)).expect("times")
    }

    #[test]
    fn so_many_days_and_no_more_are_in() {
        let mut days = Days::new(3);
        assert!(days.admit(&times(1, 1)) && days.admit(&times(2, 2)));
        // One of them would be in.
        assert!(!days.admit(&times(3, 4)));
        assert!(days.admit(&times(2, 3)) && !days.admit(&times(4, 4)));
        assert!(days.admit(&times(1, 3)));
    }

    #[test]
    fn of_parts_all_days_are_in_or_none() {
        let of = |all: &[i64]| {
            let mut days = Days::new(3);
            assert!(all.iter().all(|day| days.admit(&times(*day, *day))));
            days
        };
        let mut days = of(&[1]);
        assert!(days.add(&of(&[1, 2])) && days == of(&[1, 2]));
        assert!(!days.add(&of(&[3, 4])) && days == of(&[1, 2]));
        assert!(days.add(&of(&[2, 3])) && days == of(&[1, 2, 3]));
    }
}
