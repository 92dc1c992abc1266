//! A result as a person reads it: on a screen, and where Markdown is shown.
//!
//! Shares and rates are shown as per cent, measurements with three significant digits, large numbers with
//! a space between thousands; who needs the exact value takes another format.
//!
//! Rows that rest on few projects are marked: their figures say little of anybody else, and they are not published as they
//! are.

use std::io;

use polars::prelude::DataFrame;

use super::cell::{Cell, names, row};
use super::text::seen;
use crate::disclosure::LEAST_PROJECTS;

/// The column that counts the projects of a row.
pub(super) const PROJECTS: &str = "projects";

/// What is before a row of few projects.
pub(super) const FEW: &str = "·";

/// What is before a row that may still change, and in a line of blocks before all that may.
pub(super) const FILLING: char = '┊';

/// What that means.
pub(super) const OF_FILLING: &str = "what may still change";

/// One column of the table, as it is shown.
pub(super) struct Column {
    pub name: String,
    pub cells: Vec<String>,
    pub numeric: bool,
}

/// What the mark of a row of few projects means.
pub(super) fn of_few() -> String {
    format!("{FEW} rests on fewer than {LEAST_PROJECTS} projects")
}

/// Which rows rest on few projects; none where nothing counts them.
pub(super) fn few(frame: &DataFrame) -> io::Result<Vec<bool>> {
    let Ok(projects) = frame.column(PROJECTS) else { return Ok(Vec::new()) };
    let of = |number| Ok(is_few(&Cell::of(&projects.get(number).map_err(io::Error::other)?)));
    (0..frame.height()).map(of).collect()
}

/// Which rows may still change; none where nothing says so.
pub(super) fn filling(frame: &DataFrame) -> io::Result<Vec<bool>> {
    flags(frame, "is_final", false)
}

/// Which rows somebody should look at; none where nothing says so.
pub(super) fn flagged(frame: &DataFrame) -> io::Result<Vec<bool>> {
    flags(frame, "is_flagged", true)
}

/// In which rows a flag is the one or the other.
fn flags(frame: &DataFrame, name: &str, wanted: bool) -> io::Result<Vec<bool>> {
    let Ok(column) = frame.column(name) else { return Ok(Vec::new()) };
    let is = |number| Ok(Cell::of(&column.get(number).map_err(io::Error::other)?) == Cell::Flag(wanted));
    (0..frame.height()).map(is).collect()
}

/// Whether a count of projects is few.
pub(super) fn is_few(projects: &Cell) -> bool {
    matches!(projects, Cell::Integer(projects) if *projects < i128::from(LEAST_PROJECTS))
}

/// The columns of a result.
pub(super) fn columns(frame: &DataFrame) -> io::Result<Vec<Column>> {
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

fn shown(name: &str, cell: &Cell) -> String {
    match cell {
        Cell::Absent => "-".to_owned(),
        Cell::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
        Cell::Integer(number) => thousands(*number),
        Cell::Number(number) if is_share(name) => format!("{:.1}%", number * 100.0),
        Cell::Number(number) => measurement(*number),
        Cell::Text(text) | Cell::Time(text) => seen(text),
    }
}

/// A figure of a column, whether it counts or measures.
#[expect(clippy::cast_possible_truncation, reason = "counts are smaller")]
pub(super) fn figure(name: &str, value: f64) -> String {
    let is_count = !is_share(name) && value.fract() == 0.0;
    shown(name, &if is_count { Cell::Integer(value as i128) } else { Cell::Number(value) })
}

/// Whether a column holds fractions of one.
pub(super) fn is_share(name: &str) -> bool {
    name.split('_').any(|word| matches!(word, "share" | "rate" | "stickiness"))
}

pub(super) fn thousands(number: i128) -> String {
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

/// A share in a sentence. What is not all is never shown as all.
pub(super) fn percent(share: f64) -> String {
    let text = format!("{:.1} %", share * 100.0);
    match text.as_str() {
        "100.0 %" if share < 1.0 => "more than 99.9 %".to_owned(),
        "100.0 %" => "100 %".to_owned(),
        "0.0 %" if share > 0.0 => "less than 0.1 %".to_owned(),
        _ => text,
    }
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
        assert_eq!(["runs", "p50", "share"].map(|name| figure(name, 1.0)), ["1", "1", "100.0%"]);
        assert_eq!(figure("p50", 1.25), "1.25");
        assert_eq!(shown("name", &Cell::Text("a\u{1b}[31mb".to_owned())), "a[31mb");
    }

    #[test]
    fn what_is_not_all_is_not_shown_as_all() {
        assert_eq!(
            [0.5, 1.0, 0.99999, 0.00001, 0.0].map(percent),
            ["50.0 %", "100 %", "more than 99.9 %", "less than 0.1 %", "0.0 %"]
        );
    }
}
