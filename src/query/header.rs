//! The header of a query: `-- key: value` lines before the statement.
//!
//! ```text
//! -- title: Invocations
//! -- column: duration_seconds [seconds]: Latest end minus earliest start, by the user's clock
//! --   from: invocation_events.device_tstamp (definitions, Time)
//! ```
//!
//! A `column` line is a column of the result: its name, its unit if it has one, what it means. A `from` line below it
//! says what the column is made from, and which definition says how.
//!
//! `chart` says in a sentence which columns are drawn, and how ([`Chart`]).
//!
//! `regardless` names columns of marts that a report reads and whose meaning its result does not depend on: through a view
//! that serves others, or, of `outcome`, only to leave out what is invalid. Breaks in these do not touch it.
//!
//! `looks_back` says on how many days before its own a row of a series rests, or on `all` that the window has; `7: a, b`
//! says it of two columns. Where the window moves on, such figures change without any change of what happened.
//!
//! `rests_on` says which column counts the projects that figures of a row rest on, where these are fewer than the row's:
//! `p99_seconds, p99_high: p99_projects`; `p90: projects / 10` if only a tenth of those counted. It matters to what may be
//! published. `unpublished` says why a report never is.

use super::QueryError;
use super::chart::Chart;
use crate::staging::Unit;

/// A query's header, in the order of its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    entries: Vec<(String, String)>,
    columns: Vec<HeaderColumn>,
}

/// A column of a query's result, as its header describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderColumn {
    /// Its name.
    pub name: String,
    /// What its values are counted or measured in.
    pub unit: Option<Unit>,
    /// What it means.
    pub doc: String,
    /// What it is made from: columns of other tables or of its own, and the definition that says how.
    pub from: Option<String>,
}

/// The keys that a header may have.
const KEYS: [&str; 15] = [
    "title",
    "question",
    "section",
    "chart",
    "unit",
    "grain",
    "key",
    "caveat",
    "column",
    "from",
    "headline",
    "regardless",
    "looks_back",
    "rests_on",
    "unpublished",
];

impl Header {
    /// Reads the header of a query. A comment that is no `key: value` line ends it.
    pub fn parse(query: &str, sql: &str) -> Result<Self, QueryError> {
        let (header, wrong) = Self::read(sql);
        if wrong.is_empty() {
            return Ok(header);
        }
        let problems: Vec<String> = wrong.into_iter().map(|(line, text)| format!("line {line}: {text}")).collect();
        Err(QueryError::Header { query: query.to_owned(), problem: problems.join("; ") })
    }

    /// Reads what can be read of a header; says what is wrong with the rest, and in which lines.
    pub(super) fn read(sql: &str) -> (Self, Vec<(usize, String)>) {
        let (mut header, mut wrong) = (Self::default(), Vec::new());
        for (number, line) in (1..).zip(sql.lines()) {
            let Some(comment) = line.strip_prefix("--") else { break };
            let Some((key, value)) = comment.split_once(':') else { break };
            if let Err(text) = header.take(key.trim(), value.trim()) {
                wrong.push((number, text));
            }
        }
        if header.get("title").is_none() {
            wrong.push((1, "the header has no title (a line `-- title: …` at the top)".to_owned()));
        }
        (header, wrong)
    }

    /// Takes one line; says what is wrong with it.
    fn take(&mut self, key: &str, value: &str) -> Result<(), String> {
        if !KEYS.contains(&key) {
            return Err(format!("there is no header {key:?}; there are: {}", KEYS.join(", ")));
        }
        if value.is_empty() {
            return Err(format!("{key} is empty"));
        }
        if key == "chart" {
            Chart::parse(value)?;
        }
        match key {
            "column" => {
                let column = HeaderColumn::parse(value)?;
                if self.column(&column.name).is_some() {
                    return Err(format!("the column {} is there twice", column.name));
                }
                self.columns.push(column);
            }
            "from" => match self.columns.last_mut() {
                Some(column) if column.from.is_none() => column.from = Some(value.to_owned()),
                _ => return Err("from belongs below a column, once".to_owned()),
            },
            "looks_back" if days_back(value).is_none() => {
                return Err("looks_back is a number of days, or all, and may name columns: 7: a, b".to_owned());
            }
            "rests_on" if RestsOn::parse(value).is_none() => {
                return Err("rests_on names figures and what counts their projects: a, b: projects / 10".to_owned());
            }
            _ if !["caveat", "looks_back", "rests_on"].contains(&key) && self.get(key).is_some() => {
                return Err(format!("{key} is there twice"));
            }
            _ => self.entries.push((key.to_owned(), value.to_owned())),
        }
        Ok(())
    }

    /// The value of a key other than `column` and `from`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    /// The values of a key that may be there several times.
    pub fn all<'h>(&'h self, key: &str) -> impl Iterator<Item = &'h str> {
        let key = key.to_owned();
        self.entries.iter().filter(move |(of, _)| *of == key).map(|(_, value)| value.as_str())
    }

    /// The columns that the header describes, in order.
    pub fn columns(&self) -> &[HeaderColumn] {
        &self.columns
    }

    /// What the header says of a column.
    pub fn column(&self, name: &str) -> Option<&HeaderColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// On how many days before those of its row a column of a series rests; `None`: on all of the window.
    pub fn looks_back(&self, column: &str) -> Option<i32> {
        let of_column = self
            .all("looks_back")
            .filter_map(days_back)
            .filter(|(_, columns)| columns.is_none_or(|columns| columns.split(',').any(|name| name.trim() == column)));
        of_column.map(|(days, _)| days).try_fold(0, |most, days| Some(days?.max(most)))
    }

    /// The figures that rest on fewer projects than their row, with what counts these.
    pub fn rests_on(&self) -> impl Iterator<Item = RestsOn<'_>> {
        self.all("rests_on").filter_map(RestsOn::parse)
    }

    /// Which of its columns are drawn, and how; `None` if it is only a table.
    pub fn chart(&self) -> Option<Chart> {
        Chart::parse(self.get("chart")?).ok()?
    }

    /// Where among the headlines of a run the report stands; `None` if it is none.
    pub fn headline(&self) -> Option<u32> {
        self.get("headline")?.parse().ok()
    }
}

/// On how many projects figures rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestsOn<'h> {
    /// The columns of the figures.
    pub figures: Vec<&'h str>,
    /// The column that counts projects.
    pub count: &'h str,
    /// What part of these the figures rest on: a half, a tenth.
    pub part: u32,
}

impl<'h> RestsOn<'h> {
    fn parse(text: &'h str) -> Option<Self> {
        let (figures, count) = text.split_once(": ")?;
        let (count, part) =
            count.split_once(" / ").map_or(Some((count, 1)), |(of, part)| Some((of, part.parse().ok()?)))?;
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let figures: Vec<&str> = figures.split(',').map(str::trim).collect();
        (part > 0 && is_name(count) && figures.iter().all(|name| is_name(name))).then_some(Self {
            figures,
            count,
            part,
        })
    }
}

/// Days and columns of `looks_back`: `None` are all of them.
fn days_back(text: &str) -> Option<(Option<i32>, Option<&str>)> {
    let (days, columns) = text.split_once(':').map_or((text, None), |(days, columns)| (days, Some(columns)));
    match days {
        "all" => Some((None, columns)),
        days => Some((Some(days.parse::<u16>().ok()?.into()), columns)),
    }
}

impl HeaderColumn {
    /// Reads `name [unit]: meaning`; says what is wrong with it.
    fn parse(text: &str) -> Result<Self, String> {
        let Some((name, doc)) = text.split_once(": ") else {
            return Err("a column is written as name [unit]: meaning".to_owned());
        };
        let (name, unit) = match name.strip_suffix(']').and_then(|name| name.split_once(" [")) {
            Some((name, word)) => (name, Some(unit(word)?)),
            None => (name, None),
        };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(format!("{name:?} is no name of a column"));
        }
        Ok(Self { name: name.to_owned(), unit, doc: doc.trim().to_owned(), from: None })
    }
}

/// The unit of this name; what is wrong with another word.
pub(super) fn unit(word: &str) -> Result<Unit, String> {
    Unit::ALL.into_iter().find(|unit| unit.as_str() == word).ok_or_else(|| {
        let known = Unit::ALL.map(Unit::as_str).join(", ");
        format!("there is no unit {word}; there are: {known}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lines_of_key_and_value() {
        let sql = "-- title: A: b\n-- caveat: one\n-- caveat: two\n-- headline: 3\n\n-- not: this\nSELECT 1";
        let header = Header::parse("q", sql).expect("a header");
        assert_eq!(header.get("title"), Some("A: b"));
        assert_eq!(header.all("caveat").collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(header.headline(), Some(3));
        assert_eq!(header.get("not"), None);
        let sql = "-- title: a\n-- looks_back: 7: a, b\n-- looks_back: 27: b\n-- looks_back: all: c\nSELECT 1";
        let header = Header::parse("q", sql).expect("a header");
        assert_eq!(["a", "b", "c", "d"].map(|column| header.looks_back(column)), [Some(7), Some(27), None, Some(0)]);
        let all = Header::parse("q", "-- title: a\n-- looks_back: 7\nSELECT 1").expect("a header");
        assert_eq!(all.looks_back("a"), Some(7));
        let sql = "-- title: a\n-- rests_on: p99, p99_high: p99_projects\n-- rests_on: p90: projects / 10\nSELECT 1";
        let header = Header::parse("q", sql).expect("a header");
        let rests_on = |figures: &[&'static str], count, part| RestsOn { figures: figures.to_vec(), count, part };
        let expected = [rests_on(&["p99", "p99_high"], "p99_projects", 1), rests_on(&["p90"], "projects", 10)];
        assert_eq!(header.rests_on().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn reads_columns_with_unit_and_source() {
        let sql =
            "-- title: a\n-- column: n [count]: How many: all\n--   from: t.n (definitions, Nodes)\n-- column: m: What";
        let header = Header::parse("q", sql).expect("a header");
        let column = |name: &str, unit, doc: &str, from: Option<&str>| HeaderColumn {
            name: name.to_owned(),
            unit,
            doc: doc.to_owned(),
            from: from.map(str::to_owned),
        };
        let n = column("n", Some(Unit::Count), "How many: all", Some("t.n (definitions, Nodes)"));
        assert_eq!(header.columns(), [n, column("m", None, "What", None)]);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let error = |sql: &str| Header::parse("q", sql).expect_err("refused").to_string();
        assert!(error("-- title: a\n-- colour: red\nSELECT 1").contains("line 2"));
        assert!(error("-- title:\nSELECT 1").contains("line 1"));
        assert!(error("-- title: a\n-- title: b\nSELECT 1").contains("twice"));
        assert!(error("SELECT 1").contains("no title"));
        assert!(error("-- title: a\n-- chart: bar\nSELECT 1").contains("line 2: a chart is `table`, or"));
        assert!(error("-- title: a\n-- looks_back: b\nSELECT 1").contains("line 2: looks_back is a number"));
        for wrong in ["p90", "p90: ", "p90: projects / 0", "p90: projects / x", ": projects", "a b: projects"] {
            let text = error(&format!("-- title: a\n-- rests_on: {wrong}\nSELECT 1"));
            assert!(text.contains("line 2: rests_on names figures"), "{wrong}: {text}");
        }
        assert!(error("-- title: a\n-- column: n\nSELECT 1").contains("line 2: a column is written"));
        assert!(error("-- title: a\n-- column: n [miles]: b\nSELECT 1").contains("no unit miles; there are: count"));
        assert!(error("-- title: a\n-- column: a b: c\nSELECT 1").contains("\"a b\""));
        assert!(error("-- title: a\n-- column: a: b\n-- column: a: c\nSELECT 1").contains("line 3: the column a is"));
        assert!(error("-- title: a\n-- from: b\nSELECT 1").contains("line 2: from belongs"));
        assert!(error("-- title: a\n-- column: n: b\n-- from: c\n-- from: d\nSELECT 1").contains("line 4"));
    }
}
