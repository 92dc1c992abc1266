//! The types that a key can have. Each is read from TOML, and from the text of a flag or a variable.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeValue;

use super::{LogFormat, LogLevel};
use crate::ingest::Memory;
use crate::lake::{Every, Hole};
use crate::{decode, objects, report};

/// A type that a key can have.
pub trait Value: Sized {
    /// What has to be written.
    fn expected() -> String;
    /// The words that it can be and what they mean, where these are a closed list.
    fn words() -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }
    /// What a file in this folder says.
    fn from_toml(value: &DeValue<'_>, folder: &Path) -> Option<Self>;
    /// What a flag or a variable says.
    fn from_text(text: &OsStr) -> Option<Self>;
    /// Where a text says several: each of them.
    fn split(text: &OsStr) -> Vec<OsString> {
        text.to_string_lossy().split(',').map(|part| part.trim().into()).collect()
    }
    /// What a file has to say; `None` for nothing at all.
    fn to_toml(&self) -> Option<String>;
}

/// A text as TOML has it, which is as JSON has it.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What a text says that is the same on the command line and in a file, there in quotes.
pub(super) fn from_string<T: Value>(value: &DeValue<'_>) -> Option<T> {
    value.as_str().and_then(|text| T::from_text(OsStr::new(text)))
}

/// Declares the values of a type that a file has in quotes, as a flag or a variable has them without: what has to be
/// written, how it is read, how it is written.
macro_rules! in_quotes {
    ($type:ty, $expected:expr, |$text:ident| $parse:expr, |$value:ident| $shown:expr) => {
        impl $crate::job::config::Value for $type {
            fn expected() -> String {
                $expected
            }

            fn from_toml(value: &toml::de::DeValue<'_>, _: &std::path::Path) -> Option<Self> {
                $crate::job::config::value::from_string(value)
            }

            fn from_text(text: &std::ffi::OsStr) -> Option<Self> {
                let $text = text.to_str()?;
                $parse
            }

            fn to_toml(&self) -> Option<String> {
                let $value = self;
                Some($crate::job::config::value::quoted(&$shown))
            }
        }
    };
}
pub(super) use in_quotes;

impl Value for PathBuf {
    fn expected() -> String {
        "a path".to_owned()
    }

    fn from_toml(value: &DeValue<'_>, folder: &Path) -> Option<Self> {
        from_string::<Self>(value).map(|path| objects::join(folder, &path))
    }

    fn from_text(text: &OsStr) -> Option<Self> {
        (!text.is_empty()).then(|| text.into())
    }

    fn split(text: &OsStr) -> Vec<OsString> {
        objects::split(text).into_iter().map(PathBuf::into_os_string).collect()
    }

    fn to_toml(&self) -> Option<String> {
        Some(quoted(&self.to_string_lossy()))
    }
}

macro_rules! whole_numbers {
    ($($type:ty),+) => {
        $(impl Value for $type {
            fn expected() -> String {
                "a whole number".to_owned()
            }

            fn from_toml(value: &DeValue<'_>, _: &Path) -> Option<Self> {
                let number = value.as_integer()?;
                Self::from_str_radix(number.as_str(), number.radix()).ok()
            }

            fn from_text(text: &OsStr) -> Option<Self> {
                text.to_str()?.parse().ok()
            }

            fn to_toml(&self) -> Option<String> {
                Some(self.to_string())
            }
        })+
    };
}
whole_numbers!(u64, usize);

impl Value for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }

    fn from_toml(value: &DeValue<'_>, _: &Path) -> Option<Self> {
        value.as_bool()
    }

    fn from_text(text: &OsStr) -> Option<Self> {
        text.to_str()?.parse().ok()
    }

    fn to_toml(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for f64 {
    fn expected() -> String {
        "a number, 0 or more".to_owned()
    }

    fn from_toml(value: &DeValue<'_>, _: &Path) -> Option<Self> {
        let number = match value {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            _ => return None,
        };
        Self::from_text(OsStr::new(number))
    }

    fn from_text(text: &OsStr) -> Option<Self> {
        text.to_str()?.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
    }

    fn to_toml(&self) -> Option<String> {
        Some(self.to_string())
    }
}

in_quotes! {
    Hole,
    "a day like \"2026-10-03\", an hour like \"2026-10-04T05\", or two of these with `to` between them".to_owned(),
    |text| Self::parse(text),
    |hole| hole.to_string()
}

/// Units of time and their seconds, the longest first.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

in_quotes! {
    Memory,
    format!("an amount of memory like 300MB or 1GB, {} at least", Memory::LEAST),
    |text| Self::parse(text),
    |memory| memory.to_string()
}

in_quotes! { Duration, "a length of time like 90m, 24h or 7d".to_owned(), |text| duration(text), |time| span(*time) }

fn duration(text: &str) -> Option<Duration> {
    let (_, seconds) = UNITS.into_iter().find(|(unit, _)| text.ends_with(*unit))?;
    let number = &text[..text.len() - 1];
    // The parser of numbers takes a plus as well.
    let number: u64 = number.parse().ok().filter(|_| !number.starts_with('+'))?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// A length of time in the largest unit that it is a whole number of.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let whole = UNITS.into_iter().find(|(_, of_unit)| seconds.is_multiple_of(*of_unit) && seconds >= *of_unit);
    let (unit, of_unit) = whole.unwrap_or(('s', 1));
    format!("{}{unit}", seconds / of_unit)
}

/// A closed list of words.
pub trait Choice: Copy + Send + Sync + 'static {
    /// All that there are.
    const ALL: &'static [Self];
    /// The word.
    fn as_str(self) -> &'static str;
    /// What it stands for.
    fn meaning(self) -> &'static str;
}

/// Closed lists that are at home elsewhere, and have words and meanings of their own there.
macro_rules! choices {
    ($($type:ty),+) => {
        $(impl Choice for $type {
            const ALL: &'static [Self] = &Self::ALL;

            fn as_str(self) -> &'static str {
                self.as_str()
            }

            fn meaning(self) -> &'static str {
                self.meaning()
            }
        })+
    };
}
choices!(decode::Format, report::Format, report::ReportFormat);

impl Choice for LogFormat {
    const ALL: &'static [Self] = &[Self::Text, Self::Json];

    fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Text => "For people",
            Self::Json => "One JSON object a line",
        }
    }
}

impl Choice for LogLevel {
    const ALL: &'static [Self] = &[Self::Quiet, Self::Normal, Self::Verbose];

    fn as_str(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Normal => "normal",
            Self::Verbose => "verbose",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Quiet => "Warnings and errors",
            Self::Normal => "Also how it went",
            Self::Verbose => "Also each dump, day and report, and what was decided",
        }
    }
}

impl Choice for Every {
    const ALL: &'static [Self] = &[Self::Hour, Self::Day];

    fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "1d",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Hour => "In every hour",
            Self::Day => "On every day",
        }
    }
}

impl<C: Choice> Value for C {
    fn expected() -> String {
        let words: Vec<_> = C::ALL.iter().map(|choice| choice.as_str()).collect();
        format!("one of {}", words.join(", "))
    }

    fn words() -> Vec<(&'static str, &'static str)> {
        C::ALL.iter().map(|choice| (choice.as_str(), choice.meaning())).collect()
    }

    fn from_toml(value: &DeValue<'_>, _: &Path) -> Option<Self> {
        from_string(value)
    }

    fn from_text(text: &OsStr) -> Option<Self> {
        C::ALL.iter().copied().find(|choice| text == choice.as_str())
    }

    fn to_toml(&self) -> Option<String> {
        Some(quoted(self.as_str()))
    }
}

impl<T: Value> Value for Option<T> {
    fn expected() -> String {
        T::expected()
    }

    fn words() -> Vec<(&'static str, &'static str)> {
        T::words()
    }

    fn from_toml(value: &DeValue<'_>, folder: &Path) -> Option<Self> {
        T::from_toml(value, folder).map(Some)
    }

    fn from_text(text: &OsStr) -> Option<Self> {
        T::from_text(text).map(Some)
    }

    fn to_toml(&self) -> Option<String> {
        self.as_ref().and_then(T::to_toml)
    }
}

impl<T: Value> Value for Vec<T> {
    fn expected() -> String {
        format!("a list, each {}", T::expected())
    }

    fn from_toml(value: &DeValue<'_>, folder: &Path) -> Option<Self> {
        value.as_array()?.iter().map(|value| T::from_toml(value.get_ref(), folder)).collect()
    }

    fn from_text(text: &OsStr) -> Option<Self> {
        T::split(text).iter().map(|text| T::from_text(text)).collect()
    }

    fn to_toml(&self) -> Option<String> {
        let values: Vec<_> = self.iter().filter_map(T::to_toml).collect();
        Some(format!("[{}]", values.join(", ")))
    }
}
