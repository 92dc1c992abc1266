//! The same for many things, several at a time.

use std::num::NonZero;
use std::thread;

use super::threads::{work_alone, works_alone};
use crate::lake::Store;
use crate::threads;

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
    threads::share(things, workers, || work_alone(true), make)
}

/// The same, where what is done is mostly to read or write a file of a store for each thing: with an object store, many wait
/// at once.
///
/// # Errors
/// The failure of the first that failed, in the order of the things.
pub fn by_files<T: Sync, R: Send, E: Send>(
    store: &Store,
    things: &[T],
    make: impl Fn(usize, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    if !store.is_remote() {
        return side_by_side(things, make);
    }
    let numbered: Vec<(usize, &T)> = things.iter().enumerate().collect();
    store.each(&numbered, |(number, thing)| make(*number, thing))
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
}
