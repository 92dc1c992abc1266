//! Effects: what is planted is found where it is, and nothing is flagged where nothing is.
//!
//! A page without an effect is a window of days in which nothing happens but chance. Of n pages the part with a flag has
//! a standard error of the root of 0.05 * 0.95 / n: 5 % and two of these are allowed, and what was found is printed.

use chrono::DateTime;

use super::generator::{DAY, Dice, Dump, FIRST_DAY, OF_PROJECT, OF_RUN, Run, Sizes, seconds_at};
use super::{Row, duration, number, percent, report};
use crate::harness::Place;

/// A day, counted from the first one.
fn day(number: i64) -> String {
    DateTime::from_timestamp(FIRST_DAY + number * DAY, 0).expect("a time").format("%Y-%m-%d").to_string()
}

/// A report over days from the one to the other.
fn page(place: &Place, name: &str, first: i64, last: i64) -> Vec<Row> {
    report(place, name, &["--since", &day(first), "--until", &day(last)])
}

/// Of so many things that chance may do with 5 %, no more have happened than 5 % and two standard errors.
#[track_caller]
fn assert_rare(what: &str, happened: usize, of: usize) {
    println!("{what}: {happened} of {of}");
    let of_all = f64::from(u32::try_from(of).expect("a count"));
    let allowed = 5.0 + 200.0 * (0.05 * 0.95 / of_all).sqrt();
    assert!(percent(happened, of) <= allowed, "{what}: {happened} of {of} is more than {allowed:.1} %");
}

fn is(row: &Row, flag: &str) -> bool {
    row[flag].as_bool() == Some(true)
}

/// Ends of the interval of the ratio of a quantile on two pages, from the intervals of both (MOVER, of logarithms).
fn ratio(with: &Row, without: &Row, figure: &str) -> (f64, f64) {
    let logarithm = |row: &Row, name: &str| number(row, name).unwrap_or_else(|| panic!("{name}: {row:?}")).ln();
    let of = |row: &Row| {
        let at = logarithm(row, &format!("{figure}_seconds"));
        (at, at - logarithm(row, &format!("{figure}_low")), logarithm(row, &format!("{figure}_high")) - at)
    };
    let ((a, a_below, a_above), (b, b_below, b_above)) = (of(with), of(without));
    ((a - b - a_below.hypot(b_above)).exp(), (a - b + a_above.hypot(b_below)).exp())
}

/// The days of [`pages`], each of them a page of its own.
const PAGES: i64 = 30;

/// One lake for two kinds of pages, since a day costs more than what is on it. Of each day are
///
/// - ten releases without an effect,
/// - runs of one node and of two. On even days the slowest tenth of those of two takes twice as long: their median
///   stays and their 95 % quantile doubles. They are of a pre-release, which is none of the releases.
///
/// On a day after these there are four releases, of which from the third on 3 points more of the runs fail. They are
/// large: the standard error of the difference is 0.3 points, so that chance hides the effect behind the 2 points from
/// which on it is told in less than 1 of 1,000 draws.
fn pages() -> Place {
    let (place, mut dump, mut dice, mut project) = (Place::new(), Dump::default(), Dice::new(5), 0);
    for page in 0..PAGES {
        let at = FIRST_DAY + page * DAY + DAY / 2;
        for patch in 0..10 {
            let version = format!("1.12.{patch}");
            for _ in 0..50 {
                project += 1;
                let rate = dice.rate(0.9, 9.0);
                for _ in 0..Sizes::draw(Sizes::Lognormal { median: 2.0, sigma: 1.2 }, &mut dice) {
                    dump.run(&Run { project, at, version: &version, success: dice.happens(rate), ..Run::default() });
                }
            }
        }
        for nodes in [1, 2] {
            for _ in 0..200 {
                project += 1;
                let speed = dice.normal();
                for _ in 0..Sizes::draw(Sizes::Geometric { mean: 4.0 }, &mut dice) {
                    let deviations = OF_PROJECT * speed + OF_RUN * dice.normal();
                    let is_slow = page % 2 == 0 && nodes == 2 && deviations > 1.281_551_565_544_6;
                    let seconds = Some(seconds_at(deviations) * if is_slow { 2.0 } else { 1.0 });
                    dump.run(&Run { project, at, version: "1.13.0rc1", seconds, nodes, ..Run::default() });
                }
            }
        }
    }
    for patch in 0..4 {
        let version = format!("1.12.{patch}");
        for _ in 0..3500 {
            project += 1;
            let rate = dice.rate(if patch < 2 { 0.95 } else { 0.92 }, 20.0);
            for _ in 0..Sizes::draw(Sizes::Geometric { mean: 5.0 }, &mut dice) {
                let (at, success) = (FIRST_DAY + PAGES * DAY, dice.happens(rate));
                dump.run(&Run { project, at, version: &version, success, ..Run::default() });
            }
        }
    }
    dump.flush(&place);
    place.run(0, ["run", "dumps"]);
    place
}

#[test]
fn a_release_that_fails_3_points_more_and_a_p95_that_doubles_at_one_size_are_found_and_nothing_else() {
    let place = pages();
    releases(&place);
    sizes(&place);
}

fn releases(place: &Place) {
    let rows = page(place, "release_regressions", PAGES, PAGES);
    let worse: Vec<_> = rows.iter().filter(|row| is(row, "is_worse")).map(|row| row["dbt_version"].as_str()).collect();
    assert_eq!(worse, [Some("1.12.2")], "{rows:?}");
    let row = &rows[2];
    let (difference, error) = (number(row, "difference").expect("one"), number(row, "standard_error").expect("one"));
    println!("planted -0.03: {difference:.4} +- {:.4}", 1.96 * error);
    assert!((difference + 0.03).abs() <= 1.96 * error, "{row:?}");

    let (mut tested, mut unlikely, mut flagged, mut worse) = (0, 0, 0, 0);
    let (mut pages, mut pages_worse) = (0, 0);
    for day in 0..PAGES {
        let rows = page(place, "release_regressions", day, day);
        let count = |holds: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| holds(row)).count();
        tested += count(&|row| row["p"].is_number());
        unlikely += count(&|row| number(row, "p").is_some_and(|p| p < 0.05));
        let (of_page, worse_of_page) = (count(&|row| is(row, "is_significant")), count(&|row| is(row, "is_worse")));
        flagged += of_page;
        worse += worse_of_page;
        pages += usize::from(of_page > 0);
        pages_worse += usize::from(worse_of_page > 0);
    }
    assert!(tested > 200, "{tested} comparisons were tested");
    assert_rare("p below 0.05 without an effect", unlikely, tested);
    assert_rare("pages without an effect with one that is significant", pages, 30);
    assert_rare("pages without an effect with one that is worse", pages_worse, 30);
    println!("significant {flagged}, worse {worse} of {tested}");
    assert!(percent(flagged, tested) < 5.0, "{flagged} of {tested}");
}

fn sizes(place: &Place) {
    let (mut pairs, mut found, mut missed, mut wrong, mut without_effect) = (0, 0, 0, 0, 0);
    for day in (0..PAGES).step_by(2) {
        pairs += 1;
        let [with, without] = [day, day + 1].map(|day| {
            let mut rows = page(place, "duration_by_node_count", day, day);
            rows.retain(|row| row["nodes_from"] != 0);
            rows
        });
        assert_eq!((with.len(), without.len()), (2, 2), "{with:?}");
        for (with, without) in with.iter().zip(&without) {
            for figure in ["p50", "p95"] {
                let (low, high) = ratio(with, without, figure);
                if with["nodes_from"] == 2 && figure == "p95" {
                    found += usize::from(low > 1.0);
                    missed += usize::from(low > 2.0 || high < 2.0);
                } else {
                    without_effect += 1;
                    wrong += usize::from(low > 1.0 || high < 1.0);
                }
            }
        }
    }
    println!("found on {found} of {pairs} pages");
    assert_eq!(found, pairs, "pages with a doubled quantile on which it is found");
    assert_rare("intervals of the ratio that do not hold what was planted", missed, pairs);
    assert_rare("ratios that seem to differ from 1", wrong, without_effect);
}

/// A project that runs dbt week by week.
struct Project {
    id: u32,
    rate: f64,
    speed: f64,
    runs: f64,
    version: &'static str,
    adapter: &'static str,
    environment: &'static str,
}

impl Project {
    fn new(id: u32, dice: &mut Dice) -> Self {
        let mut one_of = |names: [&'static str; 3]| {
            let at = dice.unit();
            names[usize::from(at > 0.5) + usize::from(at > 0.8)]
        };
        let (version, adapter) = (one_of(["1.12.1", "1.11.9", "1.13.0"]), one_of(["snowflake", "bigquery", "duckdb"]));
        let environment = one_of(["manual", "github-actions", "airflow"]);
        let runs = 1.2 + 4.0 * dice.unit();
        Self { id, rate: dice.rate(0.9, 9.0), speed: dice.normal(), runs, version, adapter, environment }
    }

    /// A week of it. Its runs succeed as often as they do, times a factor.
    fn week(&self, week: i64, factor: f64, dice: &mut Dice, dump: &mut Dump) {
        for _ in 0..Sizes::draw(Sizes::Geometric { mean: self.runs }, dice) {
            let at =
                FIRST_DAY + week * 7 * DAY + i64::try_from(dice.below(7 * 86_400 - 36_000)).expect("a week") + 36_000;
            let (success, seconds) = (dice.happens(self.rate * factor), Some(duration(dice, self.speed)));
            let command = if dice.happens(0.3) { "run" } else { "build" };
            let Self { id: project, version, adapter, environment, .. } = *self;
            dump.run(&Run { project, at, version, success, seconds, command, adapter, environment, ..Run::default() });
        }
    }
}

/// How many weeks: 14 (a day of them costs a fourth of a second), or 40 with `USAGE_REPORT_TEST_MANY_WEEKS=1`.
fn weeks() -> i64 {
    if std::env::var_os("USAGE_REPORT_TEST_MANY_WEEKS").is_some() { 40 } else { 14 }
}

/// Week by week: 200 projects are there all the time, and 60 come every week, of which each is active in a later week
/// with a probability of 80 %, and of 40 % where it came in the 5th. In the last week a fourth of what succeeds with
/// 1.13 fails.
#[test]
fn a_cohort_that_churns_and_a_change_of_the_last_week_are_found_and_nothing_else() {
    // The first one that is a cohort.
    const CHURNING: i64 = 4;
    let all = weeks();
    let (place, mut dump, mut dice) = (Place::new(), Dump::default(), Dice::new(7));
    let mut projects = Vec::new();
    for week in 0..all {
        for _ in 0..if week == 0 { 200 } else { 60 } {
            let id = u32::try_from(projects.len()).expect("a number");
            projects.push((week, Project::new(id, &mut dice)));
        }
        for (came, project) in &projects {
            let stays = match *came {
                0 => 1.0,
                came if came == week => 1.0,
                CHURNING => 0.4,
                _ => 0.8,
            };
            let is_planted = week == all - 1 && project.version == "1.13.0";
            if dice.happens(stays) {
                project.week(week, if is_planted { 0.75 } else { 1.0 }, &mut dice, &mut dump);
            }
        }
    }
    // The last week is final when something was received more than three days after it.
    dump.run(&Run { at: FIRST_DAY + (7 * all + 4) * DAY, ..Run::default() });
    dump.flush(&place);
    place.run(0, ["run", "dumps"]);

    let (mut missed, mut cells, mut churned, mut seen) = (0, 0, 0, 0);
    for row in report(&place, "retention_by_cohort", &[]) {
        let Some([low, high]) =
            number(&row, "retention_rate_low").zip(number(&row, "retention_rate_high")).map(<[_; 2]>::from)
        else {
            continue;
        };
        if row["weeks_after"] == 0 {
            continue;
        }
        let holds = |rate: f64| low <= rate && rate <= high;
        if row["cohort"] == day(7 * CHURNING) {
            seen += 1;
            assert!(high < 0.8, "{row:?}");
            churned += usize::from(holds(0.4));
        } else {
            cells += 1;
            missed += usize::from(!holds(0.8));
        }
    }
    assert!(seen >= 9 && cells >= 36, "{seen}, {cells}");
    assert_rare("cells of the cohort that churns without what was planted", seen - churned, seen);
    assert_rare("cells of others without what was planted", missed, cells);

    let weeks_until = |last: i64| page(&place, "changes_of_week", 7 * (last - 13).max(0), 7 * last + 6);
    let rows = weeks_until(all - 1);
    let flagged: Vec<&Row> = rows.iter().filter(|row| is(row, "is_flagged")).collect();
    let planted = flagged.iter().find(|row| row["dimension"] == "version" && row["value"] == "1.13");
    let planted = planted.unwrap_or_else(|| panic!("the change was not flagged: {rows:?}"));
    let ends = ["change_in_share_low", "change_in_share_high"].map(|end| number(planted, end).expect("an end"));
    println!("planted -0.225: {ends:?}, flagged {}", flagged.len());
    assert!(ends[0] <= -0.225 && -0.225 <= ends[1], "{planted:?}");
    for row in &flagged {
        // In other dimensions are the runs of 1.13, too.
        let is_of_it = row["measure"] == "success" && (row["dimension"] != "version" || row["value"] == "1.13");
        assert!(is_of_it, "{row:?}");
    }

    let (mut pages, mut tested, mut flagged) = (0, 0, 0);
    for last in 6..all - 1 {
        let rows = weeks_until(last);
        let count = rows.iter().filter(|row| is(row, "is_flagged")).count();
        tested += rows.iter().filter(|row| row["p_value"].is_number()).count();
        flagged += count;
        pages += usize::from(count > 0);
    }
    assert_rare("changes flagged without an effect", flagged, tested);
    assert_rare("weeks without an effect with a flag", pages, usize::try_from(all - 7).expect("a count"));
}
