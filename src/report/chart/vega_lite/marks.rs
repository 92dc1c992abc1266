//! How each kind of chart is drawn.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::super::super::shown::PROJECTS;
use super::super::{in_order, next_day};
use super::draft::{Draft, Part, part};
use super::names::{LABEL, axis_title, most_lines, wrapped};
use super::palette::LIGHT_UNKNOWN;
use crate::query::ChartKind;

/// How opaque a row of few projects is.
const FEW: f64 = 0.45;

/// The layer that says beside a row on how many projects it rests; the page leaves it out where there is no room.
const ON_PROJECTS: &str = "on_projects";

impl Draft<'_, '_> {
    /// A series, or several. The first layer is what the legend looks like, so that the pale bands come after the lines.
    pub(super) fn line(&self) -> Part {
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
    pub(super) fn by_category(&self) -> Part {
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
        let offset = json!({"field": "series", "type": "nominal", "scale": {"domain": self.lanes()}});
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
                Some(first) => json!({"field": "series", "equal": wrapped(first)}),
                None => json!("true"),
            };
            layers.push(json!({
                "name": ON_PROJECTS,
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
    pub(super) fn histogram(&self) -> Part {
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
    pub(super) fn heatmap(&self) -> Part {
        let second = self.drawing.chart.second.as_deref().unwrap_or_default();
        let rows = in_order(self.points.iter().filter_map(|point| point.second.as_deref()));
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
