//! A gigabyte out of next to nothing, and a record that does not end.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Attack, Reject};
use crate::dumps::{self, basic};

const GIGABYTE: u64 = 1 << 30;

/// What comes out of a dump at most, if it has so many bytes on the disk.
fn limit(size: u64) -> u64 {
    (500 * size).max(16 << 20)
}

fn size(path: &Path) -> u64 {
    path.metadata().expect("a file").len()
}

/// Writes so many bytes of one value.
fn fill(mut out: impl Write, byte: u8, count: u64) {
    let block = [byte; 1 << 16];
    let mut left = count as usize;
    while left > 0 {
        let length = left.min(block.len());
        out.write_all(&block[..length]).expect("a disk");
        left -= length;
    }
}

/// Writes a gzip file.
fn gzip(path: &Path, write: impl FnOnce(&mut GzEncoder<BufWriter<File>>)) {
    let file = BufWriter::new(File::create(path).expect("a file"));
    let mut encoder = GzEncoder::new(file, Compression::best());
    write(&mut encoder);
    encoder.finish().and_then(|mut file| file.flush()).expect("a disk");
}

/// What is refused of nothing but zeros, of which `end` come out. As many as a record may have are looked at for a form;
/// more have none in any case.
fn of_zeros(end: u64) -> [Reject<'static>; 2] {
    let reason = if end > 16 << 20 { "frame_cut_off" } else { "unknown_format" };
    [(reason, 0, end), ("too_dense", end, 0)]
}

#[test]
fn a_gigabyte_of_zeros_is_too_dense() {
    let mut attack = Attack::new();
    gzip(&attack.path("gz"), |out| fill(out, 0, GIGABYTE));
    let in_gzip = size(&attack.path("gz"));
    assert!((1_000_000..1_100_000).contains(&in_gzip), "{in_gzip}");
    attack.expect("gz", 0, &of_zeros(limit(in_gzip)));

    let mut encoder = zstd::Encoder::new(File::create(attack.path("zst")).expect("a file"), 3).expect("an encoder");
    fill(&mut encoder, 0, GIGABYTE);
    encoder.finish().expect("a disk");
    attack.expect("zst", 0, &of_zeros(limit(size(&attack.path("zst")))));

    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    fill(&mut encoder, 0, GIGABYTE / 64);
    // One stream after the other is one dump: to compress a gigabyte takes longer.
    let streams = encoder.finish().expect("memory").repeat(64);
    attack.dump("bz2", &streams, 0, &of_zeros(limit(streams.len() as u64)));

    let outcome = attack.check(&[]);
    for name in ["gz", "zst", "bz2"] {
        outcome.run.says([format!("/{name}: more than 500 bytes come out for each byte of the file")]);
    }
    // To show what was refused, the dumps are read again.
    attack.run(&["rejects", "--show"]);
}

#[test]
fn many_small_dumps_of_which_much_comes_out_are_not_held_at_once() {
    let (sound, events) = basic("enriched-tsv");
    let mut attack = Attack::new();
    let times = (15 << 20) / sound.len();
    let first = attack.path("dense-00");
    gzip(&first, |out| out.write_all(&sound.repeat(times)).expect("a disk"));
    attack.expect("dense-00", events * times as u64, &[]);
    // A wave holds dozens of them, half a gigabyte.
    assert!(size(&first) < 300_000, "{} bytes are not dense", size(&first));
    let dense = fs::read(&first).expect("a dump");
    for number in 1..64 {
        // A second member makes each another dump.
        let members = [dense.clone(), dumps::gzip(&sound.repeat(number))].concat();
        attack.dump(&format!("dense-{number:02}"), &members, events * (times + number) as u64, &[]);
    }
    attack.check(&[]);
}

#[test]
fn of_sound_data_with_a_bomb_in_it_the_beginning_is_there() {
    let (sound, events) = basic("enriched-tsv");
    let mut attack = Attack::new();
    let path = attack.path("gz");
    gzip(&path, |out| {
        out.write_all(&sound).expect("a disk");
        fill(&mut *out, 0, GIGABYTE);
        out.write_all(&sound).expect("a disk");
    });
    let (from, end) = (sound.len() as u64, limit(size(&path)));
    attack.expect("gz", events, &[("frame_cut_off", from, end - from), ("too_dense", end, 0)]);
    attack.check(&[]);
}

/// In some framings they are a record, in some they are nothing.
#[test]
fn zeros_after_sound_records_are_one_reject_at_most() {
    const ZEROS: u64 = 80 << 20;
    let mut attack = Attack::new();
    for (form, is_record) in [
        ("enriched-tsv", true),
        ("enriched-json-array", true),
        ("collector-payload-base64", true),
        ("collector-payload-binary", false),
        ("collector-payload-elephant-bird", false),
        ("vortex", false),
    ] {
        let (sound, events) = basic(form);
        gzip(&attack.path(form), |out| {
            out.write_all(&sound).expect("a disk");
            fill(out, 0, ZEROS);
        });
        let record = [("frame_too_long", sound.len() as u64, ZEROS)];
        attack.expect(form, events, if is_record { &record } else { &[] });
    }
    attack.check(&["--max-ratio", "2000"]);
}

#[test]
fn a_line_of_500_mb_is_passed_over() {
    const LENGTH: u64 = 500_000_000;
    let (sound, events) = basic("enriched-tsv");
    let long = |mut out: &mut dyn Write| {
        fill(&mut out, b'x', LENGTH - 1);
        out.write_all(b"\n").and_then(|()| out.write_all(&sound)).expect("a disk");
    };
    let mut attack = Attack::new();
    let create = |name: &str| BufWriter::new(File::create(attack.path(name)).expect("a file"));
    // As the first line it does not hide the form of those that follow.
    long(&mut create("first"));
    let mut plain = create("plain");
    plain.write_all(&sound).expect("a disk");
    long(&mut plain);
    gzip(&attack.path("gz"), |out| {
        out.write_all(&sound).expect("a disk");
        long(out);
    });
    attack.expect("first", events, &[("frame_too_long", 0, LENGTH)]);
    for name in ["plain", "gz"] {
        attack.expect(name, 2 * events, &[("frame_too_long", sound.len() as u64, LENGTH)]);
    }
    for row in attack.check(&["--max-ratio", "2000"]).sources.values() {
        assert_eq!(row["format"], "enriched-tsv");
    }
}
