//! What a dump is: the form of its records and how they are cut, told by its beginning or by the caller.

use super::Options;
use super::unit::Worker;
use crate::decode::{Detected, Reason, Refusal, detect, framing_of, is_empty};
use crate::frame::{Framing, Split};

/// Lines that are accounted for one by one in a dump without any form; of a longer one, the whole is one.
const FORMLESS_LINES: usize = 1000;

/// What a dump is, as far as its first bytes tell.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Known(Detected),
    Unknown,
    Empty,
}

impl Form {
    pub(super) fn of(options: &Options, head: &[u8]) -> Self {
        if is_empty(head) {
            return Self::Empty;
        }
        if let Some(format) = options.format {
            return Self::Known(Detected { format, framing: framing_of(format, head) });
        }
        detect(head).map_or(Self::Unknown, Self::Known)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Known(detected) => detected.format.as_str(),
            Self::Unknown => "unknown",
            Self::Empty => "empty",
        }
    }
}

/// Accounts for a dump in which nothing has the form of a record: line by line if it is short, else as one.
pub(super) fn formless(source: &str, bytes: &[u8], worker: &mut Worker<'_>) {
    let refusal = Refusal::from(Reason::UnknownFormat);
    let lines = || Framing::Lines.frames(bytes, 0, usize::MAX).flatten();
    if lines().take(FORMLESS_LINES + 1).count() <= FORMLESS_LINES {
        for line in lines() {
            worker.refuse(source, "unknown", line.offset, line.length, &refusal);
        }
    } else {
        worker.refuse(source, "unknown", 0, bytes.len() as u64, &refusal);
    }
}

/// Where the last whole record ends in bytes of which the end is missing.
pub(super) fn whole_records(detected: Detected, bytes: &[u8]) -> usize {
    match detected.framing.split(bytes) {
        Split::At(end) => end,
        Split::More(_) => 0,
    }
}
