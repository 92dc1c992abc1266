//! The SQL of `queries/` in Spark's dialect, made from its syntax tree.
//!
//! What Spark means by a construct is what the program's own engine and DuckDB mean by it, or the construct is written
//! otherwise, or it is refused by its name. So there is a list of what is known to be the same, and nothing that is not in
//! it passes: a statement that this gives is one whose every part somebody has looked at.
//!
//! Statements are for a session that is set as the job sets it (`job.py`): ANSI mode, so that an overflow, a division by
//! zero or a value that cannot be cast is an error and no other number; UTC; timestamps without a time zone.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CastKind, CeilFloorKind, Cte, DataType, DateTimeField, Distinct, DuplicateTreatment, Expr,
    Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, GroupByExpr, Ident, Interval,
    Join, JoinConstraint, JoinOperator, LimitClause, ObjectName, OrderBy, OrderByExpr, OrderByKind, Query, Select,
    SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, SetOperator, SetQuantifier, Statement,
    TableAlias, TableFactor, TimezoneInfo, UnaryOperator, Value, VisitMut as _, VisitorMut, WildcardAdditionalOptions,
    WindowSpec, WindowType, With,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use thiserror::Error;

use crate::query::expand_macros;

/// A query that Spark would not run, or would understand otherwise.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{query}: {construct} has no faithful translation to Spark's SQL")]
pub struct Untranslated {
    /// The query.
    pub query: String,
    /// What in it.
    pub construct: String,
}

/// Functions that mean the same, each with its name in Spark.
const FUNCTIONS: [(&str, &str); 29] = [
    ("ABS", "ABS"),
    ("AVG", "AVG"),
    ("COALESCE", "COALESCE"),
    ("COUNT", "COUNT"),
    ("DENSE_RANK", "DENSE_RANK"),
    ("EXP", "EXP"),
    ("FIRST_VALUE", "FIRST_VALUE"),
    ("GREATEST", "GREATEST"),
    ("LAG", "LAG"),
    ("LAST_VALUE", "LAST_VALUE"),
    ("LEAD", "LEAD"),
    ("LEAST", "LEAST"),
    ("LENGTH", "LENGTH"),
    ("LN", "LN"),
    ("LOG10", "LOG10"),
    ("LOG2", "LOG2"),
    ("LOWER", "LOWER"),
    ("MAX", "MAX"),
    ("MIN", "MIN"),
    ("NULLIF", "NULLIF"),
    ("POWER", "POWER"),
    // Of a whole group, between the two values beside a place.
    ("QUANTILE_CONT", "PERCENTILE"),
    ("RANK", "RANK"),
    ("ROUND", "ROUND"),
    ("ROW_NUMBER", "ROW_NUMBER"),
    ("SPLIT_PART", "SPLIT_PART"),
    ("SQRT", "SQRT"),
    ("SUM", "SUM"),
    ("UPPER", "UPPER"),
];

/// A statement in Spark's dialect: macros have become their text, comments are gone.
///
/// # Errors
/// With the construct that has no translation.
pub fn translated(name: &str, sql: &str) -> Result<String, Untranslated> {
    let refused = |construct: String| Untranslated { query: name.to_owned(), construct };
    let mut statements =
        Parser::parse_sql(&GenericDialect {}, sql).map_err(|reason| refused(format!("what is no SQL ({reason})")))?;
    let (Some(Statement::Query(mut query)), true) = (statements.pop(), statements.is_empty()) else {
        return Err(refused("anything but one SELECT".to_owned()));
    };
    expand_macros(&mut query).map_err(refused)?;
    match query.visit(&mut Translator) {
        ControlFlow::Continue(()) => Ok(query.to_string()),
        ControlFlow::Break(construct) => Err(refused(construct)),
    }
}

/// Goes through a query and writes otherwise what Spark writes otherwise; stops at what it does not know.
struct Translator;

type Visited = ControlFlow<String>;

const GO_ON: Visited = ControlFlow::Continue(());

fn refuse(construct: impl Into<String>) -> Visited {
    ControlFlow::Break(construct.into())
}

/// Refuses the first of some clauses that is there.
fn none_of(clauses: &[(bool, &str)]) -> Visited {
    clauses.iter().find(|(is_there, _)| *is_there).map_or(GO_ON, |(_, name)| refuse(*name))
}

impl VisitorMut for Translator {
    type Break = String;

    fn pre_visit_query(&mut self, query: &mut Query) -> Visited {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        none_of(&[
            (fetch.is_some(), "FETCH"),
            (!locks.is_empty(), "FOR UPDATE"),
            (for_clause.is_some(), "FOR"),
            (settings.is_some(), "SETTINGS"),
            (format_clause.is_some(), "FORMAT"),
            (!pipe_operators.is_empty(), "|>"),
        ])?;
        if let Some(With { recursive, cte_tables, with_token: _ }) = with {
            none_of(&[(*recursive, "WITH RECURSIVE")])?;
            for Cte { alias, from, materialized, query: _, closing_paren_token: _ } in cte_tables {
                none_of(&[(from.is_some(), "FROM of a CTE"), (materialized.is_some(), "MATERIALIZED")])?;
                of_alias(alias)?;
            }
        }
        if let Some(OrderBy { kind, interpolate }) = order_by {
            none_of(&[(interpolate.is_some(), "INTERPOLATE")])?;
            match kind {
                OrderByKind::All(_) => return refuse("ORDER BY ALL"),
                OrderByKind::Expressions(expressions) => of_order(expressions)?,
            }
        }
        match limit_clause {
            None => {}
            Some(LimitClause::LimitOffset { limit: Some(_), offset, limit_by }) => {
                none_of(&[(offset.is_some(), "OFFSET"), (!limit_by.is_empty(), "LIMIT BY")])?;
            }
            Some(_) => return refuse("OFFSET"),
        }
        of_body(body)
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> Visited {
        let Select {
            select_token: _,
            optimizer_hints,
            distinct,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection: _,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having: _,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        none_of(&[
            (!optimizer_hints.is_empty(), "an optimizer's hint"),
            (matches!(distinct, Some(Distinct::On(_))), "DISTINCT ON"),
            (select_modifiers.is_some(), "a modifier of SELECT"),
            (top.is_some(), "TOP"),
            (exclude.is_some(), "EXCLUDE"),
            (into.is_some(), "INTO"),
            (!lateral_views.is_empty(), "LATERAL VIEW"),
            (prewhere.is_some(), "PREWHERE"),
            (!connect_by.is_empty(), "CONNECT BY"),
            (!cluster_by.is_empty(), "CLUSTER BY"),
            (!distribute_by.is_empty(), "DISTRIBUTE BY"),
            (!sort_by.is_empty(), "SORT BY"),
            (!named_window.is_empty(), "WINDOW"),
            (qualify.is_some(), "QUALIFY"),
            (value_table_mode.is_some(), "SELECT AS"),
            (*flavor != SelectFlavor::Standard, "FROM before SELECT"),
        ])?;
        match group_by {
            GroupByExpr::All(_) => return refuse("GROUP BY ALL"),
            GroupByExpr::Expressions(_, modifiers) => none_of(&[(!modifiers.is_empty(), "a modifier of GROUP BY")])?,
        }
        for item in projection {
            match item {
                SelectItem::UnnamedExpr(_) => {}
                SelectItem::ExprWithAlias { alias, .. } => of_name(alias),
                SelectItem::Wildcard(options) => of_wildcard(options)?,
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(of), options) => {
                    of_table(of)?;
                    of_wildcard(options)?;
                }
                SelectItem::QualifiedWildcard(..) => return refuse("a wildcard of an expression"),
                SelectItem::ExprWithAliases { .. } => return refuse("several names of one column"),
            }
        }
        for Join { relation: _, global, join_operator } in from.iter_mut().flat_map(|from| &mut from.joins) {
            none_of(&[(*global, "GLOBAL JOIN")])?;
            let constraint = match join_operator {
                JoinOperator::Join(constraint)
                | JoinOperator::Inner(constraint)
                | JoinOperator::Left(constraint)
                | JoinOperator::LeftOuter(constraint)
                | JoinOperator::Right(constraint)
                | JoinOperator::RightOuter(constraint)
                | JoinOperator::FullOuter(constraint)
                | JoinOperator::CrossJoin(constraint) => constraint,
                other => return refuse(format!("the join {other:?}").split('(').next().unwrap_or_default()),
            };
            match constraint {
                JoinConstraint::On(_) | JoinConstraint::None => {}
                JoinConstraint::Using(_) => return refuse("JOIN USING"),
                JoinConstraint::Natural => return refuse("NATURAL JOIN"),
            }
        }
        GO_ON
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> Visited {
        of_table(relation)
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> Visited {
        match factor {
            TableFactor::Table {
                name: _,
                alias,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
            } => {
                none_of(&[
                    (args.is_some(), "a function of tables"),
                    (!with_hints.is_empty() || !index_hints.is_empty(), "a hint of a table"),
                    (version.is_some(), "a version of a table"),
                    (*with_ordinality, "WITH ORDINALITY"),
                    (!partitions.is_empty(), "PARTITION"),
                    (json_path.is_some(), "a path in a table"),
                    (sample.is_some(), "TABLESAMPLE"),
                ])?;
                alias.as_mut().map_or(GO_ON, of_alias)
            }
            TableFactor::Derived { lateral, subquery: _, alias, sample } => {
                none_of(&[(*lateral, "LATERAL"), (sample.is_some(), "TABLESAMPLE")])?;
                alias.as_mut().map_or(GO_ON, of_alias)
            }
            TableFactor::UNNEST { .. } => refuse("UNNEST"),
            TableFactor::Pivot { .. } => refuse("PIVOT"),
            TableFactor::Unpivot { .. } => refuse("UNPIVOT"),
            TableFactor::NestedJoin { .. } => refuse("a join in parentheses"),
            other => refuse(format!("the table {other}")),
        }
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> Visited {
        let with = match expression {
            Expr::Identifier(name) => {
                of_name(name);
                None
            }
            Expr::CompoundIdentifier(names) => {
                names.iter_mut().for_each(of_name);
                None
            }
            Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::Nested(_)
            | Expr::Case { .. }
            | Expr::Exists { .. }
            | Expr::Subquery(_) => None,
            Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::Minus | UnaryOperator::Plus, .. } => None,
            Expr::UnaryOp { op, .. } => return refuse(format!("the operator {op}")),
            Expr::BinaryOp { left, op, right } => of_operation(left, op, right)?,
            Expr::Like { negated: _, any, expr: _, pattern, escape_char } => {
                // Spark takes a backslash for an escape where nothing is said of one.
                let is_plain = matches!(text_of(pattern), Some(pattern) if !pattern.contains('\\'));
                none_of(&[
                    (*any, "LIKE ANY"),
                    (escape_char.is_some(), "ESCAPE"),
                    (!is_plain, "LIKE with a pattern that is no text, or has a backslash"),
                ])?;
                None
            }
            Expr::Cast { kind, expr: _, data_type, array, format } => {
                none_of(&[
                    (*array, "a cast of arrays"),
                    (format.is_some(), "CAST … FORMAT"),
                    (!matches!(kind, CastKind::Cast | CastKind::TryCast), "this way to write a cast"),
                ])?;
                of_type(data_type)?;
                None
            }
            Expr::Extract { field, syntax: _, expr } => of_field(field, expr)?,
            Expr::Ceil { expr: _, field } | Expr::Floor { expr: _, field } => match field {
                CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) => None,
                _ => return refuse("CEIL or FLOOR to something"),
            },
            Expr::Substring { substring_from: Some(_), .. } => None,
            Expr::Value(value) => {
                of_value(&mut value.value)?;
                None
            }
            Expr::Interval(interval) => {
                of_interval(interval)?;
                None
            }
            Expr::Function(function) => {
                of_function(function)?;
                None
            }
            Expr::ILike { .. } => return refuse("ILIKE"),
            Expr::SimilarTo { .. } => return refuse("SIMILAR TO"),
            Expr::AtTimeZone { .. } => return refuse("AT TIME ZONE"),
            Expr::TypedString(_) => return refuse("a typed literal (write CAST)"),
            Expr::Array(_) => return refuse("an array"),
            Expr::Rollup(_) | Expr::Cube(_) | Expr::GroupingSets(_) => return refuse("GROUPING SETS"),
            other => return refuse(format!("the expression {other}")),
        };
        if let Some(with) = with {
            *expression = with;
        }
        GO_ON
    }
}

/// Every part of a set operation.
fn of_body(body: &SetExpr) -> Visited {
    match body {
        SetExpr::Select(_) | SetExpr::Query(_) => GO_ON,
        SetExpr::SetOperation { left, op, set_quantifier, right } => {
            let is_known = matches!(op, SetOperator::Union | SetOperator::Except | SetOperator::Intersect)
                && matches!(set_quantifier, SetQuantifier::None | SetQuantifier::All | SetQuantifier::Distinct);
            none_of(&[(!is_known, "a set operation by name")])?;
            of_body(left)?;
            of_body(right)
        }
        SetExpr::Values(_) => refuse("VALUES"),
        _ => refuse("anything but SELECT"),
    }
}

/// Says where nulls come, as the program's engine has it where nothing is said: where values larger than all would.
fn of_order(expressions: &mut [OrderByExpr]) -> Visited {
    for OrderByExpr { expr: _, options, with_fill } in expressions {
        none_of(&[(with_fill.is_some(), "WITH FILL")])?;
        options.nulls_first.get_or_insert(options.asc == Some(false));
    }
    GO_ON
}

/// Spark takes what stands in double quotes for a text, and names in backticks.
fn of_name(name: &mut Ident) {
    if name.quote_style.is_some() {
        name.quote_style = Some('`');
    }
}

fn of_table(name: &mut ObjectName) -> Visited {
    match name.0.as_mut_slice() {
        [sqlparser::ast::ObjectNamePart::Identifier(name)] => {
            of_name(name);
            GO_ON
        }
        _ => refuse(format!("the table {name}")),
    }
}

fn of_alias(TableAlias { explicit: _, name, columns, at }: &mut TableAlias) -> Visited {
    of_name(name);
    none_of(&[(at.is_some(), "AT"), (!columns.is_empty(), "names of the columns of a table")])
}

fn of_wildcard(options: &WildcardAdditionalOptions) -> Visited {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    none_of(&[
        (opt_ilike.is_some(), "* ILIKE"),
        (opt_exclude.is_some(), "* EXCLUDE"),
        (opt_except.is_some(), "* EXCEPT"),
        (opt_replace.is_some(), "* REPLACE"),
        (opt_rename.is_some(), "* RENAME"),
        (opt_alias.is_some(), "a name of *"),
    ])
}

/// The text that an expression is.
fn text_of(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn of_operation(left: &Expr, op: &BinaryOperator, right: &Expr) -> ControlFlow<String, Option<Expr>> {
    use BinaryOperator as Is;
    match op {
        Is::Plus
        | Is::Minus
        | Is::Multiply
        | Is::Divide
        | Is::Modulo
        | Is::Eq
        | Is::NotEq
        | Is::Lt
        | Is::LtEq
        | Is::Gt
        | Is::GtEq
        | Is::And
        | Is::Or
        | Is::StringConcat => ControlFlow::Continue(None),
        // Of a pattern from the beginning to the end of a text it is the same whether all of it must match or a part.
        Is::PGRegexMatch => {
            let is_whole = text_of(right).is_some_and(|pattern| pattern.starts_with('^') && pattern.ends_with('$'));
            if !is_whole {
                return ControlFlow::Break("~ with a pattern that is not from ^ to $".to_owned());
            }
            let (expr, pattern) = (Box::new(left.clone()), Box::new(right.clone()));
            ControlFlow::Continue(Some(Expr::RLike { negated: false, expr, pattern, regexp: false }))
        }
        op => ControlFlow::Break(format!("the operator {op}")),
    }
}

/// The types of columns and casts.
fn of_type(data_type: &mut DataType) -> Visited {
    match data_type {
        DataType::Varchar(None) | DataType::Text | DataType::String(None) => *data_type = DataType::String(None),
        // Zone or not is for the session to say, which the job sets.
        DataType::Timestamp(None, TimezoneInfo::None) => *data_type = timestamp("TIMESTAMP_NTZ"),
        DataType::Boolean
        | DataType::Date
        | DataType::Double(_)
        | DataType::SmallInt(None)
        | DataType::Int(None)
        | DataType::Integer(None)
        | DataType::BigInt(None) => {}
        other => return refuse(format!("the type {other}")),
    }
    GO_ON
}

fn timestamp(name: &str) -> DataType {
    DataType::Custom(ObjectName::from(Ident::new(name)), Vec::new())
}

/// A field of a time.
fn of_field(field: &mut DateTimeField, of: &Expr) -> ControlFlow<String, Option<Expr>> {
    match field {
        DateTimeField::Year
        | DateTimeField::Month
        | DateTimeField::Day
        | DateTimeField::Hour
        | DateTimeField::Minute => ControlFlow::Continue(None),
        DateTimeField::Isodow => {
            *field = DateTimeField::Custom(Ident::new("DAYOFWEEK_ISO"));
            ControlFlow::Continue(None)
        }
        // Seconds since 1970, with their fraction.
        DateTimeField::Epoch => {
            let (kind, array, format) = (CastKind::Cast, false, None);
            let data_type = timestamp("TIMESTAMP_LTZ");
            let micros = call("UNIX_MICROS", Expr::Cast { kind, expr: Box::new(of.clone()), data_type, array, format });
            let million = Expr::Value(Value::Number("1e6".to_owned(), false).into());
            let seconds = Expr::BinaryOp { left: micros.into(), op: BinaryOperator::Divide, right: million.into() };
            ControlFlow::Continue(Some(Expr::Nested(Box::new(seconds))))
        }
        other => ControlFlow::Break(format!("EXTRACT({other} …)")),
    }
}

fn call(name: &str, of: Expr) -> Expr {
    Expr::Function(Function {
        name: ObjectName::from(Ident::new(name)),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(of))],
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn of_value(value: &mut Value) -> Visited {
    match value {
        Value::Null | Value::Boolean(_) => GO_ON,
        // Spark takes a number with a point for a decimal, and computes with as many places as that type has.
        Value::Number(number, is_long) => {
            none_of(&[(*is_long, "a number with a letter")])?;
            if number.contains('.') && !number.contains(['e', 'E']) {
                number.push_str("e0");
            }
            GO_ON
        }
        // A backslash is one in SQL, and the beginning of an escape in Spark. So is a quote that is doubled the end of a
        // text there, which another one follows.
        Value::SingleQuotedString(text) => {
            none_of(&[(text.contains('\''), "a text with a quote in it")])?;
            *text = text.replace('\\', "\\\\");
            GO_ON
        }
        other => refuse(format!("the literal {other}")),
    }
}

fn of_interval(interval: &Interval) -> Visited {
    let Interval { value, leading_field, leading_precision, last_field, fractional_seconds_precision } = interval;
    let is_text = text_of(value).is_some()
        && leading_field.is_none()
        && leading_precision.is_none()
        && last_field.is_none()
        && fractional_seconds_precision.is_none();
    none_of(&[(!is_text, "an interval that is not a text")])
}

fn of_function(function: &mut Function) -> Visited {
    let Function { name, uses_odbc_syntax, parameters, args, filter: _, null_treatment, over, within_group } = function;
    let written = name.to_string();
    let Some((_, of_spark)) = FUNCTIONS.iter().find(|(known, _)| written.eq_ignore_ascii_case(known)) else {
        return refuse(format!("the function {written}"));
    };
    none_of(&[
        (*uses_odbc_syntax, "a call in braces"),
        (!matches!(parameters, FunctionArguments::None), "parameters of a function"),
        (null_treatment.is_some(), "IGNORE NULLS"),
        (!within_group.is_empty(), "WITHIN GROUP"),
    ])?;
    let FunctionArguments::List(FunctionArgumentList { duplicate_treatment, args, clauses }) = args else {
        return refuse(format!("{written} without parentheses"));
    };
    let is_plain = |arg: &FunctionArg| {
        matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(_)))
            || matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Wildcard))
    };
    let is_distinct = *duplicate_treatment == Some(DuplicateTreatment::Distinct);
    none_of(&[
        (!clauses.is_empty(), "a clause within a call"),
        (!args.iter().all(is_plain), "an argument with a name"),
        // Rows of which one value is null are counted here, and not there.
        (is_distinct && args.len() > 1, "DISTINCT of several values"),
    ])?;
    match over {
        None => {}
        Some(WindowType::NamedWindow(_)) => return refuse("a window with a name"),
        Some(WindowType::WindowSpec(WindowSpec { window_name, partition_by: _, order_by, window_frame: _ })) => {
            none_of(&[(window_name.is_some(), "a window with a name"), (is_distinct, "DISTINCT over a window")])?;
            of_order(order_by)?;
        }
    }
    *name = ObjectName::from(Ident::new(*of_spark));
    GO_ON
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Kind, Library};

    fn spark(sql: &str) -> String {
        translated("q", sql).expect("a translation")
    }

    fn refused(sql: &str) -> String {
        translated("q", sql).expect_err("no translation").construct
    }

    #[test]
    fn every_query_of_the_library_has_a_translation() {
        let library = Library::load().expect("the library is in order");
        for query in Kind::ALL.into_iter().flat_map(|kind| library.of_kind(kind)) {
            if let Err(refused) = translated(query.name, query.sql) {
                panic!("{refused}");
            }
        }
    }

    #[test]
    fn what_spark_writes_otherwise_is_written_so() {
        for (sql, expected) in [
            ("SELECT CAST(x AS VARCHAR) AS \"a b\" FROM t", "SELECT CAST(x AS STRING) AS `a b` FROM t"),
            ("SELECT CAST(x AS TIMESTAMP) FROM t", "SELECT CAST(x AS TIMESTAMP_NTZ) FROM t"),
            ("SELECT quantile_cont(x, 0.5) FROM t", "SELECT PERCENTILE(x, 0.5e0) FROM t"),
            ("SELECT EXTRACT(ISODOW FROM d) FROM t", "SELECT EXTRACT(DAYOFWEEK_ISO FROM d) FROM t"),
            (
                "SELECT EXTRACT(EPOCH FROM a) - 1 FROM t",
                "SELECT (UNIX_MICROS(CAST(a AS TIMESTAMP_LTZ)) / 1e6) - 1 FROM t",
            ),
            (r"SELECT x ~ '^\d$' FROM t", r"SELECT x RLIKE '^\\d$' FROM t"),
            (
                "SELECT a, ROW_NUMBER() OVER (ORDER BY a, b DESC) FROM t ORDER BY a DESC NULLS LAST, b",
                "SELECT a, ROW_NUMBER() OVER (ORDER BY a NULLS LAST, b DESC NULLS FIRST) FROM t \
                 ORDER BY a DESC NULLS LAST, b NULLS LAST",
            ),
            // A macro becomes its text.
            ("SELECT rate(s, n) FROM t", "SELECT (CAST(s AS DOUBLE) / NULLIF(n, 0)) FROM t"),
            ("SELECT 2.04 * x, 1e3, 7 FROM t -- why", "SELECT 2.04e0 * x, 1e3, 7 FROM t"),
        ] {
            assert_eq!(spark(sql), expected);
        }
    }

    #[test]
    fn what_is_not_known_to_mean_the_same_is_refused_by_name() {
        for (sql, name) in [
            ("SELECT CONCAT(a, b) FROM t", "the function CONCAT"),
            ("SELECT a FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1", "QUALIFY"),
            ("SELECT DISTINCT ON (a) a, b FROM t", "DISTINCT ON"),
            ("SELECT a FROM t JOIN u USING (a)", "JOIN USING"),
            ("SELECT a FROM t GROUP BY ALL", "GROUP BY ALL"),
            ("SELECT a ILIKE 'x' FROM t", "ILIKE"),
            ("SELECT a LIKE b FROM t", "LIKE with a pattern that is no text, or has a backslash"),
            ("SELECT a ~ 'x' FROM t", "~ with a pattern that is not from ^ to $"),
            ("SELECT CAST(a AS DECIMAL(10, 2)) FROM t", "the type DECIMAL(10,2)"),
            ("SELECT a::INTEGER FROM t", "this way to write a cast"),
            ("SELECT EXTRACT(WEEK FROM d) FROM t", "EXTRACT(WEEK …)"),
            ("SELECT * EXCLUDE (a) FROM t", "* EXCLUDE"),
            ("SELECT 'it''s' FROM t", "a text with a quote in it"),
            ("WITH RECURSIVE x AS (SELECT 1 AS a) SELECT a FROM x", "WITH RECURSIVE"),
            ("SELECT a FROM t UNION ALL BY NAME SELECT a FROM u", "a set operation by name"),
            ("SELECT a FROM (VALUES (1)) AS t(a)", "names of the columns of a table"),
            ("SELECT a & 1 FROM t", "the operator &"),
            ("SELECT SUM(a) OVER w FROM t WINDOW w AS (ORDER BY a)", "WINDOW"),
            ("SELECT a FROM t LIMIT 3 OFFSET 2", "OFFSET"),
            ("SELECT a FROM other.t", "the table other.t"),
            ("SELECT COUNT(DISTINCT a, b) FROM t", "DISTINCT of several values"),
            ("DELETE FROM t", "anything but one SELECT"),
        ] {
            assert_eq!(refused(sql), name, "{sql}");
        }
        let error = translated("mine", "SELECT CONCAT(a, b) FROM t").expect_err("no translation").to_string();
        assert_eq!(error, "mine: the function CONCAT has no faithful translation to Spark's SQL");
    }
}
