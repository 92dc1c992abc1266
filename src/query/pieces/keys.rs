//! What columns tell of the piece in which a row is.

use std::collections::BTreeMap;

/// What a value tells of the piece in which its row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    /// All: equal values, nulls included, are in the same.
    Piece,
    /// Its project: equal values are in the same, nulls anywhere.
    Project,
    /// Its invocation: equal values of rows without a project are in the same.
    Invocation,
}

/// The columns that tell something, each with what.
pub(super) type Keys = BTreeMap<String, Tells>;

impl Tells {
    /// What a column tells in some rows of which this, and in others of which something else is told.
    pub(super) fn or(self, other: Self) -> Option<Self> {
        match (self, other) {
            (one, other) if one == other => Some(one),
            (Self::Piece | Self::Project, Self::Piece | Self::Project) => Some(Self::Project),
            _ => None,
        }
    }

    /// What a column tells that is null in some rows more, in whatever piece.
    pub(super) fn or_null(self) -> Option<Self> {
        self.or(Self::Project)
    }
}
