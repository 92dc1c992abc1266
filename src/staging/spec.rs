//! What the data dictionary says of tables and columns. It is generated from their declarations, so it cannot lag
//! behind them.

use arrow_schema::{DataType, SchemaRef};

use super::table::{self, Columns};
use crate::privacy::Domain;

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnSpec {
    /// Its name.
    pub name: &'static str,
    /// Its Arrow type.
    pub data_type: DataType,
    /// What its values are counted or measured in.
    pub unit: Option<Unit>,
    /// What it means, without unit and source.
    pub doc: &'static str,
    /// What dbt 1 sends it in: a field of a context, `run_model.execution_time`, or a column of the enriched event,
    /// `col:event_id`.
    pub dbt1: Option<&'static str>,
    /// What dbt 2 sends it in: a field of a message, `RunModel.execution_time`, or one of the envelope around it,
    /// `env:vortex_event_id`.
    pub dbt2: Option<&'static str>,
    /// How what was sent came to be what it holds.
    pub treatment: Treatment,
    /// What its values are pseudonyms of, if they are pseudonyms.
    pub domain: Option<Domain>,
    /// All words that it can hold, where these are a closed list; else empty.
    pub words: &'static [&'static str],
}

impl ColumnSpec {
    /// Its type in plain words.
    pub fn type_name(&self) -> &'static str {
        match self.data_type {
            DataType::Utf8 => "text",
            DataType::Boolean => "boolean",
            DataType::Int32 => "int32",
            DataType::Int64 => "int64",
            DataType::Float64 => "double",
            DataType::Timestamp(_, _) => "timestamp[us, UTC]",
            // The kinds of columns are of the six types above; a test says so.
            _ => "unknown",
        }
    }
}

/// A table, as the data dictionary shows it.
#[derive(Clone, Debug)]
pub struct TableSpec {
    /// Its name.
    pub name: &'static str,
    /// What one row is.
    pub doc: &'static str,
    /// Its columns, those that it shares with others first.
    pub columns: Vec<ColumnSpec>,
    /// How many columns it shares with every table of events.
    pub shared: usize,
    /// Its Arrow schema.
    pub schema: SchemaRef,
}

impl TableSpec {
    /// Of a table with these columns, of which it shares the first few with others.
    pub(super) fn new<C: Columns>(name: &'static str, doc: &'static str, shared: usize) -> Self {
        let columns = C::specs();
        Self { name, doc, shared, schema: table::schema(&columns), columns }
    }
}

/// What values are counted or measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How many of something.
    Count,
    /// Seconds.
    Seconds,
    /// Days.
    Days,
    /// Bytes.
    Bytes,
    /// Coordinated universal time.
    Utc,
    /// A part of a whole, or a probability: from 0 to 1. So are differences of two, of which 0.01 is a point.
    Share,
    /// One quantity by another, or by how much of itself it changed: 0.1 is a tenth.
    Ratio,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 7] =
        [Self::Count, Self::Seconds, Self::Days, Self::Bytes, Self::Utc, Self::Share, Self::Ratio];

    /// The word in the dictionary and in the headers of queries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Seconds => "seconds",
            Self::Days => "days",
            Self::Bytes => "bytes",
            Self::Utc => "UTC",
            Self::Share => "share",
            Self::Ratio => "ratio",
        }
    }
}

/// Declares the treatments: the name in the dictionary and what it means.
macro_rules! treatments {
    ($($variant:ident = $name:literal, $meaning:literal;)+) => {
        /// How what dbt sent came to be what a column holds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Treatment {
            $(#[doc = $meaning] $variant,)+
        }

        impl Treatment {
            /// Every treatment.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the dictionary.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it means.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }
    };
}

treatments! {
    AsSent = "as sent", "A number, a flag or a time, kept as it was sent.";
    Pseudonym = "pseudonym",
        "An id, replaced by a pseudonym that is made with the deployment's key. Equal ids have equal pseudonyms.";
    ClosedList = "closed list",
        "A word of a closed list in its canonical spelling. Any other text is dropped, or becomes other or custom.";
    CheckedForm = "checked form",
        "Text, as far as it has a checked form, such as that of a version. Any other text is dropped.";
    Class = "class", "The class that a text belongs to, as a word of a closed list. The text itself is dropped.";
    Derived = "derived", "Computed here. Nothing of a text that was sent is in it.";
    Position = "position", "Where the record stands: the dump, and the place in it.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::dictionary;

    fn columns() -> impl Iterator<Item = (&'static str, &'static ColumnSpec)> {
        dictionary().flat_map(|table| table.columns.iter().map(|column| (table.name, column)))
    }

    #[test]
    fn every_column_says_what_it_is() {
        for (table, column) in columns() {
            let texts = [Some(column.name), Some(column.doc), column.dbt1, column.dbt2];
            let at = format!("{table}.{}", column.name);
            for text in texts.into_iter().flatten().chain(column.words.iter().copied()) {
                assert!(!text.is_empty() && text.trim() == text && !text.ends_with('.'), "{at}: {text:?}");
            }
            assert!(column.doc.starts_with(char::is_uppercase) || column.doc.starts_with("dbt"), "{at}");
            assert_ne!(column.type_name(), "unknown", "{at}");
        }
    }

    #[test]
    fn no_text_is_kept_as_it_was_sent() {
        for (table, column) in columns() {
            let at = format!("{table}.{}", column.name);
            let is_text = column.data_type == DataType::Utf8;
            assert!(!is_text || column.treatment != Treatment::AsSent, "{at}");
            assert_eq!(column.treatment == Treatment::Pseudonym, column.name.ends_with("_id"), "{at}");
            assert_eq!(column.treatment == Treatment::Pseudonym, column.domain.is_some(), "{at}");
            let is_listed = matches!(column.treatment, Treatment::ClosedList | Treatment::Class);
            assert!(!is_listed || !column.words.is_empty(), "{at} has no words");
            assert!(is_text || column.words.is_empty(), "{at}");
            // Lists of words are written with commas between them.
            assert!(column.words.iter().all(|word| !word.contains(',')), "{at}");
        }
    }

    #[test]
    fn what_is_measured_has_a_unit() {
        for (table, column) in columns() {
            let at = format!("{table}.{}", column.name);
            assert_eq!(column.unit == Some(Unit::Seconds), column.name.ends_with("_seconds"), "{at}");
            match column.data_type {
                DataType::Timestamp(_, _) => assert_eq!(column.unit, Some(Unit::Utc), "{at}"),
                DataType::Int64 | DataType::Float64 => assert!(column.unit.is_some(), "{at}"),
                DataType::Int32 => {}
                _ => assert_eq!(column.unit, None, "{at}"),
            }
        }
    }

    #[test]
    fn what_was_sent_has_a_source_and_each_is_a_field_that_formats_describes() {
        let formats = include_str!("../../docs/formats.md");
        let described: std::collections::BTreeSet<&str> =
            formats.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        let mut fields = 0;
        for (table, column) in columns() {
            let own = matches!(column.treatment, Treatment::Position | Treatment::Derived) && column.dbt1.is_none();
            assert!(own || column.dbt1.or(column.dbt2).is_some(), "{table}.{}: no source", column.name);
            for source in [column.dbt1, column.dbt2].into_iter().flatten() {
                for path in source.split([',', ' ']).filter(|word| word.contains(['.', ':'])) {
                    for field in path.split(['.', ':']).filter(|part| !["col", "env"].contains(part)) {
                        assert!(described.contains(field), "{table}.{}: {field} is not in formats.md", column.name);
                        fields += 1;
                    }
                }
            }
        }
        assert!(fields > 300, "only {fields} fields found");
    }

    #[test]
    fn tables_of_events_share_their_first_columns() {
        let tables: Vec<_> = dictionary().filter(|table| table.shared > 0).collect();
        assert!(tables.len() > 20);
        for table in &tables {
            assert_eq!(table.columns[..table.shared], tables[0].columns[..tables[0].shared], "{}", table.name);
        }
    }
}
