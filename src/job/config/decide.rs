//! Which of those who may say a value has the say.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use super::file::{ConfigError, File, Line, advice, shown};
use super::key::{PREFIX, variable};
use super::{Config, Key, Value, checks};
use crate::names::nearest;

/// Who said a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag, without its hyphens.
    Flag(&'static str),
    /// A variable of the environment.
    Variable(String),
    /// A line of the file.
    File(Line),
    /// Nobody.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "--{flag}"),
            Self::Variable(name) => f.write_str(name),
            Self::File(line) => line.fmt(f),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A key with the value that it has.
#[derive(Debug)]
pub struct Setting {
    /// The key.
    pub key: &'static Key,
    /// Its value as it would be written in a file; `None` if it has none.
    pub value: Option<String>,
    /// Who said so.
    pub origin: Origin,
}

/// A table of a list.
#[derive(Debug)]
pub struct Item {
    /// The list.
    pub list: &'static str,
    /// Where it begins.
    pub line: Line,
    /// The values of its keys.
    pub settings: Vec<Setting>,
}

/// A configuration, and what is wrong with what was said of it.
#[derive(Debug)]
pub struct Decided {
    /// Every value; the default where what was said is wrong.
    pub config: Config,
    /// The same one by one, in the order of the file.
    pub settings: Vec<Setting>,
    /// Every table of a list, in the order of the file.
    pub items: Vec<Item>,
    /// All that is wrong.
    pub problems: Vec<ConfigError>,
}

/// Decides every value: by a flag (given by the name of its key), a variable, the file, the default.
pub fn decide(
    flags: &BTreeMap<&'static str, OsString>,
    variables: &dyn Fn(&str) -> Option<OsString>,
    file: Option<(&Path, &str)>,
) -> Decided {
    let mut file = file.map(|(path, text)| File::parse(path, text));
    let problems = file.as_mut().map_or_else(Vec::new, |file| std::mem::take(&mut file.problems));
    let mut deciding = Deciding { flags, variables, file, settings: Vec::new(), items: Vec::new(), problems };
    let config = Config::decided(&mut deciding);
    let Deciding { settings, mut items, mut problems, .. } = deciding;
    problems.extend(checks::problems(&config, &items));
    problems.sort_by_key(ConfigError::line);
    // What a check of its kind does not take has no value either.
    for (check, item) in config.checks.iter().zip(&mut items) {
        item.settings.retain(|setting| check.kind.is_some_and(|kind| kind.takes(setting.key.own_name())));
    }
    Decided { config, settings, items, problems }
}

/// The variables that begin like those of keys, and say nothing: misspelled, for all that can be seen.
pub fn unknown_variables(names: impl Iterator<Item = String>) -> Vec<ConfigError> {
    // The key itself, and which file is read, are said by the environment and in no file.
    let is_known =
        |of: &str| ["KEY", "CONFIG"].contains(&of) || Config::keys().any(|key| key.variable() == variable(of));
    let unknown = names.filter_map(|name| name.strip_prefix(PREFIX).filter(|of| !is_known(of)).map(str::to_lowercase));
    let error = |of: String| {
        let nearest = nearest(&of, Config::keys().map(|key| key.name.replace('.', "_")));
        let advice = advice(nearest.map(|nearest| variable(&nearest)).as_deref());
        ConfigError::Variable { name: variable(&of), advice }
    };
    unknown.map(error).collect()
}

/// A decision under way.
pub(super) struct Deciding<'a> {
    flags: &'a BTreeMap<&'static str, OsString>,
    variables: &'a dyn Fn(&str) -> Option<OsString>,
    file: Option<File<'a>>,
    settings: Vec<Setting>,
    items: Vec<Item>,
    problems: Vec<ConfigError>,
}

impl Deciding<'_> {
    /// The value of a key.
    pub(super) fn value<T: Value>(&mut self, name: &'static str, default: T) -> T {
        let mut keys = Config::keys().chain(Config::lists().iter().flat_map(|list| &list.keys));
        let key = keys.find(|key| key.name == name).unwrap_or_else(|| unreachable!("{name} is declared"));
        let said = self.said::<T>(key);
        let origin = said.as_ref().map_or(Origin::Default, |(origin, _)| origin.clone());
        let value = match said {
            Some((_, Ok(value))) => value,
            Some((origin, Err(found))) => {
                let expected = T::expected();
                self.problems.push(ConfigError::Value { place: origin, key: name, expected, found });
                default
            }
            None => default,
        };
        self.settings.push(Setting { key, value: value.to_toml(), origin });
        value
    }

    /// The tables of a list. Only the file says what is in one.
    pub(super) fn list<T>(&mut self, list: &'static str, item: impl Fn(&mut Deciding<'_>) -> T) -> Vec<T> {
        let tables = self.file.as_mut().and_then(|file| file.lists.remove(list)).unwrap_or_default();
        let mut items = Vec::new();
        for (line, values) in tables {
            let file = self.file.as_ref().map(|file| file.of_table(values));
            let (flags, settings) = (&BTreeMap::new(), Vec::new());
            let mut deciding =
                Deciding { flags, variables: &|_| None, file, settings, items: Vec::new(), problems: Vec::new() };
            items.push(item(&mut deciding));
            self.problems.append(&mut deciding.problems);
            self.items.push(Item { list, line, settings: deciding.settings });
        }
        items
    }

    /// What is said of a key: its value, or what cannot be one.
    fn said<T: Value>(&self, key: &'static Key) -> Option<(Origin, Result<T, String>)> {
        let of_text = |text: &OsString| T::from_text(text).ok_or_else(|| format!("{text:?}"));
        if let Some(text) = self.flags.get(key.name) {
            // Where a key has no flag, words of it are flags.
            let mut words = key.words.iter().map(|(word, _)| *word);
            let flag = key.flag.map(|(flag, _)| flag).or_else(|| words.find(|word| text == word));
            return Some((Origin::Flag(flag.unwrap_or(key.name)), of_text(text)));
        }
        // An empty variable is how one is taken away where it cannot be unset.
        if let Some(text) = (self.variables)(&key.variable()).filter(|text| !text.is_empty()) {
            return Some((Origin::Variable(key.variable()), of_text(&text)));
        }
        let file = self.file.as_ref()?;
        let (line, value) = file.values.get(key.name)?;
        let of_file = T::from_toml(value, file.folder()).ok_or_else(|| shown(value));
        Some((Origin::File(line.clone()), of_file))
    }
}
