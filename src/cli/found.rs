//! Which dumps are found, and what kept others from it.

use anyhow::anyhow;

use super::printer::Printer;
use crate::source::{Discovery, SourceFile};

/// The first dump that is found.
///
/// # Errors
/// When there is none; what went wrong is told then.
pub(super) fn first(found: &mut Discovery, printer: &Printer) -> anyhow::Result<SourceFile> {
    found.next().ok_or_else(|| {
        tell_problems(found, printer);
        anyhow!("no dump to read")
    })
}

/// Says what kept dumps from being found.
pub(super) fn tell_problems(found: &Discovery, printer: &Printer) {
    found.problems.iter().for_each(|problem| printer.problem(&problem.to_string()));
}
