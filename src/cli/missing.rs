//! Who is missing from all figures: those who were forgotten.

use std::io::Write;

use super::printer::Printer;
use crate::lake::{Contents, Store, count_forgotten};

/// Of how many events no report knows, in a sentence; `None` if nobody was forgotten.
pub(super) fn sentence(store: &Store) -> anyhow::Result<Option<String>> {
    let forgotten = count_forgotten(store)?;
    if forgotten == 0 {
        return Ok(None);
    }
    let contents = Contents::read(store)?;
    let events: u64 = contents.sources().map(|(_, source)| source.counts.forgotten).sum();
    Ok(Some(format!("All figures are without {events} events of {forgotten} users and projects that were forgotten.")))
}

/// Says it on the screen.
pub(super) fn print(store: &Store, printer: &Printer, out: &mut impl Write) -> anyhow::Result<()> {
    if let Some(sentence) = sentence(store)? {
        printer.lines(&format!("{sentence}\n"), out)?;
    }
    Ok(())
}
