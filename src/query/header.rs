//! The header of a query: `-- key: value` lines before the statement.

use super::QueryError;

/// A query's header, in the order of its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    entries: Vec<(String, String)>,
}

/// The keys that a header may have.
const KEYS: [&str; 10] =
    ["title", "question", "section", "chart", "unit", "grain", "key", "caveat", "column", "headline"];

impl Header {
    /// Reads the header of a query. A comment that is no `key: value` line ends it.
    pub fn parse(query: &str, sql: &str) -> Result<Self, QueryError> {
        let problem = |problem: String| QueryError::Header { query: query.to_owned(), problem };
        let mut header = Self::default();
        for (number, line) in sql.lines().enumerate() {
            let Some(comment) = line.strip_prefix("--") else { break };
            let Some((key, value)) = comment.split_once(':') else { break };
            let (key, value) = (key.trim(), value.trim());
            if !KEYS.contains(&key) {
                return Err(problem(format!(
                    "line {}: there is no header {key:?}; there are: {}",
                    number + 1,
                    KEYS.join(", ")
                )));
            }
            if value.is_empty() {
                return Err(problem(format!("line {}: {key} is empty", number + 1)));
            }
            if header.get(key).is_some() && !["caveat", "column"].contains(&key) {
                return Err(problem(format!("line {}: {key} is there twice", number + 1)));
            }
            header.entries.push((key.to_owned(), value.to_owned()));
        }
        if header.get("title").is_none() {
            return Err(problem("the header has no title (a line `-- title: …` at the top)".to_owned()));
        }
        Ok(header)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    /// The values of a key that may be there several times.
    pub fn all<'h>(&'h self, key: &str) -> impl Iterator<Item = &'h str> {
        let key = key.to_owned();
        self.entries.iter().filter(move |(of, _)| *of == key).map(|(_, value)| value.as_str())
    }

    /// Where among the headlines of a run the report stands; `None` if it is none.
    pub fn headline(&self) -> Option<u32> {
        self.get("headline")?.parse().ok()
    }
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
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let error = |sql| Header::parse("q", sql).expect_err("refused").to_string();
        assert!(error("-- title: a\n-- colour: red\nSELECT 1").contains("line 2"));
        assert!(error("-- title:\nSELECT 1").contains("line 1"));
        assert!(error("-- title: a\n-- title: b\nSELECT 1").contains("twice"));
        assert!(error("SELECT 1").contains("no title"));
    }
}
