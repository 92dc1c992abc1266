//! The files of a batch while they are written: one for each table and day, and one for each table without days.
//!
//! To write a row group takes some megabytes, however little is in it, since each column has a compressor and a
//! dictionary of its own. So rows wait until there are many, and a row group is written at once and ended.
//!
//! Only the first so many files are written like that: of more, each would have a few rows at a time. The rows of all
//! others are put aside, in a hidden file for each table, and are written when the first are finished: again the first
//! so many, and the others put aside, now by ranges of days. So memory grows with neither rows nor days, and each table
//! and day is one file whose rows have the order in which they came.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::{RecordBatch, UInt64Array};
use arrow_select::take::take_record_batch;
use rayon::prelude::*;

use super::memory::{Memory, Room, WRITING};
use crate::event::Day;
use crate::lake::{DataFileError, DataFileWriter, FileReceipt, HiddenFile, Store, layout};
use crate::staging::{SideTable, TableId, days};

/// Files of tables and days that are open at once, and ranges of days in which others are put aside.
const OPEN: usize = 64;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Events(TableId, Day),
    Side(SideTable),
    /// Rows of a table that are put aside, those of the days in a range of this number.
    Aside(TableId, usize),
}

impl Key {
    fn create(self, store: &Store, batch: &str) -> Result<DataFileWriter, DataFileError> {
        let (path, schema) = match self {
            Self::Events(table, day) => (layout::staging(table.name(), day, batch), table.schema()),
            Self::Side(table) => (layout::whole(table.name(), batch), table.schema()),
            Self::Aside(table, _) => (layout::whole(table.name(), batch), table.schema()),
        };
        DataFileWriter::create(store, path, schema)
    }
}

/// One file, and batches that wait to be written to it.
struct File {
    writer: DataFileWriter,
    waiting: Vec<RecordBatch>,
    /// How much memory they take.
    bytes: usize,
    /// The days of what is put aside.
    days: BTreeSet<Day>,
}

impl File {
    fn push(&mut self, rows: RecordBatch) {
        self.bytes += rows.get_array_memory_size();
        self.waiting.push(rows);
    }

    /// Writes what waits.
    fn write(&mut self) -> Result<(), DataFileError> {
        self.bytes = 0;
        self.waiting.drain(..).try_for_each(|rows| self.writer.write(&rows))
    }
}

/// Files that are open.
pub(super) struct Files<'s> {
    store: &'s Store,
    batch: &'s str,
    open: BTreeMap<Key, File>,
    /// How many of them are of a table and day.
    with_day: usize,
    /// How many may be.
    most: usize,
    /// Where each range of days for what is put aside begins, but for the first.
    ranges: Vec<Day>,
    /// How much of it there is says how many rows may wait; past that those files write theirs that have most.
    memory: Memory,
    /// For the files that are being written.
    writing: Room,
}

impl<'s> Files<'s> {
    pub(super) fn new(store: &'s Store, batch: &'s str, memory: Memory) -> Self {
        let (open, writing) = (BTreeMap::new(), Room::of(memory.writing()));
        Self { store, batch, open, with_day: 0, most: OPEN, ranges: Vec::new(), memory, writing }
    }

    /// Takes rows of a table of events; [`Files::relieve`] or [`Files::finish`] writes them.
    pub(super) fn events(&mut self, table: TableId, rows: &RecordBatch) -> Result<(), DataFileError> {
        let mut keys: Vec<Key> = Vec::with_capacity(rows.num_rows());
        let mut last = None;
        for day in days(rows) {
            let key = match (last, keys.last()) {
                (Some(of), Some(key)) if of == day => *key,
                _ => self.key(table, day)?,
            };
            last = Some(day);
            keys.push(key);
        }
        for (key, rows) in divide(rows, &keys) {
            self.rows(key, rows)?;
        }
        Ok(())
    }

    /// Takes rows of one file; [`Files::relieve`] or [`Files::finish`] writes them.
    pub(super) fn rows(&mut self, key: Key, rows: RecordBatch) -> Result<(), DataFileError> {
        self.file(key)?.push(rows);
        Ok(())
    }

    /// The file in which the rows of a table and day go.
    fn key(&mut self, table: TableId, day: Day) -> Result<Key, DataFileError> {
        let own = Key::Events(table, day);
        if self.open.contains_key(&own) {
            return Ok(own);
        }
        if self.with_day < self.most {
            self.with_day += 1;
            self.file(own)?;
            return Ok(own);
        }
        let aside = Key::Aside(table, self.ranges.partition_point(|first| *first <= day));
        self.file(aside)?.days.insert(day);
        Ok(aside)
    }

    fn file(&mut self, key: Key) -> Result<&mut File, DataFileError> {
        // Two look-ups, because making a file can fail.
        if !self.open.contains_key(&key) {
            let writer = key.create(self.store, self.batch)?;
            self.open.insert(key, File { writer, waiting: Vec::new(), bytes: 0, days: BTreeSet::new() });
        }
        Ok(self.open.get_mut(&key).unwrap_or_else(|| unreachable!("inserted above")))
    }

    /// Where too much waits in memory, writes the rows of those files that have most, several at once.
    pub(super) fn relieve(&mut self) -> Result<(), DataFileError> {
        let mut waiting: usize = self.open.values().map(|file| file.bytes).sum();
        if waiting <= self.memory.waiting() {
            return Ok(());
        }
        let (enough, writing) = (self.memory.waiting() / 2, &self.writing);
        let mut files: Vec<&mut File> = self.open.values_mut().collect();
        files.sort_by_key(|file| file.bytes);
        let fewer = files.iter().rposition(|file| {
            let is_enough = waiting <= enough;
            waiting -= if is_enough { 0 } else { file.bytes };
            is_enough
        });
        files
            .par_iter_mut()
            .skip(fewer.map_or(0, |last| last + 1))
            .try_for_each(|file| writing.with(WRITING, || file.write().and_then(|()| file.writer.flush())))
    }

    /// Ends all files and makes them visible; only the receipt makes them real.
    pub(super) fn finish(self) -> Result<Vec<FileReceipt>, DataFileError> {
        let writing = &self.writing;
        let ended: Vec<Ended> = self
            .open
            .into_par_iter()
            .map(|(key, file)| writing.with(WRITING, || end(key, file)))
            .collect::<Result<_, _>>()?;
        let mut files = Vec::with_capacity(ended.len());
        for ended in ended {
            match ended {
                Ended::Visible(receipt) => files.push(receipt),
                Ended::Aside(table, days, mut file) => {
                    let (most, ranges) = (self.most, ranges(&days, self.most));
                    let mut own = Self { most, ranges, ..Self::new(self.store, self.batch, self.memory) };
                    for rows in file.rows(table.schema())? {
                        own.events(table, &rows?)?;
                        own.relieve()?;
                    }
                    files.extend(own.finish()?);
                }
            }
        }
        Ok(files)
    }
}

/// What an ended file has become.
enum Ended {
    Visible(FileReceipt),
    Aside(TableId, BTreeSet<Day>, Box<HiddenFile>),
}

fn end(key: Key, mut file: File) -> Result<Ended, DataFileError> {
    file.write()?;
    let (table, day) = match key {
        Key::Events(table, day) => (table.name(), Some(day)),
        Key::Side(table) => (table.name(), None),
        Key::Aside(table, _) => return Ok(Ended::Aside(table, file.days, Box::new(file.writer.hide()?))),
    };
    let written = file.writer.finish()?;
    Ok(Ended::Visible(written.receipt(table, day)))
}

/// Where ranges of these days begin, but for the first: no more ranges than files may be open, and in each as many days,
/// or more where there are too many days for that.
fn ranges(days: &BTreeSet<Day>, most: usize) -> Vec<Day> {
    let length = days.len().div_ceil(most).max(most);
    days.iter().copied().step_by(length).skip(1).collect()
}

/// Divides rows by the file of each; those of one keep their order.
fn divide(rows: &RecordBatch, keys: &[Key]) -> Vec<(Key, RecordBatch)> {
    let mut places: BTreeMap<Key, Vec<u64>> = BTreeMap::new();
    for (place, key) in (0..).zip(keys) {
        places.entry(*key).or_default().push(place);
    }
    if let [key] = *places.keys().collect::<Vec<_>>() {
        return vec![(*key, rows.clone())];
    }
    let take = |places| {
        take_record_batch(rows, &UInt64Array::from(places))
            .unwrap_or_else(|reason| unreachable!("the places are those of the rows: {reason}"))
    };
    places.into_iter().map(|(key, places)| (key, take(places))).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::cast::AsArray as _;
    use arrow_array::types::Int32Type;
    use arrow_array::{ArrayRef, Int32Array, TimestampMicrosecondArray, new_null_array};

    use super::*;
    use crate::lake::read_rows;

    /// Rows of these days, with their numbers, the first of which is given, in `source_item`.
    fn rows(table: TableId, first: i32, of: &[i32]) -> RecordBatch {
        let schema = table.schema();
        let columns = schema.fields().iter().map(|field| -> ArrayRef {
            match field.name().as_str() {
                "derived_tstamp" => Arc::new(TimestampMicrosecondArray::from_iter_values(
                    of.iter().map(|day| i64::from(*day) * 86_400_000_000),
                )),
                "source_item" => Arc::new(Int32Array::from_iter_values((first..).take(of.len()))),
                _ => new_null_array(field.data_type(), of.len()),
            }
        });
        RecordBatch::try_new(Arc::clone(schema), columns.collect()).expect("of the schema")
    }

    #[test]
    fn each_day_is_one_file_in_order_however_few_may_be_open() {
        let tables = TableId::all().take(2).collect::<Vec<_>>();
        // Each day in several batches, several days in each batch.
        let days: Vec<i32> = (0..200).map(|number| number * 7 % 23 - 5).collect();
        let mut expected: BTreeMap<(&str, Day), Vec<i32>> = BTreeMap::new();
        for (number, day) in (0..).zip(&days) {
            for table in &tables {
                expected.entry((table.name(), Day::from_number(*day))).or_default().push(number);
            }
        }
        for most in [1, 2, 3, 10, 46, 100] {
            let folder = tempfile::tempdir().expect("a folder");
            let store = Store::new(folder.path());
            let mut files = Files { most, ..Files::new(&store, "b1", Memory::LEAST) };
            for (first, days) in (0..).step_by(30).zip(days.chunks(30)) {
                for table in &tables {
                    files.events(*table, &rows(*table, first, days)).expect("taken");
                }
                files.relieve().expect("written");
            }
            let mut found = BTreeMap::new();
            for file in files.finish().expect("finished") {
                let (table, day) = (TableId::of_name(&file.table).expect("a table"), file.day.expect("a day"));
                assert_eq!(file.path, layout::staging(table.name(), day, "b1"));
                let reader = read_rows(store.open(&file.path).expect("opened").expect("there"), table.schema());
                let numbers: Vec<i32> = reader
                    .expect("a file")
                    .flat_map(|rows| {
                        let rows = rows.expect("rows");
                        rows["source_item"].as_primitive::<Int32Type>().values().to_vec()
                    })
                    .collect();
                assert!(found.insert((table.name(), day), numbers).is_none(), "two files of {table:?} on {day}");
            }
            assert_eq!(found, expected, "{most}");
            let all = store.walk("", usize::MAX).expect("listed");
            assert_eq!(all.len(), expected.len(), "what was put aside is gone: {all:?}");
        }
    }
}
