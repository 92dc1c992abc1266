//! `usage-report dictionary`: what every report means.

mod document;

use std::borrow::Cow;
use std::io::{self, Write};

use polars::prelude::{Column, DataFrame};

use super::args::DictionaryCommand;
use super::columns::{paragraphs, type_name};
use super::explain::{meaning, paragraph};
use super::printer::Printer;
use super::report::chosen;
use super::{Outcome, lake};
use crate::job::config::Config;
use crate::query::{Catalog, ColumnMeaning, Library, Query, Rested};
use crate::report::Format;
use crate::staging::Unit;

pub(super) fn run(command: &DictionaryCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    printer.takes(command.format)?;
    let library = lake::library(config)?;
    let entries = entries(&chosen(&command.names, &library)?, &library)?;
    let mut out = printer.out();
    match command.format {
        Format::Terminal => {
            for entry in &entries {
                meaning(entry.query, printer.width(), &mut out)?;
                paragraph("Made from", &entry.reads, printer.width(), &mut out)?;
                print(&entry.columns, printer.width(), &mut out)?;
                writeln!(out)?;
            }
        }
        Format::Markdown => document::write(&entries, &mut out)?,
        form => printer.frame(&frame(&entries)?, form, &mut out)?,
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// What is said of a report besides its header.
struct Entry<'l> {
    query: &'l Query,
    /// The columns of its result.
    columns: Vec<Told<'l>>,
    /// The tables, marts and views that it reads.
    reads: String,
}

/// A column of a result.
struct Told<'l> {
    name: String,
    data_type: Cow<'static, str>,
    /// `None` where nobody says what it means, as of many a report of somebody's own.
    meaning: Option<ColumnMeaning<'l>>,
}

impl Told<'_> {
    fn unit(&self) -> Option<&'static str> {
        self.meaning.as_ref()?.unit.map(Unit::as_str)
    }

    /// All of it in a line, `name type [unit]: meaning`.
    fn line(&self) -> String {
        let unit = self.unit().map(|unit| format!(" [{unit}]")).unwrap_or_default();
        let doc = self.meaning.as_ref().map(|meaning| format!(": {}", meaning.doc)).unwrap_or_default();
        format!("{} {}{unit}{doc}", self.name, self.data_type)
    }
}

fn entries<'l>(queries: &[&'l Query], library: &'l Library) -> anyhow::Result<Vec<Entry<'l>>> {
    let tables = Catalog::without_rows(library)?;
    let entry = |query: &&'l Query| {
        let described = library.described(query);
        // Not the statement's columns alone: a series has one for the breaks that touch it.
        let result = Rested::of(&tables, library, query)?.frame;
        let columns = result.columns().iter().map(|column| Told {
            name: column.name().to_string(),
            data_type: type_name(column.dtype()),
            meaning: described.column(column.name()),
        });
        let reads: Vec<String> = library.tables_of(query)?.into_iter().collect();
        Ok(Entry { query, columns: columns.collect(), reads: reads.join(", ") })
    };
    queries.iter().map(entry).collect()
}

/// Prints columns for reading.
fn print(columns: &[Told<'_>], width: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nColumns")?;
    let margin = columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0);
    columns.iter().try_for_each(|column| {
        let kind = [Some(&*column.data_type), column.unit()].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let meaning = column.meaning.as_ref();
        let doc = meaning.map(|meaning| meaning.doc.to_string());
        let from = meaning.and_then(|meaning| meaning.from.as_ref()).map(|from| format!("from {from}"));
        paragraphs(&column.name, [doc, Some(kind), from].into_iter().flatten(), margin, width, out)
    })
}

/// One row a report; of what may be there several times a line each.
fn frame(entries: &[Entry<'_>]) -> anyhow::Result<DataFrame> {
    let text = |name: &str, of: &dyn Fn(&Entry<'_>) -> Option<String>| {
        Column::new(name.into(), entries.iter().map(of).collect::<Vec<_>>())
    };
    let header = |key: &'static str| {
        text(key, &move |entry: &Entry<'_>| {
            let lines: Vec<&str> = entry.query.header.all(key).collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        })
    };
    let columns = vec![
        text("report", &|entry| Some(entry.query.name.to_owned())),
        header("section"),
        header("title"),
        header("question"),
        header("chart"),
        header("unit"),
        header("grain"),
        header("key"),
        header("caveat"),
        text("columns", &|entry| Some(entry.columns.iter().map(Told::line).collect::<Vec<_>>().join("\n"))),
        text("reads", &|entry| Some(entry.reads.clone())),
        text("sql", &|entry| Some(entry.query.sql.to_owned())),
    ];
    Ok(DataFrame::new(entries.len(), columns)?)
}
