//! What a result means, in the file that holds it: of the whole in the footer's entries, of each column in the metadata of
//! its Arrow field, where Arrow, pandas, Polars and DuckDB's readers find it.

use std::collections::HashMap;

use arrow_schema::{DataType as ArrowType, Field as ArrowField, Schema as ArrowSchema, TimeUnit as ArrowUnit};
use parquet::arrow::{ARROW_SCHEMA_META_KEY, encode_arrow_schema};
use polars::prelude::*;

use super::Described;

/// What comes before the keys of the footer's entries.
const PREFIX: &str = "usage_report.";

/// The keys of a header that are told of the whole.
const OF_ALL: [&str; 6] = ["title", "question", "unit", "grain", "key", "caveat"];

/// The entries of a footer that say what a query's result means. Those of the columns are left out where a column is of a
/// type that no result here has.
pub(super) fn entries(of: Described<'_>, schema: &Schema) -> Vec<(String, String)> {
    let query = of.query;
    let of_all = OF_ALL.into_iter().filter_map(|key| {
        let values: Vec<&str> = query.header.all(key).collect();
        (!values.is_empty()).then(|| (format!("{PREFIX}{key}"), values.join("\n")))
    });
    let mut entries: Vec<(String, String)> = of_all.collect();
    entries.push((format!("{PREFIX}name"), query.name.to_owned()));
    let fields: Option<Vec<ArrowField>> = schema.iter().map(|(name, of_column)| field(of, name, of_column)).collect();
    if let Some(fields) = fields {
        // Arrow's own readers know the schema's entries, and not the footer's, where there is a schema.
        let of_all: HashMap<String, String> = entries.iter().cloned().collect();
        let schema = encode_arrow_schema(&ArrowSchema::new_with_metadata(fields, of_all));
        entries.push((ARROW_SCHEMA_META_KEY.to_owned(), schema));
    }
    entries
}

/// A column with what it means.
fn field(of: Described<'_>, name: &str, data_type: &DataType) -> Option<ArrowField> {
    let field = ArrowField::new(name, arrow_type(data_type)?, true);
    let Some(meaning) = of.column(name) else { return Some(field) };
    let metadata = [
        Some(("description", meaning.doc.into_owned())),
        meaning.unit.map(|unit| ("unit", unit.as_str().to_owned())),
        meaning.from.map(|from| ("from", from.into_owned())),
    ];
    let metadata = metadata.into_iter().flatten().map(|(key, value)| (key.to_owned(), value));
    Some(field.with_metadata(metadata.collect::<HashMap<_, _>>()))
}

/// The type as which the engine writes one of its own.
fn arrow_type(of: &DataType) -> Option<ArrowType> {
    Some(match of {
        DataType::Null => ArrowType::Null,
        DataType::Boolean => ArrowType::Boolean,
        DataType::String => ArrowType::Utf8View,
        DataType::Int8 => ArrowType::Int8,
        DataType::Int16 => ArrowType::Int16,
        DataType::Int32 => ArrowType::Int32,
        DataType::Int64 => ArrowType::Int64,
        DataType::UInt8 => ArrowType::UInt8,
        DataType::UInt16 => ArrowType::UInt16,
        DataType::UInt32 => ArrowType::UInt32,
        DataType::UInt64 => ArrowType::UInt64,
        DataType::Float32 => ArrowType::Float32,
        DataType::Float64 => ArrowType::Float64,
        DataType::Date => ArrowType::Date32,
        DataType::Datetime(TimeUnit::Microseconds, None) => ArrowType::Timestamp(ArrowUnit::Microsecond, None),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};
    use std::path::Path;

    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use polars_io::prelude::{ParquetReader, SerReader};

    use super::super::{Catalog, Kind, Library, Rested, write_frame};
    use super::*;

    #[test]
    fn files_say_what_they_and_all_of_their_columns_mean() {
        let library = Library::load().expect("the library is in order");
        let catalog = Catalog::without_rows(&library).expect("tables");
        let mut count = 0;
        for query in [Kind::Mart, Kind::Report].into_iter().flat_map(|kind| library.of_kind(kind)) {
            // Of each type that results have one, whatever the column's own.
            let days = Series::new("".into(), [1_i32]).cast(&DataType::Date).expect("a day");
            let instants = Series::new("".into(), [1_i64]).cast(&DataType::Datetime(TimeUnit::Microseconds, None));
            let types: Vec<Series> = vec![
                Series::new("".into(), ["text"]),
                Series::new("".into(), [1.5]),
                Series::new("".into(), [1_u32]),
                Series::new("".into(), [true]),
                days,
                instants.expect("an instant"),
            ];
            let names: Vec<PlSmallStr> = match query.kind {
                Kind::Mart => query.header.columns().iter().map(|column| (&column.name).into()).collect(),
                _ => Rested::of(&catalog, &library, query).expect("a result").frame.get_column_names_owned(),
            };
            let columns = names.into_iter().zip(types.iter().cycle());
            let columns = columns.map(|(name, of)| of.clone().with_name(name).into_column());
            let mut frame = DataFrame::new(1, columns.collect()).expect("a frame");
            let (mut bytes, described) = (Vec::new(), library.described(query));
            write_frame(&mut frame, &mut bytes, Path::new("a test"), Vec::new(), Some(described)).expect("written");
            let read = ParquetReader::new(Cursor::new(bytes.clone())).finish().expect("the engine reads it");
            assert!(read.equals_missing(&frame), "{}", query.name);
            let mut file = tempfile::tempfile().expect("a file");
            file.write_all(&bytes).expect("written");
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Arrow reads it");
            assert_eq!(
                reader.schema().metadata().get("usage_report.title").map(String::as_str),
                query.header.get("title")
            );
            for field in reader.schema().fields() {
                let meaning = described.column(field.name()).expect("a meaning");
                let told = |key| field.metadata().get(key).map(String::as_str);
                assert_eq!(told("description"), Some(&*meaning.doc), "{}", query.name);
                assert_eq!(told("unit"), meaning.unit.map(|unit| unit.as_str()));
                assert_eq!(told("from"), meaning.from.as_deref());
                count += 1;
            }
        }
        assert!(count > 1100, "{count}");
    }
}
