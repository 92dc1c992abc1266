//! Frames as Parquet files: what marts and reports are kept in.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use polars::prelude::*;
use polars_io::prelude::{KeyValueMetadata, ParquetCompression, ParquetReader, ParquetWriter, SerReader};

use super::{Described, QueryError, meaning};

/// Writes a frame, with entries for the footer and, of a query's result, with what it means. The same frame gives the same
/// bytes.
pub fn write_frame(
    frame: &mut DataFrame,
    to: impl Write,
    path: &Path,
    mut footer: Vec<(String, String)>,
    of: Option<Described<'_>>,
) -> Result<(), QueryError> {
    footer.extend(of.map(|of| meaning::entries(of, frame)).unwrap_or_default());
    ParquetWriter::new(to)
        .with_compression(ParquetCompression::Zstd(None))
        .with_row_group_size(Some(128 * 1024))
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(footer)))
        .finish(frame)
        .map(drop)
        .map_err(|reason| QueryError::File { path: path.to_owned(), reason })
}

/// The values of a column of text.
pub fn read_text_column(file: File, path: &Path, column: &str) -> Result<HashSet<String>, QueryError> {
    let frame = ParquetReader::new(file).with_columns(Some(vec![column.to_owned()])).finish();
    let values = frame.and_then(|frame| Ok(frame.column(column)?.str()?.iter().flatten().map(str::to_owned).collect()));
    values.map_err(|reason| QueryError::File { path: path.to_owned(), reason })
}

/// Reads a whole file.
pub fn read_frame(file: File, path: &Path) -> Result<DataFrame, QueryError> {
    ParquetReader::new(file).finish().map_err(|reason| QueryError::File { path: path.to_owned(), reason })
}
