//! Version strings, of dbt and of adapters: PEP 440 (`1.12.0b1`) and semver (`2.0.0-preview.196`) both parse.

/// A version of dbt: release numbers, and the text without a leading `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DbtVersion<'a> {
    /// As stated, without `=` and without anything that is not part of a known form (local parts are free text).
    pub text: &'a str,
    /// `1.9`, `1.10`, `2.0`: the start of `text`.
    pub minor_text: &'a str,
    /// First number.
    pub major: u16,
    /// Second number.
    pub minor: u16,
    /// Third number.
    pub patch: u16,
    /// Whether it is a pre-release or development build.
    pub is_prerelease: bool,
}

/// Words that may open a pre-release part, longest first where one starts with another.
const PRERELEASE: [&str; 13] =
    ["preview", "alpha", "beta", "canary", "nightly", "post", "rc", "dev", "pre", "a", "b", "c", "p"];

impl<'a> DbtVersion<'a> {
    /// Reads `MAJOR.MINOR.PATCH` with an optional pre-release part; `None` where there are no such numbers.
    ///
    /// A suffix of any other form is not part of the text (it could say anything) and makes it a pre-release. With a
    /// fourth number it is no version but an address.
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim_ascii();
        let text = text.strip_prefix('=').unwrap_or(text);
        let (major, after_major) = number(text)?;
        let (minor, after_minor) = number(after_major.strip_prefix('.')?)?;
        let (patch, rest) = number(after_minor.strip_prefix('.')?)?;
        if goes_on(rest) {
            return None;
        }
        let known = prerelease_len(rest);
        let release_len = text.len() - rest.len();
        Some(Self {
            text: &text[..release_len + known],
            minor_text: &text[..text.len() - after_minor.len()],
            major,
            minor,
            patch,
            is_prerelease: !rest.is_empty() && !rest.starts_with('+'),
        })
    }
}

/// A version of anything else (an adapter, a package, Python): numbers with dots and an optional pre-release part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseVersion<'a> {
    /// The part of the text that has a known form.
    pub text: &'a str,
}

impl<'a> ReleaseVersion<'a> {
    /// Reads one to three numbers with dots and an optional pre-release part; a local part is dropped.
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim_ascii();
        let rest = after_numbers(text)?;
        let known = prerelease_len(rest);
        if known < rest.len() && !rest[known..].starts_with('+') {
            return None;
        }
        Some(Self { text: &text[..text.len() - rest.len() + known] })
    }

    /// The first two numbers, `3.11`; `None` where there is only one.
    pub fn minor_text(self) -> Option<&'a str> {
        let (_, rest) = number(self.text)?;
        let (_, rest) = number(rest.strip_prefix('.')?)?;
        Some(&self.text[..self.text.len() - rest.len()])
    }
}

/// What follows one to three numbers with dots at the start of a text; `None` if a fourth does, as in an IP address.
pub(super) fn after_numbers(text: &str) -> Option<&str> {
    let (_, mut rest) = number(text)?;
    for _ in 0..2 {
        match rest.strip_prefix('.').and_then(number) {
            Some((_, after)) => rest = after,
            None => break,
        }
    }
    (!goes_on(rest)).then_some(rest)
}

/// Whether one more number follows.
fn goes_on(rest: &str) -> bool {
    matches!(rest.as_bytes(), [b'.', b'0'..=b'9', ..])
}

/// A number of at most four digits at the start of a text, and what follows it.
pub(super) fn number(text: &str) -> Option<(u16, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 4 {
        return None;
    }
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest))
}

/// The most digits of a pre-release's number: those of a date, which development builds have. More could be anything.
const PRERELEASE_DIGITS: usize = 8;

/// How much of a text is a pre-release part: `[-.]?(a|b|rc|…)[.-]?[0-9]{0,8}`, and nothing, `+` or the end after it.
fn prerelease_len(text: &str) -> usize {
    let bare = text.strip_prefix(['-', '.']).unwrap_or(text);
    let word =
        PRERELEASE.iter().find(|word| bare.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)));
    let Some(word) = word else { return 0 };
    let after = &bare[word.len()..];
    let number = after.strip_prefix(['.', '-']).unwrap_or(after);
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let rest = if digits == 0 { after } else { &number[digits..] };
    match rest.as_bytes().first() {
        None | Some(b'+') if digits <= PRERELEASE_DIGITS => text.len() - rest.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_families() {
        for (text, expected, minor, prerelease) in [
            ("=1.9.10", "1.9.10", "1.9", false),
            ("=1.10.23", "1.10.23", "1.10", false),
            ("=1.12.0b1", "1.12.0b1", "1.12", true),
            ("=1.9.0-b2", "1.9.0-b2", "1.9", true),
            ("0.10.1", "0.10.1", "0.10", false),
            ("2.0.0-preview.196", "2.0.0-preview.196", "2.0", true),
            ("2.0.0-beta.2", "2.0.0-beta.2", "2.0", true),
            ("1.5.0rc1+acme.internal", "1.5.0rc1", "1.5", true),
            ("1.5.0+acme.internal", "1.5.0", "1.5", false),
            ("1.5.0-acme-fork", "1.5.0", "1.5", true),
            ("1.5.0.post1", "1.5.0.post1", "1.5", true),
            ("1.9.0.dev20241031", "1.9.0.dev20241031", "1.9", true),
            ("1.9.0.dev491711234567", "1.9.0", "1.9", true),
        ] {
            let version = DbtVersion::parse(text).expect(text);
            assert_eq!(
                (version.text, version.minor_text, version.is_prerelease),
                (expected, minor, prerelease),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in ["", "=", "1.9", "one.two.three", "1..2", "99999.1.1", "jane@example.com", "203.0.113.9", "1.9.0.1"]
        {
            assert_eq!(DbtVersion::parse(text), None, "{text}");
        }
    }

    #[test]
    fn reads_versions_of_adapters_and_python() {
        let text = |text| ReleaseVersion::parse(text).map(|v| v.text);
        assert_eq!(text("3.11.4"), Some("3.11.4"));
        assert_eq!(text("3.13.0rc1"), Some("3.13.0rc1"));
        assert_eq!(text("1.24.5+build.host"), Some("1.24.5"));
        assert_eq!(text("1.2 from jane"), None);
        assert_eq!(text("1.2rc491711234567"), None);
        assert_eq!(text("latest"), None);
        for address in ["203.0.113.9", "10.0.0.1", "1.9.2.203.0.113.9", "203.0.113.9+x", "203.0.113.90000"] {
            assert_eq!(text(address), None, "{address}");
        }
        let minor = |text| ReleaseVersion::parse(text).and_then(ReleaseVersion::minor_text);
        assert_eq!(minor("3.11.4"), Some("3.11"));
        assert_eq!(minor("3"), None);
    }
}
