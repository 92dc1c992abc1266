//! A bucket, and what can be asked of it.

use std::collections::HashMap;
use std::fs::File;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, ClientOptions, Error, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt as _,
    RetryConfig,
};
use tokio::runtime::{Builder, Runtime};

use super::address::Address;
use super::error::{io_error, is_passing};
use crate::threads;

/// Bytes of one request: many enough that its round trip is a small part of it, few enough that some fit in memory.
pub(super) const CHUNK: u64 = 2 << 20;

/// Requests of one object that are under way at once.
pub(super) const AT_ONCE: usize = 4;

/// Ranges that lie no further apart than this are asked for together.
const GAP: u64 = 256 << 10;

/// Objects that are worked on at once, where the work is to wait for a store.
const SIDE_BY_SIDE: usize = 24;

/// For how long what fails is tried again where a store has answered before: it will again.
const PATIENCE: Duration = Duration::from_secs(180);

/// And where none ever has: its name may be wrong, or the way to it.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);

/// Whether a store has answered.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// Before it is tried again the first time, and at most.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// An object as it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Where it is, from the folder that was listed; nothing of an object that was asked for itself.
    pub path: String,
    /// Its size, bytes.
    pub bytes: u64,
    /// When it was written.
    pub modified: SystemTime,
    /// What tells it from one that has taken its place, where the store says so.
    pub version: Option<String>,
}

impl Object {
    /// Whatever is there.
    pub(super) fn any() -> Self {
        Self { path: String::new(), bytes: 0, modified: UNIX_EPOCH, version: None }
    }

    pub(super) fn new(path: String, meta: &ObjectMeta) -> Self {
        Self { path, bytes: meta.size, modified: meta.last_modified.into(), version: meta.e_tag.clone() }
    }
}

/// Where requests are driven. They only wait: two threads are many.
pub(super) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("objects").enable_all().build();
    runtime.unwrap_or_else(|reason| panic!("the system gives no threads for requests: {reason}"))
});

/// Waits for what a store is asked. Not to be called by what [`RUNTIME`] itself runs.
pub(super) fn ask<T, F: Future<Output = Result<T, Error>>>(work: impl FnMut() -> F) -> io::Result<T> {
    RUNTIME.block_on(persist(work))
}

/// Asks again, after ever longer pauses, while what failed may pass and it has not been tried for long. The client does so
/// with single requests and for less long, but not where an answer breaks off, or where it does not know that asking twice
/// does no harm.
pub(super) async fn persist<T, F: Future<Output = Result<T, Error>>>(mut work: impl FnMut() -> F) -> io::Result<T> {
    let mut patience = Patience::new();
    loop {
        match work().await {
            Ok(done) => {
                ANSWERED.store(true, Ordering::Relaxed);
                return Ok(done);
            }
            Err(error) => tokio::time::sleep(patience.pause(&error)?).await,
        }
    }
}

/// How long something has been tried.
struct Patience {
    begun: Instant,
    pause: Duration,
}

impl Patience {
    fn new() -> Self {
        Self { begun: Instant::now(), pause: PAUSE }
    }

    /// How long to wait before the next try.
    ///
    /// # Errors
    /// The failure, where there is to be none.
    fn pause(&mut self, failed: &Error) -> io::Result<Duration> {
        let patience = if ANSWERED.load(Ordering::Relaxed) { PATIENCE } else { FIRST_PATIENCE };
        if !is_passing(failed) {
            ANSWERED.store(true, Ordering::Relaxed);
            return Err(io_error(failed));
        }
        if self.begun.elapsed() >= patience {
            return Err(io_error(failed));
        }
        let pause = self.pause;
        self.pause = (2 * pause).min(LONGEST_PAUSE);
        Ok(pause)
    }
}

/// Buckets by their names: each keeps its connections.
static BUCKETS: LazyLock<Mutex<HashMap<String, Arc<dyn ObjectStore>>>> = LazyLock::new(Mutex::default);

/// What is made of each thing, in their order, many at a time: what is done is to wait.
///
/// # Errors
/// The failure of the first that failed, in the order of the things.
pub fn side_by_side<T: Sync, R: Send, E: Send>(
    things: &[T],
    make: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    threads::share(things, SIDE_BY_SIDE, || (), |_, thing| make(thing))
}

impl Address {
    /// The bucket, as the environment says how to reach it.
    pub(super) fn store(&self) -> Result<Arc<dyn ObjectStore>, Error> {
        let mut buckets = BUCKETS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = buckets.get(self.bucket()) {
            return Ok(Arc::clone(known));
        }
        let store = connect(self.bucket())?;
        buckets.insert(self.bucket().to_owned(), Arc::clone(&store));
        Ok(store)
    }

    /// The key as the store has it.
    pub(super) fn object_key(&self) -> Result<Key, Error> {
        Ok(Key::parse(self.key())?)
    }

    /// What the object is.
    ///
    /// # Errors
    /// Of kind [`io::ErrorKind::NotFound`] when there is none; any other failure of the store.
    pub fn head(&self) -> io::Result<Object> {
        ask(|| async {
            let meta = self.store()?.head(&self.object_key()?).await?;
            Ok(Object::new(String::new(), &meta))
        })
    }

    /// All of the object.
    ///
    /// # Errors
    /// As of [`Address::head`].
    pub fn read(&self) -> io::Result<Vec<u8>> {
        ask(|| async { Ok(self.store()?.get(&self.object_key()?).await?.bytes().await?.into()) })
    }

    /// The first bytes of the object, so many at most, and what it is.
    ///
    /// # Errors
    /// As of [`Address::head`].
    pub fn first(&self, bytes: u64) -> io::Result<(Vec<u8>, Object)> {
        let any = Object::any();
        match ask(|| self.get_range(&any, 0..bytes)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
            // There is no range in an object without bytes.
            Err(error) => match self.head()? {
                object if object.bytes == 0 => Ok((Vec::new(), object)),
                _ => Err(error),
            },
            read => read,
        }
    }

    /// Some bytes of an object that is known.
    ///
    /// # Errors
    /// As of [`Address::head`]; when another object has taken its place.
    pub fn range(&self, of: &Object, range: Range<u64>) -> io::Result<Vec<u8>> {
        ask(|| self.get_range(of, range.clone())).map(|(bytes, _)| bytes)
    }

    pub(super) async fn get_range(&self, of: &Object, range: Range<u64>) -> Result<(Vec<u8>, Object), Error> {
        let options =
            GetOptions { range: Some(GetRange::Bounded(range)), if_match: of.version.clone(), ..GetOptions::default() };
        bytes_of(self.store()?.get_opts(&self.object_key()?, options).await?).await
    }

    /// Copies ranges of an object that is known to their places in a file.
    ///
    /// # Errors
    /// As of [`Address::range`]; when the file cannot be written.
    pub fn copy_ranges(&self, of: &Object, ranges: &[Range<u64>], to: &File) -> io::Result<()> {
        let requests = stream::iter(requests(ranges)).map(|range| async move {
            let bytes = persist(|| self.get_range(of, range.clone())).await?.0;
            Ok::<_, io::Error>((range.start, bytes))
        });
        let mut requests = std::pin::pin!(requests.buffer_unordered(AT_ONCE));
        while let Some((start, bytes)) = RUNTIME.block_on(requests.try_next())? {
            write_at(to, start, &bytes)?;
        }
        Ok(())
    }

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

    fn folder(&self) -> io::Result<(Arc<dyn ObjectStore>, Option<Key>)> {
        let found = self.store().and_then(|store| Ok((store, self.object_key()?)));
        let (store, key) = found.map_err(|error| io_error(&error))?;
        Ok((store, (!self.key().is_empty()).then_some(key)))
    }
}

/// A client of a bucket.
fn connect(bucket: &str) -> Result<Arc<dyn ObjectStore>, Error> {
    let retries = RetryConfig {
        backoff: BackoffConfig { init_backoff: PAUSE, max_backoff: LONGEST_PAUSE, base: 2.0 },
        // The time is the limit.
        max_retries: usize::MAX,
        retry_timeout: FIRST_PATIENCE,
    };
    // Without encryption only where the environment names such an endpoint.
    let client = |options: ClientOptions| {
        options
            .with_allow_http(true)
            .with_timeout(Duration::from_secs(60))
            .with_connect_timeout(Duration::from_secs(10))
    };
    let scheme = bucket.split_once("://").map_or("", |(scheme, _)| scheme);
    Ok(match scheme {
        "gs" => {
            let builder = GoogleCloudStorageBuilder::from_env().with_url(bucket).with_retry(retries);
            Arc::new(builder.with_client_options(client(ClientOptions::new())).build()?)
        }
        "az" | "abfs" | "abfss" => {
            let builder = MicrosoftAzureBuilder::from_env().with_url(bucket).with_retry(retries);
            Arc::new(builder.with_client_options(client(ClientOptions::new())).build()?)
        }
        _ => {
            let builder = AmazonS3Builder::from_env().with_url(bucket).with_retry(retries);
            Arc::new(builder.with_client_options(client(ClientOptions::new())).build()?)
        }
    })
}

async fn bytes_of(result: GetResult) -> Result<(Vec<u8>, Object), Error> {
    let object = Object::new(String::new(), &result.meta);
    Ok((result.bytes().await?.into(), object))
}

/// What is asked for at once: near ranges together, and no more than a chunk of any.
fn requests(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted: Vec<Range<u64>> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
    sorted.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in sorted {
        match joined.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(GAP) => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    let pieces = |range: Range<u64>| {
        let end = range.end;
        range.step_by(CHUNK as usize).map(move |start| start..end.min(start + CHUNK))
    };
    joined.into_iter().flat_map(pieces).collect()
}

#[cfg(unix)]
fn write_at(file: &File, start: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, start)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, start: u64, bytes: &[u8]) -> io::Result<()> {
    use std::io::{Seek as _, SeekFrom, Write as _};
    file.seek(SeekFrom::Start(start))?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_asked_for_together_and_long_ones_in_pieces() {
        let of = |ranges: &[(u64, u64)]| {
            let ranges: Vec<Range<u64>> = ranges.iter().map(|(start, end)| *start..*end).collect();
            requests(&ranges).into_iter().map(|range| (range.start, range.end)).collect::<Vec<_>>()
        };
        assert_eq!(of(&[(10, 20), (0, 5), (3, 4), (30, 30)]), [(0, 20)]);
        let far = 20 + GAP + 1;
        assert_eq!(of(&[(far, far + 1), (0, 20)]), [(0, 20), (far, far + 1)]);
        let long = [(1, CHUNK + 1), (CHUNK + 1, 2 * CHUNK + 1), (2 * CHUNK + 1, 2 * CHUNK + 2)];
        assert_eq!(of(&[(1, 2 * CHUNK + 2)]), long);
        assert_eq!(of(&[]), []);
    }
}
