//! What pieces give, kept in little memory until all are through, and what is then made of it, some of it at a time.

use std::mem;

use polars::prelude::*;

use super::super::packed::{part_of, rows_of_pieces};
use super::super::statement::{Frames, plan_of};
use super::Kept;
use super::combination::{DIFFERENT, KEY, OfAll};

/// The number of values in a list.
const VALUES: &str = "__values";

/// The place of a list.
const PLACE: &str = "__place";

/// Into how many parts rows are divided at most.
const PARTS: usize = 1000;

impl OfAll {
    /// What a piece gives, as it is kept: of values that are needed for themselves a list for each of those grouped by.
    pub(super) fn kept(&self, given: DataFrame) -> PolarsResult<DataFrame> {
        let Self::Values { .. } = self else { return Ok(given) };
        let (keys, values) = keys_and_values(&given);
        if keys.is_empty() {
            return Ok(given);
        }
        let lists = values.into_iter().map(col).chain([len().alias(VALUES)]);
        given.lazy().group_by(keys.into_iter().map(col).collect::<Vec<_>>()).agg(lists.collect::<Vec<_>>()).collect()
    }

    /// What is made of all that is kept, of not many more rows at a time than these.
    pub(super) fn made(&self, name: &str, kept: Vec<DataFrame>, rows: usize) -> PolarsResult<DataFrame> {
        match self {
            Self::Rows => one_below_the_other(kept),
            Self::Values { by_keys, of_one } => made_of_lists(name, by_keys, of_one, kept, rows),
            // Those of a part of the values are added to those of the others.
            Self::Different { sql } => made_of_parts(name, sql, kept, DIFFERENT, rows),
        }
    }
}

/// What a statement that groups by its keys makes of some frames, one below the other, of not many more rows at a time than
/// these.
pub(super) fn combined(name: &str, sql: &str, frames: Vec<DataFrame>, rows: usize) -> PolarsResult<DataFrame> {
    made_of_parts(name, sql, frames, KEY, rows)
}

/// What a statement makes of frames, one below the other.
fn made_of(name: &str, sql: &str, frames: Vec<DataFrame>) -> PolarsResult<DataFrame> {
    let all = one_below_the_other(frames)?;
    plan_of(sql, &Frames::from([(Kept::parts(name), all.lazy())]))?.collect()
}

/// The same for one part of the rows after the other, all of which have to make what the whole makes: those with the same
/// text in the first column whose name begins so and that has texts are in the same. If there is none, the whole.
fn made_of_parts(name: &str, sql: &str, frames: Vec<DataFrame>, by: &str, rows: usize) -> PolarsResult<DataFrame> {
    let height: usize = frames.iter().map(DataFrame::height).sum();
    let count = height.div_ceil(rows.max(1)).min(PARTS);
    let texts = frames
        .iter()
        .flat_map(DataFrame::columns)
        .find(|column| column.name().starts_with(by) && *column.dtype() == DataType::String);
    let (Some(texts), 2..) = (texts, count) else { return made_of(name, sql, frames) };
    let texts = texts.name().clone();
    let rows_of_parts =
        |frame: &DataFrame| rows_of_pieces(frame.column(&texts)?.str()?.iter().map(|text| part_of(text, count)), count);
    let rows = frames.iter().map(rows_of_parts).collect::<PolarsResult<Vec<_>>>()?;
    let made = (0..count).map(|part| {
        let of_part = frames.iter().zip(&rows).map(|(frame, rows)| frame.take(&rows[part]));
        made_of(name, sql, of_part.collect::<PolarsResult<_>>()?)
    });
    one_below_the_other(made.collect::<PolarsResult<_>>()?)
}

/// What is made of lists of values, those of the same keys one behind the other: of many of one key for itself, of few of
/// several together.
fn made_of_lists(
    name: &str,
    by_keys: &str,
    of_one: &str,
    lists: Vec<DataFrame>,
    rows: usize,
) -> PolarsResult<DataFrame> {
    let mut lists = one_below_the_other(lists)?;
    // Once, not whenever some of them are taken.
    lists.rechunk_mut();
    let (keys, values) = keys_and_values(&lists);
    if keys.is_empty() {
        return made_of(name, of_one, vec![lists]);
    }
    let of_keys = lists.select(keys.iter().cloned())?;
    let of_keys = of_keys.with_row_index(PLACE.into(), None)?.hstack(&[lists.column(VALUES)?.clone()])?;
    let by: Vec<Expr> = keys.iter().cloned().map(col).collect();
    let of_keys = of_keys.lazy().group_by(by).agg([col(PLACE), col(VALUES).sum()]).collect()?;
    let flat = |columns: &[PlSmallStr], places: Vec<IdxSize>| {
        let some = lists.select(columns.iter().cloned())?.take(&IdxCa::from_vec(PlSmallStr::EMPTY, places))?;
        some.explode(values.iter().cloned(), ExplodeOptions { empty_as_null: false, keep_nulls: true })
    };
    let columns: Vec<PlSmallStr> = keys.iter().chain(&values).cloned().collect();
    let numbers = of_keys.column(VALUES)?.cast(&DataType::UInt64)?;
    let places = of_keys.column(PLACE)?;
    let (mut made, mut few, mut waiting) = (Vec::new(), Vec::new(), 0);
    for (row, number) in numbers.u64()?.iter().enumerate() {
        let number = number.unwrap_or(0) as usize;
        let of_row = places.list()?.get_as_series(row).unwrap_or_default();
        let of_row: Vec<IdxSize> = of_row.idx()?.iter().flatten().collect();
        if number > rows {
            let of_one = made_of(name, of_one, vec![flat(&values, of_row)?])?;
            made.push(of_keys.select(keys.iter().cloned())?.slice(row as i64, 1).hstack(of_one.columns())?);
            continue;
        }
        if waiting + number > rows && waiting > 0 {
            made.push(made_of(name, by_keys, vec![flat(&columns, mem::take(&mut few))?])?);
            waiting = 0;
        }
        few.extend(of_row);
        waiting += number;
    }
    if waiting > 0 || made.is_empty() {
        made.push(made_of(name, by_keys, vec![flat(&columns, few)?])?);
    }
    one_below_the_other(made)
}

/// The columns of what pieces give: the keys, and what is given for them.
fn keys_and_values(given: &DataFrame) -> (Vec<PlSmallStr>, Vec<PlSmallStr>) {
    let names = given.columns().iter().map(|column| column.name().clone()).filter(|name| name != VALUES);
    names.partition(|name| name.starts_with(KEY))
}

/// Frames as one, with nulls where a frame has not a column that another has.
pub(in crate::query) fn one_below_the_other(frames: Vec<DataFrame>) -> PolarsResult<DataFrame> {
    let mut columns: Vec<(PlSmallStr, DataType)> = Vec::new();
    for column in frames.iter().flat_map(DataFrame::columns) {
        if !columns.iter().any(|(name, _)| name == column.name()) {
            columns.push((column.name().clone(), column.dtype().clone()));
        }
    }
    let mut all: Option<DataFrame> = None;
    for frame in frames {
        let height = frame.height();
        let of_frame = columns.iter().map(|(name, of)| match frame.column(name) {
            Ok(column) => column.clone(),
            Err(_) => Column::full_null(name.clone(), height, of),
        });
        let frame = DataFrame::new(height, of_frame.collect())?;
        match &mut all {
            Some(all) => drop(all.vstack_mut_owned(frame)?),
            None => all = Some(frame),
        }
    }
    Ok(all.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What three pieces give: keys, one of them missing, and values of each.
    fn given() -> Vec<DataFrame> {
        let piece = |keys: &[Option<&str>], numbers: &[i32], values: &[f64], others: &[Option<i64>]| {
            let given = df!("__key0" => keys, "__key1" => numbers, "__value0" => values, "__value1" => others);
            given.expect("a frame")
        };
        vec![
            piece(
                &[Some("a"), None, Some("a"), Some("b")],
                &[1, 1, 1, 1],
                &[5.0, 1.0, 2.0, 9.0],
                &[None, Some(1), Some(4), None],
            ),
            piece(&[], &[], &[], &[]),
            piece(
                &[None, Some("a"), Some("a"), Some("c")],
                &[1, 1, 2, 1],
                &[4.0, 3.0, 8.0, 0.0],
                &[Some(2), None, Some(3), None],
            ),
        ]
    }

    fn sorted(frame: &DataFrame, by: &[&str]) -> DataFrame {
        frame.sort(by.iter().copied(), SortMultipleOptions::default()).expect("keys")
    }

    #[test]
    fn values_in_lists_make_what_they_make_as_rows_however_many_are_together() {
        let wholes = "QUANTILE_CONT(__value0, 0.5) AS __whole0, QUANTILE_CONT(__value1, 0.9) AS __whole1 FROM t__parts";
        let by_keys = format!("SELECT __key0, __key1, {} GROUP BY __key0, __key1", wholes);
        let of_all = OfAll::Values { by_keys: by_keys.clone(), of_one: format!("SELECT {wholes}") };
        let made = |given: Vec<DataFrame>, rows| {
            let kept = given.into_iter().map(|given| of_all.kept(given)).collect::<PolarsResult<_>>();
            of_all.made("t", kept.expect("lists"), rows).expect("wholes")
        };
        let expected = sorted(&made_of("t", &by_keys, given()).expect("wholes"), &["__key0", "__key1"]);
        assert_eq!(expected.height(), 5);
        for rows in [1, 2, 3, 1000] {
            assert!(sorted(&made(given(), rows), &["__key0", "__key1"]).equals_missing(&expected), "{rows} rows");
        }
        // No values at all: no row of keys.
        let nothing: Vec<DataFrame> = given().iter().map(DataFrame::clear).collect();
        assert_eq!(made(nothing.clone(), 10).schema(), expected.schema());
        assert_eq!(made(nothing.clone(), 10).height(), 0);
        // Without keys there is one row, whatever is given.
        let without_keys = |frames: Vec<DataFrame>| {
            frames.iter().map(|of| of.select(["__value0", "__value1"]).expect("values")).collect::<Vec<_>>()
        };
        let of_one = made(without_keys(given()), 1);
        assert_eq!(of_one.column("__whole0").expect("a median").f64().expect("numbers").get(0), Some(3.5));
        assert_eq!(made(without_keys(nothing), 1).height(), 1);
    }

    #[test]
    fn parts_of_different_values_add_up() {
        let texts = |keys: &[Option<&str>], texts: &[Option<&str>]| {
            df!("__key0" => keys, "__different0" => texts).expect("a frame")
        };
        let given = || {
            vec![
                texts(&[Some("a"), Some("a"), None], &[Some("x"), Some("y"), Some("x")]),
                texts(&[Some("a"), Some("b")], &[Some("x"), None]),
            ]
        };
        let sql = "SELECT __key0, COUNT(DISTINCT __different0) AS __count0 FROM t__parts GROUP BY __key0".to_owned();
        let of_all = OfAll::Different { sql };
        let add_up = "SELECT __key0, SUM(__count0) AS n FROM t__parts GROUP BY __key0";
        for rows in [1, 2, 1000] {
            let counted = of_all.made("t", given(), rows).expect("counts");
            for at_once in [1, 1000] {
                let sums = combined("t", add_up, vec![counted.clone()], at_once).expect("sums");
                let sums = sorted(&sums, &["__key0"]).column("n").and_then(|n| n.cast(&DataType::Int64)).expect("sums");
                assert_eq!(
                    sums.i64().expect("numbers").iter().collect::<Vec<_>>(),
                    [Some(1), Some(2), Some(0)],
                    "{rows}"
                );
            }
        }
        // What has no text to be divided by is one part.
        let numbers = df!("__key0" => [1, 2, 1], "__count0" => [3_u32, 4, 5]).expect("a frame");
        assert_eq!(combined("t", add_up, vec![numbers], 1).expect("sums").height(), 2);
    }
}
