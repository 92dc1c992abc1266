//! A reader with a look ahead: what decides whether another member follows may lie across two reads.

use std::io::{self, ErrorKind, Read};

/// Bytes read at once: enough for the largest zstd block (128 KiB) and to make calls rare.
const CAPACITY: usize = 256 << 10;

/// A buffered reader that can hold on to a number of bytes.
#[derive(Debug)]
pub(super) struct Input<R> {
    reader: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    at_end: bool,
    consumed: u64,
}

impl<R: Read> Input<R> {
    /// Reads from the start of something.
    pub(super) fn new(reader: R) -> Self {
        Self::after(0, reader)
    }

    /// Reads what follows the first `consumed` bytes of something.
    pub(super) fn after(consumed: u64, reader: R) -> Self {
        let buffer = vec![0; CAPACITY].into_boxed_slice();
        Self { reader, buffer, start: 0, end: 0, at_end: false, consumed }
    }

    /// The next bytes: at least `wanted` (of at most the capacity), fewer only at the end of the input.
    pub(super) fn look_ahead(&mut self, wanted: usize) -> io::Result<&[u8]> {
        let wanted = wanted.min(CAPACITY);
        if self.end - self.start < wanted && !self.at_end {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            while self.end < wanted && !self.at_end {
                let read = read_some(&mut self.reader, &mut self.buffer[self.end..])?;
                self.end += read;
                self.at_end = read == 0;
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Gives up the first `count` bytes of what [`look_ahead`](Self::look_ahead) gave.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        self.consumed += count as u64;
    }

    /// Bytes consumed, from the start of it all.
    pub(super) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Fills `out` without a decompressor; less only at the end of the input. What does not fit in the
    /// buffer goes past it.
    pub(super) fn read_plain(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut filled = (self.end - self.start).min(out.len());
        out[..filled].copy_from_slice(&self.buffer[self.start..self.start + filled]);
        self.start += filled;
        while filled < out.len() && !self.at_end {
            let read = read_some(&mut self.reader, &mut out[filled..])?;
            filled += read;
            self.at_end = read == 0;
        }
        self.consumed += filled as u64;
        Ok(filled)
    }
}

fn read_some(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, interrupted before each.
    struct Slow<'a>(&'a [u8], bool);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            out[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn looking_ahead_joins_reads() {
        let mut input = Input::new(Slow(b"abcdef", false));
        assert_eq!(input.look_ahead(4).unwrap(), b"abcd");
        input.consume(3);
        assert_eq!(input.look_ahead(2).unwrap(), b"de");
        assert_eq!(input.look_ahead(9).unwrap(), b"def");
        assert_eq!(input.consumed(), 3);
    }

    #[test]
    fn plain_reading_starts_with_what_was_looked_at() {
        let mut input = Input::new(Slow(b"abcdef", false));
        input.look_ahead(2).unwrap();
        let mut out = [0; 4];
        assert_eq!(input.read_plain(&mut out).unwrap(), 4);
        assert_eq!(&out, b"abcd");
        assert_eq!(input.read_plain(&mut out).unwrap(), 2);
        assert_eq!(input.read_plain(&mut out).unwrap(), 0);
        assert_eq!(input.consumed(), 6);
    }
}
