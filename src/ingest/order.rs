//! In which order dumps are read: that of their times.
//!
//! Digests lie in no order of time. If dumps came by them, rows of all days would come all the time, a few for each file;
//! so rows are of few days at once, and files can be written one after the other.

use super::form::{Form, whole_records};
use super::sift::of_each;
use super::unit::{Records, Worker};
use super::workers::Workers;
use super::{Dump, Options, Reading};
use crate::event::Day;
use crate::source::{Blocks, Compression, Extent, Limits};

/// How much of a dump is looked at, decompressed; of one whose first record is longer, the second.
const HEAD: [usize; 2] = [16 << 10, 1 << 20];

/// Of a dump in an object store so many bytes are brought here to be looked at, mostly enough.
const FIRST: u64 = 256 << 10;

/// What is not compressed has so many times the bytes of what is. As many come out of a dump that is read whole
/// ([`super::memory`]), so that one that is not compressed and counts for no more can be.
const PLAIN: u64 = 8;

/// Dumps in the order of the days of their first events, and of their digests. First come those that tell no day. Of those that are not
/// compressed it is seen now.
pub(super) fn by_time(dumps: &[Dump], reading: &Reading<'_>) -> Vec<Dump> {
    let workers = Workers::default();
    let new_worker = || Worker::new(reading);
    let look = |dump: &Dump| {
        let limits = Limits { output: reading.options.output, record: reading.options.max_record };
        // What is wrong with a dump is told by whoever reads it.
        let Ok(mut blocks) = Blocks::open(&dump.file.path, Extent::Head(FIRST), limits) else {
            return (None, dump.clone());
        };
        let is_plain = blocks.compression() == Compression::Plain;
        let weight = dump.file.bytes.div_ceil(if is_plain { PLAIN } else { 1 });
        let day = workers.one(new_worker, |worker| day(dump, &mut blocks, reading.options, worker));
        (day, Dump { weight, ..dump.clone() })
    };
    let mut dumps = of_each(dumps, |dump| &dump.file, look);
    dumps.sort_by_key(|(day, dump)| (*day, dump.digest));
    dumps.into_iter().map(|(_, dump)| dump).collect()
}

/// The day of most of the first events of a dump, the later of two.
fn day(dump: &Dump, blocks: &mut Blocks, options: &Options, worker: &mut Worker<'_>) -> Option<Day> {
    let source = dump.digest.to_string();
    HEAD.into_iter().find_map(|size| {
        let head = blocks.look_ahead(size).ok()?;
        let Form::Known(detected) = Form::of(options, head) else { return None };
        let whole = &head[..whole_records(detected, head)];
        let frames = detected.framing.frames(whole, 0, options.max_record);
        let (changed, format) = (dump.changed(), detected.format);
        worker.records(&mut Records { source: &source, changed, format, frames, after: 0 });
        let days = worker.finish().tally.spread.days;
        days.into_iter().max_by_key(|(day, events)| (*events, *day)).map(|(day, _)| day)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::lake::Forgotten;
    use crate::privacy::Key;
    use crate::source::{Digest, SourceFile};

    /// A dump of enriched events that were received at these times.
    fn dump(folder: &Path, name: &str, times: &[&str]) -> Dump {
        let event = |time: &&str| {
            let of_invocation = concat!(
                r#""app_id":"dbt","event":"struct","se_action":"invocation","event_id":"383ff50a-aab6-4a94-a85f-fa57e08c0341","#,
                r#""contexts_com_dbt_invocation_1":[{"progress":"start","user_id":"bf8c390f-8994-472f-ab48-5e567528af76","#,
                r#""invocation_id":"896ca79e-431d-4ae4-a78e-23085cda8f25","command":"list","version":"=1.11.16"}]"#
            );
            format!("{{\"collector_tstamp\":\"{time}\",\"dvce_created_tstamp\":\"{time}\",{of_invocation}}}\n")
        };
        let text = times.iter().map(event).collect::<String>();
        let path = folder.join(name);
        fs::write(&path, &text).expect("a dump");
        let bytes = text.len() as u64;
        let file = SourceFile { path, bytes, modified: None };
        Dump { digest: Digest::of_bytes(text.as_bytes()), file, weight: bytes }
    }

    #[test]
    fn dumps_are_in_the_order_of_the_days_of_most_of_their_first_events() {
        let folder = tempfile::tempdir().expect("a folder");
        let [first, second, third] = ["2026-10-01T10:00:00Z", "2026-10-02T10:00:00Z", "2026-10-03T10:00:00Z"];
        let late = dump(folder.path(), "a", &[first, third, third]);
        let none = dump(folder.path(), "b", &["no time"]);
        let early = dump(folder.path(), "c", &[first]);
        let gone = Dump { file: SourceFile { path: "gone".into(), ..early.file.clone() }, ..early.clone() };
        let middle = dump(folder.path(), "d", &[first, second]);
        let (key, options) = (Key::from_secret(b"a secret of some length").expect("a key"), Options::default());
        let reading = Reading::new(&key, &options, Forgotten::default());
        let mut without_day = [none, gone];
        without_day.sort_by_key(|dump| dump.digest);
        let [one, other] = without_day;
        let expected = [one, other, early, middle, late];
        let paths = |dumps: &[Dump]| dumps.iter().map(|dump| dump.file.path.clone()).collect::<Vec<_>>();
        for turned in 0..expected.len() {
            let mut dumps = expected.to_vec();
            dumps.rotate_left(turned);
            assert_eq!(paths(&by_time(&dumps, &reading)), paths(&expected));
        }
    }

    #[test]
    fn what_is_not_compressed_counts_for_less() {
        let folder = tempfile::tempdir().expect("a folder");
        let plain = dump(folder.path(), "a", &["2026-10-01T10:00:00Z"; 9]);
        let path = folder.path().join("b");
        let bytes = zstd::encode_all(fs::File::open(&plain.file.path).expect("a dump"), 1).expect("compressed");
        fs::write(&path, &bytes).expect("a dump");
        let file = SourceFile { path, bytes: bytes.len() as u64, modified: None };
        let compressed = Dump { file, weight: bytes.len() as u64, ..plain.clone() };
        let (key, options) = (Key::from_secret(b"a secret of some length").expect("a key"), Options::default());
        let reading = Reading::new(&key, &options, Forgotten::default());
        let weights = |dump: &Dump| by_time(std::slice::from_ref(dump), &reading)[0].weight;
        assert_eq!(weights(&plain), plain.file.bytes.div_ceil(PLAIN));
        assert_eq!(weights(&compressed), compressed.file.bytes);
    }
}
