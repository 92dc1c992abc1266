//! The wire format of Thrift's binary protocol, as much as reading needs: fields of one struct, borrowed from its
//! bytes.
//!
//! ```text
//! 0b 0014 00000001 63         type 11 (text), field 20, length 1, "c"
//! 0a 0032 0000000000000001    type 10 (i64), field 50, 1
//! 00                          the end
//! ```
//!
//! All numbers are big-endian. A field of another type is passed over by the rules of that type; what is in it is
//! counted against the bytes that are there before it is looked at. Source: formats.md 3.2.

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A 64-bit integer.
    I64(i64),
    /// Text or bytes.
    Bytes(&'a [u8]),
    /// Any other type, passed over.
    Other,
}

/// Bytes that are no struct: cut off, of a type that does not exist, nested too deep, or with more after the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// How deep a field that is passed over may be nested. Snowplow's is a list of texts.
const DEPTH: u8 = 16;

// Types on the wire.
const STOP: u8 = 0;
const BOOL: u8 = 2;
const BYTE: u8 = 3;
const DOUBLE: u8 = 4;
const I16: u8 = 6;
const I32: u8 = 8;
const I64: u8 = 10;
const TEXT: u8 = 11;
const STRUCT: u8 = 12;
const MAP: u8 = 13;
const SET: u8 = 14;
const LIST: u8 = 15;

/// Whether a struct may begin with this byte: the type of its first field.
pub(super) fn is_type(byte: u8) -> bool {
    matches!(byte, BOOL | BYTE | DOUBLE | I16 | I32 | I64 | TEXT | STRUCT | MAP | SET | LIST)
}

/// Reads the fields of one struct.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The fields of a struct that takes all of these bytes.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next field: its number and value; `None` once, at the end.
    pub(super) fn next(&mut self) -> Result<Option<(i16, Value<'a>)>, Malformed> {
        let [kind] = self.array()?;
        if kind == STOP {
            return if self.0.is_empty() { Ok(None) } else { Err(Malformed) };
        }
        let number = i16::from_be_bytes(self.array()?);
        let value = match kind {
            I64 => Value::I64(i64::from_be_bytes(self.array()?)),
            TEXT => Value::Bytes(self.bytes()?),
            other => {
                self.pass(other, DEPTH)?;
                Value::Other
            }
        };
        Ok(Some((number, value)))
    }

    /// Passes over a value, which may hold others `depth` levels deep.
    fn pass(&mut self, kind: u8, depth: u8) -> Result<(), Malformed> {
        let inside = depth.checked_sub(1).ok_or(Malformed);
        match kind {
            BOOL | BYTE => self.array::<1>().map(drop),
            I16 => self.array::<2>().map(drop),
            I32 => self.array::<4>().map(drop),
            DOUBLE | I64 => self.array::<8>().map(drop),
            TEXT => self.bytes().map(drop),
            STRUCT => loop {
                let [kind] = self.array()?;
                if kind == STOP {
                    return Ok(());
                }
                self.array::<2>()?;
                self.pass(kind, inside?)?;
            },
            MAP => {
                let [key, value] = self.array()?;
                for _ in 0..self.count()? {
                    self.pass(key, inside?)?;
                    self.pass(value, inside?)?;
                }
                Ok(())
            }
            SET | LIST => {
                let [element] = self.array()?;
                for _ in 0..self.count()? {
                    self.pass(element, inside?)?;
                }
                Ok(())
            }
            _ => Err(Malformed),
        }
    }

    /// How many elements follow. Every one takes a byte at least.
    fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(i32::from_be_bytes(self.array()?)).map_err(|_| Malformed)?;
        if count <= self.0.len() { Ok(count) } else { Err(Malformed) }
    }

    fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.count()?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (bytes, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*bytes)
    }
}

impl<'a> Value<'a> {
    /// Text.
    pub(super) fn text(self) -> Result<&'a str, Malformed> {
        match self {
            Self::Bytes(bytes) => std::str::from_utf8(bytes).map_err(|_| Malformed),
            _ => Err(Malformed),
        }
    }

    /// A 64-bit integer.
    pub(super) fn i64(self) -> Result<i64, Malformed> {
        match self {
            Self::I64(number) => Ok(number),
            _ => Err(Malformed),
        }
    }
}

/// Writes structs, for the tests of this file and of those that read them.
#[cfg(test)]
pub(super) mod writing {
    use super::{I64, STOP, TEXT};

    /// A field with a text.
    pub(in crate::decode) fn text(number: i16, text: impl AsRef<[u8]>) -> Vec<u8> {
        let text = text.as_ref();
        let length = i32::try_from(text.len()).expect("shorter than 2 GiB");
        field(TEXT, number, &[&length.to_be_bytes(), text].concat())
    }

    /// A field with a 64-bit integer.
    pub(in crate::decode) fn i64(number: i16, value: i64) -> Vec<u8> {
        field(I64, number, &value.to_be_bytes())
    }

    /// A field of any type.
    pub(in crate::decode) fn field(kind: u8, number: i16, value: &[u8]) -> Vec<u8> {
        [&[kind], &number.to_be_bytes()[..], value].concat()
    }

    /// A struct of these fields.
    pub(in crate::decode) fn structure(fields: &[Vec<u8>]) -> Vec<u8> {
        [&fields.concat()[..], &[STOP]].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::writing::{field, i64, structure, text};
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<(i16, Value<'_>)>, Malformed> {
        let mut fields = Fields::of(bytes);
        let mut found = Vec::new();
        while let Some(field) = fields.next()? {
            found.push(field);
        }
        Ok(found)
    }

    /// The test vector of formats.md 3.2.
    const VECTOR: &[u8] = b"\x0b\0\x14\0\0\0\x01c\x0b\0\x1e\0\0\0\x05UTF-8\x0a\0\x32\0\0\0\0\0\0\0\x01\
        \x0b\0\x3c\0\0\0\x09192.0.2.1\x0b\0\x6e\0\0\0\x02/i\x0b\x7a\x69\0\0\0\x01s\0";

    #[test]
    fn reads_the_test_vector() {
        assert_eq!(VECTOR.len(), 65);
        let expected = vec![
            (20, Value::Bytes(b"c")),
            (30, Value::Bytes(b"UTF-8")),
            (50, Value::I64(1)),
            (60, Value::Bytes(b"192.0.2.1")),
            (110, Value::Bytes(b"/i")),
            (31337, Value::Bytes(b"s")),
        ];
        assert_eq!(all(VECTOR), Ok(expected));
        assert_eq!(all(&[STOP]), Ok(vec![]));
    }

    #[test]
    fn refuses_what_is_cut_off_or_goes_on() {
        for end in 0..VECTOR.len() {
            assert_eq!(all(&VECTOR[..end]), Err(Malformed), "cut off at {end}");
        }
        for more in [&b"\0"[..], b"\n", VECTOR] {
            assert_eq!(all(&[VECTOR, more].concat()), Err(Malformed), "{more:02x?}");
        }
    }

    /// A value of each type that is passed over.
    const OTHERS: [(u8, &[u8]); 15] = [
        (BOOL, b"\x01"),
        (BYTE, b"\x7f"),
        (DOUBLE, b"\x3f\xf0\0\0\0\0\0\0"),
        (I16, b"\0\x01"),
        (I32, b"\0\0\0\x01"),
        (STRUCT, b"\0"),
        (STRUCT, b"\x0a\0\x01\0\0\0\0\0\0\0\0\x0c\0\x02\x02\0\x01\x01\0\0"),
        (MAP, b"\0\0\0\0\0\0"),
        (MAP, b"\x0b\x08\0\0\0\x01\0\0\0\x01k\0\0\0\x01"),
        (SET, b"\x06\0\0\0\x02\0\x01\0\x02"),
        (SET, b"\x0d\0\0\0\x01\x02\x03\0\0\0\x01\x01\x02"),
        (LIST, b"\x0b\0\0\0\x02\0\0\0\x01a\0\0\0\0"),
        (LIST, b"\x0f\0\0\0\x01\x04\0\0\0\x01\0\0\0\0\0\0\0\0"),
        (LIST, b"\x0c\0\0\0\x03\0\0\0"),
        (LIST, b"\0\0\0\0\0"),
    ];

    #[test]
    fn passes_over_every_other_type() {
        for (kind, value) in OTHERS {
            let bytes = structure(&[field(kind, -7, value), i64(50, -1)]);
            assert_eq!(all(&bytes), Ok(vec![(-7, Value::Other), (50, Value::I64(-1))]), "{kind} {value:02x?}");
            for end in 0..bytes.len() {
                assert_eq!(all(&bytes[..end]), Err(Malformed), "{kind} {value:02x?} cut off at {end}");
            }
        }
        for kind in 0..=255 {
            let known = OTHERS.iter().any(|(other, _)| *other == kind) || matches!(kind, I64 | TEXT);
            assert_eq!(is_type(kind), known, "{kind}");
            // Enough for any of them.
            let zeros = field(kind, 1, &[0; 8]);
            assert_eq!(Fields::of(&zeros).next().is_ok_and(|field| field.is_some()), known, "{kind}");
        }
    }

    #[test]
    fn a_length_or_count_beyond_the_bytes_is_refused_at_once() {
        for stated in [i32::MIN, -1, 5, 1 << 24, i32::MAX] {
            let stated = stated.to_be_bytes();
            let values = [
                (TEXT, [&stated[..], b"four"].concat()),
                (LIST, [&[BOOL], &stated[..], b"four"].concat()),
                (SET, [&[STRUCT], &stated[..], &[0; 4]].concat()),
                (MAP, [&[BYTE, BYTE], &stated[..], b"four"].concat()),
            ];
            for (kind, value) in values {
                assert_eq!(Fields::of(&field(kind, 1, &value)).next(), Err(Malformed), "{kind} {stated:02x?}");
            }
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        // Each level is a list of one; the innermost holds nothing.
        let nested = |levels: usize| {
            let mut value = [LIST, 0, 0, 0, 1].repeat(levels - 1);
            value.extend([BOOL, 0, 0, 0, 0]);
            structure(&[field(LIST, 1, &value)])
        };
        assert_eq!(all(&nested(usize::from(DEPTH) + 1)), Ok(vec![(1, Value::Other)]));
        assert!(all(&nested(usize::from(DEPTH) + 2)).is_err());
        assert!(all(&nested(1_000_000)).is_err());
        for (kind, level) in
            [(STRUCT, &[STRUCT, 0, 1][..]), (MAP, &[MAP, BOOL, 0, 0, 0, 1]), (MAP, &[BYTE, MAP, 0, 0, 0, 1, 7])]
        {
            assert_eq!(all(&field(kind, 1, &level.repeat(1_000_000))), Err(Malformed), "{level:?}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_malformed() {
        assert_eq!(Value::I64(1).text(), Err(Malformed));
        assert_eq!(Value::Bytes(b"\xff").text(), Err(Malformed));
        assert_eq!(Value::Bytes(b"x").i64(), Err(Malformed));
        assert_eq!(Value::Other.i64(), Err(Malformed));
        assert_eq!(Value::Other.text(), Err(Malformed));
    }

    #[test]
    fn what_is_written_is_read() {
        arbtest::arbtest(|u| {
            let numbers: Vec<(i16, Result<i64, Vec<u8>>)> = u.arbitrary()?;
            let fields: Vec<Vec<u8>> = numbers
                .iter()
                .map(|(number, value)| match value {
                    Ok(value) => i64(*number, *value),
                    Err(bytes) => text(*number, bytes),
                })
                .collect();
            let expected = numbers.iter().map(|(number, value)| match value {
                Ok(value) => (*number, Value::I64(*value)),
                Err(bytes) => (*number, Value::Bytes(bytes)),
            });
            assert_eq!(all(&structure(&fields)), Ok(expected.collect()));
            Ok(())
        });
    }

    #[test]
    fn no_bytes_make_it_panic() {
        arbtest::arbtest(|u| {
            let kind = *u.choose(&[BOOL, STRUCT, MAP, SET, LIST])?;
            let value: Vec<u8> = u.arbitrary()?;
            let _ = all(&field(kind, 1, &value));
            let _ = all(&value);
            Ok(())
        });
    }
}
