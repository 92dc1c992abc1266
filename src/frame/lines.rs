//! Lines: records that end in a line feed.
//!
//! - `\n` ends a record; a `\r` before it belongs to the terminator, so that a dump that went through
//!   Windows reads the same. Only one: a second is data.
//! - The last line need not end in `\n`.
//! - A blank line (nothing, or a lone `\r`) is no record and is passed over without a word: exports end
//!   in one, and concatenated exports have one in the middle.
//! - There is no quoting and no escaping: a line feed inside a record cannot exist in these formats.

use memchr::{memchr, memrchr};

use super::{Frame, Split};

/// The lines of a block, each as a [`Frame`].
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> Lines<'a> {
    /// The lines of `block`, which starts `offset` bytes into the decompressed dump.
    pub(super) fn new(block: &'a [u8], offset: u64) -> Self {
        Self { rest: block, offset }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        while !self.rest.is_empty() {
            let (line, length) = match memchr(b'\n', self.rest) {
                Some(end) => (&self.rest[..end], end + 1),
                None => (self.rest, self.rest.len()),
            };
            let offset = self.offset;
            self.rest = &self.rest[length..];
            self.offset += length as u64;

            let bytes = line.strip_suffix(b"\r").unwrap_or(line);
            if !bytes.is_empty() {
                return Some(Frame { offset, bytes, length: length as u64 });
            }
        }
        None
    }
}

/// Whole lines end just after the last `\n`.
pub(super) fn split(block: &[u8]) -> Split {
    memrchr(b'\n', block).map_or(Split::More(None), |last| Split::At(last + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{FrameError, Framing};

    fn lines(block: &[u8]) -> Vec<(u64, &[u8], u64)> {
        Lines::new(block, 100).map(|frame| (frame.offset, frame.bytes, frame.length)).collect()
    }

    #[test]
    fn a_line_ends_at_its_line_feed() {
        assert_eq!(lines(b"a\nbc\n"), [(100, &b"a"[..], 2), (102, b"bc", 3)]);
    }

    #[test]
    fn the_last_line_needs_no_line_feed() {
        assert_eq!(lines(b"a\nbc"), [(100, &b"a"[..], 2), (102, b"bc", 2)]);
        assert_eq!(lines(b"a\nbc\r"), [(100, &b"a"[..], 2), (102, b"bc", 3)]);
    }

    #[test]
    fn one_carriage_return_belongs_to_the_terminator() {
        assert_eq!(lines(b"a\r\nb\r\r\n"), [(100, &b"a"[..], 3), (103, b"b\r", 4)]);
        assert_eq!(lines(b"a\rb\n"), [(100, &b"a\rb"[..], 4)]);
    }

    #[test]
    fn blank_lines_are_no_records_but_count_in_offsets() {
        assert_eq!(lines(b"\n\r\na\n\n\nb\n"), [(103, &b"a"[..], 2), (107, b"b", 2)]);
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n\n\r"), []);
    }

    #[test]
    fn spaces_and_tabs_are_a_record() {
        assert_eq!(lines(b" \n\t\n").len(), 2);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let frames: Vec<_> = Framing::Lines.frames(b"abc\nabcd\nab\nabcdef", 100, 4).collect();
        assert_eq!(frames[0], Ok(Frame { offset: 100, bytes: b"abc", length: 4 }));
        assert_eq!(frames[1], Err(FrameError::TooLong { offset: 104, length: 5, most: 4 }));
        assert_eq!(frames[2], Ok(Frame { offset: 109, bytes: b"ab", length: 3 }));
        assert_eq!(frames[3], Err(FrameError::TooLong { offset: 112, length: 6, most: 4 }));
        assert_eq!(frames.len(), 4);
    }

    #[test]
    fn whole_lines_end_after_the_last_line_feed() {
        assert_eq!(split(b"a\nbc\nd"), Split::At(5));
        assert_eq!(split(b"a\n"), Split::At(2));
        assert_eq!(split(b"abc"), Split::More(None));
        assert_eq!(split(b""), Split::More(None));
    }
}
