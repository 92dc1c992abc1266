//! `usage-report gc`

use std::time::SystemTime;

use indicatif::HumanBytes;

use super::Outcome;
use super::args::GcCommand;
use super::printer::Printer;
use crate::lake::{Store, StoredFile};
use crate::maintenance::collect;

pub(super) fn run(command: &GcCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    let store = Store::new(&command.lake.lake);
    let before = SystemTime::now().checked_sub(command.older_than).unwrap_or(SystemTime::UNIX_EPOCH);
    let garbage = collect(&store, before, command.dry_run)?;
    let what = if command.dry_run { "a dry run; would remove" } else { "removed" };
    let part = |name: &str, files: &[StoredFile]| {
        let bytes = HumanBytes(files.iter().map(|file| file.bytes).sum());
        format!("{} {name} ({bytes})", files.len())
    };
    printer.note(&format!(
        "gc: {what} {}, {}, {}",
        part("files of rows that were written anew", &garbage.superseded),
        part("files that nothing names", &garbage.orphans),
        part("unfinished files", &garbage.unfinished),
    ));
    Ok(Outcome::Done)
}
