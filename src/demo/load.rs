//! When dbt is run, and by whom: how many runs end in which hour, by weekday and by the clocks of those who run it.

use super::dice::Dice;
use super::plan::Plan;
use super::population::{Activity, Project};
use super::world::REGIONS;

/// Whether somebody started a run, or a schedule did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody.
    Manual,
    /// A schedule.
    Scheduled,
}

/// Projects that run dbt at the same hours.
struct Group {
    kind: Kind,
    hours_ahead: i64,
    /// Their numbers, each with the sum of the activities up to it.
    projects: Vec<(usize, f64)>,
}

impl Group {
    fn new(kind: Kind, region: &'static super::world::Region, projects: &[Project]) -> Self {
        let mut sum = 0.0;
        let of = projects.iter().enumerate().filter(|(_, project)| std::ptr::eq(project.region, region));
        let projects = of
            .map(|(number, project)| {
                let Activity { manual, scheduled } = project.activity;
                sum += if kind == Kind::Manual { manual } else { scheduled };
                (number, sum)
            })
            .collect();
        Self { kind, hours_ahead: region.hours_ahead, projects }
    }

    fn activity(&self) -> f64 {
        self.projects.last().map_or(0.0, |(_, sum)| *sum)
    }

    /// How much it runs in an hour of the world, counted from midnight of a Monday, as a multiple of what is usual.
    fn pattern(&self, hour: i64) -> f64 {
        let here = hour + self.hours_ahead;
        let (is_weekend, hour) = (here.div_euclid(24).rem_euclid(7) >= 5, here.rem_euclid(24));
        let of_day = match (self.kind, hour) {
            (Kind::Manual, 9..=11 | 14..=16) => 2.6,
            (Kind::Manual, 8 | 12 | 13 | 17) => 1.7,
            (Kind::Manual, 18..=21) => 0.5,
            (Kind::Manual, _) => 0.08,
            (Kind::Scheduled, 2..=6) => 2.0,
            (Kind::Scheduled, 9..=17) => 0.9,
            (Kind::Scheduled, _) => 0.6,
        };
        let of_week = match (self.kind, is_weekend) {
            (Kind::Manual, true) => 0.12,
            (Kind::Scheduled, true) => 0.7,
            (_, false) => 1.0,
        };
        of_day * of_week
    }
}

/// How all runs are spread over hours and projects.
pub struct Load<'p> {
    projects: &'p [Project],
    groups: Vec<Group>,
    /// The weekday of the first day, from Monday as 0.
    weekday: i64,
    /// How many runs there are before each hour of the plan, and at last in all.
    before: Vec<u64>,
}

impl<'p> Load<'p> {
    /// Spreads the runs of a plan over some projects.
    pub fn new(plan: &Plan, projects: &'p [Project]) -> Self {
        let groups: Vec<_> = REGIONS
            .iter()
            .flat_map(|region| [Kind::Manual, Kind::Scheduled].map(|kind| Group::new(kind, region, projects)))
            .collect();
        let weekday = i64::from(plan.start.number() - plan.start.monday().number());
        let mut sums = vec![0.0];
        for day in 0..plan.days {
            // Every day is a little different, and there are more runs from week to week.
            let noise = Dice::of(plan.seed, "day", day.into()).lognormal(1.0, 0.05);
            let of_day = noise * (1.0 + 0.1 * f64::from(day) / f64::from(plan.days));
            for hour in 0..24 {
                let at = 24 * (weekday + i64::from(day)) + hour;
                let in_hour: f64 = groups.iter().map(|group| group.activity() * group.pattern(at)).sum();
                sums.push(sums[sums.len() - 1] + of_day * in_hour);
            }
        }
        Self { projects, groups, weekday, before: in_proportion(plan.invocations, &sums) }
    }

    /// How many runs end in an hour of the plan, by its number.
    pub fn runs(&self, hour: u32) -> u64 {
        let hour = hour as usize;
        self.before[hour + 1] - self.before[hour]
    }

    /// Who runs dbt in an hour of the plan.
    pub fn draw(&self, hour: u32, dice: &mut Dice) -> (&'p Project, Kind) {
        let at = 24 * self.weekday + i64::from(hour);
        let weights: Vec<_> = self.groups.iter().map(|group| (group, group.activity() * group.pattern(at))).collect();
        let mut drawn = None;
        // Who is not there any more, or not yet, is drawn again: of most days most are.
        for _ in 0..100 {
            let group = dice.pick(&weights);
            let sum = dice.unit() * group.activity();
            let place = group.projects.partition_point(|(_, up_to)| *up_to < sum);
            let number = group.projects[place.min(group.projects.len() - 1)].0;
            let project = &self.projects[number];
            drawn = Some((project, group.kind));
            if project.is_there(hour / 24) {
                break;
            }
        }
        drawn.unwrap_or_else(|| unreachable!("something was drawn"))
    }
}

/// The part of a number that goes with each of some growing sums: of the last one all of it.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of runs are far below 2^53"
)]
fn in_proportion(number: u64, sums: &[f64]) -> Vec<u64> {
    let all = sums[sums.len() - 1];
    sums.iter().map(|sum| if *sum >= all { number } else { (number as f64 * sum / all) as u64 }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::population::population;
    use super::*;

    #[test]
    fn all_runs_are_spread_and_weekends_and_nights_are_quieter() {
        let plan = Plan { invocations: 50_000, days: 14, ..Plan::default() };
        let projects = population(&plan);
        let load = Load::new(&plan, &projects);
        let of = |hours: &mut dyn Iterator<Item = u32>| hours.map(|hour| load.runs(hour)).sum::<u64>();
        assert_eq!(of(&mut (0..24 * 14)), 50_000);
        let (friday, saturday) = (of(&mut (4 * 24..5 * 24)), of(&mut (5 * 24..6 * 24)));
        assert!(saturday * 4 < friday * 3, "{friday}, {saturday}");
        let manual = |hour: u32| {
            let mut dice = Dice::new(1);
            (0..300).filter(|_| load.draw(hour, &mut dice).1 == Kind::Manual).count()
        };
        assert!(manual(15) > 2 * manual(4), "{} {}", manual(15), manual(4));
    }

    #[test]
    fn most_runs_are_a_few_projects() {
        let plan = Plan { invocations: 8_000, ..Plan::default() };
        let projects = population(&plan);
        let mut activities: Vec<f64> =
            projects.iter().map(|project| project.activity.manual + project.activity.scheduled).collect();
        activities.sort_by(f64::total_cmp);
        let all: f64 = activities.iter().sum();
        let largest: f64 = activities.iter().rev().take(projects.len() / 10).sum();
        assert!((0.3..0.7).contains(&(largest / all)), "{largest} of {all}");
    }
}
