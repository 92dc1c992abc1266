//! Why an argument gives no files.

use std::io;
use std::path::PathBuf;

use glob::PatternError;
use thiserror::Error;

/// Why an argument, or a part of it, gives no files.
#[derive(Debug, Error)]
pub enum DiscoveryError {
    /// Nothing is there.
    #[error("{}: no such file or folder{}", argument.display(), meant.as_ref().map_or_else(String::new, |meant| format!("; did you mean {}?", meant.display())))]
    NotFound {
        /// The argument.
        argument: PathBuf,
        /// What is there that has a name like it.
        meant: Option<PathBuf>,
    },
    /// A pattern that matches no path.
    #[error("{}: no path matches this pattern", argument.display())]
    NoMatch {
        /// The argument.
        argument: PathBuf,
    },
    /// A pattern that is none.
    #[error("{}: not a valid pattern: {error}", argument.display())]
    InvalidPattern {
        /// The argument.
        argument: PathBuf,
        /// What is wrong with it, and where.
        error: PatternError,
    },
    /// A folder or pattern that leads to no file to read, though all of it could be searched.
    #[error("{}: no files here", argument.display())]
    NoFiles {
        /// The argument.
        argument: PathBuf,
    },
    /// Something that exists but is neither a file nor a folder: a pipe, a device.
    #[error("{}: expected a file or a folder", argument.display())]
    NotAFile {
        /// The argument.
        argument: PathBuf,
    },
    /// A file or folder that cannot be looked at.
    #[error("{} (under {}): {error}", path.display(), argument.display())]
    Unreadable {
        /// The argument that led there.
        argument: PathBuf,
        /// The path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}
