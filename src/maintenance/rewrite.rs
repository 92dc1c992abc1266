//! Writes rows of staging anew: those that count of some batches, as one batch of a later generation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use arrow_select::filter::filter_record_batch;
use rayon::prelude::*;
use thiserror::Error;

use crate::event::Day;
use crate::lake::{
    self, Contents, DataFileError, DataFileWriter, FileReceipt, Fingerprint, Forgotten, LiveFile, PROGRAM, Receipt,
    ReceiptError, Reseal, Spread, Store, StoreError, Theirs, Void, events_of, layout, read_rows, tombstones,
};
use crate::privacy::{Key, Pseudonym, Pseudonymizer};
use crate::progress::{Progress, Stage};
use crate::source::Digest;
use crate::staging::{ColumnSpec, SideTable, TableId};

/// Says that the rows of some batches will be written anew.
pub(super) fn begin<'r>(contents: &Contents, batches: impl Iterator<Item = &'r Receipt>, progress: &dyn Progress) {
    let files: Vec<u64> =
        batches.flat_map(|batch| contents.files_of(batch).map(|live| live.file.bytes).collect::<Vec<_>>()).collect();
    progress.begin(Stage::Rewrite, files.len(), files.iter().sum());
}

/// How often something is begun anew because another run has written rows meanwhile.
pub(super) const ROUNDS: usize = 20;

/// The column that says from which dump a row comes.
const SOURCE_COLUMN: &str = "source";

/// Writing rows anew failed. What it had written is named by no receipt.
#[derive(Debug, Error)]
pub enum RewriteError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A receipt.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// A data file that was being written.
    #[error(transparent)]
    DataFile(#[from] DataFileError),
    /// A file that a receipt names and that cannot be read.
    #[error("{path} cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another run has written some of these rows anew meanwhile.
    #[error("another run has written these rows anew: run again when it has ended")]
    Overtaken,
}

/// What is changed while rows are written anew.
#[derive(Clone, Copy)]
pub(super) enum Change<'c> {
    /// Nothing.
    None,
    /// Rows of somebody forgotten are left out.
    Forget(&'c Forgotten, &'c Key),
    /// Pseudonyms and tombstones are those of another key.
    Rekey(&'c Rekey<'c>),
}

/// Another key.
pub(super) struct Rekey<'k> {
    /// Its fingerprint.
    pub key: String,
    pub pseudonymizer: &'k Pseudonymizer,
    pub reseal: &'k Reseal<'k>,
    /// What all who are forgotten were called under the old key, and are called.
    pub forgotten: (Option<Fingerprint>, Option<Fingerprint>),
}

/// What rows are left out, being of somebody forgotten.
#[derive(Default)]
struct LeftOutOfPart {
    sources: BTreeMap<String, Spread>,
    theirs: Theirs,
}

impl LeftOutOfPart {
    fn add(&mut self, sources: BTreeMap<String, Spread>, theirs: Theirs) {
        for (source, spread) in sources {
            *self.sources.entry(source).or_default() += &spread;
        }
        self.theirs.extend(theirs);
    }
}

/// A table, and the day of a file if the table has days.
type Part<'r> = (&'r str, Option<Day>);

/// Writes the rows that count of these batches as one batch, changed or not; gives its receipt, which is written.
///
/// The same batches give the same bytes.
pub(super) fn rewrite(
    store: &Store,
    contents: &Contents,
    batches: &[&Receipt],
    change: Change<'_>,
    progress: &dyn Progress,
) -> Result<Receipt, RewriteError> {
    let chosen = |receipt: &Receipt| batches.iter().any(|batch| batch.batch == receipt.batch);
    let mut sources: Vec<_> =
        contents.sources().filter(|(receipt, _)| chosen(receipt)).map(|(_, source)| source.clone()).collect();
    sources.sort_unstable_by(|a, b| a.digest.cmp(&b.digest));
    let generation = batches.iter().map(|batch| batch.generation.saturating_add(1)).max().unwrap_or(0);
    let readings = sources.iter().flat_map(|source| [source.digest.clone(), source.rows()]);
    let how = match change {
        Change::None => None,
        Change::Forget(forgotten, _) => Some(forgotten.digest().to_string()),
        Change::Rekey(rekey) => Some(rekey.key.clone()),
    };
    let id = id(generation, readings.chain(how));

    let mut parts: BTreeMap<Part<'_>, Vec<LiveFile<'_>>> = BTreeMap::new();
    for live in batches.iter().flat_map(|batch| contents.files_of(batch)) {
        parts.entry((&live.file.table, live.file.day)).or_default().push(live);
    }
    let written = parts
        .into_par_iter()
        .map(|(part, files)| {
            let written = write(store, &id, part, &files, change);
            progress.advance(files.len(), files.iter().map(|live| live.file.bytes).sum(), 0);
            written
        })
        .collect::<Result<Vec<_>, _>>()?;
    let (mut files, mut left_out) = (Vec::new(), LeftOutOfPart::default());
    for (file, of_part) in written {
        files.extend(file);
        left_out.add(of_part.sources, of_part.theirs);
    }
    files.sort_unstable();
    for source in &mut sources {
        if let Some(spread) = left_out.sources.get(&source.digest) {
            source.counts.forget(spread.events());
            source.spread.forget(spread);
        }
    }

    let mut won_back: BTreeMap<String, u64> = BTreeMap::new();
    for (rule, count) in batches.iter().flat_map(|batch| &batch.won_back) {
        *won_back.entry(rule.clone()).or_default() += count;
    }
    let mut tombs: BTreeSet<String> = batches.iter().flat_map(|batch| batch.forgotten.clone()).collect();
    let mut key = batches.first().map(|batch| batch.key.clone()).unwrap_or_default();
    match change {
        Change::None => {}
        Change::Forget(_, key) => tombs.extend(tombstones(&left_out.theirs, key)),
        Change::Rekey(rekey) => {
            tombs = rekey.reseal.all(&tombs)?;
            key.clone_from(&rekey.key);
        }
    }
    let receipt = Receipt {
        batch: id,
        key,
        program: PROGRAM.to_owned(),
        sources,
        generation,
        won_back,
        without: without_of(batches, change),
        forgotten: tombs,
        events: events_of(&files),
        files,
    };
    if !still_count(&Contents::read(store)?, contents, batches) {
        return Err(RewriteError::Overtaken);
    }
    receipt.write(store)?;
    Ok(receipt)
}

/// Whom the rows of batches are without: who was left out now, or else who was left out of all of them.
fn without_of(batches: &[&Receipt], change: Change<'_>) -> Option<Fingerprint> {
    let first = batches.first().and_then(|batch| batch.without.clone());
    let all = first.filter(|first| batches.iter().all(|batch| batch.without.as_ref() == Some(first)));
    match change {
        Change::None => all,
        Change::Forget(forgotten, _) => forgotten.fingerprint(),
        Change::Rekey(rekey) => rekey.forgotten.1.clone().filter(|_| all == rekey.forgotten.0),
    }
}

/// Whether the rows of these batches that counted before still do.
fn still_count(now: &Contents, before: &Contents, batches: &[&Receipt]) -> bool {
    let chosen = |receipt: &Receipt| batches.iter().any(|batch| batch.batch == receipt.batch);
    let of = |contents: &Contents| -> BTreeSet<(String, String)> {
        let sources = contents.sources().filter(|(receipt, _)| chosen(receipt));
        sources.map(|(receipt, source)| (receipt.batch.clone(), source.digest.clone())).collect()
    };
    of(now) == of(before)
}

/// The id of the batch: of what was read and how, and how often it has been written.
pub(super) fn id(generation: u32, readings: impl Iterator<Item = String>) -> String {
    let parts: Vec<Digest> = std::iter::once(format!("{PROGRAM} {generation}"))
        .map(|own| Digest::of_bytes(own.as_bytes()))
        .chain(readings.map(|text| Digest::of_bytes(text.as_bytes())))
        .collect();
    Digest::combine(&parts).to_string()
}

/// Writes one file out of several; none where no row is left.
fn write(
    store: &Store,
    batch: &str,
    (table, day): Part<'_>,
    from: &[LiveFile<'_>],
    change: Change<'_>,
) -> Result<(Option<FileReceipt>, LeftOutOfPart), RewriteError> {
    let unknown =
        || RewriteError::Unreadable { path: from[0].file.path.clone(), reason: format!("there is no table {table}") };
    let (path, schema, columns) = match day {
        Some(day) => {
            let of = TableId::of_name(table).ok_or_else(unknown)?;
            (layout::staging(table, day, batch), of.schema(), of.columns())
        }
        None => {
            let of = SideTable::of_name(table).ok_or_else(unknown)?;
            (layout::whole(table, batch), of.schema(), of.columns())
        }
    };
    let mut writer: Option<DataFileWriter> = None;
    let mut left_out = LeftOutOfPart::default();
    for live in from {
        for rows in read(store, live, schema)? {
            let mut rows = rows?;
            match change {
                Change::None => {}
                Change::Forget(forgotten, _) => {
                    if let Some(out) = forgotten.rows(&rows) {
                        rows = out.kept(&rows);
                        left_out.add(out.sources, out.theirs);
                    }
                }
                Change::Rekey(rekey) => rows = rekeyed(&rows, columns, rekey.pseudonymizer),
            }
            if rows.num_rows() > 0 {
                let writer = match &mut writer {
                    Some(writer) => writer,
                    none => none.insert(DataFileWriter::create(store, path.clone(), schema)?),
                };
                writer.write(&rows)?;
            }
        }
    }
    let written = writer.map(DataFileWriter::finish).transpose()?;
    Ok((written.map(|written| written.receipt(table, day)), left_out))
}

/// The rows of a file that count.
fn read<'r>(
    store: &Store,
    live: &LiveFile<'r>,
    schema: &SchemaRef,
) -> Result<impl Iterator<Item = Result<RecordBatch, RewriteError>> + use<'r>, RewriteError> {
    let (path, void) = (&live.file.path, live.void.clone());
    let unreadable = move |reason: String| RewriteError::Unreadable { path: path.clone(), reason };
    let file = store.open(path, lake::Part::Whole)?.ok_or_else(|| unreadable("it is gone".to_owned()))?;
    // A file of another schema (of an older program, say) must not pass as if it were of this one.
    let reader = read_rows(file, schema).map_err(|reason| unreadable(reason.to_string()))?;
    Ok(reader.map(move |rows| {
        let rows = rows.map_err(|reason| unreadable(reason.to_string()))?;
        match &void {
            Some(void) => without(&rows, void).map_err(&unreadable),
            None => Ok(rows),
        }
    }))
}

/// The same rows with the pseudonyms of another key.
fn rekeyed(rows: &RecordBatch, columns: &[ColumnSpec], pseudonymizer: &Pseudonymizer) -> RecordBatch {
    let rotate = |column: &ArrayRef, domain| -> ArrayRef {
        let rotated = column.as_string::<i32>().iter().map(|text| {
            let pseudonym = text.and_then(Pseudonym::parse).map(|earlier| pseudonymizer.rotate(domain, earlier));
            pseudonym.map(|pseudonym| pseudonym.as_str().to_owned())
        });
        Arc::new(rotated.collect::<StringArray>())
    };
    let arrays = rows.columns().iter().zip(columns).map(|(column, spec)| match spec.domain {
        Some(domain) => rotate(column, domain),
        None => ArrayRef::clone(column),
    });
    RecordBatch::try_new(rows.schema(), arrays.collect())
        .unwrap_or_else(|reason| unreachable!("they are of the types that they were of: {reason}"))
}

/// Leaves out the rows of some dumps.
fn without(rows: &RecordBatch, void: &Void) -> Result<RecordBatch, String> {
    let sources = rows.column_by_name(SOURCE_COLUMN).and_then(|column| column.as_string_opt::<i32>());
    let sources = sources.ok_or_else(|| format!("it has no column {SOURCE_COLUMN}"))?;
    let live: BooleanArray =
        sources.iter().map(|source| Some(source.is_none_or(|source| !void.contains(source)))).collect();
    filter_record_batch(rows, &live).map_err(|reason| reason.to_string())
}
