//! One run of dbt: what is run, how long it takes and how it ends. Nothing of how that is told.

use super::dice::Dice;
use super::ids::{Uuid, uuid4, uuid7};
use super::load::Kind;
use super::plan::{Plan, millis};
use super::population::{Collector, Host, Project, whole};
use super::world::{
    Engine, FALL, FALLING, MANUAL_COMMANDS, MATERIALIZATIONS, REPARSES, Release, SCHEDULED_COMMANDS, STRATEGIES,
};

/// The most nodes of a run.
const NODES: u32 = 250;

/// On how many nodes dbt works at once.
const THREADS: usize = 4;

const HOUR: i64 = 3_600_000;

/// A run of a command. Its times are milliseconds after its start.
#[derive(Debug)]
pub struct Run<'p> {
    /// Of which project.
    pub project: &'p Project,
    /// With which dbt.
    pub release: &'static Release,
    /// The canonical name of the command, of dbt 1.
    pub command: &'static str,
    /// What started it.
    pub environment: &'static str,
    /// Where.
    pub host: Host,
    /// Whose machine; a new one each time where a schedule runs.
    pub user: Uuid,
    /// Its id.
    pub id: Uuid,
    /// When it starts, milliseconds since 1970.
    pub start: i64,
    /// What loading the project took, if that was done.
    pub load: Option<Loading>,
    /// The nodes, as they were done with.
    pub nodes: Vec<NodeRun>,
    /// When it ends.
    pub end: i64,
    /// How.
    pub fate: Fate,
    /// When it is killed, if it is: what is not sent by then never is.
    pub killed: Option<i64>,
    /// How far ahead the clock is that it is timed with.
    pub skew: i64,
    /// How much later than usual everything is sent.
    pub delay: i64,
    /// Whether the first of several requests is lost.
    pub loses_first: bool,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Well.
    Well,
    /// Its profile cannot be read.
    Invalid,
    /// Its project cannot be loaded.
    Unloaded,
    /// Nodes fail.
    Nodes,
    /// Something else does, of which nothing is sent: a test, a hook, the network.
    Otherwise,
}

/// How a project was loaded.
#[derive(Debug)]
pub struct Loading {
    /// When that was done.
    pub done: i64,
    /// What it took.
    pub seconds: f64,
    /// The files of the project.
    pub paths: u32,
    /// Those of them that were parsed.
    pub parsed: u32,
    /// Why all of them were.
    pub reparse: Option<&'static str>,
}

/// A node that was run, or skipped.
#[derive(Debug)]
pub struct NodeRun {
    /// Its number in the project.
    pub number: u32,
    /// What it is.
    pub kind: NodeKind,
    /// When it was done with.
    pub done: i64,
    /// How long it took.
    pub seconds: f64,
    /// What became of it.
    pub status: Status,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A model, its materialization and its incremental strategy, if it has one.
    Model(&'static str, Option<&'static str>),
    /// A seed.
    Seed,
    /// A snapshot.
    Snapshot,
    /// A data test: dbt 2 tells of them.
    Test,
}

/// What became of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It went well.
    Success,
    /// It failed.
    Error,
    /// One before it did; dbt 1 does not tell of it.
    Skipped,
    /// dbt 2 found what it would make.
    Reused,
}

impl<'p> Run<'p> {
    /// A run that ends at some time of the day of a number; what began before the plan does begins with it.
    pub fn draw(project: &'p Project, kind: Kind, at: i64, day: u32, plan: &Plan, dice: &mut Dice) -> Self {
        let release = project.release(day);
        let is_one = release.engine == Engine::One;
        let command = dice.pick(if kind == Kind::Manual { &MANUAL_COMMANDS[..] } else { &SCHEDULED_COMMANDS[..] });
        let has_nodes = matches!(command, "run" | "build" | "seed" | "snapshot") || command == "test" && !is_one;
        let loads = !matches!(command, "deps" | "debug");
        let fate = fate(release, rate(project, at, plan), [has_nodes, loads], dice);

        let mut clock = dice.between(180, 900);
        let load = (loads && !matches!(fate, Fate::Invalid | Fate::Unloaded)).then(|| load(project, is_one, dice));
        clock += load.as_ref().map_or_else(|| dice.between(200, 4_000), |load| load.done);
        let mut nodes = Vec::new();
        if has_nodes && load.is_some() {
            nodes = self::nodes(project, command, is_one, dice);
            fail(&mut nodes, fate == Fate::Nodes, is_one, dice);
            clock = schedule(&mut nodes, clock);
        } else if load.is_some() {
            clock += millis_of(dice.lognormal(2.0 * project.slowness, 0.9).min(3_000.0));
        }
        let load = load.map(|load| Loading { done: load.done.min(clock), ..load });
        let mut end = clock + dice.between(40, 700);
        let lasts = at - plan.begin();
        // Somebody closes a laptop: what was done is told when it is opened again.
        if is_one && kind == Kind::Manual && dice.happens(0.002) {
            end += Some(dice.between(6 * HOUR, 20 * HOUR)).filter(|asleep| asleep + end < lasts).unwrap_or(0);
        }
        // dbt 2 tries again and again to send.
        let delayed = !is_one && dice.happens(0.01);
        let delay = Some(dice.between(2 * HOUR, 60 * HOUR)).filter(|delay| delayed && delay + end < lasts).unwrap_or(0);
        let start = (at - end - delay).max(plan.begin() + dice.between(0, 60_000));
        let killed = (end > 1_200 && dice.happens(0.008)).then(|| dice.between(1_100, end - 1));
        let is_skewed = is_one && project.collector == Collector::Enriched && dice.happens(0.02);
        Self {
            project,
            release,
            command,
            environment: if kind == Kind::Manual { "manual" } else { project.scheduler },
            host: project.hosts[usize::from(kind == Kind::Scheduled)],
            user: match kind {
                Kind::Manual => project.users[dice.below(project.users.len() as u64) as usize],
                Kind::Scheduled => uuid4(dice),
            },
            id: if is_one { uuid4(dice) } else { uuid7(dice, start) },
            start,
            load,
            nodes,
            end,
            fate,
            killed,
            skew: if is_skewed { dice.between(-HOUR, 2 * HOUR) } else { 0 },
            delay,
            loses_first: is_one && killed.is_none() && dice.happens(0.01),
        }
    }
}

/// Which part of a project's runs succeed at some time: less in the week in which those of one adapter fail.
fn rate(project: &Project, at: i64, plan: &Plan) -> f64 {
    let falls = project.adapter.name == FALLING
        && plan.last_week().is_some_and(|week| (millis(week)..millis(week.plus(7))).contains(&at));
    if falls { (project.rate - FALL).max(0.0) } else { project.rate }
}

fn fate(release: &Release, rate: f64, [has_nodes, loads]: [bool; 2], dice: &mut Dice) -> Fate {
    if dice.happens(rate) {
        return Fate::Well;
    }
    // Before 1.5 that is told, instead of a start and an end.
    if release.engine == Engine::One && release.number < 5 && dice.happens(0.25) {
        return Fate::Invalid;
    }
    match (has_nodes, loads) {
        (true, _) => dice.pick(&[(Fate::Nodes, 0.68), (Fate::Unloaded, 0.2), (Fate::Otherwise, 0.12)]),
        (false, true) => dice.pick(&[(Fate::Unloaded, 0.6), (Fate::Otherwise, 0.4)]),
        (false, false) => Fate::Otherwise,
    }
}

fn load(project: &Project, is_one: bool, dice: &mut Dice) -> Loading {
    let paths = 60 + project.models + project.models / 3 + project.seeds;
    let is_partial = project.has_partial_parsing && is_one && dice.happens(0.75);
    let parsed = if is_partial { whole(dice.exponential(2.5), 0, paths - 1) } else { paths };
    let each = if is_one { 0.011 } else { 0.0006 };
    let seconds = (0.4 + each * f64::from(parsed + paths / 10)) * project.slowness * dice.lognormal(1.0, 0.25);
    let reparse = (project.has_partial_parsing && is_one && !is_partial).then(|| dice.pick(&REPARSES));
    let done = millis_of(seconds) + dice.between(300, 700);
    Loading { done, seconds: micros(seconds), paths, parsed, reparse }
}

/// The nodes that are chosen: a few of what somebody works on, a part of the project, or all of it.
fn nodes(project: &Project, command: &str, is_one: bool, dice: &mut Dice) -> Vec<NodeRun> {
    let part = match dice.pick(&[(0, 0.45), (1, 0.38), (2, 0.17)]) {
        0 => None,
        1 => Some(0.03 + 0.22 * dice.unit()),
        _ => Some(1.0),
    };
    let chosen = |of: u32, dice: &mut Dice| {
        let count = part.map_or_else(|| 1.0 + dice.exponential(1.6), |part| part * f64::from(of));
        whole(count, 1, of.clamp(1, NODES))
    };
    let mut nodes = Vec::new();
    let mut add = |count: u32, of: u32, first: u32, kind: &dyn Fn(u32) -> NodeKind, dice: &mut Dice| {
        let from = dice.below(u64::from(of.max(1)));
        for number in 0..count {
            let number = first + u32::try_from((from + u64::from(number)) % u64::from(of.max(1))).unwrap_or(0);
            let seconds = micros(dice.lognormal(1.3 * project.slowness, 1.1).min(2_400.0));
            nodes.push(NodeRun { number, kind: kind(number), done: 0, seconds, status: Status::Success });
        }
    };
    // What a model is stays the same from run to run.
    let model = |number: u32| {
        let mut dice = Dice::new(project.seed ^ u64::from(number) << 20);
        let materialization = dice.pick(&MATERIALIZATIONS);
        let strategy = (materialization == "incremental").then(|| dice.pick(&STRATEGIES));
        NodeKind::Model(materialization, strategy)
    };
    match command {
        "seed" => add(chosen(project.seeds, dice), project.seeds, 100_000, &|_| NodeKind::Seed, dice),
        "snapshot" => add(chosen(project.snapshots, dice), project.snapshots, 200_000, &|_| NodeKind::Snapshot, dice),
        "test" => add(chosen(project.tests, dice), project.tests, 300_000, &|_| NodeKind::Test, dice),
        _ => add(chosen(project.models, dice), project.models, 0, &model, dice),
    }
    if command == "build" && !is_one && project.tests > 0 {
        add(chosen(project.tests, dice), project.tests, 300_000, &|_| NodeKind::Test, dice);
    }
    nodes
}

/// Lets nodes fail, and others be skipped for that.
fn fail(nodes: &mut Vec<NodeRun>, fails: bool, is_one: bool, dice: &mut Dice) {
    let mut first = usize::MAX;
    if fails {
        first = usize::try_from(dice.below(nodes.len() as u64)).unwrap_or(0);
        nodes[first].status = Status::Error;
    }
    for (place, node) in nodes.iter_mut().enumerate() {
        if place > first {
            node.status = dice.pick(&[(Status::Success, 0.6), (Status::Skipped, 0.34), (Status::Error, 0.06)]);
        } else if !is_one && place != first && node.kind != NodeKind::Test && dice.happens(0.12) {
            node.status = Status::Reused;
        }
        if matches!(node.status, Status::Skipped | Status::Reused) {
            node.seconds = 0.0;
        }
    }
    if is_one {
        nodes.retain(|node| node.status != Status::Skipped);
    }
}

/// Says when each node is done with, some being worked on at once, and when all are; they come in that order.
fn schedule(nodes: &mut [NodeRun], begin: i64) -> i64 {
    let mut free = [begin; THREADS];
    for node in nodes.iter_mut() {
        let thread = free.iter_mut().min().unwrap_or_else(|| unreachable!("there are threads"));
        *thread += millis_of(node.seconds) + 12;
        node.done = *thread;
    }
    nodes.sort_by_key(|node| node.done);
    free.into_iter().max().unwrap_or(begin)
}

#[expect(clippy::cast_possible_truncation, reason = "below a day")]
fn millis_of(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

/// As many digits as a clock tells.
fn micros(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}
