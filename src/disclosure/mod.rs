//! What of the reports may leave the house: statistical disclosure control.
//!
//! A row of a published table rests on at least so many distinct projects ([`Release::of`]; definitions, Suppression). Rows
//! that do not are folded into `(other)`: their values become one in the marts, and the query is run again (`fold`), so
//! that its rates, intervals and distinct counts are right. Where a query cannot be folded so, they are left out.
//!
//! What is hidden must not come back by subtraction. Where a total minus what is shown would be the figures of too few
//! projects, more is hidden, in every table that shows it (`hiding`); what can be had by combining several totals is
//! found by solving for it (`equations`). Figures within a row that rest on fewer projects than the row does, such as
//! extreme quantiles, are blank (`figures`).
//!
//! A release that needs no such rules is one with noise ([`noise`]).

mod cell;
mod equations;
mod figures;
mod fold;
mod hiding;
pub mod noise;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use polars::prelude::*;

use crate::query::{Catalog, Kind, Library, Query, QueryError, Rested};
use hiding::{Links, Signature};
use table::Table;

/// The least number of projects that a published row rests on, unless another is wanted (definitions, Suppression).
pub const LEAST_PROJECTS: u32 = 10;

/// The tables of a release.
#[derive(Debug)]
pub struct Release<'l> {
    /// A table for each report that can be published.
    pub tables: Vec<Published<'l>>,
    /// The reports that cannot, each with the reason.
    pub left_out: Vec<(&'l Query, &'l str)>,
}

/// A report as it is published.
#[derive(Debug)]
pub struct Published<'l> {
    /// The report.
    pub query: &'l Query,
    /// Its rows.
    pub frame: DataFrame,
    /// How many rows are not shown as they are.
    pub hidden: usize,
    /// Whether these are in rows `(other)`; if not, they are left out.
    pub is_folded: bool,
    /// How many figures of the rows shown are blank.
    pub blank: usize,
}

impl<'l> Release<'l> {
    /// All reports over some tables, with no row that rests on fewer projects than `least`.
    ///
    /// # Errors
    /// When a query cannot be run.
    pub fn of(catalog: Catalog, library: &'l Library, least: u32) -> Result<Self, QueryError> {
        let queries: Vec<&Query> = library.of_kind(Kind::Report).collect();
        // Each is run again where rows of it are folded: what it reads stays until then.
        let catalog = catalog.for_queries(library, &[&queries[..], &queries[..]].concat())?;
        let answers = catalog.each(&queries, |_, query| Rested::of(&catalog, library, query))?;
        let (mut tables, mut left_out) = (Vec::new(), Vec::new());
        for (query, rested) in queries.into_iter().zip(answers) {
            match Table::of(query, rested, least.into()).map_err(|reason| failed(query, reason))? {
                Ok(table) => tables.push(table),
                Err(reason) => left_out.push((query, reason)),
            }
        }
        let links = Links::of(&tables).map_err(|reason| QueryError::Engine { query: "publish".to_owned(), reason })?;
        let mut known = HashMap::new();
        let mut unions = |table: &Table<'_>, of: &Signature, rows: &BTreeSet<usize>| {
            let asked = (table.query.name, of.clone(), rows.clone());
            if let Some(told) = known.get(&asked) {
                return Ok(Clone::clone(told));
            }
            let told = fold::unions(&catalog, table, of, rows)?;
            known.insert(asked, told.clone());
            Ok(told)
        };
        links.settle(&mut tables, &mut unions)?;
        let published = tables.into_iter().map(|table| {
            let folded = if table.rows.iter().any(|row| row.is_hidden) { fold::fold(&catalog, &table)? } else { None };
            let query = table.query;
            table.published(folded).map_err(|reason| failed(query, reason))
        });
        Ok(Self { tables: published.collect::<Result<_, _>>()?, left_out })
    }
}

fn failed(query: &Query, reason: PolarsError) -> QueryError {
    QueryError::Engine { query: query.name.to_owned(), reason }
}
