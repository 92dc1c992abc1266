//! The chart of a report as a column of its table: a bar, a strip or some marks in each row, all on one scale.

use std::io;

use polars::prelude::DataFrame;

use super::blocks::{MARKS, Scale, bar, marks, strip};
use crate::query::{Chart, ChartKind, Query};
use crate::report::chart::{Point, points, words};
use crate::report::shown::figure;
use crate::report::text::columns_of;

/// How a row is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// An amount, from zero.
    Bar,
    /// A figure in its interval.
    Strip,
    /// Several figures.
    Marks,
}

/// The chart of a table.
pub(super) struct Beside {
    chart: Chart,
    form: Form,
    scale: Scale,
    /// Those of each row.
    points: Vec<Point>,
}

impl Beside {
    /// That of a report; `None` where it has no chart, or one that is no column of a table.
    pub(super) fn of(query: &Query, frame: &DataFrame) -> io::Result<Option<Self>> {
        let Some(chart) = query.header.chart().filter(|chart| chart.kind != ChartKind::Line) else { return Ok(None) };
        let points = points(&chart, frame)?;
        let values = || points.iter().filter_map(|point| point.value);
        let has_intervals = points.iter().any(|point| point.interval.is_some());
        let is_amount = !chart.is_log && values().all(|value| value >= 0.0);
        let form = match chart.kind {
            _ if chart.figures.len() > 1 => Form::Marks,
            ChartKind::Dot if has_intervals => Form::Strip,
            _ if is_amount => Form::Bar,
            _ => Form::Strip,
        };
        let scale = match form {
            Form::Bar => Scale::from_zero(values()),
            Form::Marks if chart.kind == ChartKind::Bar => Scale::from_zero(values()),
            Form::Marks => Scale::over(values(), chart.is_log),
            Form::Strip => {
                let ends = points.iter().filter(|point| point.value.is_some()).filter_map(|point| point.interval);
                Scale::over(values().chain(ends.flatten()), chart.is_log)
            }
        };
        let is_known = values().next().is_some();
        Ok(scale.filter(|_| is_known).map(|scale| Self { chart, form, scale, points }))
    }

    /// Whether a column is one of its figures, or the end of an interval.
    pub(super) fn draws(&self, column: &str) -> bool {
        self.chart
            .figures
            .iter()
            .any(|figure| figure == column || Chart::interval(figure).iter().any(|end| end == column))
    }

    /// What is in each row.
    pub(super) fn cells(&self, width: usize) -> Vec<String> {
        let rows = self.points.chunks(self.chart.figures.len().max(1));
        rows.map(|row| self.cell(row, width)).collect()
    }

    fn cell(&self, row: &[Point], width: usize) -> String {
        match (self.form, row) {
            (Form::Marks, _) => marks(&row.iter().map(|point| point.value).collect::<Vec<_>>(), &self.scale, width),
            (_, [Point { value: None, .. }, ..] | []) => String::new(),
            (Form::Bar, [Point { value: Some(value), .. }, ..]) => bar(*value, &self.scale, width),
            (Form::Strip, [Point { value: Some(value), interval, .. }, ..]) => {
                strip(*value, *interval, &self.scale, width)
            }
        }
    }

    /// Where the scale begins and ends, as wide as the column.
    pub(super) fn axis(&self, width: usize) -> String {
        let name = self.chart.figures.first().map_or("", String::as_str);
        let [least, most] = [self.scale.least, self.scale.most].map(|end| figure(name, end));
        let of_most = width.saturating_sub(columns_of(&least));
        if columns_of(&most) >= of_most {
            String::new()
        } else {
            format!("{least}{}{most}", " ".repeat(of_most - columns_of(&most)))
        }
    }

    /// What the marks mean.
    pub(super) fn legend(&self) -> Option<String> {
        let scale = if self.chart.is_log { ", on a log scale" } else { "" };
        match self.form {
            Form::Bar => None,
            Form::Strip => {
                let has_intervals = self.points.iter().any(|point| point.interval.is_some());
                let figure = words(self.chart.figures.first()?);
                let interval = if has_intervals { " in its interval (95 %)" } else { "" };
                Some(format!("{} {figure}{interval}{scale}", MARKS[0]))
            }
            Form::Marks => {
                let figures = self.chart.figures.iter().zip(MARKS.iter().cycle());
                let figures: Vec<String> = figures.map(|(figure, mark)| format!("{mark} {}", words(figure))).collect();
                Some(figures.join(", ") + scale)
            }
        }
    }
}
