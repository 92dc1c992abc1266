//! Runs a statement that was taken apart.

use std::collections::BTreeMap;

use polars::prelude::*;
use polars::sql::SQLContext;

use super::super::lake_table::Piece;
use super::super::macros::functions;
use super::{Kept, Named, Pieces, Sql, Stage};

/// The tables that are in pieces.
pub(in crate::query) struct PieceTables<'a> {
    /// In how many pieces they are.
    pub count: usize,
    /// Their names.
    pub names: Vec<String>,
    /// A piece of one of them.
    pub scan: &'a dyn Fn(&str, Piece) -> PolarsResult<LazyFrame>,
    /// Drops what is in memory of whole tables.
    pub forget: &'a dyn Fn(),
}

impl Pieces {
    /// The rows of the statement, over these tables.
    pub(in crate::query) fn run(
        &self,
        mut tables: BTreeMap<String, LazyFrame>,
        pieces: &PieceTables<'_>,
    ) -> PolarsResult<LazyFrame> {
        for stage in &self.stages {
            let mut context = context(&tables);
            for named in &stage.whole {
                let frame = step(&mut context, named, &named.sql.text, pieces)?;
                tables.insert(named.name.clone(), frame);
            }
            if !stage.results.is_empty() {
                tables.extend(stage.of_pieces(&tables, pieces)?);
            }
        }
        context(&tables).execute(&self.rest)
    }
}

impl Stage {
    /// The tables that are made of the pieces.
    fn of_pieces(
        &self,
        tables: &BTreeMap<String, LazyFrame>,
        pieces: &PieceTables<'_>,
    ) -> PolarsResult<BTreeMap<String, LazyFrame>> {
        let mut given: Vec<Option<DataFrame>> = vec![None; self.results.len()];
        for number in (0..pieces.count).rev() {
            let piece = Piece { number, of: pieces.count };
            let mut context = context(tables);
            for name in &pieces.names {
                context.register(name, (pieces.scan)(name, piece)?);
            }
            for named in &self.rows {
                drop(step(&mut context, named, named.sql.of(piece), pieces)?);
            }
            for (given, result) in given.iter_mut().zip(&self.results) {
                let frame = context.execute(result.of_piece.of(piece))?.collect()?;
                match given {
                    Some(given) => drop(given.vstack_mut_owned(frame)?),
                    None => *given = Some(frame),
                }
            }
        }
        let mut made = BTreeMap::new();
        for (given, Kept { name, of_all, .. }) in given.into_iter().zip(&self.results) {
            let given = given.unwrap_or_default().lazy();
            let frame = match of_all {
                Some(sql) => {
                    let mut context = SQLContext::new().with_function_registry(functions());
                    context.register(&Kept::parts(name), given);
                    context.execute(sql)?.collect()?.lazy()
                }
                None => given,
            };
            made.insert(name.clone(), frame);
        }
        Ok(made)
    }
}

impl Sql {
    fn of(&self, piece: Piece) -> &str {
        if piece.number == 0 { &self.text } else { &self.of_projects }
    }
}

/// Where some tables are known.
fn context(tables: &BTreeMap<String, LazyFrame>) -> SQLContext {
    let context = SQLContext::new().with_function_registry(functions());
    for (name, frame) in tables {
        context.register(name, frame.clone());
    }
    context
}

/// Makes the result of a statement known by its name.
fn step(context: &mut SQLContext, named: &Named, sql: &str, pieces: &PieceTables<'_>) -> PolarsResult<LazyFrame> {
    let mut frame = context.execute(sql)?;
    if named.is_read_often {
        frame = frame.collect()?.lazy();
        (pieces.forget)();
    }
    context.register(&named.name, frame.clone());
    Ok(frame)
}
