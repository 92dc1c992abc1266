//! A table of ours for the engine, of which it gets the columns that it asks for.

use std::any::Any;
use std::sync::Arc;

use polars::prelude::*;

/// A table of some columns, which a function reads. The columns that it is asked for are never none.
pub(super) fn by_column(
    schema: &SchemaRef,
    read: impl Fn(&[PlSmallStr]) -> PolarsResult<DataFrame> + Send + Sync + 'static,
) -> PolarsResult<LazyFrame> {
    let scan = Scan { schema: Arc::clone(schema), read };
    let arguments = ScanArgsAnonymous { schema: Some(Arc::clone(schema)), name: "LAKE", ..Default::default() };
    LazyFrame::anonymous_scan(Arc::new(scan), arguments)
}

struct Scan<F> {
    schema: SchemaRef,
    read: F,
}

impl<F: Fn(&[PlSmallStr]) -> PolarsResult<DataFrame> + Send + Sync + 'static> AnonymousScan for Scan<F> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }

    fn scan(&self, asked: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let wanted: Vec<PlSmallStr> = match &asked.with_columns {
            // A query that only counts rows asks for no column; the height must still be right.
            Some(columns) if columns.is_empty() => self.schema.iter_names().take(1).cloned().collect(),
            Some(columns) => columns.to_vec(),
            None => self.schema.iter_names().cloned().collect(),
        };
        let frame = (self.read)(&wanted)?;
        Ok(match asked.n_rows {
            Some(rows) => frame.head(Some(rows)),
            None => frame,
        })
    }
}
