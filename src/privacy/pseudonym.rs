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
///
/// A key that was rotated has several links: what the first makes of an identifier is hashed again with the second, and
/// so on. So a lake whose dumps are gone can be given another key, and who has the earlier links alone has nothing.
#[derive(Clone)]
pub struct Key {
    first: [u8; 32],
    later: Vec<[u8; 32]>,
}

impl Key {
    /// The shortest secret that is taken, in bytes.
    pub const MIN_BYTES: usize = 16;

    /// The first line of a secret with several links, one a line.
    pub const CHAIN: &str = "usage-report key chain";

    /// Derives the key from a secret text or file content of any length; white space around it does not count. Where its
    /// first line is [`Key::CHAIN`], each of the others is a link, as [`Key::chain`] writes them.
    ///
    /// `None` when it has fewer than [`Key::MIN_BYTES`] bytes: a guessable key protects nothing. And where a line is no link.
    pub fn from_secret(secret: &[u8]) -> Option<Self> {
        let secret = secret.trim_ascii();
        match secret.strip_prefix(Self::CHAIN.as_bytes()) {
            Some(links) if links.is_empty() || links.starts_with(b"\n") || links.starts_with(b"\r\n") => {
                let links = links.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
                let mut links = links.filter(|link| !link.is_empty()).map(link);
                let (first, later) = (links.next()??, links.collect::<Option<_>>()?);
                Some(Self { first, later })
            }
            _ if secret.len() < Self::MIN_BYTES => None,
            _ => {
                let first = blake3::derive_key("usage-report 2026 deployment key", secret);
                Some(Self { first, later: Vec::new() })
            }
        }
    }

    /// The key with one link more, made of random bytes.
    #[must_use]
    pub fn rotated(&self, link: [u8; 32]) -> Self {
        Self { first: self.first, later: self.later.iter().copied().chain([link]).collect() }
    }

    /// The secret of a key with several links, to be kept in a file. Of what the first was made of nothing is in it.
    pub fn chain(&self) -> String {
        let lines = self.links().map(|link| blake3::Hash::from_bytes(*link).to_hex().to_string());
        std::iter::once(Self::CHAIN.to_owned()).chain(lines).map(|line| line + "\n").collect()
    }

    /// A digest that tells two keys apart without telling anything of either; receipts carry it. With how many links
    /// there are, if there are several.
    pub fn fingerprint(&self) -> String {
        let links: Vec<u8> = self.links().flatten().copied().collect();
        let derived = blake3::derive_key("usage-report 2026 key fingerprint", &links);
        let digest = URL_SAFE_NO_PAD.encode(&derived[..12]);
        if self.later.is_empty() { digest } else { format!("{digest}.{}", self.links().count()) }
    }

    /// The key without its last link; `None` if it has but one.
    pub fn before(&self) -> Option<Self> {
        let (_, earlier) = self.later.split_last()?;
        Some(Self { first: self.first, later: earlier.to_vec() })
    }

    /// Bytes for a purpose of their own, which tell nothing of the key. The last link makes them.
    pub(super) fn derive(&self, purpose: &str) -> [u8; 32] {
        blake3::derive_key(purpose, self.later.last().unwrap_or(&self.first))
    }

    fn links(&self) -> impl Iterator<Item = &[u8; 32]> {
        std::iter::once(&self.first).chain(&self.later)
    }
}

/// A link of a key, from its line.
fn link(line: &[u8]) -> Option<[u8; 32]> {
    blake3::Hash::from_hex(line).ok().map(Into::into)
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(redacted)")
    }
}

/// What kind of identifier is hashed. Equal texts in different domains get unrelated pseudonyms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Every domain, with the context of its key. Tombstones say a domain by its place here: new ones go to the end.
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

    /// The domain at a place of the list.
    pub(super) fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).map(|(domain, _)| *domain)
    }
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

    /// The pseudonym that was written as this text; `None` if none is.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bits = [0_u8; BITS];
        let written = URL_SAFE_NO_PAD.decode_slice(text, &mut bits).ok()?;
        (written == BITS).then(|| Self::of_bits(&bits))
    }

    /// The 96 bits.
    pub(super) fn bits(&self) -> [u8; BITS] {
        let mut bits = [0_u8; BITS];
        let read = URL_SAFE_NO_PAD.decode_slice(self.0, &mut bits);
        debug_assert_eq!(read, Ok(BITS));
        bits
    }

    pub(super) fn of_bits(bits: &[u8; BITS]) -> Self {
        let mut text = [0_u8; Self::LEN];
        // 12 bytes are exactly 16 characters, so this cannot run out of room.
        let written = URL_SAFE_NO_PAD.encode_slice(bits, &mut text);
        debug_assert_eq!(written, Ok(Self::LEN));
        Self(text)
    }
}

/// Bytes of hash in a pseudonym.
pub(super) const BITS: usize = 12;

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many bytes of an identifier are looked at together. All but odd ones are shorter.
const PART: usize = 64;

/// One key for each domain.
type Keys = [[u8; 32]; Domain::ALL.len()];

/// Makes pseudonyms with the keys derived from one deployment's [`Key`].
#[derive(Clone)]
pub struct Pseudonymizer {
    first: Keys,
    later: Vec<Keys>,
}

impl Pseudonymizer {
    /// Derives one key for each domain and link.
    pub fn new(key: &Key) -> Self {
        let keys = |link: &[u8; 32]| Domain::ALL.map(|(_, context)| blake3::derive_key(context, link));
        Self { first: keys(&key.first), later: key.later.iter().map(keys).collect() }
    }

    /// The pseudonym of an identifier: letters count as lower case, so that two spellings of one UUID are one.
    pub fn pseudonym(&self, domain: Domain, text: &str) -> Pseudonym {
        let (key, text) = (&self.first[domain as usize], text.as_bytes());
        let mut lower = [0; PART];
        let first = match lower.get_mut(..text.len()) {
            // Nearly every one. A hasher that takes parts has kilobytes to set up.
            Some(lower) => blake3::keyed_hash(key, lowered(text, lower)),
            None => {
                let mut hasher = blake3::Hasher::new_keyed(key);
                for part in text.chunks(PART) {
                    hasher.update(lowered(part, &mut lower[..part.len()]));
                }
                hasher.finalize()
            }
        };
        let first = pseudonym_of(&first);
        self.later.iter().fold(first, |earlier, keys| hash_again(&keys[domain as usize], earlier))
    }

    /// What the last link makes of a pseudonym that the links before it have made: with a key that was rotated, that of
    /// the same identifier.
    pub fn rotate(&self, domain: Domain, earlier: Pseudonym) -> Pseudonym {
        let keys = self.later.last().unwrap_or(&self.first);
        hash_again(&keys[domain as usize], earlier)
    }
}

/// A text in lower case, in a place of its length.
fn lowered<'p>(text: &[u8], place: &'p mut [u8]) -> &'p [u8] {
    place.copy_from_slice(text);
    place.make_ascii_lowercase();
    place
}

fn hash_again(key: &[u8; 32], earlier: Pseudonym) -> Pseudonym {
    pseudonym_of(&blake3::keyed_hash(key, &earlier.bits()))
}

fn pseudonym_of(hash: &blake3::Hash) -> Pseudonym {
    let mut bits = [0_u8; BITS];
    bits.copy_from_slice(&hash.as_bytes()[..BITS]);
    Pseudonym::of_bits(&bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_identifier_is_hashed_as_a_short_one_is() {
        let of = pseudonymizer("a secret of some length");
        for length in [0, 1, PART - 1, PART, PART + 1, 3 * PART, 5000] {
            let text = "aB".repeat(length);
            let whole = blake3::keyed_hash(&of.first[Domain::User as usize], text.to_ascii_lowercase().as_bytes());
            assert_eq!(of.pseudonym(Domain::User, &text), pseudonym_of(&whole), "{length}");
        }
    }

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
    fn a_rotated_key_makes_of_the_old_pseudonym_what_it_makes_of_the_id() {
        let key = |secret: &str| Key::from_secret(secret.as_bytes());
        let old = key("a secret of some length").expect("a key");
        let new = old.rotated([7; 32]);
        let (before, after) = (Pseudonymizer::new(&old), Pseudonymizer::new(&new));
        let id = "0D7AB3A5-5c1c-4f0b-9a68-2f3f6a0b7c11";
        let pseudonym = before.pseudonym(Domain::User, id);
        assert_eq!(after.rotate(Domain::User, pseudonym), after.pseudonym(Domain::User, id));
        assert_ne!(after.pseudonym(Domain::User, id), pseudonym);
        assert_ne!(after.rotate(Domain::Project, pseudonym), after.pseudonym(Domain::User, id));

        assert_ne!(new.fingerprint(), old.fingerprint());
        assert_eq!(new.before().expect("two links").fingerprint(), old.fingerprint());
        assert!(old.before().is_none());
        let third = new.rotated([8; 32]);
        assert_eq!(third.before().expect("three links").fingerprint(), new.fingerprint());
        let again = Pseudonymizer::new(&third).rotate(Domain::User, after.pseudonym(Domain::User, id));
        assert_eq!(again, Pseudonymizer::new(&third).pseudonym(Domain::User, id));

        // As a file has it.
        let text = third.chain();
        assert!(!text.contains("a secret") && text.lines().count() == 4, "{text}");
        for text in [text.clone(), text.replace('\n', "\r\n"), format!("\n{text}\n\n")] {
            assert_eq!(key(&text).expect("a key").fingerprint(), third.fingerprint());
        }
        // A link that is none, and no link.
        for none in
            [text.replace("0707", "070"), text + "another secret of some length", Key::CHAIN.to_owned() + "\n\n"]
        {
            assert!(key(&none).is_none(), "{none}");
        }
        // What only begins like a chain is a secret.
        assert!(key("usage-report key chains\nof some length\nand more").expect("a key").before().is_none());
    }

    #[test]
    fn is_read_as_it_was_written() {
        let pseudonym = pseudonymizer("a secret of some length").pseudonym(Domain::User, "somebody");
        assert_eq!(Pseudonym::parse(pseudonym.as_str()), Some(pseudonym));
        for no_pseudonym in ["", "0123456789abcde", "0123456789abcdefg", "0123456789abcde+", "0123456789abcdef0123"] {
            assert_eq!(Pseudonym::parse(no_pseudonym), None, "{no_pseudonym}");
        }
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
