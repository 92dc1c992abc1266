//! The chart of a series as a line of blocks for each figure, with its first and last value, the least and the most.

use std::collections::HashMap;
use std::io::{self, Write};

use super::blocks::{Scale, spark};
use crate::report::chart::{Drawing, Point, words};
use crate::report::shown::{FILLING, OF_FILLING, figure};
use crate::report::text::{columns_of, fitting};

/// How wide lines are where there is no screen: as wide as prose.
const WIDTH: usize = 120;

/// Columns between the parts of a line.
const GAP: usize = 2;

/// One line.
struct Line<'d> {
    name: String,
    /// A figure for each place, as far as there is one.
    points: Vec<Option<&'d Point>>,
    /// First, last, least and most of those that are drawn.
    figures: [String; 4],
    /// How wide the widest of all its values is.
    widest: usize,
}

impl<'d> Line<'d> {
    fn of(drawing: &'d Drawing<'_>, series: Option<&str>, places: &[String], column: &str) -> Option<Self> {
        let of_series = drawing.points.iter().filter(|point| series.is_none() || point.series.as_deref() == series);
        let at: HashMap<&str, &Point> = of_series.map(|point| (point.by.as_str(), point)).collect();
        let points: Vec<Option<&Point>> = places.iter().map(|place| at.get(place.as_str()).copied()).collect();
        let known = || points.iter().flatten().filter_map(|point| point.value);
        let (first, last) = (known().next()?, known().next_back()?);
        let Scale { least, most, .. } = Scale::over(known(), false)?;
        let figures = [first, last, least, most].map(|value| figure(column, value));
        let widest = known().map(|value| columns_of(&figure(column, value))).max()?;
        Some(Self { widest, name: series.map_or_else(|| words(column), str::to_owned), points, figures })
    }

    /// The blocks, with a mark where what may still change begins.
    fn blocks(&self, is_log: bool) -> String {
        let values = || self.points.iter().map(|point| point.and_then(|point| point.value));
        let Some(scale) = Scale::over(values().flatten(), is_log) else { return String::new() };
        let mut blocks: Vec<char> = spark(values(), &scale).chars().collect();
        if let Some(first) = self.first_filling() {
            blocks.insert(first, FILLING);
        }
        blocks.into_iter().collect()
    }

    /// After which all that is known may still change.
    fn first_filling(&self) -> Option<usize> {
        let is_filling = |point: &Option<&Point>| point.is_none_or(|point| !point.is_final);
        let begin = self.points.iter().rposition(|point| !is_filling(point)).map_or(0, |last| last + 1);
        self.points[begin..].iter().any(Option::is_some).then_some(begin)
    }
}

/// The lines of a report.
pub(super) fn write(drawing: &Drawing<'_>, width: Option<u16>, to: &mut impl Write) -> io::Result<()> {
    let width = width.map_or(WIDTH, usize::from);
    let all = drawing.places.as_slice();
    // A single place is no line.
    if all.len() < 2 {
        return Ok(());
    }
    let mut lines = lines(drawing, all);
    let widest = |of: &dyn Fn(&Line<'_>) -> usize, lines: &[Line<'_>]| lines.iter().map(of).max().unwrap_or(0);
    let of_name = widest(&|line| columns_of(&line.name), &lines).min(width / 4);
    // Which of its values are shown depends on how many there is room for: it is reckoned with the widest.
    let of_figures = 4 * widest(&|line| line.widest, &lines) + " → , –".chars().count();
    let rest = width.saturating_sub(2 + of_name + 2 * GAP + of_figures + 1).max(8);
    let drawn = &all[all.len().saturating_sub(rest)..];
    if drawn.len() < all.len() {
        lines = self::lines(drawing, drawn);
    }
    let of_figure: [usize; 4] = std::array::from_fn(|of| widest(&|line| columns_of(&line.figures[of]), &lines));
    let of_blocks = drawn.len() + usize::from(lines.iter().any(|line| line.first_filling().is_some()));
    for line in &lines {
        let name = fitting(&line.name, of_name);
        let blocks = line.blocks(drawing.chart.is_log);
        let [first, last, least, most] = std::array::from_fn(|of| padded(&line.figures[of], of_figure[of]));
        let name = format!("{name}{}", " ".repeat(of_name - columns_of(&name)));
        let range = format!("{first} → {last}, {least}–{}", most.trim_start());
        writeln!(to, "  {name}  {blocks}{}  {range}", " ".repeat(of_blocks.saturating_sub(blocks.chars().count())))?;
    }
    let about = about(drawing, drawn, lines.iter().any(|line| line.first_filling().is_some()));
    let options = textwrap::Options::new(width).initial_indent("  ").subsequent_indent("  ");
    writeln!(to, "{}\n", textwrap::fill(&about, options))
}

fn lines<'d>(drawing: &'d Drawing<'_>, places: &[String]) -> Vec<Line<'d>> {
    let chart = &drawing.chart;
    match chart.figures.as_slice() {
        [column] if drawing.series.is_empty() => Line::of(drawing, None, places, column).into_iter().collect(),
        [column] => {
            drawing.series.iter().filter_map(|series| Line::of(drawing, Some(series), places, column)).collect()
        }
        figures => {
            figures.iter().filter_map(|figure| Line::of(drawing, Some(&words(figure)), places, figure)).collect()
        }
    }
}

/// What is drawn, from where to where, and what is not.
fn about(drawing: &Drawing<'_>, drawn: &[String], is_filling: bool) -> String {
    let chart = &drawing.chart;
    let figure = match chart.figures.as_slice() {
        [figure] => format!("{} by {}", words(figure), words(&chart.by)),
        _ => format!("by {}", words(&chart.by)),
    };
    let (Some(first), Some(last)) = (drawn.first(), drawn.last()) else { return figure };
    let part = match drawing.places.len() - drawn.len() {
        0 => String::new(),
        _ => format!(" (the last {} of {})", drawn.len(), drawing.places.len()),
    };
    let scale = if chart.is_log { ", on a log scale" } else { "" };
    let mut about = format!("{figure}, {first} to {last}{part}{scale}: first → last, least–most.");
    if is_filling {
        about += &format!(" {FILLING} {OF_FILLING}.");
    }
    for left_out in &drawing.left_out {
        about += " ";
        about += left_out;
    }
    about
}

fn padded(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns_of(text))))
}
