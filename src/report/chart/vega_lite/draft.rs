//! What the marks of a chart share: its rows, its axes and scales, what tells series apart, what is told of a point.

use serde_json::{Map, Value, json};

use super::super::super::shown::{PROJECTS, is_share};
use super::super::label::words;
use super::super::{Drawing, Point, UNKNOWN};
use super::names::{LABEL, LINE, axis_title, wrapped};
use super::palette::{LIGHT, LIGHT_UNKNOWN, SHAPES};
use crate::query::ChartKind;

/// The room between the outermost points and the axes, in pixels.
const ROOM: u32 = 8;

/// How far from an end of its axis a label is written inwards, in pixels: half of the longest of these would leave the
/// chart otherwise.
const AT_END: u32 = 24;

/// A specification that is being made.
pub(super) struct Draft<'d, 'q> {
    pub drawing: &'d Drawing<'q>,
    pub points: Vec<&'d Point>,
    /// The field of the place along the chart.
    pub by: String,
    /// That of its name as it is: in a list names are broken into lines.
    pub label: String,
    /// That of the row of a heat map.
    pub second: String,
}

/// The fields that every row has, whatever the columns of its report are called.
const FIELDS: [&str; 9] = ["value", "low", "high", "series", "runs", PROJECTS, "is_few", "is_final", "is_bridge"];

/// The field of a column that rows have by its name.
fn field(column: &str) -> String {
    if FIELDS.contains(&column) { format!("{column}_") } else { column.to_owned() }
}

/// A part of a specification.
pub(super) type Part = Map<String, Value>;

/// Makes a part of what `json!` makes.
pub(super) fn part(value: Value) -> Part {
    match value {
        Value::Object(part) => part,
        _ => Part::new(),
    }
}

impl Draft<'_, '_> {
    pub(super) fn new<'d, 'q>(drawing: &'d Drawing<'q>, points: Vec<&'d Point>) -> Draft<'d, 'q> {
        let chart = &drawing.chart;
        let by = field(&chart.by);
        let label = match chart.kind {
            ChartKind::Bar | ChartKind::Dot => format!("{by}_label"),
            _ => by.clone(),
        };
        Draft { drawing, points, by, label, second: chart.second.as_deref().map(field).unwrap_or_default() }
    }

    /// Whether the figures are fractions of one.
    fn is_share(&self) -> bool {
        self.drawing.chart.figures.iter().all(|figure| is_share(figure))
    }

    /// Whether the figures are counts.
    fn is_whole(&self) -> bool {
        self.points.iter().filter_map(|point| point.value).all(|value| value.fract() == 0.0)
    }

    /// How an axis writes figures.
    pub(super) fn axis_format(&self) -> &'static str {
        if self.is_share() {
            ".2~%"
        } else if self.is_whole() && !self.drawing.chart.is_log {
            // 20k, but 200 and not 0.2k.
            let most = self.points.iter().filter_map(|point| point.value).fold(0.0, f64::max);
            if most < 10_000.0 { ",~d" } else { "~s" }
        } else {
            ",~f"
        }
    }

    /// How a figure is written where it alone is looked at.
    fn format(&self) -> &'static str {
        if self.is_share() {
            ".1%"
        } else if self.is_whole() {
            ",d"
        } else {
            ",.3~r"
        }
    }

    fn scale(&self) -> Value {
        let chart = &self.drawing.chart;
        let least =
            self.points.iter().flat_map(|point| point.interval.map(|[low, _]| low).into_iter().chain(point.value));
        if chart.is_log {
            // A logarithm of nothing there is not.
            return if least.fold(f64::MAX, f64::min) > 0.0 {
                json!({"type": "log", "nice": false, "padding": ROOM})
            } else {
                json!({"type": "symlog", "padding": ROOM})
            };
        }
        let is_of_differences =
            self.drawing.has_intervals() || chart.figures.iter().any(|figure| figure.ends_with("_rate"));
        let from_zero = match chart.kind {
            ChartKind::Bar | ChartKind::Histogram => true,
            _ => !is_of_differences,
        };
        if chart.kind == ChartKind::Dot {
            // Round ends besides would go on to less than nothing and to more than all.
            return json!({"zero": from_zero, "nice": false, "padding": ROOM});
        }
        json!({"zero": from_zero, "nice": true})
    }

    /// The axis of the figures.
    pub(super) fn figures(&self, field: &str) -> Value {
        let is_level = matches!(self.drawing.chart.kind, ChartKind::Bar | ChartKind::Dot);
        let flush = if is_level { json!(AT_END) } else { json!(false) };
        json!({
            "field": field,
            "type": "quantitative",
            "title": null,
            "scale": self.scale(),
            "axis": {"format": self.axis_format(), "tickCount": 5, "labelOverlap": "greedy", "labelFlush": flush},
        })
    }

    /// What tells series apart, if there are several. Points have a shape of their own too, and a filling that can be left
    /// out.
    pub(super) fn series(&self, of_points: bool) -> Part {
        let names = &self.drawing.series;
        let mut channels = Part::new();
        if names.is_empty() {
            let one = json!({"value": LIGHT[0]});
            if of_points {
                channels.insert("fill".to_owned(), one.clone());
            }
            channels.insert("color".to_owned(), one);
            return channels;
        }
        let mut colours = LIGHT.iter();
        let of_name = |name: &String| if name == UNKNOWN { None } else { colours.next().copied() };
        let colours: Vec<&str> = names.iter().map(of_name).map(|colour| colour.unwrap_or(LIGHT_UNKNOWN)).collect();
        let channel = |range: Value| {
            json!({
                "field": "series", "type": "nominal", "title": null, "legend": {"labelExpr": LABEL},
                "scale": {"domain": self.lanes(), "range": range},
            })
        };
        if of_points {
            channels.insert("fill".to_owned(), channel(json!(colours)));
            channels.insert("shape".to_owned(), channel(json!(&SHAPES[..names.len().min(SHAPES.len())])));
        }
        channels.insert("color".to_owned(), channel(json!(colours)));
        channels
    }

    /// The names of the series, as a legend has them.
    pub(super) fn lanes(&self) -> Vec<String> {
        self.drawing.series.iter().map(|name| wrapped(name)).collect()
    }

    /// What is told of a point that is pointed at.
    pub(super) fn tooltip(&self) -> Value {
        let chart = &self.drawing.chart;
        let mut lines =
            vec![json!({"field": self.label, "type": "nominal", "title": axis_title(&self.drawing.chart.by)})];
        if let Some(second) = chart.second.as_ref().filter(|_| chart.kind == ChartKind::Heatmap) {
            lines.push(json!({"field": self.second, "type": "nominal", "title": axis_title(second)}));
        }
        let title = match chart.figures.as_slice() {
            [figure] => words(figure),
            _ => "value".to_owned(),
        };
        if !self.drawing.series.is_empty() {
            let title = if chart.each.is_empty() { "figure".to_owned() } else { words(&chart.each.join(", ")) };
            lines.push(json!({"field": "series", "type": "nominal", "title": title}));
        }
        lines.push(json!({"field": "value", "type": "quantitative", "title": title, "format": self.format()}));
        if self.drawing.has_intervals() {
            for (field, title) in [("low", "from (95 %)"), ("high", "to (95 %)")] {
                lines.push(json!({"field": field, "type": "quantitative", "title": title, "format": self.format()}));
            }
        }
        for (name, _) in self.points.first().map(|point| point.counts.as_slice()).unwrap_or_default() {
            if !chart.figures.iter().any(|figure| figure == name) {
                lines.push(json!({"field": name, "type": "quantitative", "title": name, "format": ",d"}));
            }
        }
        json!(lines)
    }

    /// The rows. A point that is not final goes on from the last one that is.
    pub(super) fn data(&self) -> Value {
        let mut rows: Vec<Value> = Vec::with_capacity(self.points.len());
        for (number, point) in self.points.iter().enumerate() {
            rows.push(self.row(point, point.is_final));
            let is_same = |other: &&&Point| other.series == point.series;
            let next = self.points[number.saturating_add(1)..].iter().find(is_same);
            if self.drawing.chart.kind == ChartKind::Line && point.is_final && next.is_some_and(|next| !next.is_final) {
                let mut bridge = self.row(point, false);
                bridge["is_bridge"] = json!(true);
                rows.push(bridge);
            }
        }
        json!({"values": rows})
    }

    fn row(&self, point: &Point, is_final: bool) -> Value {
        let mut row = Part::new();
        row.insert(self.label.clone(), json!(point.by));
        if self.label != self.by {
            row.insert(self.by.clone(), json!(wrapped(&point.by)));
        }
        if let Some(value) = &point.second {
            row.insert(self.second.clone(), json!(wrapped(value)));
        }
        if let Some(series) = point.series.as_ref().filter(|_| !self.drawing.series.is_empty()) {
            row.insert("series".to_owned(), json!(wrapped(series)));
        }
        row.insert("value".to_owned(), json!(point.value));
        if let Some([low, high]) = point.interval {
            row.insert("low".to_owned(), json!(low));
            row.insert("high".to_owned(), json!(high));
        }
        for (name, count) in &point.counts {
            row.insert((*name).to_owned(), json!(i64::try_from(*count).ok()));
        }
        if point.is_few {
            row.insert("is_few".to_owned(), json!(true));
        }
        if !is_final {
            row.insert("is_final".to_owned(), json!(false));
        }
        Value::Object(row)
    }

    /// The axis of places along a chart that is no list.
    pub(super) fn along(&self) -> Value {
        if self.drawing.is_in_time {
            return json!({
                "field": self.by, "type": "temporal", "title": null, "scale": {"type": "utc"},
                "axis": {"format": "%-d %b", "labelOverlap": "greedy", "labelFlush": AT_END, "tickCount": 6, "grid": false},
            });
        }
        let lengths = || self.drawing.places.iter().map(|place| place.chars().count());
        // Of names none can be left out, as of numbers; so they are turned where they have no room beside each other,
        // and where the last would leave the chart.
        let is_of_names = lengths().max() > Some(LINE / 3)
            || (self.drawing.chart.kind == ChartKind::Heatmap && lengths().sum::<usize>() > LINE);
        let axis = if is_of_names {
            // The first of long ones would leave the chart if they were not upright.
            let angle = if lengths().max() > Some(LINE) { -90 } else { -40 };
            json!({"labelAngle": angle, "labelLimit": 600, "grid": false})
        } else {
            json!({"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 6, "grid": false})
        };
        json!({
            "field": self.by, "type": "ordinal", "sort": null, "title": axis_title(&self.drawing.chart.by),
            "axis": axis,
        })
    }
}
