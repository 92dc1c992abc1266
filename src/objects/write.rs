//! Writes objects, small ones at once, large ones in parts, and removes them.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use futures_util::TryStreamExt as _;
use futures_util::stream::FuturesUnordered;
use object_store::{Error, MultipartUpload, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};

use tokio::sync::Semaphore;

use super::address::Address;
use super::ask::{RUNTIME, ask};
use super::error::io_error;

/// Bytes of a part. S3 takes none but the last that has fewer than five megabytes.
const PART: u64 = 6 << 20;

/// Parts of one object that are under way at once.
const PARTS_AT_ONCE: usize = 2;

/// Objects of which parts are under way at once: what these hold in memory does not grow with the threads that write.
static LARGE: Semaphore = Semaphore::const_new(2);

/// How often a whole object is sent, in parts.
const TRIES: usize = 5;

/// No store takes more than ten thousand parts.
const PARTS: u64 = 9_000;

impl Address {
    /// Writes the whole object; an existing one is replaced at one instant.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn put(&self, bytes: Vec<u8>) -> io::Result<()> {
        let payload = PutPayload::from(bytes);
        ask(|| async { self.store()?.put(&self.object_key()?, payload.clone()).await.map(drop) })
    }

    /// Writes the whole object unless there is one; says whether it was written. Where the store cannot tell, it is.
    ///
    /// Where an answer got lost, an object that is there may be the one that this wrote.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn put_new(&self, bytes: &[u8]) -> io::Result<bool> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let payload = PutPayload::from(bytes.to_vec());
        ask(|| async {
            let key = self.object_key()?;
            match self.store()?.put_opts(&key, payload.clone(), options.clone()).await {
                Ok(_) => Ok(true),
                // Some stores call it a condition that does not hold.
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(false),
                Err(Error::NotImplemented { .. } | Error::NotSupported { .. }) => {
                    self.store()?.put(&key, payload.clone()).await.map(|_| true)
                }
                Err(error) => Err(error),
            }
        })
    }

    /// Writes a whole file as the object, which appears with its last byte.
    ///
    /// # Errors
    /// Failures of the store; when the file cannot be read.
    pub fn upload(&self, file: &mut File) -> io::Result<()> {
        let bytes = file.metadata()?.len();
        file.rewind()?;
        if bytes <= PART {
            let mut whole = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
            file.read_to_end(&mut whole)?;
            return self.put(whole);
        }
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match self.upload_parts(file, bytes) {
                // Where the answer got lost that an upload is complete, the store knows no such upload any more.
                Err(error) if tries > 0 && is_worth_another(error.kind()) => file.rewind()?,
                done => return done,
            }
        }
    }

    /// Removes the object. One that is gone already is no failure.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn remove(&self) -> io::Result<()> {
        match ask(|| async { self.store()?.delete(&self.object_key()?).await }) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    fn upload_parts(&self, file: &mut File, bytes: u64) -> io::Result<()> {
        let _permit = RUNTIME.block_on(LARGE.acquire());
        let store = self.store().map_err(|error| io_error(&error))?;
        let key = self.object_key().map_err(|error| io_error(&error))?;
        let mut upload = ask(|| store.put_multipart(&key))?;
        let sent = send_parts(file, bytes, &mut *upload);
        if sent.is_err() {
            // What was sent costs something as long as it lies there.
            let _ = RUNTIME.block_on(upload.abort());
        }
        sent
    }
}

/// Sends what is left to read of a file, of which so many bytes are known to be.
fn send_parts(file: &mut File, bytes: u64, upload: &mut dyn MultipartUpload) -> io::Result<()> {
    let size = PART.max(bytes.div_ceil(PARTS));
    let mut under_way = FuturesUnordered::new();
    loop {
        let mut part = Vec::new();
        let is_over = file.by_ref().take(size).read_to_end(&mut part)? == 0;
        if !is_over {
            under_way.push(upload.put_part(part.into()));
        }
        while under_way.len() >= PARTS_AT_ONCE || is_over && !under_way.is_empty() {
            RUNTIME.block_on(under_way.try_next()).map_err(|error| io_error(&error))?;
        }
        if is_over {
            return RUNTIME.block_on(upload.complete()).map(drop).map_err(|error| io_error(&error));
        }
    }
}

fn is_worth_another(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use object_store::memory::InMemory;
    use object_store::path::Path as Key;

    use super::*;

    #[test]
    fn parts_are_put_together_in_their_order() {
        let (store, key) = (InMemory::new(), Key::from("large"));
        for length in [1, PART, 2 * PART + 7] {
            let bytes: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
            let mut file = tempfile::tempfile().expect("a file");
            file.write_all(&bytes).expect("written");
            file.rewind().expect("rewound");
            let mut upload = ask(|| store.put_multipart(&key)).expect("begun");
            send_parts(&mut file, length, &mut *upload).expect("sent");
            let found = ask(|| async { store.get(&key).await?.bytes().await }).expect("there");
            assert!(found == bytes, "{length} bytes");
        }
    }
}
