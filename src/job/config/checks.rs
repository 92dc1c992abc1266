//! What a declared check can be: the kinds, which keys each takes, and what is wrong with a declaration as a whole.

use std::collections::BTreeMap;

use super::value::{Choice, Value as _, in_quotes, quoted};
use super::{Check, Config, ConfigError, Item, Origin};
use crate::event::Day;

/// What a check measures: the name of a query of `queries/checks/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckKind {
    /// Events of a day, as a share of the usual ones.
    Volume,
    /// The share of records that were refused.
    Rejects,
    /// The share of events that are surplus copies.
    Duplicates,
    /// Events of schemas that are not known.
    SchemaVersions,
    /// The share of runs in which a column is null.
    Nulls,
    /// The age of the newest event.
    Freshness,
    /// Hours in which nothing was received.
    Holes,
}

/// The keys that every check takes.
const OF_ALL: [&str; 3] = ["name", "kind", "level"];

impl CheckKind {
    /// The keys that a check of this kind takes besides those of all, and the last of these that it cannot be without.
    fn keys(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Volume => (&["band", "weeks", "days", "min_count", "except"], &[]),
            Self::Rejects | Self::Duplicates => (&["max", "days", "min_count", "except"], &["max"]),
            Self::Nulls => (&["column", "max", "days", "min_count", "except"], &["column", "max"]),
            Self::SchemaVersions | Self::Holes => (&["max", "days", "except"], &[]),
            Self::Freshness => (&["max_age"], &["max_age"]),
        }
    }

    /// Whether a check of this kind takes a key, by its name without the section.
    pub(super) fn takes(self, key: &str) -> bool {
        OF_ALL.contains(&key) || self.keys().0.contains(&key)
    }

    /// Whether what it measures is a share of something.
    fn is_share(self) -> bool {
        matches!(self, Self::Rejects | Self::Duplicates | Self::Nulls)
    }

    /// What a declaration may look like, without its kind.
    fn like(self) -> &'static str {
        match self {
            Self::Volume => "level = \"warning\"\nband = 0.5\nweeks = 8\nexcept = [\"2026-12-25\"]",
            Self::Rejects => "level = \"blocking\"\nmax = 0.01\nexcept = [\"2026-10-03\", \"undated\"]",
            Self::Duplicates => "level = \"warning\"\nmax = 0.1\nmin_count = 1000",
            Self::SchemaVersions => "level = \"warning\"\ndays = 14",
            Self::Nulls => "name = \"adapters\"\nlevel = \"blocking\"\ncolumn = \"adapter\"\nmax = 0.2",
            Self::Freshness => "level = \"warning\"\nmax_age = \"6h\"",
            Self::Holes => "level = \"blocking\"\nmax = 0",
        }
    }
}

/// A declaration of every kind, as a file has it.
pub(super) fn examples() -> impl Iterator<Item = String> {
    CheckKind::ALL.iter().map(|kind| format!("[[checks]]\nkind = {}\n{}", quoted(kind.as_str()), kind.like()))
}

impl Choice for CheckKind {
    const ALL: &'static [Self] = &[
        Self::Volume,
        Self::Rejects,
        Self::Duplicates,
        Self::SchemaVersions,
        Self::Nulls,
        Self::Freshness,
        Self::Holes,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Rejects => "rejects",
            Self::Duplicates => "duplicates",
            Self::SchemaVersions => "schema_versions",
            Self::Nulls => "nulls",
            Self::Freshness => "freshness",
            Self::Holes => "holes",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Volume => "Events of a day, as a share of the median of the same weekday before",
            Self::Rejects => "The share of records that were refused",
            Self::Duplicates => "The share of events that are surplus copies",
            Self::SchemaVersions => "Events of schemas that are not known",
            Self::Nulls => "The share of runs in which a column is null",
            Self::Freshness => "The age of the newest event",
            Self::Holes => "Hours in which nothing was received; it needs dumps.every",
        }
    }
}

/// What it means that a check fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The reports stay as they were.
    Blocking,
    /// The log says so.
    Warning,
}

impl Choice for Level {
    const ALL: &'static [Self] = &[Self::Blocking, Self::Warning];

    fn as_str(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Warning => "warning",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Blocking => "The reports stay as they were, and the run ends with 1",
            Self::Warning => "The log says so",
        }
    }
}

/// A column of the invocations whose nulls can be counted (`queries/checks/nulls.sql`), and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimension(&'static str, &'static str);

impl Choice for Dimension {
    const ALL: &'static [Self] = &[
        Self("project_key", "The project"),
        Self("user_id", "The machine user"),
        Self("dbt_minor", "The version of dbt"),
        Self("command", "The command"),
        Self("adapter", "The adapter"),
        Self("environment", "Where it runs"),
        Self("os", "The operating system"),
        Self("arch", "The processor"),
        Self("python_minor", "The version of Python"),
        Self("country", "The country"),
        Self("duration_seconds", "How long it took"),
    ];

    fn as_str(self) -> &'static str {
        self.0
    }

    fn meaning(self) -> &'static str {
        self.1
    }
}

/// The name of a check: a label of metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckName(String);

in_quotes! { CheckName, "a name of letters, digits, _ and -".to_owned(), |text| Self::parse(text), |name| name.0 }

impl CheckName {
    fn parse(text: &str) -> Option<Self> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        (!text.is_empty() && text.bytes().all(is_part)).then(|| Self(text.to_owned()))
    }
}

/// What somebody has looked at and accepts: a day, or what has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted(pub Option<Day>);

/// How what has no day is called.
const UNDATED: &str = "undated";

in_quotes! {
    Accepted,
    format!("a day like \"2026-10-03\", or {UNDATED:?} for what has no day"),
    |text| if text == UNDATED { Some(Self(None)) } else { Day::parse(text).map(|day| Self(Some(day))) },
    |accepted| accepted.0.map_or_else(|| UNDATED.to_owned(), |day| day.to_string())
}

impl Check {
    /// What it is called: as it was declared, or as its kind and column.
    pub fn name(&self) -> String {
        let kind = self.kind.map_or("", Choice::as_str);
        let own = || self.column.map_or_else(|| kind.to_owned(), |column| format!("{kind}_{}", column.as_str()));
        self.name.as_ref().map_or_else(own, |name| name.0.clone())
    }
}

/// What is wrong with the checks of a configuration that no key alone shows.
pub(super) fn problems(config: &Config, items: &[Item]) -> Vec<ConfigError> {
    let mut problems = Vec::new();
    let mut names: BTreeMap<String, &Item> = BTreeMap::new();
    for (check, item) in config.checks.iter().zip(items) {
        let mut problem = |place: &Item, what: String| {
            problems.push(ConfigError::Check { place: place.line.clone(), problem: what });
        };
        let is_said = |key: &str| {
            item.settings.iter().any(|setting| setting.key.own_name() == key && setting.origin != Origin::Default)
        };
        let Some(kind) = check.kind else {
            if !is_said("kind") {
                problem(item, format!("a check needs a kind, {}", CheckKind::expected()));
            }
            continue;
        };
        let (takes, needs) = kind.keys();
        let word = kind.as_str();
        for setting in &item.settings {
            let key = setting.key.own_name();
            if is_said(key) && !kind.takes(key) {
                problem(item, format!("a check of kind {word} has no {key}; it takes {}", takes.join(", ")));
            }
        }
        for key in needs.iter().filter(|key| !is_said(key)) {
            problem(item, format!("a check of kind {word} needs {key}"));
        }
        // What cannot fail is no check.
        if kind.is_share() && check.max.is_some_and(|max| max >= 1.0) {
            problem(item, "max is a share: one that is not below 1 cannot be passed".to_owned());
        }
        if check.days == 0 {
            problem(item, "days: of no day at all nothing can be measured".to_owned());
        }
        if kind == CheckKind::Volume && check.weeks < 3 {
            problem(item, "weeks: three days of the past are the least that something is compared with".to_owned());
        }
        if kind == CheckKind::Holes && config.dumps.every.is_none() {
            problem(item, "a check of kind holes needs dumps.every: how often dumps should bring something".to_owned());
        }
        if let Some(other) = names.insert(check.name(), item) {
            let text = format!("there is a check {} already, {}: give this one a name", check.name(), other.line);
            problem(item, text);
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Kind, Library};

    #[test]
    fn every_kind_is_a_query() {
        let library = Library::load().expect("every header is in order");
        let mut kinds: Vec<&str> = CheckKind::ALL.iter().map(|kind| kind.as_str()).collect();
        kinds.sort_unstable();
        assert_eq!(library.of_kind(Kind::Check).map(|query| query.name).collect::<Vec<_>>(), kinds);
    }

    #[test]
    fn every_column_is_one_that_the_query_counts() {
        let library = Library::load().expect("every header is in order");
        let sql = library.get(Kind::Check, "nulls").expect("the query").sql;
        let mut counted: Vec<&str> =
            sql.split("WHEN '").skip(1).map(|rest| rest.split('\'').next().expect("a name")).collect();
        counted.sort_unstable();
        let mut columns: Vec<&str> = Dimension::ALL.iter().map(|column| column.as_str()).collect();
        columns.sort_unstable();
        assert_eq!(counted, columns);
    }
}
