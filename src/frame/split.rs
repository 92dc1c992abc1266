//! How far a block of a dump holds whole frames, for every framing that has to go from frame to frame to know.

/// How far a block of a dump holds whole frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Whole frames, or bytes that belong to none, end at this index, which is not 0.
    At(usize),
    /// The first frame is not whole, and begins with the block. Where its length is stated, how many bytes it takes, all
    /// included.
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
/// Bytes of no frame go with the frames around them; before one that is not whole they are handed over without it. So
/// where such a frame starts and how long it is does not depend on what was seen before it.
pub(super) fn split(block: &[u8], step: impl Fn(&[u8]) -> Step) -> Split {
    let mut at = 0;
    while at < block.len() {
        match step(&block[at..]) {
            Step::Skip(length) | Step::Whole(length) => at += length,
            Step::More(_) if at > 0 => return Split::At(at),
            Step::More(stated) => return Split::More(stated),
        }
    }
    if at > 0 { Split::At(at) } else { Split::More(None) }
}
