//! What can go wrong between a query and its answer.

use std::path::PathBuf;

use polars::error::PolarsError;
use thiserror::Error;

use crate::lake::{FooterError, ReceiptError, StoreError};
use crate::names::unknown;

/// A query without an answer.
#[derive(Debug, Error)]
pub enum QueryError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The receipts.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// What a file of a mart was built from.
    #[error(transparent)]
    Footer(#[from] FooterError),
    /// A header line that is none, or a header without a key that it needs.
    #[error("{query}: {problem}")]
    Header {
        /// The query.
        query: String,
        /// What is wrong with its header.
        problem: String,
    },
    /// A macro that is called in a wrong way.
    #[error("{query}: {problem}")]
    Macro {
        /// The query.
        query: String,
        /// What is wrong with the call.
        problem: String,
    },
    /// A vocabulary of columns that is not in order.
    #[error("queries/columns.toml: {problem}")]
    Columns {
        /// What is wrong with it, and where.
        problem: String,
    },
    /// A list of definition breaks that is not in order.
    #[error("queries/breaks.toml: {problem}")]
    Breaks {
        /// What is wrong with it, and where.
        problem: String,
    },
    /// A table that is not there.
    #[error("{}", unknown("table", table, known))]
    NoTable {
        /// Its name in the query.
        table: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A file of a mart that another run has replaced while it was read. Asked again, the answer is of the new one.
    #[error("{path} was replaced while it was read: another run builds marts; try again")]
    Changed {
        /// The file.
        path: String,
    },
    /// The engine refused the query, or failed at it.
    #[error("{query}: {reason}")]
    Engine {
        /// The query.
        query: String,
        /// What the engine says.
        reason: PolarsError,
    },
    /// A Parquet file that cannot be read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the reader or writer says.
        reason: PolarsError,
    },
}
