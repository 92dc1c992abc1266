//! The scheduled job: what it is configured with, what it says of itself.
//!
//! [`config`] is the one TOML file, what overrules it, and its documentation; all three come from one declaration.
//! [`checks`] compares what the lake holds with what it may, before anything is published.
//! [`RunRecord`] is what a run leaves in the lake of how it went: health checks read it, and [`metrics`] are made of it.

pub mod checks;
pub mod config;
mod health;
mod metrics;
mod run_record;

pub use health::health;
pub use metrics::metrics;
pub use run_record::{BuildCounts, IngestCounts, LakeTotals, Outcome, RunInputs, RunRecord, RunRecordError, Versions};
