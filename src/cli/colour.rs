//! Whether something is printed in colour, and in which.

use std::ffi::OsStr;

use anstyle::{AnsiColor, Style};

/// What is wrong.
pub(super) const ERROR: Style = AnsiColor::Red.on_default().bold();

/// What somebody should know.
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// What a report is called.
pub(super) const TITLE: Style = Style::new().bold();

/// Whether there may be colour: on a terminal that has any, unless `NO_COLOR` says no (<https://no-color.org>: whatever it
/// is, if it is not empty).
pub(super) fn is_wanted(is_terminal: bool, no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    is_terminal && no_color.is_none_or(OsStr::is_empty) && term.is_some_and(|term| !term.is_empty() && term != "dumb")
}

/// A text in a style, where there is colour.
pub(super) fn painted(text: &str, style: Style, has_colour: bool) -> String {
    if has_colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_whose_user_has_not_said_no() {
        let is = |is_terminal, no_color: Option<&str>, term: Option<&str>| {
            is_wanted(is_terminal, no_color.map(OsStr::new), term.map(OsStr::new))
        };
        assert!(is(true, None, Some("xterm-256color")));
        assert!(is(true, Some(""), Some("screen")));
        assert!(!is(false, None, Some("xterm-256color")));
        assert!(!is(true, Some("1"), Some("xterm-256color")));
        assert!(!is(true, Some("0"), Some("xterm-256color")));
        assert!(!is(true, None, Some("dumb")));
        assert!(!is(true, None, None));
    }

    #[test]
    fn a_style_ends_where_the_text_does() {
        assert_eq!(painted("error", ERROR, true), "\u{1b}[1m\u{1b}[31merror\u{1b}[0m");
        assert_eq!(painted("error", ERROR, false), "error");
    }
}
