//! The configuration: every key with its type, its default and its meaning, declared once.
//!
//! A value is said by, in this order, a flag, the environment (`USAGE_REPORT_` and the key in upper case, a dot becoming an
//! underscore), the file, the declaration below. What is said wrongly, or not known, is a problem with its place; all
//! problems are found at once.
//!
//! ```text
//! configuration! {
//!     Config {
//!         /// What the key means
//!         #[flag("name", "PLACEHOLDER")]           if a command takes it as a flag
//!         key: Type = default, like "example";     the example is for keys without a default
//!     }
//!     /// What the section is about
//!     section: Section { … }
//!     list
//!     /// What one of its tables is
//!     tables: Table { … }                          `[[tables]]`; only the file says what is in it
//! }
//! ```

mod checks;
mod decide;
mod file;
mod key;
mod retention;
mod value;

use std::path::PathBuf;
use std::time::Duration;

pub use checks::{Accepted, CheckKind, CheckName, Dimension, Level};
pub use decide::{Decided, Item, Origin, Setting, decide, unknown_variables};
pub use file::ConfigError;
pub use key::{Key, Section, example};
pub use retention::{Days, TableDays};
pub use value::{Choice, Value};

use crate::lake::{Every, Hole};
use crate::report::{Format, ReportFormat};
use crate::{decode, ingest, query};
use key::configuration;

/// The form of what is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What is wrong.
    Quiet,
    /// And how it went.
    Normal,
    /// And what is done: each dump, each day, each report.
    Verbose,
}

configuration! {
    Config {
        /// The folder of the lake
        #[flag("lake", "DIR")]
        lake: PathBuf = PathBuf::from("lake");
        /// The file with the pseudonymization key; without it, the key is the value of USAGE_REPORT_KEY
        #[flag("key-file", "FILE")]
        key_file: Option<PathBuf> = None, like "\"key\"";
    }
    /// Which dumps are read, and how
    dumps: Dumps {
        /// Files, folders (searched to the bottom) or globs, for `run` and `ingest` without PATH
        paths: Vec<PathBuf> = Vec::new(), like "[\"dumps\", \"s3-copy/2026-10-*/*.gz\"]";
        /// Read every dump as this format instead of telling it by its content
        #[flag("format", "FORMAT")]
        format: Option<decode::Format> = None, like "\"enriched-tsv\"";
        /// Read what would be refused once more by the rules of this file (`usage-report reparse --help` shows one)
        #[flag("rules", "FILE")]
        rules: Option<PathBuf> = None, like "\"rules.toml\"";
        /// Exit with 1 if more records than this were refused
        #[flag("max-rejects", "N")]
        max_rejects: Option<u64> = None, like "1000";
        /// Threads to read with; one for each core if it is not set
        #[flag("threads", "N")]
        threads: Option<usize> = None, like "2";
        /// How much memory reading may take with two threads, 128MB at least; with more, more dumps are read at once and row groups are larger. Each further thread takes some tens of megabytes
        #[flag("memory", "SIZE")]
        memory: ingest::Memory = ingest::Memory::default();
        /// How often dumps should bring something: that nothing was received is then an error, and not a day without usage
        every: Option<Every> = None, like "\"1h\"";
        /// Days and hours in which it is known that nothing was received, single ones or with `to` between the first and the last
        known_holes: Vec<Hole> = Vec::new(), like "[\"2026-10-03\", \"2026-10-04T05 to 2026-10-04T08\"]";
    }
    /// What a dump may cost. Beyond a limit a record, or the rest of a dump, is refused; reading goes on with the next
    limits: Limits {
        /// The most bytes that may come out of one compressed dump
        #[flag("max-decompressed", "BYTES")]
        max_decompressed: u64 = ingest::Options::default().output.bytes;
        /// The most bytes that may come out of a byte of a compressed dump, past its first 16 MiB
        #[flag("max-ratio", "N")]
        max_ratio: u64 = ingest::Options::default().output.ratio;
        /// The most bytes of one record
        #[flag("max-record", "BYTES")]
        max_record: usize = ingest::Options::default().max_record;
        /// The most days on which the events of one dump happened or were received
        #[flag("max-days", "N")]
        max_days: usize = ingest::Options::default().max_days;
        /// How deep JSON may be nested
        #[flag("max-json-depth", "N")]
        max_json_depth: usize = decode::Limits::default().json_depth;
        /// The most events in one payload or batch
        #[flag("max-events", "N")]
        max_events: usize = decode::Limits::default().events;
        /// The most bytes of one string, cell or field
        #[flag("max-string", "BYTES")]
        max_string: usize = decode::Limits::default().string;
    }
    /// When the figures of a day are final
    maturity: Maturity {
        /// How late events may come: a day is final when the newest event was received so long after the day's end, counted in
        /// whole hours
        lateness: Duration = Duration::from_secs(3 * 24 * 3600);
    }
    /// What `run` does at its end so that the lake stays in order
    maintenance: Maintenance {
        /// Make few large files of many small ones
        compact: bool = false;
        /// Remove what no reader sees
        gc: bool = false;
        /// How long everything stays, so that builds and ingests under way are not disturbed: 90m, 24h, 7d
        #[flag("older-than", "TIME")]
        gc_older_than: Duration = Duration::from_secs(24 * 3600);
    }
    /// For how many days `run` keeps rows. Without a number they stay for ever
    retention: Retention {
        /// Every table of staging
        staging: Option<Days> = None, like "\"400d\"";
        /// Every mart. A day of a mart outlives the staging that it was built from, and is then never built again
        marts: Option<Days> = None, like "\"1100d\"";
        /// Single tables and marts, where they are to have another number of days
        tables: Vec<TableDays> = Vec::new(), like "[\"run_model_events: 90d\", \"node_runs: 400d\"]";
    }
    /// Files of all reports that `run` keeps up to date
    reports: Reports {
        /// The folder that they are written to; none are written if it is not set
        folder: Option<PathBuf> = None, like "\"reports\"";
        /// Their forms, a file for each report; html is one page of all
        formats: Vec<ReportFormat> = vec![ReportFormat::Rows(Format::Parquet)];
        /// How many of the newest days the reports of `run` are over; all days if it is not set. With it an hourly run takes hardly longer as the lake grows
        window: Option<Days> = None, like "\"90d\"";
        /// How many rows of a mart reports have in memory at once, all that are made side by side together. Over more, a report
        /// is made of one piece of the projects after the other
        rows_at_once: u64 = query::ROWS_AT_ONCE;
        /// A folder of queries of your own, each a .sql file with a header: reports like the others (`usage-report query --check DIR` checks one)
        #[flag("queries", "DIR")]
        queries: Option<PathBuf> = None, like "\"queries\"";
    }
    /// What is said on stderr
    log: Log {
        /// Text for people, or one JSON object a line
        #[flag("log-format", "FORMAT")]
        format: LogFormat = LogFormat::Text;
        /// How much; the flags --quiet and --verbose overrule it
        level: LogLevel = LogLevel::Normal;
    }
    /// What `run` says of itself to Prometheus
    metrics: Metrics {
        /// The file to write at the end of each run, for node_exporter's textfile collector; its name ends in .prom
        file: Option<PathBuf> = None, like "\"/var/lib/node_exporter/textfile/usage_report.prom\"";
    }
    /// What `usage-report health` takes for healthy
    health: Health {
        /// How long ago the last run may have ended
        #[flag("max-age", "TIME")]
        max_age: Duration = Duration::from_secs(2 * 3600);
    }
    list
    /// What `run` checks before it publishes, each a table `[[checks]]`; `usage-report check` shows what they measure
    checks: Check {
        /// What it is called, in the log and as a label of metrics; its kind (and column), if it is not set
        name: Option<CheckName> = None, like "\"adapters\"";
        /// What is measured
        kind: Option<CheckKind> = None, like "\"nulls\"";
        /// What it means that it fails
        level: Level = Level::Warning;
        /// The most that is measured without failing: of rejects, duplicates and nulls a share, of schema_versions events,
        /// of holes hours of a day; of the last two 0 if it is not set
        max: Option<f64> = None, like "0.2";
        /// The oldest that the newest event may be, for freshness
        max_age: Option<Duration> = None, like "\"6h\"";
        /// How far a day may be from the usual volume, as a share of it: 0.5 for half of it to one and a half
        band: f64 = 0.5;
        /// Over how many weeks before a day the usual volume is that of its weekday
        weeks: u64 = 8;
        /// The column of the invocations whose nulls are counted
        column: Option<Dimension> = None, like "\"adapter\"";
        /// How many of the newest days are looked at, so that what is long past does not fail for ever
        days: u64 = 7;
        /// Of fewer records (rejects), events (volume: usual ones; duplicates) or runs (nulls) nothing is concluded
        min_count: u64 = 100;
        /// Days that somebody has looked at and accepts; undated for dumps of which no event could be read
        except: Vec<Accepted> = Vec::new(), like "[\"2026-10-03\", \"undated\"]";
    }
}

#[cfg(test)]
mod tests;
