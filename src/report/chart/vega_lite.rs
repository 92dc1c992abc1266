//! A chart as a Vega-Lite specification, which browsers draw and notebooks go on from.
//!
//! Its data are rows by name: the place along the chart under the name of its column, the figure as `value` with `low` and
//! `high`, the `series`, and on what the row rests. What is not final is drawn apart: lines dashed, points hollow.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::super::shown::{PROJECTS, is_share};
use super::label::words;
use super::{Drawing, Point, UNKNOWN, next_day};
use crate::query::ChartKind;

/// The grammar that specifications are in.
const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v6.json";

/// Colours of series on white. They differ in lightness too, and each has 3:1 against the ground (WCAG 1.4.11).
const LIGHT: [&str; 8] = ["#0067a5", "#c75300", "#00805f", "#a8437f", "#3d8fc4", "#8a6d00", "#7a4fbf", "#5c4033"];

/// What is not known, on white.
const LIGHT_UNKNOWN: &str = "#767676";

/// The colours on black that stand for those on white.
pub(in super::super) const DARK: [(&str, &str); 10] = [
    (LIGHT[0], "#5cb3e8"),
    (LIGHT[1], "#f09a56"),
    (LIGHT[2], "#3cc79e"),
    (LIGHT[3], "#e391c3"),
    (LIGHT[4], "#a5d3f2"),
    (LIGHT[5], "#e0c341"),
    (LIGHT[6], "#b9a0f2"),
    (LIGHT[7], "#d7b8a5"),
    (LIGHT_UNKNOWN, "#9a9a9a"),
    // Where the ground is dark, much has to be light.
    ("\"scheme\":\"blues\"", "\"scheme\":\"darkblue\""),
];

/// Shapes of points, so that series can be told apart without colour.
const SHAPES: [&str; 8] =
    ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right", "triangle-left"];

/// The room between the outermost points and the axes, in pixels.
const ROOM: u32 = 8;

/// How opaque a row of few projects is.
const FEW: f64 = 0.45;

/// Characters of a line of a name beside an axis.
const LINE: usize = 26;

/// The specification of a panel, or of a chart that has none.
pub(in super::super) fn spec(drawing: &Drawing<'_>, panel: Option<&str>) -> Value {
    let points: Vec<&Point> =
        drawing.points.iter().filter(|point| point.panel.as_deref() == panel || panel.is_none()).collect();
    let draft = Draft::new(drawing, points);
    let mut spec = match drawing.chart.kind {
        ChartKind::Line => draft.line(),
        ChartKind::Bar | ChartKind::Dot => draft.by_category(),
        ChartKind::Histogram => draft.histogram(),
        ChartKind::Heatmap => draft.heatmap(),
    };
    spec.insert("width".to_owned(), json!("container"));
    // Heights are fixed, or as many steps as there are places; the width is the reader's.
    spec.insert("autosize".to_owned(), json!({"type": "fit-x", "contains": "padding"}));
    let longest = drawing.series.iter().map(|name| name.chars().count()).max();
    spec.insert("usermeta".to_owned(), json!({"longest_series": longest}));
    Value::Object(spec)
}

/// The width of a chart that stands alone, and of each of several panels, in pixels.
const WIDTH: [u32; 2] = [640, 300];

/// A specification that stands alone: with its title and what it is drawn on.
pub(in super::super) fn document(drawing: &Drawing<'_>) -> Value {
    let header = &drawing.query.header;
    let unit = header.get("unit").map(|unit| format!("Unit: {unit}"));
    let subtitle: Vec<String> = header.get("question").map(str::to_owned).into_iter().chain(unit).collect();
    let mut document = part(json!({
        "$schema": SCHEMA,
        "title": {"text": header.get("title").unwrap_or(drawing.query.name), "subtitle": subtitle, "anchor": "start"},
        "config": {"legend": {"orient": "top", "columns": 4}, "view": {"stroke": null}},
    }));
    let alone = |panel: Option<&String>, width: u32| {
        let mut spec = spec(drawing, panel.map(String::as_str));
        spec["width"] = json!(width);
        if let Some(panel) = panel {
            spec["title"] = json!(panel);
        }
        spec
    };
    let [width, of_panel] = WIDTH;
    match drawing.panels.as_slice() {
        [] => document.extend(part(alone(None, width))),
        panels => {
            let panels: Vec<Value> = panels.iter().map(|panel| alone(Some(panel), of_panel)).collect();
            document.insert("columns".to_owned(), json!(2));
            document.insert("concat".to_owned(), json!(panels));
        }
    }
    Value::Object(document)
}

struct Draft<'d, 'q> {
    drawing: &'d Drawing<'q>,
    points: Vec<&'d Point>,
    /// The field of the place along the chart.
    by: String,
    /// That of its name as it is: in a list names are broken into lines.
    label: String,
    /// That of the row of a heat map.
    second: String,
}

/// The fields that every row has, whatever the columns of its report are called.
const FIELDS: [&str; 9] = ["value", "low", "high", "series", "runs", PROJECTS, "is_few", "is_final", "is_bridge"];

/// The field of a column that rows have by its name.
fn field(column: &str) -> String {
    if FIELDS.contains(&column) { format!("{column}_") } else { column.to_owned() }
}

/// A part of a specification.
type Part = Map<String, Value>;

/// Makes a part of what `json!` makes.
fn part(value: Value) -> Part {
    match value {
        Value::Object(part) => part,
        _ => Part::new(),
    }
}

impl Draft<'_, '_> {
    fn new<'d, 'q>(drawing: &'d Drawing<'q>, points: Vec<&'d Point>) -> Draft<'d, 'q> {
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
    fn axis_format(&self) -> &'static str {
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
    fn figures(&self, field: &str) -> Value {
        json!({
            "field": field,
            "type": "quantitative",
            "title": null,
            "scale": self.scale(),
            "axis": {"format": self.axis_format(), "tickCount": 5, "labelOverlap": "greedy"},
        })
    }

    /// What tells series apart, if there are several. Points have a shape of their own too, and a filling that can be left
    /// out.
    fn series(&self, of_points: bool) -> Part {
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
        let channel = |range: Value| json!({"field": "series", "type": "nominal", "title": null, "scale": {"domain": names, "range": range}});
        if of_points {
            channels.insert("fill".to_owned(), channel(json!(colours)));
            channels.insert("shape".to_owned(), channel(json!(&SHAPES[..names.len().min(SHAPES.len())])));
        }
        channels.insert("color".to_owned(), channel(json!(colours)));
        channels
    }

    /// What is told of a point that is pointed at.
    fn tooltip(&self) -> Value {
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
    fn data(&self) -> Value {
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
            row.insert("series".to_owned(), json!(series));
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
    fn along(&self) -> Value {
        if self.drawing.is_in_time {
            return json!({
                "field": self.by, "type": "temporal", "title": null, "scale": {"type": "utc"},
                "axis": {"format": "%-d %b", "labelOverlap": "greedy", "labelFlush": true, "tickCount": 6, "grid": false},
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

    /// A series, or several. The first layer is what the legend looks like, so that the pale bands come after the lines.
    fn line(&self) -> Part {
        let mut layers = Vec::new();
        if self.drawing.is_in_time {
            layers.extend(self.marks_of_time());
        }
        let series = || self.series(false);
        let encoding = |more: Value| {
            let mut encoding = series();
            encoding.insert("x".to_owned(), self.along());
            encoding.extend(part(more));
            Value::Object(encoding)
        };
        let is_final = "!isDefined(datum.is_final)";
        let is_point = "!isDefined(datum.is_bridge)";
        layers.push(json!({
            "transform": [{"filter": is_final}],
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": encoding(json!({"y": self.figures("value")})),
        }));
        if self.drawing.has_intervals() {
            layers.push(json!({
                "transform": [{"filter": is_point}],
                "mark": {"type": "area", "opacity": 0.16, "interpolate": "linear"},
                "encoding": encoding(json!({"y": self.figures("low"), "y2": {"field": "high"}})),
            }));
        }
        if self.drawing.is_filling() {
            layers.push(json!({
                "transform": [{"filter": format!("!({is_final})")}],
                "mark": {"type": "line", "strokeWidth": 2, "strokeDash": [3, 4]},
                "encoding": encoding(json!({"y": self.figures("value")})),
            }));
        }
        let mut of_points = self.series(true);
        of_points.extend(part(json!({
            "x": self.along(),
            "y": self.figures("value"),
            "fillOpacity": {"condition": {"test": "isDefined(datum.is_final) || isDefined(datum.is_few)", "value": 0}, "value": 1},
            "tooltip": self.tooltip(),
        })));
        let crowded = self.drawing.places.len() > 45;
        layers.push(json!({
            "transform": [{"filter": is_point}],
            "mark": {"type": "point", "filled": false, "opacity": 1, "size": if crowded { 14 } else { 34 }, "strokeWidth": 1.5},
            "encoding": of_points,
        }));
        part(json!({"data": self.data(), "height": 240, "layer": layers}))
    }

    /// Days of which hours are missing, and definition breaks.
    fn marks_of_time(&self) -> Vec<Value> {
        let x = |field: &str| json!({"field": field, "type": "temporal", "scale": {"type": "utc"}, "title": null});
        let mut layers = Vec::new();
        if !self.drawing.holes.is_empty() {
            let days: Vec<Value> = self
                .drawing
                .holes
                .iter()
                .filter_map(|day| Some(json!({"from": day, "to": next_day(day)?, "what": "hours without dumps"})))
                .collect();
            layers.push(json!({
                "data": {"values": days},
                "mark": {"type": "rect", "opacity": 0.18, "color": LIGHT_UNKNOWN},
                "encoding": {
                    "x": x("from"), "x2": {"field": "to"},
                    "tooltip": [{"field": "from", "title": "day"}, {"field": "what", "title": "missing"}],
                },
            }));
        }
        if !self.drawing.breaks.is_empty() {
            let breaks: Vec<Value> = (1..)
                .zip(&self.drawing.breaks)
                .map(|(number, of)| json!({"date": of.date.to_string(), "number": number, "what": of.title}))
                .collect();
            let tooltip = json!([{"field": "date", "title": "date"}, {"field": "what", "title": "definition break"}]);
            layers.push(json!({
                "data": {"values": breaks},
                "layer": [
                    {
                        "mark": {"type": "rule", "color": LIGHT_UNKNOWN, "strokeDash": [2, 3], "strokeWidth": 1.5},
                        "encoding": {"x": x("date"), "tooltip": tooltip},
                    },
                    {
                        "mark": {"type": "text", "baseline": "bottom", "dy": -3, "fontWeight": "bold", "color": LIGHT_UNKNOWN},
                        "encoding": {
                            "x": x("date"), "y": {"value": 0}, "text": {"field": "number", "type": "nominal"},
                            "tooltip": tooltip,
                        },
                    },
                ],
            }));
        }
        layers
    }

    /// Bars, or dots with their intervals, one category below the other.
    fn by_category(&self) -> Part {
        let is_bar = self.drawing.chart.kind == ChartKind::Bar;
        let lines = most_lines(&self.drawing.places);
        // Each of several series has a lane of its own; figures of one row lie on one.
        let lanes = if self.shares_lanes(is_bar) { 1 } else { self.drawing.series.len().max(1) };
        let step = (lines * 13).max(lanes * if is_bar { 12 } else { 11 } + 2).saturating_add(8).max(22);
        let places: Vec<String> = self.drawing.places.iter().map(|place| wrapped(place)).collect();
        let y = json!({
            "field": self.by, "type": "nominal", "sort": null, "title": null,
            "scale": {"domain": places},
            "axis": {"labelExpr": LABEL, "labelLimit": 400, "ticks": false, "domain": false, "grid": false},
        });
        let offset = json!({"field": "series", "type": "nominal", "scale": {"domain": self.drawing.series}});
        let encoding = |more: Value, shapes: bool| {
            let mut encoding = self.series(shapes);
            encoding.insert("y".to_owned(), y.clone());
            if lanes > 1 {
                encoding.insert("yOffset".to_owned(), offset.clone());
            }
            encoding.extend(part(more));
            Value::Object(encoding)
        };
        let opacity = json!({"condition": {"test": "isDefined(datum.is_few)", "value": FEW}, "value": 1});
        let mut layers = Vec::new();
        let ends = json!({"x": self.figures("low"), "x2": {"field": "high"}, "opacity": opacity});
        if is_bar {
            layers.push(json!({
                "mark": {"type": "bar"},
                "encoding": encoding(json!({"x": self.figures("value"), "opacity": opacity, "tooltip": self.tooltip()}), false),
            }));
        }
        if self.drawing.has_intervals() {
            layers.push(json!({"mark": {"type": "rule", "strokeWidth": 2.5}, "encoding": encoding(ends, false)}));
        }
        if !is_bar {
            layers.push(json!({
                "mark": {"type": "point", "filled": false, "opacity": 1, "size": 60, "strokeWidth": 1.5},
                "encoding": encoding(json!({
                    "x": self.figures("value"),
                    "fillOpacity": {"condition": {"test": "isDefined(datum.is_few)", "value": 0}, "value": 1},
                    "tooltip": self.tooltip(),
                }), true),
            }));
        }
        if lanes == 1
            && self.points.iter().all(|point| point.count(PROJECTS).is_some())
            && self.drawing.chart.figures != [PROJECTS]
        {
            // Of several figures of a row it is said once.
            let is_first = match self.drawing.series.first().filter(|_| self.drawing.chart.each.is_empty()) {
                Some(first) => json!({"field": "series", "equal": first}),
                None => json!("true"),
            };
            layers.push(json!({
                "transform": [{"filter": is_first}, {"calculate": "format(datum.projects, ',d') + (datum.projects == 1 ? ' project' : ' projects')", "as": "on"}],
                "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 11, "color": LIGHT_UNKNOWN, "aria": false},
                "encoding": {"y": y, "x": {"value": "width"}, "text": {"field": "on", "type": "nominal"}},
            }));
        }
        part(json!({"data": self.data(), "height": step * places.len(), "layer": layers}))
    }

    /// Whether nothing is drawn over anything else if all series are on one line: dots of several figures of a row, and
    /// where every place is of one series.
    fn shares_lanes(&self, is_bar: bool) -> bool {
        let mut series_of: HashMap<&str, Option<&str>> = HashMap::new();
        let are_alone = self.points.iter().all(|point| {
            let series = point.series.as_deref();
            *series_of.entry(point.by.as_str()).or_insert(series) == series
        });
        are_alone || (self.drawing.chart.each.is_empty() && !is_bar)
    }

    /// Amounts by buckets.
    fn histogram(&self) -> Part {
        let mut encoding = self.series(false);
        encoding.insert("x".to_owned(), self.along());
        encoding.insert("y".to_owned(), self.figures("value"));
        encoding.insert("tooltip".to_owned(), self.tooltip());
        encoding.insert(
            "opacity".to_owned(),
            json!({"condition": {"test": "isDefined(datum.is_few)", "value": FEW}, "value": 1}),
        );
        part(json!({
            "data": self.data(), "height": 200,
            "mark": {"type": "bar", "binSpacing": 1},
            "encoding": encoding,
        }))
    }

    /// A figure as colour.
    fn heatmap(&self) -> Part {
        let second = self.drawing.chart.second.as_deref().unwrap_or_default();
        let rows = super::in_order(self.points.iter().filter_map(|point| point.second.as_deref()));
        let step = 20.max(13 * most_lines(&rows) + 4);
        part(json!({
            "data": self.data(), "height": step * rows.len(),
            "mark": {"type": "rect"},
            "encoding": {
                "x": self.along(),
                "y": {
                    "field": self.second, "type": "ordinal", "sort": null, "title": axis_title(second),
                    "axis": {"labelExpr": LABEL, "labelLimit": 400},
                },
                "color": {
                    "field": "value", "type": "quantitative", "title": null,
                    "scale": {"scheme": "blues", "zero": true},
                    "legend": {"format": self.axis_format(), "gradientLength": 160},
                },
                "tooltip": self.tooltip(),
            },
        }))
    }
}

/// Over how many lines the longest of some names is.
fn most_lines(names: &[String]) -> usize {
    names.iter().map(|name| wrapped(name).lines().count()).max().unwrap_or(1)
}

/// What an axis is called: of a bucket, which both of its ends name, not by the column of the first.
fn axis_title(column: &str) -> String {
    words(column.strip_suffix("_from").unwrap_or(column))
}

/// Names beside an axis are over several lines where they are long.
const LABEL: &str = "split(datum.label, '\\n')";

/// A name as it stands beside an axis: broken where words are joined, and at the latest where a line is full.
fn wrapped(name: &str) -> String {
    let mut lines = vec![String::new()];
    let (mut length, mut before) = (0, ' ');
    for c in name.chars() {
        let is_seam = !before.is_alphanumeric() || (before.is_lowercase() && c.is_uppercase());
        if length >= LINE || (length >= LINE / 2 && is_seam && before != '.') {
            lines.push(String::new());
            length = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
        length += 1;
        before = c;
    }
    // A last line of a letter or two looks like a mistake.
    if let [.., before_last, last] = lines.as_mut_slice()
        && last.chars().count() <= 3
    {
        before_last.push_str(last);
        lines.pop();
    }
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn long_names_are_broken_where_words_are_joined() {
        assert_eq!(wrapped("duckdb"), "duckdb");
        assert_eq!(wrapped("require_explicit_package_overrides"), "require_explicit_\npackage_overrides");
        assert_eq!(wrapped("ConfigMetaFallbackDeprecation"), "ConfigMetaFallback\nDeprecation");
        assert!(wrapped(&"x".repeat(72)).lines().all(|line| line.len() <= 29));
    }
}
