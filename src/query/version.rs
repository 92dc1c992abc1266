//! Which version of its files a table reads.
//!
//! A file of a mart is replaced while others read it, and a table is read column by column. So all that is read of a file
//! must be of one version: the first that is seen, or the one that is asked for.

use std::sync::OnceLock;

use polars::prelude::*;
use polars_io::prelude::ParquetReader;

use crate::lake::Fingerprint;

/// The versions of some files: what their footers say that they were built from.
pub(super) struct Versions {
    files: Vec<OnceLock<Option<Fingerprint>>>,
    changed: OnceLock<String>,
}

impl Versions {
    /// So many files, of any version.
    pub(super) fn any(files: usize) -> Self {
        Self { files: (0..files).map(|_| OnceLock::new()).collect(), changed: OnceLock::new() }
    }

    /// Files that must be of these versions.
    pub(super) fn of(files: impl Iterator<Item = Fingerprint>) -> Self {
        Self { files: files.map(|version| OnceLock::from(Some(version))).collect(), changed: OnceLock::new() }
    }

    /// Refuses a file that is of another version than before.
    pub(super) fn check(
        &self,
        number: usize,
        path: &str,
        reader: &mut ParquetReader<std::fs::File>,
    ) -> PolarsResult<()> {
        let entries = reader.get_metadata()?.key_value_metadata.iter().flatten();
        let found = Fingerprint::of_footer(entries.map(|entry| (entry.key.as_str(), entry.value.as_deref())));
        if self.files[number].get_or_init(|| found.clone()) == &found {
            return Ok(());
        }
        let path = self.changed.get_or_init(|| path.to_owned());
        Err(polars_err!(ComputeError: "{path} was replaced"))
    }

    /// A file that was of another version than before.
    pub(super) fn changed(&self) -> Option<&str> {
        self.changed.get().map(String::as_str)
    }
}
