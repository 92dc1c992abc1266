use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::job::config::decide;

/// A configuration that declares one check.
fn config(check: &str) -> Config {
    let text = format!("[dumps]\nevery = '1h'\nknown_holes = ['2026-10-24']\n[[checks]]\n{check}");
    let decided = decide(&BTreeMap::new(), &|_| None, Some((Path::new("job.toml"), &text)));
    assert!(decided.problems.is_empty(), "{:?}", decided.problems);
    decided.config
}

/// The check that it declares.
fn declared(check: &str) -> Check {
    config(check).checks.into_iter().next().expect("a check")
}

fn moment() -> Moment {
    let now = Timestamp::parse(b"2026-10-29 06:30:00").expect("an instant");
    Moment { newest: Hour::parse("2026-10-29T05"), now }
}

/// A check over the table of days and nothing else.
fn of_days(check: &str, days: &[(&str, i64)]) -> Checked {
    let numbers: Int32Chunked = days.iter().map(|(day, _)| Day::parse(day).map(Day::number)).collect();
    let columns = vec![
        numbers.with_name("day".into()).into_date().into_column(),
        Column::new("missing_hours".into(), days.iter().map(|(_, hours)| *hours).collect::<Vec<i64>>()),
        Column::new("known_missing_hours".into(), vec![0_i64; days.len()]),
    ];
    let mut catalog = Catalog::default();
    catalog.add_frame("days", DataFrame::new(days.len(), columns).expect("columns of one height"));
    let library = Library::load().expect("every header is in order");
    let checked = super::check(&mut catalog, &library, &config(check), moment());
    checked.expect("measured").pop().expect("one check")
}

#[test]
fn the_newest_days_are_looked_at_and_accepted_ones_and_known_holes_are_not() {
    let days = [("2026-10-22", 1), ("2026-10-23", 2), ("2026-10-24", 9), ("2026-10-28", 3), ("2026-10-29", 4)];
    let values = |check: &str| {
        let of_days = of_days(&format!("kind = 'holes'\n{check}"), &days);
        of_days.measured.iter().map(|measured| measured.value as i64).collect::<Vec<_>>()
    };
    assert_eq!(values(""), [2, 3, 4]);
    assert_eq!(values("days = 1"), [4]);
    assert_eq!(values("days = 2000000000"), [1, 2, 3, 4]);
    assert_eq!(values("except = ['2026-10-28', 'undated']"), [2, 4]);
}

#[test]
fn what_is_outside_the_bounds_fails_and_the_newest_of_it_is_told() {
    let days = [("2026-10-26", 5), ("2026-10-27", 3), ("2026-10-28", 2), ("2026-10-29", 0)];
    let checked = of_days("kind = 'holes'\nmax = 2\nlevel = 'blocking'", &days);
    assert!(!checked.passed() && checked.blocks());
    let verdicts: Vec<_> = checked.measured.iter().map(|measured| measured.verdict).collect();
    assert_eq!(verdicts, [Verdict::Failed, Verdict::Failed, Verdict::Passed, Verdict::Passed]);
    let expected = "2026-10-27: in 3 hours nothing was received; at most 2 is allowed, and one more like it";
    assert_eq!(checked.sentence(), expected);
    let outcome = CheckOutcome::from(&checked);
    assert_eq!((outcome.passed, outcome.day, outcome.value), (false, Day::parse("2026-10-27"), Some(3.0)));

    let warning = of_days("kind = 'holes'\nmax = 2", &days);
    assert!(!warning.passed() && !warning.blocks());
    let passed = of_days("kind = 'holes'\nmax = 5\nlevel = 'blocking'", &days);
    assert!(passed.passed() && !passed.blocks());
    assert_eq!(passed.sentence(), "2026-10-29: in 0 hours nothing was received; at most 5 is allowed");
    let nothing = of_days("kind = 'holes'", &[]);
    assert!(nothing.passed());
    assert_eq!(nothing.sentence(), "there is nothing yet to judge by");
    assert_eq!(CheckOutcome::from(&nothing).value, None);
}

#[test]
fn bounds_follow_from_what_is_declared() {
    let bounds = |text: &str| {
        let check = declared(text);
        Bounds::of(&check, check.kind.expect("a kind"))
    };
    assert_eq!(bounds("kind = 'volume'\nband = 0.25"), Bounds { at_least: Some(0.75), at_most: 1.25 });
    assert_eq!(bounds("kind = 'freshness'\nmax_age = '90m'"), Bounds { at_least: None, at_most: 1.5 });
    assert_eq!(bounds("kind = 'rejects'\nmax = 0.1"), Bounds { at_least: None, at_most: 0.1 });
    assert_eq!(bounds("kind = 'schema_versions'"), Bounds { at_least: None, at_most: 0.0 });
    // What is on the bound is within.
    let bounds = bounds("kind = 'volume'");
    assert!([0.5, 1.0, 1.5].into_iter().all(|value| bounds.allow(value)));
    assert!([0.49, 1.51, f64::NAN].into_iter().all(|value| !bounds.allow(value)));
}

#[test]
fn the_window_holds_what_days_are_compared_with() {
    let check = declared("kind = 'volume'\nweeks = 4\ndays = 3");
    assert_eq!(moment().window(&[check]).since, Day::parse("2026-09-28"));
    assert!(moment().window(&[declared("kind = 'holes'\ndays = 18446744073709551615")]).since.is_some());
    assert_eq!(Moment { newest: None, ..moment() }.window(&[]), Window::ALL);
}

#[test]
fn without_any_event_nothing_is_measured() {
    let library = Library::load().expect("every header is in order");
    let mut catalog = Catalog::default();
    let config = config("kind = 'freshness'\nmax_age = '1h'");
    let moment = Moment { newest: None, ..moment() };
    let checked = super::check(&mut catalog, &library, &config, moment).expect("measured");
    assert!(checked[0].measured.is_empty() && checked[0].passed());
}
