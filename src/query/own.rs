//! Queries of somebody's own: a folder of `.sql` files, each a report like those of the program.
//!
//! They are checked when they are read, over tables without rows, so that a mistake is told before anything is computed,
//! and all mistakes of all files at once.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use sqlparser::ast::Statement;
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use thiserror::Error;
use walkdir::WalkDir;

use super::header::RestsOn;
use super::lake::is_table;
use super::{Catalog, Chart, Header, Kind, Library, Query, QueryError};
use crate::objects::{self, Address};

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; `None` where it is of the whole file.
    pub line: Option<usize>,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.text)
    }
}

/// A folder of queries that are not in order.
#[derive(Debug, Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Mistakes(pub Vec<Mistake>);

impl Library {
    /// The same library with the queries of a folder as reports, after its own.
    ///
    /// # Errors
    /// With every mistake of every file.
    pub fn with_own(mut self, folder: &Path) -> Result<Self, Mistakes> {
        let of_folder = |text: String| Mistakes(vec![Mistake { file: folder.to_owned(), line: None, text }]);
        let tables = Catalog::without_rows(&self).map_err(|reason| of_folder(reason.to_string()))?;
        let mut files = files(folder).map_err(|reason| of_folder(format!("cannot be read: {reason}")))?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
        let (mut mistakes, mut own) = (Vec::new(), Vec::<Query>::new());
        for file in files {
            let mistake = |(line, text)| Mistake { file: file.clone(), line, text };
            match read(&file, &self, &tables) {
                Ok(query) if own.iter().any(|other| other.name == query.name) => {
                    mistakes.push(mistake((None, format!("there is another file {}.sql in the folder", query.name))));
                }
                Ok(query) => own.push(query),
                Err(found) => mistakes.extend(found.into_iter().map(mistake)),
            }
        }
        if !mistakes.is_empty() {
            return Err(Mistakes(mistakes));
        }
        self.extend(own);
        Ok(self)
    }
}

/// Every file of a folder, in the order of their names.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let Some(address) = Address::of(folder) else {
        for entry in WalkDir::new(folder).sort_by_file_name() {
            files.push(entry?.into_path());
        }
        return Ok(files);
    };
    for object in address.list()? {
        files.push(address.join(&object?.path).to_path());
    }
    files.sort();
    Ok(files)
}

/// A line, where there is one, and what is wrong there.
type Found = (Option<usize>, String);

/// Reads a file as a report; says everything that is wrong with it.
fn read(file: &Path, library: &Library, tables: &Catalog) -> Result<Query, Vec<Found>> {
    let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let sql = objects::read_text(file).map_err(|reason| vec![(None, format!("cannot be read: {reason}"))])?;
    let mut found: Vec<Found> = Vec::new();
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.bytes().all(is_word) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        found.push((None, "the name of a report has lower-case letters, digits and _, a letter first".to_owned()));
    } else if is_table(&name) || Kind::ALL.into_iter().any(|kind| library.get(kind, &name).is_some()) {
        found.push((None, format!("{name} is the name of a query or table of the program: give the file another one")));
    }
    let (header, wrong) = Header::read(&sql);
    found.extend(wrong.into_iter().map(|(line, text)| (Some(line), text)));
    if let Err(of_statement) = statement(&name, &sql, &header, tables) {
        found.push(of_statement);
    }
    if !found.is_empty() {
        return Err(found);
    }
    // They live as long as the program, like those that are built into it.
    let (name, sql): (&'static str, &'static str) = (name.leak(), sql.leak());
    Query::read(Kind::Report, name, sql).map_err(|reason| vec![(None, reason.to_string())])
}

/// Checks the statement: its grammar, then every table and column, then that the result has its key.
fn statement(name: &str, sql: &str, header: &Header, tables: &Catalog) -> Result<(), Found> {
    let parsed = Parser::parse_sql(&GenericDialect {}, sql).map_err(|reason| {
        let text = reason.to_string();
        (number_after(&text, "Line: "), text)
    })?;
    match parsed.as_slice() {
        [Statement::Query(_)] => {}
        [] => return Err((None, "there is no statement".to_owned())),
        [_] => return Err((None, "a report is a SELECT".to_owned())),
        _ => return Err((None, "a report is one statement".to_owned())),
    }
    let schema = tables.schema_of(name, sql).map_err(|reason| (line_of(sql, &reason), reason.to_string()))?;
    let key = header.get("key").into_iter().flat_map(|key| key.split(',')).map(|column| ("key", column.trim()));
    let rests_on = header.rests_on().flat_map(|RestsOn { figures, count, .. }| figures.into_iter().chain([count]));
    let described = header.columns().iter().map(|column| ("column", column.name.as_str()));
    let chart = header.chart();
    let chart = chart.iter().flat_map(Chart::columns).map(|column| ("chart", column));
    for (of, column) in key.chain(rests_on.map(|column| ("rests_on", column))).chain(described).chain(chart) {
        if !schema.contains(column) {
            let is_it = |line: &&str| line.starts_with(&format!("-- {of}:")) && line.contains(column);
            let line = sql.lines().position(|line| is_it(&line));
            let line = line.map(|line| line.saturating_add(1));
            return Err((line, format!("the result has no column {column}, which {of} names")));
        }
    }
    Ok(())
}

/// The number that follows some words.
fn number_after(text: &str, words: &str) -> Option<usize> {
    let (_, rest) = text.split_once(words)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The first line below the header with the name that the engine does not know. It does not say where it was.
fn line_of(sql: &str, reason: &QueryError) -> Option<usize> {
    let text = reason.to_string();
    let quoted = match reason {
        QueryError::NoTable { table, .. } => table.as_str(),
        _ => text.split(['"', '\'', '`']).nth(1)?,
    };
    let is_in = |line: &str| {
        !line.starts_with("--") && line.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == quoted)
    };
    sql.lines().position(is_in).map(|line| line.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn with_own(files: &[(&str, &str)]) -> Result<Library, Mistakes> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("written");
        }
        Library::load().expect("the library").with_own(folder.path())
    }

    #[test]
    fn a_file_is_a_report() {
        let sql = "-- title: Mine\n-- key: os\nSELECT os, RATE(COUNT(os), COUNT(*)) AS known_rate FROM invocations GROUP BY os ORDER BY os";
        let library = with_own(&[("team/mine.sql", sql), ("notes.txt", "no query")]).expect("in order");
        let mine = library.get(Kind::Report, "mine").expect("a report");
        assert_eq!((mine.header.get("title"), mine.sql), (Some("Mine"), sql));
        assert!(mine.definition().contains("CREATE MACRO rate("), "{}", mine.definition());
        assert_eq!(library.of_kind(Kind::Report).last().map(|query| query.name), Some("mine"));
    }

    #[test]
    fn all_mistakes_are_told_each_with_its_line() {
        let files = [
            ("a.sql", "-- title: A\n-- colour: red\n-- unit:\nSELECT 1 AS one\nFROM invocations WHERE )"),
            ("b.sql", "-- title: B\n-- key: day, osx\nSELECT day,\n  os\nFROM invocations ORDER BY day"),
            (
                "bc.sql",
                "-- title: BC\n-- chart: bar of runs by osx\nSELECT os, COUNT(*) AS runs\nFROM invocations GROUP BY os",
            ),
            ("c.sql", "-- title: C\nSELECT day\nFROM invocations\nWHERE no_such_column = 1"),
            ("d.sql", "SELECT day FROM no_such_table"),
            ("e.sql", "-- title: E\nDROP TABLE invocations"),
            ("f.sql", "-- title: F\nSELECT RATE(1) AS r FROM invocations"),
            ("g.sql", "-- title: G\nSELECT 1 AS a; SELECT 2 AS b"),
            ("h.sql", "-- title: H\n"),
            ("i.sql", "-- title: I\n-- column: a: One\n-- column: b: Two\nSELECT 1 AS a"),
            ("invocations.sql", "-- title: I\nSELECT 1 AS a"),
            ("My Report.sql", "-- title: J\nSELECT 1 AS a"),
            ("k/twice.sql", "-- title: K\nSELECT 1 AS a"),
            ("l/twice.sql", "-- title: L\nSELECT 1 AS a"),
        ];
        let error = with_own(&files).expect_err("mistakes");
        let told: Vec<String> = error
            .0
            .iter()
            .map(|mistake| {
                let name = mistake.file.file_name().expect("a name").to_string_lossy();
                format!("{name}:{}: {}", mistake.line.unwrap_or(0), mistake.text)
            })
            .collect();
        let expected = [
            "My Report.sql:0: the name of a report has",
            "a.sql:2: there is no header \"colour\"",
            "a.sql:3: unit is empty",
            "a.sql:5: sql parser error",
            "b.sql:2: the result has no column osx, which key names",
            "bc.sql:2: the result has no column osx, which chart names",
            "c.sql:4: c: ",
            "d.sql:1: the header has no title",
            "d.sql:1: there is no table no_such_table",
            "e.sql:0: a report is a SELECT",
            "f.sql:0: f: rate is given 1 values",
            "g.sql:0: a report is one statement",
            "h.sql:0: there is no statement",
            "i.sql:3: the result has no column b, which column names",
            "invocations.sql:0: invocations is the name of",
            "twice.sql:0: there is another file twice.sql",
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}, not {expected}");
        }
        assert!(error.to_string().lines().count() >= expected.len());
        assert!(Library::load().expect("the library").with_own(Path::new("/no/such/folder")).is_err());
    }
}
