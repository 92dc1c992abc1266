//! SQL over the lake: the only way to make a number.
//!
//! Queries come from the [`Library`] (the files of `queries/`) or from the user. A [`Catalog`] knows
//! the tables; two things happen in it, below the SQL, so that no query repeats them: the window of days,
//! and deduplication (a query sees every event once). One happens above it: the breaks
//! in what fields mean are marked in every series ([`Rested`]).

mod breaks;
mod by_column;
mod catalog;
mod chart;
mod ctes;
mod error;
mod formula;
mod handing_on;
mod header;
mod ids;
mod lake;
mod lake_table;
mod library;
mod lineage;
mod macros;
mod mart_rows;
mod meaning;
mod own;
mod packed;
mod pieces;
mod receipts;
mod recoding;
mod result_file;
mod series;
mod side_by_side;
mod some_rows;
mod statement;
mod surplus;
mod table;
mod threads;
mod version;
mod vocabulary;
mod walk;

pub use breaks::{Break, Breaks};
pub use catalog::{BuiltMarts, Catalog, ROWS_AT_ONCE};
pub use chart::{Chart, ChartKind};
pub use error::QueryError;
pub use header::{Header, HeaderColumn, RestsOn};
pub use lake::{DUPLICATES, Lake, Window};
pub use library::{Kind, Library, Query};
pub use lineage::{BREAKS_COLUMN, Rested};
pub use macros::expand_macros;
pub use mart_rows::MartRows;
pub use own::{Mistake, Mistakes};
pub use recoding::{OTHER, Recoding};
pub use result_file::{read_frame, read_text_column, write_frame, write_parts, write_rows};
pub use series::Series;
pub use side_by_side::{by_files, side_by_side};
pub(crate) use threads::work_alone;
pub use vocabulary::{ColumnMeaning, Described};
