use super::*;

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn framed(records: &[&[u8]]) -> Vec<u8> {
    records.iter().flat_map(|r| [varint(r.len() as u64), r.to_vec()].concat()).collect()
}

fn read(block: &[u8]) -> Vec<Result<Frame<'_>, FrameError>> {
    LengthDelimited::new(block, 1000).collect()
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
}

#[test]
fn a_length_over_the_maximum_ends_the_reading() {
    let block = [framed(&[b"abc"]), varint(MAX_FRAME + 1), b"rest".to_vec()].concat();
    let frames = read(&block);
    assert_eq!(frames.len(), 2);
    let error = frames[1].clone().unwrap_err();
    let (found, maximum) = (Some(MAX_FRAME + 1), MAX_FRAME);
    assert_eq!(error, FrameError::LengthTooLarge { offset: 1004, unread: 8, found, maximum });
    assert_eq!((error.offset(), error.unread(), error.next_can_be_found()), (1004, 8, false));
    assert_eq!(split_point(&block), Some(block.len()));
}

#[test]
fn a_length_of_the_maximum_is_only_cut_off() {
    let block = [varint(MAX_FRAME), b"rest".to_vec()].concat();
    let expected = MAX_FRAME + 4;
    assert_eq!(read(&block), [Err(FrameError::CutOff { offset: 1000, expected, found: 8 })]);
    assert_eq!(split_point(&block), None);
}

#[test]
fn a_length_that_does_not_end_is_too_large() {
    for block in [vec![0x80; 10], vec![0xff; 30], [vec![0xff; 9], vec![0x02]].concat()] {
        match &read(&block)[..] {
            [Err(FrameError::LengthTooLarge { found: None, unread, .. })] => {
                assert_eq!(*unread, block.len() as u64);
            }
            other => panic!("{other:?}"),
        }
    }
    let largest = read(&varint(u64::MAX)).remove(0).unwrap_err();
    assert!(matches!(largest, FrameError::LengthTooLarge { found: Some(u64::MAX), .. }));
}

#[test]
fn a_varint_with_needless_bytes_is_read() {
    assert_eq!(read(b"\x82\x80\x00ab"), [Ok(Frame { offset: 1000, bytes: b"ab", length: 5 })]);
}

#[test]
fn a_frame_that_the_input_cuts_off_is_reported() {
    let block = framed(&[b"abc", b"defg"]);
    let error = read(&block[..7]).pop().unwrap().unwrap_err();
    assert_eq!(error, FrameError::CutOff { offset: 1004, expected: 5, found: 3 });
    assert_eq!((error.unread(), error.next_can_be_found()), (3, false));
    let prefix = read(b"\x80\x80").remove(0).unwrap_err();
    assert_eq!(prefix, FrameError::CutOff { offset: 1000, expected: 3, found: 2 });
}

#[test]
fn splitting_anywhere_gives_the_same_frames() {
    let long = vec![1; 200];
    let block = framed(&[b"abc", b"", &long, b"", b"d"]);
    let whole = read(&block);
    for size in 0..=block.len() {
        let at = split_point(&block[..size]).unwrap_or(0);
        let mut parts = read(&block[..at]);
        assert!(parts.iter().all(Result::is_ok), "cut at {size}");
        parts.extend(LengthDelimited::new(&block[at..], 1000 + at as u64));
        assert_eq!(parts, whole, "split at {at}");
    }
    assert_eq!(split_point(&block), Some(block.len()));
}
