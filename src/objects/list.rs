//! What is below a folder.

use std::io;
use std::thread;

use futures_util::TryStreamExt as _;
use object_store::path::Path as Key;

use super::address::Address;
use super::ask::{Patience, RUNTIME, ask};
use super::object::Object;

impl Address {
    /// Every object below a folder, one after the other in the order of their keys: no list of them is in memory.
    ///
    /// # Errors
    /// Failures of the store; that of what is done with an object.
    pub fn list(&self, mut each: impl FnMut(Object) -> io::Result<()>) -> io::Result<()> {
        let (store, prefix) = self.folder()?;
        let (mut last, mut patience) = (None::<Key>, Patience::new());
        // Where it breaks off, it is begun anew after the last that came.
        loop {
            let mut found = match &last {
                None => store.list(prefix.as_ref()),
                Some(last) => store.list_with_offset(prefix.as_ref(), last),
            };
            let error = loop {
                match RUNTIME.block_on(found.try_next()) {
                    Ok(None) => return Ok(()),
                    Ok(Some(meta)) => {
                        if let Some(path) = self.below(meta.location.as_ref()) {
                            each(Object::new(path.to_owned(), &meta))?;
                        }
                        last = Some(meta.location);
                        patience = Patience::new();
                    }
                    Err(error) => break error,
                }
            };
            thread::sleep(patience.pause(&error)?);
        }
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
