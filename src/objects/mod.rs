//! Object stores: what lies under `s3://`, `gs://` or `az://` instead of in a folder.
//!
//! An [`Address`] names an object, or a folder of objects, and does with it what a program does with files. All of it
//! waits until it is done, and may be called from many threads at once: who works on many objects calls from as many
//! threads as requests may be under way ([`side_by_side`]).
//!
//! - **Credentials and endpoints** are those of the ecosystems' own tools, from the environment: `AWS_…`, `GOOGLE_…`,
//!   `AZURE_…`, or what the machine that this runs on is given by its cloud.
//! - **Memory is bounded**: an object is read in ranges and written in parts, a few of which are under way at once.
//! - **What fails for a while is tried again**, after ever longer waits, for minutes. A range is of the object that was
//!   opened, or fails: nobody reads the beginning of one object and the end of another.
//! - **An object appears at one instant**, whole, when the last of its bytes has been sent.

mod address;
mod ahead;
mod ask;
mod bucket;
mod error;
mod list;
mod object;
mod paths;
mod reader;
mod write;

pub use address::Address;
pub use ahead::{Ahead, Brought};
#[cfg(test)]
pub(crate) use bucket::in_memory;
pub use error::REPLACED;
pub use list::Listing;
pub use object::Object;
pub use paths::{join, read, read_text, split};
pub use reader::ObjectReader;

use crate::threads;

/// Objects that are worked on at once, where the work is to wait for a store.
const SIDE_BY_SIDE: usize = 24;

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

#[cfg(test)]
mod tests;
