//! Values of dimensions that a query sees as one.

use polars::prelude::*;

/// What the folded values of a dimension are called.
pub const OTHER: &str = "(other)";

/// The column that marks the rows in which values are folded. No table has one of this name.
const FOLDED: &str = "__folded";

/// Columns of marts that say the same as another one, or more exactly: where that is folded, they say nothing.
const SAME: [(&str, &[&str]); 5] = [
    ("dbt_minor", &["dbt_version", "version_major", "version_minor", "version_patch", "is_prerelease"]),
    ("dbt_version", &["dbt_minor", "version_major", "version_minor", "version_patch", "is_prerelease"]),
    ("adapter", &["adapter_version"]),
    ("os", &["os_version", "libc"]),
    ("libc", &["os_version"]),
];

/// Combinations of values that a query sees as [`OTHER`], in every mart that has all of their columns.
#[derive(Clone, Debug)]
pub struct Recoding {
    cells: DataFrame,
    folded: Vec<String>,
}

impl Recoding {
    /// Of these combinations, a row each, the columns `folded` become [`OTHER`]. The rest of the columns only say where.
    pub fn new(cells: DataFrame, folded: Vec<String>) -> Self {
        Self { cells, folded }
    }

    /// A mart as the query sees it; as it is, if it has not all of the columns.
    pub(super) fn apply(&self, mart: LazyFrame, schema: &Schema) -> PolarsResult<LazyFrame> {
        let keys: Vec<&str> = self.cells.get_column_names().into_iter().map(PlSmallStr::as_str).collect();
        let types: Option<Vec<&DataType>> = keys.iter().map(|key| schema.get(key)).collect();
        let Some(types) = types else { return Ok(mart) };
        let mut cells = self.cells.clone();
        for (key, of) in keys.iter().zip(types) {
            let column = cells.column(key)?.cast(of)?;
            cells.with_column(column)?;
        }
        cells.with_column(Column::new(FOLDED.into(), vec![true; cells.height()]))?;
        let on: Vec<Expr> = keys.iter().map(|key| col(*key)).collect();
        let marked = mart
            .join_builder()
            .with(cells.lazy())
            .how(JoinType::Left)
            .left_on(&on)
            .right_on(&on)
            .join_nulls(true)
            .maintain_order(MaintainOrderJoin::Left)
            .finish();
        let folded = self.folded.iter().map(|column| (column.as_str(), lit(OTHER)));
        let silent = SAME.iter().filter(|(column, _)| self.folded.iter().any(|folded| folded == column));
        let silent = silent.flat_map(|(_, same)| same.iter()).filter(|same| !keys.contains(same));
        let silent = silent.filter_map(|same| Some((*same, lit(NULL).cast(schema.get(same)?.clone()))));
        let changed: Vec<Expr> = folded
            .chain(silent)
            .map(|(column, value)| when(col(FOLDED).is_not_null()).then(value).otherwise(col(column)).alias(column))
            .collect();
        Ok(marked.with_columns(changed).drop(by_name([FOLDED], true, false)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mart() -> DataFrame {
        df!(
            "dbt_minor" => [Some("1.9"), Some("1.9"), Some("1.3"), None, Some("1.3")],
            "version_minor" => [Some(9), Some(9), Some(3), None, Some(3)],
            "adapter" => [Some("duckdb"), Some("glue"), Some("glue"), Some("glue"), None],
            "runs" => [1, 2, 3, 4, 5],
        )
        .expect("a mart")
    }

    /// What a mart is with some cells folded.
    fn recoded(cells: DataFrame, folded: &[&str]) -> DataFrame {
        let schema = mart().schema().clone();
        let recoding = Recoding::new(cells, folded.iter().map(|&column| column.to_owned()).collect());
        recoding.apply(mart().lazy(), &schema).and_then(LazyFrame::collect).expect("a mart")
    }

    #[test]
    fn values_are_folded_where_all_columns_are_those_of_a_cell_and_what_says_the_same_is_silent() {
        let cells = df!("dbt_minor" => [Some("1.3"), None], "adapter" => [Some("glue"), Some("glue")]).expect("cells");
        let expected = df!(
            "dbt_minor" => [Some("1.9"), Some("1.9"), Some(OTHER), Some(OTHER), Some("1.3")],
            "version_minor" => [Some(9), Some(9), None, None, Some(3)],
            "adapter" => [Some("duckdb"), Some("glue"), Some(OTHER), Some(OTHER), None],
            "runs" => [1, 2, 3, 4, 5],
        )
        .expect("a mart");
        assert!(recoded(cells, &["dbt_minor", "adapter"]).equals_missing(&expected));
    }

    #[test]
    fn a_mart_without_the_columns_is_as_it_was() {
        let cells = df!("dbt_minor" => ["1.3"], "command" => ["run"]).expect("cells");
        assert!(recoded(cells, &["dbt_minor"]).equals_missing(&mart()));
    }
}
