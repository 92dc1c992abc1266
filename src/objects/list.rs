//! What is below a folder.

use std::io;
use std::sync::Arc;
use std::thread;

use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use object_store::path::Path as Key;
use object_store::{Error, ObjectMeta, ObjectStore};

use super::address::Address;
use super::ask::{Patience, RUNTIME, ask};
use super::object::Object;

impl Address {
    /// Every object below a folder, in the order of their keys.
    ///
    /// # Errors
    /// When the address is none of a store that is known.
    pub fn list(&self) -> io::Result<Listing> {
        let (store, prefix) = self.folder()?;
        let found = store.list(prefix.as_ref());
        Ok(Listing { folder: self.clone(), store, prefix, found, last: None })
    }

    /// The objects of a folder itself, and the names of the folders in it, both sorted.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn list_folder(&self) -> io::Result<(Vec<Object>, Vec<String>)> {
        let (store, prefix) = self.folder()?;
        let found = ask(|| store.list_with_delimiter(prefix.as_ref()))?;
        let objects = found.objects.iter().filter_map(|meta| {
            let path = self.below(meta.location.as_ref())?;
            Some(Object::new(path.to_owned(), meta))
        });
        let mut objects: Vec<Object> = objects.collect();
        objects.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let folders = found.common_prefixes.iter().filter_map(|folder| self.below(folder.as_ref()).map(str::to_owned));
        let mut folders: Vec<String> = folders.collect();
        folders.sort_unstable();
        Ok((objects, folders))
    }

    /// Whether there is anything below a folder.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn has_any(&self) -> io::Result<bool> {
        let (store, prefix) = self.folder()?;
        Ok(ask(|| {
            let mut found = store.list(prefix.as_ref());
            async move { found.try_next().await }
        })?
        .is_some())
    }
}

/// The objects below a folder, one after the other as they are asked for: no list of them is in memory. After a failure,
/// which is one of the store, it goes on after the last that came.
pub struct Listing {
    folder: Address,
    store: Arc<dyn ObjectStore>,
    prefix: Option<Key>,
    found: BoxStream<'static, Result<ObjectMeta, Error>>,
    /// The last that came.
    last: Option<Key>,
}

impl Listing {
    /// What comes next. Where it breaks off, it is begun anew after the last that came.
    fn meta(&mut self) -> io::Result<Option<ObjectMeta>> {
        let mut patience = Patience::new();
        loop {
            match RUNTIME.block_on(self.found.try_next()) {
                Ok(meta) => return Ok(meta),
                Err(error) => {
                    let pause = patience.pause(&error);
                    self.found = match &self.last {
                        None => self.store.list(self.prefix.as_ref()),
                        Some(last) => self.store.list_with_offset(self.prefix.as_ref(), last),
                    };
                    thread::sleep(pause?);
                }
            }
        }
    }
}

impl Iterator for Listing {
    type Item = io::Result<Object>;

    fn next(&mut self) -> Option<io::Result<Object>> {
        loop {
            let meta = match self.meta() {
                Ok(meta) => meta?,
                Err(error) => return Some(Err(error)),
            };
            let object = self.folder.below(meta.location.as_ref()).map(|path| Object::new(path.to_owned(), &meta));
            self.last = Some(meta.location);
            if let Some(object) = object {
                return Some(Ok(object));
            }
        }
    }
}
