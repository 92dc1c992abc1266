//! `usage-report dictionary`: what every report means.

use std::io::Write as _;

use polars::prelude::{Column, DataFrame};

use super::args::DictionaryCommand;
use super::explain::{meaning, paragraph};
use super::printer::Printer;
use super::report::chosen;
use super::{Outcome, lake};
use crate::job::config::Config;
use crate::query::{Catalog, Library, Query};
use crate::report::Format;

pub(super) fn run(command: &DictionaryCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    printer.takes(command.format)?;
    let library = lake::library(config)?;
    let entries = entries(&chosen(&command.names, &library)?, &library)?;
    let mut out = printer.out();
    if command.format == Format::Terminal {
        for entry in &entries {
            meaning(entry.query, printer.width(), &mut out)?;
            paragraph("Columns", &entry.columns, printer.width(), &mut out)?;
            paragraph("Made from", &entry.reads, printer.width(), &mut out)?;
            writeln!(out)?;
        }
    } else {
        printer.frame(&frame(&entries)?, command.format, &mut out)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// What is said of a report besides its header.
struct Entry<'l> {
    query: &'l Query,
    /// The columns of its result, each with its type.
    columns: String,
    /// The tables, marts and views that it reads.
    reads: String,
}

fn entries<'l>(queries: &[&'l Query], library: &Library) -> anyhow::Result<Vec<Entry<'l>>> {
    let tables = Catalog::without_rows(library)?;
    let entry = |query: &&'l Query| {
        let schema = tables.schema_of(query.name, query.sql)?;
        let columns: Vec<String> = schema.iter().map(|(name, of)| format!("{name} {of}")).collect();
        let reads: Vec<String> = library.tables_of(query)?.into_iter().collect();
        Ok(Entry { query, columns: columns.join(", "), reads: reads.join(", ") })
    };
    queries.iter().map(entry).collect()
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
        text("columns", &|entry| Some(entry.columns.clone())),
        text("reads", &|entry| Some(entry.reads.clone())),
        text("sql", &|entry| Some(entry.query.sql.to_owned())),
    ];
    Ok(DataFrame::new(entries.len(), columns)?)
}
