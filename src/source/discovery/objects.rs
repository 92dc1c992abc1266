//! Dumps in object stores.

use std::collections::BTreeMap;
use std::io;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use glob::{Pattern, PatternError};

use super::{OPTIONS, SourceFile, is_companion};
use crate::objects::{Address, Listing, Object};

/// Why an address cannot be looked through.
pub(super) enum Wrong {
    /// It is a pattern, and none that is known.
    Pattern(PatternError),
    /// The store.
    Store(io::Error),
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        Self::Store(error)
    }
}

/// Whether an address may be a pattern.
pub(super) fn is_pattern(address: &Address) -> bool {
    address.key().contains(['*', '?', '['])
}

/// What an address leads to: an object, all that is below a folder, or what a pattern matches.
pub(super) enum Objects {
    /// An object; `None` once it has come.
    One(Option<SourceFile>),
    /// What is listed.
    Listed(Box<Listed>),
}

/// What is below a folder.
pub(super) struct Listed {
    folder: Address,
    /// `None` once it is at its end, or broken off.
    listing: Option<Peekable<Listing>>,
    /// Of what is below the folder, what it matches or has a folder above it that it matches.
    pattern: Option<Pattern>,
    /// Objects without bytes. One that is named like a folder stands for it: some tools make such.
    empty: BTreeMap<PathBuf, SourceFile>,
}

impl Objects {
    pub(super) fn find(address: &Address) -> Result<Self, Wrong> {
        // A folder is asked for first: there are many more objects in one than are named.
        let mut listing = address.list()?.peekable();
        if listing.peek().is_some() || address.key().is_empty() {
            return Ok(Self::listed(address.clone(), listing, None));
        }
        match address.head() {
            Ok(object) => return Ok(Self::One(Some(file(address, &object)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        if !is_pattern(address) {
            return Ok(Self::One(None));
        }
        let pattern = Pattern::new(address.key()).map_err(Wrong::Pattern)?;
        // As far as the pattern is no pattern, it is a folder.
        let fixed = address.key().split(['*', '?', '[']).next().unwrap_or_default();
        let folder = fixed.rsplit_once('/').map_or("", |(folder, _)| folder);
        let root = Address::of(Path::new(address.bucket())).unwrap_or_else(|| address.clone());
        let folder = root.join(folder);
        let listing = folder.list()?.peekable();
        Ok(Self::listed(folder, listing, Some(pattern)))
    }

    fn listed(folder: Address, listing: Peekable<Listing>, pattern: Option<Pattern>) -> Self {
        Self::Listed(Box::new(Listed { folder, listing: Some(listing), pattern, empty: BTreeMap::new() }))
    }

    /// What comes next; `None` in it is something that is passed over.
    pub(super) fn next(&mut self) -> Option<io::Result<Option<SourceFile>>> {
        match self {
            Self::One(file) => file.take().map(|file| Ok(Some(file))),
            Self::Listed(listed) => listed.next(),
        }
    }
}

impl Listed {
    fn next(&mut self) -> Option<io::Result<Option<SourceFile>>> {
        let Self { folder, listing, pattern, empty } = self;
        loop {
            let object = match listing.as_mut().and_then(Iterator::next) {
                Some(Ok(object)) => object,
                Some(Err(error)) => {
                    *listing = None;
                    return Some(Err(error));
                }
                None => {
                    *listing = None;
                    return empty.pop_first().map(|(_, file)| Ok(Some(file)));
                }
            };
            let address = folder.join(&object.path);
            let Some(own) = first_own(&address, &object, pattern.as_ref()) else { continue };
            // From the folder that was asked for, whatever its name, or from what the pattern matches on.
            let key = address.key();
            let mut ends = key.match_indices('/').map(|(end, _)| end).chain([key.len()]).filter(|end| *end >= own);
            if ends.any(|end| is_companion(Path::new(&key[..end]))) {
                return Some(Ok(None));
            }
            let file = file(&address, &object);
            if !empty.is_empty() {
                file.path.ancestors().skip(1).for_each(|above| drop(empty.remove(above)));
            }
            if file.bytes > 0 {
                return Some(Ok(Some(file)));
            }
            empty.insert(file.path.clone(), file);
        }
    }
}

fn file(address: &Address, object: &Object) -> SourceFile {
    SourceFile { path: address.to_path(), bytes: object.bytes, modified: Some(object.modified) }
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
