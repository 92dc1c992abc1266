//! What is published: the results of all reports that the lake keeps, and the files of them.

use super::meter::Meter;
use super::printer::{Printer, now};
use super::{build, lake, page, report};
use crate::build::{Answers, Engine, answer};
use crate::job::config::Config;
use crate::lake::{Contents, Store, layout};
use crate::query::{Library, Query};

/// Brings up to date what was made of rows that are now others: marts always, reports where some are kept.
pub(super) fn bring_up(config: &Config, store: &Store, printer: &Printer) -> anyhow::Result<()> {
    let library = Library::load()?;
    let has_reports = !store.list(layout::REPORTS)?.is_empty();
    let answers = lake::again_if_changed(|| {
        let built = build::bring_up(store, &library, (Engine::Own, None), printer)?;
        let terms = lake::terms(config, &built.contents);
        Ok(has_reports
            .then(|| answer((store, Engine::Own), &built, &terms, &library, now(), &Meter::new(printer)))
            .transpose()?)
    })?;
    match answers {
        Some(answers) => write_files(&answers, &library, config, store, printer),
        None => Ok(()),
    }
}

/// Writes the files of all reports, if they are wanted.
pub(super) fn write_files(
    answers: &Answers<'_>,
    library: &Library,
    config: &Config,
    store: &Store,
    printer: &Printer,
) -> anyhow::Result<()> {
    let Some(folder) = &config.reports.folder else { return Ok(()) };
    let contents = Contents::read(store)?;
    let about = page::about(store, &contents, lake::maturity(config, &contents), answers.window)?;
    let answers: Vec<(&Query, _)> = answers.answers.iter().map(|answer| (answer.query, &answer.frame)).collect();
    report::write_files(folder, &config.reports.formats, &answers, library, &about, printer)
}
