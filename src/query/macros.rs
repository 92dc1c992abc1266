//! The macros of `queries/macros.sql`: statistics that queries share.
//!
//! The engine knows no macros, so their text is put where a statement calls them; long ones of numbers are functions that
//! compute what the text says ([`Formula`]). The file is in DuckDB's own syntax: whoever runs the queries there reads it
//! first, and gets the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use polars::prelude::*;
use polars_plan::prelude::FunctionOptions;
use polars_sql::function_registry::FunctionRegistry;
use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, MacroDefinition, ObjectName, Query, SetExpr,
    Statement, Visit, VisitMut,
};
use sqlparser::dialect::DuckDbDialect;
use sqlparser::parser::Parser;

use super::QueryError;
use super::formula::Formula;
use super::walk::{any_expression, change_expressions};

/// The file's text.
pub const TEXT: &str = include_str!("../../queries/macros.sql");

/// Those of the file, read once.
static MACROS: LazyLock<Result<Macros, String>> = LazyLock::new(|| Macros::parse(TEXT));

/// Makes a query one that the engine takes, which knows the [`functions`]: with the text of the other macros that it
/// calls. Whether it calls any.
///
/// # Errors
/// When a macro is given too few values, or too many.
pub(super) fn prepare(name: &str, query: &mut Query) -> Result<bool, QueryError> {
    let problem = |problem: String| QueryError::Macro { query: name.to_owned(), problem };
    let macros = MACROS.as_ref().map_err(|reason| problem(format!("queries/macros.sql: {reason}")))?;
    macros.put_into(query).map_err(problem)
}

/// Puts the text of all macros where a query calls them, for an engine that knows none.
///
/// # Errors
/// When a macro is given too few values, or too many.
pub fn expand_macros(query: &mut Query) -> Result<(), String> {
    let macros = MACROS.as_ref().map_err(|reason| format!("queries/macros.sql: {reason}"))?;
    macros.put_in(query, Form::Text)
}

/// A statement, and below it the macros that it calls, itself or through others: what its result rests on.
pub(super) fn definition(sql: &str) -> String {
    let mut definition = sql.to_owned();
    for source in called(sql).into_values() {
        definition += "\n";
        definition += source;
    }
    definition
}

/// The macros that a statement calls, itself or through others: their names, and what is written of each.
pub(super) fn called(sql: &str) -> BTreeMap<&'static str, &'static str> {
    let Ok(macros) = MACROS.as_ref() else { return BTreeMap::new() };
    let mut called = BTreeMap::new();
    let mut waiting: Vec<&str> = macros.called_in(sql).collect();
    while let Some(name) = waiting.pop() {
        let source = macros.0[name].source.as_str();
        if called.insert(name, source).is_none() {
            waiting.extend(macros.called_in(source));
        }
    }
    called
}

/// The macros that are functions for the engine.
pub fn functions() -> Arc<dyn FunctionRegistry> {
    Arc::new(Functions)
}

struct Functions;

impl FunctionRegistry for Functions {
    fn register(&mut self, name: &str, _: UserDefinedFunction) -> PolarsResult<()> {
        polars_bail!(ComputeError: "{name}: functions are the macros of queries/macros.sql")
    }

    fn get_udf(&self, name: &str) -> PolarsResult<Option<UserDefinedFunction>> {
        let Some(formula) = function(name) else { return Ok(None) };
        let compute = move |columns: &mut [Column]| formula.column(columns);
        let gives = |_: &Schema, of: &[Field]| {
            Ok(Field::new(of.first().map_or(PlSmallStr::EMPTY, |of| of.name().clone()), DataType::Float64))
        };
        let mut function = UserDefinedFunction::new(name.into(), BaseColumnUdf::new(compute, gives));
        function.options = FunctionOptions::elementwise();
        Ok(Some(function))
    }

    fn contains(&self, name: &str) -> bool {
        function(name).is_some()
    }
}

/// Whether a part of a statement calls one of the [`functions`].
pub(super) fn calls_function(part: &impl Visit) -> bool {
    any_expression(part, |expression| matches!(expression, Expr::Function(called) if is_function(called)))
}

/// Whether a call is one of the [`functions`].
pub(super) fn is_function(called: &Function) -> bool {
    function(&name_of(&called.name)).is_some()
}

/// What the macro of a name computes, if it is a function.
fn function(name: &str) -> Option<Arc<Formula>> {
    MACROS.as_ref().ok()?.0.get(&name.to_lowercase())?.function.clone()
}

/// What becomes of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The text of the macro.
    Text,
    /// The same, unless the macro is a function.
    Functions,
}

/// Macros of more operations than this are functions. Shorter ones are not, so that they may stand over aggregates, too.
const OPERATIONS: usize = 8;

/// One macro.
struct Macro {
    /// The statement that makes it.
    source: String,
    parameters: Vec<String>,
    /// Its text, with that of the macros that it calls.
    text: Expr,
    /// The same, in which those that are functions are called.
    calling: Expr,
    /// What it computes, if it is of numbers.
    formula: Option<Arc<Formula>>,
    /// The same, if it is a function for the engine.
    function: Option<Arc<Formula>>,
}

impl Macro {
    /// Its text with values in the place of its parameters.
    fn with(&self, values: &[Expr], form: Form) -> Expr {
        let mut body = if form == Form::Text { self.text.clone() } else { self.calling.clone() };
        // From the innermost expression outwards, so that no name within a value is taken for a parameter.
        change_expressions(&mut body, |part| {
            if let Expr::Identifier(name) = part
                && let Some(place) =
                    self.parameters.iter().position(|parameter| *parameter == name.value.to_lowercase())
            {
                *part = whole(values[place].clone());
            }
        });
        whole(body)
    }
}

/// An expression that no operator beside it takes apart.
fn whole(expression: Expr) -> Expr {
    match expression {
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::Value(_)
        | Expr::Nested(_)
        | Expr::Function(_)
        | Expr::Cast { .. }
        | Expr::Case { .. } => expression,
        other => Expr::Nested(Box::new(other)),
    }
}

struct Macros(BTreeMap<String, Macro>);

impl Macros {
    fn parse(text: &str) -> Result<Self, String> {
        let mut macros = Self(BTreeMap::new());
        for statement in Parser::parse_sql(&DuckDbDialect {}, text).map_err(|reason| reason.to_string())? {
            let source = statement.to_string();
            let Statement::CreateMacro { name, args, definition: MacroDefinition::Expr(mut body), .. } = statement
            else {
                return Err(format!("this makes no macro of an expression: {source}"));
            };
            let parameters: Vec<String> =
                args.unwrap_or_default().into_iter().map(|arg| arg.name.value.to_lowercase()).collect();
            let known = |name: &str| macros.0.get(name).and_then(|called| called.formula.clone());
            let formula = Formula::of(&body, &parameters, &known).map(Arc::new);
            let function = formula.clone().filter(|formula| formula.size() > OPERATIONS);
            let mut calling = body.clone();
            macros.put_in(&mut calling, Form::Functions)?;
            macros.put_in(&mut body, Form::Text)?;
            macros.0.insert(name_of(&name), Macro { source, parameters, text: body, calling, formula, function });
        }
        Ok(macros)
    }

    /// Puts the text of macros where a query calls them and the engine knows no function.
    fn put_into(&self, query: &mut Query) -> Result<bool, String> {
        let calls = any_expression(query, |expression| match expression {
            Expr::Function(called) => self.0.contains_key(&name_of(&called.name)),
            _ => false,
        });
        if calls {
            self.put_where_unknown(query)?;
            self.put_in(query, Form::Functions)?;
        }
        Ok(calls)
    }

    /// Names of the macros that a text calls, or that its comments seem to.
    fn called_in(&self, text: &str) -> impl Iterator<Item = &str> {
        let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
        // What stands before a parenthesis, if it is a name.
        let before = text.match_indices('(').map(|(place, _)| {
            let begin = text[..place]
                .rfind(|c| !is_of_name(c))
                .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
            text[begin..place].to_lowercase()
        });
        let before: BTreeSet<String> = before.collect();
        self.0.keys().map(String::as_str).filter(move |name| before.contains(*name))
    }

    /// Puts the text of all macros where the engine knows no functions: in queries within a query. A CTE with a call
    /// becomes a query of its own ([`super::ctes::Steps`]).
    fn put_where_unknown(&self, query: &mut Query) -> Result<(), String> {
        for cte in query.with.iter_mut().flat_map(|with| &mut with.cte_tables) {
            self.put_where_unknown(&mut cte.query)?;
        }
        match &mut *query.body {
            SetExpr::Select(select) => self.put_in(&mut select.from, Form::Text),
            other => self.put_in(other, Form::Text),
        }
    }

    /// Puts the text of macros where they are called, innermost calls first.
    fn put_in(&self, part: &mut impl VisitMut, form: Form) -> Result<(), String> {
        let mut first_problem = None;
        change_expressions(part, |expression| match self.called(expression, form) {
            Ok(Some(body)) => *expression = body,
            Ok(None) => {}
            Err(problem) => {
                first_problem.get_or_insert(problem);
            }
        });
        first_problem.map_or(Ok(()), Err)
    }

    /// The text of a macro where an expression calls one, unless it stays a call.
    fn called(&self, expression: &Expr, form: Form) -> Result<Option<Expr>, String> {
        let Expr::Function(function) = expression else { return Ok(None) };
        let name = name_of(&function.name);
        let Some(called) = self.0.get(&name) else { return Ok(None) };
        let given = match &function.args {
            FunctionArguments::List(list) => list.args.as_slice(),
            _ => &[],
        };
        let values: Vec<Expr> = given
            .iter()
            .filter_map(|arg| match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
                _ => None,
            })
            .collect();
        if values.len() != called.parameters.len() || values.len() != given.len() {
            let (wanted, given) = (called.parameters.join(", "), given.len());
            return Err(format!("{name} is given {given} values, and takes {}: {wanted}", called.parameters.len()));
        }
        let stays = form == Form::Functions && called.function.is_some();
        Ok((!stays).then(|| called.with(&values, form)))
    }
}

fn name_of(name: &ObjectName) -> String {
    name.to_string().to_lowercase()
}

#[cfg(test)]
mod tests {
    use sqlparser::dialect::GenericDialect;

    use super::*;

    #[test]
    fn a_call_becomes_the_text_and_values_stay_whole() {
        let macros = Macros::parse(
            "CREATE MACRO half(x) AS x / 2;\n-- comments are no text\nCREATE MACRO quarter(x) AS half(half(x)) + 0 * x;",
        )
        .expect("macros");
        let expanded = |sql| {
            let mut statements = Parser::parse_sql(&GenericDialect {}, sql).expect("SQL");
            macros.put_in(&mut statements, Form::Text).expect("a statement");
            statements[0].to_string()
        };
        assert_eq!(expanded("SELECT HALF(a + b) AS h FROM t"), "SELECT ((a + b) / 2) AS h FROM t");
        // A column of a parameter's name is the caller's.
        assert_eq!(expanded("SELECT half(y) AS x, half(t.x) FROM t"), "SELECT (y / 2) AS x, (t.x / 2) FROM t");
        assert_eq!(
            expanded("SELECT quarter(x - 1) FROM t"),
            "SELECT (((x - 1) / 2) / 2) + 0 * (x - 1)".replacen("SELECT ", "SELECT (", 1) + ") FROM t"
        );
        // In every place of a statement, CTEs and joins included.
        let sql = "WITH c AS (SELECT half(a) AS a FROM t WHERE half(a) > 1) SELECT a FROM c ORDER BY half(a)";
        assert!(!expanded(sql).to_lowercase().contains("half("), "{}", expanded(sql));
    }

    #[test]
    fn a_definition_has_the_macros_that_are_called_through_others() {
        let sql = "SELECT place_low(RATE(s, n), n) AS l, INTERVAL_METHOD(k) AS m FROM t";
        let definition = definition(sql);
        assert!(definition.starts_with(sql));
        let names: Vec<&str> = definition.lines().filter_map(|line| line.strip_prefix("CREATE MACRO ")).collect();
        let names: Vec<&str> = names.iter().filter_map(|text| text.split('(').next()).collect();
        assert_eq!(names, ["interval_method", "place_low", "rate"]);
        let through = super::definition("SELECT WILSON_LOW(r, w) AS l, mean_low(a, b, c) AS m FROM é(1)");
        for name in ["wilson_low", "mean_low", "mean", "mean_error", "t_quantile"] {
            assert!(through.contains(&format!("CREATE MACRO {name}(")), "{through}");
        }
        assert_eq!(super::definition("SELECT growth_rate FROM t"), "SELECT growth_rate FROM t");
    }

    /// A statement as the engine takes it, and whether it calls a macro.
    fn prepared(sql: &str) -> Result<(String, bool), QueryError> {
        let Some(Statement::Query(mut query)) = Parser::parse_sql(&GenericDialect {}, sql).expect("SQL").pop() else {
            panic!("{sql}");
        };
        let calls = prepare("q", &mut query)?;
        Ok((query.to_string(), calls))
    }

    #[test]
    fn what_calls_none_stays_as_it_is() {
        for (sql, calls) in [
            ("SELECT COUNT(*) FROM t", false),
            ("SELECT rate FROM t", false),
            ("SELECT RATE(s, n) FROM t", true),
            ("SELECT RATE_LOW(s, n, ss, sn, nn, k) FROM t", true),
        ] {
            let (prepared, called) = prepared(sql).expect("a statement");
            assert!(called == calls && (calls || prepared == sql), "{prepared}");
        }
    }

    #[test]
    fn long_ones_are_functions_and_compute_what_their_text_says() {
        let macros = MACROS.as_ref().expect("macros");
        let functions: Vec<&str> =
            macros.0.iter().filter(|(_, of)| of.function.is_some()).map(|(name, _)| name.as_str()).collect();
        for name in ["rate_low", "rate_high", "rate_difference_error", "mean_low", "mean_high", "two_sided_p"] {
            assert!(functions.contains(&name), "{name} is none of {functions:?}");
        }
        assert!(!functions.contains(&"rate") && !functions.contains(&"place_low"), "{functions:?}");
        let sql = "SELECT PLACE_LOW(RATE_LOW(s, n, ss, sn, nn, k), n) AS place FROM t";
        let prepared = prepared(sql).expect("a statement").0;
        assert!(prepared.contains("RATE_LOW(s, n, ss, sn, nn, k)") && !prepared.contains("PLACE_LOW"), "{prepared}");
        // In a query within one the engine knows no functions, in a CTE that is a step of its own it does.
        for (sql, calls) in [
            ("SELECT x FROM (SELECT TWO_SIDED_P(z) AS x FROM t) AS s", 0),
            ("SELECT TWO_SIDED_P(z) AS x FROM t UNION ALL SELECT TWO_SIDED_P(z) AS x FROM t", 0),
            ("WITH c AS (SELECT TWO_SIDED_P(z) AS x FROM t) SELECT x, TWO_SIDED_P(x) AS y FROM c", 2),
        ] {
            let prepared = super::tests::prepared(sql).expect("a statement").0;
            assert_eq!(prepared.matches("TWO_SIDED_P(").count(), calls, "{prepared}");
        }

        // The engine computes the text; of many values, some of them none.
        let rows = 500;
        let mut state = 7_u64;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % 1000
        };
        let mut checked = 0;
        for name in functions {
            let called = &macros.0[name];
            let columns: Vec<Column> = called
                .parameters
                .iter()
                .map(|parameter| {
                    let values: Vec<Option<i64>> =
                        (0..rows).map(|_| next()).map(|value| (value > 20).then_some(value as i64 % 97)).collect();
                    Column::new(parameter.into(), values)
                })
                .collect();
            let computed = called.function.as_ref().expect("a function").column(&columns).expect("numbers");
            let mut context = polars::sql::SQLContext::new();
            context.register("t", DataFrame::new(rows, columns).expect("a frame").lazy());
            let frame = context.execute(&format!("SELECT {} AS x FROM t", called.text)).and_then(LazyFrame::collect);
            let frame = frame.unwrap_or_else(|reason| panic!("{name}: {reason}"));
            let by_engine = frame.column("x").expect("x").cast(&DataType::Float64).expect("numbers");
            for (ours, theirs) in computed.f64().expect("numbers").iter().zip(by_engine.f64().expect("numbers").iter())
            {
                // Of random sums some are of no clusters at all: then there is a root of something below 0.
                if theirs.is_some_and(f64::is_nan) {
                    continue;
                }
                let is_same = match (ours, theirs) {
                    (Some(ours), Some(theirs)) => {
                        (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0) || ours.total_cmp(&theirs).is_eq()
                    }
                    (None, None) => true,
                    _ => false,
                };
                assert!(is_same, "{name}: {ours:?} here, {theirs:?} by its text");
                checked += 1;
            }
        }
        assert!(checked > 2000, "{checked}");
    }

    #[test]
    fn a_wrong_number_of_values_is_told_with_their_names() {
        let error = prepared("SELECT RATE(s) FROM t").expect_err("too few").to_string();
        assert!(error.contains("q: rate is given 1 values, and takes 2: s, n"), "{error}");
        assert!(Macros::parse("SELECT 1").is_err() && Macros::parse("CREATE MACRO f(x) AS TABLE SELECT x").is_err());
    }
}
