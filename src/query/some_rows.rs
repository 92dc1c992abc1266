//! Some rows of a file of staging.
//!
//! The engine's own reader decodes whole columns. Where few rows of many are wanted, what none of them is in is passed over
//! here: pages are not even decompressed.

use std::fs::File;
use std::ops::Range;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader as _};
use arrow_schema::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use polars::prelude::*;

/// Rows are worth being looked for where at most one in so many is wanted.
const FEW: usize = 8;

/// Whether so many of some rows are so few that they are better read by [`read_some_rows`].
pub(super) fn are_few(wanted: usize, of: usize) -> bool {
    wanted <= of / FEW
}

/// The footer of a file, with where its pages are.
///
/// # Errors
/// When it cannot be read.
pub(super) fn footer_of(file: &File) -> PolarsResult<ArrowReaderMetadata> {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    ArrowReaderMetadata::load(file, options).map_err(|reason| failed(&reason))
}

/// Some columns of the rows of a file where a mask, of all its rows, is true; in the order of the file's own columns.
///
/// # Errors
/// When it cannot be read, or a column is of a type that staging does not have.
pub(super) fn read_some_rows(
    file: File,
    footer: &ArrowReaderMetadata,
    columns: &[String],
    wanted: &BooleanChunked,
) -> PolarsResult<DataFrame> {
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer.clone());
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().map(String::as_str));
    let selection = RowSelection::from_consecutive_ranges(runs(wanted), wanted.len());
    let reader =
        builder.with_projection(mask).with_row_selection(selection).build().map_err(|reason| failed(&reason))?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<RecordBatch>, ArrowError>>();
    let batches = batches.map_err(|reason| polars_err!(ComputeError: "{reason}"))?;
    let columns = schema.fields().iter().enumerate().map(|(place, field)| {
        let arrays = batches.iter().map(|batch| batch.column(place));
        series(field.name(), field.data_type(), arrays).map(Column::from)
    });
    DataFrame::new(batches.iter().map(RecordBatch::num_rows).sum(), columns.collect::<PolarsResult<_>>()?)
}

fn failed(reason: &ParquetError) -> PolarsError {
    polars_err!(ComputeError: "{reason}")
}

/// The runs of rows where a mask is true.
fn runs(wanted: &BooleanChunked) -> impl Iterator<Item = Range<usize>> {
    let rows = (0..).zip(wanted.iter()).filter_map(|(row, is_wanted)| (is_wanted == Some(true)).then_some(row));
    let mut rows = rows.peekable();
    std::iter::from_fn(move || {
        let first = rows.next()?;
        let mut end = first + 1;
        while rows.next_if_eq(&end).is_some() {
            end += 1;
        }
        Some(first..end)
    })
}

/// The engine's column of some arrays.
fn series<'a>(
    name: &str,
    data_type: &arrow_schema::DataType,
    arrays: impl Iterator<Item = &'a ArrayRef>,
) -> PolarsResult<Series> {
    use arrow_schema::{DataType as Arrow, TimeUnit as Unit};
    let name = PlSmallStr::from(name);
    let series = match data_type {
        Arrow::Utf8 => arrays.flat_map(|array| array.as_string::<i32>()).collect::<StringChunked>().into_series(),
        Arrow::Boolean => arrays.flat_map(|array| array.as_boolean()).collect::<BooleanChunked>().into_series(),
        Arrow::Int32 => {
            arrays.flat_map(|array| array.as_primitive::<Int32Type>()).collect::<Int32Chunked>().into_series()
        }
        Arrow::Int64 => {
            arrays.flat_map(|array| array.as_primitive::<Int64Type>()).collect::<Int64Chunked>().into_series()
        }
        Arrow::Float64 => {
            arrays.flat_map(|array| array.as_primitive::<Float64Type>()).collect::<Float64Chunked>().into_series()
        }
        Arrow::Timestamp(Unit::Microsecond, None) => {
            let micros = arrays.flat_map(|array| array.as_primitive::<TimestampMicrosecondType>());
            micros.collect::<Int64Chunked>().into_datetime(TimeUnit::Microseconds, None).into_series()
        }
        other => polars_bail!(SchemaMismatch: "column {name} is {other}, which no column of staging is"),
    };
    Ok(series.with_name(name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        BooleanArray, Float64Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray, UInt8Array,
    };
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;
    use polars_io::prelude::{ParquetReader, SerReader};
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

    use super::*;

    /// A file with a column of each type, in several row groups of several pages, every seventh row without values.
    fn file(rows: i64) -> File {
        let values = || (0..rows).map(|row| (row % 7 > 0).then_some(row));
        let columns: [(&str, ArrayRef); 6] = [
            ("text", Arc::new(values().map(|row| row.map(|row| format!("number {row}"))).collect::<StringArray>())),
            ("flag", Arc::new(values().map(|row| row.map(|row| row % 2 == 0)).collect::<BooleanArray>())),
            ("small", Arc::new(values().map(|row| row.map(|row| row as i32)).collect::<Int32Array>())),
            ("large", Arc::new(values().collect::<Int64Array>())),
            ("float", Arc::new(values().map(|row| row.map(|row| row as f64 / 3.0)).collect::<Float64Array>())),
            ("instant", Arc::new(values().collect::<TimestampMicrosecondArray>())),
        ];
        written(
            &RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).expect("rows"),
        )
    }

    fn written(batch: &RecordBatch) -> File {
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(100))
            .set_data_page_row_count_limit(10)
            .set_write_batch_size(10);
        let mut file = tempfile::tempfile().expect("a file");
        let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties.build())).expect("a writer");
        writer.write(batch).expect("written");
        writer.close().expect("closed");
        file
    }

    #[test]
    fn some_rows_are_those_that_the_engine_reads_and_filters() {
        let file = file(250);
        let footer = footer_of(&file).expect("a footer");
        let all = ParquetReader::new(file.try_clone().expect("a file")).finish().expect("all rows");
        assert_eq!(all.height(), 250);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        for (share, columns) in [
            (0, vec!["small"]),
            (1, vec!["text", "flag", "small", "large", "float", "instant"]),
            (10, vec!["instant", "text"]),
            (50, vec!["flag"]),
            (100, vec!["text", "large"]),
        ] {
            let mask: Vec<bool> = (0..250).map(|_| random.next_u64() % 100 < share).collect();
            let mask = BooleanChunked::from_slice("mask".into(), &mask);
            let columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
            let some = read_some_rows(file.try_clone().expect("a file"), &footer, &columns, &mask).expect("some rows");
            let expected = all.filter(&mask).and_then(|rows| rows.select(columns.clone())).expect("rows");
            assert!(some.select(columns).expect("columns").equals_missing(&expected), "{share}: {some} {expected}");
        }
    }

    #[test]
    fn a_type_that_staging_does_not_have_is_refused() {
        let array: ArrayRef = Arc::new(UInt8Array::from(vec![1, 2]));
        let file = written(&RecordBatch::try_from_iter([("byte", array)]).expect("rows"));
        let (footer, mask) =
            (footer_of(&file).expect("a footer"), BooleanChunked::from_slice("mask".into(), &[true, false]));
        let refused = read_some_rows(file, &footer, &["byte".to_owned()], &mask).expect_err("refused");
        assert!(refused.to_string().contains("byte is UInt8"), "{refused}");
    }

    #[test]
    fn runs_are_as_long_as_they_can_be() {
        let mask = BooleanChunked::from_slice("mask".into(), &[true, true, false, false, true, false, true]);
        assert_eq!(runs(&mask).collect::<Vec<_>>(), [0..2, 4..5, 6..7]);
        assert_eq!(runs(&mask.slice(2, 2)).count(), 0);
    }
}
