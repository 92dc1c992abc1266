//! Cells: what a row of a table tells of, by the values of its dimensions.

use std::collections::BTreeMap;

use polars::prelude::*;

use crate::event::Day;

/// Values of dimensions, by the names of these. The same cell is the same in every table.
pub(super) type Cell = BTreeMap<String, Option<String>>;

/// Names of a dimension in keys, and what a pair of key columns (`dimension` and `value`) calls it.
const NAMES: [(&str, &str); 3] = [("version", "dbt_minor"), ("dbt", "dbt_minor"), ("python", "python_minor")];

/// Pairs of key columns: the first names the dimension of which the second is a value.
const PAIRS: [(&str, &str); 2] = [("dimension", "value"), ("kind", "value")];

/// Dimensions whose values are not parts of a whole: a project, or a run, has several. No total is the sum of them.
const OVERLAPPING: [&str; 8] =
    ["dimension", "feature", "flag", "deprecation", "package_name", "resource", "measure", "name"];

/// The columns that say when.
pub(super) const TIMES: [&str; 3] = ["day", "week", "month"];

/// What a row tells of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Its cell, by the columns of the key.
    pub own: Cell,
    /// The same, with what follows from it: of a day the week, of a release the minor version.
    pub all: Cell,
    /// Cells that other columns tell of, such as the release before.
    pub also: Vec<Cell>,
}

impl Told {
    /// What the rows of a table tell of.
    pub fn of(frame: &DataFrame, key: &[String]) -> PolarsResult<Vec<Self>> {
        // A table of one week says so beside its key.
        let times = TIMES.iter().filter(|time| frame.schema().contains(time)).map(|&time| time.to_owned());
        let mut names: Vec<String> = key.to_vec();
        names.extend(times.filter(|time| !key.contains(time)));
        let text = |name: &str, row: usize| text(frame.column(name)?, row);
        let mut told = Vec::new();
        for row in 0..frame.height() {
            let mut own = Cell::new();
            for name in &names {
                own.insert(name.clone(), text(name, row)?);
            }
            for (dimension, value) in PAIRS {
                if let (Some(Some(name)), Some(of)) = (own.get(dimension).cloned(), own.get(value).cloned()) {
                    own.remove(dimension);
                    own.remove(value);
                    own.insert(name, of);
                }
            }
            let own: Cell = own.into_iter().map(|(name, value)| (called(&name).to_owned(), value)).collect();
            let mut also = Vec::new();
            if frame.schema().contains("version_before") {
                also.push(Cell::from([("dbt_version".to_owned(), text("version_before", row)?)]));
            }
            // Not a series, but a week compared with the one before.
            let compares = frame.schema().contains("share_before") && !key.iter().any(|column| column == "week");
            if let (true, Some(Some(week))) = (compares, own.get("week")) {
                let before = Day::parse(week).map(|day| day.plus(-7).to_string());
                let mut cell = own.clone();
                cell.insert("week".to_owned(), before);
                also.push(cell);
            }
            told.push(Self { all: with_parents(&own), own, also });
        }
        Ok(told)
    }
}

/// A value of a dimension.
pub(super) fn text(column: &Column, row: usize) -> PolarsResult<Option<String>> {
    let value = column.get(row)?;
    Ok((!value.is_null()).then(|| value.str_value().into_owned()))
}

/// What a dimension is called in all tables.
fn called(name: &str) -> &str {
    NAMES.iter().find(|(of, _)| *of == name).map_or(name, |(_, is)| is)
}

/// Whether the values of a dimension are not parts of a whole.
pub(super) fn is_overlapping(name: &str) -> bool {
    OVERLAPPING.contains(&name)
}

/// A cell with the dimensions that follow from its own.
fn with_parents(own: &Cell) -> Cell {
    let mut all = own.clone();
    let known = |all: &Cell, name: &str| all.get(name).cloned().flatten();
    if let Some(day) = known(&all, "day").and_then(|day| Day::parse(&day)) {
        all.entry("week".to_owned()).or_insert_with(|| Some(day.monday().to_string()));
    }
    if let Some(version) = known(&all, "dbt_version") {
        let minor: Vec<&str> = version.splitn(3, '.').take(2).collect();
        all.entry("dbt_minor".to_owned()).or_insert_with(|| Some(minor.join(".")));
    }
    // Of dbt 2 the version does not say which engine it is.
    if known(&all, "dbt_minor").is_some_and(|minor| minor.starts_with("1.")) {
        all.entry("engine".to_owned()).or_insert_with(|| Some("core-1".to_owned()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(values: &[(&str, Option<&str>)]) -> Cell {
        values.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect()
    }

    fn told(frame: &DataFrame, key: &[&str]) -> Vec<Told> {
        Told::of(frame, &key.iter().map(|&column| column.to_owned()).collect::<Vec<_>>()).expect("cells")
    }

    #[test]
    fn a_dimension_has_one_name_in_all_tables() {
        let frame =
            df!("dimension" => ["version", "adapter"], "value" => [Some("1.9"), None], "runs" => [1, 2]).expect("rows");
        let told = told(&frame, &["dimension", "value"]);
        assert_eq!(told[0].own, cell(&[("dbt_minor", Some("1.9"))]));
        assert_eq!(told[1].own, cell(&[("adapter", None)]));
        let frame = df!("python" => ["3.12"], "hour" => [3]).expect("rows");
        let told = super::tests::told(&frame, &["python", "hour"]);
        assert_eq!(told[0].own, cell(&[("python_minor", Some("3.12")), ("hour", Some("3"))]));
    }

    #[test]
    fn a_day_is_in_a_week_and_a_release_of_a_minor_version() {
        let frame = df!("day" => ["2026-10-07"], "dbt_version" => ["1.10.2"], "runs" => [1]).expect("rows");
        let told = told(&frame, &["day", "dbt_version"]);
        let expected = [("day", "2026-10-07"), ("dbt_version", "1.10.2"), ("dbt_minor", "1.10"), ("engine", "core-1")];
        let mut expected = cell(&expected.map(|(name, value)| (name, Some(value))));
        expected.insert("week".to_owned(), Some("2026-10-05".to_owned()));
        assert_eq!(told[0].all, expected);
        assert_eq!(told[0].own.len(), 2);
    }

    #[test]
    fn what_is_before_is_told_as_well() {
        let frame = df!("dbt_version" => ["1.9.2"], "version_before" => ["1.9.1"]).expect("rows");
        assert_eq!(told(&frame, &["dbt_version"])[0].also, [cell(&[("dbt_version", Some("1.9.1"))])]);
        let frame = df!(
            "dimension" => ["adapter"], "value" => ["glue"], "week" => ["2026-10-12"], "share_before" => [0.1],
        )
        .expect("rows");
        let told = told(&frame, &["dimension", "value"]);
        assert_eq!(told[0].own, cell(&[("adapter", Some("glue")), ("week", Some("2026-10-12"))]));
        assert_eq!(told[0].also, [cell(&[("adapter", Some("glue")), ("week", Some("2026-10-05"))])]);
    }
}
