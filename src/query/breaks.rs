//! Definition breaks: releases that changed what a field means. They are declared in `queries/breaks.toml`.
//!
//! Which results one touches is declared nowhere: it follows from the columns that a query reads ([`super::Rested`]).

use std::collections::BTreeSet;

use chrono::NaiveDate;
use polars::prelude::*;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::lake::BREAKS;
use super::{Query, QueryError};
use crate::event::Day;
use crate::lake::Fingerprint;

/// The file, built into the program.
pub(super) const TEXT: &str = include_str!("../../queries/breaks.toml");

/// A release that changed what a field means, who is counted, or how much is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// Its name, which never changes.
    pub id: String,
    /// When the release appeared.
    pub date: Day,
    /// Whose events are different from those before.
    pub versions: String,
    /// What it touches: columns of marts, `mart.column`, or a mart's name where there are other rows.
    pub columns: Vec<String>,
    /// A line.
    pub title: String,
    /// What that means for a number.
    pub meaning: String,
    /// The section of `docs/formats.md` that it rests on.
    pub reference: String,
}

/// All breaks, in the order of their dates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breaks(Vec<Break>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "break")]
    breaks: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    date: Datetime,
    versions: String,
    columns: Vec<String>,
    title: String,
    meaning: String,
    reference: String,
}

impl Entry {
    /// The break, or what is wrong with it.
    fn checked(self, marts: &[&Query]) -> Result<Break, String> {
        let date = match (self.date.date, self.date.time) {
            (Some(date), None) => NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into()),
            _ => None,
        };
        let date = date.ok_or_else(|| format!("{} is no day; write it like 2026-10-01", self.date))?;
        if self.columns.is_empty() {
            return Err("it names no column".to_owned());
        }
        if let Some(name) = self.columns.iter().find(|name| !is_of_a_mart(name, marts)) {
            return Err(format!(
                "there is no {name}: a mart's column is written invocations.outcome, its rows invocations"
            ));
        }
        let Self { id, versions, columns, title, meaning, reference, .. } = self;
        let id = id.into_inner();
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || !id.chars().all(is_name) {
            return Err("an id is of small letters, digits and hyphens".to_owned());
        }
        for (key, text) in
            [("versions", &versions), ("title", &title), ("meaning", &meaning), ("reference", &reference)]
        {
            if text.is_empty() {
                return Err(format!("{key} is empty"));
            }
        }
        Ok(Break { id, date: Day::of(date), versions, columns, title, meaning, reference })
    }
}

/// Whether this is a mart, or a column of one.
fn is_of_a_mart(name: &str, marts: &[&Query]) -> bool {
    let (mart, column) = name.split_once('.').map_or((name, None), |(mart, column)| (mart, Some(column)));
    let of_it = |mart: &&Query| column.is_none_or(|name| mart.header.column(name).is_some());
    marts.iter().find(|query| query.name == mart).is_some_and(of_it)
}

impl Breaks {
    /// Reads the text of a file, of breaks in these marts.
    ///
    /// # Errors
    /// When it is no TOML of this form, names what no mart has, or has two breaks of one id.
    pub(super) fn parse(text: &str, marts: &[&Query]) -> Result<Self, QueryError> {
        let file: File = toml::from_str(text).map_err(|reason| QueryError::Breaks { problem: reason.to_string() })?;
        let mut breaks: Vec<Break> = Vec::new();
        for entry in file.breaks {
            let (id, line) = (entry.id.get_ref().clone(), text[..entry.id.span().start].matches('\n').count() + 1);
            let refuse =
                |reason: String| QueryError::Breaks { problem: format!("line {line}: break {id:?}: {reason}") };
            if breaks.iter().any(|other| other.id == id) {
                return Err(refuse("another break has the same id".to_owned()));
            }
            breaks.push(entry.checked(marts).map_err(refuse)?);
        }
        breaks.sort_by(|a, b| (a.date, &a.id).cmp(&(b.date, &b.id)));
        Ok(Self(breaks))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Break> {
        self.0.iter()
    }

    /// Those that touch a result which rests on these columns and marts.
    pub(super) fn touching(&self, columns: &BTreeSet<String>) -> Vec<&Break> {
        self.iter().filter(|of| of.columns.iter().any(|column| columns.contains(column))).collect()
    }

    /// What the marks in a series depend on.
    pub fn fingerprint(&self) -> Fingerprint {
        let dates: Vec<String> = self.iter().map(|of| format!("{} {}", of.date, of.columns.join(" "))).collect();
        Fingerprint::of(self.iter().zip(&dates).map(|(of, date)| (of.id.as_str(), date.as_str())))
    }

    /// The table of breaks: one row a break.
    pub(super) fn frame(&self) -> Result<DataFrame, QueryError> {
        let text =
            |name: &str, of: fn(&Break) -> String| Column::new(name.into(), self.iter().map(of).collect::<Vec<_>>());
        let dates: Int32Chunked = self.iter().map(|of| Some(of.date.number())).collect();
        let columns = vec![
            text("id", |of| of.id.clone()),
            dates.with_name("date".into()).into_date().into_column(),
            text("versions", |of| of.versions.clone()),
            text("columns", |of| of.columns.join(",")),
            text("title", |of| of.title.clone()),
            text("meaning", |of| of.meaning.clone()),
            text("reference", |of| of.reference.clone()),
        ];
        DataFrame::new(self.0.len(), columns).map_err(|reason| QueryError::Engine { query: BREAKS.to_owned(), reason })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Library};
    use super::*;

    const SOUND: &str = "[[break]]\nid = \"a-1\"\ndate = 2026-02-05\nversions = \"1\"\n\
                         columns = [\"invocations.outcome\", \"node_runs\"]\ntitle = \"t\"\nmeaning = \"m\"\nreference = \"5.1\"\n";

    fn parse(text: &str) -> Result<Breaks, QueryError> {
        let library = Library::load().expect("the library is in order");
        Breaks::parse(text, &library.of_kind(Kind::Mart).collect::<Vec<_>>())
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let error = |from: &str, to: &str| {
            let text = SOUND.replace(from, to);
            assert_ne!(text, SOUND, "{from}");
            parse(&text).expect_err("refused").to_string()
        };
        assert!(parse(SOUND).is_ok());
        for (from, to, told) in [
            ("title", "titel", "unknown field `titel`"),
            ("title = \"t\"\n", "", "missing field `title`"),
            ("2026-02-05", "2026-02-30", "2026-02-30"),
            ("2026-02-05", "2026-02-05T07:00:00", "line 2: break \"a-1\": 2026-02-05T07:00:00 is no day"),
            ("2026-02-05", "\"2026-02-05\"", "line 3"),
            ("invocations.outcome", "invocations.outcom", "line 2: break \"a-1\": there is no invocations.outcom:"),
            ("\"node_runs\"", "\"node_run\"", "there is no node_run:"),
            ("\"node_runs\"", "\"run_model_events\"", "there is no run_model_events:"),
            ("a-1", "A 1", "line 2: break \"A 1\": an id is of small letters"),
            ("\"m\"", "\"\"", "meaning is empty"),
            ("[\"invocations.outcome\", \"node_runs\"]", "[]", "it names no column"),
        ] {
            let error = error(from, to);
            assert!(error.starts_with("queries/breaks.toml: ") && error.contains(told), "{from} to {to}: {error}");
        }
        let twice = parse(&SOUND.repeat(2)).expect_err("refused").to_string();
        assert!(twice.contains("line 10: break \"a-1\": another break has the same id"), "{twice}");
    }

    #[test]
    fn breaks_are_in_the_order_of_their_dates_whatever_that_of_the_file() {
        let later = SOUND.replace("a-1", "b").replace("2026-02-05", "2026-02-06");
        let (one, other) = (parse(&(SOUND.to_owned() + &later)), parse(&(later.clone() + SOUND)));
        let (one, other) = (one.expect("sound"), other.expect("sound"));
        assert_eq!(one, other);
        assert_eq!(one.iter().map(|of| of.id.as_str()).collect::<Vec<_>>(), ["a-1", "b"]);
        // What marks depend on is in the fingerprint, and what they do not is not.
        let of = |text: &str| parse(text).expect("sound").fingerprint();
        assert_eq!(of(SOUND), of(&SOUND.replace("\"m\"", "\"other words\"")));
        for (from, to) in [("a-1", "a-2"), ("02-05", "02-06"), ("node_runs", "project_days")] {
            assert_ne!(of(SOUND), of(&SOUND.replace(from, to)), "{from}");
        }
    }

    #[test]
    fn every_break_rests_on_a_section_of_the_documentation() {
        let formats = include_str!("../../docs/formats.md");
        let library = Library::load().expect("the library is in order");
        assert!(library.breaks().iter().count() > 30);
        for of in library.breaks().iter() {
            let is_it = |line: &str| {
                let number = line.trim_start_matches('#').trim_start();
                line.starts_with('#')
                    && number.strip_prefix(&of.reference).is_some_and(|rest| rest.starts_with([' ', '.']))
            };
            assert!(formats.lines().any(is_it), "{}: formats.md has no section {}", of.id, of.reference);
            assert!(of.meaning.ends_with('.') && !of.title.ends_with('.'), "{}", of.id);
            assert!(of.date >= Day::parse("2016-01-01").expect("a day"), "{}", of.id);
        }
    }
}
