//! The rows of a table by pieces of the projects, in little memory: of a text the number among those of its column, and
//! numbers in as few bytes as they need.
//!
//! A piece is made a table of the engine's when it is asked for. Texts of a piece are then views of those of the column.
//! Several statements may have pieces made at once.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;
use std::sync::Arc;

use polars::prelude::*;

use super::pieces::PROJECT;

/// Some columns of a table, by pieces.
pub(super) struct Packed {
    /// In how many pieces it is.
    count: usize,
    /// Of each file the piece of each row.
    files: Vec<Vec<u16>>,
    /// Those of which all files are added.
    columns: PlHashMap<PlSmallStr, Arc<PackedColumn>>,
    /// Those of which some are.
    unfinished: PlHashMap<PlSmallStr, Unfinished>,
}

/// One column, of those pieces that may still be asked for.
enum PackedColumn {
    Text {
        values: StringChunked,
        pieces: Vec<Numbers>,
    },
    /// Whole numbers and days: how much each is more than one below the least of its piece; 0 is a missing one.
    Whole {
        dtype: DataType,
        pieces: Vec<(i64, Numbers)>,
    },
    Other {
        pieces: Vec<Column>,
    },
}

/// One column to which files are added.
enum Unfinished {
    Text { values: Values, pieces: Vec<Numbers> },
    Other { pieces: Vec<Column> },
}

/// Numbers, in as few bytes as the largest needs.
enum Numbers {
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Longs(Vec<IdxSize>),
}

/// A piece of some columns, which can be made a frame by whoever has it.
pub(super) struct PackedPiece {
    columns: Vec<(PlSmallStr, Arc<PackedColumn>)>,
    piece: usize,
}

impl Packed {
    /// Nothing yet, of so many pieces.
    pub(super) fn new(count: usize) -> Self {
        Self { count, files: Vec::new(), columns: PlHashMap::new(), unfinished: PlHashMap::new() }
    }

    /// In how many pieces it is.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The columns that are to be read before a piece can be made of them.
    pub(super) fn missing(&self, wanted: &[PlSmallStr], piece: usize) -> Vec<PlSmallStr> {
        let has = |name: &PlSmallStr| self.columns.get(name).is_some_and(|column| piece < column.pieces());
        let mut missing: Vec<PlSmallStr> = wanted.iter().filter(|name| !has(name)).cloned().collect();
        // That says where the rows belong.
        if self.files.is_empty() && !missing.iter().any(|name| name == PROJECT) {
            missing.push(PROJECT.into());
        }
        missing
    }

    /// Adds some columns of the file of a number, for the pieces up to one. All files are added in the order of their
    /// numbers.
    pub(super) fn add(&mut self, number: usize, columns: &[Column], piece: usize) -> PolarsResult<()> {
        if number == 0 {
            // Of what failed.
            self.unfinished.clear();
        }
        if number == self.files.len() {
            let projects = columns.iter().find(|column| column.name() == PROJECT);
            let projects = projects.ok_or_else(|| polars_err!(ColumnNotFound: "{PROJECT}"))?;
            let pieces = projects.str()?.iter().map(|project| piece_of(project, self.count));
            self.files.push(pieces.collect());
        }
        let of_rows = &self.files[number];
        let mut rows: Vec<Vec<IdxSize>> = vec![Vec::new(); piece + 1];
        for (row, of) in of_rows.iter().enumerate() {
            if let Some(rows) = rows.get_mut(usize::from(*of)) {
                rows.push(IdxSize::try_from(row).map_err(|_| polars_err!(ComputeError: "more than 2^32 rows"))?);
            }
        }
        let rows: Vec<IdxCa> = rows.into_iter().map(|rows| IdxCa::from_vec(PlSmallStr::EMPTY, rows)).collect();
        for column in columns {
            let nothing = || match column.dtype() {
                DataType::String => Unfinished::Text {
                    values: Values::default(),
                    pieces: (0..=piece).map(|_| Numbers::default()).collect(),
                },
                _ => Unfinished::Other { pieces: vec![column.clear(); piece + 1] },
            };
            match self.unfinished.entry(column.name().clone()).or_insert_with(nothing) {
                Unfinished::Text { values, pieces } => {
                    for (value, of) in column.str()?.iter().zip(of_rows) {
                        if let Some(part) = pieces.get_mut(usize::from(*of)) {
                            part.push(values.number(value)?);
                        }
                    }
                }
                Unfinished::Other { pieces } => {
                    for (part, rows) in pieces.iter_mut().zip(&rows) {
                        part.append_owned(column.take(rows)?)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// All files are added.
    pub(super) fn finish(&mut self) -> PolarsResult<()> {
        for (name, column) in self.unfinished.drain() {
            let column = match column {
                Unfinished::Text { values, pieces } => PackedColumn::Text { values: values.made(), pieces },
                Unfinished::Other { pieces } => {
                    let whole = pieces.iter().map(whole_numbers).collect::<PolarsResult<Option<Vec<_>>>>()?;
                    match (whole, pieces.first()) {
                        (Some(whole), Some(first)) => {
                            PackedColumn::Whole { dtype: first.dtype().clone(), pieces: whole }
                        }
                        _ => PackedColumn::Other { pieces: pieces.into_iter().map(|piece| piece.rechunk()).collect() },
                    }
                }
            };
            // One that was there for fewer pieces is replaced.
            self.columns.insert(name, Arc::new(column));
        }
        Ok(())
    }

    /// A piece of some columns, all of which are there and finished.
    pub(super) fn piece(&self, wanted: &[PlSmallStr], piece: usize) -> PolarsResult<PackedPiece> {
        let columns = wanted.iter().map(|name| {
            let column = self.columns.get(name).ok_or_else(|| polars_err!(ColumnNotFound: "{name}"))?;
            Ok((name.clone(), Arc::clone(column)))
        });
        Ok(PackedPiece { columns: columns.collect::<PolarsResult<_>>()?, piece })
    }

    /// The columns that are there, and how many bytes each takes.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&PlSmallStr, usize)> {
        self.columns.iter().map(|(name, column)| (name, column.bytes()))
    }

    /// Drops columns.
    pub(super) fn retain(&mut self, keep: impl Fn(&PlSmallStr) -> bool) {
        self.columns.retain(|name, _| keep(name));
    }
}

impl PackedColumn {
    /// Of how many pieces it is.
    fn pieces(&self) -> usize {
        match self {
            Self::Text { pieces, .. } => pieces.len(),
            Self::Whole { pieces, .. } => pieces.len(),
            Self::Other { pieces } => pieces.len(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Text { values, pieces } => {
                let numbers: usize = pieces.iter().map(Numbers::size).sum();
                numbers + values.clone().into_series().estimated_size()
            }
            Self::Whole { pieces, .. } => pieces.iter().map(|(_, numbers)| numbers.size()).sum(),
            Self::Other { pieces } => pieces.iter().map(|piece| piece.as_materialized_series().estimated_size()).sum(),
        }
    }
}

impl PackedPiece {
    /// The rows.
    pub(super) fn frame(&self) -> PolarsResult<DataFrame> {
        let columns = self.columns.iter().map(|(name, column)| {
            PolarsResult::Ok(match &**column {
                PackedColumn::Text { values, pieces } => {
                    let texts = values.take(&IdxCa::from_vec(PlSmallStr::EMPTY, pieces[self.piece].all()))?;
                    texts.with_name(name.clone()).into_column()
                }
                PackedColumn::Whole { dtype, pieces } => {
                    let (least, numbers) = &pieces[self.piece];
                    let whole =
                        numbers.all().into_iter().map(|number| (number > 0).then(|| least + (i64::from(number) - 1)));
                    let whole = Int64Chunked::from_iter_options(name.clone(), whole).into_column();
                    // Days are numbers of 32 bits.
                    if *dtype == DataType::Date {
                        whole.cast(&DataType::Int32)?.cast(dtype)?
                    } else {
                        whole.cast(dtype)?
                    }
                }
                PackedColumn::Other { pieces } => pieces[self.piece].clone(),
            })
        });
        let columns: Vec<Column> = columns.collect::<PolarsResult<_>>()?;
        DataFrame::new(columns.first().map_or(0, Column::len), columns)
    }
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl Numbers {
    fn push(&mut self, number: IdxSize) {
        match self {
            Self::Bytes(bytes) => match u8::try_from(number) {
                Ok(number) => bytes.push(number),
                Err(_) => {
                    *self = Self::Shorts(mem::take(bytes).into_iter().map(u16::from).collect());
                    self.push(number);
                }
            },
            Self::Shorts(shorts) => match u16::try_from(number) {
                Ok(number) => shorts.push(number),
                Err(_) => {
                    *self = Self::Longs(mem::take(shorts).into_iter().map(IdxSize::from).collect());
                    self.push(number);
                }
            },
            Self::Longs(longs) => longs.push(number),
        }
    }

    /// How many bytes they take.
    fn size(&self) -> usize {
        match self {
            Self::Bytes(bytes) => size_of_val(bytes.as_slice()),
            Self::Shorts(shorts) => size_of_val(shorts.as_slice()),
            Self::Longs(longs) => size_of_val(longs.as_slice()),
        }
    }

    fn all(&self) -> Vec<IdxSize> {
        match self {
            Self::Bytes(bytes) => bytes.iter().copied().map(IdxSize::from).collect(),
            Self::Shorts(shorts) => shorts.iter().copied().map(IdxSize::from).collect(),
            Self::Longs(longs) => longs.clone(),
        }
    }
}

/// A piece of a column of whole numbers or days: each by how much it is more than one below the least, a missing one as 0;
/// `None` if that takes too many bytes, and of columns of anything else.
fn whole_numbers(column: &Column) -> PolarsResult<Option<(i64, Numbers)>> {
    if !matches!(column.dtype(), DataType::Int64 | DataType::Int32 | DataType::Date) {
        return Ok(None);
    }
    let column = column.to_physical_repr().cast(&DataType::Int64)?;
    let whole = column.i64()?;
    let least = whole.min().unwrap_or(0);
    let mut numbers = Numbers::default();
    for value in whole.iter() {
        let above = value.map_or(Some(0), |value| value.checked_sub(least)?.checked_add(1));
        let Some(number) = above.and_then(|above| IdxSize::try_from(above).ok()) else { return Ok(None) };
        numbers.push(number);
    }
    Ok(Some((least, numbers)))
}

/// The piece of a project; the first is that of rows without one.
fn piece_of(project: Option<&str>, count: usize) -> u16 {
    let Some(project) = project else { return 0 };
    let mut hasher = DefaultHasher::new();
    project.hash(&mut hasher);
    // Below the count, which is a u16.
    u16::try_from(hasher.finish() % count.max(1) as u64).unwrap_or(0)
}

/// The texts of a column, each once, while files are added; a missing one is number 0.
#[derive(Default)]
struct Values {
    numbers: PlHashMap<Arc<str>, IdxSize>,
    texts: Vec<Arc<str>>,
}

impl Values {
    fn number(&mut self, text: Option<&str>) -> PolarsResult<IdxSize> {
        let Some(text) = text else { return Ok(0) };
        if let Some(number) = self.numbers.get(text) {
            return Ok(*number);
        }
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        let number =
            IdxSize::try_from(self.texts.len()).map_err(|_| polars_err!(ComputeError: "more than 2^32 texts"))?;
        self.numbers.insert(text, number);
        Ok(number)
    }

    /// The text of each number.
    fn made(self) -> StringChunked {
        let texts = self.texts.iter().map(|text| Some(&**text));
        StringChunked::from_iter_options(PlSmallStr::EMPTY, std::iter::once(None).chain(texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(projects: &[Option<&str>], first: i64) -> Vec<Column> {
        let runs: Vec<i64> = (first..).take(projects.len()).collect();
        vec![Column::new(PROJECT.into(), projects), Column::new("runs".into(), runs)]
    }

    fn files() -> [Vec<Column>; 2] {
        [file(&[Some("a"), None, Some("b"), Some("a")], 0), file(&[Some("c"), Some("a"), None], 10)]
    }

    /// Everything in pieces, two columns of it.
    fn packed(count: usize) -> Packed {
        let mut packed = Packed::new(count);
        for (number, columns) in files().iter().enumerate() {
            packed.add(number, columns, count - 1).expect("a file");
        }
        packed.finish().expect("columns");
        packed
    }

    #[test]
    fn pieces_are_all_rows_once_and_a_project_is_in_one_of_them() {
        for count in [1, 2, 3, 100] {
            let packed = packed(count);
            let (mut rows, mut places) = (Vec::new(), PlHashMap::new());
            for piece in 0..count {
                let wanted = [PROJECT.into(), PlSmallStr::from("runs")];
                assert!(packed.missing(&wanted, piece).is_empty());
                let frame = packed.piece(&wanted, piece).and_then(|piece| piece.frame()).expect("a piece");
                let projects = frame.column(PROJECT).expect("projects").str().expect("texts").iter();
                let runs = frame.column("runs").expect("runs").i64().expect("numbers").iter();
                for (project, run) in projects.zip(runs) {
                    assert_eq!(*places.entry(project.map(str::to_owned)).or_insert(piece), piece);
                    rows.push((run.expect("a number"), project.map(str::to_owned)));
                }
            }
            rows.sort();
            let all = files().into_iter().flat_map(|columns| {
                let projects =
                    columns[0].str().expect("texts").iter().map(|of| of.map(str::to_owned)).collect::<Vec<_>>();
                columns[1].i64().expect("numbers").iter().flatten().zip(projects).collect::<Vec<_>>()
            });
            assert_eq!(rows, all.collect::<Vec<_>>());
            assert_eq!(places[&None], 0);
        }
    }

    #[test]
    fn a_column_that_an_earlier_piece_needs_is_read_for_those_that_are_left() {
        let mut packed = packed(3);
        let wanted = [PROJECT.into(), PlSmallStr::from("user")];
        assert_eq!(packed.missing(&wanted, 1), [PlSmallStr::from("user")]);
        for (number, users) in [["u", "v", "u", "w"].as_slice(), &["v", "u", "x"]].into_iter().enumerate() {
            packed.add(number, &[Column::new("user".into(), users)], 1).expect("a file");
        }
        packed.finish().expect("columns");
        assert!(packed.missing(&wanted, 0).is_empty() && !packed.missing(&wanted, 2).is_empty());
        let frame = |wanted: &[PlSmallStr], piece| packed.piece(wanted, piece).and_then(|piece| piece.frame());
        let users = |piece| frame(&wanted, piece).expect("a piece").column("user").expect("users").clone();
        // Of rows without a project.
        assert!(users(0).str().expect("texts").iter().flatten().any(|user| user == "x"));
        assert_eq!(users(0).len() + users(1).len() + frame(&[PROJECT.into()], 2).expect("a piece").height(), 7);
    }

    #[test]
    fn without_a_project_column_nothing_is_divided() {
        let mut packed = Packed::new(2);
        assert_eq!(packed.missing(&["runs".into()], 1), [PlSmallStr::from("runs"), PROJECT.into()]);
        assert!(packed.add(0, &[Column::new("runs".into(), [1_i64])], 1).is_err());
    }

    #[test]
    fn whole_numbers_and_days_are_what_they_were_however_far_apart() {
        let projects = [Some("a"), None, Some("b"), Some("a"), Some("c"), None];
        let days = [Some(20_000), None, Some(-5), Some(20_001), Some(0), Some(1)];
        let lists = [
            [Some(7), None, Some(-7), Some(0), Some(1), Some(2)],
            [Some(0), Some(254), Some(255), Some(256), None, Some(65_535)],
            [Some(1 << 40), None, Some((1 << 40) + 65_536), Some(1 << 41), Some(3), Some(0)],
            [Some(i64::MIN), Some(i64::MAX), None, Some(0), Some(1), Some(-1)],
            [None; 6],
        ];
        for list in lists {
            for count in [1, 2, 5] {
                let mut packed = Packed::new(count);
                let days = Column::new("day".into(), days).cast(&DataType::Date).expect("days");
                let numbers = Column::new("runs".into(), list);
                let thirds = numbers.cast(&DataType::Float64).expect("numbers").with_name("thirds".into());
                let file = [Column::new(PROJECT.into(), projects), days, numbers, thirds];
                packed.add(0, &file, count - 1).expect("a file");
                packed.finish().expect("columns");
                let names: Vec<PlSmallStr> = file.iter().map(|column| column.name().clone()).collect();
                let pieces = (0..count).map(|piece| packed.piece(&names, piece).and_then(|piece| piece.frame()));
                let pieces: Vec<DataFrame> = pieces.collect::<PolarsResult<_>>().expect("pieces");
                let mut all = DataFrame::empty_with_schema(pieces[0].schema());
                for piece in &pieces {
                    all.vstack_mut(piece).expect("rows of one kind");
                }
                let of_piece = |row: &usize| piece_of(projects[*row], count);
                let mut rows: Vec<usize> = (0..projects.len()).collect();
                rows.sort_by_key(of_piece);
                let rows: IdxCa = rows.into_iter().map(|row| Some(row as IdxSize)).collect();
                let expected = DataFrame::new(projects.len(), file.to_vec()).expect("a frame").take(&rows);
                assert!(all.equals_missing(&expected.expect("rows")), "{all:?}");
            }
        }
    }

    #[test]
    fn numbers_take_as_few_bytes_as_the_largest_needs() {
        for (list, bytes) in [
            (vec![], 0),
            (vec![0, 255], 2),
            (vec![0, 256, 1], 6),
            (vec![256], 2),
            (vec![1, 65_536], 8),
            (vec![65_536, 1], 8),
            (vec![1, 300, 70_000, 2], 16),
        ] {
            let mut numbers = Numbers::default();
            list.iter().for_each(|number| numbers.push(*number));
            assert_eq!((numbers.all(), numbers.size()), (list, bytes));
        }
    }
}
