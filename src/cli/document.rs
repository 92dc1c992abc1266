//! Dictionaries as documents in Markdown: to be put into a wiki or a repository, as `docs/` here has them.
//!
//! What is written is prose of this program or of somebody's own queries, and names. Rows of data in Markdown are
//! another matter ([`crate::report`]).

use std::io::{self, Write};

/// Prose as it is: nothing in it becomes markup.
pub(super) fn prose(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        let after = text[at + letter.len_utf8()..].chars().next().unwrap_or(' ');
        let is_markup = match letter {
            '\\' | '`' | '*' | '[' | ']' | '<' | '|' | '~' => true,
            // Inside of a name it is none.
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            _ => false,
        };
        if is_markup {
            escaped.push('\\');
        }
        escaped.push(letter);
        before = letter;
    }
    escaped
}

/// Names with commas between, each as code.
pub(super) fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

/// A name, or a place that something comes from, as code. In a table a bar is escaped in code, too.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|"))
}

/// A link to the heading that is a name and nothing else.
pub(super) fn link(name: &str) -> String {
    format!("[{name}](#{name})")
}

/// A line of a list: what it says, and of what.
pub(super) fn item(of: &str, text: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "- **{of}:** {text}")
}

/// A table. Cells are Markdown already.
pub(super) fn table<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "| {} |", head.join(" | "))?;
    writeln!(out, "|{}", "---|".repeat(N))?;
    rows.into_iter().try_for_each(|row| writeln!(out, "| {} |", row.join(" | ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_no_markup() {
        for plain in ["Runs of a command (95 %).", "run_model.execution_time", "n - 1"] {
            assert_eq!(prose(plain), plain);
        }
        for (text, escaped) in [
            ("a|b", "a\\|b"),
            ("*_low and _all_", "\\*\\_low and \\_all\\_"),
            ("<img src=x>", "\\<img src=x>"),
            ("[a](b)", "\\[a\\](b)"),
            ("`x`", "\\`x\\`"),
        ] {
            assert_eq!(prose(text), escaped);
        }
        assert_eq!(code("a|`b"), "`a\\|'b`");
    }
}
