//! The dictionary of reports as a document.

use std::io::{self, Write};

use super::{Entry, Told};
use crate::cli::document::{code, item, link, names, prose, table};

/// Of whose section nobody says anything: reports of somebody's own.
const OWN: &str = "own";

/// Writes it: by section, in the order in which reports come.
pub(super) fn write(entries: &[Entry<'_>], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "# Reports\n")?;
    writeln!(
        out,
        "What every report means: its question, unit and grain, what to mind, what it is made from, and its columns. Made \
         by `usage-report dictionary --format markdown`.\n"
    )?;
    let mut sections: Vec<(&str, Vec<&Entry<'_>>)> = Vec::new();
    for entry in entries {
        let section = entry.query.header.get("section").unwrap_or(OWN);
        match sections.iter_mut().find(|(name, _)| *name == section) {
            Some((_, of)) => of.push(entry),
            None => sections.push((section, vec![entry])),
        }
    }
    table(
        ["Section", "Reports"],
        sections.iter().map(|(section, of)| {
            let links: Vec<String> = of.iter().map(|entry| link(entry.query.name)).collect();
            [prose(section), links.join(", ")]
        }),
        out,
    )?;
    for (section, of) in &sections {
        writeln!(out, "\n## Section: {}", prose(section))?;
        of.iter().try_for_each(|entry| report(entry, out))?;
    }
    Ok(())
}

fn report(entry: &Entry<'_>, out: &mut impl Write) -> io::Result<()> {
    let header = &entry.query.header;
    let title = header.get("title").unwrap_or(entry.query.name);
    let question = header.get("question").map(|question| format!(" {}", prose(question))).unwrap_or_default();
    writeln!(out, "\n### {}\n\n**{}.**{question}\n", entry.query.name, prose(title))?;
    for (key, of) in [("unit", "Unit"), ("grain", "One row"), ("caveat", "Mind"), ("unpublished", "Not published")] {
        header.all(key).try_for_each(|text| item(of, &prose(text), out))?;
    }
    if let Some(key) = header.get("key") {
        item("Key", &names(key.split(',').map(str::trim)), out)?;
    }
    item("Made from", &names(entry.reads.split(", ").filter(|name| !name.is_empty())), out)?;
    writeln!(out)?;
    table(["Column", "Type", "Unit", "Meaning"], entry.columns.iter().map(row), out)
}

fn row(column: &Told<'_>) -> [String; 4] {
    let meaning = column.meaning.as_ref().map(|meaning| {
        let from = meaning.from.as_ref().map(|from| format!("; from {}", prose(from))).unwrap_or_default();
        prose(&meaning.doc) + &from
    });
    [
        code(&column.name),
        column.data_type.to_string(),
        column.unit().unwrap_or_default().to_owned(),
        meaning.unwrap_or_default(),
    ]
}
