//! Every fixture cut off at every byte: as it is decompressed, and the compressed file.
//!
//! These are more than a million dumps, too many to run the program for each. So each is detected, framed and decoded
//! as the program does it, records of the whole dump only once; and those that are cut off around the ends of records
//! are ingested as well, to see that the program does it so.

use std::path::Path;

use rayon::prelude::*;
use tempfile::TempDir;
use usage_report::decode::{Decoder, Detected, Limits, Note, Rules, Sink, Verdict, detect, is_empty};
use usage_report::frame::{Frame, FrameError, Framing, Split};
use usage_report::ingest::{Options, ReadSource, ingest};
use usage_report::lake::{SourceCounts, Store};
use usage_report::privacy::{Key, Pseudonymizer};
use usage_report::progress::Unwatched;
use usage_report::source::{Blocks, Compression, Damage, Limits as ReadLimits, Piece, discover};

use crate::dumps::{captured, fixtures};
use crate::harness::{KEY, files_under, project};

/// What is told of one event of a record.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    /// An event, as Rust prints it.
    Event(String),
    Refused,
    Foreign,
    Filtered,
}

/// Everything that is told of a record.
#[derive(Default)]
struct Telling(Vec<Told>);

impl Sink for Telling {
    fn take(&mut self, _: u32, verdict: Verdict<'_>) {
        self.0.push(match verdict {
            Verdict::Event(event) | Verdict::Recovered(event) => Told::Event(format!("{event:?}")),
            Verdict::Refused(_) => Told::Refused,
            Verdict::Foreign => Told::Foreign,
            Verdict::Filtered => Told::Filtered,
        });
    }

    fn note(&mut self, _: u32, _: Note<'_>) {}
}

/// A record, or something that is none.
type Item<'a> = Result<Frame<'a>, FrameError>;

fn key() -> Key {
    Key::from_secret(KEY.as_bytes()).expect("long enough")
}

fn items(detected: Detected, dump: &[u8]) -> Vec<Item<'_>> {
    detected.framing.frames(dump, 0, Options::default().max_record).collect()
}

/// What is told of items.
fn tell(detected: Detected, items: &[Item<'_>]) -> Vec<Vec<Told>> {
    let (pseudonymizer, limits, rules) = (Pseudonymizer::new(&key()), Limits::default(), Rules::default());
    let mut decoder = Decoder::new(&pseudonymizer, &limits, &rules);
    let of = |item: &Item<'_>| {
        let mut telling = Telling::default();
        match item {
            Ok(frame) => decoder.decode(detected.format, frame.bytes, None, &mut telling),
            Err(_) => telling.0.push(Told::Refused),
        }
        telling.0
    };
    items.iter().map(of).collect()
}

/// The events among what is told.
fn events(told: &[Vec<Told>]) -> Vec<&Told> {
    told.iter().flatten().filter(|told| matches!(told, Told::Event(_))).collect()
}

/// Where an item starts and ends.
fn range(item: &Item<'_>) -> (usize, usize) {
    let (offset, length) = match item {
        Ok(frame) => (frame.offset, frame.length),
        Err(error) => (error.offset(), error.length()),
    };
    (offset as usize, (offset + length) as usize)
}

/// A dump that is not cut off, and everything that is told of it.
struct Whole {
    name: String,
    bytes: Vec<u8>,
    detected: Detected,
    told: Vec<Vec<Told>>,
}

impl Whole {
    fn items(&self) -> Vec<Item<'_>> {
        items(self.detected, &self.bytes)
    }
}

/// All fixtures that hold anything.
fn wholes() -> Vec<Whole> {
    let captured = files_under(&captured()).into_iter();
    let captured = captured.map(|(path, bytes)| (path.display().to_string(), bytes));
    let captured = captured.filter(|(name, _)| name != "expected.json");
    let all = fixtures().into_iter().map(|fixture| (fixture.name, fixture.bytes)).chain(captured);
    let whole = |(name, bytes): (String, Vec<u8>)| {
        let detected = detect(&bytes)?;
        let told = tell(detected, &items(detected, &bytes));
        Some(Whole { name, bytes, detected, told })
    };
    all.filter_map(whole).collect()
}

/// Whether a byte that is in no item may be where it is.
fn separates(framing: Framing, byte: u8) -> bool {
    match framing {
        Framing::Lines => b"\r\n".contains(&byte),
        Framing::JsonArray => b"[], \t\r\n".contains(&byte),
        Framing::LengthPrefixed => byte == 1,
        Framing::LengthDelimited | Framing::Whole => false,
        // What is around the records of a block.
        Framing::ElephantBird => true,
    }
}

/// What is wrong with what is told of the first `end` bytes of a dump.
fn problem(whole: &Whole, of_whole: &[Item<'_>], end: usize) -> Result<(), String> {
    let dump = &whole.bytes[..end];
    let is = |right: bool, what: &str| if right { Ok(()) } else { Err(format!("{} at {end}: {what}", whole.name)) };
    let Some(detected) = detect(dump) else {
        // It may not be told before there is a record.
        return is(events(&tell(whole.detected, &items(whole.detected, dump))).is_empty(), "no form");
    };
    is(detected.format == whole.detected.format, "another format")?;

    let items = items(detected, dump);
    let mut covered = 0;
    for (from, to) in items.iter().map(range) {
        is(covered <= from && from < to, "items in each other")?;
        is(dump[covered..from].iter().all(|byte| separates(detected.framing, *byte)), "bytes are lost")?;
        covered = to;
    }
    is(dump[covered..].iter().all(|byte| separates(detected.framing, *byte)), "bytes are lost at the end")?;

    let same = items.iter().zip(of_whole).take_while(|(cut, whole)| cut == whole).count();
    is(items.len() <= same + 1, "another record than the last is not that of the whole")?;
    let told = tell(detected, &items[same..]);
    let (found, expected) = (events(&told), events(&whole.told[same.min(whole.told.len())..]));
    // What is cut off may be what was wrong with the record: one cell too many, garbage at the end.
    let is_mended = found.len() == 1 && whole.told[same] == [Told::Refused];
    is(expected.starts_with(&found) || is_mended, "other events than the first ones of the whole")
}

#[test]
fn of_a_dump_that_is_cut_off_everything_before_is_read() {
    let wholes = wholes();
    assert!(wholes.len() > 30, "only {} fixtures", wholes.len());
    let problems: Vec<String> = wholes
        .iter()
        .flat_map(|whole| {
            let of_whole = whole.items();
            let cuts = 0..=whole.bytes.len();
            cuts.into_par_iter().filter_map(|end| problem(whole, &of_whole, end).err()).collect::<Vec<_>>()
        })
        .collect();
    assert!(problems.is_empty(), "{} problems: {:#?}", problems.len(), &problems[..problems.len().min(20)]);
}

/// What comes out of a compressed file, and what is wrong with it.
fn decompress(file: &[u8]) -> (Vec<u8>, Option<Damage>) {
    let limits = ReadLimits { output: Options::default().output, record: usize::MAX };
    let mut blocks = Blocks::new(Path::new("dump"), file, file.len() as u64, limits).expect("a dump");
    let (mut bytes, mut damage) = (Vec::new(), None);
    while let Some(piece) = blocks.next_block(1 << 20, |block| Split::At(block.len())).expect("bytes") {
        match piece {
            Piece::Block(block) => bytes.extend(block.bytes),
            Piece::Damaged(found) => damage = Some(found),
            Piece::Oversized { .. } => unreachable!("every byte is a record"),
        }
    }
    (bytes, damage)
}

/// All compressed fixtures, with their names.
fn compressed() -> Vec<(String, Vec<u8>)> {
    let own = files_under(&project("tests/fixtures/compressed")).into_iter();
    let own = own.map(|(path, file)| (path.display().to_string(), file));
    let formats = fixtures().into_iter().map(|fixture| (fixture.name, fixture.file));
    own.chain(formats).filter(|(_, file)| Compression::recognise(file) != Compression::Plain).collect()
}

#[test]
fn of_a_compressed_file_that_is_cut_off_what_comes_out_is_the_beginning() {
    let files = compressed();
    assert!(files.len() > 30, "only {} files", files.len());
    for (name, file) in files {
        let (all, damage) = decompress(&file);
        assert_eq!(damage, None, "{name}");
        let cuts =
            (0..file.len()).into_par_iter().filter(|end| Compression::recognise(&file[..*end]) != Compression::Plain);
        let lengths: Vec<usize> = cuts
            .map(|end| {
                let (bytes, damage) = decompress(&file[..end]);
                assert!(all.starts_with(&bytes), "{name} at {end}");
                let is_told = matches!(damage, Some(Damage::Truncated { compressed_offset, decompressed_offset })
                    if (compressed_offset, decompressed_offset) == (end as u64, bytes.len() as u64));
                // A file may be some files one after the other.
                let is_between =
                    damage.is_none() && Compression::recognise(&file[end..]) == Compression::recognise(&file);
                assert!(is_told || is_between, "{name} at {end}: {damage:?}");
                bytes.len()
            })
            .collect();
        assert!(lengths.is_sorted(), "{name}: less comes out of more");
    }
}

/// What must become of the records of a dump; what is damaged, is so at its end.
fn counts(dump: &[u8], is_damaged: bool) -> SourceCounts {
    let mut told = vec![vec![Told::Refused; usize::from(is_damaged)]];
    match detect(dump) {
        _ if is_empty(dump) => {}
        None => {
            let lines = Framing::Lines.frames(dump, 0, usize::MAX).count();
            // So many lines are no records one by one.
            told.push(vec![Told::Refused; if lines > 1000 { 1 } else { lines }]);
        }
        Some(detected) => {
            let end = match detected.framing.split(dump) {
                _ if !is_damaged => dump.len(),
                Split::At(end) => end,
                Split::More(_) => 0,
            };
            told.extend(tell(detected, &items(detected, &dump[..end])));
        }
    }
    let mut counts = SourceCounts::default();
    for told in told.iter().flatten() {
        counts.records += 1;
        match told {
            Told::Event(_) => counts.events += 1,
            Told::Refused => counts.rejects += 1,
            Told::Foreign => counts.foreign += 1,
            Told::Filtered => counts.filtered += 1,
        }
    }
    counts
}

/// Ingests cuts, of each what must become of it.
fn ingest_all(cuts: Vec<(&[u8], SourceCounts)>) {
    let folder = TempDir::new().expect("a temporary folder");
    let dumps = folder.path().join("dumps");
    std::fs::create_dir(&dumps).expect("a folder");
    for (number, (dump, _)) in cuts.iter().enumerate() {
        std::fs::write(dumps.join(number.to_string()), dump).expect("a dump");
    }
    let (store, found) = (Store::new(folder.path().join("lake")), discover(&[&dumps]));
    let mut read: Vec<ReadSource> = Vec::new();
    let mut told = |source: &ReadSource| read.push(source.clone());
    let summary = ingest(&store, found, &key(), &Options::default(), &Unwatched, &mut told).expect("an ingest");
    assert_eq!((summary.read.len() + summary.same, summary.failed.len()), (cuts.len(), 0));
    assert_eq!(summary.read.len(), read.len());
    for source in &read {
        let number: usize = source.path.file_name().and_then(|name| name.to_str()?.parse().ok()).expect("a number");
        assert_eq!(source.receipt.counts, cuts[number].1, "{source:?}");
    }
}

#[test]
fn what_is_cut_off_around_the_ends_of_records_is_ingested_so() {
    let wholes = wholes();
    let mut cuts: Vec<&[u8]> = Vec::new();
    for whole in &wholes {
        for (from, to) in whole.items().iter().map(range) {
            let inside = (1..8).map(|part| from + part * (to - from) / 8);
            let ends = [from + 1, to - 1, to, to + 1].into_iter().chain(inside);
            cuts.extend(ends.filter_map(|end| whole.bytes.get(..end)));
        }
    }
    assert!(cuts.len() > 7000, "only {} cuts", cuts.len());
    ingest_all(cuts.into_par_iter().map(|dump| (dump, counts(dump, false))).collect());
}

#[test]
fn compressed_files_that_are_cut_off_are_ingested_so() {
    const STEP: usize = 31;
    let files = compressed();
    let cuts: Vec<&[u8]> =
        files.iter().flat_map(|(_, file)| (0..file.len()).step_by(STEP).map(|end| &file[..end])).collect();
    assert!(cuts.len() > 4000, "only {} cuts", cuts.len());
    let expected = |file| {
        let (bytes, damage) = decompress(file);
        (file, counts(&bytes, damage.is_some()))
    };
    ingest_all(cuts.into_par_iter().map(expected).collect());
}
