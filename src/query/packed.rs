//! The rows of a table by pieces of the projects, in little memory: of a text the number among those of its column.
//!
//! A piece is made a table of the engine's when it is asked for. Texts of a piece are then views of those of the column.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use polars::prelude::*;

use super::pieces::PROJECT;

/// Some columns of a table, by pieces.
pub(super) struct Packed {
    /// In how many pieces it is.
    count: usize,
    /// Of each file the piece of each row.
    files: Vec<Vec<u16>>,
    columns: PlHashMap<PlSmallStr, PackedColumn>,
}

/// One column, of those pieces that are still to be asked for.
enum PackedColumn {
    Text { values: Values, pieces: Vec<Vec<IdxSize>> },
    Other { pieces: Vec<Column> },
}

impl Packed {
    /// Nothing yet, of so many pieces.
    pub(super) fn new(count: usize) -> Self {
        Self { count, files: Vec::new(), columns: PlHashMap::new() }
    }

    /// In how many pieces it is.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The columns that are to be read before a piece can be made of them.
    pub(super) fn missing(&self, wanted: &[PlSmallStr], piece: usize) -> Vec<PlSmallStr> {
        let mut missing: Vec<PlSmallStr> = wanted.iter().filter(|name| !self.has(name, piece)).cloned().collect();
        // That says where the rows belong.
        if self.files.is_empty() && !missing.iter().any(|name| name == PROJECT) {
            missing.push(PROJECT.into());
        }
        missing
    }

    fn has(&self, name: &PlSmallStr, piece: usize) -> bool {
        match self.columns.get(name) {
            Some(PackedColumn::Text { pieces, .. }) => piece < pieces.len(),
            Some(PackedColumn::Other { pieces }) => piece < pieces.len(),
            None => false,
        }
    }

    /// Adds some columns of the file of a number, for the pieces up to one. All files are added in the order of their
    /// numbers.
    pub(super) fn add(&mut self, number: usize, columns: &[Column], piece: usize) -> PolarsResult<()> {
        if number == self.files.len() {
            let projects = columns.iter().find(|column| column.name() == PROJECT);
            let projects = projects.ok_or_else(|| polars_err!(ColumnNotFound: "{PROJECT}"))?;
            let pieces = projects.str()?.iter().map(|project| piece_of(project, self.count));
            self.files.push(pieces.collect());
        }
        let pieces = &self.files[number];
        let mut rows: Vec<Vec<IdxSize>> = vec![Vec::new(); piece + 1];
        for (row, of) in pieces.iter().enumerate() {
            if let Some(rows) = rows.get_mut(usize::from(*of)) {
                rows.push(IdxSize::try_from(row).map_err(|_| polars_err!(ComputeError: "more than 2^32 rows"))?);
            }
        }
        let rows: Vec<IdxCa> = rows.into_iter().map(|rows| IdxCa::from_vec(PlSmallStr::EMPTY, rows)).collect();
        for column in columns {
            // One that was there for other pieces is read anew with the first file.
            let known = self.columns.remove(column.name()).filter(|_| number > 0);
            let packed = match (known, column.dtype()) {
                (known, DataType::String) => {
                    let (mut values, mut parts) = match known {
                        Some(PackedColumn::Text { values, pieces }) => (values, pieces),
                        _ => (Values::default(), vec![Vec::new(); piece + 1]),
                    };
                    for (value, of) in column.str()?.iter().zip(pieces) {
                        if let Some(part) = parts.get_mut(usize::from(*of)) {
                            part.push(values.number(value)?);
                        }
                    }
                    PackedColumn::Text { values, pieces: parts }
                }
                (Some(PackedColumn::Other { pieces: mut parts }), _) => {
                    for (part, rows) in parts.iter_mut().zip(&rows) {
                        part.append_owned(column.take(rows)?)?;
                    }
                    PackedColumn::Other { pieces: parts }
                }
                _ => {
                    let parts = rows.iter().map(|rows| column.take(rows)).collect::<PolarsResult<_>>()?;
                    PackedColumn::Other { pieces: parts }
                }
            };
            self.columns.insert(column.name().clone(), packed);
        }
        Ok(())
    }

    /// All files are added.
    pub(super) fn finish(&mut self) {
        for column in self.columns.values_mut() {
            if let PackedColumn::Text { values, .. } = column {
                values.finish();
            }
        }
    }

    /// A piece of some columns, all of which are there and finished.
    pub(super) fn piece(&self, wanted: &[PlSmallStr], piece: usize) -> PolarsResult<DataFrame> {
        let mut columns = Vec::new();
        for name in wanted {
            let column = match self.columns.get(name) {
                Some(PackedColumn::Text { values, pieces }) => {
                    let texts = values.made.take(&IdxCa::from_slice(PlSmallStr::EMPTY, &pieces[piece]))?;
                    texts.with_name(name.clone()).into_column()
                }
                Some(PackedColumn::Other { pieces }) => pieces[piece].rechunk(),
                None => polars_bail!(ColumnNotFound: "{name}"),
            };
            columns.push(column);
        }
        DataFrame::new(columns.first().map_or(0, Column::len), columns)
    }
}

/// The piece of a project; the first is that of rows without one.
fn piece_of(project: Option<&str>, count: usize) -> u16 {
    let Some(project) = project else { return 0 };
    let mut hasher = DefaultHasher::new();
    project.hash(&mut hasher);
    // Below the count, which is a u16.
    u16::try_from(hasher.finish() % count.max(1) as u64).unwrap_or(0)
}

/// The texts of a column, each once; a missing one is number 0.
#[derive(Default)]
struct Values {
    /// While files are added.
    numbers: PlHashMap<Arc<str>, IdxSize>,
    texts: Vec<Arc<str>>,
    /// When all are.
    made: StringChunked,
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

    fn finish(&mut self) {
        if self.made.is_empty() {
            let texts = std::mem::take(&mut self.texts);
            self.numbers = PlHashMap::new();
            let texts = texts.iter().map(|text| Some(&**text));
            self.made = StringChunked::from_iter_options(PlSmallStr::EMPTY, std::iter::once(None).chain(texts));
        }
    }
}
