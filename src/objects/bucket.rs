//! How a bucket is reached.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path as Key;
use object_store::{BackoffConfig, ClientOptions, Error, ObjectStore, RetryConfig};

use super::address::Address;
use super::ask::{FIRST_PATIENCE, LONGEST_PAUSE, PAUSE};
use super::error::io_error;

/// Buckets by their names: each keeps its connections.
static BUCKETS: LazyLock<Mutex<HashMap<String, Arc<dyn ObjectStore>>>> = LazyLock::new(Mutex::default);

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

    /// The bucket, and the key of what is a folder in it; the bucket itself has none.
    pub(super) fn folder(&self) -> io::Result<(Arc<dyn ObjectStore>, Option<Key>)> {
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

/// A bucket of a test, in memory, by its name.
#[cfg(test)]
pub(crate) fn in_memory(bucket: &str) {
    let store = Arc::new(object_store::memory::InMemory::new());
    BUCKETS.lock().unwrap_or_else(PoisonError::into_inner).insert(bucket.to_owned(), store);
}
