//! How names stand beside an axis.

use super::super::label::words;

/// Characters of a line of a name beside an axis.
pub(super) const LINE: usize = 26;

/// Over how many lines the longest of some names is.
pub(super) fn most_lines(names: &[String]) -> usize {
    names.iter().map(|name| wrapped(name).lines().count()).max().unwrap_or(1)
}

/// What an axis is called: of a bucket, which both of its ends name, not by the column of the first.
pub(super) fn axis_title(column: &str) -> String {
    words(column.strip_suffix("_from").unwrap_or(column))
}

/// Names beside an axis are over several lines where they are long.
pub(super) const LABEL: &str = "split(datum.label, '\\n')";

/// A name as it stands beside an axis: broken where words are joined, and at the latest where a line is full.
pub(super) fn wrapped(name: &str) -> String {
    let mut lines = vec![String::new()];
    let (mut length, mut before) = (0, ' ');
    for c in name.chars() {
        let is_seam = !before.is_alphanumeric() || (before.is_lowercase() && c.is_uppercase());
        if length >= LINE || (length >= LINE / 2 && is_seam && before != '.') {
            lines.push(String::new());
            length = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
        length += 1;
        before = c;
    }
    // A last line of a letter or two looks like a mistake.
    if let [.., before_last, last] = lines.as_mut_slice()
        && last.chars().count() <= 3
    {
        before_last.push_str(last);
        lines.pop();
    }
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn long_names_are_broken_where_words_are_joined() {
        assert_eq!(wrapped("duckdb"), "duckdb");
        assert_eq!(wrapped("require_explicit_package_overrides"), "require_explicit_\npackage_overrides");
        assert_eq!(wrapped("ConfigMetaFallbackDeprecation"), "ConfigMetaFallback\nDeprecation");
        assert!(wrapped(&"x".repeat(72)).lines().all(|line| line.len() <= 29));
    }
}
