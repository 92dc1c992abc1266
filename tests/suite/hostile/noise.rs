//! Bytes at random, the same ones in every run.

use std::collections::BTreeMap;

use usage_report::frame::Framing;

use super::framed::{block, field, framed};
use super::{Attack, number};
use crate::dumps::{basic, gzip};

/// So many bytes; others for another seed.
pub fn noise(seed: &str, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(seed.as_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

/// Where the lines of some bytes are that begin at `offset`, and how long they are; those are none that are blank.
fn lines(bytes: &[u8], offset: usize) -> Vec<(u64, u64)> {
    let ends = bytes.split_inclusive(|byte| *byte == b'\n').scan(offset, |end, line| {
        *end += line.len();
        Some((line, (*end - line.len()) as u64))
    });
    let not_blank = ends.filter(|(line, _)| !matches!(*line, b"\n" | b"\r\n" | b"\r"));
    not_blank.map(|(line, offset)| (offset, line.len() as u64)).collect()
}

#[test]
fn noise_has_no_form() {
    let mut attack = Attack::new();
    for size in [1, 2, 100, 10_000] {
        for seed in 0..5 {
            let (name, noise) = (format!("{size} {seed}"), noise(&format!("{seed}"), size));
            let rejects: Vec<_> = lines(&noise, 0).iter().map(|line| ("unknown_format", line.0, line.1)).collect();
            attack.dump(&name, noise, 0, &rejects);
        }
    }
    // More lines than anybody wants to see, in dumps that are read whole and in blocks.
    for size in [1 << 20, 9 << 20, 70 << 20] {
        attack.dump(&format!("{size}"), noise("large", size), 0, &[("unknown_format", 0, size as u64)]);
    }
    assert_eq!(attack.check(&[]).run.code, Some(1));
}

#[test]
fn lines_of_noise_between_sound_ones_are_refused_each() {
    let mut attack = Attack::new();
    let mut places = BTreeMap::new();
    for form in [
        "enriched-tsv",
        "enriched-json",
        "tracker-payload",
        "access-log",
        "collector-payload-base64",
        "failed-events",
        "vortex-dev",
    ] {
        let (sound, events) = basic(form);
        let noise = [noise(form, 50_000), b"\n".to_vec()].concat();
        attack.dump(form, [&sound[..], &noise, &sound].concat(), 2 * events, &[]);
        places.insert(form.to_owned(), lines(&noise, sound.len()));
    }
    let outcome = attack.ingest(&[]);
    // For which reason depends on the bytes.
    let found = attack.rejects(&outcome).into_iter().map(|(name, rejects)| {
        let rejects = rejects.into_iter().map(|(_, offset, length)| (offset, length));
        (name, rejects.collect::<Vec<_>>())
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), places, "{}", outcome.run);
    for (name, row) in &outcome.sources {
        assert_eq!(number(row, "events"), attack.expected[name].0, "{name}");
    }
}

/// Where nothing but lengths tells what is a record, noise after sound records may look like more of them; those before
/// are there.
#[test]
fn noise_after_sound_records_takes_none_of_them() {
    let mut attack = Attack::new();
    let mut begins = BTreeMap::new();
    for form in ["enriched-json-array", "collector-payload-binary", "collector-payload-elephant-bird", "vortex"] {
        let (sound, events) = basic(form);
        for size in [1, 100, 50_000, 10 << 20] {
            let name = format!("{form} {size}");
            attack.dump(&name, [&sound[..], &noise(form, size)].concat(), events, &[]);
            begins.insert(name, sound.len() as u64);
        }
    }
    let outcome = attack.ingest(&[]);
    for (name, rejects) in attack.rejects(&outcome) {
        let row = &outcome.sources[&name];
        assert_eq!(number(row, "events"), attack.expected[&name].0, "{name}");
        assert!(!rejects.is_empty(), "{name}");
        let mut end = begins[&name];
        for (reason, offset, length) in rejects {
            assert!(offset >= end && length > 0, "{name}: {reason} at {offset} of {length}, {end} before it");
            end = offset + length;
        }
        assert!(end <= number(row, "decompressed_bytes"), "{name}");
    }
}

/// Millions of records that are hardly there: what is refused takes more memory than what refuses it.
#[test]
fn a_flood_of_tiny_records() {
    let items = |count: usize| {
        let schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4";
        let items = vec![r#"{"aid":"dbt"}"#; count].join(",");
        format!("{{\"schema\":\"{schema}\",\"data\":[{items}]}}\n").into_bytes()
    };
    let batch = framed(Framing::LengthDelimited, &field(2, b"").repeat(20_000)).0;
    let blobs = block(&field(3, b"x").repeat(2_000_000));
    let (mut attack, mut refused) = (Attack::new(), BTreeMap::new());
    for (form, record, per_record, times) in [
        ("enriched-tsv", b"x\n".to_vec(), 1, 5_000_000),
        ("enriched-json-array", b"1,".to_vec(), 1, 5_000_000),
        ("collector-payload-binary", b"\0\0\0\x01x".to_vec(), 1, 2_000_000),
        ("collector-payload-elephant-bird", blobs, 2_000_000, 2),
        ("vortex", batch, 20_000, 250),
        ("tracker-payload", items(20_000), 20_000, 50),
    ] {
        let (sound, events) = basic(form);
        let plain = [&sound[..], &record.repeat(times), &sound].concat();
        // As dumps that are small on the disk and large ones are read.
        attack.dump(&format!("{form} gz"), gzip(&plain), 2 * events, &[]);
        attack.dump(form, plain, 2 * events, &[]);
        refused.insert(form, (per_record * times) as u64);
    }
    let outcome = attack.ingest(&["--max-ratio", "2000"]);
    for (name, row) in &outcome.sources {
        assert_eq!(number(row, "events"), attack.expected[name].0, "{name}");
        assert_eq!(number(row, "rejects"), refused[name.trim_end_matches(" gz")], "{name}");
    }
}

/// However small a dump is, there is something of its own that is kept of it until it is written.
#[test]
fn a_flood_of_tiny_dumps() {
    const DUMPS: usize = 4000;
    let (sound, _) = basic("tracker-payload-get");
    let sound = String::from_utf8(sound).expect("text");
    let line = sound.lines().next().expect("a line");
    let mut attack = Attack::new();
    for number in 0..DUMPS {
        attack.dump(&format!("{number}"), line.replacen("eid=e81d5dbe", &format!("eid={number:08x}"), 1), 1, &[]);
    }
    attack.check(&[]);
}
