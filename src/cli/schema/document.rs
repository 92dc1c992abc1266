//! The data dictionary as a document.

use std::io::{self, Write};

use super::{Entry, Table};
use crate::cli::document::{code, link, prose, table};
use crate::staging::{Treatment, Unit};

/// Under which name the columns are that all tables of events have.
const SHARED: &str = "every_table_of_events";

/// Writes it; with all words of every closed list, or only the ends of long ones.
pub(super) fn write(tables: &[Table<'_>], all_words: bool, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "# Tables\n")?;
    writeln!(
        out,
        "What every table and column means: type, unit, source in dbt 1 and 2, and treatment. Made by `usage-report schema \
         --format markdown`.\n"
    )?;
    let (marts, staging): (Vec<_>, Vec<_>) = tables.iter().partition(|table| table.is_mart());
    let shared = staging.iter().find(|table| !table.shared.is_empty());
    let links = |of: &[&Table<'_>]| of.iter().map(|table| link(table.name)).collect::<Vec<_>>().join(", ");
    let rows = [("Marts", links(&marts)), ("Staging", links(&staging))];
    let rows = rows.into_iter().filter(|(_, links)| !links.is_empty()).map(|(of, links)| [of.to_owned(), links]);
    table(["", "Tables"], rows, out)?;
    if !marts.is_empty() {
        writeln!(out, "\n## Marts")?;
    }
    for mart in marts {
        heading(mart.name, &format!("One row: {}", mart.doc), out)?;
        let rows = mart.columns().map(|column| {
            let from = column.from.map(prose).unwrap_or_default();
            [code(column.name), column.data_type.to_string(), unit(column), prose(column.doc), from]
        });
        table(["Column", "Type", "Unit", "Meaning", "From"], rows, out)?;
    }
    if staging.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Staging\n")?;
    writeln!(
        out,
        "A source is a field of a context (`run_model.execution_time`) or of a message (`RunModel.execution_time`), a \
         column of the enriched event (`col:`), or a field of the envelope around the message (`env:`). How what was sent \
         came to be what a column holds is its treatment:\n"
    )?;
    let treatments = Treatment::ALL.iter().map(|of| [of.as_str().to_owned(), prose(of.meaning())]);
    table(["Treatment", ""], treatments, out)?;
    if !all_words {
        writeln!(out, "\nOf a long list of words the ends are here; `usage-report schema TABLE` has all of them.")?;
    }
    if let Some(table) = shared {
        heading(SHARED, "The columns that all of them have", out)?;
        columns(&table.shared, all_words, out)?;
    }
    for table in staging {
        heading(table.name, table.doc, out)?;
        columns(&table.own, all_words, out)?;
    }
    Ok(())
}

fn heading(name: &str, doc: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n### {name}\n\n{}.\n", prose(doc))
}

fn columns(columns: &[Entry<'_>], all_words: bool, out: &mut impl Write) -> io::Result<()> {
    if columns.is_empty() {
        return writeln!(out, "It has no others.");
    }
    let rows = columns.iter().map(|column| {
        let words = column.listed(all_words).map(|words| format!(": {}", prose(&words))).unwrap_or_default();
        let treatment = column.treatment.map(Treatment::as_str).unwrap_or_default();
        let dbt1 = column.dbt1.or(column.from).map(code).unwrap_or_default();
        let dbt2 = column.dbt2.or(column.from).map(code).unwrap_or_default();
        [
            code(column.name),
            column.data_type.to_string(),
            unit(column),
            prose(column.doc),
            dbt1,
            dbt2,
            treatment.to_owned() + &words,
        ]
    });
    table(["Column", "Type", "Unit", "Meaning", "dbt 1", "dbt 2", "Treatment"], rows, out)
}

fn unit(column: &Entry<'_>) -> String {
    // The type of times says that they are UTC.
    let unit = column.unit.map(Unit::as_str).filter(|unit| !column.data_type.contains(unit));
    unit.unwrap_or_default().to_owned()
}
