//! A run's record in the Prometheus text format, for node_exporter's textfile collector.
//!
//! The file is written anew by every run, so each metric is a gauge: of the last run, or of the lake after it. What the
//! run did not come to is not there.

use std::fmt::Write as _;

use super::checks::CheckOutcome;
use super::run_record::RunRecord;
use crate::lake::SourceCounts;

/// The metrics of a run.
pub fn metrics(record: &RunRecord) -> String {
    let mut text = Exposition::default();
    let version = env!("CARGO_PKG_VERSION");
    text.gauge("info", "The program that ran last", Some("version"), [(version, 1.0)]);
    text.single("last_run_start_timestamp_seconds", "When the last run started", unix(record.started.micros()));
    text.single("last_run_end_timestamp_seconds", "When the last run ended", unix(record.ended.micros()));
    text.single("last_run_exit_code", "0 done, 1 done with problems, 2 failed", record.exit_code.into());
    if let Some(success) = record.last_success {
        text.single(
            "last_success_timestamp_seconds",
            "When the last run ended that did not fail",
            unix(success.micros()),
        );
    }
    let stages = record.seconds.iter().map(|(stage, seconds)| (stage.as_str(), *seconds));
    text.gauge("last_run_stage_seconds", "How long each stage of the last run took", Some("stage"), stages);
    if let Some(ingest) = &record.ingest {
        let states = [
            ("read", ingest.read),
            ("damaged", ingest.damaged),
            ("known", ingest.known),
            ("same", ingest.same),
            ("failed", ingest.failed),
        ];
        let help = "Dumps that the last run saw, by what became of them; damaged ones are read ones, too";
        text.gauge("last_run_dumps", help, Some("state"), states.map(whole));
        text.gauge("last_run_records", "Records that the last run read, by fate", Some("fate"), fates(&ingest.records));
        let rejects = ingest.rejects.iter().map(|(reason, count)| whole((reason, *count)));
        text.gauge("last_run_rejects", "Records that the last run refused, by reason", Some("reason"), rejects);
    }
    if let Some(inputs) = &record.inputs {
        let events = inputs.events.iter().map(|(kind, count)| whole((kind, *count)));
        text.gauge("last_run_events", "Events that the last run read, by kind", Some("kind"), events);
        text.single("last_run_bytes", "Size of the dumps that the last run read", float(inputs.bytes));
    }
    if let Some(build) = &record.build {
        text.single("last_run_days_built", "Days that the last run built", float(build.days));
        text.single("last_run_files_built", "Files of marts that the last run wrote", float(build.files));
        text.single(
            "last_run_files_fresh",
            "Files of marts that the last run had no need to write",
            float(build.fresh),
        );
    }
    if !record.checks.is_empty() {
        let failed = |check: &CheckOutcome| {
            let labels = format!("check=\"{}\",kind=\"{}\",level=\"{}\"", check.check, check.kind, check.level);
            (labels, f64::from(u8::from(!check.passed)))
        };
        text.labelled(
            "check_failed",
            "1 if the check failed in the last run, else 0",
            record.checks.iter().map(failed),
        );
    }
    if let Some(hours) = record.missing_hours {
        text.single("missing_hours", "Hours in which nothing was received, known ones aside", float(hours));
    }
    if let Some(newest) = record.newest {
        let help = "When the hour began in which the newest event was received";
        text.single("newest_event_hour_timestamp_seconds", help, unix(newest.micros()));
    }
    if let Some(lake) = &record.lake {
        text.single("lake_batches", "Batches in the lake", float(lake.batches));
        text.single("lake_dumps", "Dumps in the lake", float(lake.dumps));
        text.gauge("lake_records", "Records of the lake's dumps, by fate", Some("fate"), fates(&lake.records));
        text.single("lake_staging_files", "Files of staging", float(lake.files));
        text.single("lake_staging_bytes", "Size of the files of staging", float(lake.bytes));
    }
    text.0
}

fn fates(counts: &SourceCounts) -> [(&'static str, f64); 4] {
    let SourceCounts { records: _, events, rejects, foreign, filtered, forgotten: _ } = *counts;
    [("events", events), ("rejects", rejects), ("foreign", foreign), ("filtered", filtered)].map(whole)
}

fn whole<L>((label, count): (L, u64)) -> (L, f64) {
    (label, float(count))
}

#[allow(clippy::cast_precision_loss, reason = "Prometheus has no other numbers")]
fn float(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss, reason = "microseconds of this century are below 2^53")]
fn unix(micros: i64) -> f64 {
    micros as f64 / 1e6
}

/// The text.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn single(&mut self, name: &str, help: &str, value: f64) {
        self.gauge(name, help, None, [("", value)]);
    }

    /// A metric with a value for each label. Labels are words of this program: nothing in them needs escaping.
    fn gauge<L: AsRef<str>>(
        &mut self,
        name: &str,
        help: &str,
        label: Option<&str>,
        values: impl IntoIterator<Item = (L, f64)>,
    ) {
        let labels = |of: L| label.map_or_else(String::new, |label| format!("{label}=\"{}\"", of.as_ref()));
        self.labelled(name, help, values.into_iter().map(|(of, value)| (labels(of), value)));
    }

    /// A metric with a value for each list of labels.
    fn labelled(&mut self, name: &str, help: &str, values: impl IntoIterator<Item = (String, f64)>) {
        let name = format!("usage_report_{name}");
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in values {
            let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Hour, Timestamp};
    use crate::job::run_record::IngestCounts;

    #[test]
    fn what_a_run_did_not_come_to_is_not_there() {
        let started = Timestamp::from_millis(1_790_000_000_250).expect("an instant");
        let mut record = RunRecord::begin(started, String::new());
        let failed = metrics(&record);
        assert!(failed.contains("usage_report_last_run_exit_code 2\n"), "{failed}");
        assert!(failed.contains("usage_report_last_run_start_timestamp_seconds 1790000000.25\n"), "{failed}");
        for absent in [
            "last_success",
            "check_failed",
            "missing_hours",
            "newest_event",
            "last_run_dumps",
            "last_run_days",
            "lake_",
        ] {
            assert!(!failed.contains(absent), "{absent}: {failed}");
        }
        let records = SourceCounts { records: 7, events: 4, rejects: 3, foreign: 0, filtered: 0, forgotten: 0 };
        let rejects = [("not_json".to_owned(), 3)].into();
        record.ingest = Some(IngestCounts { read: 2, known: 5, records, rejects, ..IngestCounts::default() });
        record.last_success = Some(started);
        record.missing_hours = Some(3);
        record.newest = Some(Hour::from_number(497_222));
        record.checks = vec![CheckOutcome {
            check: "adapters".to_owned(),
            kind: "nulls".to_owned(),
            level: "blocking".to_owned(),
            passed: false,
            day: None,
            value: None,
            at_least: None,
            at_most: 0.2,
            sentence: String::new(),
        }];
        let text = metrics(&record);
        for line in [
            "usage_report_last_run_dumps{state=\"known\"} 5",
            "usage_report_last_run_records{fate=\"events\"} 4",
            "usage_report_last_run_records{fate=\"foreign\"} 0",
            "usage_report_last_run_rejects{reason=\"not_json\"} 3",
            "usage_report_last_success_timestamp_seconds 1790000000.25",
            "usage_report_check_failed{check=\"adapters\",kind=\"nulls\",level=\"blocking\"} 1",
            "usage_report_missing_hours 3",
            "usage_report_newest_event_hour_timestamp_seconds 1789999200",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
