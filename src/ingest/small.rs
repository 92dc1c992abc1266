//! Reads a small dump whole: fastest, and many at once.

use std::io;

use super::form::{Form, formless, whole_records};
use super::unit::{Output, Records, Worker, reason_of};
use super::{Dump, Options};
use crate::source::{Damage, Opened, SourceError, SourceReason, WholeFile};

/// What comes out of a byte of a dump at most, beyond the first megabyte, if it is like others: events give ten.
const USUAL: u64 = 12;
/// The same of any dump that is read whole. What a wave of dumps holds in memory is bounded by the bytes that they count
/// for, so of denser ones blocks are read.
const DENSE: u64 = 24;
/// As much may come out of any dump that is read whole.
const LITTLE: u64 = 1 << 20;

/// A dump that was read whole, or must be read in blocks: because of its size, or of the number of its refused records.
pub(super) enum Small {
    Read { form: Form, output: Box<Output>, bytes: u64, damage: Option<Damage> },
    TooLarge,
}

/// How much may come out of a dump for it to be read whole: most need no more than the first, any may have the second.
pub(super) fn room_for(dump: &Dump, options: &Options) -> [u64; 2] {
    [USUAL, DENSE].map(|times| dump.weight.saturating_mul(times).clamp(LITTLE, options.memory.whole()))
}

/// Reads a dump whole, if no more than `most` bytes come out of it.
pub(super) fn small(
    dump: &Dump,
    opened: io::Result<(Opened, u64)>,
    most: u64,
    options: &Options,
    (reader, worker): (&mut WholeFile, &mut Worker<'_>),
) -> Result<Small, SourceError> {
    let Some(whole) = reader.read_opened(&dump.file.path, opened, most, options.output)? else {
        return Ok(Small::TooLarge);
    };
    if whole.digest != dump.digest {
        return Err(SourceError { path: dump.file.path.clone(), reason: SourceReason::Changed });
    }
    let source = dump.digest.to_string();
    let form = Form::of(options, whole.bytes);
    // What damage has cut off is no record, even if it looks like one.
    let end = match form {
        Form::Known(detected) if whole.damage.as_ref().is_some_and(Damage::cuts_off_data) => {
            whole_records(detected, whole.bytes)
        }
        _ => whole.bytes.len(),
    };
    match form {
        Form::Empty => {}
        Form::Unknown => formless(&source, whole.bytes, worker),
        Form::Known(detected) => {
            let frames = detected.framing.frames(&whole.bytes[..end], 0, options.max_record);
            let (changed, format) = (dump.changed(), detected.format);
            if !worker.records(&mut Records { source: &source, changed, format, frames, after: 0 }) {
                worker.finish();
                return Ok(Small::TooLarge);
            }
        }
    }
    if let Some(damage) = &whole.damage {
        let length = (whole.bytes.len() - end) as u64;
        worker.refuse(&source, form.as_str(), end as u64, length, &reason_of(damage).into());
    }
    let (bytes, damage) = (whole.bytes.len() as u64, whole.damage);
    Ok(Small::Read { form, output: Box::new(worker.finish()), bytes, damage })
}
