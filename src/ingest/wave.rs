//! A wave of small dumps: how each is read, and how all are waited for.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use rayon::{ScopeFifo, Yield};

use super::memory::Room;
use super::small::{Small, room_for, small};
use super::unit::Worker;
use super::workers::Workers;
use super::{Dump, Reading};
use crate::progress::Progress;
use crate::source::{Expected, SourceError, WholeFile};

/// Reads small dumps.
pub(super) struct SmallReader<'r> {
    reading: &'r Reading<'r>,
    progress: &'r dyn Progress,
    workers: Workers<(WholeFile, Worker<'r>)>,
    /// For what comes out of dumps that are read at the same time.
    room: Room,
    expected: Expected,
}

impl<'r> SmallReader<'r> {
    pub(super) fn new(reading: &'r Reading<'r>, progress: &'r dyn Progress) -> Self {
        let room = Room::of(reading.options.memory.at_work());
        Self { reading, progress, workers: Workers::default(), room, expected: Expected::default() }
    }

    fn read(&self, dump: &Dump) -> Result<Small, SourceError> {
        let options = self.reading.options;
        let kept = options.memory.at_work() / rayon::current_num_threads().max(1) as u64;
        let new_worker = || (WholeFile::default(), Worker::new(self.reading));
        let read = |most| {
            self.room.with(most, || {
                self.workers.one(new_worker, |(reader, worker)| {
                    let opened = self.expected.open(&dump.file.path);
                    let small = small(dump, opened, most, options, (reader, worker));
                    reader.keep(kept);
                    small
                })
            })
        };
        let [usual, most] = room_for(dump, options);
        let small = match read(usual) {
            Ok(Small::TooLarge) if usual < most => read(most),
            small => small,
        };
        if let Ok(Small::Read { output, .. }) = &small {
            self.progress.advance(1, dump.file.bytes, output.tally.counts.events);
        }
        small
    }
}

/// A wave of small dumps on their way.
pub(super) struct Wave<'d> {
    pub(super) dumps: &'d [Dump],
    read: Mutex<Vec<Option<Result<Small, SourceError>>>>,
    all: Condvar,
}

impl<'d> Wave<'d> {
    pub(super) fn of(dumps: &'d [Dump]) -> Self {
        Self { dumps, read: Mutex::default(), all: Condvar::new() }
    }

    /// Has all of its dumps read, after those that were to be read before.
    pub(super) fn begin<'s>(&'s self, reader: &'s SmallReader<'_>, scope: &ScopeFifo<'s>) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).resize_with(self.dumps.len(), || None);
        reader.expected.add(self.dumps.iter().map(|dump| &dump.file));
        for (place, dump) in self.dumps.iter().enumerate() {
            scope.spawn_fifo(move |_| {
                let small = reader.read(dump);
                self.read.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(small);
                self.all.notify_all();
            });
        }
    }

    /// Waits until all of its dumps have been read, and helps meanwhile.
    pub(super) fn wait(&self) -> Vec<Result<Small, SourceError>> {
        loop {
            let has_helped = rayon::yield_now() == Some(Yield::Executed);
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            if read.iter().all(Option::is_some) {
                return std::mem::take(&mut *read).into_iter().flatten().collect();
            }
            if !has_helped {
                // Until others are through with one more, or have left something to do.
                drop(self.all.wait_timeout(read, Duration::from_millis(1)));
            }
        }
    }
}
