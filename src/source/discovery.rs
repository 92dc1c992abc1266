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
//! Each file comes once, under its canonical path, however many arguments and symbolic links lead there. Links are
//! followed, but not around in a circle. A problem never keeps the rest from being found.

use std::collections::HashSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{io, vec};

use glob::{GlobError, MatchOptions};
use walkdir::{DirEntry, WalkDir};

use super::digest::Digest;
use crate::names::nearest;
use crate::objects::Address;

mod objects;
mod problem;

use objects::Objects;
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

/// Finds the files that some arguments lead to: those of one argument after those of the one before it, in the order in
/// which their names are met. Reads folders, no file.
pub fn discover<P: AsRef<Path>>(arguments: &[P]) -> Discovery {
    let arguments: Vec<PathBuf> = arguments.iter().map(|argument| argument.as_ref().to_owned()).collect();
    // A listing of one folder of objects has each once, and there are no links.
    let is_one_listing = matches!(&arguments[..], [one] if Address::of(one).is_some());
    let found = (!is_one_listing).then(HashSet::new);
    Discovery { arguments: arguments.into_iter(), search: None, found, problems: Vec::new() }
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

/// The files that arguments lead to, one after the other as they are asked for. There may be millions: what is in memory
/// of those that came are 16 bytes each, and nothing where all are below one address.
pub struct Discovery {
    arguments: vec::IntoIter<PathBuf>,
    /// Where it is.
    search: Option<Search>,
    /// Digests of the paths that came, where one could come again.
    found: Option<HashSet<Digest>>,
    /// What went wrong so far, in the order of the arguments.
    pub problems: Vec<DiscoveryError>,
}

impl Iterator for Discovery {
    type Item = SourceFile;

    fn next(&mut self) -> Option<SourceFile> {
        loop {
            let Some(search) = &mut self.search else {
                self.search = Some(Search::begin(self.arguments.next()?));
                continue;
            };
            match search.next() {
                Some(Ok(file)) => {
                    let path = file.path.as_os_str().as_encoded_bytes();
                    if self.found.as_mut().is_none_or(|found| found.insert(Digest::of_bytes(path))) {
                        return Some(file);
                    }
                }
                Some(Err(problem)) => self.problems.push(problem),
                None => self.search = None,
            }
        }
    }
}

/// An argument that is looked through.
struct Search {
    argument: PathBuf,
    way: Way,
    /// Whether anything is below it, or matches.
    seen: bool,
    /// Whether some of that is a file to read.
    any: bool,
    /// Whether something was wrong.
    failed: bool,
}

/// What an argument is, with what of it is still to come.
enum Way {
    /// A file; `None` once it has come.
    File(Option<SourceFile>),
    /// A folder.
    Folder(walkdir::IntoIter),
    /// A pattern, and the folder that it matched last.
    Pattern(glob::Paths, Option<walkdir::IntoIter>),
    /// What is in an object store; whether it is a pattern.
    Objects(Objects, bool),
    /// Something of which no file comes, and why; `None` once that is said.
    Nothing(Option<DiscoveryError>),
}

/// What comes next on a way: a file, what is wrong, or something that is passed over.
type Step = Result<Option<SourceFile>, (PathBuf, io::Error)>;

impl Search {
    fn begin(argument: PathBuf) -> Self {
        let way = match Address::of(&argument) {
            Some(address) => Self::of_objects(&argument, &address),
            None => Self::of_path(&argument),
        };
        let way = way.unwrap_or_else(|problem| Way::Nothing(Some(problem)));
        Self { argument, way, seen: false, any: false, failed: false }
    }

    fn of_objects(argument: &Path, address: &Address) -> Result<Way, DiscoveryError> {
        let owned = || argument.to_owned();
        let objects = Objects::find(address).map_err(|wrong| match wrong {
            objects::Wrong::Pattern(error) => DiscoveryError::InvalidPattern { argument: owned(), error },
            objects::Wrong::Store(error) => DiscoveryError::Unreadable { argument: owned(), path: owned(), error },
        })?;
        Ok(Way::Objects(objects, objects::is_pattern(address)))
    }

    fn of_path(argument: &Path) -> Result<Way, DiscoveryError> {
        let owned = || argument.to_owned();
        let unreadable = |error| DiscoveryError::Unreadable { argument: owned(), path: owned(), error };
        match argument.metadata() {
            Ok(metadata) if metadata.is_dir() => Ok(Way::Folder(walk(argument))),
            Ok(metadata) if metadata.is_file() => Ok(Way::File(Some(file(argument, &metadata).map_err(unreadable)?))),
            Ok(_) => Err(DiscoveryError::NotAFile { argument: owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match argument.to_str().filter(|text| text.contains(['*', '?', '['])) {
                    Some(pattern) => match glob::glob_with(pattern, OPTIONS) {
                        Ok(paths) => Ok(Way::Pattern(paths, None)),
                        Err(error) => Err(DiscoveryError::InvalidPattern { argument: owned(), error }),
                    },
                    None => Err(DiscoveryError::NotFound { argument: owned(), meant: meant(argument) }),
                }
            }
            Err(error) => Err(unreadable(error)),
        }
    }

    /// The next file, or what is wrong.
    fn next(&mut self) -> Option<Result<SourceFile, DiscoveryError>> {
        loop {
            let step = match &mut self.way {
                Way::File(file) => return file.take().map(Ok),
                Way::Nothing(problem) => return problem.take().map(Err),
                Way::Folder(entries) => in_folder(entries),
                Way::Pattern(paths, folder) => in_pattern(paths, folder),
                Way::Objects(objects, _) => {
                    objects.next().map(|step| step.map_err(|error| (self.argument.clone(), error)))
                }
            };
            match step {
                None => return self.end().map(Err),
                Some(Ok(file)) => {
                    self.seen = true;
                    if let Some(file) = file {
                        self.any = true;
                        return Some(Ok(file));
                    }
                }
                Some(Err((path, error))) => {
                    self.failed = true;
                    return Some(Err(DiscoveryError::Unreadable { argument: self.argument.clone(), path, error }));
                }
            }
        }
    }

    /// What is wrong with an argument all of which was looked through.
    fn end(&mut self) -> Option<DiscoveryError> {
        let way = std::mem::replace(&mut self.way, Way::Nothing(None));
        if self.any || self.failed {
            return None;
        }
        let argument = self.argument.clone();
        Some(match way {
            Way::Pattern(..) | Way::Objects(_, true) if !self.seen => DiscoveryError::NoMatch { argument },
            Way::Objects(_, false) if !self.seen => DiscoveryError::NotFound { argument, meant: None },
            _ => DiscoveryError::NoFiles { argument },
        })
    }
}

fn walk(folder: &Path) -> walkdir::IntoIter {
    WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter()
}

/// What comes next in a folder.
fn in_folder(entries: &mut walkdir::IntoIter) -> Option<Step> {
    loop {
        match entries.next()? {
            Ok(entry) => return Some(walked(&entry, || entries.skip_current_dir())),
            // What is around the circle is found without going around.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().unwrap_or(Path::new("")).to_owned();
                return Some(Err((path, error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into()))));
            }
        }
    }
}

fn walked(entry: &DirEntry, skip: impl FnOnce()) -> Step {
    let (kind, path) = (entry.file_type(), entry.path());
    // The folder that was asked for is searched whatever its name.
    if entry.depth() > 0 && is_companion(path) {
        if kind.is_dir() {
            skip();
        }
        return Ok(None);
    }
    if !kind.is_file() {
        return Ok(None);
    }
    let metadata =
        entry.metadata().map_err(|error| error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into()));
    let found = metadata.and_then(|metadata| file(path, &metadata));
    found.map(Some).map_err(|error| (path.to_owned(), error))
}

/// What comes next of what a pattern matches.
fn in_pattern(paths: &mut glob::Paths, folder: &mut Option<walkdir::IntoIter>) -> Option<Step> {
    if let Some(step) = folder.as_mut().and_then(in_folder) {
        return Some(step);
    }
    *folder = None;
    let path = match paths.next()? {
        Ok(path) => path,
        Err(error) => return Some(Err(unmatched(error))),
    };
    if is_companion(&path) {
        return Some(Ok(None));
    }
    let found = path.metadata().and_then(|metadata| {
        if metadata.is_dir() {
            *folder = Some(walk(&path));
        }
        if metadata.is_file() { file(&path, &metadata).map(Some) } else { Ok(None) }
    });
    Some(found.map_err(|error| (path, error)))
}

fn unmatched(error: GlobError) -> (PathBuf, io::Error) {
    (error.path().to_owned(), error.into())
}

fn file(path: &Path, metadata: &Metadata) -> io::Result<SourceFile> {
    Ok(SourceFile { path: path.canonicalize()?, bytes: metadata.len(), modified: metadata.modified().ok() })
}

#[cfg(test)]
mod tests;
