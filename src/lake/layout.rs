//! Where things are in the lake. Paths are relative to its root.

use super::freshness::Fingerprint;
use crate::event::Day;

/// The folders that files are written to, over and over.
pub const FOLDERS: [&str; 10] =
    [STAGING, RECEIPTS, FORGOTTEN, MARTS, INPUTS, PUBLISHED, CHANGES, REPORTS, RUNS, COMPUTED];
/// The folder of events as they were sent.
pub const STAGING: &str = "staging";
/// The folder of marts.
pub const MARTS: &str = "marts";
/// The folder of what days of marts were built from.
pub const INPUTS: &str = "inputs";
/// The folder of what the reports of a run were made from.
pub const PUBLISHED: &str = "published";
/// The folder of figures of final days that changed.
pub const CHANGES: &str = "changes";
/// The folder of the latest results.
pub const REPORTS: &str = "reports";
/// The folder of receipts.
pub const RECEIPTS: &str = "receipts";
/// The folder of who was forgotten.
pub const FORGOTTEN: &str = "forgotten";
/// The folder of what each run says of itself.
pub const RUNS: &str = "runs";
/// The folder of rows that another engine has computed, until they are in their places.
pub const COMPUTED: &str = "computed";
/// The folder of where dumps were last seen, a cache.
pub const SIGHTINGS: &str = "sightings";
/// What was removed because of its age.
pub const RETENTION: &str = "retention.json";
/// Whom days of marts that outlive their staging are without.
pub const FROZEN: &str = "frozen.json";
/// The key made for a first try.
pub const KEY: &str = "key";

/// A batch's file of a staging table on a day.
pub fn staging(table: &str, day: Day, batch: &str) -> String {
    format!("{STAGING}/{table}/day={day}/{batch}.parquet")
}

/// A batch's file of a staging table without days.
pub fn whole(table: &str, batch: &str) -> String {
    format!("{STAGING}/{table}/{batch}.parquet")
}

/// A batch's receipt.
pub fn receipt(batch: &str) -> String {
    format!("{RECEIPTS}/{batch}.json")
}

/// Some who were forgotten.
pub fn forgotten(name: &Fingerprint) -> String {
    format!("{FORGOTTEN}/{name}.json")
}

/// What a run says of itself.
pub fn run(id: &str) -> String {
    format!("{RUNS}/{id}.json")
}

/// The folder of a mart.
pub fn mart(mart: &str) -> String {
    format!("{MARTS}/{mart}")
}

/// A mart's file of a day.
pub fn mart_day(mart: &str, day: Day) -> String {
    format!("{MARTS}/{mart}/day={day}/part.parquet")
}

/// What a day of a mart was built from.
pub fn inputs(name: &Fingerprint) -> String {
    format!("{INPUTS}/{name}.json")
}

/// What the reports of a run were made from.
pub fn published(name: &Fingerprint) -> String {
    format!("{PUBLISHED}/{name}.json")
}

/// The figures of a report that a publication changed.
pub fn changes(report: &str, publication: &str) -> String {
    format!("{CHANGES}/{report}-{publication}.json")
}

/// The latest result of a report.
pub fn report(name: &str) -> String {
    format!("{REPORTS}/{name}.parquet")
}

/// What was seen of some dumps; after what has a lower number. As text, files have the order of their numbers.
pub fn sightings(number: u64, name: &str) -> String {
    format!("{SIGHTINGS}/{number:010}-{name}.jsonl")
}

/// The number of a file of what was seen.
pub fn number_of_sightings(path: &str) -> Option<u64> {
    path.strip_prefix(SIGHTINGS)?.strip_prefix('/')?.split_once('-')?.0.parse().ok()
}

/// The rows that another engine has made from this.
pub fn computed(made_from: &Fingerprint) -> String {
    format!("{COMPUTED}/{made_from}")
}

/// What a lake has taken in, of this content, for those who share the reading of dumps.
pub fn taken(content: &str) -> String {
    format!("{COMPUTED}/{content}/{TAKEN}")
}

/// The name of such a file.
pub const TAKEN: &str = "taken.json";

/// The day that a folder's name states, `day=2026-10-01`.
pub fn day_of_folder(name: &str) -> Option<Day> {
    Day::parse(name.strip_prefix("day=")?)
}
