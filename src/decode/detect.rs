//! Which format a dump has, told by its content.

use super::protobuf::Fields;
use super::{Format, Reason};
use crate::frame::{LengthDelimited, Lines};

/// What a look at the beginning of a dump tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detected {
    /// A format that is read.
    Format(Format),
    /// Nothing that is read, and why.
    Refused(Reason),
}

/// Tells the format of a dump from its first block: by the first line, else frame, that has the form of one.
///
/// Lines that have no form at all are passed over (a dump may begin with a broken one), so the answer
/// [`Reason::UnknownFormat`] means that everything in the block was looked at.
pub fn detect(block: &[u8]) -> Detected {
    Lines::new(block, 0)
        .find_map(|line| detect_line(line.bytes))
        .or_else(|| is_vortex(block).then_some(Detected::Format(Format::Vortex)))
        .unwrap_or(Detected::Refused(Reason::UnknownFormat))
}

fn detect_line(line: &[u8]) -> Option<Detected> {
    if memchr::memchr_iter(b'\t', line).take(131).count() == 130 {
        return Some(Detected::Format(Format::EnrichedTsv));
    }
    if line.first() != Some(&b'{') {
        return None;
    }
    let has = |needle: &[u8]| memchr::memmem::find(line, needle).is_some();
    // The order matters: a failed event holds the event that failed, with all of its keys.
    if has(b"/payload_data/jsonschema/") && !has(b"snowplow.badrows/") {
        return Some(Detected::Format(Format::TrackerPayload));
    }
    if has(b"snowplow.badrows/") {
        return Some(Detected::Refused(Reason::FailedEvents));
    }
    if has(b"\"type_url\"") && has(b"\"message\"") {
        return Some(Detected::Refused(Reason::DeveloperMode));
    }
    if has(b"\"event_id\"") && has(b"\"app_id\"") {
        return Some(Detected::Format(Format::EnrichedJson));
    }
    None
}

/// Whether any frame is a batch with a message that names its type.
fn is_vortex(block: &[u8]) -> bool {
    LengthDelimited::new(block, 0).map_while(Result::ok).any(|frame| names_a_type(frame.bytes).unwrap_or(false))
}

fn names_a_type(batch: &[u8]) -> Result<bool, super::protobuf::Malformed> {
    let mut fields = Fields::of(batch);
    while let Some((number, value)) = fields.next()? {
        if number != 2 {
            continue;
        }
        let mut message = Fields::of(value.bytes()?);
        while let Some((number, value)) = message.next()? {
            if number != 1 {
                continue;
            }
            let mut any = Fields::of(value.bytes()?);
            if let Some((1, type_url)) = any.next()? {
                return Ok(type_url.text()?.contains("v1."));
            }
        }
    }
    Ok(false)
}
