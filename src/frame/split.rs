//! How far a block of a dump holds whole frames, for every framing that has to go from frame to frame to know.

/// How far a block of a dump holds whole frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Whole frames end at this index, which is not 0.
    At(usize),
    /// Not even the first frame is whole. Where its length is stated, how many bytes it takes, all included.
    More(Option<u64>),
}

/// What bytes begin with, of which there is at least one.
pub(super) enum Step {
    /// So many bytes, not 0, that belong to no frame.
    Skip(usize),
    /// A whole frame, or an error that more bytes would not change, of so many bytes, not 0.
    Whole(usize),
    /// A frame of which the end is not seen; how many bytes it takes, where that is stated.
    More(Option<u64>),
}

/// Goes through a block step by step.
///
/// Bytes of no frame go with the frame before them, or else with that after them, so that what is handed over holds a
/// frame; unless there is nothing else in the block.
pub(super) fn split(block: &[u8], step: impl Fn(&[u8]) -> Step) -> Split {
    let (mut at, mut any) = (0, false);
    while at < block.len() {
        match step(&block[at..]) {
            Step::Skip(length) => at += length,
            Step::Whole(length) => {
                at += length;
                any = true;
            }
            Step::More(_) if any => return Split::At(at),
            Step::More(stated) => return Split::More(stated.map(|length| length.saturating_add(at as u64))),
        }
    }
    if at > 0 { Split::At(at) } else { Split::More(None) }
}
