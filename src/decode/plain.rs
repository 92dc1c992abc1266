//! JSON as programs write it, read in one go.
//!
//! Nearly all JSON in dumps was written by one of a few serializers: keys in the order in which a program set them, at
//! most a space after a colon or comma, no escapes. Such JSON a [`Cursor`] reads, which knows what it expects: a key is
//! one comparison with what should stand there, a text is a look for its end, nothing is copied. At whatever else it may
//! come upon it gives up, and says nothing of what is wrong, or whether anything is: then `serde_json` reads the text from
//! its beginning. So what can be read here is read to the same values as there, and nothing depends on being read here.
//!
//! It takes a quarter of the time: an object of twenty fields is twenty keys that a general reader takes apart to look
//! them up again.

use serde::de::IgnoredAny;

use super::data::{Codes, Phase, Scalar, Timing};
use super::text::Text;

/// The bytes that are looked at together for the end of a text.
const WORD: usize = size_of::<u64>();
/// The lowest bit of every byte of a word.
const LOWEST: u64 = u64::from_le_bytes([1; WORD]);
/// The highest bit of every byte of a word.
const HIGHEST: u64 = u64::from_le_bytes([0x80; WORD]);

/// A place in a JSON text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

/// What can be read from JSON as programs write it.
pub(super) trait Plain<'a> {
    /// Takes the value that stands at the cursor; `None`: it is not as programs write it, or not of this kind.
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()>;
}

impl<'a> Cursor<'a> {
    pub(super) fn of(json: &'a str) -> Self {
        Self { rest: json }
    }

    /// Whether everything has been read.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// Takes these bytes, if they come next.
    #[inline(always)]
    pub(super) fn take(&mut self, literal: &str) -> bool {
        match self.rest.strip_prefix(literal) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes a key, if it is this one: given with its quotes and colon.
    #[inline(always)]
    pub(super) fn key(&mut self, key: &str) -> bool {
        let is_next = self.take(key);
        if is_next {
            self.take(" ");
        }
        is_next
    }

    /// Goes into an object or list, which begins and ends with these; whether something is in it.
    #[inline]
    pub(super) fn open(&mut self, begin: &str, end: &str) -> Option<bool> {
        self.take(begin).then(|| !self.take(end))
    }

    /// After a value: whether another one comes before the end of what it is in.
    #[inline]
    pub(super) fn more(&mut self, end: &str) -> Option<bool> {
        if self.take(",") {
            self.take(" ");
            return Some(true);
        }
        self.take(end).then_some(false)
    }

    /// Takes a list, each of whose elements something takes.
    #[inline]
    pub(super) fn list(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let mut more = self.open("[", "]")?;
        while more {
            element(self)?;
            more = self.more("]")?;
        }
        Some(())
    }

    /// Takes an object whose keys may be any, each of whose values something takes.
    #[inline]
    pub(super) fn object(&mut self, mut value: impl FnMut(&'a str, &mut Self) -> Option<()>) -> Option<()> {
        let mut more = self.open("{", "}")?;
        while more {
            let key = self.text()?;
            self.take(":").then(|| self.take(" "))?;
            value(key, self)?;
            more = self.more("}")?;
        }
        Some(())
    }

    /// Takes self-describing JSON, `{"schema":"…","data":…}`, whose data something takes that is told the schema.
    #[inline]
    pub(super) fn self_describing(&mut self, data: impl FnOnce(&'a str, &mut Self) -> Option<()>) -> Option<()> {
        if !self.open("{", "}")? || !self.key("\"schema\":") {
            return None;
        }
        let schema = self.text()?;
        if !self.more("}")? || !self.key("\"data\":") {
            return None;
        }
        data(schema, self)?;
        (!self.more("}")?).then_some(())
    }

    /// A text without escapes.
    #[inline]
    pub(super) fn text(&mut self) -> Option<&'a str> {
        let inside = self.rest.strip_prefix('"')?;
        let end = end_of_text(inside.as_bytes())?;
        let (text, rest) = (inside.get(..end)?, inside.get(end..)?);
        self.rest = rest.strip_prefix('"')?;
        Some(text)
    }

    /// A number, as it is written.
    fn number(&mut self) -> Option<&'a str> {
        let bytes = self.rest.as_bytes();
        let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
        let mut end = usize::from(bytes.first() == Some(&b'-'));
        let whole = digits(end);
        if whole == 0 || (whole > 1 && bytes.get(end) == Some(&b'0')) {
            return None;
        }
        end += whole;
        if bytes.get(end) == Some(&b'.') {
            let fraction = digits(end + 1);
            if fraction == 0 {
                return None;
            }
            end += 1 + fraction;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end + 1 + sign);
            if exponent == 0 {
                return None;
            }
            end += 1 + sign + exponent;
        }
        let (number, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(number)
    }

    /// A number that may have a fraction; one that is too large for its type is none here.
    fn float(&mut self) -> Option<f64> {
        self.number()?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Passes over a value that is neither an object nor a list.
    pub(super) fn pass_over(&mut self) -> Option<()> {
        Scalar::default().fill(self)
    }
}

/// Where a text ends, by its quote; `None` where a byte comes before that is escaped or would have to be, or no quote.
fn end_of_text(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<WORD>();
    for (number, word) in words.iter().enumerate() {
        let found = special(u64::from_le_bytes(*word));
        if found != 0 {
            let end = number * WORD + found.trailing_zeros() as usize / 8;
            return (bytes.get(end) == Some(&b'"')).then_some(end);
        }
    }
    let at = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f))?;
    (rest.get(at) == Some(&b'"')).then_some(bytes.len() - rest.len() + at)
}

/// The highest bit of a byte of a word, of the first at least, that is a quote, a backslash or a control character.
fn special(word: u64) -> u64 {
    // A byte of which a lower one is subtracted borrows into its highest bit; bytes before the first that do are exact.
    let is_below = |word: u64, limit: u8| word.wrapping_sub(LOWEST * u64::from(limit)) & !word & HIGHEST;
    let is = |byte: u8| is_below(word ^ (LOWEST * u64::from(byte)), 1);
    is_below(word, 0x20) | is(b'"') | is(b'\\')
}

impl<'a> Plain<'a> for Text<'a> {
    #[inline]
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        *self = if cursor.take("null") { Self::default() } else { Self::from(cursor.text()?) };
        Some(())
    }
}

impl<'a> Plain<'a> for Option<bool> {
    #[inline]
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        *self = if cursor.take("true") {
            Some(true)
        } else if cursor.take("false") {
            Some(false)
        } else {
            cursor.take("null").then_some(None)?
        };
        Some(())
    }
}

macro_rules! whole_numbers {
    ($($kind:ty),+) => {
        $(impl<'a> Plain<'a> for Option<$kind> {
            #[inline]
            fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
                // `-0` is a float to serde.
                let number = |cursor: &mut Cursor<'a>| cursor.number().filter(|text| *text != "-0")?.parse().ok();
                *self = if cursor.take("null") { None } else { Some(number(cursor)?) };
                Some(())
            }
        })+
    };
}

whole_numbers!(i32, i64);

impl<'a> Plain<'a> for Option<f64> {
    #[inline]
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        *self = if cursor.take("null") { None } else { Some(cursor.float()?) };
        Some(())
    }
}

impl<'a> Plain<'a> for Scalar<'a> {
    #[inline]
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        *self = if cursor.take("null") {
            Self::Absent
        } else if cursor.take("true") {
            Self::Flag(true)
        } else if cursor.take("false") {
            Self::Flag(false)
        } else if cursor.rest.starts_with('"') {
            Self::Text(Text::from(cursor.text()?))
        } else {
            Self::Number(cursor.float()?)
        };
        Some(())
    }
}

impl Plain<'_> for Option<IgnoredAny> {
    fn fill(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        *self = None;
        cursor.take("null").then_some(())
    }
}

impl<'a, T: Plain<'a> + Object> Plain<'a> for Option<T> {
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        *self = None;
        if cursor.take("null") { Some(()) } else { self.insert(T::default()).fill(cursor) }
    }
}

/// An object with fields.
pub(super) trait Object: Default {}

/// Reads the fields of an object, each of which is a key (with quotes and colon) and what takes its value; those that are
/// not in the object are left as they are.
macro_rules! fields {
    ($cursor:ident, $($key:expr => $take:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "there may be no fields")]
        let mut more = $cursor.open("{", "}")?;
        // In the order given, from the beginning again for what comes in another one.
        while more {
            let left = $cursor.left();
            $(
                if more && $cursor.key($key) {
                    $take?;
                    more = $cursor.more("}")?;
                }
            )*
            if $cursor.left() == left {
                return None;
            }
        }
    }};
}

pub(super) use fields;

impl<'a> Plain<'a> for Timing {
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        *self = Self::default();
        if cursor.take("null") {
            return Some(());
        }
        cursor.list(|cursor| {
            let (mut phase, mut seen) = (Phase::default(), [false; 3]);
            // A key that is there twice is an error.
            let mut is_first = |key: usize| (!std::mem::replace(&mut seen[key], true)).then_some(());
            fields!(cursor,
                "\"name\":" => is_first(0).and_then(|()| phase.name.fill(cursor)),
                "\"started_at\":" => is_first(1).and_then(|()| phase.started_at.fill(cursor)),
                "\"completed_at\":" => is_first(2).and_then(|()| phase.completed_at.fill(cursor)),
            );
            self.take(&phase);
            Some(())
        })
    }
}

impl<'a> Plain<'a> for Codes<'a> {
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        *self = Self::default();
        if cursor.take("null") {
            return Some(());
        }
        if cursor.rest.starts_with('"') {
            *self = Self { first: Some(Text::from(cursor.text()?)), count: 1 };
            return Some(());
        }
        cursor.list(|cursor| {
            let mut code = Text::default();
            code.fill(cursor)?;
            self.add(code);
            Some(())
        })
    }
}

/// What tests of every reader that is made of these have in common.
#[cfg(test)]
pub(super) mod alike {
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

    /// What mutations put into a text, besides what a test brings itself.
    const PIECES: [&str; 20] = [
        "\"", "\\", "{", "}", "[", "]", ",", ":", " ", "\n", "0", "9", "-", ".", "e", "null", "true", "\"\"", "é",
        "{},",
    ];

    /// Holds that what `plain` reads, `any` reads to the same: of these texts, which `plain` does read, and of thousands
    /// that differ from them in a few places, wherever. Most of those are no JSON, some have other values, some the same.
    pub(in crate::decode) fn hold(
        texts: &[&str],
        pieces: &[&str],
        plain: impl Fn(&str) -> Option<String>,
        any: impl Fn(&str) -> Option<String>,
    ) {
        for json in texts {
            assert!(plain(json).is_some() && plain(json) == any(json), "{json}");
        }
        let pieces = [&PIECES, pieces].concat();
        let (mut random, mut read) = (Xoshiro256PlusPlus::seed_from_u64(1), 0);
        let mut below = |end: usize| usize::try_from(random.next_u64() % end as u64).expect("below the end");
        for _ in 0..20_000 {
            let mut json = texts[below(texts.len())].to_owned();
            for _ in 0..=below(3) {
                let from = below(json.len() + 1);
                let to = (from + below(12)).min(json.len());
                if json.is_char_boundary(from) && json.is_char_boundary(to) {
                    json.replace_range(from..to, if below(10) < 7 { pieces[below(pieces.len())] } else { "" });
                }
            }
            if let Some(plain) = plain(&json) {
                assert_eq!(Some(plain), any(&json), "{json}");
                read += 1;
            }
        }
        assert!(read > 500, "only {read} were read");
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Deserialize;

    use super::*;

    /// What is read of a whole text, and that serde reads the same.
    fn plain<T: for<'a> Plain<'a> + for<'de> Deserialize<'de> + Default + Debug>(json: &str) -> Option<String> {
        let (mut value, mut cursor) = (T::default(), Cursor::of(json));
        value.fill(&mut cursor).filter(|()| cursor.is_at_end())?;
        let general: T = serde_json::from_str(json).unwrap_or_else(|reason| panic!("{json}: {reason}"));
        let (value, general) = (format!("{value:?}"), format!("{general:?}"));
        assert_eq!(value, general, "{json}");
        Some(value)
    }

    fn text(json: &str) -> Option<&str> {
        let mut cursor = Cursor::of(json);
        cursor.text().filter(|_| cursor.is_at_end())
    }

    #[test]
    fn a_text_ends_at_its_quote_wherever_that_is() {
        for length in 0..40 {
            let inside: String = "aé€𝄞\u{7f}".chars().cycle().take(length).collect();
            assert_eq!(text(&format!("\"{inside}\"")), Some(&*inside));
            for byte in ["\\n", "\\\"", "\n", "\u{1f}", "\0", "\""] {
                assert_eq!(text(&format!("\"{inside}{byte}{inside}\"")), None, "{byte:?} after {length}");
            }
            assert_eq!(text(&format!("\"{inside}")), None);
        }
    }

    #[test]
    fn numbers_are_those_of_json() {
        for json in
            ["0", "-0", "7", "-12", "0.5", "1e3", "1.25E-7", "-0.0", "0.21002009786123496", "1e22", "9007199254740993"]
        {
            assert!(plain::<Option<f64>>(json).is_some(), "{json}");
        }
        for json in
            ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "NaN", "inf", "Infinity", "1e999", "1 ", "\"1\""]
        {
            assert!(plain::<Option<f64>>(json).is_none(), "{json}");
        }
        for json in ["0", "-5", "2147483647", "-2147483648", "null"] {
            assert!(plain::<Option<i32>>(json).is_some(), "{json}");
        }
        for json in ["-0", "2147483648", "1.0", "1e2", "true"] {
            assert!(plain::<Option<i32>>(json).is_none(), "{json}");
        }
        assert!(plain::<Option<i64>>("9223372036854775807").is_some());
        assert!(plain::<Option<i64>>("9223372036854775808").is_none());
    }

    #[test]
    fn values_are_what_serde_makes_of_them() {
        for json in ["true", "false", "null"] {
            assert!(plain::<Option<bool>>(json).is_some(), "{json}");
        }
        for json in [
            "[]",
            "null",
            "[{}]",
            r#"[{"name":"compile","started_at":"2026-10-01T06:48:09.975000Z","completed_at":"2026-10-01T06:48:10Z"}]"#,
            r#"[{"completed_at": "2026-10-01T06:48:11Z", "name": "execute", "started_at": "2026-10-01T06:48:10Z"}, {"name": null}]"#,
        ] {
            assert!(plain::<Timing>(json).is_some(), "{json}");
        }
        // What is twice there, of another kind or unknown is for serde to say something of.
        for json in
            [r#"[{"name":"a","name":"b"}]"#, "[null]", r#"[{"name":1}]"#, r#"[{"x":1}]"#, "[{},]", "[ {}]", "{}"]
        {
            assert!(plain::<Timing>(json).is_none(), "{json}");
        }
        for json in [r#"["01","02"]"#, r#"["01", null]"#, r#""01""#, "[]", "null"] {
            let (mut codes, mut cursor) = (Codes::default(), Cursor::of(json));
            assert!(codes.fill(&mut cursor).is_some() && cursor.is_at_end(), "{json}");
            let general: Codes<'_> = serde_json::from_str(json).expect("codes");
            assert_eq!(format!("{codes:?}"), format!("{general:?}"));
        }
    }
}
