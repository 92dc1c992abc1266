//! Length-prefixed payloads: each record preceded by its length as four bytes, the highest first.
//!
//! What enrich reads from the collector since 6.1, once it is decompressed (formats.md 3.3): a message is two bytes of
//! versions, `01 01`, then payloads. A dump joins any number of messages, or has payloads alone, so the versions may
//! stand wherever a frame may start; they are part of no frame, whose offset is that of its length.
//!
//! A length that begins with `01 01` would be one of over 16 MiB, more than a collector takes, and is read as versions.
//! One with the top bit set is negative to those who write it, and is none. See [`super::prefixed`] for what follows
//! from framing by lengths alone.

use super::prefixed::Head;

/// The version of a message and that of its payloads, the only ones there are.
const VERSIONS: [u8; 2] = [1, 1];

/// The versions or the length that bytes begin with.
pub(super) fn head(bytes: &[u8]) -> Head {
    if bytes.starts_with(&VERSIONS) {
        return Head::Skip(VERSIONS.len());
    }
    match bytes.first_chunk().map(|length| i32::from_be_bytes(*length)) {
        None => Head::CutOff,
        Some(length) => match u64::try_from(length) {
            Ok(record) => Head::Length { record, prefix: size_of::<i32>() },
            Err(_) => Head::NoLength,
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::{Frame, FrameError, Framing, Split};

    fn read(block: &[u8]) -> Vec<Result<Frame<'_>, FrameError>> {
        Framing::LengthPrefixed.frames(block, 1000, 8).collect()
    }

    fn split(block: &[u8]) -> Split {
        Framing::LengthPrefixed.split(block)
    }

    #[test]
    fn payloads_of_several_messages_are_read() {
        let block = b"\x01\x01\0\0\0\x03abc\0\0\0\0\x01\x01\x01\x01\0\0\0\x01d\x01\x01";
        let frames = [
            Frame { offset: 1002, bytes: b"abc", length: 7 },
            Frame { offset: 1009, bytes: b"", length: 4 },
            Frame { offset: 1017, bytes: b"d", length: 5 },
        ];
        assert_eq!(read(block), frames.map(Ok));
        assert_eq!(split(block), Split::At(24));
        assert_eq!(split(&block[..21]), Split::At(17));
        assert_eq!((split(&block[13..21]), split(&block[13..20])), (Split::At(4), Split::At(4)));
        assert_eq!((split(&block[17..21]), split(&block[17..20])), (Split::More(Some(5)), Split::More(None)));
        assert_eq!(split(&block[13..17]), Split::At(4));
        assert_eq!(split(&block[13..14]), Split::More(None));
    }

    #[test]
    fn messages_without_versions_are_read() {
        assert_eq!(read(b"\0\0\0\x02ab"), [Ok(Frame { offset: 1000, bytes: b"ab", length: 6 })]);
    }

    #[test]
    fn a_payload_that_is_too_long_is_passed_over() {
        let frames = read(b"\0\0\0\x05abcde\0\0\0\x04abcd");
        assert_eq!(frames[0], Err(FrameError::TooLong { offset: 1000, length: 9, most: 8 }));
        assert_eq!(frames[1], Ok(Frame { offset: 1009, bytes: b"abcd", length: 8 }));
    }

    #[test]
    fn a_payload_that_the_input_cuts_off_is_reported() {
        let cut_off = |length, expected| [Err(FrameError::CutOff { offset: 1002, length, expected })];
        assert_eq!(read(b"\x01\x01\0\0\0\x05abcd"), cut_off(8, 9));
        assert_eq!(read(b"\x01\x01\0\0\0"), cut_off(3, 4));
        assert_eq!(read(b"\x01\x01\x01"), cut_off(1, 2));
        assert_eq!(read(b"\x01\x01\x7f\xff\xff\xff"), cut_off(4, 4 + 0x7fff_ffff));
        assert_eq!(split(b"\x01\x01\x7f\xff\xff\xff"), Split::At(2));
        assert_eq!(split(b"\x7f\xff\xff\xff"), Split::More(Some(4 + 0x7fff_ffff)));
    }

    #[test]
    fn a_negative_length_ends_the_reading() {
        let block = b"\0\0\0\x01a\x80\0\0\0rest";
        assert_eq!(read(block)[1..], [Err(FrameError::NoLength { offset: 1005, length: 8 })]);
        assert_eq!(split(block), Split::At(block.len()));
    }
}
