//! The only place that touches files of the lake: those of a folder, or objects of a store. Another kind of store comes
//! here and nowhere else.
//!
//! Every file appears whole or not at all: in a folder by a rename, under a name that no reader looks for before; in an
//! object store by the request that ends it.

mod folder;
mod here;
mod part;
mod upload;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use thiserror::Error;

use here::Here;
pub use part::Part;
pub use upload::Upload;

use crate::objects::{self, Address};

/// A step on a file of the lake that failed.
#[derive(Debug, Error)]
#[error("cannot {action} {}: {reason}", path.display())]
pub struct StoreError {
    /// What was tried.
    pub action: &'static str,
    /// On which file or folder.
    pub path: PathBuf,
    /// What the system says.
    pub reason: io::Error,
}

/// What the names of unfinished files end in.
const TEMPORARY: &str = ".tmp";

/// The files of one lake. Paths are relative to its root, with `/` between parts.
#[derive(Clone, Debug)]
pub struct Store {
    /// The root as it is shown.
    root: PathBuf,
    /// The root in an object store; `None`: it is a folder.
    address: Option<Address>,
    /// Shared by clones.
    made: Arc<Made>,
    /// The same.
    here: Arc<Here>,
}

/// What was made of files, by its type and their paths, and what these looked like.
#[derive(Default)]
struct Made(Mutex<HashMap<(TypeId, String), (Look, Value)>>);

/// A value of some type.
type Value = Arc<dyn Any + Send + Sync>;

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Made")
    }
}

/// What tells a file from one that has taken its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    /// In a folder every file comes by a rename, so each has a number of its own.
    number: u64,
    /// An object has a version.
    version: Option<String>,
    bytes: u64,
    modified: Option<SystemTime>,
}

/// A file of the lake as it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Where it is in the lake.
    pub path: String,
    /// Its size, bytes.
    pub bytes: u64,
    /// When it was last changed; `None` where the system does not say.
    pub modified: Option<SystemTime>,
}

impl StoredFile {
    /// Whether it is one that was never committed: under way still, or left behind by a crash.
    pub fn is_unfinished(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.starts_with('.') && name.ends_with(TEMPORARY)
    }
}

impl Store {
    /// The store in a folder, or of objects below an address (`s3://bucket/lake`). Nothing need be there yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        let address = Address::of(&root);
        Self {
            root: address.as_ref().map_or(root, Address::to_path),
            address,
            made: Arc::default(),
            here: Arc::default(),
        }
    }

    /// The folder or address.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file of the lake is: for messages.
    pub fn place(&self, path: &str) -> PathBuf {
        match &self.address {
            Some(address) => address.join(path).to_path(),
            None => self.root.join(path),
        }
    }

    fn failed(&self, action: &'static str, path: &str) -> impl FnOnce(io::Error) -> StoreError {
        let path = self.place(path);
        move |reason| StoreError { action, path, reason }
    }

    /// Whether it is a folder that is there, or there are objects.
    pub fn is_begun(&self) -> Result<bool, StoreError> {
        match &self.address {
            Some(address) => address.has_any().map_err(self.failed("list", "")),
            None => Ok(self.root.is_dir()),
        }
    }

    /// Whether what is done with its files is mostly to wait for requests.
    pub fn is_remote(&self) -> bool {
        self.address.is_some()
    }

    /// What is made of each of some files, in their order: one after the other, or, where that is to wait, many at once.
    pub fn each<T: Sync, R: Send, E: Send>(
        &self,
        things: &[T],
        make: impl Fn(&T) -> Result<R, E> + Sync,
    ) -> Result<Vec<R>, E> {
        match self.address {
            Some(_) => objects::side_by_side(things, make),
            None => things.iter().map(make).collect(),
        }
    }

    /// Writes a whole file; an existing one of the name is replaced at one instant.
    pub fn put(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        if let Some(address) = &self.address {
            return address.join(path).put(bytes.to_vec()).map_err(self.failed("write", path));
        }
        let mut upload = self.create(path)?;
        upload.write_all(bytes).map_err(self.failed("write", path))?;
        upload.commit().map(drop)
    }

    /// Like [`Store::put`], for a file that only its owner may read. In an object store that is for the store to say.
    pub fn put_private(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        if self.address.is_some() {
            return self.put(path, bytes);
        }
        let mut upload = self.create(path)?;
        upload.protect().map_err(self.failed("protect", path))?;
        upload.write_all(bytes).map_err(self.failed("write", path))?;
        upload.commit().map(drop)
    }

    /// Writes a whole file; where the store can tell, unless there is one of the name. Says whether it was written.
    pub fn put_new(&self, path: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        match &self.address {
            Some(address) => address.join(path).put_new(bytes).map_err(self.failed("write", path)),
            None => self.put(path, bytes).map(|()| true),
        }
    }

    /// Begins a file that becomes visible when it is committed, and vanishes if it is dropped before.
    pub fn create(&self, path: &str) -> Result<Upload, StoreError> {
        match &self.address {
            Some(address) => Upload::of_object(address.join(path)),
            None => Upload::in_folder(&self.root, self.root.join(path)),
        }
    }

    /// Makes files visible, one after the other or, where that is to wait, several at once.
    pub fn commit(&self, uploads: Vec<Upload>) -> Result<(), StoreError> {
        if self.address.is_none() {
            return uploads.into_iter().try_for_each(|upload| upload.commit().map(drop));
        }
        let uploads: Vec<Mutex<Option<Upload>>> = uploads.into_iter().map(|upload| Mutex::new(Some(upload))).collect();
        let commit = |upload: &Mutex<Option<Upload>>| {
            let upload = upload.lock().unwrap_or_else(PoisonError::into_inner).take();
            upload.map_or(Ok(()), |upload| upload.commit().map(drop))
        };
        self.each(&uploads, commit).map(drop)
    }

    /// Reads a whole file; `None` if there is none.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let read = match &self.address {
            Some(address) => address.join(path).read(),
            None => std::fs::read(self.root.join(path)),
        };
        if_there(read).map_err(self.failed("read", path))
    }

    /// Opens a file; `None` if there is none. Of an object there is only the part that was asked for.
    pub fn open(&self, path: &str, part: Part<'_>) -> Result<Option<File>, StoreError> {
        if let Some(kept) = self.here.get(path) {
            return kept.map(Some).map_err(self.failed("open", path));
        }
        if let (Some(address), Part::Unchanging) = (&self.address, part) {
            let kept = || {
                let file = tempfile::Builder::new().prefix("usage-report-").suffix(TEMPORARY).tempfile()?;
                let object = part.fetch(&address.join(path), file.as_file())?;
                let opened = File::open(file.path())?;
                self.here.keep(path, file.into_temp_path(), object.bytes);
                Ok(opened)
            };
            return if_there(kept()).map_err(self.failed("open", path));
        }
        Ok(self.look_into(path, part)?.map(|(file, _)| file))
    }

    fn look_into(&self, path: &str, part: Part<'_>) -> Result<Option<(File, Look)>, StoreError> {
        let opened = match &self.address {
            Some(address) => tempfile::tempfile().and_then(|file| {
                let object = part.fetch(&address.join(path), &file)?;
                Ok((file, Look::from(object)))
            }),
            None => File::open(self.root.join(path)).and_then(|file| {
                let look = Look::of(&file.metadata()?);
                Ok((file, look))
            }),
        };
        if_there(opened).map_err(self.failed("open", path))
    }

    /// What a file looks like; `None` if there is none.
    fn look(&self, path: &str) -> Result<Option<Look>, StoreError> {
        let look = match &self.address {
            Some(address) => address.join(path).head().map(Look::from),
            None => std::fs::metadata(self.root.join(path)).map(|metadata| Look::of(&metadata)),
        };
        if_there(look).map_err(self.failed("read", path))
    }

    /// What a file says; `None` if there is none. It is made of the file once, and again where another one has taken its
    /// place: a run asks for receipts and footers often, and there are many.
    pub fn read_once<T: Any + Send + Sync, E: From<StoreError>>(
        &self,
        path: &str,
        part: Part<'_>,
        make: impl FnOnce(File) -> Result<T, E>,
    ) -> Result<Option<Arc<T>>, E> {
        let key = (TypeId::of::<T>(), path.to_owned());
        let known = || self.made.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some((before, made)) = known()
            && self.look(path)? == Some(before)
            && let Ok(made) = made.downcast()
        {
            return Ok(Some(made));
        }
        let Some((file, look)) = self.look_into(path, part)? else {
            return Ok(None);
        };
        let made = Arc::new(make(file)?);
        let kept = (look, Arc::clone(&made) as Value);
        self.made.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, kept);
        Ok(Some(made))
    }

    /// Writes a value as JSON, in lines; of an older one nothing is left.
    ///
    /// # Panics
    /// When it has no form in JSON. What the lake keeps of itself has: texts, numbers, and maps by texts.
    pub fn put_json(&self, path: &str, value: &impl Serialize) -> Result<(), StoreError> {
        self.put(path, &json(path, value))
    }

    /// The same, as [`Store::put_new`] does it.
    ///
    /// # Panics
    /// As [`Store::put_json`].
    pub fn put_new_json(&self, path: &str, value: &impl Serialize) -> Result<bool, StoreError> {
        self.put_new(path, &json(path, value))
    }

    /// The size of a file, bytes; `None` if there is none.
    pub fn bytes(&self, path: &str) -> Result<Option<u64>, StoreError> {
        Ok(self.look(path)?.map(|look| look.bytes))
    }

    /// Whether there is a file.
    pub fn has(&self, path: &str) -> Result<bool, StoreError> {
        match &self.address {
            Some(_) => Ok(self.look(path)?.is_some()),
            None => Ok(self.root.join(path).is_file()),
        }
    }

    /// Names of the visible files and folders in a folder, sorted; none if there is no such folder.
    pub fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let names = match &self.address {
            Some(address) => address.join(folder).list_folder().map(|(objects, folders)| {
                let mut names: Vec<String> = objects.into_iter().map(|object| object.path).chain(folders).collect();
                names.retain(|name| !name.starts_with('.'));
                names.sort_unstable();
                names
            }),
            None => folder::list(&self.root.join(folder)),
        };
        names.map_err(self.failed("list", folder))
    }

    /// Every file in a folder and so many below it, unfinished ones included, sorted by path.
    pub fn walk(&self, folder: &str, below: usize) -> Result<Vec<StoredFile>, StoreError> {
        let Some(address) = &self.address else {
            return folder::walk(&self.root, folder, below).map_err(|(path, reason)| StoreError {
                action: "list",
                path,
                reason,
            });
        };
        let (at, mut files) = (address.join(folder), Vec::new());
        let mut take = |object: objects::Object| {
            let path = if folder.is_empty() { object.path } else { format!("{folder}/{}", object.path) };
            files.push(StoredFile { path, bytes: object.bytes, modified: Some(object.modified) });
        };
        let walked = if below == 0 {
            at.list_folder().map(|(objects, _)| objects.into_iter().for_each(take))
        } else {
            at.list().and_then(|mut found| {
                found.try_for_each(|object| {
                    let object = object?;
                    if object.path.matches('/').count() <= below {
                        take(object);
                    }
                    Ok(())
                })
            })
        };
        walked.map_err(self.failed("list", folder))?;
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Removes a file, and the folders in which nothing is left then. One that is gone already is no failure.
    pub fn remove(&self, path: &str) -> Result<(), StoreError> {
        let removed = match &self.address {
            Some(address) => address.join(path).remove(),
            None => folder::remove(&self.root, &self.root.join(path)),
        };
        removed.map_err(self.failed("remove", path))
    }

    /// Removes files, in no order: one after the other or, where that is to wait, several at once.
    pub fn remove_all(&self, paths: &[&str]) -> Result<(), StoreError> {
        self.each(paths, |path| self.remove(path)).map(drop)
    }
}

fn json(path: &str, value: &impl Serialize) -> Vec<u8> {
    let json = serde_json::to_vec_pretty(value);
    let mut json = json.unwrap_or_else(|reason| unreachable!("{path} is not JSON: {reason}"));
    json.push(b'\n');
    json
}

/// What was found of a file; `None` if there is none.
fn if_there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(reason) => Err(reason),
    }
}

impl Look {
    fn of(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let number = 0;
        Self { number, version: None, bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl From<objects::Object> for Look {
    fn from(object: objects::Object) -> Self {
        Self { number: 0, version: object.version, bytes: object.bytes, modified: Some(object.modified) }
    }
}

#[cfg(test)]
mod tests;
