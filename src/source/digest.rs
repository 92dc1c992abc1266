//! The identity of a dump: a digest of its bytes as they lie on disk.
//!
//! The first 16 bytes of BLAKE3. Of the compressed form, because that is what is copied, listed and
//! compared; the same events compressed twice are two dumps, and what they share is found by event id.
//! 128 bits are enough for identity: nobody gains by making two dumps collide.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// The digest of one dump, or of a set of them (the id of a batch).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 16]);

/// A text that is not a digest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected 32 lower-case hexadecimal digits, found {found:?}")]
pub struct DigestError {
    /// The text.
    pub found: String,
}

impl Digest {
    /// The digest of bytes in memory.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::first_half(&blake3::hash(bytes))
    }

    /// The digest of everything a reader gives.
    ///
    /// # Errors
    /// What reading gives.
    pub fn of_reader(reader: impl Read) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(reader)?;
        Ok(Self::first_half(&hasher.finalize()))
    }

    /// One digest for several: of their sorted concatenation, so that the order does not matter. How
    /// often each is there does.
    pub fn combine(digests: &[Self]) -> Self {
        let mut sorted = digests.to_vec();
        sorted.sort_unstable();
        let mut hasher = blake3::Hasher::new();
        for digest in &sorted {
            hasher.update(&digest.0);
        }
        Self::first_half(&hasher.finalize())
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn first_half(hash: &blake3::Hash) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&hash.as_bytes()[..16]);
        Self(half)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    /// Reads what `Display` writes. Upper-case digits are refused: a digest is part of file names, and
    /// one batch must have one name.
    fn from_str(text: &str) -> Result<Self, DigestError> {
        let refuse = || DigestError { found: text.chars().take(64).collect() };
        let digits = text.as_bytes();
        if digits.len() != 32 {
            return Err(refuse());
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let (Some(high), Some(low)) = (value(pair[0]), value(pair[1])) else {
                return Err(refuse());
            };
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'d> Deserialize<'d> for Digest {
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl de::Visitor<'_> for Text {
            type Value = Digest;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text of a digest")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Digest, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_first_half_of_blake3() {
        // The published BLAKE3 of no bytes.
        assert_eq!(Digest::of_bytes(b"").to_string(), "af1349b9f5f9a1a6a0404dea36dcc949");
    }

    #[test]
    fn a_reader_gives_the_digest_of_its_bytes() {
        let bytes: Vec<u8> = (0..300_000u32).map(|n| (n % 251) as u8).collect();
        assert_eq!(Digest::of_reader(&bytes[..]).unwrap(), Digest::of_bytes(&bytes));
    }

    #[test]
    fn the_text_form_is_read_back() {
        let digest = Digest::of_bytes(b"a dump");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(format!("{digest:?}"), format!("Digest({digest})"));
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!((json.len(), serde_json::from_str(&json).ok()), (34, Some(digest)));
        assert!(serde_json::from_str::<Digest>("\"0\"").is_err());
    }

    #[test]
    fn other_texts_are_refused() {
        let digest = Digest::of_bytes(b"").to_string();
        for text in ["", &digest[1..], &digest.to_uppercase(), &digest.replace('a', "g"), "é"] {
            assert_eq!(text.parse::<Digest>(), Err(DigestError { found: text.to_owned() }));
        }
    }

    #[test]
    fn combining_ignores_the_order_and_nothing_else() {
        let [a, b] = [Digest::of_bytes(b"a"), Digest::of_bytes(b"b")];
        assert_eq!(Digest::combine(&[a, b]), Digest::combine(&[b, a]));
        assert_ne!(Digest::combine(&[a, b]), Digest::combine(&[a]));
        assert_ne!(Digest::combine(&[a, a]), Digest::combine(&[a]));
        assert_ne!(Digest::combine(&[a]), a);
    }
}
