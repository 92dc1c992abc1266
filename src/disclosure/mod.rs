//! What of the reports may leave the house: statistical disclosure control.
//!
//! A row of a published table rests on at least so many distinct projects ([`Release::of`]; definitions, Suppression). Rows
//! that do not are folded into `(other)`: their values become one in the marts, and the query is run again (`fold`), so
//! that its rates, intervals and distinct counts are right. Where a query cannot be folded so, they are left out.
//!
//! What is hidden must not come back by subtraction. What the numbers of all tables count is found by counting runs (`base`,
//! `system`), and what follows from those that are shown by solving for it (`span`); where that is a figure of too few
//! projects, more is hidden, in every table that shows it (`hiding`). Figures within a row that rest on fewer projects than
//! the row does, such as extreme quantiles, are blank (`figures`).
//!
//! A release that needs no such rules is one with noise ([`noise`]).

mod base;
mod cell;
mod figures;
mod fold;
mod hiding;
pub mod noise;
mod numbers;
mod own_numbers;
mod placing;
mod span;
mod system;
mod table;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use polars::prelude::*;

use crate::query::{Catalog, Kind, Library, Query, QueryError, Rested};
use base::{Base, SOURCES};
use hiding::Systems;
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
        let bases = SOURCES.iter().map(|source| Base::of(&catalog, library, source));
        let bases: Vec<Base> = bases.collect::<Result<_, _>>()?;
        let systems = Systems::of(&tables, &bases);
        let systems = systems.map_err(|reason| QueryError::Engine { query: "publish".to_owned(), reason })?;
        let mut folded: HashMap<usize, (Vec<bool>, DataFrame)> = HashMap::new();
        loop {
            systems.settle(&mut tables);
            let mut is_settled = true;
            for (number, table) in tables.iter_mut().enumerate().filter(|(_, table)| table.folds) {
                let hidden: Vec<bool> = table.rows.iter().map(|row| row.is_hidden).collect();
                if !hidden.contains(&true) || folded.get(&number).is_some_and(|(of, _)| *of == hidden) {
                    continue;
                }
                match fold::fold(&catalog, table)? {
                    Some(frame) => {
                        folded.insert(number, (hidden, frame));
                    }
                    // What is left out instead tells something else.
                    None => {
                        table.folds = false;
                        is_settled = false;
                    }
                }
            }
            if is_settled {
                break;
            }
        }
        let published = tables.into_iter().enumerate().map(|(number, table)| {
            let (query, frame) = (table.query, folded.remove(&number).map(|(_, frame)| frame));
            let frame = frame.filter(|_| table.folds);
            table.published(frame).map_err(|reason| failed(query, reason))
        });
        Ok(Self { tables: published.collect::<Result<_, _>>()?, left_out })
    }
}

fn failed(query: &Query, reason: PolarsError) -> QueryError {
    QueryError::Engine { query: query.name.to_owned(), reason }
}
