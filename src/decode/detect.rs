//! Which format a dump has and how its records are cut, told by its content.

use super::protobuf::{Fields, Malformed};
use super::{Format, collector_payload, query_string};
use crate::frame::Framing;

/// What a look at the beginning of a dump tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The form of its records.
    pub format: Format,
    /// How they are cut.
    pub framing: Framing,
}

/// Tells the format of a dump from its first block: by the first line, element or frame that has the form of one.
///
/// Records that have no form at all are passed over (a dump may begin with a broken one), so `None` means that
/// everything in the block was looked at.
pub fn detect(block: &[u8]) -> Option<Detected> {
    let text = unmarked(block);
    let of = |framing: Framing, told: fn(&[u8]) -> Option<Format>| {
        let format = frames(framing, text).find_map(told)?;
        Some(Detected { format, framing })
    };
    // What begins with a sound binary frame is no text, whatever stands between two of its line feeds.
    of_first_frame(block)
        // Arrays come before lines: the lines of one may look like records.
        .or_else(|| if is_array(text) { of(Framing::JsonArray, of_json) } else { None })
        .or_else(|| of(Framing::Lines, of_line))
        // An object over many lines, or several.
        .or_else(|| if is_json(text) { of(Framing::JsonArray, of_json) } else { None })
        .or_else(|| of_binary(block))
}

/// How the records of a dump of a known format are cut.
pub fn framing_of(format: Format, block: &[u8]) -> Framing {
    let detected = detect(block).filter(|detected| detected.format == format);
    match (detected, format) {
        (Some(detected), _) => detected.framing,
        (None, Format::Vortex) => Framing::LengthDelimited,
        (None, Format::CollectorPayload) if !block.is_ascii() => Framing::LengthPrefixed,
        (None, Format::EnrichedTsv) => Framing::Lines,
        (None, _) if is_array(unmarked(block)) => Framing::JsonArray,
        (None, _) => Framing::Lines,
    }
}

/// Whether a dump, `block` being all of it, says in whatever form that it holds nothing: white space, or JSON arrays
/// without elements.
pub fn is_empty(block: &[u8]) -> bool {
    let mut open = false;
    for byte in unmarked(block) {
        match byte {
            b'[' if !open => open = true,
            b']' if open => open = false,
            byte if byte.is_ascii_whitespace() => {}
            _ => return false,
        }
    }
    !open
}

/// The text of a dump without the mark of UTF-8 (byte-order mark) that some programs begin a file with.
fn unmarked(block: &[u8]) -> &[u8] {
    block.strip_prefix(b"\xef\xbb\xbf").unwrap_or(block)
}

fn frames(framing: Framing, block: &[u8]) -> impl Iterator<Item = &[u8]> {
    framing.frames(block, 0, usize::MAX).filter_map(Result::ok).map(|frame| frame.bytes)
}

fn is_json(block: &[u8]) -> bool {
    matches!(block.trim_ascii_start(), [b'{' | b'[', ..])
}

/// Whether a block begins with an array of objects or of nothing. A lone bracket is a broken line like any other.
fn is_array(block: &[u8]) -> bool {
    let Some(rest) = block.trim_ascii_start().strip_prefix(b"[") else { return false };
    matches!(rest.trim_ascii_start(), [b'{' | b']', ..])
}

fn of_line(line: &[u8]) -> Option<Format> {
    if memchr::memchr_iter(b'\t', line).take(131).count() == 130 {
        return Some(Format::EnrichedTsv);
    }
    if line.starts_with(b"{") {
        // An object that goes on in the next line, or has a comma after it, is no line's.
        return if line.trim_ascii_end().ends_with(b"}") { of_json(line) } else { None };
    }
    // A payload in binary has the query string of its request in it.
    if !line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') && query_string::is_request(line) {
        return Some(Format::TrackerPayload);
    }
    collector_payload::is_base64(line).then_some(Format::CollectorPayload)
}

fn of_json(object: &[u8]) -> Option<Format> {
    if !object.starts_with(b"{") {
        return None;
    }
    let has = |needle: &[u8]| memchr::memmem::find(object, needle).is_some();
    // In capitals as some warehouses export them.
    let either = |needle: &[u8]| has(needle) || has(&needle.to_ascii_uppercase());
    let has_id = either(b"\"event_id\"");
    // The order matters: a failed event holds the event that failed, with all of its keys. One from before 2020 holds
    // it in a text, whose keys are not in quotation marks alone.
    if has(b"snowplow.badrows") || (has(b"\"line\"") && has(b"\"errors\"") && !has_id) {
        return Some(Format::FailedEvents);
    }
    if has_id && either(b"\"app_id\"") {
        return Some(Format::EnrichedJson);
    }
    if has(b"\"type_url\"") && has(b"\"message\"") {
        return Some(Format::VortexDev);
    }
    (has(b"payload_data") && has(b"\"data\"")).then_some(Format::TrackerPayload)
}

/// Tells a binary form by the first of its frames.
fn of_first_frame(block: &[u8]) -> Option<Detected> {
    let is = |framing: Framing, told: fn(&[u8]) -> bool| frames(framing, block).next().is_some_and(told);
    if is(Framing::LengthDelimited, is_batch) {
        return Some(Detected { format: Format::Vortex, framing: Framing::LengthDelimited });
    }
    [Framing::LengthPrefixed, Framing::ElephantBird]
        .into_iter()
        .find(|framing| is(*framing, collector_payload::is_payload))
        .map(|framing| Detected { format: Format::CollectorPayload, framing })
}

/// Tells a binary form by any of its frames.
fn of_binary(block: &[u8]) -> Option<Detected> {
    let vortex = |framing| Some(Detected { format: Format::Vortex, framing });
    // The body of one request. Its first bytes would be the length of a frame, but not of one that is a batch.
    if is_batch(block) {
        return vortex(Framing::Whole);
    }
    if frames(Framing::LengthDelimited, block).any(is_batch) {
        return vortex(Framing::LengthDelimited);
    }
    [Framing::LengthPrefixed, Framing::ElephantBird, Framing::Whole]
        .into_iter()
        .find(|framing| frames(*framing, block).any(collector_payload::is_payload))
        .map(|framing| Detected { format: Format::CollectorPayload, framing })
}

/// Whether these bytes are a batch with a message that names its type.
fn is_batch(bytes: &[u8]) -> bool {
    names_a_type(bytes).unwrap_or(false)
}

fn names_a_type(batch: &[u8]) -> Result<bool, Malformed> {
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
