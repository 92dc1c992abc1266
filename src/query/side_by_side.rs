//! The same for many things, several at a time.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::threads::{work_alone, works_alone};

/// What is made of each thing, in the order of the things. What has not begun when one fails is left undone.
///
/// Plain threads: the engine has its own pool, of which a worker that waits for a lock may hold up whoever has it. Each
/// does what it asks of the engine itself, and what is done side by side within that one after the other.
///
/// # Errors
/// The failure of the first that failed, in the order of the things.
pub fn side_by_side<T: Sync, R: Send, E: Send>(
    things: &[T],
    make: impl Fn(usize, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(things.len());
    if workers <= 1 || works_alone() {
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
        for _ in 0..workers {
            scope.spawn(|| {
                work_alone(true);
                work();
            });
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
    fn threads_work_alone_and_this_one_stays_as_it_is() {
        let things = [0; 8];
        let alone = side_by_side(&things, |_, _| {
            let this = thread::current().id();
            let within = side_by_side(&[0; 4], |_, _| Ok::<_, ()>(thread::current().id()))?;
            Ok::<_, ()>(works_alone() && within == [this; 4])
        });
        let is_by_itself = thread::available_parallelism().map_or(1, NonZero::get) > 1;
        assert_eq!(alone, Ok(vec![is_by_itself; 8]));
        assert!(!works_alone());
    }

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
