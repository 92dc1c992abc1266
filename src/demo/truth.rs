//! What a correct pipeline finds in the dumps: counted while they are made, by the definitions of docs/definitions.md,
//! and by nothing of the pipeline.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::plan::Plan;
use super::run::{Fate, Run, Status};
use super::world::{End, Engine, FALL, FALLING};
use super::{dbt1, dbt2};
use crate::event::Day;

/// An event that arrived.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The table of staging that it belongs to.
    pub table: &'static str,
    /// Where in its life an invocation is, if it says so.
    pub progress: Option<&'static str>,
    /// What became of the node that it tells of.
    pub node: Option<Status>,
    /// When it happened, by the clock of the device; milliseconds since 1970.
    pub created: i64,
    /// The same by our clock.
    pub derived: i64,
    /// How much later it was received.
    pub latency: i64,
}

/// Counts of what there is to find. Those of parts of the dumps add up.
#[derive(Debug, Default)]
pub struct Truth {
    dumps: BTreeMap<String, u64>,
    found: BTreeMap<String, u64>,
    /// Durations in milliseconds, by command.
    durations: BTreeMap<&'static str, Vec<u32>>,
    /// What tells projects apart whose runs are there.
    projects: BTreeSet<u64>,
}

/// How late an event is that counts as late: a day.
const LATE: i64 = 86_400_000;

impl Truth {
    /// Counts something of the dumps themselves.
    pub fn dump(&mut self, what: &str, count: u64) {
        *self.dumps.entry(what.to_owned()).or_default() += count;
    }

    fn count(&mut self, what: impl Into<String>) {
        self.add(what, 1);
    }

    fn add(&mut self, what: impl Into<String>, count: u64) {
        *self.found.entry(what.into()).or_default() += count;
    }

    /// Counts a run, by those of its events that arrived.
    pub fn run(&mut self, run: &Run<'_>, told: &[Told]) {
        let Some(first) = told.iter().map(|event| event.derived).min() else {
            return self.dump("invisible", 1);
        };
        for event in told {
            self.count(format!("kind/{}", event.table));
            self.add("late_events", (event.latency > LATE).into());
        }
        let known = Known::of(run, told);
        let (outcome, basis) = known.outcome(run);
        let (day, adapter) = (Day::from_number(i32::try_from(first.div_euclid(LATE)).unwrap_or(0)), known.adapter(run));
        self.count("invocations");
        self.count(format!("day/{day}"));
        self.count(format!("outcome/{outcome}/{basis}"));
        self.count(format!("reported/{}", known.reported));
        self.count(format!("version/{}/{outcome}", run.release.minor));
        self.count(format!("command/{}/{outcome}", known.command));
        self.count(format!("adapter/{adapter}/{outcome}"));
        self.count(format!("week/{}/{adapter}/{outcome}", day.monday()));
        self.count(format!("environment/{}", run.environment));
        let is_one = run.release.engine == Engine::One;
        self.count(format!("os/{}", if is_one { os(run.host.platform) } else { NONE }));
        self.count(format!("python/{}", if is_one { run.host.python.minor } else { NONE }));
        self.add("without_start", (!known.has_start).into());
        self.nodes(&known);
        if let Some(duration) = known.duration {
            self.count("with_duration");
            // dbt 2 does not say which of `docs` it was.
            self.durations.entry(run.command).or_default().push(duration);
        }
        self.projects.extend(known.project(run));
    }

    fn nodes(&mut self, known: &Known) {
        self.add("node_runs", known.nodes);
        self.add("node_runs/failed", known.failed);
        self.add("node_runs/skipped", known.skipped);
        if let Some(bucket) = known.nodes.checked_ilog2() {
            self.count("invocations_with_nodes");
            self.count(format!("node_count/{}", 1_u64 << bucket));
        }
    }

    /// Of both.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (what, count) in other.dumps {
            *self.dumps.entry(what).or_default() += count;
        }
        for (what, count) in other.found {
            self.add(what, count);
        }
        for (command, durations) in other.durations {
            self.durations.entry(command).or_default().extend(durations);
        }
        self.projects.extend(other.projects);
        self
    }

    fn planted(&self, week: Day) -> Planted {
        let share = |week: Day| {
            let count = |outcome| {
                let key = format!("week/{week}/{FALLING}/{outcome}");
                self.found.get(&key).and_then(|count| u32::try_from(*count).ok()).map_or(0.0, f64::from)
            };
            let (successes, failures) = (count("success"), count("failure"));
            Some(successes / (successes + failures)).filter(|share| share.is_finite())
        };
        Planted {
            measure: "success",
            dimension: "adapter",
            value: FALLING,
            week,
            share_before: share(week.plus(-7)),
            share_now: share(week),
            change_of_rates: -FALL,
        }
    }

    /// As JSON. The keys of `truth` are `heading/value`, with `None` where something is not known.
    pub fn into_json(mut self, plan: &Plan) -> Vec<u8> {
        self.add("projects", self.projects.len() as u64);
        let all = self.durations.values().flatten().copied().collect();
        let file = File {
            arguments: plan,
            dumps: &self.dumps,
            truth: &self.found,
            planted: plan.last_week().map(|week| self.planted(week)),
            duration_seconds: Quantiles::of(all),
            duration_seconds_by_command: self
                .durations
                .into_iter()
                .map(|(command, durations)| (command, Quantiles::of(durations)))
                .collect(),
        };
        let mut json = serde_json::to_vec_pretty(&file).unwrap_or_else(|_| unreachable!("keys are texts"));
        json.push(b'\n');
        json
    }
}

/// What stands for something that is not known.
const NONE: &str = "None";

/// What is known of a run from those of its events that arrived.
struct Known {
    has_start: bool,
    has_project: bool,
    has_adapter: bool,
    is_loaded: bool,
    reported: &'static str,
    command: &'static str,
    nodes: u64,
    failed: u64,
    skipped: u64,
    duration: Option<u32>,
}

impl Known {
    fn of(run: &Run<'_>, told: &[Told]) -> Self {
        let has = |table: &str| told.iter().any(|event| event.table == table);
        let at = |progress: &'static str| {
            told.iter().filter(move |event| event.progress == Some(progress)).map(|event| event.created)
        };
        let nodes = |of: Option<Status>| {
            told.iter().filter(|event| event.node.is_some() && (of.is_none() || event.node == of)).count() as u64
        };
        let is_one = run.release.engine == Engine::One;
        // Before 1.5 the invocation's own events name both; dbt 2 names its adapter when it knows the project.
        let is_inline = is_one && run.release.number < 5 && run.fate != Fate::Invalid && has("invocation_events");
        let has_adapter = is_inline || has("adapter_info_events");
        let (start, end) = (at("start").min(), at("end").max());
        Self {
            has_start: start.is_some(),
            has_project: is_inline || has("project_id_events") || !is_one && has_adapter,
            has_adapter,
            is_loaded: has("resource_counts_events"),
            reported: match end {
                _ if at("invalid").next().is_some() => "invalid",
                None => "incomplete",
                Some(_) if is_one => dbt1::result(run),
                Some(_) => dbt2::result(run),
            },
            command: if !is_one && run.command == "docs-generate" { "docs" } else { run.command },
            nodes: nodes(None),
            failed: nodes(Some(Status::Error)),
            skipped: nodes(Some(Status::Skipped)),
            duration: start.zip(end).and_then(|(start, end)| u32::try_from(end - start).ok()),
        }
    }

    /// The first rule of the definitions that applies.
    fn outcome(&self, run: &Run<'_>) -> (&'static str, &'static str) {
        let command = self.command;
        match self.reported {
            "invalid" => ("invalid", "reported"),
            "incomplete" => ("incomplete", "none"),
            "error" => ("failure", "reported"),
            _ if run.release.end == End::True => ("success", "reported"),
            _ if self.failed > 0 => ("failure", "nodes"),
            _ if !COMPILING.contains(&command) => ("unknown", "none"),
            _ if !self.is_loaded => ("failure", "events"),
            _ if self.nodes > self.skipped => ("success", "nodes"),
            _ if command == "build" => ("unknown", "none"),
            _ => ("success", "events"),
        }
    }

    fn adapter(&self, run: &Run<'_>) -> &'static str {
        if self.has_adapter { run.project.adapter.name } else { NONE }
    }

    /// What tells the project from others: its account, else its name.
    fn project(&self, run: &Run<'_>) -> Option<u64> {
        let name = || u64::from_str_radix(&run.project.id()[..16], 16).unwrap_or_default();
        self.has_project.then(|| if self.has_adapter { run.project.seed } else { name() })
    }
}

/// Commands whose failures can be seen in every release.
const COMPILING: [&str; 8] = ["run", "build", "seed", "snapshot", "compile", "parse", "list", "docs-generate"];

fn os(platform: &str) -> &'static str {
    match platform.split('-').next() {
        Some("macOS") => "macos",
        Some("Windows") => "windows",
        _ => "linux",
    }
}

#[derive(Serialize)]
struct File<'t> {
    arguments: &'t Plan,
    dumps: &'t BTreeMap<String, u64>,
    truth: &'t BTreeMap<String, u64>,
    planted: Option<Planted>,
    duration_seconds: Quantiles,
    duration_seconds_by_command: BTreeMap<&'static str, Quantiles>,
}

/// A change of a week that the reports should find. The rates are those with which runs succeed; the shares are of the
/// runs that were drawn, as far as their outcome is known.
#[derive(Serialize)]
struct Planted {
    measure: &'static str,
    dimension: &'static str,
    value: &'static str,
    week: Day,
    share_before: Option<f64>,
    share_now: Option<f64>,
    change_of_rates: f64,
}

/// Quantiles of durations, interpolated linearly, in seconds.
#[derive(Serialize)]
struct Quantiles {
    count: usize,
    p50: Option<f64>,
    p90: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
}

impl Quantiles {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "numbers of runs are far below 2^53"
    )]
    fn of(mut millis: Vec<u32>) -> Self {
        millis.sort_unstable();
        let at = |part: f64| {
            let place = part * millis.len().checked_sub(1)? as f64;
            let below = f64::from(millis[place as usize]);
            let above = f64::from(millis[place.ceil() as usize]);
            Some((below + (above - below) * place.fract()) / 1000.0)
        };
        Self { count: millis.len(), p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) }
    }
}
