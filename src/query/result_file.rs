//! Frames as Parquet files: what marts and reports are kept in.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use polars::prelude::*;
use polars_io::prelude::{
    KeyValueMetadata, ParquetCompression, ParquetReader, ParquetWriter, SerReader, StatisticsOptions,
};
use polars_parquet::write::{
    CompressedPage, Version, WriteOptions, ZstdLevel, array_to_columns, compress, get_dtype_encoding, to_parquet_type,
};

use super::mart_rows::MartRows;
use super::{Described, QueryError, meaning, side_by_side};

/// Rows of a row group, or up to twice as many.
const ROW_GROUP: usize = 128 * 1024;

/// Writes a frame, with entries for the footer and, of a query's result, with what it means. The same frame gives the same
/// bytes.
pub fn write_frame(
    frame: &mut DataFrame,
    to: impl Write,
    path: &Path,
    mut footer: Vec<(String, String)>,
    of: Option<Described<'_>>,
) -> Result<(), QueryError> {
    footer.extend(of.map(|of| meaning::entries(of, frame.schema())).unwrap_or_default());
    writer(to)
        .with_row_group_size(Some(ROW_GROUP))
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(footer)))
        .finish(frame)
        .map(drop)
        .map_err(|reason| QueryError::File { path: path.to_owned(), reason })
}

/// Writes the rows of a mart, as [`write_frame`] would, column by column: one is in memory at a time, and of the others no
/// more than what will be in the file.
pub fn write_rows(
    rows: &MartRows,
    to: impl Write,
    path: &Path,
    footer: Vec<(String, String)>,
    of: Described<'_>,
) -> Result<(), QueryError> {
    let write = || {
        let names: Vec<&PlSmallStr> = rows.schema().iter_names().collect();
        let columns = side_by_side(&names, |_, name| column_chunks(&rows.column(name)?))?;
        let mut file = begin(to, rows.schema(), footer, of)?;
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        for (_, length) in row_groups(rows.height()) {
            let group: Vec<Vec<CompressedPage>> = columns.iter_mut().filter_map(Iterator::next).collect();
            file.write_row_group(length as u64, &group)?;
        }
        file.finish().map(drop)
    };
    write().map_err(|reason| QueryError::File { path: path.to_owned(), reason })
}

/// Writes the rows of a mart, one part after the other, of which one is in memory at a time.
///
/// # Errors
/// When a part is none, or the file cannot be written.
pub fn write_parts(
    parts: impl Iterator<Item = Result<DataFrame, QueryError>>,
    schema: &Schema,
    to: impl Write,
    path: &Path,
    footer: Vec<(String, String)>,
    of: Described<'_>,
) -> Result<(), QueryError> {
    let failed = |reason| QueryError::File { path: path.to_owned(), reason };
    let mut file = begin(to, schema, footer, of).map_err(failed)?;
    for part in parts {
        let mut part = part?;
        part.rechunk_mut_par();
        for (first, length) in row_groups(part.height()) {
            file.write_batch(&part.slice(first as i64, length)).map_err(failed)?;
        }
    }
    file.finish().map(drop).map_err(failed)
}

/// Begins the file of a mart, to which row groups are written, with what its columns mean.
fn begin<W: Write>(
    to: W,
    schema: &Schema,
    mut footer: Vec<(String, String)>,
    of: Described<'_>,
) -> PolarsResult<polars_io::parquet::write::BatchedWriter<W>> {
    footer.extend(meaning::entries(of, schema));
    writer(to).with_key_value_metadata(Some(KeyValueMetadata::from_static(footer))).batched(schema)
}

fn writer<W: Write>(to: W) -> ParquetWriter<W> {
    ParquetWriter::new(to).with_compression(compression())
}

/// The fastest of its kind.
fn compression() -> ParquetCompression {
    ParquetCompression::Zstd(ZstdLevel::try_new(1).ok())
}

/// Where each row group of so many rows begins, and how many rows it has.
fn row_groups(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let groups = (rows / ROW_GROUP).max(1);
    let length = rows / groups;
    let group = move |number| {
        let first = number * length;
        (first, if number + 1 == groups { rows - first } else { length })
    };
    (0..groups).map(group).filter(|(_, length)| *length > 0)
}

/// A column as it is in a file, by row group.
fn column_chunks(column: &Column) -> PolarsResult<Vec<Vec<CompressedPage>>> {
    let field = column.field().to_arrow(CompatLevel::newest());
    let (parquet_type, encodings) = (to_parquet_type(&field)?, get_dtype_encoding(&field.dtype));
    let options = WriteOptions {
        statistics: StatisticsOptions::default(),
        version: Version::V1,
        compression: compression().into(),
        data_page_size: None,
    };
    let column = column.as_materialized_series().rechunk();
    let chunk = |(first, length)| {
        let array = column.slice(first as i64, length).to_arrow(0, CompatLevel::newest());
        let mut chunk = Vec::new();
        for pages in array_to_columns(array, parquet_type.clone(), options, &encodings)? {
            for page in pages {
                chunk.push(compress(page?, Vec::new(), options.compression)?);
            }
        }
        Ok(chunk)
    };
    row_groups(column.len()).map(chunk).collect()
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

#[cfg(test)]
mod tests {
    use super::super::{Kind, Library};
    use super::*;

    #[test]
    fn rows_are_written_as_a_frame_is() {
        let library = Library::load().expect("the library is in order");
        let mart = library.described(library.get(Kind::Mart, "invocations").expect("a mart"));
        for height in [0, 1, ROW_GROUP - 1, ROW_GROUP, 2 * ROW_GROUP + 3] {
            let numbers: Vec<i64> = (0..height as i64).collect();
            let texts: Vec<Option<String>> =
                numbers.iter().map(|row| (row % 7 > 0).then(|| format!("text {}", row * row % 1000))).collect();
            let ids: Vec<String> =
                numbers.iter().map(|row| format!("{:016x}", row.wrapping_mul(0x9e37_79b9))).collect();
            let flags: Vec<bool> = numbers.iter().map(|row| row % 3 == 0).collect();
            let seconds: Vec<f64> = numbers.iter().map(|row| *row as f64 / 1000.0).collect();
            let frame = df!("invocation_id" => ids, "nodes" => numbers, "os" => texts, "is_parsed" => flags, "node_seconds" => seconds);
            let mut frame = frame.expect("a frame");
            let footer = || vec![("key".to_owned(), "value".to_owned())];
            let (mut of_rows, mut of_frame) = (Vec::new(), Vec::new());
            let rows = MartRows::of_frame(frame.clone());
            write_rows(&rows, &mut of_rows, Path::new("rows"), footer(), mart).expect("written");
            write_frame(&mut frame, &mut of_frame, Path::new("frame"), footer(), Some(mart)).expect("written");
            assert!(of_rows == of_frame, "{height} rows: {} bytes, {} bytes", of_rows.len(), of_frame.len());
        }
    }
}
