//! The configuration: every key, everybody who may say its value, and what is wrong with it.

use std::ffi::OsString;

use usage_report::job::config::{Config, Key};

use super::dumps::payload_lines;
use super::harness::{Place, Run};

/// What a key may look like, on the command line and in the environment.
fn text(key: &Key) -> String {
    key.like.replace(['[', ']', '"'], "").replace(", ", if key.name.ends_with("paths") { ":" } else { "," })
}

/// Who says the value of each key, as `config show` has it.
fn origins(run: &Run) -> Vec<(String, String)> {
    let text = run.text();
    let lines = text.lines().map(|line| {
        let (value, origin) = line.rsplit_once("  # ").unwrap_or_else(|| panic!("no origin: {line}"));
        let name = value.trim_start_matches("# ").split(' ').next().expect("a name");
        (name.to_owned(), origin.to_owned())
    });
    lines.collect()
}

/// Who says the value of a key.
fn origin(run: &Run, key: &str) -> String {
    let found = origins(run).into_iter().find(|(name, _)| name == key);
    found.unwrap_or_else(|| panic!("{key} is not shown\n{run}")).1
}

/// A place with a sound configuration, in a folder of its own, and a dump that it names.
fn place() -> Place {
    let place = Place::new();
    place.write("etc/job.toml", "lake = '../lake'\nkey_file = 'key'\n[dumps]\npaths = ['../dumps']\n");
    place.write("etc/key", "a key of some length in a file\n");
    place.write("dumps/a.ndjson", payload_lines()[0].clone() + "\n");
    place
}

/// A run of the program in which the environment says something.
fn with(place: &Place, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = place.command(arguments);
    command.envs(variables.iter().copied());
    Run::of(command)
}

#[test]
fn every_key_is_shown_and_can_be_said_by_the_file_the_environment_and_its_flag() {
    let place = Place::new();
    let shown: Vec<String> = origins(&place.run(0, ["config", "show"])).into_iter().map(|(name, _)| name).collect();
    assert_eq!(shown, Config::keys().map(|key| key.name).collect::<Vec<_>>());
    for key in Config::keys() {
        place.write("job.toml", format!("{} = {}\n", key.name, key.like));
        let show = ["config", "show", "--config", "job.toml"];
        assert_eq!(origin(&place.run(0, show), key.name), "job.toml:1");
        let variable = key.variable();
        let run = with(&place, &[(&variable, &text(key))], &show);
        assert_eq!(origin(&run, key.name), variable);
        if let Some((flag, _)) = key.flag {
            let mut command = place.command(show);
            command.arg(format!("--{flag}")).arg(text(key)).env(&variable, text(key));
            assert_eq!(origin(&Run::of(command), key.name), format!("--{flag}"));
        }
    }
}

#[test]
fn what_is_shown_is_itself_a_configuration() {
    let place = place();
    let shown = place.run(0, ["config", "show", "--config", "etc/job.toml", "--max-events", "7", "--format", "vortex"]);
    place.write("shown.toml", shown.text());
    let again = place.run(0, ["config", "show", "--config", "shown.toml"]);
    let values = |run: &Run| -> Vec<String> {
        run.text().lines().map(|line| line.rsplit_once("  # ").expect("an origin").0.trim().to_owned()).collect()
    };
    assert_eq!(values(&shown), values(&again));
    assert!(values(&again).contains(&"limits.max_events = 7".to_owned()), "{again}");
}

#[test]
fn checks_are_shown_as_they_are_declared() {
    let place = place();
    place.write("job.toml", "[[checks]]\nkind = 'volume'\n\n[[checks]]\nkind = 'freshness'\nmax_age = '90m'\n");
    let shown = place.run(0, ["config", "show", "--config", "job.toml"]);
    shown.shows(["[[checks]]", "kind = \"volume\"", "band = 0.5", "max_age = \"90m\"", "# job.toml:4"]);
    assert!(!shown.text().contains("column"), "{shown}");
    place.write("shown.toml", shown.text());
    let again = place.run(0, ["config", "show", "--config", "shown.toml"]);
    let values = |run: &Run| -> Vec<String> {
        run.text().lines().map(|line| line.rsplit_once("  # ").expect("an origin").0.trim().to_owned()).collect()
    };
    assert_eq!(values(&shown), values(&again));
    place.write("job.toml", "[[checks]]\nkind = 'volume'\nbnad = 1\n");
    for command in ["run", "check", "build"] {
        place
            .run(2, [command, "--config", "job.toml"])
            .says(["job.toml:3: there is no key checks.bnad; did you mean checks.band?"]);
    }
}

#[test]
fn the_example_is_a_configuration_in_which_nothing_is_set() {
    let place = Place::new();
    place.write("job.toml", place.run(0, ["config", "example"]).text());
    let shown = place.run(0, ["config", "show", "--config", "job.toml"]);
    assert_eq!(shown.text(), place.run(0, ["config", "show"]).text());
    assert!(origins(&shown).iter().all(|(_, origin)| origin == "default" || origin == "not set"), "{shown}");
}

#[test]
fn a_flag_overrules_the_environment_and_that_the_file() {
    let place = place();
    let flag = ["ingest", "--config", "etc/job.toml", "--lake", "of-flag"];
    let lake = [("USAGE_REPORT_LAKE", "of-variable")];
    assert_eq!(with(&place, &lake, &flag).code, Some(0));
    assert!(place.path("of-flag").is_dir() && !place.path("of-variable").exists() && !place.path("lake").exists());
    assert_eq!(with(&place, &lake, &flag[..3]).code, Some(0));
    assert!(place.path("of-variable").is_dir() && !place.path("lake").exists());
    // An empty variable says nothing. The file may be named by the environment, too; its paths start from its folder.
    let file = [("USAGE_REPORT_LAKE", ""), ("USAGE_REPORT_CONFIG", "etc/job.toml")];
    assert_eq!(with(&place, &file, &["ingest"]).code, Some(0));
    assert!(place.path("lake").is_dir());
    // What the file names is read where nothing else is named, and only there.
    place.write("other/b.ndjson", payload_lines()[1..3].join("\n"));
    place.run(0, ["ingest", "other", "--config", "etc/job.toml"]).says(["ingest: 1 dumps (0 known"]);
    // The lake was made with the file's key, and not with that of the environment.
    place.run(2, ["ingest", "dumps"]).says(["another key"]);
}

#[test]
fn limits_and_rejects_of_the_file_hold() {
    let place = place();
    let file = place.path("etc/job.toml");
    let sound = std::fs::read_to_string(&file).expect("the configuration");
    std::fs::write(&file, sound + "max_rejects = 0\n[limits]\nmax_string = 10\n").expect("written");
    place.run(1, ["ingest", "--config", "etc/job.toml"]).says(["string_too_long", "more than --max-rejects allows"]);
    place.run(0, ["ingest", "--config", "etc/job.toml", "--lake", "two", "--max-string", "100000"]);
}

#[test]
fn a_wrong_configuration_is_refused_whole_before_anything_is_done() {
    let place = place();
    place.write("etc/wrong.toml", "lake = '../lake'\n[dumps]\npath = ['../dumps']\nthreads = 'two'\n");
    let problems = [
        "usage-report: error: etc/wrong.toml:3: there is no key dumps.path; did you mean dumps.paths?",
        "usage-report: error: etc/wrong.toml:4: dumps.threads: expected a whole number, found \"two\"",
    ];
    for command in ["run", "ingest", "build", "query", "health"] {
        let sql = (command == "query").then_some("SELECT 1");
        let arguments = [command].into_iter().chain(sql).chain(["--config", "etc/wrong.toml"]);
        place.run(2, arguments).says(problems);
    }
    assert!(!place.path("lake").exists(), "something was done");
    place.run(2, ["build", "--config", "none.toml"]).says(["cannot read the configuration none.toml: No such file"]);
    let run = with(&place, &[("USAGE_REPORT_LIMITS_MAX_EVENTS", "many")], &["build"]);
    assert_eq!(run.code, Some(2), "{run}");
    run.says(["USAGE_REPORT_LIMITS_MAX_EVENTS: limits.max_events: expected a whole number, found \"many\""]);
    place.run(2, ["ingest", "dumps", "--threads", "two"]).says(["'two' for '--threads <N>': expected a whole number"]);
    place.run(2, ["ingest"]).says(["no dumps are named", "PATH", "dumps.paths"]);
    // What needs no configuration is not kept from its work by a wrong one.
    place.run(0, ["config", "example", "--config", "etc/wrong.toml"]);
}

#[test]
fn a_sound_configuration_passes_the_check_which_leaves_nothing() {
    let place = place();
    let before = place.files(".");
    place.run(0, ["config", "check", "etc/job.toml"]).shows(["etc/job.toml: nothing is wrong"]);
    place.run(0, ["config", "check", "--config", "etc/job.toml"]);
    assert_eq!(place.files("."), before);
    assert!(!place.path("lake").exists());
}

#[test]
fn the_check_tells_everything_that_would_keep_a_run_from_its_work() {
    let place = place();
    place.run(0, ["ingest", "--config", "etc/job.toml"]);
    place.write("etc/other", "another key, of enough length\n");
    place.write("etc/short", "short\n");
    place.write("etc/rules.toml", "[[renam]]\n");
    place.write("file", "no folder\n");
    let wrong = "lake = '../lake'\nkey_file = 'other'\nlog.form = 'json'\n[dumps]\npaths = ['../none', '../dumps']\nrules = 'rules.toml'\n\
                 [reports]\nfolder = '../file/reports'\n[metrics]\nfile = '../file/metrics.prom'\n";
    place.write("etc/wrong.toml", wrong);
    let run = place.run(2, ["config", "check", "etc/wrong.toml"]);
    run.says([
        "etc/wrong.toml:2: key_file: the lake's pseudonyms were made with another key",
        "etc/wrong.toml:3: there is no key log.form; did you mean log.format?",
        "etc/wrong.toml:5: dumps.paths: etc/../none: no such file or folder",
        "etc/wrong.toml:6: dumps.rules: the rules etc/rules.toml cannot be used",
        "etc/wrong.toml:8: reports.folder: cannot create ",
        "etc/wrong.toml:10: metrics.file: cannot create ",
    ]);
    assert_eq!(run.stderr.matches("usage-report: error: ").count(), 6, "{run}");
    for (key, told) in [("short", "fewer than 16 bytes"), ("none", "cannot read the key file etc/none")] {
        place.write("etc/wrong.toml", format!("key_file = '{key}'\n"));
        place.run(2, ["config", "check", "etc/wrong.toml"]).says([told, "dumps.paths: no dumps are named"]);
    }
    let mut command = place.command(["config", "check"].map(OsString::from));
    command.env_remove("USAGE_REPORT_KEY");
    Run::of(command).says(["key_file: no key is given", "USAGE_REPORT_KEY"]);
    let run = with(&place, &[("USAGE_REPORT_DUMP_THREADS", "2")], &["config", "check", "etc/job.toml"]);
    assert_eq!(run.code, Some(2), "{run}");
    run.says(["there is no variable USAGE_REPORT_DUMP_THREADS; did you mean USAGE_REPORT_DUMPS_THREADS?"]);
    let run = with(&place, &[("USAGE_REPORT_SERVICE_HOST", "10.0.0.1")], &["config", "check", "etc/job.toml"]);
    run.says(["there is no variable USAGE_REPORT_SERVICE_HOST; `usage-report config example` shows all"]);
    place.run(2, ["config", "check", "none.toml"]).says(["cannot read the configuration none.toml"]);
}
