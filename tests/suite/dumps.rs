//! Dumps for tests: those of `tests/fixtures`, and their records one by one.

use std::fs;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::harness::{files_under, project};

/// What real dbt versions sent.
pub fn captured() -> PathBuf {
    project("tests/fixtures/captured")
}

/// A generated set of dumps with the faults that real ones have, in four formats.
pub fn mixed() -> PathBuf {
    project("tests/fixtures/mixed/raw")
}

/// What a correct pipeline finds in [`mixed`].
pub fn truth() -> Value {
    json(&project("tests/fixtures/mixed/truth.json"))
}

/// A dump of `tests/fixtures/formats`.
pub struct Fixture {
    /// Its path from there.
    pub name: String,
    /// The file.
    pub file: Vec<u8>,
    /// What is in it, decompressed.
    pub bytes: Vec<u8>,
    /// What must be found in it.
    pub expected: Value,
}

/// The dumps of all formats.
pub fn fixtures() -> Vec<Fixture> {
    let root = project("tests/fixtures/formats");
    let expected = json(&root.join("expected.json"));
    let files = expected.as_object().expect("an object").iter();
    files
        .map(|(name, expected)| {
            let file = fs::read(root.join(name)).expect("the fixture");
            let bytes = if name.ends_with(".gz") { gunzip(&file) } else { file.clone() };
            Fixture { name: name.clone(), file, bytes, expected: expected.clone() }
        })
        .collect()
}

/// The dump of a form that has no faults, and how many events it holds.
pub fn basic(form: &str) -> (Vec<u8>, u64) {
    let is_it = |fixture: &Fixture| fixture.name.starts_with(&format!("{form}/basic."));
    let fixture = fixtures().into_iter().find(is_it).unwrap_or_else(|| panic!("no fixture of {form}"));
    (fixture.bytes, fixture.expected["events"].as_u64().expect("a count"))
}

/// A file of JSON.
pub fn json(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Lines of real tracker payloads.
pub fn payload_lines() -> Vec<String> {
    let text = fs::read_to_string(captured().join("dbt-1.8.9.payload.ndjson")).expect("the fixture");
    text.lines().map(str::to_owned).collect()
}

/// A generated dump of enriched events, decompressed: the largest of its format.
pub fn enriched_tsv() -> Vec<u8> {
    let files = files_under(&mixed().join("enriched-tsv"));
    files.into_values().map(|bytes| gunzip(&bytes)).max_by_key(Vec::len).expect("the fixture")
}

/// Decompresses gzip, as far as it goes.
pub fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    // What comes out before the end of a truncated file is what is wanted of it.
    let _ = GzDecoder::new(bytes).read_to_end(&mut out);
    out
}

/// Compresses with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes bytes");
    encoder.finish().expect("memory takes bytes")
}
