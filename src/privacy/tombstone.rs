//! A tombstone says that nothing may be kept of an identifier, and tells nobody but who has the key of which.
//!
//! It is the identifier's pseudonym, encrypted with a key of its own: AES of one block, which holds the pseudonym, its
//! domain and zeros. So it cannot be linked with a pseudonym in an old copy of the data, and a lake that is given another
//! key can be given its tombstones again.

use std::fmt;

use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::pseudonym::{BITS, Domain, Key, Pseudonym};

/// Bytes in a block.
const BLOCK: usize = 16;

/// An encrypted pseudonym, as 22 characters of url-safe base64.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tombstone(String);

impl Tombstone {
    /// The text that is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tombstone that was written as this text; that it is one is seen when it is opened.
    pub fn new(text: String) -> Self {
        Self(text)
    }
}

/// Makes tombstones and opens them again.
pub struct Sealer(Aes256);

impl Sealer {
    /// That of a deployment's key.
    pub fn new(key: &Key) -> Self {
        Self(Aes256::new(&Array(key.derive("usage-report 2026 tombstones"))))
    }

    /// The tombstone of a pseudonym.
    pub fn seal(&self, domain: Domain, pseudonym: Pseudonym) -> Tombstone {
        let mut block = [0_u8; BLOCK];
        block[..BITS].copy_from_slice(&pseudonym.bits());
        block[BITS] = domain as u8;
        let mut block = Array(block);
        self.0.encrypt_block(&mut block);
        Tombstone(URL_SAFE_NO_PAD.encode(block))
    }

    /// The pseudonym in a tombstone, if it is one of a domain; `None` if another key made it.
    pub fn open(&self, tombstone: &Tombstone) -> Option<(Domain, Pseudonym)> {
        let mut block = [0_u8; BLOCK];
        let written = URL_SAFE_NO_PAD.decode_slice(&tombstone.0, &mut block).ok()?;
        let mut block = Array(block);
        self.0.decrypt_block(&mut block);
        let (bits, rest) = block.split_first_chunk::<BITS>()?;
        let is_whole = written == BLOCK && rest[1..].iter().all(|byte| *byte == 0);
        Some((Domain::of_number(rest[0])?, Pseudonym::of_bits(bits))).filter(|_| is_whole)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Pseudonymizer;
    use super::*;

    fn key(secret: &str) -> Key {
        Key::from_secret(secret.as_bytes()).expect("long enough")
    }

    #[test]
    fn only_the_key_that_made_it_opens_it() {
        let one = key("a secret of some length");
        let pseudonym = Pseudonymizer::new(&one).pseudonym(Domain::User, "somebody");
        let tombstone = Sealer::new(&one).seal(Domain::User, pseudonym);
        assert_eq!(Sealer::new(&one).open(&tombstone), Some((Domain::User, pseudonym)));
        assert_eq!(Sealer::new(&key("another secret of some length")).open(&tombstone), None);
        assert_ne!(Sealer::new(&one).seal(Domain::Project, pseudonym), tombstone);
        assert!(!tombstone.as_str().contains(pseudonym.as_str()));
        for none in ["", "x", "0123456789abcdef", "0123456789abcdefABCDEF"] {
            assert_eq!(Sealer::new(&one).open(&Tombstone::new(none.to_owned())), None, "{none}");
        }
    }
}
