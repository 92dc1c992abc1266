//! An aligned table for reading.
//!
//! Shares and rates are shown as per cent, measurements with three significant digits, large numbers with
//! a space between thousands; who needs the exact value takes another format. A table that is too wide
//! loses its last columns, and says which: a value broken over two lines cannot be read.
//!
//! Rows that rest on few projects are marked, and grey on a screen: their figures say little of anybody else, and they are
//! not published as they are.

use std::io::{self, Write};

use comfy_table::{Attribute, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use polars::prelude::DataFrame;

use super::cell::{Cell, names, row};
use crate::disclosure::LEAST_PROJECTS;

/// A line under the header, and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Columns of the screen beside a column's text: a space on each side, and one between it and the next.
const PADDING: usize = 3;

/// The column that counts the projects of a row.
const PROJECTS: &str = "projects";

/// What is before a row of few projects.
const FEW: &str = "·";

/// One column of the table, as it is shown.
struct Column {
    name: String,
    cells: Vec<String>,
    numeric: bool,
}

impl Column {
    /// The header: a word a line, so that a table of many columns fits a screen.
    fn header(&self) -> String {
        self.name.replace('_', "\n")
    }

    fn width(&self) -> usize {
        let longest = |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text.chars().count()).max().unwrap_or(0);
        longest(&mut self.name.split('_')).max(longest(&mut self.cells.iter().map(String::as_str)))
    }
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
    let of_mark = mark.as_ref().map_or(0, |mark| mark.width() + PADDING);
    let left_out = width.map(|width| fit(&mut columns, usize::from(width).saturating_sub(of_mark))).unwrap_or_default();
    columns.splice(0..0, mark);
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(Column::header));
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
        writeln!(to, "  {FEW} rests on fewer than {LEAST_PROJECTS} projects")?;
    }
    if !left_out.is_empty() {
        let options = textwrap::Options::new(width.map_or(usize::MAX, usize::from)).subsequent_indent("  ");
        writeln!(to, "{}", textwrap::fill(&format!("  (too wide for this screen: {})", left_out.join(", ")), options))?;
    }
    Ok(())
}

/// Which rows rest on few projects; none where nothing counts them.
fn few(frame: &DataFrame) -> io::Result<Vec<bool>> {
    let Ok(projects) = frame.column(PROJECTS) else { return Ok(Vec::new()) };
    let is_few = |number| {
        let cell = Cell::of(&projects.get(number).map_err(io::Error::other)?);
        Ok(matches!(cell, Cell::Integer(projects) if projects < i128::from(LEAST_PROJECTS)))
    };
    (0..frame.height()).map(is_few).collect()
}

fn columns(frame: &DataFrame) -> io::Result<Vec<Column>> {
    let mut columns: Vec<Column> =
        names(frame).into_iter().map(|name| Column { name, cells: Vec::new(), numeric: false }).collect();
    for number in 0..frame.height() {
        for (column, cell) in columns.iter_mut().zip(row(frame, number).map_err(io::Error::other)?) {
            column.numeric |= cell.is_number();
            column.cells.push(shown(&column.name, &cell));
        }
    }
    Ok(columns)
}

/// Leaves out the last columns until the rest fits; gives the names of those left out. The first one always stays.
fn fit(columns: &mut Vec<Column>, width: usize) -> Vec<String> {
    let mut used = 0;
    let fitting = columns.iter().take_while(|column| {
        used += column.width() + PADDING;
        used <= width
    });
    let fitting = fitting.count().max(1);
    columns.split_off(fitting.min(columns.len())).into_iter().map(|column| column.name).collect()
}

fn shown(name: &str, cell: &Cell) -> String {
    match cell {
        Cell::Absent => "-".to_owned(),
        Cell::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
        Cell::Integer(number) => thousands(*number),
        Cell::Number(number) if is_share(name) => format!("{:.1}%", number * 100.0),
        Cell::Number(number) => measurement(*number),
        // A control character could move the cursor or change colours.
        Cell::Text(text) | Cell::Time(text) => text.chars().filter(|c| !c.is_control()).collect(),
    }
}

/// Whether a column holds fractions of one.
fn is_share(name: &str) -> bool {
    name.split('_').any(|word| word == "share" || word == "rate")
}

fn thousands(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// Three significant digits, but never fewer than the whole part. Nothing at all is 0, and not something small.
fn measurement(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        size if size >= 1.0 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_shown_for_reading() {
        assert_eq!(thousands(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(thousands(-999), "-999");
        assert_eq!(measurement(0.0123), "0.012");
        assert_eq!(measurement(1.2345), "1.23");
        assert_eq!(measurement(1234.5), "1234");
        assert_eq!(measurement(0.0), "0");
        assert_eq!(shown("success_rate_low", &Cell::Number(0.9312)), "93.1%");
        assert_eq!(shown("p50", &Cell::Absent), "-");
        assert_eq!(shown("name", &Cell::Text("a\u{1b}[31mb".to_owned())), "a[31mb");
    }

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
