//! What a dump may cost: at each limit a record is read, one beyond it is refused with its reason, and reading goes on.

use serde_json::Value;

use super::Attack;
use crate::dumps::{gzip, payload_lines};
use crate::harness::Place;

/// A limit on records.
struct Limit {
    flag: &'static str,
    default: usize,
    /// A lower one.
    low: usize,
    /// What is refused for it.
    reason: &'static str,
    /// A line that comes to so much.
    line: fn(usize) -> String,
}

/// A payload with these events.
fn payload(events: &str) -> String {
    format!(r#"{{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[{events}]}}"#)
}

/// A payload with one event, at the end of which stands this.
fn with(what: &str) -> String {
    let of_dbt: Value = serde_json::from_str(&payload_lines()[0]).expect("JSON");
    let event = of_dbt["data"][0].to_string();
    payload(&format!("{}{what}}}", event.strip_suffix('}').expect("an object")))
}

const LIMITS: [Limit; 4] = [
    Limit {
        flag: "--max-record",
        default: 16 << 20,
        low: 20_000,
        reason: "frame_too_long",
        // The end of the line is one of its bytes.
        line: |bytes| with(&" ".repeat(bytes - 1 - with("").len())),
    },
    Limit {
        flag: "--max-json-depth",
        default: 64,
        low: 10,
        reason: "too_deep",
        // Around it are the event, the list and the payload.
        line: |depth| with(&format!(r#","new":{}{}"#, "[".repeat(depth - 3), "]".repeat(depth - 3))),
    },
    Limit {
        flag: "--max-events",
        default: 20_000,
        low: 40,
        reason: "too_many_events",
        // Another application's, or so many would be longer than a record may be.
        line: |events| payload(&vec![r#"{"aid":"docs"}"#; events].join(",")),
    },
    Limit {
        flag: "--max-string",
        default: 1 << 20,
        low: 20_000,
        reason: "string_too_long",
        line: |bytes| with(&format!(r#","new":"{}""#, "x".repeat(bytes))),
    },
];

/// Adds two dumps: a line between two others that comes to just so much, and one that comes to one more.
fn add(attack: &mut Attack, limit: &Limit, most: usize) {
    let sound = format!("{}\n", with(""));
    for (name, size, is_beyond) in [("at", most, false), ("beyond", most + 1, true)] {
        let line = format!("{}\n", (limit.line)(size));
        let rejects = [(limit.reason, sound.len() as u64, line.len() as u64)];
        let events = 2 + u64::from(!is_beyond && line.contains(r#""aid":"dbt""#));
        let dump = [&sound[..], &line, &sound].concat();
        attack.dump(&format!("{name} {}", limit.flag), dump, events, if is_beyond { &rejects } else { &[] });
    }
}

#[test]
fn each_has_a_default() {
    let mut attack = Attack::new();
    for limit in &LIMITS {
        add(&mut attack, limit, limit.default);
    }
    attack.check(&[]);
    // Those of whole dumps stand here only: 64 GiB take too long, and so do some thousand files.
    let help = Place::new().run(0, ["ingest", "--help"]).text();
    let defaults = LIMITS.iter().map(|limit| (limit.flag, limit.default));
    let others = [("--max-decompressed", 64 << 30), ("--max-ratio", 500), ("--max-days", 5000)];
    for (flag, default) in defaults.chain(others) {
        let (_, of_flag) = help.split_once(flag).unwrap_or_else(|| panic!("no {flag} in {help}"));
        let (of_flag, _) = of_flag.split_once(']').expect("a default");
        assert!(of_flag.ends_with(&format!("[default: {default}")), "{flag}: {of_flag}");
    }
}

#[test]
fn each_has_a_flag() {
    for limit in &LIMITS {
        let mut attack = Attack::new();
        add(&mut attack, limit, limit.low);
        attack.check(&[limit.flag, &limit.low.to_string()]);
    }
}

/// A dump of lines is read where as much may come out of it as fits. Where that is one less, `end` bytes come out, and the
/// last line is refused.
fn cut_off_by(flag: &str, fits: u64, dump: &[u8], end: u64, reason: &str) {
    let lines = dump.iter().filter(|byte| **byte == b'\n').count() as u64;
    let last = dump[..dump.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("lines") as u64 + 1;
    let file = gzip(dump);
    let mut attack = Attack::new();
    attack.dump("hostile", &file, lines, &[]);
    attack.check(&[flag, &fits.to_string()]);
    let mut attack = Attack::new();
    attack.dump("hostile", &file, lines - 1, &[(reason, last, end - last)]);
    assert_eq!(attack.check(&[flag, &(fits - 1).to_string()]).run.code, Some(1));
}

#[test]
fn what_comes_out_of_a_dump_has_a_most() {
    let dump = format!("{}\n", with("")).repeat(100);
    let size = dump.len() as u64;
    cut_off_by("--max-decompressed", size, dump.as_bytes(), size - 1, "too_large");
}

#[test]
fn what_comes_out_of_each_byte_of_a_dump_has_a_most() {
    // Just over 16 MiB, which may come out of any dump: so one ratio less takes no more than the last line.
    let line = format!("{}\n", with(&" ".repeat(1 << 20)));
    let dump = line.repeat(17).into_bytes();
    let in_file = gzip(&dump).len() as u64;
    let fits = (dump.len() as u64).div_ceil(in_file);
    let end = ((fits - 1) * in_file).max(16 << 20);
    cut_off_by("--max-ratio", fits, &dump, end, "too_dense");
}
