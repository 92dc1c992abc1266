//! Reads an object from its beginning to its end.

use std::io::{self, Read};
use std::mem;

use tokio::task::JoinHandle;

use super::address::Address;
use super::ask::{RUNTIME, persist};
use super::object::{CHUNK, Object};

/// A reader of an object. While one range of it is used, the next is on its way: there are two in memory at most.
#[derive(Debug)]
pub struct ObjectReader {
    address: Address,
    object: Object,
    /// What has come, and how much of it is used.
    chunk: Vec<u8>,
    used: usize,
    /// Where the next range begins.
    next: u64,
    ahead: Option<Task<Vec<u8>>>,
}

/// Something that is on its way; what nobody waits for any more does not go on.
#[derive(Debug)]
pub(super) struct Task<T>(pub(super) JoinHandle<io::Result<T>>);

impl<T> Task<T> {
    /// Waits for it.
    pub(super) fn wait(mut self) -> io::Result<T> {
        RUNTIME.block_on(&mut self.0).unwrap_or_else(|gone| Err(io::Error::other(gone)))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Address {
    /// Opens the object for reading. Of an object of which only the beginning is wanted, so many bytes come first.
    ///
    /// # Errors
    /// Of kind [`io::ErrorKind::NotFound`] when there is none; any other failure of the store.
    pub fn open(&self, first: Option<u64>) -> io::Result<ObjectReader> {
        let (chunk, object) = self.first(first.unwrap_or(CHUNK).clamp(1, CHUNK))?;
        let next = chunk.len() as u64;
        let mut reader = ObjectReader { address: self.clone(), object, chunk, used: 0, next, ahead: None };
        if first.is_none() {
            reader.fetch();
        }
        Ok(reader)
    }
}

impl ObjectReader {
    /// What is read.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// Asks for the next range.
    fn fetch(&mut self) {
        let range = self.next..self.object.bytes.min(self.next + CHUNK);
        if range.is_empty() {
            return;
        }
        self.next = range.end;
        let (address, object) = (self.address.clone(), self.object.clone());
        self.ahead = Some(Task(
            RUNTIME.spawn(async move { Ok(persist(|| address.get_range(&object, range.clone())).await?.0) }),
        ));
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.used == self.chunk.len() {
            // Given back before the next comes.
            drop(mem::take(&mut self.chunk));
            self.used = 0;
            if self.ahead.is_none() {
                self.fetch();
            }
            let Some(ahead) = self.ahead.take() else { return Ok(0) };
            self.chunk = ahead.wait()?;
            self.fetch();
        }
        let length = buffer.len().min(self.chunk.len() - self.used);
        buffer[..length].copy_from_slice(&self.chunk[self.used..self.used + length]);
        self.used += length;
        Ok(length)
    }
}
