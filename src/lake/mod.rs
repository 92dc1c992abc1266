//! The lake: a folder of Parquet files and of receipts that say which of them are real.
//!
//! ```text
//! staging/<table>/day=2026-10-01/<batch>.parquet   events as sent, normalized; never changed in place
//! staging/rejects/<batch>.parquet                  what was refused
//! staging/unrecognized/<batch>.parquet             what was read but is not known
//! receipts/<batch>.json                            what one ingest read and every file it wrote; written last
//! marts/<mart>/day=2026-10-01/part.parquet         one file for each day, replaced whole by a rename
//! inputs/<fingerprint>.json                        the dumps that days of marts were built from
//! reports/<name>.parquet                           the latest result of every report
//! published/<fingerprint>.json                     what the reports of a run were made from
//! changes/<report>-<fingerprint>.json              figures of final days that a run changed
//! forgotten/<fingerprint>.json                     tombstones of users and projects of whom nothing may be kept
//! frozen.json                                      whom days of marts that outlive their staging are without: a cache
//! runs/<start>.json                                how each run went: no reader of data looks at it, may be deleted
//! retention.json                                   which days were removed because of their age
//! computed/<fingerprint>/<attempt>/…               rows that another engine has computed, until they are in their places
//! sightings/<number>-<digest>.jsonl                where each dump was last seen: a cache, may be deleted
//! ```
//!
//! A file that no receipt names is no part of the lake, whatever it holds: no reader sees it.

mod as_built;
mod contents;
mod data_file;
mod forgotten;
mod freshness;
mod holes;
mod inputs;
pub mod layout;
mod maturity;
mod publication;
mod receipt;
mod retention;
mod sightings;
mod store;
mod taken;

pub use as_built::AsBuilt;
pub use contents::{Contents, LiveFile, Void};
pub use data_file::{DataFileError, DataFileWriter, HiddenFile, WrittenFile, read_columns, read_rows};
pub use forgotten::{
    Forgotten, LeftOut, PROJECT_KEY, Reseal, Theirs, count_forgotten, forget, forgotten_now, keep_theirs, tombstones,
};
pub use freshness::{BuiltFrom, Fingerprint, FooterError, built_days, built_from_of, read_built_from};
pub use holes::{Every, Hole, Holes};
pub use inputs::{Inputs, InputsByDay};
pub use maturity::Maturity;
pub use publication::{LeftOutByDay, Publication};
pub use receipt::{
    FileReceipt, PROGRAM, REKEYED, Receipt, ReceiptError, SourceCounts, SourceReceipt, Spread, WITHOUT, events_of,
};
pub use retention::Retention;
pub use sightings::{Seen, Sightings};
pub use store::{Part, Store, StoreError, StoredFile, Upload};
pub use taken::Taken;
