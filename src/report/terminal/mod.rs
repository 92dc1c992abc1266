//! An aligned table for reading, with the report's chart in characters.
//!
//! Amounts have bars in the table, figures with intervals strips; a series is a line of blocks above it. A table that is too
//! wide loses columns, and says which: a value broken over two lines cannot be read. Rows that rest on few projects are
//! marked, and those that may still change.
//!
//! Charts are there where no screen is, too: who reads a pipe for its values takes another format.

mod beside;
mod blocks;
mod fit;
mod lines;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use polars::prelude::DataFrame;

use super::Screen;
use super::cell::names;
use super::chart::Drawing;
use super::shown::{Column, FEW, FILLING, OF_FILLING, PROJECTS, columns, few, filling, flagged, of_few};
use super::text::{columns_of, fitting};
use crate::query::{Chart, ChartKind, Query};
use beside::Beside;
use fit::{Fit, Ranks, fit, width_of};

/// A line under the header, and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Columns of the screen between a column and the next: a space of the column's, and one between the two.
const PADDING: usize = 2;

/// No text is cut to less than this.
const LEAST_TEXT: usize = 20;

/// What a row has that it is marked for.
#[derive(Clone, Copy, Default)]
struct Marks {
    is_few: bool,
    is_filling: bool,
    is_flagged: bool,
}

impl Marks {
    fn of(frame: &DataFrame) -> io::Result<Vec<Self>> {
        let (few, filling, flagged) = (few(frame)?, filling(frame)?, flagged(frame)?);
        let is = |of: &[bool], row: usize| of.get(row) == Some(&true);
        let marks = |row| Self { is_few: is(&few, row), is_filling: is(&filling, row), is_flagged: is(&flagged, row) };
        Ok((0..frame.height()).map(marks).collect())
    }

    fn text(self) -> String {
        format!(
            "{}{}",
            if self.is_filling { FILLING.into() } else { String::new() },
            if self.is_few { FEW } else { "" }
        )
    }

    fn style(self) -> Option<Style> {
        match self {
            Self { is_flagged: true, .. } => Some(AnsiColor::Yellow.on_default().bold()),
            Self { is_few: true, .. } | Self { is_filling: true, .. } => Some(Style::new().dimmed()),
            _ => None,
        }
    }
}

/// Writes a result, with its chart if the query is named that it is of.
pub(super) fn write(frame: &DataFrame, of: Option<&Query>, screen: Screen, to: &mut impl Write) -> io::Result<()> {
    if frame.height() == 0 {
        let text = format!("(no rows: {})", names(frame).join(", "));
        return writeln!(to, "{}", filled(&text, screen, ""));
    }
    if let Some(drawing) = of.map(|query| Drawing::of(query, frame, &[])).transpose()?.flatten()
        && drawing.chart.kind == ChartKind::Line
    {
        lines::write(&drawing, screen.width, to)?;
    }
    let beside = of.map(|query| Beside::of(query, frame)).transpose()?.flatten();
    table(frame, of, beside.as_ref(), screen, to)
}

fn table(
    frame: &DataFrame,
    of: Option<&Query>,
    beside: Option<&Beside>,
    screen: Screen,
    to: &mut impl Write,
) -> io::Result<()> {
    let marks = Marks::of(frame)?;
    let cells: Vec<String> = marks.iter().map(|marks| marks.text()).collect();
    let mark = cells.iter().any(|cell| !cell.is_empty()).then(|| Column { name: String::new(), cells, numeric: false });
    let of_mark = mark.as_ref().map_or(0, |mark| width_of(mark) + PADDING);
    // The last column has nothing after it.
    let width = screen.width.map(|width| (usize::from(width) + PADDING).saturating_sub(of_mark));
    let mut columns = columns(frame)?;
    if let Some(width) = width {
        columns.iter_mut().enumerate().for_each(|(place, column)| cut(column, place, width));
    }
    let Fit { columns: shown, chart } = fit(&columns, &Ranks::of(of, beside), width);
    let is_shown = |place: usize| shown.contains(&place);
    let left_out: Vec<String> =
        (0..columns.len()).filter(|place| !is_shown(*place)).map(|place| columns[place].name.clone()).collect();
    let chart = beside.zip(chart);
    let drawn = |place: &&usize| beside.is_some_and(|beside| beside.draws(&columns[**place].name));
    let last_drawn = shown.iter().rfind(drawn).copied();
    let mut all: Vec<Shown> = mark.into_iter().map(Shown::of).collect();
    for (place, column) in columns.into_iter().enumerate().filter(|(place, _)| is_shown(*place)) {
        all.push(Shown::of(column));
        if let Some((beside, width)) = chart.filter(|_| Some(place) == last_drawn) {
            all.push(Shown { head: beside.axis(width), cells: beside.cells(width), numeric: false });
        }
    }
    print(&all, &marks, screen, to)?;
    if let Some(legend) = chart.and_then(|(beside, _)| beside.legend()) {
        writeln!(to, "{}", filled(&format!("  {legend}"), screen, "  "))?;
    }
    if marks.iter().any(|marks| marks.is_few) {
        writeln!(to, "  {}", of_few())?;
    }
    if marks.iter().any(|marks| marks.is_filling) {
        writeln!(to, "  {FILLING} {OF_FILLING}")?;
    }
    if !left_out.is_empty() {
        let text = format!("  (too wide for this screen: {})", left_out.join(", "));
        writeln!(to, "{}", filled(&text, screen, "  "))?;
    }
    Ok(())
}

/// A column as it is printed.
struct Shown {
    head: String,
    cells: Vec<String>,
    numeric: bool,
}

impl Shown {
    /// The header has a word a line, so that a table of many columns fits a screen.
    fn of(column: Column) -> Self {
        Self { head: column.name.replace('_', "\n"), cells: column.cells, numeric: column.numeric }
    }
}

fn print(columns: &[Shown], marks: &[Marks], screen: Screen, to: &mut impl Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
    let lines = |column: &Shown| column.head.split('\n').count();
    let most = columns.iter().map(lines).max().unwrap_or(1);
    // All of them stand on the line below.
    table.set_header(columns.iter().map(|column| "\n".repeat(most - lines(column)) + &column.head));
    for number in 0..marks.len() {
        table.add_row(columns.iter().map(|column| &column.cells[number]));
    }
    for (number, (printed, column)) in table.column_iter_mut().zip(columns).enumerate() {
        printed.set_padding((0, u16::from(number + 1 < columns.len())));
        if column.numeric {
            printed.set_cell_alignment(CellAlignment::Right);
        }
    }
    // The header with the line below it, then a line a row: no cell has several.
    let styles = std::iter::repeat_n(None, most + 1).chain(marks.iter().map(|marks| marks.style()));
    table.lines().zip(styles).try_for_each(|(line, style)| match style.filter(|_| screen.has_colour) {
        Some(style) => writeln!(to, "{style}{}{style:#}", line.trim_end()),
        None => writeln!(to, "{}", line.trim_end()),
    })
}

impl Ranks {
    /// What is important of a report's columns: what tells rows apart and is drawn; then on how much a row rests, and how
    /// sure it is.
    fn of(query: Option<&Query>, beside: Option<&Beside>) -> Self {
        let Some(query) = query else { return Self::default() };
        let keys = query.header.get("key").into_iter().flat_map(|key| key.split(", "));
        let chart = query.header.chart();
        let of_chart = chart.iter().flat_map(|chart| chart.columns()).map(str::to_owned);
        let intervals = chart.iter().flat_map(|chart| &chart.figures).flat_map(|figure| Chart::interval(figure));
        Self {
            first: keys.map(str::to_owned).chain(of_chart).collect(),
            second: [PROJECTS.to_owned()].into_iter().chain(intervals).collect(),
            has_chart: beside.is_some(),
        }
    }
}

/// Cuts texts that would leave no room for anything else; numbers stay whole.
fn cut(column: &mut Column, place: usize, width: usize) {
    let most = (width / 3).max(LEAST_TEXT);
    let most = if place == 0 { most.min(width.saturating_sub(PADDING)).max(1) } else { most };
    if !column.numeric {
        column.cells.iter_mut().filter(|cell| columns_of(cell) > most).for_each(|cell| *cell = fitting(cell, most));
    }
}

/// Prose as wide as the screen.
fn filled(text: &str, screen: Screen, indent: &str) -> String {
    let width = screen.width.map_or(usize::MAX, usize::from);
    textwrap::fill(text, textwrap::Options::new(width).subsequent_indent(indent))
}

#[cfg(test)]
mod tests;
