//! `usage-report rejects`: what was refused, by reason; with `--show` the bytes, read back from the dumps.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::bail;

use super::args::RejectsCommand;
use super::printer::Printer;
use super::{Outcome, lake};
use crate::decode::Reason;
use crate::job::config::Config;
use crate::lake::{Contents, Holes, Sightings, Store};
use crate::names::unknown;
use crate::query::{Catalog, Lake, Library, Window};
use crate::source::excerpts;

/// One refused record, as the table has it.
struct Refused {
    offset: u64,
    length: u64,
    item: i64,
    reason: String,
}

pub(super) fn run(command: &RejectsCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    if let Some(reason) = &command.reason
        && !Reason::ALL.iter().any(|known| known.as_str() == reason)
    {
        let known: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        bail!(unknown("reason", reason, &known));
    }
    let store = Store::new(&config.top.lake);
    let contents = Contents::read(&store)?;
    let mut out = printer.out();
    let mut counts = contents.rejects();
    counts.retain(|reason, _| command.reason.as_ref().is_none_or(|wanted| wanted == reason));
    for (reason, count) in &counts {
        let meaning = Reason::ALL.iter().find(|known| known.as_str() == *reason).map_or("", |known| known.meaning());
        let text = format!("{count:>10}  {reason}: {meaning}");
        writeln!(out, "{}", textwrap::fill(&text, printer.wrapping().subsequent_indent("            ")))?;
    }
    if counts.is_empty() {
        writeln!(out, "nothing was refused")?;
    }
    if command.show {
        show(command, config, (&store, &contents), printer, &mut out)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn show(
    command: &RejectsCommand,
    config: &Config,
    (store, contents): (&Store, &Contents),
    printer: &Printer,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let sightings = Sightings::read(store)?;
    let library = Library::load()?;
    let maturity = lake::maturity(config, contents);
    let lake = Lake { store, contents, sightings: &sightings, maturity, holes: &Holes::default() };
    let catalog = Catalog::of_lake(&lake, &library, Window::ALL)?;
    let frame = catalog.run("rejects", "SELECT * FROM rejects ORDER BY source, source_offset, source_item, reason")?;
    let (sources, reasons) = (frame.column("source")?.str()?, frame.column("reason")?.str()?);
    let (offsets, lengths) = (frame.column("source_offset")?.i64()?, frame.column("source_length")?.i64()?);
    let items = frame.column("source_item")?.i32()?;
    let mut by_source: BTreeMap<&str, Vec<Refused>> = BTreeMap::new();
    let mut shown = 0;
    for row in 0..frame.height() {
        let (Some(source), Some(reason)) = (sources.get(row), reasons.get(row)) else { continue };
        if shown == command.limit || command.reason.as_ref().is_some_and(|wanted| wanted != reason) {
            continue;
        }
        shown += 1;
        by_source.entry(source).or_default().push(Refused {
            offset: offsets.get(row).and_then(|offset| u64::try_from(offset).ok()).unwrap_or(0),
            length: lengths.get(row).and_then(|length| u64::try_from(length).ok()).unwrap_or(0),
            item: items.get(row).unwrap_or(0).into(),
            reason: reason.to_owned(),
        });
    }
    for (source, refused) in by_source {
        match sightings.place(source) {
            Some(path) => show_source(command, path, &refused, printer, out)?,
            None => printer.warning(&format!("nobody knows where the dump with the digest {source} is")),
        }
    }
    Ok(())
}

fn show_source(
    command: &RejectsCommand,
    path: &Path,
    refused: &[Refused],
    printer: &Printer,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let places: Vec<(u64, usize)> = refused
        .iter()
        .map(|record| (record.offset, usize::try_from(record.length).unwrap_or(usize::MAX).min(command.bytes)))
        .collect();
    let found = match excerpts(path, &places) {
        Ok(found) => found,
        Err(error) => {
            printer.warning(&format!("{error} (it has {} refused records)", refused.len()));
            return Ok(());
        }
    };
    for (record, bytes) in refused.iter().zip(found) {
        let (offset, length, item) = (record.offset, record.length, record.item);
        let place = format!("{}: byte {offset}, {length} bytes, event {item}: {}", path.display(), record.reason);
        let whole = printer.wrapping().break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
        writeln!(out, "\n{}", textwrap::fill(&place, whole.subsequent_indent("  ")))?;
        let more = if record.length > bytes.len() as u64 { " …" } else { "" };
        let bytes = format!("{}{more}", bytes.escape_ascii());
        let anywhere = printer.wrapping().initial_indent("  ").subsequent_indent("  ");
        writeln!(out, "{}", textwrap::fill(&bytes, anywhere))?;
    }
    Ok(())
}
