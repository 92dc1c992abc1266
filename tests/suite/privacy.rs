//! No raw identifier of a dump is found again: in no file of the lake, and in nothing that is printed.

use std::fs;

use super::dumps::{captured, mixed};
use super::harness::Place;
use super::traces::{identifiers, identifiers_of_dumps, readable};

fn check(folder: &std::path::Path, at_least: usize, known: &[&str]) {
    let raw = identifiers_of_dumps(folder);
    assert!(raw.len() >= at_least, "only {} identifiers found in {}", raw.len(), folder.display());
    for id in known {
        assert!(raw.contains(*id), "the search misses {id}");
    }
    let place = Place::new();
    let run = place.run_any(["run".as_ref(), folder.as_os_str()]);
    assert!(matches!(run.code, Some(0 | 1)), "{run}");
    let mut texts = readable(&place);
    texts.push(("run".to_owned(), run.output()));
    assert!(texts.len() > 60, "hardly anything was looked at");
    for (name, bytes) in texts {
        let leaked: Vec<_> = identifiers(&bytes).intersection(&raw).cloned().collect();
        assert!(leaked.is_empty(), "{name} holds raw identifiers: {leaked:?}");
    }
}

#[test]
fn of_what_dbt_sent() {
    // A project's MD5 (it is in the developer-mode file and in every other), in the JSON and in the protobuf.
    check(&captured(), 500, &["8864085ece8e135ccf825b6b43649194", "2f9a59f1-ddb1-4b02-9524-e614081055b5"]);
}

#[test]
fn of_enriched_events_with_addresses_and_pages() {
    let raw = identifiers_of_dumps(&mixed());
    assert!(raw.iter().any(|id| id.starts_with("203.0.113.")), "the fixture has no IP address");
    assert!(raw.contains("docs.example.com"), "the fixture has no page");
    check(&mixed(), 5000, &["docs.example.com"]);
}

#[test]
fn of_refused_records() {
    let place = Place::new();
    let line =
        "{\"app_id\":\"dbt\",\"event_id\":\"4c5ba0a4-0f8e-4b7e-9a3c-0d1e2f3a4b5c\",\"user_ipaddress\":\"203.0.113.9\"";
    place.write("dumps/broken.ndjson", format!("{line}\n"));
    place.run_any(["run", "dumps"]);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM rejects"), 1);
    let raw = identifiers(line.as_bytes());
    assert_eq!(raw.len(), 2, "{raw:?}");
    for (name, bytes) in readable(&place) {
        assert!(identifiers(&bytes).is_disjoint(&raw), "{name} holds identifiers of a refused record");
    }
    // Asked for, they are shown: from the dump.
    place.run(0, ["rejects", "--show"]).shows(["203.0.113.9"]);
}

#[test]
fn a_key_made_for_a_first_try_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let mut command = place.command(["ingest".as_ref(), captured().join("dbt-1.5.11.payload.ndjson").as_os_str()]);
    command.env_remove("USAGE_REPORT_KEY");
    let run = super::harness::Run::of(command);
    assert_eq!(run.code, Some(0), "{run}");
    let key = place.path("lake/key");
    assert_eq!(fs::metadata(&key).expect("the key").permissions().mode() & 0o777, 0o600);
    let secret = fs::read_to_string(&key).expect("the key");
    for (name, bytes) in place.files("lake") {
        let holds = String::from_utf8_lossy(&bytes).contains(secret.trim());
        assert_eq!(holds, name.ends_with("key"), "{}", name.display());
    }
    assert!(!run.stderr.contains(secret.trim()) && !run.text().contains(secret.trim()), "the key is printed");
}
