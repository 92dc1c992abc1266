//! As little memory as reading can be given.

use std::fs::File;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Attack;
use crate::dumps;

/// The least that `--memory` takes, and its bytes.
const LEAST: (&str, u64) = ("128MB", 128_000_000);

/// Dumps of which reading takes more where it may.
#[test]
fn reading_takes_no_more_memory_than_it_may() {
    let attack = Attack::new();
    let once = dumps::enriched_tsv();
    let records = once.iter().filter(|byte| **byte == b'\n').count();
    let times = (4 << 20) / once.len() + 1;
    // Many that are read whole, and one that is read in blocks; each begins with a line of its own.
    for (name, times) in (0..48).map(|number| (number, times)).chain([(48, 16 * times)]) {
        let file = File::create(attack.path(&format!("{name}.tsv.gz"))).expect("a file");
        let mut gzip = GzEncoder::new(file, Compression::fast());
        writeln!(gzip, "{name}").expect("a disk");
        (0..times).for_each(|_| gzip.write_all(&once).expect("a disk"));
        gzip.finish().expect("a disk");
    }
    let (run, peak) = attack.measured(&["ingest", "dumps", "--threads", "2", "--memory", LEAST.0]);
    assert!(peak < LEAST.1, "{} MB\n{run}", peak / 1_000_000);
    let rows = attack.place.count("SELECT SUM(records) AS n FROM sources WHERE path LIKE '%.tsv.gz'");
    assert_eq!(usize::try_from(rows).ok(), Some(49 + (48 + 16) * times * records), "{run}");
}
