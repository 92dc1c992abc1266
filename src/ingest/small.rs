//! Reads a small dump whole: fastest, and many at once.

use super::form::{Form, formless, split_point};
use super::unit::{Output, Worker, reason_of};
use super::{Dump, Options};
use crate::source::{Damage, SourceError, SourceReason, WholeFile};

/// The most that may come out of a dump that is read whole; of one with more, blocks are read.
const WHOLE: u64 = 256 << 20;

/// A dump that was read whole, or must be read in blocks.
pub(super) enum Small {
    Read { form: Form, output: Box<Output>, bytes: u64, damage: Option<Damage> },
    TooLarge,
}

/// Reads a dump whole.
pub(super) fn small(
    dump: &Dump,
    options: &Options,
    reader: &mut WholeFile,
    worker: &mut Worker<'_>,
) -> Result<Small, SourceError> {
    let limit = WHOLE.min(options.max_decompressed);
    let whole = reader.read(&dump.file.path, limit)?;
    if whole.digest != dump.digest {
        return Err(SourceError { path: dump.file.path.clone(), reason: SourceReason::Changed });
    }
    if matches!(whole.decompressed.damage, Some(Damage::TooLarge { .. })) {
        return Ok(Small::TooLarge);
    }
    let source = dump.digest.to_string();
    let damage = whole.decompressed.damage;
    let form = Form::of(options, whole.bytes);
    // What damage has cut off is no record, even if it looks like one.
    let end = match form {
        Form::Known(format) if damage.as_ref().is_some_and(Damage::cuts_off_data) => {
            split_point(format.framing(), whole.bytes).unwrap_or(0)
        }
        _ => whole.bytes.len(),
    };
    match form {
        Form::Empty => {}
        Form::Refused(reason) => formless(&source, reason, whole.bytes, worker),
        Form::Known(format) => worker.records(&source, format, &whole.bytes[..end], 0, 0),
    }
    if let Some(damage) = &damage {
        let length = (whole.bytes.len() - end) as u64;
        worker.refuse(&source, form.as_str(), end as u64, Some(length), 0, &reason_of(damage).into());
    }
    let bytes = whole.bytes.len() as u64;
    Ok(Small::Read { form, output: Box::new(worker.finish()), bytes, damage })
}
