//! `usage-report compact`

use indicatif::HumanBytes;

use super::args::CompactCommand;
use super::meter::Meter;
use super::printer::Printer;
use super::{Outcome, lake};
use crate::job::config::Config;
use crate::lake::{Contents, Store};
use crate::maintenance::compact;

pub(super) fn run(command: &CompactCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let (store, contents) = lake::contents(config)?;
    merge(&store, &contents, command, printer)?;
    Ok(Outcome::Done)
}

/// Compacts and says how it went.
pub(super) fn merge(
    store: &Store,
    contents: &Contents,
    command: &CompactCommand,
    printer: &Printer,
) -> anyhow::Result<()> {
    printer.note(&told(store, contents, command, printer)?);
    Ok(())
}

/// Compacts; says how it went, or would go.
pub(super) fn told(
    store: &Store,
    contents: &Contents,
    command: &CompactCommand,
    printer: &Printer,
) -> anyhow::Result<String> {
    let compacted = compact(store, contents, command.all, command.dry_run, &Meter::new(printer))?;
    let (batches, bytes) = (compacted.merged.values().map(Vec::len).sum::<usize>(), HumanBytes(compacted.bytes));
    let (merged, files) = (compacted.merged.len(), compacted.files_before);
    Ok(if merged == 0 {
        "compact: there are not enough small batches to merge".to_owned()
    } else if command.dry_run {
        format!("compact: a dry run; {batches} batches ({files} files, {bytes}) would become {merged}")
    } else {
        let after = compacted.files_after;
        format!(
            "compact: {batches} batches ({files} files, {bytes}) became {merged} ({after} files); `usage-report gc` removes the old ones"
        )
    })
}
