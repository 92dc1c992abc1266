//! `usage-report ingest`

use std::iter;
use std::path::PathBuf;

use indicatif::HumanBytes;

use super::args::IngestCommand;
use super::meter::Meter;
use super::printer::Printer;
use super::settings::ReadSettings;
use super::{Outcome, found};
use crate::ingest::{ReadSource, Summary, ingest};
use crate::job::IngestCounts;
use crate::job::config::Config;
use crate::lake::{SourceReceipt, Store};

pub(super) fn run(command: &IngestCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let store = Store::new(&config.top.lake);
    let mut settings = ReadSettings::decide(&command.read.paths, config, &store, printer)?;
    settings.records.options.share.clone_from(&command.share);
    Ok(read(&store, settings, printer)?.0)
}

/// Ingests and says how it went.
pub(super) fn read(store: &Store, settings: ReadSettings, printer: &Printer) -> anyhow::Result<(Outcome, Summary)> {
    let ReadSettings { first, mut found, max_rejects, records } = settings;
    let (files, meter) = (iter::once(first).chain(found.by_ref()), Meter::new(printer));
    let mut told = |source: &ReadSource| meter.aside(|| printer.detail(|| read_as(source)));
    let summary = ingest(store, files, &records.key, &records.options, &meter, &mut told);
    drop(meter);
    found::tell_problems(&found, printer);
    let summary = summary?;
    tell(&summary, printer);

    let problems = !found.problems.is_empty() || !summary.failed.is_empty() || !summary.problems.is_empty();
    let beyond = max_rejects.is_some_and(|limit| summary.counts.rejects > limit);
    if beyond {
        printer.problem(&format!("{} records refused, more than --max-rejects allows", summary.counts.rejects));
    }
    Ok((if problems || beyond { Outcome::WithProblems } else { Outcome::Done }, summary))
}

/// Warns of files that hold another dump than when they were last seen.
pub(super) fn tell_changed(changed: &[(PathBuf, i64)], printer: &Printer) {
    for (path, more) in changed {
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
}

/// How a dump was read, and what became of it.
fn read_as(source: &ReadSource) -> String {
    let SourceReceipt { format, digest, bytes, decompressed_bytes, counts, .. } = &source.receipt;
    format!(
        "ingest: {} (digest {digest}) as {format}: {}, {} decompressed; {} records: {} events, {} refused, {} of other applications, {} filtered",
        source.path.display(),
        HumanBytes(*bytes),
        HumanBytes(*decompressed_bytes),
        counts.records,
        counts.events,
        counts.rejects,
        counts.foreign,
        counts.filtered
    )
}

fn tell(summary: &Summary, printer: &Printer) {
    let told = IngestCounts::from(summary);
    for failed in &summary.failed {
        printer.problem(&failed.to_string());
    }
    tell_changed(&summary.changed, printer);
    summary.problems.iter().for_each(|problem| printer.problem(problem));
    if summary.batches.is_empty() {
        let text = format!("ingest: nothing new ({} dumps are in the lake already)", summary.known);
        printer.told(&text, &[], &told);
        return;
    }
    let counts = summary.counts;
    let text = format!(
        "ingest: {} dumps ({} known, {} of the same content), {} records: {} events, {} refused, {} of other applications, {} filtered",
        summary.read.len(),
        summary.known,
        summary.same,
        counts.records,
        counts.events,
        counts.rejects,
        counts.foreign,
        counts.filtered
    );
    let won_back = summary.won_back.iter().map(|(rule, count)| format!("won back {count} by the rule {rule}"));
    let refused = told.rejects.iter().map(|(reason, count)| format!("refused {count}: {reason}"));
    printer.told(&text, &won_back.chain(refused).collect::<Vec<_>>(), &told);
}
