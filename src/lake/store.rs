//! The only place that touches files of the lake. Another kind of store comes here and nowhere else.
//!
//! Every file appears by a rename, whole or not at all, under a name that no reader looks for before.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A step on a file of the lake that failed.
#[derive(Debug, Error)]
#[error("cannot {action} {}: {reason}", path.display())]
pub struct StoreError {
    /// What was tried.
    pub action: &'static str,
    /// On which file or folder.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub reason: io::Error,
}

/// The files of one lake. Paths are relative to its root, with `/` between parts.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store in a folder, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
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
        fs::create_dir_all(folder).map_err(|reason| failed("create folder", folder, reason))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        // Hidden, so that no glob finds it; the process number, so that two runs of one batch do not share it.
        let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
        // Made now, so that a folder that cannot be written to is known before hours of work.
        File::create(&temporary).map_err(|reason| failed("create", &temporary, reason))?;
        Ok(Upload { target, temporary, waiting: Vec::new(), hasher: blake3::Hasher::new(), bytes: 0, committed: false })
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
    /// The content is on the disk before the name is: after a power cut there is the whole file or none.
    pub fn commit(mut self) -> Result<(u64, String), StoreError> {
        let file = self.append().map_err(|reason| self.failed("write", reason))?;
        file.sync_data().map_err(|reason| self.failed("write", reason))?;
        fs::rename(&self.temporary, &self.target).map_err(|reason| self.failed("rename", reason))?;
        self.committed = true;
        Ok((self.bytes, self.hasher.finalize().to_hex().as_str()[..32].to_owned()))
    }

    /// Puts what waits at the end of the file.
    fn append(&mut self) -> io::Result<File> {
        let mut file = OpenOptions::new().append(true).open(&self.temporary)?;
        file.write_all(&self.waiting)?;
        self.waiting.clear();
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
    fn a_failure_names_the_file() {
        let folder = tempfile::tempdir().expect("temporary folder");
        fs::write(folder.path().join("a"), b"a file").expect("written");
        let error = Store::new(folder.path()).put("a/b.txt", b"x").expect_err("a is no folder");
        assert!(error.to_string().contains("/a"), "{error}");
    }
}
