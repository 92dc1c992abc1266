//! Plain threads for work of one kind on many things.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// What is made of each thing, in the order of the things, by so many threads, each of which begins with something. What has
/// not begun when one fails is left undone.
///
/// Plain threads, not those of a pool: a worker of a pool that waits does other work of the pool meanwhile, which may need a
/// lock that the worker holds.
///
/// # Errors
/// The failure of the first that failed, in the order of the things.
pub fn share<T: Sync, R: Send, E: Send>(
    things: &[T],
    threads: usize,
    begin: impl Fn() + Sync,
    make: impl Fn(usize, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::with_capacity(things.len()));
    let work = || {
        begin();
        let taken = || {
            let number = next.fetch_add(1, Ordering::Relaxed);
            Some((number, things.get(number)?))
        };
        while let Some((number, thing)) = taken() {
            let of_thing = make(number, thing);
            if of_thing.is_err() {
                next.store(things.len(), Ordering::Relaxed);
            }
            made.lock().unwrap_or_else(PoisonError::into_inner).push((number, of_thing));
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.min(things.len()) {
            scope.spawn(work);
        }
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_by_key(|(number, _)| *number);
    made.into_iter().map(|(_, of_thing)| of_thing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_and_the_first_failure_is_told() {
        let things: Vec<usize> = (0..100).collect();
        let begun = AtomicUsize::new(0);
        let begin = || {
            begun.fetch_add(1, Ordering::Relaxed);
        };
        let made = share(&things, 7, begin, |number, thing| Ok::<_, ()>((number, thing * 2)));
        assert_eq!(made, Ok(things.iter().map(|thing| (*thing, thing * 2)).collect()));
        assert_eq!(begun.load(Ordering::Relaxed), 7);
        let failed = share(&things, 7, || (), |_, thing| if *thing < 3 { Ok(()) } else { Err(*thing) });
        assert_eq!(failed, Err(3));
        assert_eq!(share(&[] as &[u8], 7, || (), |_, _| Ok::<_, ()>(())), Ok(Vec::new()));
    }
}
