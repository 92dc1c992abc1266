//! The declared checks: each is tripped by a dump made for it, once blocking and once as a warning.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::dumps::json as read;
use super::harness::{Place, Run, files_under};
use super::python::python;

/// The scheduled run.
const RUN: [&str; 3] = ["run", "--config", "job.toml"];

/// Events of a day of October 2026: a start and an end for each run, received when they happened, at an hour.
struct Events {
    day: u8,
    hour: u8,
    /// What tells these runs from others of the day.
    first: u32,
    runs: u32,
    project: Option<&'static str>,
    /// The model of the schema: 1 is known.
    model: u8,
}

impl Events {
    fn of(day: u8) -> Self {
        Self { day, hour: 12, first: 0, runs: 4, project: Some("p"), model: 1 }
    }

    /// A dump of them, lines of enriched JSON.
    fn dump(&self) -> String {
        let lines = (self.first..self.first + self.runs).flat_map(|run| {
            ["start", "end"].map(|progress| {
                let id = format!("{:02x}{:02x}{run:04x}", self.day, self.hour);
                let event = u8::from(progress == "end");
                let time = format!("2026-10-{:02} {:02}:00:05", self.day, self.hour);
                let data = json!({
                    "progress": progress, "invocation_id": format!("{id}-8c1e-4f39-9a55-6f5b8b6a2d00"),
                    "command": "run", "version": "=1.11.4", "project_id": self.project, "user_id": "u",
                    "result_type": if event == 1 { Some("ok") } else { None },
                });
                let context = format!("contexts_com_dbt_invocation_{}", self.model);
                json!({
                    "app_id": "dbt", "event_id": format!("{id}-0f8e-4b7e-9a3c-6f5b8b6a2d{event:02x}"),
                    "collector_tstamp": time, "dvce_sent_tstamp": time, "dvce_created_tstamp": time,
                    context: [data],
                })
                .to_string()
            })
        });
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }
}

/// Says what the job is to do, the check included.
fn configure(place: &Place, dumps: &str, check: &str) {
    place.write(
        "job.toml",
        format!(
            "[dumps]\npaths = ['dumps']\n{dumps}\n[maintenance]\ncompact = true\n[reports]\nfolder = 'reports'\n\
             formats = ['csv']\n[metrics]\nfile = 'job.prom'\n{check}"
        ),
    );
}

/// A place with a healthy dump of some days.
fn lake_of(days: &[u8]) -> Place {
    let place = Place::new();
    for day in days {
        place.write(&format!("dumps/{day}.json"), Events::of(*day).dump());
    }
    place
}

/// All that is published: files of reports, and what the lake keeps of them.
fn published(place: &Place) -> BTreeMap<PathBuf, Vec<u8>> {
    let folders = ["reports", "lake/reports", "lake/published", "lake/changes"];
    let there = folders.into_iter().filter(|folder| place.path(folder).is_dir());
    let files = there.flat_map(|folder| {
        files_under(&place.path(folder)).into_iter().map(move |(path, bytes)| (PathBuf::from(folder).join(path), bytes))
    });
    files.collect()
}

/// What the last run says of its one check.
fn outcome(place: &Place) -> Value {
    let name = files_under(&place.path("lake/runs")).into_keys().next_back().expect("a record");
    let record = read(&place.path("lake/runs").join(name));
    let checks = record["checks"].as_array().unwrap_or_else(|| panic!("no checks: {record}"));
    let [check] = checks.as_slice() else { panic!("expected one check: {record}") };
    check.clone()
}

/// Whether the metrics say that the check failed.
fn metric(place: &Place, kind: &str, name: &str, level: &str) -> f64 {
    let samples = python("tests/python/exposition.py", [place.path("job.prom")]);
    let metrics: BTreeMap<String, f64> = serde_json::from_slice(&samples).expect("an object of numbers");
    let metric = format!("usage_report_check_failed {name} {kind} {level}");
    *metrics.get(&metric).unwrap_or_else(|| panic!("{metric} is not in {metrics:?}"))
}

/// Three days in a row.
const DAYS: [u8; 3] = [21, 22, 23];

/// A kind of check, with what trips it and what makes it good again.
struct Case<'c> {
    kind: &'c str,
    name: &'c str,
    /// The days of which there are healthy dumps.
    days: &'c [u8],
    /// The section `dumps` and the check, without kind and level.
    config: [&'c str; 2],
    /// Dumps that trip it.
    bad: Vec<String>,
    /// The day that it trips on, and a part of what it says.
    day: &'c str,
    says: &'c str,
    /// The exit code of a run that is only warned.
    warned: i32,
}

impl Case<'_> {
    fn configure(&self, place: &Place, level: &str, more: &str) {
        let [dumps, keys] = self.config;
        let check = format!("[[checks]]\nkind = '{}'\nlevel = '{level}'\n{keys}\n{more}\n", self.kind);
        configure(place, dumps, &check);
    }

    fn deliver(&self, place: &Place) {
        for (number, dump) in self.bad.iter().enumerate() {
            place.write(&format!("dumps/bad-{number}.json"), dump);
        }
    }

    /// The log, the record, the metrics and `check` say that it failed.
    fn told(&self, place: &Place, run: &Run, level: &str) {
        let word = if level == "blocking" { "error" } else { "warning" };
        run.says([format!("usage-report: {word}: check {}: ", self.name).as_str(), self.says]);
        let outcome = outcome(place);
        assert_eq!(outcome["passed"], false, "{outcome}");
        let said = [&outcome["check"], &outcome["kind"], &outcome["level"], &outcome["day"]].map(Value::as_str);
        assert_eq!(said, [Some(self.name), Some(self.kind), Some(level), Some(self.day)]);
        assert!(outcome["sentence"].as_str().is_some_and(|text| text.contains(self.says)), "{outcome}");
        let (value, most) =
            (outcome["value"].as_f64().expect("a value"), outcome["at_most"].as_f64().expect("a bound"));
        let least = outcome["at_least"].as_f64();
        assert!(value > most || least.is_some_and(|least| value < least), "{outcome}");
        assert_eq!(metric(place, self.kind, self.name, level), 1.0);
        let code = i32::from(level == "blocking");
        let check = place.run(code, ["check", "--config", "job.toml", "--format", "json"]);
        check.says([self.says]);
        let failed: Vec<_> = check.rows().into_iter().filter(|row| row["verdict"] == "failed").collect();
        assert!(failed.iter().any(|row| row["day"] == self.day && row["level"] == level), "{check}");
        place.run(code, ["check", "--config", "job.toml"]).shows(["failed", self.name]);
    }

    fn passed(&self, place: &Place, level: &str) {
        let outcome = outcome(place);
        assert_eq!(outcome["passed"], true, "{outcome}");
        // Nothing is measured only where nothing unknown has come.
        assert!(outcome["value"].is_number() || self.kind == "schema_versions", "{outcome}");
        assert_eq!(metric(place, self.kind, self.name, level), 0.0);
        let check = place.run(0, ["check", "--config", "job.toml", "--format", "json"]);
        assert!(check.rows().iter().all(|row| row["verdict"] != "failed"), "{check}");
    }

    /// Trips it, once blocking and once as a warning, and makes it good again.
    fn trip(&self, good: impl Fn(&Place, &str)) {
        let place = lake_of(self.days);
        self.configure(&place, "blocking", "");
        let healthy = place.run(0, RUN);
        self.passed(&place, "blocking");
        let before = published(&place);
        assert!(before.len() > 30, "{:?}", before.keys());
        let runs = place.count("SELECT COUNT(*) AS n FROM invocations");

        self.deliver(&place);
        let blocked = place.run(1, RUN);
        self.told(&place, &blocked, "blocking");
        blocked.says(["reports stay as they were"]);
        assert_eq!((published(&place), blocked.text().as_str()), (before.clone(), ""));
        // Marts are up to date: they are what the check was made over, and what has to be looked at.
        let marts = place.count("SELECT COUNT(*) AS n FROM invocations");
        assert!(marts > runs || self.kind == "duplicates" || self.kind == "schema_versions", "{runs} runs are {marts}");
        assert_eq!(place.run(1, RUN).text(), "", "a second run lets it pass");
        assert_eq!(published(&place), before);

        good(&place, "blocking");
        let cured = place.run(0, RUN);
        self.passed(&place, "blocking");
        assert_ne!(published(&place), before, "nothing was published");
        assert!(healthy.text().lines().next() == cured.text().lines().next(), "no headline\n{cured}");

        let place = lake_of(self.days);
        self.configure(&place, "warning", "");
        place.run(0, RUN);
        self.passed(&place, "warning");
        let before = published(&place);
        self.deliver(&place);
        let warned = place.run(self.warned, RUN);
        self.told(&place, &warned, "warning");
        assert_ne!(published(&place), before, "a warning blocks\n{warned}");
        assert!(!warned.text().is_empty());
    }
}

#[test]
fn volume() {
    let case = Case {
        kind: "volume",
        name: "volume",
        // The 22nd and the 24th have three of their weekday before them.
        days: &[1, 3, 8, 10, 15, 17, 22, 23],
        config: ["", "min_count = 8"],
        // Of the 24th, which is over, nothing has come.
        bad: vec![Events::of(25).dump()],
        day: "2026-10-24",
        says: "2026-10-24: 0 events are 0 of the usual 8; 0.5 to 1.5 are allowed",
        warned: 0,
    };
    case.trip(|place, _| drop(place.write("dumps/24.json", Events::of(24).dump())));
}

#[test]
fn rejects() {
    let refused = Events { first: 50, runs: 3, model: 2, ..Events::of(23) };
    let case = Case {
        kind: "rejects",
        name: "refused",
        days: &DAYS,
        config: ["", "name = 'refused'\nmax = 0.3\nmin_count = 1"],
        bad: vec![Events { first: 40, runs: 1, ..Events::of(23) }.dump() + &refused.dump()],
        day: "2026-10-23",
        says: "2026-10-23: 6 of 16 records were refused, 0.375 of all; at most 0.3 is allowed",
        warned: 0,
    };
    case.trip(|place, _| {
        let rules = "[[accept]]\nname = \"two\"\nschema = \"invocation/2\"\nread_as = \"invocation\"\n";
        place.write("rules.toml", rules);
        place.run(0, ["reparse", "--rules", "rules.toml"]);
    });
}

#[test]
fn duplicates() {
    let events = Events::of(23).dump();
    let case = Case {
        kind: "duplicates",
        name: "duplicates",
        days: &DAYS,
        config: ["", "max = 0.5\nmin_count = 1"],
        bad: vec![events.clone() + "\n", events + "\n\n"],
        day: "2026-10-23",
        says: "2026-10-23: 16 of 24 events are copies, 0.667 of all; at most 0.5 is allowed",
        warned: 0,
    };
    case.trip(|place, level| case.configure(place, level, "except = ['2026-10-23']"));
}

#[test]
fn schema_versions() {
    let case = Case {
        kind: "schema_versions",
        name: "schema_versions",
        days: &DAYS,
        config: ["", ""],
        bad: vec![Events { first: 50, runs: 2, model: 7, ..Events::of(23) }.dump()],
        day: "2026-10-23",
        says: "2026-10-23: 4 events of the schema invocation/7, which is not known; none is allowed",
        warned: 0,
    };
    case.trip(|place, level| case.configure(place, level, "except = ['2026-10-23']"));
}

#[test]
fn nulls() {
    let case = Case {
        kind: "nulls",
        name: "nulls_project_key",
        days: &DAYS,
        config: ["", "column = 'project_key'\nmax = 0.2\nmin_count = 1"],
        bad: vec![Events { first: 50, project: None, ..Events::of(23) }.dump(), Events::of(24).dump()],
        day: "2026-10-23",
        says: "2026-10-23: of 4 of 8 runs project_key is not known, 0.5 of all; at most 0.2 is allowed",
        warned: 0,
    };
    case.trip(|place, _| drop(place.write("dumps/more.json", Events { first: 90, runs: 20, ..Events::of(23) }.dump())));
}

#[test]
fn holes() {
    let case = Case {
        kind: "holes",
        name: "holes",
        days: &DAYS,
        config: ["every = '1d'", ""],
        bad: vec![Events::of(25).dump()],
        day: "2026-10-24",
        says: "2026-10-24: in 24 hours nothing was received; none is allowed",
        // That dumps are missing is an error in any case; blocking is that nothing is published.
        warned: 1,
    };
    case.trip(|place, _| drop(place.write("dumps/24.json", Events::of(24).dump())));
}

/// A dump of an event that is received now.
fn fresh() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let now = chrono::DateTime::from_timestamp(now.as_secs().try_into().expect("seconds"), 0).expect("an instant");
    let time = now.format("%Y-%m-%d %H:%M:%S").to_string();
    Events::of(31).dump().replace("2026-10-31 12:00:05", &time)
}

#[test]
fn freshness() {
    for level in ["blocking", "warning"] {
        let blocks = level == "blocking";
        let place = lake_of(&DAYS);
        configure(&place, "", "");
        place.run(0, RUN);
        let before = published(&place);
        configure(&place, "", &format!("[[checks]]\nkind = 'freshness'\nlevel = '{level}'\nmax_age = '6h'\n"));
        place.write("dumps/old.json", Events { first: 50, ..Events::of(23) }.dump());
        let old = place.run(i32::from(blocks), RUN);
        old.says(["check freshness: the newest event was received", "hours ago; 6 hours are allowed"]);
        assert_eq!(published(&place) == before, blocks, "{old}");
        let outcome = outcome(&place);
        assert_eq!((&outcome["passed"], &outcome["day"]), (&false.into(), &"2026-10-23".into()), "{outcome}");
        assert_eq!(metric(&place, "freshness", "freshness", level), 1.0);
        place.run(i32::from(blocks), ["check", "--config", "job.toml"]).shows(["failed"]);

        place.write("dumps/new.json", fresh());
        place.run(0, RUN);
        assert_ne!(published(&place), before);
        assert_eq!(metric(&place, "freshness", "freshness", level), 0.0);
        place.run(0, ["check", "--config", "job.toml"]).shows(["passed"]);
    }
}

#[test]
fn dumps_of_which_no_event_can_be_read_are_of_no_day_and_still_judged() {
    let place = lake_of(&DAYS);
    let check = "[[checks]]\nkind = 'rejects'\nlevel = 'blocking'\nmax = 0.3\nmin_count = 6\n";
    configure(&place, "", check);
    place.run(0, RUN);
    place.write("dumps/few.json", Events { first: 50, runs: 2, model: 2, ..Events::of(23) }.dump());
    place.run(0, RUN);
    place.run(0, ["check", "--config", "job.toml"]).shows(["too few"]);
    place.write("dumps/all.json", Events { first: 60, runs: 2, model: 2, ..Events::of(23) }.dump());
    place.run(1, RUN).says(["dumps without an event: 8 of 8 records were refused, 1 of all"]);
    configure(&place, "", &format!("{check}except = ['undated']\n"));
    place.run(0, RUN);
}

#[test]
fn without_a_check_the_command_says_how_to_declare_one() {
    let place = lake_of(&DAYS);
    configure(&place, "", "");
    place.run(2, ["check", "--config", "job.toml"]).says(["there is no data in"]);
    place.run(0, RUN);
    place.run(0, ["check", "--config", "job.toml"]).says(["none is declared", "config example", "[[checks]]"]);
    assert!(place.run(0, ["check", "--config", "job.toml", "--format", "json"]).rows().is_empty());
}

#[test]
fn a_day_without_dumps_is_an_error_and_unknown_in_reports() {
    let place = lake_of(&DAYS);
    configure(&place, "every = '1d'", "");
    place.run(0, RUN);
    place.write("dumps/26.json", Events::of(26).dump());
    place
        .run(1, RUN)
        .says(["error: in 48 hours nothing was received: \"2026-10-24 to 2026-10-25\". Deliver the dumps"]);
    for report in ["activity_by_day", "health_by_day"] {
        let rows = place.run(0, ["report", report, "--config", "job.toml", "--format", "json"]).rows();
        let of = |day: &str| rows.iter().find(|row| row["day"] == day).unwrap_or_else(|| panic!("{report}: {day}"));
        for day in ["2026-10-24", "2026-10-25"] {
            let unknown = of(day);
            assert_eq!((&unknown["missing_hours"], &unknown["is_final"]), (&24.into(), &false.into()), "{unknown:?}");
            let figures =
                unknown.iter().filter(|(name, _)| !["day", "missing_hours", "is_final"].contains(&name.as_str()));
            assert!(figures.clone().count() > 8 && figures.clone().all(|(_, value)| value.is_null()), "{unknown:?}");
        }
        assert_eq!((&of("2026-10-23")["missing_hours"], &of("2026-10-23")["runs"]), (&0.into(), &4.into()));
        // Where nobody says how often dumps come, nothing is missing.
        let without = place.run(0, ["report", report, "--format", "json"]).rows();
        assert_eq!(without.len(), rows.len() - 2);
        assert!(without.iter().all(|row| row["missing_hours"].is_null()));
    }
    let csv = String::from_utf8(std::fs::read(place.path("reports/activity_by_day.csv")).expect("the report"));
    assert!(csv.expect("UTF-8").contains("2026-10-24,false,24,,,"), "the published report has no such day");

    // Known holes are no error; that it is not known what happened stays so.
    configure(
        &place,
        "every = '1d'\nknown_holes = ['2026-10-24 to 2026-10-25']",
        "[[checks]]\nkind = 'holes'\nlevel = 'blocking'\n",
    );
    place.run(0, RUN);
    let unknown = place.run(0, ["report", "activity_by_day", "--config", "job.toml", "--format", "json"]).rows();
    assert!(unknown.iter().any(|row| row["day"] == "2026-10-25" && row["runs"].is_null()), "{unknown:?}");
    let days = "SELECT missing_hours AS m, known_missing_hours AS k FROM days WHERE missing_hours > 0";
    let days = place.run(0, ["query", days, "--config", "job.toml", "--format", "json"]).rows();
    assert_eq!(days.len(), 2);
    assert!(days.iter().all(|day| day["m"] == 24 && day["k"] == 24), "{days:?}");
}

#[test]
fn an_hour_without_dumps_is_one_where_they_come_every_hour() {
    let place = Place::new();
    configure(&place, "every = '1h'", "");
    for hour in [5, 6, 9] {
        place.write(&format!("dumps/{hour}.json"), Events { hour, ..Events::of(1) }.dump());
    }
    let run = place.run(1, RUN);
    run.says(["in 2 hours nothing was received: \"2026-10-01T07 to 2026-10-01T08\""]);
    let rows = place.run(0, ["report", "activity_by_day", "--config", "job.toml", "--format", "json"]).rows();
    assert_eq!((&rows[0]["missing_hours"], &rows[0]["runs"]), (&2.into(), &12.into()), "{rows:?}");
    place.write("dumps/7.json", Events { hour: 7, ..Events::of(1) }.dump());
    place.run(1, RUN).says(["in 1 hours nothing was received: \"2026-10-01T08\""]);
    configure(&place, "every = '1h'\nknown_holes = ['2026-10-01T08']", "");
    place.run(0, RUN);
}
