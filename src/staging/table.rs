//! What all staging tables share: the columns that every event has, and the form of a table.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::column::{Column, Instant, Integer, Long, Text};
use crate::event::{Envelope, Word};

/// Where a record stands: the tie-break among copies of one event, and the way back to its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The digest of the dump's content.
    pub source: &'a str,
    /// The form that the record had.
    pub source_form: &'static str,
    /// Where in the decompressed dump the record's frame starts, in bytes.
    pub offset: u64,
    /// Which event of the frame it is, from 0.
    pub item: u32,
}

/// A column of a table, for schemas and the data dictionary.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnSpec {
    /// Its name.
    pub name: &'static str,
    /// Its Arrow type.
    pub data_type: DataType,
    /// What it means, with unit and source.
    pub doc: &'static str,
}

/// A staging table under construction.
pub(super) trait Table: Default {
    /// The table's name, also its folder's.
    const NAME: &'static str;
    /// What one row is.
    const DOC: &'static str;
    /// The kind of event that it holds.
    type Row<'r>;
    /// Its own columns, after those of [`EnvelopeColumns`].
    fn own_columns() -> Vec<ColumnSpec>;
    /// Adds one event.
    fn append(&mut self, place: &Place<'_>, envelope: &Envelope, row: &Self::Row<'_>);
    /// Rows so far.
    fn rows(&self) -> usize;
    /// The arrays built so far, in the order of [`columns`]; starts anew.
    fn finish(&mut self) -> Vec<ArrayRef>;
}

/// All columns of a table, in order.
pub(super) fn columns<T: Table>() -> Vec<ColumnSpec> {
    let mut columns = EnvelopeColumns::specs();
    columns.extend(T::own_columns());
    columns
}

/// The Arrow schema of some columns.
pub(super) fn schema(columns: &[ColumnSpec]) -> SchemaRef {
    Arc::new(Schema::new(
        columns.iter().map(|column| Field::new(column.name, column.data_type.clone(), true)).collect::<Vec<_>>(),
    ))
}

/// A batch of finished arrays. They are of one length and of the schema's types by construction.
pub(super) fn batch(schema: &SchemaRef, arrays: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_new(Arc::clone(schema), arrays)
        .unwrap_or_else(|reason| unreachable!("builders and schema come from one declaration: {reason}"))
}

/// The columns that every event has.
#[derive(Debug, Default)]
pub(super) struct EnvelopeColumns {
    event_id: Text,
    invocation_id: Text,
    device_tstamp: Instant,
    collector_tstamp: Instant,
    derived_tstamp: Instant,
    time_basis: Text,
    source_form: Text,
    source: Text,
    source_offset: Long,
    source_item: Integer,
    rows: usize,
}

impl EnvelopeColumns {
    fn specs() -> Vec<ColumnSpec> {
        let column = |name, data_type, doc| ColumnSpec { name, data_type, doc };
        vec![
            column("event_id", Text::DATA_TYPE, "Pseudonym of the event's id; rows that share it are one event"),
            column(
                "invocation_id",
                Text::DATA_TYPE,
                "Pseudonym of the id of the command run that the event belongs to",
            ),
            column("device_tstamp", Instant::DATA_TYPE, "When it happened by the user's clock, UTC"),
            column("collector_tstamp", Instant::DATA_TYPE, "When it was received, UTC; see time_basis"),
            column(
                "derived_tstamp",
                Instant::DATA_TYPE,
                "When it happened by our clock, UTC: collector - (sent - created)",
            ),
            column("time_basis", Text::DATA_TYPE, "What collector_tstamp rests on: collector, sent or created"),
            column("source_form", Text::DATA_TYPE, "The form of the record in the dump"),
            column("source", Text::DATA_TYPE, "Digest of the content of the dump"),
            column("source_offset", Long::DATA_TYPE, "Where the record's frame starts in the decompressed dump, bytes"),
            column("source_item", Integer::DATA_TYPE, "Which event of the frame it is, from 0"),
        ]
    }

    pub(super) fn append(&mut self, place: &Place<'_>, envelope: &Envelope) {
        self.event_id.append(Some(envelope.event_id.as_str()));
        self.invocation_id.append(envelope.invocation_id.as_ref().map(|id| id.as_str()));
        self.device_tstamp.append(envelope.times.device);
        self.collector_tstamp.append(Some(envelope.times.collector));
        self.derived_tstamp.append(Some(envelope.times.derived));
        self.time_basis.append(Some(envelope.times.basis.as_str()));
        self.source_form.append(Some(place.source_form));
        self.source.append(Some(place.source));
        // Dumps of more than 2^63 bytes do not exist, frames of more than 2^31 events are refused.
        self.source_offset.append(i64::try_from(place.offset).ok());
        self.source_item.append(i32::try_from(place.item).ok());
        self.rows += 1;
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn finish(&mut self) -> Vec<ArrayRef> {
        self.rows = 0;
        vec![
            self.event_id.finish(),
            self.invocation_id.finish(),
            self.device_tstamp.finish(),
            self.collector_tstamp.finish(),
            self.derived_tstamp.finish(),
            self.time_basis.finish(),
            self.source_form.finish(),
            self.source.finish(),
            self.source_offset.finish(),
            self.source_item.finish(),
        ]
    }
}

/// Declares a staging table: its name, what one row is, and for each column its name, type, value and meaning.
macro_rules! table {
    (
        $(#[doc = $doc:literal])+
        $name:ident = $table:literal of $row:ty, |$event:ident|
        { $($column:ident: $kind:ident = $value:expr, $meaning:literal;)* }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Default)]
        pub(super) struct $name {
            envelope: $crate::staging::table::EnvelopeColumns,
            $($column: $crate::staging::column::$kind,)*
        }

        impl $crate::staging::table::Table for $name {
            const NAME: &'static str = $table;
            const DOC: &'static str = concat!($($doc),+);
            type Row<'r> = $row;

            fn own_columns() -> Vec<$crate::staging::ColumnSpec> {
                vec![$($crate::staging::ColumnSpec {
                    name: stringify!($column),
                    data_type: <$crate::staging::column::$kind as $crate::staging::column::Column>::DATA_TYPE,
                    doc: $meaning,
                },)*]
            }

            fn append(&mut self, place: &$crate::staging::Place<'_>, envelope: &$crate::event::Envelope, $event: &Self::Row<'_>) {
                #[allow(unused_imports, reason = "a table may have no columns of its own")]
                use $crate::staging::column::Column as _;
                let _ = &$event;
                self.envelope.append(place, envelope);
                $(self.$column.append($value);)*
            }

            fn rows(&self) -> usize {
                self.envelope.rows()
            }

            fn finish(&mut self) -> Vec<arrow_array::ArrayRef> {
                #[allow(unused_imports, reason = "a table may have no columns of its own")]
                use $crate::staging::column::Column as _;
                #[allow(unused_mut, reason = "a table may have no columns of its own")]
                let mut arrays = self.envelope.finish();
                $(arrays.push(self.$column.finish());)*
                arrays
            }
        }
    };
}
pub(super) use table;

/// The text of a word, for columns.
pub(super) fn word<W: Word>(word: Option<W>) -> Option<&'static str> {
    word.map(Word::as_str)
}
