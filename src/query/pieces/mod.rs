//! A statement over marts that are too large for memory, run over one piece of the projects after the other.
//!
//! Almost everything is counted by project before it is counted by anything else. So a statement is taken apart: its CTEs
//! whose rows stay with their project are run over one piece of the projects after the other, and what aggregates over
//! projects is made of what each piece gives of it. What cannot be combined, a quantile or a rank over projects, reads all
//! pieces of what it is made from. Nobody declares anything: the statement's own words tell, and what is not certain is run
//! as a whole.
//!
//! A column *tells the project* where equal values, nulls included, are in the same piece. That of a mart is
//! [`PROJECT`]; rows without a project are all in one piece. It is passed on by its name, by COALESCE, and by grouping.

mod combination;
mod run;
mod scope;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlparser::ast::{
    Cte, Distinct, Expr, Ident, OrderByKind, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier,
    TableFactor, VisitMut, VisitorMut, visit_expressions_mut, visit_relations, visit_relations_mut,
};

pub(super) use run::PieceTables;

use combination::{Combination, grouped_by};
use scope::{Scope, aggregates, arguments, last_name, name_of};

/// The column of marts that says of which project a row is.
pub(super) const PROJECT: &str = "project_key";

/// What is to be run for a statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pieces {
    /// What comes before the rest, in this order.
    pub stages: Vec<Stage>,
    /// What gives the rows of the statement, over whole tables.
    pub rest: String,
    /// The tables and views that it reads. What is not among them is run as a part of it.
    pub tables: BTreeSet<String>,
}

/// Some whole tables, and then what is made of the pieces with them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stage {
    /// Over whole tables.
    pub whole: Vec<Named>,
    /// Over each piece.
    pub rows: Vec<Named>,
    /// What is kept of each piece.
    pub results: Vec<Kept>,
}

/// A statement, and what the later ones call its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub name: String,
    pub sql: Sql,
    /// Whether several of the later ones read it.
    pub is_read_often: bool,
}

/// A statement over a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sql {
    /// As it is for rows without a project.
    pub text: String,
    /// Where every row has one: what stands for a missing one is never read.
    pub of_projects: String,
}

/// What is kept of each piece, and a table when all are through.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub name: String,
    /// One below the other; what has not the columns of another has nulls there.
    pub of_piece: Vec<Sql>,
    /// What makes the table of all that the pieces give, which it calls [`Kept::parts`]; `None`: that is the table.
    pub of_all: Option<String>,
}

impl Kept {
    /// What the statement that combines the pieces calls all that they give.
    pub(super) fn parts(name: &str) -> String {
        format!("{name}__parts")
    }
}

/// How the result of a statement is made.
enum Made {
    /// Over whole tables: it reads nothing of a piece, or what cannot be taken apart.
    Whole,
    /// Piece by piece.
    InPieces {
        /// Its columns that tell the project.
        keys: BTreeSet<String>,
        /// Whether it has fewer rows than the marts have: it is counted by project.
        is_counted: bool,
    },
    /// Out of what each piece gives.
    Combined(Vec<Select>, String),
}

/// A CTE, or the statement itself.
struct Statement {
    name: String,
    query: Query,
    made: Made,
    /// When it can be run over pieces, or whole: in the stage of this number.
    stage: usize,
    /// The columns that it gives, where they are known.
    given: Option<Vec<String>>,
}

/// The tables and views that a statement may name.
pub(super) trait Tables {
    /// Whether there is one of this name.
    fn is_known(&self, name: &str) -> bool;
    /// Whether it is in pieces.
    fn is_in_pieces(&self, name: &str) -> bool;
    /// The statement of a view, with the text of macros, without its order.
    fn view(&self, name: &str) -> Option<Query>;
}

/// A statement that is being taken apart.
struct Taking<'a> {
    tables: &'a dyn Tables,
    statements: Vec<Statement>,
}

/// The name of the rows of the statement itself, where they are made of pieces.
const RESULT: &str = "__result";

impl Pieces {
    /// What is to be run for a statement; `None` if it is run as it is: nothing of it is made of pieces, or its form is
    /// none that is known here.
    pub(super) fn of(query: &Query, tables: &dyn Tables) -> Option<Self> {
        let mut taking = Taking { tables, statements: Vec::new() };
        let rest = taking.statement(query, "")?;
        let rest = taking.last(rest);
        Some(taking.staged(rest)).filter(|pieces| pieces.stages.iter().any(|stage| !stage.results.is_empty()))
    }
}

impl Taking<'_> {
    /// Takes the CTEs of a statement, whose names get a prefix; what is left of it.
    fn statement(&mut self, query: &Query, prefix: &str) -> Option<Query> {
        let mut query = query.clone();
        let ctes = match query.with.take() {
            Some(with) if with.recursive => return None,
            Some(with) => with.cte_tables,
            None => Vec::new(),
        };
        let names: Vec<String> = ctes.iter().map(|cte| cte.alias.name.value.to_lowercase()).collect();
        for (number, Cte { alias, query: mut cte, .. }) in ctes.into_iter().enumerate() {
            let name = &names[number];
            let is_taken = self.tables.is_known(name) || names[..number].contains(name);
            if cte.with.is_some() || !alias.columns.is_empty() || is_taken {
                return None;
            }
            rename(&mut cte, &names[..number], prefix);
            self.add(format!("{prefix}{name}"), *cte)?;
        }
        rename(&mut query, &names, prefix);
        Some(query)
    }

    /// Takes a statement without CTEs.
    fn add(&mut self, name: String, mut query: Query) -> Option<()> {
        self.take_subqueries(&name, &mut query)?;
        for table in tables(&query) {
            self.take_view(&table)?;
        }
        let SetExpr::Select(_) = &*query.body else { return self.add_union(name, query) };
        let (made, stage) = self.made(&name, &query);
        let given = given(&query);
        self.statements.push(Statement { name, query, made, stage, given });
        Some(())
    }

    /// Takes a union: what aggregates in it as statements of their own.
    fn add_union(&mut self, name: String, mut query: Query) -> Option<()> {
        let mut parts = Vec::new();
        branches(&mut query.body, &mut |branch| parts.push(branch.clone())).then_some(())?;
        for (number, part) in parts.iter_mut().enumerate() {
            let of_part = Query { body: Box::new(part.clone()), order_by: None, ..query.clone() };
            let (made, _) = self.made(&name, &of_part);
            if !matches!(made, Made::InPieces { .. } | Made::Whole) {
                let own = format!("{name}__{number}");
                let names = given(&of_part)?;
                self.add(own.clone(), of_part)?;
                *part = select(&format!("SELECT {} FROM {own}", names.join(", ")))?;
            }
        }
        let mut waiting = parts.iter().cloned();
        branches(&mut query.body, &mut |branch| {
            if let Some(part) = waiting.next() {
                *branch = part;
            }
        });
        let of_parts: Vec<(Query, Made)> = parts
            .into_iter()
            .map(|part| Query { body: Box::new(part), order_by: None, ..query.clone() })
            .map(|part| {
                let made = self.made(&name, &part).0;
                (part, made)
            })
            .collect();
        let made = match self.union_keys(&of_parts) {
            Some((keys, is_counted)) => Made::InPieces { keys, is_counted },
            None => Made::Whole,
        };
        let given = of_parts.first().and_then(|(first, _)| given(first));
        let stage = self.stage_of(&query, matches!(made, Made::InPieces { .. }));
        self.statements.push(Statement { name, query, made, stage, given });
        Some(())
    }

    /// The columns of a union that tell the project, and whether all of it is counted; `None` if it is not in pieces. Whole
    /// parts are in the first.
    fn union_keys(&self, parts: &[(Query, Made)]) -> Option<(BTreeSet<String>, bool)> {
        let (mut common, mut is_counted): (Option<Vec<(String, bool)>>, bool) = (None, true);
        if parts.iter().all(|(query, _)| self.is_whole(query)) {
            return None;
        }
        for (query, made) in parts {
            let SetExpr::Select(select) = &*query.body else { return None };
            let given = match made {
                Made::InPieces { is_counted: of_part, .. } => {
                    is_counted &= of_part;
                    self.scope(select)?.given(select)?
                }
                Made::Whole if self.is_whole(query) => given(query)?.into_iter().map(|name| (name, false)).collect(),
                Made::Whole | Made::Combined(..) => return None,
            };
            match &mut common {
                Some(common) if common.len() == given.len() => {
                    common.iter_mut().zip(given).for_each(|(common, of_part)| common.1 &= of_part.1);
                }
                Some(_) => return None,
                None => common = Some(given),
            }
        }
        let keys = common?.into_iter().filter(|(_, is_key)| *is_key).map(|(name, _)| name).collect();
        Some((keys, is_counted))
    }

    /// Whether a query reads nothing that is in pieces.
    fn is_whole(&self, query: &Query) -> bool {
        tables(query).iter().all(|table| self.keys(table).is_none())
    }

    /// Takes the queries in a FROM as statements of their own.
    fn take_subqueries(&mut self, name: &str, query: &mut Query) -> Option<()> {
        let mut taken = Vec::new();
        let mut number = 0;
        let mut take = |factor: &mut TableFactor| {
            if let TableFactor::Derived { lateral: false, subquery, alias: Some(alias), .. } = factor
                && alias.columns.is_empty()
                && subquery.with.is_none()
            {
                let own = format!("{name}__of{number}");
                number += 1;
                let table = table(&own, alias.name.clone());
                taken.push((own, (**subquery).clone()));
                *factor = table?;
            }
            Some(())
        };
        let mut done = Some(());
        branches(&mut query.body, &mut |branch| {
            if let SetExpr::Select(select) = branch {
                for from in &mut select.from {
                    let joined = from.joins.iter_mut().map(|join| &mut join.relation);
                    for factor in std::iter::once(&mut from.relation).chain(joined) {
                        done = done.and_then(|()| take(factor));
                    }
                }
            }
        });
        done?;
        taken.into_iter().try_for_each(|(own, subquery)| self.add(own, subquery))
    }

    /// Takes a view whose rows stay with their project as a part of the statement.
    fn take_view(&mut self, name: &str) -> Option<()> {
        let is_taken = self.statements.iter().any(|statement| statement.name == name);
        let Some(query) = self.tables.view(name).filter(|_| !is_taken) else { return Some(()) };
        let mut of_view = Taking { tables: self.tables, statements: Vec::new() };
        let Some(rest) = of_view.statement(&query, &format!("{name}__")) else { return Some(()) };
        if of_view.add(name.to_owned(), rest).is_none() {
            return Some(());
        }
        if of_view.statements.last().is_some_and(|last| matches!(last.made, Made::InPieces { .. })) {
            let known: BTreeSet<String> = self.statements.iter().map(|statement| statement.name.clone()).collect();
            self.statements.extend(of_view.statements.into_iter().filter(|of_view| !known.contains(&of_view.name)));
        }
        Some(())
    }

    /// How a statement of one SELECT is made, and in which stage.
    fn made(&self, name: &str, query: &Query) -> (Made, usize) {
        let made = self.made_of_pieces(name, query).unwrap_or(Made::Whole);
        let stage = self.stage_of(query, !matches!(made, Made::Whole));
        (made, stage)
    }

    fn made_of_pieces(&self, name: &str, query: &Query) -> Option<Made> {
        let SetExpr::Select(select) = &*query.body else { return None };
        let is_limited = query.limit_clause.is_some() || query.fetch.is_some();
        if is_limited || select.qualify.is_some() || !select.named_window.is_empty() || select.top.is_some() {
            return None;
        }
        let scope = self.scope(select)?;
        // Every table in pieces is one of the FROM, none in a query within.
        let of_from = select.from.iter().map(|from| 1 + from.joins.len()).sum::<usize>();
        let mut named = 0;
        let mut is_in_pieces = false;
        let _ = visit_relations(query, |table| {
            named += 1;
            is_in_pieces |= self.keys(&table.to_string().to_lowercase()).is_some();
            ControlFlow::<()>::Continue(())
        });
        if !is_in_pieces || named != of_from || !scope.windows_are_of_projects(select) {
            return None;
        }
        let is_counted = tables(query).iter().any(|table| self.is_counted(table));
        let keys = scope.keys(select);
        let combined = |made: Combination| Made::Combined(made.of_piece, made.of_all);
        let by = grouped_by(select);
        let is_aggregate = by.as_ref().is_none_or(|by| !by.is_empty()) || aggregates(&select.projection);
        if !is_aggregate {
            return match &select.distinct {
                None => Some(Made::InPieces { keys, is_counted }),
                Some(Distinct::Distinct) if !keys.is_empty() => Some(Made::InPieces { keys, is_counted: true }),
                Some(Distinct::Distinct) => {
                    let parts = Kept::parts(name);
                    Some(Made::Combined(vec![(**select).clone()], format!("SELECT DISTINCT * FROM {parts}")))
                }
                Some(_) => None,
            };
        }
        if select.distinct.is_some() {
            return None;
        }
        if by?.iter().any(|by| scope.is_key(by)) {
            return Some(Made::InPieces { keys, is_counted: true });
        }
        Combination::of(select, &scope, &Kept::parts(name)).map(combined)
    }

    /// The names in a SELECT that can be run over pieces.
    fn scope(&self, select: &Select) -> Option<Scope> {
        Scope::of(select, &|table| self.keys(table))
    }

    /// The columns of a table that tell the project, if it is in pieces.
    fn keys(&self, table: &str) -> Option<BTreeSet<String>> {
        match self.statement_of(table).map(|statement| &statement.made) {
            Some(Made::InPieces { keys, .. }) => Some(keys.clone()),
            Some(_) => None,
            None => self.tables.is_in_pieces(table).then(|| BTreeSet::from([PROJECT.to_owned()])),
        }
    }

    fn is_counted(&self, table: &str) -> bool {
        self.statement_of(table)
            .is_some_and(|statement| matches!(statement.made, Made::InPieces { is_counted: true, .. }))
    }

    fn statement_of(&self, name: &str) -> Option<&Statement> {
        self.statements.iter().rfind(|statement| statement.name == name)
    }

    /// The first stage in which all is there that a statement reads, over pieces or whole.
    fn stage_of(&self, query: &Query, over_pieces: bool) -> usize {
        let stage = |table: &String| {
            let Some(statement) = self.statement_of(table) else { return 0 };
            match statement.made {
                Made::Whole => statement.stage,
                Made::InPieces { .. } if over_pieces || !self.is_gathered(statement) => statement.stage,
                Made::InPieces { .. } | Made::Combined(..) => statement.stage + 1,
            }
        };
        tables(query).iter().map(stage).max().unwrap_or(0)
    }

    /// Whether the rows of all pieces are put together for whoever reads all of them. Rows that are the marts' own are read
    /// from whole tables instead.
    fn is_gathered(&self, statement: &Statement) -> bool {
        matches!(statement.made, Made::InPieces { is_counted: true, .. })
    }

    /// Takes the statement itself, whose rows may be made of pieces: what is left then orders them.
    fn last(&mut self, query: Query) -> Query {
        let unordered = Query { order_by: None, limit_clause: None, fetch: None, ..query.clone() };
        let names = given(&unordered);
        let by = match query.order_by.as_ref().map(|by| &by.kind) {
            Some(OrderByKind::Expressions(by)) => by.clone(),
            Some(OrderByKind::All(_)) => return query,
            None => Vec::new(),
        };
        let is_given = |name: &str| names.as_ref().is_some_and(|names| names.iter().any(|given| given == name));
        // By names that it gives, not by those of its sources.
        let mut query = query;
        let mut is_known = true;
        let mut by = by;
        let _ = visit_expressions_mut(&mut by, |value| {
            if let Some(name) = last_name(value) {
                is_known &= is_given(&name);
                *value = Expr::Identifier(Ident::new(name));
            }
            ControlFlow::<()>::Continue(())
        });
        let before = self.statements.len();
        if !is_known || self.add(RESULT.to_owned(), unordered).is_none() {
            self.statements.truncate(before);
            return query;
        }
        if matches!(self.statements.last().map(|last| &last.made), Some(Made::Whole)) {
            // What it is made from may have been taken, too.
            if let Some(Statement { query: last, .. }) = self.statements.pop() {
                return Query {
                    order_by: query.order_by,
                    limit_clause: query.limit_clause,
                    fetch: query.fetch,
                    ..last
                };
            }
        }
        if let Some(rows) = select(&format!("SELECT * FROM {RESULT}")) {
            query.body = Box::new(rows);
        }
        if let Some(order) = &mut query.order_by {
            order.kind = OrderByKind::Expressions(by);
        }
        query
    }

    /// All that was taken, in stages, and what is left.
    fn staged(self, rest: Query) -> Pieces {
        let mut whole = BTreeSet::new();
        let mut gathered = BTreeSet::new();
        // What is read as a whole, from the last reader to the first.
        let mut waiting: Vec<&Query> = vec![&rest];
        waiting.extend(self.statements.iter().filter(|of| matches!(of.made, Made::Whole)).map(|of| &of.query));
        let mut of_gathered: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
        while let Some(reader) = waiting.pop() {
            for table in tables(reader) {
                let Some(statement) = self.statement_of(&table) else { continue };
                if self.is_gathered(statement) {
                    gathered.insert(table.clone());
                    let wanted = wanted(reader, statement.given.as_deref());
                    let all = of_gathered.entry(table).or_insert_with(|| Some(BTreeSet::new()));
                    *all = all.take().zip(wanted).map(|(all, wanted)| all.into_iter().chain(wanted).collect());
                } else if matches!(statement.made, Made::InPieces { .. }) && whole.insert(table) {
                    waiting.push(&statement.query);
                }
            }
        }
        let last = self.statements.iter().map(|statement| statement.stage).max().unwrap_or(0);
        let mut stages = Vec::new();
        for number in 0..=last {
            let mut stage = Stage::default();
            let here = |of: &&Statement| of.stage == number;
            let results = |of: &&Statement| matches!(of.made, Made::Combined(..)) || gathered.contains(&of.name);
            let targets: Vec<&Statement> = self.statements.iter().filter(here).filter(results).collect();
            // What the results are made of, from the last to the first.
            let mut needed: BTreeMap<String, usize> = BTreeMap::new();
            for statement in self.statements.iter().rev() {
                let is_target = targets.iter().any(|target| target.name == statement.name);
                let is_in_pieces = matches!(statement.made, Made::InPieces { .. });
                if is_target || (is_in_pieces && needed.contains_key(&statement.name)) {
                    if is_target && is_in_pieces {
                        *needed.entry(statement.name.clone()).or_default() += 1;
                    }
                    for (table, times) in reads(&statement.query) {
                        *needed.entry(table).or_default() += times;
                    }
                }
            }
            for statement in &self.statements {
                let sql = self.sql(&statement.query);
                match &statement.made {
                    Made::InPieces { .. } if needed.contains_key(&statement.name) => {
                        let is_read_often = needed[&statement.name] > 1;
                        stage.rows.push(Named { name: statement.name.clone(), sql: sql.clone(), is_read_often });
                    }
                    _ => {}
                }
                let is_whole = matches!(statement.made, Made::Whole) || whole.contains(&statement.name);
                if is_whole && statement.stage == number {
                    stage.whole.push(Named { name: statement.name.clone(), sql, is_read_often: false });
                }
            }
            for target in targets {
                let (of_piece, of_all) = match &target.made {
                    Made::Combined(of_piece, of_all) => {
                        let sql = |select: &Select| {
                            let body = Box::new(SetExpr::Select(Box::new(select.clone())));
                            self.sql(&Query { body, order_by: None, ..target.query.clone() })
                        };
                        (of_piece.iter().map(sql).collect(), Some(of_all.clone()))
                    }
                    _ => {
                        let columns = of_gathered.get(&target.name).cloned().flatten().filter(|of| !of.is_empty());
                        let columns =
                            columns.map_or("*".to_owned(), |of| of.into_iter().collect::<Vec<_>>().join(", "));
                        let text = format!("SELECT {columns} FROM {}", target.name);
                        (vec![Sql { of_projects: text.clone(), text }], None)
                    }
                };
                stage.results.push(Kept { name: target.name.clone(), of_piece, of_all });
            }
            stages.push(stage);
        }
        let readers: Vec<BTreeMap<String, usize>> = {
            let of_whole =
                self.statements.iter().filter(|of| matches!(of.made, Made::Whole) || whole.contains(&of.name));
            of_whole.map(|of| reads(&of.query)).chain([reads(&rest)]).collect()
        };
        for named in stages.iter_mut().flat_map(|stage| &mut stage.whole) {
            named.is_read_often = readers.iter().filter_map(|of| of.get(&named.name)).sum::<usize>() > 1
                || needs_rows(&self.statements, &named.name);
        }
        let mut read: BTreeSet<String> = self.statements.iter().flat_map(|of| tables(&of.query)).collect();
        read.extend(tables(&rest));
        read.retain(|name| self.statement_of(name).is_none());
        Pieces { stages, rest: rest.to_string(), tables: read }
    }

    /// A statement over a piece.
    fn sql(&self, query: &Query) -> Sql {
        let mut of_projects = query.clone();
        let mut parts = Vec::new();
        branches(&mut of_projects.body, &mut |branch| {
            if !self.is_whole(&Query { body: Box::new(branch.clone()), order_by: None, ..query.clone() }) {
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
        let mut simpler = Simpler { taking: self, scope: None };
        let _ = of_projects.visit(&mut simpler);
        Sql { text: query.to_string(), of_projects: of_projects.to_string() }
    }
}

/// Whether a statement over pieces reads what is made over whole tables: then it is made once, not for each piece.
fn needs_rows(statements: &[Statement], name: &str) -> bool {
    let in_pieces = statements.iter().filter(|of| !matches!(of.made, Made::Whole));
    in_pieces.into_iter().any(|of| reads(&of.query).contains_key(name))
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

/// Does something with each SELECT of a UNION ALL; whether that is all there is.
fn branches(body: &mut SetExpr, each: &mut impl FnMut(&mut SetExpr)) -> bool {
    match body {
        SetExpr::SetOperation { op: SetOperator::Union, set_quantifier: SetQuantifier::All, left, right } => {
            branches(left, each) && branches(right, each)
        }
        SetExpr::Select(_) => {
            each(body);
            true
        }
        _ => false,
    }
}

/// The columns that a query gives, where it names them.
fn given(query: &Query) -> Option<Vec<String>> {
    let mut first = query.body.as_ref();
    while let SetExpr::SetOperation { left, .. } = first {
        first = left.as_ref();
    }
    let SetExpr::Select(select) = first else { return None };
    let name = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(value) => last_name(value),
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
        _ => None,
    };
    select.projection.iter().map(name).collect()
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

/// The tables that a query names.
fn tables(query: &Query) -> BTreeSet<String> {
    reads(query).into_keys().collect()
}

/// The tables that a query names, and how often.
fn reads(query: &Query) -> BTreeMap<String, usize> {
    let mut tables = BTreeMap::new();
    let _ = visit_relations(query, |name| {
        *tables.entry(name.to_string().to_lowercase()).or_default() += 1;
        ControlFlow::<()>::Continue(())
    });
    tables
}

/// Calls some tables by other names: under a prefix.
fn rename(query: &mut Query, names: &[String], prefix: &str) {
    let _ = visit_relations_mut(query, |name| {
        let lower = name.to_string().to_lowercase();
        if names.contains(&lower) {
            *name = vec![Ident::new(format!("{prefix}{lower}"))].into();
        }
        ControlFlow::<()>::Continue(())
    });
}

/// The body of a statement that is written here.
fn select(sql: &str) -> Option<SetExpr> {
    let mut parsed = sqlparser::parser::Parser::new(&sqlparser::dialect::GenericDialect {}).try_with_sql(sql).ok()?;
    parsed.parse_query().ok().map(|query| *query.body)
}

/// A table in a FROM, by another name.
fn table(name: &str, alias: Ident) -> Option<TableFactor> {
    let SetExpr::Select(mut select) = select(&format!("SELECT 1 FROM {name} AS {alias}"))? else { return None };
    select.from.pop().map(|from| from.relation)
}

#[cfg(test)]
mod tests {
    use super::super::{Catalog, Kind, Library};
    use super::*;
    use crate::query::ctes::{by_dimension, prepared};

    /// The marts that a plan reads as a whole.
    fn read_whole(pieces: &Pieces, catalog: &Catalog) -> BTreeSet<String> {
        let whole = pieces.stages.iter().flat_map(|stage| &stage.whole).map(|named| named.sql.text.as_str());
        let queries = whole.chain([pieces.rest.as_str()]).map(|sql| match prepared("a test", sql, false) {
            Ok(Some((query, _))) => tables(&query),
            _ => panic!("{sql}"),
        });
        queries.flatten().filter(|table| Tables::is_in_pieces(catalog, table)).collect()
    }

    /// Tables `t` and `u`, which are in pieces, a whole table `w`, and a view of each kind.
    struct Tested;

    impl Tables for Tested {
        fn is_known(&self, name: &str) -> bool {
            ["t", "u", "w", "by_project", "by_x"].contains(&name)
        }

        fn is_in_pieces(&self, name: &str) -> bool {
            ["t", "u"].contains(&name)
        }

        fn view(&self, name: &str) -> Option<Query> {
            let sql = match name {
                "by_project" => {
                    "WITH a AS (SELECT project_key, x FROM t) SELECT project_key, SUM(x) AS x FROM a GROUP BY project_key"
                }
                "by_x" => "SELECT x, COUNT(*) AS n FROM t GROUP BY x",
                _ => return None,
            };
            prepared(name, sql, true).expect("macros").map(|(query, _)| query)
        }
    }

    fn pieces(sql: &str) -> Option<Pieces> {
        let (query, _) = prepared("a test", sql, false).expect("macros").expect("a query");
        Pieces::of(&query, &Tested)
    }

    /// What is kept of each piece, and what is made of that.
    fn kept(sql: &str) -> Vec<(String, Option<String>)> {
        let stages = pieces(sql).expect("something in pieces").stages;
        let kept = stages.into_iter().flat_map(|stage| stage.results);
        kept.map(|kept| {
            let of_piece: Vec<String> = kept.of_piece.into_iter().map(|sql| sql.of_projects).collect();
            (of_piece.join("; "), kept.of_all)
        })
        .collect()
    }

    #[test]
    fn what_aggregates_over_projects_is_made_of_what_each_piece_gives() {
        let sql = "WITH c AS (SELECT x, COALESCE(project_key, y) AS k, COUNT(*) AS n FROM t GROUP BY x, COALESCE(project_key, y)) \
                   SELECT x, CAST(SUM(n * n) AS DOUBLE) / COUNT(*) AS m FROM c GROUP BY x ORDER BY m, x";
        let of_piece = "SELECT x AS __key0, SUM(n * n) AS __part0, COUNT(*) AS __part1 FROM c GROUP BY x";
        let of_all = "SELECT CAST(SUM(__part0) AS DOUBLE) / SUM(__part1) AS m FROM __result__parts GROUP BY __key0";
        assert_eq!(kept(sql), [(of_piece.to_owned(), Some(of_all.replacen("SELECT ", "SELECT __key0 AS x, ", 1)))]);
        let pieces = pieces(sql).expect("something in pieces");
        assert_eq!(pieces.rest, "SELECT * FROM __result ORDER BY m, x");
        // Where every row has a project, what would stand for it is not read.
        let rows = &pieces.stages[0].rows[0];
        assert!(rows.sql.text.contains("COALESCE(project_key, y)") && !rows.sql.of_projects.contains("y)"), "{rows:?}");
    }

    #[test]
    fn of_quantiles_pieces_give_the_values_and_of_different_values_each_once() {
        let kept = kept(
            "SELECT x, QUANTILE_CONT(y, 0.5) AS q, COUNT(DISTINCT z) AS z, COUNT(DISTINCT project_key) AS p FROM t GROUP BY x",
        );
        let of_piece = "SELECT x AS __key0, COUNT(DISTINCT project_key) AS __part0 FROM t GROUP BY x; \
                        SELECT x AS __key0, y AS __value0 FROM t WHERE ((y) IS NOT NULL); \
                        SELECT x AS __key0, z AS __different0 FROM t WHERE ((z) IS NOT NULL) GROUP BY x, z";
        let of_all = "SELECT __key0 AS x, quantile_cont(__value0, 0.5) AS q, COUNT(DISTINCT __different0) AS z, SUM(__part0) AS p \
                      FROM __result__parts GROUP BY __key0";
        assert_eq!(kept, [(of_piece.to_owned(), Some(of_all.to_owned()))]);
    }

    #[test]
    fn what_brings_projects_together_otherwise_is_not_taken_apart() {
        for sql in [
            // Nothing of it is in pieces.
            "SELECT COUNT(*) AS n FROM w",
            "SELECT n FROM by_x",
            // Rows of different projects meet.
            "SELECT COUNT(*) AS n FROM t JOIN u ON t.x = u.x",
            "SELECT COUNT(*) AS n FROM w LEFT JOIN t ON w.x = t.x",
            "SELECT COUNT(*) AS n FROM t WHERE x IN (SELECT x FROM u)",
            "WITH a AS (SELECT x, ROW_NUMBER() OVER (ORDER BY x) AS r FROM t) SELECT MAX(r) AS r FROM a",
            "SELECT COUNT(*) AS n FROM (SELECT x FROM t LIMIT 5) AS a",
            // What its aggregate is nobody here knows, or its values are not all of it.
            "SELECT STDDEV(x) AS s FROM t",
            "SELECT QUANTILE_CONT(x, 0.5) FILTER (WHERE y > 1) AS q FROM t",
            "SELECT SUM(DISTINCT x) AS s FROM t",
            // Forms of which nothing is known.
            "WITH w AS (SELECT x FROM t) SELECT COUNT(*) AS n FROM w",
            "WITH a(y) AS (SELECT x FROM t) SELECT COUNT(*) AS n FROM a",
        ] {
            assert_eq!(pieces(sql), None, "{sql}");
        }
    }

    #[test]
    fn projects_are_joined_and_ranked_within_pieces() {
        for sql in [
            "SELECT COUNT(*) AS n FROM t JOIN u ON t.project_key = u.project_key AND t.x = u.x",
            "SELECT COUNT(DISTINCT u.project_key) AS n FROM t LEFT JOIN u ON t.project_key = u.project_key",
            "SELECT COUNT(*) AS n FROM w JOIN t ON w.x = t.x",
            "WITH a AS (SELECT x, ROW_NUMBER() OVER (PARTITION BY project_key ORDER BY x) AS r FROM t) SELECT MAX(r) AS r FROM a",
            "SELECT COUNT(*) AS n FROM (SELECT DISTINCT project_key FROM t) AS a",
            "SELECT x, COUNT(*) AS n FROM by_project GROUP BY x",
        ] {
            let pieces = pieces(sql).unwrap_or_else(|| panic!("{sql}"));
            assert!(pieces.stages.iter().all(|stage| stage.whole.is_empty()), "{sql}: {pieces:?}");
        }
        let pieces = pieces("SELECT x, COUNT(*) AS n FROM by_project GROUP BY x").expect("pieces");
        assert_eq!(pieces.tables, BTreeSet::from(["t".to_owned()]));
    }

    #[test]
    fn what_cannot_be_combined_reads_what_was_counted_of_all_pieces() {
        let sql = "WITH a AS (SELECT project_key, x, COUNT(*) AS n FROM t GROUP BY project_key, x), \
                   b AS (SELECT n, ROW_NUMBER() OVER (ORDER BY n) AS r FROM a) SELECT MAX(r) AS r FROM b WHERE n > 1";
        assert_eq!(kept(sql), [("SELECT n FROM a".to_owned(), None)]);
    }

    #[test]
    fn a_whole_part_of_a_union_is_in_the_piece_without_projects_alone() {
        let sql = "WITH a AS (SELECT x FROM t UNION ALL SELECT x FROM w) SELECT x, COUNT(*) AS n FROM a GROUP BY x";
        let rows = &pieces(sql).expect("pieces").stages[0].rows[0];
        assert!(rows.sql.text.contains("FROM w") && !rows.sql.of_projects.contains("FROM w"), "{rows:?}");
    }

    #[test]
    fn no_query_has_a_large_mart_in_memory_as_a_whole() {
        let library = Library::load().expect("the library is in order");
        let catalog = Catalog::without_rows(&library).expect("tables");
        let mut whole = BTreeMap::new();
        for query in [Kind::View, Kind::Report].into_iter().flat_map(|kind| library.of_kind(kind)) {
            let is_view = query.kind == Kind::View;
            let (statement, _) = prepared(query.name, query.sql, is_view).expect("macros").expect("a query");
            let parts = if is_view { by_dimension(&statement) } else { vec![statement] };
            let marts = parts.iter().flat_map(|part| match Pieces::of(part, &catalog) {
                Some(pieces) => read_whole(&pieces, &catalog),
                None => tables(part).into_iter().filter(|table| catalog.is_in_pieces(table)).collect(),
            });
            let marts: BTreeSet<String> = marts.collect();
            if !marts.is_empty() {
                whole.insert(query.name, marts);
            }
        }
        // That is all rows of a mart, for publishing.
        assert_eq!(whole, BTreeMap::from([("node_figures", BTreeSet::from(["node_days".to_owned()]))]));
    }
}
