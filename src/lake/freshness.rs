//! What a mart's file was built from: a fingerprint in its footer.
//!
//! A day is stale when its file's fingerprint is not the one that the receipts and the SQL now give.
//! There is no other state to lose or to disagree.

use std::fmt;

use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use thiserror::Error;

use super::store::{Store, StoreError};

/// The footer's key of the fingerprint.
const KEY: &str = "usage_report.built_from";

/// A digest over everything that a file was built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of some named inputs, given in an order that is always the same.
    pub fn of<'a>(inputs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for (name, value) in inputs {
            // Lengths first, so that no two lists of inputs run into one text.
            for part in [name, value] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
        }
        Self(hasher.finalize().to_hex().as_str()[..32].to_owned())
    }

    /// Key and value for a footer.
    pub fn footer_entry(&self) -> (String, String) {
        (KEY.to_owned(), self.0.clone())
    }

    /// The fingerprint in a footer with these keys and values.
    pub fn of_footer<'f>(entries: impl IntoIterator<Item = (&'f str, Option<&'f str>)>) -> Option<Self> {
        let (_, value) = entries.into_iter().find(|(key, _)| *key == KEY)?;
        value.map(|value| Self(value.to_owned()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reading a footer failed.
#[derive(Debug, Error)]
pub enum FooterError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No Parquet file.
    #[error("{path} cannot be read as Parquet: {reason}; delete it, the next build makes it anew")]
    Unreadable {
        /// The file.
        path: String,
        /// What the parser says.
        reason: ParquetError,
    },
}

/// The fingerprint in a file's footer; `None` if there is no file, or none in it.
pub fn read_built_from(store: &Store, path: &str) -> Result<Option<Fingerprint>, FooterError> {
    let Some(file) = store.open(path)? else {
        return Ok(None);
    };
    let metadata = ParquetMetaDataReader::new()
        .parse_and_finish(&file)
        .map_err(|reason| FooterError::Unreadable { path: path.to_owned(), reason })?;
    let entries = metadata.file_metadata().key_value_metadata();
    let entries = entries.into_iter().flatten().map(|entry| (entry.key.as_str(), entry.value.as_deref()));
    Ok(Fingerprint::of_footer(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_do_not_run_into_each_other() {
        let of = |inputs: &[(&'static str, &'static str)]| Fingerprint::of(inputs.iter().copied());
        assert_eq!(of(&[("a", "b")]), of(&[("a", "b")]));
        assert_ne!(of(&[("a", "bc")]), of(&[("ab", "c")]));
        assert_ne!(of(&[("a", "b"), ("c", "d")]), of(&[("c", "d"), ("a", "b")]));
        assert_ne!(of(&[]), of(&[("", "")]));
    }
}
