//! The order in which what was taken apart is run.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Query, Select, SetExpr, SetOperator, SetQuantifier, VisitorMut};

use super::super::walk::change;
use super::combination::OfAll;
use super::scope::{Scope, arguments, name_of};
use super::taking::{Made, Statement, Taking, branches, reads, tables};
use super::{Given, Kept, Named, Pieces, Sql, Stage, combination};

/// All that was taken of a statement, in stages, and what is left of it; `by_invocation` is whether rows without a project can
/// be divided.
pub(super) fn staged(taking: &Taking<'_>, rest: &Query, by_invocation: bool) -> Pieces {
    let reading = Reading::of(taking, rest);
    let last = taking.statements.iter().map(|statement| statement.stage).max().unwrap_or(0);
    let stages = (0..=last).map(|number| reading.stage(number)).collect();
    let mut read: BTreeSet<String> = taking.statements.iter().flat_map(|of| tables(&of.query)).collect();
    read.extend(tables(rest));
    read.retain(|name| taking.statement_of(name).is_none());
    Pieces { by_invocation, stages, rest: rest.to_string(), tables: read }
}

/// What is read of all pieces together.
struct Reading<'t> {
    taking: &'t Taking<'t>,
    rest: &'t Query,
    /// What is run over whole tables, though it could be run over pieces: the marts' own rows.
    whole: BTreeSet<String>,
    /// What is put together of all pieces, and which columns of it, if not all.
    gathered: BTreeMap<String, Option<BTreeSet<String>>>,
}

impl<'t> Reading<'t> {
    fn of(taking: &'t Taking<'t>, rest: &'t Query) -> Self {
        let mut reading = Self { taking, rest, whole: BTreeSet::new(), gathered: BTreeMap::new() };
        let mut waiting: Vec<&Query> = vec![rest];
        waiting.extend(taking.statements.iter().filter(|of| matches!(of.made, Made::Whole)).map(|of| &of.query));
        while let Some(reader) = waiting.pop() {
            for table in tables(reader) {
                let Some(statement) = taking.statement_of(&table) else { continue };
                if statement.is_gathered() {
                    let wanted = wanted(reader, statement.given.as_deref());
                    let all = reading.gathered.entry(table).or_insert_with(|| Some(BTreeSet::new()));
                    *all = all.take().zip(wanted).map(|(all, wanted)| all.into_iter().chain(wanted).collect());
                } else if statement.is_in_pieces() && reading.whole.insert(table) {
                    waiting.push(&statement.query);
                }
            }
        }
        reading
    }

    fn stage(&self, number: usize) -> Stage {
        let is_result = |of: &&Statement| matches!(of.made, Made::Combined(..)) || self.gathered.contains_key(&of.name);
        let here = self.taking.statements.iter().filter(|of| of.stage == number);
        let results: Vec<&Statement> = here.clone().filter(is_result).collect();
        let needed = self.needed(&results);
        let rows = self.taking.statements.iter().filter(|of| of.is_in_pieces());
        let rows = rows.filter_map(|of| Some(self.named(of, *needed.get(&of.name)? > 1)));
        let whole = here.filter(|of| self.is_read_whole(of));
        let whole = whole.map(|of| self.named(of, self.is_kept(of)));
        Stage {
            whole: whole.collect(),
            rows: rows.collect(),
            results: results.iter().map(|of| self.kept(of)).collect(),
        }
    }

    fn named(&self, statement: &Statement, is_read_often: bool) -> Named {
        Named { name: statement.name.clone(), sql: self.sql(&statement.query), is_read_often }
    }

    /// What some results are made of, and how often it is read.
    fn needed(&self, results: &[&Statement]) -> BTreeMap<String, usize> {
        let mut needed: BTreeMap<String, usize> = BTreeMap::new();
        for statement in self.taking.statements.iter().rev() {
            let is_result = results.iter().any(|result| result.name == statement.name);
            if is_result && statement.is_in_pieces() {
                *needed.entry(statement.name.clone()).or_default() += 1;
            }
            if is_result || (statement.is_in_pieces() && needed.contains_key(&statement.name)) {
                for (table, times) in reads(&statement.query) {
                    *needed.entry(table).or_default() += times;
                }
            }
        }
        needed
    }

    fn is_read_whole(&self, statement: &Statement) -> bool {
        matches!(statement.made, Made::Whole) || self.whole.contains(&statement.name)
    }

    /// Whether the result of what is run over whole tables is kept: it is read more than once, or by every piece.
    fn is_kept(&self, statement: &Statement) -> bool {
        let times = |reader: &Query| reads(reader).get(&statement.name).copied().unwrap_or(0);
        let by_whole = self.taking.statements.iter().filter(|of| self.is_read_whole(of));
        let by_whole: usize = by_whole.map(|of| times(&of.query)).chain([times(self.rest)]).sum();
        let mut by_pieces = self.taking.statements.iter().filter(|of| !matches!(of.made, Made::Whole));
        // The marts' own rows are read again.
        !statement.is_in_pieces() && (by_whole > 1 || by_pieces.any(|of| times(&of.query) > 0))
    }

    fn kept(&self, statement: &Statement) -> Kept {
        let (given, of_all) = match &statement.made {
            Made::Combined(combination) => {
                let given = |of: &combination::Given| {
                    let body = Box::new(SetExpr::Select(Box::new(of.of_piece.clone())));
                    let of_piece = self.sql(&Query { body, order_by: None, ..statement.query.clone() });
                    Given { of_piece, of_all: of.of_all.clone() }
                };
                (combination.given.iter().map(given).collect(), Some(combination.of_all.clone()))
            }
            Made::InPieces { .. } | Made::Whole => {
                let columns = self.gathered.get(&statement.name).into_iter().flatten().flatten();
                let columns: Vec<&str> = columns.map(String::as_str).collect();
                let columns = if columns.is_empty() { "*".to_owned() } else { columns.join(", ") };
                let text = format!("SELECT {columns} FROM {}", statement.name);
                (vec![Given { of_piece: Sql { of_projects: text.clone(), text }, of_all: OfAll::Rows }], None)
            }
        };
        Kept { name: statement.name.clone(), given, of_all }
    }

    /// A statement over a piece.
    fn sql(&self, query: &Query) -> Sql {
        let mut of_projects = query.clone();
        let mut parts = Vec::new();
        branches(&mut of_projects.body, &mut |branch| {
            if !self.taking.is_whole(&Query { body: Box::new(branch.clone()), order_by: None, ..query.clone() }) {
                parts.push(branch.clone());
            }
        });
        let union = |left, right| SetExpr::SetOperation {
            op: SetOperator::Union,
            set_quantifier: SetQuantifier::All,
            left: Box::new(left),
            right: Box::new(right),
        };
        if let Some(body) = parts.into_iter().reduce(union) {
            *of_projects.body = body;
        }
        let mut simpler = Simpler { taking: self.taking, scope: None };
        let _ = change(&mut of_projects, &mut simpler);
        Sql { text: query.to_string(), of_projects: of_projects.to_string() }
    }
}

/// Makes a statement one for rows that have a project: what would stand for a missing one is left out.
struct Simpler<'a> {
    taking: &'a Taking<'a>,
    scope: Option<Scope>,
}

impl VisitorMut for Simpler<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.scope = self.taking.scope(select);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, value: &mut Expr) -> ControlFlow<()> {
        if let (Some(scope), Expr::Function(function)) = (&self.scope, &*value)
            && name_of(function) == "coalesce"
            && let Some(first) = arguments(function).first()
            && scope.is_key(first)
        {
            *value = (*first).clone();
        }
        ControlFlow::Continue(())
    }
}

/// Those of some columns that a statement may read; `None`: all of them, or nobody knows.
fn wanted(reader: &Query, given: Option<&[String]>) -> Option<BTreeSet<String>> {
    let text = reader.to_string().to_lowercase();
    if text.replace("count(*)", "").contains('*') {
        return None;
    }
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    Some(given?.iter().filter(|name| words.contains(name.as_str())).cloned().collect())
}
