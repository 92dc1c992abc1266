//! A notebook that reads the marts while something else happens.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use arrow_array::cast::AsArray as _;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::harness::Place;

/// Reads the marts of the lake `lake` over and over while something happens, by a glob and in the order of the days: no
/// file is half, and no invocation is there twice.
pub fn read_marts_while(place: &Place, happens: impl FnOnce()) {
    let done = AtomicBool::new(false);
    let marts = place.path("lake/marts/invocations");
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                read(&marts);
                thread::yield_now();
            }
            read(&marts)
        });
        // The reader has to end, too, where this panics.
        let happened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(happens));
        done.store(true, Ordering::Relaxed);
        let read = reader.join().expect("the reader");
        if let Err(panic) = happened {
            std::panic::resume_unwind(panic);
        }
        assert!(read > 0, "the marts are empty at the end");
    });
}

/// How many invocations there are.
fn read(marts: &Path) -> usize {
    let mut days: Vec<_> = match fs::read_dir(marts) {
        Ok(entries) => entries.map(|entry| entry.expect("an entry").path()).collect(),
        Err(_) => return 0,
    };
    days.sort();
    let mut seen = HashSet::new();
    for day in days {
        // The folder of a day is there before its first file.
        let Ok(file) = File::open(day.join("part.parquet")) else { continue };
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a whole file");
        let key = ProjectionMask::columns(reader.parquet_schema(), ["invocation_id"]);
        for rows in reader.with_projection(key).build().expect("a reader") {
            for id in rows
                .expect("rows")
                .column(0)
                .as_string_view_opt()
                .map(|ids| ids.iter().flatten().map(str::to_owned).collect::<Vec<_>>())
                .expect("text")
            {
                assert!(seen.insert(id.clone()), "{id} is there twice, in {} for the second time", day.display());
            }
        }
    }
    seen.len()
}
