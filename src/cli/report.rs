//! `usage-report report`

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, bail};
use polars::prelude::DataFrame;

use super::args::ReportCommand;
use super::meter::Meter;
use super::page::{self, Basis};
use super::printer::Printer;
use super::{Outcome, lake, missing};
use crate::job::config::Config;
use crate::lake::Store;
use crate::names::unknown;
use crate::progress::{Progress as _, Stage};
use crate::query::{Break, Described, Kind, Library, Query, QueryError, Rested, Series, Window, side_by_side};
use crate::report::{self, Format, ReportFormat, Screen};

pub(super) fn run(command: &ReportCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let library = lake::library(config)?;
    let queries = chosen(&command.names, &library)?;
    let window = Window { since: command.since, until: command.until };
    let mut behind = BTreeSet::new();
    let answers: Vec<(&Query, Rested<'_>)> = lake::again_if_changed(|| {
        // For a single report, too: how the engine divides depends on how it came to the divisor, and the last digit
        // must not depend on what else is asked for.
        let catalog = lake::catalog(config, &library, window)?.for_queries(&library, &queries)?;
        behind.clone_from(catalog.behind());
        let meter = Meter::new(printer);
        meter.begin(Stage::Report, queries.len(), 0);
        let rested = catalog.each(&queries, |_, query| {
            let rested = Rested::of(&catalog, &library, query)?;
            meter.advance(1, 0, 0);
            meter.aside(|| printer.detail(|| format!("report: {}: {} rows", query.name, rested.frame.height())));
            Ok::<_, QueryError>(rested)
        })?;
        Ok(queries.iter().copied().zip(rested).collect())
    })?;
    lake::warn_of(&behind, printer);
    let frames: Vec<(&Query, &DataFrame)> = answers.iter().map(|(query, rested)| (*query, &rested.frame)).collect();
    let about = || {
        let (store, contents) = lake::contents(config)?;
        page::about(&store, &contents, lake::maturity(config, &contents), window)
    };
    match (&command.out, command.format.as_slice()) {
        (Some(folder), formats) => write_files(folder, formats, &frames, &library, &about()?, printer)?,
        (None, [ReportFormat::Rows(format)]) => {
            to_stdout(*format, &library, &answers, printer)?;
            if *format == Format::Terminal {
                missing::print(&Store::new(&config.top.lake), printer, &mut printer.out())?;
            }
        }
        (None, [ReportFormat::VegaLite]) => chart_to_stdout(&answers, printer)?,
        (None, [ReportFormat::Html]) => {
            if printer.is_screen() {
                bail!("a page is not for the screen: redirect it, or name a folder with --out");
            }
            let basis = Basis::of_all(frames.iter().map(|(query, _)| *query), &library)?;
            let mut out = printer.out();
            page::write(&frames, &basis, &library, &about()?, &mut out)?;
            out.flush()?;
        }
        (None, _) => bail!("several forms at once are files: name a folder with --out"),
    }
    Ok(Outcome::Done)
}

/// Writes a file of each form for each report, of a page one for all; an older one is replaced at one instant.
pub(super) fn write_files(
    folder: &Path,
    formats: &[ReportFormat],
    answers: &[(&Query, &DataFrame)],
    library: &Library,
    about: &str,
    printer: &Printer,
) -> anyhow::Result<()> {
    let files = Store::new(folder);
    let place = |name: &str| format!("the report {name} in {}", folder.display());
    let is_drawn = formats.iter().any(|format| !matches!(format, ReportFormat::Rows(_)));
    let basis = if is_drawn { Basis::of_all(answers.iter().map(|(query, _)| *query), library)? } else { Vec::new() };
    let written = side_by_side(answers, |number, (query, frame)| {
        let mut written = 0_usize;
        for format in formats {
            let (ending, bytes) = match format {
                ReportFormat::Rows(format) => (format.extension(), rows(library.described(query), frame, *format)),
                ReportFormat::VegaLite => ("vl.json", chart(query, frame, &basis[number].breaks)),
                ReportFormat::Html => continue,
            };
            let bytes = bytes.with_context(|| place(query.name))?;
            if !bytes.is_empty() {
                files.put(&format!("{}.{ending}", query.name), &bytes)?;
                written += 1;
            }
        }
        anyhow::Ok(written)
    })?;
    let mut written: usize = written.into_iter().sum();
    if formats.contains(&ReportFormat::Html) {
        let mut file = files.create(PAGE)?;
        page::write(answers, &basis, library, about, &mut file).with_context(|| place(PAGE))?;
        file.commit()?;
        written += 1;
    }
    printer.note(&format!("report: {written} files in {}", folder.display()));
    Ok(())
}

/// The file of the page.
const PAGE: &str = "usage-report.html";

/// A report's rows as bytes.
fn rows(of: Described<'_>, frame: &DataFrame, format: Format) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match format {
        Format::Markdown => write_document(of.query, frame, &mut bytes)?,
        format => report::write(frame, Some(of), format, Screen::default(), &mut bytes)?,
    }
    Ok(bytes)
}

/// A report's chart as bytes; none if it has no chart.
fn chart(query: &Query, frame: &DataFrame, breaks: &[&Break]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    report::write_chart(query, frame, breaks, &mut bytes)?;
    Ok(bytes)
}

/// The reports of these names; all of them if there are none.
pub(super) fn chosen<'l>(names: &[String], library: &'l Library) -> anyhow::Result<Vec<&'l Query>> {
    if names.is_empty() {
        return Ok(library.of_kind(Kind::Report).collect());
    }
    names.iter().map(|name| report_of(library, name)).collect()
}

/// The report of a name.
pub(super) fn report_of<'l>(library: &'l Library, name: &str) -> anyhow::Result<&'l Query> {
    library.get(Kind::Report, name).with_context(|| {
        let known: Vec<_> = library.of_kind(Kind::Report).map(|query| query.name).collect();
        unknown("report", name, &known)
    })
}

fn to_stdout(
    form: Format,
    library: &Library,
    answers: &[(&Query, Rested<'_>)],
    printer: &Printer,
) -> anyhow::Result<()> {
    let mut out = printer.out();
    match (form, answers) {
        (Format::Terminal, _) => {
            for (query, rested) in answers {
                print(library.described(query), &rested.frame, &shown(query, rested)?, printer, &mut out)?;
            }
        }
        (Format::Markdown, _) => {
            for (query, rested) in answers {
                write_document(query, &rested.frame, &mut out)?;
            }
        }
        (_, [(query, Rested { frame, .. })]) => {
            if form == Format::Parquet && printer.is_screen() {
                bail!("Parquet is not for the screen: redirect it, or name a folder with --out");
            }
            printer.frame_of(Some(library.described(query)), frame, form, &mut out)?;
        }
        (Format::Json, _) => {
            // Several arrays need names: an object of them.
            for (number, (query, Rested { frame, .. })) in answers.iter().enumerate() {
                write!(out, "{}\"{}\": ", if number == 0 { "{" } else { "," }, query.name)?;
                printer.frame(frame, Format::Json, &mut out)?;
            }
            writeln!(out, "}}")?;
        }
        (Format::Csv | Format::Parquet, _) => {
            bail!("several reports do not fit into one table: name one, or a folder with --out");
        }
    }
    out.flush()?;
    Ok(())
}

/// Writes the chart of one report.
fn chart_to_stdout(answers: &[(&Query, Rested<'_>)], printer: &Printer) -> anyhow::Result<()> {
    let [(query, rested)] = answers else {
        bail!("several charts are files: name one report, or a folder with --out");
    };
    let mut out = printer.out();
    if !report::write_chart(query, &rested.frame, &rested.breaks, &mut out)? {
        bail!("{} has no chart: it is a table, or has no rows", query.name);
    }
    out.flush()?;
    Ok(())
}

/// The breaks that are shown with a result: of a series those in the time that it shows.
fn shown<'l>(query: &Query, rested: &Rested<'l>) -> anyhow::Result<Vec<&'l Break>> {
    let mut breaks = rested.breaks.clone();
    if let Some(series) = Series::of(query) {
        let span = series.span(&rested.frame)?;
        breaks.retain(|of| span.as_ref().is_some_and(|days| days.contains(&of.date)));
    }
    Ok(breaks)
}

/// Writes a report as Markdown that says what it is: its title and question, its rows, what to bear in mind.
fn write_document(query: &Query, frame: &DataFrame, to: &mut impl Write) -> anyhow::Result<()> {
    let header = &query.header;
    writeln!(to, "### {} (`{}`)\n", header.get("title").unwrap_or(query.name), query.name)?;
    if let Some(question) = header.get("question") {
        writeln!(to, "{question}\n")?;
    }
    report::write(frame, None, Format::Markdown, Screen::default(), to)?;
    writeln!(to)?;
    let mut caveats = header.all("caveat").peekable();
    let has_caveats = caveats.peek().is_some();
    caveats.try_for_each(|caveat| writeln!(to, "- {caveat}"))?;
    if has_caveats {
        writeln!(to)?;
    }
    Ok(())
}

/// Prints a report for reading: its title and question, its chart and rows, what to bear in mind, what changed below it.
pub(super) fn print(
    of: Described<'_>,
    frame: &DataFrame,
    breaks: &[&Break],
    printer: &Printer,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Query { name, header, .. } = of.query;
    let title = format!("{} ({name})", header.get("title").unwrap_or(name));
    for line in textwrap::wrap(&title, printer.width()) {
        writeln!(out, "{}", printer.title(&line))?;
    }
    if let Some(question) = header.get("question") {
        writeln!(out, "{}", textwrap::fill(question, printer.width()))?;
    }
    printer.frame_of(Some(of), frame, Format::Terminal, out)?;
    let indented = |first, others, text: &str| {
        let options = textwrap::Options::new(printer.width()).initial_indent(first).subsequent_indent(others);
        textwrap::fill(text, options)
    };
    for caveat in header.all("caveat") {
        writeln!(out, "{}", indented("  * ", "    ", caveat))?;
    }
    if !breaks.is_empty() {
        let heading = format!("Definition breaks (usage-report explain {name} says more):");
        writeln!(out, "{}", indented("  ", "  ", &heading))?;
    }
    let margin = breaks.iter().map(|of| of.id.len()).max().unwrap_or(0);
    for Break { id, date, versions, title, .. } in breaks {
        writeln!(out, "{}", indented("    ", "      ", &format!("{date}  {id:<margin$}  {title} ({versions})")))?;
    }
    writeln!(out)?;
    Ok(())
}
