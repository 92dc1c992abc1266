//! `usage-report run`: the whole path.

use std::io::Write as _;

use super::args::RunCommand;
use super::printer::Printer;
use super::settings::ReadSettings;
use super::{Outcome, build, ingest, lake, report};
use crate::build::{Answers, answer};
use crate::lake::Store;
use crate::query::Library;

pub(super) fn run(command: &RunCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    let store = Store::new(&command.lake.lake);
    let library = Library::load()?;
    let settings = ReadSettings::decide(&command.read, &store, printer)?;
    let outcome = ingest::read(&store, &settings, printer)?;
    let Answers { mut answers, restated } = lake::again_if_changed(|| {
        let built = build::bring_up(&store, &library, None, printer)?;
        Ok(answer(&store, &built, lake::maturity(&built.contents), &library, &lake::now())?)
    })?;
    let figures: usize = restated.iter().map(|restatement| restatement.figures.len()).sum();
    if figures > 0 {
        printer
            .warning(&format!("{figures} figures of final days changed: `usage-report changes` says which, and why"));
    }
    answers.retain(|answer| answer.query.header.headline().is_some());
    answers.sort_by_key(|answer| answer.query.header.headline());
    let mut out = printer.out();
    for answer in &answers {
        report::print(answer.query, &answer.frame, printer, &mut out)?;
    }
    out.flush()?;
    Ok(outcome)
}
