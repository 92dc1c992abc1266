//! Days of marts that outlive the staging that they were built from: what is somebody's who was forgotten goes from them
//! too, and they get another key.
//!
//! Such a day is never built again, so its files are written anew, row for row, without what goes. A file says in its
//! footer under which key it is, if that was rotated before it was built or since; whom all of them are without says
//! `frozen.json`, so that they are looked at when somebody else is forgotten, and not at every ingest.
//!
//! Which days these are is told by staging as a whole. Where only some of its tables are gone, marts of others may be
//! among them, which are then built again like any that is not what it should be.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::{Arc, LazyLock};

use arrow_array::cast::AsArray as _;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::rewrite::RewriteError;
use crate::event::Day;
use crate::lake::{
    BuiltFrom, Fingerprint, Forgotten, PROJECT_KEY, Part, Retention, Store, Theirs, built_days, layout, read_built_from,
};
use crate::privacy::{Domain, Pseudonym, Pseudonymizer};
use crate::staging::{self, TableId};

/// Rows of a group, as in files that are built.
const ROW_GROUP: usize = 128 * 1024;

/// Whom the frozen days of a lake are without: `frozen.json`.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Checked {
    /// Whom they are without.
    without: Option<Fingerprint>,
    /// The last day that was looked at.
    until: Option<Day>,
}

/// The days of marts that cannot be built again.
pub(super) struct Frozen<'s> {
    store: &'s Store,
    /// The last of them; `None` if there is none.
    until: Option<Day>,
    checked: Checked,
}

impl<'s> Frozen<'s> {
    /// Those of a lake.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub(super) fn read(store: &'s Store) -> Result<Self, RewriteError> {
        // A day is built from the one before it, too, so that the first that staging has is among them.
        let until = Retention::read(store)?.first_of(TableId::all().map(TableId::name));
        let checked = store.read(layout::FROZEN)?;
        // Without it, all are looked at.
        let checked = checked.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        Ok(Self { store, until, checked })
    }

    /// The files that may hold something of those who are forgotten now: of days that have become frozen since they were
    /// looked at, or of all.
    pub(super) fn unchecked(&self, forgotten: Option<&Fingerprint>) -> Result<Vec<String>, RewriteError> {
        let since = self.checked.until.filter(|_| self.checked.without.as_ref() == forgotten);
        self.files(|day| since.is_none_or(|checked| day > checked))
    }

    /// The files of some days.
    pub(super) fn of_days(&self, days: &BTreeSet<Day>) -> Result<Vec<String>, RewriteError> {
        self.files(|day| days.contains(&day))
    }

    /// All of their files.
    pub(super) fn all(&self) -> Result<Vec<String>, RewriteError> {
        self.files(|_| true)
    }

    fn files(&self, is_wanted: impl Fn(Day) -> bool) -> Result<Vec<String>, RewriteError> {
        let Some(until) = self.until else { return Ok(Vec::new()) };
        let mut files = Vec::new();
        for mart in self.store.list(layout::MARTS)? {
            let days = built_days(self.store, &mart)?.into_iter().filter(|day| *day <= until && is_wanted(*day));
            files.extend(days.map(|day| layout::mart_day(&mart, day)));
        }
        Ok(files)
    }

    /// Finds what files have of somebody forgotten: which of them have some, how many rows, and whose invocations these
    /// are of.
    pub(super) fn find(&self, files: &[String], forgotten: &Forgotten) -> Result<Found, RewriteError> {
        let found = files.par_iter().map(|path| {
            let mut found = Found::default();
            for rows in self.rows(path, Some(&Forgotten::columns()))? {
                if let Some(left_out) = forgotten.rows(&rows.map_err(|reason| unreadable(path, &reason))?) {
                    found.rows += left_out.count();
                    found.theirs.extend(left_out.theirs);
                }
            }
            if found.rows > 0 {
                found.files.insert(path.clone());
            }
            Ok(found)
        });
        found.try_reduce(Found::default, |mut one, other| {
            one.rows += other.rows;
            one.files.extend(other.files);
            one.theirs.extend(other.theirs);
            Ok(one)
        })
    }

    /// Writes files anew without what is somebody's who is forgotten. What was made of them is stale then.
    pub(super) fn leave_out(&self, files: &BTreeSet<String>, forgotten: &Forgotten) -> Result<(), RewriteError> {
        files.par_iter().try_for_each(|path| {
            let whom = forgotten.fingerprint().map(|whom| whom.to_string()).unwrap_or_default();
            let footer = |entries: &mut Vec<KeyValue>| BuiltFrom::mark_left_out(entries, &whom);
            let kept = |rows: RecordBatch| forgotten.rows(&rows).map_or(rows.clone(), |left_out| left_out.kept(&rows));
            self.rewrite(path, footer, kept)
        })
    }

    /// Keeps whom all of them are without.
    pub(super) fn are_without(&mut self, without: Option<Fingerprint>) -> Result<(), RewriteError> {
        let checked = Checked { without, until: self.until };
        if self.until.is_some() && checked != self.checked {
            self.store.put_json(layout::FROZEN, &checked)?;
            self.checked = checked;
        }
        Ok(())
    }

    /// Gives them another key, those that have it aside.
    pub(super) fn rekey(&self, key: &str, pseudonymizer: &Pseudonymizer) -> Result<(), RewriteError> {
        self.all()?.par_iter().try_for_each(|path| {
            let built_from = read_built_from(self.store, path).map_err(|reason| unreadable(path, &reason))?;
            if built_from.is_some_and(|built_from| built_from.rekeyed.as_deref() == Some(key)) {
                return Ok(());
            }
            let footer = |entries: &mut Vec<KeyValue>| BuiltFrom::mark_rekeyed(entries, key);
            self.rewrite(path, footer, |rows| rekeyed(&rows, pseudonymizer))
        })
    }

    fn rewrite(
        &self,
        path: &str,
        footer: impl FnOnce(&mut Vec<KeyValue>),
        change: impl Fn(RecordBatch) -> RecordBatch,
    ) -> Result<(), RewriteError> {
        let builder = self.open(path, None)?;
        let schema = Arc::clone(builder.schema());
        let mut entries = builder.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
        footer(&mut entries);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .set_key_value_metadata(Some(entries));
        // That of the footer stays: it says what columns mean, and in which form who reads them gets texts.
        let options = ArrowWriterOptions::new().with_properties(properties.build()).with_skip_arrow_metadata(true);
        let failed = |reason: ParquetError| unreadable(path, &reason);
        let mut writer =
            ArrowWriter::try_new_with_options(self.store.create(path)?, schema, options).map_err(failed)?;
        let rows = builder.build().map_err(failed)?;
        for rows in rows {
            writer.write(&change(rows.map_err(|reason| unreadable(path, &reason))?)).map_err(failed)?;
        }
        writer.into_inner().map_err(failed)?.commit()?;
        Ok(())
    }

    /// The rows of a file, all columns or those of some names that it has.
    fn rows(
        &self,
        path: &str,
        columns: Option<&[&str]>,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, arrow_schema::ArrowError>>, RewriteError> {
        self.open(path, columns)?.build().map_err(|reason| unreadable(path, &reason))
    }

    fn open(
        &self,
        path: &str,
        columns: Option<&[&str]>,
    ) -> Result<ParquetRecordBatchReaderBuilder<File>, RewriteError> {
        let file = self
            .store
            .open(path, columns.map_or(Part::Whole, Part::Columns))?
            .ok_or_else(|| unreadable(path, &"it is gone"))?;
        // Texts are then what Parquet calls them, whatever form of them a writer had in memory.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options);
        let builder = builder.map_err(|reason| unreadable(path, &reason))?;
        Ok(match columns {
            Some(columns) => {
                let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
                builder.with_projection(mask)
            }
            None => builder,
        })
    }
}

/// What files have of somebody forgotten.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Those that have some.
    pub files: BTreeSet<String>,
    /// How many rows.
    pub rows: u64,
    /// The invocations and runs of nodes that they are of.
    pub theirs: Theirs,
}

fn unreadable(path: &str, reason: &impl ToString) -> RewriteError {
    RewriteError::Unreadable { path: path.to_owned(), reason: reason.to_string() }
}

/// Of what a column of a mart has pseudonyms: of what the column of its name in staging has.
fn domain(column: &str) -> Option<Domain> {
    static DOMAINS: LazyLock<Vec<(&str, Domain)>> = LazyLock::new(|| {
        let columns = staging::dictionary().flat_map(|table| &table.columns);
        columns.filter_map(|column| Some((column.name, column.domain?))).collect()
    });
    DOMAINS.iter().find(|(name, _)| *name == column).map(|(_, domain)| *domain)
}

/// The same rows with the pseudonyms of another key.
fn rekeyed(rows: &RecordBatch, pseudonymizer: &Pseudonymizer) -> RecordBatch {
    let rotated = |domain, text: &str| {
        let earlier = Pseudonym::parse(text)?;
        Some(pseudonymizer.rotate(domain, earlier).as_str().to_owned())
    };
    let key = |text: &str| {
        let (project, account) = text.split_once('/')?;
        let account = if account.is_empty() { String::new() } else { rotated(Domain::Account, account)? };
        Some(format!("{}/{account}", rotated(Domain::Project, project)?))
    };
    let columns = rows.schema_ref().fields().iter().zip(rows.columns()).map(|(field, column)| -> ArrayRef {
        let name = field.name().as_str();
        let texts = || column.as_string::<i32>().iter();
        match domain(name) {
            _ if name == PROJECT_KEY => Arc::new(texts().map(|text| text.and_then(key)).collect::<StringArray>()),
            Some(domain) => {
                Arc::new(texts().map(|text| text.and_then(|text| rotated(domain, text))).collect::<StringArray>())
            }
            None => ArrayRef::clone(column),
        }
    });
    RecordBatch::try_new(rows.schema(), columns.collect())
        .unwrap_or_else(|reason| unreachable!("they are of the types that they were of: {reason}"))
}
