//! An aggregation that can be made of what pieces give: of counts, sums, least and greatest values those of each piece; of
//! quantiles the values, and of different values each once.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArguments, GroupByExpr, Ident, Query,
    Select, SelectItem, VisitorMut,
};

use super::super::walk::{any_expression, change};
use super::scope::{Scope, aggregates, arguments, is_of_one_row, last_name, name_of};

/// What pieces give of an aggregation, and what that makes.
#[derive(PartialEq)]
pub(super) struct Combination {
    /// What each piece gives. All have the values grouped by, and each some columns that the others do not have.
    pub given: Vec<Given>,
    /// The statement that makes the result of all that is given, one below the other. Aggregates pass over nulls, which is
    /// what a column has in rows that do not know it.
    pub of_all: String,
}

/// Some of what each piece gives.
#[derive(PartialEq)]
pub(super) struct Given {
    pub of_piece: Select,
    pub of_all: OfAll,
}

/// What makes less of some of what all pieces give, which it reads one below the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::query) enum OfAll {
    /// Nothing: it is little.
    Rows,
    /// Statements that aggregate values of which all are needed: one that groups them by their keys, and one for those of a
    /// single key.
    Values { by_keys: String, of_one: String },
    /// The statement that counts different values, of each key; whoever reads its numbers adds up several of one key.
    Different { sql: String },
}

/// What the names of the values that are grouped by begin with.
pub(super) const KEY: &str = "__key";

/// What the names of different values begin with.
pub(super) const DIFFERENT: &str = "__different";

/// The expressions that a SELECT is grouped by: the names of columns it gives are what these are. `None` if that is not
/// certain.
pub(super) fn grouped_by(select: &Select) -> Option<Vec<Expr>> {
    let GroupByExpr::Expressions(by, modifiers) = &select.group_by else { return None };
    if !modifiers.is_empty() {
        return None;
    }
    let key = |by: &Expr| {
        let Expr::Identifier(name) = by else {
            // A number is the place of a column.
            return (!matches!(by, Expr::Value(_))).then(|| by.clone());
        };
        let aliased = select.projection.iter().find_map(|item| match item {
            SelectItem::ExprWithAlias { expr, alias } if alias.value.eq_ignore_ascii_case(&name.value) => Some(expr),
            _ => None,
        });
        match aliased {
            // That of a source's column, of which an aggregate is made.
            Some(value) if aggregates(value) => Some(by.clone()),
            Some(value) if last_name(value).as_deref() == Some(&name.value.to_lowercase()) => Some(value.clone()),
            // It may be that of a source's column as well.
            Some(value) if names(value, &name.value) => None,
            Some(value) => Some(value.clone()),
            None => Some(by.clone()),
        }
    };
    by.iter().map(key).collect()
}

/// Whether an expression names a column of this name.
fn names(value: &Expr, name: &str) -> bool {
    any_expression(value, |part| last_name(part).is_some_and(|part| part == name.to_lowercase()))
}

impl Combination {
    /// That of a SELECT DISTINCT.
    pub(super) fn different(select: &Select, parts: &str) -> Self {
        let given = Given { of_piece: select.clone(), of_all: OfAll::Rows };
        Self { given: vec![given], of_all: format!("SELECT DISTINCT * FROM {parts}") }
    }

    /// That of an aggregating SELECT over pieces; `parts` is what it calls all that these give. `None` if it aggregates
    /// otherwise.
    pub(super) fn of(select: &Select, scope: &Scope, parts: &str) -> Option<Self> {
        let keys = grouped_by(select)?;
        let mut taking = Taking {
            scope,
            keys: &keys,
            parts: Vec::new(),
            values: Vec::new(),
            wholes: Vec::new(),
            different: Vec::new(),
        };
        let mut columns = Vec::new();
        for item in &select.projection {
            let (mut value, name) = match item {
                SelectItem::UnnamedExpr(value) => (value.clone(), last_name(value)?),
                SelectItem::ExprWithAlias { expr, alias } => (expr.clone(), alias.value.clone()),
                _ => return None,
            };
            taking.take(&mut value)?;
            columns.push(format!("{value} AS {name}"));
        }
        let mut having = select.having.clone();
        if let Some(having) = &mut having {
            taking.take(having)?;
        }
        let given = taking.of_piece(select, parts);
        let mut of_all = grouped(&columns, keys.len(), parts);
        if let Some(having) = having {
            of_all += &format!(" HAVING {having}");
        }
        Some(Self { given, of_all })
    }
}

fn key_name(place: usize) -> String {
    format!("{KEY}{place}")
}

fn part_name(place: usize) -> String {
    format!("__part{place}")
}

fn whole_name(place: usize) -> String {
    format!("__whole{place}")
}

fn count_name(place: usize) -> String {
    format!("__count{place}")
}

fn value_name(place: usize) -> String {
    format!("__value{place}")
}

fn different_name(place: usize) -> String {
    format!("{DIFFERENT}{place}")
}

/// A statement over what pieces give, grouped by so many values.
fn grouped(given: &[String], keys: usize, parts: &str) -> String {
    let mut sql = format!("SELECT {} FROM {parts}", given.join(", "));
    if keys > 0 {
        let names: Vec<String> = (0..keys).map(key_name).collect();
        sql += &format!(" GROUP BY {}", names.join(", "));
    }
    sql
}

fn named((expr, name): (Expr, String)) -> SelectItem {
    SelectItem::ExprWithAlias { expr, alias: Ident::new(name) }
}

/// The place of something in a list, at whose end it is put if it is not in it.
fn place_of<T: PartialEq + Clone>(list: &mut Vec<T>, of: &T) -> usize {
    list.iter().position(|known| known == of).unwrap_or_else(|| {
        list.push(of.clone());
        list.len() - 1
    })
}

/// A SELECT, of the rows that have at least one of some values.
fn with_values(select: &Select, values: &[Expr]) -> Select {
    let known = values.iter().map(|value| Expr::IsNotNull(Box::new(Expr::Nested(Box::new(value.clone())))));
    let op = |op: BinaryOperator| {
        move |left: Expr, right: Expr| Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) }
    };
    let known = known.reduce(op(BinaryOperator::Or)).map(|known| Expr::Nested(Box::new(known)));
    let own = select.selection.clone().map(|own| Expr::Nested(Box::new(own)));
    let selection = own.into_iter().chain(known).reduce(op(BinaryOperator::And));
    Select { selection, having: None, ..select.clone() }
}

/// Takes the aggregates out of an expression: what it then says is of those of pieces.
struct Taking<'a> {
    scope: &'a Scope,
    keys: &'a [Expr],
    /// The aggregates that a piece has to give.
    parts: Vec<Function>,
    /// The values that it has to give, of every row.
    values: Vec<Expr>,
    /// The aggregates of all of them.
    wholes: Vec<Function>,
    /// The values that it has to give, each of them once.
    different: Vec<Expr>,
}

impl Taking<'_> {
    fn take(&mut self, value: &mut Expr) -> Option<()> {
        change(value, self).is_continue().then_some(())
    }

    /// What a piece has to give.
    fn of_piece(&self, select: &Select, parts: &str) -> Vec<Given> {
        let by_keys = |wholes: Vec<String>| {
            let given: Vec<String> = (0..self.keys.len()).map(key_name).chain(wholes).collect();
            grouped(&given, self.keys.len(), parts)
        };
        let keys = || self.keys.iter().enumerate().map(|(place, key)| (key.clone(), key_name(place)));
        let by = |keys: Vec<Expr>| GroupByExpr::Expressions(keys, Vec::new());
        let mut of_piece = Vec::new();
        if !self.keys.is_empty() || !self.parts.is_empty() {
            let parts = self.parts.iter().enumerate();
            let parts = parts.map(|(place, part)| (Expr::Function(part.clone()), part_name(place)));
            let projection = keys().chain(parts).map(named).collect();
            let group_by = by(self.keys.to_vec());
            let select = Select { projection, group_by, having: None, ..select.clone() };
            of_piece.push(Given { of_piece: select, of_all: OfAll::Rows });
        }
        if !self.values.is_empty() {
            let values = self.values.iter().enumerate().map(|(place, value)| (value.clone(), value_name(place)));
            let projection = keys().chain(values).map(named).collect();
            let select = Select { projection, group_by: by(Vec::new()), ..with_values(select, &self.values) };
            let wholes = self.wholes.iter().enumerate();
            let wholes = wholes.map(|(place, whole)| format!("{whole} AS {}", whole_name(place)));
            let wholes: Vec<String> = wholes.collect();
            let of_all = OfAll::Values { of_one: grouped(&wholes, 0, parts), by_keys: by_keys(wholes) };
            of_piece.push(Given { of_piece: select, of_all });
        }
        for (place, value) in self.different.iter().enumerate() {
            let projection = keys().chain([(value.clone(), different_name(place))]).map(named).collect();
            let group_by = by(self.keys.iter().chain([value]).cloned().collect());
            // Nulls too: where there is nothing else, that is counted as none.
            let select = Select { projection, group_by, having: None, ..select.clone() };
            let count = format!("COUNT(DISTINCT {}) AS {}", different_name(place), count_name(place));
            of_piece.push(Given { of_piece: select, of_all: OfAll::Different { sql: by_keys(vec![count]) } });
        }
        of_piece
    }

    /// What an aggregate is of what pieces give.
    fn combined(&mut self, function: &Function) -> Option<Expr> {
        let is_distinct = matches!(
            &function.args,
            FunctionArguments::List(list) if list.duplicate_treatment == Some(DuplicateTreatment::Distinct)
        );
        let is_whole = function.filter.is_none();
        let values = arguments(function);
        let name = name_of(function);
        let (by, of_name) = match (name.as_str(), values.as_slice()) {
            // Each project is in one piece.
            ("count", [value]) if is_distinct && !self.scope.is_key_or_null(value) => {
                ("SUM", is_whole.then(|| count_name(place_of(&mut self.different, value)))?)
            }
            ("count", [_]) if is_distinct => ("SUM", part_name(place_of(&mut self.parts, function))),
            _ if is_distinct => return None,
            ("count" | "sum", _) => ("SUM", part_name(place_of(&mut self.parts, function))),
            ("min", _) => ("MIN", part_name(place_of(&mut self.parts, function))),
            ("max", _) => ("MAX", part_name(place_of(&mut self.parts, function))),
            ("quantile_cont" | "quantile_disc", [value, Expr::Value(_)]) | ("median", [value]) if is_whole => {
                let of_values = value_name(place_of(&mut self.values, value));
                ("MAX", whole_name(place_of(&mut self.wholes, &of(function, of_values))))
            }
            _ => return None,
        };
        let mut combined = of(function, of_name);
        combined.name = vec![Ident::new(by)].into();
        combined.filter = None;
        if let FunctionArguments::List(list) = &mut combined.args {
            list.duplicate_treatment = None;
            list.args.truncate(1);
        }
        Some(Expr::Function(combined))
    }
}

/// A function of a column instead of its first value.
fn of(function: &Function, column: String) -> Function {
    let mut of_column = function.clone();
    if let FunctionArguments::List(list) = &mut of_column.args {
        let column = FunctionArg::Unnamed(Expr::Identifier(Ident::new(column)).into());
        match list.args.first_mut() {
            Some(first) => *first = column,
            None => list.args.push(column),
        }
    }
    of_column
}

impl VisitorMut for Taking<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        ControlFlow::Break(())
    }

    fn pre_visit_expr(&mut self, value: &mut Expr) -> ControlFlow<()> {
        if let Some(place) = self.keys.iter().position(|key| key == value) {
            *value = Expr::Identifier(Ident::new(key_name(place)));
            return ControlFlow::Continue(());
        }
        match value {
            Expr::Function(function) if function.over.is_some() => ControlFlow::Break(()),
            Expr::Function(function) if is_of_one_row(function) => ControlFlow::Continue(()),
            Expr::Function(function) => match self.combined(function) {
                Some(combined) => {
                    *value = combined;
                    ControlFlow::Continue(())
                }
                None => ControlFlow::Break(()),
            },
            // One of the names made here, or a column that is not grouped by.
            Expr::Identifier(name) if name.value.starts_with("__") => ControlFlow::Continue(()),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}
