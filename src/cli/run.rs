//! `usage-report run`: the whole path.

use std::io::Write as _;

use super::args::RunCommand;
use super::printer::Printer;
use super::settings::ReadSettings;
use super::{Outcome, build, ingest, lake, report};
use crate::build::answer;
use crate::lake::Store;
use crate::query::Library;

pub(super) fn run(command: &RunCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    let store = Store::new(&command.lake.lake);
    let library = Library::load()?;
    let settings = ReadSettings::decide(&command.read, &store, printer)?;
    let outcome = ingest::read(&store, &settings, printer)?;
    let mut answers = lake::again_if_changed(|| {
        let built = build::bring_up(&store, &library, printer)?;
        Ok(answer(&store, &built, &library)?)
    })?;
    answers.retain(|answer| answer.query.header.headline().is_some());
    answers.sort_by_key(|answer| answer.query.header.headline());
    let mut out = printer.out();
    for answer in &answers {
        report::print(answer.query, &answer.frame, printer, &mut out)?;
    }
    out.flush()?;
    Ok(outcome)
}
