//! What a chart draws: the rows of a result as points, whatever draws them.
//!
//! A chart is to be read, so it has an end: of many categories, series or panels those with most projects are drawn, and
//! it is said how many are not. The table beside a chart has all of them.

mod label;
mod vega_lite;

use std::collections::HashMap;
use std::io;

use polars::prelude::DataFrame;

use super::cell::{Cell, names, row};
use super::shown::{PROJECTS, is_few};
use crate::event::Day;
use crate::query::{Break, Chart, ChartKind, Query, Series};
use label::Labels;

pub(super) use label::words;
pub(super) use vega_lite::{DARK, document, spec};

/// The most categories of a chart.
const CATEGORIES: usize = 30;

/// The most series: of more the colours cannot be told apart.
const SERIES: usize = 8;

/// The most panels.
const PANELS: usize = 6;

/// What a value of which nothing is known is called.
pub(super) const UNKNOWN: &str = "unknown";

/// One figure of one row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    /// Where it is along the chart.
    pub by: String,
    /// In which row of a heat map it is.
    pub second: Option<String>,
    /// The series that it belongs to.
    pub series: Option<String>,
    /// The panel.
    pub panel: Option<String>,
    /// The figure; `None`: unknown.
    pub value: Option<f64>,
    /// Its interval (95 %).
    pub interval: Option<[f64; 2]>,
    /// Whether it does not change any more.
    pub is_final: bool,
    /// Whether it rests on few projects.
    pub is_few: bool,
    /// What the row counts, by name: runs, projects.
    pub counts: Vec<(&'static str, i128)>,
}

/// A chart with its points.
#[derive(Clone, Debug)]
pub(super) struct Drawing<'q> {
    /// The report.
    pub query: &'q Query,
    /// Which columns are drawn, and how.
    pub chart: Chart,
    /// The points, in the order of the rows.
    pub points: Vec<Point>,
    /// The places along the chart, in order.
    pub places: Vec<String>,
    /// The names of the series, in order; none where there is but one.
    pub series: Vec<String>,
    /// The names of the panels, in order; none where there is but one.
    pub panels: Vec<String>,
    /// Whether places are days.
    pub is_in_time: bool,
    /// The definition breaks in the time that is drawn.
    pub breaks: Vec<&'q Break>,
    /// The days of which hours are missing.
    pub holes: Vec<String>,
    /// What is not drawn, in sentences.
    pub left_out: Vec<String>,
}

/// The columns that say on how much a row rests.
const COUNTS: [&str; 2] = ["runs", PROJECTS];

impl<'q> Drawing<'q> {
    /// The drawing of a report's result; `None` where it is a table only, or has no row.
    ///
    /// # Errors
    /// When the result lacks a column that the chart names.
    pub(super) fn of(query: &'q Query, frame: &DataFrame, breaks: &[&'q Break]) -> io::Result<Option<Self>> {
        let Some(chart) = query.header.chart().filter(|_| frame.height() > 0) else { return Ok(None) };
        let mut drawing = Self {
            query,
            is_in_time: Series::of(query).is_some_and(|series| series.time() == chart.by),
            points: points(&chart, frame)?,
            holes: holes(&chart, frame)?,
            chart,
            places: Vec::new(),
            series: Vec::new(),
            panels: Vec::new(),
            breaks: Vec::new(),
            left_out: Vec::new(),
        };
        if drawing.points.iter().all(|point| point.value.is_none()) {
            return Ok(None);
        }
        drawing.limit();
        if drawing.is_in_time
            && let Some(span) =
                Series::of(query).map(|series| series.span(frame)).transpose().map_err(io::Error::other)?.flatten()
        {
            drawing.breaks = breaks.iter().copied().filter(|of| span.contains(&of.date)).collect();
        }
        Ok(Some(drawing))
    }

    /// Leaves out what is too much to be read.
    fn limit(&mut self) {
        self.panels = self.most(PANELS, "panels", |point| point.panel.as_deref());
        self.series = self.most(SERIES, "series", |point| point.series.as_deref());
        if let ChartKind::Bar | ChartKind::Dot | ChartKind::Heatmap = self.chart.kind {
            self.most(CATEGORIES, "rows", |point| point.second.as_deref().or(Some(&point.by)));
        }
        if self.chart.kind == ChartKind::Heatmap {
            self.most(CATEGORIES, "columns", |point| Some(&point.by));
        }
        self.places = in_order(self.points.iter().map(|point| point.by.as_str()));
    }

    /// Keeps the points of so many names, those with the most projects; gives these names in order, none if there is
    /// only one.
    fn most(&mut self, most: usize, what: &str, name: impl Fn(&Point) -> Option<&str>) -> Vec<String> {
        let all = in_order(self.points.iter().filter_map(&name));
        let mut kept = all.clone();
        if all.len() > most {
            let mut weights: HashMap<&str, f64> = HashMap::new();
            for point in &self.points {
                *weights.entry(name(point).unwrap_or_default()).or_default() += point.weight();
            }
            let weight = |name: &String| weights.get(name.as_str()).copied().unwrap_or_default();
            // What is not known is no answer, so that it stands behind all that are.
            kept.sort_by(|a, b| (a == UNKNOWN).cmp(&(b == UNKNOWN)).then(weight(b).total_cmp(&weight(a))));
            kept.truncate(most);
            let has_projects = self.points.iter().any(|point| point.count(PROJECTS).is_some());
            let of_most = if has_projects { "those of most projects" } else { "the largest" };
            self.left_out.push(format!("{most} of {} {what} are drawn, {of_most}.", all.len()));
            self.points.retain(|point| name(point).is_none_or(|name| kept.iter().any(|kept| kept == name)));
            kept = all.into_iter().filter(|name| kept.contains(name)).collect();
        }
        if kept.len() < 2 { Vec::new() } else { kept }
    }

    /// Whether any figure has an interval.
    pub(super) fn has_intervals(&self) -> bool {
        self.points.iter().any(|point| point.interval.is_some())
    }

    /// Whether any row rests on few projects.
    pub(super) fn has_few(&self) -> bool {
        self.points.iter().any(|point| point.is_few)
    }

    /// Whether any row can still change.
    pub(super) fn is_filling(&self) -> bool {
        self.points.iter().any(|point| !point.is_final)
    }
}

impl Point {
    /// What the row counts under a name.
    pub(super) fn count(&self, name: &str) -> Option<i128> {
        self.counts.iter().find(|(of, _)| *of == name).map(|(_, count)| *count)
    }

    /// How much there is to it, compared with others.
    #[expect(clippy::cast_precision_loss, reason = "only to compare sizes")]
    fn weight(&self) -> f64 {
        let count = self.count(PROJECTS).or_else(|| self.count("runs"));
        count.map_or_else(|| self.value.unwrap_or_default().abs(), |count| count as f64)
    }
}

/// Texts, each once, in the order in which they come first.
fn in_order<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut known = std::collections::HashSet::new();
    texts.filter(|text| known.insert(*text)).map(str::to_owned).collect()
}

/// Every figure of every row, those of a row beside each other.
///
/// # Errors
/// When the result lacks a column that the chart names.
pub(super) fn points(chart: &Chart, frame: &DataFrame) -> io::Result<Vec<Point>> {
    let columns = names(frame);
    let place = |name: &str| columns.iter().position(|column| column == name);
    let missing = chart.columns().find(|name| place(name).is_none());
    if let Some(name) = missing {
        return Err(io::Error::other(format!("the chart names the column {name}, which the result does not have")));
    }
    let of_final = place("is_final");
    let labels = Labels::new(chart, &columns);
    let intervals: Vec<Option<[usize; 2]>> = chart
        .figures
        .iter()
        .map(|figure| {
            let [low, high] = Chart::interval(figure);
            Some([place(&low)?, place(&high)?])
        })
        .collect();
    let in_panels = matches!(chart.kind, ChartKind::Histogram | ChartKind::Heatmap);
    let mut points = Vec::new();
    for number in 0..frame.height() {
        let cells = row(frame, number).map_err(io::Error::other)?;
        let cell = |name: &str| place(name).map_or(&Cell::Absent, |place| &cells[place]);
        let each = (!chart.each.is_empty()).then(|| labels.each(&cells));
        let (of_panels, of_series) = if in_panels { (each, None) } else { (None, each) };
        let counts: Vec<_> = COUNTS.into_iter().filter_map(|name| Some((name, integer(cell(name))?))).collect();
        for (figure, interval) in chart.figures.iter().zip(&intervals) {
            let of_figure = (chart.figures.len() > 1).then(|| words(figure));
            points.push(Point {
                by: labels.by(&cells),
                second: labels.second(&cells),
                series: of_figure.or_else(|| of_series.clone()),
                panel: of_panels.clone(),
                value: float(cell(figure)),
                interval: interval.and_then(|[low, high]| Some([float(&cells[low])?, float(&cells[high])?])),
                is_final: of_final.is_none_or(|place| cells[place] != Cell::Flag(false)),
                is_few: is_few(cell(PROJECTS)),
                counts: counts.clone(),
            });
        }
    }
    Ok(points)
}

/// The days of which hours are missing.
fn holes(chart: &Chart, frame: &DataFrame) -> io::Result<Vec<String>> {
    let (Ok(days), Ok(hours)) = (frame.column(&chart.by), frame.column("missing_hours")) else { return Ok(Vec::new()) };
    let mut holes = Vec::new();
    for number in 0..frame.height() {
        let hours = Cell::of(&hours.get(number).map_err(io::Error::other)?);
        let day = Cell::of(&days.get(number).map_err(io::Error::other)?);
        if let (Some(1..), Cell::Time(day)) = (integer(&hours), day) {
            holes.push(day);
        }
    }
    Ok(holes)
}

/// The day after one, as it is written.
fn next_day(day: &str) -> Option<String> {
    Some(Day::parse(day)?.plus(1).to_string())
}

fn integer(cell: &Cell) -> Option<i128> {
    match cell {
        Cell::Integer(number) => Some(*number),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a chart is not exact to 53 bits")]
fn float(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Integer(number) => Some(*number as f64),
        Cell::Number(number) => Some(*number).filter(|number| number.is_finite()),
        _ => None,
    }
}
