//! `usage-report query`

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use anyhow::{anyhow, bail};

use super::args::QueryCommand;
use super::printer::Printer;
use super::settings::advice;
use super::{Outcome, lake};
use crate::job::config::Config;
use crate::objects;
use crate::query::{Kind, Library, Mistakes, Window};

pub(super) fn run(command: &QueryCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    if let Some(folder) = &command.check {
        return check(folder, printer);
    }
    let (name, sql) = match (&command.file, &command.sql) {
        (Some(file), _) => {
            let sql = objects::read_text(file)
                .map_err(|reason| anyhow!("cannot read {}: {reason}{}", file.display(), advice(file)))?;
            (file.display().to_string(), sql)
        }
        (None, Some(sql)) => ("the query".to_owned(), sql.clone()),
        (None, None) => bail!("no statement"),
    };
    printer.takes(command.format)?;
    let library = Library::load()?;
    let mut behind = BTreeSet::new();
    let frame = lake::again_if_changed(|| {
        let catalog = lake::catalog(config, &library, Window::ALL)?;
        behind.clone_from(catalog.behind());
        Ok(catalog.run(&name, &sql)?)
    })?;
    lake::warn_of(&behind, printer);
    let mut out = printer.out();
    printer.frame(&frame, command.format, &mut out)?;
    out.flush()?;
    Ok(Outcome::Done)
}

/// Says everything that is wrong with the queries of a folder.
fn check(folder: &Path, printer: &Printer) -> anyhow::Result<Outcome> {
    let library = Library::load()?;
    let before = library.of_kind(Kind::Report).count();
    match library.with_own(folder) {
        Ok(library) => {
            let own = library.of_kind(Kind::Report).count() - before;
            printer.note(&format!("query: {own} reports in {}, all in order", folder.display()));
            Ok(Outcome::Done)
        }
        Err(Mistakes(mistakes)) => {
            mistakes.iter().for_each(|mistake| printer.problem(&mistake.to_string()));
            Ok(Outcome::WithProblems)
        }
    }
}
