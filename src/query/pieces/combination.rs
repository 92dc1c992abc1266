//! An aggregation that can be made of those of pieces: counts, sums, least and greatest values.

use std::ops::ControlFlow;

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArguments, GroupByExpr, Ident, Query, Select, SelectItem,
    VisitMut, VisitorMut,
};

use super::scope::{Scope, aggregates, arguments, is_of_one_row, last_name, name_of};

/// An aggregation of pieces, and that of what these give.
pub(super) struct Combination {
    /// What each piece gives: the values grouped by, and the parts of each aggregate.
    pub of_piece: Select,
    /// The statement that makes the result of all that the pieces give.
    pub of_all: String,
}

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
            Some(value) => Some(value.clone()),
            None => Some(by.clone()),
        }
    };
    by.iter().map(key).collect()
}

impl Combination {
    /// That of an aggregating SELECT over pieces; `parts` is what it calls all that these give. `None` if it aggregates
    /// otherwise.
    pub(super) fn of(select: &Select, scope: &Scope, parts: &str) -> Option<Self> {
        let keys = grouped_by(select)?;
        let mut taking = Taking { scope, keys: &keys, parts: Vec::new() };
        let mut given = Vec::new();
        for item in &select.projection {
            let (mut value, name) = match item {
                SelectItem::UnnamedExpr(value) => (value.clone(), last_name(value)?),
                SelectItem::ExprWithAlias { expr, alias } => (expr.clone(), alias.value.clone()),
                _ => return None,
            };
            taking.take(&mut value)?;
            given.push(format!("{value} AS {name}"));
        }
        let mut having = select.having.clone();
        if let Some(having) = &mut having {
            taking.take(having)?;
        }
        let key = |place: usize| Ident::new(key_name(place));
        let part = |(place, part): (usize, &Function)| (Expr::Function(part.clone()), Ident::new(part_name(place)));
        let of_keys = keys.iter().enumerate().map(|(place, value)| (value.clone(), key(place)));
        let of_piece = of_keys.chain(taking.parts.iter().enumerate().map(part));
        let projection = of_piece.map(|(expr, alias)| SelectItem::ExprWithAlias { expr, alias }).collect();
        let group_by = GroupByExpr::Expressions(keys.clone(), Vec::new());
        let of_piece = Select { projection, group_by, having: None, ..select.clone() };
        let mut of_all = format!("SELECT {} FROM {parts}", given.join(", "));
        if !keys.is_empty() {
            let names: Vec<String> = (0..keys.len()).map(key_name).collect();
            of_all += &format!(" GROUP BY {}", names.join(", "));
        }
        if let Some(having) = having {
            of_all += &format!(" HAVING {having}");
        }
        Some(Self { of_piece, of_all })
    }
}

fn key_name(place: usize) -> String {
    format!("__key{place}")
}

fn part_name(place: usize) -> String {
    format!("__part{place}")
}

/// Takes the aggregates out of an expression: what it then says is of those of pieces.
struct Taking<'a> {
    scope: &'a Scope,
    keys: &'a [Expr],
    /// The aggregates that a piece has to give.
    parts: Vec<Function>,
}

impl Taking<'_> {
    fn take(&mut self, value: &mut Expr) -> Option<()> {
        value.visit(self).is_continue().then_some(())
    }

    /// What an aggregate is of those of pieces: their sum, or the least or greatest.
    fn combined(&mut self, function: &Function) -> Option<Expr> {
        let is_distinct = matches!(
            &function.args,
            FunctionArguments::List(list) if list.duplicate_treatment == Some(DuplicateTreatment::Distinct)
        );
        let by = match name_of(function).as_str() {
            // Each project is in one piece.
            "count" if is_distinct => {
                let [value] = arguments(function)[..] else { return None };
                self.scope.is_key_or_null(value).then_some("SUM")?
            }
            _ if is_distinct => return None,
            "count" | "sum" => "SUM",
            "min" => "MIN",
            "max" => "MAX",
            _ => return None,
        };
        let place = self.parts.iter().position(|part| part == function).unwrap_or_else(|| {
            self.parts.push(function.clone());
            self.parts.len() - 1
        });
        let mut combined = function.clone();
        combined.name = vec![Ident::new(by)].into();
        combined.filter = None;
        if let FunctionArguments::List(list) = &mut combined.args {
            list.duplicate_treatment = None;
            list.args = vec![FunctionArg::Unnamed(Expr::Identifier(Ident::new(part_name(place))).into())];
        }
        Some(Expr::Function(combined))
    }
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
