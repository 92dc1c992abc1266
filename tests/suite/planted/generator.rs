//! Dumps of a population that is known: seeded random numbers, the distributions of projects and their runs, and the
//! events that dbt would have sent.
//!
//! A draw is a number of projects. A project has a size (how many runs), a success rate and a speed of its own, all
//! independent of each other, so the runs of one project are alike and those of two are not: the clusters that
//! the intervals speak of. As sizes are independent of the rest, what is true of the population's runs is known without
//! drawing: the mean of the projects' rates is the rate, and durations have the quantiles of one lognormal distribution.

use std::fmt::Write as _;

use chrono::DateTime;
pub use usage_report::demo::Dice;

use super::super::harness::Place;

/// Midnight of a Monday, 2026-01-05, in seconds since 1970. Weeks and days are counted from it.
pub const FIRST_DAY: i64 = 1_767_571_200;

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// How the numbers of runs of projects are distributed.
#[derive(Clone, Copy, Debug)]
pub enum Sizes {
    /// Most are small, the largest of 40 is about four times the mean.
    Geometric { mean: f64 },
    /// With a sigma of 1.5 the largest of 60 has a sixth of all runs, and half of the projects together have less.
    Lognormal { median: f64, sigma: f64 },
}

impl Sizes {
    /// How many runs a project has.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
    pub fn draw(self, dice: &mut Dice) -> u32 {
        match self {
            Self::Geometric { mean } => 1 + (dice.unit().ln() / (1.0 - 1.0 / mean).ln()) as u32,
            Self::Lognormal { median, sigma } => ((median * (sigma * dice.normal()).exp()).ceil() as u32).min(1000),
        }
    }
}

/// Projects and their runs.
#[derive(Clone, Copy, Debug)]
pub struct Population {
    pub projects: u32,
    pub sizes: Sizes,
    /// The mean of the projects' success rates. Sizes are independent of them, so it is also the part of all runs that
    /// is expected to succeed: the true rate.
    pub rate: f64,
    pub concentration: f64,
}

/// Durations are lognormal: a project's own part and a run's, whose squares add up to 1.
pub const OF_PROJECT: f64 = 0.7;
pub const OF_RUN: f64 = 0.714_142_842_854_285;

/// The true quantile of durations that is so many standard deviations above the median, of a minute.
pub fn seconds_at(deviations: f64) -> f64 {
    60.0 * deviations.exp()
}

/// One run of dbt. It sends its start only if its duration is to be known; what is empty it does not tell.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    pub project: u32,
    /// When it ends, in seconds since 1970.
    pub at: i64,
    pub version: &'a str,
    pub success: bool,
    pub seconds: Option<f64>,
    pub nodes: u32,
    /// Of all its nodes.
    pub materialization: &'a str,
    pub command: &'a str,
    pub adapter: &'a str,
    pub environment: &'a str,
}

impl Default for Run<'_> {
    fn default() -> Self {
        Self {
            project: 0,
            at: FIRST_DAY + DAY / 2,
            version: "1.12.0",
            success: true,
            seconds: None,
            nodes: 0,
            materialization: "",
            command: "run",
            adapter: "",
            environment: "",
        }
    }
}

/// Enriched events, one JSON object a line.
#[derive(Default)]
pub struct Dump {
    text: String,
    runs: u32,
    events: u32,
}

impl Dump {
    /// Writes what there is to a file among a place's dumps, as a part of all of them.
    pub fn flush(&mut self, place: &Place) {
        place.write(&format!("dumps/{:08}.ndjson", self.events), std::mem::take(&mut self.text));
    }

    /// The events of a run.
    pub fn run(&mut self, run: &Run<'_>) {
        self.runs += 1;
        let end = run.at * 1000;
        if let Some(seconds) = run.seconds {
            #[expect(clippy::cast_possible_truncation, reason = "durations are below a week")]
            let start = end - (seconds * 1000.0).round() as i64;
            self.invocation(run, start, r#""progress":"start","result_type":null"#);
        }
        for node in 0..run.nodes {
            self.node(run, end, node);
        }
        let result = if run.success { "ok" } else { "error" };
        self.invocation(run, end, &format!(r#""progress":"end","result_type":"{result}""#));
    }

    fn node(&mut self, run: &Run<'_>, millis: i64, node: u32) {
        self.envelope(millis);
        let (number, materialization) = (self.runs, run.materialization);
        write!(
            self.text,
            r#","contexts_com_dbt_run_model_1":[{{"invocation_id":"{number:08x}-0000-4000-8000-000000000000","index":{node},"run_status":"SUCCESS","model_id":"{node:032x}""#
        )
        .expect("a text grows");
        if !materialization.is_empty() {
            write!(self.text, r#","model_materialization":"{materialization}""#).expect("a text grows");
        }
        self.text.push_str("}]}\n");
    }

    /// What is first in every event.
    fn envelope(&mut self, millis: i64) {
        self.events += 1;
        let events = self.events;
        let at = DateTime::from_timestamp_millis(millis).expect("a time").format("%Y-%m-%d %H:%M:%S%.3f").to_string();
        write!(
            self.text,
            r#"{{"app_id":"dbt","event_id":"{events:08x}-0000-4000-8000-000000000001","collector_tstamp":"{at}","dvce_created_tstamp":"{at}""#
        )
        .expect("a text grows");
    }

    fn invocation(&mut self, run: &Run<'_>, millis: i64, progress: &str) {
        self.envelope(millis);
        let Run { project, version, command, adapter, environment, .. } = run;
        let number = self.runs;
        if !environment.is_empty() {
            write!(self.text, r#","contexts_com_dbt_invocation_env_1":[{{"environment":"{environment}"}}]"#)
                .expect("a text grows");
        }
        write!(
            self.text,
            r#","contexts_com_dbt_invocation_1":[{{{progress},"invocation_id":"{number:08x}-0000-4000-8000-000000000000","project_id":"{project}","command":"{command}","adapter_type":"{adapter}","version":"={version}"}}]}}"#
        )
        .expect("a text grows");
        self.text.push('\n');
    }
}
