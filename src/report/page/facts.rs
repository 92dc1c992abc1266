//! What is said of a report before its chart: its unit, how much of what it breaks down by is known, and on how much its
//! points rest.

use std::io;

use polars::prelude::DataFrame;

use super::super::cell::{Cell, names, row};
use super::super::chart::Drawing;
use super::super::shown::{PROJECTS, percent, thousands};
use crate::query::Query;

/// The columns of which a report says itself how much is known.
const KNOWN: [&str; 2] = ["known_share", "share_known"];

/// The shares of a row in all, with what they are shares of. That of the unknown value says how much is not known.
const OF_ALL: [(&str, &str); 3] =
    [("share_of_runs", "runs"), ("share_of_node_runs", "node runs"), ("share_of_nodes", "node runs")];

/// The sentences.
pub(super) fn facts(query: &Query, frame: &DataFrame, drawing: Option<&Drawing<'_>>) -> io::Result<Vec<String>> {
    let mut facts = Vec::new();
    if let Some(unit) = query.header.get("unit") {
        facts.push(format!("Unit: {unit}."));
    }
    facts.extend(known(query, frame)?);
    facts.extend(drawing.and_then(rests_on));
    Ok(facts)
}

/// How much of what the report breaks down by is known.
fn known(query: &Query, frame: &DataFrame) -> io::Result<Option<String>> {
    let columns = names(frame);
    if let Some(name) = KNOWN.into_iter().find(|name| columns.iter().any(|column| column == name)) {
        let shares = floats(frame, name)?;
        let least = shares.iter().copied().fold(f64::INFINITY, f64::min);
        let most = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        return Ok((!shares.is_empty()).then(|| {
            let (least, most) = (percent(least), percent(most));
            if least == most { format!("Known: {least}.") } else { format!("Known: {least} to {most}.") }
        }));
    }
    let keys: Vec<&str> = query.header.get("key").map(|key| key.split(", ").collect()).unwrap_or_default();
    let ([key], Some((share, of))) =
        (keys.as_slice(), OF_ALL.into_iter().find(|(name, _)| columns.iter().any(|column| column == name)))
    else {
        return Ok(None);
    };
    let place = |name: &str| columns.iter().position(|column| column == name);
    let (Some(key), Some(share)) = (place(key), place(share)) else { return Ok(None) };
    for number in 0..frame.height() {
        let cells = row(frame, number).map_err(io::Error::other)?;
        if cells[key] == Cell::Absent
            && let Cell::Number(unknown) = cells[share]
        {
            return Ok(Some(format!("Known of {} of {of}.", percent(1.0 - unknown))));
        }
    }
    Ok((frame.height() > 0).then(|| format!("Known of all {of}.")))
}

/// On how many projects a point rests.
fn rests_on(drawing: &Drawing<'_>) -> Option<String> {
    let counts = drawing.points.iter().filter_map(|point| point.count(PROJECTS));
    let (least, most) = (counts.clone().min()?, counts.max()?);
    // Where projects are what is drawn, the chart says it.
    if drawing.chart.figures.iter().any(|figure| figure == PROJECTS) {
        return None;
    }
    let (least, most) = (thousands(least), thousands(most));
    Some(if least == most {
        format!("Each figure rests on {most} projects.")
    } else {
        format!("Figures rest on {least} to {most} projects.")
    })
}

fn floats(frame: &DataFrame, name: &str) -> io::Result<Vec<f64>> {
    let column = frame.column(name).map_err(io::Error::other)?;
    let mut values = Vec::new();
    for number in 0..frame.height() {
        if let Cell::Number(value) = Cell::of(&column.get(number).map_err(io::Error::other)?) {
            values.push(value);
        }
    }
    Ok(values)
}
