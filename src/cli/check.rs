//! `usage-report check`: what the declared checks measure, and whether it is within their bounds.

use std::io::Write as _;

use polars::prelude::{Column, DataFrame, Int32Chunked, Int64Chunked, IntoColumn as _, PolarsResult};

use super::args::CheckCommand;
use super::printer::{Printer, now};
use super::{Outcome, lake};
use crate::build::Terms;
use crate::job::checks::{Checked, Measured, Moment, check};
use crate::job::config::{Choice as _, Config, Level};
use crate::lake::Sightings;
use crate::query::{BuiltMarts, Catalog, Lake, Library};

pub(super) fn run(command: &CheckCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    printer.takes(command.format)?;
    if config.checks.is_empty() {
        printer.note("check: none is declared; `usage-report config example` shows each kind under [[checks]]");
    }
    let (store, contents) = lake::contents(config)?;
    let (sightings, Terms { maturity, holes, .. }) = (Sightings::read(&store)?, lake::terms(config, &contents));
    let seen = Lake { store: &store, contents: &contents, sightings: &sightings, maturity, holes: &holes };
    let library = Library::load()?;
    let checked = lake::again_if_changed(|| of_lake(&seen, None, &library, config, printer))?;
    let mut out = printer.out();
    printer.frame(&frame(&checked)?, command.format, &mut out)?;
    out.flush()?;
    tell(&checked, printer);
    Ok(if checked.iter().any(Checked::blocks) { Outcome::WithProblems } else { Outcome::Done })
}

/// Makes every declared check over a lake: over its marts as they are, or as they were built from its contents.
pub(super) fn of_lake(
    lake: &Lake<'_>,
    built: Option<&BuiltMarts>,
    library: &Library,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<Vec<Checked>> {
    if config.checks.is_empty() {
        return Ok(Vec::new());
    }
    let moment = Moment { newest: lake.maturity.newest, now: now() };
    let window = moment.window(&config.checks);
    let mut catalog = match built {
        Some(built) => Catalog::of_built(lake, library, built, window)?,
        None => Catalog::of_lake(lake, library, window)?,
    };
    lake::warn_of(catalog.behind(), printer);
    Ok(check(&mut catalog, library, config, moment)?)
}

/// Says which checks failed: a blocking one is an error, another a warning.
pub(super) fn tell(checked: &[Checked], printer: &Printer) {
    for check in checked.iter().filter(|check| !check.passed()) {
        let text = format!("check {}: {}", check.name, check.sentence());
        match check.level {
            Level::Blocking => printer.problem(&text),
            Level::Warning => printer.warning(&text),
        }
    }
}

/// One row for all that was measured; one for a check that measured nothing.
fn frame(checked: &[Checked]) -> PolarsResult<DataFrame> {
    let rows: Vec<(&Checked, Option<&Measured>)> = checked
        .iter()
        .flat_map(|check| {
            let none = check.measured.is_empty().then_some((check, None));
            none.into_iter().chain(check.measured.iter().map(move |measured| (check, Some(measured))))
        })
        .collect();
    let text = |name: &str, of: &dyn Fn(&Checked, Option<&Measured>) -> Option<String>| {
        Column::new(name.into(), rows.iter().map(|(check, measured)| of(check, *measured)).collect::<Vec<_>>())
    };
    let number = |name: &str, of: &dyn Fn(&Checked, Option<&Measured>) -> Option<f64>| {
        Column::new(name.into(), rows.iter().map(|(check, measured)| of(check, *measured)).collect::<Vec<_>>())
    };
    let days: Int32Chunked =
        rows.iter().map(|(_, measured)| measured.and_then(|measured| measured.day).map(|day| day.number())).collect();
    // The whole may be a median.
    let parts: Int64Chunked = rows.iter().map(|(_, measured)| Some(measured.as_ref()?.part? as i64)).collect();
    let columns = vec![
        text("check", &|check, _| Some(check.name.clone())),
        text("kind", &|check, _| Some(check.kind.as_str().to_owned())),
        text("level", &|check, _| Some(check.level.as_str().to_owned())),
        days.with_name("day".into()).into_date().into_column(),
        text("subject", &|_, measured| measured?.subject.clone()),
        parts.with_name("part".into()).into_column(),
        number("whole", &|_, measured| measured?.whole),
        number("value", &|_, measured| Some(measured?.value)),
        number("at_least", &|check, _| check.bounds.at_least),
        number("at_most", &|check, _| Some(check.bounds.at_most)),
        text("verdict", &|_, measured| {
            Some(measured.map_or("nothing to judge by", |of| of.verdict.as_str()).to_owned())
        }),
    ];
    DataFrame::new(rows.len(), columns)
}
