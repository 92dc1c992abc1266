//! What `run` removes because of its age.

use indicatif::HumanBytes;

use super::printer::{Printer, now};
use crate::job::config::Config;
use crate::lake::Store;
use crate::maintenance::{Retired, RewriteError, retire};

/// Removes what is older than the configuration allows, and says so.
pub(super) fn keep_to(config: &Config, store: &Store, printer: &Printer) -> Result<(), RewriteError> {
    if let Some(told) = retired(config, store, false)? {
        printer.note(&told);
    }
    Ok(())
}

/// What would be removed; `None` if nothing would.
pub(super) fn told(config: &Config, store: &Store) -> Result<Option<String>, RewriteError> {
    retired(config, store, true)
}

fn retired(config: &Config, store: &Store, dry_run: bool) -> Result<Option<String>, RewriteError> {
    let first_kept = config.retention.first_kept(now().day());
    // Also where nothing is configured any more: what was removed stays so, whatever late dumps bring.
    let done = retire(store, &first_kept, dry_run)?;
    let Retired { files, bytes, mart_days } = done;
    let verb = if dry_run { "would be removed" } else { "are removed" };
    let text =
        format!("retention: {files} files of staging ({}) and {mart_days} days of marts {verb}", HumanBytes(bytes));
    Ok((done != Retired::default()).then_some(text))
}
