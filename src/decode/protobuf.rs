//! The wire format of protocol buffers, as much as is needed: fields of a message, borrowed from its bytes, and a
//! message written anew.
//!
//! Written out because the messages are few, are read once and are borrowed, where a generated decoder
//! would allocate a text for every field, those that may not be kept included.

use super::limits::Limits;
use super::refusal::{Reason, Refusal};

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// An integer, a flag or an enumeration.
    Varint(u64),
    /// Eight bytes: a double, here.
    Fixed64(u64),
    /// Four bytes: nothing that dbt sends.
    Fixed32(u32),
    /// Text, bytes or a message.
    Bytes(&'a [u8]),
}

/// Bytes that are no message (cut off, or of a wire type that is not in use), or a value that is not of the type asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        Reason::NotProtobuf.into()
    }
}

/// Reads the fields of one message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The fields of a message.
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// The next field: its number and value; `None` at the end. After what is malformed nothing is found.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Value<'a>)>, Malformed> {
        if self.0.is_empty() {
            return Ok(None);
        }
        self.field().map(Some).inspect_err(|_| self.0 = &[])
    }

    fn field(&mut self) -> Result<(u32, Value<'a>), Malformed> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| Malformed)?;
        // Field numbers start at 1.
        if number == 0 {
            return Err(Malformed);
        }
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
                let (bytes, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
                self.0 = rest;
                Value::Bytes(bytes)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.array()?)),
            // Groups, which proto3 does not have, and two numbers that mean nothing.
            _ => return Err(Malformed),
        };
        Ok((number, value))
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0_u64;
        for (place, byte) in self.0.iter().enumerate().take(10) {
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit.
            if place == 9 && bits > 1 {
                return Err(Malformed);
            }
            number |= bits << (7 * place);
            if byte & 0x80 == 0 {
                self.0 = &self.0[place + 1..];
                return Ok(number);
            }
        }
        Err(Malformed)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (bytes, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*bytes)
    }
}

impl<'a> Value<'a> {
    /// Refuses a text, bytes or a message that are longer than a string may be.
    pub(super) fn check(self, limits: &Limits) -> Result<(), Reason> {
        match self {
            Self::Bytes(bytes) => limits.check_string(bytes),
            _ => Ok(()),
        }
    }

    /// Text.
    pub(super) fn text(self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }

    /// Bytes, or the bytes of a message.
    pub(super) fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    /// An unsigned integer or an enumeration.
    pub(super) fn number(self) -> Result<u64, Malformed> {
        match self {
            Self::Varint(number) => Ok(number),
            _ => Err(Malformed),
        }
    }

    /// An `int32`: negative ones are sent as 64 bits.
    pub(super) fn int32(self) -> Result<i32, Malformed> {
        i32::try_from(self.number()?.cast_signed()).map_err(|_| Malformed)
    }

    /// A flag.
    pub(super) fn flag(self) -> Result<bool, Malformed> {
        Ok(self.number()? != 0)
    }

    /// A `double`.
    pub(super) fn double(self) -> Result<f64, Malformed> {
        match self {
            Self::Fixed64(bits) => Ok(f64::from_bits(bits)),
            _ => Err(Malformed),
        }
    }
}

/// Writes the fields of one message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// A text, bytes or a message.
    pub(crate) fn bytes(&mut self, number: u32, bytes: &[u8]) {
        self.tag(number, 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// An unsigned integer.
    pub(crate) fn number(&mut self, number: u32, value: u64) {
        self.tag(number, 0);
        self.varint(value);
    }

    /// An `int32` or an enumeration: a negative one takes all 64 bits.
    pub(crate) fn int32(&mut self, number: u32, value: i32) {
        self.number(number, i64::from(value).cast_unsigned());
    }

    /// A flag.
    pub(crate) fn flag(&mut self, number: u32, value: bool) {
        self.number(number, u64::from(value));
    }

    /// A `double`.
    pub(crate) fn double(&mut self, number: u32, value: f64) {
        self.tag(number, 1);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// The message.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn tag(&mut self, number: u32, wire_type: u64) {
        self.varint(u64::from(number) << 3 | wire_type);
    }

    /// A number alone, as it is written before a message that is one of several.
    pub(crate) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(message: &[u8]) -> Result<Vec<(u32, Value<'_>)>, Malformed> {
        let mut fields = Fields::of(message);
        let mut found = Vec::new();
        while let Some(field) = fields.next()? {
            found.push(field);
        }
        Ok(found)
    }

    #[test]
    fn reads_every_wire_type() {
        assert_eq!(all(b"\x08\x96\x01"), Ok(vec![(1, Value::Varint(150))]));
        assert_eq!(all(b"\x12\x02hi"), Ok(vec![(2, Value::Bytes(b"hi"))]));
        assert_eq!(all(b"\x19\0\0\0\0\0\0\xf0\x3f").map(|f| f[0].1.double()), Ok(Ok(1.0)));
        assert_eq!(all(b"\x25\x01\0\0\0"), Ok(vec![(4, Value::Fixed32(1))]));
        assert_eq!(all(b""), Ok(vec![]));
        let minus_one = b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        assert_eq!(all(minus_one).map(|f| f[0].1.int32()), Ok(Ok(-1)));
    }

    #[test]
    fn refuses_what_is_no_message() {
        for bytes in [
            &b"\x00"[..],                                    // field 0
            b"\x0a\x7fshort",                                // longer than what is left
            b"{}",                                           // a group
            b"\x08",                                         // cut off in the value
            b"\x80",                                         // cut off in the tag
            b"\x19\0\0\0",                                   // cut off in a double
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", // 65 bits
        ] {
            assert_eq!(all(bytes), Err(Malformed), "{bytes:02x?}");
        }
        assert!(all(&[0xff; 40]).is_err());
    }

    #[test]
    fn a_value_of_another_type_is_malformed() {
        assert_eq!(Value::Varint(1).text(), Err(Malformed));
        assert_eq!(Value::Bytes(b"\xff").text(), Err(Malformed));
        assert_eq!(Value::Bytes(b"x").double(), Err(Malformed));
        assert_eq!(Value::Varint(1 << 40).int32(), Err(Malformed));
    }

    #[test]
    fn nothing_is_found_after_what_is_malformed() {
        let mut fields = Fields::of(b"\x08\x01\x00\x08\x01");
        assert_eq!(fields.next(), Ok(Some((1, Value::Varint(1)))));
        assert_eq!(fields.next(), Err(Malformed));
        assert_eq!(fields.next(), Ok(None));
    }

    #[test]
    fn only_bytes_can_be_too_long() {
        let limits = Limits { string: 2, ..Limits::default() };
        assert_eq!(Value::Bytes(b"hi").check(&limits), Ok(()));
        assert_eq!(Value::Bytes(b"hi!").check(&limits), Err(Reason::StringTooLong));
        assert_eq!(Value::Varint(1 << 40).check(&limits), Ok(()));
    }

    #[test]
    fn writes_what_it_reads() {
        let mut writer = Writer::default();
        writer.number(1, 150);
        writer.bytes(2, b"hi");
        writer.double(3, 1.0);
        writer.int32(4, -1);
        writer.flag(16, true);
        let message = writer.finish();
        assert_eq!(
            message,
            b"\x08\x96\x01\x12\x02hi\x19\0\0\0\0\0\0\xf0\x3f\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x80\x01\x01"
        );
        let mut writer = Writer::default();
        writer.bytes(1, &[b'x'; 300]);
        writer.number(2, u64::MAX);
        let message = writer.finish();
        assert_eq!(all(&message), Ok(vec![(1, Value::Bytes(&[b'x'; 300])), (2, Value::Varint(u64::MAX))]));
    }
}
