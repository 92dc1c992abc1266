//! `rejects`: what was refused, why and where. The bytes themselves stay in the dump.

use std::sync::LazyLock;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::column::{Column, Integer, Long, Text};
use super::table::{self, ColumnSpec, Place};
use crate::decode::Refusal;

/// One refused record, or part of a dump.
#[derive(Clone, Copy, Debug)]
pub struct Reject<'a> {
    /// Where it stands.
    pub place: Place<'a>,
    /// How many bytes of the decompressed dump it takes, if that is known.
    pub length: Option<u64>,
    /// Why.
    pub refusal: &'a Refusal,
}

/// The table under construction.
#[derive(Debug, Default)]
pub(super) struct Rejects {
    source: Text,
    source_form: Text,
    source_offset: Long,
    source_length: Long,
    source_item: Integer,
    stage: Text,
    reason: Text,
    schema_key: Text,
    rows: usize,
}

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| table::schema(&Rejects::columns()));

impl Rejects {
    pub(super) fn columns() -> Vec<ColumnSpec> {
        let column = |name, data_type, doc| ColumnSpec { name, data_type, doc };
        vec![
            column("source", Text::DATA_TYPE, "Digest of the content of the dump"),
            column("source_form", Text::DATA_TYPE, "The form that the dump's records have"),
            column("source_offset", Long::DATA_TYPE, "Where in the decompressed dump it starts, bytes"),
            column("source_length", Long::DATA_TYPE, "How many bytes of the decompressed dump it takes"),
            column("source_item", Integer::DATA_TYPE, "Which event of the record it is, from 0"),
            column("stage", Text::DATA_TYPE, "Where on its path it was refused: detect, decompress, frame or decode"),
            column("reason", Text::DATA_TYPE, "Why"),
            column("schema_key", Text::DATA_TYPE, "dbt's name for the schema that the reason is about"),
        ]
    }

    pub(super) fn schema() -> &'static SchemaRef {
        &SCHEMA
    }

    pub(super) fn append(&mut self, reject: &Reject<'_>) {
        let place = &reject.place;
        self.source.append(Some(place.source));
        self.source_form.append(Some(place.source_form));
        self.source_offset.append(i64::try_from(place.offset).ok());
        self.source_length.append(reject.length.and_then(|length| i64::try_from(length).ok()));
        self.source_item.append(i32::try_from(place.item).ok());
        self.stage.append(Some(reject.refusal.reason.stage().as_str()));
        self.reason.append(Some(reject.refusal.reason.as_str()));
        self.schema_key.append(reject.refusal.schema.as_deref());
        self.rows += 1;
    }

    pub(super) fn finish(&mut self) -> Option<RecordBatch> {
        if self.rows == 0 {
            return None;
        }
        self.rows = 0;
        let arrays = vec![
            self.source.finish(),
            self.source_form.finish(),
            self.source_offset.finish(),
            self.source_length.finish(),
            self.source_item.finish(),
            self.stage.finish(),
            self.reason.finish(),
            self.schema_key.finish(),
        ];
        Some(table::batch(&SCHEMA, arrays))
    }
}
