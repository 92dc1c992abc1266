//! Dumps, lake, configuration and reports in an object store: all is as it is in a folder, whatever happens on the way.

mod proxy;
pub(super) mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::Duration;

use crate::dumps::{gunzip, mixed};
use crate::harness::{Place, Run, files_under};
use crate::lake::assert_same;
use crate::python::script;
use proxy::{Proxy, Way};
use server::Server;

/// The whole job over the dumps `dumps` of the bucket, in its lake `lake`.
const JOB: [&str; 4] = ["run", "s3://bucket/dumps", "--lake", "s3://bucket/lake"];

/// A server that has the mixed dumps, and a place that has their lake in the folder `lake`.
fn both() -> (Server, Place) {
    let (server, place) = (Server::start(), Place::with_lake_of(&mixed()));
    server.put_all("dumps", &mixed());
    (server, place)
}

/// Runs the program against a server.
fn run(server: &Server, place: &Place, code: i32, arguments: &[&str]) -> Run {
    through(server, place, server.port, code, arguments)
}

fn through(server: &Server, place: &Place, port: u16, code: i32, arguments: &[&str]) -> Run {
    let run = Run::of(server.command(place, port, arguments));
    assert!(run.code == Some(code), "expected exit code {code}\n{run}");
    Server::assert_silent(&run.output());
    run
}

/// What is in the folder of temporary files.
fn left_behind(place: &Place) -> BTreeMap<PathBuf, Vec<u8>> {
    place.files("temporary")
}

#[test]
fn a_lake_in_a_bucket_is_that_of_a_folder() {
    let (server, place) = both();
    let local = place.run_any([JOB[0].as_ref(), mixed().as_os_str()]);
    let first = run(&server, &place, 0, &JOB);
    assert_same(&place.lake("lake"), &server.lake("lake"), "a first run");
    assert_eq!(left_behind(&place).len(), 0, "temporary files are left");
    assert_eq!(local.text(), first.text(), "the headline");

    let sightings = || server.files("lake/sightings");
    let before = sightings();
    let second = run(&server, &place, 0, &JOB);
    second.says(["nothing new"]);
    assert_same(&place.lake("lake"), &server.lake("lake"), "a second run");
    assert_eq!((before.len(), sightings()), (1, before));
}

#[test]
fn a_notebook_reads_marts_where_they_lie() {
    let (server, place) = both();
    run(&server, &place, 0, &JOB);
    let mut notebook = script("tests/python/bucket.py", ["s3://bucket/lake"]);
    let read = Run::of({
        notebook.envs(server.environment(server.port));
        notebook
    });
    let runs = place.count("SELECT COUNT(*) AS runs FROM invocations");
    assert_eq!((read.code, read.text().trim()), (Some(0), &*runs.to_string()), "{read}");
}

#[test]
fn two_at_once_make_one_lake() {
    let (server, place) = both();
    let start = || -> Child { server.command(&place, server.port, JOB).spawn().expect("the program starts") };
    let children = [start(), start()];
    for mut child in children {
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
    }
    assert_same(&place.lake("lake"), &server.lake("lake"), "two at once");
}

#[test]
fn a_job_that_is_killed_is_completed_by_the_next() {
    let (server, place) = both();
    let proxy = Proxy::start(server.port, Way::Until(usize::MAX));
    through(&server, &place, proxy.port, 0, &JOB);
    let all = proxy.answers();
    assert!(all > 100, "{all} answers are no whole job");
    let expected = place.lake("lake");
    for part in 1..8 {
        let until = all * part / 8;
        let (server, place) = (Server::start(), Place::new());
        server.put_all("dumps", &mixed());
        let proxy = Proxy::start(server.port, Way::Until(until));
        let mut job = server.command(&place, proxy.port, JOB).spawn().expect("the program starts");
        while proxy.answers() <= until && job.try_wait().expect("it is known").is_none() {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = job.kill();
        assert_ne!(job.wait().expect("it ends").code(), Some(0), "it was not killed after {until} of {all} answers");
        // What it has not finished nobody sees: a reader finds a lake, or none.
        let report =
            Run::of(server.command(&place, server.port, ["report", "totals_of_week", "--lake", "s3://bucket/lake"]));
        assert!(report.code == Some(0) || report.stderr.contains("no data"), "{report}");
        run(&server, &place, 0, &JOB);
        assert_same(&expected, &server.lake("lake"), &format!("killed after {until} of {all} answers"));
    }
}

#[test]
fn a_store_that_fails_again_and_again_only_takes_longer() {
    let (server, place) = both();
    let proxy = Proxy::start(server.port, Way::Faulty(1128));
    through(&server, &place, proxy.port, 0, &JOB);
    assert_same(&place.lake("lake"), &server.lake("lake"), "through faults");
    assert!(proxy.faults() > 30, "only {} connections were broken", proxy.faults());
    assert_eq!(left_behind(&place).len(), 0, "temporary files are left");
    let report = through(&server, &place, proxy.port, 0, &["report", "totals_of_week", "--lake", "s3://bucket/lake"]);
    assert_eq!(report.text(), place.run(0, ["report", "totals_of_week"]).text());
}

#[test]
fn dumps_are_found_as_files_are() {
    let (server, place) = (Server::start(), Place::new());
    let line = |number: u32| format!("{{\"a\": {number}}}\n");
    let names = [
        "d/1/a.ndjson",
        "d/1/b.ndjson",
        "d/2/a.ndjson",
        "d/2/.hidden",
        "d/README.md",
        "d/_x/c",
        "d/3/y.tmp/z",
        "e",
        "d é/1",
    ];
    for (number, name) in (0..).zip(names) {
        server.put(name, line(number));
    }
    // Some tools make an object of a folder.
    server.put("empty", "");
    let found = |paths: &[&str], code: i32| {
        let arguments = [&["run", "--dry-run", "--lake", "s3://bucket/lake"], paths].concat();
        run(&server, &place, code, &arguments)
    };
    let listed = |run: &Run| {
        let text = run.text();
        let names = text.lines().filter_map(|line| Some(line.trim().strip_prefix("s3://bucket/")?.split_once(" (")?.0));
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    for (paths, expected) in [
        (&["s3://bucket/d"][..], &["d/1/a.ndjson", "d/1/b.ndjson", "d/2/a.ndjson", "d/_x/c"][..]),
        (&["s3://bucket/d/"], &["d/1/a.ndjson", "d/1/b.ndjson", "d/2/a.ndjson", "d/_x/c"]),
        (&["s3://bucket/d/*/a.ndjson"], &["d/1/a.ndjson", "d/2/a.ndjson"]),
        (&["s3://bucket/d/[12]"], &["d/1/a.ndjson", "d/1/b.ndjson", "d/2/a.ndjson"]),
        (&["s3://bucket/**/b.*", "s3://bucket/e"], &["d/1/b.ndjson", "e"]),
        (&["s3://bucket/d/2/.hidden", "s3://bucket/d/README.md"], &["d/2/.hidden", "d/README.md"]),
        (&["s3://bucket/d é"], &["d é/1"]),
    ] {
        assert_eq!(listed(&found(paths, 0)), expected, "{paths:?}");
    }
    found(&["s3://bucket/none"], 2).says(["s3://bucket/none: no such file or folder"]);
    found(&["s3://bucket/d/*.gz"], 2).says(["s3://bucket/d/*.gz: no path matches this pattern"]);
    found(&["s3://bucket/d/3"], 2).says(["s3://bucket/d/3: no files here"]);
    found(&["s3://bucket/d/[1"], 2).says(["not a valid pattern"]);
    found(&["s3://no-such-bucket/d"], 2).says(["s3://no-such-bucket/d"]);
}

#[test]
fn everything_may_lie_in_a_bucket() {
    let (server, place) = both();
    server.put(
        "etc/usage-report.toml",
        "lake = 's3://bucket/lake'\n[dumps]\npaths = ['../dumps', 's3://bucket/dumps']\n[reports]\nfolder = 'out'\n\
         formats = ['csv', 'html']\nqueries = 'queries'\n[metrics]\nfile = 'metrics.prom'\n",
    );
    let config = "s3://bucket/etc/usage-report.toml";
    // An address has no parent folder in its name.
    let refused = Run::of(server.command(&place, server.port, ["run", "--config", config]));
    assert!(refused.code == Some(1), "{refused}");
    refused.says(["s3://bucket/etc/../dumps"]);
    let text = String::from_utf8(server.files("etc")[Path::new("usage-report.toml")].clone());
    server.put("etc/usage-report.toml", text.expect("text").replace("'../dumps', ", ""));
    server.put(
        "etc/queries/mine.sql",
        "-- title: Mine\n-- question: How many?\n-- section: usage\n-- unit: runs\nSELECT COUNT(*) AS runs FROM invocations\n",
    );
    let check = Run::of(server.command(&place, server.port, ["config", "check", "--config", config]));
    assert!(check.code == Some(0), "{check}");
    run(&server, &place, 0, &["run", "--config", config]);
    let out = server.files("etc/out");
    assert!(out.len() > 70 && out.contains_key(Path::new("usage-report.html")), "{:?}", out.keys());
    let count = place.count("SELECT COUNT(*) AS runs FROM invocations");
    let mine = String::from_utf8_lossy(&out[Path::new("mine.csv")]).into_owned();
    assert!(mine.trim_end().ends_with(&count.to_string()), "{mine}");
    let metrics = server.files("etc");
    assert!(!metrics[Path::new("metrics.prom")].is_empty());

    // What reads, reads there.
    for arguments in [
        &["rejects"][..],
        &["query", "SELECT os, COUNT(*) AS runs FROM invocations GROUP BY os ORDER BY os"],
        &["report", "totals_of_week", "--format", "csv"],
        &["query", "SELECT table_name, COUNT(*) AS n FROM duplicates GROUP BY table_name ORDER BY table_name"],
    ] {
        let there = run(&server, &place, 0, &[arguments, &["--lake", "s3://bucket/lake"]].concat());
        let here = place.run(0, arguments);
        let as_here = there.text().replace("s3://bucket/dumps", &mixed().display().to_string());
        assert_eq!(as_here, here.text(), "{arguments:?}");
    }
    // What keeps the lake in order does so there: nothing is left to do, as here.
    for arguments in [&["compact", "--all"][..], &["gc", "--older-than", "0s"], &["build"]] {
        run(&server, &place, 0, &[arguments, &["--lake", "s3://bucket/lake"]].concat());
        place.run(0, arguments);
        let there = data(server.lake("lake"));
        assert_same(&data(place.lake("lake")), &there, &format!("after {arguments:?}"));
    }
    assert_eq!(left_behind(&place).len(), 0, "temporary files are left");
}

/// What of a lake does not depend on which reports there are.
fn data(mut lake: BTreeMap<PathBuf, Vec<u8>>) -> BTreeMap<PathBuf, Vec<u8>> {
    lake.retain(|path, _| ["staging", "receipts", "marts", "inputs"].iter().any(|folder| path.starts_with(folder)));
    lake
}

#[test]
fn what_cannot_be_reached_is_told_with_place_and_reason() {
    let (server, place) = (Server::start(), Place::new());
    server.put_all("dumps", &mixed());
    let mut without_key = server.command(&place, server.port, JOB);
    let without_key = Run::of({
        without_key.env_remove("USAGE_REPORT_KEY");
        without_key
    });
    assert_eq!(without_key.code, Some(2), "{without_key}");
    without_key.says(["there is no key, and none is made for a lake in an object store", "--key-file"]);

    let mut stranger = server.command(&place, server.port, JOB);
    let stranger = Run::of({
        stranger.env("AWS_SECRET_ACCESS_KEY", "another secret");
        stranger
    });
    assert!(stranger.code != Some(0), "{stranger}");
    stranger.says(["s3://bucket", "does not allow it with these credentials", "SignatureDoesNotMatch"]);
    assert!(!stranger.stderr.contains("another secret"), "{stranger}");
    assert_eq!(server.files("lake").len(), 0, "something was written without a right to");
}

#[test]
fn large_dumps_and_files_are_read_in_ranges() {
    let (server, place) = (Server::start(), Place::new());
    let dump = large_dump();
    assert!(dump.len() > 16 << 20, "{} bytes", dump.len());
    place.write("dumps/large.tsv", &dump);
    server.put("dumps/large.tsv", &dump);
    place.run(0, ["run", "dumps"]);
    run(&server, &place, 0, &JOB);
    let lake = place.lake("lake");
    let largest = lake.values().map(Vec::len).max();
    assert!(largest > Some(300 << 10), "every file is small: {largest:?}");
    assert_same(&lake, &server.lake("lake"), "large");
    // Of large files the columns are read that are asked for, and the others are not even there.
    for sql in [
        "SELECT COUNT(*) AS n, COUNT(DISTINCT event_id) AS ids, MAX(run_index) AS last FROM run_model_events",
        "SELECT materialization, COUNT(*) AS runs, SUM(execution_seconds) AS s FROM node_runs GROUP BY materialization",
    ] {
        let there = run(&server, &place, 0, &["query", sql, "--lake", "s3://bucket/lake", "--format", "json"]);
        assert_eq!(there.rows(), place.query(sql), "{sql}");
    }
}

/// A dump of runs of models, in which no id is like another.
fn large_dump() -> Vec<u8> {
    const RUNS: usize = 16_000;
    let dump = files_under(&mixed().join("enriched-tsv")).into_values().find_map(|dump| {
        let lines = String::from_utf8_lossy(&gunzip(&dump)).into_owned();
        lines.lines().find(|line| line.contains("\"iglu:com.dbt/run_model/")).map(str::to_owned)
    });
    let line = dump.expect("a run of a model");
    let fields: Vec<&str> = line.split('\t').collect();
    let (before, after) = (fields[..6].join("\t"), fields[7..].join("\t"));
    let mut large = String::with_capacity(RUNS * (line.len() + 1));
    for number in 0..RUNS as u128 {
        // Ids that have nothing in common.
        let id = format!("{:032x}", (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        let (a, b, c, d, e) = (&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]);
        large.push_str(&format!("{before}\t{a}-{b}-{c}-{d}-{e}\t{after}\n"));
    }
    large.into_bytes()
}
