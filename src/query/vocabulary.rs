//! What a column of a result means: said once for each name that reports share, in `queries/columns.toml`.
//!
//! Of a report's column that is looked for, in this order, of which the first that knows it is taken:
//!
//! 1. the report's own header, a line `-- column: name [unit]: meaning`;
//! 2. the views that its statement names, which say it of the very column that it shows;
//! 3. the name in `queries/columns.toml`;
//! 4. the marts that it reads, through views too, in the order in which they are built, then its tables of staging;
//! 5. the patterns of `queries/columns.toml`, in their order.
//!
//! Reports of somebody's own share the names, and what they mean here. But nobody has looked at their SQL: by the name
//! alone a figure is not that of a mart or view (it may be the sum of one, or its mean), and what ends like an interval
//! need not be one of 95 %. So they get the names of the vocabulary, no pattern, and of what they read the columns without
//! a unit: what rows are grouped by.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::header::unit;
use super::{HeaderColumn, Kind, Library, Query, QueryError};
use crate::staging::{self, TableSpec, Unit};

/// The file, built into the program.
pub(super) const TEXT: &str = include_str!("../../queries/columns.toml");

/// What stands for any letters in a pattern, and in its text for those that it stood for.
const ANY: char = '*';

/// What a column means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnMeaning<'l> {
    /// A sentence.
    pub doc: Cow<'l, str>,
    /// What its values are counted or measured in.
    pub unit: Option<Unit>,
    /// What it is made from: columns of tables, views or marts.
    pub from: Option<Cow<'l, str>>,
}

/// A query with the library that knows what its columns mean.
#[derive(Clone, Copy, Debug)]
pub struct Described<'l> {
    /// The query.
    pub query: &'l Query,
    /// The library.
    pub library: &'l Library,
}

impl<'l> Described<'l> {
    /// What a column of the result means, if anybody says so.
    pub fn column(&self, name: &str) -> Option<ColumnMeaning<'l>> {
        let Self { query, library } = *self;
        Some(match library.source(query, name)? {
            Source::Header(column) => ColumnMeaning {
                doc: (&column.doc).into(),
                unit: column.unit,
                from: column.from.as_ref().map(Cow::from),
            },
            Source::Shown { of, doc, unit } => {
                ColumnMeaning { doc: doc.into(), unit, from: Some(format!("{of}.{name}").into()) }
            }
            Source::Word(word) => ColumnMeaning { doc: (&word.doc).into(), unit: word.unit.known(), from: None },
            Source::Pattern(pattern, stem) => {
                let unit = match pattern.word.unit {
                    // The stem is shorter, so that this ends.
                    WordUnit::OfStem => self.column(&stem).and_then(|figure| figure.unit),
                    of => of.known(),
                };
                ColumnMeaning { doc: pattern.word.doc.replace(ANY, &stem).into(), unit, from: None }
            }
        })
    }
}

/// Who says what a column means.
#[derive(Debug)]
enum Source<'l> {
    /// The query's own header.
    Header(&'l HeaderColumn),
    /// A view, mart or table whose column it shows.
    Shown { of: &'l str, doc: &'l str, unit: Option<Unit> },
    /// A name of the vocabulary.
    Word(&'l Word),
    /// A pattern of it, and what its `*` stands for.
    Pattern(&'l Pattern, String),
}

impl Library {
    /// Who says what a column of a query's result means.
    fn source<'l>(&'l self, query: &'l Query, name: &str) -> Option<Source<'l>> {
        if let Some(column) = query.header.column(name) {
            return Some(Source::Header(column));
        }
        if query.kind != Kind::Report {
            return None;
        }
        let is_own = self.is_own(query);
        let is_safe = |unit: Option<Unit>| !is_own || unit.is_none();
        let of_query = |of: &'l Query| {
            let HeaderColumn { doc, unit, .. } = of.header.column(name).filter(|column| is_safe(column.unit))?;
            Some(Source::Shown { of: of.name, doc, unit: *unit })
        };
        let of_table = |of: &'static TableSpec| {
            let column = of.columns.iter().find(|column| column.name == name && is_safe(column.unit))?;
            Some(Source::Shown { of: of.name, doc: column.doc, unit: column.unit })
        };
        // A statement that names no table that is there has been refused before.
        let named = self.named(query).unwrap_or_default();
        let reads = self.tables_of(query).unwrap_or_default();
        let mut views = self.of_kind(Kind::View).filter(|view| named.iter().any(|table| table == view.name));
        let mut marts = self.of_kind(Kind::Mart).filter(|mart| reads.contains(mart.name));
        let mut tables = staging::dictionary().filter(|table| reads.contains(table.name));
        (views.find_map(of_query))
            .or_else(|| self.vocabulary().names.get(name).map(Source::Word))
            .or_else(|| marts.find_map(of_query))
            .or_else(|| tables.find_map(of_table))
            .or_else(|| if is_own { None } else { self.vocabulary().pattern(name) })
    }
}

/// What names of columns mean.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    names: BTreeMap<String, Word>,
    /// In the order of the file.
    patterns: Vec<Pattern>,
}

/// What a name, or all that fit a pattern, means.
#[derive(Clone, Debug)]
struct Word {
    doc: String,
    unit: WordUnit,
}

/// The unit of a word.
#[derive(Clone, Copy, Debug)]
enum WordUnit {
    None,
    Of(Unit),
    /// That of the column whose name is what `*` stands for.
    OfStem,
}

impl WordUnit {
    fn known(self) -> Option<Unit> {
        if let Self::Of(unit) = self { Some(unit) } else { None }
    }
}

/// A name with one `*`.
#[derive(Clone, Debug)]
struct Pattern {
    before: String,
    after: String,
    word: Word,
}

impl Pattern {
    /// What its `*` stands for in a name: a letter at least.
    fn stem<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(&*self.before)?.strip_suffix(&*self.after).filter(|stem| !stem.is_empty())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    doc: Spanned<String>,
    unit: Option<Spanned<String>>,
}

impl Vocabulary {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// When it is no TOML of this form, or an entry is not in order; with its line.
    pub(super) fn parse(text: &str) -> Result<Self, QueryError> {
        let refuse = |problem: String| QueryError::Columns { problem };
        let entries: BTreeMap<String, Entry> = toml::from_str(text).map_err(|reason| refuse(reason.to_string()))?;
        let mut entries: Vec<(String, Entry)> = entries.into_iter().collect();
        entries.sort_by_key(|(_, entry)| entry.doc.span().start);
        let mut vocabulary = Self::default();
        for (name, entry) in entries {
            let at = |place: &Spanned<String>, reason: String| {
                let line = text[..place.span().start].matches('\n').count() + 1;
                refuse(format!("line {line}: {name}: {reason}"))
            };
            let (before, after) = match name.split_once(ANY) {
                Some((before, after)) => (before, Some(after)),
                None => (&*name, None),
            };
            let is_name = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if !is_name(before) || !after.is_none_or(is_name) || before.len() + after.map_or(0, str::len) == 0 {
                return Err(at(&entry.doc, "a name is of small letters, digits, _ and at most one *".to_owned()));
            }
            let doc = entry.doc.get_ref();
            if doc.is_empty() || doc.ends_with('.') || (after.is_none() && doc.contains(ANY)) {
                let reason = "doc is a sentence without full stop, and has * only where the name has";
                return Err(at(&entry.doc, reason.to_owned()));
            }
            let unit = match &entry.unit {
                None => WordUnit::None,
                Some(word) if after.is_some() && word.get_ref() == "*" => WordUnit::OfStem,
                Some(word) => WordUnit::Of(unit(word.get_ref()).map_err(|reason| at(word, reason))?),
            };
            let word = Word { doc: doc.clone(), unit };
            match after {
                Some(after) => {
                    vocabulary.patterns.push(Pattern { before: before.to_owned(), after: after.to_owned(), word });
                }
                None => {
                    vocabulary.names.insert(name, word);
                }
            }
        }
        Ok(vocabulary)
    }

    /// The pattern that a name fits.
    fn pattern(&self, name: &str) -> Option<Source<'_>> {
        self.patterns.iter().find_map(|pattern| Some(Source::Pattern(pattern, pattern.stem(name)?.to_owned())))
    }
}

#[cfg(test)]
mod tests;
