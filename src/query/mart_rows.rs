//! The rows of a mart of a day that is being built.
//!
//! Columns that the mart hands on ([`super::handing_on`]) are taken from their table when they are asked for, and not kept:
//! of a large mart a few columns are in memory at a time, and never all.

use std::any::Any;
use std::sync::Arc;

use polars::prelude::*;

use super::handing_on::{OutputColumn, row_of};
use super::lake_table::LakeTable;

/// Where columns that are handed on come from.
#[derive(Clone)]
pub(super) enum Source {
    Lake(Arc<LakeTable>),
    Frame(DataFrame),
    Mart(Arc<MartRows>),
}

impl Source {
    fn schema(&self) -> SchemaRef {
        match self {
            Self::Lake(table) => table.schema(),
            Self::Frame(frame) => Arc::clone(frame.schema()),
            Self::Mart(rows) => Arc::clone(&rows.schema),
        }
    }

    fn column(&self, name: &PlSmallStr) -> PolarsResult<Column> {
        match self {
            Self::Lake(table) => table.frame(std::slice::from_ref(name))?.column(name).cloned(),
            Self::Frame(frame) => frame.column(name).cloned(),
            Self::Mart(rows) => rows.column(name),
        }
    }
}

/// Rows of a table, in some order: where it has one of them, the number of its row.
#[derive(Clone)]
struct TableRows {
    name: String,
    source: Source,
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
    pub(super) fn new(columns: Vec<OutputColumn>, own: DataFrame, tables: Vec<(String, Source)>) -> PolarsResult<Self> {
        let tables = tables.into_iter().map(|(name, source)| {
            let rows = own.column(&row_of(&name))?.idx()?.clone();
            Ok(TableRows { name, source, rows })
        });
        let tables: Vec<TableRows> = tables.collect::<PolarsResult<_>>()?;
        let own = own.drop_many(tables.iter().map(|table| row_of(&table.name)));
        let mut schema = Schema::with_capacity(columns.len());
        for column in &columns {
            match column {
                OutputColumn::Own(name) => schema.with_column(name.into(), own.column(name)?.dtype().clone()),
                OutputColumn::HandedOn { name, table, column } => {
                    let source = &of_name(&tables, table)?.source;
                    schema.with_column(name.into(), source.schema().try_get(column)?.clone())
                }
            };
        }
        Ok(Self { schema: Arc::new(schema), columns, own, tables })
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
                let TableRows { source, rows, .. } = of_name(&self.tables, table)?;
                Ok(source.column(&column.into())?.take(rows)?.with_name(name.into()))
            }
        }
    }

    /// Some of their columns.
    ///
    /// # Errors
    /// As of [`Self::column`].
    pub fn frame<'n>(&self, names: impl Iterator<Item = &'n str>) -> PolarsResult<DataFrame> {
        let columns = names.map(|name| self.column(name)).collect::<PolarsResult<_>>()?;
        DataFrame::new(self.height(), columns)
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

/// The rows for the engine.
pub(super) fn scan(rows: &Arc<MartRows>) -> PolarsResult<LazyFrame> {
    let arguments = ScanArgsAnonymous { schema: Some(Arc::clone(&rows.schema)), name: "MART", ..Default::default() };
    LazyFrame::anonymous_scan(Arc::new(Scan(Arc::clone(rows))), arguments)
}

/// The rows as it asks for them.
struct Scan(Arc<MartRows>);

impl AnonymousScan for Scan {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }

    fn scan(&self, asked: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let Self(rows) = self;
        let frame = match &asked.with_columns {
            Some(columns) if columns.is_empty() => {
                rows.frame(rows.schema.iter_names().take(1).map(|name| name.as_str()))
            }
            Some(columns) => rows.frame(columns.iter().map(|name| name.as_str())),
            None => rows.frame(rows.schema.iter_names().map(|name| name.as_str())),
        }?;
        Ok(match asked.n_rows {
            Some(rows) => frame.head(Some(rows)),
            None => frame,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Catalog;
    use super::super::lake_table::KEPT_ROWS;
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

    fn all(rows: &MartRows) -> DataFrame {
        rows.frame(rows.schema().iter_names().map(|name| name.as_str())).expect("columns")
    }

    #[test]
    fn columns_that_are_handed_on_are_those_that_the_statement_would_give() {
        let catalog = catalog(40);
        let rows = catalog.run_mart("mart", SQL).expect("rows");
        assert_eq!(rows.own.get_column_names(), ["id", "either"]);
        let frame = catalog.run("mart", SQL).expect("a frame");
        assert!(all(&rows).equals_missing(&frame), "{} {frame}", all(&rows));
        assert_eq!((rows.height(), rows.schema()), (24, frame.schema()));

        let mask: BooleanChunked = (0..24).map(|row| row % 2 == 0).collect();
        let some = rows.filter(&mask).expect("a mask");
        assert!(all(&some).equals_missing(&frame.filter(&mask).expect("a mask")));
        let fewer = rows.without("day").without("id").without("no column");
        assert!(all(&fewer).equals_missing(&frame.drop_many(["day", "id"])));
        assert!(rows.column("no column").is_err());
    }

    #[test]
    fn a_large_mart_is_a_table_whose_columns_are_taken_when_they_are_asked_for() {
        let mut catalog = catalog(2 * KEPT_ROWS as i64);
        let frame = catalog.run("mart", SQL).expect("a frame");
        catalog.add_rows("mart", catalog.run_mart("mart", SQL).expect("rows")).expect("added");
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
