//! The identifiers of an event. Each is a pseudonym from the moment it exists: no raw one is ever stored.

use std::fmt;

use crate::privacy::{Domain, Pseudonym, Pseudonymizer};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $domain:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Pseudonym);

        impl $name {
            /// What kind of identifier it is.
            pub const DOMAIN: Domain = $domain;

            /// The pseudonym of a raw id; `None` for an empty one.
            pub fn new(pseudonymizer: &Pseudonymizer, raw: &str) -> Option<Self> {
                let raw = raw.trim_ascii();
                (!raw.is_empty()).then(|| Self(pseudonymizer.pseudonym(Self::DOMAIN, raw)))
            }

            /// The pseudonym as it is written.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.0)
            }
        }
    };
}

id! {
    /// One event; rows with the same one are the same event.
    EventId, Domain::Event
}
id! {
    /// One run of one dbt command.
    InvocationId, Domain::Invocation
}
id! {
    /// The machine user's persistent id, from `.user.yml`; a new one for each run in most CI.
    UserId, Domain::User
}
id! {
    /// The MD5 of the project's name. Projects of one name share it: a project is this and the account.
    ProjectId, Domain::Project
}
id! {
    /// The MD5 of the warehouse account, host or database (`adapter_unique_id`).
    AdapterUniqueId, Domain::Account
}
id! {
    /// The MD5 of the node's unique id (`model_id`).
    NodeId, Domain::Node
}
id! {
    /// The MD5 of the node's raw code (`hashed_contents`).
    ContentsId, Domain::Contents
}
id! {
    /// One run of one node in dbt 2 (`run_model_id`).
    NodeRunId, Domain::NodeRun
}
id! {
    /// The MD5 of a package's name or place.
    PackageId, Domain::Package
}
id! {
    /// A catalog's name.
    CatalogId, Domain::Catalog
}

/// Whether a text has the form of a UUID: 8-4-4-4-12 hexadecimal digits.
pub fn is_uuid(text: &str) -> bool {
    let text = text.as_bytes();
    text.len() == 36
        && text.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::Key;

    #[test]
    fn an_empty_id_is_absent() {
        let key = Key::from_secret(b"a secret of some length").expect("long enough");
        let pseudonymizer = Pseudonymizer::new(&key);
        assert_eq!(ProjectId::new(&pseudonymizer, " "), None);
        assert!(ProjectId::new(&pseudonymizer, "06e5b98c2db46f8a72cc4f66410e9b3b").is_some());
    }

    #[test]
    fn knows_a_uuid() {
        assert!(is_uuid("5f0d8e5a-8a3e-4c3b-9a92-0d5f4a1b2c3d"));
        assert!(is_uuid("5F0D8E5A-8A3E-4C3B-9A92-0D5F4A1B2C3D"));
        assert!(!is_uuid("5f0d8e5a-8a3e-4c3b-9a92-0d5f4a1b2c3"));
        assert!(!is_uuid("5f0d8e5a08a3e-4c3b-9a92-0d5f4a1b2c3d"));
        assert!(!is_uuid("gf0d8e5a-8a3e-4c3b-9a92-0d5f4a1b2c3d"));
    }
}
