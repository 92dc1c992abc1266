//! `usage-report schema`: the data dictionary, every table and column.
//!
//! None of it is written for this command. What it says of staging is what the tables are declared with; what it says
//! of marts is in the headers of their SQL, and the engine tells the types.
//!
//! A table of the terminal's kind would lose its last columns on most screens. So there a column of the dictionary's
//! tables is a paragraph beside its name. Markdown is a document; the other forms have one row for a column.

mod document;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::{self, Write};

use anyhow::bail;
use polars::prelude::{Column, DataFrame, PolarsResult};

use super::Outcome;
use super::args::SchemaCommand;
use super::columns::{paragraphs, type_name};
use super::printer::Printer;
use crate::names::unknown;
use crate::query::{Kind, Library, Query, QueryError};
use crate::report::Format;
use crate::staging::{self, ColumnSpec, TableSpec, Treatment, Unit};

/// A list of words longer than this is shown by its ends, unless its table is asked for.
const MOST_LETTERS: usize = 300;

/// A table.
struct Table<'a> {
    name: &'a str,
    doc: &'a str,
    /// The columns that it shares with every table of events.
    shared: Vec<Entry<'a>>,
    own: Vec<Entry<'a>>,
}

/// A column.
#[derive(Clone)]
struct Entry<'a> {
    name: &'a str,
    data_type: Cow<'a, str>,
    unit: Option<Unit>,
    doc: &'a str,
    /// What it is made from, in tables of this program.
    from: Option<&'a str>,
    dbt1: Option<&'a str>,
    dbt2: Option<&'a str>,
    treatment: Option<Treatment>,
    words: &'a [&'static str],
}

pub(super) fn run(command: &SchemaCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    let library = Library::load()?;
    let tables = chosen(&command.tables, dictionary(&library)?)?;
    printer.takes(command.format)?;
    let mut out = printer.out();
    match command.format {
        Format::Terminal => print(&tables, printer.width(), !command.tables.is_empty(), &mut out)?,
        Format::Markdown => document::write(&tables, !command.tables.is_empty(), &mut out)?,
        form => printer.frame(&frame(&tables)?, form, &mut out)?,
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// Every table: marts first, since these are what a notebook reads.
fn dictionary(library: &Library) -> Result<Vec<Table<'_>>, QueryError> {
    let marts = library.of_kind(Kind::Mart).map(|mart| Table::of_mart(library, mart));
    marts.chain(staging::dictionary().map(|table| Ok(Table::of_staging(table)))).collect()
}

fn chosen<'a>(names: &[String], mut tables: Vec<Table<'a>>) -> anyhow::Result<Vec<Table<'a>>> {
    if let Some(name) = names.iter().find(|name| !tables.iter().any(|table| table.name == **name)) {
        let known: Vec<_> = tables.iter().map(|table| table.name).collect();
        bail!(unknown("table", name, &known));
    }
    tables.retain(|table| names.is_empty() || names.iter().any(|name| name == table.name));
    Ok(tables)
}

impl<'a> Table<'a> {
    fn of_mart(library: &Library, mart: &'a Query) -> Result<Self, QueryError> {
        let schema = library.mart_schema(mart)?;
        let own = mart.header.columns().iter().map(|column| Entry {
            name: &column.name,
            data_type: schema.get(&column.name).map_or(Cow::Borrowed("unknown"), type_name),
            unit: column.unit,
            doc: &column.doc,
            from: column.from.as_deref(),
            dbt1: None,
            dbt2: None,
            treatment: None,
            words: &[],
        });
        let doc = mart.header.get("grain").unwrap_or_default();
        Ok(Self { name: mart.name, doc, shared: Vec::new(), own: own.collect() })
    }

    fn of_staging(table: &'static TableSpec) -> Self {
        let (shared, own) = table.columns.split_at(table.shared.min(table.columns.len()));
        let mut shared: Vec<Entry<'a>> = shared.iter().map(Entry::of_staging).collect();
        if !shared.is_empty() {
            shared.push(DAY);
        }
        Self { name: table.name, doc: table.doc, shared, own: own.iter().map(Entry::of_staging).collect() }
    }

    /// Whether it is made here; what is staged is treated.
    fn is_mart(&self) -> bool {
        self.own.iter().all(|column| column.treatment.is_none()) && self.shared.is_empty()
    }

    fn columns(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.shared.iter().chain(&self.own)
    }
}

/// The column that is no column of the files: the folder says it.
const DAY: Entry<'static> = Entry {
    name: "day",
    data_type: Cow::Borrowed("date"),
    unit: None,
    doc: "UTC day on which it happened by our clock; not in the file, its folder is named after it",
    from: Some("derived_tstamp"),
    dbt1: None,
    dbt2: None,
    treatment: Some(Treatment::Derived),
    words: &[],
};

impl<'a> Entry<'a> {
    fn of_staging(column: &'static ColumnSpec) -> Self {
        Self {
            name: column.name,
            data_type: column.type_name().into(),
            unit: column.unit,
            doc: column.doc,
            from: None,
            dbt1: column.dbt1,
            dbt2: column.dbt2,
            treatment: Some(column.treatment),
            words: column.words,
        }
    }

    /// Type, unit and treatment, and the words that it can be.
    fn kind(&self, all_words: bool) -> String {
        // The type of times says that they are UTC.
        let unit = self.unit.map(Unit::as_str).filter(|unit| !self.data_type.contains(unit));
        let parts = [Some(&*self.data_type), unit, self.treatment.map(Treatment::as_str)];
        let kind = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        match self.listed(all_words) {
            Some(words) => format!("{kind}: {words}"),
            None => kind,
        }
    }

    /// The words that it can be, if these are a closed list; of a long one the ends.
    fn listed(&self, all_words: bool) -> Option<String> {
        let words = self.words.join(", ");
        match self.words {
            [] => None,
            [first, .., last] if words.len() > MOST_LETTERS && !all_words => {
                Some(format!("{first}, …, {last} ({} words)", self.words.len()))
            }
            _ => Some(words),
        }
    }

    /// Where it comes from; `None` where nobody sends it.
    fn source(&self) -> Option<String> {
        match (self.from, self.dbt1, self.dbt2) {
            (Some(from), _, _) => Some(format!("from {from}")),
            (None, Some(dbt1), Some(dbt2)) => Some(format!("{dbt1} (dbt\u{a0}1); {dbt2} (dbt\u{a0}2)")),
            (None, Some(dbt1), None) => Some(format!("{dbt1} (dbt\u{a0}1 only)")),
            (None, None, Some(dbt2)) => Some(format!("{dbt2} (dbt\u{a0}2 only)")),
            (None, None, None) => None,
        }
    }
}

/// One row a column, for programs.
fn frame(tables: &[Table<'_>]) -> PolarsResult<DataFrame> {
    let rows: Vec<(&str, &Entry<'_>)> =
        tables.iter().flat_map(|table| table.columns().map(|column| (table.name, column))).collect();
    let text = |name: &str, of: fn(&Entry<'_>) -> Option<String>| {
        Column::new(name.into(), rows.iter().map(|(_, column)| of(column)).collect::<Vec<_>>())
    };
    let columns = vec![
        Column::new("table".into(), rows.iter().map(|(table, _)| Some((*table).to_owned())).collect::<Vec<_>>()),
        text("column", |column| Some(column.name.to_owned())),
        text("type", |column| Some(column.data_type.to_string())),
        text("unit", |column| column.unit.map(|unit| unit.as_str().to_owned())),
        text("meaning", |column| Some(column.doc.to_owned())),
        text("from", |column| column.from.map(str::to_owned)),
        text("dbt1", |column| column.dbt1.map(str::to_owned)),
        text("dbt2", |column| column.dbt2.map(str::to_owned)),
        text("treatment", |column| column.treatment.map(|treatment| treatment.as_str().to_owned())),
        text("words", |column| (!column.words.is_empty()).then(|| column.words.join(", "))),
    ];
    DataFrame::new(rows.len(), columns)
}

/// Prints the dictionary for reading; the columns that tables share are there once.
fn print(tables: &[Table<'_>], width: usize, all_words: bool, out: &mut impl Write) -> io::Result<()> {
    let names = tables.iter().flat_map(Table::columns).map(|column| column.name);
    let margin = names.map(|name| name.chars().count()).max().unwrap_or(0);
    let columns = |columns: &[Entry<'_>], out: &mut _| {
        columns.iter().try_for_each(|column| {
            let texts = [Some(column.doc.to_owned()), Some(column.kind(all_words)), column.source()];
            paragraphs(column.name, texts.into_iter().flatten(), margin, width, out)
        })
    };
    if let Some(table) = tables.iter().find(|table| !table.shared.is_empty()) {
        heading("(every table of events)", "The columns that all of them have", width, out)?;
        columns(&table.shared, out)?;
        writeln!(out)?;
    }
    for table in tables {
        heading(table.name, table.doc, width, out)?;
        columns(&table.own, out)?;
        writeln!(out)?;
    }
    heading("(treatments)", "How what dbt sent came to be what a column holds", width, out)?;
    Treatment::ALL
        .iter()
        .try_for_each(|treatment| paragraphs(treatment.as_str(), [treatment.meaning().to_owned()], margin, width, out))
}

fn heading(name: &str, doc: &str, width: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{name}\n{}", textwrap::fill(doc, width))
}
