//! What is published holds against an attack by somebody who has all of its tables: nothing that is not shown comes back.

use std::fs;
use std::process::Output;

use super::dumps::mixed;
use super::harness::{PROGRAM, Place};
use super::python::script;

/// The days of the fixture.
const SINCE: &str = "2026-10-01";
const UNTIL: &str = "2026-10-02";

/// A lake of the fixture, of which all days are final.
fn place() -> Place {
    let place = Place::with_lake_of(&mixed());
    place.write("job.toml", "[maturity]\nlateness = \"1h\"\n");
    place
}

/// Publishes some days; the folder of the release.
fn publish(place: &Place, since: &str, until: &str, least: &str) -> String {
    let out = format!("published-{least}-{until}");
    let days = ["--since", since, "--until", until, "--least-projects", least];
    place.run(0, ["publish", "--config", "job.toml", "--out", &out].iter().chain(&days)).says([&out]);
    format!("{out}/{since}_{until}")
}

/// Attacks a release.
fn attack(place: &Place, release: &str, least: &str) -> Output {
    let (lake, release) = (place.path("lake"), place.path(release));
    let mut command = script("tests/python/attack.py", [lake, release]);
    command.args(["--least", least, "--program", PROGRAM]);
    // The attack runs the program, too.
    place.here(command).env("USAGE_REPORT_CONFIG", place.path("job.toml")).output().expect("the attack starts")
}

fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn no_attack_recovers_what_is_not_shown() {
    let place = place();
    for (since, until) in [(SINCE, UNTIL), (SINCE, SINCE)] {
        let release = publish(&place, since, until, "10");
        let attack = attack(&place, &release, "10");
        let printed = printed(&attack);
        assert!(attack.status.success(), "{since} to {until}: {printed}");
        // There was something to attack.
        let hidden = printed.lines().last().and_then(|line| line.split(' ').next()?.parse::<u32>().ok());
        assert!(hidden.is_some_and(|hidden| hidden > 50), "{printed}");
    }
}

#[test]
fn the_attack_recovers_a_row_that_nothing_was_hidden_beside() {
    let place = place();
    let release = publish(&place, SINCE, UNTIL, "3");
    place.run(0, ["report", "--since", SINCE, "--until", UNTIL, "--format", "csv", "--out", "true"]);
    // A table as it is, but for its smallest row.
    let name = "success_by_adapter.csv";
    let table = fs::read_to_string(place.path("true").join(name)).expect("the unpublished table");
    fs::write(place.path(&release).join(name), without_smallest(&table)).expect("a broken release");
    let attack = attack(&place, &release, "3");
    let printed = printed(&attack);
    assert_eq!(attack.status.code(), Some(1), "{printed}");
    assert!(printed.lines().any(|line| line.starts_with("success_by_adapter [adapter: ")), "{printed}");
}

/// A table without the row of the fewest projects.
fn without_smallest(table: &str) -> String {
    let (header, rows) = table.split_once('\n').expect("a header");
    let column = header.split(',').position(|name| name == "projects").expect("a count");
    let projects =
        |row: &&str| row.split(',').nth(column).and_then(|text| text.parse::<u32>().ok()).unwrap_or(u32::MAX);
    let smallest = rows.lines().min_by_key(projects).expect("a row");
    let kept: Vec<&str> = rows.lines().filter(|row| *row != smallest).collect();
    format!("{header}\n{}\n", kept.join("\n"))
}

#[test]
fn a_release_is_made_once_and_of_final_days() {
    let place = place();
    let run = |code, days: [&str; 4], config: &str| {
        place.run(code, ["publish", "--config", config, "--out", "out"].iter().chain(&days))
    };
    // Of the whole fixture no day is final by the default of three days.
    place.write("default.toml", "");
    run(2, ["--since", SINCE, "--until", UNTIL], "default.toml").says(["final"]);
    let folder = format!("out/{SINCE}_{UNTIL}");
    run(0, ["--since", SINCE, "--until", UNTIL], "job.toml").says([&folder]);
    let before = place.files("out");
    run(0, ["--since", SINCE, "--until", UNTIL], "job.toml").says(["nothing has changed"]);
    assert_eq!(place.files("out"), before);
    run(2, ["--since", SINCE, "--until", SINCE], "job.toml").says(["overlaps"]);
    // What it says of another number of projects is not what it was.
    place
        .run(
            2,
            [
                "publish",
                "--config",
                "job.toml",
                "--out",
                "out",
                "--since",
                SINCE,
                "--until",
                UNTIL,
                "--least-projects",
                "4",
            ],
        )
        .says(["has been published", "is not what it was"]);
    assert_eq!(place.files("out"), before);
    // A release that was broken off is none, and is made.
    fs::remove_file(place.path(&folder).join("release.json")).expect("the description is there");
    run(0, ["--since", SINCE, "--until", UNTIL], "job.toml");
    assert_eq!(place.files("out"), before);
}

#[test]
fn a_release_with_noise_has_every_value_of_its_lists_and_says_what_it_costs() {
    let place = place();
    let arguments = ["publish", "--config", "job.toml", "--since", SINCE, "--until", UNTIL, "--epsilon", "2"];
    let publish =
        |code, out: &str| place.run(code, arguments.iter().copied().chain(["--out", out, "--format", "json"]));
    let rows = |out: &str| -> Vec<serde_json::Value> {
        let file = place.path(out).join(format!("{SINCE}_{UNTIL}/projects_by_main_value.json"));
        serde_json::from_slice(&fs::read(file).expect("the table")).expect("rows")
    };
    publish(0, "one");
    publish(0, "two");
    publish(2, "one").says(["costs its epsilon again"]);
    let values = |rows: &[serde_json::Value]| {
        rows.iter().map(|row| [row["dimension"].clone(), row["value"].clone()]).collect::<Vec<_>>()
    };
    let (one, two) = (rows("one"), rows("two"));
    assert_eq!(values(&one), values(&two));
    assert!(one.len() > 100 && one != two, "{} rows", one.len());
    let release = fs::read(place.path("one").join(format!("{SINCE}_{UNTIL}/release.json"))).expect("its description");
    let release: serde_json::Value = serde_json::from_slice(&release).expect("JSON");
    let costs = release["measurements"]
        .as_array()
        .expect("measurements")
        .iter()
        .map(|of| of["epsilon"].as_f64().expect("a number"));
    assert!((costs.sum::<f64>() - 2.0).abs() < 1e-6 && release["epsilon"] == 2.0, "{release}");
}
