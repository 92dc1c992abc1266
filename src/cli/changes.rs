//! `usage-report changes`: published figures of final days that are not what they were.

use std::io::Write as _;

use polars::prelude::{Column, DataFrame, PolarsResult};

use super::args::ChangesCommand;
use super::printer::Printer;
use super::report::report_of;
use super::{Outcome, lake};
use crate::build::{Figure, Restatement};
use crate::job::config::Config;
use crate::lake::Sightings;

pub(super) fn run(command: &ChangesCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let library = lake::library(config)?;
    if let Some(name) = &command.report {
        report_of(&library, name)?;
    }
    printer.takes(command.format)?;
    let (store, _) = lake::contents(config)?;
    let sightings = Sightings::read(&store)?;
    let mut changes = Restatement::read_all(&store)?;
    changes.retain(|restatement| command.report.as_ref().is_none_or(|name| *name == restatement.report));
    if changes.is_empty() {
        printer.note("changes: no published figure of a final day has changed");
    }
    let mut out = printer.out();
    printer.frame(&frame(&changes, &sightings)?, command.format, &mut out)?;
    out.flush()?;
    Ok(Outcome::Done)
}

/// One row a figure.
fn frame(changes: &[Restatement], sightings: &Sightings) -> PolarsResult<DataFrame> {
    let figures = changes.iter().flat_map(|of| of.figures.iter().map(move |figure| (of, figure)));
    let rows: Vec<(&Restatement, &Figure)> = figures.collect();
    let text = |name: &str, of: &dyn Fn(&Restatement, &Figure) -> Option<String>| {
        Column::new(name.into(), rows.iter().map(|(restatement, figure)| of(restatement, figure)).collect::<Vec<_>>())
    };
    let number = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
    let change: Vec<Option<f64>> =
        rows.iter().map(|(_, figure)| Some(number(&figure.after)? - number(&figure.before)?)).collect();
    let dump = |digest: &String| sightings.place(digest).map_or(digest.clone(), |path| path.display().to_string());
    let columns = vec![
        text("at", &|of, _| Some(of.at.clone())),
        text("report", &|of, _| Some(of.report.clone())),
        text("row", &|_, figure| {
            Some(figure.row.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", "))
        }),
        text("figure", &|_, figure| Some(figure.column.clone())),
        text("before", &|_, figure| figure.before.clone()),
        text("after", &|_, figure| figure.after.clone()),
        Column::new("change".into(), change),
        text("cause", &|_, figure| Some(figure.causes.join(", "))),
        text("dumps", &|_, figure| {
            (!figure.dumps.is_empty()).then(|| figure.dumps.iter().map(dump).collect::<Vec<_>>().join(", "))
        }),
    ];
    DataFrame::new(rows.len(), columns)
}
