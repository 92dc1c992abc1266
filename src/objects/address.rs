//! Names of objects.

use std::fmt;
use std::path::{Path, PathBuf};

/// What addresses begin with, as the stores' own tools have it.
const SCHEMES: [&str; 6] = ["s3", "s3a", "gs", "az", "abfs", "abfss"];

/// The name of an object, or of a folder of objects: `s3://bucket/folder/name`.
///
/// The bucket may have a form of its own (`abfss://container@account.dfs.core.windows.net`). The rest is the key as it is:
/// nothing in it is escaped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Scheme and bucket.
    bucket: String,
    /// Without slashes at its ends.
    key: String,
}

impl Address {
    /// The address that a path is; `None` if it is one of the file system.
    pub fn of(path: &Path) -> Option<Self> {
        let text = path.to_str()?;
        let (scheme, rest) = text.split_once("://")?;
        if !SCHEMES.contains(&scheme) {
            return None;
        }
        let (name, key) = rest.split_once('/').unwrap_or((rest, ""));
        let bucket = format!("{scheme}://{name}");
        (!name.is_empty()).then(|| Self { bucket, key: key.trim_matches('/').to_owned() })
    }

    /// Scheme and bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The object's name in its bucket.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The address of something below this one.
    pub fn join(&self, path: &str) -> Self {
        let path = path.trim_matches('/');
        let separator = if self.key.is_empty() || path.is_empty() { "" } else { "/" };
        Self { bucket: self.bucket.clone(), key: format!("{}{separator}{path}", self.key) }
    }

    /// The path of another object of the bucket, from this one.
    pub(super) fn below<'k>(&self, key: &'k str) -> Option<&'k str> {
        if self.key.is_empty() {
            return Some(key);
        }
        key.strip_prefix(&self.key)?.strip_prefix('/')
    }

    /// It as a path.
    pub fn to_path(&self) -> PathBuf {
        PathBuf::from(self.to_string())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.key.is_empty() { "" } else { "/" };
        write!(f, "{}{separator}{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_store_is_an_address() {
        let of = |text: &str| Address::of(Path::new(text)).map(|address| (address.bucket, address.key));
        let known = |bucket: &str, key: &str| Some((bucket.to_owned(), key.to_owned()));
        assert_eq!(of("s3://b/a/c d%.gz"), known("s3://b", "a/c d%.gz"));
        assert_eq!(of("gs://b"), known("gs://b", ""));
        assert_eq!(of("az://b/a/"), known("az://b", "a"));
        assert_eq!(
            of("abfss://c@account.dfs.core.windows.net/a"),
            known("abfss://c@account.dfs.core.windows.net", "a")
        );
        for path in ["s3:/b/a", "s3://", "s3:///a", "http://b/a", "/s3://b", "a", ""] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_leads_below_and_back() {
        let of = |text: &str| Address::of(Path::new(text)).expect("an address");
        for (folder, path, all) in
            [("s3://b/a", "c/d", "s3://b/a/c/d"), ("s3://b", "c", "s3://b/c"), ("s3://b/a", "", "s3://b/a")]
        {
            let joined = of(folder).join(path);
            assert_eq!(joined, of(all));
            assert_eq!((joined.to_string(), joined.to_path()), (all.to_owned(), PathBuf::from(all)));
            if !path.is_empty() {
                assert_eq!(of(folder).below(joined.key()), Some(path));
            }
        }
        assert_eq!(of("s3://b/a").below("ab/c"), None);
    }
}
