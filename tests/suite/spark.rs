//! The whole path on Spark: a lake that is the local one, whatever happens to those who work on it.
//!
//! It is the real Spark, as PyPI has it, with two worker processes. Linux tells which process is which; the tests that kill
//! some are for it alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use usage_report::spark::translated;

use super::dumps::{mixed, truth};
use super::harness::{Place, Run, files_under, project};
use super::objects::server::{BUCKET, Server};
use super::python::{interpreter, python};
use super::truth::{Check, durations, invocations, nodes, records};

/// Two workers, of one core and a gigabyte each.
const MASTER: &str = "local-cluster[2,1,1024]";

/// What makes a small job quick: code that Spark compiles for each statement is for many rows, and so are many tasks.
const QUICK: [&str; 8] = [
    "--conf",
    "spark.sql.codegen.wholeStage=false",
    "--conf",
    "spark.sql.codegen.factoryMode=NO_CODEGEN",
    "--conf",
    "spark.sql.shuffle.partitions=2",
    "--conf",
    "spark.ui.enabled=false",
];

/// A place with a job, in the folder `job`, that reads the mixed dumps into the lake `lake`.
fn planned() -> Place {
    let place = Place::new();
    let dumps = mixed();
    let arguments = ["plan", "--engine", "spark", "--lake", "lake", "--out", "job", "--dumps"].map(AsRef::as_ref);
    place.run(0, arguments.into_iter().chain([dumps.as_os_str()])).says(["run it with spark-submit"]);
    place
}

/// Submits a job to a master; what it says goes to files, of which nobody need read while it runs.
fn submit(place: &Place, master: &str) -> Command {
    let submit = interpreter().with_file_name("spark-submit");
    let mut command = place.here(Command::new(&submit));
    for variable in ["JAVA_HOME", "HOME"] {
        command.envs(std::env::var_os(variable).map(|value| (variable, value)));
    }
    command
        .env("PYSPARK_PYTHON", interpreter())
        .env("SPARK_LOCAL_IP", "127.0.0.1")
        .args(["--master", master])
        .args(QUICK)
        .stdout(Stdio::piped())
        .stderr(fs::File::create(place.path("log")).expect("a file"));
    command
}

/// The job with two workers.
fn begin(place: &Place) -> Child {
    submit(place, MASTER).arg(place.path("job/job.py")).spawn().expect("Spark starts")
}

/// What the job says, where it does not end with 0.
fn end(place: &Place, child: Child) -> String {
    let output = child.wait_with_output().expect("Spark ends");
    let log = fs::read_to_string(place.path("log")).expect("a log");
    let told: Vec<&str> = log.lines().filter(|line| !line.contains(" INFO ")).collect();
    let last = told[told.len().saturating_sub(60)..].join("\n");
    assert!(output.status.success(), "spark-submit ended with {}\n{last}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

/// Kills an executor of Spark's, if one of a master has started.
fn kill_executor(of: &Child) -> bool {
    let text = |process: &Path, file: &str| fs::read_to_string(process.join(file)).unwrap_or_default();
    let parent = |id: u32| {
        // The name of the program, in parentheses, may have anything in it.
        let stat = text(&Path::new("/proc").join(id.to_string()), "stat");
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<u32>().ok()
    };
    let is_of = |mut id: u32| loop {
        match parent(id) {
            Some(above) if above == of.id() => return true,
            Some(above) if above > 1 => id = above,
            _ => return false,
        }
    };
    let processes = fs::read_dir("/proc").expect("processes").flatten().map(|entry| entry.path());
    let is_executor = |process: &Path| text(process, "cmdline").contains("CoarseGrainedExecutorBackend");
    let id = |process: &Path| process.file_name()?.to_str()?.parse::<u32>().ok();
    let found =
        processes.filter(|process| is_executor(process)).find_map(|process| id(&process).filter(|id| is_of(*id)));
    let Some(found) = found else { return false };
    Command::new("kill").args(["-KILL", &found.to_string()]).status().is_ok_and(|status| status.success())
}

/// How many files of some kind are below a folder, whatever comes and goes there.
fn count_files(folder: &Path, is_wanted: fn(&Path) -> bool) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let of = |path: PathBuf| match path.is_dir() {
        true => count_files(&path, is_wanted),
        false => usize::from(is_wanted(&path)),
    };
    entries.flatten().map(|entry| of(entry.path())).sum()
}

/// Waits until something has come about, or the job has ended.
fn wait_until(child: &mut Child, mut is_so: impl FnMut(&Child) -> bool) -> bool {
    while child.try_wait().expect("a child").is_none() {
        if is_so(child) {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

#[test]
fn a_lake_made_by_spark_is_the_local_one_whoever_is_killed() {
    let (place, local) = (planned(), Place::with_lake_of(&mixed()));
    let mut child = begin(&place);
    // Where the job is and how far it is, its files in the lake tell.
    let has =
        |folder: &str| fs::read_dir(place.path("lake").join(folder)).is_ok_and(|mut files| files.next().is_some());
    assert!(wait_until(&mut child, |_| has("receipts") || has("staging")), "it ended before it ingested anything");
    assert!(wait_until(&mut child, kill_executor), "there was no executor to kill while it ingested");
    // Some rows are computed, and perhaps a part of others: the whole job is killed, and begun anew.
    let computed = place.path("lake/computed");
    let attempts = || count_files(&computed, |path| path.ends_with("_SUCCESS"));
    assert!(wait_until(&mut child, |_| attempts() > 0), "it ended before it computed a mart");
    child.kill().expect("killed");
    child.wait().expect("it has ended");
    let mut child = begin(&place);
    let before = attempts();
    assert!(wait_until(&mut child, |_| attempts() > before), "it ended before it computed another mart");
    assert!(wait_until(&mut child, kill_executor), "there was no executor to kill while it computed marts");
    let headline = end(&place, child);

    let lakes = [&local, &place].map(|place| place.path("lake"));
    python("tests/python/compare_lakes.py", &lakes);
    let checks: [Check; 4] = [invocations, nodes, durations, records];
    for check in checks {
        check(&place, &truth());
    }
    assert_eq!(attempts(), 0, "what the job needed is left in the lake");
    // Executors of the job that was killed may have written something afterwards, which nobody looks at.
    place.run(0, ["gc", "--older-than", "0s"]);
    assert_eq!(count_files(&computed, |_| true), 0, "what the killed job has left is not removed");
    let dumps = mixed();
    for told in ["Success by version (success_by_version)", "Accounting of what was read (accounting)", "(all)"] {
        assert!(headline.contains(told), "the headline lacks {told}: {headline}");
    }

    // Once more: nothing is read, computed or written.
    let before = place.lake("lake");
    end(&place, begin(&place));
    super::lake::assert_same(&before, &place.lake("lake"), "a second run");
    // Nor is there anything to do without Spark.
    place.run(0, ["run".as_ref(), dumps.as_os_str()]).says(["nothing new", "build: 0 days", "0 files written"]);
}

/// How Spark reads a bucket of the server's: as it reads any, by the address of its objects, but that they are files here. What
/// brings them over the network comes with a platform, and is none of PyPI's.
fn mounted(server: &Server) -> [String; 3] {
    let folder = server.path("lake").display().to_string();
    [
        "spark.hadoop.fs.s3a.impl=org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme".to_owned(),
        "spark.hadoop.fs.viewfs.overload.scheme.target.s3a.impl=org.apache.hadoop.fs.LocalFileSystem".to_owned(),
        format!("spark.hadoop.fs.viewfs.mounttable.{BUCKET}.link./lake=file://{folder}"),
    ]
}

#[test]
fn a_lake_in_a_bucket_is_made_by_spark_as_well() {
    let (server, local) = (Server::start(), Place::with_lake_of(&mixed()));
    server.put_all("dumps", &mixed());
    let place = Place::new();
    let [lake, dumps] = ["lake", "dumps"].map(|folder| format!("s3://{BUCKET}/{folder}"));
    let plan = ["plan", "--engine", "spark", "--lake", &lake, "--dumps", &dumps, "--out", "job"];
    assert_eq!(Run::of(server.command(&place, server.port, plan)).code, Some(0));

    let mut command = submit(&place, "local[2]");
    command.envs(server.environment(server.port)).arg("--conf").args(mounted(&server).join(" --conf ").split(' '));
    let headline = end(&place, command.arg(place.path("job/job.py")).spawn().expect("Spark starts"));
    assert!(headline.contains("Success by version (success_by_version)"), "{headline}");
    python("tests/python/compare_lakes.py", [local.path("lake"), server.path("lake")]);
    Server::assert_silent(&fs::read(place.path("log")).expect("a log"));
    let job = place.files("job");
    job.iter().filter(|(path, _)| !path.ends_with("usage-report")).for_each(|(_, file)| Server::assert_silent(file));
    // Without Spark there is nothing to do.
    let again = Run::of(server.command(&place, server.port, ["run", &dumps, "--lake", &lake]));
    again.says(["nothing new", "build: 0 days", "0 files written"]);
}

/// Every query of the project in Spark's dialect, by its path below `queries/`.
fn translations() -> BTreeMap<String, String> {
    let queries = files_under(&project("queries"));
    let queries = queries.iter().filter(|(path, _)| path.extension().is_some_and(|extension| extension == "sql"));
    let translated = |(path, sql): (&PathBuf, &Vec<u8>)| {
        let name = path.with_extension("").display().to_string();
        let sql =
            translated(&name, std::str::from_utf8(sql).expect("text")).unwrap_or_else(|refused| panic!("{refused}"));
        (name, sql)
    };
    queries.filter(|(path, _)| !path.ends_with("macros.sql")).map(translated).collect()
}

#[test]
fn every_case_of_every_query_holds_in_spark() {
    let place = Place::new();
    let file = place.write("translated.json", serde_json::to_vec(&translations()).expect("JSON"));
    let printed = python(
        "tests/queries/check.py",
        ["--engine".as_ref(), "spark".as_ref(), "--translated".as_ref(), file.as_os_str()],
    );
    let printed = String::from_utf8(printed).expect("text");
    assert!(printed.contains("cases in spark, 0 failures"), "{printed}");
}

#[test]
fn a_query_that_spark_would_not_understand_is_refused_when_the_job_is_written() {
    let place = Place::new();
    place.write(
        "own/mine.sql",
        "-- title: Mine\n-- question: Which?\n-- key: command\nSELECT command, CONCAT(command, 'x') AS x FROM invocations GROUP BY command",
    );
    let plan = ["plan", "--engine", "spark", "--dumps", "dumps", "--out", "job", "--queries", "own"];
    place.run(2, plan).says(["mine: the function CONCAT has no faithful translation to Spark's SQL"]);
    assert!(!place.path("job").exists(), "a part of a job is there");
}

#[test]
fn a_job_is_of_the_configuration_as_it_holds() {
    let place = Place::new();
    place.write(
        "etc/usage-report.toml",
        "lake = \"lake\"\n[dumps]\npaths = [\"dumps\", \"s3://bucket/dumps\"]\nevery = \"1h\"\n[[checks]]\nkind = \"rejects\"\nmax = 0.5\n",
    );
    place
        .run(0, ["plan", "--engine", "spark", "--config", "etc/usage-report.toml", "--max-ratio", "7", "--out", "job"]);
    let show = |file: &str| place.run(0, ["config", "show", "--config", file]).text();
    let value = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("no {key} in {text}"));
        line.rsplit_once("  # ").expect("a remark").0.trim_end().to_owned()
    };
    let job = show("job/usage-report.toml");
    let root = place.path("etc").canonicalize().expect("a folder").display().to_string();
    assert_eq!(value(&job, "lake ="), format!("lake = \"{root}/lake\""));
    assert_eq!(value(&job, "dumps.paths"), format!("dumps.paths = [\"{root}/dumps\", \"s3://bucket/dumps\"]"));
    assert_eq!(value(&job, "limits.max_ratio"), "limits.max_ratio = 7");
    let original = show("etc/usage-report.toml");
    for key in ["dumps.every", "kind", "max =", "maturity.lateness"] {
        assert_eq!(value(&job, key), value(&original, key));
    }
}

#[test]
fn rows_that_nobody_has_computed_are_asked_for() {
    let place = planned();
    let dumps = mixed();
    place.run_any(["ingest".as_ref(), dumps.as_os_str()]);
    let run: Run = place.run(2, ["build", "--computed"]);
    run.says(["no rows have been computed of invocations on", "ask again"]);
    assert!(!place.path("lake/marts").exists(), "a mart is there");
    let to_do: Value = serde_json::from_str(&place.run(0, ["spark", "marts"]).text()).expect("JSON");
    assert!(to_do["days"].as_array().is_some_and(|days| days.len() > 2), "{to_do}");
    place.run(2, ["spark", "reports"]).says(["no rows have been computed of the marts on"]);
}
