//! Pseudonyms as numbers: 16 letters are 128 bits, which are compared and looked up at once.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use polars::prelude::*;

/// How numbers of pseudonyms are hashed.
pub(super) type IdHasher = BuildHasherDefault<Identity>;

/// A set of them.
pub(super) type IdSet = HashSet<u128, IdHasher>;

/// A hasher for keys that are hashes already: it takes them nearly as they are.
#[derive(Default)]
pub(super) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            // Base64 letters leave bits unused; the multiplication spreads the others over the word.
            self.0 = (self.0 ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.write(&key.to_le_bytes());
    }
}

/// The number of a pseudonym in a column of this name.
///
/// # Errors
/// When it is none.
pub(super) fn number(column: &str, id: &str) -> PolarsResult<u128> {
    let letters: Result<[u8; 16], _> = id.as_bytes().try_into();
    letters
        .map(u128::from_le_bytes)
        .map_err(|_| polars_err!(ComputeError: "column {column} holds something that is no pseudonym"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_have_numbers_of_their_own_and_nothing_else_has_one() {
        let ids = ["AAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAB", "BAAAAAAAAAAAAAAA"];
        let numbers = ids.iter().map(|id| number("id", id)).collect::<PolarsResult<IdSet>>().expect("pseudonyms");
        assert_eq!(numbers.len(), ids.len());
        for id in ["", "AAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAA"] {
            let refused = number("event_id", id).expect_err("no pseudonym");
            assert!(refused.to_string().contains("event_id"), "{refused}");
        }
    }
}
