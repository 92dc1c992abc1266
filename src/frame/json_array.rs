//! JSON arrays: records that are the elements of one, or of several one after the other, over any number of lines.
//!
//! Between elements there are brackets `[` `]`, commas and white space, in whatever order: what they say is not needed
//! to find the elements. So an array within the array is opened up, and objects that are in no array are read as well.
//!
//! Anything else starts an element:
//!
//! - An object, which ends with the brace that closes it. The brackets and texts inside are followed and nothing more:
//!   whether it is JSON is for the decoder to say, of an object without end at the end of the dump too.
//! - A text, which ends with its quotation mark, if that is in the same line and what follows it is no more of it.
//! - Anything else, up to the next separator or `{`.
//!
//! **An object that is broken does not take the others with it.** It ends early where it can be no JSON any more:
//!
//! - before a bracket that opens where no value can stand: after a value, or in an object after a comma. That is how
//!   the next element begins after one that lacks a closing bracket;
//! - where a line ends inside a text. Since what follows cannot be told from texts, the object takes the lines up to
//!   the first that begins, after separators, with `{`.
//!
//! Neither is ever true of JSON, however it is laid out. One more thing ends an object that may be: a line that begins
//! with `{` in its first column (or after a comma there) inside of an array, unless the object is in lines from its
//! first brace on. JSON is laid out like that by hand at most; but in an array with an element a line, that is what
//! follows an element that was cut off in an inner array.

use memchr::{memchr, memchr3};

use super::split::{self, Step};
use super::{Frame, Split};

/// The elements of a block, each as a [`Frame`].
#[derive(Clone, Debug)]
pub(super) struct JsonArray<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> JsonArray<'a> {
    /// The elements of `block`, which starts between elements, `offset` bytes into the decompressed dump.
    pub(super) fn new(block: &'a [u8], offset: u64) -> Self {
        Self { rest: block, offset }
    }

    /// Takes so many bytes.
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.offset += length as u64;
        taken
    }
}

impl<'a> Iterator for JsonArray<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        self.take(separators(self.rest));
        if self.rest.is_empty() {
            return None;
        }
        let (End::At(end) | End::Open(end)) = element(self.rest);
        // What ended early ends in what separates it from the next.
        let last = self.rest[..end].iter().rposition(|byte| !matches!(byte, b',' | b' ' | b'\t' | b'\n' | b'\r'));
        let offset = self.offset;
        let bytes = self.take(last.map_or(end, |last| last + 1));
        Some(Frame { offset, bytes, length: bytes.len() as u64 })
    }
}

/// Whole elements end where the first starts of which the end is not seen.
pub(super) fn split(block: &[u8]) -> Split {
    split::split(block, |rest| match separators(rest) {
        0 => match element(rest) {
            End::At(end) => Step::Whole(end),
            End::Open(_) => Step::More(None),
        },
        length => Step::Skip(length),
    })
}

/// How many bytes stand before the next element.
fn separators(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !is_separator(*byte)).unwrap_or(bytes.len())
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'[' | b']' | b',' | b' ' | b'\t' | b'\n' | b'\r')
}

/// Where an element ends in bytes that begin with it.
#[derive(Clone, Copy)]
enum End {
    /// Here, whatever follows the bytes.
    At(usize),
    /// Here if nothing follows them.
    Open(usize),
}

/// The end of the element that bytes begin with, of which there is at least one.
fn element(bytes: &[u8]) -> End {
    if bytes.starts_with(b"{") {
        return object(bytes).unwrap_or(End::Open(bytes.len()));
    }
    let ends = |byte: u8| is_separator(byte) || byte == b'{';
    let other = bytes.iter().position(|byte| ends(*byte));
    if bytes.starts_with(b"\"") {
        match text_end(bytes, 1).map(|end| (end + 1, bytes[end], bytes.get(end + 1))) {
            None => return End::Open(other.unwrap_or(bytes.len())),
            Some((end, b'"', None)) => return End::Open(end),
            Some((end, b'"', Some(next))) if ends(*next) => return End::At(end),
            Some(_) => {}
        }
    }
    other.map_or(End::Open(bytes.len()), End::At)
}

/// The end of an object; `None` where it is not closed.
fn object(bytes: &[u8]) -> Option<End> {
    let mut open = Brackets::default();
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'))?;
        match bytes[at] {
            b'"' => {
                at = text_end(bytes, at + 1)?;
                if bytes[at] == b'\n' {
                    return line_of_object(bytes, at);
                }
            }
            bracket @ (b'{' | b'[') => {
                if at > 0 && begins_another(bytes, at, &open) {
                    return Some(End::At(at));
                }
                open.push(bracket);
            }
            _ => open.pop(),
        }
        at += 1;
        if open.depth == 0 {
            return Some(End::At(at));
        }
    }
}

/// Where the quotation mark is that ends a text, or the end of the line that breaks it.
fn text_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr3(b'"', b'\\', b'\n', bytes.get(at..)?)?;
        match bytes[at] {
            // The end of a line cannot be escaped.
            b'\\' if bytes.get(at + 1) != Some(&b'\n') => at += 2,
            b'\\' => at += 1,
            _ => return Some(at),
        }
    }
}

/// The end of the line, from that at `at` on, after which there is an object before anything else.
fn line_of_object(bytes: &[u8], mut at: usize) -> Option<End> {
    loop {
        let next = at + separators(&bytes[at..]);
        match bytes.get(next) {
            None => return Some(End::Open(at)),
            Some(b'{') => return Some(End::At(at)),
            Some(_) => at = next + memchr(b'\n', &bytes[next..])?,
        }
    }
}

/// Whether the bracket at `at`, inside of an object, begins the next element.
fn begins_another(object: &[u8], at: usize, open: &Brackets) -> bool {
    let before = &object[..at];
    match before.trim_ascii_end().last() {
        Some(b':') => false,
        Some(b'[' | b',') if open.in_array() => {
            let first_column = before.ends_with(b"\n") || before.ends_with(b"\n,");
            let in_lines = matches!(object.get(1), Some(b'\n' | b'\r'));
            object[at] == b'{' && first_column && !in_lines
        }
        _ => true,
    }
}

/// The brackets that are open in an object: how many, and of which kind the innermost 128 are, beyond which no decoder
/// goes. Those further out count as `[`, which allows more.
#[derive(Default)]
struct Brackets {
    depth: usize,
    /// A bit for each, the lowest for the innermost; set for `{`.
    braces: u128,
}

impl Brackets {
    fn push(&mut self, bracket: u8) {
        self.depth += 1;
        self.braces = self.braces << 1 | u128::from(bracket == b'{');
    }

    /// Closes the innermost, of whichever kind: where they do not match the object is no JSON anyway.
    fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.braces >>= 1;
    }

    fn in_array(&self) -> bool {
        self.braces & 1 == 0
    }
}

#[cfg(test)]
mod tests;
