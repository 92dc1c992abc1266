//! Progress on stderr: for each stage how much is done, how fast, and how long it will take. Silent where nobody watches.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::printer::Printer;
use crate::progress::{Progress, Stage};

/// What is left of a line that is too long is not shown, so the most important comes first.
const LINE: &str = "{prefix} {bar:12} {percent:>3} % {left:>3} left  {wide_msg}";

/// The meter of a command. It leaves the screen with the end of its life.
pub(super) struct Meter {
    bar: ProgressBar,
    at: Mutex<Option<At>>,
}

/// Where a stage is.
struct At {
    stage: Stage,
    begun: Instant,
    done: Amount,
    of: Amount,
}

/// How much there is of something.
#[derive(Clone, Copy, Default)]
struct Amount {
    things: usize,
    bytes: u64,
    events: u64,
}

impl Meter {
    pub(super) fn new(printer: &Printer) -> Self {
        let target = if printer.is_watched() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template(LINE) {
            bar.set_style(style.with_key("left", left).progress_chars("█▉▊▋▌▍▎▏ "));
        }
        Self { bar, at: Mutex::new(None) }
    }

    /// Does something that prints, with the meter out of its way.
    pub(super) fn aside(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Meter {
    fn begin(&self, stage: Stage, things: usize, bytes: u64) {
        let of = Amount { things, bytes, events: 0 };
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        *at = Some(At { stage, begun: Instant::now(), done: Amount::default(), of });
        self.bar.reset();
        self.bar.set_prefix(stage.as_str());
        self.bar.set_message(String::new());
        self.bar.set_length(if bytes > 0 { bytes } else { things as u64 });
    }

    fn advance(&self, things: usize, bytes: u64, events: u64) {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = at.as_mut() else { return };
        at.done.things += things;
        at.done.bytes += bytes;
        at.done.events += events;
        self.bar.set_message(told(at.stage, at.done, at.of, at.begun.elapsed()));
        self.bar.set_position(if at.of.bytes > 0 { at.done.bytes } else { at.done.things as u64 });
    }
}

/// How long a stage will take; nobody knows before some of it is done.
fn left(state: &ProgressState, to: &mut dyn fmt::Write) {
    // What cannot be shown is not.
    let _ = match state.pos() {
        0 => write!(to, "?"),
        _ => write!(to, "{:#}", HumanDuration(state.eta())),
    };
}

/// How far a stage is.
fn told(stage: Stage, done: Amount, of: Amount, elapsed: Duration) -> String {
    let things = format!("{} of {} {}", done.things, of.things, stage.things());
    if of.bytes == 0 {
        return things;
    }
    let bytes = format!("{} of {}", HumanBytes(done.bytes), HumanBytes(of.bytes));
    if stage != Stage::Ingest {
        return format!("{bytes}, {things}");
    }
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = done.events.saturating_mul(1000) / millis;
    format!("{} events/s, {bytes}, {things}", HumanCount(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_says_how_much_is_done_and_how_fast() {
        let of = Amount { things: 12, bytes: 4 << 30, events: 0 };
        let done = Amount { things: 3, bytes: 1 << 30, events: 250_000 };
        let seconds = Duration::from_secs(2);
        assert_eq!(told(Stage::Ingest, done, of, seconds), "125,000 events/s, 1.00 GiB of 4.00 GiB, 3 of 12 dumps");
        assert_eq!(told(Stage::Rewrite, done, of, seconds), "1.00 GiB of 4.00 GiB, 3 of 12 files");
        let of = Amount { bytes: 0, ..of };
        assert_eq!(told(Stage::Build, done, of, seconds), "3 of 12 days");
    }
}
