//! The rows of a table by pieces of the projects, in little memory: of a text the number among those of its column, and
//! numbers in as few bytes as they need.
//!
//! A piece is made a table of the engine's when it is asked for. Texts of a piece are then views of those of the column.
//! Several statements may have pieces made at once.

mod column;
mod numbers;
mod texts;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter;
use std::ops::Range;
use std::sync::Arc;

use hashbrown::hash_map;
use polars::prelude::*;

use super::pieces::{INVOCATION, PROJECT};
use column::{PackedColumn, Unfinished};
use numbers::{Numbers, Taken};
use texts::Texts;

/// A piece of the projects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// The first is that of rows without one.
    pub number: usize,
    /// In how many pieces they are.
    pub of: usize,
    /// Of the first a part, of those invocations that are in it.
    pub part: usize,
    /// In how many parts the first is.
    pub parts: usize,
}

impl Piece {
    /// One that is not the first.
    pub(super) fn of_projects(number: usize, of: usize) -> Self {
        Self { number, of, part: 0, parts: 1 }
    }

    /// A part of the first.
    pub(super) fn without_project(of: usize, part: usize, parts: usize) -> Self {
        Self { number: 0, of, part, parts }
    }
}

/// Some columns of a table, by pieces.
pub(super) struct Packed {
    /// In how many pieces it is.
    count: usize,
    /// Whether its rows say of which invocation they are.
    has_invocations: bool,
    /// Of each file the piece of each row.
    files: Vec<Vec<u16>>,
    /// Where in a column each piece begins, and the last one ends.
    starts: Vec<usize>,
    /// Those of which all files are added.
    columns: PlHashMap<PlSmallStr, Arc<PackedColumn>>,
    /// Those of which some are.
    unfinished: PlHashMap<PlSmallStr, Unfinished>,
    /// The rows of the first piece by parts of the invocations, by how many there are of these.
    parts: BTreeMap<usize, Vec<Arc<IdxCa>>>,
}

/// The projects of all rows, of which the pieces are made.
pub(super) struct Projects {
    texts: Texts,
    /// Of each file the number of each row's project.
    files: Vec<Vec<IdxSize>>,
}

/// A piece of some columns, which can be made a frame by whoever has it.
pub(super) struct PackedPiece {
    columns: Vec<(PlSmallStr, Arc<PackedColumn>)>,
    piece: usize,
    places: Range<usize>,
    /// Which rows of the piece; `None`: all.
    rows: Option<Arc<IdxCa>>,
}

impl Projects {
    /// Those of no file yet.
    pub(super) fn new() -> Self {
        Self { texts: Texts::new(), files: Vec::new() }
    }

    /// Adds those of the next file.
    pub(super) fn add(&mut self, projects: &Column) -> PolarsResult<()> {
        let numbers = projects.str()?.iter().map(|project| self.texts.number(project));
        let numbers = numbers.collect::<PolarsResult<_>>()?;
        self.files.push(numbers);
        Ok(())
    }
}

impl Packed {
    /// The projects in so many pieces, and nothing else yet.
    pub(super) fn new(count: usize, has_invocations: bool, projects: Projects) -> Self {
        let Projects { texts, files: numbers } = projects;
        let texts = texts.made();
        let of_projects: Vec<u16> = texts.iter().map(|project| piece_of(project, count)).collect();
        let piece = |number: &IdxSize| of_projects[*number as usize];
        let files: Vec<Vec<u16>> = numbers.iter().map(|numbers| numbers.iter().map(piece).collect()).collect();
        let mut heights = vec![0; count];
        files.iter().flatten().for_each(|piece| heights[usize::from(*piece)] += 1);
        let starts: Vec<usize> = iter::once(0)
            .chain(heights.into_iter().scan(0, |end, rows: usize| {
                *end += rows;
                Some(*end)
            }))
            .collect();
        let mut pieces: Vec<Taken> = starts[..count].iter().copied().map(Taken::none).collect();
        let mut of_rows = Numbers::zero(starts[count]);
        for (number, piece) in numbers.iter().flatten().zip(files.iter().flatten()) {
            of_rows.set(pieces[usize::from(*piece)].take(), *number);
        }
        let projects = PackedColumn::of_texts(texts, of_rows, count);
        Self {
            count,
            has_invocations,
            files,
            starts,
            columns: PlHashMap::from_iter([(PROJECT.into(), Arc::new(projects))]),
            unfinished: PlHashMap::new(),
            parts: BTreeMap::new(),
        }
    }

    /// In how many pieces it is.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How many rows there are in the first piece.
    pub(super) fn first_rows(&self) -> usize {
        self.starts[1]
    }

    /// The columns that are to be read before a piece can be made of them.
    pub(super) fn missing(&self, wanted: &[PlSmallStr], piece: Piece) -> Vec<PlSmallStr> {
        let has = |name: &PlSmallStr| self.columns.get(name).is_some_and(|column| piece.number < column.pieces());
        let mut missing: Vec<PlSmallStr> = wanted.iter().filter(|name| !has(name)).cloned().collect();
        // What says in which part the rows are.
        let is_to_divide = piece.parts > 1 && self.has_invocations && !self.parts.contains_key(&piece.parts);
        let invocation = PlSmallStr::from(INVOCATION);
        if is_to_divide && !has(&invocation) && !missing.contains(&invocation) {
            missing.push(invocation);
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
        let (of_rows, starts) = (&self.files[number], &self.starts[..=piece + 1]);
        for column in columns {
            // A file that is read again is as it was, or refused.
            polars_ensure!(column.len() == of_rows.len(), ShapeMismatch: "{} rows more or fewer", column.name());
            let unfinished = match self.unfinished.entry(column.name().clone()) {
                hash_map::Entry::Occupied(unfinished) => unfinished.into_mut(),
                hash_map::Entry::Vacant(new) => new.insert(Unfinished::of(column, starts)?),
            };
            unfinished.add(column, of_rows)?;
        }
        Ok(())
    }

    /// All files are added.
    pub(super) fn finish(&mut self) {
        for (name, column) in self.unfinished.drain() {
            // One that was there for fewer pieces is replaced.
            self.columns.insert(name, Arc::new(column.finished()));
        }
    }

    /// A piece of some columns, all of which are there and finished.
    pub(super) fn piece(&mut self, wanted: &[PlSmallStr], piece: Piece) -> PolarsResult<PackedPiece> {
        let rows = if piece.parts > 1 { Some(self.rows_of_part(piece.part, piece.parts)?) } else { None };
        let columns = wanted.iter().map(|name| {
            let column = self.columns.get(name).ok_or_else(|| polars_err!(ColumnNotFound: "{name}"))?;
            Ok((name.clone(), Arc::clone(column)))
        });
        let places = self.starts[piece.number]..self.starts[piece.number + 1];
        Ok(PackedPiece { columns: columns.collect::<PolarsResult<_>>()?, piece: piece.number, places, rows })
    }

    /// The rows of the first piece that are in one of so many parts of it; where they do not say of which invocation they are,
    /// all are in the first.
    fn rows_of_part(&mut self, part: usize, parts: usize) -> PolarsResult<Arc<IdxCa>> {
        let first_rows = self.first_rows();
        let rows = match self.parts.entry(parts) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let of_rows = if self.has_invocations {
                    let column = self.columns.get(INVOCATION);
                    let column = column.ok_or_else(|| polars_err!(ColumnNotFound: "{INVOCATION}"))?;
                    let frame = column.some(INVOCATION.into(), 0, 0..first_rows, None)?;
                    frame.str()?.iter().map(|invocation| part_of(invocation, parts)).collect()
                } else {
                    vec![0; first_rows]
                };
                new.insert(rows_of_pieces(of_rows.into_iter(), parts)?.into_iter().map(Arc::new).collect())
            }
        };
        rows.get(part).cloned().ok_or_else(|| polars_err!(ComputeError: "no part {part} of {parts}"))
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

impl PackedPiece {
    /// The rows.
    pub(super) fn frame(&self) -> PolarsResult<DataFrame> {
        let columns = self.columns.iter();
        let columns = columns
            .map(|(name, column)| column.some(name.clone(), self.piece, self.places.clone(), self.rows.as_deref()));
        let columns: Vec<Column> = columns.collect::<PolarsResult<_>>()?;
        DataFrame::new(columns.first().map_or(0, Column::len), columns)
    }
}

/// The rows of each of so many pieces, out of the piece of each row.
pub(super) fn rows_of_pieces(of_rows: impl Iterator<Item = u16>, pieces: usize) -> PolarsResult<Vec<IdxCa>> {
    let mut rows: Vec<Vec<IdxSize>> = vec![Vec::new(); pieces];
    for (row, of) in of_rows.enumerate() {
        if let Some(rows) = rows.get_mut(usize::from(of)) {
            rows.push(IdxSize::try_from(row).map_err(|_| polars_err!(ComputeError: "more than 2^32 rows"))?);
        }
    }
    Ok(rows.into_iter().map(|rows| IdxCa::from_vec(PlSmallStr::EMPTY, rows)).collect())
}

/// The piece of a project: the first is that of rows without one, and of nothing else if there are several.
fn piece_of(project: Option<&str>, count: usize) -> u16 {
    match project {
        Some(project) if count > 1 => part_of(Some(project), count - 1) + 1,
        _ => 0,
    }
}

/// The part of a text, of so many; without one it is the first.
pub(super) fn part_of(text: Option<&str>, count: usize) -> u16 {
    let Some(text) = text else { return 0 };
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    // Below the count, which is a u16.
    u16::try_from(hasher.finish() % count.max(1) as u64).unwrap_or(0)
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

    /// A piece as a whole.
    fn whole(number: usize, of: usize) -> Piece {
        Piece { number, of, part: 0, parts: 1 }
    }

    /// The projects of some files in pieces.
    fn divided<'f>(files: impl IntoIterator<Item = &'f [Column]>, count: usize, has_invocations: bool) -> Packed {
        let mut projects = Projects::new();
        for file in files {
            let column = file.iter().find(|column| column.name() == PROJECT).expect("projects");
            projects.add(column).expect("texts");
        }
        Packed::new(count, has_invocations, projects)
    }

    /// Everything in pieces, two columns of it.
    fn packed(count: usize) -> Packed {
        let files = files();
        let mut packed = divided(files.iter().map(Vec::as_slice), count, false);
        for (number, columns) in files.iter().enumerate() {
            packed.add(number, &columns[1..], count - 1).expect("a file");
        }
        packed.finish();
        packed
    }

    #[test]
    fn pieces_are_all_rows_once_and_a_project_is_in_one_of_them() {
        for count in [1, 2, 3, 100] {
            let mut packed = packed(count);
            let (mut rows, mut places) = (Vec::new(), PlHashMap::new());
            for piece in 0..count {
                let wanted = [PROJECT.into(), PlSmallStr::from("runs")];
                assert!(packed.missing(&wanted, whole(piece, count)).is_empty());
                let frame =
                    packed.piece(&wanted, whole(piece, count)).and_then(|piece| piece.frame()).expect("a piece");
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
            assert!(places.iter().all(|(project, place)| count == 1 || project.is_none() == (*place == 0)));
        }
    }

    #[test]
    fn rows_without_a_project_are_divided_by_their_invocation_where_they_say_it() {
        let projects: Vec<Option<&str>> = (0..60).map(|row| (row % 3 == 0).then_some("a")).collect();
        let invocations: Vec<Option<String>> =
            (0..60).map(|row| (row != 1).then(|| format!("run {}", row % 8))).collect();
        let runs: Vec<i64> = (0..60).collect();
        let columns = |names: &[&str]| {
            let projects = Column::new(PROJECT.into(), &projects);
            let (invocations, runs) = (Column::new(INVOCATION.into(), &invocations), Column::new("runs".into(), &runs));
            let thirds = runs.cast(&DataType::Float64).expect("numbers").with_name("thirds".into());
            let all = [projects, invocations, runs, thirds];
            all.into_iter().filter(|column| names.contains(&column.name().as_str())).collect::<Vec<_>>()
        };
        let wanted = [PROJECT, "runs", "thirds"];
        let names = wanted.map(PlSmallStr::from);
        for (has_invocations, parts) in [(true, 2), (true, 3), (true, 100), (false, 3)] {
            let file = columns(&wanted);
            let mut packed = divided([file.as_slice()], 4, has_invocations);
            packed.add(0, &file, 3).expect("a file");
            packed.finish();
            assert_eq!(packed.first_rows(), 40);
            let part = |part| Piece::without_project(4, part, parts);
            if has_invocations {
                assert_eq!(packed.missing(&names, part(0)), [PlSmallStr::from(INVOCATION)]);
                assert!(packed.piece(&names, part(0)).is_err());
                packed.add(0, &columns(&[INVOCATION]), 0).expect("a file");
                packed.finish();
            }
            let (mut rows, mut places) = (Vec::new(), PlHashMap::new());
            for number in 0..parts {
                assert!(packed.missing(&names, part(number)).is_empty());
                let frame = packed.piece(&names, part(number)).and_then(|piece| piece.frame()).expect("a part");
                assert_eq!(frame.column(PROJECT).expect("projects").null_count(), frame.height());
                let runs = frame.column("runs").expect("runs").i64().expect("numbers").iter().flatten();
                let thirds = frame.column("thirds").expect("thirds").f64().expect("numbers").iter().flatten();
                for (run, thirds) in runs.zip(thirds) {
                    assert_eq!(run as f64, thirds);
                    if has_invocations {
                        assert_eq!(*places.entry(invocations[run as usize].clone()).or_insert(number), number);
                    }
                    rows.push(run);
                }
                // Who they belong to is known, whether that column stays or not.
                packed.retain(|name| name != INVOCATION);
            }
            rows.sort_unstable();
            assert_eq!(rows, (0..60).filter(|row| row % 3 != 0).collect::<Vec<_>>());
            assert!(packed.piece(&names, part(parts)).is_err());
        }
    }

    #[test]
    fn a_column_that_an_earlier_piece_needs_is_read_for_those_that_are_left() {
        let mut packed = packed(3);
        let wanted = [PROJECT.into(), PlSmallStr::from("user")];
        assert_eq!(packed.missing(&wanted, whole(1, 3)), [PlSmallStr::from("user")]);
        for (number, users) in [["u", "v", "u", "w"].as_slice(), &["v", "u", "x"]].into_iter().enumerate() {
            packed.add(number, &[Column::new("user".into(), users)], 1).expect("a file");
        }
        packed.finish();
        assert!(packed.missing(&wanted, whole(0, 3)).is_empty() && !packed.missing(&wanted, whole(2, 3)).is_empty());
        let mut frame =
            |wanted: &[PlSmallStr], piece| packed.piece(wanted, whole(piece, 3)).and_then(|piece| piece.frame());
        let mut users = |piece| frame(&wanted, piece).expect("a piece").column("user").expect("users").clone();
        // Of rows without a project.
        assert!(users(0).str().expect("texts").iter().flatten().any(|user| user == "x"));
        assert_eq!(users(0).len() + users(1).len() + frame(&[PROJECT.into()], 2).expect("a piece").height(), 7);
    }

    #[test]
    fn texts_that_are_alike_are_what_they_were_whether_or_not_others_follow() {
        let projects: Vec<Option<String>> =
            (0..500).map(|row| (row % 9 > 0).then(|| format!("{}", row % 21))).collect();
        let alike: Vec<Option<String>> =
            (0..500).map(|row| (row % 5 > 0).then(|| format!("pseudonym {row:06}"))).collect();
        let other: Vec<Option<String>> =
            (0..500).map(|row| (row % 2 > 0).then(|| format!("other {}", row % 40))).collect();
        for lists in [[&alike, &alike], [&alike, &other], [&other, &alike]] {
            let file = |list: &Vec<Option<String>>| {
                vec![Column::new(PROJECT.into(), &projects), Column::new(INVOCATION.into(), list)]
            };
            let files = lists.map(file);
            let mut packed = divided(files.iter().map(Vec::as_slice), 4, true);
            for (number, columns) in files.iter().enumerate() {
                packed.add(number, columns, 3).expect("a file");
            }
            packed.finish();
            let names = [PROJECT, INVOCATION].map(PlSmallStr::from);
            let (whole, parts) =
                ((1..4).map(|number| whole(number, 4)), (0..3).map(|part| Piece::without_project(4, part, 3)));
            let mut rows: Vec<(Option<String>, Option<String>)> = Vec::new();
            for piece in whole.chain(parts) {
                let frame = packed.piece(&names, piece).and_then(|piece| piece.frame()).expect("a piece");
                let texts = |name| frame.column(name).expect("a column").str().expect("texts").iter();
                let of_piece = texts(PROJECT).zip(texts(INVOCATION));
                rows.extend(of_piece.map(|(project, of)| (project.map(str::to_owned), of.map(str::to_owned))));
            }
            let mut expected: Vec<(Option<String>, Option<String>)> =
                lists.into_iter().flat_map(|list| projects.iter().cloned().zip(list.iter().cloned())).collect();
            rows.sort();
            expected.sort();
            assert_eq!(rows, expected);
        }
    }

    #[test]
    fn a_file_has_as_many_rows_as_it_had_before() {
        assert!(Projects::new().add(&Column::new(PROJECT.into(), [1_i64])).is_err());
        let mut packed = divided([file(&[Some("a"), None], 0).as_slice()], 2, false);
        let refused = packed.add(0, &file(&[Some("a")], 0), 1).expect_err("fewer rows");
        assert!(refused.to_string().contains(PROJECT), "{refused}");
        // Nothing of it is left.
        packed.add(0, &file(&[Some("a"), None], 5), 1).expect("a file");
        packed.finish();
        let frame = packed.piece(&["runs".into()], whole(1, 2)).and_then(|piece| piece.frame()).expect("a piece");
        assert_eq!(frame.column("runs").expect("runs").i64().expect("numbers").iter().collect::<Vec<_>>(), [Some(5)]);
    }

    #[test]
    fn values_of_every_type_are_what_they_were_numbers_however_far_apart() {
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
                let days = Column::new("day".into(), days).cast(&DataType::Date).expect("days");
                let numbers = Column::new("runs".into(), list);
                let counts = [Some(7), None, Some(u32::MAX), Some(0), Some(u32::MAX - 1), None];
                let counts = Column::new("counts".into(), counts);
                let thirds = numbers.cast(&DataType::Float64).expect("numbers").with_name("thirds".into());
                let truths =
                    Column::new("truths".into(), [Some(true), None, Some(false), Some(true), None, Some(false)]);
                let times = numbers.cast(&DataType::Datetime(TimeUnit::Microseconds, None)).expect("numbers");
                let times = times.with_name("times".into());
                let file = [Column::new(PROJECT.into(), projects), days, numbers, counts, thirds, truths, times];
                let mut packed = divided([file.as_slice()], count, false);
                packed.add(0, &file, count - 1).expect("a file");
                packed.finish();
                let names: Vec<PlSmallStr> = file.iter().map(|column| column.name().clone()).collect();
                let pieces =
                    (0..count).map(|piece| packed.piece(&names, whole(piece, count)).and_then(|piece| piece.frame()));
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
}
