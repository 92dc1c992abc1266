//! What a reader of blocks gives.

use crate::source::Damage;

/// Whole records of a dump, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where the first byte is in the decompressed dump.
    pub offset: u64,
    /// The bytes; never none.
    pub bytes: Vec<u8>,
    /// Whether this is not whole records but the start of one, of which damage took the end.
    pub cut_off: bool,
}

/// What a dump gives next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Records.
    Block(Block),
    /// A record over the limit, passed over. Reading goes on with the next one.
    Oversized {
        /// Where it starts in the decompressed dump.
        offset: u64,
        /// Its bytes, with its terminator or length prefix: those that are there.
        length: u64,
        /// Whether all of it is there. Not when damage took its end, nor when the dump has fewer bytes than
        /// its stated length.
        whole: bool,
    },
    /// The dump could not be read to its end. Nothing follows.
    Damaged(Damage),
}
