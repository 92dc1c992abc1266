//! Which files an ingest reads.
//!
//! An argument is, in this order: a path that exists (a file, or a folder that is searched to the
//! bottom), or a glob pattern (`*`, `?`, `[…]`, `**` for folders of any depth) of such paths. A path
//! that exists is never a pattern, whatever is in its name.
//!
//! In a folder, and among what a pattern matches, files that come with dumps but are none are passed
//! over ([`is_companion`]); a file that is named is read whatever its name. Whether a file is a dump is
//! told by its content later, never here.
//!
//! What is in an object store is named by its address, and found as files are: `s3://bucket/dumps/2026-10-*`. What its
//! keys have between slashes are folders.
//!
//! Each file comes once, under its canonical path and sorted by it, however many arguments and
//! symbolic links lead there. Links are followed, but not around in a circle. A problem never keeps
//! the rest from being found.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use glob::{GlobError, MatchOptions};
use walkdir::{DirEntry, WalkDir};

use crate::names::nearest;
use crate::objects::Address;

mod objects;
mod problem;

pub use problem::DiscoveryError;

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Its canonical, absolute path, or its address.
    pub path: PathBuf,
    /// Its size on disk, in bytes.
    pub bytes: u64,
    /// When it was changed last, where the file system knows.
    pub modified: Option<SystemTime>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The files to read, sorted by path, each once.
    pub files: Vec<SourceFile>,
    /// Files and folders that were seen and are not read, sorted: see [`is_companion`].
    pub passed_over: Vec<PathBuf>,
    /// What went wrong, in the order of the arguments.
    pub problems: Vec<DiscoveryError>,
}

/// Patterns are as a shell has them: a star does not match a leading dot, nor a separator.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Whether a file or folder of this name is passed over in a search: hidden (a leading dot), unfinished
/// (`.tmp`, `.part`), or what comes along with dumps without being one: `README*`, `*.md`, `truth.json`,
/// `expected.json`, `_SUCCESS`, `*.crc`, `*.index` (of `.lzo` files). Upper and lower case are told apart.
pub fn is_companion(path: &Path) -> bool {
    let Some(name) = path.file_name() else {
        return false;
    };
    let name = name.as_encoded_bytes();
    let endings: [&[u8]; 5] = [b".tmp", b".part", b".md", b".crc", b".index"];
    name.starts_with(b".")
        || name.starts_with(b"README")
        || [&b"truth.json"[..], b"expected.json", b"_SUCCESS"].contains(&name)
        || endings.iter().any(|ending| name.ends_with(ending))
}

/// Finds the files that the arguments lead to. Reads folders, no file.
pub fn discover<P: AsRef<Path>>(arguments: &[P]) -> Discovery {
    let mut search = Search::default();
    for argument in arguments {
        search.argument(argument.as_ref());
    }
    let Search { found, mut passed_over, problems } = search;
    passed_over.retain(|path| !found.contains_key(path));
    passed_over.sort_unstable();
    passed_over.dedup();
    let files = found.into_iter().map(|(path, Found { bytes, modified })| SourceFile { path, bytes, modified });
    Discovery { files: files.collect(), passed_over, problems }
}

/// What was meant by a path that leads nowhere: something beside it, or beside the first folder on the way that is not
/// there, that has a name like it.
pub fn meant(path: &Path) -> Option<PathBuf> {
    if Address::of(path).is_some() {
        return None;
    }
    let is_there = |path: &Path| path.as_os_str().is_empty() || path.exists();
    let wrong = path.ancestors().find(|path| path.parent().is_some_and(is_there) && !is_there(path))?;
    let folder = wrong.parent()?;
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names = listed.read_dir().ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    nearest(wrong.file_name()?.to_str()?, names.iter()).map(|name| folder.join(name))
}

/// What a file that was found looks like.
struct Found {
    bytes: u64,
    modified: Option<SystemTime>,
}

#[derive(Default)]
struct Search {
    found: BTreeMap<PathBuf, Found>,
    passed_over: Vec<PathBuf>,
    problems: Vec<DiscoveryError>,
}

impl Search {
    fn argument(&mut self, argument: &Path) {
        if let Some(address) = Address::of(argument) {
            return self.objects(argument, &address);
        }
        let owned = || argument.to_owned();
        match argument.metadata() {
            Ok(metadata) if metadata.is_dir() => {
                let problems = self.problems.len();
                if !self.folder(argument, argument) && self.problems.len() == problems {
                    self.problems.push(DiscoveryError::NoFiles { argument: owned() });
                }
            }
            Ok(metadata) if metadata.is_file() => self.file(argument, argument, metadata),
            Ok(_) => self.problems.push(DiscoveryError::NotAFile { argument: owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match argument.to_str().filter(|text| text.contains(['*', '?', '['])) {
                    Some(pattern) => self.pattern(argument, pattern),
                    None => {
                        self.problems.push(DiscoveryError::NotFound { argument: owned(), meant: meant(argument) });
                    }
                }
            }
            Err(error) => self.unreadable(argument, argument, error),
        }
    }

    fn pattern(&mut self, argument: &Path, pattern: &str) {
        let argument_owned = || argument.to_owned();
        let paths = match glob::glob_with(pattern, OPTIONS) {
            Ok(paths) => paths,
            Err(error) => {
                let argument = argument_owned();
                return self.problems.push(DiscoveryError::InvalidPattern { argument, error });
            }
        };
        let problems = self.problems.len();
        let (mut matched, mut any) = (false, false);
        for path in paths {
            matched = true;
            match path {
                Ok(path) => any |= self.entry(argument, &path),
                Err(error) => self.unmatched(argument, error),
            }
        }
        if self.problems.len() == problems && !any {
            let argument = argument_owned();
            self.problems.push(match matched {
                true => DiscoveryError::NoFiles { argument },
                false => DiscoveryError::NoMatch { argument },
            });
        }
    }

    fn unmatched(&mut self, argument: &Path, error: GlobError) {
        let path = error.path().to_owned();
        self.unreadable(argument, &path, error.into());
    }

    /// Something that a pattern matched; says whether it gave a file.
    fn entry(&mut self, argument: &Path, path: &Path) -> bool {
        if is_companion(path) {
            self.pass_over(path);
            return false;
        }
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => self.folder(argument, path),
            Ok(metadata) if metadata.is_file() => {
                self.file(argument, path, metadata);
                true
            }
            Ok(_) => {
                self.pass_over(path);
                false
            }
            Err(error) => {
                self.unreadable(argument, path, error);
                false
            }
        }
    }

    /// Everything under a folder; says whether there was a file.
    fn folder(&mut self, argument: &Path, folder: &Path) -> bool {
        let mut any = false;
        let mut entries = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) => any |= self.walked(argument, &entry, || entries.skip_current_dir()),
                // What is around the circle is found without going around.
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    let error = error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
                    self.unreadable(argument, &path, error);
                }
            }
        }
        any
    }

    fn walked(&mut self, argument: &Path, entry: &DirEntry, skip: impl FnOnce()) -> bool {
        let kind = entry.file_type();
        // The folder that was asked for is searched whatever its name.
        if entry.depth() > 0 && is_companion(entry.path()) {
            if kind.is_dir() {
                skip();
            }
            self.pass_over(entry.path());
            return false;
        }
        if kind.is_dir() {
            return false;
        }
        if !kind.is_file() {
            self.pass_over(entry.path());
            return false;
        }
        match entry.metadata() {
            Ok(metadata) => {
                self.file(argument, entry.path(), metadata);
                true
            }
            Err(error) => {
                let error = error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
                self.unreadable(argument, entry.path(), error);
                false
            }
        }
    }

    fn file(&mut self, argument: &Path, path: &Path, metadata: Metadata) {
        match path.canonicalize() {
            Ok(canonical) => {
                self.found.insert(canonical, Found { bytes: metadata.len(), modified: metadata.modified().ok() });
            }
            Err(error) => self.unreadable(argument, path, error),
        }
    }

    fn pass_over(&mut self, path: &Path) {
        self.passed_over.push(path.canonicalize().unwrap_or_else(|_| path.to_owned()));
    }

    fn unreadable(&mut self, argument: &Path, path: &Path, error: io::Error) {
        let (argument, path) = (argument.to_owned(), path.to_owned());
        self.problems.push(DiscoveryError::Unreadable { argument, path, error });
    }
}

#[cfg(test)]
mod tests;
