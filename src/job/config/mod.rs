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
//! }
//! ```

mod decide;
mod file;
mod key;
mod retention;
mod value;

use std::path::PathBuf;
use std::time::Duration;

pub use decide::{Decided, Origin, Setting, decide, unknown_variables};
pub use file::ConfigError;
pub use key::{Key, Section, example};
pub use retention::{Days, TableDays};
pub use value::{Choice, Value};

use crate::{decode, ingest, report};
use key::configuration;

/// The form of what is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
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
        /// Their forms, a file for each
        formats: Vec<report::Format> = vec![report::Format::Parquet];
    }
    /// What is said on stderr
    log: Log {
        /// Text for people, or one JSON object a line
        #[flag("log-format", "FORMAT")]
        format: LogFormat = LogFormat::Text;
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
}

#[cfg(test)]
mod tests;
