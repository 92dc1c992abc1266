//! Keyed pseudonyms: how an identifier may be kept without being kept.

mod pseudonym;

pub use pseudonym::{Domain, Key, Pseudonym, Pseudonymizer};
