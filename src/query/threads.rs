//! Which threads the engine uses.
//!
//! It hands every step of a statement to threads of its own and waits for them. Where as many statements are run side by
//! side as there are processors, each by a thread of ours, nothing is won by that: handing over and waiting took a quarter
//! of the time of a build, and a third of that of all reports. So such a thread does all steps itself.

use polars_async::executor::ALLOW_RAYON_THREADS;

/// From now on what this thread asks of the engine is done by itself, or (`false`) by the engine's threads again.
///
/// Only for threads made to run statements side by side: for the engine, a thread that has once worked for itself is a
/// pool of one thread, to `rayon`, too.
pub(crate) fn work_alone(alone: bool) {
    ALLOW_RAYON_THREADS.set(!alone);
}

/// Whether this thread works for itself: others do so beside it, and it would win nothing by starting more.
pub(super) fn works_alone() -> bool {
    !ALLOW_RAYON_THREADS.get()
}
