//! What the names in one SELECT stand for, as far as projects go.

use std::collections::BTreeSet;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Join, JoinConstraint,
    JoinOperator, Select, SelectItem, SelectItemQualifiedWildcardKind, TableFactor, Visit, WindowType,
};

use super::super::macros;
use super::super::walk::any_expression;

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
    /// Its columns that tell the project, so that equal values are in one piece; `None`: it is whole.
    keys: Option<BTreeSet<String>>,
    /// Whether they are null where nothing was joined, in every piece.
    is_optional: bool,
}

/// The sources of a SELECT that can be run over one piece after the other.
pub(super) struct Scope {
    sources: Vec<Source>,
}

impl Scope {
    /// That of a SELECT over pieces; `None` if rows of several pieces would meet in it. `keys` says of a table which of its
    /// columns tell the project, if it is in pieces.
    pub(super) fn of(select: &Select, keys: &impl Fn(&str) -> Option<BTreeSet<String>>) -> Option<Self> {
        let [from] = select.from.as_slice() else { return None };
        let mut scope = Self { sources: vec![source(&from.relation, keys)?] };
        for join in &from.joins {
            scope.join(join, keys)?;
        }
        Some(scope)
    }

    /// Adds what is joined, if that brings no rows of different pieces together.
    fn join(&mut self, join: &Join, keys: &impl Fn(&str) -> Option<BTreeSet<String>>) -> Option<()> {
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
                joined.is_optional = is_left;
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
                let is_of_joined = |part: &Expr| is_by_alias(part) && joined.has_key(part);
                let is_of_others = |part: &Expr| is_by_alias(part) && self.has_key(part, true);
                (is_of_joined(left) && is_of_others(right)) || (is_of_others(left) && is_of_joined(right))
            }
            _ => false,
        }
    }

    /// Whether a value tells the project: equal ones are in one piece.
    pub(super) fn is_key(&self, value: &Expr) -> bool {
        match value {
            Expr::Nested(inner) => self.is_key(inner),
            // Rows without a project are all in one piece.
            Expr::Function(function) if name_of(function) == "coalesce" => {
                arguments(function).first().is_some_and(|first| self.is_key(first))
            }
            _ => self.has_key(value, false),
        }
    }

    /// Whether a value, where there is one, tells the project.
    pub(super) fn is_key_or_null(&self, value: &Expr) -> bool {
        match value {
            Expr::Case { operand: None, conditions, else_result: None, .. } => {
                conditions.iter().all(|when| self.is_key_or_null(&when.result))
            }
            _ => self.is_key(value) || self.has_key(value, true),
        }
    }

    fn has_key(&self, value: &Expr, or_null: bool) -> bool {
        self.sources.iter().filter(|source| or_null || !source.is_optional).any(|source| source.has_key(value))
    }

    /// The columns of sources that tell the project.
    fn source_keys(&self, is_wanted: impl Fn(&Source) -> bool) -> impl Iterator<Item = String> {
        let sources = self.sources.iter().filter(move |source| !source.is_optional && is_wanted(source));
        sources.filter_map(|source| source.keys.clone()).flatten()
    }

    /// Whether each of the columns that a SELECT gives tells the project; `None` where a wildcard hides their order.
    pub(super) fn given(&self, select: &Select) -> Option<Vec<bool>> {
        let given = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(self.is_key(expr)),
            _ => None,
        };
        select.projection.iter().map(given).collect()
    }

    /// The columns that a SELECT gives which tell the project.
    pub(super) fn keys(&self, select: &Select) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(value) if self.is_key(value) => keys.extend(last_name(value)),
                SelectItem::ExprWithAlias { expr, alias } if self.is_key(expr) => {
                    keys.insert(alias.value.to_lowercase());
                }
                SelectItem::Wildcard(_) => keys.extend(self.source_keys(|_| true)),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    keys.extend(self.source_keys(|source| name.to_string().eq_ignore_ascii_case(&source.alias)));
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
    /// Whether a value is one of its columns that tell the project.
    fn has_key(&self, value: &Expr) -> bool {
        let Some(keys) = &self.keys else { return false };
        match value {
            Expr::Identifier(name) => keys.contains(&name.value.to_lowercase()),
            Expr::CompoundIdentifier(names) => match names.as_slice() {
                [table, name] => {
                    table.value.eq_ignore_ascii_case(&self.alias) && keys.contains(&name.value.to_lowercase())
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// Whether a column is named with its table.
fn is_by_alias(value: &Expr) -> bool {
    matches!(value, Expr::CompoundIdentifier(_))
}

/// What a FROM names; `None` if that is anything else than a table.
fn source(of: &TableFactor, keys: &impl Fn(&str) -> Option<BTreeSet<String>>) -> Option<Source> {
    let TableFactor::Table { name, alias, args: None, .. } = of else { return None };
    let name = name.to_string().to_lowercase();
    let keys = keys(&name);
    if alias.as_ref().is_some_and(|alias| !alias.columns.is_empty()) {
        return None;
    }
    let alias = alias.as_ref().map_or(name, |alias| alias.name.value.to_lowercase());
    Some(Source { alias, keys, is_optional: false })
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
