//! The rows of a mart of a day that is being built.
//!
//! Columns that the mart hands on ([`super::handing_on`]) are taken from their table when they are asked for, and not kept:
//! of a large mart a few columns are in memory at a time, and never all. Of a small one all are.

use std::sync::Arc;

use polars::prelude::*;

use super::by_column::by_column;
use super::handing_on::{OutputColumn, row_of};
use super::lake_table::KEPT_ROWS;
use super::table::Table;

/// Rows of a table, in some order: where it has one of them, the number of its row.
#[derive(Clone)]
struct TableRows {
    name: String,
    table: Table,
    rows: IdxCa,
}

/// The rows of a mart.
#[derive(Clone)]
pub struct MartRows {
    schema: SchemaRef,
    /// Each column of the schema.
    columns: Vec<OutputColumn>,
    /// Those that are not handed on.
    own: DataFrame,
    tables: Vec<TableRows>,
}

impl MartRows {
    /// Rows of which all columns are in memory.
    pub fn of_frame(own: DataFrame) -> Self {
        let columns = own.get_column_names().into_iter().map(|name| OutputColumn::Own(name.to_string())).collect();
        Self { schema: Arc::clone(own.schema()), columns, own, tables: Vec::new() }
    }

    /// What a statement has given that hands columns on from tables whose rows it has numbered.
    pub(super) fn new(columns: Vec<OutputColumn>, own: DataFrame, tables: Vec<(String, Table)>) -> PolarsResult<Self> {
        let tables = tables.into_iter().map(|(name, table)| {
            let rows = own.column(&row_of(&name))?.idx()?.clone();
            Ok(TableRows { name, table, rows })
        });
        let tables: Vec<TableRows> = tables.collect::<PolarsResult<_>>()?;
        let own = own.drop_many(tables.iter().map(|table| row_of(&table.name)));
        let mut schema = Schema::with_capacity(columns.len());
        for column in &columns {
            match column {
                OutputColumn::Own(name) => schema.with_column(name.into(), own.column(name)?.dtype().clone()),
                OutputColumn::HandedOn { name, table, column } => {
                    let of = of_name(&tables, table)?.table.schema();
                    schema.with_column(name.into(), of.try_get(column)?.clone())
                }
            };
        }
        let rows = Self { schema: Arc::new(schema), columns, own, tables };
        // Few take little memory: they are taken once, and not whenever they are asked for.
        if rows.height() > KEPT_ROWS { Ok(rows) } else { rows.all().map(Self::of_frame) }
    }

    /// How many there are.
    pub fn height(&self) -> usize {
        self.own.height()
    }

    /// Their columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// One of their columns.
    ///
    /// # Errors
    /// When there is none of this name, or the file that it is handed on from cannot be read.
    pub fn column(&self, name: &str) -> PolarsResult<Column> {
        match &self.columns[self.schema.try_index_of(name)?] {
            OutputColumn::Own(name) => self.own.column(name).cloned(),
            OutputColumn::HandedOn { table, column, .. } => {
                let TableRows { table, rows, .. } = of_name(&self.tables, table)?;
                Ok(table.column(&column.into())?.take(rows)?.with_name(name.into()))
            }
        }
    }

    fn frame(&self, names: &[PlSmallStr]) -> PolarsResult<DataFrame> {
        let columns = names.iter().map(|name| self.column(name)).collect::<PolarsResult<_>>()?;
        DataFrame::new(self.height(), columns)
    }

    /// All of their columns.
    fn all(&self) -> PolarsResult<DataFrame> {
        self.frame(&self.schema.iter_names_cloned().collect::<Vec<_>>())
    }

    /// The rows for the engine.
    pub(super) fn scan(self: &Arc<Self>) -> PolarsResult<LazyFrame> {
        if self.tables.is_empty() {
            return Ok(self.own.clone().lazy());
        }
        let rows = Arc::clone(self);
        by_column(&self.schema, move |wanted| rows.frame(wanted))
    }

    /// The same without one of their columns.
    pub fn without(&self, name: &str) -> Self {
        let mut rows = self.clone();
        if let Some(place) = rows.schema.index_of(name) {
            rows.columns.remove(place);
            Arc::make_mut(&mut rows.schema).shift_remove(name);
        }
        rows
    }

    /// Those of them where a mask is true.
    ///
    /// # Errors
    /// When it is one of fewer rows, or more.
    pub fn filter(&self, mask: &BooleanChunked) -> PolarsResult<Self> {
        let tables = self.tables.iter().map(|table| {
            let rows = table.rows.filter(mask)?;
            Ok(TableRows { rows, ..table.clone() })
        });
        let (tables, own) = (tables.collect::<PolarsResult<_>>()?, self.own.filter(mask)?);
        Ok(Self { tables, own, schema: Arc::clone(&self.schema), columns: self.columns.clone() })
    }
}

fn of_name<'t>(tables: &'t [TableRows], name: &str) -> PolarsResult<&'t TableRows> {
    let table = tables.iter().find(|table| table.name == name);
    table.ok_or_else(|| polars_err!(ColumnNotFound: "no rows of {name} are numbered"))
}

#[cfg(test)]
mod tests {
    use super::super::Catalog;
    use super::*;

    /// Rows that hand columns on from three tables, one of which has a row for some of them.
    const SQL: &str = "WITH others AS (SELECT k, MAX(v) AS v FROM parts GROUP BY k) \
                       SELECT r.id AS id, r.text AS text, i.day AS day, o.v AS v, COALESCE(r.text, i.name) AS either \
                       FROM runs AS r INNER JOIN invocations AS i ON r.of = i.of LEFT JOIN others AS o ON r.id = o.k \
                       ORDER BY r.id";

    fn catalog(rows: i64) -> Catalog {
        let runs = df!(
            "id" => (0..rows).rev().collect::<Vec<_>>(),
            "of" => (0..rows).map(|row| row % 5).collect::<Vec<_>>(),
            "text" => (0..rows).map(|row| (row % 3 > 0).then(|| format!("text {row}"))).collect::<Vec<_>>()
        );
        let invocations = df!("of" => [3_i64, 1, 0], "name" => ["c", "a", "b"], "day" => [Some(1_i64), None, Some(7)]);
        let parts = df!("k" => [0_i64, 3, 3, 999_999], "v" => ["x", "y", "z", "none"]);
        let mut catalog = Catalog::default();
        for (name, frame) in [("runs", runs), ("invocations", invocations), ("parts", parts)] {
            catalog.add_frame(name, frame.expect("a frame"));
        }
        catalog
    }

    #[test]
    fn columns_that_are_handed_on_are_those_that_the_statement_would_give() {
        // Of five rows three are of an invocation that is there.
        let large = 5 * KEPT_ROWS as i64 / 3 + 10;
        for (rows, own) in [(40, ["id", "text", "day", "v", "either"].as_slice()), (large, &["id", "either"])] {
            let catalog = catalog(rows);
            let rows = catalog.run_mart("mart", SQL).expect("rows");
            assert_eq!(rows.own.get_column_names(), own);
            let frame = catalog.run("mart", SQL).expect("a frame");
            let all = rows.all().expect("columns");
            assert!(all.equals_missing(&frame), "{all} {frame}");
            assert_eq!((rows.height(), rows.schema()), (frame.height(), frame.schema()));

            let mask: BooleanChunked = (0..frame.height()).map(|row| row % 2 == 0).collect();
            let some = rows.filter(&mask).and_then(|some| some.all()).expect("columns");
            assert!(some.equals_missing(&frame.filter(&mask).expect("a mask")));
            let fewer = rows.without("day").without("id").without("no column").all().expect("columns");
            assert!(fewer.equals_missing(&frame.drop_many(["day", "id"])));
            assert!(rows.column("no column").is_err());
        }
    }

    #[test]
    fn a_large_mart_is_a_table_whose_columns_are_taken_when_they_are_asked_for() {
        let mut catalog = catalog(2 * KEPT_ROWS as i64);
        let frame = catalog.run("mart", SQL).expect("a frame");
        let rows = catalog.run_mart("mart", SQL).expect("rows");
        assert!(!rows.tables.is_empty());
        catalog.add_rows("mart", rows);
        catalog.add_frame("same", frame);
        for statement in [
            "SELECT COUNT(*) AS n FROM",
            "SELECT MAX(text) AS text, COUNT(v) AS v FROM",
            "SELECT day, id FROM",
            "SELECT * FROM",
        ] {
            let [of_mart, of_frame] =
                ["mart", "same"].map(|table| catalog.run("a test", &format!("{statement} {table}")).expect("a result"));
            assert!(of_mart.equals_missing(&of_frame), "{statement}: {of_mart} {of_frame}");
        }
    }
}
