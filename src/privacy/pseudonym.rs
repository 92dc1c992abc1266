//! A pseudonym stands for an identifier that must stay linkable but must not be readable.
//!
//! dbt hashes most of its identifiers with plain MD5, which is no protection: names such as
//! `jaffle_shop` are found by dictionary. So everything that identifies is hashed again, with the
//! deployment's key, before it is written anywhere.
//!
//! The hash is BLAKE3 in its keyed mode, one derived key for each [`Domain`], so that the same text
//! in two domains (a project and a package of one name) cannot be linked. 96 bits of it are kept,
//! as 16 characters of url-safe base64: among the 120 billion events of the largest year one
//! collision is expected with a probability of less than one in ten million, and 16 bytes are
//! compared and hashed as one machine word pair.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The deployment's secret: whoever has it can recompute pseudonyms from raw identifiers.
///
/// It is never written beside the data by choice, and never printed.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// The shortest secret that is taken, in bytes.
    pub const MIN_BYTES: usize = 16;

    /// Derives the key from a secret text or file content of any length; white space around it does not count.
    ///
    /// `None` when fewer than [`Key::MIN_BYTES`] bytes are left: a guessable key protects nothing.
    pub fn from_secret(secret: &[u8]) -> Option<Self> {
        let secret = secret.trim_ascii();
        (secret.len() >= Self::MIN_BYTES).then(|| Self(blake3::derive_key("usage-report 2026 deployment key", secret)))
    }

    /// A digest that tells two keys apart without telling anything of either; receipts carry it.
    pub fn fingerprint(&self) -> String {
        let derived = blake3::derive_key("usage-report 2026 key fingerprint", &self.0);
        URL_SAFE_NO_PAD.encode(&derived[..12])
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(redacted)")
    }
}

/// What kind of identifier is hashed. Equal texts in different domains get unrelated pseudonyms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// The id of one event.
    Event,
    /// The id of one run of one dbt command.
    Invocation,
    /// The persistent id of a machine user (`.user.yml`).
    User,
    /// The MD5 of a project name.
    Project,
    /// The MD5 of a warehouse account, host or database.
    Account,
    /// The MD5 of a node's unique id.
    Node,
    /// The MD5 of a node's raw code.
    Contents,
    /// The id of one run of one node (dbt 2).
    NodeRun,
    /// The MD5 of a package's name or place.
    Package,
    /// A catalog name.
    Catalog,
}

impl Domain {
    const ALL: [(Domain, &'static str); 10] = [
        (Domain::Event, "usage-report 2026 event id"),
        (Domain::Invocation, "usage-report 2026 invocation id"),
        (Domain::User, "usage-report 2026 user id"),
        (Domain::Project, "usage-report 2026 project id"),
        (Domain::Account, "usage-report 2026 account id"),
        (Domain::Node, "usage-report 2026 node id"),
        (Domain::Contents, "usage-report 2026 node contents"),
        (Domain::NodeRun, "usage-report 2026 node run id"),
        (Domain::Package, "usage-report 2026 package"),
        (Domain::Catalog, "usage-report 2026 catalog"),
    ];
}

/// 96 bits of a keyed hash as 16 ASCII characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym([u8; Pseudonym::LEN]);

impl Pseudonym {
    /// Characters in a pseudonym.
    pub const LEN: usize = 16;

    /// The text that is written: url-safe base64.
    pub fn as_str(&self) -> &str {
        // Base64 is ASCII by construction; an empty text could only come from a broken encoder.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Makes pseudonyms with the keys derived from one deployment's [`Key`].
#[derive(Clone)]
pub struct Pseudonymizer {
    keys: [[u8; 32]; Domain::ALL.len()],
}

impl Pseudonymizer {
    /// Derives one key for each domain.
    pub fn new(key: &Key) -> Self {
        Self { keys: Domain::ALL.map(|(_, context)| blake3::derive_key(context, &key.0)) }
    }

    /// The pseudonym of an identifier: letters count as lower case, so that two spellings of one UUID are one.
    pub fn pseudonym(&self, domain: Domain, text: &str) -> Pseudonym {
        let mut hasher = blake3::Hasher::new_keyed(&self.keys[domain as usize]);
        let mut lower = [0_u8; 64];
        for piece in text.as_bytes().chunks(lower.len()) {
            let lower = &mut lower[..piece.len()];
            lower.copy_from_slice(piece);
            lower.make_ascii_lowercase();
            hasher.update(lower);
        }
        let mut text = [0_u8; Pseudonym::LEN];
        // 12 bytes are exactly 16 characters, so this cannot run out of room.
        let written = URL_SAFE_NO_PAD.encode_slice(&hasher.finalize().as_bytes()[..12], &mut text);
        debug_assert_eq!(written, Ok(Pseudonym::LEN));
        Pseudonym(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonymizer(secret: &str) -> Pseudonymizer {
        Pseudonymizer::new(&Key::from_secret(secret.as_bytes()).expect("long enough"))
    }

    #[test]
    fn domains_are_in_the_order_of_their_keys() {
        for (place, (domain, _)) in Domain::ALL.iter().enumerate() {
            assert_eq!(*domain as usize, place);
        }
    }

    #[test]
    fn depends_on_key_and_domain_but_not_on_letter_case() {
        let one = pseudonymizer("a secret of some length");
        let other = pseudonymizer("another secret of some length");
        let id = "0D7AB3A5-5c1c-4f0b-9a68-2f3f6a0b7c11";
        let pseudonym = one.pseudonym(Domain::User, id);
        assert_eq!(pseudonym, one.pseudonym(Domain::User, &id.to_lowercase()));
        assert_ne!(pseudonym, one.pseudonym(Domain::Project, id));
        assert_ne!(pseudonym, other.pseudonym(Domain::User, id));
        assert_eq!(pseudonym.as_str().len(), Pseudonym::LEN);
    }

    #[test]
    fn takes_texts_longer_than_one_piece() {
        let one = pseudonymizer("a secret of some length");
        let long = "x".repeat(200);
        assert_ne!(one.pseudonym(Domain::Package, &long), one.pseudonym(Domain::Package, &long[..199]));
    }

    #[test]
    fn refuses_a_short_secret_and_never_prints_one() {
        assert!(Key::from_secret(b"  short  \n").is_none());
        let key = Key::from_secret(b"a secret of some length\n").expect("long enough");
        assert_eq!(format!("{key:?}"), "Key(redacted)");
        assert_eq!(key.fingerprint(), Key::from_secret(b"a secret of some length").expect("long enough").fingerprint());
    }
}
