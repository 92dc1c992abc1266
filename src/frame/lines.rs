//! Lines: records that end in a line feed.
//!
//! - `\n` ends a record; a `\r` before it belongs to the terminator, so that a dump that went through
//!   Windows reads the same. Only one: a second is data.
//! - The last line need not end in `\n`.
//! - A blank line (nothing, or a lone `\r`) is no record and is passed over without a word: exports end
//!   in one, and concatenated exports have one in the middle.
//! - There is no quoting and no escaping: a line feed inside a record cannot exist in these formats.

use memchr::{memchr, memrchr};

use crate::frame::Frame;

/// The lines of a block, each as a [`Frame`].
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> Lines<'a> {
    /// The lines of `block`, which starts `offset_of_block` bytes into the decompressed dump.
    pub fn new(block: &'a [u8], offset_of_block: u64) -> Self {
        Self { rest: block, offset: offset_of_block }
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

impl std::iter::FusedIterator for Lines<'_> {}

/// The index just after the last `\n` of a block; `None` when it holds no whole line.
pub fn split_point(block: &[u8]) -> Option<usize> {
    memrchr(b'\n', block).map(|last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_split_point_is_after_the_last_line_feed() {
        assert_eq!(split_point(b"a\nbc\nd"), Some(5));
        assert_eq!(split_point(b"a\n"), Some(2));
        assert_eq!(split_point(b"abc"), None);
        assert_eq!(split_point(b""), None);
    }

    #[test]
    fn splitting_anywhere_gives_the_same_lines() {
        let block = b"one\r\n\ntwo\nthree\n\r\nfour";
        let whole = lines(block);
        for size in 1..=block.len() {
            let at = split_point(&block[..size]).unwrap_or(0);
            let mut parts = lines(&block[..at]);
            parts.extend(Lines::new(&block[at..], 100 + at as u64).map(|f| (f.offset, f.bytes, f.length)));
            assert_eq!(parts, whole, "split at {at}");
        }
    }
}
