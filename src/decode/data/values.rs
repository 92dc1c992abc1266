//! Values that dbt has sent in more than one form.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use crate::decode::text::Text;
use crate::event::Timestamp;

/// A value that was text in one release, a number in another and a flag in a third.
#[derive(Debug, Default)]
pub(in crate::decode) enum Scalar<'a> {
    /// Null or absent.
    #[default]
    Absent,
    /// A text.
    Text(Text<'a>),
    /// A number.
    Number(f64),
    /// A flag.
    Flag(bool),
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;

        impl<'de> Visitor<'de> for ScalarVisitor {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, a flag or null")
            }

            fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Text::from(text)))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Text::from(text.to_owned())))
            }

            fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Flag(flag))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(number))
            }

            #[allow(clippy::cast_precision_loss, reason = "only whether it is zero matters")]
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(number as f64))
            }

            #[allow(clippy::cast_precision_loss, reason = "only whether it is zero matters")]
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(number as f64))
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
                Ok(Scalar::Absent)
            }
        }

        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// `timing` of `run_model`: `[{"name":"compile","started_at":…,"completed_at":…}, …]`, as seconds.
#[derive(Debug, Default)]
pub(in crate::decode) struct Timing {
    pub compile_seconds: Option<f64>,
    pub execute_seconds: Option<f64>,
}

/// One phase of `timing`.
#[derive(Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(in crate::decode) struct Phase<'a> {
    #[serde(default)]
    pub name: Text<'a>,
    #[serde(default)]
    pub started_at: Text<'a>,
    #[serde(default)]
    pub completed_at: Text<'a>,
}

impl Timing {
    /// Adds a phase.
    pub(in crate::decode) fn take(&mut self, phase: &Phase<'_>) {
        let seconds = || {
            let start = Timestamp::parse(phase.started_at.as_bytes())?;
            Some(Timestamp::parse(phase.completed_at.as_bytes())?.seconds_since(start))
        };
        match &*phase.name {
            "compile" => self.compile_seconds = seconds(),
            "execute" => self.execute_seconds = seconds(),
            _ => {}
        }
    }
}

impl<'de> Deserialize<'de> for Timing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Phases;

        impl<'de> Visitor<'de> for Phases {
            type Value = Timing;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of phases or null")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Timing, A::Error> {
                let mut timing = Timing::default();
                while let Some(phase) = list.next_element::<Option<Phase<'de>>>()? {
                    if let Some(phase) = phase {
                        timing.take(&phase);
                    }
                }
                Ok(timing)
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Timing, E> {
                Ok(Timing::default())
            }
        }

        deserializer.deserialize_any(Phases)
    }
}

/// A list of codes, of which the first and their number are kept; also a single code.
#[derive(Debug, Default)]
pub(in crate::decode) struct Codes<'a> {
    pub first: Option<Text<'a>>,
    pub count: i32,
}

impl<'a> Codes<'a> {
    /// Adds a code.
    pub(in crate::decode) fn add(&mut self, code: Text<'a>) {
        self.first.get_or_insert(code);
        self.count = self.count.saturating_add(1);
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Codes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CodesVisitor;

        impl<'de> Visitor<'de> for CodesVisitor {
            type Value = Codes<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of codes, a code or null")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut codes = Codes::default();
                while let Some(code) = list.next_element::<Text<'de>>()? {
                    codes.add(code);
                }
                Ok(codes)
            }

            fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Codes { first: Some(Text::from(text)), count: 1 })
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
                Ok(Codes::default())
            }
        }

        deserializer.deserialize_any(CodesVisitor)
    }
}
