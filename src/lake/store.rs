//! The only place that touches files of the lake. Another kind of store comes here and nowhere else.
//!
//! Every file appears by a rename, whole or not at all, under a name that no reader looks for before.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use thiserror::Error;
use walkdir::WalkDir;

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
    root: PathBuf,
    /// Shared by clones.
    made: Arc<Made>,
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

/// What tells a file from one that has taken its place. Every file comes by a rename, so each has a number of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    number: u64,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Look {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let number = 0;
        Self { number, bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl Store {
    /// The store in a folder, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), made: Arc::default() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file of the lake is in the file system.
    pub fn local(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Writes a whole file; an existing one of the name is replaced at one instant.
    pub fn put(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut upload = self.create(path)?;
        upload.write_all(bytes).map_err(|reason| upload.failed("write", reason))?;
        upload.commit().map(drop)
    }

    /// Like [`Store::put`], for a file that only its owner may read.
    pub fn put_private(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut upload = self.create(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let owner_only = fs::Permissions::from_mode(0o600);
            fs::set_permissions(&upload.temporary, owner_only).map_err(|reason| upload.failed("protect", reason))?;
        }
        upload.write_all(bytes).map_err(|reason| upload.failed("write", reason))?;
        upload.commit().map(drop)
    }

    /// Begins a file that becomes visible when it is committed, and vanishes if it is dropped before.
    pub fn create(&self, path: &str) -> Result<Upload, StoreError> {
        let target = self.local(path);
        let failed = |action, path: &Path, reason| StoreError { action, path: path.to_owned(), reason };
        let folder = target.parent().unwrap_or(&self.root);
        self.make_folder(folder).map_err(|reason| failed("create folder", folder, reason))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        // Hidden, so that no glob finds it; at random, so that two runs of one batch do not share it, on whatever
        // machines they are.
        let random = getrandom::u64().map_err(|reason| failed("name", &target, reason.into()))?;
        let temporary = folder.join(format!(".{name}.{random:016x}{TEMPORARY}"));
        // Made now, so that a folder that cannot be written to is known before hours of work.
        let created = File::create(&temporary).or_else(|reason| match reason.kind() {
            // Removed in between, since nothing was in it.
            io::ErrorKind::NotFound => self.make_folder(folder).and_then(|()| File::create(&temporary)),
            _ => Err(reason),
        });
        created.map_err(|reason| failed("create", &temporary, reason))?;
        Ok(Upload { target, temporary, waiting: Vec::new(), hasher: blake3::Hasher::new(), bytes: 0, committed: false })
    }

    /// Makes a folder and those above it, so that they are there after a power cut, too.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(folder)?;
        folder.ancestors().skip(1).take_while(|above| above.starts_with(&self.root)).try_for_each(sync_folder)
    }

    /// Reads a whole file; `None` if there is none.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.local(path);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(reason) => Err(StoreError { action: "read", path, reason }),
        }
    }

    /// Opens a file; `None` if there is none.
    pub fn open(&self, path: &str) -> Result<Option<File>, StoreError> {
        let path = self.local(path);
        match File::open(&path) {
            Ok(file) => Ok(Some(file)),
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(reason) => Err(StoreError { action: "open", path, reason }),
        }
    }

    /// What a file says; `None` if there is none. It is made of the file once, and again where another one has taken its
    /// place: a run asks for receipts and footers often, and there are many.
    pub fn read_once<T: Any + Send + Sync, E: From<StoreError>>(
        &self,
        path: &str,
        make: impl FnOnce(File) -> Result<T, E>,
    ) -> Result<Option<Arc<T>>, E> {
        let key = (TypeId::of::<T>(), path.to_owned());
        let local = self.local(path);
        if let Ok(metadata) = fs::metadata(&local)
            && let Some((look, made)) = self.made.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key)
            && *look == Look::of(&metadata)
            && let Ok(made) = Arc::clone(made).downcast()
        {
            return Ok(Some(made));
        }
        let Some(file) = self.open(path)? else {
            return Ok(None);
        };
        let metadata = file.metadata().map_err(|reason| StoreError { action: "read", path: local, reason })?;
        let made = Arc::new(make(file)?);
        let kept = (Look::of(&metadata), Arc::clone(&made) as Value);
        self.made.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, kept);
        Ok(Some(made))
    }

    /// Writes a value as JSON, in lines; of an older one nothing is left.
    ///
    /// # Panics
    /// When it has no form in JSON. What the lake keeps of itself has: texts, numbers, and maps by texts.
    pub fn put_json(&self, path: &str, value: &impl Serialize) -> Result<(), StoreError> {
        let mut json =
            serde_json::to_vec_pretty(value).unwrap_or_else(|reason| unreachable!("{path} is not JSON: {reason}"));
        json.push(b'\n');
        self.put(path, &json)
    }

    /// Whether there is a file.
    pub fn has(&self, path: &str) -> bool {
        self.local(path).is_file()
    }

    /// Names of the visible files in a folder, sorted; none if there is no such folder.
    pub fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let path = self.local(folder);
        let failed = |reason| StoreError { action: "list", path: path.clone(), reason };
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(reason) => return Err(failed(reason)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Every file in a folder and so many below it, unfinished ones included, sorted by path.
    pub fn walk(&self, folder: &str, below: usize) -> Result<Vec<StoredFile>, StoreError> {
        let mut files = Vec::new();
        for entry in WalkDir::new(self.local(folder)).max_depth(below.saturating_add(1)).sort_by_file_name() {
            let found = entry.and_then(|entry| Ok((entry.metadata()?, entry)));
            match found {
                Ok((metadata, entry)) if metadata.is_file() => {
                    let parts = entry.path().strip_prefix(&self.root).unwrap_or(entry.path()).components();
                    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
                    let modified = metadata.modified().ok();
                    files.push(StoredFile { path: parts.join("/"), bytes: metadata.len(), modified });
                }
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().map_or_else(|| self.local(folder), Path::to_owned);
                    let reason = io::Error::from(error);
                    // Renamed or removed while this looks.
                    if reason.kind() != io::ErrorKind::NotFound {
                        return Err(StoreError { action: "list", path, reason });
                    }
                }
            }
        }
        Ok(files)
    }

    /// Removes a file, and its folder if nothing is left in it. One that is gone already is no failure.
    pub fn remove(&self, path: &str) -> Result<(), StoreError> {
        let target = self.local(path);
        match fs::remove_file(&target) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError { action: "remove", path: target, reason });
            }
            _ => {}
        }
        if let Some(folder) = target.parent().filter(|folder| *folder != self.root) {
            // It holds other files, nearly always.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }
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

/// Puts the names in a folder on the disk.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened like a file.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// A file being written.
///
/// It is open only while bytes go to the disk: a batch of many days writes more files at once than a
/// process may hold open.
#[derive(Debug)]
pub struct Upload {
    target: PathBuf,
    temporary: PathBuf,
    waiting: Vec<u8>,
    hasher: blake3::Hasher,
    bytes: u64,
    committed: bool,
}

/// Bytes that wait in memory before they go to the disk.
const WAITING: usize = 256 << 10;

impl Upload {
    /// Makes the file visible; gives its size in bytes and the digest of its content.
    ///
    /// The content is on the disk before the name is, and the name before this returns: after a power cut there is the
    /// whole file or none, and of two files the second not without the first.
    pub fn commit(mut self) -> Result<(u64, String), StoreError> {
        let file = self.append().map_err(|reason| self.failed("write", reason))?;
        file.sync_data().map_err(|reason| self.failed("write", reason))?;
        fs::rename(&self.temporary, &self.target).map_err(|reason| self.failed("rename", reason))?;
        self.committed = true;
        sync_folder(self.target.parent().unwrap_or(&self.target)).map_err(|reason| self.failed("keep", reason))?;
        Ok((self.bytes, self.hasher.finalize().to_hex().as_str()[..32].to_owned()))
    }

    /// Opens what is written so far for reading.
    pub fn read_back(&mut self) -> Result<File, StoreError> {
        self.append().map_err(|reason| self.failed("write", reason))?;
        File::open(&self.temporary).map_err(|reason| self.failed("read", reason))
    }

    /// Puts what waits at the end of the file.
    fn append(&mut self) -> io::Result<File> {
        let mut file = OpenOptions::new().append(true).open(&self.temporary)?;
        // Nothing is kept for what comes next: a file may wait for long.
        file.write_all(&std::mem::take(&mut self.waiting))?;
        Ok(file)
    }

    fn failed(&self, action: &'static str, reason: io::Error) -> StoreError {
        StoreError { action, path: self.target.clone(), reason }
    }
}

impl Write for Upload {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.hasher.update(buffer);
        self.bytes += buffer.len() as u64;
        self.waiting.extend_from_slice(buffer);
        if self.waiting.len() >= WAITING {
            self.append()?;
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.append().map(drop)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.committed {
            // What stays behind in spite of this is hidden and named by no receipt.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Store::new(folder.path());
        let mut upload = store.create("a/b.txt").expect("created");
        upload.write_all(b"half").expect("written");
        assert_eq!(store.read("a/b.txt").expect("read"), None);
        assert_eq!(store.list("a").expect("listed"), Vec::<String>::new());
        drop(upload);
        assert_eq!(fs::read_dir(folder.path().join("a")).expect("folder").count(), 0);

        store.put("a/b.txt", b"one").expect("put");
        store.put("a/b.txt", b"two").expect("put");
        assert_eq!(store.read("a/b.txt").expect("read").as_deref(), Some(&b"two"[..]));
        assert_eq!(store.list("a").expect("listed"), ["b.txt"]);
        assert_eq!(store.list("none").expect("listed"), Vec::<String>::new());
    }

    #[test]
    fn of_a_file_something_is_made_once_and_again_of_another_one_of_its_name() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Store::new(folder.path());
        let times = std::cell::Cell::new(0);
        let read = |store: &Store| -> Result<_, StoreError> {
            store.read_once("a", |mut file| {
                times.set(times.get() + 1);
                let mut text = String::new();
                io::Read::read_to_string(&mut file, &mut text).expect("text");
                Ok(text)
            })
        };
        assert_eq!(read(&store).expect("read"), None);
        // Of one size, and of one time of change as far as many a system counts.
        for (number, text) in ["one", "two"].into_iter().enumerate() {
            store.put("a", text.as_bytes()).expect("put");
            for _ in 0..2 {
                assert_eq!(read(&store.clone()).expect("read").as_deref().map(String::as_str), Some(text));
                assert_eq!(times.get(), number + 1);
            }
        }
        store.remove("a").expect("removed");
        assert_eq!(read(&store).expect("read"), None);
    }

    #[test]
    fn a_failure_names_the_file() {
        let folder = tempfile::tempdir().expect("temporary folder");
        fs::write(folder.path().join("a"), b"a file").expect("written");
        let error = Store::new(folder.path()).put("a/b.txt", b"x").expect_err("a is no folder");
        assert!(error.to_string().contains("/a"), "{error}");
    }
}
