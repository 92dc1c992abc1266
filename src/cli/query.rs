//! `usage-report query`

use std::fs;
use std::io::Write as _;

use anyhow::{Context as _, bail};

use super::Outcome;
use super::args::{OutputFormat, QueryCommand};
use super::printer::Printer;
use crate::lake::{Receipt, Sightings, Store};
use crate::query::{Catalog, Library, Window};

pub(super) fn run(command: &QueryCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    let (name, sql) = match (&command.file, &command.sql) {
        (Some(file), _) => {
            let sql = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            (file.display().to_string(), sql)
        }
        (None, Some(sql)) => ("the query".to_owned(), sql.clone()),
        (None, None) => bail!("no statement"),
    };
    if command.format == OutputFormat::Parquet && printer.is_screen() {
        bail!("Parquet is not for the screen: redirect it");
    }
    let store = Store::new(&command.lake.lake);
    let receipts = Receipt::read_all(&store)?;
    if receipts.is_empty() {
        bail!("there is no data in {}: ingest dumps first (usage-report run PATH…)", store.root().display());
    }
    let library = Library::load()?;
    let catalog = Catalog::of_lake(&store, &receipts, &Sightings::read(&store)?, &library, Window::ALL)?;
    let frame = catalog.run(&name, &sql)?;
    let mut out = printer.out();
    printer.frame(&frame, command.format.format(), &mut out)?;
    out.flush()?;
    Ok(Outcome::Done)
}
