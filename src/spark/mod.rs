//! The whole path on a cluster: a job that `spark-submit` runs, and what it asks of this program while it runs.
//!
//! ```text
//! Spark's driver            this program, on the driver                      Spark's executors
//! ───────────────           ───────────────────────────────────────────      ───────────────────────────────
//! job.py       ── asks ──▶  which dumps are new, in shares ([`shares`])
//!              ──────────────────────────────────────────────────────── ▶    this program ingests a share
//!              ── asks ──▶  which days are stale, of which files ([`MartsToDo`])
//!              ──────────────────────────────────────────────────────── ▶    SQL of the marts over these files
//!              ── asks ──▶  take these rows, and write the marts' files
//!              ── asks ──▶  which reports are stale ([`ReportsToDo`])
//!              ──────────────────────────────────────────────────────── ▶    SQL of the reports
//!              ── asks ──▶  check, take these rows, publish: a run like any other
//! ```
//!
//! Spark computes rows and nothing else. Which files count, what is stale, what a result was made from, when it is replaced
//! and what is said of it is decided and done by the code that does it without Spark.

mod dialect;
mod job;
mod types;
mod work;

pub use dialect::{Untranslated, translated};
pub use job::{Job, JobError};
pub use work::{MartsToDo, ReportsToDo, shares};
