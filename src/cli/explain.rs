//! `usage-report explain`: what a report means, and which days, dumps and batches its kept result rests on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anyhow::bail;

use super::args::ExplainCommand;
use super::columns::paragraphs;
use super::printer::Printer;
use super::report::report_of;
use super::{Outcome, lake};
use crate::build::{Explanation, explain};
use crate::job::config::Config;
use crate::lake::Sightings;
use crate::query::{Break, Catalog, HeaderColumn, Kind, Query, Rested, Window};

/// How wide the names of what a result is made from are.
const ORIGIN: usize = 7;

/// More dumps than this are only counted, unless a day is asked for.
const MOST_DUMPS: usize = 20;

pub(super) fn run(command: &ExplainCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let library = lake::library(config)?;
    let query = report_of(&library, &command.name)?;
    let (store, contents) = lake::contents(config)?;
    let window = Window { since: command.day, until: command.day };
    let Some(explanation) = explain(&store, &contents, &library, query, window)? else {
        bail!("no result of {} is kept in {}: `usage-report run` makes it", query.name, store.root().display());
    };
    let mut out = printer.out();
    meaning(query, printer.width(), &mut out)?;
    writeln!(out, "\nMade from")?;
    origin(&explanation, &Sightings::read(&store)?, command.day.is_some(), printer.wrapping().width, &mut out)?;
    let rested = Rested::of(&Catalog::without_rows(&library)?, &library, query)?;
    definitions(&explanation, &rested.columns, printer.width(), &mut out)?;
    breaks(&rested.breaks, printer.width(), &mut out)?;
    for query in &explanation.queries {
        writeln!(out, "\n{}", query.sql.trim_end())?;
    }
    let macros: BTreeMap<_, _> = explanation.queries.iter().flat_map(|query| query.macros()).collect();
    if !macros.is_empty() {
        writeln!(out, "\n-- Macros (queries/macros.sql)")?;
    }
    for source in macros.values() {
        writeln!(out, "\n{};", source.trim_end())?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// What the report says of itself.
pub(super) fn meaning(query: &Query, width: usize, out: &mut impl Write) -> io::Result<()> {
    let title = format!("{} ({})", query.header.get("title").unwrap_or(query.name), query.name);
    writeln!(out, "{}", textwrap::fill(&title, width))?;
    for (key, name) in [("question", "Question"), ("unit", "Unit"), ("grain", "One row"), ("caveat", "Mind")] {
        for text in query.header.all(key) {
            paragraph(name, text, width, out)?;
        }
    }
    Ok(())
}

/// Where the result comes from.
fn origin(
    explanation: &Explanation<'_>,
    sightings: &Sightings,
    all: bool,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut line = |name: &str, text: &str| paragraphs(name, [text.to_owned()], ORIGIN, width, out);
    let Explanation { queries, tables, days, final_until, dumps } = explanation;
    let of_kind = |kind| queries.iter().filter(move |query| query.kind == kind).map(|query| query.name.to_owned());
    let tables = tables.iter().cloned().collect();
    for (name, names) in
        [("views", of_kind(Kind::View).collect()), ("marts", of_kind(Kind::Mart).collect()), ("tables", tables)]
    {
        let names: Vec<String> = names;
        if !names.is_empty() {
            line(name, &names.join(", "))?;
        }
    }
    match (days.keys().next(), days.keys().next_back()) {
        (Some(first), Some(last)) => {
            let of_them = days.keys().filter(|day| final_until.is_some_and(|until| **day <= until)).count();
            line("days", &format!("{first} to {last}: {} with events, {of_them} of them final", days.len()))?;
        }
        _ => line("days", "none")?,
    }
    let batches: BTreeSet<&String> = dumps.values().flatten().collect();
    line("dumps", &format!("{} with events on these days, in {} batches", dumps.len(), batches.len()))?;
    if !all && dumps.len() > MOST_DUMPS {
        return line("", "(--day DAY lists those of a day)");
    }
    for (dump, batch) in dumps {
        let place = sightings.place(dump).map_or("its place is not known".into(), |path| path.display().to_string());
        line("", &format!("{dump}  batch {}  {place}", batch.as_deref().unwrap_or("-")))?;
    }
    Ok(())
}

/// What the columns of the marts mean that the report rests on, as far as a definition says so.
fn definitions(
    explanation: &Explanation<'_>,
    read: &BTreeSet<String>,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let rule =
        |column: &HeaderColumn| column.from.as_deref()?.split_once("(definitions, ").map(|(_, rule)| rule.to_owned());
    let marts = explanation.queries.iter().filter(|query| query.kind == Kind::Mart);
    let columns = marts.flat_map(|mart| mart.header.columns().iter().map(|column| (mart.name, column)));
    let columns = columns.filter(|(mart, column)| read.contains(&format!("{mart}.{}", column.name)));
    writeln!(out, "\nDefinitions (docs/definitions.md)")?;
    for (mart, column) in columns {
        if let Some(rule) = rule(column) {
            let text = format!("{} (section {})", column.doc, rule.trim_end_matches(')'));
            paragraph(&format!("{mart}.{}", column.name), &text, width, out)?;
        }
    }
    Ok(())
}

/// Which releases changed what the report rests on.
fn breaks(breaks: &[&Break], width: usize, out: &mut impl Write) -> io::Result<()> {
    if !breaks.is_empty() {
        writeln!(out, "\nDefinition breaks (queries/breaks.toml)")?;
    }
    for of in breaks {
        let Break { id, date, versions, title, meaning, reference, .. } = of;
        let text = format!("{title}. {meaning} (docs/formats.md, section {reference})");
        paragraph(&format!("{date} {id} ({versions})"), &text, width, out)?;
    }
    Ok(())
}

pub(super) fn paragraph(name: &str, text: &str, width: usize, out: &mut impl Write) -> io::Result<()> {
    let options = textwrap::Options::new(width).initial_indent("  ").subsequent_indent("    ");
    writeln!(out, "{}", textwrap::fill(&format!("{name}: {text}"), options))
}
