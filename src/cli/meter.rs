//! Progress on stderr: files, bytes, records a second, time left. Silent where nobody watches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::printer::Printer;
use crate::ingest::Progress;

/// The meter of an ingest.
pub(super) struct Meter {
    bar: ProgressBar,
    files: AtomicU64,
    of_files: AtomicU64,
    records: AtomicU64,
    begun: Instant,
}

impl Meter {
    pub(super) fn new(printer: &Printer) -> Self {
        let target = if printer.is_watched() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("ingest {bar:24} {percent:>3} % {msg} {eta} left") {
            bar.set_style(style);
        }
        Self {
            bar,
            files: AtomicU64::new(0),
            of_files: AtomicU64::new(0),
            records: AtomicU64::new(0),
            begun: Instant::now(),
        }
    }

    /// Takes the meter off the screen.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Meter {
    fn begin(&self, files: usize, bytes: u64) {
        self.of_files.store(files as u64, Ordering::Relaxed);
        self.files.store(0, Ordering::Relaxed);
        self.records.store(0, Ordering::Relaxed);
        self.bar.set_length(bytes);
        self.bar.set_position(0);
    }

    fn advance(&self, files: usize, bytes: u64, records: u64) {
        let files = self.files.fetch_add(files as u64, Ordering::Relaxed) + files as u64;
        let records = self.records.fetch_add(records, Ordering::Relaxed) + records;
        self.bar.inc(bytes);
        let seconds = self.begun.elapsed().as_secs_f64().max(0.001);
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate for reading"
        )]
        let rate = (records as f64 / seconds) as u64;
        self.bar.set_message(format!(
            "{files}/{} files, {}, {} records/s,",
            self.of_files.load(Ordering::Relaxed),
            HumanBytes(self.bar.position()),
            HumanCount(rate)
        ));
    }
}
