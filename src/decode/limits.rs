//! What one record may ask of a decoder. Beyond it, the record or event is refused and reading goes on.
//!
//! The decoders themselves neither recurse nor allocate with what they read: these limits keep a record that
//! nobody's dbt has sent from costing more than it is worth.

use memchr::memchr2_iter;

use super::refusal::Reason;

/// The limits of a decoder. Those of the bytes before it (decompressed size, ratio, length of a record) are the
/// reader's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How deep JSON may be nested.
    pub json_depth: usize,
    /// How many events one payload or batch may hold; those before are read.
    pub events: usize,
    /// How many bytes one string, cell or field may have.
    pub string: usize,
}

impl Default for Limits {
    /// dbt's deepest JSON has seven levels, its fullest payload 30 events (a Vortex batch, at most 4 MiB, some
    /// thousands), its longest string is base64 of some ten kilobytes.
    fn default() -> Self {
        Self { json_depth: 64, events: 20_000, string: 1 << 20 }
    }
}

impl Limits {
    /// Refuses JSON that is nested too deep or holds too long a string.
    ///
    /// Nearly all JSON passes by its number of opening brackets and its length alone.
    pub(super) fn check_json(&self, json: &str) -> Result<(), Reason> {
        let brackets = memchr2_iter(b'{', b'[', json.as_bytes()).take(self.json_depth + 1).count();
        if brackets <= self.json_depth && json.len() <= self.string {
            return Ok(());
        }
        let (mut depth, mut string) = (0_usize, None);
        let mut escaped = false;
        for (at, byte) in json.bytes().enumerate() {
            match (string, byte) {
                (Some(_), _) if escaped => escaped = false,
                (Some(_), b'\\') => escaped = true,
                (Some(start), b'"') => {
                    if at - start > self.string {
                        return Err(Reason::StringTooLong);
                    }
                    string = None;
                }
                (Some(_), _) => {}
                (None, b'"') => string = Some(at + 1),
                (None, b'{' | b'[') => {
                    depth += 1;
                    if depth > self.json_depth {
                        return Err(Reason::TooDeep);
                    }
                }
                (None, b'}' | b']') => depth = depth.saturating_sub(1),
                (None, _) => {}
            }
        }
        match string {
            Some(start) if json.len() - start > self.string => Err(Reason::StringTooLong),
            _ => Ok(()),
        }
    }

    /// Refuses a text that is longer than a string may be.
    pub(super) fn check_string(&self, text: &[u8]) -> Result<(), Reason> {
        if text.len() > self.string { Err(Reason::StringTooLong) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { json_depth: 3, events: 1, string: 5 };

    #[test]
    fn depth_counts_what_is_open_at_once() {
        for passes in ["[[[]]]", "[[],[],[],[]]", r#"["[[[[["]"#, r#"["\"[[["]"#, "}]{[{", "", "nonsense"] {
            assert_eq!(LIMITS.check_json(passes), Ok(()), "{passes}");
        }
        for fails in ["[[[[]]]]", r#"{"a":{"b":[{}]}}"#, "[[[["] {
            assert_eq!(LIMITS.check_json(fails), Err(Reason::TooDeep), "{fails}");
        }
        assert_eq!(LIMITS.check_json(&"[".repeat(100_000)), Err(Reason::TooDeep));
    }

    #[test]
    fn the_length_of_a_string_is_that_between_its_quotes() {
        assert_eq!(LIMITS.check_json(r#"["12345","1"]"#), Ok(()));
        assert_eq!(LIMITS.check_json(r#"["123456"]"#), Err(Reason::StringTooLong));
        assert_eq!(LIMITS.check_json(r#"["1234\""]"#), Err(Reason::StringTooLong));
        assert_eq!(LIMITS.check_json(r#"["123456"#), Err(Reason::StringTooLong));
        assert_eq!(LIMITS.check_json("[1234567890]"), Ok(()));
    }
}
