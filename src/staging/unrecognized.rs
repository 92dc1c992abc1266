//! `unrecognized`: what dbt said that this program does not know, counted by dump.
//!
//! A new release of dbt shows up here before anybody has read its code. Names of schemas and fields are dbt's own;
//! what is not spelled as a name of dbt's, or is one too many, is called `(other)`, and values are not kept.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::column::{Bytes, CheckedForm, Count, Derived, Digest, Instant, Name, Number, Position, names};
use super::spec::TableSpec;
use super::table::{Place, Rows, columns};
use crate::decode::Unrecognized;
use crate::event::Timestamp;

/// Its name.
const NAME: &str = "unrecognized";

/// What the data dictionary says of it.
pub(super) fn spec() -> TableSpec {
    TableSpec::new::<UnrecognizedColumns>(NAME, "One kind of event, or field of one, that is not known, in one dump", 0)
}

/// The most names of one kind in one dump. A release of dbt adds some dozens.
const NAMES: usize = 300;
/// What further ones are called: as those that are not spelled as dbt's are. It is the first in the order of names.
const OTHER: &str = "(other)";

/// The name of what was not recognized.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unknown {
    schema: String,
    field: Option<String>,
}

/// How often, when and where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    events: i64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    offset: u64,
    item: u32,
}

/// Counts of what was not recognized; they can be added up.
///
/// Of too many names the first in their order are kept, and the others counted as one. That comes to the same in
/// whatever order and parts they are counted: what is among the first of all is among the first of every part.
#[derive(Debug, Default, PartialEq)]
pub struct UnrecognizedCounts(BTreeMap<(Unrecognized, String), BTreeMap<Unknown, Seen>>);

impl UnrecognizedCounts {
    /// Counts one event that says something unknown.
    pub(super) fn add(
        &mut self,
        place: &Place<'_>,
        kind: Unrecognized,
        schema: &str,
        field: Option<&str>,
        seen: Option<Timestamp>,
    ) {
        let names = self.0.entry((kind, place.source.to_owned())).or_default();
        let name = Unknown { schema: schema.to_owned(), field: field.map(str::to_owned) };
        count(names, name, Seen { events: 1, first: seen, last: seen, offset: place.offset, item: place.item });
        bound(names);
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: Self) {
        for (of, more) in other.0 {
            let names = self.0.entry(of).or_default();
            for (name, seen) in more {
                count(names, name, seen);
            }
            bound(names);
        }
    }

    /// The rows of the table, sorted; `None` if there are none.
    pub fn rows(&self, schema: &SchemaRef) -> Option<RecordBatch> {
        let mut rows = Rows::<UnrecognizedColumns>::default();
        for ((kind, source), names) in &self.0 {
            for (name, seen) in names {
                rows.append((*kind, source, name, seen));
            }
        }
        rows.finish(schema)
    }
}

fn count(names: &mut BTreeMap<Unknown, Seen>, name: Unknown, more: Seen) {
    let Some(seen) = names.get_mut(&name) else {
        names.insert(name, more);
        return;
    };
    seen.events += more.events;
    seen.first = [seen.first, more.first].into_iter().flatten().min();
    seen.last = seen.last.max(more.last);
    (seen.offset, seen.item) = (seen.offset, seen.item).min((more.offset, more.item));
}

/// Counts the last as others until there are few enough.
fn bound(names: &mut BTreeMap<Unknown, Seen>) {
    while names.len() > NAMES
        && let Some((last, seen)) = names.pop_last()
    {
        count(names, Unknown { schema: OTHER.to_owned(), field: last.field.map(|_| OTHER.to_owned()) }, seen);
    }
}

columns! {
    /// The columns of the table.
    UnrecognizedColumns of (Unrecognized, &'r str, &'r Unknown, &'r Seen), |(kind, source, name, seen)| {
        /// What is not known: a schema (a kind of event, or a model of one), a field of a known one, or another product
        #[from(none)]
        kind: Name<Kinds> = Some(kind.as_str());
        /// dbt's name for the schema or message, with its model where that is not 1
        #[from(dbt1 = "schema of a context", dbt2 = "env:any.type_url")]
        schema_key: CheckedForm = Some(&name.schema);
        /// The field's name; in protobuf its number
        #[from(dbt1 = "key of a context", dbt2 = "number of a field")]
        field: CheckedForm = name.field.as_deref();
        /// Events that say it, copies included
        #[from(none)]
        events: Derived<Count> = Some(seen.events);
        /// When the first of them happened
        #[from(none)]
        first_seen: Derived<Instant> = seen.first;
        /// When the last of them happened
        #[from(none)]
        last_seen: Derived<Instant> = seen.last;
        /// The dump: the digest of its content
        #[from(none)]
        source: Digest = Some(source);
        /// Where the first of them starts in the decompressed dump
        #[from(none)]
        source_offset: Position<Bytes> = i64::try_from(seen.offset).ok();
        /// Which event of its record the first of them is, from 0
        #[from(none)]
        source_item: Position<Number> = i32::try_from(seen.item).ok();
    }
}

names! {
    /// What can be unknown.
    Kinds = [Unrecognized::Schema, Unrecognized::Field, Unrecognized::Product].iter().map(|kind| kind.as_str())
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::Int64Type;

    use super::*;
    use crate::staging::SideTable;

    #[test]
    fn counts_add_up_whatever_their_order() {
        let place = |offset, item| Place { source: "d1", source_form: "vortex", offset, item };
        let at = |millis| Timestamp::from_millis(millis);
        let mut one = UnrecognizedCounts::default();
        one.add(&place(9, 1), Unrecognized::Field, "run_model", Some("batch"), at(5));
        let mut two = UnrecognizedCounts::default();
        two.add(&place(9, 0), Unrecognized::Field, "run_model", Some("batch"), None);
        two.add(&place(20, 0), Unrecognized::Field, "run_model", Some("batch"), at(3));
        two.add(&place(1, 0), Unrecognized::Schema, "time_travel", None, at(7));
        one.merge(two);
        let seen: Vec<&Seen> = one.0.values().flat_map(BTreeMap::values).collect();
        assert_eq!(seen[1], &Seen { events: 3, first: at(3), last: at(5), offset: 9, item: 0 });

        let rows = one.rows(SideTable::Unrecognized.schema()).expect("rows");
        assert_eq!(rows.num_rows(), 2);
        let counts = rows.column_by_name("events").expect("the column").as_primitive::<Int64Type>();
        assert_eq!(counts.values().to_vec(), [1, 3]);
        assert_eq!(UnrecognizedCounts::default().rows(SideTable::Unrecognized.schema()), None);
    }

    #[test]
    fn too_many_names_are_one_in_whatever_order_and_parts_they_come() {
        const ALL: usize = 3 * NAMES + 7;
        let counts = |numbers: &mut dyn Iterator<Item = usize>| {
            let mut counts = UnrecognizedCounts::default();
            for number in numbers {
                let place = Place { source: "d1", source_form: "vortex", offset: number as u64, item: 0 };
                let (schema, field) = (format!("s{}", number % 5), format!("f{:05}", number / 5));
                counts.add(&place, Unrecognized::Field, &schema, Some(&field), None);
                counts.add(&place, Unrecognized::Schema, &field, None, None);
            }
            counts
        };
        let at_once = counts(&mut (0..ALL));
        assert_eq!(at_once, counts(&mut (0..ALL).rev()));
        for parts in [2, 3, 50] {
            let mut merged = UnrecognizedCounts::default();
            (0..parts).for_each(|part| merged.merge(counts(&mut (0..ALL).filter(|number| number % parts == part))));
            assert_eq!(merged, at_once, "{parts}");
        }
        let found = at_once.0.values().map(|names| {
            let (first, seen) = names.first_key_value().expect("names");
            let events: i64 = names.values().map(|seen| seen.events).sum();
            (names.len(), first.schema.as_str(), seen.events as usize, events as usize)
        });
        // Of schemas all are told apart, of fields all but one.
        let expected = [(ALL.div_ceil(5), "f00000", 5, ALL), (NAMES, OTHER, ALL - (NAMES - 1), ALL)];
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}
