//! `usage-report run --dry-run`: what a run would do. Nothing is written, no folder and no key is made.
//!
//! Dumps that do not look as they did are digested, so that what is new is told as the run tells it. They are not read, so
//! their days are not known: what is said of days, reports and batches is of what is in the lake already.

use std::collections::BTreeMap;
use std::io::Write;
use std::iter;

use indicatif::HumanBytes;

use super::args::{CompactCommand, GcCommand, ReadArguments};
use super::meter::Meter;
use super::printer::Printer;
use super::settings::{named, options};
use super::{Outcome, build, compact, found, gc, ingest, key, lake, retention};
use crate::build::{Plan, stale};
use crate::ingest::{Survey, survey};
use crate::job::config::Config;
use crate::lake::{Contents, Store, layout};
use crate::query::{Kind, Library};
use crate::report::ReportFormat;
use crate::source::discover;

/// More lines than this of one kind are only counted.
const MOST_LINES: usize = 20;

pub(super) fn run(command: &ReadArguments, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let store = Store::new(&config.top.lake);
    let library = lake::library(config)?;
    // What a run refuses this refuses, in the same order.
    let paths = named(&command.paths, config)?;
    options(config)?;
    let mut found = discover(paths);
    let first = found::first(&mut found, printer)?;
    let key = key::known(config.top.key_file.as_deref(), &store, printer)?;
    let dumps_found = iter::once(first).chain(found.by_ref());
    let survey = survey(&store, dumps_found, key.as_ref(), MOST_LINES, &Meter::new(printer))?;
    found::tell_problems(&found, printer);
    survey.failed.iter().for_each(|failed| printer.problem(&failed.to_string()));
    ingest::tell_changed(&survey.changed, printer);

    let mut out = Vec::new();
    writeln!(out, "a dry run: nothing is written")?;
    if key.is_none() && store.is_remote() {
        writeln!(out, "key: none is given, and none is made for a lake in an object store")?;
    } else if key.is_none() {
        writeln!(out, "key: none is given; one would be made and kept in {}", store.place(layout::KEY).display())?;
    }
    dumps(&survey, &mut out)?;
    let contents = Contents::read(&store)?;
    marts(&store, &contents, &library, &survey, config, &mut out)?;
    files(config, &library, &mut out)?;
    if let Some(told) = retention::told(config, &store)? {
        writeln!(out, "{told}")?;
    }
    if config.maintenance.compact {
        let command = CompactCommand { all: false, dry_run: true };
        writeln!(out, "{}", compact::told(&store, &contents, &command, printer)?)?;
    }
    if config.maintenance.gc {
        let command = GcCommand { dry_run: true };
        writeln!(out, "{}", gc::told(&store, config.maintenance.gc_older_than, &command)?)?;
    }
    let mut to = printer.out();
    printer.lines(&String::from_utf8_lossy(&out), &mut to)?;
    to.flush()?;
    let problems = !found.problems.is_empty() || !survey.failed.is_empty();
    Ok(if problems { Outcome::WithProblems } else { Outcome::Done })
}

/// Which dumps would be read.
fn dumps(survey: &Survey, out: &mut impl Write) -> anyhow::Result<()> {
    let Survey { new, bytes, first, known, same, .. } = survey;
    let bytes = HumanBytes(*bytes);
    writeln!(out, "ingest: {new} dumps are new ({bytes}), {known} known, {same} of the same content")?;
    let lines = first.iter().map(|file| format!("{} ({})", file.path.display(), HumanBytes(file.bytes)));
    list(&lines.collect::<Vec<_>>(), *new, out)
}

/// Which days would be built, and which reports made anew.
fn marts(
    store: &Store,
    contents: &Contents,
    library: &Library,
    survey: &Survey,
    config: &Config,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let plan = Plan::make(store, contents, library, None)?;
    let days: BTreeMap<_, _> = plan.days.iter().map(|planned| (planned.day, planned.causes.clone())).collect();
    let files: usize = plan.days.iter().map(|planned| planned.stale.len()).sum();
    writeln!(out, "build: {} days are stale, {files} files; {} files are fresh", days.len(), plan.fresh)?;
    let reasons = build::reasons(days.iter());
    list(&reasons, reasons.len(), out)?;
    let stale = stale(store, contents, &plan.marts, &lake::terms(config, contents), library)?;
    let names: Vec<String> = stale.reports.iter().map(|(query, _)| query.name.to_owned()).collect();
    writeln!(out, "report: {} of {} are stale", names.len(), library.of_kind(Kind::Report).count())?;
    list(&names, names.len(), out)?;
    if survey.new > 0 {
        writeln!(
            out,
            "  Besides, the days of the new dumps and those beside them would be built, and reports that read them made \
             anew: which these are is not known before the dumps are read"
        )?;
    }
    Ok(())
}

/// Which files would be written outside of the lake.
fn files(config: &Config, library: &Library, out: &mut impl Write) -> anyhow::Result<()> {
    if let Some(folder) = &config.reports.folder {
        let all = || library.of_kind(Kind::Report);
        let files = |format: &ReportFormat| match format {
            ReportFormat::Rows(_) => all().count(),
            ReportFormat::VegaLite => all().filter(|query| query.header.chart().is_some()).count(),
            ReportFormat::Html => 1,
        };
        let count: usize = config.reports.formats.iter().map(files).sum();
        // Of a report without rows there is no chart.
        let most = if config.reports.formats.contains(&ReportFormat::VegaLite) { "up to " } else { "" };
        writeln!(out, "report: {most}{count} files in {}", folder.display())?;
    }
    if let Some(file) = &config.metrics.file {
        writeln!(out, "metrics: {}", file.display())?;
    }
    Ok(())
}

/// The first of so many lines.
fn list(lines: &[String], of: usize, out: &mut impl Write) -> anyhow::Result<()> {
    for line in lines.iter().take(MOST_LINES) {
        writeln!(out, "  {line}")?;
    }
    if let Some(more) = of.checked_sub(MOST_LINES).filter(|more| *more > 0) {
        writeln!(out, "  and {more} more")?;
    }
    Ok(())
}
