//! How much memory reading may take, and what of it goes where.
//!
//! ```text
//! dumps at work ─┐ their bytes, decompressed: as many dumps at once as have room
//! blocks ────────┘ or those of one large dump
//!       waves ──── rows of the dumps of one wave, while those of the one before are written
//!       files ──── rows that wait until there are enough for a row group
//! ```
//!
//! None of these depends on the number of threads: what is written is the same on every machine. With more threads more
//! dumps are at work, as far as there is room.

use std::fmt;
use std::sync::{Condvar, Mutex, PoisonError};

/// An amount of memory, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory(u64);

/// A megabyte, of which an amount of memory is told in.
const MB: u64 = 1_000_000;

/// What there is of the program before it reads anything, and what the writing of a few row groups takes.
const PROGRAM: u64 = 75 * MB;

/// What the writing of one row group takes.
pub(super) const WRITING: u64 = 24 * MB;

impl Memory {
    /// The least that reading can do with.
    pub const LEAST: Self = Self(128 * MB);

    /// From text: `300MB`, `1GB`, or bytes; `None` for anything else, and for less than the least.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = match &text[digits.len()..] {
            "" => 1,
            "MB" => MB,
            "GB" => 1000 * MB,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        };
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        let bytes = is_number.then(|| digits.parse::<u64>().ok()).flatten()?.checked_mul(unit)?;
        Some(Self(bytes)).filter(|memory| *memory >= Self::LEAST)
    }

    /// So much of an amount that is right where reading may take the default.
    fn part(self, of_default: u64) -> u64 {
        let (own, default) = (self.0 - PROGRAM, Self::default().0 - PROGRAM);
        u64::try_from(u128::from(of_default) * u128::from(own) / u128::from(default)).unwrap_or(u64::MAX)
    }

    /// The same, where it is a length.
    fn length(self, of_default: u64) -> usize {
        usize::try_from(self.part(of_default)).unwrap_or(usize::MAX)
    }

    /// Dumps that count for up to so many bytes on the disk are read whole.
    pub(super) fn small(self) -> u64 {
        self.part(6 << 20)
    }

    /// The most that may come out of a dump that is read whole; of one with more, blocks are read.
    pub(super) fn whole(self) -> u64 {
        self.part(48 << 20)
    }

    /// What may come out of all dumps that are read whole at the same time.
    pub(super) fn at_work(self) -> u64 {
        2 * self.whole()
    }

    /// Bytes on the disk that the dumps of one wave count for. Decompressed they are ten times that, of which their rows take nearly
    /// half.
    pub(super) fn wave(self) -> u64 {
        self.part(8 << 20)
    }

    /// Bytes of rows that wait to be written; past them those files write theirs that have most.
    pub(super) fn waiting(self) -> usize {
        self.length(48 << 20)
    }

    /// What files may take that are written at the same time: with each, its columns have compressors and dictionaries.
    pub(super) fn writing(self) -> u64 {
        self.part(2 * WRITING)
    }

    /// Bytes of one block of a large dump, decompressed.
    pub(super) fn block(self) -> usize {
        self.length(4 << 20)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self(300 * MB)
    }
}

impl fmt::Display for Memory {
    /// As [`Memory::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes.is_multiple_of(1000 * MB) => write!(f, "{}GB", bytes / (1000 * MB)),
            bytes if bytes.is_multiple_of(MB) => write!(f, "{}MB", bytes / MB),
            bytes => write!(f, "{bytes}"),
        }
    }
}

/// Room for some bytes, which those who need some of it take for a time.
pub(super) struct Room {
    all: u64,
    free: Mutex<u64>,
    more: Condvar,
}

impl Room {
    pub(super) fn of(bytes: u64) -> Self {
        Self { all: bytes, free: Mutex::new(bytes), more: Condvar::new() }
    }

    /// Waits until there is room for so many bytes, and does something there. What needs more than there is has all of it.
    pub(super) fn with<R>(&self, bytes: u64, work: impl FnOnce() -> R) -> R {
        let _taken = self.take(bytes.min(self.all));
        work()
    }

    fn take(&self, bytes: u64) -> Taken<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free < bytes {
            free = self.more.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= bytes;
        Taken { room: self, bytes }
    }
}

/// Some room that is taken, until this is dropped.
struct Taken<'r> {
    room: &'r Room,
    bytes: u64,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.room.free.lock().unwrap_or_else(PoisonError::into_inner) += self.bytes;
        self.room.more.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn is_written_as_it_is_read() {
        for text in ["128MB", "300MB", "1GB", "134217728"] {
            assert_eq!(Memory::parse(text).map(|memory| memory.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Memory::parse("128MiB"), Memory::parse("134217728"));
        assert_eq!(Memory::parse("2GiB"), Some(Memory(2 << 30)));
        for text in ["", "MB", "127MB", "1kB", "300 MB", "-1GB", "1.5GB", "300MB ", "99999999999GB", "é1GB", "1GBé"] {
            assert_eq!(Memory::parse(text), None, "{text}");
        }
    }

    #[test]
    fn parts_are_as_large_as_the_whole() {
        let (default, least) = (Memory::default(), Memory::LEAST);
        assert_eq!((default.whole(), default.wave(), default.block()), (48 << 20, 8 << 20, 4 << 20));
        assert_eq!(Memory(525 * MB).at_work(), 4 * default.whole());
        assert_eq!(Memory(187_500_000).block(), default.block() / 2);
        // What one dump may be is in a wave, and there is room for it.
        assert!(least.small() < least.wave() && least.whole() < least.at_work());
    }

    #[test]
    fn nobody_has_room_that_is_not_there() {
        let (room, taken, most) = (Room::of(10), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for bytes in [1, 4, 7, 10, 100, 3, 3, 6] {
                let (room, taken, most) = (&room, &taken, &most);
                scope.spawn(move || {
                    for _ in 0..50 {
                        room.with(bytes, || {
                            let own = bytes.min(10);
                            most.fetch_max(taken.fetch_add(own, Ordering::SeqCst) + own, Ordering::SeqCst);
                            thread::yield_now();
                            taken.fetch_sub(own, Ordering::SeqCst);
                        });
                    }
                });
            }
        });
        assert!((1..=10).contains(&most.into_inner()));
        assert_eq!(room.free.into_inner().expect("whole"), 10);
    }
}
