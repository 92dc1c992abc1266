//! A chart as a Vega-Lite specification, which browsers draw and notebooks go on from.
//!
//! Its data are rows by name: the place along the chart under the name of its column, the figure as `value` with `low` and
//! `high`, the `series`, and on what the row rests. What is not final is drawn apart: lines dashed, points hollow.

mod draft;
mod marks;
mod names;
mod palette;

use serde_json::{Value, json};

use super::{Drawing, Point};
use crate::query::ChartKind;
use draft::{Draft, part};

pub(in super::super) use palette::DARK;

/// The grammar that specifications are in.
const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v6.json";

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
    let lines = drawing.series.iter().map(|name| names::wrapped(name).lines().map(|line| line.chars().count()).max());
    let longest = lines.flatten().max();
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
