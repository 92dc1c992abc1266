//! `unrecognized`: what dbt said that this program does not know, counted by dump.
//!
//! A new release of dbt shows up here before anybody has read its code. Names of schemas and fields are dbt's own;
//! what is not spelled as a name of dbt's is called `(other)`, and values are not kept.

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

/// What was not recognized, in which dump.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    kind: Unrecognized,
    schema: String,
    field: Option<String>,
    source: String,
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
#[derive(Debug, Default)]
pub struct UnrecognizedCounts(BTreeMap<Key, Seen>);

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
        let key =
            Key { kind, schema: schema.to_owned(), field: field.map(str::to_owned), source: place.source.to_owned() };
        let one = Seen { events: 1, first: seen, last: seen, offset: place.offset, item: place.item };
        self.count(key, one);
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: Self) {
        for (key, seen) in other.0 {
            self.count(key, seen);
        }
    }

    fn count(&mut self, key: Key, more: Seen) {
        let Some(seen) = self.0.get_mut(&key) else {
            self.0.insert(key, more);
            return;
        };
        seen.events += more.events;
        seen.first = [seen.first, more.first].into_iter().flatten().min();
        seen.last = seen.last.max(more.last);
        (seen.offset, seen.item) = (seen.offset, seen.item).min((more.offset, more.item));
    }

    /// The rows of the table, sorted; `None` if there are none.
    pub fn rows(&self, schema: &SchemaRef) -> Option<RecordBatch> {
        let mut rows = Rows::<UnrecognizedColumns>::default();
        for row in &self.0 {
            rows.append(row);
        }
        rows.finish(schema)
    }
}

columns! {
    /// The columns of the table.
    UnrecognizedColumns of (&'r Key, &'r Seen), |(key, seen)| {
        /// What is not known: a schema (a kind of event, or a model of one), a field of a known one, or another product
        #[from(none)]
        kind: Name<Kinds> = Some(key.kind.as_str());
        /// dbt's name for the schema or message, with its model where that is not 1
        #[from(dbt1 = "schema of a context", dbt2 = "env:any.type_url")]
        schema_key: CheckedForm = Some(&key.schema);
        /// The field's name; in protobuf its number
        #[from(dbt1 = "key of a context", dbt2 = "number of a field")]
        field: CheckedForm = key.field.as_deref();
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
        source: Digest = Some(&key.source);
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
        let seen: Vec<&Seen> = one.0.values().collect();
        assert_eq!(seen[1], &Seen { events: 3, first: at(3), last: at(5), offset: 9, item: 0 });

        let rows = one.rows(SideTable::Unrecognized.schema()).expect("rows");
        assert_eq!(rows.num_rows(), 2);
        let counts = rows.column_by_name("events").expect("the column").as_primitive::<Int64Type>();
        assert_eq!(counts.values().to_vec(), [1, 3]);
        assert_eq!(UnrecognizedCounts::default().rows(SideTable::Unrecognized.schema()), None);
    }
}
