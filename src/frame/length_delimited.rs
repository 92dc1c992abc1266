//! Length-delimited messages: each record preceded by its length as a varint.
//!
//! The framing of protobuf's `writeDelimitedTo`: an unsigned varint of at most ten bytes and 64 bits, then that many
//! bytes. No magic, no checksum, no terminator. See [`super::prefixed`] for what follows from that.

use super::prefixed::Head;
use super::varint::{NoVarint, varint};

/// The length that bytes begin with.
pub(super) fn head(bytes: &[u8]) -> Head {
    match varint(bytes) {
        Ok((record, prefix)) => Head::Length { record, prefix },
        Err(NoVarint::CutOff) => Head::CutOff,
        Err(NoVarint::TooLong) => Head::NoLength,
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::varint::encoded;
    use crate::frame::{Frame, FrameError, Framing, Split};

    fn framed(records: &[&[u8]]) -> Vec<u8> {
        records.iter().flat_map(|record| [encoded(record.len() as u64), record.to_vec()].concat()).collect()
    }

    fn read(block: &[u8]) -> Vec<Result<Frame<'_>, FrameError>> {
        Framing::LengthDelimited.frames(block, 1000, 500).collect()
    }

    fn split(block: &[u8]) -> Split {
        Framing::LengthDelimited.split(block)
    }

    #[test]
    fn frames_have_their_offset_and_length() {
        let long = vec![7; 300];
        let block = framed(&[b"abc", b"", &long]);
        let frames: Vec<_> = read(&block).into_iter().map(Result::unwrap).collect();
        assert_eq!(frames[0], Frame { offset: 1000, bytes: b"abc", length: 4 });
        assert_eq!(frames[1], Frame { offset: 1004, bytes: b"", length: 1 });
        assert_eq!(frames[2], Frame { offset: 1005, bytes: &long, length: 302 });
        assert_eq!(frames.len(), 3);
        assert!(read(b"").is_empty());
        assert_eq!(split(&block), Split::At(block.len()));
        assert_eq!(split(b""), Split::More(None));
    }

    #[test]
    fn a_record_that_is_too_long_is_passed_over() {
        let block = framed(&[b"abc", &[7; 498], &[7; 499], b"de"]);
        let frames = read(&block);
        assert!(frames[0].is_ok());
        assert_eq!(frames[1].map(|frame| frame.length), Ok(500));
        assert_eq!(frames[2], Err(FrameError::TooLong { offset: 1504, length: 501, most: 500 }));
        assert_eq!(frames[3], Ok(Frame { offset: 2005, bytes: b"de", length: 3 }));
        assert_eq!(frames.len(), 4);
    }

    #[test]
    fn what_is_no_length_ends_the_reading() {
        for no_length in [vec![0x80; 10], vec![0xff; 30], [vec![0xff; 9], vec![0x02]].concat()] {
            let block = [framed(&[b"abc"]), no_length, b"rest".to_vec()].concat();
            let error = FrameError::NoLength { offset: 1004, length: block.len() as u64 - 4 };
            assert_eq!(read(&block)[1..], [Err(error)]);
            assert!(!error.next_can_be_found());
            assert_eq!(split(&block), Split::At(block.len()));
        }
    }

    #[test]
    fn a_frame_that_the_input_cuts_off_is_reported() {
        let block = framed(&[b"abc", b"defg"]);
        let error = FrameError::CutOff { offset: 1004, length: 3, expected: 5 };
        assert_eq!(read(&block[..7])[1..], [Err(error)]);
        assert_eq!(split(&block[..7]), Split::At(4));
        assert_eq!(split(&block[4..7]), Split::More(Some(5)));
        let prefix = FrameError::CutOff { offset: 1000, length: 2, expected: 3 };
        assert_eq!(read(b"\x80\x80"), [Err(prefix)]);
        assert_eq!(split(b"\x80\x80"), Split::More(None));
    }

    #[test]
    fn a_length_beyond_all_bounds_is_only_cut_off() {
        for length in [1 << 40, 1 << 60, u64::MAX] {
            let block = [encoded(length), b"rest".to_vec()].concat();
            let expected = length.saturating_add(block.len() as u64 - 4);
            let error = FrameError::CutOff { offset: 1000, length: block.len() as u64, expected };
            assert_eq!(read(&block), [Err(error)]);
            assert_eq!(split(&block), Split::More(Some(expected)));
        }
    }
}
