//! How far work is that takes long.

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Dumps are told apart by their content.
    Digest,
    /// Dumps are read.
    Ingest,
    /// Files are looked through for what is somebody's who is forgotten.
    Search,
    /// Rows are written anew.
    Rewrite,
    /// Days of marts are built.
    Build,
    /// Reports are made.
    Report,
}

impl Stage {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Ingest => "ingest",
            Self::Search => "search",
            Self::Rewrite => "rewrite",
            Self::Build => "build",
            Self::Report => "report",
        }
    }

    /// What it takes one after the other.
    pub fn things(self) -> &'static str {
        match self {
            Self::Digest | Self::Ingest => "dumps",
            Self::Search | Self::Rewrite => "files",
            Self::Build => "days",
            Self::Report => "reports",
        }
    }
}

/// Is told how far work is.
pub trait Progress: Sync {
    /// A stage begins, with so many things to do. They have so many bytes, 0 where it is not bytes that take the time.
    fn begin(&self, stage: Stage, things: usize, bytes: u64);

    /// So much more of it is done, with so many events.
    fn advance(&self, things: usize, bytes: u64, events: u64);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&self, _: Stage, _: usize, _: u64) {}

    fn advance(&self, _: usize, _: u64, _: u64) {}
}
