//! Dumps in object stores.

use std::io;
use std::path::Path;

use glob::Pattern;

use super::{DiscoveryError, Found, OPTIONS, Search, is_companion};
use crate::objects::{Address, Object};

impl Search {
    /// What an address leads to: an object, all that is below a folder, or what a pattern matches.
    pub(super) fn objects(&mut self, argument: &Path, address: &Address) {
        // A folder is asked for first: there are many more objects in one than are named.
        let found = match self.below(address, None) {
            Ok(Below { seen: false, .. }) if !address.key().is_empty() => match address.head() {
                Ok(object) => return self.object(address, &object),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Below { seen: false, any: false }),
                Err(error) => Err(error),
            },
            found => found,
        };
        let is_pattern = address.key().contains(['*', '?', '[']);
        let found = match found {
            Ok(Below { seen: false, .. }) if is_pattern => self.matching(argument, address),
            found => found.map(Some),
        };
        let argument = argument.to_owned();
        match found {
            Ok(None | Some(Below { any: true, .. })) => {}
            Ok(Some(Below { seen: true, .. })) => self.problems.push(DiscoveryError::NoFiles { argument }),
            Ok(Some(_)) if is_pattern => self.problems.push(DiscoveryError::NoMatch { argument }),
            Ok(Some(_)) => self.problems.push(DiscoveryError::NotFound { argument, meant: None }),
            Err(error) => {
                let path = argument.clone();
                self.problems.push(DiscoveryError::Unreadable { argument, path, error });
            }
        }
    }

    /// What a pattern matches; nothing if it is none, which is told.
    fn matching(&mut self, argument: &Path, address: &Address) -> io::Result<Option<Below>> {
        let pattern = match Pattern::new(address.key()) {
            Ok(pattern) => pattern,
            Err(error) => {
                self.problems.push(DiscoveryError::InvalidPattern { argument: argument.to_owned(), error });
                return Ok(None);
            }
        };
        // As far as the pattern is no pattern, it is a folder.
        let fixed = address.key().split(['*', '?', '[']).next().unwrap_or_default();
        let folder = fixed.rsplit_once('/').map_or("", |(folder, _)| folder);
        let root = Address::of(Path::new(address.bucket())).unwrap_or_else(|| address.clone());
        self.below(&root.join(folder), Some(&pattern)).map(Some)
    }

    /// All that is below a folder, or of that what a pattern matches or has a folder above it that it matches.
    fn below(&mut self, folder: &Address, pattern: Option<&Pattern>) -> io::Result<Below> {
        let mut below = Below { seen: false, any: false };
        folder.list(|object| {
            let address = folder.join(&object.path);
            let Some(own) = first_own(&address, &object, pattern) else { return Ok(()) };
            below.seen = true;
            // From the folder that was asked for, whatever its name, or from what the pattern matches on.
            let key = address.key();
            let ends = key.match_indices('/').map(|(end, _)| end).chain([key.len()]);
            match ends.filter(|end| *end >= own).find(|end| is_companion(Path::new(&key[..*end]))) {
                Some(end) => {
                    let path = Path::new(address.bucket()).join(&key[..end]);
                    if self.passed_over.last() != Some(&path) {
                        self.passed_over.push(path);
                    }
                }
                None => {
                    below.any = true;
                    self.object(&address, &object);
                }
            }
            Ok(())
        })?;
        Ok(below)
    }

    fn object(&mut self, address: &Address, object: &Object) {
        let found = Found { bytes: object.bytes, modified: Some(object.modified) };
        self.found.insert(address.to_path(), found);
        // An object without bytes that is named like a folder stands for it: some tools make such.
        let mut above = address.to_path();
        while above.pop() {
            if self.found.get(&above).is_some_and(|found| found.bytes == 0) {
                self.found.remove(&above);
            }
        }
    }
}

/// What was found.
struct Below {
    /// There was something.
    seen: bool,
    /// Some of it is read.
    any: bool,
}

/// Where the part of a key ends from which names are looked at: the first name below the folder that was asked for, or
/// what the pattern matches; `None` if it does not.
fn first_own(address: &Address, object: &Object, pattern: Option<&Pattern>) -> Option<usize> {
    let key = address.key();
    let listed = key.len() - object.path.len();
    let mut ends = key.match_indices('/').map(|(end, _)| end).chain([key.len()]).filter(|end| *end > listed);
    match pattern {
        None => ends.next(),
        Some(pattern) => ends.find(|end| pattern.matches_with(&key[..*end], OPTIONS)),
    }
}
