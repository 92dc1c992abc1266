//! What the fuzz targets share: the modules under test, and what must hold of whatever they say.
//!
//! The modules are included by their paths. A dependency on `usage-report` would bring Polars, whose build with
//! coverage and sanitizers takes half an hour, for nothing: no byte of a dump reaches it. `staging` and what is above
//! it are left out for the same reason.

#[path = "../../src/decode/mod.rs"]
pub mod decode;
#[path = "../../src/event/mod.rs"]
pub mod event;
#[path = "../../src/frame/mod.rs"]
pub mod frame;
#[path = "../../src/privacy/mod.rs"]
pub mod privacy;
#[path = "../../src/source/mod.rs"]
pub mod source;

pub mod laws;
pub mod telling;
pub mod wrapping;
