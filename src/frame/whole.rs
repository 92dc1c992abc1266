//! The whole dump as one record: for a form that has no bounds of its own, or one of which only the end is known.

use super::{Frame, Split};

/// The one record of a block, the bytes of which are all there are; none of a block of no bytes.
#[derive(Clone, Debug)]
pub(super) struct Whole<'a>(Option<Frame<'a>>);

impl<'a> Whole<'a> {
    /// The record that is `block`, which starts `offset` bytes into the decompressed dump.
    pub(super) fn new(block: &'a [u8], offset: u64) -> Self {
        let frame = Frame { offset, bytes: block, length: block.len() as u64 };
        Self((!block.is_empty()).then_some(frame))
    }
}

impl<'a> Iterator for Whole<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        self.0.take()
    }
}

/// Only the end of the dump ends its record.
pub(super) fn split(_: &[u8]) -> Split {
    Split::More(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{FrameError, Framing};

    #[test]
    fn everything_is_one_record() {
        let mut frames = Framing::Whole.frames(b"a\nb", 100, 3);
        assert_eq!(frames.next(), Some(Ok(Frame { offset: 100, bytes: b"a\nb", length: 3 })));
        assert_eq!(frames.next(), None);
        assert_eq!(Framing::Whole.frames(b"", 0, 3).next(), None);
        let too_long = FrameError::TooLong { offset: 100, length: 3, most: 2 };
        assert_eq!(Framing::Whole.frames(b"a\nb", 100, 2).next(), Some(Err(too_long)));
        assert_eq!((split(b"a\nb"), split(b"")), (Split::More(None), Split::More(None)));
    }
}
