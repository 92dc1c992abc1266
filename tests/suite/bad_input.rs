//! Broken input: a clear message with place and reason, everything else still processed, nothing lost.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use super::dumps::{captured, enriched_tsv, gunzip, gzip, payload_lines};
use super::harness::{Place, Run};

const GOOD: &str = "good.ndjson";

/// A place with one sound dump, [`GOOD`], in the folder `dumps`.
fn place() -> Place {
    let place = Place::new();
    place.write(&format!("dumps/{GOOD}"), payload_lines().join("\n"));
    place
}

/// The sound dump is in the marts, whole: other dumps are of other days, or of dbt 2.
fn assert_good_is_there(place: &Place) {
    let sql = "SELECT COUNT(*) AS n FROM invocations WHERE engine = 'core-1' AND day > CAST('2026-11-01' AS DATE)";
    assert_eq!(place.count(sql), 20);
}

#[test]
fn a_broken_line_is_counted_located_and_shown() {
    let place = place();
    let mut lines = payload_lines();
    let offset: usize = lines[..3].iter().map(|line| line.len() + 1).sum();
    let broken = "{\"schema\": \"a \u{1b}[31mbroken\u{1b}[0m line";
    lines.insert(3, broken.to_owned());
    let path = place.write(&format!("dumps/{GOOD}"), lines.join("\n"));

    place.run(0, ["run", "dumps"]).says(["refused 1: not_json"]);
    assert_good_is_there(&place);
    let rejects = place.query("SELECT * FROM rejects");
    assert_eq!(rejects.len(), 1, "{rejects:?}");
    assert_eq!(rejects[0]["stage"], "decode");
    assert_eq!(rejects[0]["reason"], "not_json");
    assert_eq!(rejects[0]["source_offset"].as_u64(), Some(offset as u64));
    assert_eq!(rejects[0]["source_length"].as_u64(), Some(broken.len() as u64 + 1));

    let place_of_it = format!("{}: byte {offset},", fs::canonicalize(path).expect("a path").display());
    let shown = place.run(0, ["rejects", "--show"]);
    shown.shows(["1  not_json", place_of_it.as_str(), "broken"]);
    assert!(!shown.text().contains('\u{1b}'), "a control character reaches the terminal\n{shown}");
    let counted = place.run(0, ["rejects"]);
    assert!(!counted.text().contains("broken"), "bytes of a dump are shown unasked\n{counted}");
}

#[test]
fn more_rejects_than_allowed_are_told_by_the_exit_code() {
    let place = place();
    place.write("dumps/broken.ndjson", format!("{}\nnull\nnull\n", payload_lines()[0]));
    place.run(1, ["run", "dumps", "--max-rejects", "1"]).says(["2 records refused", "--max-rejects"]);
    assert_good_is_there(&place);
    let other = Place::new();
    other.write("dumps/broken.ndjson", format!("{}\nnull\nnull\n", payload_lines()[0]));
    other.run(0, ["run", "dumps", "--max-rejects", "2"]);
}

#[test]
fn of_a_truncated_gzip_everything_before_the_cut_is_there() {
    let place = place();
    let whole = gzip(&enriched_tsv());
    let cut = &whole[..whole.len() / 2];
    place.write("dumps/cut.tsv.gz", cut);
    let read = gunzip(cut);
    let lines = read.iter().filter(|byte| **byte == b'\n').count();
    assert!(lines > 20, "the cut leaves too little to test with");

    let run = place.run(1, ["run", "dumps"]);
    run.says([format!("cut.tsv.gz: the file ends at compressed byte {}", cut.len())]);
    assert_good_is_there(&place);
    let source = place.query("SELECT * FROM sources WHERE format = 'enriched-tsv'").remove(0);
    // One more record: what the cut has left of a line.
    assert_eq!(source["records"].as_u64(), Some(lines as u64 + 1), "{source:?}");
    let rejects = place.query("SELECT * FROM rejects WHERE reason = 'truncated'");
    assert_eq!(rejects.len(), 1, "{rejects:?}");
    assert_eq!(rejects[0]["stage"], "decompress");
    // Where the compressed file ends is known; how much came out of it is up to the decompressor.
    let offset = rejects[0]["source_offset"].as_u64().expect("an offset");
    assert!(offset > 0 && offset <= read.len() as u64, "{rejects:?}");
}

#[test]
fn a_corrupt_gzip_is_told() {
    let place = place();
    let mut bytes = gzip(&enriched_tsv());
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0xaa);
    place.write("dumps/flipped.tsv.gz", &bytes);
    place.run(1, ["run", "dumps"]).says(["flipped.tsv.gz", "corrupt compressed data"]);
    assert_good_is_there(&place);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM rejects WHERE reason = 'corrupt'"), 1);
}

#[test]
fn a_dangling_link_is_told() {
    let place = place();
    symlink(place.path("nowhere"), place.path("dumps/link.ndjson")).expect("a link");
    place.run(1, ["run", "dumps"]).says(["link.ndjson", "No such file"]);
    assert_good_is_there(&place);
}

#[test]
fn what_is_neither_file_nor_folder_is_told() {
    let place = place();
    let _listener = UnixListener::bind(place.path("s")).expect("a socket");
    place.run(1, ["run", "dumps", "s"]).says(["s: expected a file or a folder"]);
    assert_good_is_there(&place);
}

#[test]
fn a_wrong_path_is_told() {
    let place = place();
    let run = place.run(1, ["run", "dumps", "dump/2026", "other-*.gz"]);
    run.says(["dump/2026: no such file or folder", "other-*.gz: no path matches this pattern"]);
    assert_good_is_there(&place);
    Place::new().run(2, ["run", "nowhere"]).says(["nowhere: no such file or folder", "no dump to read"]);
    // Nothing is made for dumps that are not there.
    let place = Place::new();
    let mut command = place.command(["ingest", "nowhere"]);
    command.env_remove("USAGE_REPORT_KEY");
    Run::of(command).says(["nowhere: no such file or folder", "no dump to read"]);
    assert!(!place.path("lake").exists(), "there is a lake");
}

#[test]
fn an_archive_is_no_dump() {
    let place = place();
    place.write("dumps/dumps.zip", b"PK\x03\x04\x14\0\0\0\x08\0rest of an archive");
    place.run(1, ["run", "dumps"]).says(["dumps.zip: expected a dump, found a zip"]);
    assert_good_is_there(&place);
}

#[test]
fn an_empty_file_is_an_empty_dump() {
    let place = place();
    place.write("dumps/empty.ndjson", b"");
    place.write("dumps/empty.ndjson.gz", gzip(b""));
    place.run(0, ["run", "dumps"]).says(["0 refused"]);
    assert_good_is_there(&place);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM sources WHERE format = 'empty' AND records = 0"), 2);
}

#[test]
fn an_unknown_format_is_refused_line_by_line() {
    let place = place();
    place.write("dumps/notes.txt", "hello\nworld\n");
    place.run(1, ["run", "dumps"]).says(["notes.txt: no line or frame of the file has the form of a known format"]);
    assert_good_is_there(&place);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM rejects WHERE reason = 'unknown_format'"), 2);
    place.run(0, ["rejects", "--show", "--reason", "unknown_format"]).shows(["hello", "world"]);
}

#[test]
fn a_format_that_is_forced_is_not_told_by_content() {
    let place = place();
    let run = place.run(0, ["ingest", "dumps", "--format", "enriched-tsv"]);
    run.says(["20 refused", "refused 20: field_count"]);
}

#[test]
fn of_a_cut_off_frame_the_ones_before_are_there() {
    let place = place();
    let bytes = fs::read(captured().join("dbt-2.0.0-preview.196.vortex.binpb")).expect("the fixture");
    place.write("dumps/cut.binpb", &bytes[..bytes.len() - 10]);
    place.run(0, ["run", "dumps"]).says(["refused 1: frame_cut_off"]);
    assert_good_is_there(&place);
    assert!(place.count("SELECT COUNT(*) AS n FROM invocations WHERE engine <> 'core-1'") >= 20);
}

#[test]
fn a_dump_that_is_mended_is_read() {
    let place = place();
    let whole = gzip(&enriched_tsv());
    place.write("dumps/late.tsv.gz", &whole[..whole.len() / 2]);
    place.run(1, ["run", "dumps"]);
    let half = place.count("SELECT COUNT(*) AS n FROM node_runs");
    place.write("dumps/late.tsv.gz", &whole);
    place.run(0, ["run", "dumps"]);
    let all = place.count("SELECT COUNT(*) AS n FROM node_runs");
    assert!(all > half, "{all} node runs after the whole dump came, {half} before");

    let alone = Place::new();
    alone.write("dumps/late.tsv.gz", &whole);
    alone.write(&format!("dumps/{GOOD}"), payload_lines().join("\n"));
    alone.run(0, ["run", "dumps"]);
    assert_eq!(all, alone.count("SELECT COUNT(*) AS n FROM node_runs"), "what the half had is counted twice");
}
