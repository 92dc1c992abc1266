//! Types of columns as Spark's DDL has them.

use polars::prelude::{DataType, Schema};

use super::Untranslated;

/// A column: its name and its type.
pub(super) type Column = (String, &'static str);

/// The columns of a table or a result. Of whole numbers without a sign, which Spark does not know, it is the next type with
/// one that holds all of them.
pub(super) fn columns(of: &str, schema: &Schema) -> Result<Vec<Column>, Untranslated> {
    let column = |(name, data_type): (&_, &DataType)| {
        let data_type = match data_type {
            DataType::String => "STRING",
            DataType::Boolean => "BOOLEAN",
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => "INT",
            DataType::Int64 | DataType::UInt32 => "BIGINT",
            DataType::Float32 | DataType::Float64 => "DOUBLE",
            DataType::Date => "DATE",
            DataType::Datetime(_, None) => "TIMESTAMP_NTZ",
            other => {
                let construct = format!("the type {other} of the column {name}");
                return Err(Untranslated { query: of.to_owned(), construct });
            }
        };
        Ok((ToString::to_string(name), data_type))
    };
    schema.iter().map(column).collect()
}
