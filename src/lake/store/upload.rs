//! A file being written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{StoreError, TEMPORARY, folder};
use crate::objects::Address;

/// A file being written.
///
/// It is open only while bytes go to the disk: a batch of many days writes more files at once than a
/// process may hold open. What becomes an object waits in the system's folder for temporary files.
#[derive(Debug)]
pub struct Upload {
    target: Target,
    temporary: PathBuf,
    waiting: Vec<u8>,
    hasher: blake3::Hasher,
    bytes: u64,
    committed: bool,
}

#[derive(Debug)]
enum Target {
    File(PathBuf),
    Object(Address),
}

/// Bytes that wait in memory before they go to the disk.
const WAITING: usize = 256 << 10;

impl Upload {
    /// One that becomes a file below a folder.
    pub(super) fn in_folder(root: &Path, target: PathBuf) -> Result<Self, StoreError> {
        let failed = |action, path: &Path, reason| StoreError { action, path: path.to_owned(), reason };
        let folder = target.parent().unwrap_or(root);
        folder::make(root, folder).map_err(|reason| failed("create folder", folder, reason))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        // Hidden, so that no glob finds it; at random, so that two runs of one batch do not share it, on whatever
        // machines they are.
        let random = getrandom::u64().map_err(|reason| failed("name", &target, reason.into()))?;
        let temporary = folder.join(format!(".{name}.{random:016x}{TEMPORARY}"));
        // Made now, so that a folder that cannot be written to is known before hours of work.
        let created = File::create(&temporary).or_else(|reason| match reason.kind() {
            // Removed in between, since nothing was in it.
            io::ErrorKind::NotFound => folder::make(root, folder).and_then(|()| File::create(&temporary)),
            _ => Err(reason),
        });
        created.map_err(|reason| failed("create", &temporary, reason))?;
        Ok(Self::new(Target::File(target), temporary))
    }

    /// One that becomes an object.
    pub(super) fn of_object(target: Address) -> Result<Self, StoreError> {
        let folder = std::env::temp_dir();
        let created = tempfile::Builder::new().prefix("usage-report-").suffix(TEMPORARY).tempfile_in(&folder);
        let kept = created.and_then(|file| Ok(file.keep()?.1));
        let temporary = kept.map_err(|reason| StoreError { action: "create a file in", path: folder, reason })?;
        Ok(Self::new(Target::Object(target), temporary))
    }

    fn new(target: Target, temporary: PathBuf) -> Self {
        Self { target, temporary, waiting: Vec::new(), hasher: blake3::Hasher::new(), bytes: 0, committed: false }
    }

    /// Lets nobody but its owner read it, where the system knows owners.
    pub(super) fn protect(&self) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&self.temporary, fs::Permissions::from_mode(0o600))?;
        }
        Ok(())
    }

    /// Makes the file visible; gives its size in bytes and the digest of its content.
    ///
    /// In a folder the content is on the disk before the name is, and the name before this returns: after a power cut there
    /// is the whole file or none, and of two files the second not without the first.
    pub fn commit(mut self) -> Result<(u64, String), StoreError> {
        let mut file = self.append().map_err(|reason| self.failed("write", reason))?;
        match &self.target {
            Target::File(target) => {
                file.sync_data().map_err(|reason| self.failed("write", reason))?;
                fs::rename(&self.temporary, target).map_err(|reason| self.failed("rename", reason))?;
                self.committed = true;
                folder::sync(target.parent().unwrap_or(target)).map_err(|reason| self.failed("keep", reason))?;
            }
            Target::Object(target) => {
                target.upload(&mut file).map_err(|reason| self.failed("write", reason))?;
            }
        }
        Ok((self.bytes, self.hasher.finalize().to_hex().as_str()[..32].to_owned()))
    }

    /// Opens what is written so far for reading.
    pub fn read_back(&mut self) -> Result<File, StoreError> {
        self.append().map_err(|reason| self.failed("write", reason))?;
        File::open(&self.temporary).map_err(|reason| self.failed("read", reason))
    }

    /// Puts what waits at the end of the file.
    fn append(&mut self) -> io::Result<File> {
        let mut file = OpenOptions::new().read(true).append(true).open(&self.temporary)?;
        // Nothing is kept for what comes next: a file may wait for long.
        file.write_all(&std::mem::take(&mut self.waiting))?;
        Ok(file)
    }

    fn failed(&self, action: &'static str, reason: io::Error) -> StoreError {
        let path = match &self.target {
            Target::File(path) => path.clone(),
            Target::Object(address) => address.to_path(),
        };
        StoreError { action, path, reason }
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
