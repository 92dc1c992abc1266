//! The same for many things, several at a time.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// What is made of each thing, in the order of the things. What has not begun when one fails is left undone.
///
/// Plain threads: the engine has its own pool, of which a worker that waits for a lock may hold up whoever has it.
///
/// # Errors
/// The failure of the first that failed, in the order of the things.
pub fn side_by_side<T: Sync, R: Send, E: Send>(
    things: &[T],
    make: impl Fn(usize, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(things.len());
    if workers <= 1 {
        return things.iter().enumerate().map(|(number, thing)| make(number, thing)).collect();
    }
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::with_capacity(things.len()));
    let work = || {
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
        for _ in 1..workers {
            scope.spawn(work);
        }
        work();
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
        let made = side_by_side(&things, |number, thing| Ok::<_, ()>((number, thing * 2)));
        assert_eq!(made, Ok(things.iter().map(|thing| (*thing, thing * 2)).collect()));
        let failed = side_by_side(&things, |_, thing| if *thing < 3 { Ok(()) } else { Err(*thing) });
        assert_eq!(failed, Err(3));
        assert_eq!(side_by_side(&[] as &[u8], |_, _| Ok::<_, ()>(())), Ok(Vec::new()));
    }
}
