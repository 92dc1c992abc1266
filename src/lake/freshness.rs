//! What a mart's file was built from: a fingerprint in its footer.
//!
//! A day is stale when its file's fingerprint is not the one that the receipts and the SQL now give.
//! There is no other state to lose or to disagree. What the fingerprint is made of stands beside it, so that it can be
//! said why a day became stale.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;

use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, ParquetMetaDataReader};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::layout;
use super::store::{Part, Store, StoreError};
use crate::event::Day;

/// The footer's key of the fingerprint.
const KEY: &str = "usage_report.built_from";
/// The footer's key of the fingerprint with which a file was built that was changed since.
const BUILT: &str = "usage_report.built_from_before";
/// The footer's key of what tells a file from which somebody forgotten was left out from what it was with them.
const LEFT_OUT: &str = "usage_report.left_out";
/// The footer's key of the key that its pseudonyms are made with, if this was rotated. (`usage_report.key` are the columns
/// that tell one row from another.)
const REKEYED: &str = "usage_report.rekeyed";
/// The footer's key of the dumps, and of how each was read.
const INPUTS: &str = "usage_report.inputs";
/// The footer's key of the SQL.
const SQL: &str = "usage_report.sql";
/// The footer's key of what all reports of a run were made from.
const PUBLISHED: &str = "usage_report.published";

/// A digest over everything that a file was built from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fingerprint(String);

/// What a file was built from, as its footer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltFrom {
    /// A digest over all of it. The file is fresh where this is what it should be.
    pub fingerprint: Fingerprint,
    /// The dumps, and how each was read: the name of a file of [`super::Inputs`].
    pub inputs: Option<Fingerprint>,
    /// The SQL of the mart, and of the marts that it reads.
    pub sql: BTreeMap<String, Fingerprint>,
    /// Of a report: what all reports of the run were made from, the name of a file of `published/`.
    pub published: Option<Fingerprint>,
    /// Of a file that was changed since it was built: the fingerprint with which it was.
    pub built: Option<Fingerprint>,
    /// Of a file from which rows of somebody forgotten were left out since: the fingerprint that it got then.
    pub left_out: Option<Fingerprint>,
    /// The fingerprint of the key that its pseudonyms are made with, if this was rotated.
    pub rekeyed: Option<String>,
}

impl BuiltFrom {
    /// With a fingerprint, of which nothing more is told.
    pub fn of(fingerprint: Fingerprint) -> Self {
        Self {
            fingerprint,
            inputs: None,
            sql: BTreeMap::new(),
            published: None,
            built: None,
            left_out: None,
            rekeyed: None,
        }
    }

    /// Keys and values for a footer.
    pub fn footer_entries(&self) -> Vec<(String, String)> {
        let sql = self.sql.iter().map(|(mart, sql)| format!("{mart}={sql}")).collect::<Vec<_>>().join(" ");
        let names = [(INPUTS, &self.inputs), (PUBLISHED, &self.published)];
        let names = names.into_iter().filter_map(|(key, name)| Some((key.to_owned(), name.as_ref()?.to_string())));
        let rekeyed = self.rekeyed.iter().map(|key| (REKEYED.to_owned(), key.clone()));
        let fingerprint = (KEY.to_owned(), self.fingerprint.to_string());
        [fingerprint, (SQL.to_owned(), sql)].into_iter().chain(names).chain(rekeyed).collect()
    }

    /// Marks in a footer that the file has the pseudonyms of another key.
    pub fn mark_rekeyed(footer: &mut Vec<KeyValue>, key: &str) {
        Self::mark(footer, "key", key);
        footer.retain(|entry| entry.key != REKEYED);
        footer.push(KeyValue::new(REKEYED.to_owned(), key.to_owned()));
    }

    /// Marks in a footer that the file is without the rows of some who were forgotten.
    pub fn mark_left_out(footer: &mut Vec<KeyValue>, forgotten: &str) {
        let Some(fingerprint) = Self::mark(footer, "without", forgotten) else { return };
        footer.retain(|entry| entry.key != LEFT_OUT);
        footer.push(KeyValue::new(LEFT_OUT.to_owned(), fingerprint.to_string()));
    }

    /// Marks in a footer that the file is changed, and how: what was made of it is stale then. As what it was built stays
    /// beside it. Gives the fingerprint that the file has now, if it had one.
    fn mark(footer: &mut Vec<KeyValue>, what: &str, value: &str) -> Option<Fingerprint> {
        let place = footer.iter().position(|entry| entry.key == KEY)?;
        let before = footer[place].value.clone().unwrap_or_default();
        let fingerprint = Fingerprint::of([("built", before.as_str()), (what, value)]);
        footer[place].value = Some(fingerprint.to_string());
        if !footer.iter().any(|entry| entry.key == BUILT) {
            footer.push(KeyValue::new(BUILT.to_owned(), before));
        }
        Some(fingerprint)
    }

    /// The fingerprint with which the file was built, whatever was changed in it since.
    pub fn as_built(&self) -> &Fingerprint {
        self.built.as_ref().unwrap_or(&self.fingerprint)
    }

    fn of_footer(value: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let sql = value(SQL).unwrap_or_default();
        let sql = sql.split(' ').filter_map(|entry| entry.split_once('='));
        Some(Self {
            fingerprint: Fingerprint(value(KEY)?),
            inputs: value(INPUTS).map(Fingerprint),
            published: value(PUBLISHED).map(Fingerprint),
            built: value(BUILT).map(Fingerprint),
            left_out: value(LEFT_OUT).map(Fingerprint),
            rekeyed: value(REKEYED),
            sql: sql.map(|(mart, sql)| (mart.to_owned(), Fingerprint(sql.to_owned()))).collect(),
        })
    }
}

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

/// The days of which a mart has a file, sorted.
pub fn built_days(store: &Store, mart: &str) -> Result<Vec<Day>, StoreError> {
    // The folder of a day is there before its first file.
    let files = store.walk(&layout::mart(mart), 1)?;
    let days = files.iter().filter_map(|file| {
        let day = layout::day_of_folder(file.path.rsplit('/').nth(1)?)?;
        (file.path == layout::mart_day(mart, day)).then_some(day)
    });
    Ok(days.collect())
}

/// What a file's footer says that it was built from; `None` if there is no file, or nothing in its footer.
pub fn read_built_from(store: &Store, path: &str) -> Result<Option<BuiltFrom>, FooterError> {
    let built_from = store.read_once(path, Part::FOOTER, |file| built_from_of(&file, path))?;
    Ok(built_from.and_then(|built_from| (*built_from).clone()))
}

/// The same of a file that is open.
pub fn built_from_of(file: &File, path: &str) -> Result<Option<BuiltFrom>, FooterError> {
    let metadata = ParquetMetaDataReader::new()
        .parse_and_finish(file)
        .map_err(|reason| FooterError::Unreadable { path: path.to_owned(), reason })?;
    let entries = metadata.file_metadata().key_value_metadata();
    let value = |key: &str| entries?.iter().find(|entry| entry.key == key)?.value.clone();
    Ok(BuiltFrom::of_footer(value))
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

    #[test]
    fn a_footer_says_what_a_file_was_built_from() {
        let of = |text: &'static str| Fingerprint::of([("a test", text)]);
        let sql = BTreeMap::from([("a".to_owned(), of("a")), ("b".to_owned(), of("b"))]);
        for (inputs, published) in [(None, Some(of("published"))), (Some(of("inputs")), None)] {
            let rekeyed = inputs.is_some().then(|| "a key".to_owned());
            let sql = sql.clone();
            let built_from = BuiltFrom { inputs, sql, published, rekeyed, ..BuiltFrom::of(of("all")) };
            let entries = BTreeMap::from_iter(built_from.footer_entries());
            assert_eq!(BuiltFrom::of_footer(|key| entries.get(key).cloned()), Some(built_from));
        }
        assert_eq!(BuiltFrom::of_footer(|_| None), None);
    }

    #[test]
    fn of_a_file_that_was_changed_it_is_known_as_what_it_was_built() {
        let of = |footer: &[KeyValue]| {
            let value = |key: &str| footer.iter().find(|entry| entry.key == key)?.value.clone();
            BuiltFrom::of_footer(value).expect("a fingerprint")
        };
        let built = Fingerprint::of([("a test", "built")]);
        let mut footer = vec![KeyValue::new(KEY.to_owned(), built.to_string())];
        let mut known = vec![of(&footer).fingerprint];
        // One who was forgotten may have left more behind: it is another file then, too.
        for value in ["a", "b", "b"] {
            BuiltFrom::mark_left_out(&mut footer, value);
            assert_eq!(of(&footer).as_built(), &built);
            assert_eq!(of(&footer).left_out, Some(of(&footer).fingerprint));
            assert!(!known.contains(&of(&footer).fingerprint));
            known.push(of(&footer).fingerprint);
        }
        let left_out = of(&footer).left_out;
        for key in ["a key", "another"] {
            BuiltFrom::mark_rekeyed(&mut footer, key);
            assert_eq!((of(&footer).as_built(), of(&footer).rekeyed.as_deref()), (&built, Some(key)));
            assert_eq!(of(&footer).left_out, left_out);
            assert!(!known.contains(&of(&footer).fingerprint));
        }
    }
}
