//! Columns under construction: one kind for each meaning that a column can have.
//!
//! The kind decides the type, the unit and the treatment. There is none for text as such: what a column of text
//! takes is an id, a word of a closed list, a text of a checked form or a name that this program gives. So a column
//! can hold free text only if its declaration says that the text is of a checked form.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_schema::{DataType, TimeUnit};

use super::spec::{Treatment, Unit};
use crate::event::{Timestamp, Word, ids};
use crate::privacy::Domain;

/// A column under construction. Every column can hold nulls: what an event cannot say is absent, never 0.
///
/// A new one takes no memory: most tables have no row of most dumps, and many dumps have hardly a row.
pub(super) trait Column: Default {
    /// What is appended.
    type Value<'v>;
    /// Its Arrow type.
    const DATA_TYPE: DataType;
    /// What its values are counted or measured in.
    const UNIT: Option<Unit>;
    /// How what was sent comes to be what it holds.
    const TREATMENT: Treatment;
    /// What its values are pseudonyms of, if they are pseudonyms.
    const DOMAIN: Option<Domain> = None;
    /// All words that it can hold, where these are a closed list.
    fn words() -> &'static [&'static str] {
        &[]
    }
    /// Adds one value.
    fn append<'v>(&mut self, value: Option<Self::Value<'v>>);
    /// The array built so far; the builder starts anew and keeps no memory.
    fn finish(&mut self) -> ArrayRef;
}

/// Declares a kind of column that is kept as sent.
macro_rules! as_sent {
    ($(#[$doc:meta])* $name:ident, $builder:ty, $value:ty, $data_type:expr, $unit:expr, |$v:ident| $convert:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $name($builder);

        impl Default for $name {
            fn default() -> Self {
                Self(<$builder>::with_capacity(0))
            }
        }

        impl Column for $name {
            type Value<'v> = $value;
            const DATA_TYPE: DataType = $data_type;
            const UNIT: Option<Unit> = $unit;
            const TREATMENT: Treatment = Treatment::AsSent;

            #[inline]
            fn append<'v>(&mut self, value: Option<$value>) {
                self.0.append_option(value.map(|$v| $convert));
            }

            fn finish(&mut self) -> ArrayRef {
                Arc::new(self.0.finish())
            }
        }
    };
}

as_sent! {
    /// Yes or no.
    Flag, BooleanBuilder, bool, DataType::Boolean, None, |v| v
}
as_sent! {
    /// A number that counts nothing: a place in an order, a part of a version.
    Number, Int32Builder, i32, DataType::Int32, None, |v| v
}
as_sent! {
    /// How many.
    Count, Int64Builder, i64, DataType::Int64, Some(Unit::Count), |v| v
}
as_sent! {
    /// How many, where 32 bits are enough.
    SmallCount, Int32Builder, i32, DataType::Int32, Some(Unit::Count), |v| v
}
as_sent! {
    /// A length in bytes, or a place that is one.
    Bytes, Int64Builder, i64, DataType::Int64, Some(Unit::Bytes), |v| v
}
as_sent! {
    /// A duration.
    Seconds, Float64Builder, f64, DataType::Float64, Some(Unit::Seconds), |v| v
}
as_sent! {
    /// An instant in UTC. Without a zone in the type: every reader then shows the same digits.
    Instant, TimestampMicrosecondBuilder, Timestamp, DataType::Timestamp(TimeUnit::Microsecond, None), Some(Unit::Utc),
        |v| v.micros()
}

/// Declares a kind of column of text.
macro_rules! text {
    (
        $(#[$doc:meta])*
        $name:ident $(<$of:ident: $bound:path>)?, $treatment:ident, $value:ty,
        |$v:ident| $convert:expr $(, $words:expr)? $(; $domain:expr)?
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $name $(<$of>)? (StringBuilder $(, PhantomData<$of>)?);

        impl $(<$of>)? Default for $name $(<$of>)? {
            fn default() -> Self {
                Self(StringBuilder::with_capacity(0, 0) $(, PhantomData::<$of>)?)
            }
        }

        impl $(<$of: $bound>)? Column for $name $(<$of>)? {
            type Value<'v> = $value;
            const DATA_TYPE: DataType = DataType::Utf8;
            const UNIT: Option<Unit> = None;
            const TREATMENT: Treatment = Treatment::$treatment;
            $(const DOMAIN: Option<Domain> = Some($domain);)?

            $(
                fn words() -> &'static [&'static str] {
                    $words
                }
            )?

            #[inline]
            fn append<'v>(&mut self, value: Option<$value>) {
                self.0.append_option(value.as_ref().map(|$v| $convert));
            }

            fn finish(&mut self) -> ArrayRef {
                Arc::new(self.0.finish())
            }
        }
    };
}

text! {
    /// The pseudonym of an id.
    Pseudonym<I: Identifier>, Pseudonym, I, |id| id.text(); I::DOMAIN
}
text! {
    /// A word of a closed list.
    ClosedList<W: Word>, ClosedList, W, |word| word.as_str(), W::WORDS
}
text! {
    /// The class that a text belongs to.
    Class<W: Word>, Class, W, |word| word.as_str(), W::WORDS
}
text! {
    /// Text of a form that the event's own type has checked.
    CheckedForm, CheckedForm, &'v str, |text| text
}
text! {
    /// A name that this program gives.
    Name<N: Names>, Derived, &'static str, |name| name, N::names()
}
text! {
    /// The digest of a dump's bytes.
    Digest, Position, &'v str, |digest| digest
}

/// Declares a wrapper that gives another treatment to a kind of column.
macro_rules! wrapper {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(super) struct $name<C>(C);

        impl<C: Column> Column for $name<C> {
            type Value<'v> = C::Value<'v>;
            const DATA_TYPE: DataType = C::DATA_TYPE;
            const UNIT: Option<Unit> = C::UNIT;
            const TREATMENT: Treatment = Treatment::$name;
            const DOMAIN: Option<Domain> = C::DOMAIN;

            fn words() -> &'static [&'static str] {
                C::words()
            }

            #[inline]
            fn append<'v>(&mut self, value: Option<C::Value<'v>>) {
                self.0.append(value);
            }

            fn finish(&mut self) -> ArrayRef {
                self.0.finish()
            }
        }
    };
}

wrapper! {
    /// Of that kind, but computed here.
    Derived
}
wrapper! {
    /// Of that kind, but telling where a record stands.
    Position
}

/// The names of one list that this program gives.
pub(super) trait Names {
    /// All of them.
    fn names() -> &'static [&'static str];
}

/// Declares such a list; a name that is there several times running counts once.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident = $names:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $name;

        impl $crate::staging::column::Names for $name {
            fn names() -> &'static [&'static str] {
                static NAMES: std::sync::LazyLock<Vec<&str>> = std::sync::LazyLock::new(|| {
                    let mut names: Vec<&str> = $names.collect();
                    names.dedup();
                    names
                });
                &NAMES
            }
        }
    };
}
pub(super) use names;

/// An id of an event: a pseudonym from the moment it exists.
pub(super) trait Identifier {
    /// What kind of identifier it is.
    const DOMAIN: Domain;
    /// The pseudonym as it is written.
    fn text(&self) -> &str;
}

macro_rules! identifiers {
    ($($id:ident),+ $(,)?) => {
        $(impl Identifier for ids::$id {
            const DOMAIN: Domain = Self::DOMAIN;

            fn text(&self) -> &str {
                self.as_str()
            }
        })+
    };
}

identifiers! {
    EventId, InvocationId, UserId, ProjectId, AdapterUniqueId, NodeId, ContentsId, NodeRunId, PackageId, CatalogId,
}
