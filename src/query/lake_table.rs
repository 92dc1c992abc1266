//! A table of the lake for the engine: some files, each of a day, read column by column when asked.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::convert::Infallible;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use polars::prelude::*;
use polars_io::parquet::metadata::FileMetadataRef;
use polars_io::prelude::{ParallelStrategy, ParquetReader, SerReader};

use super::by_column::by_column;
use super::ids::{IdSet, number};
use super::packed::{Packed, PackedPiece, Piece, Projects};
use super::pieces::{INVOCATION, PROJECT};
use super::side_by_side::side_by_side;
use super::some_rows::{are_few, footer_of, read_some_rows};
use super::surplus::{self, ID_COLUMN, RANK_COLUMNS};
use super::version::Versions;
use crate::event::Day;
use crate::lake::{Part, Store, Void};

/// The name of the column that is the file's day: it is not in the file, its folder says it.
pub(super) const DAY: &str = "day";

/// The name of the column that says from which dump a row comes.
const SOURCE_COLUMN: &str = "source";

/// One file of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayFile {
    /// Its day; tables without days have none.
    pub day: Option<Day>,
    /// Where it is in the lake.
    pub path: String,
    /// Sources whose rows are not seen: they have been replaced.
    pub void: Option<Void>,
}

/// Which rows of the files a query sees.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    /// All of them.
    All,
    /// Each event once.
    EventsOnce,
    /// Each event once; of other days than this one only what belongs to these invocations, by the numbers of their ids.
    EventsAround(Day, Arc<IdSet>),
}

/// Columns that a query has asked for, each with its table.
#[derive(Clone, Default)]
pub(super) struct Asked(Arc<Mutex<BTreeSet<(String, String)>>>);

impl Asked {
    /// Notes columns of a table.
    fn add(&self, table: &str, columns: &[PlSmallStr]) {
        self.extend(columns.iter().map(|column| (table.to_owned(), column.to_string())));
    }

    /// Notes columns, each with its table.
    pub(super) fn extend(&self, columns: impl IntoIterator<Item = (String, String)>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(columns);
    }

    /// Those that were noted.
    pub(super) fn columns(&self) -> BTreeSet<(String, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The columns of a table that are in memory.
#[derive(Default)]
struct Kept {
    columns: HashMap<PlSmallStr, Column>,
    /// How many queries are still to come that may ask for a column.
    expected: HashMap<PlSmallStr, usize>,
}

/// A table of the lake. Columns are read when a query first needs them and kept for the next.
///
/// It is one of the engine's workers that asks for them. While it waits, for a lock or for the threads that read files, it
/// does no other work of the engine's. So nothing here may use the engine's workers, or all of them could wait for one
/// that never comes: filters, for one, are those of a single thread.
pub struct LakeTable {
    store: Store,
    files: Vec<DayFile>,
    /// Those of files that are replaced while they are read.
    versions: Option<Versions>,
    schema: SchemaRef,
    rows: Rows,
    /// Row numbers of surplus copies, found when first needed.
    surplus: OnceLock<Vec<usize>>,
    /// Which rows are seen, found when first needed; `None`: all.
    seen: OnceLock<Option<BooleanChunked>>,
    kept: Mutex<Kept>,
    /// How large its files are, found when first needed.
    bytes: OnceLock<u64>,
    /// How many rows its files have, counted when first needed.
    height: OnceLock<u64>,
    /// How many of them each has that are not void, known when anything of them has been read.
    heights: OnceLock<Vec<usize>>,
    /// What the footers of the files say, of those that have been read; files of staging do not change.
    footers: Vec<Footer>,
    /// What is in memory for queries that are run over one piece of the projects after the other.
    in_pieces: Mutex<InPieces>,
}

/// The columns of a table that are in memory by pieces.
#[derive(Default)]
struct InPieces {
    packed: Option<Packed>,
    /// How many queries are still to come that may ask for a column.
    expected: HashMap<PlSmallStr, usize>,
}

/// A column that is in memory by pieces.
pub(super) struct ColumnInPieces {
    pub name: PlSmallStr,
    pub bytes: usize,
    /// How many queries are still to come that may ask for it.
    pub expected: usize,
}

/// What the footer of a file says, to either reader.
#[derive(Default)]
struct Footer {
    engine: OnceLock<FileMetadataRef>,
    some_rows: OnceLock<ArrowReaderMetadata>,
}

/// A row of a mart has at least so many bytes in its file.
const BYTES_OF_A_ROW: u64 = 2;

/// Of so many rows of a table at most, columns that the marts of a day are built from are kept for the next of them.
pub(super) const KEPT_ROWS: usize = 1 << 16;

/// How many objects are brought here before they are read.
const BROUGHT_AT_ONCE: usize = 64;

/// How many rows are read before they are packed, and the files that these are in at most.
const ROWS_BEFORE_PACKED: u64 = 1 << 18;
const FILES_BEFORE_PACKED: u64 = 8;

impl LakeTable {
    /// A table of these files with this schema (with `day`, where files have one).
    pub fn new(store: &Store, mut files: Vec<DayFile>, schema: SchemaRef, rows: Rows) -> Self {
        files.sort();
        let footers = files.iter().map(|_| Footer::default()).collect();
        Self {
            store: store.clone(),
            files,
            versions: None,
            schema,
            rows,
            surplus: OnceLock::new(),
            seen: OnceLock::new(),
            kept: Mutex::default(),
            bytes: OnceLock::new(),
            height: OnceLock::new(),
            heights: OnceLock::new(),
            footers,
            in_pieces: Mutex::default(),
        }
    }

    /// The same, of a mart's files, in the order of their days, each of one version as long as this table lives.
    pub(super) fn of_versions(self, versions: Versions) -> Self {
        Self { versions: Some(versions), ..self }
    }

    /// A file that has been replaced since the first column of it was read.
    pub(super) fn changed(&self) -> Option<&str> {
        self.versions.as_ref()?.changed()
    }

    /// The table's columns with some of these names will be asked for: they are read with the first, and kept until
    /// whoever asks for them is [`Self::done`].
    pub(super) fn expect(&self, names: &HashSet<&str>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.count(&mut kept.expected, names);
    }

    /// The same of its pieces: what is read of them is kept until nobody is to come that may ask for it, or until there is
    /// too much of it ([`Self::forget_pieces`]).
    pub(super) fn expect_pieces(&self, names: &HashSet<&str>) {
        self.count(&mut self.in_pieces().expected, names);
    }

    /// One more will ask for columns with these names.
    fn count(&self, expected: &mut HashMap<PlSmallStr, usize>, names: &HashSet<&str>) {
        for column in self.schema.iter_names().filter(|column| names.contains(column.as_str())) {
            *expected.entry(column.clone()).or_default() += 1;
        }
    }

    /// Its columns.
    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Columns with these names are not asked for by one of those that were expected to.
    pub(super) fn done(&self, names: &HashSet<&str>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { columns, expected } = &mut *kept;
        one_less(expected, names, |column| drop(columns.remove(column)));
    }

    /// The same of its pieces.
    pub(super) fn done_with_pieces(&self, names: &HashSet<&str>) {
        let mut in_pieces = self.in_pieces();
        let InPieces { packed, expected } = &mut *in_pieces;
        one_less(expected, names, |_| ());
        if let Some(packed) = packed {
            packed.retain(|name| expected.contains_key(name));
        }
    }

    /// The columns that are in memory by pieces.
    pub(super) fn columns_in_pieces(&self) -> Vec<ColumnInPieces> {
        let in_pieces = self.in_pieces();
        let columns = in_pieces.packed.iter().flat_map(Packed::columns);
        let expected = |name| in_pieces.expected.get(name).copied().unwrap_or(0);
        columns.map(|(name, bytes)| ColumnInPieces { name: name.clone(), bytes, expected: expected(name) }).collect()
    }

    fn in_pieces(&self) -> MutexGuard<'_, InPieces> {
        self.in_pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether its rows can be told apart by project: a mart's that say of which they are.
    pub(super) fn is_of_projects(&self) -> bool {
        matches!(self.rows, Rows::All) && self.schema.contains(PROJECT)
    }

    /// Drops the columns that are in memory.
    pub(super) fn forget(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).columns.clear();
    }

    /// Drops the pieces of a column that are in memory.
    pub(super) fn forget_pieces(&self, column: &PlSmallStr) {
        if let Some(packed) = &mut self.in_pieces().packed {
            packed.retain(|name| name != column);
        }
    }

    /// How large its files are, bytes.
    pub(super) fn bytes(&self) -> u64 {
        *self.bytes.get_or_init(|| {
            // Whoever reads one that cannot be looked at tells.
            let size = |file: &DayFile| Ok::<_, Infallible>(self.store.bytes(&file.path).ok().flatten().unwrap_or(0));
            self.store.each(&self.files, size).unwrap_or_else(|never| match never {}).iter().sum()
        })
    }

    /// How many rows its files have, if that is more than a limit. Files so small that they cannot have as many are not
    /// opened.
    pub(super) fn rows_beyond(&self, limit: u64) -> PolarsResult<Option<u64>> {
        if self.bytes() / BYTES_OF_A_ROW <= limit {
            return Ok(None);
        }
        let rows = match self.height.get() {
            Some(rows) => *rows,
            None => {
                let count = |file: &DayFile| {
                    PolarsResult::Ok(reader_of(open(&self.store, &file.path, Part::FOOTER)?).num_rows()? as u64)
                };
                let rows: u64 = self.store.each(&self.files, count)?.into_iter().sum();
                *self.height.get_or_init(|| rows)
            }
        };
        Ok(Some(rows).filter(|rows| *rows > limit))
    }

    /// The table for the engine, or a piece of it, by a name under which it notes the columns that it asks for. Of pieces the
    /// last is asked for first: columns that only an earlier one needs are read for those that are left.
    pub(super) fn scan(self: &Arc<Self>, name: &str, asked: &Asked, piece: Option<Piece>) -> PolarsResult<LazyFrame> {
        let (table, name, asked) = (Arc::clone(self), name.to_owned(), asked.clone());
        by_column(&self.schema, move |wanted| {
            asked.add(&name, wanted);
            match piece {
                Some(piece) => table.frame_of_piece(wanted, piece),
                None => table.frame(wanted),
            }
        })
    }

    /// The schema of a mart's or report's file, with `day` at its end.
    pub(super) fn schema_of_file(store: &Store, path: &str) -> PolarsResult<SchemaRef> {
        let mut schema = Schema::from_arrow_schema(reader_of(open(store, path, Part::FOOTER)?).schema()?.as_ref());
        schema.with_column(DAY.into(), DataType::Date);
        Ok(Arc::new(schema))
    }

    /// The surplus copies of events: event ids, one row a copy.
    pub(super) fn surplus_ids(&self) -> PolarsResult<StringChunked> {
        let rows = self.surplus()?;
        let ids = self.read(&[ID_COLUMN.into()])?;
        let rows = rows.iter().map(|row| index(*row)).collect::<PolarsResult<_>>()?;
        Ok(ids.column(ID_COLUMN)?.take(&IdxCa::from_vec(PlSmallStr::EMPTY, rows))?.str()?.clone())
    }

    /// The invocations that have an event in the files, by the numbers of their ids.
    pub(super) fn invocations(&self) -> PolarsResult<IdSet> {
        let ids = self.read(&[INVOCATION.into()])?;
        ids.column(INVOCATION)?.str()?.iter().flatten().map(|id| number(INVOCATION, id)).collect()
    }

    fn surplus(&self) -> PolarsResult<&[usize]> {
        if let Some(rows) = self.surplus.get() {
            return Ok(rows);
        }
        let ids = self.read(&[ID_COLUMN.into()])?;
        let groups = surplus::repeated(ids.column(ID_COLUMN)?)?;
        let rows = if groups.is_empty() {
            Vec::new()
        } else {
            let mut copies = groups.concat();
            copies.sort_unstable();
            let ranks = self.read_where(&RANK_COLUMNS.map(PlSmallStr::from), &mask_of(&copies, ids.height()))?;
            surplus::losers(&groups, &copies, &ranks)?
        };
        Ok(self.surplus.get_or_init(|| rows))
    }

    /// Which rows are seen; `None`: all.
    fn seen(&self) -> PolarsResult<Option<&BooleanChunked>> {
        if let Some(seen) = self.seen.get() {
            return Ok(seen.as_ref());
        }
        let seen = match &self.rows {
            Rows::All => None,
            Rows::EventsOnce => self.without_surplus(None)?,
            Rows::EventsAround(day, invocations) => {
                let of_files = self.each_file(
                    &self.files,
                    |file| Some((file.path.clone(), stored_in(file, &[INVOCATION.into()]))),
                    |number, file, content| self.around(number, file, content, *day, invocations),
                )?;
                self.without_surplus(Some(of_files.concat()))?
            }
        };
        Ok(self.seen.get_or_init(|| seen).as_ref())
    }

    /// Which rows of a file are of a day or belong to some invocations.
    fn around(
        &self,
        place: usize,
        file: &DayFile,
        content: Option<File>,
        day: Day,
        invocations: &IdSet,
    ) -> PolarsResult<Vec<bool>> {
        let ids = self.read_file(place, file, content, &[INVOCATION.into()])?;
        if file.day == Some(day) {
            return Ok(vec![true; ids.height()]);
        }
        let ids = ids.column(INVOCATION)?.str()?.iter();
        // What belongs to no invocation (an adapter of a node run) cannot be told to be in vain.
        let is_wanted = |id: Option<&str>| id.map_or(Ok(true), |id| Ok(invocations.contains(&number(INVOCATION, id)?)));
        ids.map(is_wanted).collect()
    }

    /// Leaves surplus copies out of the rows that are seen.
    fn without_surplus(&self, seen: Option<Vec<bool>>) -> PolarsResult<Option<BooleanChunked>> {
        let surplus = self.surplus()?;
        if surplus.is_empty() && seen.is_none() {
            return Ok(None);
        }
        let mut seen = match seen {
            Some(seen) => seen,
            None => vec![true; self.read(&[ID_COLUMN.into()])?.height()],
        };
        for row in surplus {
            seen[*row] = false;
        }
        Ok(Some(BooleanChunked::from_slice(PlSmallStr::EMPTY, &seen)))
    }

    /// Some columns of all files, in the order of files and rows.
    fn read(&self, columns: &[PlSmallStr]) -> PolarsResult<DataFrame> {
        if self.files.is_empty() {
            return self.one_below_the_other(columns, Vec::new());
        }
        let frames = self.each_file(
            &self.files,
            |file| Some((file.path.clone(), stored_in(file, columns))),
            |number, file, content| self.read_file(number, file, content, columns),
        )?;
        self.heights.get_or_init(|| frames.iter().map(DataFrame::height).collect());
        self.one_below_the_other(columns, frames)
    }

    /// The same of the rows where a mask, of all rows, is true.
    fn read_where(&self, columns: &[PlSmallStr], wanted: &BooleanChunked) -> PolarsResult<DataFrame> {
        let heights = match self.heights.get() {
            Some(heights) => heights,
            // Whoever knows which rows are wanted has read something of them, but of no files.
            None => return self.read(columns)?.filter(wanted),
        };
        let mut parts = Vec::with_capacity(self.files.len());
        let mut first = 0;
        for (file, height) in self.files.iter().zip(heights) {
            parts.push((file, wanted.slice(index(first)?.into(), *height)));
            first += height;
        }
        let is_read_whole = |file: &DayFile, wanted: &BooleanChunked, count: usize| {
            count == wanted.len() || file.void.is_some() || !are_few(count, wanted.len())
        };
        let needed = |(file, wanted): &(&DayFile, BooleanChunked)| {
            let count = wanted.num_trues();
            let columns = stored_in(file, columns);
            (is_read_whole(file, wanted, count) || count > 0 && !columns.is_empty())
                .then_some((file.path.clone(), columns))
        };
        let frames = self.each_file(&parts, needed, |number, (file, wanted), content| {
            let count = wanted.num_trues();
            if is_read_whole(file, wanted, count) {
                let frame = self.read_file(number, file, content, columns)?;
                return if count == wanted.len() { Ok(frame) } else { frame.filter_seq(wanted) };
            }
            let stored: Vec<String> = stored(columns).map(ToString::to_string).collect();
            let frame = if stored.is_empty() {
                DataFrame::empty_with_height(count)
            } else if count == 0 {
                DataFrame::empty_with_schema(&self.schema).select(stored)?
            } else {
                let at = |reason| placed(&self.store.place(&file.path), reason);
                let content = content.map_or_else(|| self.open(&file.path, &stored), Ok)?;
                let footer = &self.footers[number].some_rows;
                let footer = match footer.get() {
                    Some(footer) => footer,
                    None => {
                        let read = footer_of(&content).map_err(at)?;
                        footer.get_or_init(|| read)
                    }
                };
                read_some_rows(content, footer, &stored, wanted).map_err(at)?
            };
            self.as_asked(file, frame, count, columns)
        })?;
        self.one_below_the_other(columns, frames)
    }

    /// What is made of each of some files, several at a time. Where they are objects, what is needed of them is brought here
    /// before: to wait for that, many are few.
    fn each_file<T: Sync, R: Send>(
        &self,
        things: &[T],
        needed: impl Fn(&T) -> Option<(String, Vec<String>)> + Sync,
        make: impl Fn(usize, &T, Option<File>) -> PolarsResult<R> + Sync,
    ) -> PolarsResult<Vec<R>> {
        if !self.store.is_remote() {
            return side_by_side(things, |number, thing| make(number, thing, None));
        }
        let mut made = Vec::with_capacity(things.len());
        for (batch, things) in things.chunks(BROUGHT_AT_ONCE).enumerate() {
            let bring = |thing: &T| needed(thing).map(|(path, columns)| self.open(&path, &columns)).transpose();
            let contents: Vec<Mutex<Option<File>>> = self.store.each(things, |thing| bring(thing).map(Mutex::new))?;
            made.extend(side_by_side(things, |number, thing| {
                let content = contents[number].lock().unwrap_or_else(PoisonError::into_inner).take();
                make(batch * BROUGHT_AT_ONCE + number, thing, content)
            })?);
        }
        Ok(made)
    }

    fn one_below_the_other(&self, columns: &[PlSmallStr], frames: Vec<DataFrame>) -> PolarsResult<DataFrame> {
        let mut frames = frames.into_iter();
        let Some(mut all) = frames.next() else {
            return DataFrame::empty_with_schema(&self.schema).select(columns.iter().cloned());
        };
        for frame in frames {
            all.vstack_mut_owned(frame)?;
        }
        Ok(all)
    }

    /// Opens a file of which some columns are read. Of what marts are built from nearly all columns are, by the marts of
    /// three days.
    fn open(&self, path: &str, columns: &[String]) -> PolarsResult<File> {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let is_built_from = matches!(self.rows, Rows::EventsAround(..));
        open(&self.store, path, if is_built_from { Part::Unchanging } else { Part::Columns(&columns) })
    }

    /// Some columns of a file, whose content may be open already.
    fn read_file(
        &self,
        number: usize,
        file: &DayFile,
        content: Option<File>,
        columns: &[PlSmallStr],
    ) -> PolarsResult<DataFrame> {
        let stored = stored_in(file, columns);
        let mut reader = reader_of(content.map_or_else(|| self.open(&file.path, &stored), Ok)?);
        match (&self.versions, self.footers[number].engine.get()) {
            (Some(versions), _) => versions.check(number, &file.path, &mut reader)?,
            (None, Some(footer)) => reader.set_metadata(Arc::clone(footer)),
            (None, None) => {
                let footer = Arc::clone(reader.get_metadata()?);
                self.footers[number].engine.get_or_init(|| footer);
            }
        }
        let mut frame = if stored.is_empty() {
            DataFrame::empty_with_height(reader.num_rows()?)
        } else {
            reader
                .with_columns(Some(stored))
                .finish()
                .map_err(|reason| placed(&self.store.place(&file.path), reason))?
        };
        if let Some(void) = &file.void {
            let sources = frame.column(SOURCE_COLUMN)?.str()?.iter();
            let live: BooleanChunked =
                sources.map(|source| source.is_none_or(|source| !void.contains(source))).collect();
            frame = frame.filter_seq(&live)?;
        }
        let height = frame.height();
        self.as_asked(file, frame, height, columns)
    }

    /// Columns of some rows of a file, with its day if that is asked for, in the order in which they are.
    fn as_asked(
        &self,
        file: &DayFile,
        mut frame: DataFrame,
        height: usize,
        columns: &[PlSmallStr],
    ) -> PolarsResult<DataFrame> {
        if columns.iter().any(|name| name == DAY) {
            let day = file.day.map_or(AnyValue::Null, |day| AnyValue::Date(day.number()));
            let scalar = Scalar::new(DataType::Date, day.into_static());
            frame.with_column(Column::new_scalar(DAY.into(), scalar, height))?;
        }
        // A file of another schema (of an older program, say) must not pass as if it were of this one.
        for name in columns {
            let (found, expected) = (frame.column(name)?.dtype(), self.schema.try_get(name)?);
            polars_ensure!(
                found == expected,
                SchemaMismatch: "{}: column {name} is {found}, not {expected}", file.path
            );
        }
        frame.select(columns.iter().cloned())
    }

    /// Some columns, of the rows that are seen.
    pub(super) fn frame(&self, wanted: &[PlSmallStr]) -> PolarsResult<DataFrame> {
        let seen = self.seen()?;
        let read = |columns: &[PlSmallStr]| match seen {
            Some(seen) => self.read_where(columns, seen),
            None => self.read(columns),
        };
        if self.is_read_anew(seen) {
            let mut frame = read(wanted)?;
            frame.rechunk_mut();
            return Ok(frame);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.iter().any(|name| !kept.columns.contains_key(name)) {
            let wanted: BTreeSet<&PlSmallStr> = wanted.iter().chain(kept.expected.keys()).collect();
            let missing = wanted.into_iter().filter(|name| !kept.columns.contains_key(*name));
            let missing: Vec<PlSmallStr> = missing.cloned().collect();
            for column in read(&missing)?.into_columns() {
                // In one piece once, instead of in every query.
                kept.columns.insert(column.name().clone(), column.rechunk());
            }
        }
        let columns: Vec<Column> = wanted.iter().filter_map(|name| kept.columns.get(name)).cloned().collect();
        DataFrame::new(columns.first().map_or(0, Column::len), columns)
    }

    /// Whether its columns are read anew whenever they are asked for: where marts are built of many rows. Of those of node
    /// runs hardly one is asked for twice, and all of them were a third of what a build had in memory.
    fn is_read_anew(&self, seen: Option<&BooleanChunked>) -> bool {
        let is_many = || seen.is_none_or(|seen| seen.num_trues() > KEPT_ROWS);
        matches!(self.rows, Rows::EventsAround(..)) && is_many()
    }
}

impl LakeTable {
    /// Some columns of a piece of the projects.
    fn frame_of_piece(&self, wanted: &[PlSmallStr], piece: Piece) -> PolarsResult<DataFrame> {
        if self.files.is_empty() {
            return DataFrame::empty_with_schema(&self.schema).select(wanted.iter().cloned());
        }
        self.packed_piece(wanted, piece)?.frame()
    }

    /// How many of its rows have no project but say of which invocation they are, where there are so many pieces.
    pub(super) fn rows_of_invocations(&self, pieces: usize) -> PolarsResult<usize> {
        if self.files.is_empty() || !self.schema.contains(INVOCATION) {
            return Ok(0);
        }
        self.with_packed(&[], Piece::without_project(pieces, 0, 1), |packed| Ok(packed.first_rows()))
    }

    /// Some columns of a piece, before a frame is made of them.
    fn packed_piece(&self, wanted: &[PlSmallStr], piece: Piece) -> PolarsResult<PackedPiece> {
        self.with_packed(wanted, piece, |packed| packed.piece(wanted, piece))
    }

    /// Does something with its pieces, of which those up to one of these columns are in memory. Nobody else has pieces of
    /// this table meanwhile.
    fn with_packed<R>(
        &self,
        columns: &[PlSmallStr],
        piece: Piece,
        make: impl FnOnce(&mut Packed) -> PolarsResult<R>,
    ) -> PolarsResult<R> {
        let mut in_pieces = self.in_pieces();
        let packed = match &mut in_pieces.packed {
            Some(packed) if packed.count() == piece.of => packed,
            other => {
                let mut projects = Projects::new();
                self.each_frame(&[PROJECT.into()], |_, frame| projects.add(frame.column(PROJECT)?))?;
                other.insert(Packed::new(piece.of, self.schema.contains(INVOCATION), projects))
            }
        };
        let missing = packed.missing(columns, piece);
        if !missing.is_empty() {
            self.each_frame(&missing, |number, frame| packed.add(number, frame.columns(), piece.number))?;
            packed.finish();
        }
        make(packed)
    }

    /// Does something with some columns of each file, in the order of their numbers. Not many more rows are in memory at a
    /// time than are worth reading side by side.
    fn each_frame(
        &self,
        columns: &[PlSmallStr],
        mut each: impl FnMut(usize, DataFrame) -> PolarsResult<()>,
    ) -> PolarsResult<()> {
        let rows = self.rows_beyond(0)?.unwrap_or(0).max(1);
        let at_once = ROWS_BEFORE_PACKED.saturating_mul(self.files.len() as u64) / rows;
        let at_once = at_once.clamp(2, FILES_BEFORE_PACKED) as usize;
        for (batch, files) in self.files.chunks(at_once).enumerate() {
            let first = batch * at_once;
            let frames = self.each_file(
                files,
                |file| Some((file.path.clone(), stored_in(file, columns))),
                |number, file, content| self.read_file(first + number, file, content, columns),
            )?;
            frames.into_iter().enumerate().try_for_each(|(number, frame)| each(first + number, frame))?;
        }
        Ok(())
    }
}

/// Takes one off the counts of some columns; with a last one something is done.
fn one_less(expected: &mut HashMap<PlSmallStr, usize>, names: &HashSet<&str>, mut last: impl FnMut(&PlSmallStr)) {
    for (column, times) in expected.iter_mut().filter(|(column, _)| names.contains(column.as_str())) {
        *times -= 1;
        if *times == 0 {
            last(column);
        }
    }
    expected.retain(|_, times| *times > 0);
}

/// Those of some columns that are in the files themselves.
fn stored(columns: &[PlSmallStr]) -> impl Iterator<Item = &PlSmallStr> {
    columns.iter().filter(|name| *name != DAY)
}

/// What is read of a file for some columns: those that are in it, and what tells which rows count.
fn stored_in(file: &DayFile, columns: &[PlSmallStr]) -> Vec<String> {
    let mut stored: Vec<String> = stored(columns).map(ToString::to_string).collect();
    if file.void.is_some() && !stored.iter().any(|name| name == SOURCE_COLUMN) {
        stored.push(SOURCE_COLUMN.to_owned());
    }
    stored
}

/// A mask of so many rows that is true for some.
fn mask_of(rows: &[usize], height: usize) -> BooleanChunked {
    let mut mask = vec![false; height];
    for row in rows {
        mask[*row] = true;
    }
    BooleanChunked::from_slice(PlSmallStr::EMPTY, &mask)
}

/// A part of one file of the lake.
fn open(store: &Store, path: &str, part: Part<'_>) -> PolarsResult<File> {
    let file = store.open(path, part).map_err(|reason| polars_err!(ComputeError: "{reason}"))?;
    file.ok_or_else(|| polars_err!(ComputeError: "{} is gone", store.place(path).display()))
}

/// A reader of one file of the lake, or of a part of it.
fn reader_of(file: File) -> ParquetReader<File> {
    // Files are read side by side, so none of them by several threads.
    ParquetReader::new(file).read_parallel(ParallelStrategy::None)
}

fn placed(path: &Path, reason: PolarsError) -> PolarsError {
    reason.wrap_msg(|text| format!("{}: {text}", path.display()))
}

/// A row number as the engine counts rows.
fn index(row: usize) -> PolarsResult<IdxSize> {
    IdxSize::try_from(row).map_err(|_| polars_err!(ComputeError: "more than 2^32 rows in one table"))
}
