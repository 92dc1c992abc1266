//! Why a day is built again: what its file was built from, against what it should be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::event::Day;
use crate::lake::{BuiltFrom, Fingerprint, Inputs, Publication, REKEYED, Store, StoreError, WITHOUT};
use crate::query::{Kind, Library, Query, QueryError};

/// Why a mart's file of a day is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// There is none, or it does not say what it was built from.
    First,
    /// Dumps with events on the day or beside it have come since; by digest.
    NewDumps(Vec<String>),
    /// Dumps have been read again, and more or less was found in them.
    ReadAgain(Vec<String>),
    /// Events of somebody who was forgotten are no more among those of these dumps.
    Forgotten(Vec<String>),
    /// Rows of somebody who was forgotten are no more in marts that outlive their staging.
    ForgottenInMarts,
    /// Rows of dumps count no more.
    GoneDumps(Vec<String>),
    /// Events of a dump lie on other days of the three than before.
    OtherDays,
    /// Dumps have come that have no event on these days.
    OtherDumps,
    /// The SQL of this query is another one.
    Definition(String),
    /// The key was rotated.
    Key,
    /// The program makes something else of the same dumps and SQL.
    Program,
    /// What it was built from has been lost.
    Unknown,
    /// Somebody asked for it.
    Asked,
}

impl Cause {
    /// Why a file that says to be built from `there` is not one that is built from `wanted`, of these inputs.
    pub(super) fn of(
        store: &Store,
        there: Option<&BuiltFrom>,
        wanted: &BuiltFrom,
        inputs: &Inputs,
    ) -> Result<Vec<Self>, StoreError> {
        let Some(there) = there else { return Ok(vec![Self::First]) };
        let mut causes = Vec::new();
        let changed = wanted.sql.iter().filter(|(mart, sql)| there.sql.get(*mart) != Some(sql));
        causes.extend(changed.map(|(mart, _)| Self::Definition(mart.clone())));
        if there.inputs != wanted.inputs {
            let before = there.inputs.as_ref().map(|name| Inputs::read(store, name)).transpose()?.flatten();
            match before {
                Some(before) => causes.extend(Self::of_inputs(&before, inputs)),
                None => causes.push(Self::Unknown),
            }
        }
        if causes.is_empty() {
            causes.push(Self::Program);
        }
        Ok(causes)
    }

    /// Why a figure of a report over some days is not what it was at an earlier publication.
    pub(super) fn between(
        (before, after): (&Publication, &Publication),
        store: &Store,
        library: &Library,
        query: &Query,
        days: &BTreeSet<Day>,
    ) -> Result<BTreeSet<Self>, QueryError> {
        let mut queries = library.tables_of(query)?;
        // A mart depends on those that it reads.
        let marts: Vec<&Query> = library.of_kind(Kind::Mart).filter(|mart| queries.contains(mart.name)).collect();
        for mart in marts {
            queries.extend(library.tables_of(mart)?);
        }
        queries.insert(query.name.to_owned());
        let changed = queries.into_iter().filter(|name| after.sql.get(name) != before.sql.get(name));
        let mut causes: BTreeSet<Self> = changed.map(Self::Definition).collect();
        let read = |name: Option<&Fingerprint>| match name {
            Some(name) => Inputs::read(store, name),
            None => Ok(Some(Inputs::default())),
        };
        // Of all days together: a dump with events of several is one cause.
        let (mut old, mut new) = (Inputs::default(), Inputs::default());
        for day in days {
            for (publication, all) in [(before, &mut old), (after, &mut new)] {
                match read(publication.days.get(day))? {
                    Some(inputs) => all.on.extend([inputs.before, inputs.on, inputs.after].into_iter().flatten()),
                    None => drop(causes.insert(Self::Unknown)),
                }
            }
        }
        if old != new {
            causes.extend(Self::of_inputs(&old, &new));
        }
        let left_out = |of: &Publication| -> BTreeSet<Fingerprint> {
            days.iter().filter_map(|day| of.left_out.get(day)).flatten().cloned().collect()
        };
        if !left_out(after).is_subset(&left_out(before)) {
            causes.insert(Self::ForgottenInMarts);
        }
        if causes.is_empty() {
            causes.insert(if after.dumps == before.dumps { Self::Program } else { Self::OtherDumps });
        }
        Ok(causes)
    }

    /// Whether it reaches days of marts that outlive their staging, which are not built again for it but written anew.
    pub(super) fn reaches_frozen(&self) -> bool {
        matches!(self, Self::Forgotten(_) | Self::Key)
    }

    /// The dumps that are the cause.
    pub(super) fn dumps(&self) -> &[String] {
        match self {
            Self::NewDumps(dumps) | Self::ReadAgain(dumps) | Self::Forgotten(dumps) | Self::GoneDumps(dumps) => dumps,
            _ => &[],
        }
    }

    /// Why one list of dumps is not another.
    pub(super) fn of_inputs(before: &Inputs, after: &Inputs) -> Vec<Self> {
        let (old, new) = (before.all(), after.all());
        let missing = |from: &BTreeMap<&str, &str>, of: &BTreeMap<&str, &str>| {
            of.keys()
                .filter(|source| !from.contains_key(*source))
                .map(|source| (*source).to_owned())
                .collect::<Vec<_>>()
        };
        let again = new.iter().filter_map(|(source, rows)| Some((*source, *rows, *old.get(source)?)));
        let again = again.filter(|(_, rows, before)| rows != before);
        let (same, again): (Vec<_>, Vec<_>) = again.partition(|(_, rows, before)| reading(rows) == reading(before));
        let (rekeyed, forgotten): (Vec<_>, Vec<_>) =
            same.into_iter().partition(|(_, rows, before)| without_key(rows) == without_key(before));
        let names =
            |dumps: Vec<(&str, &str, &str)>| dumps.into_iter().map(|(source, _, _)| source.to_owned()).collect();
        let (forgotten, again): (Vec<String>, Vec<String>) = (names(forgotten), names(again));
        let lists = [
            (missing(&old, &new), Self::NewDumps as fn(Vec<String>) -> Self),
            (again, Self::ReadAgain),
            (forgotten, Self::Forgotten),
            (missing(&new, &old), Self::GoneDumps),
        ];
        let mut causes: Vec<Self> =
            lists.into_iter().filter(|(dumps, _)| !dumps.is_empty()).map(|(dumps, cause)| cause(dumps)).collect();
        causes.extend((!rekeyed.is_empty()).then_some(Self::Key));
        if causes.is_empty() { vec![Self::OtherDays] } else { causes }
    }
}

/// How a dump was read, whoever was forgotten since and whatever the key is.
fn reading(rows: &str) -> &str {
    let rows = without_key(rows);
    rows.split_once(WITHOUT).map_or(rows, |(reading, _)| reading)
}

/// What rows rest on but for the key.
fn without_key(rows: &str) -> &str {
    rows.split_once(REKEYED).map_or(rows, |(rows, _)| rows)
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dumps = |count: usize| if count == 1 { "1 dump".to_owned() } else { format!("{count} dumps") };
        match self {
            Self::First => f.write_str("not built before"),
            Self::NewDumps(new) => write!(f, "{} new", dumps(new.len())),
            Self::ReadAgain(again) => write!(f, "{} read again", dumps(again.len())),
            Self::Forgotten(without) => write!(f, "somebody forgotten left out of {}", dumps(without.len())),
            Self::ForgottenInMarts => f.write_str("somebody forgotten left out of days that outlive their staging"),
            Self::GoneDumps(gone) => write!(f, "{} gone", dumps(gone.len())),
            Self::OtherDays => f.write_str("events on another day"),
            Self::OtherDumps => f.write_str("dumps without an event on these days"),
            Self::Definition(mart) => write!(f, "{mart} is defined anew"),
            Self::Key => f.write_str("another key"),
            Self::Program => f.write_str("another version of this program"),
            Self::Unknown => f.write_str("what it was built from is lost"),
            Self::Asked => f.write_str("asked for"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(on: &[(&str, &str)]) -> Inputs {
        let on = on.iter().map(|(source, reading)| ((*source).to_owned(), (*reading).to_owned()));
        Inputs { on: on.collect(), ..Inputs::default() }
    }

    fn built_from(inputs: &Inputs, sql: &[(&str, &str)]) -> BuiltFrom {
        let of = |text: &str| Fingerprint::of([("a test", text)]);
        let sql = sql.iter().map(|(mart, sql)| ((*mart).to_owned(), of(sql)));
        BuiltFrom { inputs: Some(inputs.fingerprint()), sql: sql.collect(), ..BuiltFrom::of(of("any")) }
    }

    #[test]
    fn says_what_has_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        let before = inputs(&[("a", "1"), ("b", "1")]);
        before.write(&store).expect("written");
        let sql = [("invocations", "1"), ("node_runs", "1")];
        let there = built_from(&before, &sql);
        let causes = |after: &Inputs, sql: &[(&str, &str)]| {
            Cause::of(&store, Some(&there), &built_from(after, sql), after).expect("causes")
        };
        let list = |dumps: &[&str]| dumps.iter().map(|dump| (*dump).to_owned()).collect::<Vec<_>>();

        assert_eq!(causes(&inputs(&[("a", "1"), ("b", "1"), ("c", "1")]), &sql), [Cause::NewDumps(list(&["c"]))]);
        let all = [Cause::NewDumps(list(&["c"])), Cause::ReadAgain(list(&["b"])), Cause::GoneDumps(list(&["a"]))];
        assert_eq!(causes(&inputs(&[("b", "2"), ("c", "1")]), &sql), all);
        let forgotten = [Cause::ReadAgain(list(&["a"])), Cause::Forgotten(list(&["b"]))];
        assert_eq!(causes(&inputs(&[("a", "2 without 1"), ("b", "1 without 3")]), &sql), forgotten);
        let key = [Cause::ReadAgain(list(&["a"])), Cause::Key];
        assert_eq!(causes(&inputs(&[("a", "2 with k.2"), ("b", "1 with k.2")]), &sql), key);
        let other = Inputs { before: before.on.clone(), ..Inputs::default() };
        assert_eq!(causes(&other, &sql), [Cause::OtherDays]);
        let definition = Cause::Definition("invocations".to_owned());
        assert_eq!(causes(&before, &[("invocations", "2"), ("node_runs", "1")]), [definition]);
        assert_eq!(causes(&before, &sql), [Cause::Program]);

        assert_eq!(Cause::of(&store, None, &there, &before).expect("causes"), [Cause::First]);
        let lost = built_from(&inputs(&[("x", "1")]), &sql);
        assert_eq!(Cause::of(&store, Some(&lost), &there, &before).expect("causes"), [Cause::Unknown]);
    }
}
