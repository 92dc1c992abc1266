//! Runs a statement that was taken apart.

use polars::prelude::*;

use super::super::lake_table::Piece;
use super::super::statement::{Frames, plan_of};
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
    pub(in crate::query) fn run(&self, mut tables: Frames, pieces: &PieceTables<'_>) -> PolarsResult<LazyFrame> {
        for stage in &self.stages {
            for named in &stage.whole {
                step(&mut tables, named, &named.sql.text, pieces)?;
            }
            if !stage.results.is_empty() {
                tables.extend(stage.of_pieces(&tables, pieces)?);
            }
        }
        plan_of(&self.rest, &tables)
    }
}

impl Stage {
    /// The tables that are made of the pieces.
    fn of_pieces(&self, tables: &Frames, pieces: &PieceTables<'_>) -> PolarsResult<Frames> {
        let nothing = |result: &Kept| result.given.iter().map(|_| Vec::new()).collect();
        let mut kept: Vec<Vec<Vec<DataFrame>>> = self.results.iter().map(nothing).collect();
        for number in (0..pieces.count).rev() {
            let piece = Piece { number, of: pieces.count };
            let mut tables = tables.clone();
            for name in &pieces.names {
                tables.insert(name.clone(), (pieces.scan)(name, piece)?);
            }
            for named in &self.rows {
                step(&mut tables, named, named.sql.of(piece), pieces)?;
            }
            for (kept, result) in kept.iter_mut().zip(&self.results) {
                for (kept, given) in kept.iter_mut().zip(&result.given) {
                    kept.push(plan_of(given.of_piece.of(piece), &tables)?.collect()?);
                }
            }
        }
        let made = kept.into_iter().zip(&self.results).map(|(kept, result)| {
            let given = kept.into_iter().zip(&result.given);
            let given = given.map(|(kept, given)| made_of(&result.name, given.of_all.as_ref(), kept));
            let frame = made_of(&result.name, result.of_all.as_ref(), given.collect::<PolarsResult<_>>()?)?;
            Ok((result.name.clone(), frame.lazy()))
        });
        made.collect()
    }
}

/// What a statement, if there is one, makes of some frames, one below the other.
fn made_of(name: &str, sql: Option<&String>, frames: Vec<DataFrame>) -> PolarsResult<DataFrame> {
    let all = one_below_the_other(frames)?;
    let Some(sql) = sql else { return Ok(all) };
    plan_of(sql, &Frames::from([(Kept::parts(name), all.lazy())]))?.collect()
}

impl Sql {
    fn of(&self, piece: Piece) -> &str {
        if piece.number == 0 { &self.text } else { &self.of_projects }
    }
}

/// Frames as one, with nulls where a frame has not a column that another has.
pub(in crate::query) fn one_below_the_other(frames: Vec<DataFrame>) -> PolarsResult<DataFrame> {
    let mut columns: Vec<(PlSmallStr, DataType)> = Vec::new();
    for column in frames.iter().flat_map(DataFrame::columns) {
        if !columns.iter().any(|(name, _)| name == column.name()) {
            columns.push((column.name().clone(), column.dtype().clone()));
        }
    }
    let mut all: Option<DataFrame> = None;
    for frame in frames {
        let height = frame.height();
        let of_frame = columns.iter().map(|(name, of)| match frame.column(name) {
            Ok(column) => column.clone(),
            Err(_) => Column::full_null(name.clone(), height, of),
        });
        let frame = DataFrame::new(height, of_frame.collect())?;
        match &mut all {
            Some(all) => drop(all.vstack_mut_owned(frame)?),
            None => all = Some(frame),
        }
    }
    Ok(all.unwrap_or_default())
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
