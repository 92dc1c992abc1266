//! Identifiers: of the form that dbt's have, and made of random numbers alone.

use std::fmt;

use serde::Serialize;
use serde::ser::Serializer;

use super::dice::Dice;

/// A text of a fixed length, ASCII.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<const N: usize>([u8; N]);

/// What stands for an MD5: 32 hexadecimal digits.
pub type Md5 = Text<32>;

/// A UUID, in lower case.
pub type Uuid = Text<36>;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

impl<const N: usize> Text<N> {
    /// It as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_else(|_| unreachable!("it is ASCII"))
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> Serialize for Text<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

fn digits(bits: u128) -> [u8; 32] {
    std::array::from_fn(|place| DIGITS[(bits >> (124 - 4 * place)) as usize & 15])
}

fn bits(dice: &mut Dice) -> u128 {
    u128::from(dice.word()) << 64 | u128::from(dice.word())
}

/// What dbt would send instead of a name.
pub fn md5(dice: &mut Dice) -> Md5 {
    Text(digits(bits(dice)))
}

/// What dbt would send instead of the name of the thing of a number (`of` says whose and of what kind): the same whenever
/// it is asked.
pub fn md5_of(of: u64, number: u64) -> Md5 {
    md5(&mut Dice::new(of ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

fn uuid(bits: u128, version: u128) -> Uuid {
    let bits = bits & !(0xf << 76) | version << 76;
    let digits = digits(bits & !(0b11 << 62) | 0b10 << 62);
    let mut text = [b'-'; 36];
    let groups = [(0, 0, 8), (9, 8, 4), (14, 12, 4), (19, 16, 4), (24, 20, 12)];
    for (to, from, length) in groups {
        text[to..to + length].copy_from_slice(&digits[from..from + length]);
    }
    Text(text)
}

/// A UUID at random, version 4: what dbt 1 and its tracker make.
pub fn uuid4(dice: &mut Dice) -> Uuid {
    uuid(bits(dice), 4)
}

/// A UUID that says when it was made, in milliseconds since 1970, version 7: what dbt 2 makes of an invocation.
pub fn uuid7(dice: &mut Dice, millis: i64) -> Uuid {
    let when = u128::from(millis.unsigned_abs()) << 80;
    uuid(when | bits(dice) >> 48, 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_say_their_version_and_the_second_one_its_time() {
        let mut dice = Dice::new(3);
        for _ in 0..100 {
            let random = uuid4(&mut dice);
            assert_eq!(&random.as_str()[14..15], "4", "{random}");
            assert!("89ab".contains(&random.as_str()[19..20]), "{random}");
        }
        let timed = uuid7(&mut dice, 0x0123_4567_89ab);
        assert!(timed.as_str().starts_with("01234567-89ab-7"), "{timed}");
        assert!("89ab".contains(&timed.as_str()[19..20]), "{timed}");
    }

    #[test]
    fn what_stands_for_a_name_is_the_same_whenever_it_is_asked() {
        assert_eq!(md5_of(1, 2), md5_of(1, 2));
        assert_ne!(md5_of(1, 2), md5_of(1, 3));
        assert_ne!(md5_of(1, 2), md5_of(2, 2));
    }
}
