//! Columns under construction: one builder type for each type that a table can hold.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_schema::{DataType, TimeUnit};

use crate::event::Timestamp;

/// A column under construction. Every column can hold nulls: what an event cannot say is absent, never 0.
pub(super) trait Column: Default {
    /// What is appended.
    type Value<'v>;
    /// Its Arrow type.
    const DATA_TYPE: DataType;
    /// Adds one value.
    fn append<'v>(&mut self, value: Option<Self::Value<'v>>);
    /// The array built so far; the builder starts anew and keeps no memory.
    fn finish(&mut self) -> ArrayRef;
}

macro_rules! column {
    ($(#[$doc:meta])* $name:ident, $builder:ty, $value:ty, $data_type:expr, |$v:ident| $convert:expr) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(super) struct $name($builder);

        impl Column for $name {
            type Value<'v> = $value;
            const DATA_TYPE: DataType = $data_type;

            #[inline]
            fn append<'v>(&mut self, value: Option<$value>) {
                self.0.append_option(value.map(|$v| $convert));
            }

            fn finish(&mut self) -> ArrayRef {
                Arc::new(self.0.finish())
            }
        }
    };
}

column! {
    /// UTF-8 text.
    Text, StringBuilder, &'v str, DataType::Utf8, |v| v
}
column! {
    /// Yes or no.
    Flag, BooleanBuilder, bool, DataType::Boolean, |v| v
}
column! {
    /// A number that fits in 32 bits.
    Integer, Int32Builder, i32, DataType::Int32, |v| v
}
column! {
    /// A number that may not.
    Long, Int64Builder, i64, DataType::Int64, |v| v
}
column! {
    /// A measurement.
    Double, Float64Builder, f64, DataType::Float64, |v| v
}
column! {
    /// An instant in UTC. Without a zone in the type: every reader then shows the same digits.
    Instant, TimestampMicrosecondBuilder, Timestamp, DataType::Timestamp(TimeUnit::Microsecond, None), |v| v.micros()
}
