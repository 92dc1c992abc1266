//! The file: TOML into the value of each key, or what is wrong with it and where.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;
use toml::de::{DeTable, DeValue};

use super::{Config, Origin, Section};
use crate::names::nearest;

/// A line of a file, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The file.
    pub file: PathBuf,
    /// The line.
    pub number: usize,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.number)
    }
}

/// What is wrong with a configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// Not TOML.
    #[error("{place}: this is no TOML: {reason}")]
    Form {
        /// Where.
        place: Line,
        /// What the parser says.
        reason: String,
    },
    /// A key or section that is not known.
    #[error("{place}: there is no {what} {name}; {advice}")]
    Unknown {
        /// Where.
        place: Line,
        /// Key or section.
        what: &'static str,
        /// Its name.
        name: String,
        /// What could be meant.
        advice: String,
    },
    /// A variable that is like those of keys, and is none.
    #[error("there is no variable {name}; {advice}")]
    Variable {
        /// Its name.
        name: String,
        /// What could be meant.
        advice: String,
    },
    /// A value of another type, or none that the key can have.
    #[error("{place}: {key}: expected {expected}, found {found}")]
    Value {
        /// The line of the file, or the variable.
        place: Origin,
        /// The key.
        key: &'static str,
        /// What has to be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A check that is none.
    #[error("{place}: {problem}")]
    Check {
        /// Where it begins.
        place: Line,
        /// What is wrong with it.
        problem: String,
    },
}

impl ConfigError {
    /// The line of the file; 0 where it is about a variable.
    pub(super) fn line(&self) -> usize {
        match self {
            Self::Form { place, .. }
            | Self::Unknown { place, .. }
            | Self::Check { place, .. }
            | Self::Value { place: Origin::File(place), .. } => place.number,
            Self::Value { .. } | Self::Variable { .. } => 0,
        }
    }
}

/// What is said of keys, each with its line.
pub(super) type Values<'t> = BTreeMap<&'static str, (Line, DeValue<'t>)>;

/// What a file says of each key, and of those of each table of a list.
#[derive(Debug)]
pub(super) struct File<'t> {
    path: &'t Path,
    text: &'t str,
    pub(super) values: Values<'t>,
    pub(super) lists: BTreeMap<&'static str, Vec<(Line, Values<'t>)>>,
    pub(super) problems: Vec<ConfigError>,
}

impl<'t> File<'t> {
    /// Reads the text of a file.
    pub(super) fn parse(path: &'t Path, text: &'t str) -> Self {
        let mut file = Self { path, text, values: BTreeMap::new(), lists: BTreeMap::new(), problems: Vec::new() };
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let place = file.line(error.span().unwrap_or_default());
            file.problems.push(ConfigError::Form { place, reason: error.message().to_owned() });
        }
        file.section("", document.into_inner());
        file
    }

    /// One table of a list, as if it was a file of its own.
    pub(super) fn of_table(&self, values: Values<'t>) -> Self {
        Self { path: self.path, text: self.text, values, lists: BTreeMap::new(), problems: Vec::new() }
    }

    /// The folder that relative paths of the file start from.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    fn line(&self, span: Range<usize>) -> Line {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        Line { file: self.path.to_owned(), number: before.matches('\n').count() + 1 }
    }

    fn section(&mut self, section: &str, table: DeTable<'t>) {
        for (name, value) in table {
            let place = self.line(name.span());
            let name =
                if section.is_empty() { name.get_ref().to_string() } else { format!("{section}.{}", name.get_ref()) };
            let value = value.into_inner();
            if let Some(key) = Config::keys().find(|key| key.name == name) {
                self.values.insert(key.name, (place, value));
                continue;
            }
            if let Some(list) = Config::lists().iter().find(|list| list.name == name) {
                self.list(list, place, value);
                continue;
            }
            let section = Config::sections().iter().find(|section| section.name == name);
            match (value, section) {
                (DeValue::Table(table), Some(_)) => self.section(&name, table),
                (DeValue::Table(_), None) => self.unknown(place, "section", name),
                (value, Some(section)) => self.problems.push(ConfigError::Value {
                    place: Origin::File(place),
                    key: section.name,
                    expected: "a section".to_owned(),
                    found: shown(&value),
                }),
                (_, None) => self.unknown(place, "key", name),
            }
        }
    }

    fn list(&mut self, list: &'static Section, place: Line, value: DeValue<'t>) {
        let tables = match value {
            DeValue::Array(tables) if tables.iter().all(|table| table.get_ref().is_table()) => tables,
            value => {
                let expected = format!("tables, each under [[{}]]", list.name);
                let (place, found) = (Origin::File(place), shown(&value));
                return self.problems.push(ConfigError::Value { place, key: list.name, expected, found });
            }
        };
        for table in tables {
            let place = self.line(table.span());
            let DeValue::Table(table) = table.into_inner() else { continue };
            let mut values = Values::new();
            for (name, value) in table {
                let place = self.line(name.span());
                let name = format!("{}.{}", list.name, name.get_ref());
                match list.keys.iter().find(|key| key.name == name) {
                    Some(key) => drop(values.insert(key.name, (place, value.into_inner()))),
                    None => {
                        let advice = advice(nearest(&name, list.keys.iter().map(|key| key.name)));
                        self.problems.push(ConfigError::Unknown { place, what: "key", name, advice });
                    }
                }
            }
            self.lists.entry(list.name).or_default().push((place, values));
        }
    }

    fn unknown(&mut self, place: Line, what: &'static str, name: String) {
        let lists = Config::lists().iter().map(|list| list.name);
        let known: Vec<&str> = match what {
            "section" => Config::sections().iter().map(|section| section.name).chain(lists).collect(),
            _ => Config::keys().map(|key| key.name).chain(lists).collect(),
        };
        let advice = advice(nearest(&name, known.into_iter()));
        self.problems.push(ConfigError::Unknown { place, what, name, advice });
    }
}

/// What to do about a name that is not known.
pub(super) fn advice(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || "`usage-report config example` shows all that there are".to_owned(),
        |nearest| format!("did you mean {nearest}?"),
    )
}

/// A value for a message: what kind of thing it is, or itself where it is short.
pub(super) fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(values) => {
            format!("[{}]", values.iter().map(|value| shown(value.get_ref())).collect::<Vec<_>>().join(", "))
        }
        DeValue::Table(_) => "a section".to_owned(),
    }
}
