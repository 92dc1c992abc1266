//! What a batch under way has come to: rows on their way to its files, and counts that become rows at its end.

use super::files::{Files, Key};
use crate::lake::{DataFileError, FileReceipt, Store};
use crate::staging::{SideTable, Staged, UnrecognizedCounts};

/// All that is written of one batch but its receipt.
pub(super) struct Parts<'s> {
    files: Files<'s>,
    unrecognized: UnrecognizedCounts,
}

impl<'s> Parts<'s> {
    pub(super) fn new(store: &'s Store, batch: &'s str) -> Self {
        Self { files: Files::new(store, batch), unrecognized: UnrecognizedCounts::default() }
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

    /// Ends all files and makes them visible; only the receipt makes them real.
    pub(super) fn finish(mut self) -> Result<Vec<FileReceipt>, DataFileError> {
        let table = SideTable::Unrecognized;
        if let Some(rows) = self.unrecognized.rows(table.schema()) {
            self.files.rows(Key::Side(table), rows)?;
        }
        let mut files = self.files.finish()?;
        files.sort_unstable();
        Ok(files)
    }
}
