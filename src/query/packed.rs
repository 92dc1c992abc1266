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
        packed.finish();
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
                let frame = packed.piece(&wanted, piece).expect("a piece");
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
        packed.finish();
        assert!(packed.missing(&wanted, 0).is_empty() && !packed.missing(&wanted, 2).is_empty());
        let users = |piece| packed.piece(&wanted, piece).expect("a piece").column("user").expect("users").clone();
        // Of rows without a project.
        assert!(users(0).str().expect("texts").iter().flatten().any(|user| user == "x"));
        assert_eq!(users(0).len() + users(1).len() + packed.piece(&[PROJECT.into()], 2).expect("a piece").height(), 7);
    }

    #[test]
    fn without_a_project_column_nothing_is_divided() {
        let mut packed = Packed::new(2);
        assert_eq!(packed.missing(&["runs".into()], 1), [PlSmallStr::from("runs"), PROJECT.into()]);
        assert!(packed.add(0, &[Column::new("runs".into(), [1_i64])], 1).is_err());
    }
}
