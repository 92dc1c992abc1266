//! `usage-report build`

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Outcome;
use super::args::BuildCommand;
use super::printer::Printer;
use crate::build::{Built, build};
use crate::lake::Store;
use crate::query::Library;

pub(super) fn run(command: &BuildCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    bring_up(&Store::new(&command.lake.lake), &Library::load()?, printer)?;
    Ok(Outcome::Done)
}

/// Builds and says how it went.
pub(super) fn bring_up(store: &Store, library: &Library, printer: &Printer) -> anyhow::Result<Built> {
    let number = AtomicUsize::new(0);
    let built = build(store, library, |planned, days| {
        let number = number.fetch_add(1, Ordering::Relaxed) + 1;
        if printer.is_watched() {
            printer.note(&format!("build: {} ({number} of {days})", planned.day));
        }
    })?;
    printer.note(&format!("build: {} days, {} files written, {} fresh", built.days, built.files, built.fresh));
    Ok(built)
}
