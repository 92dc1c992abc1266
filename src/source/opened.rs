//! A dump that is open: a file, or an object of a store.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::SourceFile;
use crate::objects::{Address, Ahead, Brought, ObjectReader};

/// How much of a dump is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// About so many bytes from its beginning: of an object no more is brought here.
    Head(u64),
}

/// A dump that is open for reading.
#[derive(Debug)]
pub enum Opened {
    /// A file.
    File(File),
    /// An object.
    Object(ObjectReader),
    /// An object that is here whole.
    Brought(Brought),
}

/// Dumps that will be opened in some order. Small objects among them are on their way before.
#[derive(Debug, Default)]
pub struct Expected(Ahead);

impl Expected {
    /// More of them.
    pub fn add<'f>(&self, files: impl IntoIterator<Item = &'f SourceFile>) {
        self.0.expect(files.into_iter().filter_map(|file| Some((Address::of(&file.path)?, file.bytes))));
    }

    /// Opens one, to read all of it; with its size in bytes.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self, path: &Path) -> io::Result<(Opened, u64)> {
        let brought = Address::of(path).and_then(|address| self.0.take(&address));
        match brought {
            Some(brought) => brought.map(|brought| {
                let bytes = brought.object.bytes;
                (Opened::Brought(brought), bytes)
            }),
            None => Opened::open(path, Extent::Whole),
        }
    }
}

impl Opened {
    /// Opens the dump at a path or address; with its size in bytes.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn open(path: &Path, extent: Extent) -> io::Result<(Self, u64)> {
        if let Some(address) = Address::of(path) {
            let reader = address.open(match extent {
                Extent::Whole => None,
                Extent::Head(bytes) => Some(bytes),
            })?;
            let bytes = reader.object().bytes;
            return Ok((Self::Object(reader), bytes));
        }
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        Ok((Self::File(file), bytes))
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Object(reader) => reader.read(buffer),
            Self::Brought(brought) => brought.read(buffer),
        }
    }
}
