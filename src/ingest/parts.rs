//! The files of a batch under way: one for each table and day, and one for each table without days.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use rayon::prelude::*;

use crate::event::Day;
use crate::lake::{DataFileError, DataFileWriter, FileReceipt, Store, layout};
use crate::staging::{SideTable, Staged, TableId, UnrecognizedCounts};

/// Rows wait in memory for their row group to fill; past so many bytes the fullest files end theirs early.
const BUFFERED: usize = 128 << 20;

/// One file, and batches that wait to be written to it.
struct Part {
    writer: DataFileWriter,
    waiting: Vec<RecordBatch>,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Events(TableId, Day),
    Side(SideTable),
}

impl Key {
    fn table(self) -> &'static str {
        match self {
            Self::Events(table, _) => table.name(),
            Self::Side(table) => table.name(),
        }
    }

    fn day(self) -> Option<Day> {
        match self {
            Self::Events(_, day) => Some(day),
            Self::Side(_) => None,
        }
    }

    fn create(self, store: &Store, batch: &str) -> Result<DataFileWriter, DataFileError> {
        match self {
            Self::Events(table, day) => {
                DataFileWriter::create(store, layout::staging(table.name(), day, batch), table.schema())
            }
            Self::Side(table) => DataFileWriter::create(store, layout::whole(table.name(), batch), table.schema()),
        }
    }
}

/// All files of one batch.
pub(super) struct Parts<'s> {
    store: &'s Store,
    batch: String,
    parts: BTreeMap<Key, Part>,
    unrecognized: UnrecognizedCounts,
}

impl<'s> Parts<'s> {
    pub(super) fn new(store: &'s Store, batch: String) -> Self {
        Self { store, batch, parts: BTreeMap::new(), unrecognized: UnrecognizedCounts::default() }
    }

    /// Writes batches, those of one file in the order given, several files at once.
    pub(super) fn append(&mut self, staged: impl IntoIterator<Item = Staged>) -> Result<(), DataFileError> {
        for staged in staged {
            for (table, day, batch) in staged.events {
                self.part(Key::Events(table, day))?.waiting.push(batch);
            }
            if let Some(batch) = staged.rejects {
                self.part(Key::Side(SideTable::Rejects))?.waiting.push(batch);
            }
            self.unrecognized.merge(staged.unrecognized);
        }
        self.parts.par_iter_mut().try_for_each(|(_, part)| {
            for batch in part.waiting.drain(..) {
                part.writer.write(&batch)?;
            }
            Ok::<(), DataFileError>(())
        })?;
        self.relieve()
    }

    fn part(&mut self, key: Key) -> Result<&mut Part, DataFileError> {
        // Two look-ups, because making a part can fail.
        if !self.parts.contains_key(&key) {
            let writer = key.create(self.store, &self.batch)?;
            self.parts.insert(key, Part { writer, waiting: Vec::new() });
        }
        Ok(self.parts.get_mut(&key).unwrap_or_else(|| unreachable!("inserted above")))
    }

    /// Ends row groups of the fullest files until little enough waits in memory.
    fn relieve(&mut self) -> Result<(), DataFileError> {
        let mut sizes: Vec<(usize, Key)> =
            self.parts.iter().map(|(key, part)| (part.writer.buffered(), *key)).collect();
        let mut buffered: usize = sizes.iter().map(|(size, _)| size).sum();
        if buffered <= BUFFERED {
            return Ok(());
        }
        sizes.sort_unstable();
        while buffered > BUFFERED / 2
            && let Some((size, key)) = sizes.pop()
        {
            if let Some(part) = self.parts.get_mut(&key) {
                part.writer.flush()?;
            }
            buffered -= size;
        }
        Ok(())
    }

    /// Ends all files and makes them visible; only the receipt makes them real.
    pub(super) fn finish(mut self) -> Result<Vec<FileReceipt>, DataFileError> {
        let table = SideTable::Unrecognized;
        if let Some(rows) = self.unrecognized.rows(table.schema()) {
            self.part(Key::Side(table))?.writer.write(&rows)?;
        }
        let mut files = self
            .parts
            .into_par_iter()
            .map(|(key, part)| {
                let written = part.writer.finish()?;
                Ok(FileReceipt {
                    table: key.table().to_owned(),
                    day: key.day(),
                    path: written.path,
                    rows: written.rows,
                    bytes: written.bytes,
                    digest: written.digest,
                })
            })
            .collect::<Result<Vec<_>, DataFileError>>()?;
        files.sort_unstable();
        Ok(files)
    }
}
