//! Keyed pseudonyms: how an identifier may be kept without being kept; and tombstones: how it is remembered that one may not
//! be kept at all.

mod pseudonym;
mod tombstone;

pub use pseudonym::{Domain, Key, Pseudonym, Pseudonymizer};
pub use tombstone::{Sealer, Tombstone};
