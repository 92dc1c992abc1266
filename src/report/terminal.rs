//! An aligned table for reading.
//!
//! A table that is too wide loses its last columns, and says which: a value broken over two lines cannot be read. Rows that
//! rest on few projects are grey on a screen.

use std::io::{self, Write};

use comfy_table::{Attribute, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use polars::prelude::DataFrame;

use super::cell::names;
use super::shown::{Column, FEW, columns, few, of_few};

/// A line under the header, and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Columns of the screen beside a column's text: a space on each side, and one between it and the next.
const PADDING: usize = 3;

/// The header of a column: a word a line, so that a table of many columns fits a screen.
fn header(column: &Column) -> String {
    column.name.replace('_', "\n")
}

fn width_of(column: &Column) -> usize {
    let longest = |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text.chars().count()).max().unwrap_or(0);
    longest(&mut column.name.split('_')).max(longest(&mut column.cells.iter().map(String::as_str)))
}

pub(super) fn write(frame: &DataFrame, width: Option<u16>, to: &mut impl Write) -> io::Result<()> {
    if frame.height() == 0 {
        return writeln!(to, "(no rows: {})", names(frame).join(", "));
    }
    let mut columns = columns(frame)?;
    let few = few(frame)?;
    let has_few = few.contains(&true);
    let cells = few.iter().map(|is_few| if *is_few { FEW } else { "" }.to_owned()).collect();
    let mark = has_few.then(|| Column { name: String::new(), cells, numeric: false });
    let of_mark = mark.as_ref().map_or(0, |mark| width_of(mark) + PADDING);
    let left_out = width.map(|width| fit(&mut columns, usize::from(width).saturating_sub(of_mark))).unwrap_or_default();
    columns.splice(0..0, mark);
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(header));
    for number in 0..frame.height() {
        let is_few = few.get(number) == Some(&true);
        table.add_row(columns.iter().map(|column| {
            let cell = comfy_table::Cell::new(&column.cells[number]);
            if is_few { cell.add_attribute(Attribute::Dim) } else { cell }
        }));
    }
    for (shown, column) in table.column_iter_mut().zip(&columns) {
        if column.numeric {
            shown.set_cell_alignment(CellAlignment::Right);
        }
    }
    writeln!(to, "{table}")?;
    if has_few {
        writeln!(to, "  {}", of_few())?;
    }
    if !left_out.is_empty() {
        let options = textwrap::Options::new(width.map_or(usize::MAX, usize::from)).subsequent_indent("  ");
        writeln!(to, "{}", textwrap::fill(&format!("  (too wide for this screen: {})", left_out.join(", ")), options))?;
    }
    Ok(())
}

/// Leaves out the last columns until the rest fits; gives the names of those left out. The first one always stays.
fn fit(columns: &mut Vec<Column>, width: usize) -> Vec<String> {
    let mut used = 0;
    let fitting = columns.iter().take_while(|column| {
        used += width_of(column) + PADDING;
        used <= width
    });
    let fitting = fitting.count().max(1);
    columns.split_off(fitting.min(columns.len())).into_iter().map(|column| column.name).collect()
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    #[test]
    fn a_table_says_what_it_has_no_rows_of() {
        let frame = df!("a" => [1_i64], "b" => ["x"]).expect("a frame");
        let mut bytes = Vec::new();
        write(&frame, Some(60), &mut bytes).expect("written");
        assert!(String::from_utf8_lossy(&bytes).contains('x'));
        bytes.clear();
        write(&frame.head(Some(0)), None, &mut bytes).expect("written");
        assert_eq!(String::from_utf8_lossy(&bytes), "(no rows: a, b)\n");
    }

    #[test]
    fn rows_of_few_projects_are_marked() {
        let text = |projects: [Option<i64>; 3], width| {
            let frame = df!("adapter" => ["duckdb", "glue", "spark"], "projects" => projects).expect("a frame");
            let mut bytes = Vec::new();
            write(&frame, width, &mut bytes).expect("written");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let marked = text([Some(10), Some(9), None], Some(40));
        let line = |of: &str| marked.lines().find(|line| line.contains(of)).expect("its line").to_owned();
        assert!(
            line("glue").contains(FEW) && !line("duckdb").contains(FEW) && !line("spark").contains(FEW),
            "{marked}"
        );
        assert!(marked.ends_with("· rests on fewer than 10 projects\n"), "{marked}");
        assert!(!text([Some(10), Some(11), None], Some(40)).contains(FEW));
        // The first column stays, however narrow the screen is.
        assert!(text([Some(10), Some(9), None], Some(8)).contains("glue"));
    }

    #[test]
    fn a_table_that_is_too_wide_loses_whole_columns_and_says_which() {
        let frame = df!("first_column" => [1_i64], "b" => ["a longer text"], "c" => ["x"]).expect("a frame");
        let shown = |width| {
            let mut bytes = Vec::new();
            write(&frame, width, &mut bytes).expect("written");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let unwrapped = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!shown(Some(40)).contains("too wide"));
        assert!(!shown(None).contains("too wide"));
        let narrow = shown(Some(26));
        assert!(
            narrow.contains("a longer text") && unwrapped(&narrow).contains("too wide for this screen: c)"),
            "{narrow}"
        );
        let narrowest = shown(Some(12));
        assert!(narrowest.contains("first") && unwrapped(&narrowest).contains("b, c)"), "{narrowest}");
        assert!(narrow.lines().take(4).all(|line| line.chars().count() <= 26), "{narrow}");
    }
}
