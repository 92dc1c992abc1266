//! What keeps a lake in order: small files become large ones ([`compact`]), what no reader sees any more is removed
//! ([`collect`]), and so is what is somebody's who was forgotten ([`leave_out`]), and what is
//! too old ([`retire`]). And the lake can be given another key ([`rekey`]).

mod compact;
mod forget;
mod frozen;
mod gc;
mod rekey;
mod retain;
mod rewrite;

pub use compact::{Compacted, compact};
pub use forget::{LeftOutOfLake, leave_out, leave_out_strays, would_leave_out};
pub use gc::{Garbage, collect};
pub use rekey::{Rekeyed, rekey};
pub use retain::{Retired, retire};
pub use rewrite::RewriteError;
