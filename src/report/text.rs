//! Text that comes from data, made harmless for people's eyes.
//!
//! Characters that nobody sees can move a cursor, change colours, or turn the direction of what stands around them, so that
//! a page or a screen says something else than its data.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use textwrap::core::display_width;

/// Whether a character is not seen itself, but changes what is seen: control characters, marks of direction, spaces of no
/// width, separators of lines.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text without what is not seen.
pub(super) fn seen(text: &str) -> String {
    text.chars().filter(|c| !is_unseen(*c)).collect()
}

/// A text of several lines, in which what is not seen is shown by its number.
pub(super) fn revealed(text: &str) -> String {
    let is_plain = |c: char| matches!(c, '\n' | '\t') || !is_unseen(c);
    text.chars().map(|c| if is_plain(c) { c.to_string() } else { c.escape_unicode().to_string() }).collect()
}

/// What is seen of a text, up to so many columns of a screen, the last of them an ellipsis where it is cut.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let (mut short, mut columns) = (String::new(), 0);
    for c in text.chars().filter(|c| !is_unseen(*c)) {
        columns += display_width(c.encode_utf8(&mut [0; 4]));
        if columns > most {
            // There has to be room for it.
            while display_width(&short) >= most.max(1) {
                short.pop();
            }
            short.push('…');
            break;
        }
        short.push(c);
    }
    short
}

/// How many columns of a screen a text takes.
pub(super) fn columns_of(text: &str) -> usize {
    text.width()
}

/// A text in so many columns of a screen, the last of them an ellipsis where it is cut.
pub(super) fn fitting(text: &str, most: usize) -> String {
    if columns_of(text) <= most {
        return text.to_owned();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= most
    };
    let mut short: String = text.chars().take_while(fits).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_left_out() {
        assert_eq!(seen("a\u{1b}[31mb"), "a[31mb");
        assert_eq!(seen("abc\u{202e}def\u{2069}\u{200f}\u{feff}"), "abcdef");
        assert_eq!(seen("größe 表 👍"), "größe 表 👍");
    }

    #[test]
    fn what_is_not_seen_can_be_shown() {
        assert_eq!(revealed("SELECT\t'\u{202e}a'\n"), "SELECT\t'\\u{202e}a'\n");
    }

    #[test]
    fn a_long_text_is_cut_where_it_is_too_long() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "abcde…");
        assert_eq!(shortened("\u{202e}abc", 3), "abc");
        // Such characters are two columns wide.
        assert_eq!(shortened("表表表", 6), "表表表");
        assert_eq!(shortened("表表表", 5), "表表…");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(fitting("表計算", 6), "表計算");
        assert_eq!(fitting("表計算", 5), "表計…");
        assert_eq!(fitting("表計算", 4), "表…");
        assert_eq!(fitting("abc", 1), "…");
    }
}
