//! Runs a statement that was taken apart.

use polars::prelude::*;

use super::super::packed::Piece;
use super::super::statement::{Frames, plan_of};
use super::gathered::{combined, one_below_the_other};
use super::{Kept, Named, Pieces, Sql, Stage};

/// The tables that are in pieces.
pub(in crate::query) struct PieceTables<'a> {
    /// In how many pieces they are.
    pub count: usize,
    /// Into how many parts the first is divided, which has the rows without a project, where that can be.
    pub parts: &'a dyn Fn() -> PolarsResult<usize>,
    /// How many rows of what all of them give are put together at a time, about.
    pub rows: usize,
    /// Their names.
    pub names: Vec<String>,
    /// A piece of one of them.
    pub scan: &'a dyn Fn(&str, Piece) -> PolarsResult<LazyFrame>,
    /// Drops what is in memory of whole tables.
    pub forget: &'a dyn Fn(),
}

impl Pieces {
    /// The rows of the statement, over these tables.
    pub(in crate::query) fn run(&self, mut tables: Frames, pieces: &PieceTables<'_>) -> PolarsResult<LazyFrame> {
        for stage in &self.stages {
            for named in &stage.whole {
                step(&mut tables, named, &named.sql.text, pieces)?;
            }
            if !stage.results.is_empty() {
                tables.extend(stage.of_pieces(&tables, pieces, self.by_invocation)?);
            }
        }
        plan_of(&self.rest, &tables)
    }
}

impl Stage {
    /// The tables that are made of the pieces.
    fn of_pieces(&self, tables: &Frames, pieces: &PieceTables<'_>, by_invocation: bool) -> PolarsResult<Frames> {
        let nothing = |result: &Kept| result.given.iter().map(|_| Vec::new()).collect();
        let mut kept: Vec<Vec<Vec<DataFrame>>> = self.results.iter().map(nothing).collect();
        let mut of_piece = |piece: Piece| {
            let mut tables = tables.clone();
            for name in &pieces.names {
                tables.insert(name.clone(), (pieces.scan)(name, piece)?);
            }
            for named in &self.rows {
                step(&mut tables, named, named.sql.of(piece), pieces)?;
            }
            for (kept, result) in kept.iter_mut().zip(&self.results) {
                for (kept, given) in kept.iter_mut().zip(&result.given) {
                    let rows = plan_of(given.of_piece.of(piece), &tables)?.collect()?;
                    kept.push(given.of_all.kept(rows)?);
                }
            }
            Ok::<_, PolarsError>(())
        };
        let count = pieces.count;
        (1..count).rev().try_for_each(|number| of_piece(Piece::of_projects(number, count)))?;
        let parts = if by_invocation { (pieces.parts)()? } else { 1 };
        (0..parts).try_for_each(|part| of_piece(Piece::without_project(count, part, parts)))?;
        let made = kept.into_iter().zip(&self.results).map(|(kept, result)| {
            let given = kept.into_iter().zip(&result.given);
            let given = given.map(|(kept, given)| given.of_all.made(&result.name, kept, pieces.rows));
            let given = given.collect::<PolarsResult<Vec<_>>>()?;
            let frame = match &result.of_all {
                Some(sql) => combined(&result.name, sql, given, pieces.rows)?,
                None => one_below_the_other(given)?,
            };
            Ok((result.name.clone(), frame.lazy()))
        });
        made.collect()
    }
}

impl Sql {
    fn of(&self, piece: Piece) -> &str {
        if piece.number == 0 { &self.text } else { &self.of_projects }
    }
}

/// Makes the result of a statement known by its name.
fn step(tables: &mut Frames, named: &Named, sql: &str, pieces: &PieceTables<'_>) -> PolarsResult<()> {
    let mut frame = plan_of(sql, tables)?;
    if named.is_read_often {
        frame = frame.collect()?.lazy();
        (pieces.forget)();
    }
    tables.insert(named.name.clone(), frame);
    Ok(())
}
