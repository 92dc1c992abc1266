//! Lengths that no record has, and records of lengths that no reader expects.

use usage_report::frame::Framing;

use super::Attack;
use super::framed::{MARKER, block, framed, varint};
use super::noise::noise;
use crate::dumps::basic;
use crate::harness::Place;

/// How much follows a length: little, and more than is read at once.
const REST: [usize; 2] = [1000, 10 << 20];

#[test]
fn a_length_that_no_record_has() {
    let block = |length: i32| [MARKER, &length.to_le_bytes()[..], b"\x1a", &varint(1 << 60)].concat();
    let mut attack = Attack::new();
    for (form, length, reason) in [
        ("vortex", varint(1 << 40), "frame_cut_off"),
        ("vortex", varint(1 << 60), "frame_cut_off"),
        ("vortex", varint(u64::MAX), "frame_cut_off"),
        ("vortex", vec![0x80; 10], "frame_length"),
        ("vortex", vec![0xff; 10], "frame_length"),
        ("collector-payload-binary", i32::MAX.to_be_bytes().to_vec(), "frame_cut_off"),
        ("collector-payload-binary", i32::MIN.to_be_bytes().to_vec(), "frame_length"),
        ("collector-payload-elephant-bird", block(i32::MAX), "frame_cut_off"),
        ("collector-payload-elephant-bird", block(i32::MIN), "frame_garbage"),
    ] {
        let (sound, events) = basic(form);
        for rest in REST {
            let dump = [&sound[..], &length, &noise(form, rest)].concat();
            let refused = (reason, sound.len() as u64, (length.len() + rest) as u64);
            attack.dump(&format!("{form} {length:02x?} {rest}"), dump, events, &[refused]);
        }
    }
    attack.check(&[]);
}

/// The frame around it is sound, so that the next one is found.
#[test]
fn a_length_that_no_field_of_a_record_has() {
    let text = [b"\x0b\0\x6e", &i32::MAX.to_be_bytes()[..]].concat();
    let message = [b"\x12", &varint(1 << 60)[..]].concat();
    let mut attack = Attack::new();
    for (form, framing, record, reason) in [
        ("vortex", Framing::LengthDelimited, &message, "not_protobuf"),
        ("collector-payload-binary", Framing::LengthPrefixed, &text, "not_thrift"),
        ("collector-payload-elephant-bird", Framing::ElephantBird, &text, "not_thrift"),
    ] {
        let (sound, events) = basic(form);
        let (hostile, from, length) = framed(framing, record);
        let refused = (reason, sound.len() as u64 + from, length);
        attack.dump(form, [&sound[..], &hostile, &sound].concat(), 2 * events, &[refused]);
    }
    let (sound, events) = basic("collector-payload-elephant-bird");
    let broken = block(&[b"\x1a", &varint(1 << 60)[..]].concat());
    let refused = ("frame_garbage", sound.len() as u64, broken.len() as u64);
    attack.dump("a blob", [&sound[..], &broken, &sound].concat(), 2 * events, &[refused]);
    attack.check(&[]);
}

/// Elements of enriched events, of which the first is larger than what is read at once of a large dump. What tells its
/// form is at the beginning of it or at the end.
fn elements(tells_at_end: bool) -> (Vec<String>, u64) {
    let (sound, events) = basic("enriched-json");
    let mut elements: Vec<String> = String::from_utf8(sound).expect("text").lines().map(str::to_owned).collect();
    let long = format!(r#""new":[{}0]"#, "1234567,".repeat(9 << 17));
    let members = elements[0].trim_matches(['{', '}']);
    elements[0] = if tells_at_end { format!("{{{long},{members}}}") } else { format!("{{{members},{long}}}") };
    (elements, events)
}

#[test]
fn an_array_whose_first_element_is_large_is_read() {
    let mut attack = Attack::new();
    for tells_at_end in [false, true] {
        let (elements, events) = elements(tells_at_end);
        let many_lines = "\n".repeat(20 << 20);
        for (number, (begin, between, end)) in [
            ("[", ",", "]"),
            ("[\n", ",\n", "\n]\n"),
            (" \n[\n", "\n,", "\n]"),
            ("\u{feff}[", ",", "]"),
            // White space for longer than anybody looks.
            (&format!("{many_lines}["), ",", "]"),
        ]
        .into_iter()
        .enumerate()
        {
            let array = format!("{begin}{}{end}", elements.join(between));
            attack.dump(&format!("{tells_at_end} {number}"), array, events, &[]);
        }
    }
    for row in attack.check(&[]).sources.values() {
        assert_eq!(row["format"], "enriched-json");
    }
}

#[test]
fn so_it_is_where_its_format_is_named() {
    let (elements, events) = elements(true);
    let place = Place::new();
    place.write("array", format!("[{}]", elements.join(",")));
    place.run(0, ["ingest", "array", "--format", "enriched-json"]).says([format!("{events} events, 0 refused")]);
}
