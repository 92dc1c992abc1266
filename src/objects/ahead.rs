//! Whole objects that are on their way before anybody asks for them.

use std::collections::HashMap;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::address::Address;
use super::ask::{RUNTIME, persist};
use super::object::{CHUNK, Object};
use super::reader::Task;

/// What may have come, and not been taken yet, bytes.
const ROOM: u32 = 24 << 20;

/// Requests that are under way at once.
const REQUESTS: usize = 16;

/// Objects that will be asked for in some order: as many as have room are brought here in that order, so that nobody waits
/// for one request after the other.
#[derive(Debug)]
pub struct Ahead {
    coming: Mutex<HashMap<Address, Task<Brought>>>,
    room: Arc<Semaphore>,
    requests: Arc<Semaphore>,
}

/// An object that has come.
#[derive(Debug)]
pub struct Brought {
    /// What it is.
    pub object: Object,
    bytes: Cursor<Vec<u8>>,
    /// Its place among those that have come.
    _room: OwnedSemaphorePermit,
}

impl Read for Brought {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(buffer)
    }
}

impl Default for Ahead {
    fn default() -> Self {
        let room = Arc::new(Semaphore::new(ROOM as usize));
        Self { coming: Mutex::default(), room, requests: Arc::new(Semaphore::new(REQUESTS)) }
    }
}

impl Ahead {
    /// Has objects brought here, after those that were to come before; of what size each is said to be. Large ones are not
    /// brought: whoever reads one waits for little of it.
    pub fn expect(&self, objects: impl IntoIterator<Item = (Address, u64)>) {
        let mut coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
        for (address, bytes) in objects {
            if bytes == 0 || bytes > CHUNK {
                continue;
            }
            let (room, requests) = (Arc::clone(&self.room), Arc::clone(&self.requests));
            let of = address.clone();
            let size = u32::try_from(bytes).unwrap_or(ROOM).min(ROOM);
            let bring = async move {
                // Who comes first gets room first.
                let room = room.acquire_many_owned(size).await.map_err(io::Error::other)?;
                let _request = requests.acquire_owned().await.map_err(io::Error::other)?;
                let any = Object::any();
                // One byte more tells whether it has grown meanwhile.
                let (bytes, object) = persist(|| of.get_range(&any, 0..bytes + 1)).await?;
                Ok(Brought { object, bytes: Cursor::new(bytes), _room: room })
            };
            coming.insert(address, Task(RUNTIME.spawn(bring)));
        }
    }

    /// An object that was to come, as soon as it has; `None` if it was not to, or has been taken.
    ///
    /// # Errors
    /// As of [`Address::head`].
    pub fn take(&self, address: &Address) -> Option<io::Result<Brought>> {
        let coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner).remove(address)?;
        Some(coming.wait())
    }
}
