//! Traces of dumps: everything that can be read of a lake and that the program prints, and what could be found in it
//! that was in a dump.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use percent_encoding::percent_decode;
use usage_report::event::ids::is_uuid;
use usage_report::query::{Kind, Library};
use usage_report::staging::{SideTable, TableId};

use super::dumps::gunzip;
use super::harness::{Place, files_under};

/// Everything in some bytes that has the form of an identifier: UUIDs, MD5 sums, IP addresses, host names.
pub fn identifiers(bytes: &[u8]) -> BTreeSet<String> {
    /// Characters in a UUID and in an MD5 sum.
    const UUID: usize = 36;
    const MD5: usize = 32;
    let mut found = BTreeSet::new();
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    for word in bytes.split(|byte| !is_word(byte)).filter(|word| word.len() >= 7) {
        let Ok(word) = std::str::from_utf8(word) else { continue };
        // In a binary form a letter may stand before the id, and another after it.
        for start in 0..(word.len() + 1).saturating_sub(MD5) {
            let part = |length: usize| word.get(start..start + length);
            let uuid = part(UUID).filter(|part| is_uuid(part));
            found.extend(uuid.or(part(MD5).filter(|part| is_md5(part))).map(str::to_ascii_lowercase));
        }
        if word.split('.').count() == 4 && word.split('.').all(|part| part.parse::<u8>().is_ok()) {
            found.insert(word.to_owned());
        }
        if word.ends_with(".example.com") {
            found.insert(word.to_owned());
        }
    }
    found
}

fn is_md5(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The bytes of a dump as they are, without their encodings: what is compressed, what percent signs stand for, and what
/// is in base64, in each other too.
pub fn layers(dump: Vec<u8>) -> Vec<Vec<u8>> {
    /// Shorter words are no contexts and no payload.
    const SHORTEST: usize = 100;
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engines = [&STANDARD, &URL_SAFE].map(|alphabet| GeneralPurpose::new(alphabet, config));
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let dump = if dump.starts_with(&[0x1f, 0x8b]) { gunzip(&dump) } else { dump };
    let (mut layers, mut next) = (vec![dump], 0);
    while let Some(layer) = layers.get(next) {
        let mut inner: Vec<Vec<u8>> = Vec::new();
        if layer.contains(&b'%') {
            inner.extend(Some(percent_decode(layer).collect()).filter(|decoded| decoded != layer));
        }
        for word in layer.split(|byte| !is_base64(byte)).filter(|word| word.len() >= SHORTEST) {
            inner.extend(engines.iter().find_map(|engine| engine.decode(word).ok()));
        }
        layers.extend(inner);
        next += 1;
    }
    layers
}

/// The identifiers of all dumps in a folder, encoded ones too.
pub fn identifiers_of_dumps(folder: &Path) -> BTreeSet<String> {
    files_under(folder).into_values().flat_map(layers).flat_map(|layer| identifiers(&layer)).collect()
}

/// Everything that can be read of a lake: its files, every table, and what each command prints of it.
pub fn readable(place: &Place) -> Vec<(String, Vec<u8>)> {
    let mut texts = files(place, "lake");
    let library = Library::load().expect("the library");
    let own = [Kind::Mart, Kind::View].into_iter().flat_map(|kind| library.of_kind(kind)).map(|query| query.name);
    let staging = TableId::all().map(TableId::name).chain(SideTable::ALL.map(SideTable::name));
    for table in staging.chain(own).chain(["sources", "duplicates"]) {
        texts.push(printed(place, &["query", &format!("SELECT * FROM {table}"), "--format", "json"]));
    }
    for arguments in [
        &["report"][..],
        &["report", "--format", "json"],
        &["report", "unrecognized", "--format", "csv"],
        &["rejects"],
        &["schema"],
        &["build"],
        &["reparse", "--dry-run"],
    ] {
        texts.push(printed(place, arguments));
    }
    texts
}

/// What a command prints, which must go well.
pub fn printed(place: &Place, arguments: &[&str]) -> (String, Vec<u8>) {
    let run = place.run(0, arguments);
    (format!("{arguments:?}"), run.output())
}

/// Every file of a lake, as it lies there; and what is in it, where that is compressed.
pub fn files(place: &Place, lake: &str) -> Vec<(String, Vec<u8>)> {
    let mut texts = Vec::new();
    for (path, bytes) in place.files(lake) {
        if path.extension().is_some_and(|extension| extension == "parquet") {
            texts.push((format!("{} decoded", path.display()), decoded(&place.path(lake).join(&path))));
        }
        texts.push((path.display().to_string(), bytes));
    }
    texts
}

/// The rows of a Parquet file, and what its footer says besides.
fn decoded(path: &Path) -> Vec<u8> {
    let file = SerializedFileReader::new(File::open(path).expect("a file")).expect("Parquet");
    let mut text = format!("{:?}", file.metadata().file_metadata().key_value_metadata());
    for row in file.get_row_iter(None).expect("rows") {
        text.push('\n');
        text.push_str(&row.expect("a row").to_string());
    }
    text.into_bytes()
}
