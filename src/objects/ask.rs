//! Asks stores, again where that may help.

use std::future::Future;
use std::io;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use object_store::Error;
use tokio::runtime::{Builder, Runtime};

use super::error::{io_error, is_passing};

/// For how long what fails is tried again where a store has answered before: it will again.
const PATIENCE: Duration = Duration::from_secs(180);

/// And where none ever has: its name may be wrong, or the way to it.
pub(super) const FIRST_PATIENCE: Duration = Duration::from_secs(10);

/// Whether a store has answered.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// Before it is tried again the first time, and at most.
pub(super) const PAUSE: Duration = Duration::from_millis(100);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(15);

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
pub(super) struct Patience {
    begun: Instant,
    pause: Duration,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), pause: PAUSE }
    }

    /// How long to wait before the next try.
    ///
    /// # Errors
    /// The failure, where there is to be none.
    pub(super) fn pause(&mut self, failed: &Error) -> io::Result<Duration> {
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
