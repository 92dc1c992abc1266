//! A table that statements can name.

use std::slice;
use std::sync::Arc;

use polars::prelude::*;

use super::lake_table::{Asked, LakeTable};
use super::mart_rows::MartRows;
use super::packed::Piece;

/// A table: of the lake, made in memory, or the rows of a mart that is being built.
#[derive(Clone)]
pub(super) enum Table {
    Lake(Arc<LakeTable>),
    Frame(DataFrame),
    Mart(Arc<MartRows>),
}

impl Table {
    /// Its columns.
    pub(super) fn schema(&self) -> SchemaRef {
        match self {
            Self::Lake(table) => table.schema(),
            Self::Frame(frame) => Arc::clone(frame.schema()),
            Self::Mart(rows) => Arc::clone(rows.schema()),
        }
    }

    /// One of its columns.
    pub(super) fn column(&self, name: &PlSmallStr) -> PolarsResult<Column> {
        match self {
            Self::Lake(table) => table.frame(slice::from_ref(name))?.column(name).cloned(),
            Self::Frame(frame) => frame.column(name).cloned(),
            Self::Mart(rows) => rows.column(name),
        }
    }

    /// The table for the engine, or a piece of it if it is of the lake, by a name under which it notes the columns that are
    /// asked for.
    pub(super) fn scan(&self, name: &str, asked: &Asked, piece: Option<Piece>) -> PolarsResult<LazyFrame> {
        match self {
            Self::Lake(table) => table.scan(name, asked, piece),
            Self::Frame(frame) => Ok(frame.clone().lazy()),
            Self::Mart(rows) => rows.scan(),
        }
    }
}
