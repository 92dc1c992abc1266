//! What keeps a lake in order without changing what is in it: small files become large ones ([`compact`]), and what no
//! reader sees any more is removed ([`collect`]).

mod compact;
mod gc;
mod rewrite;

pub use compact::{Compacted, compact};
pub use gc::{Garbage, collect};
