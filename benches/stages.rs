//! How fast each stage is, by itself: `cargo bench -p usage-report-benches`, with a word for those whose names have it.
//!
//! The dumps are those of a small demonstration: enriched events, tracker payloads and Vortex. Throughput is in bytes as
//! they are decompressed, of building and reports in bytes of what they read. Decoding is measured with nobody who takes
//! the events, then with the rows that are made of them; so the difference is what appending takes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use usage_report::build::{Engine, build};
use usage_report::decode::{self, Decoder, Detected, Note, Rules, Sink, Verdict};
use usage_report::demo::{self, Plan};
use usage_report::event::Hour;
use usage_report::ingest::{Options, ingest};
use usage_report::lake::{Contents, DataFileWriter, Holes, Maturity, Sightings, Store, layout};
use usage_report::privacy::{Key, Pseudonymizer};
use usage_report::progress::Unwatched;
use usage_report::query::{Catalog, Kind, Lake, Library, Window};
use usage_report::source::{SourceFile, WholeFile, discover};
use usage_report::staging::{Place, Staged, Staging};

/// As many runs as give each stage milliseconds of work.
const PLAN: (u64, u32) = (4000, 3);

/// Dumps in a folder of their own.
fn dumps(folder: &Path) -> Vec<SourceFile> {
    let (invocations, days) = PLAN;
    demo::make(&Plan { invocations, days, ..Plan::default() }, folder).expect("dumps");
    discover(&[folder]).collect()
}

fn key() -> Key {
    Key::from_secret(b"a key that is for benchmarks alone").expect("long enough")
}

/// Dumps of one form, each with what is in it.
type OfForm = (Detected, Vec<(SourceFile, Vec<u8>)>);

/// Dumps by the form of their records.
fn by_form(files: Vec<SourceFile>) -> BTreeMap<&'static str, OfForm> {
    let mut forms = BTreeMap::new();
    for file in files {
        let bytes = inflated(&file);
        let detected = decode::detect(&bytes).expect("a form");
        let (_, of_form) = forms.entry(detected.format.as_str()).or_insert_with(|| (detected, Vec::new()));
        of_form.push((file, bytes));
    }
    forms
}

fn inflated(file: &SourceFile) -> Vec<u8> {
    let limits = Options::default().output;
    let mut reader = WholeFile::default();
    reader.read(&file.path, u64::MAX >> 1, limits).expect("a dump").expect("small enough").bytes.to_vec()
}

/// Takes events and does nothing with them.
#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn take(&mut self, _: u32, verdict: Verdict<'_>) {
        self.0 += u64::from(matches!(verdict, Verdict::Event(_)));
    }

    fn note(&mut self, _: u32, _: Note<'_>) {}
}

/// Makes rows of events.
struct Append<'s> {
    staging: &'s mut Staging,
    offset: u64,
}

impl Sink for Append<'_> {
    fn take(&mut self, item: u32, verdict: Verdict<'_>) {
        if let Verdict::Event(event) = verdict {
            let place = Place { source: "0123456789abcdef", source_form: "a form", offset: self.offset, item };
            self.staging.append(&place, &event);
        }
    }

    fn note(&mut self, _: u32, _: Note<'_>) {}
}

/// Makes rows of all events of a dump.
fn staged(detected: Detected, bytes: &[u8], decoder: &mut Decoder<'_>) -> Staged {
    let mut staging = Staging::default();
    for frame in detected.framing.frames(bytes, 0, usize::MAX).flatten() {
        let mut sink = Append { staging: &mut staging, offset: frame.offset };
        decoder.decode(detected.format, frame.bytes, None, &mut sink);
    }
    staging.finish()
}

fn reading(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let (pseudonymizer, options, rules) = (Pseudonymizer::new(&key()), Options::default(), Rules::default());
    for (form, (detected, dumps)) in by_form(dumps(folder.path())) {
        let mut group = criterion.benchmark_group(form);
        group.throughput(Throughput::Bytes(dumps.iter().map(|(_, bytes)| bytes.len() as u64).sum()));
        group.bench_function("inflate", |bencher| {
            let mut reader = WholeFile::default();
            bencher.iter(|| {
                let sizes = dumps.iter().map(|(file, _)| {
                    let whole = reader.read(&file.path, u64::MAX >> 1, options.output).expect("a dump");
                    whole.map_or(0, |whole| whole.bytes.len())
                });
                sizes.sum::<usize>()
            });
        });
        group.bench_function("frame", |bencher| {
            bencher.iter(|| {
                let frames = dumps.iter().map(|(_, bytes)| detected.framing.frames(bytes, 0, usize::MAX).count());
                frames.sum::<usize>()
            });
        });
        group.bench_function("decode", |bencher| {
            let mut decoder = Decoder::new(&pseudonymizer, &options.limits, &rules);
            bencher.iter(|| {
                let mut count = Count::default();
                for frame in dumps.iter().flat_map(|(_, bytes)| detected.framing.frames(bytes, 0, usize::MAX)).flatten()
                {
                    decoder.decode(detected.format, frame.bytes, None, &mut count);
                }
                count.0
            });
        });
        group.bench_function("decode and append", |bencher| {
            let mut decoder = Decoder::new(&pseudonymizer, &options.limits, &rules);
            bencher.iter(|| {
                let made = dumps.iter().map(|(_, bytes)| staged(detected, bytes, &mut decoder).events.len());
                made.sum::<usize>()
            });
        });
        group.bench_function("encode", |bencher| {
            let mut decoder = Decoder::new(&pseudonymizer, &options.limits, &rules);
            let rows: Vec<Staged> = dumps.iter().map(|(_, bytes)| staged(detected, bytes, &mut decoder)).collect();
            let lake = tempfile::tempdir().expect("a folder");
            let store = Store::new(lake.path());
            bencher.iter(|| {
                let mut writers = BTreeMap::new();
                for (table, rows) in rows.iter().flat_map(|staged| &staged.events) {
                    let path = || layout::whole(table.name(), "batch");
                    let new = || DataFileWriter::create(&store, path(), table.schema()).expect("a file");
                    writers.entry(*table).or_insert_with(new).write(rows).expect("written");
                }
                writers.into_values().map(|writer| writer.finish().expect("finished").bytes).sum::<u64>()
            });
        });
        group.finish();
    }
}

fn answering(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let files = dumps(&folder.path().join("dumps"));
    let lake = folder.path().join("lake");
    let store = Store::new(&lake);
    ingest(&store, files, &key(), &Options::default(), &Unwatched, &mut |_| {}).expect("an ingest");
    let library = Library::load().expect("the library");

    let mut group = criterion.benchmark_group("build");
    group.throughput(Throughput::Bytes(size(&lake.join(layout::STAGING))));
    group.sample_size(10);
    group.bench_function("all marts", |bencher| {
        let remove = || {
            for made in [layout::MARTS, layout::INPUTS].map(|name| lake.join(name)).iter().filter(|made| made.exists())
            {
                fs::remove_dir_all(made).expect("removed");
            }
        };
        let build = |()| build(&store, &library, (Engine::Own, None), &Unwatched, |_| ()).expect("a build").files;
        bencher.iter_batched(remove, build, BatchSize::PerIteration);
    });
    group.finish();

    let contents = Contents::read(&store).expect("contents");
    let (sightings, holes) = (Sightings::read(&store).expect("sightings"), Holes::default());
    let latest = Hour::from_number(i32::MAX);
    let maturity = Maturity::of(&contents, Duration::from_secs(3 * 86_400), latest);
    let lake = Lake { store: &store, contents: &contents, sightings: &sightings, maturity, holes: &holes };
    let mut group = criterion.benchmark_group("report");
    group.sample_size(10);
    for query in library.of_kind(Kind::Report) {
        group.bench_function(query.name, |bencher| {
            let catalog = || Catalog::of_lake(&lake, &library, Window::ALL).expect("a catalog");
            let run = |catalog: Catalog| catalog.run(query.name, query.sql).expect("rows").height();
            bencher.iter_batched(catalog, run, BatchSize::PerIteration);
        });
    }
    group.finish();
}

/// The bytes of the files in a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let of = |path: &Path| if path.is_dir() { size(path) } else { fs::metadata(path).map_or(0, |file| file.len()) };
    entries.map(|entry| of(&entry.path())).sum()
}

criterion_group! {
    name = stages;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = reading, answering
}
criterion_main!(stages);
