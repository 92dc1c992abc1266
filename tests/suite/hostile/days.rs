//! Dumps whose events lie on many days: each day is a file of its own.

use std::collections::BTreeSet;

use super::Attack;
use crate::dumps::basic;

/// Dumps of one event a line: the lines, and the day of each.
struct Lines {
    model: String,
    days: Vec<usize>,
}

impl Lines {
    fn new(days: impl Iterator<Item = usize>) -> Self {
        let (sound, _) = basic("tracker-payload-get");
        let sound = String::from_utf8(sound).expect("text");
        Self { model: sound.lines().next().expect("a line").to_owned(), days: days.collect() }
    }

    /// The lines, each of another event.
    fn all(&self) -> impl Iterator<Item = String> {
        (0..).zip(&self.days).map(|(number, day)| {
            let line = self.model.replacen("eid=e81d5dbe", &format!("eid={number:08x}"), 1);
            let line = line.replacen("dtm=1772445600000", &format!("dtm={}", day * 86_400_000), 1);
            line.replacen("stm=1772445609000", &format!("stm={}", day * 86_400_000), 1) + "\n"
        })
    }
}

#[test]
fn a_file_for_each_of_many_days() {
    const DAYS: usize = 700;
    // In no order, and each day at several places.
    let lines = Lines::new((0..3 * DAYS).map(|number| number * 457 % DAYS));
    let mut attack = Attack::new();
    attack.dump("days", lines.all().collect::<String>(), 3 * DAYS as u64, &[]);
    attack.check(&[]);
    let staging = attack.place.files("lake/staging/invocation_events");
    let hostile =
        staging.keys().filter(|path| path.starts_with("day=1970-01-01") || path.starts_with("day=1971-11-30"));
    assert_eq!(hostile.count(), 2, "{:?}", staging.keys());
    // The sound dump has a day of its own.
    assert_eq!(staging.len(), DAYS + 1);
}

/// Which days are too many is told by their order in the dump, also where it is read in blocks, several at once.
#[test]
fn more_days_than_a_dump_may_have() {
    const MOST: usize = 60;
    let mut attack = Attack::new();
    for (name, count) in [("small", 1000), ("large", 10_000)] {
        // New days come all the time, and earlier ones come again.
        let lines =
            Lines::new((0..count).map(|number| if number % 3 == 0 { number % 20 } else { 100 * number / count }));
        let (mut days, mut dump, mut events, mut rejects) = (BTreeSet::new(), String::new(), 0, Vec::new());
        for (day, line) in lines.days.iter().zip(lines.all()) {
            if days.len() < MOST {
                days.insert(*day);
            }
            if days.contains(day) {
                events += 1;
            } else {
                rejects.push(("too_many_days", dump.len() as u64, line.len() as u64));
            }
            dump.push_str(&line);
        }
        assert!(rejects.len() > count / 5);
        attack.dump(name, dump, events, &rejects);
    }
    attack.check(&["--max-days", &MOST.to_string()]);
}
