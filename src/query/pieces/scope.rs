//! What the names in one SELECT stand for, as far as projects go.

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Join, JoinConstraint,
    JoinOperator, Select, SelectItem, SelectItemQualifiedWildcardKind, TableFactor, Visit, WindowType,
};

use super::super::macros;
use super::super::walk::any_expression;
use super::keys::{Keys, Tells};

/// Functions of one row. Any other may be an aggregate.
const OF_ONE_ROW: [&str; 28] = [
    "abs",
    "ceil",
    "coalesce",
    "concat",
    "date_part",
    "exp",
    "floor",
    "greatest",
    "if",
    "ifnull",
    "least",
    "left",
    "length",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "nullif",
    "power",
    "replace",
    "right",
    "round",
    "split_part",
    "sqrt",
    "strpos",
    "substr",
    "upper",
];

/// A table, view or CTE in a FROM.
pub(super) struct Source {
    /// What it is called.
    alias: String,
    /// Its columns that tell of the piece; `None`: it is whole.
    keys: Option<Keys>,
}

/// The sources of a SELECT that can be run over one piece after the other.
pub(super) struct Scope {
    sources: Vec<Source>,
    /// What is not null in any row that the SELECT lets through.
    known: Vec<Expr>,
}

impl Scope {
    /// That of a SELECT over pieces; `None` if rows of several pieces would meet in it. `keys` says of a table which of its
    /// columns tell of the piece, if it is in pieces.
    pub(super) fn of(select: &Select, keys: &impl Fn(&str) -> Option<Keys>) -> Option<Self> {
        let [from] = select.from.as_slice() else { return None };
        let mut known = Vec::new();
        select.selection.iter().for_each(|condition| add_known(condition, &mut known));
        let mut scope = Self { sources: vec![source(&from.relation, keys)?], known };
        for join in &from.joins {
            scope.join(join, keys)?;
        }
        Some(scope)
    }

    /// Adds what is joined, if that brings no rows of different pieces together.
    fn join(&mut self, join: &Join, keys: &impl Fn(&str) -> Option<Keys>) -> Option<()> {
        let mut joined = source(&join.relation, keys)?;
        let (constraint, is_left) = match &join.join_operator {
            JoinOperator::Join(on) | JoinOperator::Inner(on) | JoinOperator::CrossJoin(on) => (on, false),
            JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (on, true),
            _ => return None,
        };
        let is_split = self.sources.iter().any(|source| source.keys.is_some());
        match (is_split, joined.keys.is_some(), is_left) {
            // A row without one in this piece may have one in another.
            (false, true, true) => return None,
            (true, true, _) => {
                let JoinConstraint::On(on) = constraint else { return None };
                if !self.are_joined_by_project(on, &joined) {
                    return None;
                }
                // Where nothing is joined its columns are null, in every piece.
                if is_left && let Some(keys) = joined.keys.take() {
                    let or_null = |(name, tells): (String, Tells)| Some((name, tells.or_null()?));
                    joined.keys = Some(keys.into_iter().filter_map(or_null).collect());
                }
            }
            _ => {}
        }
        self.sources.push(joined);
        Some(())
    }

    /// Whether all rows that a condition lets through are pairs of one project.
    fn are_joined_by_project(&self, on: &Expr, joined: &Source) -> bool {
        match on {
            Expr::Nested(inner) => self.are_joined_by_project(inner, joined),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.are_joined_by_project(left, joined) || self.are_joined_by_project(right, joined)
            }
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                // Null is joined to nothing.
                let tells =
                    |source: &Source, part: &Expr| source.tells(part).is_some_and(|tells| tells != Tells::Invocation);
                let is_of_joined = |part: &Expr| is_by_alias(part) && tells(joined, part);
                let is_of_others =
                    |part: &Expr| is_by_alias(part) && self.sources.iter().any(|source| tells(source, part));
                (is_of_joined(left) && is_of_others(right)) || (is_of_others(left) && is_of_joined(right))
            }
            _ => false,
        }
    }

    /// What a value tells of the piece.
    pub(super) fn tells(&self, value: &Expr) -> Option<Tells> {
        let tells = match value {
            Expr::Nested(inner) => self.tells(inner),
            Expr::Function(function) if name_of(function) == "coalesce" => self.first_tells(&arguments(function)),
            Expr::Case { operand: None, conditions, else_result: None, .. } => {
                let mut results = conditions.iter().map(|when| self.tells(&when.result)?.or_null());
                results.try_fold(Tells::Project, |all, of| all.or(of?))
            }
            _ => self.sources.iter().find_map(|source| source.tells(value)),
        };
        match tells {
            Some(Tells::Project) if self.known.contains(value) => Some(Tells::Piece),
            tells => tells,
        }
    }

    /// What the first of some values tells that is not null.
    fn first_tells(&self, values: &[&Expr]) -> Option<Tells> {
        let (first, others) = values.split_first()?;
        match (self.tells(first)?, others) {
            (Tells::Piece, _) => Some(Tells::Piece),
            // Both of one row: of each that has no project the invocation tells the piece.
            (Tells::Project, [second, ..]) => {
                let of_row = |source: &Source| {
                    (source.tells(first), source.tells(second)) == (Some(Tells::Project), Some(Tells::Invocation))
                };
                self.sources.iter().any(of_row).then_some(Tells::Piece)
            }
            _ => None,
        }
    }

    /// Whether a value tells the piece: equal ones are in the same.
    pub(super) fn is_key(&self, value: &Expr) -> bool {
        self.tells(value) == Some(Tells::Piece)
    }

    /// Whether a value, where there is one, tells the piece.
    pub(super) fn is_key_or_null(&self, value: &Expr) -> bool {
        matches!(self.tells(value), Some(Tells::Piece | Tells::Project))
    }

    /// What each of the columns that a SELECT gives tells; `None` where a wildcard hides their order.
    pub(super) fn given(&self, select: &Select) -> Option<Vec<Option<Tells>>> {
        let given = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(self.tells(expr)),
            _ => None,
        };
        select.projection.iter().map(given).collect()
    }

    /// The columns that a SELECT gives which tell of the piece.
    pub(super) fn keys(&self, select: &Select) -> Keys {
        let mut keys = Keys::new();
        let of_all = |sources: &mut dyn Iterator<Item = &Source>| -> Keys {
            sources.filter_map(|source| source.keys.clone()).flatten().collect()
        };
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(value) => keys.extend(last_name(value).zip(self.tells(value))),
                SelectItem::ExprWithAlias { expr, alias } => {
                    keys.extend(self.tells(expr).map(|tells| (alias.value.to_lowercase(), tells)));
                }
                SelectItem::Wildcard(_) => keys.extend(of_all(&mut self.sources.iter())),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let name = name.to_string();
                    keys.extend(of_all(&mut self.sources.iter().filter(|of| name.eq_ignore_ascii_case(&of.alias))));
                }
                _ => {}
            }
        }
        keys
    }

    /// Whether each window of a SELECT is within a project.
    pub(super) fn windows_are_of_projects(&self, select: &Select) -> bool {
        !any_expression(select, |value| match value {
            Expr::Function(Function { over: Some(WindowType::WindowSpec(window)), .. }) => {
                !window.partition_by.iter().any(|by| self.is_key(by))
            }
            Expr::Function(Function { over: Some(_), .. }) => true,
            _ => false,
        })
    }
}

impl Source {
    /// What a value tells of the piece, if it is one of its columns.
    fn tells(&self, value: &Expr) -> Option<Tells> {
        let name = match value {
            Expr::Identifier(name) => name,
            Expr::CompoundIdentifier(names) => match names.as_slice() {
                [table, name] if table.value.eq_ignore_ascii_case(&self.alias) => name,
                _ => return None,
            },
            _ => return None,
        };
        self.keys.as_ref()?.get(&name.value.to_lowercase()).copied()
    }
}

/// Adds what is not null where a condition holds.
fn add_known(condition: &Expr, known: &mut Vec<Expr>) {
    match condition {
        Expr::Nested(inner) => add_known(inner, known),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            add_known(left, known);
            add_known(right, known);
        }
        Expr::IsNotNull(value) => known.push((**value).clone()),
        _ => {}
    }
}

/// Whether a column is named with its table.
fn is_by_alias(value: &Expr) -> bool {
    matches!(value, Expr::CompoundIdentifier(_))
}

/// What a FROM names; `None` if that is anything else than a table.
fn source(of: &TableFactor, keys: &impl Fn(&str) -> Option<Keys>) -> Option<Source> {
    let TableFactor::Table { name, alias, args: None, .. } = of else { return None };
    let name = name.to_string().to_lowercase();
    let keys = keys(&name);
    if alias.as_ref().is_some_and(|alias| !alias.columns.is_empty()) {
        return None;
    }
    let alias = alias.as_ref().map_or(name, |alias| alias.name.value.to_lowercase());
    Some(Source { alias, keys })
}

/// The name of a function.
pub(super) fn name_of(function: &Function) -> String {
    function.name.to_string().to_lowercase()
}

/// The values that a function is given, if that is all.
pub(super) fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let values = list.args.iter().filter_map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value),
        _ => None,
    });
    values.collect()
}

/// Whether a function has one value for each row.
pub(super) fn is_of_one_row(function: &Function) -> bool {
    function.over.is_none() && (OF_ONE_ROW.contains(&name_of(function).as_str()) || macros::is_function(function))
}

/// Whether a part of a statement aggregates, or may: it calls what is no function of one row.
pub(super) fn aggregates(part: &impl Visit) -> bool {
    any_expression(part, |value| match value {
        Expr::Function(function) => function.over.is_none() && !is_of_one_row(function),
        _ => false,
    })
}

/// The last part of a column's name.
pub(super) fn last_name(value: &Expr) -> Option<String> {
    match value {
        Expr::Identifier(name) => Some(name.value.to_lowercase()),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.to_lowercase()),
        _ => None,
    }
}
