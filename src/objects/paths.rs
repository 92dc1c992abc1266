//! Paths that may be addresses.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use super::address::Address;

/// All of a file, or of an object where the path is an address.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    Address::of(path).map_or_else(|| std::fs::read(path), |address| address.read())
}

/// The same as text.
///
/// # Errors
/// When it cannot be read, or is no UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason.utf8_error()))
}

/// A path that is said in a folder: an address, like an absolute path, is what it is wherever it is said.
pub fn join(folder: &Path, path: &Path) -> PathBuf {
    match Address::of(path) {
        Some(_) => path.to_owned(),
        None => folder.join(path),
    }
}

/// The paths and addresses of a list that has between them what the system puts between paths, be it a colon.
pub fn split(list: &OsStr) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for part in std::env::split_paths(list) {
        if let (Some(scheme), Some(rest)) = (paths.last().and_then(|last| last.to_str()), part.to_str())
            && rest.starts_with("//")
            && Address::of(Path::new(&format!("{scheme}:{rest}"))).is_some()
        {
            let address = PathBuf::from(format!("{scheme}:{rest}"));
            paths.pop();
            paths.push(address);
        } else {
            paths.push(part);
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_it_is_wherever_it_is_said() {
        let joined = |folder: &str, path: &str| join(Path::new(folder), Path::new(path));
        assert_eq!(joined("/etc", "s3://b/a"), Path::new("s3://b/a"));
        assert_eq!(joined("/etc", "a"), Path::new("/etc/a"));
        assert_eq!(joined("s3://b/etc", "a"), Path::new("s3://b/etc/a"));
        assert_eq!(joined("s3://b/etc", "/a"), Path::new("/a"));
    }

    #[cfg(unix)]
    #[test]
    fn addresses_of_a_list_are_whole() {
        let parts =
            |list: &str| split(list.as_ref()).into_iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        assert_eq!(parts("a:s3://b/c:gs://d:/e"), ["a", "s3://b/c", "gs://d", "/e"]);
        assert_eq!(parts("s3:/b"), ["s3", "/b"]);
        assert_eq!(parts("x://b"), ["x", "//b"]);
    }
}
