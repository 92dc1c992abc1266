//! Closed lists of words: the only way for a text from outside to become a text in a table.

/// A word of a closed list.
pub trait Word: Copy {
    /// Every word that the list can give, for the data dictionary.
    const WORDS: &'static [&'static str];
    /// The word as it is written to tables.
    fn as_str(self) -> &'static str;
}

/// The longest text that can be a word; a longer one is unknown without a look.
const LONGEST: usize = 80;

/// The text in lower case, in `buffer`; a text too long to be a word becomes one that no list has.
pub(super) fn folded<'b>(text: &str, buffer: &'b mut [u8; LONGEST]) -> &'b str {
    let text = text.trim_ascii().as_bytes();
    let Some(place) = buffer.get_mut(..text.len()) else {
        return "\0";
    };
    place.copy_from_slice(text);
    place.make_ascii_lowercase();
    std::str::from_utf8(place).unwrap_or("\0")
}

/// An empty buffer for [`folded`].
pub(super) const fn buffer() -> [u8; LONGEST] {
    [0; LONGEST]
}

/// Declares a closed list: `Name { "word" | "alias", … } else "other"`.
///
/// `parse` folds letter case and outer white space; an empty text is absent (`None`), an unknown one
/// is the word after `else`, or absent where there is none.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($word:literal $(| $alias:literal)*),+ $(,)? } else $other:literal) => {
        vocabulary!(@type $(#[$doc])* $name [$($word),+, $other] [$($word $(| $alias)*),+] Some(Self($other)));
    };
    ($(#[$doc:meta])* $name:ident { $($word:literal $(| $alias:literal)*),+ $(,)? }) => {
        vocabulary!(@type $(#[$doc])* $name [$($word),+] [$($word $(| $alias)*),+] None);
    };
    (@type $(#[$doc:meta])* $name:ident [$($all:literal),+] [$($word:literal $(| $alias:literal)*),+] $unknown:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(&'static str);

        impl $name {
            /// The word that a text stands for; `None` where it stands for nothing.
            pub fn parse(text: &str) -> Option<Self> {
                let mut buffer = $crate::event::vocabulary::buffer();
                match $crate::event::vocabulary::folded(text, &mut buffer) {
                    "" => None,
                    $($word $(| $alias)* => Some(Self($word)),)+
                    _ => $unknown,
                }
            }
        }

        impl $crate::event::Word for $name {
            const WORDS: &'static [&'static str] = &[$($all),+];
            fn as_str(self) -> &'static str {
                self.0
            }
        }
    };
}
pub(super) use vocabulary;

#[cfg(test)]
mod tests {
    use super::Word;

    vocabulary! {
        /// A list for the tests.
        Colour { "red" | "rot", "blue" } else "other"
    }
    vocabulary! {
        /// A list without a word for the rest.
        Strict { "yes" }
    }

    #[test]
    fn folds_case_and_space_and_knows_aliases() {
        assert_eq!(Colour::parse(" Rot ").map(Word::as_str), Some("red"));
        assert_eq!(Colour::parse("BLUE").map(Word::as_str), Some("blue"));
        assert_eq!(Colour::WORDS, ["red", "blue", "other"]);
    }

    #[test]
    fn an_unknown_text_never_passes() {
        assert_eq!(Colour::parse("s3cret").map(Word::as_str), Some("other"));
        assert_eq!(Colour::parse(&"x".repeat(1000)).map(Word::as_str), Some("other"));
        assert_eq!(Strict::parse("no").map(Word::as_str), None);
        assert_eq!(Colour::parse("  ").map(Word::as_str), None);
    }
}
