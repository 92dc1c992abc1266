//! What a statement is taken apart into.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{
    Cte, Distinct, Expr, Ident, OrderByKind, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier,
    TableFactor, TableWithJoins, WildcardAdditionalOptions,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::super::walk::{change_expressions, change_tables, each_table};
use super::combination::{Combination, grouped_by};
use super::keys::{Keys, Tells};
use super::scope::{Scope, aggregates, last_name};
use super::{INVOCATION, Kept, PROJECT, Tables};

/// How the result of a statement is made.
pub(super) enum Made {
    /// Over whole tables: it reads nothing of a piece, or what cannot be taken apart.
    Whole,
    /// Piece by piece.
    InPieces {
        /// Its columns that tell of the piece.
        keys: Keys,
        /// Whether it has fewer rows than the marts have: it is counted by project.
        is_counted: bool,
    },
    /// Out of what each piece gives.
    Combined(Combination),
}

/// A CTE, or the statement itself.
pub(super) struct Statement {
    pub name: String,
    pub query: Query,
    pub made: Made,
    /// When it can be run over pieces, or whole: in the stage of this number.
    pub stage: usize,
    /// The columns that it gives, where they are known.
    pub given: Option<Vec<String>>,
}

impl Statement {
    /// Whether its rows are made piece by piece.
    pub(super) fn is_in_pieces(&self) -> bool {
        matches!(self.made, Made::InPieces { .. })
    }

    /// Whether the rows of all pieces are put together for whoever reads all of them. Rows that are the marts' own are read
    /// from whole tables instead.
    pub(super) fn is_gathered(&self) -> bool {
        matches!(self.made, Made::InPieces { is_counted: true, .. })
    }
}

/// A statement that is being taken apart.
pub(super) struct Taking<'a> {
    tables: &'a dyn Tables,
    /// Whether rows without a project are divided by their invocation; else they are all in one piece.
    by_invocation: bool,
    pub statements: Vec<Statement>,
}

/// The name of the rows of the statement itself, where they are made of pieces.
const RESULT: &str = "__result";

impl<'a> Taking<'a> {
    /// Nothing is taken yet.
    pub(super) fn new(tables: &'a dyn Tables, by_invocation: bool) -> Self {
        Self { tables, by_invocation, statements: Vec::new() }
    }

    /// Whether everything is made as it is of other pieces of the same statement.
    pub(super) fn is_made_like(&self, other: &Self) -> bool {
        let is_like = |(one, other): (&Statement, &Statement)| match (&one.made, &other.made) {
            (Made::Whole, Made::Whole) | (Made::InPieces { .. }, Made::InPieces { .. }) => one.name == other.name,
            (Made::Combined(one), Made::Combined(other)) => one == other,
            _ => false,
        };
        self.statements.len() == other.statements.len() && self.statements.iter().zip(&other.statements).all(is_like)
    }

    /// Takes the CTEs of a statement, whose names get a prefix; what is left of it.
    pub(super) fn statement(&mut self, query: &Query, prefix: &str) -> Option<Query> {
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
        branches(&mut query.body, &mut |branch| self.name_columns(branch));
        let SetExpr::Select(_) = &*query.body else { return self.add_union(name, query) };
        let (made, stage) = self.made(&name, &query);
        let given = given(&query);
        self.statements.push(Statement { name, query, made, stage, given });
        Some(())
    }

    /// Names the columns that a wildcard stands for, where they are those of one statement.
    fn name_columns(&self, branch: &mut SetExpr) {
        let SetExpr::Select(select) = branch else { return };
        let [TableWithJoins { relation: TableFactor::Table { name, .. }, joins }] = select.from.as_slice() else {
            return;
        };
        let of = self.statement_of(&name.to_string().to_lowercase()).and_then(|of| of.given.clone());
        let (Some(columns), true) = (of, joins.is_empty()) else { return };
        let column = |name: &String| SelectItem::UnnamedExpr(Expr::Identifier(Ident::new(name)));
        let plain = WildcardAdditionalOptions::default();
        let named = select.projection.iter().flat_map(|item| match item {
            SelectItem::Wildcard(options) if *options == plain => columns.iter().map(column).collect(),
            other => vec![other.clone()],
        });
        select.projection = named.collect();
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

    /// The columns of a union that tell of the piece, and whether all of it is counted; `None` if it is not in pieces. Whole
    /// parts are in the first, which has the rows without a project as well: as a whole, then.
    fn union_keys(&self, parts: &[(Query, Made)]) -> Option<(Keys, bool)> {
        let (mut common, mut is_counted): (Option<Vec<Option<Tells>>>, bool) = (None, true);
        if parts.iter().all(|(query, _)| self.is_whole(query)) {
            return None;
        }
        for (query, made) in parts {
            let SetExpr::Select(select) = &*query.body else { return None };
            let keys = match made {
                Made::InPieces { is_counted: of_part, .. } => {
                    is_counted &= of_part;
                    self.scope(select)?.given(select)?
                }
                Made::Whole if self.is_whole(query) && !self.by_invocation => vec![None; select.projection.len()],
                Made::Whole | Made::Combined(..) => return None,
            };
            match &mut common {
                Some(common) if common.len() == keys.len() => {
                    common.iter_mut().zip(keys).for_each(|(common, of_part)| {
                        *common = common.zip(of_part).and_then(|(common, of_part)| common.or(of_part));
                    });
                }
                Some(_) => return None,
                None => common = Some(keys),
            }
        }
        // They have the names that the first part gives them.
        let names = given(&parts.first()?.0)?;
        let keys = names.into_iter().zip(common?).filter_map(|(name, tells)| Some((name, tells?))).collect();
        Some((keys, is_counted))
    }

    /// Whether a query reads nothing that is in pieces.
    pub(super) fn is_whole(&self, query: &Query) -> bool {
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
        if self.statement_of(name).is_some() {
            return Some(());
        }
        let Some(query) = self.tables.view(name) else { return Some(()) };
        let mut of_view = Taking::new(self.tables, self.by_invocation);
        let Some(rest) = of_view.statement(&query, &format!("{name}__")) else { return Some(()) };
        if of_view.add(name.to_owned(), rest).is_none() {
            return Some(());
        }
        if of_view.statements.last().is_some_and(Statement::is_in_pieces) {
            let new: Vec<Statement> =
                of_view.statements.into_iter().filter(|of_view| self.statement_of(&of_view.name).is_none()).collect();
            self.statements.extend(new);
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
        each_table(query, |table| {
            named += 1;
            is_in_pieces |= self.keys(&table.to_string().to_lowercase()).is_some();
        });
        if !is_in_pieces || named != of_from || !scope.windows_are_of_projects(select) {
            return None;
        }
        let is_counted = tables(query).iter().any(|table| self.statement_of(table).is_some_and(Statement::is_gathered));
        let keys = scope.keys(select);
        let by = grouped_by(select);
        let is_aggregate = by.as_ref().is_none_or(|by| !by.is_empty()) || aggregates(&select.projection);
        if !is_aggregate {
            return match &select.distinct {
                None => Some(Made::InPieces { keys, is_counted }),
                Some(Distinct::Distinct) if keys.values().any(|tells| *tells == Tells::Piece) => {
                    Some(Made::InPieces { keys, is_counted: true })
                }
                Some(Distinct::Distinct) => Some(Made::Combined(Combination::different(select, &Kept::parts(name)))),
                Some(_) => None,
            };
        }
        if select.distinct.is_some() {
            return None;
        }
        if by?.iter().any(|by| scope.is_key(by)) {
            return Some(Made::InPieces { keys, is_counted: true });
        }
        Combination::of(select, &scope, &Kept::parts(name)).map(Made::Combined)
    }

    /// The names in a SELECT that can be run over pieces.
    pub(super) fn scope(&self, select: &Select) -> Option<Scope> {
        Scope::of(select, &|table| self.keys(table))
    }

    /// The columns of a table that tell of the piece, if it is in pieces.
    fn keys(&self, table: &str) -> Option<Keys> {
        let of_mart = || match self.by_invocation {
            false => Keys::from([(PROJECT.to_owned(), Tells::Piece)]),
            true => Keys::from([(PROJECT.to_owned(), Tells::Project), (INVOCATION.to_owned(), Tells::Invocation)]),
        };
        match self.statement_of(table).map(|statement| &statement.made) {
            Some(Made::InPieces { keys, .. }) => Some(keys.clone()),
            Some(_) => None,
            None => self.tables.is_in_pieces(table).then(of_mart),
        }
    }

    pub(super) fn statement_of(&self, name: &str) -> Option<&Statement> {
        self.statements.iter().rfind(|statement| statement.name == name)
    }

    /// The first stage in which all is there that a statement reads, over pieces or whole.
    fn stage_of(&self, query: &Query, over_pieces: bool) -> usize {
        let stage = |table: &String| {
            let Some(statement) = self.statement_of(table) else { return 0 };
            match statement.made {
                Made::Whole => statement.stage,
                Made::InPieces { .. } if over_pieces || !statement.is_gathered() => statement.stage,
                Made::InPieces { .. } | Made::Combined(..) => statement.stage + 1,
            }
        };
        tables(query).iter().map(stage).max().unwrap_or(0)
    }

    /// Takes the statement itself, whose rows may be made of pieces: what is left then orders them.
    pub(super) fn last(&mut self, mut query: Query) -> Query {
        let unordered = Query { order_by: None, limit_clause: None, fetch: None, ..query.clone() };
        let names = given(&unordered);
        let mut by = match query.order_by.as_ref().map(|by| &by.kind) {
            Some(OrderByKind::Expressions(by)) => by.clone(),
            Some(OrderByKind::All(_)) => return query,
            None => Vec::new(),
        };
        let is_given = |name: &str| names.as_ref().is_some_and(|names| names.iter().any(|given| given == name));
        // By names that it gives, not by those of its sources.
        let mut is_known = true;
        change_expressions(&mut by, |value| {
            if let Some(name) = last_name(value) {
                is_known &= is_given(&name);
                *value = Expr::Identifier(Ident::new(name));
            }
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
}

/// Does something with each SELECT of a UNION ALL; whether that is all there is.
pub(super) fn branches(body: &mut SetExpr, each: &mut impl FnMut(&mut SetExpr)) -> bool {
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

/// The tables that a query names.
pub(super) fn tables(query: &Query) -> BTreeSet<String> {
    reads(query).into_keys().collect()
}

/// The tables that a query names, and how often.
pub(in crate::query) fn reads(query: &Query) -> BTreeMap<String, usize> {
    let mut tables = BTreeMap::new();
    each_table(query, |name| *tables.entry(name.to_string().to_lowercase()).or_default() += 1);
    tables
}

/// Calls some tables by other names: under a prefix.
fn rename(query: &mut Query, names: &[String], prefix: &str) {
    change_tables(query, |name| {
        let lower = name.to_string().to_lowercase();
        if names.contains(&lower) {
            *name = vec![Ident::new(format!("{prefix}{lower}"))].into();
        }
    });
}

/// The body of a statement that is written here.
fn select(sql: &str) -> Option<SetExpr> {
    let mut parsed = Parser::new(&GenericDialect {}).try_with_sql(sql).ok()?;
    parsed.parse_query().ok().map(|query| *query.body)
}

/// A table in a FROM, by another name.
fn table(name: &str, alias: Ident) -> Option<TableFactor> {
    let SetExpr::Select(mut select) = select(&format!("SELECT 1 FROM {name} AS {alias}"))? else { return None };
    select.from.pop().map(|from| from.relation)
}
