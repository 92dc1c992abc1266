//! What a batch under way has come to: rows on their way to its files, and counts that become rows.

use super::files::{Files, Key};
use super::memory::Memory;
use crate::lake::{DataFileError, FileReceipt, Store};
use crate::staging::{SideTable, Staged, UnrecognizedCounts};

/// All that is written of one batch but its receipt.
pub(super) struct Parts<'s> {
    files: Files<'s>,
    unrecognized: UnrecognizedCounts,
}

impl<'s> Parts<'s> {
    pub(super) fn new(store: &'s Store, batch: &'s str, memory: Memory) -> Self {
        Self { files: Files::new(store, batch, memory), unrecognized: UnrecognizedCounts::default() }
    }

    /// Writes batches, those of one file in the order given.
    pub(super) fn append(&mut self, staged: impl IntoIterator<Item = Staged>) -> Result<(), DataFileError> {
        for staged in staged {
            for (table, rows) in staged.events {
                self.files.events(table, &rows)?;
            }
            if let Some(rows) = staged.rejects {
                self.files.rows(Key::Side(SideTable::Rejects), rows)?;
            }
            self.unrecognized.merge(staged.unrecognized);
        }
        self.files.relieve()
    }

    /// Makes rows of what was counted: of the dumps that it was counted in nothing more comes.
    pub(super) fn end_of_dumps(&mut self) -> Result<(), DataFileError> {
        let table = SideTable::Unrecognized;
        match std::mem::take(&mut self.unrecognized).rows(table.schema()) {
            Some(rows) => self.files.rows(Key::Side(table), rows),
            None => Ok(()),
        }
    }

    /// Ends all files and makes them visible; only the receipt makes them real.
    pub(super) fn finish(self) -> Result<Vec<FileReceipt>, DataFileError> {
        let mut files = self.files.finish()?;
        files.sort_unstable();
        Ok(files)
    }
}
