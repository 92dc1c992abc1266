//! The summary: what changed since the week before, how sure that is, and whether the data changed.
//!
//! It computes nothing. Every number in a sentence is in a row of `totals_of_week` or `changes_of_week`, and what makes a
//! change worth a sentence is their judgement, in SQL.

use std::collections::HashMap;
use std::io;

use polars::prelude::DataFrame;

use super::super::cell::{Cell, names, row};
use super::super::shown::{percent, thousands};
use super::super::text::shortened;
use super::{PageReport, all_breaks};
use crate::event::Day;

/// How many changes are told one by one.
const MOST_CHANGES: usize = 12;

/// The summary of a page.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub parts: Vec<Part>,
}

/// One answer.
#[derive(Debug)]
pub(super) struct Part {
    pub title: String,
    pub lead: String,
    pub lines: Vec<Line>,
}

/// One sentence.
#[derive(Debug)]
pub(super) struct Line {
    pub text: String,
    pub detail: Option<String>,
    pub is_marked: bool,
}

impl Summary {
    /// That of the reports which are there.
    ///
    /// # Errors
    /// When a result cannot be read.
    pub(super) fn of(reports: &[PageReport<'_>]) -> io::Result<Self> {
        let rows = |name: &str| {
            reports.iter().find(|report| report.query.name == name).map(|report| Record::all(report.frame)).transpose()
        };
        let totals = rows("totals_of_week")?;
        let changes = rows("changes_of_week")?;
        let mut parts = Vec::new();
        if let Some(totals) = &totals {
            parts.push(usage(totals));
        }
        if let Some(changes) = changes.as_ref().filter(|changes| !changes.is_empty()) {
            parts.push(behaviour(changes));
        }
        if let Some(totals) = totals.as_ref().filter(|totals| !totals.is_empty()) {
            parts.push(data(totals, &breaks_since(reports, totals)));
        }
        Ok(Self { parts })
    }

    /// Whether there is nothing to be said.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

/// A row by the names of its columns.
struct Record(HashMap<String, Cell>);

impl Record {
    fn all(frame: &DataFrame) -> io::Result<Vec<Self>> {
        let names = names(frame);
        let read =
            |number| Ok(Self(names.iter().cloned().zip(row(frame, number).map_err(io::Error::other)?).collect()));
        (0..frame.height()).map(read).collect()
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Cell::Text(text) | Cell::Time(text) => Some(text),
            _ => None,
        }
    }

    fn count(&self, name: &str) -> Option<i128> {
        match self.0.get(name)? {
            Cell::Integer(count) => Some(*count),
            _ => None,
        }
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.0.get(name)? {
            Cell::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn is(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Cell::Flag(true))
    }
}

/// How much dbt was used.
fn usage(totals: &[Record]) -> Part {
    let title = "Did usage change?".to_owned();
    let Some(first) = totals.first() else {
        let lead = "There are no two whole weeks yet, of which every day is final: nothing can be compared.".to_owned();
        return Part { title, lead, lines: Vec::new() };
    };
    let lead = format!(
        "The week of {} against that of {}, the newest two of which every day is final and nothing is missing.",
        first.text("week").unwrap_or("-"),
        first.text("week_before").unwrap_or("-")
    );
    Part { title, lead, lines: lines_about(totals, "usage") }
}

/// Whether what was received changed.
fn data(totals: &[Record], breaks: &[String]) -> Part {
    let mut lines = lines_about(totals, "data");
    let is_any = lines.iter().any(|line| line.is_marked);
    lines.extend(breaks.iter().map(|text| Line { text: text.clone(), detail: None, is_marked: true }));
    let lead = match (is_any, breaks.is_empty()) {
        (false, true) => {
            "Nothing that was received is unlike that of the weeks before, and no release changed what a field means."
        }
        (true, true) => {
            "Something that was received is unlike that of the weeks before. Look at it before you believe a change of usage."
        }
        (_, false) => "A release changed what fields mean: a change of usage may be one of definition.",
    };
    Part { title: "Did the data change?".to_owned(), lead: lead.to_owned(), lines }
}

fn lines_about(totals: &[Record], about: &str) -> Vec<Line> {
    totals.iter().filter(|total| total.text("about") == Some(about)).map(total_line).collect()
}

/// A total in words.
fn total_line(total: &Record) -> Line {
    let measure = match total.text("measure").unwrap_or_default() {
        "runs" => "Runs",
        "active_projects" => "Active projects",
        "active_users" => "Active users",
        "events" => "Events received",
        "duplicates" => "Surplus copies of events",
        "rejects" => "Records refused",
        "unrecognized" => "Kinds, fields and products seen for the first time",
        other => other,
    };
    let count = |name| total.count(name).map_or("-".to_owned(), thousands);
    let growth = total.number("growth_rate");
    let change = growth.map(|growth| format!(", {}", grown(growth))).unwrap_or_default();
    let is_unusual = total.is("is_unusual");
    let usual = match (total.number("usual_growth_rate"), growth) {
        (Some(usual), Some(_)) => Some(format!(
            "(usual from a week to the next: ±{}{})",
            percent(usual),
            if is_unusual { "; this is more than 19 of 20 such changes are" } else { "" }
        )),
        (None, Some(_)) => Some("(too few weeks before to know what is usual)".to_owned()),
        _ => None,
    };
    let text = format!("{measure}: {}, after {}{change}", count("amount_now"), count("amount_before"));
    Line { text, detail: usual, is_marked: is_unusual }
}

/// How runs behaved.
fn behaviour(changes: &[Record]) -> Part {
    let title = "What changed in how runs go?".to_owned();
    let overall = changes.iter().filter(|change| change.text("dimension") == Some("all"));
    let mut lines: Vec<Line> = overall.map(change_line).collect();
    let mut flagged: Vec<&Record> =
        changes.iter().filter(|change| change.is("is_flagged") && change.text("dimension") != Some("all")).collect();
    let size = |change: &Record| change.number("change_in_share").unwrap_or_default().abs();
    flagged.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let all_flagged = changes.iter().filter(|change| change.is("is_flagged")).count();
    lines.extend(flagged.iter().take(MOST_CHANGES).map(|change| change_line(change)));
    if let Some(more @ 1..) = flagged.len().checked_sub(MOST_CHANGES) {
        lines.push(Line { text: format!("and {more} more, in the report below"), detail: None, is_marked: false });
    }
    let judged = changes.iter().filter(|change| change.number("p_value").is_some()).count();
    let lead = match (judged, all_flagged) {
        (0, _) => {
            "Too few weeks, or too few projects, to tell a change from what changes every week; so nothing is flagged."
                .to_owned()
        }
        (_, 0) => format!("Of {judged} comparisons none is more than chance and more than what changes every week."),
        (_, flagged) => format!(
            "Of {judged} comparisons {flagged} {} more than chance and more than what changes every week, by at least 2 points; about one in twenty of such flags is false.",
            if flagged == 1 { "is" } else { "are" }
        ),
    };
    Part { title, lead, lines }
}

/// A change in words.
fn change_line(change: &Record) -> Line {
    let value = change.text("value").map_or("unknown".to_owned(), |value| shortened(value, 60));
    let of = match change.text("dimension").unwrap_or_default() {
        "all" => String::new(),
        "nodes" => format!(" of {value} nodes and more"),
        "version" => format!(" with dbt {value}"),
        "environment" => format!(" in environment {value}"),
        dimension => format!(" with {dimension} {value}"),
    };
    let share = |name| change.number(name).map_or("-".to_owned(), percent);
    let (now, before) = (share("share_now"), share("share_before"));
    let sentence = match change.text("measure").unwrap_or_default() {
        "success" => format!("{now} of runs{of} succeeded, after {before}"),
        "slow" => format!("{now} of runs{of} took longer than half did in the weeks before, after {before}"),
        "slowest" => format!("{now} of runs{of} took longer than 95 % did in the weeks before, after {before}"),
        "used" => format!("{now} of active projects had runs{of}, after {before}"),
        other => format!("{other}{of}: {now}, after {before}"),
    };
    let difference = change.number("change_in_share").map(points).unwrap_or_else(|| "-".to_owned());
    let interval = match (change.number("change_in_share_low"), change.number("change_in_share_high")) {
        (Some(low), Some(high)) => format!("95 %: {} to {}", points(low), points(high)),
        _ => "interval not known".to_owned(),
    };
    let usual = match change.number("usual_change_in_share") {
        Some(usual) => format!("usual ±{:.1}", usual * 100.0),
        None => "usual not known".to_owned(),
    };
    let projects = change.count("projects").map_or("-".to_owned(), thousands);
    Line {
        text: format!("{sentence}: {difference} points"),
        detail: Some(format!("({interval}; {usual}; {projects} projects)")),
        is_marked: change.is("is_flagged"),
    }
}

/// The definition breaks in the two weeks that are compared.
fn breaks_since(reports: &[PageReport<'_>], totals: &[Record]) -> Vec<String> {
    let Some(first) = totals.first() else { return Vec::new() };
    let day = |name| first.text(name).and_then(Day::parse);
    let (Some(since), Some(week)) = (day("week_before"), day("week")) else { return Vec::new() };
    let mut breaks = all_breaks(reports);
    breaks.retain(|of| since <= of.date && of.date <= week.plus(6));
    breaks.iter().map(|of| format!("{}: {} ({}). {}", of.date, of.title, of.versions, of.meaning)).collect()
}

/// A difference of shares in points, with its sign.
fn points(difference: f64) -> String {
    let text = format!("{:.1}", (difference * 100.0).abs());
    let sign = if text == "0.0" {
        "±"
    } else if difference < 0.0 {
        "−"
    } else {
        "+"
    };
    format!("{sign}{text}")
}

fn grown(growth: f64) -> String {
    match points(growth) {
        same if same == "±0.0" => "as many".to_owned(),
        points => format!("{points} %"),
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    #[test]
    fn changes_are_told_with_their_sign_interval_and_what_is_usual() {
        let frame = df!(
            "measure" => ["success", "used", "success"],
            "dimension" => ["adapter", "version", "all"],
            "value" => [Some("snowflake"), None, None],
            "projects" => [212_i64, 30, 1500],
            "share_before" => [0.945, 0.1, 0.9],
            "share_now" => [0.912, 0.15, 0.9],
            "change_in_share" => [-0.033, 0.05, 0.0],
            "change_in_share_low" => [Some(-0.049), None, Some(-0.01)],
            "change_in_share_high" => [Some(-0.017), None, Some(0.01)],
            "usual_change_in_share" => [Some(0.006), None, Some(0.004)],
            "p_value" => [Some(0.001), None, Some(0.9)],
            "is_flagged" => [true, false, false],
        );
        let part = behaviour(&Record::all(&frame.expect("a frame")).expect("rows"));
        assert!(part.lead.starts_with("Of 2 comparisons 1 is more than chance"), "{}", part.lead);
        let told: Vec<String> =
            part.lines.iter().map(|line| format!("{} {}", line.text, line.detail.as_deref().unwrap_or(""))).collect();
        assert_eq!(
            told,
            [
                "90.0 % of runs succeeded, after 90.0 %: ±0.0 points (95 %: −1.0 to +1.0; usual ±0.4; 1\u{202f}500 projects)",
                "91.2 % of runs with adapter snowflake succeeded, after 94.5 %: −3.3 points (95 %: −4.9 to −1.7; usual ±0.6; 212 projects)",
            ]
        );
        assert!(part.lines[1].is_marked && !part.lines[0].is_marked);
    }

    #[test]
    fn totals_are_told_against_what_is_usual() {
        let frame = df!(
            "measure" => ["runs", "events", "rejects"],
            "about" => ["usage", "data", "data"],
            "week" => ["2026-10-12", "2026-10-12", "2026-10-12"],
            "week_before" => ["2026-10-05", "2026-10-05", "2026-10-05"],
            "amount_before" => [1000_i64, 70, 0],
            "amount_now" => [1042_i64, 35, 3],
            "growth_rate" => [Some(0.042), Some(-0.5), None],
            "usual_growth_rate" => [None, Some(0.05), None],
            "is_unusual" => [None, Some(true), None],
        );
        let totals = Record::all(&frame.expect("a frame")).expect("rows");
        let (usage, data) = (usage(&totals), data(&totals, &[]));
        assert!(usage.lead.contains("2026-10-12 against that of 2026-10-05"), "{}", usage.lead);
        assert_eq!(usage.lines[0].text, "Runs: 1\u{202f}042, after 1\u{202f}000, +4.2 %");
        assert_eq!(usage.lines[0].detail.as_deref(), Some("(too few weeks before to know what is usual)"));
        assert!(data.lead.contains("unlike that of the weeks before. Look"), "{}", data.lead);
        assert!(
            data.lines[0].is_marked && data.lines[0].detail.as_deref().is_some_and(|text| text.contains("19 of 20"))
        );
        assert_eq!(
            (data.lines[1].text.as_str(), data.lines[1].detail.as_deref()),
            ("Records refused: 3, after 0", None)
        );
        let quiet = super::data(&totals[..1], &[]);
        assert!(quiet.lead.starts_with("Nothing that was received"), "{}", quiet.lead);
        assert!(super::data(&totals, &["a break".to_owned()]).lead.starts_with("A release changed"));
    }

    #[test]
    fn without_two_weeks_nothing_is_compared() {
        assert!(usage(&[]).lead.starts_with("There are no two whole weeks"));
    }
}
