//! `usage-report report`

use std::fs;
use std::io::{BufWriter, Write};

use anyhow::{Context as _, bail};
use polars::prelude::DataFrame;

use super::args::{OutputFormat, ReportCommand};
use super::printer::Printer;
use super::{Outcome, lake};
use crate::query::{Kind, Library, Query, Window};
use crate::report::Format;

pub(super) fn run(command: &ReportCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    let library = Library::load()?;
    let queries = chosen(command, &library)?;
    let window = Window { since: command.since, until: command.until };
    let frames: Vec<DataFrame> = lake::again_if_changed(|| {
        let catalog = lake::catalog(&command.lake, &library, window)?;
        Ok(queries.iter().map(|query| catalog.run(query.name, query.sql)).collect::<Result<_, _>>()?)
    })?;
    let answers: Vec<(&Query, &DataFrame)> = queries.into_iter().zip(&frames).collect();
    let format = command.format.format();

    if let Some(folder) = &command.out {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        for (query, frame) in &answers {
            let path = folder.join(format!("{}.{}", query.name, format.extension()));
            let file = fs::File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
            let mut file = BufWriter::new(file);
            crate::report::write(frame, format, None, &mut file)?;
            file.flush().with_context(|| format!("cannot write {}", path.display()))?;
        }
        printer.note(&format!("report: {} files in {}", answers.len(), folder.display()));
        return Ok(Outcome::Done);
    }
    to_stdout(command.format, &answers, printer)?;
    Ok(Outcome::Done)
}

fn chosen<'l>(command: &ReportCommand, library: &'l Library) -> anyhow::Result<Vec<&'l Query>> {
    if command.names.is_empty() {
        return Ok(library.of_kind(Kind::Report).collect());
    }
    command
        .names
        .iter()
        .map(|name| {
            library.get(Kind::Report, name).with_context(|| {
                let known: Vec<_> = library.of_kind(Kind::Report).map(|query| query.name).collect();
                format!("there is no report {name}; there are: {}", known.join(", "))
            })
        })
        .collect()
}

fn to_stdout(form: OutputFormat, answers: &[(&Query, &DataFrame)], printer: &Printer) -> anyhow::Result<()> {
    let mut out = printer.out();
    match (form, answers) {
        (OutputFormat::Terminal, _) => {
            for (query, frame) in answers {
                print(query, frame, printer, &mut out)?;
            }
        }
        (_, [(_, frame)]) => {
            if form == OutputFormat::Parquet && printer.is_screen() {
                bail!("Parquet is not for the screen: redirect it, or name a folder with --out");
            }
            printer.frame(frame, form.format(), &mut out)?;
        }
        (OutputFormat::Json, _) => {
            // Several arrays need names: an object of them.
            for (number, (query, frame)) in answers.iter().enumerate() {
                write!(out, "{}\"{}\": ", if number == 0 { "{" } else { "," }, query.name)?;
                printer.frame(frame, Format::Json, &mut out)?;
            }
            writeln!(out, "}}")?;
        }
        (OutputFormat::Csv | OutputFormat::Parquet, _) => {
            bail!("several reports do not fit into one table: name one, or a folder with --out");
        }
    }
    out.flush()?;
    Ok(())
}

/// Prints a report for reading: its title and question, its rows, what to bear in mind.
pub(super) fn print(query: &Query, frame: &DataFrame, printer: &Printer, out: &mut impl Write) -> anyhow::Result<()> {
    let header = &query.header;
    writeln!(out, "{} ({})", header.get("title").unwrap_or(query.name), query.name)?;
    if let Some(question) = header.get("question") {
        writeln!(out, "{}", textwrap::fill(question, printer.width()))?;
    }
    printer.frame(frame, Format::Terminal, out)?;
    for caveat in header.all("caveat") {
        let options = textwrap::Options::new(printer.width()).initial_indent("  * ").subsequent_indent("    ");
        writeln!(out, "{}", textwrap::fill(caveat, options))?;
    }
    writeln!(out)?;
    Ok(())
}
