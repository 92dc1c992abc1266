//! Files in a folder.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::StoredFile;

/// Makes a folder and those above it, so that they are there after a power cut, too.
pub(super) fn make(root: &Path, folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    folder.ancestors().skip(1).take_while(|above| above.starts_with(root)).try_for_each(sync)
}

/// Puts the names in a folder on the disk.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened like a file.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Names of what is visible in a folder, sorted; none if there is no such folder.
pub(super) fn list(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(reason) => return Err(reason),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Every file in a folder below the root and so many below that, sorted by path; or where it cannot be looked at.
pub(super) fn walk(root: &Path, folder: &str, below: usize) -> Result<Vec<StoredFile>, (PathBuf, io::Error)> {
    let mut files = Vec::new();
    for entry in WalkDir::new(root.join(folder)).max_depth(below.saturating_add(1)).sort_by_file_name() {
        let found = entry.and_then(|entry| Ok((entry.metadata()?, entry)));
        match found {
            Ok((metadata, entry)) if metadata.is_file() => {
                let parts = entry.path().strip_prefix(root).unwrap_or(entry.path()).components();
                let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
                let modified = metadata.modified().ok();
                files.push(StoredFile { path: parts.join("/"), bytes: metadata.len(), modified });
            }
            Ok(_) => {}
            Err(error) => {
                let path = error.path().map_or_else(|| root.join(folder), Path::to_owned);
                let reason = io::Error::from(error);
                // Renamed or removed while this looks.
                if reason.kind() != io::ErrorKind::NotFound {
                    return Err((path, reason));
                }
            }
        }
    }
    Ok(files)
}

/// Removes a file, and the folders that it was in as far as nothing is left in them, but for the root.
pub(super) fn remove(root: &Path, file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => return Err(reason),
        _ => {}
    }
    let above = file.ancestors().skip(1).take_while(|folder| *folder != root);
    for folder in above {
        // It holds other files, nearly always.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}
