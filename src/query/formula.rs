//! Computes a macro of numbers.
//!
//! The engine plans every operation of an expression for itself. The text of an interval, in which a rate stands twenty times,
//! takes it longer to plan than a million rows to read. So a macro that is longer than a line is one function for the
//! engine. What it computes is still the text of `queries/macros.sql`, read once: there is no other form of it.

use std::sync::Arc;

use polars::prelude::*;
use sqlparser::ast::{
    BinaryOperator, DataType as SqlType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
};

/// An expression over parameters, all of them numbers; null where one is that it needs.
#[derive(Debug)]
pub(super) enum Formula {
    Number(f64),
    Parameter(usize),
    Operation(Operation, Vec<Formula>),
    /// Another macro, with values for its parameters.
    Macro(Arc<Formula>, Vec<Formula>),
    /// What follows the first condition that holds, else the last.
    Case(Vec<(Condition, Formula)>, Option<Box<Formula>>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Plus,
    Minus,
    Times,
    Over,
    Power,
    Root,
    Exponential,
    Absolute,
    Greatest,
    Least,
    NullIf,
}

#[derive(Debug)]
pub(super) enum Condition {
    Less(Formula, Formula),
    AtMost(Formula, Formula),
    Known(Formula),
}

impl Formula {
    /// What a macro's text computes; `None` if not all of it is numbers and operations that are known here.
    pub(super) fn of(text: &Expr, parameters: &[String], macros: &impl Fn(&str) -> Option<Arc<Self>>) -> Option<Self> {
        let of = |part: &Expr| Self::of(part, parameters, macros);
        let pair = |operation, left: &Expr, right: &Expr| Some(Self::Operation(operation, vec![of(left)?, of(right)?]));
        match text {
            Expr::Nested(inner) => of(inner),
            Expr::Cast { expr, data_type: SqlType::Double(_), .. } => of(expr),
            Expr::Value(value) => value.to_string().parse().ok().map(Self::Number),
            Expr::Identifier(name) => {
                let name = name.value.to_lowercase();
                parameters.iter().position(|parameter| *parameter == name).map(Self::Parameter)
            }
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
                Some(Self::Operation(Operation::Minus, vec![Self::Number(0.0), of(expr)?]))
            }
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::Plus => pair(Operation::Plus, left, right),
                BinaryOperator::Minus => pair(Operation::Minus, left, right),
                BinaryOperator::Multiply => pair(Operation::Times, left, right),
                BinaryOperator::Divide => pair(Operation::Over, left, right),
                _ => None,
            },
            Expr::Case { operand: None, conditions, else_result, .. } => {
                let cases = conditions.iter().map(|case| {
                    let condition = match &case.condition {
                        Expr::BinaryOp { left, op: BinaryOperator::Lt, right } => {
                            Condition::Less(of(left)?, of(right)?)
                        }
                        Expr::BinaryOp { left, op: BinaryOperator::Gt, right } => {
                            Condition::Less(of(right)?, of(left)?)
                        }
                        Expr::BinaryOp { left, op: BinaryOperator::LtEq, right } => {
                            Condition::AtMost(of(left)?, of(right)?)
                        }
                        Expr::BinaryOp { left, op: BinaryOperator::GtEq, right } => {
                            Condition::AtMost(of(right)?, of(left)?)
                        }
                        Expr::IsNotNull(inner) => Condition::Known(of(inner)?),
                        _ => return None,
                    };
                    Some((condition, of(&case.result)?))
                });
                let last = match else_result {
                    Some(last) => Some(Box::new(of(last)?)),
                    None => None,
                };
                Some(Self::Case(cases.collect::<Option<_>>()?, last))
            }
            Expr::Function(function) => {
                let FunctionArguments::List(list) = &function.args else { return None };
                let values = list.args.iter().map(|value| match value {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => of(value),
                    _ => None,
                });
                let values = values.collect::<Option<Vec<_>>>()?;
                let name = function.name.to_string().to_lowercase();
                if let Some(called) = macros(&name) {
                    return Some(Self::Macro(called, values));
                }
                let (operation, takes) = match name.as_str() {
                    "power" => (Operation::Power, 2),
                    "sqrt" => (Operation::Root, 1),
                    "exp" => (Operation::Exponential, 1),
                    "abs" => (Operation::Absolute, 1),
                    "greatest" => (Operation::Greatest, 2),
                    "least" => (Operation::Least, 2),
                    "nullif" => (Operation::NullIf, 2),
                    _ => return None,
                };
                (values.len() == takes).then_some(Self::Operation(operation, values))
            }
            _ => None,
        }
    }

    /// How many operations its text has, those of the macros that it calls included.
    pub(super) fn size(&self) -> usize {
        let all = |of: &[Self]| of.iter().map(Self::size).sum::<usize>();
        match self {
            Self::Number(_) | Self::Parameter(_) => 0,
            Self::Operation(_, of) => all(of).saturating_add(1),
            Self::Macro(called, values) => all(values).saturating_add(called.size()),
            Self::Case(cases, last) => {
                cases.iter().map(|(_, result)| result.size().saturating_add(1)).sum::<usize>()
                    + last.as_deref().map_or(0, Self::size)
            }
        }
    }

    /// Its value for some values of the parameters.
    pub(super) fn value(&self, parameters: &[Option<f64>]) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Parameter(number) => *parameters.get(*number)?,
            Self::Macro(called, values) => {
                called.value(&values.iter().map(|value| value.value(parameters)).collect::<Vec<_>>())
            }
            Self::Case(cases, last) => match cases.iter().find(|(condition, _)| condition.holds(parameters)) {
                Some((_, result)) => result.value(parameters),
                None => last.as_ref()?.value(parameters),
            },
            Self::Operation(operation, of) => {
                let mut values = of.iter().map(|value| value.value(parameters));
                let (one, other) = (values.next().flatten(), values.next().flatten());
                operation.value(one, other)
            }
        }
    }

    /// Its values row by row; a column of one row stands for as many as the others have.
    pub(super) fn column(&self, columns: &[Column]) -> PolarsResult<Column> {
        let rows = columns.iter().map(Column::len).max().unwrap_or(0);
        let rows = if columns.iter().any(Column::is_empty) { 0 } else { rows };
        let numbers = columns
            .iter()
            .map(|column| Ok(column.cast(&DataType::Float64)?.f64()?.clone()))
            .collect::<PolarsResult<Vec<_>>>()?;
        let mut parameters = vec![None; numbers.len()];
        let values: Float64Chunked = (0..rows)
            .map(|row| {
                for (parameter, numbers) in parameters.iter_mut().zip(&numbers) {
                    *parameter = numbers.get(if numbers.len() == 1 { 0 } else { row });
                }
                self.value(&parameters)
            })
            .collect();
        let name = columns.first().map_or(PlSmallStr::EMPTY, |column| column.name().clone());
        Ok(values.with_name(name).into_column())
    }
}

impl Operation {
    fn value(self, one: Option<f64>, other: Option<f64>) -> Option<f64> {
        match self {
            Self::Plus => Some(one? + other?),
            Self::Minus => Some(one? - other?),
            Self::Times => Some(one? * other?),
            Self::Over => Some(one? / other?),
            Self::Power => Some(one?.powf(other?)),
            Self::Root => Some(one?.sqrt()),
            Self::Exponential => Some(one?.exp()),
            Self::Absolute => Some(one?.abs()),
            // Of those that are known.
            Self::Greatest => one.into_iter().chain(other).reduce(f64::max),
            Self::Least => one.into_iter().chain(other).reduce(f64::min),
            Self::NullIf => one.filter(|one| Some(*one) != other),
        }
    }
}

impl Condition {
    fn holds(&self, parameters: &[Option<f64>]) -> bool {
        let both = |one: &Formula, other: &Formula| one.value(parameters).zip(other.value(parameters));
        match self {
            Self::Less(one, other) => both(one, other).is_some_and(|(one, other)| one < other),
            Self::AtMost(one, other) => both(one, other).is_some_and(|(one, other)| one <= other),
            Self::Known(of) => of.value(parameters).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlparser::dialect::GenericDialect;
    use sqlparser::parser::Parser;

    use super::*;

    fn formula(text: &str) -> Option<Formula> {
        let expression = Parser::new(&GenericDialect {}).try_with_sql(text).and_then(|mut of| of.parse_expr());
        let double = |name: &str| {
            (name == "double_of").then(|| {
                Arc::new(Formula::Operation(Operation::Times, vec![Formula::Parameter(0), Formula::Number(2.0)]))
            })
        };
        Formula::of(&expression.expect("an expression"), &["x".to_owned(), "y".to_owned()], &double)
    }

    #[test]
    fn it_computes_what_the_text_says() {
        for (text, expected) in [
            ("x + y * 2 - 1", Some(7.0)),
            ("(x + y) * 2 / 5", Some(2.0)),
            ("-x", Some(-2.0)),
            ("CAST(x AS DOUBLE) / NULLIF(y - 3, 0)", None),
            ("GREATEST(NULLIF(x, 2), y)", Some(3.0)),
            ("LEAST(x, y) + ABS(x - y)", Some(3.0)),
            ("POWER(x, y) + SQRT(y * y * y * y)", Some(17.0)),
            ("EXP(x - 2) + 1.5e0", Some(2.5)),
            ("double_of(x) + double_of(double_of(y))", Some(16.0)),
            ("CASE WHEN x > y THEN 1 WHEN x >= 2 THEN 2 ELSE 3 END", Some(2.0)),
            ("CASE WHEN NULLIF(x, 2) < 5 THEN 1 WHEN NULLIF(x, 2) IS NOT NULL THEN 2 END", None),
            ("CASE WHEN y <= x THEN 1 ELSE x END", Some(2.0)),
        ] {
            let formula = formula(text).unwrap_or_else(|| panic!("{text} is no formula"));
            assert_eq!(formula.value(&[Some(2.0), Some(3.0)]), expected, "{text}");
        }
        for text in
            ["'a'", "z", "CAST(x AS BIGINT)", "LN(x)", "SQRT(x, y)", "CASE x WHEN 1 THEN 2 END", "x % 2", "SUM(x)"]
        {
            assert!(formula(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_column_of_one_row_stands_for_all() {
        let plus = formula("x + y").expect("a formula");
        let column = |values: &[Option<i64>]| Column::new("c".into(), values);
        let sum = plus.column(&[column(&[Some(1), None, Some(3)]), column(&[Some(10)])]).expect("numbers");
        assert_eq!(sum.f64().expect("numbers").iter().collect::<Vec<_>>(), [Some(11.0), None, Some(13.0)]);
        assert_eq!(plus.column(&[column(&[]), column(&[Some(1)])]).expect("numbers").len(), 0);
        assert!(
            plus.column(&[Column::new("c".into(), ["a"]), column(&[Some(1)])]).is_ok_and(|of| of.null_count() == 1)
        );
    }
}
