//! What a dump is: the form of its records, told by its beginning or by the caller.

use super::Options;
use super::unit::Worker;
use crate::decode::{Detected, Format, Framing, Reason, Refusal, detect};
use crate::frame::{Lines, length_delimited, lines};

/// Lines that are accounted for one by one in a dump without any form; of a longer one, the whole is one.
const FORMLESS_LINES: usize = 1000;

/// What a dump is, as far as its first bytes tell.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Known(Format),
    Refused(Reason),
    Empty,
}

impl Form {
    pub(super) fn of(options: &Options, head: &[u8]) -> Self {
        if let Some(format) = options.format {
            return Self::Known(format);
        }
        if head.is_empty() {
            return Self::Empty;
        }
        match detect(head) {
            Detected::Format(format) => Self::Known(format),
            Detected::Refused(reason) => Self::Refused(reason),
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Known(format) => format.as_str(),
            Self::Refused(_) => "unknown",
            Self::Empty => "empty",
        }
    }
}

/// Accounts for a dump in which nothing has the form of a record: line by line if it is short, else as one.
pub(super) fn formless(source: &str, reason: Reason, bytes: &[u8], worker: &mut Worker<'_>) {
    let refusal = Refusal::from(reason);
    let short =
        reason == Reason::UnknownFormat && Lines::new(bytes, 0).take(FORMLESS_LINES + 1).count() <= FORMLESS_LINES;
    if short {
        for line in Lines::new(bytes, 0) {
            worker.refuse(source, "unknown", line.offset, Some(line.length), 0, &refusal);
        }
    } else {
        worker.refuse(source, "unknown", 0, Some(bytes.len() as u64), 0, &refusal);
    }
}

pub(super) fn split_point(framing: Framing, bytes: &[u8]) -> Option<usize> {
    match framing {
        Framing::Lines => lines::split_point(bytes),
        Framing::LengthDelimited => length_delimited::split_point(bytes),
    }
}
