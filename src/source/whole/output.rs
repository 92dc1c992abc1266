//! A buffer that grows with what comes out of a decompressor, up to a limit.

/// The least number of bytes to grow by.
const LEAST: usize = 64 << 10;

/// A buffer of which the first part is filled.
pub(super) struct Output<'a> {
    buffer: &'a mut Vec<u8>,
    filled: usize,
    limit: usize,
}

impl<'a> Output<'a> {
    /// A buffer for at most `limit` bytes. What it holds is of no use any more, its memory is.
    pub(super) fn new(buffer: &'a mut Vec<u8>, limit: u64) -> Self {
        Self { buffer, filled: 0, limit: usize::try_from(limit).unwrap_or(usize::MAX) }
    }

    /// How many bytes are filled.
    pub(super) fn filled(&self) -> usize {
        self.filled
    }

    /// The part that is not filled, up to the limit.
    pub(super) fn room(&mut self) -> &mut [u8] {
        let end = self.buffer.len().min(self.limit);
        &mut self.buffer[self.filled..end]
    }

    /// The first `count` bytes of the room are filled now.
    pub(super) fn fill(&mut self, count: usize) {
        self.filled += count;
    }

    /// Makes room for `more` bytes, as far as the limit allows.
    pub(super) fn reserve(&mut self, more: usize) {
        let size = self.filled.saturating_add(more).min(self.limit);
        if size <= self.buffer.len() {
            return;
        }
        if self.filled == 0 {
            // Fresh zeros come from the system without being written.
            *self.buffer = Vec::new();
            *self.buffer = vec![0; size];
        } else {
            self.buffer.reserve_exact(size - self.buffer.len());
            self.buffer.resize(size, 0);
        }
    }

    /// Makes more room, or says that the limit does not allow it.
    pub(super) fn grow(&mut self) -> bool {
        let room = self.room().len();
        self.reserve(room.max(self.filled / 2).saturating_mul(2).max(LEAST));
        self.room().len() > room
    }
}
