//! One report on the page.

use std::io;

use askama::Template;

use super::super::chart::{Drawing, spec};
use super::super::shown::{Column, columns, few, of_few};
use super::super::text::{revealed, shortened};
use super::super::{csv, shown};
use super::facts::facts;
use super::{PageReport, embedded};
use crate::query::{Break, ChartKind, Described};

/// The most characters of a cell of a table; the CSV has all of them.
const MOST_CHARACTERS: usize = 200;

/// A report as the page has it.
pub(super) struct Article {
    pub name: String,
    pub title: String,
    pub html: String,
    pub has_charts: bool,
}

#[derive(Template)]
#[template(path = "article.html")]
struct Markup<'r> {
    name: &'r str,
    title: &'r str,
    question: Option<&'r str>,
    unit: Option<&'r str>,
    grain: Option<&'r str>,
    facts: Vec<String>,
    charts: Vec<Figure>,
    notes: Vec<String>,
    breaks: Vec<&'r Break>,
    columns: Vec<Head>,
    rows: Vec<Row>,
    shown_rows: String,
    csv: String,
    caveats: Vec<&'r str>,
    meanings: Vec<Meaning>,
    basis: Vec<Meaning>,
    sql: String,
}

/// A chart, or a panel of one.
struct Figure {
    title: Option<String>,
    label: String,
    height: u64,
    spec: String,
}

struct Head {
    title: String,
    is_number: bool,
}

struct Row {
    is_few: bool,
    cells: Vec<TableCell>,
}

struct TableCell {
    text: String,
    class: &'static str,
}

struct Meaning {
    name: String,
    text: String,
}

impl Article {
    /// That of a report, with a table of so many bytes at most.
    pub(super) fn of(report: &PageReport<'_>, most_bytes: usize) -> io::Result<Self> {
        let PageReport { query, described, frame, breaks, rests_on } = report;
        let header = &query.header;
        let title = header.get("title").unwrap_or(query.name);
        let drawing = Drawing::of(query, frame, breaks)?;
        let listed = frame.head(Some(rows_within(&columns(frame)?, most_bytes)));
        let shown = columns(&listed)?;
        let is_few = few(&listed)?;
        let rows = (0..listed.height()).map(|number| Row {
            is_few: is_few.get(number) == Some(&true),
            cells: shown.iter().map(|column| cell(column, number)).collect(),
        });
        let shown_rows = match (listed.height(), frame.height()) {
            (1, 1) => "1 row".to_owned(),
            (shown, all) if shown == all => format!("{all} rows"),
            (shown, all) => format!("the first {shown} of {} rows", shown::thousands(all as i128)),
        };
        let mut csv = Vec::new();
        csv::write(&listed, &mut csv)?;
        let mut notes = drawing.as_ref().map(notes).unwrap_or_default();
        if drawing.is_none() && is_few.contains(&true) {
            notes.push(format!("{}.", of_few()));
        }
        let charts = drawing.as_ref().map(|drawing| figures(drawing, title)).unwrap_or_default();
        let markup = Markup {
            name: query.name,
            title,
            question: header.get("question"),
            unit: header.get("unit"),
            grain: header.get("grain"),
            facts: facts(query, frame, drawing.as_ref())?,
            notes,
            breaks: drawing
                .as_ref()
                .filter(|drawing| drawing.is_in_time)
                .map_or_else(|| breaks.clone(), |drawing| drawing.breaks.clone()),
            columns: shown
                .iter()
                .map(|column| Head { title: column.name.replace('_', " "), is_number: column.numeric })
                .collect(),
            rows: rows.collect(),
            shown_rows,
            csv: String::from_utf8_lossy(&csv).into_owned(),
            caveats: header.all("caveat").collect(),
            meanings: shown.iter().filter_map(|column| meaning(*described, &column.name)).collect(),
            basis: rests_on
                .iter()
                .map(|(mart, column)| Meaning { name: format!("{mart}.{}", column.name), text: column.doc.clone() })
                .collect(),
            sql: revealed(query.sql.trim()),
            charts,
        };
        let has_charts = !markup.charts.is_empty();
        let html = markup.render().map_err(io::Error::other)?;
        Ok(Self { name: query.name.to_owned(), title: title.to_owned(), html, has_charts })
    }
}

/// How many rows have room in so many bytes, once as a table and once as CSV; at least one.
fn rows_within(columns: &[Column], most_bytes: usize) -> usize {
    const MARKUP: usize = "<td></td>,".len();
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let mut bytes = 0;
    let fitting = (0..rows).take_while(|row| {
        bytes += columns.iter().map(|column| 2 * column.cells[*row].len() + MARKUP).sum::<usize>();
        bytes <= most_bytes
    });
    fitting.count().max(1)
}

fn cell(column: &Column, number: usize) -> TableCell {
    let text = shortened(&column.cells[number], MOST_CHARACTERS);
    let class = match () {
        () if column.numeric => "",
        () if text.chars().count() > 40 => " class=\"t long\"",
        () => " class=\"t\"",
    };
    TableCell { text, class }
}

/// What a column of the result means.
fn meaning(described: Described<'_>, name: &str) -> Option<Meaning> {
    let column = described.column(name)?;
    let unit = column.unit.map(|unit| format!(" ({})", unit.as_str())).unwrap_or_default();
    Some(Meaning { name: name.to_owned(), text: format!("{}{unit}.", column.doc.trim_end_matches('.')) })
}

/// A chart for each panel.
fn figures(drawing: &Drawing<'_>, title: &str) -> Vec<Figure> {
    let figure = |panel: Option<&str>| {
        let spec = spec(drawing, panel);
        let of = panel.map(|panel| format!(", {panel}")).unwrap_or_default();
        Figure {
            title: panel.map(str::to_owned),
            label: format!("Chart: {title}{of}. The table below has its figures."),
            height: height(&spec),
            spec: embedded(&spec),
        }
    };
    match drawing.panels.as_slice() {
        [] => vec![figure(None)],
        panels => panels.iter().map(|panel| figure(Some(panel))).collect(),
    }
}

/// About how high a chart becomes: what is below it must not move when it is drawn.
fn height(spec: &serde_json::Value) -> u64 {
    const AROUND: u64 = 60;
    spec["height"].as_u64().unwrap_or_default() + AROUND
}

/// How what is drawn has to be read.
fn notes(drawing: &Drawing<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let is_line = drawing.chart.kind == ChartKind::Line;
    if drawing.has_intervals() && drawing.chart.kind != ChartKind::Heatmap {
        notes.push(format!("{} are intervals (95 %).", if is_line { "Bands" } else { "Lines through dots and bars" }));
    }
    if drawing.is_filling() {
        notes.push("Dashed with hollow points: days that can still change.".to_owned());
    }
    if drawing.has_few() {
        let how = match drawing.chart.kind {
            ChartKind::Line | ChartKind::Dot => "Hollow",
            ChartKind::Bar | ChartKind::Histogram => "Pale",
            ChartKind::Heatmap => "Grey in the table",
        };
        notes.push(format!("{how}: {}.", of_few().trim_start_matches(['·', ' '])));
    }
    if !drawing.holes.is_empty() {
        notes.push("Grey: days of which hours without dumps are missing.".to_owned());
    }
    if !drawing.breaks.is_empty() {
        notes.push("Dotted lines with a number: definition breaks, listed below.".to_owned());
    }
    if drawing.chart.is_log {
        notes.push("On a logarithmic scale.".to_owned());
    }
    notes.extend(drawing.left_out.iter().cloned());
    notes
}
