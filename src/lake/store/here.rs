//! Objects that never change and have been brought here, for whoever asks for them again: the marts of every day are built
//! from the staging of three.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::sync::{Mutex, PoisonError};

use tempfile::TempPath;

/// So much of the disk they take, bytes; past that those that came first go.
const MOST: u64 = 2 << 30;

/// Files with what whole objects hold. They are gone when this is.
#[derive(Debug, Default)]
pub(super) struct Here(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    files: HashMap<String, (TempPath, u64)>,
    /// In the order in which they came.
    order: VecDeque<String>,
    bytes: u64,
}

impl Here {
    /// One that has been kept.
    pub(super) fn get(&self, path: &str) -> Option<io::Result<File>> {
        Some(File::open(&self.0.lock().unwrap_or_else(PoisonError::into_inner).files.get(path)?.0))
    }

    /// Keeps one, of so many bytes.
    pub(super) fn keep(&self, path: &str, file: TempPath, bytes: u64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { files, order, bytes: all } = &mut *kept;
        if files.contains_key(path) {
            return;
        }
        while *all + bytes > MOST
            && let Some((_, gone)) = order.pop_front().and_then(|first| files.remove(&first))
        {
            *all -= gone;
        }
        files.insert(path.to_owned(), (file, bytes));
        order.push_back(path.to_owned());
        *all += bytes;
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    fn file(text: &str) -> TempPath {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        file.into_temp_path()
    }

    fn text(here: &Here, path: &str) -> Option<String> {
        let mut text = String::new();
        here.get(path)?.expect("open").read_to_string(&mut text).expect("text");
        Some(text)
    }

    #[test]
    fn what_is_kept_is_there_and_gone_with_it() {
        let here = Here::default();
        here.keep("a", file("one"), 3);
        here.keep("a", file("two"), 3);
        assert_eq!((text(&here, "a").as_deref(), text(&here, "b")), (Some("one"), None));
        let path = here.0.lock().expect("no panic").files["a"].0.to_path_buf();
        drop(here);
        assert!(!path.exists());
    }

    #[test]
    fn what_came_first_goes_first() {
        let here = Here::default();
        for (path, bytes) in [("a", MOST / 2), ("b", MOST / 2), ("c", 1)] {
            here.keep(path, file(path), bytes);
        }
        assert_eq!(["a", "b", "c"].map(|path| text(&here, path).is_some()), [false, true, true]);
        here.keep("d", file("d"), 2 * MOST);
        assert_eq!(["b", "c", "d"].map(|path| text(&here, path).is_some()), [false, false, true]);
    }
}
