//! The files of a batch while they are written: one for each table and day, and one for each table without days.
//!
//! To write a row group takes some megabytes, however little is in it, since each column has a compressor and a
//! dictionary of its own. So rows wait until there are many, and a row group is written at once and ended.
//!
//! Only so many files are open at once. Dumps come in the order of their times, so that of days for which nothing has come
//! for a while little will: their files rest, ended and hidden. Where more comes for one, it is a file of its own, and in the
//! end one file is made of both. Rows for which none can be opened are put aside, in a hidden file for each table, and are
//! written when the others are finished: again so many files at once, and the others put aside, now by ranges of days. So
//! memory grows with neither rows nor days, and each table and day is one file whose rows have the order in which they came.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::{RecordBatch, UInt64Array};
use arrow_select::take::take_record_batch;
use rayon::prelude::*;

use super::memory::{Memory, Room, WRITING};
use crate::event::Day;
use crate::lake::{DataFileError, DataFileWriter, FileReceipt, HiddenFile, Store, layout};
use crate::staging::{SideTable, TableId, days};

/// Files of tables and days that are open at once, and ranges of days in which others are put aside. There are some twenty
/// tables, and dumps of one time have events of two or three days.
const OPEN: usize = 128;

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
#[derive(Default)]
struct File {
    /// What was written of it before it rested, each time one that is whole.
    rested: Vec<HiddenFile>,
    /// None while it rests.
    writer: Option<DataFileWriter>,
    waiting: Vec<RecordBatch>,
    /// How much memory they take.
    bytes: usize,
    /// The turn in which rows came last.
    turn: usize,
    /// The days of what is put aside.
    days: BTreeSet<Day>,
}

impl File {
    fn push(&mut self, rows: RecordBatch) {
        self.bytes += rows.get_array_memory_size();
        self.waiting.push(rows);
    }

    /// Writes what waits, if it is open.
    fn write(&mut self) -> Result<(), DataFileError> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        self.bytes = 0;
        self.waiting.drain(..).try_for_each(|rows| writer.write(&rows))
    }

    /// Writes what waits, and ends the row group.
    fn flush(&mut self) -> Result<(), DataFileError> {
        self.write()?;
        self.writer.as_mut().map_or(Ok(()), DataFileWriter::flush)
    }

    /// Writes what waits, and lets it rest.
    fn rest(&mut self) -> Result<(), DataFileError> {
        self.write()?;
        self.rested.extend(self.writer.take().map(DataFileWriter::hide).transpose()?);
        Ok(())
    }

    /// All that was written of it as one file, which is hidden; `None` if nothing ever was.
    fn end(mut self, store: &Store) -> Result<Option<HiddenFile>, DataFileError> {
        self.rest()?;
        let mut parts = self.rested.into_iter();
        parts.next().map(|first| first.followed_by(store, parts.collect())).transpose()
    }
}

/// The files of a batch.
pub(super) struct Files<'s> {
    store: &'s Store,
    batch: &'s str,
    files: BTreeMap<Key, File>,
    /// How many of them are of a table and day, and open.
    open: usize,
    /// How many may be.
    most: usize,
    /// How often what waits has been looked at.
    turn: usize,
    /// Where each range of days for what is put aside begins, but for the first.
    ranges: Vec<Day>,
    /// How much of it there is says how many rows may wait; past that those files write theirs that have most.
    memory: Memory,
    /// For the files that are being written.
    writing: Room,
}

impl<'s> Files<'s> {
    pub(super) fn new(store: &'s Store, batch: &'s str, memory: Memory) -> Self {
        let (files, writing) = (BTreeMap::new(), Room::of(memory.writing()));
        Self { store, batch, files, open: 0, most: OPEN, turn: 0, ranges: Vec::new(), memory, writing }
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
        if self.files.get(&own).is_some_and(|file| file.writer.is_some()) {
            return Ok(own);
        }
        let aside = Key::Aside(table, self.ranges.partition_point(|first| *first <= day));
        // What comes after rows that were put aside comes after them there, too.
        let is_aside = self.files.get(&aside).is_some_and(|file| file.days.contains(&day));
        if !is_aside && self.open < self.most {
            self.open += 1;
            self.file(own)?;
            return Ok(own);
        }
        self.file(aside)?.days.insert(day);
        Ok(aside)
    }

    /// A file that is open, or is opened now.
    fn file(&mut self, key: Key) -> Result<&mut File, DataFileError> {
        let file = self.files.entry(key).or_default();
        if file.writer.is_none() {
            file.writer = Some(key.create(self.store, self.batch)?);
        }
        file.turn = self.turn;
        Ok(file)
    }

    /// Ends a turn. Where too much waits in memory, writes the rows of those files that have most, several at once; where many
    /// are open, lets those rest for which nothing has come in this turn or the one before.
    pub(super) fn relieve(&mut self) -> Result<(), DataFileError> {
        self.write_most()?;
        if 2 * self.open > self.most {
            let (turn, writing) = (self.turn, &self.writing);
            let idle = self
                .files
                .par_iter_mut()
                .filter(|(key, file)| matches!(key, Key::Events(..)) && file.writer.is_some() && file.turn + 1 < turn);
            let rested = idle.map(|(_, file)| writing.with(WRITING, || file.rest()).map(|()| 1));
            self.open -= rested.sum::<Result<usize, _>>()?;
        }
        self.turn += 1;
        Ok(())
    }

    fn write_most(&mut self) -> Result<(), DataFileError> {
        let mut waiting: usize = self.files.values().map(|file| file.bytes).sum();
        if waiting <= self.memory.waiting() {
            return Ok(());
        }
        let (enough, writing) = (self.memory.waiting() / 2, &self.writing);
        let mut files: Vec<&mut File> = self.files.values_mut().collect();
        files.sort_by_key(|file| file.bytes);
        let fewer = files.iter().rposition(|file| {
            let is_enough = waiting <= enough;
            waiting -= if is_enough { 0 } else { file.bytes };
            is_enough
        });
        files
            .par_iter_mut()
            .skip(fewer.map_or(0, |last| last + 1))
            .try_for_each(|file| writing.with(WRITING, || file.flush()))
    }

    /// Ends all files and makes them visible; only the receipt makes them real.
    pub(super) fn finish(self) -> Result<Vec<FileReceipt>, DataFileError> {
        let (store, writing) = (self.store, &self.writing);
        let (aside, mut own): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.files.into_iter().partition(|(key, _)| matches!(key, Key::Aside(..)));
        // Of days of which rows were put aside, more comes.
        let aside: Vec<(TableId, File, BTreeMap<Key, File>)> = aside
            .into_iter()
            .filter_map(|(key, file)| {
                let Key::Aside(table, _) = key else { return None };
                let keys = file.days.iter().map(|day| Key::Events(table, *day));
                let begun = keys.filter_map(|key| own.remove_entry(&key)).collect();
                Some((table, file, begun))
            })
            .collect();
        let end = |file: File| writing.with(WRITING, || file.end(store));
        let ended = own.into_par_iter().map(|(key, file)| {
            let written = end(file)?.map(HiddenFile::show).transpose()?;
            Ok(written.and_then(|written| match key {
                Key::Events(table, day) => Some(written.receipt(table.name(), Some(day))),
                Key::Side(table) => Some(written.receipt(table.name(), None)),
                Key::Aside(..) => None,
            }))
        });
        let mut files: Vec<FileReceipt> = ended.filter_map(Result::transpose).collect::<Result<_, DataFileError>>()?;
        for (table, file, begun) in aside {
            let ranges = ranges(&file.days, self.most);
            let Some(mut hidden) = end(file)? else { continue };
            let mut rest =
                Self { files: begun, most: self.most, ranges, ..Self::new(self.store, self.batch, self.memory) };
            for rows in hidden.rows(table.schema())? {
                rest.events(table, &rows?)?;
                rest.relieve()?;
            }
            files.extend(rest.finish()?);
        }
        Ok(files)
    }
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
    use crate::lake::{Part, read_rows};

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

    /// Rows of these days, numbered, in some tables, so many at a time; whether any was put aside, and which rows are in the
    /// file of each table and day in the end.
    fn written(days: &[i32], at_a_time: usize, most: usize) -> (bool, BTreeMap<(&'static str, Day), Vec<i32>>) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        let mut files = Files { most, ..Files::new(&store, "b1", Memory::LEAST) };
        for (first, days) in (0..).step_by(at_a_time).zip(days.chunks(at_a_time)) {
            for table in tables() {
                files.events(table, &rows(table, first, days)).expect("taken");
            }
            files.relieve().expect("written");
        }
        let is_aside = files.files.keys().any(|key| matches!(key, Key::Aside(..)));
        let mut found = BTreeMap::new();
        for file in files.finish().expect("finished") {
            let (table, day) = (TableId::of_name(&file.table).expect("a table"), file.day.expect("a day"));
            assert_eq!(file.path, layout::staging(table.name(), day, "b1"));
            let reader =
                read_rows(store.open(&file.path, Part::Whole).expect("opened").expect("there"), table.schema());
            let numbers: Vec<i32> = reader
                .expect("a file")
                .flat_map(|rows| {
                    let rows = rows.expect("rows");
                    rows["source_item"].as_primitive::<Int32Type>().values().to_vec()
                })
                .collect();
            assert_eq!(file.rows, numbers.len() as u64);
            assert!(found.insert((table.name(), day), numbers).is_none(), "two files of {table:?} on {day}");
        }
        let all = store.walk("", usize::MAX).expect("listed");
        assert_eq!(all.len(), found.len(), "what was put aside or rested is gone: {all:?}");
        (is_aside, found)
    }

    fn tables() -> impl Iterator<Item = TableId> {
        TableId::all().take(2)
    }

    fn expected(days: &[i32]) -> BTreeMap<(&'static str, Day), Vec<i32>> {
        let mut expected: BTreeMap<_, Vec<i32>> = BTreeMap::new();
        for (number, day) in (0..).zip(days) {
            for table in tables() {
                expected.entry((table.name(), Day::from_number(*day))).or_default().push(number);
            }
        }
        expected
    }

    #[test]
    fn each_day_is_one_file_in_order_however_few_may_be_open() {
        // Each day in several batches, several days in each batch.
        let days: Vec<i32> = (0..200).map(|number| number * 7 % 23 - 5).collect();
        for most in [1, 2, 3, 10, 46, 100] {
            let (is_aside, found) = written(&days, 30, most);
            assert_eq!(found, expected(&days), "{most}");
            assert_eq!(is_aside, most < 46, "{most}");
        }
    }

    #[test]
    fn of_days_that_come_one_after_the_other_nothing_is_put_aside() {
        // A day in each batch, with what comes late, and all of the first day once more in the end.
        let days = (0..300).map(|number| if number % 10 == 9 { number * 7 % 31 } else { number / 10 });
        let days: Vec<i32> = days.chain([0; 10]).collect();
        let (is_aside, found) = written(&days, 10, 12);
        assert_eq!(found, expected(&days));
        assert!(!is_aside);
        assert!(written(&days, 10, 3).0);
    }
}
