//! What is known of a kind of message: its fields, their numbers and types, and how the ones that may be read are read.

use super::super::limits::Limits;
use super::super::protobuf::{Fields, Malformed, Value};
use super::super::refusal::{Reason, Refusal};
use super::messages::{Message, SCHEMAS};
use crate::event::{LoginErrorCode, LoginType, OnboardingAction, OnboardingScreen, Word};

/// The most new fields of one message that are told.
pub(in crate::decode) const NEW_FIELDS: usize = 64;

/// What is known of a kind of message.
#[derive(Debug)]
pub(in crate::decode) struct Schema {
    /// Its name, without its package.
    pub name: &'static str,
    /// Its fields.
    pub(super) fields: &'static [Field],
    /// Reads the fields that may be read.
    pub(super) read_message: for<'a> fn(&'a [u8]) -> Result<Message<'a>, Malformed>,
}

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub(in crate::decode) struct Field {
    /// Its number in protobuf.
    pub number: u32,
    /// Its name, in `snake_case`.
    pub name: &'static str,
    /// What it is read as; `None` if it is passed over.
    pub read_as: Option<Type>,
}

/// The type of a field that is read.
#[derive(Clone, Copy, Debug)]
pub(in crate::decode) enum Type {
    /// `string`.
    Text,
    /// `bool`.
    Flag,
    /// `int32`.
    Int32,
    /// `double`.
    Double,
    /// An enumeration, a number that has a name.
    Enumeration(Names),
}

/// The names of an enumeration's values.
#[derive(Clone, Copy, Debug)]
pub(in crate::decode) struct Names {
    /// In lower case and in the order of their numbers; after them `other`.
    words: &'static [&'static str],
    /// What may stand before a name.
    prefixes: &'static [&'static str],
}

impl Names {
    /// The number of a name; for one that is not known, a number that has no name either.
    pub(in crate::decode) fn number(&self, name: &str) -> i32 {
        let name = name.to_ascii_lowercase();
        let name = self.prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(&name);
        let name = match name {
            // What two screens were called in spring 2026.
            "compile_strict" => "compile",
            "compile_strict_fail" => "compile_fail",
            name => name,
        };
        let place = self.words.iter().position(|word| *word == name);
        place.and_then(|place| i32::try_from(place).ok()).unwrap_or(i32::MAX)
    }
}

/// What a message says, whatever its kind, and what its kind says.
#[derive(Debug)]
pub(in crate::decode) struct Read<'a> {
    /// Its own id; empty if it has none.
    pub event_id: &'a str,
    /// The invocation's; empty if it has none.
    pub invocation_id: &'a str,
    /// The numbers of new fields.
    pub new_fields: Vec<u32>,
    /// What its kind says.
    pub message: Message<'a>,
}

impl Schema {
    /// The schema of a message's name.
    pub(in crate::decode) fn of(name: &str) -> Option<&'static Self> {
        SCHEMAS.iter().find(|schema| schema.name == name)
    }

    /// The field of a name.
    pub(in crate::decode) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Reads a message. Refused are bytes that are no message, a field that is too long, and one of another type.
    pub(in crate::decode) fn read<'a>(&self, bytes: &'a [u8], limits: &Limits) -> Result<Read<'a>, Refusal> {
        // The fields are gone through once as they are: what is wrong with them after that is their type.
        let misfit = |_| Refusal::of_schema(Reason::BadData, self.name);
        let (mut event_id, mut invocation_id, mut new_fields) = ("", "", Vec::new());
        let mut fields = Fields::of(bytes);
        while let Some((number, value)) = fields.next()? {
            value.check(limits)?;
            match self.fields.iter().find(|field| field.number == number).map(|field| field.name) {
                Some("event_id") => event_id = value.text().map_err(misfit)?,
                Some("invocation_id") => invocation_id = value.text().map_err(misfit)?,
                Some(_) => {}
                None if new_fields.len() < NEW_FIELDS && !new_fields.contains(&number) => new_fields.push(number),
                None => {}
            }
        }
        let message = (self.read_message)(bytes).map_err(misfit)?;
        Ok(Read { event_id, invocation_id, new_fields, message })
    }
}

/// A value of a field that is read.
pub(super) trait Scalar<'a>: Sized {
    /// Its type.
    const TYPE: Type;
    /// What an absent field says.
    fn absent() -> Self;
    /// What a field says.
    fn of(value: Value<'a>) -> Result<Self, Malformed>;
}

impl<'a> Scalar<'a> for &'a str {
    const TYPE: Type = Type::Text;
    fn absent() -> Self {
        ""
    }
    fn of(value: Value<'a>) -> Result<Self, Malformed> {
        value.text()
    }
}

/// A field that says whether it is there: its zero is a value like any other.
impl<'a, T: Scalar<'a>> Scalar<'a> for Option<T> {
    const TYPE: Type = T::TYPE;
    fn absent() -> Self {
        None
    }
    fn of(value: Value<'a>) -> Result<Self, Malformed> {
        T::of(value).map(Some)
    }
}

macro_rules! numbers {
    ($($type:ty = $kind:expr, $value:ident => $number:expr;)+) => {
        $(impl Scalar<'_> for $type {
            const TYPE: Type = $kind;
            fn absent() -> Self {
                Self::default()
            }
            fn of($value: Value<'_>) -> Result<Self, Malformed> {
                $number
            }
        })+
    };
}

numbers! {
    bool = Type::Flag, value => value.flag();
    i32 = Type::Int32, value => value.int32();
    f64 = Type::Double, value => value.double();
}

macro_rules! enumerations {
    ($($type:ty = $($prefix:literal)|+;)+) => {
        $(impl Scalar<'_> for $type {
            const TYPE: Type =
                Type::Enumeration(Names { words: <$type as Word>::WORDS, prefixes: &[$($prefix),+] });
            fn absent() -> Self {
                Self::of_number(0)
            }
            fn of(value: Value<'_>) -> Result<Self, Malformed> {
                value.number().map(Self::of_number)
            }
        })+
    };
}

enumerations! {
    OnboardingScreen = "onboarding_screen_" | "screen_";
    OnboardingAction = "onboarding_action_" | "action_";
    LoginType = "login_type_";
    LoginErrorCode = "login_error_code_";
}

#[cfg(test)]
mod tests {
    use super::super::super::protobuf::Writer;
    use super::*;

    #[test]
    fn names_of_values_may_have_those_of_their_enumeration_before_them() {
        let Type::Enumeration(screens) = OnboardingScreen::TYPE else { unreachable!("an enumeration") };
        for (name, number) in [
            ("SCREEN_UNSPECIFIED", 0),
            ("WELCOME", 1),
            ("ONBOARDING_SCREEN_WELCOME", 1),
            ("COMPILE", 12),
            ("COMPILE_STRICT", 12),
            ("COMPILE_STRICT_FAIL", 13),
            ("SUCCESS", 14),
            ("COMPILE_SA_BASELINE_SUCCESS", 19),
            ("LOGIN", 20),
            ("A_LATER_ONE", i32::MAX),
        ] {
            assert_eq!(screens.number(name), number, "{name}");
        }
        let Type::Enumeration(actions) = OnboardingAction::TYPE else { unreachable!("an enumeration") };
        assert_eq!((actions.number("ACTION_UNSPECIFIED"), actions.number("SCREEN_SHOWN")), (0, 2));
        let Type::Enumeration(codes) = <Option<LoginErrorCode>>::TYPE else { unreachable!("an enumeration") };
        assert_eq!((codes.number("NOT_AUTHENTICATED"), codes.number("LOGIN_ERROR_CODE_REFRESH_FAILED")), (0, 6));
    }

    #[test]
    fn new_fields_are_told_once_and_not_without_end() {
        let schema = Schema::of("InvocationEnv").expect("a message");
        let mut writer = Writer::default();
        for number in [6, 4, 6, 7].into_iter().chain(1000..2000) {
            writer.bytes(number, b"x");
        }
        let bytes = writer.finish();
        let new = schema.read(&bytes, &Limits::default()).expect("a message").new_fields;
        assert_eq!((new.len(), &new[..3]), (NEW_FIELDS, &[6, 7, 1000][..]));
    }
}
