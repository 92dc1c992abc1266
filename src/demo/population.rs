//! Who runs dbt: projects, each with habits of its own. Sizes, activity and speed are heavy-tailed.

use super::dice::Dice;
use super::ids::{Md5, Uuid, md5_of, uuid4};
use super::plan::Plan;
use super::world::{
    ADAPTERS, Adapter, DEPRECATIONS, Engine, FUSION_NEXT, LAPTOPS, NEW, NEW_CANDIDATE, PACKAGES, PYTHONS, Python,
    REGIONS, RELEASES, Region, Release, SCHEDULERS, SERVERS, TEMPLATE_ADAPTERS, TEMPLATES,
};

/// How many runs there are for each project.
const RUNS_OF_A_PROJECT: u64 = 40;

/// How many projects there are at least, and at most: all of them are in memory.
const PROJECTS: (u64, u64) = (40, 100_000);

/// Which of two collectors has what a project sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collector {
    /// One whose events are enriched.
    Enriched,
    /// One that keeps the bodies of requests as they come.
    Raw,
}

/// A project.
#[derive(Debug)]
pub struct Project {
    /// What its nodes' identifiers are made from.
    pub seed: u64,
    /// What dbt says instead of its name: for a template what it says for everybody's.
    pub id: &'static str,
    own_id: Md5,
    /// What dbt says instead of its account.
    pub account: Md5,
    /// Its adapter.
    pub adapter: &'static Adapter,
    /// Where it is.
    pub region: &'static Region,
    /// The country.
    pub country: &'static str,
    /// Which collector has it.
    pub collector: Collector,
    /// What starts its scheduled runs.
    pub scheduler: &'static str,
    /// Its runs, of each kind as a multiple of others'.
    pub activity: Activity,
    /// The first and the last of the days on which it is there.
    life: (u32, u32),
    /// Its releases, each with the day from which it has it.
    releases: Vec<(u32, &'static Release)>,
    /// Which part of its runs succeed.
    pub rate: f64,
    /// How many times as long as elsewhere everything takes.
    pub slowness: f64,
    /// Whether it has a `click` with which dbt's end events say how it was.
    pub has_new_click: bool,
    /// Its models.
    pub models: u32,
    /// Its data tests.
    pub tests: u32,
    /// Its seeds.
    pub seeds: u32,
    /// Its snapshots.
    pub snapshots: u32,
    /// The packages that it installs.
    pub packages: Vec<(&'static str, &'static str)>,
    /// What it uses that is deprecated.
    pub deprecation: Option<&'static str>,
    /// Whether it has partial parsing switched on.
    pub has_partial_parsing: bool,
    /// The people who work on it, by the ids of their machines.
    pub users: Vec<Uuid>,
    /// The computers of people, and of its schedule.
    pub hosts: [Host; 2],
}

/// How often a project runs dbt.
#[derive(Clone, Copy, Debug)]
pub struct Activity {
    /// By hand.
    pub manual: f64,
    /// On a schedule.
    pub scheduled: f64,
}

/// A computer.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// Python's platform string.
    pub platform: &'static str,
    /// Its Python.
    pub python: Python,
}

impl Project {
    /// What dbt says instead of its name.
    pub fn id(&self) -> &str {
        if self.id.is_empty() { self.own_id.as_str() } else { self.id }
    }

    /// Whether it is there on the day of a number.
    pub fn is_there(&self, day: u32) -> bool {
        (self.life.0..=self.life.1).contains(&day)
    }

    /// The release that it has on the day of a number.
    pub fn release(&self, day: u32) -> &'static Release {
        let had = self.releases.iter().rev().find(|(from, _)| *from <= day);
        had.unwrap_or(&self.releases[0]).1
    }

    fn draw(number: u64, plan: &Plan) -> Self {
        let dice = &mut Dice::of(plan.seed, "project", number);
        let seed = dice.word();
        let is_template = dice.happens(0.08);
        let id = if is_template { dice.pick(&TEMPLATES) } else { "" };
        let adapter = dice.pick(if is_template { &TEMPLATE_ADAPTERS[..] } else { &ADAPTERS[..] });
        let region = dice.pick(&REGIONS.each_ref().map(|region| (region, region.weight)));
        let activity = activity(is_template, dice);
        let models = if is_template { 5 } else { whole(dice.lognormal(32.0, 1.25), 1, 4_000) };
        let part = |dice: &mut Dice, median: f64| whole(f64::from(models) * dice.lognormal(median, 0.8), 0, 8_000);
        let (tests, seeds, snapshots) = (part(dice, 1.4), part(dice, 0.04), part(dice, 0.03));
        let people = if is_template { 1 } else { whole(dice.lognormal(2.0, 0.7), 1, 40) };
        let hosts =
            [&LAPTOPS[..], &SERVERS[..]].map(|of| Host { platform: dice.pick(of), python: dice.pick(&PYTHONS) });
        Self {
            seed,
            id,
            own_id: md5_of(seed, 0),
            account: md5_of(seed, 1),
            adapter,
            region,
            country: dice.pick(region.countries),
            collector: if dice.happens(0.6) { Collector::Enriched } else { Collector::Raw },
            scheduler: dice.pick(&SCHEDULERS),
            activity,
            life: life(is_template, plan, dice),
            releases: releases(adapter, plan, dice),
            rate: dice.rate(if is_template { 0.80 } else { 0.93 }, 14.0),
            slowness: dice.lognormal(1.0, 0.6),
            has_new_click: dice.happens(0.35),
            models,
            tests,
            seeds: if is_template { 3 } else { seeds },
            snapshots,
            packages: packages(is_template, dice),
            deprecation: dice.happens(0.3).then(|| dice.pick(&DEPRECATIONS)),
            has_partial_parsing: dice.happens(0.9),
            users: (0..people).map(|_| uuid4(dice)).collect(),
            hosts,
        }
    }
}

/// All projects.
pub fn population(plan: &Plan) -> Vec<Project> {
    let projects = (plan.invocations / RUNS_OF_A_PROJECT).clamp(PROJECTS.0, PROJECTS.1);
    (0..projects).map(|number| Project::draw(number, plan)).collect()
}

/// A whole number near another, from one to another.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between the two")]
pub(super) fn whole(number: f64, least: u32, most: u32) -> u32 {
    (number.round() as u32).clamp(least, most)
}

fn activity(is_template: bool, dice: &mut Dice) -> Activity {
    if is_template {
        return Activity { manual: dice.lognormal(0.2, 0.5), scheduled: 0.0 };
    }
    // None is so large that it decides what a rate is.
    let all = dice.lognormal(1.0, 1.1).min(12.0);
    if dice.happens(0.45) {
        Activity { manual: all, scheduled: 0.0 }
    } else {
        Activity { manual: 0.5 * all, scheduled: 1.8 * all }
    }
}

/// Most projects were there before and stay; some come, some go, and what is tried out is there for some days.
fn life(is_template: bool, plan: &Plan, dice: &mut Dice) -> (u32, u32) {
    let days = plan.days;
    let any = |dice: &mut Dice| whole(f64::from(days) * dice.unit(), 0, days.saturating_sub(1));
    if is_template {
        let first = any(dice);
        return (first, first + whole(dice.exponential(6.0), 0, days));
    }
    let first = if dice.happens(0.15) { any(dice) } else { 0 };
    let last = if dice.happens(0.1) { any(dice).max(first) } else { days };
    (first, last)
}

/// The releases that a project has, one after the other.
fn releases(adapter: &Adapter, plan: &Plan, dice: &mut Dice) -> Vec<(u32, &'static Release)> {
    let first = loop {
        let release = dice.pick(&RELEASES);
        if release.engine == Engine::One || adapter.is_in_two {
            break release;
        }
    };
    let mut releases = vec![(0, first)];
    let (days, new) = (plan.days, plan.release());
    match first.engine {
        Engine::Two("") => releases.push((days / 2 + whole(dice.exponential(3.0), 0, days), &FUSION_NEXT)),
        Engine::Two(_) => {}
        // Some move to dbt 2, some try the candidate of the new version, and some take it up when it is there.
        Engine::One if adapter.is_in_two && first.number >= 8 && dice.happens(0.07) => {
            releases.push((whole(f64::from(days) * dice.unit(), 1, days), &FUSION_NEXT));
        }
        Engine::One if first.number >= 11 => {
            if dice.happens(0.04) {
                releases.push((new / 2, &NEW_CANDIDATE));
            }
            if dice.happens(0.55) {
                releases.push((new + whole(dice.exponential(11.0), 0, days), &NEW));
            }
        }
        Engine::One => {}
    }
    releases
}

fn packages(is_template: bool, dice: &mut Dice) -> Vec<(&'static str, &'static str)> {
    let mut packages = Vec::new();
    while !is_template && packages.len() < 4 && dice.happens(0.6) {
        let package: (&str, &str) = dice.pick(&PACKAGES);
        if packages.iter().all(|(name, _)| *name != package.0) {
            packages.push(package);
        }
    }
    packages
}
