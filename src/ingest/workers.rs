//! Workers that keep what they have from one dump to the next.

use std::sync::{Mutex, PoisonError};

/// Workers without work. There are as many as were ever at work at once.
///
/// `rayon`'s own way, `map_init`, makes a new one for every part that it divides the work into, which are many: their
/// buffers, of some megabytes each, took a twentieth of the time.
pub(super) struct Workers<W>(Mutex<Vec<W>>);

impl<W> Default for Workers<W> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<W> Workers<W> {
    /// Gives work to a worker that has none, or to a new one.
    pub(super) fn one<R>(&self, new: impl FnOnce() -> W, work: impl FnOnce(&mut W) -> R) -> R {
        let idle = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut worker = waiting.unwrap_or_else(new);
        let done = work(&mut worker);
        idle().push(worker);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_used_again_and_never_by_two() {
        let workers: Workers<Vec<u8>> = Workers::default();
        let outer = workers.one(Vec::new, |first| {
            first.push(1);
            workers.one(Vec::new, |second| second.push(2));
            workers.one(Vec::new, |again| again.clone())
        });
        assert_eq!(outer, [2]);
        let mut all = workers.0.into_inner().expect("whole");
        all.sort_unstable();
        assert_eq!(all, [[1], [2]]);
    }
}
