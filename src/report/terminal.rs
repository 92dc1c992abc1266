//! An aligned table for reading.
//!
//! Shares and rates are shown as per cent, measurements with three significant digits, large numbers with
//! a space between thousands; who needs the exact value takes another format.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use polars::prelude::DataFrame;

use super::cell::{Cell, names, row};

/// A line under the header, and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

pub(super) fn write(frame: &DataFrame, width: Option<u16>, to: &mut impl Write) -> io::Result<()> {
    if frame.height() == 0 {
        return writeln!(to, "(no rows: {})", names(frame).join(", "));
    }
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    let names = names(frame);
    table.set_header(names.iter().map(|name| name.replace('_', " ")));
    let mut numeric = vec![false; names.len()];
    for number in 0..frame.height() {
        let cells = row(frame, number).map_err(io::Error::other)?;
        for (numeric, cell) in numeric.iter_mut().zip(&cells) {
            *numeric |= cell.is_number();
        }
        table.add_row(names.iter().zip(&cells).map(|(name, cell)| shown(name, cell)));
    }
    for (column, numeric) in table.column_iter_mut().zip(numeric) {
        if numeric {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    writeln!(to, "{table}")
}

fn shown(name: &str, cell: &Cell) -> String {
    match cell {
        Cell::Absent => "-".to_owned(),
        Cell::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
        Cell::Integer(number) => thousands(*number),
        Cell::Number(number) if is_share(name) => format!("{:.1} %", number * 100.0),
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

/// Three significant digits, but never fewer than the whole part.
fn measurement(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        size if size >= 1.0 || size == 0.0 => format!("{number:.2}"),
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
        assert_eq!(shown("success_rate_low", &Cell::Number(0.9312)), "93.1 %");
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
}
