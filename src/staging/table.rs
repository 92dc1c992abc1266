//! How tables are declared, and the columns that every event has.
//!
//! ```text
//! table! {
//!     /// What one row is
//!     NodeEvents = "node_events" of Node<'r>, |event| {
//!         /// What the column means
//!         #[from(dbt1 = "node.status", dbt2 = none)]
//!         status: ClosedList<Status> = event.status;
//!     }
//! }
//! ```
//!
//! A column is its meaning, its source in either generation of dbt (`none` where there is none; `#[from(none)]` where
//! neither sends it), its name, its kind and its value. The kind decides type, unit, treatment and words
//! ([`super::column`]). Without any of these a declaration does not compile.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};

use super::column::{Bytes, ClosedList, Derived, Digest, Instant, Name, Number, Position, Pseudonym, names};
use super::spec::ColumnSpec;
use crate::decode::Format;
use crate::event::ids::{EventId, InvocationId};
use crate::event::{Envelope, TimeBasis};

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

/// Columns under construction that are filled together.
pub(super) trait Columns: Default {
    /// What one row is made from.
    type Row<'r>;
    /// What the columns are, in order.
    fn specs() -> Vec<ColumnSpec>;
    /// Adds one row.
    fn append(&mut self, row: Self::Row<'_>);
    /// The arrays built so far, in the order of [`Columns::specs`]; starts anew.
    fn finish(&mut self) -> Vec<ArrayRef>;
}

/// The own columns of a table of events, after those of [`EnvelopeColumns`].
pub(super) trait Table: Columns {
    /// The table's name, also its folder's.
    const NAME: &'static str;
    /// What one row is.
    const DOC: &'static str;
}

/// Columns under construction, and how many rows they have.
#[derive(Debug, Default)]
pub(super) struct Rows<C> {
    columns: C,
    count: usize,
}

impl<C: Columns> Rows<C> {
    /// Adds one row.
    pub(super) fn append(&mut self, row: C::Row<'_>) {
        self.columns.append(row);
        self.count += 1;
    }

    /// The rows so far, if there are any; starts anew.
    pub(super) fn finish(&mut self, schema: &SchemaRef) -> Option<RecordBatch> {
        (std::mem::take(&mut self.count) > 0).then(|| batch(schema, self.columns.finish()))
    }
}

/// The columns of a table of events: those that every event has, then its own.
#[derive(Debug, Default)]
pub(super) struct EventColumns<T> {
    envelope: EnvelopeColumns,
    own: T,
}

impl<T: Table> Columns for EventColumns<T> {
    type Row<'r> = (&'r Place<'r>, &'r Envelope, T::Row<'r>);

    fn specs() -> Vec<ColumnSpec> {
        [EnvelopeColumns::specs(), T::specs()].concat()
    }

    fn append(&mut self, (place, envelope, own): Self::Row<'_>) {
        self.envelope.append((place, envelope));
        self.own.append(own);
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        [self.envelope.finish(), self.own.finish()].concat()
    }
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

/// Declares columns that are filled together, and what a row of them is made from.
macro_rules! columns {
    (
        $(#[doc = $doc:literal])+
        $name:ident of $row:ty, |$argument:pat_param| {
            $(
                $(#[doc = $meaning:literal])+
                #[from($($source:tt)+)]
                $column:ident: $kind:ty = $value:expr;
            )*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Default)]
        pub(super) struct $name {
            $($column: $kind,)*
        }

        #[allow(unused_imports, reason = "there may be no column")]
        const _: () = {
            use $crate::staging::column::Column;
            use $crate::staging::{spec, table};

            impl table::Columns for $name {
                type Row<'r> = $row;

                fn specs() -> Vec<spec::ColumnSpec> {
                    vec![$({
                        let (dbt1, dbt2) = table::sources!($($source)+);
                        spec::ColumnSpec {
                            name: stringify!($column),
                            data_type: <$kind>::DATA_TYPE,
                            unit: <$kind>::UNIT,
                            doc: concat!($($meaning),+).trim_ascii(),
                            dbt1,
                            dbt2,
                            treatment: <$kind>::TREATMENT,
                            domain: <$kind>::DOMAIN,
                            words: <$kind>::words(),
                        }
                    },)*]
                }

                fn append(&mut self, $argument: Self::Row<'_>) {
                    $(self.$column.append($value);)*
                }

                fn finish(&mut self) -> Vec<arrow_array::ArrayRef> {
                    vec![$(self.$column.finish(),)*]
                }
            }
        };
    };
}
pub(super) use columns;

/// What dbt 1 and dbt 2 send a column in.
macro_rules! sources {
    (none) => {
        (None, None)
    };
    (dbt1 = none, dbt2 = $dbt2:literal $(,)?) => {
        (None, Some($dbt2))
    };
    (dbt1 = $dbt1:literal, dbt2 = none $(,)?) => {
        (Some($dbt1), None)
    };
    (dbt1 = $dbt1:literal, dbt2 = $dbt2:literal $(,)?) => {
        (Some($dbt1), Some($dbt2))
    };
}
pub(super) use sources;

/// Declares a table of events: see the head of this file.
macro_rules! table {
    ($(#[doc = $doc:literal])+ $name:ident = $table:literal of $row:ty, |$event:pat_param| { $($columns:tt)* }) => {
        $crate::staging::table::columns! {
            $(#[doc = $doc])+
            $name of &'r $row, |$event| { $($columns)* }
        }

        impl $crate::staging::table::Table for $name {
            const NAME: &'static str = $table;
            const DOC: &'static str = concat!($($doc),+).trim_ascii();
        }
    };
}
pub(super) use table;

names! {
    /// The forms of records.
    Formats = Format::ALL.iter().map(|format| format.as_str())
}

columns! {
    /// The columns that every event has.
    EnvelopeColumns of (&'r Place<'r>, &'r Envelope), |(place, envelope)| {
        /// The event: rows that share it are one event
        #[from(
            dbt1 = "col:event_id",
            dbt2 = "event_id of the message, else env:vortex_event_id, else a digest of the message"
        )]
        event_id: Pseudonym<EventId> = Some(envelope.event_id);
        /// The command run that the event belongs to
        #[from(
            dbt1 = "invocation_id of a context, else col:se_label where that is a UUID",
            dbt2 = "invocation_id of the message"
        )]
        invocation_id: Pseudonym<InvocationId> = envelope.invocation_id;
        /// When it happened by the user's clock, which may be wrong by years
        #[from(dbt1 = "col:dvce_created_tstamp", dbt2 = "env:vortex_event_created_at")]
        device_tstamp: Instant = envelope.times.device;
        /// When it was received; see time_basis
        #[from(
            dbt1 = "col:collector_tstamp, else col:dvce_sent_tstamp, else col:dvce_created_tstamp",
            dbt2 = "env:vortex_backend_received_at, else env:vortex_client_sent_at, else env:vortex_event_created_at"
        )]
        collector_tstamp: Instant = Some(envelope.times.collector);
        /// When it happened by our clock: collector - (sent - created)
        #[from(
            dbt1 = "collector_tstamp, col:dvce_sent_tstamp, col:dvce_created_tstamp",
            dbt2 = "collector_tstamp, env:vortex_client_sent_at, env:vortex_event_created_at"
        )]
        derived_tstamp: Derived<Instant> = Some(envelope.times.derived);
        /// Which time collector_tstamp is: that of receiving, or the device's of sending or of creating
        #[from(
            dbt1 = "col:collector_tstamp, col:dvce_sent_tstamp, col:dvce_created_tstamp",
            dbt2 = "env:vortex_backend_received_at, env:vortex_client_sent_at, env:vortex_event_created_at"
        )]
        time_basis: Derived<ClosedList<TimeBasis>> = Some(envelope.times.basis);
        /// The form of the record in the dump
        #[from(none)]
        source_form: Position<Name<Formats>> = Some(place.source_form);
        /// The dump: the digest of its content
        #[from(none)]
        source: Digest = Some(place.source);
        /// Where the record's frame starts in the decompressed dump
        #[from(none)]
        source_offset: Position<Bytes> = i64::try_from(place.offset).ok();
        /// Which event of the frame it is, from 0
        #[from(none)]
        source_item: Position<Number> = i32::try_from(place.item).ok();
    }
}
