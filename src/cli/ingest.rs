//! `usage-report ingest`

use std::collections::BTreeMap;

use anyhow::bail;

use super::Outcome;
use super::args::IngestCommand;
use super::meter::Meter;
use super::printer::Printer;
use super::settings::ReadSettings;
use crate::ingest::{Summary, ingest};
use crate::lake::Store;
use crate::source::discover;

pub(super) fn run(command: &IngestCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    let store = Store::new(&command.lake.lake);
    let settings = ReadSettings::decide(&command.read, &store, printer)?;
    read(&store, &settings, printer)
}

/// Ingests and says how it went.
pub(super) fn read(store: &Store, settings: &ReadSettings, printer: &Printer) -> anyhow::Result<Outcome> {
    let found = discover(&settings.paths);
    for problem in &found.problems {
        printer.problem(&problem.to_string());
    }
    if found.files.is_empty() {
        bail!("no dump to read");
    }
    let meter = Meter::new(printer);
    let summary = ingest(store, &found.files, &settings.records.key, &settings.records.options, &meter);
    meter.end();
    let summary = summary?;
    tell(&summary, printer);

    let problems = !found.problems.is_empty()
        || !summary.failed.is_empty()
        || summary.read.iter().any(|source| source.problem.is_some());
    let beyond = settings.max_rejects.is_some_and(|limit| summary.counts.rejects > limit);
    if beyond {
        printer.problem(&format!("{} records refused, more than --max-rejects allows", summary.counts.rejects));
    }
    Ok(if problems || beyond { Outcome::WithProblems } else { Outcome::Done })
}

fn tell(summary: &Summary, printer: &Printer) {
    for failed in &summary.failed {
        printer.problem(&failed.to_string());
    }
    for (path, more) in &summary.changed {
        let how = match more {
            1.. => format!("has grown by {more} bytes"),
            0 => "has other content".to_owned(),
            ..0 => format!("is {} bytes shorter", more.unsigned_abs()),
        };
        printer.warning(&format!(
            "{} {how} since it was read: it is another dump now, and what it held before stays counted",
            path.display()
        ));
    }
    for problem in summary.read.iter().filter_map(|source| source.problem.as_deref()) {
        printer.problem(problem);
    }
    if summary.batch.is_none() {
        printer.note(&format!("ingest: nothing new ({} dumps are in the lake already)", summary.known));
        return;
    }
    let counts = summary.counts;
    printer.note(&format!(
        "ingest: {} dumps ({} known, {} of the same content), {} records: {} events, {} refused, {} of other applications, {} filtered",
        summary.read.len(),
        summary.known,
        summary.same,
        counts.records,
        counts.events,
        counts.rejects,
        counts.foreign,
        counts.filtered
    ));
    for (rule, count) in &summary.won_back {
        printer.note(&format!("  won back {count} by the rule {rule}"));
    }
    let refused: BTreeMap<_, _> = summary.rejects.iter().map(|(reason, count)| (reason.as_str(), count)).collect();
    for (reason, count) in refused {
        printer.note(&format!("  refused {count}: {reason}"));
    }
}
