//! Markdown: a table that can be pasted into an issue.
//!
//! What comes from data may be anything, so that it must not become markup, a link, or the mention of somebody: what is not
//! plain is shown as code, in which nothing is.

use std::io::{self, Write};

use polars::prelude::DataFrame;

use super::cell::names;
use super::shown::{Column, FEW, columns, few, of_few};

pub(super) fn write(frame: &DataFrame, to: &mut impl Write) -> io::Result<()> {
    if frame.height() == 0 {
        return writeln!(to, "(no rows: {})", names(frame).join(", "));
    }
    let (mut columns, few) = (columns(frame)?, few(frame)?);
    let has_few = few.contains(&true);
    if has_few {
        let cells = few.iter().map(|is_few| if *is_few { FEW } else { "" }.to_owned()).collect();
        columns.insert(0, Column { name: String::new(), cells, numeric: false });
    }
    line(columns.iter().map(|column| text(&column.name)), to)?;
    line(columns.iter().map(|column| if column.numeric { "---:" } else { "---" }.to_owned()), to)?;
    for number in 0..frame.height() {
        line(columns.iter().map(|column| text(&column.cells[number])), to)?;
    }
    if has_few {
        writeln!(to, "\n{}", of_few())?;
    }
    Ok(())
}

fn line(cells: impl Iterator<Item = String>, to: &mut impl Write) -> io::Result<()> {
    write!(to, "|")?;
    for cell in cells {
        write!(to, " {cell} |")?;
    }
    writeln!(to)
}

/// Text as it is, if it is plain; else as code.
fn text(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " _.,%+-()\u{202f}\u{b7}".contains(c);
    // A word in underscores is emphasis, what begins like an address a link.
    let is_markup =
        |word: &str| word.starts_with('_') || word.ends_with('_') || word.to_lowercase().starts_with("www.");
    if text.chars().all(is_plain)
        && !text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).any(is_markup)
    {
        return text.to_owned();
    }
    // What directs writing, or is not seen, would be so in code as well.
    let seen: String = text.chars().map(|c| if is_unseen(c) { '\u{fffd}' } else { c }).collect();
    // Code ends at as many backticks as it begins with.
    let longest = seen.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    format!("{ticks} {} {ticks}", seen.replace('|', "\\|"))
}

/// Whether a character is not seen, or changes how others are: control characters, marks of direction, joiners.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    #[test]
    fn a_table_of_rows_with_numbers_to_the_right_and_few_projects_marked() {
        let frame = df!(
            "adapter" => ["duckdb", "glue"], "success_rate" => [Some(0.5), None], "projects" => [12_345_i64, 3],
        )
        .expect("a frame");
        let mut bytes = Vec::new();
        write(&frame, &mut bytes).expect("written");
        let expected = "|  | adapter | success_rate | projects |\n| --- | --- | ---: | ---: |\n\
                        |  | duckdb | 50.0% | 12\u{202f}345 |\n| \u{b7} | glue | - | 3 |\n\n\
                        \u{b7} rests on fewer than 10 projects\n";
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }

    #[test]
    fn what_comes_from_data_is_no_markup() {
        for plain in ["1.9", "not_json", "macos 14.2 (arm)", "Zürich", ""] {
            assert_eq!(text(plain), plain);
        }
        for (of, shown) in [
            ("a|b", "` a\\|b `"),
            ("<img src=x>", "` <img src=x> `"),
            ("@someone", "` @someone `"),
            ("www.example.com", "` www.example.com `"),
            ("https://example.com", "` https://example.com `"),
            ("_all_", "` _all_ `"),
            ("a`b``c", "``` a`b``c ```"),
            ("a\nb\u{202e}c", "` a\u{fffd}b\u{fffd}c `"),
        ] {
            assert_eq!(text(of), shown);
        }
    }
}
