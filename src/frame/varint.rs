//! Unsigned varints: numbers of up to 64 bits in base 128, the lowest seven bits first. The top bit of a byte says that
//! another follows.

/// The most bytes that a varint of 64 bits takes.
const MOST: usize = 10;

/// Why bytes do not begin with a varint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoVarint {
    /// They end before it does.
    CutOff,
    /// It goes on after ten bytes, or is over 64 bits.
    TooLong,
}

/// The number that bytes begin with, and how many bytes it takes. Needless bytes of zero bits are allowed.
pub(super) fn varint(bytes: &[u8]) -> Result<(u64, usize), NoVarint> {
    let mut number = 0_u64;
    for (place, byte) in bytes.iter().take(MOST).enumerate() {
        let bits = u64::from(byte & 0x7f);
        // The tenth byte has room for one bit: 9 * 7 = 63 are taken.
        if place + 1 == MOST && bits > 1 {
            return Err(NoVarint::TooLong);
        }
        number |= bits << (7 * place);
        if byte & 0x80 == 0 {
            return Ok((number, place + 1));
        }
    }
    Err(if bytes.len() < MOST { NoVarint::CutOff } else { NoVarint::TooLong })
}

/// A number as a varint.
#[cfg(test)]
pub(super) fn encoded(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_it_was_before() {
        for number in (0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit]).chain([300, u64::MAX]) {
            let bytes = encoded(number);
            assert_eq!(varint(&[&bytes[..], b"rest"].concat()), Ok((number, bytes.len())));
            for end in 0..bytes.len() {
                assert_eq!(varint(&bytes[..end]), Err(NoVarint::CutOff), "{number} cut off at {end}");
            }
        }
        assert_eq!(varint(b"\x82\x80\x00"), Ok((2, 3)));
    }

    #[test]
    fn over_ten_bytes_or_64_bits_is_no_number() {
        for bytes in [vec![0x80; 10], vec![0xff; 30], [vec![0xff; 9], vec![0x02]].concat()] {
            assert_eq!(varint(&bytes), Err(NoVarint::TooLong), "{bytes:02x?}");
        }
    }
}
