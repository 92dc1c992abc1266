//! `usage-report gc`

use std::time::{Duration, SystemTime};

use indicatif::HumanBytes;

use super::Outcome;
use super::args::GcCommand;
use super::printer::Printer;
use crate::job::config::Config;
use crate::lake::{Store, StoredFile};
use crate::maintenance::collect;

pub(super) fn run(command: &GcCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let store = Store::new(&config.top.lake);
    clean(&store, config.maintenance.gc_older_than, command, printer)?;
    Ok(Outcome::Done)
}

/// Removes what is old and says how it went.
pub(super) fn clean(store: &Store, older_than: Duration, command: &GcCommand, printer: &Printer) -> anyhow::Result<()> {
    printer.note(&told(store, older_than, command)?);
    Ok(())
}

/// Removes what is old; says how it went, or would go.
pub(super) fn told(store: &Store, older_than: Duration, command: &GcCommand) -> anyhow::Result<String> {
    let before = SystemTime::now().checked_sub(older_than).unwrap_or(SystemTime::UNIX_EPOCH);
    let garbage = collect(store, before, command.dry_run)?;
    let what = if command.dry_run { "a dry run; would remove" } else { "removed" };
    let part = |name: &str, files: &[StoredFile]| {
        let bytes = HumanBytes(files.iter().map(|file| file.bytes).sum());
        format!("{} {name} ({bytes})", files.len())
    };
    Ok(format!(
        "gc: {what} {}, {}, {}",
        part("files of rows that were written anew", &garbage.superseded),
        part("files that nothing names", &garbage.orphans),
        part("unfinished files", &garbage.unfinished),
    ))
}
